//! `compose-unknown-key`.

use super::keys;
use crate::diag::{Code, Level, nearest};
use crate::repo::Repo;
use crate::rules::{Findings, Rule};
use crate::syntax::node::{Entry, Map, Node, Value};

/// A key that compose does not know at its place.
pub static RULE: Rule = Rule {
    code: Code { id: "YML005", name: "compose-unknown-key" },
    level: Level::Error,
    summary: "a compose file has a key that compose does not know there",
    docs: r#"
## What it does
Finds keys that the compose specification does not have at their place: misspelt, indented too little or too much, or
of another section.
## Why it matters
Compose refuses the whole file: "additional properties are not allowed".
## Example
```sample
#- docker-compose.yml
services:
  api:
    image: api:1
    enviroment:
#   ^^^^^^^^^^ error: compose does not know `enviroment` in a service
      A: 1
    deploy:
      resources:
        limit: {memory: 1g}
#       ^^^^^ error: compose does not know `limit` in `resources`
networks:
  web:
  worker:
# ^^^^^^ error: `worker` is a service, but stands under `networks:`
    image: api:1
    command: [worker]
```
## Silent
What others keep in a file of that name.
```sample
#- stacks/acquire/stack.yaml
name: acquire
default_port: 8080
databases: []
volumes: []
```
Keys that begin with `x-`, and names that people choose.
```sample
#- docker-compose.yml
x-common: &common
  restart: always
services:
  api:
    <<: *common
    image: api:1
    x-note: anything
    environment: {enviroment: 1}
    labels: {anything: goes}
    logging: {driver: json-file, options: {max-size: 10m}}
    ulimits: {nofile: {soft: 1, hard: 2}}
    networks: {web: {aliases: [a]}}
    depends_on: {db: {condition: service_started}}
  db: {image: 'postgres:17'}
networks:
  web: {driver: bridge}
```
## When it may be wrong
When compose has learnt a new key since: specc knows the specification of mid 2026.
"#,
    run,
};

fn run(repo: &Repo, findings: &mut Findings) {
    for file in &repo.facts.compose_files {
        walk(&file.node, &mut Vec::new(), findings);
    }
}

fn walk<'a>(node: &'a Node, path: &mut Vec<&'a str>, findings: &mut Findings) {
    match &node.value {
        Value::Map(map) => {
            if let Some(known) = keys::at(path) {
                judge(map, known, path, findings);
            }
            for entry in map.entries.iter().filter(|it| !it.key.starts_with("x-") && it.value.merged().is_none()) {
                path.push(&entry.key);
                if path.len() < 9 && !is_misplaced_service(entry, path) {
                    walk(&entry.value, path, findings);
                } else if is_misplaced_service(entry, path) {
                    misplaced(entry, path, findings);
                }
                path.pop();
            }
        }
        Value::Seq(items) => {
            path.push("[]");
            items.iter().for_each(|it| walk(it, path, findings));
            path.pop();
        }
        Value::Scalar(_) => {}
    }
}

fn judge(map: &Map, known: &str, path: &[&str], findings: &mut Findings) {
    let names = || known.split_whitespace();
    // What comes through a merge key is judged where it is written.
    let unknown = map.entries.iter().filter(|it| !it.key.starts_with("x-") && it.value.merged().is_none());
    for entry in unknown.filter(|it| !names().any(|name| name == &*it.key)) {
        let place = match path {
            [] => "at the top of a compose file".to_string(),
            ["services", _] => "in a service".to_string(),
            [.., "[]"] => format!("in an item of `{}`", path.iter().rev().find(|it| **it != "[]").unwrap_or(&"")),
            [section, _] => format!("in one of the `{section}`"),
            [.., last] => format!("in `{last}`"),
        };
        let finding = RULE.finding(entry.key_span, format!("compose does not know `{}` {place}", entry.key));
        let near = nearest(&entry.key, names());
        let finding = finding.meant(entry.key_span, &entry.key, near);
        findings.push(finding.maybe_help(help(entry, &names().collect::<Vec<_>>(), path)));
    }
}

fn help(entry: &Entry, names: &[&str], path: &[&str]) -> Option<String> {
    if let Some(near) = nearest(&entry.key, names.iter().copied()) {
        return Some(format!("did you mean `{near}`?"));
    }
    let key: &str = &entry.key;
    // The same key one level up: indented too far.
    let outer = path.get(..path.len().saturating_sub(1)).and_then(keys::at);
    if outer.is_some_and(|it| it.split_whitespace().any(|it| it == key)) && !path.is_empty() {
        return Some(format!("`{key}` belongs one level further out"));
    }
    if path.is_empty() && entry.value.as_map().is_some_and(looks_like_service) {
        return Some(format!("put it under `services:`, or name it `x-{key}` if it is only an anchor"));
    }
    if path.is_empty() {
        return Some(format!("name it `x-{key}` if it is only an anchor"));
    }
    None
}

/// A service under `networks:` or `volumes:`: one message for all its keys.
fn is_misplaced_service(entry: &Entry, path: &[&str]) -> bool {
    matches!(path, ["networks" | "volumes" | "secrets" | "configs", _])
        && entry.value.as_map().is_some_and(looks_like_service)
}

fn looks_like_service(map: &Map) -> bool {
    let service = ["image", "build", "command", "environment", "ports", "restart", "depends_on", "env_file"];
    service.iter().filter(|it| map.entry(it).is_some()).count() >= 2
}

fn misplaced(entry: &Entry, path: &[&str], findings: &mut Findings) {
    let section = path.first().copied().unwrap_or("");
    let finding = RULE.finding(entry.key_span, format!("`{}` is a service, but stands under `{section}:`", entry.key));
    findings.push(finding.help("move it under `services:`"));
}
