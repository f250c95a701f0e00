//! `healthcheck-inherited`.

use super::url;
use crate::diag::{Code, Level};
use crate::repo::Repo;
use crate::repo::compose::{Dependency, Service};
use crate::repo::container::Container;
use crate::repo::environment::{Dialect, Environment};
use crate::rules::{Findings, Rule};

/// A health check of the image that asks a server which this service does not run.
pub static RULE: Rule = Rule {
    code: Code { id: "HLT002", name: "healthcheck-inherited" },
    level: Level::Warning,
    summary: "a service runs another command than its image, but keeps the image's health check of a server",
    docs: r#"
## What it does
Finds services that replace the command of their image, have no `healthcheck` of their own, and whose Dockerfile checks
a port over HTTP that the new command is not seen to open.
## Why it matters
A worker that runs well is reported as unhealthy for ever; Swarm even kills it again and again.
## Example
```sample
#- docker-compose.yml
services:
  api:
    build: .
    ports: ["8000:8000"]
  worker:
    build: .
    command: ["python", "-m", "arq", "app.worker.Settings"]
#            ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ warning: `worker` inherits a health check of port 8000, which this command does not open
#- Dockerfile
FROM python:3.12
HEALTHCHECK CMD curl -f http://localhost:8000/health || exit 1
#~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~ the image's health check
CMD ["uvicorn", "app:app", "--port", "8000"]
```
## Silent
```sample
#- docker-compose.yml
services:
  api:
    build: .
    command: ["uvicorn", "app:app", "--port", "8000", "--reload"]
  other:
    build: .
    command: ["./serve", "8000"]
  worker:
    build: .
    command: ["celery", "worker"]
    healthcheck: {disable: true}
  migrate:
    build: .
    command: ["alembic", "upgrade", "head"]
    restart: "no"
#- Dockerfile
FROM python:3.12
HEALTHCHECK CMD curl -f http://localhost:8000/health || exit 1
CMD ["uvicorn", "app:app", "--port", "8000"]
```
## When it may be wrong
When the other command opens the same port by itself.
"#,
    run,
};

fn run(repo: &Repo, findings: &mut Findings) {
    for environment in repo.environments.iter().filter(|it| !it.is_partial) {
        for service in environment.model.services.iter().filter(|it| it.healthcheck.is_none()) {
            let Some(command) = service.command.as_ref().filter(|it| !it.words.is_empty()) else { continue };
            let Some(container) = Container::of(repo, environment, service) else { continue };
            let Some((span, check)) = container.healthcheck() else { continue };
            let Some(port) = check.words.iter().flat_map(url::all).find_map(|it| it.port) else { continue };
            if is_one_shot(environment, service)
                || opens(service, port)
                || is_server(command.words.iter().map(|it| it.value.as_str()))
            {
                continue;
            }
            let name = &service.name.value;
            let mut finding = RULE
                .finding(
                    command.span,
                    format!("`{name}` inherits a health check of port {port}, which this command does not open"),
                )
                .also(span, "the image's health check");
            finding = match environment.dialect {
                Dialect::Swarm => finding.help("write a `healthcheck` that fits, or Swarm will restart it for ever"),
                Dialect::Compose => {
                    finding.help("write a `healthcheck` that fits, or switch it off with `disable: true`")
                }
            };
            findings.push(finding);
        }
    }
}

/// Whether a service ends by itself: its health is nobody's business.
fn is_one_shot(environment: &Environment, service: &Service) -> bool {
    let waits = |it: &Dependency| {
        it.service.value == service.name.value && it.condition.value == "service_completed_successfully"
    };
    // What has a profile and no restart is a job that somebody starts by hand.
    let is_by_hand = !service.profiles.is_empty() && service.restart.is_none();
    is_by_hand
        || service.restart.as_ref().is_some_and(|it| it.value == "no")
        || environment.model.services.iter().flat_map(|it| &it.depends_on).any(waits)
}

/// A port that is published, exposed or named has somebody who opens it.
fn opens(service: &Service, port: u16) -> bool {
    let port = port.to_string();
    let words = service.command.iter().chain(&service.entrypoint).flat_map(|it| &it.words);
    service.ports.iter().any(|it| it.target == port)
        || service.expose.iter().any(|it| it.value == port)
        || words.into_iter().any(|it| it.value.contains(&port))
        || service.labels.iter().any(|it| it.name.value.ends_with("server.port"))
        || service.environment.iter().any(|it| it.value.as_ref().is_some_and(|it| it.value == port))
}

/// Programs that open a port by nature, whatever their arguments.
fn is_server<'a>(words: impl Iterator<Item = &'a str>) -> bool {
    let servers = [
        "uvicorn",
        "gunicorn",
        "hypercorn",
        "daphne",
        "granian",
        "flask",
        "fastapi",
        "runserver",
        "nginx",
        "serve",
        "server",
        "start",
        "dev",
        "webui",
        "web",
        "api",
        "http",
        "preview",
    ];
    let parts =
        |it: &str| it.split(|it: char| !it.is_ascii_alphanumeric()).map(str::to_ascii_lowercase).collect::<Vec<_>>();
    // A script may start anything.
    let mut words = words.peekable();
    let is_script = words.peek().is_some_and(|it| it.ends_with(".sh") || it.contains("sh -c"));
    is_script || words.any(|it| parts(it).iter().any(|it| servers.contains(&it.as_str())))
}
