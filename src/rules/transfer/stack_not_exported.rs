//! `stack-not-exported`.

use std::cell::LazyCell;
use std::collections::{BTreeSet, HashMap, HashSet};

use crate::diag::{Code, Level};
use crate::repo::Repo;
use crate::repo::compose::{FieldReference, File};
use crate::repo::fact::{Action, Command, CommandHost, EnvEntry};
use crate::repo::provenance::ambient;
use crate::rules::existence::{candidates, is_historical};
use crate::rules::{Findings, Rule};

/// A stack that is deployed by a shell which has none of its variables.
pub static RULE: Rule = Rule {
    code: Code { id: "XFR007", name: "stack-not-exported" },
    level: Level::Warning,
    summary: "`docker stack deploy` reads no `.env`, and nothing exports what the file asks for",
    docs: r#"
## What it does
Finds scripts that run `docker stack deploy` with a file that asks for variables which an env file or its template has,
where nothing loads that file into the shell or sets the variables otherwise.
## Why it matters
Unlike `docker compose`, `docker stack deploy` fills `${X}` in from the environment of the process alone. Without the
variable an empty text is put there, with a warning at best: an image without its tag, a service without its secret.
## Example
```sample
#- docker-stack.yml
services:
  api:
    image: ghcr.io/acme/api:${TAG}
#                           ~~~~~~ asked for here
#- .env.example
TAG=1.0
#~~ nothing loads this file
#- deploy.sh
#!/bin/sh
docker stack deploy -c docker-stack.yml shop
#^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ warning: `docker stack deploy` reads no `.env`, so `TAG` is empty here
```
## Silent
```sample
#- docker-stack.yml
services:
  api:
    image: ghcr.io/acme/api:${TAG}
    environment: {LOG_LEVEL: "${LOG_LEVEL:-info}"}
#- .env.example
TAG=1.0
LOG_LEVEL=debug
#- deploy.sh
#!/bin/sh
set -a
. ./.env
set +a
docker stack deploy -c docker-stack.yml shop
#- release.sh
#!/bin/sh
export $(grep -v '^#' .env | xargs)
docker stack deploy -c docker-stack.yml shop
#- loop.sh
#!/bin/sh
for PAIR in $(grep '^[A-Z]*=' .env); do
    export $PAIR
done
docker stack deploy -c docker-stack.yml shop
#- by-hand.sh
#!/bin/sh
TAG=1.1 docker stack deploy -c docker-stack.yml shop
```
## When it may be wrong
When whoever runs the script has the variables in their shell already.
"#,
    run,
};

fn run(repo: &Repo, findings: &mut Findings) {
    let loaders = LazyCell::new(|| Loaders::of(repo));
    let entries: LazyCell<HashMap<&str, &EnvEntry>, _> = LazyCell::new(|| {
        let all = repo.facts.env_files.iter().flat_map(|it| &it.entries).filter(|it| !it.is_commented);
        all.map(|it| (it.name.value.as_str(), it)).collect()
    });
    let mut known: HashMap<&str, Vec<Open<'_>>> = HashMap::new();
    let mut told = HashSet::new();
    for command in repo.facts.commands.iter().filter(|it| may_lack(it)) {
        let Action::StackDeploy { files, .. } = &command.action else { continue };
        let file = |it: &String| candidates(command, it).iter().find_map(|it| repo.compose_file(it));
        let Some(files) = files.iter().map(|it| file(&it.value)).collect::<Option<Vec<&File>>>() else { continue };
        let given: BTreeSet<&str> = command.variables.iter().map(|it| it.0.value.as_str()).collect();
        for file in &files {
            known.entry(file.path.as_str()).or_insert_with(|| open(repo, file, &entries));
        }
        let asked = files.iter().flat_map(|it| &known[it.path.as_str()]);
        let mut lacking = asked.filter(|it| !given.contains(it.0.reference.name.as_str()));
        let Some((reference, entry)) = lacking.next().filter(|_| !loaders.load_for(&command.path)) else { continue };
        // Deployed again further down, it lacks the same.
        if !told.insert((command.path.as_str(), files.iter().map(|it| it.path.as_str()).collect::<Vec<_>>())) {
            continue;
        }
        let names: BTreeSet<&str> = lacking.map(|it| it.0.reference.name.as_str()).collect();
        let more = names.iter().filter(|it| **it != reference.reference.name).count();
        let more = if more == 0 { String::new() } else { format!(" and {more} more") };
        let verb = if more.is_empty() { "is" } else { "are" };
        let message =
            format!("`docker stack deploy` reads no `.env`, so `{}`{more} {verb} empty here", reference.reference.name);
        let level = if command.host == CommandHost::Document { Level::Info } else { RULE.level };
        let finding = RULE.finding_at(level, command.span, message).also(reference.span, "asked for here");
        let finding = finding.also(entry.name.span, "nothing loads this file");
        findings.push(finding.help("load the file before: `set -a; . ./.env; set +a`"));
    }
}

/// Returns whether a command is one that could be told. What a Makefile or a workflow exports is not all known.
fn may_lack(command: &Command) -> bool {
    matches!(command.host, CommandHost::Script | CommandHost::Document)
        && command.sourced.is_empty()
        && command.words.first().is_some_and(|it| it.text == "docker")
        && !is_historical(&command.path)
}

/// Returns what a file asks for that only an env file has, each with its line there.
fn open<'r>(repo: &Repo, file: &'r File, entries: &HashMap<&str, &'r EnvEntry>) -> Vec<Open<'r>> {
    let bare = file.references.iter().filter(|it| it.reference.operation.is_none());
    let lacking = bare.filter(|it| ambient(repo, &it.reference.name).is_none());
    lacking.filter_map(|it| Some((it, *entries.get(it.reference.name.as_str())?))).collect()
}

/// What a file asks for, with the line of an env file that has it.
type Open<'r> = (&'r FieldReference, &'r EnvEntry);

/// Who loads an env file into a shell.
struct Loaders<'r> {
    files: HashSet<&'r str>,
    /// The names of what these files run.
    run: HashSet<&'r str>,
    /// Whether people are told to do so, or a Makefile or workflow does.
    is_by_hand: bool,
}

impl<'r> Loaders<'r> {
    fn of(repo: &'r Repo) -> Loaders<'r> {
        let list = || repo.facts.commands.iter();
        let files: HashSet<&str> = list().filter(|it| loads(it)).map(|it| it.path.as_str()).collect();
        let script = |it: &'r Command| match &it.action {
            Action::Script { script, .. } if files.contains(it.path.as_str()) => script.value.rsplit('/').next(),
            _ => None,
        };
        let run = list().filter_map(script).collect();
        let is_by_hand = list().any(|it| it.host != CommandHost::Script && loads(it));
        Loaders { files, run, is_by_hand }
    }

    fn load_for(&self, path: &str) -> bool {
        let name = path.rsplit('/').next().unwrap_or(path);
        self.is_by_hand || self.files.contains(path) || self.run.contains(name)
    }
}

fn loads(command: &Command) -> bool {
    if let Action::Source { file, .. } = &command.action {
        return file.value.contains("env");
    }
    command.words.first().is_some_and(|it| LOADERS.contains(&it.text.as_str()))
        && command.words.iter().any(|it| it.is_dynamic && !it.text.contains('=') || it.text.contains("env"))
}

/// What brings variables into a shell, or a program with variables of its own to run.
const LOADERS: &[&str] = &["export", "eval", "env", "set", "xargs", "direnv", "dotenv", "read", "declare"];
