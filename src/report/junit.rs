//! JUnit XML, which nearly every CI service shows: a suite a file, a failed case a finding.

use std::fmt::Write as _;

use crate::diag::Diagnostic;
use crate::diag::Level;
use crate::report::Options;
use crate::report::concise;
use crate::report::harmless;
use crate::report::place::Place;
use crate::source::Sources;

/// The suite of findings that no file has, and of the run itself.
const NO_FILE: &str = "specc";

pub(super) fn render(diagnostics: &[Diagnostic], sources: &Sources, _: &Options) -> String {
    let mut suites: Vec<Suite> = Vec::new();
    for diagnostic in diagnostics {
        let place = diagnostic.span().and_then(|it| Place::of(it, sources));
        let name = place.as_ref().map_or(NO_FILE, |it| &it.path);
        let at = suites.iter().rposition(|it| it.name == name).unwrap_or_else(|| {
            suites.push(Suite { name: name.to_string(), ..Suite::default() });
            suites.len() - 1
        });
        suites[at].add(diagnostic, place.as_ref(), sources);
    }
    if suites.is_empty() {
        // Services take a report without any case for a broken one.
        suites.push(Suite {
            name: NO_FILE.to_string(),
            tests: 1,
            failures: 0,
            cases: case(NO_FILE, "no findings", ""),
        });
    }
    let (tests, failures) = suites.iter().fold((0, 0), |(t, f), it| (t + it.tests, f + it.failures));
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    let _ = writeln!(out, "<testsuites name=\"specc\" tests=\"{tests}\" failures=\"{failures}\" errors=\"0\">");
    for Suite { name, tests, failures, cases } in &suites {
        let name = attribute(name);
        let _ = writeln!(out, "  <testsuite name=\"{name}\" tests=\"{tests}\" failures=\"{failures}\" errors=\"0\">");
        out.push_str(cases);
        out.push_str("  </testsuite>\n");
    }
    out.push_str("</testsuites>\n");
    out
}

#[derive(Default)]
struct Suite {
    name: String,
    tests: usize,
    failures: usize,
    cases: String,
}

impl Suite {
    fn add(&mut self, diagnostic: &Diagnostic, place: Option<&Place>, sources: &Sources) {
        let code = diagnostic.code;
        let at = place.map(|it| format!(" at {}:{}", it.start.line, it.start.column)).unwrap_or_default();
        let name = format!("{} {}{at}", code.id, code.name);
        self.tests += 1;
        let text = escaped(&body(diagnostic, sources), false);
        // What is only suspicious does not fail a check, so it does not fail here.
        let outcome = if diagnostic.level == Level::Info {
            format!("      <system-out>{text}</system-out>\n")
        } else {
            self.failures += 1;
            let (message, word) = (attribute(&diagnostic.message), diagnostic.level.word());
            format!("      <failure message=\"{message}\" type=\"{word}\">{text}</failure>\n")
        };
        self.cases.push_str(&case(&self.name, &name, &outcome));
    }
}

fn case(class: &str, name: &str, outcome: &str) -> String {
    let (class, name) = (attribute(class), attribute(name));
    if outcome.is_empty() {
        return format!("    <testcase classname=\"{class}\" name=\"{name}\"/>\n");
    }
    format!("    <testcase classname=\"{class}\" name=\"{name}\">\n{outcome}    </testcase>\n")
}

/// Returns the finding, its other places and the way out, a line each.
fn body(diagnostic: &Diagnostic, sources: &Sources) -> String {
    let mut text = concise::line(diagnostic, sources);
    for label in &diagnostic.related {
        if let Some(Place { path, start, .. }) = Place::of(label.span, sources) {
            let (path, message) = (harmless::one_line(&path), harmless::one_line(&label.message));
            let _ = write!(text, "\n{path}:{}:{}: {message}", start.line, start.column);
        }
    }
    if let Some(help) = &diagnostic.help {
        let _ = write!(text, "\nhelp: {}", harmless::lines(help));
    }
    text
}

fn attribute(text: &str) -> String {
    escaped(&harmless::one_line(text), true)
}

/// Escapes what XML gives a meaning, and replaces what XML 1.0 cannot hold at all, not even escaped.
fn escaped(text: &str, in_attribute: bool) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' if in_attribute => out.push_str("&quot;"),
            '\u{fffe}' | '\u{ffff}' => out.push(char::REPLACEMENT_CHARACTER),
            '\n' => out.push('\n'),
            _ => out.push(harmless::shown(c)),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn xml_gets_only_what_it_can_hold() {
        assert_eq!(attribute("a<b> & \"c\"\n\u{1b}\u{ffff}"), "a&lt;b&gt; &amp; &quot;c&quot;\\n\\u{1b}\u{fffd}");
        assert_eq!(escaped("one\n]]> \0\u{8}", false), "one\n]]&gt; ␀␈");
    }
}
