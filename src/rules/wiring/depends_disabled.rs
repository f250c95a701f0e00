//! `depends-on-disabled`.

use std::collections::BTreeSet;

use crate::diag::{Code, Diagnostic, Level};
use crate::repo::Repo;
use crate::repo::compose::{Dependency, Service};
use crate::repo::environment::{Dialect, Environment};
use crate::rules::{Findings, Rule};

/// A dependency on a service that a profile switches off.
pub static RULE: Rule = Rule {
    code: Code { id: "DEP005", name: "depends-on-disabled" },
    level: Level::Error,
    summary: "a service depends on one whose profile is not switched on with it",
    docs: r#"
## What it does
Finds required dependencies on services with `profiles`, none of which the dependant has, where no command and no
`COMPOSE_PROFILES` switches one of them on. Where the dependant has a profile of its own it is told with `--pedantic`,
since both may be meant to be switched on together.
## Why it matters
Compose refuses every command: `service "api" depends on undefined service "migrate"`.
## Example
```sample
#- compose.yml
services:
  api:
    image: api:1
    depends_on:
      migrate:
#     ^^^^^^^ error: `api` depends on `migrate`, which only the profile `tools` switches on
        condition: service_completed_successfully
  migrate:
    image: api:1
    command: alembic upgrade head
    profiles: [tools]
#              ~~~~~ the profile
```
## Silent
```sample
#- compose.yml
services:
  api:
    image: api:1
    depends_on:
      mail: {condition: service_started, required: false}
      cache: {condition: service_started}
  worker:
    image: api:1
    profiles: [full]
    depends_on: [queue]
  queue:
    image: queue:1
    profiles: [full, queue]
  mail:
    image: mail:1
    profiles: [full]
  cache:
    image: redis:7
    profiles: [cache]
#- .env.example
COMPOSE_PROFILES=cache
#- other/compose.yml
services:
  api:
    image: api:1
    depends_on: [db]
  db:
    image: postgres:17
    profiles: [db]
#- start.sh
docker compose -f other/compose.yml --profile db up -d
```
"#,
    run,
};

fn run(repo: &Repo, findings: &mut Findings) {
    let everywhere = switched_on(repo);
    for environment in repo.environments.iter().filter(|it| it.dialect == Dialect::Compose && !it.is_partial) {
        let mut on = by_commands(repo, environment);
        on.extend(everywhere.iter().map(String::as_str));
        for service in &environment.model.services {
            for dependency in service.depends_on.iter().filter(|it| it.is_required) {
                let Some(other) = environment.model.service(&dependency.service.value) else { continue };
                findings.push_maybe(judge(service, dependency, (other, &on)));
            }
        }
    }
}

fn judge(service: &Service, dependency: &Dependency, (other, on): (&Service, &BTreeSet<&str>)) -> Option<Diagnostic> {
    let has = |name: &str| service.profiles.iter().any(|it| it.value == name);
    let is_unknown = |it: &str| it.contains('$') || on.contains("*") || on.iter().any(|it| it.contains('$'));
    let is_on = |it: &str| has(it) || on.contains(it) || is_unknown(it);
    let profile = other.profiles.first()?;
    if other.profiles.iter().any(|it| is_on(&it.value)) || service.profiles.iter().any(|it| is_unknown(&it.value)) {
        return None;
    }
    let (name, needed) = (&service.name.value, &other.name.value);
    let message = format!("`{name}` depends on `{needed}`, which only the profile `{}` switches on", profile.value);
    let help = match service.profiles.is_empty() {
        true => format!("take `profiles` off `{needed}`, or write `required: false`"),
        false => "give both the same profile, or write `required: false`".to_string(),
    };
    // Two profiles may be meant to be switched on together; a service without one is there with none.
    let level = if service.profiles.is_empty() { RULE.level } else { Level::Info };
    Some(RULE.finding_at(level, dependency.service.span, message).also(profile.span, "the profile").help(help))
}

/// Returns the profiles that commands switch on for the files of an environment. One that somebody switches on now and
/// then is not told of: the other commands may name their services.
fn by_commands<'r>(repo: &'r Repo, environment: &Environment) -> BTreeSet<&'r str> {
    let shares = |it: &&Environment| it.compose_files.iter().any(|it| environment.compose_files.contains(it));
    repo.environments.iter().filter(shares).flat_map(|it| &it.profiles).map(String::as_str).collect()
}

/// Returns what some file or script says of `COMPOSE_PROFILES`.
fn switched_on(repo: &Repo) -> BTreeSet<String> {
    let is_it = |name: &str| name == "COMPOSE_PROFILES";
    let entries = repo.facts.env_files.iter().flat_map(|it| &it.entries).filter(|it| is_it(&it.name.value));
    let sets = repo.facts.sets.iter().filter(|it| is_it(&it.name.value));
    // A value that is not known may be any.
    let sets = sets.map(|it| it.value.as_ref().map_or("*", |it| it.value.as_str()));
    let values = entries.map(|it| it.value.value.as_str()).chain(sets);
    values.flat_map(|it| it.split(',')).map(|it| it.trim().to_string()).filter(|it| !it.is_empty()).collect()
}
