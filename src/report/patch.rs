//! A fix as the lines it removes and adds.

use annotate_snippets::Patch;
use annotate_snippets::Snippet;

use crate::diag::Edit;
use crate::diag::Fix;
use crate::report::excerpt;
use crate::report::excerpt::Excerpt;
use crate::report::excerpt::View;
use crate::report::harmless;
use crate::source::Span;

/// A change of more lines than this is left to `--diff`.
const TALL: usize = 20;

/// Returns a snippet for each run of changed lines, or none if the change is too big to read in a report
/// or repeats a secret.
pub(super) fn snippets<'a>(fix: &Fix, view: View) -> Vec<Snippet<'a, Patch<'a>>> {
    let Some(hunks) = hunks(fix, view).filter(|_| !view.is_told_by(fix)) else { return Vec::new() };
    hunks.iter().map(|it| it.snippet(view)).collect()
}

/// Edits that touch the same lines, as one replacement: the renderer then has nothing to add up.
struct Hunk {
    span: Span,
    lines: (u32, u32),
    replacement: String,
}

impl Hunk {
    fn snippet<'a>(&self, view: View) -> Snippet<'a, Patch<'a>> {
        let file = self.span.file;
        let sources = view.sources;
        let excerpt = Excerpt::new(view, file, self.lines, &[self.span]);
        let at = excerpt.at(sources, file, self.span.start)..excerpt.at(sources, file, self.span.end);
        let path = harmless::one_line(sources.path(file)).into_owned();
        let patch = Patch::new(at, self.replacement.clone());
        Snippet::source(excerpt.text).line_start(self.lines.0 as usize).path(path).patch(patch)
    }
}

fn hunks(fix: &Fix, view: View) -> Option<Vec<Hunk>> {
    let sources = view.sources;
    let clamped = |it: &Edit| Some((sources.clamp(it.span)?, it.replacement.clone()));
    let mut edits: Vec<(Span, String)> = fix.edits.iter().map(clamped).collect::<Option<_>>()?;
    edits.sort_by_key(|(span, _)| *span);
    let mut hunks: Vec<Hunk> = Vec::new();
    for (span, replacement) in edits {
        let (lines, replacement) = (excerpt::line_range(sources, span), shown(&replacement));
        match hunks.last_mut().filter(|it| it.span.file == span.file && it.lines.1 >= lines.0) {
            Some(hunk) if hunk.span.end > span.start => return None,
            Some(hunk) => {
                let between = Span { start: hunk.span.end, end: span.start, ..span };
                hunk.replacement += &shown(&view.text(between));
                hunk.replacement += &replacement;
                hunk.span = hunk.span.to(span);
                hunk.lines.1 = lines.1;
            }
            None => hunks.push(Hunk { span, lines, replacement }),
        }
    }
    let readable = |it: &Hunk| {
        let n_lines = (it.lines.1 - it.lines.0) as usize + it.replacement.lines().count();
        n_lines <= TALL
            && it.replacement.lines().all(|line| line.len() <= 500)
            && !(it.lines.0..=it.lines.1).any(|line| excerpt::is_long(sources, it.span.file, line))
    };
    hunks.iter().all(readable).then_some(hunks)
}

/// Returns text as an excerpt shows it, with its line breaks.
fn shown(text: &str) -> String {
    text.replace("\r\n", "\n").chars().map(|it| if it == '\n' { it } else { harmless::shown(it) }).collect()
}
