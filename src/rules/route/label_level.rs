//! `labels-level`.

use crate::diag::{Code, Level};
use crate::repo::Repo;
use crate::repo::environment::{Dialect, Source};
use crate::repo::label::{self, Declared};
use crate::rules::{Findings, Rule};

/// Traefik labels where the provider in use does not look.
pub static RULE: Rule = Rule {
    code: Code { id: "RTE010", name: "labels-level" },
    level: Level::Error,
    summary: "Traefik labels stand where its provider does not look: on the container under Swarm, or on `deploy` without",
    docs: r#"
## What it does
Finds Traefik labels of containers (`labels`) in files that are deployed with `docker stack deploy`, and labels of
services (`deploy.labels`) in files that only ever go to `docker compose`.
## Why it matters
Under Swarm Traefik reads the labels of services only; without Swarm those of containers only. The others do nothing.
## Example
```sample
#- deploy.sh
docker stack deploy -c stack.yml app
#- stack.yml
services:
  api:
    image: api:1
    labels:
      - traefik.http.routers.api.rule=Host(`a`)
#       ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error: Swarm shows Traefik the labels of `deploy` only
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
        - traefik.http.routers.api.rule=Host(`a`)
        - traefik.http.services.api.loadbalancer.server.port=80
```
"#,
    run,
};

fn run(repo: &Repo, findings: &mut Findings) {
    for environment in repo.environments.iter().filter(|it| matches!(it.source, Source::Command { .. })) {
        let declared = Declared::near(repo, &environment.directory);
        for service in &environment.model.services {
            let own = label::labels(&service.labels);
            let deploy = service.deploy.as_ref().map(|it| label::labels(&it.labels)).unwrap_or_default();
            let is_router = |it: &&label::Label| it.section == "routers";
            let is_swarm = environment.dialect == Dialect::Swarm;
            let found = match (own.iter().find(is_router), deploy.iter().find(is_router)) {
                (Some(label), None) if is_swarm && (declared.is_swarm || !declared.is_docker) => Some((
                    label.key,
                    "Swarm shows Traefik the labels of `deploy` only",
                    "move the labels under `deploy:`",
                )),
                (None, Some(label)) if !is_swarm && declared.is_docker && !declared.is_swarm => {
                    let message = "without Swarm Traefik reads the labels of containers only";
                    Some((label.key, message, "move the labels out of `deploy:`"))
                }
                _ => None,
            };
            if let Some((span, message, help)) = found {
                findings.push(RULE.finding(span, message).help(help));
            }
        }
    }
}
