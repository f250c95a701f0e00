//! Every rule does what its manual page says: its examples fire exactly as marked, the silent ones stay silent.

use specc::diag::{Diagnostic, Level};
use specc::ops::check::{CheckOptions, check};
use specc::repo;
use specc::repo::tree::KnownHistory;
use specc::rules::{RULES, Rule, Selection};
use specc::sample;
use specc::source::Sources;

/// Checks a sample with every rule, and returns what is found with its texts.
fn findings(text: &str) -> (Vec<Diagnostic>, Sources, sample::Sample) {
    let sample = sample::parse(text);
    let sample::Sample { deleted, ignored, branches, .. } = sample.clone();
    let history = KnownHistory { deleted, ignored, branches };
    let read = repo::Options { history: Some(history), ..repo::Options::default() };
    let selection = Selection { is_pedantic: true, ..Selection::default() };
    let mut sources = Sources::default();
    let checked = check(&sample.tree(), CheckOptions { read, selection, ..CheckOptions::default() }, &mut sources);
    (checked.findings, sources, sample)
}

fn example_of(rule: &Rule, text: &str) {
    let (mut found, sources, sample) = findings(text);
    found.retain(|it| it.code == rule.code);
    let mut found = sample::marks_of(&found, &sources);
    let expected = sample.expected();
    for mark in &mut found {
        // A mark without a level fits any.
        let is_said = expected.iter().any(|it| it.line == mark.line && it.path == mark.path && it.level.is_some());
        if !is_said {
            mark.level = None;
        }
    }
    found.sort();
    assert_eq!(found, expected, "{} on its example:\n{text}", rule.code.id);
}

#[test]
fn every_rule_fires_on_its_examples_as_marked() {
    for rule in RULES {
        let blocks = sample::blocks(rule.docs, "Example");
        assert!(!blocks.is_empty(), "{} has no example", rule.code.id);
        blocks.iter().for_each(|it| example_of(rule, it));
    }
}

#[test]
fn every_silent_sample_gives_no_warning_of_any_rule() {
    for rule in RULES {
        for block in sample::blocks(rule.docs, "Silent") {
            let (mut found, sources, _) = findings(&block);
            found.retain(|it| it.level >= Level::Warning || it.code == rule.code);
            assert_eq!(sample::marks_of(&found, &sources), [], "{} in:\n{block}", rule.code.id);
        }
    }
}

#[test]
fn codes_and_names_are_unique_and_the_list_is_sorted() {
    let ids: Vec<&str> = RULES.iter().map(|it| it.code.id).collect();
    let mut sorted = ids.clone();
    sorted.sort_unstable();
    sorted.dedup();
    assert_eq!(ids, sorted);
    let mut names: Vec<&str> = RULES.iter().map(|it| it.code.name).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), ids.len());
}

#[test]
fn every_page_has_its_sections() {
    for rule in RULES {
        for heading in ["## What it does\n", "## Why it matters\n", "## Example\n"] {
            assert!(rule.docs.contains(heading), "{}: {heading}", rule.code.id);
        }
        assert!(!rule.summary.ends_with('.'), "{}", rule.code.id);
    }
}
