//! `entrypoint-undefined`.

use super::{each_label, items, plain, undefined, with_files};
use crate::diag::{Code, Level};
use crate::repo::Repo;
use crate::rules::{Findings, Rule};

/// A router on an entry point that no Traefik has.
pub static RULE: Rule = Rule {
    code: Code { id: "RTE001", name: "entrypoint-undefined" },
    level: Level::Error,
    summary: "a router uses an entry point that no Traefik of the repository declares",
    docs: r#"
## What it does
Compares `entrypoints` of routers with the entry points that flags, variables and files of the repository's Traefiks
declare. What cannot be a name at all, such as a rule that ended up in the wrong label, is always an error.
## Why it matters
Traefik logs an error that nobody reads and leaves the router out: the page is 404.
## Example
```sample
#- docker-compose.yml
services:
  proxy:
    image: traefik:v3.1
    command:
      - --providers.docker
      - --entrypoints.web.address=:80
      - --entrypoints.websecure.address=:443
  api:
    image: api:1
    labels:
      - traefik.http.routers.api.entrypoints=webs
#                                            ^^^^ error: no entry point is called `webs`
      - traefik.http.routers.admin.entrypoints=web || Host(`admin.localhost`)
#                                              ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error: this is no list of entry points
```
## Silent
```sample
#- docker-compose.yml
services:
  proxy:
    image: traefik:v3.1
    command: ["--entryPoints.web.address=:80"]
  api:
    image: api:1
    labels:
      traefik.http.routers.api.entrypoints: web
      traefik.http.routers.api.rule: Host(`a`)
```
## When it may be wrong
When the proxy also reads a configuration that is not in the repository.
"#,
    run,
};

fn run(repo: &Repo, findings: &mut Findings) {
    each_label(repo, |_, label, declared| {
        let known = with_files(&[], &declared.entry_points);
        let is_list = label.section == "routers" && label.option == "entrypoints";
        let Some(value) = label.value.as_ref().filter(|_| is_list) else { return };
        for name in items(value) {
            let is_name =
                |it: char| it.is_alphanumeric() || matches!(it, '-' | '_' | '.' | '$' | '{' | '}' | ':' | '?' | '@');
            if !plain(&name.value).chars().all(is_name) {
                let finding = RULE.finding(value.span, "this is no list of entry points");
                findings.push(finding.help("write the names of entry points; a rule belongs into the label `rule`"));
                return;
            }
            if !known.is_empty() && !name.value.contains('$') {
                findings.push_maybe(undefined(&RULE, &name, "entry point", &known, declared));
            }
        }
    });
}
