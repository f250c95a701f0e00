//! `port-closed`.

use super::program_port::{may_open, opened};
use crate::diag::{Code, Level};
use crate::repo::Repo;
use crate::repo::compose::Service;
use crate::repo::label;
use crate::rules::{Findings, Rule};

/// A port of a container is published or routed to, and the program opens another one.
pub static RULE: Rule = Rule {
    code: Code { id: "PORT002", name: "port-closed" },
    level: Level::Error,
    summary: "a service publishes a port, or tells Traefik one, that its program does not open",
    docs: r#"
## What it does
Holds the port of the container in `ports:`, and in Traefik's `loadbalancer.server.port`, against the port that the
program is given on its command line, where that is a server which opens one port (uvicorn, gunicorn …). A port that the
image exposes, or that some variable or word of the command has, is not told of; nor are services that publish several.
## Why it matters
The container runs and nobody reaches it: connections are refused, the proxy answers 502.
## Example
```sample
#- compose.yml
services:
  api:
    build: .
    command: uvicorn app.main:app --host 0.0.0.0 --port 8000
#                                                       ~~~~ the program opens this one
    ports: ["3000:3000"]
#           ^^^^^^^^^^^ error: nothing in the container opens 3000
  admin:
    image: acme/admin:1
    command: gunicorn -b 0.0.0.0:8080 admin.wsgi
#                        ~~~~~~~~~~~~ the program opens this one
    labels:
      - traefik.http.services.admin.loadbalancer.server.port=80
#       ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error: nothing in the container opens 80
  mail:
    build: mail
    ports: ["8084:8081"]
#           ^^^^^^^^^^^ error: nothing in the container opens 8081
#- Dockerfile
FROM python:3.13
#- mail/Dockerfile
FROM python:3.13
COPY . /app
CMD ["uvicorn", "app:app", "--port", "8006"]
#                                     ~~~~ the program opens this one
#- tools/main.py
import uvicorn
uvicorn.run("app", port=8081)
```
## Silent
```sample
#- compose.yml
services:
  api:
    build: .
    command: uvicorn app.main:app --port 8000
    ports: ["3000:8000", "5678:5678"]
    labels: ["traefik.http.services.api.loadbalancer.server.port=8000"]
  debugged:
    build: .
    command: python -m debugpy --listen 0.0.0.0:5678 -m uvicorn app.main:app --port 8000
    ports: ["5679:5678"]
  by-image:
    image: acme/any:1
    ports: ["3001:3000"]
  other:
    build: .
    entrypoint: ./serve.sh
    command: uvicorn app.main:app --port 8000
    ports: ["3002:3000"]
  variable:
    build: .
    command: uvicorn app.main:app --port ${PORT:-9000}
    ports: ["3003:3000"]
#- Dockerfile
FROM python:3.13
```
"#,
    run,
};

fn run(repo: &Repo, findings: &mut Findings) {
    for environment in repo.environments.iter().filter(|it| !it.is_partial) {
        for service in environment.model.services.iter().filter(|it| it.network_mode.is_none()) {
            let of_traefik = routed(service);
            if service.ports.len() != 1 && of_traefik.is_empty() {
                continue;
            }
            let Some((place, own)) = opened(repo, environment, service) else { continue };
            let published = service.ports.first().filter(|_| service.ports.len() == 1);
            let asked = published.and_then(|it| Some((it.span, it.target.parse::<u16>().ok()?)));
            for (span, port) in asked.into_iter().chain(of_traefik) {
                if port != own && !may_open(repo, environment, service, port) {
                    let finding = RULE.finding(span, format!("nothing in the container opens {port}"));
                    findings.push(finding.also(place, "the program opens this one").help(format!("write {own}")));
                }
            }
        }
    }
}

/// Returns the ports that a service tells Traefik.
fn routed(service: &Service) -> Vec<(crate::source::Span, u16)> {
    let own = label::labels(&service.labels);
    let of_swarm = service.deploy.as_ref().map(|it| label::labels(&it.labels)).unwrap_or_default();
    let is_port = |it: &&label::Label| it.section == "services" && it.option == "loadbalancer.server.port";
    let port = |it: &label::Label| {
        let value = it.value.as_ref()?;
        Some((it.key.to(value.span), value.value.parse().ok()?))
    };
    own.iter().chain(&of_swarm).filter(is_port).filter_map(port).collect()
}
