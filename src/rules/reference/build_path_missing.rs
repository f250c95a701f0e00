//! `build-path-missing`.

use std::collections::BTreeSet;

use crate::diag::{Code, Level};
use crate::repo::Repo;
use crate::repo::compose::{Build, Service, known};
use crate::repo::environment::Environment;
use crate::repo::fact::{Action, Command, CommandHost, Text};
use crate::rules::existence::{candidates, folder, hint, is_example, is_served, is_tested, level, will_be_there};
use crate::rules::{Findings, Rule};
use crate::source::{Span, normalize};
use crate::syntax::node::Node;

/// An image is to be built from a Dockerfile or a context that is not there.
pub static RULE: Rule = Rule {
    code: Code { id: "REF002", name: "build-path-missing" },
    level: Level::Error,
    summary: "an image is built from a Dockerfile or a folder that the repository does not have",
    docs: r#"
## What it does
Looks up `build.context`, `build.dockerfile` and the paths of `develop.watch` in compose files, what `docker build` and
build steps of workflows name, and what Dockerfiles copy from the folder that they are built from.
## Why it matters
The build stops at once, but only for whoever builds: it is often noticed on the day of a release.
## Example
```sample
#- docker-compose.yml
services:
  api:
    build: { context: ., dockerfile: docker/Dockerfile.api }
#                                    ^^^^^^^^^^^^^^^^^^^^^ error: `docker/Dockerfile.api` is not in the repository
    develop:
      watch:
        - {action: sync, path: ./docker/src, target: /app}
#                              ^^^^^^^^^^^^ warning: `docker/src` is not in the repository
  web:
    build: ./frontend
#          ^^^^^^^^^^ error: `frontend` is not in the repository
#- Makefile
image:
	docker build -t api -f docker/Dockerfile.old .
#                       ^^^^^^^^^^^^^^^^^^^^^ error: `docker/Dockerfile.old` was deleted from the repository
#- docker/Dockerfile
FROM scratch
#- docker/Dockerfile.old (deleted)
#- worker/Dockerfile
FROM alpine:3
COPY entrypoint.sh /entrypoint.sh
#    ^^^^^^^^^^^^^ error: `worker/entrypoint.sh` was deleted from the repository
COPY settings.toml ./ 2>/dev/null || true
#                     ^^^^^^^^^^^ error: no shell reads this line: `2>/dev/null` is taken for a file
#- worker/entrypoint.sh (deleted)
#- worker/settings.toml
a = 1
```
## Silent
A folder that comes from a service nobody sees.
```sample
#- apps/compose.yml
services:
  app:
    extends: {file: "${ROOT}/shared/compose.yml", service: app}
    build: {dockerfile: images/app/Dockerfile}
#- apps/.env.example
ROOT=
```
```sample
#- docker-compose.yml
services:
  api:
    build: { context: docker, dockerfile: Dockerfile }
    develop:
      watch:
        - { action: rebuild, path: docker/Dockerfile }
        - { action: rebuild, path: docker/Dockerfile.alt }
        - { action: sync, path: "${CODE:-docker}", target: /app }
        - { action: sync, path: docker/dist, target: /app/dist }
  web:
    build: https://github.com/example/web.git
  own:
    build: { context: "${CONTEXT:-docker}" }
#- docker/Dockerfile
FROM scratch
#- run.sh
cd docker && docker build -f Dockerfile .
docker build -f "$FILE" .
#- tool/Dockerfile
FROM golang:1.24 AS build
COPY go.mod go.su* src ./
COPY made-by-somebody.bin /
FROM scratch
COPY --from=build /app /app
#- go.mod
module a
#- src/main.go
package main
```
"#,
    run,
};

fn run(repo: &Repo, findings: &mut Findings) {
    for environment in &repo.environments {
        for service in &environment.model.services {
            if let Some(build) = &service.build {
                of_service(repo, environment, (service, build), findings);
            }
            watched(repo, environment, service, findings);
        }
    }
    super::copied::run(repo, findings);
    for command in &repo.facts.commands {
        if let Action::Build { dockerfile, context, .. } = &command.action {
            of_command(repo, command, (dockerfile.as_ref(), context.as_ref()), findings);
        }
    }
}

fn of_service(repo: &Repo, environment: &Environment, (service, build): (&Service, &Build), findings: &mut Findings) {
    let written = build.context.as_ref().map_or(Some(".".to_string()), |it| known::with_defaults(&it.value));
    let Some(context) =
        written.filter(|it| !it.contains("://") && !it.starts_with("git@") && !it.starts_with(['/', '~']))
    else {
        return;
    };
    let Some(context_path) = normalize(&format!("{}/{context}", environment.directory)) else { return };
    let label = format!("`{}` is built from it", service.name.value);
    let is_left_behind = is_left_behind(repo, &context_path);
    if is_left_behind || !will_be_there(repo, &context_path) {
        let span = build.context.as_ref().map_or(build.span, |it| it.span);
        let level = if is_left_behind { Level::Warning } else { Level::Error };
        return report(repo, (span, level), &context_path, Some(label), findings);
    }
    // The folder may come from a service that nobody sees.
    let extended = service.extends.as_ref().and_then(|it| it.file.as_ref());
    if build.context.is_none() && extended.is_some_and(|it| it.value.contains('$')) {
        return;
    }
    let is_inline = service.node.at(&["build", "dockerfile_inline"]).is_some();
    let Some(dockerfile) = build.dockerfile.as_ref().filter(|_| !is_inline) else { return };
    let Some(written) = known::with_defaults(&dockerfile.value) else { return };
    let is_missing = |it: &String| !will_be_there(repo, it) && !is_lowercase(repo, it);
    if let Some(path) = normalize(&format!("{context_path}/{written}")).filter(is_missing) {
        report(repo, (dockerfile.span, Level::Error), &path, Some(label), findings);
    }
}

/// Returns whether a folder was once in the repository and is ignored now: no clone has it, if some disks still do.
fn is_left_behind(repo: &Repo, path: &str) -> bool {
    !repo.tree.exists(path)
        && repo.tree.was_deleted(path)
        && repo.tree.is_ignored(path)
        && !repo.tree.is_provided(path)
        && !repo.is_made(path)
}

/// Returns whether BuildKit takes `dockerfile` instead (`handleLowercaseDockerfile` of buildx).
fn is_lowercase(repo: &Repo, path: &str) -> bool {
    let folder = path.strip_suffix("Dockerfile").filter(|it| it.is_empty() || it.ends_with('/'));
    folder.is_some_and(|it| repo.tree.exists(&format!("{it}dockerfile")))
}

/// What `docker compose watch` waits for changes of: it says nothing of a path that is not there.
fn watched(repo: &Repo, environment: &Environment, service: &Service, findings: &mut Findings) {
    let items = service.node.at(&["develop", "watch"]).and_then(Node::as_seq).unwrap_or_default();
    let path = |it: &Node| {
        let written = it.as_text().and_then(known::with_defaults).filter(|it| !it.starts_with('/'))?;
        normalize(&format!("{}/{written}", environment.directory))
    };
    let paths: Vec<(&Node, String)> =
        items.iter().filter_map(|it| it.get("path")).filter_map(|it| Some((it, path(it)?))).collect();
    let (there, missing): (Vec<_>, Vec<_>) = paths.into_iter().partition(|it| will_be_there(repo, &it.1));
    // The folders in which a file is there: `package.json`, `yarn.lock` and `pnpm-lock.yaml` are whichever there is.
    let served: BTreeSet<&str> = there.iter().filter(|it| repo.tree.has_file(&it.1)).map(|it| folder(&it.1)).collect();
    for (node, path) in missing {
        let is_other = is_file(&path) && served.contains(folder(&path));
        if repo.tree.was_deleted(&path) || !is_other && !is_product(&path) {
            let label = format!("changes of it are to reach `{}`", service.name.value);
            report(repo, (node.place(), Level::Warning), &path, Some(label), findings);
        }
    }
}

fn is_file(path: &str) -> bool {
    path.rsplit('/').next().is_some_and(|it| it.contains('.'))
}

/// Returns whether a path lies in a folder for what is built or generated, which need not be kept.
fn is_product(path: &str) -> bool {
    let products = ["dist", "build", "out", "target", "gen", "generated", "__generated__"];
    path.split('/').any(|it| products.contains(&it))
}

fn of_command(
    repo: &Repo,
    command: &Command,
    (dockerfile, context): (Option<&Text>, Option<&Text>),
    findings: &mut Findings,
) {
    // Elsewhere, everything may be there.
    if command.elsewhere.is_some() || command.is_remote {
        return;
    }
    let is_plain = |it: &&Text| {
        let is_literal = !it.value.contains(['$', '{', '<', '*', '(', '…']) && !matches!(&*it.value, "-" | "...");
        let is_any = command.host == CommandHost::Document && stands_for_any(&it.value);
        is_literal && !is_any && !is_tested(repo, command.file, &it.value)
    };
    for path in [dockerfile, context].into_iter().flatten().filter(is_plain) {
        let mut list = candidates(command, &path.value);
        // `make -f docker/api/Makefile`: paths of a recipe that goes nowhere may be meant from the root. So may those of
        // a document, whose reader need not have followed each `cd`.
        let may_be_root = command.host == CommandHost::Make && command.directory == folder(&command.path);
        if may_be_root || command.host == CommandHost::Document {
            list.extend(normalize(&path.value));
        }
        if let Some(first) = list.first().filter(|_| !is_served(repo, command, &list)) {
            report(repo, (path.span, level(command)), first, None, findings);
        }
    }
}

/// Returns whether a document writes a path for its readers to put their own in: `path/to/SERVICE`, `your-app`.
fn stands_for_any(path: &str) -> bool {
    let shouts = |it: &str| it.len() > 2 && it.bytes().all(|it| it.is_ascii_uppercase() || matches!(it, b'_' | b'-'));
    let is_any = |it: &str| matches!(it, "..." | "folder" | "directory" | "context" | "service-name" | "service_name");
    is_example(path)
        || path.contains("path/to")
        || path.contains('[')
        || path.split('/').any(|it| shouts(it) || is_any(it))
}

fn report(repo: &Repo, (span, level): (Span, Level), path: &str, label: Option<String>, findings: &mut Findings) {
    let state = if repo.tree.was_deleted(path) { "was deleted from" } else { "is not in" };
    let finding = RULE.finding_at(level, span, format!("`{path}` {state} the repository"));
    let finding = finding.label(label.unwrap_or_default());
    let way_out = hint(repo, path).unwrap_or_else(|| "correct the path, or add the file".to_string());
    findings.push_about(finding.help(way_out), vec![path.to_string()]);
}
