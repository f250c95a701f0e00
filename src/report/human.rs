//! For people: every place with its source line and a caret, the way out, and the fix as a patch.
//!
//! The drawing is done by `annotate-snippets`. It is given excerpts that were made harmless and spans that are
//! certain to lie in them, because it refuses by panicking.

use annotate_snippets::Annotation;
use annotate_snippets::AnnotationKind;
use annotate_snippets::Group;
use annotate_snippets::Level as Word;
use annotate_snippets::Renderer;
use annotate_snippets::Snippet;

use crate::diag::Applicability;
use crate::diag::Diagnostic;
use crate::diag::Fix;
use crate::diag::Label;
use crate::diag::Level;
use crate::parallel;
use crate::report::Options;
use crate::report::excerpt;
use crate::report::excerpt::Excerpt;
use crate::report::excerpt::View;
use crate::report::harmless;
use crate::report::patch;
use crate::source::Sources;
use crate::source::Span;

/// Marks farther apart than this get a snippet each; nearer ones share one with `...` between.
const FAR: u32 = 1000;
/// A mark over more lines than this is drawn at its first line only.
const TALL: u32 = 40;

pub(super) fn render(diagnostics: &[Diagnostic], sources: &Sources, options: &Options) -> String {
    let mut out = String::new();
    for it in parallel::map(diagnostics, diagnostics.len(), |it| one(it, sources, options)) {
        out.push_str(&it);
        out.push_str("\n\n");
    }
    out.push_str(&closing(options));
    out
}

/// Draws one finding.
fn one(diagnostic: &Diagnostic, sources: &Sources, options: &Options) -> String {
    let word = match diagnostic.level {
        Level::Error => Word::ERROR,
        Level::Warning => Word::WARNING,
        Level::Info => Word::INFO,
    };
    let code = diagnostic.code;
    let view = options.view(sources);
    let mut title =
        word.primary_title(harmless::one_line(&diagnostic.message)).id(format!("{} {}", code.id, code.name));
    if let Some(url) = options.rules.get(code.id).and_then(|it| it.url.as_deref()) {
        title = title.id_url(harmless::one_line(url));
    }
    let mut group = Group::with_title(title);
    let mut columns = Vec::new();
    for cluster in clusters(diagnostic, sources, options.width) {
        let (snippet, column) = draw(&cluster, view);
        group = group.element(snippet);
        columns.extend(column);
    }
    let fix = diagnostic.fix.as_ref();
    let said_by_fix = fix.map(|it| it.title.as_str());
    if let Some(help) = diagnostic.help.as_deref().filter(|it| Some(*it) != said_by_fix) {
        group = group.element(Word::HELP.message(harmless::lines(help)));
    }
    let mut groups = vec![group];
    groups.extend(fix.map(|it| draw_fix(it, view)));
    let renderer = if options.color { Renderer::styled() } else { Renderer::plain() };
    let mut text = renderer.term_width(options.width.max(40)).render(&groups);
    for (drawn, real) in columns {
        text = corrected(text, &drawn, &real);
    }
    text
}

/// Returns a drawing with the place of a snippet corrected.
fn corrected(text: String, drawn: &str, real: &str) -> String {
    let whole = |at: &usize| !text[at + drawn.len()..].starts_with(|it: char| it.is_ascii_digit());
    match text.match_indices(drawn).map(|(at, _)| at).find(whole) {
        Some(at) => [&text[..at], real, &text[at + drawn.len()..]].concat(),
        None => text,
    }
}

/// A place to mark.
struct Mark<'a> {
    span: Span,
    lines: (u32, u32),
    /// The column of its start in the file, which a line that was cut or masked does not show.
    column: u32,
    kind: AnnotationKind,
    label: &'a Label,
}

impl Mark<'_> {
    fn of<'a>(label: &'a Label, kind: AnnotationKind, sources: &Sources, width: usize) -> Option<Mark<'a>> {
        let span = drawable(sources.clamp(label.span)?, sources, width);
        let lines = excerpt::line_range(sources, span);
        Some(Mark { span, lines, column: sources.start(span).column, kind, label })
    }
}

/// Returns the part of a span that can be drawn well: without blank ends, not too tall, not too wide.
fn drawable(span: Span, sources: &Sources, width: usize) -> Span {
    let mut text = sources.slice(span);
    if text.contains('\n') {
        text = text.trim_end();
    }
    let (first, last) = excerpt::line_range(sources, span.part(0, text.len()));
    if last - first > TALL {
        text = text.lines().next().unwrap_or("");
    }
    if !text.contains('\n') {
        let widest = width.saturating_sub(20).max(20);
        text = text.char_indices().nth(widest).map_or(text, |(at, _)| &text[..at]);
    }
    span.part(0, text.len())
}

/// Returns the marks of a finding, the primary first, those that share a snippet together.
fn clusters<'a>(diagnostic: &'a Diagnostic, sources: &Sources, width: usize) -> Vec<Vec<Mark<'a>>> {
    let primary = diagnostic.primary.iter().map(|it| (it, AnnotationKind::Primary));
    let related = diagnostic.related.iter().map(|it| (it, AnnotationKind::Context));
    let mut clusters: Vec<Vec<Mark>> = Vec::new();
    for mark in primary.chain(related).filter_map(|(label, kind)| Mark::of(label, kind, sources, width)) {
        match clusters.iter_mut().find(|it| share(it, &mark, sources)) {
            Some(cluster) => cluster.push(mark),
            None => clusters.push(vec![mark]),
        }
    }
    clusters
}

/// Returns whether a mark can be drawn in the same snippet as others. A long line is cut around one mark, so a
/// snippet with such a line has no other.
fn share(cluster: &[Mark], mark: &Mark, sources: &Sources) -> bool {
    let long = |it: &Mark| (it.lines.0..=it.lines.1).any(|line| excerpt::is_long(sources, it.span.file, line));
    cluster.iter().all(|it| {
        it.span.file == mark.span.file && it.lines.0.abs_diff(mark.lines.0) <= FAR && !long(it) && !long(mark)
    })
}

/// Returns the snippet for marks in one file and, if a line was cut or masked before a mark, the place that the
/// renderer will write and the right one.
fn draw<'a>(cluster: &[Mark], view: View) -> (Snippet<'a, Annotation<'a>>, Option<(String, String)>) {
    let (sources, file) = (view.sources, cluster[0].span.file);
    let first = cluster.iter().map(|it| it.lines.0).min().unwrap_or(1);
    let last = cluster.iter().map(|it| it.lines.1).max().unwrap_or(first);
    let spans: Vec<Span> = cluster.iter().map(|it| it.span).collect();
    let excerpt = Excerpt::new(view, file, (first, last), &spans);
    let path = harmless::one_line(sources.path(file)).into_owned();
    let mut annotations = Vec::new();
    let mut column = None;
    for mark in cluster {
        let at = excerpt.at(sources, file, mark.span.start)..excerpt.at(sources, file, mark.span.end);
        let drawn = excerpt.column(at.start);
        if drawn != mark.column as usize {
            let place = |column| format!("{path}:{}:{column}", mark.lines.0);
            column = Some((place(drawn), place(mark.column as usize)));
        }
        let label = Some(harmless::one_line(&mark.label.message)).filter(|it| !it.is_empty());
        annotations.push(mark.kind.span(at).label(label.map(|it| it.into_owned())));
    }
    let snippet = Snippet::source(excerpt.text).line_start(first as usize).path(path).annotations(annotations);
    (snippet, column)
}

/// Returns the fix as its title and, unless it is too big to read, the lines it changes.
fn draw_fix<'a>(fix: &Fix, view: View) -> Group<'a> {
    let name = match fix.applicability {
        Applicability::Safe => "fix",
        Applicability::Unsafe => "unsafe fix",
    };
    let title = harmless::one_line(&fix.title).into_owned();
    Group::with_title(Word::HELP.with_name(name).secondary_title(title)).elements(patch::snippets(fix, view))
}

/// Returns the last lines: what was found, what was read, what else is to be said.
fn closing(options: &Options) -> String {
    let summary = &options.summary;
    let mut out = summary.counts();
    out.push('\n');
    out.push_str(&summary.fix_hint());
    if !summary.read.is_empty() {
        out.push_str(&format!("read {}\n", summary.read_phrase()));
    }
    for note in &summary.notes {
        out.push_str(&format!("note: {}\n", harmless::one_line(note)));
    }
    out
}
