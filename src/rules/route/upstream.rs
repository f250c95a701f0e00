//! `caddy-upstream-unresolvable`, `proxy-upstream-unresolvable`, `scrape-target-unresolvable`.

use std::collections::BTreeSet;

use super::users;
use crate::diag::{Code, Diagnostic, Level, nearest};
use crate::repo::Repo;
use crate::repo::code;
use crate::repo::compose::Service;
use crate::repo::environment::Environment;
use crate::repo::fact::{Text, Upstream, UpstreamBy};
use crate::repo::reach::{self, Host};
use crate::rules::wiring::{is_outside, port_internal::wrong};
use crate::rules::{Findings, Rule};

/// A host that Caddy does not find.
pub static CADDY: Rule = Rule {
    code: Code { id: "RTE014", name: "caddy-upstream-unresolvable" },
    level: Level::Error,
    summary: "Caddy passes requests to a host that no service has, or to a port of the host",
    docs: r#"
## What it does
Looks at the hosts of `reverse_proxy` in Caddyfiles that a service mounts or copies, and finds those that no service of
the repository has, and ports that a service only publishes: `8080` of `8080:80`.
## Why it matters
Caddy starts all the same, and answers 502 to whoever asks for the site.
## Example
```sample
#- docker-compose.yml
services:
  caddy:
# ~~~~~ this service reads the file
    image: caddy:2
    volumes:
      - ./Caddyfile:/etc/caddy/Caddyfile:ro
  backend:
    image: api:1
    ports:
      - "8080:8000"
#       ~~~~~~~~~~~ published here
#- Caddyfile
example.org {
  reverse_proxy /api/* backnd:8000
#                      ^^^^^^ error: no service is called `backnd`
  reverse_proxy backend:8080
#               ^^^^^^^ error: `backend` listens on 8000; 8080 is its port on the host
}
```
## Silent
```sample
#- docker-compose.yml
services:
  caddy:
    image: caddy:2
    volumes:
      - ./Caddyfile:/etc/caddy/Caddyfile:ro
  backend:
    image: api:1
#- docker-compose.extra.yml
services:
  extra:
    image: extra:1
#- Caddyfile
example.org {
  reverse_proxy /api/* http://backend:8000
  reverse_proxy /extra/* extra:80
  reverse_proxy /host/* localhost:9000 host.docker.internal:9000
  reverse_proxy {$UPSTREAM}:80 other.example.org:443
}
#- server/Caddyfile
example.com {
  reverse_proxy someone:1
}
```
"#,
    run: |repo, findings| run(repo, &CADDY, &[UpstreamBy::Caddy], findings),
};

/// A host that Traefik, told by a file, or HAProxy does not find.
pub static PROXY: Rule = Rule {
    code: Code { id: "RTE015", name: "proxy-upstream-unresolvable" },
    level: Level::Error,
    summary: "a file of Traefik or HAProxy passes requests to a host that no service has, or to a port that is not open",
    docs: r#"
## What it does
Looks at the `servers` of Traefik's dynamic files and of HAProxy's backends, in files that a service mounts or copies, and
finds hosts that no service of the repository has, and ports that a service only publishes or that its program does not
open.
## Why it matters
HAProxy does not start, and Traefik answers 502.
## Example
```sample
#- docker-compose.yml
services:
  traefik:
# ~~~~~~~ this service reads the file
    image: traefik:v3.1
    command: --providers.file.directory=/etc/traefik/dynamic
    volumes: ["./traefik:/etc/traefik/dynamic:ro"]
  lb:
# ~~ this service reads the file
    image: haproxy:3.0
    volumes: ["./haproxy.cfg:/usr/local/etc/haproxy/haproxy.cfg:ro"]
  backend:
    image: api:1
    command: uvicorn app:app --host 0.0.0.0 --port 8000
#                                                  ~~~~ the program opens this one
#- traefik/api.yml
http:
  routers: {api: {rule: "Host(`a.b`)", service: api}}
  services:
    api:
      loadBalancer:
        servers:
          - url: http://backnd:8000
#                       ^^^^^^ error: no service is called `backnd`
#- haproxy.cfg
backend api
  server api1 backend:8080 check
#             ^^^^^^^ error: `backend` listens on 8000, not on 8080
```
## Silent
```sample
#- docker-compose.yml
services:
  lb:
    image: haproxy:3.0
    volumes: ["./haproxy.cfg:/usr/local/etc/haproxy/haproxy.cfg:ro"]
  backend:
    image: api:1
#- haproxy.cfg
resolvers docker
  nameserver dns 127.0.0.11:53
backend api
  server api1 backend:8080 check
  server api2 shop_backend:8080 check
  server old 10.0.0.1:80
  server out www.example.org:443 ssl
```
"#,
    run: |repo, findings| run(repo, &PROXY, &[UpstreamBy::Traefik, UpstreamBy::HaProxy], findings),
};

/// A target that Prometheus does not find.
pub static SCRAPE: Rule = Rule {
    code: Code { id: "NET006", name: "scrape-target-unresolvable" },
    level: Level::Error,
    summary: "Prometheus asks a host for its figures that no service has, or a port that is not open",
    docs: r#"
## What it does
Looks at the targets of `static_configs` in files that a service mounts or copies, and finds those that no service of the
repository has, ports that a service only publishes, and ports that its program does not open, where its code serves the
path that is asked for, so that it has no other port for it. A host like no other is a warning.
## Why it matters
The target is down from the first day, and what should warn of a fault says nothing.
## Example
```sample
#- docker-compose.yml
services:
  prometheus:
# ~~~~~~~~~~ this service reads the file
    image: prom/prometheus:v3
    volumes:
      - ./prometheus.yml:/etc/prometheus/prometheus.yml:ro
  backend:
    image: api:1
    ports:
      - "8080:8000"
#       ~~~~~~~~~~~ published here
#- prometheus.yml
scrape_configs:
  - job_name: api
    static_configs:
      - targets: ['backnd:8000', 'backend:8080']
#                  ^^^^^^ error: no service is called `backnd`
#                                 ^^^^^^^ error: `backend` listens on 8000; 8080 is its port on the host
```
The figures stand at a path of the program's one port.
```sample
#- docker-compose.yml
services:
  prometheus:
# ~~~~~~~~~~ this service reads the file
    image: prom/prometheus:v3
    volumes:
      - ./prometheus.yml:/etc/prometheus/prometheus.yml:ro
  api:
    build: ./api
    command: ["uvicorn", "main:app", "--host", "0.0.0.0", "--port", "8080"]
#                                                                   ~~~~~~ the program opens this one
#- api/Dockerfile
FROM python:3.13
COPY main.py .
#- api/main.py
from fastapi import FastAPI
app = FastAPI()
@app.get("/metrics")
def metrics(): ...
#- prometheus.yml
scrape_configs:
  - job_name: api
    static_configs:
      - targets: ['api:8000']
#                  ^^^ error: `api` listens on 8080, not on 8000
```
## Silent
```sample
#- docker-compose.yml
services:
  prometheus:
    image: prom/prometheus:v3
    volumes:
      - ./monitoring:/etc/prometheus:ro
  backend:
    image: api:1
  worker:
    build: ./worker
    command: ["uvicorn", "main:app", "--port", "8080"]
#- worker/Dockerfile
FROM python:3.13
COPY main.py .
#- worker/main.py
from prometheus_client import start_http_server
start_http_server(PORT)
#- monitoring/prometheus.yml
scrape_configs:
  - job_name: api
    static_configs:
      - targets: ['localhost:9090', 'backend:8000', 'node.example.org:9100', 'worker:9000']
  - job_name: probe
    static_configs: [{targets: ['nowhere:80']}]
    relabel_configs: [{target_label: __address__, replacement: 'blackbox:9115'}]
```
"#,
    run: |repo, findings| run(repo, &SCRAPE, &[UpstreamBy::Prometheus], findings),
};

fn run(repo: &Repo, rule: &'static Rule, by: &[UpstreamBy], findings: &mut Findings) {
    let mut last: Option<(&str, Vec<(&Environment, &Service)>)> = None;
    let mut told = BTreeSet::new();
    for it in repo.facts.upstreams.iter().filter(|it| by.contains(&it.by) && !is_outside(&it.host.value)) {
        if last.as_ref().is_none_or(|(path, _)| *path != it.path) {
            last = Some((&it.path, users(repo, &it.path)));
        }
        let readers = last.as_ref().map_or(&[][..], |it| &it.1);
        for (environment, service) in readers {
            let finding = match reach::resolve(repo, environment, service, &it.host.value) {
                Host::Reached(other) => port(rule, (repo, environment), other, it),
                // What another file has may be started beside these.
                Host::Nobody if !is_known(repo, &it.host.value) => Some(nobody(rule, environment, it)),
                _ => None,
            };
            if let Some(finding) = finding.filter(|_| told.insert(it.host.span)) {
                findings.push(finding.also(service.name.span, "this service reads the file"));
            }
        }
    }
}

/// Returns whether any compose file has a service of this name: it may be started beside these.
pub(super) fn is_known(repo: &Repo, host: &str) -> bool {
    let services = repo.facts.compose_files.iter().flat_map(|it| &it.model.services);
    // A stack calls its services `shop_api`.
    let is_of_stack = |it: &Service| host.strip_suffix(it.name.value.as_str()).is_some_and(|it| it.ends_with('_'));
    services.into_iter().any(|it| reach::answers_to(it, host) || is_of_stack(it))
}

fn port(rule: &Rule, (repo, environment): (&Repo, &Environment), other: &Service, it: &Upstream) -> Option<Diagnostic> {
    // A program may have a port of its own for its figures, unless it serves them beside all else.
    let wrong = wrong(repo, environment, other, it.port?).filter(|found| {
        found.is_of_host || it.by != UpstreamBy::Prometheus || serves(repo, (environment, other), it)
    })?;
    let finding = rule.finding(it.host.span, wrong.message).also(wrong.place, wrong.label);
    Some(finding.help(format!("write `{}:{}`", it.host.value, wrong.target)))
}

/// Returns whether the code of a service serves the path that is asked of it.
fn serves(repo: &Repo, (environment, other): (&Environment, &Service), it: &Upstream) -> bool {
    let Some(asked) = it.asks.as_deref() else { return false };
    let Some(code) = code::of_service(repo, environment, other) else { return false };
    let is_it = |it: &Text| it.value == asked && code.holds(repo.path(it.span.file));
    repo.facts.routes.iter().any(is_it)
}

fn nobody(rule: &Rule, environment: &Environment, it: &Upstream) -> Diagnostic {
    let host = &it.host;
    let near = nearest(&host.value, environment.model.service_names());
    // A monitor may watch what somebody starts by hand.
    let level = if near.is_none() && it.by == UpstreamBy::Prometheus { Level::Warning } else { rule.level };
    let finding = rule.finding_at(level, host.span, format!("no service is called `{}`", host.value));
    match near {
        Some(it) => finding.help(format!("did you mean `{it}`?")).meant(host.span, &host.value, near),
        None => finding.help("name a service of this environment, or an alias that one has"),
    }
}
