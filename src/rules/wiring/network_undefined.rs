//! `network-undefined`.

use crate::diag::{Code, Level, nearest};
use crate::repo::Repo;
use crate::repo::compose::{Model, Resource, Service};
use crate::rules::existence::{declared_beside, unused_resources};
use crate::rules::{Findings, Rule};

/// A network, config or secret that the top level does not declare, or that nobody uses.
pub static RULE: Rule = Rule {
    code: Code { id: "NET001", name: "network-undefined" },
    level: Level::Error,
    summary: "a service uses a network, config or secret that the top level does not declare",
    docs: r#"
## What it does
Finds networks, configs and secrets of services that no file of the environment declares at the top level, and (as
information) those at the top level that no service uses.
## Why it matters
Compose refuses the project: "service refers to undefined network".
## Example
```sample
#- docker-compose.yml
services:
  api:
    image: api:1
    networks: [backend]
#              ^^^^^^^ error: `networks:` does not declare `backend`
    secrets: [db_password]
#             ^^^^^^^^^^^ error: `secrets:` does not declare `db_password`
networks:
  back-end:
# ^^^^^^^^ info: no service is on the network `back-end`
configs:
  app:
# ^^^ info: no service has the config `app`
    file: ./app.yml
```
## Silent
```sample
#- docker-compose.yml
services:
  api:
    image: api:1
    networks: [backend, default]
    configs:
      - source: app
        target: /app.yml
    build:
      context: .
      secrets: [token]
networks:
  backend:
configs:
  app:
    content: "x: 1"
secrets:
  token:
    environment: TOKEN
```
"#,
    run,
};

/// A section of the model at the top level.
type Section = fn(&Model) -> &Vec<Resource>;

fn run(repo: &Repo, findings: &mut Findings) {
    for environment in repo.environments.iter().filter(|it| !it.is_partial && it.model.includes.is_empty()) {
        let model = &environment.model;
        for service in &model.services {
            let networks = service.networks.iter().map(|it| &it.name).filter(|it| it.value != "default");
            let used: [(_, Section, Vec<_>); 3] = [
                ("networks", |it| &it.networks, networks.collect()),
                ("configs", |it| &it.configs, service.configs.iter().collect()),
                ("secrets", |it| &it.secrets, service.secrets.iter().collect()),
            ];
            for (section, in_model, names) in used {
                let declared = in_model(model);
                let beside = declared_beside(repo, environment, in_model);
                for name in names.into_iter().filter(|it| {
                    !it.value.contains('$') && !is_declared(declared, &it.value) && !beside.contains(it.value.as_str())
                }) {
                    let message = format!("`{section}:` does not declare `{}`", name.value);
                    let near = nearest(&name.value, declared.iter().map(|it| it.name.value.as_str()));
                    let help = match near {
                        Some(near) => format!("did you mean `{near}`?"),
                        None => format!("add `{}:` under `{section}:`", name.value),
                    };
                    findings.push(RULE.finding(name.span, message).help(help).meant(name.span, &name.value, near));
                }
            }
        }
    }
    unused(repo, findings);
}

fn is_declared(declared: &[Resource], name: &str) -> bool {
    declared.iter().any(|it| it.name.value == name)
}

fn unused(repo: &Repo, findings: &mut Findings) {
    let networks = |it: &Service, name: &str| it.networks.iter().any(|it| it.name.value == name);
    for network in unused_resources(repo, |it| &it.networks, networks) {
        if network.name.value != "default" {
            let message = format!("no service is on the network `{}`", network.name.value);
            findings.push(RULE.finding_at(Level::Info, network.name.span, message).help("remove it"));
        }
    }
    let configs = |it: &Service, name: &str| it.configs.iter().any(|it| it.value == name);
    let secrets = |it: &Service, name: &str| {
        it.secrets.iter().chain(it.build.iter().flat_map(|it| &it.secrets)).any(|it| it.value == name)
    };
    let unused_configs = unused_resources(repo, |it| &it.configs, configs).into_iter().map(|it| ("config", it));
    let unused_secrets = unused_resources(repo, |it| &it.secrets, secrets).into_iter().map(|it| ("secret", it));
    for (what, resource) in unused_configs.chain(unused_secrets) {
        let message = format!("no service has the {what} `{}`", resource.name.value);
        findings.push(RULE.finding_at(Level::Info, resource.name.span, message).help("remove it"));
    }
}
