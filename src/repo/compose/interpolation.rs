//! The grammar of `$NAME` and `${NAME…}` as compose replaces them.
//!
//! Operators: `:-` `-` (default), `:?` `?` (required), `:+` `+` (other text if set); defaults may hold references
//! themselves; `$$` is a dollar (<https://github.com/compose-spec/compose-spec/blob/main/12-interpolation.md>).

use std::ops::Range;

/// What follows the name in `${NAME…}`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Operator {
    /// Nothing: unset becomes the empty string, with a warning.
    None,
    /// `:-` or `-`: this text instead.
    Default(String),
    /// `:?` or `?`: an error with this text.
    Required(String),
    /// `:+` or `+`: this text if it is set.
    Alternative(String),
}

/// One reference in a value.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Reference {
    /// The variable.
    pub name: String,
    /// What is done without it.
    pub operator: Operator,
    /// Where it stands in the value; in a file's list of references, see `span`.
    pub range: Range<usize>,
    /// Its place in the file; filled by whoever knows where the value is.
    pub span: Option<crate::source::Span>,
}

/// A piece of a value.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Piece {
    /// Text as it is; `$$` is already `$`.
    Literal(String),
    /// A reference.
    Reference(Reference),
    /// A `$` that compose refuses.
    Bad(Range<usize>),
}

/// Splits a value. References within defaults are in [`references`], not here.
pub fn split(value: &str) -> Vec<Piece> {
    let bytes = value.as_bytes();
    let mut pieces = Vec::new();
    let mut literal = String::new();
    let mut at = 0;
    while let Some(found) = memchr::memchr(b'$', &bytes[at..]).map(|it| it + at) {
        literal.push_str(&value[at..found]);
        let (end, piece) = dollar(value, found);
        match piece {
            None => literal.push('$'),
            Some(piece) => {
                if !literal.is_empty() {
                    pieces.push(Piece::Literal(std::mem::take(&mut literal)));
                }
                pieces.push(piece);
            }
        }
        at = end;
    }
    literal.push_str(&value[at..]);
    if !literal.is_empty() {
        pieces.push(Piece::Literal(literal));
    }
    pieces
}

/// Reads what starts with the `$` at `at`; `None` stands for a plain dollar.
fn dollar(value: &str, at: usize) -> (usize, Option<Piece>) {
    let bytes = value.as_bytes();
    match bytes.get(at + 1) {
        Some(b'$') => (at + 2, None),
        Some(b'{') => braced(value, at),
        Some(it) if it.is_ascii_alphabetic() || *it == b'_' => {
            let end = name_end(bytes, at + 1);
            let name = value[at + 1..end].to_string();
            (end, Some(Piece::Reference(Reference { name, operator: Operator::None, range: at..end, span: None })))
        }
        _ => (at + 1, Some(Piece::Bad(at..at + 1))),
    }
}

fn braced(value: &str, at: usize) -> (usize, Option<Piece>) {
    let bytes = value.as_bytes();
    let Some(close) = closing_brace(bytes, at + 2) else {
        return (value.len(), Some(Piece::Bad(at..value.len())));
    };
    let range = at..close + 1;
    let name_end = name_end(bytes, at + 2);
    let name = &value[at + 2..name_end];
    let rest = &value[name_end..close];
    let after = |prefix: &str| rest.strip_prefix(prefix).map(str::to_string);
    let operator = if name.is_empty() {
        None
    } else if rest.is_empty() {
        Some(Operator::None)
    } else if let Some(text) = after(":-").or_else(|| after("-")) {
        Some(Operator::Default(text))
    } else if let Some(text) = after(":?").or_else(|| after("?")) {
        Some(Operator::Required(text))
    } else {
        after(":+").or_else(|| after("+")).map(Operator::Alternative)
    };
    let piece = match operator {
        Some(operator) => {
            Piece::Reference(Reference { name: name.to_string(), operator, range: range.clone(), span: None })
        }
        None => Piece::Bad(range.clone()),
    };
    (range.end, Some(piece))
}

fn name_end(bytes: &[u8], start: usize) -> usize {
    let is_name = |it: &u8| it.is_ascii_alphanumeric() || *it == b'_';
    let first_is_digit = bytes.get(start).is_some_and(u8::is_ascii_digit);
    let length = bytes[start..].iter().take_while(|it| is_name(it)).count();
    if first_is_digit { start } else { start + length }
}

/// Finds the brace that closes a reference, past the braces of references in its default.
fn closing_brace(bytes: &[u8], start: usize) -> Option<usize> {
    let mut depth = 0;
    let mut at = start;
    while at < bytes.len() {
        match bytes[at] {
            b'$' if bytes.get(at + 1) == Some(&b'{') => {
                depth += 1;
                at += 1;
            }
            b'}' if depth == 0 => return Some(at),
            b'}' => depth -= 1,
            _ => {}
        }
        at += 1;
    }
    None
}

/// Returns all references of a value, those inside defaults included, with ranges in the value.
pub fn references(value: &str) -> Vec<Reference> {
    let mut list = Vec::new();
    collect(value, 0, 0, &mut list);
    list
}

fn collect(value: &str, offset: usize, depth: usize, list: &mut Vec<Reference>) {
    if depth > 8 || memchr::memchr(b'$', value.as_bytes()).is_none() {
        return;
    }
    for piece in split(value) {
        let Piece::Reference(mut reference) = piece else { continue };
        let inner = match &reference.operator {
            Operator::None => None,
            Operator::Default(it) | Operator::Required(it) | Operator::Alternative(it) => Some(it.clone()),
        };
        let inner_start =
            reference.range.end - 1 - inner.as_ref().map_or(0, String::len).min(reference.range.len() - 1);
        reference.range = offset + reference.range.start..offset + reference.range.end;
        list.push(reference);
        if let Some(inner) = inner {
            collect(&inner, offset + inner_start, depth + 1, list);
        }
    }
}

/// Returns the value with every reference replaced by what `look_up` knows or by its default; `None` if one is
/// still unknown.
pub fn fill(value: &str, look_up: &dyn Fn(&str) -> Option<String>) -> Option<String> {
    fill_to(value, look_up, 0)
}

fn fill_to(value: &str, look_up: &dyn Fn(&str) -> Option<String>, depth: usize) -> Option<String> {
    let mut text = String::new();
    for piece in split(value) {
        match piece {
            Piece::Literal(it) => text.push_str(&it),
            Piece::Bad(_) => return None,
            Piece::Reference(reference) => {
                let known = look_up(&reference.name);
                match (known, reference.operator) {
                    (Some(known), Operator::None | Operator::Required(_)) => text.push_str(&known),
                    (Some(known), Operator::Default(_)) if !known.is_empty() => text.push_str(&known),
                    (Some(_), Operator::Alternative(it)) | (_, Operator::Default(it)) if depth < 8 => {
                        text.push_str(&fill_to(&it, look_up, depth + 1)?);
                    }
                    (None, Operator::Alternative(_)) => {}
                    _ => return None,
                }
            }
        }
    }
    Some(text)
}

/// Returns the value with every reference replaced by its default; `None` if one has none.
pub fn with_defaults(value: &str) -> Option<String> {
    fill(value, &|_| None)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(value: &str) -> Vec<(String, Operator, &str)> {
        references(value).into_iter().map(|it| (it.name, it.operator, &value[it.range])).collect()
    }

    #[test]
    fn every_operator_is_read_and_its_place_is_exact() {
        let cases = [
            ("$A", Operator::None, "$A"),
            ("x${A}y", Operator::None, "${A}"),
            ("${A:-b c}", Operator::Default("b c".into()), "${A:-b c}"),
            ("${A-}", Operator::Default(String::new()), "${A-}"),
            ("${A:?no A}", Operator::Required("no A".into()), "${A:?no A}"),
            ("${A?:-d}", Operator::Required(":-d".into()), "${A?:-d}"),
            ("${A:+x}", Operator::Alternative("x".into()), "${A:+x}"),
        ];
        for (value, operator, text) in cases {
            assert_eq!(names(value), [("A".to_string(), operator, text)], "{value}");
        }
    }

    #[test]
    fn references_within_defaults_are_found_in_place() {
        let value = "é${A:-http://${B-x}:${C}}/";
        let found = references(value);
        let texts: Vec<&str> = found.iter().map(|it| &value[it.range.clone()]).collect();
        assert_eq!(texts, ["${A:-http://${B-x}:${C}}", "${B-x}", "${C}"]);
    }

    #[test]
    fn two_dollars_are_one_and_others_are_faults() {
        assert_eq!(split("a$$b"), [Piece::Literal("a$b".into())]);
        assert!(references("celery@$$HOSTNAME").is_empty());
        for bad in ["$", "$1", "${", "${}", "${A", "${A!b}", "${1}"] {
            assert!(split(bad).iter().any(|it| matches!(it, Piece::Bad(_))), "{bad}");
        }
    }

    #[test]
    fn defaults_fill_in_what_nobody_set() {
        assert_eq!(with_defaults("${A:-x}/${B-${C:-y}}").as_deref(), Some("x/y"));
        assert_eq!(with_defaults("${A}"), None);
        let look_up = |name: &str| (name == "A").then(|| "1".to_string());
        assert_eq!(fill("$A-${A:-2}-${A:+3}-${B:+4}", &look_up).as_deref(), Some("1-1-3-"));
    }
}
