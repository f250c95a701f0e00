//! `nginx-upstream-unresolvable`.

use super::{upstreams, users};
use crate::diag::{Code, Diagnostic, Level, nearest};
use crate::repo::Repo;
use crate::repo::compose::Service;
use crate::repo::environment::Environment;
use crate::repo::fact::{Directive, NginxFile, Text};
use crate::repo::reach::{self, Host};
use crate::rules::wiring::{is_outside, port_internal::wrong};
use crate::rules::{Findings, Rule};
use crate::source::Spanned;

/// An upstream that is no service on a shared network.
pub static RULE: Rule = Rule {
    code: Code { id: "NGX001", name: "nginx-upstream-unresolvable" },
    level: Level::Error,
    summary: "nginx passes requests to a host that no service on a shared network has",
    docs: r#"
## What it does
Looks at hosts without a domain in `proxy_pass` and in `server` of upstreams, for the services that mount or copy the
file, and finds those that no service, alias or container name has.
## Why it matters
nginx does not even start: "host not found in upstream".
## Example
```sample
#- docker-compose.yml
services:
  web:
# ~~~ this service reads the file
    image: nginx:1.27
    volumes:
      - ./nginx.conf:/etc/nginx/nginx.conf:ro
  backend:
    image: api:1
#- nginx.conf
server {
    location /api/ {
        proxy_pass http://backnd:8000/;
#                         ^^^^^^ error: no service is called `backnd`
    }
}
```
A port that the other container does not open counts, too: it is one of the host, or the program is told another.
```sample
#- docker-compose.yml
services:
  web:
# ~~~ this service reads the file
    image: nginx:1.27
    volumes: ["./nginx.conf:/etc/nginx/nginx.conf:ro"]
  backend:
    image: api:1
    command: uvicorn app:app --host 0.0.0.0 --port 8000
#                                                  ~~~~ the program opens this one
#- nginx.conf
server {
    location /api/ { proxy_pass http://backend:8080/; }
#                                      ^^^^^^^ error: `backend` listens on 8000, not on 8080
}
```
## Silent
```sample
#- docker-compose.yml
services:
  web:
    image: nginx:1.27
    volumes:
      - ./nginx.conf:/etc/nginx/nginx.conf:ro
  backend:
    image: api:1
#- nginx.conf
upstream app { server backend:8000; }
server {
    location /api/ { proxy_pass http://app; }
    location /x/ { proxy_pass http://127.0.0.1:9000; }
    location /y/ { set $up backend; proxy_pass http://$up:8000; }
    location /z/ { proxy_pass https://example.com; }
}
#- deploy/nginx/host.conf
server {
    location / { proxy_pass http://someone:1; }
}
```
"#,
    run,
};

fn run(repo: &Repo, findings: &mut Findings) {
    let known = upstreams(&repo.facts.nginx);
    for file in &repo.facts.nginx {
        let mut hosts: Vec<(Text, Option<u16>)> = Vec::new();
        collect(file, &mut hosts);
        hosts.retain(|(it, _)| !known.contains(&it.value) && !is_outside(&it.value));
        for (environment, service) in users(repo, &file.path) {
            for (host, port) in &hosts {
                let finding = match reach::resolve(repo, environment, service, &host.value) {
                    Host::Reached(other) => port.and_then(|port| closed(repo, (environment, other), (host, port))),
                    Host::Unknown => None,
                    Host::Apart(other) => Some(
                        RULE.finding(
                            host.span,
                            format!("`{}` and `{}` share no network", service.name.value, host.value),
                        )
                        .also(other.name.span, "it is on other networks"),
                    ),
                    Host::Nobody => nobody(host, environment.model.service_names()),
                };
                findings.push_maybe(finding.map(|it| it.also(service.name.span, "this service reads the file")));
            }
        }
    }
}

fn nobody<'a>(host: &Text, names: impl Iterator<Item = &'a str>) -> Option<Diagnostic> {
    let near = nearest(&host.value, names);
    let finding = RULE.finding(host.span, format!("no service is called `{}`", host.value));
    Some(match near {
        Some(it) => finding.help(format!("did you mean `{it}`?")).meant(host.span, &host.value, near),
        None => finding.help("name a service of this environment, or an alias that one has"),
    })
}

/// A port that nothing in the other container opens.
fn closed(
    repo: &Repo,
    (environment, other): (&Environment, &Service),
    (host, port): (&Text, u16),
) -> Option<Diagnostic> {
    let wrong = wrong(repo, environment, other, port)?;
    let finding = RULE.finding(host.span, wrong.message).also(wrong.place, wrong.label);
    Some(finding.help(format!("write `{}:{}`", host.value, wrong.target)))
}

fn collect(file: &NginxFile, hosts: &mut Vec<(Text, Option<u16>)>) {
    file.each(|around, it| {
        let passes = ["proxy_pass", "grpc_pass", "fastcgi_pass", "uwsgi_pass"].contains(&it.name.value.as_str());
        let is_server = it.name.value == "server" && around.last().is_some_and(|it| it.name.value == "upstream");
        if passes || is_server {
            hosts.extend(host(it));
        }
    });
}

/// Returns the host of the first argument, and the port if it is written: of `http://host:80/x`, or of `host:80`.
fn host(directive: &Directive) -> Option<(Text, Option<u16>)> {
    let whole = directive.arguments.first()?;
    let start = whole.value.find("://").map_or(0, |it| it + 3);
    let rest = &whole.value[start..];
    let host = rest.split([':', '/', '?']).next()?;
    if host.is_empty() || host.contains(['$', '{', '[']) || host.starts_with("unix") {
        return None;
    }
    let exact = (whole.span.end - whole.span.start) as usize == whole.value.len();
    let span = if exact { whole.span.part(start, start + host.len()) } else { whole.span };
    let port = rest[host.len()..].strip_prefix(':').and_then(|it| it.split(['/', '?', ';']).next()?.parse().ok());
    Some((Spanned::new(host.to_string(), span), port))
}
