//! `lb-port-missing`.

use crate::diag::{Code, Level};
use crate::repo::Repo;
use crate::repo::environment::Dialect;
use crate::repo::label;
use crate::rules::{Findings, Rule};

/// A Swarm service with routers and no port for Traefik.
pub static RULE: Rule = Rule {
    code: Code { id: "RTE007", name: "lb-port-missing" },
    level: Level::Error,
    summary: "a Swarm service has a router, but does not tell Traefik its port",
    docs: r#"
## What it does
Finds services of stacks with a router and without `loadbalancer.server.port`.
## Why it matters
Under Swarm Traefik cannot see which port a container listens on, and leaves the service out.
## Example
```sample
#- deploy.sh
docker stack deploy -c stack.yml app
#- stack.yml
services:
  api:
    image: api:1
    deploy:
      labels:
        - traefik.http.routers.api.rule=Host(`api.example.com`)
#         ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error: `api` does not tell Traefik its port, which Swarm does not show
```
## Silent
```sample
#- deploy.sh
docker stack deploy -c stack.yml app
#- stack.yml
services:
  api:
    image: api:1
    deploy:
      labels:
        - traefik.http.routers.api.rule=Host(`api.example.com`)
        - traefik.http.services.api.loadbalancer.server.port=8000
  proxy:
    image: traefik:v3.1
    deploy:
      labels:
        - traefik.http.routers.dashboard.rule=Host(`x.example.com`)
        - traefik.http.routers.dashboard.service=api@internal
```
"#,
    run,
};

fn run(repo: &Repo, findings: &mut Findings) {
    for environment in repo.environments.iter().filter(|it| it.dialect == Dialect::Swarm) {
        for service in &environment.model.services {
            let list = service.deploy.as_ref().map(|it| label::labels(&it.labels)).unwrap_or_default();
            let Some(router) = list.iter().find(|it| it.section == "routers" && it.option == "rule") else { continue };
            let has_port = list.iter().any(|it| it.section == "services" && it.option.ends_with("server.port"));
            let goes_elsewhere = list.iter().any(|it| {
                it.section == "routers"
                    && it.option == "service"
                    && it.value.as_ref().is_some_and(|it| it.value.contains('@'))
            });
            if !has_port && !goes_elsewhere {
                let name = &service.name.value;
                let message = format!("`{name}` does not tell Traefik its port, which Swarm does not show");
                let help = format!("add `traefik.http.services.{name}.loadbalancer.server.port=…`");
                findings.push(RULE.finding(router.key, message).help(help));
            }
        }
    }
}
