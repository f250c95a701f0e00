//! `comment-taken-literally`.

use super::Cause;
use crate::diag::{Code, Level};
use crate::repo::Repo;
use crate::rules::{Findings, Rule};

/// Comments that become part of the value.
pub static RULE: Rule = Rule {
    code: Code { id: "DIA002", name: "comment-taken-literally" },
    level: Level::Error,
    summary: "a comment behind a value in an env file whose reader takes it for a part of the value",
    docs: r##"
## What it does
Finds comments behind values in env files that `docker stack`, `docker run --env-file` or `kubectl` read.
## Why it matters
For these programs only a line that starts with `#` is a comment: the value is `4 # one per core`.
## Example
```sample
#- .env.prod
WORKERS=4 # one per core
#         ^^^^^^^^^^^^^^ error: docker stack takes the comment for a part of `WORKERS`
#- docker-stack.yml
services:
  api:
    image: api:1
    env_file: .env.prod
#             ~~~~~~~~~ read by docker stack here
```
## Silent
```sample
#- .env.dev
WORKERS=4 # one per core
#- docker-compose.dev.yml
services:
  api:
    image: api:1
    env_file: .env.dev
```
"##,
    run,
};

fn run(repo: &Repo, findings: &mut Findings) {
    super::report(repo, &RULE, Cause::Comment, findings);
}
