//! `healthcheck-port`.

use super::program_port::of_server;
use super::url;
use crate::diag::{Code, Level};
use crate::repo::Repo;
use crate::repo::compose::{Arguments, Service};
use crate::repo::container::Container;
use crate::repo::environment::Environment;
use crate::repo::fact::Dockerfile;
use crate::rules::{Findings, Rule};
use crate::source::Span;

/// A health check of a port that the container does not serve.
pub static RULE: Rule = Rule {
    code: Code { id: "HLT005", name: "healthcheck-port" },
    level: Level::Error,
    summary: "a health check asks a port of the container that its program does not open",
    docs: r#"
## What it does
Finds health checks that ask localhost for the port which is published on the host, where the container has another
one, or for a port other than the one that the service's own command names (`--port 9000`).
## Why it matters
The check runs inside the container, where the published port means nothing: the container is never healthy.
## Example
```sample
#- compose.yml
services:
  web:
    image: acme/web:1
    ports: ["8080:80"]
#           ~~~~~~~~~ published here
    healthcheck:
      test: ["CMD", "curl", "-f", "http://localhost:8080/"]
#                                 ^^^^^^^^^^^^^^^^^^^^^^^^ error: 8080 is the port of the host; the container has 80
  api:
    image: acme/api:1
    command: uvicorn app:app --host 0.0.0.0 --port 9000
#                                                  ~~~~ the program opens this one
    healthcheck:
      test: ["CMD", "curl", "-f", "http://localhost:8000/health"]
#                                 ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error: nothing in the container opens 8000
```
The check of an image is held against the server that the image starts, and that of a service against its `PORT`.
```sample
#- Dockerfile
FROM python:3.13
HEALTHCHECK CMD curl -f http://localhost:8000/healthz || exit 1
#               ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error: nothing in the container opens 8000
CMD ["gunicorn", "-b", "0.0.0.0:8080", "app:app"]
#                       ~~~~~~~~~~~~ the program opens this one
#- compose.yml
services:
  web:
    build: web
    environment: {PORT: "3000"}
#                       ~~~~~~ the program opens this one
    healthcheck: {test: "wget -q --spider http://localhost:3001/health"}
#                       ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error: nothing in the container opens 3001
#- web/Dockerfile
FROM node:22-alpine
CMD ["node", "server.js"]
```
## Silent
```sample
#- compose.yml
services:
  web:
    image: acme/web:1
    ports: ["8080:80", "8081:8080"]
    healthcheck: {test: curl -f http://localhost:8080/}
  api:
    image: acme/api:1
    command: uvicorn app:app --port 9000
    ports: ["9000:9000"]
    healthcheck: {test: "curl -f http://localhost:9000/health"}
  both:
    image: acme/both:1
    command: serve --port 9000 --metrics-port 8000
    healthcheck: {test: "curl -f http://localhost:8000/health"}
  host:
    image: acme/host:1
    network_mode: host
    ports: ["8085:80"]
    healthcheck: {test: "curl -f http://localhost:8085/"}
```
"#,
    run,
};

fn run(repo: &Repo, findings: &mut Findings) {
    repo.facts.dockerfiles.iter().for_each(|it| of_image(it, findings));
    for environment in &repo.environments {
        for service in environment.model.services.iter().filter(|it| it.network_mode.is_none()) {
            let check = service.healthcheck.as_ref().filter(|it| !it.is_disabled).and_then(|it| it.test.as_ref());
            for word in check.iter().flat_map(|it| &it.words) {
                let local = |it: &url::Url| matches!(it.host.as_str(), "localhost" | "127.0.0.1");
                for url in url::all(word).iter().filter(|it| local(it)) {
                    if let Some(port) = url.port {
                        judge(repo, (environment, service), (word.span, port), findings);
                    }
                }
            }
        }
    }
}

fn judge(
    repo: &Repo,
    (environment, service): (&Environment, &Service),
    (at, port): (Span, u16),
    findings: &mut Findings,
) {
    let asked = port.to_string();
    let container = Container::of(repo, environment, service);
    let exposes = container.iter().flat_map(Container::exposes).any(|it| it.value.split('/').next() == Some(&asked));
    let is_inner =
        service.ports.iter().any(|it| it.target == asked) || service.expose.iter().any(|it| it.value == asked);
    // A variable may hold any port.
    let in_variables =
        service.environment.iter().any(|it| it.value.as_ref().is_some_and(|it| it.value.contains(&asked)));
    let is_dynamic = service.ports.iter().any(|it| it.target.contains('$'));
    if is_inner || exposes || in_variables || is_dynamic {
        return;
    }
    if let Some(published) = service.ports.iter().find(|it| it.published.as_deref() == Some(&asked)) {
        let message = format!("{port} is the port of the host; the container has {}", published.target);
        let finding = RULE.finding(at, message).also(published.span, "published here");
        findings.push(finding.help(format!("ask for port {}", published.target)));
        return;
    }
    let of_command = service.command.as_ref().and_then(port_of);
    let Some((place, own)) = of_command.or_else(|| of_variable(service)).filter(|it| it.1 != port) else { return };
    let names_it = service.command.iter().flat_map(|it| &it.words).any(|it| it.value.contains(&asked));
    let listens = repo.facts.listens.iter().any(|it| it.value == port);
    if !names_it && !listens {
        closed((at, port), (place, own), findings);
    }
}

fn closed((at, port): (Span, u16), (place, own): (Span, u16), findings: &mut Findings) {
    let finding = RULE.finding(at, format!("nothing in the container opens {port}"));
    findings.push(finding.also(place, "the program opens this one").help(format!("ask for port {own}")));
}

/// `PORT=3000`: by that name most programs are told which port to open. One that the image brings may not heed it.
fn of_variable(service: &Service) -> Option<(Span, u16)> {
    let found = service.environment.iter().find(|it| it.name.value == "PORT").filter(|_| service.build.is_some())?;
    let value = found.value.as_ref()?;
    Some((value.span, value.value.parse().ok()?))
}

/// The check of an image, against the server that the same image starts.
fn of_image(dockerfile: &Dockerfile, findings: &mut Findings) {
    let Some(container) = Container::of_stage(dockerfile, None) else { return };
    let Some((_, check)) = container.healthcheck() else { return };
    let command = container.cmd().filter(|_| container.entrypoint().is_none());
    let Some((place, own)) = command.and_then(of_server) else { return };
    for word in &check.words {
        let local = |it: &&url::Url| matches!(it.host.as_str(), "localhost" | "127.0.0.1");
        for asked in url::all(word).iter().filter(local).filter_map(|it| it.port).filter(|it| *it != own) {
            let is_exposed = container.exposes().any(|it| it.value.split('/').next() == Some(&asked.to_string()));
            if !is_exposed {
                closed((word.span, asked), (place, own), findings);
            }
        }
    }
}

/// Returns the port that a command line names: `--port 80`, `--port=80`, `--bind 0.0.0.0:80`.
fn port_of(command: &Arguments) -> Option<(Span, u16)> {
    if command.is_shell {
        return None;
    }
    let value = |it: &str| it.rsplit(':').next().and_then(|it| it.parse().ok());
    for (at, word) in command.words.iter().enumerate() {
        let (name, own) = word.value.split_once('=').map_or((word.value.as_str(), None), |it| (it.0, Some(it.1)));
        if !matches!(name, "--port" | "--bind") {
            continue;
        }
        let found = match own {
            Some(own) => value(own).map(|it| (word.span, it)),
            None => command.words.get(at + 1).and_then(|it| Some((it.span, value(&it.value)?))),
        };
        if found.is_some() {
            return found;
        }
    }
    None
}
