//! `dollar-unescaped`.

use super::{is_command, is_demanded, is_from_the_shell};
use crate::diag::{Applicability, Code, Edit, Level};
use crate::repo::Repo;
use crate::repo::compose::Variable;
use crate::repo::provenance;
use crate::rules::{Findings, Rule};
use crate::syntax::interpolation::Operator;

/// `$X` in a command that was meant for the container.
pub static RULE: Rule = Rule {
    code: Code { id: "ENV015", name: "dollar-unescaped" },
    level: Level::Warning,
    summary: "a command uses `$X` of the container, but compose replaces it before the container starts",
    docs: r#"
## What it does
Finds `$X` in `command`, `entrypoint` and `healthcheck` where X is in the service's own `environment` and nothing
outside sets it.
## Why it matters
Compose replaces `$X` with a variable of whoever starts it, which is empty here. `$$X` reaches the container's shell.
## Example
```sample
#- docker-compose.yml
services:
  db:
    image: postgres:17
    environment:
      POSTGRES_USER: app
#     ~~~~~~~~~~~~~ set in the container only
    healthcheck:
      test: pg_isready -U $POSTGRES_USER
#                         ^^^^^^^^^^^^^^ warning: compose replaces `$POSTGRES_USER` itself, with nothing
```
## Silent
```sample
#- docker-compose.yml
services:
  db:
    image: postgres:17
    environment:
      POSTGRES_USER: app
    healthcheck:
      test: pg_isready -U $${POSTGRES_USER}
    command: postgres -c port=${DB_PORT:-5432}
```
"#,
    run,
};

fn run(repo: &Repo, findings: &mut Findings) {
    for environment in &repo.environments {
        for file in environment.compose_files.iter().filter_map(|it| repo.compose_file(it)) {
            for it in file.references.iter().filter(|it| is_command(&it.field)) {
                let name = &it.reference.name;
                let has_default = it.reference.operation.as_ref().is_some_and(|it| it.operator != Operator::Required);
                let service = it.service.as_ref().and_then(|it| environment.model.service(it));
                let variable = service.and_then(|it| it.variable(name)).filter(|it| it.value.is_some());
                // Where the container has it from the same place, either says the same.
                let is_same = |it: &&Variable| {
                    let is_it = |value: &str| value.contains(&format!("${{{name}")) || value == format!("${name}");
                    it.value.as_ref().is_some_and(|it| is_it(&it.value))
                };
                let Some(variable) = variable.filter(|it| !is_same(it) && !has_default && !is_from_the_shell(name))
                else {
                    continue;
                };
                if is_demanded(repo, environment, name) || !provenance::interpolated(repo, environment, name).is_unset()
                {
                    continue;
                }
                let dollar = it.span.part(0, 0);
                let edit = Edit { span: dollar, replacement: "$".to_string() };
                let finding = RULE
                    .finding(it.span, format!("compose replaces `${name}` itself, with nothing"))
                    .also(variable.name.span, "set in the container only")
                    .help(format!("write `$${name}`, so that the container's shell replaces it"))
                    .fix("double the dollar", Applicability::Unsafe, vec![edit]);
                findings.push(finding);
            }
        }
    }
}
