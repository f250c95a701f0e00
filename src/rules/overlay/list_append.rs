//! `overlay-list-append`.

use crate::diag::{Applicability, Code, Edit, Level};
use crate::repo::Repo;
use crate::repo::compose::File;
use crate::rules::{Findings, Rule};
use crate::source::Span;
use crate::syntax::node::{Node, Value};

/// An empty list in an overlay, which takes nothing away.
pub static RULE: Rule = Rule {
    code: Code { id: "OVL002", name: "overlay-list-append" },
    level: Level::Warning,
    summary: "an empty list in an overlay does not take away what the base lists",
    docs: r#"
## What it does
Finds empty lists and maps in a later file where an earlier file of the same environment lists something.
## Why it matters
Compose appends lists: `ports: []` adds nothing, and everything the base publishes stays published.
## Example
```sample
#- docker-compose.yml
services:
  web:
    image: web:1
    ports:
      - "127.0.0.1:8080:8080"
#     ~~~~~~~~~~~~~~~~~~~~~~~ this stays
#- docker-compose.prod.yml
services:
  web:
    restart: always
    ports: []
#          ^^ warning: an empty `ports` takes nothing away: compose adds it to what is there
```
## Silent
```sample
#- docker-compose.yml
services:
  web:
    image: web:1
    ports:
      - "127.0.0.1:8080:8080"
#- docker-compose.prod.yml
services:
  web:
    restart: always
    ports: !reset []
    command: []
    dns: []
```
## When it may be wrong
Never with compose: `!reset` and `!override`, since compose 2.24, are the only ways to take something away.
"#,
    run,
};

/// Lists and maps that are joined with the base's.
const JOINED: [&str; 14] = [
    "ports",
    "volumes",
    "networks",
    "environment",
    "env_file",
    "depends_on",
    "labels",
    "expose",
    "extra_hosts",
    "configs",
    "secrets",
    "cap_add",
    "devices",
    "profiles",
];

fn run(repo: &Repo, findings: &mut Findings) {
    for environment in repo.environments.iter().filter(|it| it.compose_files.len() > 1) {
        let files: Vec<&File> = environment.compose_files.iter().filter_map(|it| repo.compose_file(it)).collect();
        for (at, over) in files.iter().enumerate().skip(1) {
            for service in &over.model.services {
                let name = &service.name.value;
                let Some(node) = over.node.at(&["services", name]) else { continue };
                for key in JOINED {
                    let Some(value) = node.get(key).filter(|it| is_empty(it) && it.tag().is_none()) else { continue };
                    let before = files[..at].iter().rev().find_map(|it| it.node.at(&["services", name, key]));
                    if let Some(before) = before.filter(|it| !is_empty(it) && !it.is_null()) {
                        report(key, value, before.place(), findings);
                    }
                }
            }
        }
    }
}

fn report(key: &str, value: &Node, before: Span, findings: &mut Findings) {
    let place = value.place();
    let message = format!("an empty `{key}` takes nothing away: compose adds it to what is there");
    let insert = Edit { span: Span { end: place.start, ..place }, replacement: "!reset ".to_string() };
    let finding = RULE
        .finding(place, message)
        .also(before, "this stays")
        .help(format!("write `{key}: !reset []` to take it away"))
        .fix("take it away with `!reset`", Applicability::Unsafe, vec![insert]);
    findings.push(finding);
}

fn is_empty(node: &Node) -> bool {
    match &node.value {
        Value::Seq(items) => items.is_empty(),
        Value::Map(map) => map.entries.is_empty(),
        Value::Scalar(_) => false,
    }
}
