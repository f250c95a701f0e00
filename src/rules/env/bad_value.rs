//! `env-bad-value`.

use std::cell::LazyCell;

use crate::diag::{Code, Level};
use crate::repo::Repo;
use crate::repo::delivered::{self, Run, final_classes};
use crate::repo::fact::{EnvEntry, EnvFile, Field, SettingsClass, Text};
use crate::rules::{Findings, Rule};
use crate::secret::is_secret_name;

/// A value that the field it fills refuses.
pub static RULE: Rule = Rule {
    code: Code { id: "ENV011", name: "env-bad-value" },
    level: Level::Error,
    summary: "a value does not fit the type of the field that it fills",
    docs: r#"
## What it does
Finds values in env files and compose files that the field of a settings class refuses: text for a number, a list that
is not JSON, a word that a `Literal` or enum does not have, an empty text for a number. The rules are those of the
pydantic version in use; fields with a validator that sees the text first are left alone.
## Why it matters
The program does not start. `A,B` for a list is the classic: pydantic-settings wants `["A","B"]`.
## Example
```sample
#- app/config.py
from typing import Literal
from pydantic_settings import BaseSettings
class Settings(BaseSettings):
    port: int = 80
#   ~~~~ it is filled from it
    cors_origins: list[str] = []
#   ~~~~~~~~~~~~ it is filled from it
    level: Literal["debug", "info"] = "info"
#   ~~~~~ it is filled from it
#- app/main.py
from app.config import Settings
print(Settings().port, Settings().cors_origins, Settings().level)
#- .env
PORT=eighty
#    ^^^^^^ error: the value of `PORT` is not a whole number
CORS_ORIGINS=https://a.example,https://b.example
#            ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error: the value of `CORS_ORIGINS` is not a JSON list
LEVEL=verbose
#     ^^^^^^^ error: the value of `LEVEL` is not one of debug, info
```
## Silent
```sample
#- app/config.py
from typing import Annotated
from pydantic import field_validator
from pydantic_settings import BaseSettings, NoDecode
class Settings(BaseSettings):
    port: int = 80
    cors_origins: Annotated[list[str], NoDecode] = []
    debug: bool = False
    @field_validator("cors_origins", mode="before")
    @classmethod
    def split(cls, value):
        return value.split(",")
#- app/main.py
from app.config import Settings
print(Settings().port, Settings().cors_origins, Settings().debug)
#- .env
PORT=${WEB_PORT}
CORS_ORIGINS=https://a.example,https://b.example
DEBUG=on
#- .env.example
PORT=<choose-one>
```
Where compose gives a variable to one program, another one does not read it.
```sample
#- docker-compose.yml
services:
  api:
    build: api
    environment: ["ORIGINS=${ORIGINS}"]
  bot:
    build: bot
    environment: ["BOT_NAME=b"]
#- .env
ORIGINS=https://a.example,https://b.example
#- api/Dockerfile
FROM python:3.12
COPY . /app
#- api/main.py
import os
print(os.environ.get("ORIGINS", "").split(","))
#- bot/Dockerfile
FROM python:3.12
COPY . /app
#- bot/main.py
from pydantic_settings import BaseSettings
class Settings(BaseSettings):
    origins: list[str] = []
    bot_name: str
print(Settings().origins, Settings().bot_name)
```
## When it may be wrong
When another program reads a variable of the same name from the same file.
"#,
    run,
};

fn run(repo: &Repo, findings: &mut Findings) {
    let entries = repo.env_entries();
    for class in final_classes(repo) {
        let runs = LazyCell::new(|| delivered::runs(repo, &class.path));
        for field in &class.fields {
            for (file, entry) in entries.of(class, field) {
                let is_candidate = shares_folder(&file.path, &class.path) && is_literal(file, entry);
                // Most values are right, whoever gets them.
                let is_wrong = || class.fault(field, &entry.value.value).is_some();
                if is_candidate && is_wrong() && !is_for_others(repo, (class, &runs), (file, &entry.name.value)) {
                    judge((class, field), (&entry.name, &entry.value), file.is_template, findings);
                }
            }
        }
    }
    for run in repo.environments.iter().flat_map(|it| &it.model.services).filter(|it| it.build.is_some()) {
        for variable in &run.environment {
            let Some(value) = variable.value.as_ref().filter(|it| !it.value.contains('$')) else { continue };
            let fields = repo.usage.of_name(&variable.name.value).into_iter().filter_map(|it| repo.as_field(it));
            for (class, field) in fields.filter(|it| !it.0.in_test) {
                let is_it = |it: &String| class.fold(it) == class.fold(&variable.name.value);
                if field.env_names.iter().any(is_it) {
                    judge((class, field), (&variable.name, value), false, findings);
                }
            }
        }
    }
}

fn judge(
    (class, field): (&SettingsClass, &Field),
    (name, value): (&Text, &Text),
    is_template: bool,
    findings: &mut Findings,
) {
    // What stands in a template may be a word for what to write there.
    if is_template && !is_meant(&value.value) || value.value.is_empty() && field.is_optional {
        return;
    }
    let Some(fault) = class.fault(field, &value.value) else { return };
    let level = if is_template { Level::Warning } else { Level::Error };
    let span = if value.value.is_empty() { name.span } else { value.span };
    let message = format!("the value of `{}` {fault}", name.value);
    let finding = RULE.finding_at(level, span, message).also(field.name.span, "it is filled from it");
    let help = match fault.contains("JSON list") && !is_secret_name(&name.value) && !value.value.is_empty() {
        true => {
            let items: Vec<String> = value.value.split(',').map(|it| format!("\"{}\"", it.trim())).collect();
            format!("write `[{}]`", items.join(","))
        }
        false => format!("`{}` is annotated `{}`", field.name.value, field.annotation.value),
    };
    findings.push(finding.help(help));
}

/// Returns whether a value of a template looks like one to be used: a list with commas, an address, a number with
/// its unit.
fn is_meant(value: &str) -> bool {
    value.contains(',') || value.contains("://") || value.starts_with(|it: char| it.is_ascii_digit())
}

/// Returns whether a line holds a value, and not a placeholder, a reference or a cipher.
fn is_literal(file: &EnvFile, entry: &EnvEntry) -> bool {
    let value = &entry.value.value;
    let is_placeholder =
        file.is_template && (value.contains('<') || value.contains("...") || value.to_lowercase().contains("your"));
    let is_reference = value.contains('$');
    !(file.is_encrypted || is_reference || is_placeholder)
}

/// Returns whether compose gives a variable to other programs, and to none that runs a class: they take it as they like.
fn is_for_others(repo: &Repo, (class, runs): (&SettingsClass, &[Run]), (file, name): (&EnvFile, &str)) -> bool {
    let file_name = |it: &str| it.rsplit('/').next().unwrap_or(it).to_string();
    let reads_it = class.env_files.iter().any(|it| file_name(&it.value) == file_name(&file.path));
    let gets = |run: &Run| run.services.iter().any(|it| it.1.is_unknown || it.1.variable(name).is_some());
    let services = || repo.environments.iter().flat_map(|it| &it.model.services);
    !reads_it && !runs.is_empty() && !runs.iter().any(gets) && services().any(|it| it.variable(name).is_some())
}

/// Returns whether the env file lies above the class, or beside it.
fn shares_folder(file: &str, class: &str) -> bool {
    file.rsplit_once('/').is_none_or(|it| class.starts_with(&format!("{}/", it.0)))
}
