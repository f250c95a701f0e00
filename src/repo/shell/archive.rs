//! `tar` and `git archive`: which paths of the repository are packed together.

use super::action::{option_values, text};
use crate::repo::fact::{Action, Archive, Filter, FilterBy, Text, Word};

/// Options of `tar` that take a value, beside `-f` and `-C`.
const VALUES: &[&str] = &[
    "-T",
    "--files-from",
    "-X",
    "--exclude-from",
    "--exclude",
    "--transform",
    "-I",
    "--owner",
    "--group",
    "--mode",
    "--use-compress-program",
];

/// Returns what `tar c…` packs; none for other uses.
pub fn tar(words: &[Word]) -> Option<Action> {
    let first = words.get(1)?.text.as_str();
    // `tar czf x a b` and `tar -czf x a b`.
    let letters = first.trim_start_matches('-');
    let is_bundled = !first.starts_with("--") && letters.bytes().all(|it| it.is_ascii_alphabetic());
    let creates =
        is_bundled && letters.contains('c') || words.iter().any(|it| it.text == "--create" || it.text == "-c");
    if !creates {
        return None;
    }
    let filters = super::filter::of(words);
    let mut archive = Archive { output: None, sources: Vec::new(), directory: None, is_open: false, filters };
    let mut at = 1;
    while let Some(word) = words.get(at) {
        let written = word.text.as_str();
        let value = words.get(at + 1);
        let is_letters =
            at == 1 && is_bundled || written.starts_with('-') && !written.starts_with("--") && written.len() > 1;
        at += 1;
        if written == "--create" || written.starts_with("--exclude=") {
        } else if is_letters && written.ends_with('f') || written == "--file" {
            archive.output = value.map(text).filter(|it| it.value != "-");
            at += 1;
        } else if written == "-C" || written == "--directory" {
            archive.directory = value.map(text);
            at += 1;
        } else if VALUES.contains(&written) {
            archive.is_open |= matches!(written, "-T" | "--files-from");
            at += 1;
        } else if written.starts_with("--files-from=") || written.starts_with("--transform") {
            archive.is_open = true;
        } else if !written.starts_with('-') && !is_letters {
            archive.sources.push(text(word));
        }
    }
    archive.is_open |= archive.sources.is_empty();
    Some(Action::Archive(archive))
}

/// Returns what `git archive` packs: everything, or the paths behind the commit.
pub fn git(words: &[Word]) -> Option<Action> {
    let at = words.iter().position(|it| it.text == "archive")?;
    let rest = &words[at + 1..];
    let output = option_values(rest, &["-o", "--output"]).into_iter().next();
    let mut plain: Vec<Text> = super::action::plain(rest, &["-o", "--output", "--prefix", "--format", "--remote"]);
    let is_open = plain.first().is_some_and(|it| it.value.contains(':'));
    let sources = match plain.len() {
        0 => return None,
        1 => vec![Text::new(".".to_string(), plain[0].span)],
        _ => plain.split_off(1),
    };
    Some(Action::Archive(Archive { output, sources, directory: None, is_open, filters: vec![attributes(&words[at])] }))
}

/// What `.gitattributes` marks with `export-ignore` stays out.
fn attributes(word: &Word) -> Filter {
    Filter { pattern: Text::new(".gitattributes".to_string(), word.span), by: FilterBy::LeavesOutListed }
}
