//! `certresolver-undefined`.

use super::{each_label, undefined, with_files};
use crate::diag::{Code, Level};
use crate::repo::Repo;
use crate::rules::{Findings, Rule};

/// A router that asks a certificate resolver which does not exist.
pub static RULE: Rule = Rule {
    code: Code { id: "RTE002", name: "certresolver-undefined" },
    level: Level::Error,
    summary: "a router uses a certificate resolver that no Traefik of the repository declares",
    docs: r#"
## What it does
Compares `tls.certresolver` of routers with the resolvers that flags and files of the repository's Traefiks declare.
## Why it matters
Traefik serves its own certificate, which every browser refuses.
## Example
```sample
#- docker-compose.yml
services:
  proxy:
    image: traefik:v3.1
    command:
      - --providers.docker
      - --certificatesresolvers.letsencrypt.acme.tlschallenge=true
  api:
    image: api:1
    labels:
      - traefik.http.routers.api.tls.certresolver=letsencript
#                                                 ^^^^^^^^^^^ error: no certificate resolver is called `letsencript`
```
## Silent
```sample
#- docker-compose.yml
services:
  api:
    image: api:1
    labels:
      - traefik.http.routers.api.tls.certresolver=le
```
## When it may be wrong
When the proxy also reads a configuration that is not in the repository.
"#,
    run,
};

fn run(repo: &Repo, findings: &mut Findings) {
    each_label(repo, |_, label, declared| {
        let known = with_files(&[], &declared.resolvers);
        let is_it = label.section == "routers" && label.option == "tls.certresolver";
        if let Some(value) = label.value.as_ref().filter(|it| is_it && !known.is_empty() && !it.value.contains('$')) {
            findings.push_maybe(undefined(&RULE, value, "certificate resolver", &known, declared));
        }
    });
}
