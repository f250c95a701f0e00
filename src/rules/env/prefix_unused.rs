//! `env-prefix-unused`.

use crate::diag::{Code, Level, Near};
use crate::repo::Repo;
use crate::repo::delivered::final_classes;
use crate::repo::usage::Use;
use crate::rules::{Findings, Rule};

/// A prefix that no variable has, although the names without it are set.
pub static RULE: Rule = Rule {
    code: Code { id: "ENV025", name: "env-prefix-unused" },
    level: Level::Warning,
    summary: "a settings class reads its variables with a prefix, and they are set without it",
    docs: r#"
## What it does
Finds classes with an `env_prefix` where no env file and no service sets any variable with the prefix, but some are
set without it, and nobody else reads those.
## Why it matters
The class ignores them in silence and takes its defaults.
## Example
```sample
#- app/config.py
from pydantic_settings import BaseSettings, SettingsConfigDict
class Settings(BaseSettings):
    pool_size: int = 5
    model_config = SettingsConfigDict(env_prefix="APP_", extra="ignore")
#                                                 ^^^^ warning: nothing sets a variable with `APP_`, but `POOL_SIZE` is set without it
#- app/main.py
from app.config import Settings
print(Settings().pool_size)
#- .env
POOL_SIZE=20
#~~~~~~~~ the class does not read this
```
## Silent
```sample
#- app/config.py
from pydantic_settings import BaseSettings, SettingsConfigDict
class Settings(BaseSettings):
    pool_size: int = 5
    port: int = 1
    model_config = SettingsConfigDict(env_prefix="APP_", extra="ignore")
#- app/main.py
import os
from app.config import Settings
print(Settings().pool_size, Settings().port, os.getenv("PORT", "1"))
#- .env
APP_POOL_SIZE=20
PORT=2
```
"#,
    run,
};

fn run(repo: &Repo, findings: &mut Findings) {
    let entries = repo.env_entries();
    for class in final_classes(repo).filter(|it| !it.has_unknown_names) {
        let Some(prefix) = &class.env_prefix else { continue };
        let folded = prefix.value.to_lowercase();
        let services = || repo.facts.compose_files.iter().flat_map(|it| &it.model.services);
        let is_used = entries.any_with(&folded)
            || services().flat_map(|it| &it.environment).any(|it| it.name.value.to_lowercase().starts_with(&folded))
            || repo.facts.sets.iter().any(|it| it.name.value.to_lowercase().starts_with(&folded));
        if is_used {
            continue;
        }
        // The name that was meant, if nobody else reads it.
        let twin = class.fields.iter().filter(|it| it.alias.is_none()).find_map(|field| {
            let bare = field.name.value.to_ascii_uppercase();
            let others =
                repo.usage.of_name(&bare).into_iter().any(|it| {
                    !matches!(it, Use::Field(..)) || repo.as_field(it).is_some_and(|it| it.0.path != class.path)
                });
            if others { None } else { entries.named(&bare) }
        });
        let Some((file, entry)) = twin else { continue };
        let message =
            format!("nothing sets a variable with `{}`, but `{}` is set without it", prefix.value, entry.name.value);
        let finding = RULE
            .finding(prefix.span, message)
            .also(entry.name.span, "the class does not read this")
            .help(format!("write `{}{}` in `{}`", prefix.value, entry.name.value, file.path));
        let whole = format!("{}{}", prefix.value, entry.name.value);
        let finding = finding.meant(entry.name.span, &entry.name.value, Some(Near { name: &whole, is_sole: true }));
        findings.push(finding);
    }
}
