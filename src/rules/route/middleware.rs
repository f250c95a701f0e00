//! `middleware-undefined`.

use super::{declared_by_labels, each_label, items, undefined, with_files};
use crate::diag::{Code, Level};
use crate::repo::Repo;
use crate::rules::{Findings, Rule};

/// A router with a middleware that does not exist.
pub static RULE: Rule = Rule {
    code: Code { id: "RTE003", name: "middleware-undefined" },
    level: Level::Error,
    summary: "a router uses a middleware that nothing in the repository declares",
    docs: r#"
## What it does
Compares `middlewares` of routers with those that labels of any service and Traefik's files declare; `@provider` says
where to look. What may be declared elsewhere is only information.
## Why it matters
Traefik leaves the whole router out: the page is 404, not merely without the middleware.
## Example
```sample
#- docker-compose.yml
services:
  api:
    image: api:1
    labels:
      - traefik.http.middlewares.strip-api.stripprefix.prefixes=/api
      - traefik.http.routers.api.middlewares=strip-apis
#                                            ^^^^^^^^^^ error: no middleware is called `strip-apis`
```
## Silent
```sample
#- docker-compose.yml
services:
  api:
    image: api:1
    labels:
      - traefik.http.middlewares.strip.stripprefix.prefixes=/api
      - traefik.http.routers.api.middlewares=strip@docker, auth@file, api@internal
#- traefik/dynamic.yml
http:
  middlewares:
    auth:
      basicAuth: {users: []}
  routers: {}
```
## When it may be wrong
When another project on the same host declares it.
"#,
    run,
};

fn run(repo: &Repo, findings: &mut Findings) {
    let by_labels = declared_by_labels(repo, "middlewares");
    each_label(repo, |_, label, declared| {
        let is_list = label.section == "routers" && label.option == "middlewares";
        for name in label.value.iter().filter(|_| is_list).flat_map(items) {
            let known = with_files(&by_labels, &declared.middlewares);
            findings.push_maybe(undefined(&RULE, &name, "middleware", &known, declared));
        }
    });
}
