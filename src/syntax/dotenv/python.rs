//! python-dotenv, which pydantic-settings uses: its parser, and `${NAME}` and `${NAME:-default}` in every value, in
//! single quotes too.

use super::Reading;
use crate::syntax::Lookup;

/// Reads the statement of a text. A statement that python-dotenv cannot read is left out with a warning.
pub(super) fn read(text: &str, lookup: Lookup<'_>) -> Reading {
    match statement(text) {
        Some(value) => Reading::Value(interpolate(&value, lookup)),
        None => Reading::Absent,
    }
}

fn is_blank(it: char) -> bool {
    it.is_whitespace() && it != '\n' && it != '\r'
}

fn statement(text: &str) -> Option<String> {
    let text = text.trim_start();
    let text = match text.strip_prefix("export") {
        Some(rest) if rest.starts_with(is_blank) => rest.trim_start_matches(is_blank),
        _ => text,
    };
    let rest = match text.strip_prefix('\'') {
        Some(rest) => rest.split_once('\'').filter(|it| !it.0.is_empty())?.1,
        None => {
            let end = text.find(|it: char| it == '=' || it == '#' || it.is_whitespace()).unwrap_or(text.len());
            (end > 0).then(|| &text[end..])?
        }
    };
    let rest = rest.trim_start_matches(is_blank).strip_prefix('=')?.trim_start_matches(is_blank);
    let (value, rest) = match rest.chars().next() {
        Some(quote @ ('\'' | '"')) => {
            let close = closing(rest, quote)?;
            let escapes = if quote == '"' { "\\'\"abfnrtv" } else { "\\'" };
            (unescape(&rest[1..close], escapes), &rest[close + 1..])
        }
        _ => {
            let line = &rest[..rest.find(['\r', '\n']).unwrap_or(rest.len())];
            let comment = line.match_indices('#').map(|it| it.0).find(|&at| line[..at].ends_with(char::is_whitespace));
            (line[..comment.unwrap_or(line.len())].trim_end().to_string(), &rest[line.len()..])
        }
    };
    let rest = rest.trim_start_matches(is_blank);
    (rest.is_empty() || rest.starts_with(['#', '\r', '\n'])).then_some(value)
}

/// Finds the quote that closes the one at the start: the first without a backslash before it, or else the last.
fn closing(text: &str, quote: char) -> Option<usize> {
    let quotes = || text.match_indices(quote).map(|it| it.0).skip(1);
    quotes().find(|&at| at == 1 || !text[..at].ends_with('\\')).or_else(|| quotes().last())
}

fn unescape(text: &str, escapes: &str) -> String {
    let mut out = String::new();
    let mut chars = text.chars().peekable();
    while let Some(it) = chars.next() {
        match chars.peek() {
            Some(&next) if it == '\\' && escapes.contains(next) => {
                chars.next();
                out.push(match next {
                    'a' => '\x07',
                    'b' => '\x08',
                    'f' => '\x0c',
                    'n' => '\n',
                    'r' => '\r',
                    't' => '\t',
                    'v' => '\x0b',
                    other => other,
                });
            }
            _ => out.push(it),
        }
    }
    out
}

/// Replaces `${NAME}` and `${NAME:-default}`. The default is not for a variable that is empty.
fn interpolate(text: &str, lookup: Lookup<'_>) -> String {
    let mut out = String::new();
    let mut rest = text;
    // Behind the last brace nothing is a variable.
    let last = text.rfind('}').map_or(0, |at| text.len() - at);
    while let Some(at) = rest.find("${").filter(|at| last > 0 && rest.len() - at > last) {
        out.push_str(&rest[..at]);
        let inside = &rest[at + 2..];
        let name_end = inside.find(['}', ':']).unwrap_or(inside.len());
        let (name, after) = inside.split_at(name_end);
        let default = after.strip_prefix(":-").and_then(|it| it.split_once('}'));
        if let Some((default, after)) = default {
            out.push_str(&lookup(name).unwrap_or_else(|| default.to_string()));
            rest = after;
        } else if let Some(after) = after.strip_prefix('}') {
            out.push_str(&lookup(name).unwrap_or_default());
            rest = after;
        } else {
            out.push_str("${");
            rest = inside;
        }
    }
    out + rest
}
