//! `label-key-not-interpolated`.

use std::sync::Arc;

use crate::diag::{Code, Diagnostic, Level};
use crate::repo::Repo;
use crate::rules::{Findings, Rule};

/// A variable in a key of a mapping, which compose leaves alone.
pub static RULE: Rule = Rule {
    code: Code { id: "RTE013", name: "label-key-not-interpolated" },
    level: Level::Error,
    summary: "a variable in the key of a mapping stays as it is: compose replaces values only",
    docs: r#"
## What it does
Finds `$NAME` and `${NAME}` in keys of `labels`, `environment` and other mappings.
## Why it matters
Compose replaces variables in values only. The label is really called `traefik.http.routers.${STACK}-api.rule`, so that
two stacks share one router.
## Example
```sample
#- docker-compose.yml
services:
  api:
    image: api:1
    labels:
      traefik.http.routers.${STACK?not set}-api.rule: Host(`a`)
#                          ^^^^^^^^^^^^^^^^ error: compose does not replace variables in keys
```
## Silent
```sample
#- docker-compose.yml
services:
  api:
    image: api:1
    labels:
      - traefik.http.routers.${STACK?not set}-api.rule=Host(`a`)
```
"#,
    run,
};

fn run(repo: &Repo, findings: &mut Findings) {
    for file in repo.facts.compose_files.iter().filter(|it| !is_filled_in(repo, &it.path)) {
        let mut told: Option<(&[Arc<str>], Diagnostic)> = None;
        for reference in file.key_references.iter().filter(|it| !it.field.iter().any(|it| it.starts_with("x-"))) {
            // The keys of one map are one mistake.
            let map = &reference.field[..reference.field.len().saturating_sub(1)];
            told = match told {
                Some((same, finding)) if same == map => Some((same, finding.also(reference.span, "and here"))),
                other => {
                    findings.push_maybe(other.map(|it| it.1));
                    let finding = RULE.finding(reference.span, "compose does not replace variables in keys");
                    Some((map, finding.help("write a list of `key=value`: there it does")))
                }
            };
        }
        findings.push_maybe(told.map(|it| it.1));
    }
}

/// Returns whether a script fills a file in before compose reads it.
fn is_filled_in(repo: &Repo, path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    repo.facts.commands.iter().any(|command| {
        let names = |it: &str| it.rsplit('/').next() == Some(name);
        let fills = |it: &str| it.rsplit('/').next() == Some("envsubst");
        command.words.iter().any(|it| fills(&it.text)) && command.words.iter().any(|it| names(&it.text))
    })
}
