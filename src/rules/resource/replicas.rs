//! `replicas-cannot-coexist`.

use crate::diag::{Code, Level};
use crate::repo::Repo;
use crate::repo::compose::{Service, known};
use crate::repo::environment::Dialect;
use crate::rules::{Findings, Rule};
use crate::source::Span;

/// Several replicas of a service that only one container can be.
pub static RULE: Rule = Rule {
    code: Code { id: "RES004", name: "replicas-cannot-coexist" },
    level: Level::Error,
    summary: "a service has several replicas, but a name or host port that only one can have",
    docs: r#"
## What it does
Finds services with more than one replica that have a `container_name`, or publish a fixed port of the host under
compose.
## Why it matters
The second replica does not start: the name, or the port, is taken.
## Example
```sample
#- docker-compose.yml
services:
  api:
    image: api:1
    container_name: api
#                   ^^^ error: 2 replicas of `api` cannot all be called `api`
    ports:
      - "8000:8000"
#       ^^^^^^^^^^^ error: 2 replicas of `api` cannot all publish port 8000
    deploy:
      replicas: 2
#               ~ as many are asked for here
```
## Silent
```sample
#- docker-compose.yml
services:
  one:
    image: api:1
    container_name: one
    ports: ["8000:8000"]
    deploy: {replicas: 1}
  many:
    image: api:1
    ports: ["8000", "8100-8110:8000"]
    deploy: {replicas: 2}
```
"#,
    run,
};

fn run(repo: &Repo, findings: &mut Findings) {
    for environment in repo.environments.iter().filter(|it| it.dialect == Dialect::Compose) {
        for service in &environment.model.services {
            let Some((n, span)) = replicas(service).filter(|it| it.0 > 1) else { continue };
            if let Some(name) = &service.container_name {
                let message = format!("{n} replicas of `{}` cannot all be called `{}`", service.name.value, name.value);
                let finding = RULE.finding(name.span, message).also(span, "as many are asked for here");
                findings.push(finding.help("remove `container_name`"));
            }
            let fixed = service.ports.iter().find(|it| {
                it.published.as_deref().and_then(known::with_defaults).is_some_and(|it| it.parse::<u16>().is_ok())
            });
            if let Some(port) = fixed {
                let published = port.published.as_deref().unwrap_or("");
                let message = format!("{n} replicas of `{}` cannot all publish port {published}", service.name.value);
                let finding = RULE.finding(port.span, message).also(span, "as many are asked for here");
                findings.push(finding.help("publish a range of ports, or put a proxy in front and publish none"));
            }
        }
    }
}

/// Returns how many replicas are asked for, and where.
fn replicas(service: &Service) -> Option<(u32, Span)> {
    let asked = service.deploy.as_ref().and_then(|it| it.replicas.as_ref()).or(service.scale.as_ref())?;
    Some((known::with_defaults(&asked.value)?.parse().ok()?, asked.span))
}
