//! `nginx-resolves-once`.

use super::{upstreams, users};
use crate::diag::{Code, Level};
use crate::repo::Repo;
use crate::rules::{Findings, Rule};

/// A host that nginx looks up once and never again.
pub static RULE: Rule = Rule {
    code: Code { id: "NGX002", name: "nginx-resolves-once" },
    level: Level::Info,
    summary: "nginx looks up a service when it starts and never again",
    docs: r#"
## What it does
Finds `proxy_pass` to the literal name of a service, in files without a `resolver`.
## Why it matters
A container that is made anew may have another address. nginx asks the old one until it is restarted itself.
## Example
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
server {
    location /api/ {
        proxy_pass http://backend:8000/;
#                  ^^^^^^^^^^^^^^^^^^^^ info: nginx looks up `backend` once, when it starts
    }
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
resolver 127.0.0.11 valid=10s;
server {
    location /api/ {
        set $backend backend;
        rewrite ^/api/(.*) /$1 break;
        proxy_pass http://$backend:8000;
    }
}
```
"#,
    run,
};

fn run(repo: &Repo, findings: &mut Findings) {
    let known = upstreams(&repo.facts.nginx);
    for file in &repo.facts.nginx {
        if users(repo, &file.path).is_empty() {
            continue;
        }
        let mut passes = Vec::new();
        let mut has_resolver = false;
        file.each(|_, it| {
            has_resolver |= it.name.value == "resolver";
            let argument = it.arguments.first().filter(|_| it.name.value == "proxy_pass");
            passes.extend(argument.filter(|it| !it.value.contains('$')).cloned());
        });
        for pass in passes.iter().filter(|_| !has_resolver) {
            let host = pass.value.split("://").nth(1).unwrap_or("").split([':', '/']).next().unwrap_or("");
            if host.is_empty() || known.iter().any(|it| it == host) || crate::rules::wiring::is_outside(host) {
                continue;
            }
            let finding = RULE.finding(pass.span, format!("nginx looks up `{host}` once, when it starts"));
            findings.push(finding.help("add `resolver 127.0.0.11;` and pass to a variable that holds the name"));
        }
    }
}
