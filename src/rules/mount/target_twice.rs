//! `mount-target-twice`.

use std::collections::BTreeMap;

use crate::diag::{Code, Level};
use crate::repo::Repo;
use crate::repo::compose::read::split_mount;
use crate::rules::{Findings, Rule};
use crate::syntax::node::Node;

/// Two mounts at one path of a container.
pub static RULE: Rule = Rule {
    code: Code { id: "MNT009", name: "mount-target-twice" },
    level: Level::Error,
    summary: "a service mounts two things at one path of its container",
    docs: r#"
## What it does
Finds services of one compose file that mount twice at the same path.
## Why it matters
Compose drops the first of the two without a word, and what was in it is not there.
## Example
```sample
#- compose.yml
services:
  db:
    image: postgres:17
    volumes:
      - data:/var/lib/postgresql/data
#       ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~ here it is mounted before
      - backup:/var/lib/postgresql/data
#       ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error: `/var/lib/postgresql/data` is mounted twice
volumes:
  data:
  backup:
```
## Silent
An overlay that mounts something else at a path of its base.
```sample
#- docker-compose.yml
services:
  db:
    image: postgres:17
    volumes: ["data:/var/lib/postgresql/data"]
volumes: {data: }
#- docker-compose.override.yml
services:
  db:
    volumes: ["./pgdata:/var/lib/postgresql/data", "./x:/docker-entrypoint-initdb.d"]
#- pgdata/ (ignored)
#- x/a.sql
select 1;
```
"#,
    run,
};

fn run(repo: &Repo, findings: &mut Findings) {
    let services = repo.facts.compose_files.iter().filter_map(|it| it.node.get("services")?.as_map());
    // What compose makes of the list has each target once, so the list is looked at as it is written.
    for list in services.flat_map(|it| &it.entries).filter_map(|it| it.value.get("volumes")?.as_seq()) {
        let mut seen: BTreeMap<String, &Node> = BTreeMap::new();
        for item in list {
            let Some(target) = target(item).filter(|it| !it.contains('$')) else { continue };
            if let Some(first) = seen.insert(target.clone(), item) {
                let finding = RULE.finding(item.place(), format!("`{target}` is mounted twice"));
                findings.push(finding.also(first.place(), "here it is mounted before").help("keep one of them"));
            }
        }
    }
}

fn target(item: &Node) -> Option<String> {
    let written = match item.as_text() {
        Some(text) => split_mount(text).1.to_string(),
        None => item.get("target")?.as_text()?.to_string(),
    };
    Some(written.trim_end_matches('/').to_string())
}
