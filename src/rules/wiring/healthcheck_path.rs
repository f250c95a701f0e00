//! `healthcheck-path`.

use std::collections::BTreeSet;

use super::url;
use crate::diag::{Code, Level, nearest};
use crate::repo::Repo;
use crate::repo::code;
use crate::repo::compose::{Arguments, Service};
use crate::repo::container::Container;
use crate::repo::environment::Environment;
use crate::repo::fact::Text;
use crate::rules::{Findings, Rule};

/// A health check of a path that the code does not serve.
pub static RULE: Rule = Rule {
    code: Code { id: "HLT003", name: "healthcheck-path" },
    level: Level::Warning,
    summary: "a health check asks for a path that is near to one the code serves, but none of them",
    docs: r#"
## What it does
Compares the path of a health check, of compose or of a Dockerfile, with the routes that the code of the service is seen to serve. It only speaks when
a route differs by a slip: `/health` for `/healthz`.
## Why it matters
The check gets 404 for ever, and the container never becomes healthy.
## Example
```sample
#- docker-compose.yml
services:
  gateway:
    build: ./gateway
    healthcheck:
      test: ["CMD", "wget", "-q", "http://localhost:8080/health"]
#                                 ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ warning: the code of `gateway` does not serve `/health`
  image:
    build: ./gateway
#- gateway/Dockerfile
FROM golang:1.24
COPY . .
HEALTHCHECK CMD wget -q http://localhost:8080/helthz
#                              ^^^^^^^^^ warning: the code of `image` does not serve `/helthz`
#- gateway/main.go
package main

func main() {
	http.HandleFunc("/healthz", healthz)
#                 ~~~~~~~~ it serves this
	http.ListenAndServe(":8080", nil)
}
```
## Silent
Code whose routes are put together from prefixes may serve any path that ends like one of them.
```sample
#- docker-compose.yml
services:
  gateway:
    build: ./gateway
    healthcheck:
      test: ["CMD", "wget", "-q", "http://localhost:8080/api/v1/health"]
#- gateway/Dockerfile
FROM golang:1.24
COPY . .
#- gateway/main.go
package main

func main() {
	http.HandleFunc("/health", health)
	http.HandleFunc("/healthz", health)
}
```
## When it may be wrong
When a proxy in front of the code, or a framework by itself, serves the path.
"#,
    run,
};

fn run(repo: &Repo, findings: &mut Findings) {
    if repo.facts.routes.is_empty() {
        return;
    }
    let mut told = BTreeSet::new();
    for environment in &repo.environments {
        for service in &environment.model.services {
            let Some(check) = check(repo, environment, service) else { continue };
            let urls: Vec<_> = check.words.iter().flat_map(url::all).collect();
            let Some(url) =
                urls.into_iter().find(|it| matches!(it.host.as_str(), "localhost" | "127.0.0.1" | "0.0.0.0"))
            else {
                continue;
            };
            let path = url.path.trim_end_matches('/');
            let Some(code) = code::of_service(repo, environment, service).filter(|_| !path.is_empty()) else {
                continue;
            };
            let routes: Vec<&Text> =
                repo.facts.routes.iter().filter(|it| code.holds(repo.path(it.span.file))).collect();
            // A route may have a prefix that is put before it elsewhere.
            let serves = |it: &&Text| {
                let route = it.value.trim_end_matches('/');
                path.ends_with(route) || route.contains(['*', '{', ':', '<']) && route.len() < 3
            };
            if routes.is_empty() || routes.iter().any(serves) {
                continue;
            }
            let Some(near) = nearest(path, routes.iter().map(|it| it.value.as_str())) else { continue };
            let Some(route) = routes.iter().find(|it| it.value == near.name) else { continue };
            let finding = RULE
                .finding(url.span, format!("the code of `{}` does not serve `{path}`", service.name.value))
                .also(route.span, "it serves this")
                .help(format!("did you mean `{near}`?"))
                .meant(url.span, path, Some(near));
            if told.insert(url.span) {
                findings.push(finding);
            }
        }
    }
}

/// Returns the health check of a service, or else that of its image.
fn check<'r>(repo: &'r Repo, environment: &'r Environment, service: &'r Service) -> Option<&'r Arguments> {
    let own = service.healthcheck.as_ref();
    if own.is_some_and(|it| it.is_disabled) {
        return None;
    }
    own.and_then(|it| it.test.as_ref()).or_else(|| Some(Container::of(repo, environment, service)?.healthcheck()?.1))
}
