//! One line a finding: `path:line:column: error[SPEC002] message`, as editors and terminals know how to jump to.

use std::fmt::Write as _;

use crate::diag::Applicability;
use crate::diag::Diagnostic;
use crate::report::Options;
use crate::report::harmless;
use crate::report::place::Place;
use crate::source::Sources;

pub(super) fn render(diagnostics: &[Diagnostic], sources: &Sources, options: &Options) -> String {
    let mut out = String::new();
    for diagnostic in diagnostics {
        let fix = diagnostic.fix.as_ref();
        let is_fixable = fix.is_some_and(|it| options.unsafe_fixes || it.applicability == Applicability::Safe);
        out.push_str(&marked(diagnostic, sources, if is_fixable { " [*]" } else { "" }));
        out.push('\n');
    }
    let _ = writeln!(out, "{}", options.summary.counts());
    out.push_str(&options.summary.fix_hint());
    for note in &options.summary.notes {
        let _ = writeln!(out, "note: {}", harmless::one_line(note));
    }
    out
}

/// Returns the line of one finding.
pub(super) fn line(diagnostic: &Diagnostic, sources: &Sources) -> String {
    marked(diagnostic, sources, "")
}

/// Returns the line of one finding, with a mark behind its code.
fn marked(diagnostic: &Diagnostic, sources: &Sources, mark: &str) -> String {
    let (level, id, message) = (diagnostic.level.word(), diagnostic.code.id, harmless::one_line(&diagnostic.message));
    match diagnostic.span().and_then(|it| Place::of(it, sources)) {
        Some(Place { path, start, .. }) => {
            format!("{}:{}:{}: {level}[{id}]{mark} {message}", harmless::one_line(&path), start.line, start.column)
        }
        None => format!("{level}[{id}]{mark} {message}"),
    }
}
