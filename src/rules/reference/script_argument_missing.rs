//! `script-argument-missing`.

use crate::diag::{Code, Level};
use crate::repo::Repo;
use crate::repo::fact::{Action, Command, CommandHost};
use crate::rules::existence::{candidates, level};
use crate::rules::{Findings, Rule};

/// A script is called without an argument that it insists on.
pub static RULE: Rule = Rule {
    code: Code { id: "REF013", name: "script-argument-missing" },
    level: Level::Error,
    summary: "a script is called without an argument that it insists on",
    docs: r#"
## What it does
Compares calls of the repository's shell scripts with the arguments that they insist on: `${1:?}`, or a test of `$#` or
`$1` that ends the script.
## Why it matters
The script only prints how it is used, and the workflow fails or, without `set -e`, goes on as if it had run.
## Example
```sample
#- .github/workflows/deploy.yml
jobs:
  deploy:
    steps:
      - run: |
          chmod +x secrets.sh
          ./secrets.sh
#         ^^^^^^^^^^^^ error: `secrets.sh` needs an argument and gets none
#- secrets.sh
if [ -z "$1" ]; then
#~~~~~~~~~~~~~~~~~~~ it ends here without one
  echo "usage: secrets.sh TARGET"
  exit 1
fi
```
## Silent
```sample
#- run.sh
./secrets.sh . && ./secrets.sh "$@" && ./other.sh
./cluster.sh ports
#- secrets.sh
: "${1:?usage}"
#- other.sh
check() {
  [ -z "$1" ] && exit 1
}
if [ -z "$1" ]; then
  TARGET=.
fi
#- cluster.sh
case "${1:-}" in
  attach)
    if [[ $# -lt 2 ]]; then
      echo "usage: cluster.sh attach NAME"
      exit 1
    fi
    ;;
esac
```
"#,
    run,
};

fn run(repo: &Repo, findings: &mut Findings) {
    for command in &repo.facts.commands {
        let Action::Script { script, n_arguments } = &command.action else { continue };
        // A document shows the name alone; `xargs` and pipes of names give arguments that are not seen.
        let gets_more = command.words.iter().any(|it| it.is_dynamic || it.text.contains(['$', '@']));
        // `npm run x -- FILE` hands on what it is given.
        let is_left_out = matches!(command.host, CommandHost::Document | CommandHost::Tasks);
        if is_left_out || gets_more || command.words.is_empty() {
            continue;
        }
        let paths = candidates(command, &script.value);
        let called = repo.facts.scripts.iter().find(|it| paths.contains(&it.path));
        if let Some((place, n)) = called.and_then(|it| it.arguments)
            && *n_arguments < n
        {
            judge(command, (&script.value, *n_arguments), (place, n), findings);
        }
    }
}

fn judge(
    command: &Command,
    (script, n_given): (&str, usize),
    (place, n): (crate::source::Span, usize),
    findings: &mut Findings,
) {
    let name = script.trim_start_matches("./");
    let needs = if n == 1 { "an argument".to_string() } else { format!("{n} arguments") };
    let gets = if n_given == 0 { "none".to_string() } else { format!("{n_given}") };
    let without = if n == 1 { "it ends here without one" } else { "it ends here without them" };
    let finding = RULE.finding_at(level(command), command.span, format!("`{name}` needs {needs} and gets {gets}"));
    findings.push(finding.also(place, without).help("give the argument"));
}
