//! `env-shadowed`.

use std::collections::HashMap;

use crate::diag::{Code, Level};
use crate::repo::Repo;
use crate::repo::compose::Variable;
use crate::repo::provenance;
use crate::rules::{Findings, Rule};
use crate::source::normalize;

/// One variable twice for one service.
pub static RULE: Rule = Rule {
    code: Code { id: "ENV017", name: "env-shadowed" },
    level: Level::Warning,
    summary: "`environment:` has a variable twice, or repeats what `env_file:` says",
    docs: r#"
## What it does
Finds variables that stand twice in one `environment:` list, and (with `--pedantic`) those that repeat the value which
`env_file:` brings anyway.
## Why it matters
Of two lines the last one counts, and the other one is read by people.
## Example
```sample
#- docker-compose.yml
services:
  api:
    image: api:1
    environment:
      - MODE=fast
#       ~~~~ set here first
      - LEVEL=3
      - MODE=safe
#       ^^^^ warning: `MODE` is set again for `api`
```
## Silent
An override of what `env_file:` says.
```sample
#- docker-compose.yml
services:
  api:
    image: api:1
    env_file: .env
    environment:
      - DB_HOST=db
#- .env
DB_HOST=localhost
#- a.sh
echo "$DB_HOST"
```
"#,
    run,
};

fn run(repo: &Repo, findings: &mut Findings) {
    for file in &repo.facts.compose_files {
        for service in &file.model.services {
            let mut first: HashMap<&str, &Variable> = HashMap::new();
            let written =
                crate::repo::compose::read::variables(file.node.at(&["services", &service.name.value, "environment"]));
            for variable in &written {
                let name = variable.name.value.as_str();
                match first.get(name) {
                    Some(earlier) if !variable.is_mapping => {
                        let message = format!("`{name}` is set again for `{}`", service.name.value);
                        let finding =
                            RULE.finding(variable.name.span, message).also(earlier.name.span, "set here first");
                        findings.push(finding.help("keep one of the two lines; the last one counts"));
                    }
                    _ => drop(first.insert(name, variable)),
                }
            }
        }
    }
    for environment in &repo.environments {
        for service in &environment.model.services {
            for variable in &service.environment {
                let Some(value) = variable.value.as_ref().filter(|it| !it.value.contains('$')) else { continue };
                let same = service.env_files.iter().rev().find_map(|it| {
                    let path = normalize(&format!("{}/{}", environment.directory, it.path.value))?;
                    provenance::in_file(repo, &path, &variable.name.value).found()
                });
                if let Some(found) =
                    same.filter(|it| it.by == provenance::By::EnvFile && it.value.as_ref() == Some(&value.value))
                {
                    let message = format!("`{}` repeats what `env_file:` says", variable.name.value);
                    let finding =
                        RULE.finding_at(Level::Info, variable.name.span, message).also(found.span, "set here too");
                    findings.push(finding.help("remove one of the two"));
                }
            }
        }
    }
}
