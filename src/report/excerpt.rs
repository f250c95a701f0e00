//! The few lines of a source that a report quotes, made harmless, and where each source byte ended up in them.
//!
//! The renderer gets only this: a finding in a file of a hundred thousand lines, or in a line of a megabyte, costs
//! no more than one in a small file.

use std::ops::Range;

use crate::report::harmless;
use crate::source::FileId;
use crate::source::Sources;
use crate::source::Span;

/// Lines longer than this many bytes are cut around the mark.
const LONG: usize = 2000;
/// How much of a long line stays before and after the mark's start.
const BEFORE: usize = 300;
const AFTER: usize = 1200;

/// Quoted lines of one file.
pub(super) struct Excerpt {
    /// The text for the renderer; every line of it ends with `\n`, also the last of the file.
    pub text: String,
    rows: Vec<Row>,
}

struct Row {
    /// Where the line starts in the source.
    start: usize,
    /// The part of it that is quoted, in the source.
    quoted: Range<usize>,
    /// Where that part starts in the excerpt.
    at: usize,
}

impl Excerpt {
    /// Quotes the lines `first..=last`, those far from every mark as empty lines, which the renderer folds away.
    pub(super) fn new(sources: &Sources, file: FileId, lines: (u32, u32), marks: &[Span]) -> Excerpt {
        let ends: Vec<(u32, u32)> = marks.iter().map(|it| line_range(sources, *it)).collect();
        let mut excerpt = Excerpt { text: String::new(), rows: Vec::new() };
        for line in lines.0..=lines.1 {
            let Some(whole) = sources.line_span(file, line) else { break };
            // The renderer shows up to five lines from the start of a mark, and two before its end.
            let shown = ends.iter().any(|(first, last)| {
                (line + 1 >= *first && line <= first + 5) || (line + 2 >= *last && line <= last + 1)
            });
            let focus = marks.iter().find(|it| whole.start <= it.start && it.start <= whole.end);
            let quoted = if shown { quoted(sources, whole, focus) } else { whole.start as usize..whole.start as usize };
            excerpt.push(sources.text(file), whole.start as usize, quoted);
        }
        excerpt
    }

    fn push(&mut self, text: &str, start: usize, quoted: Range<usize>) {
        if quoted.start > start {
            self.text.push('…');
        }
        let at = self.text.len();
        self.text.extend(text[quoted.clone()].chars().map(harmless::shown));
        self.text.push('\n');
        self.rows.push(Row { start, quoted, at });
    }

    /// Returns where a source byte is in the excerpt: the nearest quoted one if it was cut off.
    pub(super) fn at(&self, sources: &Sources, file: FileId, byte: u32) -> usize {
        let byte = byte as usize;
        let Some(row) = self.rows.partition_point(|it| it.start <= byte).checked_sub(1).map(|it| &self.rows[it]) else {
            return 0;
        };
        let before = row.quoted.start..byte.clamp(row.quoted.start, row.quoted.end);
        row.at + sources.text(file)[before].chars().map(|it| harmless::shown(it).len_utf8()).sum::<usize>()
    }

    /// Returns the column, from 1, that the renderer computes for a place in the excerpt.
    pub(super) fn column(&self, at: usize) -> usize {
        let line = self.text[..at].rfind('\n').map_or(0, |it| it + 1);
        self.text[line..at].chars().count() + 1
    }
}

/// Returns whether a line of the source is too long to be quoted whole.
pub(super) fn is_long(sources: &Sources, file: FileId, line: u32) -> bool {
    sources.line_span(file, line).is_some_and(|it| (it.end - it.start) as usize > LONG)
}

/// Returns the first and last line of a span.
pub(super) fn line_range(sources: &Sources, span: Span) -> (u32, u32) {
    (sources.line_column(span.file, span.start).line, sources.line_column(span.file, span.end).line)
}

/// Returns the part of a line to quote: without the `\r` of its line break, and cut if it is long.
fn quoted(sources: &Sources, line: Span, focus: Option<&Span>) -> Range<usize> {
    let text = sources.text(line.file);
    let (start, mut end) = (line.start as usize, line.end as usize);
    if text[start..end].ends_with('\r') && text[end..].starts_with('\n') {
        end -= 1;
    }
    if end - start <= LONG {
        return start..end;
    }
    let focus = focus.map_or(start, |it| it.start as usize).min(end);
    let from = text.floor_char_boundary(focus.saturating_sub(BEFORE)).max(start);
    from..text.ceil_char_boundary(focus + AFTER).min(end)
}
