//! `host-port-inside`.

use crate::diag::{Code, Level};
use crate::repo::Repo;
use crate::repo::compose::{Port, Service};
use crate::rules::{Findings, Rule};
use crate::syntax::interpolation::{Part, parse};

/// One variable for the published port and for the port inside the network.
pub static RULE: Rule = Rule {
    code: Code { id: "PORT005", name: "host-port-inside" },
    level: Level::Warning,
    summary: "one variable is both the published port of a service and the port that other containers use",
    docs: r#"
## What it does
Finds variables that choose the port which the host publishes, and that are also given to a container which reaches
the service through the network, where only the container's own port counts.
## Why it matters
With any value but the container's port the other services cannot connect: who moves the published port out of the
way of another database breaks the system.
## Example
```sample
#- docker-compose.yml
services:
  db:
    image: postgres:17
    ports:
      - "${POSTGRES_PORT:-5432}:5432"
#       ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~ the same variable is the published port of `db`
  api:
    image: api:1
    environment:
      POSTGRES_SERVER: db
      POSTGRES_PORT: ${POSTGRES_PORT:-5432}
#                    ^^^^^^^^^^^^^^^^^^^^^^ warning: `api` reaches `db` at 5432 whatever `POSTGRES_PORT` says
```
## Silent
```sample
#- docker-compose.yml
services:
  db:
    image: postgres:17
    ports:
      - "${DB_PUBLISHED_PORT:-5432}:5432"
  api:
    image: api:1
    environment:
      POSTGRES_SERVER: db
      POSTGRES_PORT: 5432
```
"#,
    run,
};

fn run(repo: &Repo, findings: &mut Findings) {
    for environment in &repo.environments {
        let services = &environment.model.services;
        for service in services {
            for port in &service.ports {
                let Some(name) = port.published.as_deref().and_then(only_variable) else { continue };
                if port.target.contains('$') {
                    continue;
                }
                for other in services.iter().filter(|it| it.name.value != service.name.value) {
                    judge(service, port, &name, other, findings);
                }
            }
        }
    }
}

fn judge(service: &Service, port: &Port, name: &str, other: &Service, findings: &mut Findings) {
    let names_it = |it: &str| {
        it == service.name.value
            || it.contains(&format!("//{}:", service.name.value))
            || it.contains(&format!("@{}:", service.name.value))
    };
    let host = other.environment.iter().find(|it| it.value.as_ref().is_some_and(|it| names_it(&it.value)));
    if host.is_none() || other.network_mode.as_ref().is_some_and(|it| it.value == "host") {
        return;
    }
    for variable in &other.environment {
        let Some(value) = variable.value.as_ref().filter(|it| only_variable(&it.value).as_deref() == Some(name)) else {
            continue;
        };
        let (from, to, target) = (&other.name.value, &service.name.value, &port.target);
        let message = format!("`{from}` reaches `{to}` at {target} whatever `{name}` says");
        let finding = RULE
            .finding(value.span, message)
            .also(port.span, format!("the same variable is the published port of `{to}`"))
            .help(format!("write `{}: {target}` for `{from}`", variable.name.value));
        findings.push(finding);
    }
}

/// Returns the variable that a value is, if it is nothing else.
fn only_variable(value: &str) -> Option<String> {
    match parse(value).parts.as_slice() {
        [Part::Variable(it)] => Some(it.name.clone()),
        _ => None,
    }
}
