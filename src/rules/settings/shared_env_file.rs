//! `settings-shared-env-file`.

use crate::diag::{Applicability, Code, Edit, Level};
use crate::repo::Repo;
use crate::repo::fact::{EnvEntry, EnvFile, Package, SettingsClass};
use crate::repo::provenance;
use crate::repo::provenance::Content;
use crate::repo::settings::{Key, Keys};
use crate::rules::{Findings, Rule};
use crate::source::normalize;

/// A settings class that refuses unknown keys and reads an env file with keys of others.
pub static RULE: Rule = Rule {
    code: Code { id: "SET005", name: "settings-shared-env-file" },
    level: Level::Error,
    summary: "a settings class refuses unknown keys, and its env file has keys of others",
    docs: r#"
## What it does
Finds classes of pydantic-settings 2 that read an env file and do not say `extra="ignore"`, where the file, or the
template it is made from, has keys that are no fields of the class.
## Why it matters
pydantic-settings 2 takes every key of an env file for a field. One that it does not know, such as a variable for
compose, is an error, and the program does not start.
## Example
```sample
#- app/config.py
from pydantic_settings import BaseSettings, SettingsConfigDict
class Settings(BaseSettings):
#     ^^^^^^^^ error: `Settings` refuses `COMPOSE_PROFILES`, which `.env` holds
    database_url: str = ""
    model_config = SettingsConfigDict(env_file=".env")
#                                               ~~~~ it reads this file
#- app/main.py
from app.config import Settings
print(Settings().database_url)
#- .env
DATABASE_URL=postgres://db/app
COMPOSE_PROFILES=metrics
#~~~~~~~~~~~~~~~ no field of `Settings`
```
## Silent
Before pydantic-settings 2.2, keys without the prefix of a class were nothing to it.
```sample
#- requirements.txt
pydantic==2.5.0
pydantic-settings==2.1.0
#- social.py
from pydantic_settings import BaseSettings, SettingsConfigDict
class Social(BaseSettings):
    model_config = SettingsConfigDict(env_file=".env", env_prefix="SOCIAL_")
    token: str = ""
print(Social().token)
#- main.py
import os
print(os.environ["PROJECT_NAME"])
#- .env.example
PROJECT_NAME=acme
SOCIAL_TOKEN=
```
```sample
#- app/config.py
from pydantic_settings import BaseSettings, SettingsConfigDict
class Settings(BaseSettings):
    database_url: str = ""
    model_config = SettingsConfigDict(env_file=".env", extra="ignore")
#- app/main.py
from app.config import Settings
print(Settings().database_url)
#- .env
DATABASE_URL=postgres://db/app
COMPOSE_PROFILES=metrics
```
"#,
    run,
};

fn run(repo: &Repo, findings: &mut Findings) {
    let refusing = repo.facts.settings.iter().filter(|it| !it.in_test && it.refuses_unknown_keys_of_files());
    for class in refusing.filter(|it| !it.env_files.is_empty()) {
        let keys = Keys::new(class);
        let passes_others = passes_others(repo);
        let is_passed = |key: &str| {
            let prefix = class.env_prefix.as_ref().filter(|_| passes_others);
            prefix.is_some_and(|it| !it.value.is_empty() && !class.fold(key).starts_with(&class.fold(&it.value)))
        };
        for written in &class.env_files {
            let Some(file) = file_of(repo, class, &written.value) else { continue };
            let is_foreign = |it: &&EnvEntry| {
                let is_unknown = keys.find(&it.name.value) == Key::Unknown && !is_passed(&it.name.value);
                !it.is_commented && is_unknown && !it.value.value.is_empty()
            };
            let Some(entry) = file.entries.iter().find(is_foreign) else { continue };
            let (name, key) = (&class.name.value, &entry.name.value);
            let holds = if file.is_template { "is to hold" } else { "holds" };
            let message = format!("`{name}` refuses `{key}`, which `{}` {holds}", written.value);
            let mut finding = RULE
                .finding(class.name.span, message)
                .also(written.span, "it reads this file")
                .also(entry.name.span, format!("no field of `{name}`"))
                .help("write `extra=\"ignore\"` in the configuration of the class");
            if class.extra_span.is_none() {
                let after =
                    crate::source::Span { start: written.span.end + 1, end: written.span.end + 1, ..written.span };
                let edit = Edit { span: after, replacement: ", extra=\"ignore\"".to_string() };
                // Within a list of files the argument does not end here.
                if class.env_files.len() == 1 && class.is_configured_by_call {
                    finding = finding.fix("ignore unknown keys", Applicability::Unsafe, vec![edit]);
                }
            }
            findings.push(finding);
        }
    }
}

/// Returns whether pydantic-settings is pinned to versions that pass over keys without the prefix of a class: before 2.2
/// (seen with 2.0.3 and 2.1.0 against 2.2.1).
fn passes_others(repo: &Repo) -> bool {
    let is_it = |it: &&Package| it.name.value.eq_ignore_ascii_case("pydantic-settings");
    let mut found = repo.facts.packages.iter().filter(is_it).peekable();
    let is_old = |it: &Package| {
        let version = it.version.trim_start_matches('=');
        version.starts_with("2.0.") || version.starts_with("2.1.")
    };
    found.peek().is_some() && found.all(is_old)
}

/// What lies in the folder that a program is started in.
const OF_PROGRAMS: [&str; 6] = ["Dockerfile", "pyproject.toml", "requirements.txt", "setup.py", "Pipfile", "manage.py"];

/// Returns the env file that a class reads, or the template of it: seen from the folders above the class, up to the one
/// that its program is started in.
fn file_of<'a>(repo: &'a Repo, class: &SettingsClass, written: &str) -> Option<&'a EnvFile> {
    let mut folder = class.path.rsplit_once('/').map_or(".", |it| it.0);
    loop {
        if let Some(path) = normalize(&format!("{folder}/{written}")) {
            match provenance::content(repo, &path) {
                Content::File(file) => return Some(file),
                Content::Templates(list) => return list.into_iter().next(),
                Content::Unknown => {}
            }
        }
        let is_start = || OF_PROGRAMS.iter().any(|it| repo.tree.exists(&format!("{folder}/{it}")));
        if folder == "." || is_start() {
            return None;
        }
        folder = folder.rsplit_once('/').map_or(".", |it| it.0);
    }
}
