//! `docker compose`: compose-go's `dotenv` package.

use super::Reading;
use crate::syntax::Lookup;
use crate::syntax::interpolation;

/// Reads what the first statement of a text makes of a name. A `:` ends a name too, so `a:b=c` is no matter of `a:b`.
pub(super) fn read(text: &str, key: &str, lookup: Lookup<'_>) -> Reading {
    match statements(text, lookup) {
        Ok(Some(value)) if !key.contains(':') => Reading::Value(value),
        Ok(_) => Reading::Absent,
        Err(message) => Reading::Error(message),
    }
}

/// Reads all statements of a text; the value is the first one's. What follows a closing quote is a statement.
fn statements(text: &str, lookup: Lookup<'_>) -> Result<Option<String>, String> {
    let (value, mut rest) = statement(text, lookup)?;
    while !rest.is_empty() && !rest.starts_with('#') {
        rest = statement(rest, lookup)?.1;
    }
    Ok(value)
}

type Statement<'a> = Result<(Option<String>, &'a str), String>;

/// Reads a statement; returns its value, and what follows it.
fn statement<'a>(text: &'a str, lookup: Lookup<'_>) -> Statement<'a> {
    let text = text.trim_start();
    let text = match text.strip_prefix("export") {
        Some(rest) if rest.starts_with(char::is_whitespace) => rest.trim_start_matches(is_space),
        _ => text,
    };
    let end = text.find(['=', ':', '\n']).unwrap_or(text.len());
    let key = text[..end].trim_end();
    if key.contains(' ') {
        return Err("a name cannot contain a space".to_string());
    }
    let is_name = |it: char| is_space(it) || "_.-[]".contains(it) || it.is_alphanumeric();
    if let Some(odd) = key.chars().find(|it| !is_name(*it)) {
        return Err(format!("unexpected character `{odd}` in a name"));
    }
    match text[end..].chars().next() {
        Some('=' | ':') => {
            let rest = text[end + 1..].trim_start_matches(is_space);
            match rest.chars().next() {
                Some(quote @ ('\'' | '"')) => quoted(rest, quote, lookup),
                _ => unquoted(rest, lookup),
            }
        }
        _ => Ok((lookup(key), text[end..].trim_start())),
    }
}

fn unquoted<'a>(text: &'a str, lookup: Lookup<'_>) -> Statement<'a> {
    let (line, rest) = text.split_once('\n').unwrap_or((text, ""));
    let value = line.split_once(" #").map_or(line, |it| it.0);
    Ok((Some(interpolate(value.trim_end(), lookup)?), rest.trim_start()))
}

fn quoted<'a>(text: &'a str, quote: char, lookup: Lookup<'_>) -> Statement<'a> {
    let (mut value, mut escaped) = (String::new(), false);
    for (at, it) in text.char_indices().skip(1) {
        if it == quote && !escaped {
            let value = if quote == '"' { interpolate(&unescape(&value), lookup)? } else { value };
            return Ok((Some(value), text[at + 1..].trim_start()));
        }
        if it == '\\' && !escaped {
            escaped = true;
            continue;
        }
        if escaped && it != quote {
            value.push('\\');
        }
        escaped = false;
        value.push(it);
    }
    Err("the quote is not closed".to_string())
}

fn interpolate(text: &str, lookup: Lookup<'_>) -> Result<String, String> {
    let template = interpolation::parse(text);
    match template.errors.first() {
        Some(error) => Err(error.message.clone()),
        None => template.evaluate(lookup).map_err(|it| format!("required variable `{}` is missing", it.name)),
    }
}

/// Replaces `\n` and the like, as compose-go's `expandEscapes`. `\$` becomes `$$`, for the interpolation after.
fn unescape(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        out.push_str(&rest[..at]);
        let next = rest[at + 1..].chars().next();
        let simple = match next {
            Some('a') => "\x07",
            Some('b') => "\x08",
            Some('f') => "\x0c",
            Some('n') => "\n",
            Some('r') => "\r",
            Some('t') => "\t",
            Some('v') => "\x0b",
            Some('"') => "\"",
            Some('\\') => "\\",
            Some('$') => "$$",
            Some('0') => {
                let digits = rest[at + 2..].bytes().take(3).take_while(u8::is_ascii_digit).count();
                let octal = &rest[at + 2..at + 2 + digits];
                match u8::from_str_radix(octal, 8) {
                    Ok(byte) if digits == 3 => out.push(char::from(byte)),
                    _ => {
                        out.push('\\');
                        out.push_str(octal);
                    }
                }
                rest = &rest[at + 2 + digits..];
                continue;
            }
            _ => {
                out.push('\\');
                rest = &rest[at + 1..];
                continue;
            }
        };
        out.push_str(simple);
        rest = &rest[at + 2..];
    }
    out + rest
}

/// Go's idea of a space on a line in this package.
fn is_space(it: char) -> bool {
    matches!(it, '\t' | '\x0b' | '\x0c' | '\r' | ' ' | '\u{85}' | '\u{a0}')
}
