//! `argument-out-of-scope`.

use std::collections::{BTreeMap, HashMap, HashSet};

use crate::diag::{Code, Diagnostic, Level};
use crate::repo::Repo;
use crate::repo::fact::dockerfile::Stage;
use crate::repo::fact::{Dockerfile, Text};
use crate::rules::{Findings, Rule};

/// An `ARG` before the first `FROM` that a stage uses and does not declare.
pub static RULE: Rule = Rule {
    code: Code { id: "DKR007", name: "argument-out-of-scope" },
    level: Level::Error,
    summary: "a stage uses a build argument that is only declared before the first `FROM`",
    docs: r#"
## What it does
Finds `$NAME` in `RUN` and `ENV` of a stage where `ARG NAME` stands before the first `FROM` and in no stage.
## Why it matters
What is declared there is known to the `FROM` lines only
(<https://docs.docker.com/reference/dockerfile/#understand-how-arg-and-from-interact>): in the stage the text is empty,
whatever is passed.
## Example
```sample
#- Dockerfile
ARG NODE=22
ARG API_URL
#   ~~~~~~~ declared here
FROM node:${NODE}
ENV VITE_API_URL=$API_URL
#                ^^^^^^^^ error: `API_URL` is always empty here: it is declared before the first `FROM`
RUN npm run build
#- api/Dockerfile
ARG VERSION
#   ~~~~~~~ declared here
FROM alpine:3
ENV VERSION=${VERSION}
#           ^^^^^^^^^^ error: `VERSION` is always empty here: it is declared before the first `FROM`
```
## Silent
```sample
#- Dockerfile
ARG NODE=22
ARG API_URL
ARG SET
FROM node:${NODE} AS base
ARG API_URL
FROM base
ENV VITE_API_URL=$API_URL
ENV SET=1
RUN echo $SET && NODE=3 && echo $NODE
```
"#,
    run,
};

fn run(repo: &Repo, findings: &mut Findings) {
    for dockerfile in repo.facts.dockerfiles.iter().filter(|it| !it.global_args.is_empty()) {
        judge(dockerfile, findings);
    }
}

/// Goes through the stages from the top: each starts from an image, or goes on from one above it.
fn judge(dockerfile: &Dockerfile, findings: &mut Findings) {
    let mut open: BTreeMap<&str, &Text> = dockerfile.global_args.iter().map(|it| (&*it.0.value, &it.0)).collect();
    let mut named: HashMap<String, usize> = HashMap::new();
    // What each stage sets itself, and the one below it.
    let mut stages: Vec<(HashSet<&str>, Option<usize>)> = Vec::new();
    for (at, stage) in dockerfile.stages.iter().enumerate() {
        stages.push((set_by(stage), named.get(&stage.from.value.to_ascii_lowercase()).copied()));
        let knows = |name: &str| {
            let mut chain = std::iter::successors(stages.last(), |it| it.1.map(|at| &stages[at]));
            chain.any(|it| it.0.contains(name))
        };
        for text in stage.env.iter().map(|it| &it.1).chain(&stage.runs) {
            for (name, range) in used(&text.value) {
                if let Some(argument) = open.get(name).filter(|_| !knows(name)) {
                    findings.push(finding(argument, text, range));
                    // Once is enough.
                    open.remove(name);
                }
            }
        }
        named.extend(stage.name.as_ref().map(|it| (it.value.to_ascii_lowercase(), at)));
    }
}

fn finding(argument: &Text, text: &Text, (from, to): (usize, usize)) -> Diagnostic {
    let name = &argument.value;
    let is_verbatim = (text.span.end - text.span.start) as usize == text.value.len();
    let span = if is_verbatim { text.span.part(from, to) } else { text.span };
    let message = format!("`{name}` is always empty here: it is declared before the first `FROM`");
    let finding = RULE.finding(span, message).also(argument.span, "declared here");
    finding.help(format!("write `ARG {name}` once more, behind the `FROM` of this stage"))
}

/// Returns the variables that a stage itself declares or gives a value.
fn set_by(stage: &Stage) -> HashSet<&str> {
    // `ENV NAME=$NAME` gives it nothing.
    let is_given = |it: &&(Text, Text)| !used(&it.1.value).any(|used| used.0 == it.0.value);
    let in_env = stage.env.iter().filter(is_given).map(|it| it.0.value.as_str());
    let in_args = stage.args.iter().map(|it| it.0.value.as_str());
    in_args.chain(in_env).chain(stage.runs.iter().flat_map(|it| assigned(&it.value))).collect()
}

/// Returns the names that a shell's text sets: `NAME=`, `${NAME:=…}`, `read NAME`, `for NAME in`.
fn assigned(text: &str) -> impl Iterator<Item = &str> {
    let mut before = "";
    text.split(|it: char| !it.is_ascii_alphanumeric() && it != '_').filter(|it| !it.is_empty()).filter(move |word| {
        let end = word.as_ptr() as usize - text.as_ptr() as usize + word.len();
        let is_set = text[end..].starts_with('=') || text[end..].starts_with(":=") || matches!(before, "read" | "for");
        before = word;
        is_set
    })
}

/// Returns the variables that a text asks for as `$NAME` or `${NAME}`, and where.
fn used(text: &str) -> impl Iterator<Item = (&str, (usize, usize))> {
    text.match_indices('$').filter_map(move |(at, _)| {
        let is_escaped = text[..at].bytes().rev().take_while(|it| *it == b'\\').count() % 2 == 1;
        let braced = usize::from(text[at + 1..].starts_with('{'));
        let start = at + 1 + braced;
        let length = text[start..].bytes().take_while(|it| it.is_ascii_alphanumeric() || *it == b'_').count();
        let end = start + length;
        let is_whole = braced == 0 || text[end..].starts_with('}');
        (!is_escaped && is_whole && length > 0).then(|| (&text[start..end], (at, end + braced)))
    })
}
