//! `service-unknown`.

use crate::diag::{Code, Level, nearest};
use crate::repo::Repo;
use crate::repo::compose::Service;
use crate::repo::environment::Environment;
use crate::repo::fact::Text;
use crate::rules::{Findings, Rule};

/// A service relies on one that nobody declares.
pub static RULE: Rule = Rule {
    code: Code { id: "REF003", name: "service-unknown" },
    level: Level::Error,
    summary: "a service refers to one that the environment does not have",
    docs: r#"
## What it does
Looks up the names in `volumes_from` and `network_mode: service:…` among the services of every environment that the
file is part of. What `depends_on` and `links` name is the business of DEP001.
## Why it matters
Compose refuses the whole project: "depends on undefined service". In an overlay it is noticed only where that overlay
is used.
## Example
```sample
#- docker-compose.yml
services:
  api:
    image: api
    volumes_from: [redis:ro]
#                  ^^^^^^^^ error: no service is called `redis`
    network_mode: service:pstgres
#                 ^^^^^^^^^^^^^^^ error: no service is called `pstgres`
  postgres:
    image: postgres:17
```
## Silent
```sample
#- docker-compose.yml
services:
  api:
    image: api
    depends_on:
      redis: { condition: service_started, required: false }
      cache: { condition: service_started }
#- docker-compose.prod.yml
services:
  api:
    depends_on: [worker]
  worker:
    image: worker
#- docker-compose.override.yml
services:
  cache:
    image: redis:8
#- run.sh
docker compose -f docker-compose.yml -f docker-compose.override.yml -f docker-compose.prod.yml up
docker compose up
```
"#,
    run,
};

fn run(repo: &Repo, findings: &mut Findings) {
    for environment in repo.environments.iter().filter(|it| !it.is_partial) {
        for service in &environment.model.services {
            judge(environment, service, findings);
        }
    }
}

fn judge(environment: &Environment, service: &Service, findings: &mut Findings) {
    for name in &referred(service, "volumes_from") {
        unless_there(environment, service, (name, &name.value), findings);
    }
    for mode in service.network_mode.iter() {
        if let Some(name) = mode.value.strip_prefix("service:") {
            unless_there(environment, service, (mode, name), findings);
        }
    }
}

fn referred(service: &Service, key: &str) -> Vec<Text> {
    let items = service.node.get(key).and_then(|it| it.as_seq()).unwrap_or(&[]);
    let name = |it: &crate::syntax::node::Node| {
        let name = it.as_text()?.split(':').next()?.to_string();
        Some(Text::new(name, it.place()))
    };
    items.iter().filter_map(name).filter(|it| it.value != "container").collect()
}

fn unless_there(environment: &Environment, service: &Service, (at, name): (&Text, &str), findings: &mut Findings) {
    if environment.model.service(name).is_some() || name.contains('$') {
        return;
    }
    let files = environment.compose_files.join("`, `");
    let near = nearest(name, environment.model.service_names());
    let help = match near {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("declare it in `{files}`, or remove it here"),
    };
    let finding = RULE.finding(at.span, format!("no service is called `{name}`"));
    findings.push(finding.label(format!("`{}` needs it", service.name.value)).help(help).meant(at.span, name, near));
}
