//! `compose-file-unknown`.

use crate::diag::{Code, Level, did_you_mean};
use crate::repo::Repo;
use crate::repo::fact::{Action, Command, CommandHost, EnvFile, Text};
use crate::repo::kind::{self, Kind};
use crate::repo::provenance::words;
use crate::rules::existence::{candidates, folder, hint, is_historical, is_served, is_tested, level, will_be_there};
use crate::rules::{Findings, Rule};
use crate::source::normalize;

/// A command starts a compose file that is not there.
pub static RULE: Rule = Rule {
    code: Code { id: "XFR006", name: "compose-file-unknown" },
    level: Level::Error,
    summary: "a command names a compose file or env file that the repository does not have",
    docs: r#"
## What it does
Looks up the files of `docker compose -f … --env-file …`, `docker stack deploy -c …` and `kubectl apply -f …`, and those
that `COMPOSE_FILE` lists in the `.env` beside a compose file.
## Why it matters
The command stops with "no such file" for everybody who follows it.
## Example
```sample
#- docker-compose.yml
services: { api: { image: api } }
#- Makefile
gpu:
	docker compose -f docker-compose.yml -f docker-compose.gpu.yml up
#                                        ^^^^^^^^^^^^^^^^^^^^^^ error: `docker-compose.gpu.yml` was deleted from the repository
dev:
	docker compose --env-file .env.devel -f docker-compose.yml up
#                          ^^^^^^^^^^ error: `.env.devel` is not in the repository
#- docs/run.md
`docker compose -f docker-compose.gpu.yml up`
#                  ^^^^^^^^^^^^^^^^^^^^^^ warning: `docker-compose.gpu.yml` was deleted from the repository
#- .env.dev
A=1
#- docker-compose.gpu.yml (deleted)
```
```sample
#- docker-compose.yml
services: { api: { image: api } }
#- docker-compose.prod.yml
services: { api: { restart: always } }
#- .env
COMPOSE_FILE=docker-compose.yml:docker-compose.production.yml
#            ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error: `docker-compose.production.yml` is not in the repository
```
## Silent
```sample
#- docker-compose.yml
services: { api: { image: api } }
#- .env.example
A=1
#- run.sh
cp .env.example .env.local
docker compose --env-file .env.local -f docker-compose.yml -f "$EXTRA" up
ssh "$HOST" "cd /opt/app && docker compose -f server.yml up"
kubectl apply -f https://example.com/x.yaml
#- docs/run.md
`docker compose -f my-compose.yml up`
#- .gitignore
.env
#- .env (ignored)
#- shop/compose.yml
services: { shop: { image: shop } }
#- shop/compose.dev.yml
services: { shop: { ports: ["80:80"] } }
#- shop/.env.example
COMPOSE_FILE=compose.yml:compose.dev.yml
```
"#,
    run,
};

fn run(repo: &Repo, findings: &mut Findings) {
    for command in repo.facts.commands.iter().filter(|it| !it.is_remote && it.elsewhere.is_none()) {
        let files: Vec<&Text> = match &command.action {
            Action::Compose(it) => it.files.iter().chain(&it.env_files).collect(),
            Action::StackDeploy { files, .. } | Action::KubectlApply(files) => files.iter().collect(),
            Action::Run { env_files, .. } => env_files.iter().collect(),
            _ => continue,
        };
        files.into_iter().for_each(|it| judge(repo, command, it, findings));
    }
    for file in &repo.facts.env_files {
        listed(repo, file, findings);
    }
}

/// `COMPOSE_FILE` of the `.env` that compose reads, or of its template: the files that it starts.
fn listed(repo: &Repo, file: &EnvFile, findings: &mut Findings) {
    let folder = folder(&file.path);
    let is_read =
        words(&file.path).is_empty() && repo.facts.compose_files.iter().any(|it| self::folder(&it.path) == folder);
    let entries = || file.entries.iter().filter(|it| !it.is_commented);
    let Some(entry) = entries().find(|it| it.name.value == "COMPOSE_FILE").filter(|_| is_read) else { return };
    let separator = entries().find(|it| it.name.value == "COMPOSE_PATH_SEPARATOR").map(|it| it.value.value.as_str());
    for written in entry.value.value.split(separator.filter(|it| !it.is_empty()).unwrap_or(":")) {
        let is_plain = !written.is_empty() && !written.contains(['$', '<', '*', ';']);
        let Some(path) = normalize(&format!("{folder}/{written}")).filter(|_| is_plain) else { continue };
        if will_be_there(repo, &path) {
            continue;
        }
        let state = if repo.tree.was_deleted(&path) { "was deleted from" } else { "is not in" };
        let level = if file.is_template { Level::Warning } else { RULE.level };
        let known = repo.facts.compose_files.iter().map(|it| it.path.as_str());
        let near = || did_you_mean(&path, known).map(|it| format!("did you mean `{it}`?"));
        let way_out =
            hint(repo, &path).or_else(near).unwrap_or_else(|| "correct the path, or add the file".to_string());
        let finding = RULE.finding_at(level, entry.value.span, format!("`{path}` {state} the repository"));
        findings.push_about(finding.help(way_out), vec![path]);
    }
}

fn judge(repo: &Repo, command: &Command, file: &Text, findings: &mut Findings) {
    let is_plain = !file.value.contains(['$', '*', '(', '`', '{', '<', '[']) && file.value != "-";
    let list = if is_plain { candidates(command, &file.value) } else { Vec::new() };
    let is_there = || is_served(repo, command, &list) || is_tested(repo, command.file, &file.value);
    let Some(first) = list.first().filter(|_| !is_there()) else { return };
    let gone = list.iter().find(|it| repo.tree.was_deleted(it));
    let path = gone.unwrap_or(first);
    let level = match command.host {
        CommandHost::Document if is_historical(&command.path) => Level::Info,
        // A document may show a file that readers are to write themselves.
        CommandHost::Document if gone.is_none() => Level::Info,
        _ => level(command),
    };
    // What readers are to write themselves is no finding at all.
    if level == Level::Info && gone.is_none() {
        return;
    }
    let is_env = kind::of(path) == Kind::EnvFile;
    if is_env && gone.is_none() && !is_misspelt(repo, path) {
        return;
    }
    let known = repo.facts.compose_files.iter().map(|it| it.path.as_str());
    let known = known.chain(repo.facts.env_files.iter().map(|it| it.path.as_str()));
    let near = || did_you_mean(path, known).map(|it| format!("did you mean `{it}`?"));
    let state = if gone.is_some() { "was deleted from" } else { "is not in" };
    let finding = RULE.finding_at(level, file.span, format!("`{path}` {state} the repository"));
    let way_out = hint(repo, path).or_else(near).unwrap_or_else(|| "correct the path, or add the file".to_string());
    findings.push_about(finding.help(way_out), vec![path.clone()]);
}

/// An env file that is nowhere is made by whoever runs the command, unless it has the name of another but for a slip.
fn is_misspelt(repo: &Repo, path: &str) -> bool {
    let is_template = |it: &&str| it.starts_with(path) && it.len() > path.len();
    let has_template = repo.templates().map(|it| it.path.as_str()).any(|it| is_template(&it));
    let others = repo.facts.env_files.iter().filter(|it| !it.is_template).map(|it| it.path.as_str());
    !has_template && did_you_mean(path, others).is_some()
}
