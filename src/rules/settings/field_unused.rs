//! `settings-field-unused`.

use crate::diag::{Applicability, Code, Edit, Level};
use crate::repo::Repo;
use crate::repo::fact::SettingsClass;
use crate::repo::known_variable;
use crate::rules::{Findings, Rule};

/// A field of a settings class that no code reads.
pub static RULE: Rule = Rule {
    code: Code { id: "SET001", name: "settings-field-unused" },
    level: Level::Warning,
    summary: "no code reads a field of a settings class",
    docs: r#"
## What it does
Finds fields of settings classes that nothing outside tests reads: neither as an attribute of anything, nor by
`getattr` with its name, nor in a template. Where settings are read all at once (`model_dump()`) or by computed names,
or where tests read the field, the finding is only a suspicion.
## Why it matters
Somebody sets the variable and believes that it works. A required field that nobody reads must be set in every
environment for nothing.
## Example
```sample
#- app/config.py
from pydantic_settings import BaseSettings
class Settings(BaseSettings):
    port: int = 8000
    polling_timeout_seconds: int
#   ^^^^^^^^^^^^^^^^^^^^^^^ warning: no code reads `polling_timeout_seconds`
#- app/main.py
from app.config import Settings
print(Settings().port)
#- .env.dev
PORT=8000
POLLING_TIMEOUT_SECONDS=90
#~~~~~~~~~~~~~~~~~~~~~~ it is set here
```
## Silent
Fields that a property, a validator, `getattr` or a template reads.
```sample
#- app/config.py
from pydantic_settings import BaseSettings
class Settings(BaseSettings):
    host: str = "db"
    user: str = "app"
    level: str = "info"
    brand: str = "x"
    @property
    def url(self) -> str:
        return f"postgres://{self.user}@{self.host}"
settings = Settings()
#- app/main.py
from app.config import settings
print(settings.url, getattr(settings, "level", "info"))
#- app/page.html
<title>{{ settings.brand }}</title>
```
## When it may be wrong
When another program imports the class, or code reads its fields by names that are put together.
"#,
    run,
};

fn run(repo: &Repo, findings: &mut Findings) {
    let reads = &repo.facts.python.attributes;
    let entries = repo.env_entries();
    // Where most fields are not read, the code that reads them is not in this repository.
    let is_used = |it: &&SettingsClass| {
        let n_read = it.fields.iter().filter(|it| reads.has(&it.name.value)).count();
        !it.in_test && n_read * 2 >= it.fields.len()
    };
    for class in repo.facts.settings.iter().filter(is_used) {
        for field in class.fields.iter().filter(|it| it.from.is_none() && !reads.has(&it.name.value)) {
            let in_tests = repo.facts.python.attributes_in_tests.has(&field.name.value);
            let level = if class.is_read_dynamically || in_tests { Level::Info } else { Level::Warning };
            let who = if in_tests { "only tests read" } else { "no code reads" };
            let message = format!("{who} `{}`", field.name.value);
            let mut finding = RULE.finding_at(level, field.name.span, message);
            // The variable may have readers of its own, and stays then.
            let direct = field.env_names.iter().flat_map(|it| repo.usage.of_name(it));
            let direct = direct.into_iter().find(|it| repo.as_read(*it).is_some());
            let is_for_library = field.env_names.iter().any(|it| known_variable::is_library_variable(it));
            let help = match direct {
                Some(it) => {
                    finding = finding.also(repo.use_span(it), "the variable itself is read here");
                    "remove the field, or read it where the variable is read"
                }
                None if is_for_library => "remove the field; a library reads the variable by itself",
                None => "remove the field and the variable, or read it where it was meant to be read",
            };
            let is_set = entries.of(class, field).into_iter().take(if direct.is_none() { 3 } else { 0 });
            for (_, entry) in is_set {
                finding = finding.also(entry.name.span, "it is set here");
            }
            let edit = Edit { span: field.span, replacement: "pass".to_string() };
            let finding = finding.help(help);
            // A class must keep a statement; the last field is left to a person.
            let finding = if class.fields.len() > 1 {
                let edit = Edit { replacement: String::new(), ..edit };
                finding.fix("remove the field", Applicability::Unsafe, vec![edit])
            } else {
                finding
            };
            findings.push(finding);
        }
    }
}
