//! For programs: one object, whose shape only changes together with its `version`.
//!
//! Lines and columns count from 1, columns in characters, ends are exclusive; edits also have byte offsets, so that
//! a program can apply them without counting characters.

use serde::Serialize;
use serde_json::Map;
use serde_json::Value;

use crate::diag::Applicability;
use crate::diag::Diagnostic;
use crate::diag::Edit;
use crate::diag::Fix;
use crate::diag::Label;
use crate::report;
use crate::report::Options;
use crate::report::excerpt::View;
use crate::report::harmless;
use crate::report::place::Place;
use crate::source::Sources;

/// Grows when a field changes its meaning or goes; a new field alone leaves it.
const VERSION: u32 = 1;

#[derive(Serialize)]
struct Report {
    version: u32,
    findings: Vec<Finding>,
    summary: Summary,
}

#[derive(Serialize)]
struct Finding {
    code: &'static str,
    name: &'static str,
    severity: &'static str,
    message: String,
    #[serde(flatten)]
    place: MaybeRange,
    related: Vec<Related>,
    help: Option<String>,
    fix: Option<FixText>,
}

/// All null for a finding without a place, so that every finding has the same keys.
#[derive(Serialize, Default)]
struct MaybeRange {
    path: Option<String>,
    line: Option<u32>,
    column: Option<u32>,
    end_line: Option<u32>,
    end_column: Option<u32>,
}

#[derive(Serialize)]
struct Related {
    path: String,
    line: u32,
    column: u32,
    message: String,
}

#[derive(Serialize)]
struct FixText {
    title: String,
    applicability: &'static str,
    edits: Vec<EditText>,
}

#[derive(Serialize)]
struct EditText {
    path: String,
    start: u32,
    end: u32,
    line: u32,
    column: u32,
    end_line: u32,
    end_column: u32,
    replacement: String,
}

#[derive(Serialize)]
struct Summary {
    errors: usize,
    warnings: usize,
    infos: usize,
    suppressed: usize,
    fixed: Option<usize>,
    fixable: usize,
    fixable_unsafely: usize,
    read: Map<String, Value>,
    notes: Vec<String>,
}

pub(super) fn render(diagnostics: &[Diagnostic], sources: &Sources, options: &Options) -> String {
    let findings = diagnostics.iter().map(|it| finding(it, options.view(sources))).collect();
    pretty(&Report { version: VERSION, findings, summary: summary(&options.summary) })
}

/// Returns JSON text for people and programs: indented, with a line break at the end, harmful characters escaped.
pub(super) fn pretty(value: &impl Serialize) -> String {
    // Only a map with keys that are no strings, or a failing writer, can be an error, and we have neither.
    let text = serde_json::to_string_pretty(value).unwrap_or_default();
    let mut out = String::with_capacity(text.len() + 1);
    for c in text.chars() {
        if c != '\n' && harmless::is_harmful(c) {
            // Such a character can only be inside a string, where JSON lets every character be escaped.
            let mut units = [0; 2];
            c.encode_utf16(&mut units).iter().for_each(|it| out.push_str(&format!("\\u{it:04x}")));
        } else {
            out.push(c);
        }
    }
    out.push('\n');
    out
}

/// Returns the word for how a fix may be applied.
fn applicability(fix: &Fix) -> &'static str {
    match fix.applicability {
        Applicability::Safe => "safe",
        Applicability::Unsafe => "unsafe",
    }
}

fn finding(diagnostic: &Diagnostic, view: View) -> Finding {
    let sources = view.sources;
    let Diagnostic { code, level, message, primary, related, help, fix: _ } = diagnostic;
    Finding {
        code: code.id,
        name: code.name,
        severity: level.word(),
        message: message.clone(),
        place: primary.as_ref().and_then(|it| Place::of(it.span, sources)).map(MaybeRange::from).unwrap_or_default(),
        related: related.iter().filter_map(|it| related_place(it, sources)).collect(),
        help: help.clone(),
        fix: diagnostic.fix.as_ref().filter(|it| !view.is_told_by(it)).and_then(|it| fix_text(it, sources)),
    }
}

impl From<Place> for MaybeRange {
    fn from(place: Place) -> MaybeRange {
        MaybeRange {
            path: Some(place.path),
            line: Some(place.start.line),
            column: Some(place.start.column),
            end_line: Some(place.end.line),
            end_column: Some(place.end.column),
        }
    }
}

fn related_place(label: &Label, sources: &Sources) -> Option<Related> {
    let Place { path, start, .. } = Place::of(label.span, sources)?;
    Some(Related { path, line: start.line, column: start.column, message: label.message.clone() })
}

/// Returns nothing if a file of an edit is not known: half a fix is none.
fn fix_text(fix: &Fix, sources: &Sources) -> Option<FixText> {
    let edits = fix.edits.iter().map(|it| edit_text(it, sources)).collect::<Option<_>>()?;
    Some(FixText { title: fix.title.clone(), applicability: applicability(fix), edits })
}

fn edit_text(edit: &Edit, sources: &Sources) -> Option<EditText> {
    let Place { path, start, end, span } = Place::of(edit.span, sources)?;
    Some(EditText {
        path,
        start: span.start,
        end: span.end,
        line: start.line,
        column: start.column,
        end_line: end.line,
        end_column: end.column,
        replacement: edit.replacement.clone(),
    })
}

fn summary(summary: &report::Summary) -> Summary {
    let report::Summary { errors, warnings, infos, suppressed, fixed, fixable, fixable_unsafely, read, notes } =
        summary;
    Summary {
        errors: *errors,
        warnings: *warnings,
        infos: *infos,
        suppressed: *suppressed,
        fixed: *fixed,
        fixable: *fixable,
        fixable_unsafely: *fixable_unsafely,
        read: read.iter().map(|(label, n)| (label.clone(), Value::from(*n))).collect(),
        notes: notes.clone(),
    }
}
