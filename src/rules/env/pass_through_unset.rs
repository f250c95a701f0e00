//! `pass-through-unset`.

use super::{is_from_the_shell, is_started_here, mention_anywhere};
use crate::diag::{Code, Level};
use crate::repo::Repo;
use crate::repo::code;
use crate::repo::fact::Absent;
use crate::repo::provenance;
use crate::rules::{Findings, Rule};

/// `environment: [X]` where nothing has X.
pub static RULE: Rule = Rule {
    code: Code { id: "ENV016", name: "pass-through-unset" },
    level: Level::Warning,
    summary: "`environment:` passes a variable on, and nothing sets it",
    docs: r#"
## What it does
Finds names without a value under `environment:` that no env file, template, script or workflow of the environment
sets, where one of almost the same name is set, or the code does not start without it. Any other is a suspicion: it may
be there for whoever has it in the shell.
## Why it matters
Compose leaves the variable out without a word, and the code falls back to its default.
## Example
```sample
#- docker-compose.yml
services:
  api:
    image: api
    environment:
      - API_TOKN
#       ^^^^^^^^ warning: nothing sets `API_TOKN`, so nothing is passed on
      - LOG_FORMAT
#       ^^^^^^^^^^ info: nothing sets `LOG_FORMAT`, so nothing is passed on
#- .env.example
API_TOKEN=
```
## Silent
```sample
#- docker-compose.yml
services:
  api:
    image: api
    environment:
      - API_TOKEN
      - HOSTNAME
#- .env.example
API_TOKEN=
```
## When it may be wrong
When whoever starts compose has the variable in the shell. Name it in a template.
"#,
    run,
};

fn run(repo: &Repo, findings: &mut Findings) {
    for environment in &repo.environments {
        for service in &environment.model.services {
            for variable in service.environment.iter().filter(|it| it.value.is_none()) {
                let name = &variable.name.value;
                let is_known = is_from_the_shell(name) || name.contains('$');
                if is_known || !provenance::interpolated(repo, environment, name).is_unset() {
                    continue;
                }
                // The same name from an env file of the service is not taken away by passing nothing on.
                if super::env_file_with(repo, environment, name).is_some() {
                    continue;
                }
                let elsewhere = mention_anywhere(repo, name);
                if elsewhere.is_some() && !is_started_here(repo, environment) {
                    continue;
                }
                // A name that the service gets as well is another variable.
                let entries = repo.facts.env_files.iter().flat_map(|it| &it.entries).map(|it| it.name.value.as_str());
                let near = crate::diag::did_you_mean(name, entries.filter(|it| service.variable(it).is_none()));
                let help = match near {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => format!("give it a value, or name `{name}` in an env file or template"),
                };
                // What a program of others reads may well be left out: `X:` then means "if the operator has it".
                let code = code::of_service(repo, environment, service);
                let is_foreign = code.as_ref().is_some_and(|it| it.extends_a_program())
                    || service.image.as_ref().is_some_and(|it| it.value.contains('$'));
                let is_needed = near.is_some() || fails_without(repo, code.as_deref(), name);
                let level = if is_foreign || !is_needed { Level::Info } else { RULE.level };
                let finding = RULE
                    .finding_at(level, variable.name.span, format!("nothing sets `{name}`, so nothing is passed on"))
                    .help(help);
                findings.push(finding);
            }
        }
    }
}

/// Returns whether the code of a service does not start without a variable.
fn fails_without(repo: &Repo, code: Option<&code::Code>, name: &str) -> bool {
    repo.usage.of_name(name).iter().any(|it| {
        let fails = repo.as_read(*it).is_some_and(|it| it.absent == Absent::Fails && !it.in_test)
            || repo.as_field(*it).is_some_and(|it| it.1.is_required);
        fails && code.is_some_and(|code| code.holds(repo.path(repo.use_span(*it).file)))
    })
}
