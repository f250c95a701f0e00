//! `proxy-network-mismatch`.

use crate::diag::{Code, Level};
use crate::repo::Repo;
use crate::repo::compose::Service;
use crate::repo::label;
use crate::repo::reach;
use crate::rules::{Findings, Rule};

/// A routed service that Traefik shares no network with, or may reach on the wrong one.
pub static RULE: Rule = Rule {
    code: Code { id: "RTE008", name: "proxy-network-mismatch" },
    level: Level::Error,
    summary: "a routed service shares no network with Traefik, or not all, and does not say which",
    docs: r#"
## What it does
Finds services with routers that share no network with the Traefik of the same environment; and, as a warning, those
on several networks of which Traefik is on some only, without `traefik.docker.network`.
## Why it matters
Traefik takes the first network it sees. If it is not on that one itself, requests end in a gateway timeout.
## Example
```sample
#- docker-compose.yml
services:
  proxy:
# ~~~~~ Traefik is on other networks
    image: traefik:v3.1
    networks: [edge]
  api:
    image: api:1
    networks: [back]
    labels:
      - traefik.http.routers.api.rule=Host(`a`)
#       ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error: Traefik shares no network with `api`
  web:
    image: web:1
    networks: [edge, back]
    labels:
      - traefik.http.routers.web.rule=Host(`w`)
#       ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ warning: `web` is on networks that Traefik is not on, and does not say which one to use
networks:
  edge:
  back:
```
## Silent
```sample
#- docker-compose.yml
services:
  proxy:
    image: traefik:v3.1
    networks: [edge]
  web:
    image: web:1
    networks: [edge, back]
    labels:
      - traefik.docker.network=edge
      - traefik.http.routers.web.rule=Host(`w`)
networks:
  edge:
    name: edge
  back:
```
"#,
    run,
};

fn run(repo: &Repo, findings: &mut Findings) {
    for environment in repo.environments.iter().filter(|it| !it.is_partial) {
        let services = &environment.model.services;
        let proxies: Vec<&Service> = services.iter().filter(|it| label::is_traefik(it)).collect();
        let [proxy] = proxies.as_slice() else { continue };
        let Some(edge) = reach::networks(proxy) else { continue };
        let says_network = |it: &Service| {
            let deploy = it.deploy.iter().flat_map(|it| &it.labels);
            it.labels
                .iter()
                .chain(deploy)
                .any(|it| matches!(it.name.value.as_str(), "traefik.docker.network" | "traefik.swarm.network"))
        };
        let flag_says = proxy.command.iter().flat_map(|it| &it.words).any(|it| {
            let it = it.value.to_ascii_lowercase();
            it.starts_with("--providers.docker.network") || it.starts_with("--providers.swarm.network")
        });
        for service in services.iter().filter(|it| it.name.value != proxy.name.value) {
            let deploy = service.deploy.iter().flat_map(|it| label::labels(&it.labels));
            let own = label::labels(&service.labels);
            let Some(router) = own.into_iter().chain(deploy).find(|it| it.section == "routers") else { continue };
            let Some(networks) = reach::networks(service) else { continue };
            let n_shared = networks.iter().filter(|it| edge.contains(it)).count();
            let name = &service.name.value;
            if n_shared == 0 {
                let message = format!("Traefik shares no network with `{name}`");
                let finding = RULE.finding(router.key, message).also(proxy.name.span, "Traefik is on other networks");
                findings.push(finding.help(format!("put `{name}` on `{}`", edge.first().unwrap_or(&"default"))));
            } else if n_shared < networks.len() && !says_network(service) && !flag_says {
                let message =
                    format!("`{name}` is on networks that Traefik is not on, and does not say which one to use");
                let finding = RULE.finding_at(Level::Warning, router.key, message);
                findings
                    .push(finding.help("add the label `traefik.docker.network=…` with the real name of the network"));
            }
        }
    }
}
