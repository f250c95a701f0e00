//! Edits that findings propose, brought together: which of them go well with each other, and the texts that come out.
//!
//! Everything here is pure and does not depend on anything but the order of the fixes: an earlier one wins where two
//! want the same place.

use std::collections::BTreeMap;

use crate::diag::{Edit, Fix};
use crate::source::{FileId, Sources, Span};

/// What comes of some fixes.
#[derive(Default, Debug)]
pub struct Merged {
    /// Which of the fixes are in it; the others want a place that one of these has.
    pub taken: Vec<usize>,
    /// The new texts.
    pub texts: BTreeMap<FileId, String>,
}

/// Brings fixes together. One of which an edit lies outside of its text is left out.
pub fn merge(fixes: &[&Fix], sources: &Sources) -> Merged {
    let mut taken = Vec::new();
    let mut edits: BTreeMap<FileId, Vec<Edit>> = BTreeMap::new();
    for (at, fix) in fixes.iter().enumerate() {
        let mut own = fix.edits.clone();
        own.sort_by_key(|it| it.span);
        let fits = |edit: &Edit| {
            let there = edits.get(&edit.span.file).map_or(&[][..], Vec::as_slice);
            sources.clamp(edit.span) == Some(edit.span) && !there.iter().any(|it| it != edit && clash(it, edit))
        };
        if own.is_empty() || !own.iter().all(fits) || own.windows(2).any(|it| clash(&it[0], &it[1])) {
            continue;
        }
        taken.push(at);
        for edit in own {
            let there = edits.entry(edit.span.file).or_default();
            // Two fixes that want the very same are both done by one of them.
            if !there.contains(&edit) {
                there.push(edit);
            }
        }
    }
    let texts = edits.into_iter().map(|(file, edits)| (file, applied(sources.text(file), edits))).collect();
    Merged { taken, texts }
}

/// Returns whether it would matter which of two edits is done first.
fn clash(a: &Edit, b: &Edit) -> bool {
    let (a, b) = (a.span, b.span);
    a.file == b.file && (a.start == b.start || (a.start < b.end && b.start < a.end))
}

fn applied(text: &str, mut edits: Vec<Edit>) -> String {
    edits.sort_by_key(|it| it.span);
    let mut out = String::with_capacity(text.len() + 64);
    let mut at = 0;
    for Edit { span, replacement } in edits {
        out.push_str(&text[at..span.start as usize]);
        out.push_str(&replacement);
        at = span.end as usize;
    }
    out + &text[at..]
}

/// Returns a fix as it is best done in these texts: what is inserted has the line breaks of its file, and what is
/// removed leaves no blank line and no blanks at the end of one.
///
/// `None` if what is to be replaced is not there, or is there twice.
pub fn tidied(fix: &Fix, sources: &Sources) -> Option<Fix> {
    let narrowed = |edit: &Edit| match &fix.replaces {
        Some(word) => narrowed(edit, word, sources),
        None => Some(edit.clone()),
    };
    let edits = fix.edits.iter().map(|it| narrowed(it).map(|it| tidy(&it, sources))).collect::<Option<_>>()?;
    Some(Fix { edits, replaces: None, ..fix.clone() })
}

/// Returns the edit of a word within the place of an edit.
fn narrowed(edit: &Edit, word: &str, sources: &Sources) -> Option<Edit> {
    let text = sources.slice(edit.span);
    let is_part = |it: Option<char>| it.is_some_and(|it| it.is_alphanumeric() || it == '_');
    let stands_alone =
        |at: &usize| !is_part(text[..*at].chars().next_back()) && !is_part(text[at + word.len()..].chars().next());
    let mut found = text.match_indices(word).map(|it| it.0).filter(stands_alone);
    match (found.next(), found.next()) {
        (Some(at), None) => Some(Edit { span: edit.span.part(at, at + word.len()), ..edit.clone() }),
        _ => None,
    }
}

fn tidy(edit: &Edit, sources: &Sources) -> Edit {
    let text = sources.text(edit.span.file);
    let is_return = text.get(..edit.span.end as usize).is_some_and(|it| it.ends_with('\r'));
    if is_return && edit.span.end - edit.span.start > 1 && text[edit.span.end as usize..].starts_with('\n') {
        // A line ends before the whole of its break.
        return tidy(&Edit { span: Span { end: edit.span.end - 1, ..edit.span }, ..edit.clone() }, sources);
    }
    let (start, end) = (edit.span.start as usize, edit.span.end as usize);
    if sources.clamp(edit.span) != Some(edit.span) || text.is_empty() {
        return edit.clone();
    }
    if edit.replacement.is_empty() {
        return Edit { span: widened(text, edit.span), replacement: String::new() };
    }
    let mut replacement = edit.replacement.clone();
    // A line that is added at the end of a file whose last one has no break.
    let line_is_begun = !text[..start].is_empty() && !text[..start].ends_with('\n');
    let is_added = start == end && end == text.len() && line_is_begun && !replacement.starts_with('\n');
    if let Some(line) = replacement.strip_suffix('\n').filter(|_| is_added) {
        replacement = format!("\n{line}");
    }
    let has_returns = text.contains("\r\n") && text.matches('\n').count() == text.matches("\r\n").count();
    if has_returns && !replacement.contains('\r') {
        replacement = replacement.replace('\n', "\r\n");
        // At the end of a line means before the whole of its break.
        if start == end && text[..start].ends_with('\r') && text[end..].starts_with('\n') {
            let span = Span { start: edit.span.start - 1, end: edit.span.end - 1, ..edit.span };
            return Edit { span, replacement };
        }
    }
    Edit { span: edit.span, replacement }
}

/// Returns what to remove, so that nothing looks as if something had been removed.
fn widened(text: &str, span: Span) -> Span {
    let (start, end) = (span.start as usize, span.end as usize);
    let is_blank = |it: &str| it.chars().all(|it| it == ' ' || it == '\t' || it == '\r');
    let line = text[..start].rfind('\n').map_or(0, |it| it + 1);
    let after = text[end..].find('\n').map_or(text.len(), |it| end + it);
    let ends_line = is_blank(&text[end..after]);
    if ends_line && is_blank(&text[line..start]) && !text[start..end].trim().is_empty() {
        // Its break goes too, or, in the last line, the one before.
        return match (text[start..end].ends_with('\n'), after < text.len()) {
            (true, _) => Span::new(span.file, line, end),
            (false, true) => Span::new(span.file, line, after + 1),
            (false, false) => Span::new(span.file, line.saturating_sub(1), after),
        };
    }
    if is_blank(&text[line..start]) && !ends_line {
        // What stays, such as a comment, moves to where the removed began.
        let blanks = text[end..].len() - text[end..].trim_start_matches([' ', '\t']).len();
        return Span::new(span.file, start, end + blanks);
    }
    let kept = text[line..start].trim_end_matches([' ', '\t']).len();
    if ends_line && kept > 0 { Span::new(span.file, line + kept, end) } else { span }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::Applicability;

    fn fix(edits: &[(usize, usize, &str)]) -> Fix {
        let edits = edits.iter().map(|(start, end, text)| {
            let span = Span::new(FileId(0), *start, *end);
            Edit { span, replacement: (*text).to_string() }
        });
        Fix { title: String::new(), applicability: Applicability::Safe, edits: edits.collect(), replaces: None }
    }

    fn done(text: &str, fixes: &[Fix]) -> (Vec<usize>, String) {
        let mut sources = Sources::default();
        let file = sources.add("a", text);
        let fixes: Vec<Fix> = fixes.iter().filter_map(|it| tidied(it, &sources)).collect();
        let merged = merge(&fixes.iter().collect::<Vec<_>>(), &sources);
        (merged.taken, merged.texts.get(&file).cloned().unwrap_or_else(|| text.to_string()))
    }

    #[test]
    fn the_first_of_two_that_want_one_place_wins_and_equal_ones_are_done_once() {
        let cases: [(&[Fix], &[usize], &str); 6] = [
            (&[fix(&[(0, 1, "x")]), fix(&[(1, 2, "y")])], &[0, 1], "xyc"),
            (&[fix(&[(0, 2, "x")]), fix(&[(1, 2, "y")])], &[0], "xc"),
            (&[fix(&[(1, 1, "x")]), fix(&[(1, 1, "y")])], &[0], "axbc"),
            (&[fix(&[(1, 1, "x")]), fix(&[(1, 1, "x")])], &[0, 1], "axbc"),
            (&[fix(&[(0, 1, "x"), (2, 3, "z")]), fix(&[(2, 3, "w")])], &[0], "xbz"),
            (&[fix(&[(0, 9, "x")]), fix(&[(0, 2, "x"), (1, 3, "y")]), fix(&[])], &[], "abc"),
        ];
        for (fixes, taken, text) in cases {
            assert_eq!(done("abc", fixes), (taken.to_vec(), text.to_string()), "{fixes:?}");
        }
    }

    #[test]
    fn a_removal_takes_the_blanks_and_the_line_that_it_leaves() {
        for (text, part, expected) in [
            ("a\n  # x\nb\n", "# x", "a\nb\n"),
            ("a # x\nb\n", "# x", "a\nb\n"),
            ("a # x\r\nb\r\n", "# x", "a\r\nb\r\n"),
            ("a\r\n# x\r\nb\r\n", "# x", "a\r\nb\r\n"),
            ("a\n# x", "# x", "a"),
            ("a\n# x\nb", "# x\n", "a\nb"),
            ("f(a, b)\n", ", b", "f(a)\n"),
            ("f(a, b)\n", "a, ", "f(b)\n"),
            ("  a = 1  # x\n", "a = 1", "  # x\n"),
            ("# x", "# x", ""),
        ] {
            let at = text.find(part).unwrap();
            assert_eq!(done(text, &[fix(&[(at, at + part.len(), "")])]).1, expected, "{text:?} without {part:?}");
        }
    }

    #[test]
    fn what_is_inserted_has_the_line_breaks_of_the_file() {
        for (text, at, new, expected) in [
            ("a\r\nb\r\n", 3, "x\n", "a\r\nx\r\nb\r\n"),
            ("a\r\nb\r\n", 2, "\nx", "a\r\nx\r\nb\r\n"),
            ("a\r\nb\n", 3, "x\n", "a\r\nx\nb\n"),
            ("a\nb", 3, "x\n", "a\nb\nx"),
            ("a\n", 2, "x\n", "a\nx\n"),
        ] {
            assert_eq!(done(text, &[fix(&[(at, at, new)])]).1, expected, "{text:?}");
        }
    }
}
