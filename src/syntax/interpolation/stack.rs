//! How `docker stack` reads `${…}`: an older grammar, which refuses some texts and silently garbles others.
//!
//! `${N:-x${B}y}` ends at the first brace; `${A:?not set - see README}` is taken for a default, because of the
//! dash; `$HOST-api` too, even without braces; and an error about a required variable is forgotten when another
//! variable follows. [`misread`] finds all of these, [`evaluate`] shows what they come to.

use std::ops::Range;

use super::{Operation, Operator, Part, Template, Variable, name_end};
use crate::syntax::{Lookup, Malformed};

/// Returns the value that `docker stack` computes.
///
/// # Errors
/// Its complaint, if it has one.
pub fn evaluate(text: &str, lookup: Lookup<'_>) -> Result<String, String> {
    let bytes = text.as_bytes();
    let (mut out, mut from, mut error) = (String::new(), 0, None);
    while let Some(found) = text[from..].find('$') {
        let dollar = from + found;
        out.push_str(&text[from..dollar]);
        if bytes.get(dollar + 1) == Some(&b'$') {
            out.push('$');
            from = dollar + 2;
        } else if let Some((inside, next)) = substitution(text, dollar) {
            // Each variable sets the error anew, so that only the last one's is seen.
            match value(&text[inside], lookup) {
                Ok(value) => {
                    out.push_str(&value);
                    error = None;
                }
                Err(message) => error = Some(message),
            }
            from = next;
        } else {
            error = Some(format!("invalid interpolation format: {text}"));
            from = dollar + 1;
        }
    }
    out.push_str(&text[from..]);
    error.map_or(Ok(out), Err)
}

/// Returns what stands in `${…}` or after `$`, and where to go on.
fn substitution(text: &str, dollar: usize) -> Option<(Range<usize>, usize)> {
    let bytes = text.as_bytes();
    let braced = bytes.get(dollar + 1) == Some(&b'{');
    let start = dollar + 1 + usize::from(braced);
    let name = name_end(bytes, start);
    let argument = match bytes.get(name..)? {
        [b':', b'-' | b'?', ..] => Some(name + 2),
        [b'-' | b'?', ..] => Some(name + 1),
        _ => None,
    };
    let end = argument.map_or(name, |it| text[it..].find('}').map_or(text.len(), |at| it + at));
    match (name > start, braced) {
        (false, _) => None,
        (true, false) => Some((start..end, end)),
        (true, true) => (bytes.get(end) == Some(&b'}')).then_some((start..end, end + 1)),
    }
}

/// Tries the operators one after the other, each wherever it stands.
fn value(inside: &str, lookup: Lookup<'_>) -> Result<String, String> {
    if let Some((name, default)) = inside.split_once(":-") {
        return Ok(lookup(name).filter(|it| !it.is_empty()).unwrap_or_else(|| default.to_string()));
    }
    if let Some((name, default)) = inside.split_once('-') {
        return Ok(lookup(name).unwrap_or_else(|| default.to_string()));
    }
    let required = |name: &str, message: &str, value: Option<String>| {
        value.ok_or_else(|| format!("required variable {name} is missing a value: {message}"))
    };
    if let Some((name, message)) = inside.split_once(":?") {
        return required(name, message, lookup(name).filter(|it| !it.is_empty()));
    }
    if let Some((name, message)) = inside.split_once('?') {
        return required(name, message, lookup(name));
    }
    Ok(lookup(inside).unwrap_or_default())
}

/// Returns the places that `docker stack` reads otherwise than `docker compose`. If there are none, both read the
/// same from the same variables. `template` is what `text` was read into.
pub fn misread(template: &Template, text: &str) -> Vec<Malformed> {
    let mut found = Vec::new();
    for (nth, part) in template.parts.iter().enumerate() {
        match part {
            Part::Dollar { .. } => {}
            Part::Literal { text: literal, range } => {
                for (at, _) in literal.match_indices('$') {
                    let at = range.start + at;
                    let message = "`docker stack` refuses a `$` that starts no variable";
                    found.push(Malformed::new(at..at + 1, message).help("write `$$`"));
                }
            }
            Part::Variable(variable) => {
                let more = template.parts[nth + 1..].iter().any(|it| matches!(it, Part::Variable(_)));
                found.extend(misread_variable(variable, text, more));
            }
        }
    }
    found
}

fn misread_variable(variable: &Variable, text: &str, more: bool) -> Option<Malformed> {
    let (name, range) = (&variable.name, variable.range.clone());
    let Some(operation) = &variable.operation else {
        let rest = &text[range.end..];
        let operator = [":-", ":?", "-", "?"].iter().find(|it| rest.starts_with(**it)).filter(|_| !variable.braced)?;
        let swallowed = rest.find('}').map_or(text.len(), |it| range.end + it);
        let message = format!("`docker stack` takes `{operator}` here for an operator, and drops what follows it");
        return Some(Malformed::new(range.start..swallowed, message).help(format!("write `${{{name}}}`")));
    };
    let argument = &text[operation.range.clone()];
    let error = |message: String| Some(Malformed::new(range.clone(), message));
    if operation.operator == Operator::Replace {
        return error(format!("`docker stack` does not know the operator `{}`", operation.symbol()));
    }
    if let Some(at) = argument.find('}') {
        let end = operation.range.start + at + 1;
        let message = format!("`docker stack` ends this at the first `}}`, as `{}`", &text[range.start..end]);
        return error(message);
    }
    if argument.contains('$') && operation.operator == Operator::Default {
        return error(format!("`docker stack` takes the default `{argument}` literally, dollars and all"));
    }
    if let Some(other) = taken_for(operation, argument) {
        let message =
            format!("`docker stack` takes the `{other}` in the text for the operator, so `{name}` is not read");
        return error(message);
    }
    if more && operation.operator == Operator::Required {
        let message = format!("`docker stack` forgets that `{name}` is required, because another variable follows");
        return error(message);
    }
    None
}

/// Returns the operator in the argument that `docker stack` finds before the real one.
fn taken_for(operation: &Operation, argument: &str) -> Option<&'static str> {
    let before: &[&'static str] = match operation.symbol() {
        "-" => &[":-"],
        ":?" => &[":-", "-"],
        "?" => &[":-", "-", ":?"],
        _ => &[],
    };
    before.iter().find(|it| argument.contains(**it)).copied()
}
