//! `env-conditional-required`.

use crate::diag::{Code, Level};
use crate::repo::Repo;
use crate::repo::delivered;
use crate::repo::delivered::Run;
use crate::repo::fact::{Condition, Field, SettingsClass};
use crate::repo::provenance::Found;
use crate::rules::{Findings, Rule};

/// A value that chooses code which needs another variable, and that variable is not set.
pub static RULE: Rule = Rule {
    code: Code { id: "ENV009", name: "env-conditional-required" },
    level: Level::Warning,
    summary: "a value turns on code that needs another variable, which the environment does not set",
    docs: r#"
## What it does
Finds, for each environment, values that choose code which refuses to run without a field: `if provider == "google"`
with `if not settings.google_api_key: raise` in it, or a module of that name that does so. If the environment sets
the value but not the field, it is found.
## Why it matters
The program starts, and fails at the first request that needs the key.
## Example
```sample
#- docker-compose.yml
services:
  api:
    build: ./api
    environment:
      LLM_PROVIDER: google
#     ^^^^^^^^^^^^ warning: `google` needs `GOOGLE_API_KEY`, which the environment `default` does not set
#- api/config.py
from pydantic_settings import BaseSettings
class Settings(BaseSettings):
    llm_provider: str = "openai"
    google_api_key: str | None = None
#- api/llm.py
def make(settings):
    if settings.llm_provider == "google":
        if not settings.google_api_key:
#                       ~~~~~~~~~~~~~~ without it this code refuses to run
            raise ValueError("GOOGLE_API_KEY not configured")
```
## Silent
```sample
#- docker-compose.yml
services:
  api:
    build: ./api
    environment:
      LLM_PROVIDER: openai
#- api/config.py
from pydantic_settings import BaseSettings
class Settings(BaseSettings):
    llm_provider: str = "openai"
    google_api_key: str | None = None
#- api/llm.py
def make(settings):
    if settings.llm_provider == "google":
        if not settings.google_api_key:
            raise ValueError("GOOGLE_API_KEY not configured")
```
## When it may be wrong
When the key comes from somewhere else, such as a secret manager or a user of the program.
"#,
    run,
};

fn run(repo: &Repo, findings: &mut Findings) {
    let conditions: Vec<&Condition> =
        repo.facts.conditions.iter().filter(|it| !it.in_test && !it.when.is_empty()).collect();
    if conditions.is_empty() {
        return;
    }
    for class in delivered::final_classes(repo) {
        let field = |name: &str| class.fields.iter().find(|it| it.name.value == name);
        let here: Vec<(&Condition, &Field)> =
            conditions.iter().filter_map(|it| Some((*it, field(&it.needs.value)?))).collect();
        if here.is_empty() {
            continue;
        }
        for run in delivered::runs(repo, &class.path) {
            for (condition, needs) in here.iter().filter(|it| it.1.default_value.is_none()) {
                judge(&run, class, (condition, needs), findings);
            }
        }
    }
}

fn judge(run: &Run, class: &SettingsClass, (condition, needs): (&Condition, &Field), findings: &mut Findings) {
    if !run.lacks(class, needs) {
        return;
    }
    let selectors = class.fields.iter().filter(|it| it.name.value != needs.name.value);
    for (selector, (service, delivered)) in
        selectors.flat_map(|it| run.services.iter().map(move |service| (it, service)))
    {
        let Some(found) = delivered.field(class, selector) else { continue };
        let Some(value) = chosen(found, selector, condition) else { continue };
        let names = needs.env_names.join("` or `");
        let environment = &run.environment.name;
        let message = format!("`{value}` needs `{names}`, which the environment `{environment}` does not set");
        let finding = RULE
            .finding(found.span, message)
            .also(condition.needs.span, "without it this code refuses to run")
            .help(format!("set `{}` for `{}`", needs.env_names[0], service.name.value));
        findings.push(finding);
        return;
    }
}

/// Returns the value, if it is the one under which the condition's code runs.
fn chosen(found: &Found, selector: &Field, condition: &Condition) -> Option<String> {
    let value = found.value.clone()?;
    let lower = value.to_lowercase();
    let is_word = lower.len() > 2 && lower.bytes().all(|it| it.is_ascii_alphanumeric() || matches!(it, b'_' | b'-'));
    let is_number_or_truth = lower.bytes().all(|it| it.is_ascii_digit()) || matches!(lower.as_str(), "true" | "false");
    if is_word && !is_number_or_truth && condition.when.contains(&lower) {
        return Some(value);
    }
    let is_flag = matches!(lower.as_str(), "1" | "true" | "yes" | "on");
    let flag = selector.name.value.to_lowercase();
    (is_flag && condition.when.contains(&flag)).then(|| format!("{}={value}", selector.env_names[0]))
}
