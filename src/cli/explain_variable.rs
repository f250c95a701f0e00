//! `specc explain VARIABLE`.

use super::{DONE, Exit};
use std::fmt::Write as _;

use serde_json::json;

use super::place::Output;
use super::print;
use crate::files::{OnDisk, find_root};
use crate::ops::explain_variable::{InEnvironment, Trace, explain};
use crate::ops::place::Step;
use crate::source::Sources;

/// Explains a variable of the repository around here; `None` if it has none of that name.
pub fn run(name: &str, format: Output) -> Option<Exit> {
    #[expect(clippy::disallowed_methods, reason = "this is where the root is decided")]
    let here = std::env::current_dir().ok()?;
    let files = OnDisk::new(&find_root(&here)).ok()?;
    let mut sources = Sources::default();
    let trace = explain(&files, name, &mut sources)?;
    match format {
        Output::Json => print(&format!("{}\n", json!({"version": 1, "variable": trace}))),
        Output::Human => print(&text(&trace)),
    }
    Some(DONE)
}

fn text(trace: &Trace) -> String {
    let mut out = format!("{}\n", trace.name);
    section(&mut out, "declared", &trace.declared);
    section(&mut out, "set", &trace.set);
    for (at, environment) in trace.environments.iter().enumerate() {
        let is_same = |it: &&InEnvironment| it.services == environment.services;
        // What is the same in several environments is told once, for the first of them.
        if trace.environments[..at].iter().any(|it| is_same(&it)) && environment.steps.len() < 2 {
            continue;
        }
        let _ = writeln!(out, "\n{} ({})", environment.name, environment.files.join(", "));
        steps(&mut out, "  ", &environment.steps);
        let same: Vec<&str> = trace.environments[at + 1..]
            .iter()
            .filter(is_same)
            .filter(|it| it.steps.len() < 2)
            .map(|it| it.files.last().map_or(it.name.as_str(), String::as_str))
            .collect();
        if !same.is_empty() {
            let _ = writeln!(out, "  the same with {}", same.join(", "));
        }
        for service in &environment.services {
            let _ = writeln!(out, "  {}", service.name);
            steps(&mut out, "    ", &service.steps);
        }
    }
    section(&mut out, "read", &trace.read);
    out
}

fn section(out: &mut String, title: &str, list: &[Step]) {
    if !list.is_empty() {
        let _ = writeln!(out, "\n{title}");
        steps(out, "  ", list);
    }
}

fn steps(out: &mut String, indent: &str, list: &[Step]) {
    let width = list.iter().map(|it| it.whereabouts().chars().count()).max().unwrap_or(0);
    for step in list {
        let _ = writeln!(out, "{indent}{:width$}  {}", step.whereabouts(), step.what);
    }
}
