//! `env-secret-default`.

use crate::diag::{Code, Level};
use crate::repo::Repo;
use crate::repo::delivered;
use crate::repo::delivered::Run;
use crate::repo::fact::{Field, FieldType, SettingsClass};
use crate::rules::{Findings, Rule};
use crate::secret::is_secret_name;

/// A secret with a default that works, in a deployment that does not set it.
pub static RULE: Rule = Rule {
    code: Code { id: "ENV021", name: "env-secret-default" },
    level: Level::Warning,
    summary: "a secret has a default in the code, and a deployment does not set it",
    docs: r#"
## What it does
Finds fields for secrets with a literal default that works (`SecretStr("minioadmin")`, `"changethis"`), where an
environment that is a deployment gives the code no other value.
## Why it matters
Everybody who can read the code knows the secret of the deployment.
## Example
```sample
#- docker-compose.prod.yml
services:
  api:
# ~~~ `api` runs with it
    build: ./api
    environment:
      PORT: "80"
#- api/config.py
from pydantic import SecretStr
from pydantic_settings import BaseSettings
class Settings(BaseSettings):
    port: int = 80
    s3_secret_key: SecretStr = SecretStr("minioadmin")
#   ^^^^^^^^^^^^^ warning: the environment `prod` does not set `S3_SECRET_KEY`, so the secret is the default in the code
#- api/main.py
from config import Settings
print(Settings().port, Settings().s3_secret_key)
```
## Silent
```sample
#- docker-compose.prod.yml
services:
  api:
    build: ./api
    environment:
      S3_SECRET_KEY: ${S3_SECRET_KEY:?}
#- api/config.py
from pydantic import SecretStr
from pydantic_settings import BaseSettings
class Settings(BaseSettings):
    s3_secret_key: SecretStr = SecretStr("minioadmin")
    token_ttl: int = 60
    api_key: str = ""
#- api/main.py
from config import Settings
print(Settings().s3_secret_key, Settings().token_ttl, Settings().api_key)
```
What the environment gives whole, its parts need not have.
```sample
#- docker-compose.prod.yml
services:
  api:
    build: ./api
    environment:
      DATABASE_URL: ${DATABASE_URL:?}
#- api/config.py
from pydantic_settings import BaseSettings
class Settings(BaseSettings):
    database_url: str | None = None
    db_password: str = "budget_pass"
#- api/main.py
from config import Settings
settings = Settings()
print(settings.database_url or f"postgres://app:{settings.db_password}@db/app")
```
"#,
    run,
};

fn run(repo: &Repo, findings: &mut Findings) {
    for class in delivered::final_classes(repo) {
        let secrets: Vec<&Field> = class.fields.iter().filter(|it| is_usable_secret(it) && is_read(repo, it)).collect();
        if secrets.is_empty() {
            continue;
        }
        for run in delivered::runs(repo, &class.path).iter().filter(|it| it.environment.is_production()) {
            for field in &secrets {
                if !run.lacks(class, field) || is_replaced(class, run, field) {
                    continue;
                }
                let service = run.services[0].0;
                let message = format!(
                    "the environment `{}` does not set `{}`, so the secret is the default in the code",
                    run.environment.name, field.env_names[0]
                );
                let finding = RULE
                    .finding(field.name.span, message)
                    .also(service.name.span, format!("`{}` runs with it", service.name.value))
                    .help("take the default out of the code, or set the variable");
                findings.push(finding);
            }
        }
    }
}

/// Returns whether the environment gives the whole address instead of its parts: `DATABASE_URL` for `DB_PASSWORD`.
fn is_replaced(class: &SettingsClass, run: &Run, field: &Field) -> bool {
    let upper = |it: &Field| it.env_names.iter().map(|it| it.to_ascii_uppercase()).collect::<Vec<_>>();
    let databases = ["DB", "DATABASE", "POSTGRES", "POSTGRESQL", "PG", "MYSQL", "MARIADB", "SQL"];
    let what = |name: &str, ends: &[&str]| -> Option<String> {
        let stem = ends.iter().find_map(|it| name.strip_suffix(it))?;
        let is_database = databases.iter().any(|it| stem == *it || stem.ends_with(&format!("_{it}")));
        Some(if is_database { "DB".to_string() } else { stem.to_string() })
    };
    let secrets: Vec<String> =
        upper(field).iter().filter_map(|it| what(it, &["_PASSWORD", "_PASS", "_PASSWD", "_PWD"])).collect();
    class.fields.iter().any(|it| {
        let is_whole = |name: &String| what(name, &["_URL", "_URI", "_DSN"]).is_some_and(|it| secrets.contains(&it));
        upper(it).iter().any(is_whole) && !run.lacks(class, it)
    })
}

/// What no code reads guards nothing.
fn is_read(repo: &Repo, field: &Field) -> bool {
    repo.facts.python.attributes.has(&field.name.value)
}

fn is_usable_secret(field: &Field) -> bool {
    let is_secret = match &field.type_ {
        FieldType::Secret => true,
        FieldType::Text => is_secret_name(&field.name.value),
        _ => false,
    };
    is_secret && field.default_value.as_ref().is_some_and(|it| !it.is_empty())
}
