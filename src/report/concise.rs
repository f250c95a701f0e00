//! One line a finding: `path:line:column: error[SPEC002] message`, as editors and terminals know how to jump to.

use std::fmt::Write as _;

use crate::diag::Diagnostic;
use crate::report::Options;
use crate::report::harmless;
use crate::report::place::Place;
use crate::source::Sources;

pub(super) fn render(diagnostics: &[Diagnostic], sources: &Sources, options: &Options) -> String {
    let mut out = String::new();
    for diagnostic in diagnostics {
        out.push_str(&line(diagnostic, sources));
        out.push('\n');
    }
    let _ = writeln!(out, "{}", options.summary.counts());
    for note in &options.summary.notes {
        let _ = writeln!(out, "note: {}", harmless::one_line(note));
    }
    out
}

/// Returns the line of one finding.
pub(super) fn line(diagnostic: &Diagnostic, sources: &Sources) -> String {
    let (level, id, message) = (diagnostic.level.word(), diagnostic.code.id, harmless::one_line(&diagnostic.message));
    match diagnostic.span().and_then(|it| Place::of(it, sources)) {
        Some(Place { path, start, .. }) => {
            format!("{}:{}:{}: {level}[{id}] {message}", harmless::one_line(&path), start.line, start.column)
        }
        None => format!("{level}[{id}] {message}"),
    }
}
