//! `env-not-passed`.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::is_hearsay;
use crate::diag::{Code, Diagnostic, Level};
use crate::repo::Repo;
use crate::repo::code;
use crate::repo::code::Code as ServiceCode;
use crate::repo::compose::{MountKind, Service};
use crate::repo::environment::Environment;
use crate::repo::fact::{Absent, EnvEntry, EnvFile, Language};
use crate::repo::provenance;
use crate::repo::provenance::{Answer, Content};
use crate::repo::usage::{Use, plain_names};
use crate::rules::{Findings, Rule};
use crate::source::Span;

/// A variable that is set for an environment and read by a service's code, but not given to the container.
pub static RULE: Rule = Rule {
    code: Code { id: "ENV003", name: "env-not-passed" },
    level: Level::Warning,
    summary: "a variable of the env file is read by a service's code, but compose does not pass it to the container",
    docs: r#"
## What it does
Finds variables that the env file or template of an environment sets, that the code of a service reads, and that no
service with this code gets: neither `environment:` names them nor does `env_file:` bring them.
## Why it matters
Whoever sets the variable believes that it works. The code falls back to its default in silence, or fails at the
start if it has none.
## Example
```sample
#- docker-compose.yml
services:
  web:
# ^^^ warning: `web` is not given `IDLE_TIMEOUT_MS`, which its code reads, nor another variable
    build: ./web
    environment:
      - DATABASE_URL=${DATABASE_URL}
#- .env.example
DATABASE_URL=postgres://db/app
IDLE_TIMEOUT_MS=300000
#~~~~~~~~~~~~~~ it is set here
LOG_LEVEL=debug
#~~~~~~~~ `LOG_LEVEL` too
#- web/server.js
const url = process.env.DATABASE_URL;
const idle = process.env.IDLE_TIMEOUT_MS ?? "60000";
#                        ~~~~~~~~~~~~~~~ it is read here
const level = process.env.LOG_LEVEL ?? "info";
```
## Silent
What `env_file:` brings, what another variable is made of, and what a sibling with the same code gets.
```sample
#- docker-compose.yml
services:
  web:
    build: ./web
    environment:
      - DATABASE_URL=postgres://app:${PASSWORD}@db.example.com/app
  worker:
    build: ./web
    env_file: .env
#- .env.example
PASSWORD=
TIMEOUT=3
#- web/server.js
const url = process.env.DATABASE_URL;
const password = process.env.PASSWORD;
const idle = process.env.TIMEOUT ?? "60";
```
What is a template for another environment than one whose files say everything by themselves.
```sample
#- docker-compose.e2e.yml
services:
  web:
    build: ./web
    environment:
      - DATABASE_URL=postgres://db.example.com/test
#- .env.dev.template
MODE_OF_WEB=dev
#- README.md
cp .env.dev.template .env
#- web/server.js
const mode = process.env.MODE_OF_WEB;
const url = process.env.DATABASE_URL;
```
## When it may be wrong
When the part of the code that reads it never runs in this service.
"#,
    run,
};

fn run(repo: &Repo, findings: &mut Findings) {
    let mut told = BTreeSet::new();
    for environment in repo.environments.iter().filter(|it| !it.is_partial && !is_hearsay(repo, it)) {
        let services: Vec<(&Service, Arc<ServiceCode>)> = environment
            .model
            .services
            .iter()
            .filter_map(|it| Some((it, code::of_service(repo, environment, it)?)))
            .filter(|it| it.1.is_narrow() && it.0.env_files.is_empty() && !has_env_file_mounted(it.0))
            .collect();
        if services.is_empty() {
            continue;
        }
        let used: BTreeSet<&str> = environment
            .compose_files
            .iter()
            .filter_map(|it| repo.compose_file(it))
            .flat_map(|it| &it.references)
            .map(|it| it.reference.name.as_str())
            .collect();
        let (mut n_given, mut open) = (0, Vec::new());
        for (name, entry) in provided(repo, environment, used.is_empty()) {
            if used.contains(name) {
                n_given += 1;
                continue;
            }
            if !told.insert(name.to_string()) {
                continue;
            }
            // Given to a service of some other environment, it belongs to what runs there: a file for the workers
            // of another machine reads the same env files.
            let given = |there: &Environment| {
                let to = |it: &Service| !matches!(provenance::in_container(repo, there, it, name), Answer::Unset);
                there.model.services.iter().any(to)
            };
            if repo.environments.iter().any(given) {
                n_given += 1;
                continue;
            }
            open.extend(judge(repo, &services, name, entry));
        }
        // Who leaves out more than is passed on has chosen what to pass on; what then falls back does so on purpose.
        let is_chosen = open.len() > n_given.max(FEW);
        let level = |it: Level| if it == Level::Warning && is_chosen { Level::Info } else { it };
        // What the same services lack is forgotten in the same place.
        let mut groups: BTreeMap<(Span, String, Level), Vec<Forgotten>> = BTreeMap::new();
        for it in open {
            groups.entry((it.service.name.span, it.who.clone(), level(it.level))).or_default().push(it);
        }
        groups.into_iter().for_each(|((_, _, level), list)| findings.push_maybe(finding(repo, level, &list)));
    }
}

/// A variable that services lack.
struct Forgotten<'r> {
    /// The first of them.
    service: &'r Service,
    /// What is said of all of them.
    who: String,
    level: Level,
    name: &'r str,
    /// Where it is set, and where it is read.
    set: Span,
    read: Use,
}

fn finding(repo: &Repo, level: Level, list: &[Forgotten]) -> Option<Diagnostic> {
    let (first, others) = list.split_first()?;
    let more = match others.len() {
        0 => String::new(),
        1 => ", nor another variable".to_string(),
        n => format!(", nor {n} more variables"),
    };
    let message = format!("{} `{}`, which its code reads{more}", first.who, first.name);
    let mut finding = RULE
        .finding_at(level, first.service.name.span, message)
        .also(first.set, "it is set here")
        .also(repo.use_span(first.read), "it is read here");
    for it in others {
        finding = finding.also(it.set, format!("`{}` too", it.name));
    }
    let names = list.iter().map(|it| format!("`{0}: ${{{0}}}`", it.name)).collect::<Vec<_>>().join(", ");
    Some(finding.help(format!("add {names} to `environment:` of `{}`", first.service.name.value)))
}

/// As many may be forgotten.
const FEW: usize = 4;

/// Returns the variables that an environment's own files, or their templates, set. Compose files that say everything
/// by themselves are not filled from what is a template for another environment.
fn provided<'a>(repo: &'a Repo, environment: &Environment, is_literal: bool) -> BTreeMap<&'a str, &'a EnvEntry> {
    let is_for_it = |file: &&EnvFile| {
        let words = provenance::words(&file.path);
        let is_plain = words.is_empty() || environment.name == "default";
        !is_literal || is_plain || words.iter().any(|it| environment.name.contains(it.as_str()))
    };
    let mut found = BTreeMap::new();
    for source in &environment.interpolation_files {
        let files: Vec<&EnvFile> = match provenance::content(repo, &source.path) {
            Content::File(file) => vec![file],
            Content::Templates(list) => list.into_iter().filter(is_for_it).collect(),
            Content::Unknown => continue,
        };
        for entry in files.iter().flat_map(|it| &it.entries).filter(|it| !it.is_commented) {
            for name in plain_names(&entry.name.value) {
                found.entry(name).or_insert(entry);
            }
        }
    }
    found
}

/// Returns whether the whole project is mounted, so that the code may read the env file by itself.
fn has_env_file_mounted(service: &Service) -> bool {
    service.mounts.iter().any(|it| {
        it.kind == MountKind::Bind
            && it
                .repository_path()
                .is_some_and(|it| it == "." || it.rsplit('/').next().is_some_and(|it| it.starts_with(".env")))
    })
}

fn judge<'r>(
    repo: &Repo,
    services: &[(&'r Service, Arc<ServiceCode>)],
    name: &'r str,
    entry: &EnvEntry,
) -> Option<Forgotten<'r>> {
    let uses = repo.usage.of_name(name);
    let reading = |code: &ServiceCode| uses.iter().copied().find(|it| is_read_by(repo, code, *it));
    let mut readers = services.iter().filter_map(|(service, code)| Some((*service, reading(code)?)));
    let (service, read) = readers.next()?;
    // What the code falls back to is what the file says: nothing is lost.
    if !entry.value.value.is_empty() && default_of(repo, read).as_deref() == Some(&*entry.value.value) {
        return None;
    }
    let level = if fails(repo, read) { Level::Error } else { Level::Warning };
    let others: Vec<&str> = readers.map(|it| it.0.name.value.as_str()).filter(|it| *it != service.name.value).collect();
    let who = match others.as_slice() {
        [] => format!("`{}` is not given", service.name.value),
        more => format!("`{}` and `{}` are not given", service.name.value, more.join("`, `")),
    };
    Some(Forgotten { service, who, level, name, set: entry.name.span, read })
}

fn is_read_by(repo: &Repo, code: &ServiceCode, it: Use) -> bool {
    let path = repo.path(repo.use_span(it).file);
    match it {
        Use::Read(at) => {
            let read = &repo.facts.reads[at];
            let is_program =
                matches!(read.language, Language::Python | Language::Script | Language::Go | Language::Rust);
            is_program && !read.in_test && !read.build_time && !read.is_prefix && code.is_own(path)
        }
        Use::Field(..) => code.is_own(path) && is_field_read(repo, it),
        Use::Reference(..) => false,
    }
}

/// Returns whether it matters what a field is: the class cannot be made without it, or code asks for it.
fn is_field_read(repo: &Repo, it: Use) -> bool {
    let Some((class, field)) = repo.as_field(it) else { return true };
    let is_part = field.from.is_some();
    field.is_required || is_part || class.is_read_dynamically || repo.facts.python.attributes.has(&field.name.value)
}

fn default_of(repo: &Repo, it: Use) -> Option<String> {
    match (repo.as_read(it), repo.as_field(it)) {
        (Some(read), _) => match &read.absent {
            Absent::Default(value) => Some(value.clone()),
            _ => None,
        },
        (_, Some((_, field))) => field.default_value.clone(),
        _ => None,
    }
}

fn fails(repo: &Repo, it: Use) -> bool {
    repo.as_read(it).is_some_and(|it| it.absent == Absent::Fails)
        || repo.as_field(it).is_some_and(|it| it.1.is_required)
}
