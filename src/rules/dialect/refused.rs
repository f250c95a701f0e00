//! `env-line-refused`.

use super::Cause;
use crate::diag::{Code, Level};
use crate::repo::Repo;
use crate::rules::{Findings, Rule};

/// Lines that a reader of the file refuses.
pub static RULE: Rule = Rule {
    code: Code { id: "DIA005", name: "env-line-refused" },
    level: Level::Error,
    summary: "a line of an env file that one of its readers refuses",
    docs: r##"
## What it does
Finds `export NAME=`, blanks around `=` and the like in env files whose reader stops at them.
## Why it matters
`docker stack` and `docker run` end with an error at such a line, and nothing is deployed.
## Example
```sample
#- .env.prod
export TOKEN=x
#^^^^^^^^^^^^^ error: docker stack refuses this line
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
export TOKEN=x
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
    super::report(repo, &RULE, Cause::Refused, findings);
}
