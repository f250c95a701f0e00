//! `completion-never-comes`.

use crate::diag::{Code, Level};
use crate::repo::Repo;
use crate::repo::environment::Dialect;
use crate::rules::{Findings, Rule};

/// A wait for the end of a service that is started again whenever it ends.
pub static RULE: Rule = Rule {
    code: Code { id: "DEP006", name: "completion-never-comes" },
    level: Level::Error,
    summary: "a service waits for the end of one that is restarted whenever it ends",
    docs: r#"
## What it does
Finds dependencies with `service_completed_successfully` on services with `restart: always` or `unless-stopped`.
## Why it matters
The job runs over and over and is never done, so that what waits for it does not start.
## Example
```sample
#- compose.yml
services:
  migrate:
    image: api:1
    command: alembic upgrade head
    restart: always
#            ~~~~~~ it is started again here
  api:
    image: api:1
    restart: always
    depends_on:
      migrate:
#     ^^^^^^^ error: `api` waits for the end of `migrate`, which is restarted whenever it ends
        condition: service_completed_successfully
```
## Silent
```sample
#- compose.yml
services:
  migrate:
    image: api:1
    command: alembic upgrade head
    restart: on-failure
  seed:
    image: api:1
    restart: "no"
  db:
    image: postgres:17
    restart: always
  api:
    image: api:1
    restart: always
    depends_on:
      migrate: {condition: service_completed_successfully}
      seed: {condition: service_completed_successfully}
      db: {condition: service_started}
#- compose.prod.yml
services:
  migrate:
    restart: "no"
```
"#,
    run,
};

fn run(repo: &Repo, findings: &mut Findings) {
    for environment in repo.environments.iter().filter(|it| it.dialect == Dialect::Compose) {
        for service in &environment.model.services {
            let waits = |it: &str| it == "service_completed_successfully";
            for dependency in service.depends_on.iter().filter(|it| waits(&it.condition.value)) {
                let job = environment.model.service(&dependency.service.value);
                let restart = job.and_then(|it| it.restart.as_ref());
                let Some(restart) = restart.filter(|it| matches!(it.value.as_str(), "always" | "unless-stopped"))
                else {
                    continue;
                };
                let (name, other) = (&service.name.value, &dependency.service.value);
                let message = format!("`{name}` waits for the end of `{other}`, which is restarted whenever it ends");
                let finding = RULE.finding(dependency.service.span, message);
                let help = format!("write `restart: \"no\"` or `on-failure` for `{other}`");
                findings.push(finding.also(restart.span, "it is started again here").help(help));
            }
        }
    }
}
