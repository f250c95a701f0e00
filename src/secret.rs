//! What must not be told: texts that are secret by the name they stand under, by their form, or because they are the
//! value of something secret elsewhere.
//!
//! A report quotes lines and repeats values, and ends up in a log that more people read than the repository. This is
//! the one place that says what of a text is hidden; [`crate::report`] applies it to everything that it writes.

mod form;
mod name;

use std::borrow::Cow;
use std::ops::Range;

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};

pub use name::{has_stem, is_secret_name, may_be_secret};

/// What stands for a secret: always the same, so that not even its length is told.
pub const MASK: &str = "********";

/// Finds secrets in a text: known values, and whatever has the form of one.
#[derive(Clone, Default, Debug)]
pub struct Masks {
    search: Option<AhoCorasick>,
}

impl Masks {
    /// Makes masks for known values; empty ones are left out.
    pub fn new<T: AsRef<[u8]>>(values: &[T]) -> Masks {
        let values: Vec<&[u8]> = values.iter().map(AsRef::as_ref).filter(|it| !it.is_empty()).collect();
        // Overlapping secrets must all go, which only this kind of search finds.
        // What is told is short: to make a quicker search takes longer than this one takes.
        let kind = Some(AhoCorasickKind::ContiguousNFA);
        let build = || AhoCorasick::builder().match_kind(MatchKind::Standard).kind(kind).build(&values).ok();
        Masks { search: if values.is_empty() { None } else { build() } }
    }

    /// Returns the byte ranges that hold secrets, widened to whole characters, in order, apart from each other.
    pub fn ranges(&self, text: &str) -> Vec<Range<usize>> {
        let mut found = form::ranges(text);
        if let Some(search) = &self.search {
            let whole = |start, end| text.floor_char_boundary(start)..text.ceil_char_boundary(end);
            found.extend(search.find_overlapping_iter(text).map(|it| whole(it.start(), it.end())));
        }
        joined(found)
    }

    /// Returns a text with its secrets masked.
    pub fn hide<'a>(&self, text: &'a str) -> Cow<'a, str> {
        let ranges = self.ranges(text);
        if ranges.is_empty() {
            return Cow::Borrowed(text);
        }
        let mut out = String::with_capacity(text.len());
        let mut at = 0;
        for range in ranges {
            out.push_str(&text[at..range.start]);
            out.push_str(MASK);
            at = range.end;
        }
        out.push_str(&text[at..]);
        Cow::Owned(out)
    }
}

/// Returns the texts that are secret by their form in a larger one: values to look for elsewhere.
pub fn values_in(text: &str) -> Vec<String> {
    // What is so short is never told.
    if text.len() < TELLING {
        return Vec::new();
    }
    let found = joined(form::ranges(text)).into_iter().map(|it| text[it].to_string());
    found.filter(|it| is_telling(it)).collect()
}

/// Returns whether a value is a key that a program made and somebody uses: the token of a well-known service, or so
/// random that nobody typed it.
pub fn is_key(value: &str) -> bool {
    form::is_key(value)
}

/// How keys begin that services publish for trying: of reCAPTCHA, hCaptcha, Turnstile, and the storage emulator of Azure.
const PUBLIC: [&str; 6] =
    ["6LeIxAcTAAAAA", "0x0000000000000", "1x0000000", "2x0000000", "3x0000000", "Eby8vdM02xNOcqFl"];

/// Returns whether a value only holds the place of one, or is what every tutorial writes.
pub fn is_placeholder(value: &str) -> bool {
    let lower = value.to_ascii_lowercase();
    let words = [
        "change",
        "your",
        "example",
        "placeholder",
        "replace",
        "todo",
        "xxx",
        "dummy",
        "fake",
        "test",
        "sample",
        "insert",
        "secret_here",
        "...",
        "****",
    ];
    let is_word = matches!(lower.as_str(), "" | "none" | "null" | "false" | "true" | "disabled" | "unset" | "n/a");
    // `GOOGLE_API_KEY_VAL` says what belongs there.
    let is_name =
        value.len() > 4 && value.contains('_') && value.bytes().all(|it| it.is_ascii_uppercase() || it == b'_');
    // What services give to everybody for trying, and where a secret is to be read from.
    let is_public = PUBLIC.iter().any(|it| value.starts_with(it)) || lower.starts_with("file:");
    is_word
        || is_name
        || is_public
        || lower.starts_with(['<', '[', '{', '$', '/', '@', '%'])
        || words.iter().any(|it| lower.contains(it))
}

/// Returns whether a value says where something is, and no more: `host:8080`, or a URL that nobody logs in with.
pub fn is_address(value: &str) -> bool {
    let is_host = |it: &str| {
        it.starts_with(|it: char| it.is_ascii_lowercase())
            && it.bytes().all(|it| it.is_ascii_lowercase() || it.is_ascii_digit() || b"-_.".contains(&it))
    };
    let is_port = |it: &str| it.len() >= 2 && it.parse().is_ok_and(|it: u16| it > 0);
    match value.split_once("://") {
        // What is long in a path may be what opens it, as in the address of a webhook.
        Some((_, rest)) => !rest.contains(['@', '?']) && rest.split('/').skip(1).all(|it| it.len() < 16),
        None => value.split_once(':').is_some_and(|it| is_host(it.0) && is_port(it.1)),
    }
}

/// Returns whether a value follows a pattern that somebody typed: `0123456789abcdef` and the like, again and again.
pub fn is_patterned(value: &str) -> bool {
    let bytes = value.as_bytes();
    let repeats = |n: usize| bytes.len() >= 2 * n && bytes.iter().zip(&bytes[n..]).all(|(a, b)| a == b);
    // What fingers do on a keyboard when they are to write anything.
    let runs = ["0123456789", "123456789", "abcdefghij", "asdasd", "asdfgh", "qwerty"];
    value.len() >= 8 && ((1..=16).any(repeats) || runs.iter().any(|it| value.to_ascii_lowercase().contains(it)))
}

/// Returns whether a value only says its own name again, with two words or more of it: `CLOUDINARY_API_KEY=apiKey`.
/// One word alone is what people take for a password.
pub fn repeats_name(name: &str, value: &str) -> bool {
    let letters = |it: &str| it.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase();
    let (value, words) = (letters(value), name.split('_').collect::<Vec<_>>());
    let starts = 0..words.len().saturating_sub(1);
    starts.into_iter().any(|at| letters(&words[at..].concat()) == value)
}

/// How long a value is at least that is looked for elsewhere.
const TELLING: usize = 6;

/// Returns whether a value is so much its own that wherever it stands the secret is told. `postgres` as a password
/// is also the name of an image, and hiding it everywhere would make reports unreadable.
pub fn is_telling(value: &str) -> bool {
    let has = |is: fn(&char) -> bool| usize::from(value.chars().any(|it| is(&it)));
    let kinds = has(char::is_ascii_lowercase)
        + has(char::is_ascii_uppercase)
        + has(char::is_ascii_digit)
        + has(|it| !it.is_ascii_alphanumeric());
    let is_number = value.bytes().all(|it| it.is_ascii_digit() || it == b'.');
    let is_reference = value.starts_with(['$', '/', '.', '<', '{', '@']) || value.contains("${");
    !is_reference && ((value.len() >= TELLING && kinds >= 2 && !is_number) || value.len() >= 16)
}

/// Sorts ranges and joins those that overlap.
pub fn joined(mut found: Vec<Range<usize>>) -> Vec<Range<usize>> {
    found.retain(|it| !it.is_empty());
    found.sort_by_key(|it| it.start);
    let mut ranges: Vec<Range<usize>> = Vec::new();
    for range in found {
        match ranges.last_mut().filter(|it| range.start < it.end) {
            Some(last) => last.end = last.end.max(range.end),
            None => ranges.push(range),
        }
    }
    ranges
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_values_are_masked_wherever_they_stand_and_overlapping_ones_entirely() {
        let masks = Masks::new(&["abcd", "cdef", ""]);
        assert_eq!(masks.hide("x=abcdef cd"), format!("x={MASK} cd"));
        assert_eq!(Masks::default().hide("x=abcdef"), "x=abcdef");
    }

    #[test]
    fn a_value_that_says_its_own_name_is_none() {
        assert!(repeats_name("CLOUDINARY_API_KEY", "apiKey") && repeats_name("DB_PASSWORD", "db-password"));
        assert!(!repeats_name("POSTGRES_PASSWORD", "postgres") && !repeats_name("DB_PASSWORD", "password"));
    }

    #[test]
    fn a_weak_value_is_not_looked_for_everywhere() {
        for (value, expected) in [
            ("postgres", false),
            ("hunter2", true),
            ("5432", false),
            ("correcthorsebatterystaple", true),
            ("${OTHER}", false),
            ("/run/secrets/x1", false),
            ("", false),
        ] {
            assert_eq!(is_telling(value), expected, "{value}");
        }
    }
}
