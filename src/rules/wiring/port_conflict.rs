//! `port-conflict`.

use std::collections::BTreeMap;

use crate::diag::{Code, Level};
use crate::repo::Repo;
use crate::repo::compose::{Port, Service, known};
use crate::rules::{Findings, Rule};

/// One port of the host for two services.
pub static RULE: Rule = Rule {
    code: Code { id: "PORT001", name: "port-conflict" },
    level: Level::Error,
    summary: "two services of one environment publish the same port of the host",
    docs: r#"
## What it does
Finds ports of the host that two services of one environment publish on the same address, `${…}` taken at its default.
## Why it matters
The second container does not start: "port is already allocated".
## Example
```sample
#- docker-compose.yml
services:
  api:
    image: api:1
    ports:
      - "8080:80"
#       ~~~~~~~~~ published first here
  admin:
    image: admin:1
    ports:
      - "127.0.0.1:${ADMIN_PORT:-8080}:80"
#       ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error: `api` and `admin` both publish port 8080
```
## Silent
```sample
#- docker-compose.yml
services:
  api:
    image: api:1
    ports: ["127.0.0.1:8080:80", "53:53/udp"]
  admin:
    image: admin:1
    ports: ["127.0.0.2:8080:80", "53:53/tcp"]
  gpu:
    image: api:1
    profiles: [gpu]
    ports: ["9000:80"]
  cpu:
    image: api:1
    profiles: [cpu]
    ports: ["9000:80"]
```
## When it may be wrong
When the two are never started together and no profile says so.
"#,
    run,
};

/// A service, its port, and the address that it is published on.
type Publication<'a> = (&'a Service, &'a Port, String);

fn run(repo: &Repo, findings: &mut Findings) {
    for environment in &repo.environments {
        let mut seen: BTreeMap<(u16, String), Vec<Publication>> = BTreeMap::new();
        for service in &environment.model.services {
            for port in &service.ports {
                let Some(published) = port.published.as_deref().and_then(known::with_defaults) else { continue };
                let address = port.host_ip.as_deref().and_then(known::with_defaults).unwrap_or_default();
                for number in numbers(&published) {
                    let earlier = seen.entry((number, port.protocol.clone())).or_default();
                    let clash = earlier.iter().find(|it| {
                        it.0.name.value != service.name.value && overlap(&it.2, &address) && run_together(it.0, service)
                    });
                    if let Some((other, first, _)) = clash {
                        let message =
                            format!("`{}` and `{}` both publish port {number}", other.name.value, service.name.value);
                        let finding = RULE.finding(port.span, message).also(first.span, "published first here");
                        findings.push(finding.help("publish one of them on another port"));
                    }
                    earlier.push((service, port, address.clone()));
                }
            }
        }
    }
}

/// Returns the ports of `80` and `80-82`. A wide range is there for compose to choose from.
fn numbers(published: &str) -> Vec<u16> {
    match published.split_once('-') {
        None => published.parse().into_iter().collect(),
        Some((first, last)) => match (first.parse::<u16>(), last.parse::<u16>()) {
            (Ok(first), Ok(last)) if last.saturating_sub(first) < 64 => (first..=last).collect(),
            _ => Vec::new(),
        },
    }
}

fn overlap(a: &str, b: &str) -> bool {
    let is_any = |it: &str| matches!(it, "" | "0.0.0.0" | "::");
    is_any(a) || is_any(b) || a == b
}

/// Services of different profiles are alternatives.
fn run_together(a: &Service, b: &Service) -> bool {
    let profiles = |it: &Service| it.profiles.iter().map(|it| it.value.clone()).collect::<Vec<_>>();
    let (a, b) = (profiles(a), profiles(b));
    a.is_empty() && b.is_empty() || a.iter().any(|it| b.contains(it))
}
