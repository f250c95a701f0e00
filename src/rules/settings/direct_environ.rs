//! `settings-bypassed`.

use crate::diag::{Code, Level};
use crate::repo::Repo;
use crate::repo::fact::{Absent, EnvRead, Field, Language, SettingsClass};
use crate::repo::usage::Use;
use crate::rules::{Findings, Rule};
use crate::secret::is_secret_name;

/// Code that asks the environment for a variable that a settings class has a default for.
pub static RULE: Rule = Rule {
    code: Code { id: "SET008", name: "settings-bypassed" },
    level: Level::Warning,
    summary: "code asks the environment for a variable although a settings class has it with another default",
    docs: r#"
## What it does
Finds `os.getenv` and its like for a variable that is a field of a settings class, where the two do different things
if nobody sets it, and nobody does: no env file, no service, no script. Where somebody sets it, it is a suspicion.
## Why it matters
The settings class has a default that works; the code beside it gets nothing, or something else, and the two parts of
the program talk to different things. Values of an env file that only the settings class loads never reach the code.
## Example
```sample
#- app/config.py
from pydantic_settings import BaseSettings
class Settings(BaseSettings):
    tracking_uri: str = "http://mlflow:5000"
#   ~~~~~~~~~~~~ the default is `http://mlflow:5000` here
settings = Settings()
print(settings.tracking_uri)
#- app/train.py
import os
mlflow.set_tracking_uri(os.environ.get("TRACKING_URI", ""))
#                                       ^^^^^^^^^^^^ warning: nothing sets `TRACKING_URI`, so this gets nothing, past the default of `Settings`
```
## Silent
```sample
#- app/config.py
from pydantic_settings import BaseSettings
class Settings(BaseSettings):
    api_key: str | None = None
    level: str = "info"
settings = Settings()
print(settings.api_key, settings.level)
#- app/other.py
import os
key = os.getenv("API_KEY")
level = os.getenv("LEVEL", "info")
```
## When it may be wrong
When the code runs before the settings can be made, or in another program.
"#,
    run,
};

fn run(repo: &Repo, findings: &mut Findings) {
    for read in repo.facts.reads.iter().filter(|it| it.language == Language::Python && !it.in_test && !it.is_prefix) {
        let path = repo.path(read.name.span.file);
        let field = repo.usage.of_name(&read.name.value).into_iter().filter_map(|it| match it {
            Use::Field(..) => repo.as_field(it),
            _ => None,
        });
        let near =
            |it: &(&SettingsClass, &Field)| !it.0.in_test && is_near(repo, path, &it.0.path) && !is_example(path);
        let Some((class, field)) = field.into_iter().find(near) else { continue };
        let Some(default) = &field.default_value else { continue };
        if gets(read) == *default {
            continue;
        }
        let level = if is_set(repo, &read.name.value) { Level::Info } else { Level::Warning };
        let name = &read.name.value;
        let what = match &read.absent {
            Absent::Nothing => "gets nothing".to_string(),
            Absent::Fails => "fails".to_string(),
            Absent::Default(_) if is_secret_name(name) => "gets another one".to_string(),
            Absent::Default(it) => format!("gets `{it}`"),
            Absent::Computed => continue,
        };
        let message = match level {
            Level::Info => format!("`{name}` is read past `{}`, which has another default", class.name.value),
            _ => format!("nothing sets `{name}`, so this {what}, past the default of `{}`", class.name.value),
        };
        let there = match is_secret_name(name) {
            true => "it has a default here".to_string(),
            false => format!("the default is `{default}` here"),
        };
        let finding = RULE
            .finding_at(level, read.name.span, message)
            .also(field.name.span, there)
            .help(format!("read the field `{}` of the settings", field.name.value));
        findings.push(finding);
    }
}

/// Returns what the code gets if nobody sets the variable.
fn gets(read: &EnvRead) -> String {
    if let Absent::Default(it) = &read.absent { it.clone() } else { String::new() }
}

/// Returns whether two files belong to one program: the same folder at the top, and none between with a program of
/// its own.
fn is_near(repo: &Repo, a: &str, b: &str) -> bool {
    let manifests = ["requirements.txt", "pyproject.toml", "setup.py", "Dockerfile"];
    let program = |path: &str| {
        let mut folders = path.rmatch_indices('/').map(|it| &path[..it.0]);
        folders.find(|it| manifests.iter().any(|name| repo.tree.has_file(&format!("{it}/{name}")))).map(str::to_string)
    };
    let are_of_two = matches!((program(a), program(b)), (Some(a), Some(b)) if a != b);
    a.split('/').next() == b.split('/').next() && !are_of_two
}

/// Returns whether a program stands by itself to show how something is done.
fn is_example(path: &str) -> bool {
    path.split('/').any(|it| matches!(it, "example" | "examples" | "sample" | "samples" | "demo" | "demos"))
}

fn is_set(repo: &Repo, name: &str) -> bool {
    let in_files = || repo.facts.env_files.iter().any(|it| it.mention(name).is_some());
    let in_compose = || {
        let mut services = repo.facts.compose_files.iter().flat_map(|it| &it.model.services);
        services.any(|it| it.variable(name).is_some())
    };
    let elsewhere = || repo.facts.sets.iter().any(|it| it.name.value == name);
    in_files() || in_compose() || elsewhere()
}
