//! `dollar-read-differently`.

use super::Cause;
use crate::diag::{Code, Level};
use crate::repo::Repo;
use crate::rules::{Findings, Rule};

/// Values with a `$` that readers disagree about.
pub static RULE: Rule = Rule {
    code: Code { id: "DIA004", name: "dollar-read-differently" },
    level: Level::Warning,
    summary: "a `$` in a value that one reader of the file expands and another does not",
    docs: r##"
## What it does
Finds `$NAME` and `${NAME}` in values of env files with readers that expand it and readers that do not.
## Why it matters
The same variable has two values. A password with a `$` loses a part where it is expanded.
## Example
```sample
#- .env.prod
DOMAIN_NAME=example.org
SITE_URL=https://${DOMAIN_NAME}/
#        ^^^^^^^^^^^^^^^^^^^^^^^ warning: docker stack does not expand the `$` in `SITE_URL`
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
DOMAIN_NAME=example.org
SITE_URL=https://${DOMAIN_NAME}/
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
    super::report(repo, &RULE, Cause::Expansion, findings);
}
