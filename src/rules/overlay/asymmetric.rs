//! `override-asymmetric`.

use std::collections::BTreeMap;

use crate::diag::{Code, Level};
use crate::repo::Repo;
use crate::repo::compose::{Model, Service, Variable, known};
use crate::rules::{Findings, Rule};

/// One service lacks an override that all services like it have.
pub static RULE: Rule = Rule {
    code: Code { id: "OVL006", name: "override-asymmetric" },
    level: Level::Warning,
    summary: "an overlay changes a variable for all services that have it but one",
    docs: r#"
## What it does
Finds variables that several services of a base file have with the same value, and that an overlay sets to one new
value for all of them except one.
## Why it matters
The forgotten service keeps the value that the overlay is there to correct.
## Example
```sample
#- docker-compose.yml
services:
  api:
    image: app:1
    environment:
      - DB_PORT=${DB_PORT:-6000}
  jobs:
    image: app:1
    environment:
      - DB_PORT=${DB_PORT:-6000}
  watcher:
    image: app:1
    environment:
      - DB_PORT=${DB_PORT:-6000}
#       ^^^^^^^ warning: `docker-compose.override.yml` sets `DB_PORT` for `api`, `jobs` but not for `watcher`
#- docker-compose.override.yml
services:
  api:
    environment:
      - DB_PORT=5432
#       ~~~~~~~ set for `api` here
  jobs:
    environment:
      - DB_PORT=5432
```
## Silent
```sample
#- docker-compose.yml
services:
  api:
    image: app:1
    environment:
      - MODE=full
  jobs:
    image: app:1
    environment:
      - MODE=full
  watcher:
    image: app:1
    environment:
      - MODE=small
#- docker-compose.override.yml
services:
  api:
    environment:
      - MODE=debug
  jobs:
    environment:
      - MODE=debug
```
"#,
    run,
};

fn run(repo: &Repo, findings: &mut Findings) {
    for environment in repo.environments.iter().filter(|it| !it.is_partial && it.compose_files.len() > 1) {
        for pair in environment.compose_files.windows(2) {
            let (Some(base), Some(over)) = (repo.compose_file(&pair[0]), repo.compose_file(&pair[1])) else { continue };
            judge(&base.model, &over.model, &over.path, findings);
        }
    }
}

fn is_built(base: &Model, service: &str) -> bool {
    base.service(service).is_some_and(|it| it.build.is_some())
}

fn judge(base: &Model, over: &Model, path: &str, findings: &mut Findings) {
    // By variable and new value: which services get it.
    let mut changes: BTreeMap<(&str, &str), Vec<(&Service, &Variable)>> = BTreeMap::new();
    for service in &over.services {
        for variable in &service.environment {
            let Some(value) = &variable.value else { continue };
            changes.entry((&variable.name.value, &value.value)).or_default().push((service, variable));
        }
    }
    for ((name, value), changed) in changes.iter().filter(|it| it.1.len() >= 2) {
        let old = |service: &str| Some(base.service(service)?.variable(name)?.value.as_ref()?.value.as_str());
        let Some(before) = old(&changed[0].0.name.value) else { continue };
        if changed.iter().any(|it| old(&it.0.name.value) != Some(before)) {
            continue;
        }
        // What has the value by default, or by the same words, is only said again.
        if before == *value || known::with_defaults(before).as_deref() == Some(*value) {
            continue;
        }
        // A program that others wrote has its own reasons.
        let are_built = changed.iter().all(|it| is_built(base, &it.0.name.value));
        let is_left = |it: &&Service| {
            old(&it.name.value) == Some(before)
                && (is_built(base, &it.name.value) || !are_built)
                && over.service(&it.name.value).is_none_or(|it| it.variable(name).is_none())
        };
        let left: Vec<&Service> = base.services.iter().filter(is_left).collect();
        let [service] = left.as_slice() else { continue };
        let Some(variable) = service.variable(name) else { continue };
        let names: Vec<String> = changed.iter().map(|it| format!("`{}`", it.0.name.value)).collect();
        let message = format!("`{path}` sets `{name}` for {} but not for `{}`", names.join(", "), service.name.value);
        let first = changed[0];
        let finding = RULE
            .finding(variable.name.span, message)
            .also(first.1.name.span, format!("set for `{}` here", first.0.name.value))
            .help(format!("set `{name}` for `{}` in `{path}` too", service.name.value));
        findings.push(finding);
    }
}
