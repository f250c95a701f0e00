//! `env-required-missing`.

use std::collections::HashSet;

use crate::diag::{Code, Diagnostic, Level, did_you_mean};
use crate::repo::Repo;
use crate::repo::delivered;
use crate::repo::delivered::Run;
use crate::repo::fact::{Absent, EnvRead, Field, Language, SettingsClass};
use crate::repo::settings::Entries;
use crate::rules::{Findings, Rule};

/// A required variable that an environment does not give to the code that needs it.
pub static RULE: Rule = Rule {
    code: Code { id: "ENV001", name: "env-required-missing" },
    level: Level::Error,
    summary: "code requires a variable that an environment does not set",
    docs: r#"
## What it does
Finds, for each environment, fields of settings classes without a default, and `os.environ["X"]` and its like, whose
variable reaches none of the services that run the code: neither `environment:` nor an env file nor the image sets it.
A nested model counts as set when one of its parts is. An env file that git ignores is known through its template;
one that nobody describes may hold anything, and then nothing is said.
## Why it matters
The field was added, and set, for one environment. The others do not start after the next deployment.
## Example
```sample
#- docker-compose.yml
services:
  gateway:
    build: ./gateway
    env_file: .env.dev
#- docker-compose.prod.yml
services:
  gateway:
# ~~~~~~~ `gateway` runs this code
    build: ./gateway
    env_file: .env.prod
#- .env.dev
DATABASE_URL=postgres://db/app
BILLING_ENABLED=false
#~~~~~~~~~~~~~~ `.env.dev` sets it
#- .env.prod
DATABASE_URL=postgres://db/app
#- gateway/config.py
from pydantic_settings import BaseSettings
class Settings(BaseSettings):
    database_url: str
    billing_enabled: bool
#   ^^^^^^^^^^^^^^^ error: `billing_enabled` is required, but the environment `prod` does not set `BILLING_ENABLED`
#- gateway/main.py
from config import Settings
print(Settings().database_url, Settings().billing_enabled)
```
## Silent
What stands in an env file that a service gets as a secret is not seen.
```sample
#- docker-compose.yml
services:
  sub:
    build: ./sub
    environment: [ENV_FILE=/run/secrets/env.sub]
    secrets: [env.sub]
secrets:
  env.sub: {file: .env.sub}
#- .gitignore
.env.sub
#- sub/Dockerfile
FROM python:3.13
COPY . .
CMD ["python", "main.py"]
#- sub/main.py
import os
from dotenv import load_dotenv
load_dotenv(os.getenv("ENV_FILE") or ".env.sub")
print(os.environ["PG_USER"])
```
Secrets that a template lists, nested models, files that cannot be seen.
```sample
#- docker-compose.prod.yml
services:
  gateway:
    build: ./gateway
    env_file: [.env, .env.prod]
    environment:
      CACHE__PATH: /data
#- .env.prod
DATABASE_URL=postgres://db/app
#- .env.template
PROD_SESSION_SECRET=
#- .env (ignored)
#- gateway/config.py
from pydantic import BaseModel
from pydantic_settings import BaseSettings, SettingsConfigDict
class Cache(BaseModel):
    path: str
class Settings(BaseSettings):
    database_url: str
    session_secret: str
    cache: Cache
    model_config = SettingsConfigDict(env_nested_delimiter="__", extra="ignore")
#- gateway/main.py
from config import Settings
print(Settings().database_url, Settings().session_secret, Settings().cache)
```
What a store gives to the program that the container starts, names behind a prefix, and what is asked for with a
default first.
```sample
#- compose.yml
services:
  api:
    build: ./api
    environment:
      MODE: fast
  jobs:
    build: ./jobs
    environment:
      SHOP_HOST: db
#- api/Dockerfile
FROM python:3.13
COPY . .
ENTRYPOINT ["doppler", "run", "--"]
CMD ["python", "main.py"]
#- api/main.py
import os
print(os.environ["MODE"], os.environ["STRIPE_KEY"])
#- jobs/Dockerfile
FROM python:3.13
COPY . .
CMD ["python", "main.py"]
#- jobs/main.py
from environs import Env
env = Env()
with env.prefixed("SHOP_"):
    host = env("HOST")
if env("BUCKET", default=""):
    bucket = env("BUCKET")
```
## When it may be wrong
When the platform gives the variable to the container (a secret manager, ECS).
"#,
    run,
};

fn run(repo: &Repo, findings: &mut Findings) {
    let entries = repo.env_entries();
    for class in delivered::final_classes(repo).filter(|it| !it.has_unknown_names) {
        if !class.fields.iter().any(|it| it.is_required) {
            continue;
        }
        let runs = delivered::runs(repo, &class.path);
        let parts: Vec<HashSet<usize>> =
            runs.iter().map(|it| it.services.iter().flat_map(|it| it.1.parts(class)).collect()).collect();
        for (at, field) in class.fields.iter().enumerate().filter(|it| it.1.is_required) {
            let lacks = |(run, parts): (&Run, &HashSet<usize>)| {
                run.lacks(class, field) && !parts.contains(&at) && run.is_for(class)
            };
            let lacking: Vec<&Run> = runs.iter().zip(&parts).filter(|it| lacks((it.0, it.1))).map(|it| it.0).collect();
            if !lacking.is_empty() && !is_in_own_files(repo, class, field) {
                findings.push(field_finding(&entries, &lacking, (class, field)));
            }
        }
    }
    let reads = repo.facts.reads.iter().filter(|it| it.absent == Absent::Fails && !it.in_test && !it.build_time);
    let languages = [Language::Python, Language::Script, Language::Go, Language::Rust];
    for read in reads.filter(|it| languages.contains(&it.language) && !it.is_prefix) {
        judge_read(repo, read, findings);
    }
}

/// Returns whether an env file that the class loads by itself, and that comes along, sets a field.
fn is_in_own_files(repo: &Repo, class: &SettingsClass, field: &Field) -> bool {
    class.env_files.iter().any(|it| {
        let file = repo.env_file(it.value.trim_start_matches("./"));
        file.is_some_and(|file| file.is_opaque || field.env_names.iter().any(|it| file.get(it).is_some()))
    })
}

fn field_finding(entries: &Entries, lacking: &[&Run], (class, field): (&SettingsClass, &Field)) -> Diagnostic {
    let is_certain = lacking.iter().any(|it| it.services.iter().all(|it| it.1.is_certain));
    let level = if is_certain { Level::Error } else { Level::Warning };
    let names = field.env_names.join("` or `");
    let message = format!("`{}` is required, but {} not set `{names}`", field.name.value, environments(lacking));
    let service = lacking[0].services[0].0;
    let mut finding = RULE
        .finding_at(level, field.name.span, message)
        .also(service.name.span, format!("`{}` runs this code", service.name.value));
    if let Some((file, entry)) = entries.of(class, field).first() {
        finding = finding.also(entry.name.span, format!("`{}` sets it", file.path));
    }
    let near = service.env_files.last().map_or("`environment:`".to_string(), |it| format!("`{}`", it.path.value));
    finding.help(format!("set `{}` in {near}, or give the field a default", field.env_names[0]))
}

/// Names environments with their verb: "the environment `prod` does".
fn environments(list: &[&Run]) -> String {
    let mut names: Vec<String> = list.iter().map(|it| format!("`{}`", it.environment.name)).collect();
    names.dedup();
    match &names[..] {
        [one] => format!("the environment {one} does"),
        several => format!("the environments {} do", several.join(", ")),
    }
}

fn judge_read(repo: &Repo, read: &EnvRead, findings: &mut Findings) {
    let name = &read.name.value;
    let path = repo.path(read.name.span.file);
    if delivered::is_tool(repo, path) || repo.is_set_by_program(name) {
        return;
    }
    let runs = delivered::runs(repo, path);
    let is_given = |it: &delivered::Delivered| it.is_unknown || it.variable(name).is_some();
    let lacking: Vec<&Run> = runs.iter().filter(|it| !it.services.iter().any(|it| is_given(&it.1))).collect();
    let Some(first) = lacking.first() else { return };
    let service = first.services[0].0;
    // In an image that holds all of the repository, the service may never come to this file.
    let gets_it_elsewhere = |it: &Run| {
        let same = it.services.iter().filter(|it| it.0.name.value == service.name.value);
        same.into_iter().any(|it| it.1.variable(name).is_some())
    };
    let is_sure = delivered::is_built_alone(service) || runs.iter().any(gets_it_elsewhere);
    // What only some function asks for may be a part that this environment does without.
    let is_late = repo.facts.late_needs.contains(&read.name.span);
    // A service that is given nothing at all is given what it needs by what starts it: a platform, a person.
    let is_given_nothing = service.environment.is_empty() && service.env_files.is_empty();
    let level = if is_sure && !is_late && !is_given_nothing { Level::Warning } else { Level::Info };
    let set = service.environment.iter().map(|it| it.name.value.as_str());
    let message = format!("this needs `{name}`, but {} not set it", environments(&lacking));
    let help = did_you_mean(name, set).map(|it| format!("`{}` sets `{it}`: is that meant?", service.name.value));
    let finding = RULE
        .finding_at(level, read.name.span, message)
        .also(service.name.span, format!("`{}` runs this code", service.name.value))
        .help(format!("give `{name}` to `{}`", service.name.value))
        .maybe_help(help);
    findings.push(finding);
}
