//! SARIF 2.1.0, for code-scanning services (OASIS, "Static Analysis Results Interchange Format").
//!
//! GitHub refuses a whole file for one result without a location, so findings without a place are notifications of
//! the run instead.

use std::collections::BTreeMap;

use serde_json::Value;
use serde_json::json;

use crate::diag::Code;
use crate::diag::Diagnostic;
use crate::diag::Fix;
use crate::diag::Label;
use crate::diag::Level;
use crate::report::Options;
use crate::report::Silencer;
use crate::report::Suppressed;
use crate::report::fingerprint;
use crate::report::json;
use crate::report::place::Place;
use crate::source::FileId;
use crate::source::Sources;

/// The name under which services find our fingerprint; grows with the way it is made.
const FINGERPRINT: &str = "specc/v1";

pub(super) fn render(diagnostics: &[Diagnostic], sources: &Sources, options: &Options) -> String {
    let suppressed = options.suppressed.iter().map(|it| (&it.diagnostic, Some(it)));
    let all: Vec<Finding> = diagnostics.iter().map(|it| (it, None)).chain(suppressed).collect();
    let rules: BTreeMap<&str, Code> = all.iter().map(|(it, _)| (it.code.id, it.code)).collect();
    let log = Log { sources, options, rules };
    json::pretty(&json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [log.run(&all)],
    }))
}

/// A finding and, if it was suppressed, by whom and why.
type Finding<'a> = (&'a Diagnostic, Option<&'a Suppressed>);

struct Log<'a> {
    sources: &'a Sources,
    options: &'a Options,
    /// The rules that found something, in the order in which the file lists them.
    rules: BTreeMap<&'a str, Code>,
}

impl Log<'_> {
    fn run(&self, all: &[Finding]) -> Value {
        let (placed, placeless): (Vec<Finding>, Vec<Finding>) = all.iter().partition(|(it, _)| self.has_place(it));
        let diagnostics: Vec<&Diagnostic> = placed.iter().map(|(it, _)| *it).collect();
        let fingerprints = fingerprint::unique(&diagnostics, self.sources, &self.options.hidden);
        let results: Vec<Value> = placed.iter().zip(fingerprints).map(|(it, print)| self.result(it, &print)).collect();
        let notes = self.options.summary.notes.iter().map(|it| json!({"level": "note", "message": {"text": it}}));
        json!({
            "tool": {"driver": {
                "name": "specc",
                "version": env!("CARGO_PKG_VERSION"),
                "informationUri": env!("CARGO_PKG_REPOSITORY"),
                "rules": self.rules.values().map(|it| self.rule(*it)).collect::<Vec<_>>(),
            }},
            "columnKind": "unicodeCodePoints",
            "originalUriBaseIds": {"%SRCROOT%": {"description": {"text": "The root of the checked tree."}}},
            "invocations": [{
                "executionSuccessful": true,
                "toolConfigurationNotifications":
                    placeless.iter().filter(|(_, by)| by.is_none()).map(|(it, _)| self.notification(it)).collect::<Vec<_>>(),
                "toolExecutionNotifications": notes.collect::<Vec<_>>(),
            }],
            "results": results,
        })
    }

    fn has_place(&self, diagnostic: &Diagnostic) -> bool {
        diagnostic.span().is_some_and(|it| self.sources.clamp(it).is_some())
    }

    fn rule(&self, code: Code) -> Value {
        let mut rule = json!({"id": code.id, "name": code.name});
        let Some(doc) = self.options.rules.get(code.id) else {
            rule["shortDescription"] = json!({"text": code.name});
            return rule;
        };
        rule["shortDescription"] = json!({"text": if doc.summary.is_empty() { code.name } else { &doc.summary }});
        if !doc.text.is_empty() {
            rule["help"] = json!({"text": doc.text, "markdown": doc.text});
        }
        if let Some(url) = &doc.url {
            rule["helpUri"] = json!(url);
        }
        rule
    }

    /// Returns the place of a rule in the list that [`Log::run`] writes.
    fn rule_index(&self, code: Code) -> usize {
        self.rules.keys().position(|it| *it == code.id).unwrap_or(0)
    }

    fn result(&self, (diagnostic, suppressed): &Finding, fingerprint: &str) -> Value {
        let Diagnostic { code, level: severity, message: _, primary, related, help: _, fix: _ } = diagnostic;
        let mut result = json!({
            "ruleId": code.id,
            "ruleIndex": self.rule_index(*code),
            "level": level(*severity),
            "message": {"text": text(diagnostic)},
            "locations": primary.iter().filter_map(|it| self.location(it)).collect::<Vec<_>>(),
            "partialFingerprints": {FINGERPRINT: fingerprint},
        });
        let mut related: Vec<Value> = related.iter().filter_map(|it| self.location(it)).collect();
        if !related.is_empty() {
            related.iter_mut().zip(1..).for_each(|(it, id)| it["id"] = json!(id));
            result["relatedLocations"] = json!(related);
        }
        let view = self.options.view(self.sources);
        if let Some(fix) = diagnostic.fix.as_ref().filter(|it| !view.is_told_by(it)).and_then(|it| self.fix(it)) {
            result["fixes"] = json!([fix]);
        }
        if let Some(Suppressed { by, reason, .. }) = suppressed {
            let kind = if *by == Silencer::Comment { "inSource" } else { "external" };
            result["suppressions"] = json!([{"kind": kind, "status": "accepted", "justification": reason}]);
        }
        result
    }

    fn location(&self, label: &Label) -> Option<Value> {
        let place = Place::of(label.span, self.sources)?;
        let physical = json!({"artifactLocation": artifact(&place.path), "region": region(&place)});
        let mut location = json!({"physicalLocation": physical});
        if !label.message.is_empty() {
            location["message"] = json!({"text": label.message});
        }
        Some(location)
    }

    /// Returns nothing if a file of an edit is not known: half a fix is none.
    fn fix(&self, fix: &Fix) -> Option<Value> {
        let mut changes: BTreeMap<FileId, Vec<Value>> = BTreeMap::new();
        for edit in &fix.edits {
            let place = Place::of(edit.span, self.sources)?;
            let replacement = json!({"deletedRegion": region(&place), "insertedContent": {"text": edit.replacement}});
            changes.entry(edit.span.file).or_default().push(replacement);
        }
        if changes.is_empty() {
            return None;
        }
        let changes: Vec<Value> = changes
            .into_iter()
            .map(|(file, it)| json!({"artifactLocation": artifact(self.sources.path(file)), "replacements": it}))
            .collect();
        Some(json!({"description": {"text": fix.title}, "artifactChanges": changes}))
    }

    fn notification(&self, diagnostic: &Diagnostic) -> Value {
        json!({
            "level": level(diagnostic.level),
            "message": {"text": text(diagnostic)},
            "associatedRule": {"id": diagnostic.code.id, "index": self.rule_index(diagnostic.code)},
        })
    }
}

fn level(level: Level) -> &'static str {
    match level {
        Level::Error => "error",
        Level::Warning => "warning",
        Level::Info => "note",
    }
}

/// Returns the message and the way out: services show no other text of a result.
fn text(diagnostic: &Diagnostic) -> String {
    match &diagnostic.help {
        Some(help) => format!("{}\n{help}", diagnostic.message),
        None => diagnostic.message.clone(),
    }
}

fn region(place: &Place) -> Value {
    json!({
        "startLine": place.start.line,
        "startColumn": place.start.column,
        "endLine": place.end.line,
        "endColumn": place.end.column,
    })
}

fn artifact(path: &str) -> Value {
    json!({"uri": uri(path), "uriBaseId": "%SRCROOT%"})
}

/// Returns a path as a relative URI reference (RFC 3986): everything but unreserved characters and `/` encoded.
fn uri(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::uri;

    #[test]
    fn paths_become_relative_uris() {
        for (path, expected) in
            [("a/b-1.yml", "a/b-1.yml"), ("a b/ü#?.env", "a%20b/%C3%BC%23%3F.env"), ("c:\\x", "c%3A%5Cx")]
        {
            assert_eq!(uri(path), expected);
        }
    }
}
