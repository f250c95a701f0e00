//! Source texts and places in them: every message of specc points into one of these.
//!
//! A [`Span`] is a byte range of one file. It is small and `Copy`, so every node of every tree carries one.

use std::ops::Range;
use std::sync::{Arc, OnceLock};

use serde::{Deserialize, Serialize};

/// A file in [`Sources`].
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct FileId(pub u32);

/// A byte range of one file, end exclusive.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct Span {
    /// The file.
    pub file: FileId,
    /// First byte.
    pub start: u32,
    /// First byte after.
    pub end: u32,
}

impl Span {
    /// Makes a span; offsets are byte offsets into the file's text.
    pub fn new(file: FileId, start: usize, end: usize) -> Span {
        Span { file, start: offset(start), end: offset(end) }
    }

    /// Returns the span from the start of `self` to the end of `other`, which lie in one file.
    pub fn to(self, other: Span) -> Span {
        Span { file: self.file, start: self.start.min(other.start), end: self.end.max(other.end) }
    }

    /// Returns whether `other` lies within `self`.
    pub fn contains(self, other: Span) -> bool {
        self.file == other.file && self.start <= other.start && other.end <= self.end
    }

    /// Returns the part of this span from `start` to `end`, counted in bytes from its own start.
    pub fn part(self, start: usize, end: usize) -> Span {
        Span { file: self.file, start: self.start + offset(start), end: self.start + offset(end) }
    }
}

/// Places of many files, to ask whether another lies in one of them.
#[derive(Debug)]
pub struct Spans(Vec<Span>);

impl FromIterator<Span> for Spans {
    fn from_iter<T: IntoIterator<Item = Span>>(spans: T) -> Spans {
        let mut list: Vec<Span> = spans.into_iter().collect();
        // The outer one of two that begin together comes first.
        list.sort_unstable_by_key(|it| (it.file, it.start, std::cmp::Reverse(it.end)));
        list.dedup_by(|inner, outer| outer.contains(*inner));
        Spans(list)
    }
}

impl Spans {
    /// Returns whether a place lies in one of them.
    pub fn hold(&self, place: Span) -> bool {
        let behind = self.0.partition_point(|it| (it.file, it.start) <= (place.file, place.start));
        behind.checked_sub(1).is_some_and(|it| self.0[it].contains(place))
    }
}

/// Files of 4 GiB and more are refused long before a span is made of them.
fn offset(bytes: usize) -> u32 {
    u32::try_from(bytes).unwrap_or(u32::MAX)
}

/// A value and the place it was written at.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Spanned<T> {
    /// The value.
    pub value: T,
    /// Where it is written.
    pub span: Span,
}

impl<T> Spanned<T> {
    /// Puts a value and its place together.
    pub fn new(value: T, span: Span) -> Spanned<T> {
        Spanned { value, span }
    }
}

/// All texts that were read, in the order they were read.
#[derive(Default, Debug)]
pub struct Sources {
    files: Vec<SourceFile>,
}

#[derive(Debug)]
struct SourceFile {
    path: Arc<str>,
    text: String,
    line_starts: OnceLock<Vec<u32>>,
}

/// A 1-based place for people: line, and column in characters.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct LineColumn {
    /// Line, from 1.
    pub line: u32,
    /// Column in characters (not bytes), from 1.
    pub column: u32,
}

impl Sources {
    /// Adds a text under the path that messages show (relative, with `/`).
    pub fn add(&mut self, path: impl Into<Arc<str>>, text: impl Into<String>) -> FileId {
        self.files.push(SourceFile { path: path.into(), text: text.into(), line_starts: OnceLock::new() });
        FileId(offset(self.files.len() - 1))
    }

    /// Makes room for so many more files.
    pub fn make_room(&mut self, n: usize) {
        self.files.reserve_exact(n);
    }

    /// Adds a path whose text is not kept: a repository has far more text than findings will ever point into.
    /// Until [`Sources::fill`] the text is empty.
    pub fn reserve(&mut self, path: impl Into<Arc<str>>) -> FileId {
        self.add(path, String::new())
    }

    /// Gives a reserved file its text, so that places in it can be shown.
    pub fn fill(&mut self, file: FileId, text: impl Into<String>) {
        let source = &mut self.files[file.0 as usize];
        source.text = text.into();
        source.line_starts = OnceLock::new();
    }

    /// Returns every file, in the order they were read.
    pub fn ids(&self) -> impl Iterator<Item = FileId> + use<> {
        (0..offset(self.files.len())).map(FileId)
    }

    /// Returns how many files there are.
    pub fn n_files(&self) -> usize {
        self.files.len()
    }

    /// Returns the path of a file as messages show it.
    pub fn path(&self, file: FileId) -> &str {
        &self.files[file.0 as usize].path
    }

    /// Returns the whole text of a file.
    pub fn text(&self, file: FileId) -> &str {
        &self.files[file.0 as usize].text
    }

    /// Returns the file with this path, if it was read.
    pub fn find(&self, path: &str) -> Option<FileId> {
        self.files.iter().position(|it| &*it.path == path).map(|at| FileId(offset(at)))
    }

    /// Returns the span cut down to what its file holds and widened to whole characters, or `None` if there is no
    /// such file: for rendering, which must say something sensible about any span at all.
    pub fn clamp(&self, span: Span) -> Option<Span> {
        let text = &self.files.get(span.file.0 as usize)?.text;
        let start = text.floor_char_boundary(span.start as usize);
        let end = text.ceil_char_boundary(span.end as usize).max(start);
        Some(Span::new(span.file, start, end))
    }

    /// Returns the text that a span covers.
    pub fn slice(&self, span: Span) -> &str {
        self.text(span.file).get(span.start as usize..span.end as usize).unwrap_or("")
    }

    /// Returns the place of a part of a value: `span` is where the value is written, `text` what it says.
    ///
    /// Quotes and indentation are skipped. If what is written differs from what it says, as with escapes, the
    /// place is the whole value.
    pub fn part_of(&self, span: Span, text: &str, part: Range<usize>) -> Span {
        let written = self.slice(span);
        // A block's lines are indented, so only its lines can be found, not the whole.
        let start = text.get(..part.start).map_or(0, |it| it.rfind('\n').map_or(0, |at| at + 1));
        let Some(rest) = text.get(start..) else { return span };
        let line = rest.split('\n').next().unwrap_or(rest);
        let mut found = memchr::memmem::find_iter(written.as_bytes(), line.as_bytes());
        match (found.next(), found.next()) {
            (Some(at), None) if part.end <= start + line.len() => {
                span.part(at + part.start - start, at + part.end - start)
            }
            (Some(at), Some(_)) if at <= 1 && start == 0 && part.end <= line.len() => {
                span.part(at + part.start, at + part.end)
            }
            _ => span,
        }
    }

    /// Returns line and column of a byte offset.
    pub fn line_column(&self, file: FileId, at: u32) -> LineColumn {
        let source = &self.files[file.0 as usize];
        let starts = source.line_starts();
        let line = starts.partition_point(|&start| start <= at).max(1);
        let before = source.text.get(starts[line - 1] as usize..at as usize).unwrap_or("");
        LineColumn { line: offset(line), column: offset(before.chars().count() + 1) }
    }

    /// Returns line and column of a span's start.
    pub fn start(&self, span: Span) -> LineColumn {
        self.line_column(span.file, span.start)
    }

    /// Returns the span of a whole line, from 1, without its line break.
    pub fn line_span(&self, file: FileId, line: u32) -> Option<Span> {
        let source = &self.files[file.0 as usize];
        let starts = source.line_starts();
        let start = *starts.get((line as usize).checked_sub(1)?)? as usize;
        let end = starts.get(line as usize).map_or(source.text.len(), |&next| next as usize - 1);
        Some(Span::new(file, start, end.max(start)))
    }
}

impl SourceFile {
    fn line_starts(&self) -> &[u32] {
        self.line_starts.get_or_init(|| {
            let mut starts = vec![0];
            starts.extend(memchr::memchr_iter(b'\n', self.text.as_bytes()).map(|at| offset(at + 1)));
            starts
        })
    }
}

/// Returns `path` with `.` and `..` resolved by text alone, or `None` if it leaves the root.
/// Absolute paths are not ours and give `None` too.
pub fn normalize(path: &str) -> Option<String> {
    if path.starts_with('/') {
        return None;
    }
    // Asked for every word that may be a path: one string, and no list of the parts.
    let mut found = String::with_capacity(path.len());
    for part in path.as_bytes().split(|it| *it == b'/') {
        match part {
            b"" | b"." => {}
            b".." if found.is_empty() => return None,
            b".." => found.truncate(found.rfind('/').unwrap_or(0)),
            _ => {
                if !found.is_empty() {
                    found.push('/');
                }
                let start = part.as_ptr() as usize - path.as_ptr() as usize;
                found.push_str(&path[start..start + part.len()]);
            }
        }
    }
    if found.is_empty() {
        found.push('.');
    }
    Some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_characters_not_bytes() {
        let mut sources = Sources::default();
        let file = sources.add("a.yml", "a: 1\nü: é x\n");
        let at = sources.text(file).find('x').unwrap();
        assert_eq!(sources.line_column(file, offset(at)), LineColumn { line: 2, column: 6 });
        assert_eq!(sources.slice(sources.line_span(file, 2).unwrap()), "ü: é x");
    }

    #[test]
    fn any_span_is_clamped_to_whole_characters_of_its_text() {
        let mut sources = Sources::default();
        let file = sources.add("a", "aü");
        for (start, end, expected) in [(0, 1, (0, 1)), (2, 2, (1, 3)), (2, 9, (1, 3)), (7, 9, (3, 3)), (3, 1, (3, 3))] {
            let expected = Span::new(file, expected.0, expected.1);
            assert_eq!(sources.clamp(Span::new(file, start, end)), Some(expected), "{start}..{end}");
        }
        assert_eq!(sources.clamp(Span::new(FileId(1), 0, 0)), None);
    }

    #[test]
    fn part_of_a_value_is_found_behind_quotes_and_indentation_but_not_in_escapes() {
        let mut sources = Sources::default();
        let file = sources.add("a.yml", "a: \"x:y\"\nb: |\n  one\n  two:y\nc: \"x\\ty\"\nd: aa\n");
        let part = |start, end, text, part| sources.slice(sources.part_of(Span::new(file, start, end), text, part));
        assert_eq!(part(3, 8, "x:y", 2..3), "y");
        assert_eq!(part(12, 27, "one\ntwo:y\n", 8..9), "y");
        assert_eq!(part(31, 37, "x\ty", 2..3), "\"x\\ty\"");
        assert_eq!(part(41, 43, "a", 0..1), "a");
        assert_eq!(part(3, 8, "x:y", 2..9), "\"x:y\"");
    }

    #[test]
    fn last_line_without_a_break_has_its_whole_text() {
        let mut sources = Sources::default();
        let file = sources.add("a", "one\ntwo");
        assert_eq!(sources.slice(sources.line_span(file, 2).unwrap()), "two");
        assert!(sources.line_span(file, 3).is_none());
        assert!(sources.line_span(file, 0).is_none());
    }
}
