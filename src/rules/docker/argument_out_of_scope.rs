//! `argument-out-of-scope`.

use crate::diag::{Code, Level};
use crate::repo::Repo;
use crate::repo::fact::Dockerfile;
use crate::repo::fact::dockerfile::Stage;
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
    for dockerfile in &repo.facts.dockerfiles {
        for (argument, _) in &dockerfile.global_args {
            let name = argument.value.as_str();
            for stage in dockerfile.stages.iter().filter(|it| !knows(dockerfile, it, name)) {
                let texts = stage.env.iter().map(|it| &it.1).chain(&stage.runs);
                let Some((text, at)) = texts.into_iter().find_map(|it| Some((it, used(&it.value, name)?))) else {
                    continue;
                };
                let is_verbatim = (text.span.end - text.span.start) as usize == text.value.len();
                let span = if is_verbatim { text.span.part(at.0, at.1) } else { text.span };
                let message = format!("`{name}` is always empty here: it is declared before the first `FROM`");
                let finding = RULE.finding(span, message).also(argument.span, "declared here");
                findings.push(finding.help(format!("write `ARG {name}` once more, behind the `FROM` of this stage")));
                break;
            }
        }
    }
}

/// Returns whether a stage, or one that it goes on from, has a variable of that name.
fn knows(dockerfile: &Dockerfile, stage: &Stage, name: &str) -> bool {
    let mut stage = stage;
    // Each stage goes on from one above it.
    for _ in 0..=dockerfile.stages.len() {
        let is_set = |text: &str| {
            let sets = [format!("{name}="), format!("read {name}"), format!("for {name} "), format!("{name}:=")];
            sets.iter().any(|it| text.contains(it.as_str()))
        };
        // `ENV NAME=$NAME` gives it nothing.
        let in_env = stage.env.iter().any(|it| it.0.value == name && used(&it.1.value, name).is_none());
        let has = stage.args.iter().any(|it| it.0.value == name) || in_env;
        if has || stage.runs.iter().any(|it| is_set(&it.value)) {
            return true;
        }
        let from = stage.from.value.as_str();
        match dockerfile.stages.iter().find(|it| it.name.as_ref().is_some_and(|it| it.value.eq_ignore_ascii_case(from)))
        {
            Some(below) => stage = below,
            None => return false,
        }
    }
    false
}

/// Returns where a text has `$NAME` or `${NAME}`.
fn used(text: &str, name: &str) -> Option<(usize, usize)> {
    let braced = format!("${{{name}}}");
    let bare = format!("${name}");
    let is_open = |at: usize| text[..at].bytes().rev().take_while(|it| *it == b'\\').count() % 2 == 0;
    let is_whole =
        |at: &usize| text[at + bare.len()..].chars().next().is_none_or(|it| !it.is_ascii_alphanumeric() && it != '_');
    let found = text.find(&braced).filter(|it| is_open(*it)).map(|at| (at, at + braced.len()));
    found.or_else(|| {
        let at = text.match_indices(&bare).map(|it| it.0).find(|at| is_whole(at) && is_open(*at))?;
        Some((at, at + bare.len()))
    })
}
