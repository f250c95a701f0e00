//! Shell text that stands inside something else: a recipe, a YAML block, a quoted word for `ssh`.
//!
//! The text is what the shell gets; the pieces lead every byte of it back to the file.

use crate::source::{FileId, Span};
use crate::syntax::node::{Node, Style};

/// Shell text, and where each part of it is written.
#[derive(Clone, Debug)]
pub struct Embedded {
    /// What the shell gets.
    pub text: String,
    file: FileId,
    pieces: Vec<Piece>,
}

/// A run of text that is written in one go.
#[derive(Clone, Copy, Debug)]
struct Piece {
    in_text: usize,
    in_file: usize,
    /// Whether all of it stands for one place: the value of a variable.
    is_value: bool,
}

impl Embedded {
    /// Takes the text of a YAML or JSON scalar in a file: a block's lines without their indentation.
    pub fn scalar(node: &Node, file_text: &str) -> Option<Embedded> {
        let scalar = node.as_scalar().filter(|it| !it.is_null())?;
        let (start, end) = (node.span.start as usize, node.span.end as usize);
        let mut it = Embedded::new(node.span.file);
        let written = file_text.get(start..end)?;
        if scalar.style != Style::Block {
            let inner = written.trim_matches(['"', '\'']);
            let at = start + usize::from(written.starts_with(['"', '\'']));
            // Escapes and folded lines: the text is right, its places are only those of the whole value.
            if inner == &*scalar.text {
                it.push(inner, at)
            } else {
                it.push_value(&scalar.text, at)
            }
            return Some(it);
        }
        let line_start = file_text[..start].rfind('\n').map_or(0, |it| it + 1);
        let indent = file_text[line_start..start].len();
        let is_folded = file_text[..line_start].trim_end().ends_with(['>', '-', '+'])
            && file_text[..line_start].trim_end().trim_end_matches(['-', '+']).ends_with('>');
        let mut at = start;
        for (index, line) in written.split_inclusive('\n').enumerate() {
            let blank = line.bytes().take_while(|it| *it == b' ').count();
            let skip = if index == 0 { 0 } else { blank.min(indent) };
            let body = &line[skip..];
            if is_folded && !body.trim().is_empty() {
                it.push(body.trim_end_matches('\n'), at + skip);
                it.push(" ", at + line.len() - 1);
            } else {
                it.push(body, at + skip);
            }
            at += line.len();
        }
        Some(it)
    }

    /// Starts with nothing.
    pub fn new(file: FileId) -> Embedded {
        Embedded { text: String::new(), file, pieces: Vec::new() }
    }

    /// Takes the text of a whole file.
    pub fn whole(text: &str, file: FileId) -> Embedded {
        let mut it = Embedded::new(file);
        it.push(text, 0);
        it
    }

    /// Adds text that is written at an offset of the file.
    pub fn push(&mut self, text: &str, in_file: usize) {
        self.add(text, in_file, false);
    }

    /// Adds a value for which a reference stands at an offset of the file.
    pub fn push_value(&mut self, value: &str, in_file: usize) {
        self.add(value, in_file, true);
    }

    fn add(&mut self, text: &str, in_file: usize, is_value: bool) {
        self.pieces.push(Piece { in_text: self.text.len(), in_file, is_value });
        self.text.push_str(text);
    }

    /// Returns the offset in the file of a byte of the text.
    pub fn in_file(&self, at: usize) -> usize {
        let piece = self.pieces.partition_point(|it| it.in_text <= at).checked_sub(1).map(|it| self.pieces[it]);
        match piece {
            Some(it) if it.is_value => it.in_file,
            Some(it) => it.in_file + (at - it.in_text),
            None => at,
        }
    }

    /// Returns the place of a part of the text.
    pub fn span(&self, start: usize, end: usize) -> Span {
        let first = self.in_file(start);
        let last = if end > start { self.in_file(end - 1) + 1 } else { first };
        Span::new(self.file, first, last.max(first))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_leads_back_to_the_file() {
        let mut it = Embedded::new(FileId(0));
        it.push("cd a\n", 10);
        it.push("$X b", 25);
        it.push_value("long value", 40);
        it.push("c", 44);
        assert_eq!(it.text, "cd a\n$X blong valuec");
        assert_eq!(it.span(0, 2), Span::new(FileId(0), 10, 12));
        assert_eq!(it.span(5, 7), Span::new(FileId(0), 25, 27));
        assert_eq!(it.span(12, 15), Span::new(FileId(0), 40, 41));
        assert_eq!(it.in_file(it.text.len() - 1), 44);
    }
}
