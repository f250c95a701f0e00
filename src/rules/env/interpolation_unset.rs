//! `interpolation-unset`.

use std::collections::{BTreeMap, BTreeSet};

use super::{bare_references, env_file_with, is_command, is_demanded, is_started_here, mention_anywhere};
use crate::diag::{Code, Diagnostic, Level, did_you_mean};
use crate::repo::Repo;
use crate::repo::environment::Environment;
use crate::repo::fact::EnvDoc;
use crate::repo::provenance;
use crate::rules::existence::{folder, is_historical};
use crate::rules::{Findings, Rule};
use crate::secret::may_be_secret;
use crate::source::{FileId, Span};

/// `${X}` that nothing fills.
pub static RULE: Rule = Rule {
    code: Code { id: "ENV013", name: "interpolation-unset" },
    level: Level::Warning,
    summary: "a compose file uses `${X}`, has no default for it, and nothing sets it",
    docs: r#"
## What it does
Finds `${X}` and `$X` in compose files whose variable is in no env file, template, script or workflow that the
environment uses. What is demanded by `${X:?…}` is told of where the env files and templates have others that are
demanded, and not this one.
## Why it matters
Compose puts an empty text there and goes on: a password becomes empty, an image has no tag.
## Example
```sample
#- docker-compose.yml
services:
  tunnel:
    image: ngrok/ngrok:3
    environment:
      NGROK_AUTHTOKEN: ${NGROK_AUTHTOKEN}
#                      ^^^^^^^^^^^^^^^^^^ warning: nothing in the repository sets `NGROK_AUTHTOKEN`; without it compose puts an empty text here
```
## Silent
Variables with a default, variables that a template documents, variables that a script or the shell sets.
```sample
#- docker-compose.yml
services:
  api:
    image: registry.example.org/api:${TAG}
    user: ${UID}
    command: ["serve", "--port", "${PORT:-80}"]
    environment:
      PASSWORD: ${PASSWORD:?set it in .env}
      TOKEN: ${TOKEN}
#- .env.example
TOKEN=
#- deploy.sh
export TAG=$(git rev-parse HEAD)
docker compose up -d
#- tunnel/compose.yml
services:
  tunnel:
    image: ngrok/ngrok:3
    environment:
      AUTHTOKEN: ${NGROK_AUTHTOKEN}
#- web/compose.yml
services:
  web:
    image: nginx:1
    labels: ["traefik.http.routers.web.rule=Host(`${WEB_DOMAIN}`)"]
#- .github/workflows/deploy.yml
on: push
jobs:
  deploy:
    runs-on: ubuntu-latest
    steps:
      - run: echo "${{ secrets.ENV_FILE }}" > web/.env
      - run: rsync -a web/ server:web/
#- mise.toml
[env]
NGROK_AUTHTOKEN = "{{ exec(command='pass ngrok') }}"
```
## When it may be wrong
When whoever starts compose has the variable in the shell. Write `${X:?where it comes from}`, or name it in a template.
"#,
    run,
};

fn run(repo: &Repo, findings: &mut Findings) {
    // What a store gives to the command, no file has.
    if starts_from_a_store(repo) {
        return;
    }
    let mut told = BTreeSet::new();
    let mut open: Vec<(Span, Diagnostic)> = Vec::new();
    for environment in &repo.environments {
        judge(repo, environment, &mut told, &mut open);
    }
    // Where there is no env file and no template at all, what is missing is the template, not each of its lines.
    let (alone, rest): (Vec<_>, Vec<_>) = open.into_iter().partition(|it| lacks_env_file(repo, it.0.file));
    by_file(alone).into_iter().chain(rest).for_each(|it| findings.push(it.1));
}

/// Returns whether no env file and no template lies beside a compose file or above it.
fn lacks_env_file(repo: &Repo, file: FileId) -> bool {
    let folder = folder(repo.path(file));
    let is_above = |path: &str| {
        let above = self::folder(path);
        above == "." || above == folder || folder.strip_prefix(above).is_some_and(|it| it.starts_with('/'))
    };
    !repo.facts.env_files.iter().any(|it| is_above(&it.path))
}

/// Returns whether something starts compose with what a store of secrets holds: `doppler run -- docker compose up`.
fn starts_from_a_store(repo: &Repo) -> bool {
    let stores = ["doppler", "infisical", "op", "chamber", "aws-vault", "teller", "envconsul", "phase", "akeyless"];
    repo.facts.commands.iter().any(|it| {
        let mut words = it.words.iter().map(|it| it.text.as_str());
        words.next().is_some_and(|it| stores.contains(&it)) && words.any(|it| it.contains("compose"))
    })
}

fn is_template_above(repo: &Repo, path: &str, directory: &str) -> bool {
    let folder = path.rsplit_once('/').map_or("", |it| it.0);
    let is_above = folder.is_empty() || directory.strip_prefix(folder).is_some_and(|it| it.starts_with('/'));
    is_above && repo.env_file(path).is_some_and(|it| it.is_template)
}

/// Makes one finding of those of a file, if there are many.
fn by_file(open: Vec<(Span, Diagnostic)>) -> Vec<(Span, Diagnostic)> {
    let mut files: BTreeMap<u32, Vec<(Span, Diagnostic)>> = BTreeMap::new();
    for it in open {
        files.entry(it.0.file.0).or_default().push(it);
    }
    let mut list = Vec::new();
    for group in files.into_values() {
        let n = group.len() - 1;
        if n < FEW {
            list.extend(group);
            continue;
        }
        let mut group = group.into_iter();
        let Some((span, mut first)) = group.next() else { continue };
        first.message = format!("{}; so it is with {n} more variables of this file", first.message);
        first.help = Some("name them in a template such as `.env.example`".to_string());
        list.push((span, group.fold(first, |first, it| first.also(it.0, "and this one"))));
    }
    list
}

/// As many others may be told of one by one.
const FEW: usize = 2;

fn judge(
    repo: &Repo,
    environment: &Environment,
    told: &mut BTreeSet<(u32, String)>,
    findings: &mut Vec<(Span, Diagnostic)>,
) {
    for (file, it) in bare_references(repo, environment) {
        let name = &it.reference.name;
        // Who writes `${X:?…}` has thought of it, and compose says so; but a template of others should have it.
        if it.reference.is_required() {
            if is_left_out(repo, environment, name) && told.insert((file.file.0, name.clone())) {
                findings.push((it.span, left_out(repo, it.span, name)));
            }
            continue;
        }
        let service = it.service.as_ref().and_then(|it| environment.model.service(it));
        // `$X` in a command was meant for the container: another rule says so.
        let is_for_container = is_command(&it.field) && service.is_some_and(|it| it.variable(name).is_some());
        if is_for_container || !provenance::interpolated(repo, environment, name).is_unset() {
            continue;
        }
        if is_demanded(repo, environment, name) || env_file_with(repo, environment, name).is_some() {
            continue;
        }
        // A document that lists it is a template of a kind.
        let documents = |it: &EnvDoc| it.name.value == *name && !is_historical(repo.path(it.name.span.file));
        if repo.facts.docs.iter().any(documents) {
            continue;
        }
        if repo.usage.is_in_data(name) {
            continue;
        }
        let elsewhere = mention_anywhere(repo, name);
        // A template above is copied to where it is needed.
        let is_above =
            |path: &str| environment.directory != "." && is_template_above(repo, path, &environment.directory);
        // `.env.prod.example` is what the `.env` beside `docker-compose.prod.yml` is made of.
        let is_of_environment = |path: &str| {
            let (folder, file) = path.rsplit_once('/').unwrap_or((".", path));
            folder == environment.directory
                && file.contains(&environment.name)
                && repo.env_file(path).is_some_and(|it| it.is_template)
        };
        if elsewhere.is_some_and(|it| is_above(it.0) || is_of_environment(it.0)) {
            continue;
        }
        // Names of files are only a guess at what is used together, and a document shows a part.
        if elsewhere.is_some() && !is_started_here(repo, environment) {
            continue;
        }
        if !told.insert((file.file.0, name.clone())) {
            continue;
        }
        let message = format!("nothing in the repository sets `{name}`; without it compose puts an empty text here");
        let mut finding = RULE.finding(it.span, message);
        finding = match elsewhere {
            Some((path, entry)) => finding
                .also(entry.name.span, "it is set in a file that is not used here")
                .help(format!("pass `--env-file {path}`, or set it in a file that is used")),
            // A default of a secret would be one that everybody knows.
            None if may_be_secret(name) => {
                finding.help(format!("set `{name}` in an env file, or name it in a template"))
            }
            None => finding
                .help(format!("set `{name}` in an env file, name it in a template, or write `${{{name}:-default}}`")),
        };
        findings.push((it.span, finding));
    }
}

/// Returns whether no env file and no template has a demanded variable, though they have others that are demanded.
fn is_left_out(repo: &Repo, environment: &Environment, name: &str) -> bool {
    let has = |name: &str| mention_anywhere(repo, name).is_some();
    let demanded = bare_references(repo, environment).filter(|it| it.1.reference.is_required());
    let mut others = demanded.map(|it| it.1.reference.name.as_str());
    !has(name)
        && env_file_with(repo, environment, name).is_none()
        && provenance::interpolated(repo, environment, name).is_unset()
        && others.any(|it| it != name && has(it))
}

fn left_out(repo: &Repo, span: Span, name: &str) -> Diagnostic {
    let entries = || repo.facts.env_files.iter().flat_map(|it| &it.entries);
    let near = did_you_mean(name, entries().map(|it| it.name.value.as_str()));
    let message = format!("nothing sets `{name}`, which compose demands, and no template names it");
    let finding = RULE.finding(span, message);
    match near.and_then(|near| entries().find(|it| it.name.value == near)) {
        Some(it) => {
            finding.also(it.name.span, "it is called so here").help(format!("did you mean `{}`?", it.name.value))
        }
        None => finding.help(format!("name `{name}` in the template of the env file")),
    }
}
