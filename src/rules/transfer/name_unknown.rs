//! `service-or-profile-unknown`.

use std::collections::{BTreeMap, BTreeSet};

use crate::diag::{Code, Level, nearest};
use crate::repo::Repo;
use crate::repo::compose;
use crate::repo::environment::default_files;
use crate::repo::fact::{Command, CommandHost, ComposeCommand, Text};
use crate::rules::existence::{candidates, folder, is_historical, level};
use crate::rules::{Findings, Rule};

/// A command names a service or profile that no compose file has.
pub static RULE: Rule = Rule {
    code: Code { id: "XFR008", name: "service-or-profile-unknown" },
    level: Level::Error,
    summary: "a compose command names a service or profile that its files do not have",
    docs: r#"
## What it does
Looks up the services in `docker compose up api`, `exec api`, `logs api` … and the names in `--profile` among the files
that the command uses; and the service that a `devcontainer.json` opens.
## Why it matters
A wrong service stops the command: "no such service". A wrong profile is worse: its services silently stay down.
## Example
```sample
#- docker-compose.yml
services:
  gateway: { image: gateway }
  worker: { image: worker, profiles: [batch] }
#- Makefile
up:
	docker compose --profile bach up -d gatewy
#                         ^^^^ error: no service has the profile `bach`
#                                    ^^^^^^ error: no service is called `gatewy`
#- .devcontainer/devcontainer.json
{"dockerComposeFile": "../docker-compose.yml", "service": "gatway", "runServices": ["worker"]}
#                                                         ^^^^^^^^ error: no service is called `gatway`
#- README.md
`docker compose exec api sh`
#                    ^^^ warning: no service is called `api`
```
`COMPOSE_PROFILES`, in an env file, a script or a workflow, says the same as `--profile`.
```sample
#- compose.yml
services:
  gateway: { image: gateway }
  model: { image: model, profiles: [cuda] }
#                                   ~~~~ a profile
#- .env.example
COMPOSE_PROFILES=gpu,cuda
#                ^^^ warning: no service has the profile `gpu`
#- up.sh
COMPOSE_PROFILES=cdua docker compose up -d
#                ^^^^ error: no service has the profile `cdua`
```
## Silent
```sample
#- docker-compose.yml
include: [other/compose.yml]
services:
  gateway: { image: gateway }
#- base.yml
services:
  api: { image: api, profiles: [x] }
#- .devcontainer/devcontainer.json
// The editor's own.
{"dockerComposeFile": ["../base.yml"], "service": "api", "postCreateCommand": {"a": "sh run.sh"},}
#- other/compose.yml
services:
  extra: { image: extra }
#- run.sh
docker compose -f base.yml --profile x up api
docker compose -f base.yml --profile '*' run --rm -e A=b api worker
docker compose -f "$FILE" up anything
docker compose up -d --build --scale gateway=2 gateway "$1"
docker compose up extra
#- README.md
`docker compose exec <service> sh`, `docker compose logs -f service_name`
#- .env.example
COMPOSE_PROFILES=x
#- .env.prod.example
COMPOSE_PROFILES=${PROFILES}
```
"#,
    run,
};

fn run(repo: &Repo, findings: &mut Findings) {
    switches(repo, findings);
    let out: BTreeSet<&str> =
        repo.facts.compose_files.iter().flat_map(|it| &it.commented_out).map(|it| &**it).collect();
    for command in &repo.facts.commands {
        let Some(compose) = command.action.as_compose() else { continue };
        // Most commands name neither.
        if compose.services.is_empty() && compose.profiles.is_empty() {
            continue;
        }
        let Some(files) = files(repo, command, compose) else { continue };
        let is_service = |it: &Text| files.iter().any(|file| file.model.service(&it.value).is_some());
        if compose.profiles.is_empty() && compose.services.iter().all(is_service) {
            continue;
        }
        let services: BTreeSet<&str> = files.iter().flat_map(|it| it.model.service_names()).collect();
        let folders: BTreeSet<&str> = files.iter().map(|it| folder(&it.path)).collect();
        // An overlay beside these files may be switched on by what specc does not see, and what is only commented out
        // is there for the taking.
        let beside = repo.facts.compose_files.iter().filter(|it| folders.contains(folder(&it.path)));
        let may_be: BTreeSet<&str> = beside.flat_map(|it| it.model.service_names()).collect();
        let is_drawn =
            |it: &Text| command.host == CommandHost::Document && repo.facts.drawn_services.contains(&it.value);
        let unclear = |it: &&Text| may_be.contains(&*it.value) || out.contains(&*it.value) || is_drawn(it);
        for name in compose.services.iter().filter(|it| !unclear(it)) {
            unknown(command, name, (&services, "is called"), findings);
        }
        let profiles: BTreeSet<&str> = files
            .iter()
            .flat_map(|it| &it.model.services)
            .flat_map(|it| &it.profiles)
            .map(|it| it.value.as_str())
            .collect();
        for name in compose.profiles.iter().filter(|it| it.value != "*") {
            unknown(command, name, (&profiles, "has the profile"), findings);
        }
    }
}

/// `COMPOSE_PROFILES`: which compose files it is for is not told, so any may have the profile.
fn switches(repo: &Repo, findings: &mut Findings) {
    const NAME: &str = "COMPOSE_PROFILES";
    let of_files = repo.facts.env_files.iter().flat_map(|it| it.all(NAME)).map(|it| (&it.value, Level::Warning));
    let sets = repo.facts.sets.iter().filter(|it| it.name.value == NAME);
    let of_sets = sets.filter_map(|it| Some((it.value.as_ref()?, RULE.level)));
    let written: Vec<(&Text, Level)> = of_files.chain(of_sets).collect();
    let is_remote = |it: &Text| it.value.contains("://") || it.value.contains('$');
    let files = &repo.facts.compose_files;
    if written.is_empty() || files.is_empty() || files.iter().any(|it| it.model.includes.iter().any(is_remote)) {
        return;
    }
    let of_services = files.iter().flat_map(|it| &it.model.services).flat_map(|it| &it.profiles);
    let known: BTreeMap<&str, &Text> = of_services.map(|it| (it.value.as_str(), it)).collect();
    for (text, level) in written {
        let mut at = 0;
        for part in text.value.split(',') {
            let name = part.trim();
            let start = at + (part.len() - part.trim_start().len());
            at += part.len() + 1;
            let is_plain = name.bytes().all(|it| it.is_ascii_alphanumeric() || matches!(it, b'_' | b'-' | b'.'));
            if name.is_empty() || !is_plain || known.contains_key(name) {
                continue;
            }
            let is_verbatim = (text.span.end - text.span.start) as usize == text.value.len();
            let span = if is_verbatim { text.span.part(start, start + name.len()) } else { text.span };
            let near = nearest(name, known.keys().copied());
            let help = match near {
                Some(near) => format!("did you mean `{near}`?"),
                None if known.is_empty() => "no service of the compose files has a profile".to_string(),
                None => format!("there are {}", list(&known.keys().copied().collect())),
            };
            let place = near.and_then(|near| known.get(near.name)).or(known.values().next());
            let finding = RULE.finding_at(level, span, format!("no service has the profile `{name}`")).help(help);
            findings.push(match place {
                Some(place) => finding.also(place.span, "a profile"),
                None => finding,
            });
        }
    }
}

/// Returns the files that a command uses, if all of them are known; for a document, any that it may mean.
pub(super) fn files<'r>(repo: &'r Repo, command: &Command, compose: &ComposeCommand) -> Option<Vec<&'r compose::File>> {
    let mut found: Vec<&compose::File> = Vec::new();
    for file in &compose.files {
        found.push(candidates(command, &file.value).iter().find_map(|it| repo.compose_file(it))?);
    }
    let names = ["compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml"];
    if compose.files.is_empty() {
        let at = |names: &[&str]| {
            let paths = names.iter().flat_map(|it| candidates(command, it)).collect::<Vec<_>>();
            paths.iter().find_map(|it| repo.compose_file(it))
        };
        let first = at(&names)?;
        found.extend(default_files(repo, folder(&first.path)).iter().filter_map(|it| repo.compose_file(it)));
    }
    // Where the directory is only guessed, so are the files.
    if command.host == CommandHost::Document || !command.is_directory_certain || command.elsewhere.is_some() {
        found.extend(&repo.facts.compose_files);
    }
    let includes =
        found.iter().any(|it| !it.model.includes.is_empty() || it.model.services.iter().any(|it| it.extends.is_some()));
    let is_open = compose.is_dynamic || compose.project_directory.is_some() || includes;
    (!is_open).then_some(found)
}

fn unknown(command: &Command, name: &Text, (known, what): (&BTreeSet<&str>, &str), findings: &mut Findings) {
    let text = name.value.as_str();
    let is_plain =
        !text.is_empty() && text.bytes().all(|it| it.is_ascii_alphanumeric() || matches!(it, b'_' | b'-' | b'.'));
    let stands_for_any = ["service", "service-name", "service_name", "servicename", "your-service", "name"]
        .contains(&text.to_ascii_lowercase().as_str());
    if !is_plain || known.contains(text) || stands_for_any || known.is_empty() && what == "is called" {
        return;
    }
    let near = nearest(text, known.iter().copied());
    let level = if command.host == CommandHost::Document && is_historical(&command.path) {
        Level::Info
    } else {
        level(command)
    };
    let help = match near {
        Some(near) => format!("did you mean `{near}`?"),
        None if known.is_empty() => "no service of these files has a profile: remove the option".to_string(),
        None => format!("there are {}", list(known)),
    };
    findings.push(
        RULE.finding_at(level, name.span, format!("no service {what} `{text}`"))
            .help(help)
            .meant(name.span, text, near),
    );
}

fn list(names: &BTreeSet<&str>) -> String {
    let mut shown: Vec<String> = names.iter().take(8).map(|it| format!("`{it}`")).collect();
    if names.len() > shown.len() {
        shown.push(format!("{} more", names.len() - shown.len()));
    }
    shown.join(", ")
}
