//! `specc explain`.

use std::fmt::Write as _;

use serde_json::json;

use super::env::unknown;
use super::place::{Output, Place, SpecArguments, failed};
use super::{DONE, Exit, explain_variable, print, usage_error};
use crate::diag::Diags;
use crate::emit;
use crate::emit::{Artifact, Selection};
use crate::ops::build::load;
use crate::ops::explain::{Line, Part, line, parts};
use crate::ops::explain_code::{Mistake, mistake};
use crate::rules::{RULES, Rule};
use crate::source::{Sources, normalize};

/// Explain a generated line (FILE:LINE), a part of the spec (services.web.replicas), a rule or an error (its code or name), or a
/// variable (its name): where it is set, how it gets into which container, and which code reads it.
#[derive(clap::Args)]
pub struct Arguments {
    /// What to explain.
    what: String,
    #[command(flatten)]
    spec: SpecArguments,
}

/// Runs the command.
pub fn run(arguments: &Arguments) -> Exit {
    if let Some(rule) = rule(&arguments.what) {
        return explain_rule(rule, arguments);
    }
    if let Some(mistake) = mistake(&arguments.what) {
        return explain_mistake(mistake, arguments);
    }
    let is_name = |it: char| it.is_ascii_uppercase() || it.is_ascii_digit() || it == '_';
    if arguments.what.chars().all(is_name)
        && let Some(code) = explain_variable::run(&arguments.what, arguments.spec.format)
    {
        return code;
    }
    let place = match arguments.spec.open() {
        Ok(place) => place,
        Err(message) => return usage_error(&message),
    };
    let (mut sources, mut diags) = (Sources::default(), Diags::default());
    let Ok(loaded) = load(&place.tree, &place.spec, &mut sources, &mut diags) else {
        return failed(diags, &sources, &arguments.spec);
    };
    let Ok(output) = emit::emit(&loaded.system, &Selection::default(), &mut diags) else {
        return failed(diags, &sources, &arguments.spec);
    };
    if let Some((path, number)) = file_and_line(&arguments.what) {
        return match generated_line(&place, path, number, &output.artifacts, &sources) {
            Ok(line) => tell_line(&line, arguments),
            Err(message) => usage_error(&message),
        };
    }
    let parts = parts(&loaded.root, &arguments.what, &output.artifacts, &sources);
    if parts.is_empty() {
        let wanted = &arguments.what;
        return usage_error(&format!("`{wanted}` is no FILE:LINE, no path in {}, and no code", place.spec));
    }
    tell_parts(&parts, arguments)
}

fn rule(word: &str) -> Option<&'static Rule> {
    RULES.iter().copied().find(|it| it.code.id.eq_ignore_ascii_case(word) || it.code.name == word)
}

fn explain_rule(rule: &Rule, arguments: &Arguments) -> Exit {
    let (code, level) = (rule.code, rule.level.word());
    match arguments.spec.format {
        Output::Json => {
            let report = json!({"version": 1, "code": code.id, "name": code.name, "severity": level,
                "summary": rule.summary, "text": rule.docs});
            print(&format!("{report}\n"));
        }
        Output::Human => {
            print(&format!("{} {} ({level})\n\n{}\n\n{}\n", code.id, code.name, rule.summary, rule.docs.trim()));
        }
    }
    DONE
}

fn explain_mistake(mistake: &Mistake, arguments: &Arguments) -> Exit {
    let (code, docs) = (mistake.code, mistake.docs());
    match arguments.spec.format {
        Output::Json => {
            let report =
                json!({"version": 1, "code": code.id, "name": code.name, "summary": mistake.about, "text": docs});
            print(&format!("{report}\n"));
        }
        Output::Human => print(&format!("{} {}\n\n{docs}", code.id, code.name)),
    }
    DONE
}

fn file_and_line(word: &str) -> Option<(&str, u32)> {
    let (path, number) = word.rsplit_once(':')?;
    Some((path, number.parse().ok()?))
}

fn generated_line(
    place: &Place,
    path: &str,
    number: u32,
    artifacts: &[Artifact],
    sources: &Sources,
) -> Result<Line, String> {
    let here = place.here.to_str().unwrap_or("");
    let below = normalize(format!("{here}/{path}").trim_start_matches('/'));
    let is_it = |it: &&Artifact| Some(&it.path) == below.as_ref() || it.path == path;
    let Some(artifact) = artifacts.iter().find(is_it) else {
        return Err(unknown("generated file", path, artifacts.iter().map(|it| it.path.as_str()).collect()));
    };
    let n_lines = artifact.text.lines().count();
    line(artifact, number, sources).ok_or_else(|| format!("{} has {n_lines} lines", artifact.path))
}

fn tell_line(line: &Line, arguments: &Arguments) -> Exit {
    if arguments.spec.format == Output::Json {
        print(&format!("{}\n", json!({"version": 1, "line": line})));
        return DONE;
    }
    let mut out = format!("{}\n", line.text.trim_end());
    let steps: Vec<(usize, _)> =
        line.origins.iter().enumerate().flat_map(|(depth, steps)| steps.iter().map(move |it| (depth, it))).collect();
    let width = steps.iter().map(|(_, it)| it.whereabouts().chars().count()).max().unwrap_or(0);
    for (depth, step) in steps {
        let part = if depth == 0 { "" } else { "around it: " };
        let _ = writeln!(out, "  {:width$}  {part}{}", step.whereabouts(), step.what);
    }
    if line.origins.is_empty() {
        out.push_str("  specc writes this line whatever the spec says\n");
    }
    print(&out);
    DONE
}

fn tell_parts(parts: &[Part], arguments: &Arguments) -> Exit {
    if arguments.spec.format == Output::Json {
        print(&format!("{}\n", json!({"version": 1, "parts": parts})));
        return DONE;
    }
    let mut out = String::new();
    for part in parts {
        let _ = writeln!(out, "{}  {}", part.place, part.path);
        for it in &part.lines {
            let lines = if it.first == it.last { it.first.to_string() } else { format!("{}-{}", it.first, it.last) };
            let _ = writeln!(out, "  {}:{lines}: {}", it.path, it.text.trim());
        }
        if part.lines.is_empty() {
            out.push_str("  no generated line comes from it\n");
        }
    }
    print(&out);
    DONE
}
