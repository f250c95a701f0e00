//! Texts as words of bash: whatever is in them, nothing of it is run.

use crate::ir::text::{Operator, Part, Text, Variable};

/// Returns a literal as one word.
pub(crate) fn literal(text: &str) -> String {
    let is_plain = |it: char| it.is_ascii_alphanumeric() || "_./:@%+,-".contains(it);
    if !text.is_empty() && text.chars().all(is_plain) {
        return text.to_string();
    }
    format!("'{}'", text.replace('\'', "'\\''"))
}

/// Returns literals as words, one after the other.
pub(crate) fn literals<T: AsRef<str>>(texts: impl IntoIterator<Item = T>) -> String {
    texts.into_iter().map(|it| literal(it.as_ref())).collect::<Vec<_>>().join(" ")
}

/// Returns a text as one word, in which its variables are filled in when the script runs.
pub(crate) fn word(text: &Text) -> String {
    match text.as_literal() {
        Some(it) => literal(it),
        None => format!("\"{}\"", inside(text)),
    }
}

/// Returns texts as words, one after the other.
pub(crate) fn words<'a>(texts: impl IntoIterator<Item = &'a Text>) -> String {
    texts.into_iter().map(word).collect::<Vec<_>>().join(" ")
}

/// Writes a text as it stands between double quotes.
fn inside(text: &Text) -> String {
    written(text, &|it| escaped(it))
}

fn written(text: &Text, literal: &dyn Fn(&str) -> String) -> String {
    let mut out = String::new();
    for part in &text.parts {
        match part {
            Part::Literal(it) => out.push_str(&literal(it)),
            Part::Slot => out.push('1'),
            Part::Variable(it) => out.push_str(&variable(it)),
        }
    }
    out
}

fn escaped(literal: &str) -> String {
    let mut out = String::new();
    for character in literal.chars() {
        if matches!(character, '\\' | '$' | '`' | '"') {
            out.push('\\');
        }
        out.push(character);
    }
    out
}

fn variable(it: &Variable) -> String {
    let Some(fallback) = &it.fallback else { return format!("${{{}}}", it.name) };
    let argument = match fallback.operator {
        // The message is for people: what could be taken for anything else is left out of it.
        Operator::Required => plain(&fallback.argument.to_source()),
        // A brace would end the reference.
        Operator::Default | Operator::Alternative => written(&fallback.argument, &|it| escaped(it).replace('}', "\\}")),
    };
    format!("${{{}{}{argument}}}", it.name, fallback.sign())
}

fn plain(message: &str) -> String {
    let words: String =
        message.chars().map(|it| if it.is_alphanumeric() || "_.,/ ".contains(it) { it } else { ' ' }).collect();
    words.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Writes a shell line of the spec as the line that a shell is given: its literals are the user's shell code.
pub(crate) fn line(text: &Text) -> String {
    written(text, &str::to_string)
}
