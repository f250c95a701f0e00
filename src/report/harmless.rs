//! Text from a repository, made harmless: no character of it reaches a terminal, a CI log or a reader's eye as
//! anything but itself.
//!
//! A checked-out file may hold escape sequences that move the cursor, retitle the window or recolour a line, and
//! Unicode controls that reorder what a person reads (the "Trojan Source" trick).

use std::borrow::Cow;
use std::fmt::Write as _;

pub use crate::secret::MASK;

/// Returns whether a character acts instead of showing, or shows as nothing.
pub fn is_harmful(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// Returns the one character to show for `c` in quoted source, so that columns keep their numbers.
pub fn shown(c: char) -> char {
    match c {
        // The renderer widens tabs and drops joiners itself, and counts their columns rightly.
        '\t' | '\u{200d}' => c,
        '\0'..='\u{1f}' => char::from_u32(0x2400 + u32::from(c)).unwrap_or(char::REPLACEMENT_CHARACTER),
        '\u{7f}' => '\u{2421}',
        _ if is_harmful(c) => char::REPLACEMENT_CHARACTER,
        _ => c,
    }
}

/// Returns text for one line of a message, with harmful characters written as escapes such as `\u{1b}`.
pub fn one_line(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_harmful) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        if is_harmful(c) {
            let _ = write!(out, "{}", c.escape_default());
        } else {
            out.push(c);
        }
    }
    Cow::Owned(out)
}

/// Returns text whose line breaks stay and whose other harmful characters are escaped.
pub fn lines(text: &str) -> String {
    text.lines().map(one_line).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escape_sequences_and_reordering_controls_are_spelled_out() {
        for (text, expected) in [
            ("plain é 🦀", "plain é 🦀"),
            ("\u{1b}[2J", "\\u{1b}[2J"),
            ("a\nb\tc\r", "a\\nb\\tc\\r"),
            ("\u{9b}31m", "\\u{9b}31m"),
            ("\u{202e}txt.exe", "\\u{202e}txt.exe"),
            ("po\u{200b}rts", "po\\u{200b}rts"),
        ] {
            assert_eq!(one_line(text), expected);
        }
        assert_eq!(lines("one\n\u{7}two"), "one\n\\u{7}two");
    }

    #[test]
    fn shown_source_keeps_its_number_of_characters() {
        assert_eq!("\u{1b}[0m\0\u{7f}\u{202e}é".chars().map(shown).collect::<String>(), "␛[0m␀␡\u{fffd}é");
    }
}
