//! `settings-v1-leftover`.

use crate::diag::{Code, Level};
use crate::repo::Repo;
use crate::repo::fact::{Leftover, LeftoverKind, SettingsClass};
use crate::rules::{Findings, Rule};

/// Something of pydantic 1 that pydantic-settings 2 disregards or refuses.
pub static RULE: Rule = Rule {
    code: Code { id: "SET009", name: "settings-v1-leftover" },
    level: Level::Error,
    summary: "a settings class of pydantic 2 is written in words of pydantic 1",
    docs: r#"
## What it does
Finds, in classes of pydantic-settings 2, what only pydantic 1 understands: `Field(env=…)`, `fields = {…}` in
`class Config`, and `class Config` beside `model_config`.
## Why it matters
pydantic-settings 2 does not look at `env=`: the variable is ignored in silence and the default applies. With both
`class Config` and `model_config` the module cannot be imported.
## Example
```sample
#- app/config.py
from pydantic import Field
from pydantic_settings import BaseSettings
class Settings(BaseSettings):
    url: str = Field("redis://localhost", env="CACHE_URL")
#                                         ^^^^^^^^^^^^^^^ error: pydantic-settings 2 ignores `env=`; `url` is read from `URL`
#- app/other.py
from pydantic_settings import BaseSettings, SettingsConfigDict
class Other(BaseSettings):
    port: int = 1
    model_config = SettingsConfigDict(extra="ignore")
    class Config:
#         ^^^^^^ error: pydantic 2 refuses a class with both `model_config` and `class Config`
        env_prefix = "APP_"
#- app/main.py
print(Settings().url, Other().port)
```
## Silent
`env=` with the name that is read anyway is told as information only.
```sample
#- app/config.py
from pydantic import BaseSettings, Field
class Settings(BaseSettings):
    url: str = Field("redis://cache", env="CACHE_URL")
    class Config:
        env_prefix = "APP_"
#- app/main.py
print(Settings().url)
```
"#,
    run,
};

fn run(repo: &Repo, findings: &mut Findings) {
    for class in &repo.facts.settings {
        for leftover in &class.leftovers {
            let (message, help) = words(class, leftover);
            let level = if changes_nothing(class, leftover) { Level::Info } else { RULE.level };
            findings.push(RULE.finding_at(level, leftover.span, message).help(help));
        }
    }
}

/// Returns whether `env=` says the name that the field has anyway.
fn changes_nothing(class: &SettingsClass, leftover: &Leftover) -> bool {
    let field = class.fields.iter().find(|it| leftover.field.as_ref() == Some(&it.name.value));
    let is_same = |it: &String| leftover.names.iter().all(|name| it.eq_ignore_ascii_case(name));
    leftover.kind == LeftoverKind::FieldEnv
        && !leftover.names.is_empty()
        && field.is_some_and(|it| it.env_names.iter().any(is_same))
}

fn words(class: &SettingsClass, leftover: &Leftover) -> (String, &'static str) {
    let field = class.fields.iter().find(|it| leftover.field.as_ref() == Some(&it.name.value));
    match (leftover.kind, field) {
        (LeftoverKind::FieldEnv, Some(field)) => {
            let names = field.env_names.join("`, `");
            let name = &field.name.value;
            let message = format!("pydantic-settings 2 ignores `env=`; `{name}` is read from `{names}`");
            (message, "write `validation_alias=` in place of `env=`")
        }
        (LeftoverKind::FieldEnv, None) => {
            ("pydantic-settings 2 ignores `env=`".to_string(), "write `validation_alias=` in place of `env=`")
        }
        (LeftoverKind::ConfigFields, _) => (
            "pydantic-settings 2 ignores `fields` in `class Config`".to_string(),
            "write `Field(validation_alias=…)` at each of the fields",
        ),
        (LeftoverKind::BothConfigs, _) => (
            "pydantic 2 refuses a class with both `model_config` and `class Config`".to_string(),
            "move what `class Config` says into `model_config`",
        ),
    }
}
