//! GitLab's Code Quality report, which merge requests show beside the changed lines.

use serde_json::Value;
use serde_json::json;

use crate::diag::Diagnostic;
use crate::diag::Level;
use crate::report::Options;
use crate::report::fingerprint;
use crate::report::json;
use crate::report::place::Place;
use crate::source::Sources;

pub(super) fn render(diagnostics: &[Diagnostic], sources: &Sources, options: &Options) -> String {
    let all: Vec<&Diagnostic> = diagnostics.iter().collect();
    let fingerprints = fingerprint::unique(&all, sources, &options.hidden);
    json::pretty(
        &diagnostics.iter().zip(fingerprints).map(|(it, print)| issue(it, &print, sources)).collect::<Vec<_>>(),
    )
}

fn issue(diagnostic: &Diagnostic, fingerprint: &str, sources: &Sources) -> Value {
    let severity = match diagnostic.level {
        Level::Error => "major",
        Level::Warning => "minor",
        Level::Info => "info",
    };
    let code = diagnostic.code;
    json!({
        "description": description(diagnostic),
        "check_name": format!("{} {}", code.id, code.name),
        "fingerprint": fingerprint,
        "severity": severity,
        "location": location(diagnostic, sources),
    })
}

/// Returns the message and the way out: GitLab shows no other text.
fn description(diagnostic: &Diagnostic) -> String {
    match &diagnostic.help {
        Some(help) => format!("{} ({help})", diagnostic.message),
        None => diagnostic.message.clone(),
    }
}

/// Returns the place. GitLab drops an issue without one, so a finding without a place is put at the tree's root.
fn location(diagnostic: &Diagnostic, sources: &Sources) -> Value {
    match diagnostic.span().and_then(|it| Place::of(it, sources)) {
        Some(Place { path, start, end, .. }) => {
            json!({"path": path, "lines": {"begin": start.line, "end": end.line}})
        }
        None => json!({"path": ".", "lines": {"begin": 1, "end": 1}}),
    }
}
