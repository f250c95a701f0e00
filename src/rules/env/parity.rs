//! `env-parity`.

use std::collections::BTreeMap;

use crate::diag::{Code, Level};
use crate::repo::Repo;
use crate::repo::delivered::final_classes;
use crate::repo::fact::{EnvEntry, EnvFile, Field, FieldType, SettingsClass};
use crate::repo::provenance::words;
use crate::repo::settings::{Entries, Key, Keys};
use crate::repo::usage::plain_names;
use crate::rules::{Findings, Rule};
use crate::secret::is_secret_name;

/// A required variable that one environment's file has and its sibling has not.
pub static RULE: Rule = Rule {
    code: Code { id: "ENV006", name: "env-parity" },
    level: Level::Warning,
    summary: "one environment's file sets a required variable, and the file of another environment does not",
    docs: r#"
## What it does
Compares the env files of different environments that lie side by side in the repository, such as `.env.dev` and
`.env.prod`. Finds required fields of a settings class that one of them sets and another does not, where no service
and no file for all of them sets the variable either. Secrets are left out: they come from elsewhere.
## Why it matters
The field was added together with the file of the environment that its author uses.
## Example
```sample
#- app/config.py
from pydantic_settings import BaseSettings
class Settings(BaseSettings):
    database_url: str
    redis_url: str
    log_dir: str
    billing_enabled: bool
#   ~~~~~~~~~~~~~~~ it has no default
#- app/main.py
from app.config import Settings
print(Settings().database_url, Settings().redis_url, Settings().log_dir, Settings().billing_enabled)
#- .env.dev
DATABASE_URL=postgres://db/app
REDIS_URL=redis://redis:6379/0
LOG_DIR=/logs
BILLING_ENABLED=false
#^^^^^^^^^^^^^^ warning: `.env.dev` sets `BILLING_ENABLED`, which `billing_enabled` requires, but `.env.prod` does not
#- .env.prod
DATABASE_URL=postgres://db/app
REDIS_URL=redis://redis:6379/0
LOG_DIR=/logs
#~~~~~~ its neighbour is set here
```
## Silent
```sample
#- app/config.py
from pydantic_settings import BaseSettings
class Settings(BaseSettings):
    database_url: str
    redis_url: str
    log_dir: str
    session_secret: str
    debug: bool = False
#- app/main.py
from app.config import Settings
print(Settings().database_url, Settings().redis_url, Settings().log_dir)
print(Settings().session_secret, Settings().debug)
#- .env.dev
DATABASE_URL=postgres://db/app
REDIS_URL=redis://redis:6379/0
LOG_DIR=/logs
SESSION_SECRET=not-a-secret
DEBUG=true
#- .env.prod
DATABASE_URL=postgres://db/app
REDIS_URL=redis://redis:6379/0
LOG_DIR=/logs
```
## When it may be wrong
When the environment does not run this program, or gets the variable from its platform.
"#,
    run,
};

/// So many fields of a class must a file set to be one for the class.
const LEAST: usize = 3;

fn run(repo: &Repo, findings: &mut Findings) {
    let entries = repo.env_entries();
    for class in final_classes(repo).filter(|it| it.fields.iter().any(|it| it.is_required)) {
        let keys = Keys::new(class);
        let mut folders: BTreeMap<&str, Vec<&EnvFile>> = BTreeMap::new();
        for file in repo.facts.env_files.iter().filter(|it| is_for_an_environment(it) && serves(it, &keys)) {
            folders.entry(file.path.rsplit_once('/').map_or("", |it| it.0)).or_default().push(file);
        }
        for files in folders.values().filter(|it| it.len() > 1) {
            for field in class.fields.iter().filter(|it| it.is_required && !is_secret(it)) {
                judge(repo, &entries, files, (class, field), findings);
            }
        }
    }
}

fn is_for_an_environment(file: &EnvFile) -> bool {
    !file.is_template && !file.is_encrypted && !file.is_opaque && !words(&file.path).is_empty()
}

fn serves(file: &EnvFile, keys: &Keys) -> bool {
    file.entries.iter().filter(|it| matches!(keys.find(&it.name.value), Key::Field(_))).take(LEAST).count() == LEAST
}

fn is_secret(field: &Field) -> bool {
    field.type_ == FieldType::Secret || is_secret_name(&field.name.value)
}

fn judge(
    repo: &Repo,
    entries: &Entries,
    files: &[&EnvFile],
    (class, field): (&SettingsClass, &Field),
    findings: &mut Findings,
) {
    let set = entries.of(class, field);
    let sets = |file: &EnvFile| set.iter().find(|it| it.0.path == file.path).map(|it| it.1);
    // A file without an environment in its name is for all of them.
    let is_for_all = set.iter().any(|it| !it.0.is_template && words(&it.0.path).is_empty());
    let in_compose = || {
        let mut services = repo.facts.compose_files.iter().flat_map(|it| &it.model.services);
        services.any(|it| field.env_names.iter().any(|name| it.variable(name).is_some()))
    };
    let Some((there, entry)) = files.iter().find_map(|it| Some((it, sets(it)?))) else { return };
    // A password in it, or a template that leaves it empty, says that it comes with the secrets.
    let is_with_secrets = entry.value.value.split_once("://").is_some_and(|it| it.1.contains('@'))
        || repo.templates().flat_map(|it| &it.entries).any(|it| {
            it.value.value.is_empty()
                && !it.is_commented
                && plain_names(&it.name.value).any(|it| it == entry.name.value)
        });
    if is_for_all || is_with_secrets || in_compose() {
        return;
    }
    for lacking in files.iter().filter(|it| sets(it).is_none()) {
        let (name, field_name) = (&entry.name.value, &field.name.value);
        let message =
            format!("`{}` sets `{name}`, which `{field_name}` requires, but `{}` does not", there.path, lacking.path);
        let mut finding = RULE.finding(entry.name.span, message).also(field.name.span, "it has no default");
        if let Some(neighbour) = neighbour(there, entry, lacking) {
            finding = finding.also(neighbour.name.span, "its neighbour is set here");
        }
        findings.push(finding.help(format!("add `{name}=` to `{}`", lacking.path)));
    }
}

/// Returns the line of the other file for the variable that stands before an entry.
fn neighbour<'a>(there: &EnvFile, entry: &EnvEntry, lacking: &'a EnvFile) -> Option<&'a EnvEntry> {
    let at = there.entries.iter().position(|it| it.name.span == entry.name.span)?;
    there.entries[..at].iter().rev().find_map(|it| lacking.get(&it.name.value))
}
