//! `service-unknown`.

use crate::diag::{Code, Level, nearest};
use crate::repo::Repo;
use crate::repo::compose::{File, Service};
use crate::repo::environment::Environment;
use crate::repo::fact::Text;
use crate::rules::existence::{folder, hint, will_be_there};
use crate::rules::{Findings, Rule};
use crate::source::normalize;

/// A service relies on one that nobody declares.
pub static RULE: Rule = Rule {
    code: Code { id: "REF003", name: "service-unknown" },
    level: Level::Error,
    summary: "a service refers to one that the environment does not have",
    docs: r#"
## What it does
Looks up the names in `volumes_from` and `network_mode: service:…` among the services of every environment that the
file is part of, and the file and service that `extends` names. What `depends_on` and `links` name is the business of
DEP001.
## Why it matters
Compose refuses the whole project: "depends on undefined service". In an overlay it is noticed only where that overlay
is used.
## Example
```sample
#- docker-compose.yml
services:
  api:
    image: api
    volumes_from: [redis:ro]
#                  ^^^^^^^^ error: no service is called `redis`
    network_mode: service:pstgres
#                 ^^^^^^^^^^^^^^^ error: no service is called `pstgres`
  postgres:
    image: postgres:17
  jobs:
    extends: {file: common.yml, service: bsae}
#                                        ^^^^ error: no service of `common.yml` is called `bsae`
  more:
    extends: {file: gone.yml, service: base}
#                   ^^^^^^^^ error: `gone.yml` was deleted from the repository
#- common.yml
services:
  base:
    image: base:1
#- gone.yml (deleted)
```
## Silent
```sample
#- docker-compose.yml
services:
  api:
    image: api
    depends_on:
      redis: { condition: service_started, required: false }
      cache: { condition: service_started }
#- docker-compose.prod.yml
services:
  api:
    depends_on: [worker]
  worker:
    image: worker
#- docker-compose.override.yml
services:
  cache:
    image: redis:8
#- run.sh
docker compose -f docker-compose.yml -f docker-compose.override.yml -f docker-compose.prod.yml up
docker compose up
```
"#,
    run,
};

fn run(repo: &Repo, findings: &mut Findings) {
    for file in &repo.facts.compose_files {
        file.model.services.iter().for_each(|it| extended(repo, file, it, findings));
    }
    for environment in repo.environments.iter().filter(|it| !it.is_partial) {
        for service in &environment.model.services {
            judge(environment, service, findings);
        }
    }
}

/// `extends` names a service of a file, of this one if none is given.
fn extended(repo: &Repo, file: &File, service: &Service, findings: &mut Findings) {
    let Some(extends) = &service.extends else { return };
    let base = match &extends.file {
        None => file,
        Some(written) => {
            let path = normalize(&format!("{}/{}", folder(&file.path), written.value));
            let Some(path) = path.filter(|_| !written.value.contains('$')) else { return };
            match repo.compose_file(&path) {
                Some(base) => base,
                // With `--project-directory` it may lie below another folder.
                None if will_be_there(repo, &path) || is_elsewhere(repo, file, &written.value) => return,
                None => {
                    let state = if repo.tree.was_deleted(&path) { "was deleted from" } else { "is not in" };
                    let finding = RULE.finding(written.span, format!("`{path}` {state} the repository"));
                    let help = hint(repo, &path).unwrap_or_else(|| "correct the path, or add the file".to_string());
                    let label = format!("`{}` extends a service of it", service.name.value);
                    return findings.push_about(finding.label(label).help(help), vec![path]);
                }
            }
        }
    };
    let name = &extends.service;
    // A file that is laid over another may extend what only the other has.
    let is_open = !base.model.includes.is_empty() || extends.file.is_none() && is_overlay(repo, file);
    if base.model.service(&name.value).is_some() || name.value.contains('$') || is_open {
        return;
    }
    let near = nearest(&name.value, base.model.service_names());
    let help = near.map_or_else(|| "name a service of that file".to_string(), |it| format!("did you mean `{it}`?"));
    let finding = RULE.finding(name.span, format!("no service of `{}` is called `{}`", base.path, name.value));
    findings.push(finding.help(help).meant(name.span, &name.value, near));
}

/// Returns whether a path that a file names is there from another folder, as `--project-directory` gives it: that of
/// an environment, or one above the file from which its builds are there, too.
fn is_elsewhere(repo: &Repo, file: &File, written: &str) -> bool {
    let there = |base: &str, it: &str| normalize(&format!("{base}/{it}")).is_some_and(|it| repo.tree.exists(&it));
    let users = repo.environments.iter().filter(|it| it.compose_files.contains(&file.path));
    let contexts = file.model.services.iter().filter_map(|it| it.build.as_ref()?.context.as_ref());
    let contexts: Vec<&str> = contexts.map(|it| it.value.as_str()).filter(|it| !it.contains('$')).collect();
    let above = |base: &&str| contexts.iter().any(|it| there(base, it) && !there(folder(&file.path), it));
    let mut bases: Vec<&str> = vec!["."];
    let mut at = folder(folder(&file.path));
    while at != "." {
        bases.push(at);
        at = folder(at);
    }
    bases.retain(above);
    users.map(|it| it.directory.as_str()).chain(bases).any(|it| there(it, written))
}

/// Returns whether some environment uses a file on top of another.
fn is_overlay(repo: &Repo, file: &File) -> bool {
    repo.environments.iter().any(|it| it.compose_files.len() > 1 && it.compose_files.contains(&file.path))
}

fn judge(environment: &Environment, service: &Service, findings: &mut Findings) {
    for name in &referred(service, "volumes_from") {
        unless_there(environment, service, (name, &name.value), findings);
    }
    for mode in service.network_mode.iter() {
        if let Some(name) = mode.value.strip_prefix("service:") {
            unless_there(environment, service, (mode, name), findings);
        }
    }
}

fn referred(service: &Service, key: &str) -> Vec<Text> {
    let items = service.node.get(key).and_then(|it| it.as_seq()).unwrap_or(&[]);
    let name = |it: &crate::syntax::node::Node| {
        let name = it.as_text()?.split(':').next()?.to_string();
        Some(Text::new(name, it.place()))
    };
    items.iter().filter_map(name).filter(|it| it.value != "container").collect()
}

fn unless_there(environment: &Environment, service: &Service, (at, name): (&Text, &str), findings: &mut Findings) {
    if environment.model.service(name).is_some() || name.contains('$') {
        return;
    }
    let files = environment.compose_files.join("`, `");
    let near = nearest(name, environment.model.service_names());
    let help = match near {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("declare it in `{files}`, or remove it here"),
    };
    let finding = RULE.finding(at.span, format!("no service is called `{name}`"));
    findings.push(finding.label(format!("`{}` needs it", service.name.value)).help(help).meant(at.span, name, near));
}
