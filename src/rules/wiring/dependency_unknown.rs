//! `depends-unknown`.

use std::collections::BTreeMap;

use super::left_out::LeftOut;
use crate::diag::{Code, Level, nearest};
use crate::repo::Repo;
use crate::repo::compose::Model;
use crate::rules::{Findings, Rule};

/// A dependency on a service that does not exist, or on itself by a detour.
pub static RULE: Rule = Rule {
    code: Code { id: "DEP001", name: "depends-unknown" },
    level: Level::Error,
    summary: "a service depends on one that does not exist, or in a circle on itself",
    docs: r#"
## What it does
Finds names in `depends_on` and `links` that no service of the environment has, and circles of dependencies.
## Why it matters
Compose refuses the project.
## Example
```sample
#- docker-compose.yml
services:
  api:
    image: api:1
    depends_on: [postgres]
#                ^^^^^^^^ error: `api` depends on `postgres`, which is no service here
  db:
    image: postgres:17
  a:
    image: api:1
    depends_on: [b]
  b:
    image: api:1
    depends_on: {a: {condition: service_started}}
#                ^ error: services depend on each other in a circle: `a` → `b` → `a`
```
A command that leaves out the file which has the others is told of once.
```sample
#- docker-compose.core.yml
services:
  api:
    image: api:1
    depends_on: [db, cache]
#                ~~ it is waited for here
#                    ~~~~~ it is waited for here
  worker:
    image: api:1
    depends_on: [db]
#- docker-compose.infra.yml
services:
  db:
    image: postgres:17
  cache:
    image: redis:7
#- start.sh
docker compose -f docker-compose.core.yml up -d
#^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error: this starts `docker-compose.core.yml` without `db`, `cache`, which it waits for
```
## Silent
```sample
#- docker-compose.yml
services:
  api:
    image: api:1
    depends_on:
      db: {condition: service_started}
      cache: {condition: service_started, required: false}
  db:
    image: postgres:17
```
"#,
    run,
};

fn run(repo: &Repo, findings: &mut Findings) {
    for environment in repo.environments.iter().filter(|it| !it.is_partial && it.model.includes.is_empty()) {
        let model = &environment.model;
        let left_out = LeftOut::of(repo, environment);
        findings.push_maybe(left_out.as_ref().map(|it| it.finding(&RULE, environment)));
        let is_left_out = |name: &str| left_out.as_ref().is_some_and(|it| it.has(repo, environment, name));
        let exists = |name: &str| model.service(name).is_some() || is_left_out(name);
        for service in &model.services {
            let needed = service.depends_on.iter().filter(|it| it.is_required).map(|it| &it.service);
            for name in needed.chain(&service.links).filter(|it| !exists(&it.value) && !it.value.contains('$')) {
                let message = format!("`{}` depends on `{}`, which is no service here", service.name.value, name.value);
                let near = nearest(&name.value, model.service_names());
                let help = match near {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => "add the service, or remove the dependency".to_string(),
                };
                findings.push(RULE.finding(name.span, message).help(help).meant(name.span, &name.value, near));
            }
        }
        circles(model, findings);
    }
}

/// Reports each circle once, at the dependency that closes it.
fn circles(model: &Model, findings: &mut Findings) {
    let mut state: BTreeMap<&str, bool> = BTreeMap::new();
    for name in model.service_names() {
        visit(model, name, &mut state, &mut Vec::new(), findings);
    }
}

fn visit<'a>(
    model: &'a Model,
    name: &'a str,
    done: &mut BTreeMap<&'a str, bool>,
    path: &mut Vec<&'a str>,
    findings: &mut Findings,
) {
    if done.get(name).is_some() || path.len() > 200 {
        return;
    }
    path.push(name);
    for dependency in model.service(name).into_iter().flat_map(|it| &it.depends_on) {
        let next = dependency.service.value.as_str();
        if let Some(start) = path.iter().position(|it| *it == next) {
            let circle = [&path[start..], &[next]].concat().join("` → `");
            let finding =
                RULE.finding(dependency.service.span, format!("services depend on each other in a circle: `{circle}`"));
            findings.push(finding.help("remove one of the dependencies"));
        } else {
            visit(model, next, done, path, findings);
        }
    }
    path.pop();
    done.insert(name, true);
}
