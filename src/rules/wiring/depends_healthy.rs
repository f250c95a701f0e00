//! `depends-healthy-without-healthcheck`.

use crate::diag::{Code, Level};
use crate::repo::Repo;
use crate::repo::container::Container;
use crate::repo::environment::Dialect;
use crate::rules::{Findings, Rule};

/// A dependency on the health of a service that nobody checks.
pub static RULE: Rule = Rule {
    code: Code { id: "DEP002", name: "depends-healthy-without-healthcheck" },
    level: Level::Error,
    summary: "a service waits for another one to be healthy, which has no health check",
    docs: r#"
## What it does
Finds `condition: service_healthy` on services without a `healthcheck`, whose image has none either: that the
repository builds it from a Dockerfile without `HEALTHCHECK` makes it certain, a known image likely.
## Why it matters
Compose gives up: "container has no healthcheck configured".
## Example
```sample
#- docker-compose.yml
services:
  api:
    image: api:1
    depends_on:
      db:
        condition: service_healthy
#                  ^^^^^^^^^^^^^^^ error: `api` waits for `db` to be healthy, but `db` has no health check
  db:
# ~~ no `healthcheck` here, and none in its image
    image: postgres:17
```
## Silent
```sample
#- docker-compose.yml
services:
  api:
    image: api:1
    depends_on:
      db: {condition: service_healthy}
      own: {condition: service_healthy}
      other: {condition: service_healthy}
  db:
    image: postgres:17
    healthcheck: {test: pg_isready}
  own:
    build: .
  other:
    image: ghcr.io/acme/with-its-own-check:1
#- Dockerfile
FROM scratch
HEALTHCHECK CMD ["/ok"]
```
## When it may be wrong
When the base image of the Dockerfile brings a health check of its own.
"#,
    run,
};

fn run(repo: &Repo, findings: &mut Findings) {
    for environment in repo.environments.iter().filter(|it| !it.is_partial && it.dialect == Dialect::Compose) {
        for service in &environment.model.services {
            for dependency in service.depends_on.iter().filter(|it| it.condition.value == "service_healthy") {
                let Some(needed) = environment.model.service(&dependency.service.value) else { continue };
                let is_off = needed.healthcheck.as_ref().is_some_and(|it| it.is_disabled);
                let has_own = needed.healthcheck.as_ref().is_some_and(|it| !it.is_disabled && it.test.is_some());
                if has_own || needed.extends.is_some() {
                    continue;
                }
                let level = match Container::of(repo, environment, needed) {
                    _ if is_off => Level::Error,
                    Some(container) if container.stages.iter().any(|it| it.healthcheck.is_some()) => continue,
                    Some(_) => Level::Warning,
                    None if needed.image.as_ref().is_some_and(|it| has_none(&it.value)) => Level::Error,
                    None => continue,
                };
                let name = &needed.name.value;
                let message = format!(
                    "`{}` waits for `{name}` to be healthy, but `{name}` has no health check",
                    service.name.value
                );
                let finding = RULE
                    .finding_at(level, dependency.condition.span, message)
                    .also(needed.name.span, "no `healthcheck` here, and none in its image")
                    .help(format!("add a `healthcheck` to `{name}`, or wait with `service_started`"));
                findings.push(finding);
            }
        }
    }
}

/// Official images that certainly have no `HEALTHCHECK`.
fn has_none(image: &str) -> bool {
    let image = image.strip_prefix("docker.io/").unwrap_or(image);
    let image = image.strip_prefix("library/").unwrap_or(image);
    let name = crate::repo::known_variable::bare_name(image);
    ["postgres", "redis", "mysql", "mariadb", "mongo", "rabbitmq", "nginx", "memcached", "traefik", "valkey/valkey"]
        .contains(&name)
}
