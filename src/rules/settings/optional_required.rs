//! `settings-optional-required`.

use crate::diag::{Applicability, Code, Edit, Level};
use crate::repo::Repo;
use crate::repo::fact::Flavor;
use crate::rules::{Findings, Rule};

/// An optional field without a default, which pydantic 2 requires.
pub static RULE: Rule = Rule {
    code: Code { id: "SET003", name: "settings-optional-required" },
    level: Level::Warning,
    summary: "a field may be None but has no default, so pydantic 2 requires it",
    docs: r#"
## What it does
Finds fields annotated `Optional[X]` or `X | None` without a default in classes of pydantic-settings 2, where nothing
sets the variable. Where something does, the missing default may be meant, and it is only a suspicion.
## Why it matters
In pydantic 1 such a field was `None` if nobody set it. In pydantic 2 the program does not start.
## Example
```sample
#- app/config.py
from pydantic_settings import BaseSettings
class Settings(BaseSettings):
    sentry_dsn: str | None
#   ^^^^^^^^^^ warning: `sentry_dsn` may be None, but without a default pydantic 2 requires it
#- app/main.py
from app.config import Settings
print(Settings().sentry_dsn)
```
## Silent
```sample
#- app/config.py
from pydantic_settings import BaseSettings
class Settings(BaseSettings):
    sentry_dsn: str | None = None
#- app/main.py
from app.config import Settings
print(Settings().sentry_dsn)
```
The same class of pydantic 1 is silent, too.
```sample
#- app/config.py
from typing import Optional
from pydantic import BaseSettings
class Settings(BaseSettings):
    sentry_dsn: Optional[str]
#- app/main.py
from app.config import Settings
print(Settings().sentry_dsn)
```
## When it may be wrong
When the field is meant to be decided in every environment, and the environment is not in the repository.
"#,
    run,
};

fn run(repo: &Repo, findings: &mut Findings) {
    let entries = repo.env_entries();
    let classes = repo.facts.settings.iter().filter(|it| !it.in_test && it.flavor == Flavor::PydanticV2);
    for class in classes {
        for field in class.fields.iter().filter(|it| it.is_optional && it.is_required && it.from.is_none()) {
            let is_set =
                !entries.of(class, field).is_empty() || field.env_names.iter().any(|it| is_set_in_compose(repo, it));
            let level = if is_set { Level::Info } else { Level::Warning };
            let name = &field.name.value;
            let message = format!("`{name}` may be None, but without a default pydantic 2 requires it");
            let end = crate::source::Span { start: field.annotation.span.end, ..field.annotation.span };
            let edit = Edit { span: end, replacement: " = None".to_string() };
            let mut finding = RULE.finding_at(level, field.name.span, message).help("write `= None` after the type");
            // `= Field(…)` already stands there.
            if field.annotation.span.end == field.span.end {
                finding = finding.fix("make None the default", Applicability::Unsafe, vec![edit]);
            }
            findings.push(finding);
        }
    }
}

fn is_set_in_compose(repo: &Repo, name: &str) -> bool {
    let services = repo.facts.compose_files.iter().flat_map(|it| &it.model.services);
    services.into_iter().any(|it| it.variable(name).is_some())
}
