//! A span as people and other tools read it: path, line and column.

use crate::source::LineColumn;
use crate::source::Sources;
use crate::source::Span;

/// Where something is. Lines and columns count from 1, columns in characters; the end is exclusive.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Place {
    /// The path as the file was read under, relative, with `/`.
    pub path: String,
    /// First character.
    pub start: LineColumn,
    /// First character after.
    pub end: LineColumn,
    /// The same in bytes, certain to lie in the text and on character boundaries.
    pub span: Span,
}

impl Place {
    /// Returns the place of any span, or `None` if its file was never read.
    pub fn of(span: Span, sources: &Sources) -> Option<Place> {
        let span = sources.clamp(span)?;
        Some(Place {
            path: sources.path(span.file).to_string(),
            start: sources.line_column(span.file, span.start),
            end: sources.line_column(span.file, span.end),
            span,
        })
    }
}
