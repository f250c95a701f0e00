//! `quotes-taken-literally`.

use super::Cause;
use crate::diag::{Code, Level};
use crate::repo::Repo;
use crate::rules::{Findings, Rule};

/// Quotes that become part of the value.
pub static RULE: Rule = Rule {
    code: Code { id: "DIA001", name: "quotes-taken-literally" },
    level: Level::Error,
    summary: "a quoted value in an env file whose reader takes the quotes for a part of it",
    docs: r##"
## What it does
Finds quoted values in env files that `docker stack`, `docker run --env-file` or `kubectl` read.
## Why it matters
These programs take a line as it is: the value starts and ends with a quote. A URL does not parse, a JSON list is a
text.
## Example
```sample
#- .env.prod
CORS_ORIGINS='["https://example.org"]'
#            ^^^^^^^^^^^^^^^^^^^^^^^^^ error: docker stack takes the quotes for a part of `CORS_ORIGINS`
#- docker-stack.yml
services:
  api:
    image: api:1
    env_file: .env.prod
#             ~~~~~~~~~ read by docker stack here
```
## Silent
```sample
#- .env.prod
CORS_ORIGINS=["https://example.org"]
#- docker-stack.yml
services:
  api:
    image: api:1
    env_file: .env.prod
#- .env.dev
NAME="two words"
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
    super::report(repo, &RULE, Cause::Quotes, findings);
}
