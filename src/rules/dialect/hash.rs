//! `hash-cuts-value`.

use super::Cause;
use crate::diag::{Code, Level};
use crate::repo::Repo;
use crate::rules::{Findings, Rule};

/// Values that a reader cuts off at a `#`.
pub static RULE: Rule = Rule {
    code: Code { id: "DIA006", name: "hash-cuts-value" },
    level: Level::Warning,
    summary: "a `#` in a value that one of the file's readers takes for the start of a comment",
    docs: r##"
## What it does
Finds `#` within values of env files that the dotenv package of Node, `node --env-file` or make read.
## Why it matters
For these programs a comment needs no blank before it: of `a#b` only `a` is left.
## Example
```sample
#- .env
COLOR=red#ff0000
#     ^^^^^^^^^^ warning: node --env-file cuts `COLOR` off at the `#`
#- start.sh
node --env-file=.env server.js
#    ~~~~~~~~~~~~~~~ read by node --env-file here
```
## Silent
```sample
#- .env
COLOR="red#ff0000"
#- start.sh
node --env-file=.env server.js
```
"##,
    run,
};

fn run(repo: &Repo, findings: &mut Findings) {
    super::report(repo, &RULE, Cause::Hash, findings);
}
