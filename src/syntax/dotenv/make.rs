//! `include .env` in a Makefile: the line is a variable definition of GNU make, so quotes are text, `#` starts a
//! comment anywhere, `$x` is make's, and spaces at the end stay.

use super::Reading;
use crate::syntax::Lookup;

const MAX_DEPTH: usize = 32;

/// Reads a text as a line of a Makefile.
pub(super) fn read(text: &str, lookup: Lookup<'_>) -> Reading {
    if text.contains('\n') && !text.contains("\\\n") {
        return Reading::Error("missing separator".to_string());
    }
    let text = joined(text.strip_suffix('\r').unwrap_or(text));
    let line = uncommented(&text);
    let line = line.trim_start();
    let export = line.strip_prefix("export").filter(|it| it.starts_with([' ', '\t']));
    let exported = export.is_some();
    let line = export.map_or(line, |it| it.trim_start_matches([' ', '\t']));
    let Some((left, right)) = line.split_once('=') else {
        return if exported {
            lookup(line.trim_end()).map_or(Reading::Absent, Reading::Value)
        } else if line.contains(':') {
            Reading::Absent
        } else {
            Reading::Error("missing separator".to_string())
        };
    };
    let key = left.trim_end_matches(['?', '+', ':', '!']).trim();
    if left.ends_with('!') {
        return Reading::Error("it runs the value as a command".to_string());
    }
    if key.contains(':') {
        return Reading::Absent;
    }
    if key.is_empty() || key.contains([' ', '\t']) {
        return Reading::Error("missing separator".to_string());
    }
    let own = |name: &str| if name == key { None } else { lookup(name) };
    let mut expander = Expander { key, lookup: &own };
    match expander.expand(right.trim_start_matches([' ', '\t']), 0) {
        Ok(value) => Reading::Value(value),
        Err(message) => Reading::Error(message),
    }
}

/// Joins lines that end with a backslash: it, the break and the spaces around become one space.
fn joined(text: &str) -> String {
    let mut lines = text.split('\n');
    let mut out = lines.next().unwrap_or("").to_string();
    for line in lines {
        out.pop();
        out.truncate(out.trim_end_matches([' ', '\t']).len());
        out.push(' ');
        out.push_str(line.trim_start_matches([' ', '\t']));
    }
    // The last line continues on the line after the statement, which is not ours to know.
    if out.ends_with('\\') {
        out.pop();
        out.truncate(out.trim_end_matches([' ', '\t']).len());
        out.push(' ');
    }
    out
}

/// Cuts off the comment; `\#` is a `#`.
fn uncommented(text: &str) -> String {
    let mut out = String::new();
    for it in text.chars() {
        if it == '#' {
            let backslashes = out.len() - out.trim_end_matches('\\').len();
            out.truncate(out.len() - backslashes.div_ceil(2));
            if backslashes.is_multiple_of(2) {
                return out;
            }
        }
        out.push(it);
    }
    out
}

struct Expander<'a> {
    key: &'a str,
    lookup: Lookup<'a>,
}

impl Expander<'_> {
    fn expand(&mut self, text: &str, depth: usize) -> Result<String, String> {
        if depth > MAX_DEPTH {
            return Err("references nested too deeply".to_string());
        }
        let mut out = String::new();
        let mut rest = text;
        while let Some(at) = rest.find('$') {
            out.push_str(&rest[..at]);
            rest = &rest[at + 1..];
            let Some(next) = rest.chars().next() else {
                out.push('$');
                break;
            };
            match next {
                '$' => {
                    out.push('$');
                    rest = &rest[1..];
                }
                '(' | '{' => {
                    let close = closing(rest).ok_or("unterminated variable reference")?;
                    let name = self.expand(&rest[1..close], depth + 1)?;
                    out.push_str(&self.variable(&name)?);
                    rest = &rest[close + 1..];
                }
                _ => {
                    if !next.is_whitespace() {
                        out.push_str(&self.variable(&next.to_string())?);
                    }
                    rest = &rest[next.len_utf8()..];
                }
            }
        }
        Ok(out + rest)
    }

    fn variable(&mut self, name: &str) -> Result<String, String> {
        if name == self.key {
            return Err("the variable refers to itself".to_string());
        }
        let word = name.split([' ', '\t']).next().unwrap_or("");
        if word.len() < name.len() && FUNCTIONS.contains(&word) {
            return Err(format!("make calls its function `{word}`"));
        }
        Ok((self.lookup)(name).unwrap_or_default())
    }
}

/// Finds the brace that closes the one at the start: the first of its kind, or if a variable is between, the one
/// that balances.
fn closing(text: &str) -> Option<usize> {
    let (open, close) = if text.starts_with('(') { (b'(', b')') } else { (b'{', b'}') };
    let first = text.bytes().position(|it| it == close)?;
    if !text[..first].contains('$') {
        return Some(first);
    }
    let mut depth = 0_usize;
    for (at, byte) in text.bytes().enumerate() {
        if byte == open {
            depth += 1;
        } else if byte == close {
            depth -= 1;
            if depth == 0 {
                return Some(at);
            }
        }
    }
    None
}

static FUNCTIONS: [&str; 36] = [
    "abspath",
    "addprefix",
    "addsuffix",
    "and",
    "basename",
    "call",
    "dir",
    "error",
    "eval",
    "file",
    "filter",
    "filter-out",
    "findstring",
    "firstword",
    "flavor",
    "foreach",
    "if",
    "info",
    "intcmp",
    "join",
    "lastword",
    "let",
    "notdir",
    "or",
    "origin",
    "patsubst",
    "realpath",
    "shell",
    "sort",
    "strip",
    "subst",
    "suffix",
    "value",
    "warning",
    "wildcard",
    "words",
];
