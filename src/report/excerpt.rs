//! The few lines of a source that a report quotes, made harmless, and where each source byte ended up in them.
//!
//! The renderer gets only this: a finding in a file of a hundred thousand lines, or in a line of a megabyte, costs
//! no more than one in a small file.

use std::ops::Range;

use crate::diag::Fix;
use crate::report::harmless;
use crate::report::hidden::Hidden;
use crate::secret::{Masks, joined};
use crate::source::FileId;
use crate::source::Sources;
use crate::source::Span;

/// Lines longer than this many bytes are cut around the mark.
const LONG: usize = 2000;
/// How much of a long line stays before and after the mark's start.
const BEFORE: usize = 300;
const AFTER: usize = 1200;

/// What may be quoted: all sources, except for the spans that hold secrets and what looks like one.
#[derive(Clone, Copy)]
pub(super) struct View<'a> {
    pub sources: &'a Sources,
    pub hidden: &'a Hidden,
    pub masks: &'a Masks,
}

/// How far around a quoted part a name is looked for that makes it secret.
const CONTEXT: usize = 2000;

impl<'a> View<'a> {
    /// Returns the parts of a byte range, in order: (range, whether it is hidden).
    fn parts(self, file: FileId, range: Range<usize>) -> Vec<(Range<usize>, bool)> {
        let within = |it: &Span| (it.start as usize).max(range.start)..(it.end as usize).min(range.end);
        let hidden = self.hidden.near(file, &range).iter().filter_map(|it| self.sources.clamp(*it));
        let mut hidden: Vec<Range<usize>> = hidden.map(|it| within(&it)).filter(|it| !it.is_empty()).collect();
        let (around, text) = self.around(file, &range);
        let by_form = self.masks.ranges(text).into_iter().map(|it| around + it.start..around + it.end);
        let clipped = by_form.map(|it| it.start.max(range.start)..it.end.min(range.end));
        hidden.extend(clipped.filter(|it| it.start < it.end));
        let mut parts = Vec::new();
        let mut at = range.start;
        for secret in joined(hidden) {
            parts.push((at..secret.start, false));
            at = secret.end;
            parts.push((secret, true));
        }
        parts.push((at..range.end, false));
        parts
    }

    /// Returns the lines around a byte range, or what is near it of long ones, and where they start.
    fn around(self, file: FileId, range: &Range<usize>) -> (usize, &'a str) {
        let text = self.sources.text(file);
        let near = text.floor_char_boundary(range.start.saturating_sub(CONTEXT));
        let far = text.ceil_char_boundary((range.end + CONTEXT).min(text.len()));
        let start = text[near..range.start].rfind('\n').map_or(near, |it| near + it + 1);
        let end = text[range.end..far].find('\n').map_or(far, |it| range.end + it);
        (start, &text[start..end])
    }

    /// Returns the text of a span with its secrets masked and its other characters as they are.
    pub(super) fn text(self, span: Span) -> String {
        let source = self.sources.text(span.file);
        let parts = self.parts(span.file, span.start as usize..span.end as usize);
        parts.into_iter().map(|(range, hidden)| if hidden { harmless::MASK } else { &source[range] }).collect()
    }

    /// Returns whether an edit of a fix repeats a secret of the file it changes.
    pub(super) fn is_told_by(self, fix: &Fix) -> bool {
        fix.edits.iter().any(|edit| {
            let mut texts = self
                .hidden
                .of(edit.span.file)
                .iter()
                .filter_map(|it| Some(self.sources.slice(self.sources.clamp(*it)?)));
            texts.any(|it| !it.is_empty() && edit.replacement.contains(it))
                || !self.masks.ranges(&edit.replacement).is_empty()
        })
    }
}

/// Quoted lines of one file.
pub(super) struct Excerpt {
    /// The text for the renderer; every line of it ends with `\n`, also the last of the file.
    pub text: String,
    rows: Vec<Row>,
}

struct Row {
    /// Where the line starts in the source.
    start: usize,
    pieces: Vec<Piece>,
}

/// A part of a line that is quoted, or stands as a mask.
struct Piece {
    /// Where it is in the source.
    source: Range<usize>,
    /// Where it starts in the excerpt.
    at: usize,
    hidden: bool,
}

impl Excerpt {
    /// Quotes the lines `first..=last`, those far from every mark as empty lines, which the renderer folds away.
    pub(super) fn new(view: View, file: FileId, lines: (u32, u32), marks: &[Span]) -> Excerpt {
        let ends: Vec<(u32, u32)> = marks.iter().map(|it| line_range(view.sources, *it)).collect();
        let mut excerpt = Excerpt { text: String::new(), rows: Vec::new() };
        for line in lines.0..=lines.1 {
            let Some(whole) = view.sources.line_span(file, line) else { break };
            // The renderer shows up to five lines from the start of a mark, and two before its end.
            let shown = ends.iter().any(|(first, last)| {
                (line + 1 >= *first && line <= first + 5) || (line + 2 >= *last && line <= last + 1)
            });
            let start = whole.start as usize;
            let focus = marks.iter().find(|it| whole.start <= it.start && it.start <= whole.end);
            let quoted = if shown { quoted(view.sources, whole, focus) } else { start..start };
            excerpt.push(view, file, (start, quoted));
        }
        excerpt
    }

    /// Adds a line that starts at a byte of the source and of which a range is to be quoted.
    fn push(&mut self, view: View, file: FileId, (start, quoted): (usize, Range<usize>)) {
        if quoted.start > start {
            self.text.push('…');
        }
        let mut pieces = Vec::new();
        for (source, hidden) in view.parts(file, quoted) {
            let at = self.text.len();
            if hidden {
                self.text.push_str(harmless::MASK);
            } else {
                self.text.extend(view.sources.text(file)[source.clone()].chars().map(harmless::shown));
            }
            pieces.push(Piece { source, at, hidden });
        }
        self.text.push('\n');
        self.rows.push(Row { start, pieces });
    }

    /// Returns where a source byte is in the excerpt: the nearest quoted one if it was cut off or hidden.
    pub(super) fn at(&self, sources: &Sources, file: FileId, byte: u32) -> usize {
        let byte = byte as usize;
        let Some(row) = self.rows.partition_point(|it| it.start <= byte).checked_sub(1).map(|it| &self.rows[it]) else {
            return 0;
        };
        let after = row.pieces.partition_point(|it| it.source.start <= byte).max(1);
        let Some(Piece { source, at, hidden }) = row.pieces.get(after - 1) else { return 0 };
        if *hidden {
            return if byte <= source.start { *at } else { at + harmless::MASK.len() };
        }
        let before = source.start..byte.clamp(source.start, source.end);
        at + sources.text(file)[before].chars().map(|it| harmless::shown(it).len_utf8()).sum::<usize>()
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
