//! `specc: ignore[CODE] reason` comments, in every kind of file.
//!
//! A comment at the end of a line covers that line. One on a line of its own covers the next line that is code, and
//! in YAML the whole block that this line opens. `file-ignore` covers the file.

use serde::{Deserialize, Serialize};

use super::fact::Text;
use super::kind::Kind;
use crate::source::{FileId, Span, Spanned};

/// One such comment.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Suppression {
    /// The codes or prefixes in the brackets, each at its place.
    pub codes: Vec<Text>,
    /// Why; empty if nobody said.
    pub reason: String,
    /// What it covers.
    pub covers: Span,
    /// The comment, from its marker to the end of the line.
    pub span: Span,
}

/// What every such comment has.
pub const MARK: &str = "specc: ";

/// Finds the comments of a text.
pub fn find(text: &str, of: (FileId, Kind)) -> Vec<Suppression> {
    let marks: Vec<usize> = memchr::memmem::find_iter(text.as_bytes(), MARK).collect();
    let mut found = Vec::new();
    read(text, &marks, of, &mut found);
    found
}

/// Finds the comments of a text, of which it is known where [`MARK`] stands in it.
pub fn read(text: &str, marks: &[usize], (file, kind): (FileId, Kind), found: &mut Vec<Suppression>) {
    for at in marks.iter().copied() {
        let rest = &text[at + MARK.len()..];
        let whole_file = rest.starts_with("file-ignore[");
        let Some(inner) = rest.strip_prefix("file-ignore[").or_else(|| rest.strip_prefix("ignore[")) else { continue };
        let line_start = text[..at].rfind('\n').map_or(0, |it| it + 1);
        let line_end = text[at..].find('\n').map_or(text.len(), |it| at + it);
        let Some(marker) = comment_marker(&text[line_start..at], kind) else { continue };
        let Some(close) = inner.find(']').filter(|it| *it < line_end - (text.len() - inner.len())) else { continue };
        let inner_start = text.len() - inner.len();
        let reason =
            text[inner_start + close + 1..line_end].trim().trim_end_matches("-->").trim_end_matches("*/").trim();
        let covers = if whole_file {
            Span::new(file, 0, text.len())
        } else {
            let (start, end) = covered(text, line_start, line_end, marker, kind);
            Span::new(file, start, end)
        };
        found.push(Suppression {
            codes: codes(&inner[..close], inner_start, file),
            reason: reason.to_string(),
            covers,
            span: Span::new(file, line_start + marker, line_end),
        });
    }
}

/// Returns where the comment starts in its line, if what is before the words is a comment's beginning.
fn comment_marker(before: &str, kind: Kind) -> Option<usize> {
    let markers: &[&str] = match kind {
        Kind::Markdown => &["<!--"],
        Kind::Script | Kind::Go | Kind::Rust | Kind::Json => &["//", "/*"],
        _ => &["#", "//", "<!--", "/*", ";", "--"],
    };
    let trimmed = before.trim_end();
    let marker = markers.iter().find(|it| trimmed.ends_with(**it))?;
    Some(trimmed.trim_end_matches(marker.chars().last()?).len().min(trimmed.len() - marker.len()))
}

fn codes(inner: &str, start: usize, file: FileId) -> Vec<Text> {
    let mut at = start;
    let mut list = Vec::new();
    for part in inner.split(',') {
        let code = part.trim();
        let offset = at + (part.len() - part.trim_start().len());
        list.push(Spanned::new(code.to_string(), Span::new(file, offset, offset + code.len())));
        at += part.len() + 1;
    }
    list
}

fn covered(text: &str, line_start: usize, line_end: usize, marker: usize, kind: Kind) -> (usize, usize) {
    if !text[line_start..line_start + marker].trim().is_empty() {
        return (line_start, line_end);
    }
    let is_comment = |line: &str| line.is_empty() || line.starts_with('#') || line.starts_with("//");
    let mut lines = text[line_end..].split_inclusive('\n').scan(line_end, |at, line| {
        let start = *at;
        *at += line.len();
        Some((start, line))
    });
    let Some((start, first)) = lines.by_ref().skip(1).find(|(_, line)| !is_comment(line.trim())) else {
        return (line_end, text.len());
    };
    let mut end = start + first.trim_end().len();
    if kind.is_yaml() {
        let indent = |line: &str| line.len() - line.trim_start().len();
        for (at, line) in lines {
            if !line.trim().is_empty() && indent(line) <= indent(first) {
                break;
            }
            end = end.max(at + line.trim_end().len());
        }
    }
    (start, end)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn first(text: &str, kind: Kind) -> Option<(Vec<String>, String, String)> {
        let it = find(text, (FileId(0), kind)).into_iter().next()?;
        let covers = text[it.covers.start as usize..it.covers.end as usize].to_string();
        Some((it.codes.into_iter().map(|it| it.value).collect(), it.reason, covers))
    }

    #[test]
    fn a_trailing_comment_covers_its_line_and_one_above_the_next() {
        let (codes, reason, covers) =
            first("a\nKEY=1 # specc: ignore[ENV004, DIA] made by hand\nb\n", Kind::EnvFile).unwrap();
        assert_eq!((codes.join(" ").as_str(), reason.as_str()), ("ENV004 DIA", "made by hand"));
        assert!(covers.starts_with("KEY=1") && covers.ends_with("hand"));
        assert_eq!(first("# specc: ignore[X] r\n# more\nKEY=1\nb\n", Kind::EnvFile).unwrap().2, "KEY=1");
        assert_eq!(first("// specc: ignore[X] r\nf();\ng();\n", Kind::Script).unwrap().2, "f();");
    }

    #[test]
    fn in_yaml_the_whole_block_is_covered() {
        let text = "a:\n  # specc: ignore[MNT001] r\n  b:\n    - x\n\n    - y\n  c: 1\n";
        assert_eq!(first(text, Kind::Compose).unwrap().2, "  b:\n    - x\n\n    - y");
    }

    #[test]
    fn a_file_comment_covers_the_file_and_prose_is_not_a_comment() {
        assert_eq!(first("<!-- specc: file-ignore[REF] old -->\nx\n", Kind::Markdown).unwrap().1, "old");
        assert!(first("write `# specc: ignore[X] why` above it\n", Kind::Markdown).is_none());
        assert!(first("# specc: ignore[X\n]\n", Kind::Text).is_none());
    }
}
