//! Variables of workflow steps that a script on another machine uses and does not get.
//!
//! <https://github.com/appleboy/ssh-action>: only what `envs` lists goes along.

use std::collections::BTreeSet;

use super::fact::{LeftBehind, Text, Way};
use super::reader::Input;
use super::shell::crossing::{asked, left_behind};
use super::shell::embedded::Embedded;
use super::shell::lex;
use crate::source::Spanned;
use crate::syntax::node::Node;

/// Finds them in the steps of a workflow or action.
pub fn variables(input: &Input, node: &Node) -> Vec<LeftBehind> {
    if memchr::memmem::find(input.text.as_bytes(), b"ssh").is_none() {
        return Vec::new();
    }
    let mut found = Vec::new();
    let above = environment(node.get("env"));
    for job in node.get("jobs").and_then(Node::as_map).into_iter().flat_map(|it| &it.entries) {
        let own = [above.clone(), environment(job.value.get("env"))].concat();
        for step in job.value.get("steps").and_then(Node::as_seq).unwrap_or(&[]) {
            let given = [own.clone(), environment(step.get("env"))].concat();
            if let Some(script) = step.get("run").and_then(|it| Embedded::scalar(it, input.text)) {
                found.extend(left_behind(&script, &lex::tokens(&script.text), &given));
            }
            found.extend(of_action(input, step, &given));
        }
    }
    found
}

fn environment(node: Option<&Node>) -> Vec<Text> {
    let entries = node.and_then(Node::as_map).into_iter().flat_map(|it| &it.entries);
    entries.map(|it| Spanned::new(it.key.to_string(), it.key_span)).collect()
}

fn of_action(input: &Input, step: &Node, given: &[Text]) -> Vec<LeftBehind> {
    let text = |path: &[&str]| step.at(path).and_then(Node::as_text).unwrap_or("");
    let listed = text(&["with", "envs"]);
    let passes_all = text(&["with", "allenvs"]) == "true" || listed.contains('$');
    if !text(&["uses"]).starts_with("appleboy/ssh-action@") || passes_all {
        return Vec::new();
    }
    let Some(script) = step.at(&["with", "script"]).and_then(|it| Embedded::scalar(it, input.text)) else {
        return Vec::new();
    };
    let listed: BTreeSet<&str> = listed.split([',', '\n', ' ']).map(str::trim).collect();
    let mut told = BTreeSet::new();
    let mut found = Vec::new();
    for read in asked(&script).reads {
        let name = &read.name.value;
        // The innermost place is the one that counts.
        let Some(set) = given.iter().rev().find(|it| it.value == *name) else { continue };
        if !listed.contains(name.as_str()) && told.insert(name.clone()) {
            found.push(LeftBehind { name: read.name.clone(), set: set.span, way: Way::Action });
        }
    }
    found
}
