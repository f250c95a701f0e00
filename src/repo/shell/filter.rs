//! What `rsync` and `tar` are told to take and to leave out.

use super::action::text;
use crate::repo::fact::{Filter, FilterBy, Text, Word};
use crate::source::Spanned;

/// Options with a pattern or a file of patterns, and what they do.
const OPTIONS: &[(&str, FilterBy)] = &[
    ("--exclude", FilterBy::LeavesOut),
    ("--include", FilterBy::Takes),
    ("--exclude-from", FilterBy::LeavesOutListed),
    ("--include-from", FilterBy::TakesListed),
    ("-X", FilterBy::LeavesOutListed),
];

/// Returns the filters of a command line, in order. `-X` is `tar`'s alone: to `rsync` it means something else.
pub fn of(words: &[Word]) -> Vec<Filter> {
    let is_tar = words.first().is_some_and(|it| it.text.ends_with("tar"));
    let mut list = Vec::new();
    for (at, word) in words.iter().enumerate().filter(|it| it.1.text.starts_with('-')) {
        let (name, value) = match word.text.split_once('=') {
            Some((name, value)) => (name, Some(part(word, name.len() + 1, value))),
            None => (word.text.as_str(), words.get(at + 1).map(text)),
        };
        let Some(value) = value.filter(|it| !it.value.is_empty()) else { continue };
        if matches!(name, "--filter" | "-f") && !is_tar {
            list.extend(rule(&value));
        }
        let option = OPTIONS.iter().find(|it| it.0 == name && (is_tar || it.0 != "-X"));
        list.extend(option.map(|it| Filter { pattern: value, by: it.1 }));
    }
    list
}

/// `--filter='- *.log'`: merge files and the rarer rules say nothing that could be told here.
fn rule(value: &Text) -> Option<Filter> {
    let (by, pattern) = match value.value.split_once(' ')? {
        ("-", rest) => (FilterBy::LeavesOut, rest),
        ("+", rest) => (FilterBy::Takes, rest),
        _ => return None,
    };
    Some(Filter { pattern: Spanned::new(pattern.trim().to_string(), value.span), by })
}

/// Returns the value behind `=`, at its own place where the word is written without quotes.
fn part(word: &Word, at: usize, value: &str) -> Text {
    let length = (word.span.end - word.span.start) as usize;
    let span = if length == word.text.len() { word.span.part(at, length) } else { word.span };
    Spanned::new(value.to_string(), span)
}
