//! `router-service-undefined`.

use super::{declared_by_labels, each_label, undefined, with_files};
use crate::diag::{Code, Level};
use crate::repo::Repo;
use crate::rules::{Findings, Rule};

/// A router to a Traefik service that does not exist.
pub static RULE: Rule = Rule {
    code: Code { id: "RTE004", name: "router-service-undefined" },
    level: Level::Error,
    summary: "a router sends to a Traefik service that nothing in the repository declares",
    docs: r#"
## What it does
Compares `service` of routers with the services that labels and Traefik's files declare. It only speaks of containers
that declare services by label, since Traefik makes one of its own for others.
## Why it matters
Traefik leaves the router out: the page is 404.
## Example
```sample
#- docker-compose.yml
services:
  api:
    image: api:1
    labels:
      - traefik.http.routers.api.service=backnd
#                                        ^^^^^^ error: no Traefik service is called `backnd`
      - traefik.http.services.backend.loadbalancer.server.port=8000
```
## Silent
```sample
#- docker-compose.yml
services:
  api:
    image: api:1
    labels:
      - traefik.http.routers.api.service=backend
      - traefik.http.services.backend.loadbalancer.server.port=8000
  proxy:
    image: traefik:v3.1
    labels:
      - traefik.http.routers.dashboard.service=api@internal
```
"#,
    run,
};

fn run(repo: &Repo, findings: &mut Findings) {
    let by_labels = declared_by_labels(repo, "services");
    each_label(repo, |service, label, declared| {
        let is_it = label.section == "routers" && label.option == "service";
        let has_own = service.labels.iter().chain(&service.deploy_labels).any(|it| it.section == "services");
        if let Some(value) = label.value.as_ref().filter(|_| is_it && has_own) {
            let known = with_files(&by_labels, &declared.services);
            findings.push_maybe(undefined(&RULE, value, "Traefik service", &known, declared));
        }
    });
}
