//! `command-variable-unused`.

use std::collections::BTreeSet;

use super::name_unknown;
use crate::diag::{Code, Level, nearest};
use crate::repo::Repo;
use crate::repo::compose::{File, Service};
use crate::repo::fact::{Action, Command, CommandHost, Text};
use crate::rules::existence::{candidates, is_historical};
use crate::rules::{Findings, Rule};
use crate::syntax::node::{Node, Value};

/// `TAG=1.4 docker compose up` where no file has `${TAG}`.
pub static RULE: Rule = Rule {
    code: Code { id: "XFR011", name: "command-variable-unused" },
    level: Level::Warning,
    summary: "a command gives compose a variable that none of its files uses",
    docs: r#"
## What it does
Looks up the variables in `TAG=… docker compose up` and `TAG=… docker stack deploy` among the `${…}` of the files that
the command uses.
## Why it matters
The command does the same with every value: a rollback to an older tag starts what runs already, and says that it is
done.
## Example
```sample
#- compose.prod.yml
services:
  api:
    image: ghcr.io/acme/api:latest
#          ~~~~~~~~~~~~~~~~~~~~~~~ the version stands here
#- rollback.sh
IMAGE_TAG="$1" docker compose -f compose.prod.yml up -d api
#^^^^^^^^ warning: `IMAGE_TAG` is given to compose, and none of its files uses it
#- compose.yml
services:
  api:
    image: api:${API_TAG:-dev}
#              ~~~~~~~~~~~~~~~ used here
    ports: ["${PORT:-80}:80"]
#- Makefile
up:
	@APP_TAG=1 docker compose -f compose.yml up -d
# ^^^^^^^ warning: `APP_TAG` is given to compose, and `compose.yml` does not use it
```
## Silent
```sample
#- compose.yml
services:
  api:
    build: {context: ., args: [VERSION]}
    image: api:${TAG:-dev}
    environment:
      - LOG_LEVEL
#- run.sh
TAG=1 VERSION=2 LOG_LEVEL=debug docker compose -f compose.yml up -d
COMPOSE_PROJECT_NAME=x DOCKER_BUILDKIT=1 HTTP_PROXY=http://p docker compose -f compose.yml build
STAGE=1 docker compose -f "$FILE" up -d
DOMAIN=example.org docker compose -f compose.yml --env-file .env up -d
#- .env.example
HOST=api.${DOMAIN}
```
"#,
    run,
};

fn run(repo: &Repo, findings: &mut Findings) {
    for command in repo.facts.commands.iter().filter(|it| !it.variables.is_empty()) {
        let files = match &command.action {
            // What runs inside of a container has its variables from `-e`.
            Action::Compose(it) if it.verb.as_ref().is_some_and(|it| VERBS.contains(&it.value.as_str())) => {
                name_unknown::files(repo, command, it)
            }
            Action::StackDeploy { files, .. } => {
                let known = |it: &Text| candidates(command, &it.value).iter().find_map(|it| repo.compose_file(it));
                files.iter().map(known).collect()
            }
            _ => continue,
        };
        let Some(files) = files.filter(|it| !it.is_empty()) else { continue };
        for (name, _) in command.variables.iter().filter(|it| !is_for_the_program(&it.0.value)) {
            judge(repo, command, (name, &files), findings);
        }
    }
}

/// Commands for which compose fills its files in.
const VERBS: &[&str] = &["up", "pull", "build", "push", "create", "run", "config", "start", "restart", "watch"];

/// Returns whether a variable is for the program itself, or for what every program reads.
fn is_for_the_program(name: &str) -> bool {
    let prefixes = ["COMPOSE_", "DOCKER_", "BUILDKIT_", "BUILDX_", "LC_", "SOPS_", "GIT_", "MSYS", "XDG_", "SSH_"];
    let names = ["PATH", "HOME", "PWD", "LANG", "TERM", "TZ", "NO_COLOR", "CI", "DEBUG", "TMPDIR", "SOURCE_DATE_EPOCH"];
    prefixes.iter().any(|it| name.starts_with(it))
        || names.contains(&name)
        || name.to_ascii_uppercase().ends_with("_PROXY")
        || name.bytes().any(|it| it.is_ascii_lowercase())
}

fn judge(repo: &Repo, command: &Command, (name, files): (&Text, &[&File]), findings: &mut Findings) {
    let text = name.value.as_str();
    let in_env_files = || repo.facts.env_files.iter().flat_map(|it| &it.entries);
    let is_filled_in = in_env_files().any(|it| it.value.value.contains('$') && it.value.value.contains(text));
    if is_filled_in || files.iter().any(|it| it.is_continued || names(&it.node, text)) {
        return;
    }
    let paths: BTreeSet<&str> = files.iter().map(|it| it.path.as_str()).collect();
    let which = match paths.first() {
        Some(path) if paths.len() == 1 => format!("`{path}` does not use it"),
        _ => "none of its files uses it".to_string(),
    };
    let level = match command.host {
        CommandHost::Document if is_historical(&command.path) => Level::Info,
        _ => RULE.level,
    };
    let message = format!("`{text}` is given to compose, and {which}");
    let finding = RULE.finding_at(level, name.span, message);
    let used = || files.iter().flat_map(|it| &it.references);
    let near = nearest(text, used().map(|it| it.reference.name.as_str()));
    let place = near.and_then(|near| used().find(|it| it.reference.name == near.name));
    findings.push(match (place, fixed_version(text, files)) {
        (Some(it), _) => finding.also(it.span, "used here").help(format!("did you mean `{}`?", it.reference.name)),
        (None, Some(image)) => finding
            .also(image.span, "the version stands here")
            .help(format!("write `${{{text}}}` there, or drop the variable")),
        (None, None) => finding.help(format!("use `${{{text}}}` in the file, or drop the variable")),
    });
}

/// Returns whether a name stands anywhere in a file: what is passed on has no `$`.
fn names(node: &Node, name: &str) -> bool {
    match &node.value {
        Value::Map(map) => map.entries.iter().any(|it| &*it.key == name || names(&it.value, name)),
        Value::Seq(items) => items.iter().any(|it| names(it, name)),
        Value::Scalar(it) => it.text.contains(name),
    }
}

/// Returns the image whose version was meant by a variable that is named for one.
fn fixed_version<'f>(name: &str, files: &[&'f File]) -> Option<&'f Text> {
    let is_version = name.split('_').any(|it| matches!(it, "TAG" | "VERSION" | "IMAGE" | "SHA" | "RELEASE"));
    let mut services = files.iter().flat_map(|it| &it.model.services).filter(|_| is_version);
    let own = |it: &&'f Service| it.image.as_ref().is_some_and(|it| it.value.contains('/') && !it.value.contains('$'));
    services.find(own).and_then(|it| it.image.as_ref())
}
