//! `healthcheck-port`.

use super::url;
use crate::diag::{Code, Level};
use crate::repo::Repo;
use crate::repo::compose::{Arguments, Service};
use crate::repo::container::Container;
use crate::repo::environment::Environment;
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
    let Some(command) = service.command.as_ref() else { return };
    let Some((place, own)) = port_of(command).filter(|it| it.1 != port) else { return };
    let names_it = command.words.iter().any(|it| it.value.contains(&asked));
    if !names_it {
        let finding = RULE.finding(at, format!("nothing in the container opens {port}"));
        findings.push(finding.also(place, "the program opens this one").help(format!("ask for port {own}")));
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
