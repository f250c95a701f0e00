//! Words by which a text says of a path that it is one of the past: nobody expects it to be there.

use super::telling::{Telling, Words};

/// What is said of what is gone, or of where something came from.
const SIGNS: [&str; 29] = [
    "used to ",
    "formerly",
    "previously",
    "originally",
    "historical",
    "legacy",
    "no longer",
    "no old",
    "superseded",
    "relocated from",
    "moved from",
    "mirrored from",
    "mirrors ",
    "ported from",
    "extracted from",
    "split from",
    "copied from",
    "split out of",
    "renamed from",
    "migrated from",
    "adapted from",
    "replaced ",
    "replaces ",
    "replicates",
    "deleted ",
    "removed ",
    "was in ",
    "were in ",
    "lived in",
];

/// The same, for one look.
static IN_SIGNS: Telling = Telling::new(|| Words::new(&SIGNS.map(str::trim_end)));

/// Returns whether the words before a path say that it is one of the past: where something came from, or went from.
pub fn is_told_of(text: &str, start: usize) -> bool {
    let mut from = start.saturating_sub(160);
    while !text.is_char_boundary(from) {
        from += 1;
    }
    let before = text[from..start].to_ascii_lowercase();
    // The sentence that the path stands in, over line ends.
    let sentence = before.rsplit(". ").next().unwrap_or(&before).replace(['\n', '#', '*', '/'], " ");
    let words = sentence.split_ascii_whitespace().collect::<Vec<_>>().join(" ");
    // Most sentences have none of them in them.
    if !IN_SIGNS.are_in(&words) {
        return false;
    }
    // From the start of a word: what is `imported from` somewhere was not ported.
    let is_said = |it: &&str| words.match_indices(it.trim_end()).any(|(at, _)| at == 0 || words[..at].ends_with(' '));
    SIGNS.iter().any(is_said)
}
