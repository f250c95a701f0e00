//! `trusts-every-proxy`.

use std::collections::BTreeSet;

use crate::diag::{Code, Level};
use crate::repo::Repo;
use crate::repo::compose::{Service, known};
use crate::repo::environment::Environment;
use crate::rules::{Findings, Rule};
use crate::source::Span;

/// A server that believes what anybody says about where a request comes from.
pub static RULE: Rule = Rule {
    code: Code { id: "SEC007", name: "trusts-every-proxy" },
    level: Level::Warning,
    summary: "a server that is reached directly believes the forwarding headers of everybody",
    docs: r#"
## What it does
Finds `FORWARDED_ALLOW_IPS=*` and `--forwarded-allow-ips '*'` (uvicorn, gunicorn) of services that publish a port in a
deployment. Behind a proxy alone it is told with `--pedantic`, and so is `set_real_ip_from 0.0.0.0/0` of nginx.
## Why it matters
Anybody can write `X-Forwarded-For` and `X-Forwarded-Proto`: the log, the rate limit and every check of an address
then believe a lie.
## Example
```sample
#- docker-compose.prod.yml
services:
  web:
    image: web:1
    ports: ["80:8080"]
#           ~~~~~~~~~ anybody reaches it here
    environment:
      - FORWARDED_ALLOW_IPS=*
#                           ^ warning: `web` believes the forwarding headers of everybody
```
## Silent
```sample
#- docker-compose.prod.yml
services:
  web:
    image: web:1
    ports: ["127.0.0.1:80:8080"]
    environment:
      - FORWARDED_ALLOW_IPS=${PROXY:-172.16.0.0/12}
#- docker-compose.dev.yml
services:
  api:
    image: api:1
    ports: ["80:8080"]
    command: uvicorn app:app --forwarded-allow-ips 127.0.0.1
```
## When it may be wrong
When a firewall lets only the proxy through.
"#,
    run,
};

fn run(repo: &Repo, findings: &mut Findings) {
    let mut told = BTreeSet::new();
    let (production, other): (Vec<&Environment>, Vec<&Environment>) =
        repo.environments.iter().partition(|it| it.is_production());
    for environment in production.into_iter().chain(other) {
        for service in &environment.model.services {
            let Some(span) = trusting(service).filter(|it| told.insert(*it)) else { continue };
            let is_open = |it: &&crate::repo::compose::Port| it.host_ip.as_deref() != Some("127.0.0.1");
            let port = service.ports.iter().find(is_open);
            let level = if port.is_some() && !environment.is_development() { RULE.level } else { Level::Info };
            let message = format!("`{}` believes the forwarding headers of everybody", service.name.value);
            let mut finding = RULE.finding_at(level, span, message);
            if let Some(port) = port {
                finding = finding.also(port.span, "anybody reaches it here");
            }
            findings.push(finding.help("name the proxy's network, or publish no port beside the proxy"));
        }
    }
    for file in &repo.facts.nginx {
        file.each(|_, directive| {
            let everybody = directive.arguments.iter().find(|it| it.value == "0.0.0.0/0" || it.value == "::/0");
            if let Some(argument) = everybody.filter(|_| directive.name.value == "set_real_ip_from") {
                let message = "nginx believes the forwarding headers of everybody";
                findings.push(
                    RULE.finding_at(Level::Info, argument.span, message).help("name the network of the proxy in front"),
                );
            }
        });
    }
}

/// Returns where a service says that it trusts everybody.
fn trusting(service: &Service) -> Option<Span> {
    let variable = service.variable("FORWARDED_ALLOW_IPS").and_then(|it| it.value.as_ref());
    let is_all = |it: &str| known::with_defaults(it).is_some_and(|it| it.trim_matches(['"', '\'']) == "*");
    if let Some(value) = variable.filter(|it| is_all(&it.value)) {
        return Some(value.span);
    }
    let arguments = service.command.as_ref()?;
    let words: Vec<(&str, Span)> =
        arguments.words.iter().flat_map(|it| it.value.split_whitespace().map(|word| (word, it.span))).collect();
    words.iter().enumerate().find_map(|(at, (word, span))| {
        let value = match word.strip_prefix("--forwarded-allow-ips")? {
            "" => words.get(at + 1)?.0,
            rest => rest.strip_prefix('=')?,
        };
        is_all(value).then_some(*span)
    })
}
