//! `build-argument-unset`.

use crate::diag::{Code, Level};
use crate::repo::Repo;
use crate::repo::container::Container;
use crate::repo::fact::{Action, Text};
use crate::rules::{Findings, Rule};
use crate::source::Span;

/// A build argument that has no default and is not passed.
pub static RULE: Rule = Rule {
    code: Code { id: "ENV032", name: "build-argument-unset" },
    level: Level::Warning,
    summary: "a Dockerfile uses a build argument without a default that compose does not pass",
    docs: r#"
## What it does
Finds `ARG NAME` without a default whose value is used, where a service builds the Dockerfile and passes no `NAME`. It is
a warning where the base image depends on it, or where another build of the same Dockerfile passes it; else it is told
with `--pedantic`.
## Why it matters
The argument is an empty text: the image is built without what it stands for, or not at all.
## Example
```sample
#- docker-compose.yml
services:
  web:
    build: .
#          ~ `web` is built without it
  admin:
    build:
      context: .
      args:
        API_URL: https://api.example.com
#       ~~~~~~~ `admin` passes it
        NODE: "22"
#       ~~~~ `admin` passes it
#- Dockerfile
ARG NODE
#   ^^^^ warning: `web` is built without `NODE`, which has no default
FROM node:${NODE}
ARG API_URL
#   ^^^^^^^ warning: `web` is built without `API_URL`, which has no default
ENV VITE_API_URL=$API_URL
RUN npm run build
```
## Silent
```sample
#- docker-compose.yml
services:
  web:
    build:
      context: .
      args:
        - API_URL
#- Dockerfile
FROM node:22
ARG API_URL
ARG TARGETARCH
ARG EXTRA
ARG UNUSED
ENV VITE_API_URL=$API_URL
RUN if [ -n "$EXTRA" ]; then npm install $EXTRA; fi && echo $TARGETARCH ${MORE:-none}
```
## When it may be wrong
When an empty text is meant.
"#,
    run,
};

fn run(repo: &Repo, findings: &mut Findings) {
    for environment in &repo.environments {
        for service in environment.model.services.iter().filter(|it| it.build.is_some()) {
            let Some(container) = Container::of(repo, environment, service) else { continue };
            let passed = service.build.iter().flat_map(|it| &it.args).map(|it| it.name.value.as_str());
            let passed: Vec<&str> = passed.collect();
            for (name, is_base) in open_arguments(&container) {
                if passed.contains(&name.value.as_str()) {
                    continue;
                }
                let other = passed_elsewhere(repo, &container, &name.value);
                let level = if is_base || other.is_some() { RULE.level } else { Level::Info };
                let (user, argument) = (&service.name.value, &name.value);
                let message = format!("`{user}` is built without `{argument}`, which has no default");
                let mut finding = RULE.finding_at(level, name.span, message);
                let build = service.build.as_ref().map(|it| it.span);
                if let Some((span, who)) = other {
                    finding = finding.also(span, who);
                }
                finding = finding.also(build.unwrap_or(service.name.span), format!("`{user}` is built without it"));
                findings.push(finding.help(format!("pass it under `build: args:`, or write `ARG {argument}=…`")));
            }
        }
    }
}

/// Returns the arguments without a default whose value counts, and whether the base image depends on them.
fn open_arguments<'a>(container: &Container<'a>) -> Vec<(&'a Text, bool)> {
    let is_open = |it: &&'a (Text, Option<Text>)| it.1.is_none() && !is_builtin(&it.0.value);
    let from: Vec<&str> = container.stages.iter().map(|it| it.from.value.as_str()).collect();
    let global = container.dockerfile.global_args.iter().filter(is_open);
    let mut found: Vec<(&Text, bool)> =
        global.filter(|it| from.iter().any(|text| uses(text, &it.0.value))).map(|it| (&it.0, true)).collect();
    for stage in &container.stages {
        let texts: Vec<&str> = stage
            .env
            .iter()
            .map(|it| it.1.value.as_str())
            .chain(stage.runs.iter().map(|it| it.value.as_str()))
            .collect();
        let has_default = |name: &str| {
            stage.args.iter().chain(&container.dockerfile.global_args).any(|it| it.0.value == name && it.1.is_some())
                || stage.env.iter().any(|it| it.0.value == name && !uses(&it.1.value, name))
        };
        for (name, _) in stage.args.iter().filter(is_open).filter(|it| !has_default(&it.0.value)) {
            let is_used = texts.iter().any(|it| uses(it, &name.value));
            if is_used && !texts.iter().any(|it| is_asked_for(it, &name.value)) {
                found.push((name, false));
            }
        }
    }
    found
}

/// Returns whether a text has `$NAME` or `${NAME}`.
fn uses(text: &str, name: &str) -> bool {
    let bare = format!("${name}");
    let is_end = |it: Option<char>| !it.is_some_and(|it| it.is_ascii_alphanumeric() || it == '_');
    text.contains(&format!("${{{name}}}"))
        || text.match_indices(&bare).any(|(at, _)| is_end(text[at + bare.len()..].chars().next()))
}

/// Returns whether a shell asks first whether there is a value.
fn is_asked_for(text: &str, name: &str) -> bool {
    ["-n", "-z", "!=", "=="].iter().any(|it| {
        text.match_indices(it).any(|(at, _)| {
            let start = text.floor_char_boundary(at.saturating_sub(name.len() + 8));
            let end = text.ceil_char_boundary((at + name.len() + 10).min(text.len()));
            uses(&text[start..end], name)
        })
    })
}

/// Arguments that every build has.
fn is_builtin(name: &str) -> bool {
    let upper = name.to_ascii_uppercase();
    upper.ends_with("_PROXY")
        || upper.starts_with("TARGET")
        || upper.starts_with("BUILD")
        || matches!(upper.as_str(), "SOURCE_DATE_EPOCH" | "DEBIAN_FRONTEND")
}

/// Returns a build of the same Dockerfile that passes an argument.
fn passed_elsewhere(repo: &Repo, container: &Container, name: &str) -> Option<(Span, String)> {
    let same = |it: &Container| it.dockerfile.path == container.dockerfile.path;
    let by_service = repo.environments.iter().find_map(|environment| {
        environment.model.services.iter().find_map(|it| {
            let argument = it.build.as_ref()?.args.iter().find(|it| it.name.value == name)?;
            Container::of(repo, environment, it).filter(same)?;
            Some((argument.name.span, format!("`{}` passes it", it.name.value)))
        })
    });
    let path = &container.dockerfile.path;
    let file = |it: &Text| it.value.trim_start_matches("./") == *path;
    by_service.or_else(|| {
        repo.facts.commands.iter().find_map(|command| {
            let Action::Build { dockerfile, arguments, .. } = &command.action else { return None };
            let is_same = dockerfile.as_ref().is_some_and(file);
            let argument = arguments.iter().find(|it| it.value.split('=').next() == Some(name) && is_same)?;
            Some((argument.span, "this build passes it".to_string()))
        })
    })
}
