//! `env-localhost-default`.

use crate::diag::{Code, Level};
use crate::repo::Repo;
use crate::repo::compose::Service;
use crate::repo::delivered;
use crate::repo::delivered::Run;
use crate::repo::fact::{Field, SettingsClass};
use crate::repo::known_variable::bare_name;
use crate::rules::{Findings, Rule};

/// A default that points at the own machine, where the environment has a service for it.
pub static RULE: Rule = Rule {
    code: Code { id: "ENV010", name: "env-localhost-default" },
    level: Level::Warning,
    summary: "a default points at localhost, the environment has a service for it, and nothing sets the variable",
    docs: r#"
## What it does
Finds, for each environment, fields whose default is an address on `localhost`, where nothing gives the variable to
the services that run the code, although the environment has a service of that kind: redis for `redis://`, or one
that listens on the same port.
## Why it matters
In a container `localhost` is the container itself. The program starts and cannot reach what runs beside it.
## Example
```sample
#- docker-compose.yml
services:
  api:
    build: ./api
    environment:
      DATABASE_URL: postgres://db/app
  cache:
# ~~~~~ the environment has this service
    image: redis:7
#- api/config.py
from pydantic_settings import BaseSettings
class Settings(BaseSettings):
    database_url: str
    redis_url: str = "redis://localhost:6379/0"
#   ^^^^^^^^^ warning: `redis_url` is `redis://localhost:6379/0` in `api`, since the environment `default` does not set `REDIS_URL`
#- api/main.py
from config import Settings
print(Settings().database_url, Settings().redis_url)
```
## Silent
```sample
#- docker-compose.yml
services:
  api:
    build: ./api
    environment:
      REDIS_URL: redis://cache:6379/0
  cache:
    image: redis:7
#- api/config.py
from pydantic_settings import BaseSettings
class Settings(BaseSettings):
    redis_url: str = "redis://localhost:6379/0"
    frontend_url: str = "http://localhost:5173"
    test_redis_url: str = "redis://localhost:6380/0"
#- api/main.py
from config import Settings
print(Settings().redis_url, Settings().frontend_url, Settings().test_redis_url)
```
"#,
    run,
};

fn run(repo: &Repo, findings: &mut Findings) {
    for class in delivered::final_classes(repo) {
        let local: Vec<(&Field, Address)> =
            class.fields.iter().filter_map(|it| Some((it, address(it.default_value.as_ref()?)?))).collect();
        // What no code reads is not asked for its address; of that SET001 tells.
        let is_read = |it: &Field| class.is_read_dynamically || repo.facts.python.attributes.has(&it.name.value);
        let local: Vec<(&Field, Address)> = local.into_iter().filter(|it| is_read(it.0)).collect();
        if local.is_empty() {
            continue;
        }
        for run in delivered::runs(repo, &class.path) {
            for (field, address) in &local {
                judge(&run, class, (field, address), findings);
            }
        }
    }
}

/// An address on the own machine.
struct Address {
    scheme: String,
    port: Option<String>,
}

fn address(value: &str) -> Option<Address> {
    let (scheme, rest) = value.split_once("://")?;
    let authority = rest.split(['/', '?']).next()?.rsplit('@').next()?;
    let (host, port) = authority.split_once(':').map_or((authority, None), |it| (it.0, Some(it.1.to_string())));
    let scheme = scheme.split('+').next().unwrap_or(scheme).to_string();
    matches!(host, "localhost" | "127.0.0.1").then_some(Address { scheme, port })
}

fn judge(run: &Run, class: &SettingsClass, (field, address): (&Field, &Address), findings: &mut Findings) {
    let shares_host = |it: &Service| it.network_mode.as_ref().is_some_and(|it| it.value == "host");
    // What is for tests is not asked for where the program runs for others.
    let is_for_tests = field.name.value.to_ascii_lowercase().split('_').any(|it| matches!(it, "test" | "tests"));
    if is_for_tests || !run.lacks(class, field) || run.services.iter().any(|it| shares_host(it.0)) {
        return;
    }
    let own: Vec<&str> = run.services.iter().map(|it| it.0.name.value.as_str()).collect();
    let others = run.environment.model.services.iter().filter(|it| !own.contains(&it.name.value.as_str()));
    let Some(target) = others.into_iter().find(|it| serves(it, address)) else { return };
    let service = run.services[0].0;
    let (name, value) = (&field.name.value, field.default_value.clone().unwrap_or_default());
    let message = format!(
        "`{name}` is `{value}` in `{}`, since the environment `{}` does not set `{}`",
        service.name.value, run.environment.name, field.env_names[0]
    );
    // An HTTP address may well be one for browsers.
    let level = if address.scheme.starts_with("http") { Level::Info } else { Level::Warning };
    let address = value.replacen("localhost", &target.name.value, 1).replacen("127.0.0.1", &target.name.value, 1);
    let finding = RULE
        .finding_at(level, field.name.span, message)
        .also(target.name.span, "the environment has this service")
        .help(format!("set `{}={address}` for `{}`", field.env_names[0], service.name.value));
    findings.push(finding);
}

/// Returns whether a service is what an address asks for.
fn serves(service: &Service, address: &Address) -> bool {
    let image = service.image.as_ref().map_or("", |it| bare_name(&it.value)).to_lowercase();
    let kinds: &[&str] = match address.scheme.as_str() {
        "redis" | "rediss" => &["redis", "valkey", "keydb", "dragonfly"],
        "postgres" | "postgresql" => &["postgres", "pgvector", "postgis", "timescale"],
        "mysql" | "mariadb" => &["mysql", "mariadb"],
        "mongodb" => &["mongo"],
        "amqp" | "amqps" => &["rabbitmq"],
        "nats" => &["nats"],
        "http" | "https" => {
            let listens = |port: &String| {
                service.ports.iter().any(|it| it.target == *port) || service.expose.iter().any(|it| it.value == *port)
            };
            return address.port.as_ref().is_some_and(listens);
        }
        _ => return false,
    };
    kinds.iter().any(|it| image.contains(it))
}
