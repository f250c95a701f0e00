//! `settings-env-collision`.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use crate::diag::{Code, Level};
use crate::repo::Repo;
use crate::repo::fact::{Field, SettingsClass};
use crate::rules::{Findings, Rule};

/// Two settings classes that read one variable and do different things without it.
pub static RULE: Rule = Rule {
    code: Code { id: "SET007", name: "settings-env-collision" },
    level: Level::Info,
    summary: "two settings classes read the same variable with different defaults",
    docs: r#"
## What it does
Finds variables that fields of two unrelated settings classes read, with defaults that differ. Programs of different
folders may well mean different things, so it is only a suspicion.
## Why it matters
Whoever leaves the variable out gets two different values in one system.
## Example
```sample
#- app/config.py
from pydantic_settings import BaseSettings
class Settings(BaseSettings):
    redis_url: str = "redis://cache:6379/0"
#   ~~~~~~~~~ here the default is another one
#- app/worker.py
from pydantic_settings import BaseSettings
class WorkerSettings(BaseSettings):
    redis_url: str = "redis://cache:6379/1"
#   ^^^^^^^^^ info: `REDIS_URL` has a different default in `Settings`
print(WorkerSettings().redis_url)
```
## Silent
```sample
#- app/config.py
from pydantic_settings import BaseSettings
class Settings(BaseSettings):
    redis_url: str = "redis://cache:6379/0"
class TunedSettings(Settings):
    redis_url: str = "redis://cache:6379/1"
print(Settings().redis_url)
```
"#,
    run,
};

fn run(repo: &Repo, findings: &mut Findings) {
    let mut first: HashMap<&str, (&SettingsClass, &Field)> = HashMap::new();
    for class in repo.facts.settings.iter().filter(|it| !it.in_test) {
        for field in class.fields.iter().filter(|it| it.from.is_none() && it.default_value.is_some()) {
            for name in &field.env_names {
                let (other, there) = match first.entry(name) {
                    Entry::Occupied(it) => *it.get(),
                    Entry::Vacant(it) => {
                        it.insert((class, field));
                        continue;
                    }
                };
                let is_related = inherits(class, other) || inherits(other, class);
                if is_related || there.default_value == field.default_value {
                    continue;
                }
                let message = format!("`{name}` has a different default in `{}`", other.name.value);
                let finding = RULE.finding(field.name.span, message);
                findings.push(finding.also(there.name.span, "here the default is another one"));
            }
        }
    }
}

fn inherits(class: &SettingsClass, base: &SettingsClass) -> bool {
    class.bases.iter().any(|it| it.value.rsplit('.').next() == Some(&base.name.value))
}
