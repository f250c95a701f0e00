//! `env-nested-ignored`.

use crate::diag::{Code, Level, Near, nearest};
use crate::repo::Repo;
use crate::repo::delivered::final_classes;
use crate::repo::fact::{EnvEntry, FieldPart, FieldType, SettingsClass};
use crate::repo::settings::{Key, Keys};
use crate::rules::{Findings, Rule};

/// A key for a part of a field that the class does not take apart.
pub static RULE: Rule = Rule {
    code: Code { id: "ENV026", name: "env-nested-ignored" },
    level: Level::Warning,
    summary: "a key is meant for a part of a field, but the class has no nested delimiter, or no such field",
    docs: r#"
## What it does
Finds keys like `CACHE__PATH` where a settings class has a field `cache` that is a model or mapping but no
`env_nested_delimiter`, and keys whose first part is almost the name of such a field.
## Why it matters
pydantic-settings ignores the key in silence.
## Example
```sample
#- app/config.py
from pydantic import BaseModel
from pydantic_settings import BaseSettings, SettingsConfigDict
class Cache(BaseModel):
    path: str = "/tmp"
class Settings(BaseSettings):
    cache: Cache = Cache()
#   ~~~~~ meant for this field
    model_config = SettingsConfigDict(extra="ignore")
#- app/main.py
from app.config import Settings
print(Settings().cache.path)
#- .env
CACHE__PATH=/data
#^^^^^^^^^^ warning: `Settings` has no `env_nested_delimiter`, so it ignores `CACHE__PATH`
```
```sample
#- pyproject.toml
[project]
name = "app"
dependencies = ["pydantic-settings>=2"]
#- .env.example
DB__HSOT=db
#^^^^^^^ warning: `db` has no part `DB__HSOT`; did you mean `DB__HOST`?
#- app/config.py
from pydantic import BaseModel
from pydantic_settings import BaseSettings, SettingsConfigDict
class Db(BaseModel):
    host: str = "localhost"
#   ~~~~ it has this
class Settings(BaseSettings):
    model_config = SettingsConfigDict(env_nested_delimiter="__")
    db: Db = Db()
print(Settings().db.host)
```
## Silent
```sample
#- app/config.py
from pydantic import BaseModel
from pydantic_settings import BaseSettings, SettingsConfigDict
class Cache(BaseModel):
    path: str = "/tmp"
class Settings(BaseSettings):
    cache: Cache = Cache()
    model_config = SettingsConfigDict(env_nested_delimiter="__", extra="ignore")
#- app/main.py
from app.config import Settings
print(Settings().cache.path)
#- .env
CACHE__PATH=/data
QDRANT__LOG_LEVEL=WARN
#- docker-compose.yml
services:
  qdrant:
    image: qdrant/qdrant
    env_file: .env
```
"#,
    run,
};

fn run(repo: &Repo, findings: &mut Findings) {
    let is_nested = |it: &&EnvEntry| !it.is_commented && it.name.value.contains("__");
    let nested: Vec<&EnvEntry> = repo.facts.env_files.iter().flat_map(|it| &it.entries).filter(is_nested).collect();
    if nested.is_empty() {
        return;
    }
    let classes: Vec<(&SettingsClass, Keys)> = final_classes(repo).map(|it| (it, Keys::new(it))).collect();
    for entry in nested {
        // A key that some class reads is not meant for another.
        let key = &entry.name.value;
        let slips = classes.iter().filter_map(|(class, keys)| slip(class, keys, entry));
        let is_plain = |it: &&(&SettingsClass, Keys)| matches!(it.1.find(key), Key::Field(_));
        if let Some(finding) = slips.into_iter().next().filter(|_| !classes.iter().any(|it| is_plain(&it))) {
            findings.push(finding);
            continue;
        }
        if classes.iter().any(|it| it.1.find(key) != Key::Unknown) || !repo.usage.of_name(key).is_empty() {
            continue;
        }
        if let Some(finding) = classes.iter().find_map(|(class, keys)| judge(class, keys, entry)) {
            findings.push(finding);
        }
    }
}

/// A part that the model of a field does not have, but one named alike.
fn slip(class: &SettingsClass, keys: &Keys, entry: &EnvEntry) -> Option<crate::diag::Diagnostic> {
    let key = &entry.name.value;
    let Key::Part(at) = keys.find(key) else { return None };
    let delimiter = &class.nested_delimiter.as_ref()?.value;
    let field = &class.fields[at];
    let upper = key.to_ascii_uppercase();
    let fits = |it: &FieldPart| {
        let rest = upper.strip_prefix(&it.env_name);
        rest.is_some_and(|rest| rest.is_empty() || it.takes_parts && rest.starts_with(delimiter.as_str()))
    };
    if field.parts.is_empty() || field.parts.iter().any(fits) {
        return None;
    }
    let near = nearest(&upper, field.parts.iter().map(|it| it.env_name.as_str()))?;
    let part = field.parts.iter().find(|it| it.env_name == near.name)?;
    let message = format!("`{}` has no part `{key}`; did you mean `{near}`?", field.name.value);
    let finding = RULE.finding(entry.name.span, message).also(part.name.span, "it has this");
    Some(finding.help(format!("write `{near}`")).meant(entry.name.span, key, Some(near)))
}

fn judge(class: &SettingsClass, keys: &Keys, entry: &EnvEntry) -> Option<crate::diag::Diagnostic> {
    let key = &entry.name.value;
    let first = key.split("__").next()?;
    if class.has_unknown_names {
        return None;
    }
    match (keys.find(first), &class.nested_delimiter) {
        (Key::Field(at), None) if class.fields[at].takes_parts() => {
            let message = format!("`{}` has no `env_nested_delimiter`, so it ignores `{key}`", class.name.value);
            let finding =
                RULE.finding(entry.name.span, message).also(class.fields[at].name.span, "meant for this field");
            Some(finding.help("write `env_nested_delimiter=\"__\"` in the configuration of the class"))
        }
        (Key::Unknown, Some(delimiter)) if delimiter.value == "__" => {
            let parts = class.fields.iter().filter(|it| matches!(it.type_, FieldType::Model(_) | FieldType::Json(_)));
            let names = parts.flat_map(|it| &it.env_names).map(String::as_str);
            let near = nearest(first, names).filter(|it| it.name.len() > 4)?;
            let message = format!(
                "`{}` has no field for `{key}`; did you mean `{near}{}`?",
                class.name.value,
                &key[first.len()..]
            );
            let finding = RULE.finding(entry.name.span, message).help(format!("write `{near}{}`", &key[first.len()..]));
            let whole = format!("{near}{}", &key[first.len()..]);
            Some(finding.meant(entry.name.span, key, Some(Near { name: &whole, ..near })))
        }
        _ => None,
    }
}
