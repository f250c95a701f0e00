//! `healthcheck-form`.

use std::collections::BTreeSet;

use crate::diag::{Code, Diagnostic, Level};
use crate::repo::Repo;
use crate::repo::compose::Arguments;
use crate::repo::fact::Text;
use crate::rules::{Findings, Rule};

/// A health check whose list of words does not mean what it looks like.
pub static RULE: Rule = Rule {
    code: Code { id: "HLT006", name: "healthcheck-form" },
    level: Level::Warning,
    summary: "the words of a health check do not reach the program that it is meant to run",
    docs: r#"
## What it does
Finds `CMD-SHELL` with several words, `CMD` with an operator of the shell among its words, and `CMD` with a whole command
line as one word.
## Why it matters
After `CMD-SHELL` stands one text for the shell. It takes what follows for its own parameters, and runs the first word
alone: `redis-cli` without `ping` always succeeds. After `CMD` no shell reads the words: `||` is an argument like any
other, and a program whose name has a space in it is not found.
## Example
```sample
#- compose.yml
services:
  cache:
    image: redis:7
    healthcheck:
      test: ["CMD-SHELL", "redis-cli", "ping"]
#                                      ^^^^^^ warning: the shell runs `redis-cli` alone: `CMD-SHELL` takes one text
  api:
    image: ghcr.io/acme/api:1
    healthcheck:
      test: ["CMD", "curl", "-f", "http://localhost:8000/health", "||", "exit", "1"]
#                                                                 ^^^^ warning: no shell reads this: `||` is an argument of `curl`
  db:
    image: postgres:17
    healthcheck:
      test: ["CMD", "pg_isready -U postgres"]
#                   ^^^^^^^^^^^^^^^^^^^^^^^^ warning: there is no program `pg_isready -U postgres`: `CMD` takes each word by itself
```
## Silent
```sample
#- compose.yml
services:
  cache:
    image: redis:7
    healthcheck: {test: ["CMD", "redis-cli", "ping"]}
  db:
    image: postgres:17
    healthcheck: {test: ["CMD-SHELL", "pg_isready -U postgres || exit 1"]}
  web:
    image: nginx:1.27
    healthcheck: {test: curl -f http://localhost/ || exit 1}
  api:
    image: ghcr.io/acme/api:1
    healthcheck: {test: ["CMD", "sh", "-c", "test -e /tmp/a || exit 1"]}
  worker:
    image: ghcr.io/acme/worker:1
    healthcheck: {test: ["CMD-SHELL", "pgrep -f \"$$0\"", "celery"]}
```
"#,
    run,
};

fn run(repo: &Repo, findings: &mut Findings) {
    let mut told = BTreeSet::new();
    for service in repo.environments.iter().flat_map(|it| &it.model.services) {
        let check = service.healthcheck.as_ref().filter(|it| !it.is_disabled).and_then(|it| it.test.as_ref());
        if let Some(check) = check.filter(|it| told.insert(it.span)) {
            findings.push_maybe(judge(check));
        }
    }
}

fn judge(check: &Arguments) -> Option<Diagnostic> {
    let (first, rest) = check.words.split_first()?;
    let program = &first.value;
    if check.is_shell {
        // A script may ask for its parameters.
        let second = rest.first().filter(|_| !program.contains('$') && is_word(program))?;
        let message = format!("the shell runs `{program}` alone: `CMD-SHELL` takes one text");
        return Some(RULE.finding(second.span, message).help("write `CMD` in place of `CMD-SHELL`, or one text"));
    }
    if let Some(operator) = rest.iter().find(|it| is_operator(it)) {
        let message = format!("no shell reads this: `{}` is an argument of `{program}`", operator.value);
        return Some(
            RULE.finding(operator.span, message).help("write `CMD-SHELL` in place of `CMD`, and the line as one text"),
        );
    }
    if rest.is_empty() && !is_word(program) {
        let message = format!("there is no program `{program}`: `CMD` takes each word by itself");
        return Some(
            RULE.finding(first.span, message).help("write `CMD-SHELL` in place of `CMD`, or each word by itself"),
        );
    }
    None
}

fn is_word(text: &str) -> bool {
    !text.trim().contains(char::is_whitespace)
}

fn is_operator(word: &Text) -> bool {
    matches!(word.value.as_str(), "||" | "&&" | "|" | ";")
}
