//! What the YAML of kubectl and the API server makes of a plain value (`sigs.k8s.io/yaml`, which reads YAML 1.1).

use super::tree::Tree;
use crate::syntax::node::{Node, Style};
use crate::syntax::yaml_out::Yaml;

/// The type of a single value.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Scalar {
    /// Text.
    Text,
    /// A boolean: also `yes`, `no`, `on` and `off`.
    Bool,
    /// A whole number.
    Int,
    /// Another number.
    Float,
    /// Something that is filled in before anybody reads it: `${NAME}`, `<name>`.
    Placeholder,
}

impl Scalar {
    /// Returns the word for a message.
    pub fn word(self) -> &'static str {
        match self {
            Scalar::Text | Scalar::Placeholder => "text",
            Scalar::Bool => "a boolean",
            Scalar::Int | Scalar::Float => "a number",
        }
    }
}

const BOOLEANS: [&str; 22] = [
    "y", "Y", "yes", "Yes", "YES", "on", "On", "ON", "n", "N", "no", "No", "NO", "off", "Off", "OFF", "true", "True",
    "TRUE", "false", "False", "FALSE",
];

/// Returns the type of a single value; `None` of a list or a map.
pub fn scalar(tree: Tree<'_>) -> Option<Scalar> {
    match tree {
        Tree::Read(node) => read(node),
        Tree::Made(Yaml::Str(text), _) if is_placeholder(text) => Some(Scalar::Placeholder),
        Tree::Made(Yaml::Str(_) | Yaml::Null, _) => Some(Scalar::Text),
        Tree::Made(Yaml::Bool(_), _) => Some(Scalar::Bool),
        Tree::Made(Yaml::Int(_), _) => Some(Scalar::Int),
        Tree::Made(Yaml::Float(_), _) => Some(Scalar::Float),
        Tree::Made(..) | Tree::Parts(..) => None,
    }
}

fn read(node: &Node) -> Option<Scalar> {
    let found = node.as_scalar()?;
    let text = &*found.text;
    if is_placeholder(text) {
        return Some(Scalar::Placeholder);
    }
    if found.style != Style::Plain || node.tag().is_some() {
        return Some(Scalar::Text);
    }
    Some(match text {
        _ if BOOLEANS.contains(&text) => Scalar::Bool,
        _ if is_int(text) => Scalar::Int,
        _ if is_float(text) => Scalar::Float,
        _ => Scalar::Text,
    })
}

/// Returns whether a value stands for another: `${NAME}`, `$NAME`, `<name>`, `SOME_NAME` and `__NAME__` are filled in
/// by envsubst, sed or a person.
pub fn is_placeholder(text: &str) -> bool {
    let bytes = text.as_bytes();
    let is_named = |at: usize| match bytes.get(at + 1) {
        Some(b'{') => true,
        Some(it) => at == 0 && it.is_ascii_alphabetic(),
        None => false,
    };
    match bytes.first() {
        Some(b'<') if bytes.last() == Some(&b'>') => true,
        Some(b'A'..=b'Z') if shouts(bytes) => true,
        _ => memchr::memchr_iter(b'$', bytes).any(is_named) || is_marked(text),
    }
}

/// Returns whether a part of a text stands between marks that no value of Kubernetes has: `__HOST__`, `@HOST@`,
/// `%HOST%`, `#{host}#`, `{{ host }}`.
fn is_marked(text: &str) -> bool {
    let is_name =
        |it: &str| !it.is_empty() && it.bytes().all(|it| it.is_ascii_uppercase() || it.is_ascii_digit() || it == b'_');
    let between = |mark: &str| Some(text.split_once(mark)?.1.rsplit_once(mark)?.0);
    let is_between = |mark: &str| between(mark).is_some_and(|it| it.split(mark).any(is_name));
    text.contains("#{") || text.contains("{{") || ["__", "@", "%"].into_iter().any(is_between)
}

fn shouts(text: &[u8]) -> bool {
    text.contains(&b'_') && text.iter().all(|it| it.is_ascii_uppercase() || it.is_ascii_digit() || *it == b'_')
}

/// Returns the whole number that a value is, as YAML 1.1 has it: `0644` is octal.
pub fn int(tree: Tree<'_>) -> Option<i64> {
    let node = match tree {
        Tree::Made(Yaml::Int(it), _) => return Some(*it),
        Tree::Read(node) if read(node) == Some(Scalar::Int) => node,
        _ => return None,
    };
    let text = node.as_text()?.replace('_', "");
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => (-1, digits),
        None => (1, text.strip_prefix('+').unwrap_or(&text)),
    };
    let (radix, digits) = match digits.get(..2) {
        Some("0x") => (16, &digits[2..]),
        Some("0b") => (2, &digits[2..]),
        Some("0o") => (8, &digits[2..]),
        Some(start) if start.starts_with('0') && digits.bytes().all(|it| matches!(it, b'0'..=b'7')) => (8, digits),
        _ => (10, digits),
    };
    i64::from_str_radix(digits, radix).ok().map(|it| sign * it)
}

/// A whole number of YAML 1.1; `_` between digits does not count.
fn is_int(text: &str) -> bool {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text).replace('_', "");
    let digits = |it: &str, radix: u32| !it.is_empty() && it.chars().all(|it| it.is_digit(radix));
    match (unsigned.strip_prefix("0x"), unsigned.strip_prefix("0b"), unsigned.strip_prefix("0o")) {
        (Some(hex), ..) => digits(hex, 16),
        (_, Some(binary), _) => digits(binary, 2),
        (.., Some(octal)) => digits(octal, 8),
        _ => text.starts_with(|it: char| it.is_ascii_digit() || it == '-' || it == '+') && digits(&unsigned, 10),
    }
}

fn is_float(text: &str) -> bool {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    if matches!(unsigned, ".inf" | ".Inf" | ".INF" | ".nan" | ".NaN" | ".NAN") {
        return true;
    }
    let is_digit = |it: Option<char>| it.is_some_and(|it| it.is_ascii_digit());
    let starts = is_digit(unsigned.chars().next()) || unsigned.starts_with('.') && is_digit(unsigned.chars().nth(1));
    let plain = unsigned.replace('_', "");
    starts && plain.bytes().all(|it| it.is_ascii_digit() || b".eE+-".contains(&it)) && plain.parse::<f64>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::{Scalar, Tree, int, scalar};
    use crate::source::{FileId, Span};
    use crate::syntax::node::{Node, Style};

    #[test]
    fn plain_values_are_what_kubectl_makes_of_them() {
        for (text, expected) in [
            ("yes", Scalar::Bool),
            ("No", Scalar::Bool),
            ("8080", Scalar::Int),
            ("0644", Scalar::Int),
            ("0x1F", Scalar::Int),
            ("1_000", Scalar::Int),
            ("-5", Scalar::Int),
            ("1.0", Scalar::Float),
            ("1e3", Scalar::Float),
            (".5", Scalar::Float),
            ("1.2.3", Scalar::Text),
            ("2024-01-01", Scalar::Text),
            ("10Mi", Scalar::Text),
            ("e5", Scalar::Text),
            ("-", Scalar::Text),
            ("${PORT}", Scalar::Placeholder),
            ("$PORT", Scalar::Placeholder),
            ("PV_NAME", Scalar::Placeholder),
            ("<port>", Scalar::Placeholder),
            ("__PORT__", Scalar::Placeholder),
            ("api.__K_HOST__", Scalar::Placeholder),
            ("@NAME@", Scalar::Placeholder),
            ("x-%ENV%", Scalar::Placeholder),
            ("#{replicas}#", Scalar::Placeholder),
            ("my__name", Scalar::Text),
            ("me@HOST", Scalar::Text),
            ("__init__", Scalar::Text),
            ("TCP", Scalar::Text),
            ("_", Scalar::Text),
            ("$", Scalar::Text),
        ] {
            let node = Node::scalar(text, Style::Plain, Span::new(FileId(0), 0, 1));
            assert_eq!(scalar(Tree::Read(&node)), Some(expected), "{text}");
        }
    }

    #[test]
    fn numbers_have_the_value_that_yaml_gives_them() {
        for (text, value) in
            [("0644", Some(0o644)), ("420", Some(420)), ("-5", Some(-5)), ("0x1F", Some(31)), ("a", None)]
        {
            let node = Node::scalar(text, Style::Plain, Span::new(FileId(0), 0, 1));
            assert_eq!(int(Tree::Read(&node)), value, "{text}");
        }
    }
}
