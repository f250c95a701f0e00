//! `proxy-network-mismatch`.

use crate::diag::{Code, Diagnostic, Level};
use crate::repo::Repo;
use crate::repo::compose::{Service, Variable, known};
use crate::repo::environment::Environment;
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
on several networks of which Traefik is on some only, without `traefik.docker.network`, or with one that is none of
theirs: Traefik then takes the first.
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
  app:
    image: app:1
    networks: [edge, back]
    labels:
      - traefik.docker.network=web
#                              ^^^ warning: `app` is on no network that is called `web`
      - traefik.http.routers.app.rule=Host(`x`)
networks:
  edge:
# ~~~~ Traefik is on this one
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
            } else if n_shared < networks.len()
                && let Some(label) = network_label(service)
            {
                findings.push_maybe(no_network(environment, (service, label), (&networks, &edge)));
            } else if n_shared < networks.len() && !flag_says {
                let message =
                    format!("`{name}` is on networks that Traefik is not on, and does not say which one to use");
                let finding = RULE.finding_at(Level::Warning, router.key, message);
                findings
                    .push(finding.help("add the label `traefik.docker.network=…` with the real name of the network"));
            }
        }
    }
}

/// Returns the label that says on which network Traefik finds a service.
fn network_label(service: &Service) -> Option<&Variable> {
    let deploy = service.deploy.iter().flat_map(|it| &it.labels);
    let is_it = |it: &&Variable| matches!(it.name.value.as_str(), "traefik.docker.network" | "traefik.swarm.network");
    service.labels.iter().chain(deploy).find(is_it)
}

/// Finds a label that names none of a service's networks: "Could not find network named …" in the log of Traefik, which
/// goes on with the first of them.
fn no_network(
    environment: &Environment,
    (service, label): (&Service, &Variable),
    (networks, edge): (&[&str], &[&str]),
) -> Option<Diagnostic> {
    let value = label.value.as_ref()?;
    let said = known::with_defaults(&value.value)?;
    let resource = |name: &str| environment.model.networks.iter().find(|it| it.name.value == name);
    // The project's name comes before it, and is known to whoever starts it.
    let is_it = |name: &&str| match resource(name).and_then(|it| it.real_name.as_ref()) {
        Some(real) => known::with_defaults(&real.value).is_none_or(|it| it == said),
        None => *name == said || said.ends_with(&format!("_{name}")),
    };
    if networks.iter().any(is_it) {
        return None;
    }
    let message = format!("`{}` is on no network that is called `{said}`", service.name.value);
    let finding = RULE.finding_at(Level::Warning, value.span, message);
    let shared = networks.iter().find(|it| edge.contains(it)).and_then(|it| resource(it));
    Some(match shared {
        Some(it) => {
            let real = it.real_name.as_ref().map_or(it.name.value.as_str(), |it| it.value.as_str());
            finding.also(it.name.span, "Traefik is on this one").help(format!("write `{real}`"))
        }
        None => finding.help("name the network that Traefik is on, as `docker network ls` shows it"),
    })
}
