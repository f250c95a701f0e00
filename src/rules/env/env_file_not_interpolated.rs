//! `env-file-not-interpolated`.

use std::collections::BTreeSet;

use super::{bare_references, env_file_with, is_command, is_demanded, is_started_by_program};
use crate::diag::{Code, Level};
use crate::repo::Repo;
use crate::repo::environment::{Dialect, Environment, Source};
use crate::repo::fact::{Action, CommandHost};
use crate::repo::provenance;
use crate::repo::provenance::By;
use crate::rules::{Findings, Rule};

/// `${X}` whose variable only `env_file:` has.
pub static RULE: Rule = Rule {
    code: Code { id: "ENV014", name: "env-file-not-interpolated" },
    level: Level::Warning,
    summary: "`${X}` is used, but the file that has X is only an `env_file:`, which does not fill `${…}`",
    docs: r#"
## What it does
Finds `${X}` without a default whose variable is in a file that services get as `env_file:`, while the command that
starts compose does not pass that file with `--env-file`.
## Why it matters
`env_file:` reaches containers only. Compose fills `${…}` from the shell, `--env-file` and the `.env` beside the compose
file, so the value is empty, or the start fails, although it stands in the file.
## Example
```sample
#- docker-compose.prod.yml
services:
  db:
    image: postgres:17
    environment:
      POSTGRES_PASSWORD: ${POSTGRES_PASSWORD}
#                        ^^^^^^^^^^^^^^^^^^^^ warning: `env_file:` does not fill `${POSTGRES_PASSWORD}`, and the command passes no `--env-file`
  app:
    image: app
    env_file: .env.prod
#             ~~~~~~~~~ reaches the container of `app` only
#- .env.prod.example
POSTGRES_PASSWORD=
#- deploy.sh
docker compose -f docker-compose.prod.yml up -d
#~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~ started here
```
## Silent
```sample
#- docker-compose.prod.yml
services:
  db:
    image: postgres:17
    environment:
      POSTGRES_PASSWORD: ${POSTGRES_PASSWORD}
  app:
    image: app
    env_file: .env.prod
#- .env.prod.example
POSTGRES_PASSWORD=
#- deploy.sh
docker compose --env-file .env.prod -f docker-compose.prod.yml up -d
```
A program that puts the file where compose looks by itself.
```sample
#- docker-compose.prod.yml
services:
  db:
    image: postgres:17
    environment:
      POSTGRES_PASSWORD: ${POSTGRES_PASSWORD}
  app:
    image: app
    env_file: .env.prod
#- .env.prod.example
POSTGRES_PASSWORD=
#- deploy.sh
ln -sf .env.prod .env
docker compose -f docker-compose.prod.yml up -d
```
## When it may be wrong
When a `.env` with the same variables lies beside the compose file where it is started.
"#,
    run,
};

fn run(repo: &Repo, findings: &mut Findings) {
    let mut told = BTreeSet::new();
    for environment in repo.environments.iter().filter(|it| it.dialect == Dialect::Compose) {
        judge(repo, environment, &mut told, findings);
    }
}

fn judge(repo: &Repo, environment: &Environment, told: &mut BTreeSet<(u32, String)>, findings: &mut Findings) {
    let Source::Command { span: command } = &environment.source else { return };
    // With `--env-file` its author knows; what is missing then is not this mistake.
    if !is_started_by_program(repo, environment) || environment.is_partial {
        return;
    }
    if environment.interpolation_files.iter().any(|it| it.span.is_some()) {
        return;
    }
    for (file, it) in bare_references(repo, environment) {
        let name = &it.reference.name;
        if is_command(&it.field)
            && it.service.as_ref().and_then(|it| environment.model.service(it)?.variable(name)).is_some()
        {
            continue;
        }
        let Some((path, entry, _)) = env_file_with(repo, environment, name) else { continue };
        if is_demanded(repo, environment, name) {
            continue;
        }
        if path.ends_with("/.env") || path == ".env" || is_filled(repo, environment, name) || is_linked(repo, &path) {
            continue;
        }
        if !told.insert((file.file.0, name.clone())) {
            continue;
        }
        let service = environment.model.services.iter().find(|it| it.env_files.iter().any(|it| it.path.span == entry));
        let service = service.map_or("", |it| it.name.value.as_str());
        let message = format!("`env_file:` does not fill `${{{name}}}`, and the command passes no `--env-file`");
        let finding = RULE
            .finding(it.span, message)
            .also(entry, format!("reaches the container of `{service}` only"))
            .also(*command, "started here")
            .help(format!("start it with `docker compose --env-file {path} …`"));
        findings.push(finding);
    }
}

/// Returns whether a program puts the file where compose looks by itself: `ln -sf .env.prod .env`.
fn is_linked(repo: &Repo, path: &str) -> bool {
    let name = |it: &str| it.rsplit('/').next().unwrap_or(it).to_string();
    let programs = repo.facts.commands.iter().filter(|it| it.host != CommandHost::Document);
    programs.into_iter().any(|it| match &it.action {
        Action::Copy(copy) if name(&copy.destination.value) == ".env" => {
            copy.sources.iter().any(|it| name(&it.value) == name(path))
        }
        // A link.
        Action::MakeFile(made) if made.iter().any(|it| name(&it.value) == ".env") => {
            it.words.iter().any(|it| name(&it.text) == name(path))
        }
        _ => false,
    })
}

/// Returns whether something else fills it. A template of `.env` says nothing where another file takes its place.
fn is_filled(repo: &Repo, environment: &Environment, name: &str) -> bool {
    match provenance::interpolated(repo, environment, name) {
        provenance::Answer::Set(found) => found.by != By::Template,
        provenance::Answer::Unset | provenance::Answer::Unknown => false,
    }
}
