//! GitHub Actions: workflow commands, which the runner shows as annotations on the changed lines.
//!
//! GitHub shows the first ten errors and the first ten warnings of a step and drops the rest without a word, so
//! the log also lists every finding, and says so.

use std::fmt::Write as _;

use crate::diag::Diagnostic;
use crate::diag::Level;
use crate::report::Options;
use crate::report::concise;
use crate::report::harmless;
use crate::report::place::Place;
use crate::source::Sources;

/// How many annotations of one level GitHub shows for one step.
const CAP: usize = 10;

pub(super) fn render(diagnostics: &[Diagnostic], sources: &Sources, options: &Options) -> String {
    let mut out = String::new();
    for diagnostic in diagnostics {
        out.push_str(&command(diagnostic, sources));
        out.push('\n');
    }
    if !diagnostics.is_empty() {
        out.push_str("::group::all findings\n");
        for diagnostic in diagnostics {
            let _ = writeln!(out, "{}", plain(&concise::line(diagnostic, sources)));
        }
        out.push_str("::endgroup::\n");
    }
    let _ = writeln!(out, "{}", plain(&options.summary.counts()));
    let shown_to = |level| diagnostics.iter().filter(|it| it.level == level).count();
    if [Level::Error, Level::Warning, Level::Info].into_iter().any(|it| shown_to(it) > CAP) {
        let _ = writeln!(out, "- GitHub annotates only the first {CAP} of a kind in a step; the group above has all");
    }
    for note in &options.summary.notes {
        let _ = writeln!(out, "{}", plain(&format!("note: {}", harmless::one_line(note))));
    }
    out
}

/// Returns the workflow command of one finding.
fn command(diagnostic: &Diagnostic, sources: &Sources) -> String {
    let word = match diagnostic.level {
        Level::Error => "error",
        Level::Warning => "warning",
        Level::Info => "notice",
    };
    let mut properties = Vec::new();
    if let Some(Place { path, start, end, .. }) = diagnostic.span().and_then(|it| Place::of(it, sources)) {
        properties.push(format!("file={}", property(&path)));
        properties.push(format!("line={},endLine={}", start.line, end.line));
        // The runner refuses columns when the lines differ.
        if start.line == end.line {
            properties.push(format!("col={},endColumn={}", start.column, end.column));
        }
    }
    let code = diagnostic.code;
    properties.push(format!("title={}", property(&format!("{} {}", code.id, code.name))));
    format!("::{word} {}::{}", properties.join(","), data(&text(diagnostic, sources)))
}

/// Returns what an annotation says: it has room for one place only, so the others are named in its text.
fn text(diagnostic: &Diagnostic, sources: &Sources) -> String {
    let mut text = harmless::one_line(&diagnostic.message).into_owned();
    for (place, label) in diagnostic.related.iter().filter_map(|it| Some((Place::of(it.span, sources)?, it))) {
        let (path, message) = (harmless::one_line(&place.path), harmless::one_line(&label.message));
        let _ = write!(text, "\n{path}:{}:{}: {message}", place.start.line, place.start.column);
    }
    if let Some(help) = &diagnostic.help {
        let _ = write!(text, "\nhelp: {}", harmless::lines(help));
    }
    text
}

/// Escapes the text of a command, as the runner's own toolkit does.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// Escapes a property of a command, where `:` and `,` have a meaning too.
fn property(text: &str) -> String {
    data(&harmless::one_line(text)).replace(':', "%3A").replace(',', "%2C")
}

/// Returns a line that the runner does not take for a command: it reads `::` at the start of a line and, of old,
/// `##[` anywhere in it.
fn plain(line: &str) -> String {
    format!("- {}", line.replace("##[", "## ["))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_a_meaning_in_a_command_is_escaped() {
        assert_eq!(data("100%\r\na,b:c"), "100%25%0D%0Aa,b:c");
        assert_eq!(property("50%: a,b"), "50%25%3A a%2Cb");
        assert_eq!(plain("::add-mask::x ##[error]y"), "- ::add-mask::x ## [error]y");
    }
}
