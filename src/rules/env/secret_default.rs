//! `env-secret-default`.

use std::sync::Arc;

use crate::diag::{Code, Diagnostic, Level};
use crate::repo::Repo;
use crate::repo::compose::Service;
use crate::repo::delivered;
use crate::repo::delivered::{Delivered, Run};
use crate::repo::fact::{Absent, EnvRead, Field, FieldType, Language, SettingsClass};
use crate::rules::{Findings, Rule};
use crate::secret::is_secret_name;
use crate::source::Span;

/// A secret with a default that works, in a deployment that does not set it.
pub static RULE: Rule = Rule {
    code: Code { id: "ENV021", name: "env-secret-default" },
    level: Level::Warning,
    summary: "a secret has a default in the code, and a deployment does not set it",
    docs: r#"
## What it does
Finds fields for secrets with a literal default that works (`SecretStr("minioadmin")`, `"changethis"`), where an
environment that is a deployment gives the code no other value. Where code asks the environment itself
(`process.env.JWT_SECRET || "dev"`), the same of what it signs or encrypts with.
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
```sample
#- docker-compose.yml
services:
  api:
    build: ./api
    environment: {PORT: "80", SECRET_KEY: for-development, JWT_SECRET: for-development}
#- docker-compose.prod.yml
services:
  api:
# ~~~ `api` runs with it
    build: ./api
    environment: {PORT: "80"}
#- deploy.sh
docker compose -f docker-compose.prod.yml up -d
#- api/Dockerfile
FROM python:3.13
COPY . /app
CMD ["python", "/app/main.py"]
#- api/main.py
import os
KEY = os.environ.get("SECRET_KEY") or "dev-key"
#                     ^^^^^^^^^^ warning: the environment `prod` does not set `SECRET_KEY`, so the secret is the default in the code
JWT = os.environ.get("JWT_SECRET", "dev-key")
#                     ^^^^^^^^^^ warning: the environment `prod` does not set `JWT_SECRET`, so the secret is the default in the code
PORT = os.environ["PORT"]
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
                if run.lacks(class, field) && !is_replaced(class, run, field) {
                    findings.push(finding(run, field.name.span, &field.env_names[0]));
                }
            }
        }
    }
    for read in repo.facts.reads.iter().filter(|it| has_default(it)) {
        judge_read(repo, read, findings);
    }
}

fn finding(run: &Run, place: Span, name: &str) -> Diagnostic {
    let service = run.services[0].0;
    let message = format!(
        "the environment `{}` does not set `{name}`, so the secret is the default in the code",
        run.environment.name
    );
    RULE.finding(place, message)
        .also(service.name.span, format!("`{}` runs with it", service.name.value))
        .help("take the default out of the code, or set the variable")
}

/// Returns whether code goes on with a secret of its own making where the environment has none: to sign or encrypt with
/// it is to do so with what everybody knows.
fn has_default(read: &EnvRead) -> bool {
    let is_usable = matches!(&read.absent, Absent::Default(it) if it.len() > 2);
    // What Spring falls back to may be for another profile.
    let is_certain = read.language != Language::Other;
    is_usable
        && is_certain
        && !read.in_test
        && !read.build_time
        && !read.is_prefix
        && delivered::is_own_secret(&read.name.value)
}

fn judge_read(repo: &Repo, read: &EnvRead, findings: &mut Findings) {
    let name = &read.name.value;
    let path = repo.path(read.name.span.file);
    if delivered::is_tool(repo, path) || repo.is_set_by_program(name) {
        return;
    }
    let runs = delivered::runs(repo, path);
    let is_given = |it: &Delivered| it.is_unknown || it.variable(name).is_some();
    let lacks = |it: &&Run| it.environment.is_production() && !it.services.iter().any(|it| is_given(&it.1));
    // An image of the whole repository may never come to this file, unless elsewhere it is given the variable; what is
    // given nothing gets what it needs from whoever starts it.
    let is_told = |it: &&Run| {
        let service = it.services[0].0;
        let is_same = |it: &&(&Service, Arc<Delivered>)| it.0.name.value == service.name.value;
        let gets_it_elsewhere = || {
            let mut others = runs.iter().flat_map(|it| &it.services).filter(is_same);
            others.any(|it| it.1.variable(name).is_some())
        };
        let is_given_nothing = service.environment.is_empty() && service.env_files.is_empty();
        !is_given_nothing && (delivered::is_built_alone(service) || gets_it_elsewhere())
    };
    if let Some(run) = runs.iter().filter(lacks).find(is_told) {
        findings.push(finding(run, read.name.span, name));
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
