//! `interpolation-malformed`.

use crate::diag::{Code, Level};
use crate::repo::Repo;
use crate::rules::{Findings, Rule};

/// A `${…}` that compose refuses, or that does not say what its author means.
pub static RULE: Rule = Rule {
    code: Code { id: "YML008", name: "interpolation-malformed" },
    level: Level::Error,
    summary: "a `${…}` is one that compose refuses, or does not say what it looks like",
    docs: r#"
## What it does
Finds variables in compose files that are not closed, have forms of bash that compose does not know, or two operators
after each other.
## Why it matters
Compose refuses the file. Two operators are worse: `${X?:-default}` is accepted, and *requires* X, with `:-default` as
the text of its error.
## Example
```sample
#- docker-compose.yml
services:
  api:
    image: api:${TAG
#              ^^^^^ error: `${` is not closed on this line
    environment:
      CERT: ${CERT_PATH?:-/opt/cert.p12}
#                      ^^^ error: `?` is the operator here, and `:-/opt/cert.p12` its argument
      NAME: ${NAME:=x}
#           ^^^^^^^^^^ error: this form is bash's; compose does not know it
```
## Silent
```sample
#- docker-compose.yml
services:
  api:
    image: api:${TAG:-1}
    command: ["sh", "-c", "echo $${NAME%%.*}"]
    environment:
      DATE: ${DATE?set a date}
      NESTED: ${A:-${B:-c}}
      OPTION: ${FLAGS:---verbose}
      ADDED: ${PASSWORD:+--requirepass $PASSWORD}
```
"#,
    run,
};

fn run(repo: &Repo, findings: &mut Findings) {
    for file in &repo.facts.compose_files {
        for bad in &file.bad_references {
            findings.push(RULE.finding(bad.span, bad.value.clone()));
        }
    }
}
