//! `value-mangled-by-shell`.

use super::Cause;
use crate::diag::{Code, Level};
use crate::repo::Repo;
use crate::rules::{Findings, Rule};

/// Values that a shell that sources the file does not see as they are.
pub static RULE: Rule = Rule {
    code: Code { id: "DIA003", name: "value-mangled-by-shell" },
    level: Level::Warning,
    summary: "a value that bash, which sources the file, does not take as it is written",
    docs: r##"
## What it does
Finds unquoted blanks, quotes within a value, `;`, `&`, `<`, `>` and the like in env files that a script sources, where
the script or compose then uses the variable.
## Why it matters
The file is a script for bash: `NAME=two words` runs the command `words`, and `["a"]` loses its quotes.
## Example
```sample
#- .env
SITE_NAME=My Site
#         ^^^^^^^ warning: bash does not take this for the value of `SITE_NAME` that it seems to be
#- deploy.sh
source .env
#      ~~~~ read by bash here
echo "deploying $SITE_NAME"
```
## Silent
```sample
#- .env
SITE_NAME="My Site"
#- deploy.sh
source .env
echo "deploying $SITE_NAME"
```
What the script itself wrote is not what a template says.
```sample
#- .env.example
SITE_NAME=My Site
#- try.sh
echo "SITE_NAME=test" >> .env
source .env
echo "building $SITE_NAME"
```
"##,
    run,
};

fn run(repo: &Repo, findings: &mut Findings) {
    super::report(repo, &RULE, Cause::Shell, findings);
}
