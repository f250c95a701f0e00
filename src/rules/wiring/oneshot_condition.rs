//! `oneshot-condition`.

use std::collections::HashMap;

use crate::diag::{Code, Level, Near};
use crate::repo::Repo;
use crate::repo::compose::{Dependency, Service};
use crate::repo::environment::{Dialect, Environment};
use crate::rules::{Findings, Rule};
use crate::source::Span;

/// A dependency on a job that does not wait for its end.
pub static RULE: Rule = Rule {
    code: Code { id: "DEP004", name: "oneshot-condition" },
    level: Level::Warning,
    summary: "a service depends on a job that ends, and does not wait for it",
    docs: r#"
## What it does
Finds dependencies with `service_started` on services that run once, such as migrations: their `restart` is `no` or
`on-failure`, and they are called or run like a job. Also services that use what a job prepares beside others that do
wait for it.
## Why it matters
The service starts while the migration is still running, and meets a half-made database.
## Example
```sample
#- docker-compose.yml
services:
  migrate:
    image: api:1
    command: alembic upgrade head
    restart: "no"
  api:
    image: api:1
    depends_on: [migrate]
#                ^^^^^^^ warning: `api` does not wait until `migrate` is done
  worker:
    image: api:1
    depends_on:
      migrate:
        condition: service_completed_successfully
#                  ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~ this says that it runs once
```
## Silent
```sample
#- docker-compose.yml
services:
  migrate:
    image: api:1
    command: alembic upgrade head
    restart: "no"
  api:
    image: api:1
    depends_on:
      migrate: {condition: service_completed_successfully}
  db:
    image: postgres:17
  worker:
    image: api:1
    restart: on-failure
    depends_on: [db]
```
## When it may be wrong
When the service itself waits, for instance by asking the database for its version.
"#,
    run,
};

/// The condition that waits for the end of a job.
const DONE: Near = Near { name: "service_completed_successfully", is_sole: true };

fn run(repo: &Repo, findings: &mut Findings) {
    for environment in repo.environments.iter().filter(|it| it.dialect == Dialect::Compose) {
        let waited = waited_for(environment);
        for service in &environment.model.services {
            for dependency in service.depends_on.iter().filter(|it| it.condition.value == "service_started") {
                let Some(job) = environment.model.service(&dependency.service.value) else { continue };
                let Some(reason) = job_reason(&waited, job, dependency) else { continue };
                let message = format!("`{}` does not wait until `{}` is done", service.name.value, job.name.value);
                let finding = RULE
                    .finding(dependency.service.span, message)
                    .also(reason, "this says that it runs once")
                    .help("depend on it with `condition: service_completed_successfully`")
                    .meant(dependency.condition.span, "service_started", Some(DONE));
                findings.push(finding);
            }
        }
    }
}

/// Returns the first dependency that waits for the end of each service.
fn waited_for(environment: &Environment) -> HashMap<&str, &Dependency> {
    let mut found = HashMap::new();
    let all = environment.model.services.iter().flat_map(|it| &it.depends_on);
    for it in all.filter(|it| it.condition.value == "service_completed_successfully") {
        found.entry(it.service.value.as_str()).or_insert(it);
    }
    found
}

/// Returns where something says that a service ends by itself.
fn job_reason(waited: &HashMap<&str, &Dependency>, job: &Service, here: &Dependency) -> Option<Span> {
    if let Some(other) = waited.get(job.name.value.as_str()).filter(|it| it.service.span != here.service.span) {
        return Some(other.condition.span);
    }
    let restart = job.restart.as_ref().filter(|it| it.value == "no" || it.value.starts_with("on-failure"))?;
    let says_job = |it: &str| {
        let it = it.to_ascii_lowercase();
        ["migrat", "prestart", "seed", "init-db", "initdb", "db-init", "setup"].iter().any(|word| it.contains(word))
    };
    let command = job.command.iter().chain(&job.entrypoint).flat_map(|it| &it.words);
    let is_job =
        says_job(&job.name.value) || command.into_iter().any(|it| says_job(&it.value) || it.value == "upgrade");
    is_job.then_some(restart.span)
}
