//! Parts of short syntaxes, such as `${BIND}:8000:80`, in which compose's `${…}` may stand anywhere: what is inside
//! of a variable separates nothing.

use std::ops::Range;

use super::Malformed;
use super::interpolation::{self, Part};

/// Stands for each byte of a variable; no short syntax knows it.
const MASK: u8 = 1;

/// A part of a text.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Piece {
    /// The part as written.
    pub text: String,
    /// Where it is in the text.
    pub range: Range<usize>,
    /// Whether a variable is in it, so that its value is not known here.
    pub has_variable: bool,
}

/// A text with its variables covered, so that it can be searched for separators.
pub(super) struct Covered<'a> {
    text: &'a str,
    /// As long as `text`; other texts than variables as they are.
    pub(super) bytes: Vec<u8>,
}

impl<'a> Covered<'a> {
    /// Covers the variables of a text.
    ///
    /// # Errors
    /// A malformed variable.
    pub(super) fn new(text: &'a str) -> Result<Covered<'a>, Malformed> {
        let template = interpolation::parse(text);
        if let Some(error) = template.errors.into_iter().next() {
            return Err(error);
        }
        let mut bytes = text.as_bytes().to_vec();
        for part in &template.parts {
            if let Part::Variable(variable) = part {
                bytes[variable.range.clone()].fill(MASK);
            }
        }
        Ok(Covered { text, bytes })
    }

    /// Returns a part of the text. The range lies between characters if it was found by separators.
    pub(super) fn piece(&self, range: Range<usize>) -> Piece {
        let has_variable = self.bytes[range.clone()].contains(&MASK);
        Piece { text: self.text.get(range.clone()).unwrap_or("").to_string(), range, has_variable }
    }

    /// Returns the ranges between the separators within a range.
    pub(super) fn split(&self, range: Range<usize>, separator: u8) -> Vec<Range<usize>> {
        let mut start = range.start;
        let mut found = Vec::new();
        for at in range.clone().filter(|it| self.bytes[*it] == separator) {
            found.push(start..at);
            start = at + 1;
        }
        found.push(start..range.end);
        found
    }
}
