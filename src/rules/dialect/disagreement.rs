//! `readers-disagree`.

use super::Cause;
use crate::diag::{Code, Level};
use crate::repo::Repo;
use crate::rules::{Findings, Rule};

/// Other values that readers take for different ones.
pub static RULE: Rule = Rule {
    code: Code { id: "DIA008", name: "readers-disagree" },
    level: Level::Warning,
    summary: "a value that two readers of an env file read differently",
    docs: "\
## What it does
Finds values that the readers of an env file take for different ones, for a reason that no other rule of this family
names: blanks at the end, backslashes.
## Why it matters
What works on one way into the program does not on the other.
## Example
The first line ends with a blank, which stays in the value.
```sample
#- .env.prod
PATTERN=abc\x20
#       ^^^ warning: docker stack reads another value of `PATTERN` than compose
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
PATTERN=abc\x20
#- docker-compose.dev.yml
services:
  api:
    image: api:1
    env_file: .env.dev
```
",
    run,
};

fn run(repo: &Repo, findings: &mut Findings) {
    super::report(repo, &RULE, Cause::Other, findings);
}
