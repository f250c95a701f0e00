//! `traefik-label-missing`.

use crate::diag::{Code, Level};
use crate::repo::Repo;
use crate::repo::compose::{Service, Variable};
use crate::repo::label::{self, Declared};
use crate::rules::{Findings, Rule};

/// A routed service that Traefik is told to leave out.
pub static RULE: Rule = Rule {
    code: Code { id: "RTE009", name: "traefik-label-missing" },
    level: Level::Warning,
    summary: "a service has routers, but not the label without which Traefik leaves it out",
    docs: r#"
## What it does
Finds services with routers and without `traefik.enable=true` where the Traefik of the repository is told
`exposedbydefault=false`.
## Why it matters
Traefik leaves the whole service out.
## Example
```sample
#- docker-compose.yml
services:
  proxy:
    image: traefik:v3.1
    command:
      - --providers.docker.exposedbydefault=false
#       ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~ only services that say so are routed
  api:
    image: api:1
    labels:
      - traefik.http.routers.api.rule=Host(`a`)
#       ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ warning: `api` has no `traefik.enable=true`, so Traefik leaves it out
```
## Silent
```sample
#- docker-compose.yml
services:
  proxy:
    image: traefik:v3.1
    command:
      - --providers.docker.exposedbydefault=false
  api:
    image: api:1
    labels:
      - traefik.enable=true
      - traefik.http.routers.api.rule=Host(`a`)
```
"#,
    run,
};

fn run(repo: &Repo, findings: &mut Findings) {
    for environment in repo.environments.iter().filter(|it| !it.is_partial) {
        let Some(told) = Declared::near(repo, &environment.directory).needs_enable else { continue };
        for service in environment.model.services.iter() {
            let all = all_labels(service);
            let owned: Vec<Variable> = all.iter().map(|it| (*it).clone()).collect();
            let says = all.iter().any(|it| it.name.value.eq_ignore_ascii_case("traefik.enable"));
            let router = label::labels(&owned).into_iter().find(|it| it.section == "routers");
            if let Some(router) = router.filter(|_| !says) {
                let message =
                    format!("`{}` has no `traefik.enable=true`, so Traefik leaves it out", service.name.value);
                let finding = RULE.finding(router.key, message).also(told, "only services that say so are routed");
                findings.push(finding.help("add the label `traefik.enable=true`"));
            }
        }
    }
}

fn all_labels(service: &Service) -> Vec<&Variable> {
    service.labels.iter().chain(service.deploy.iter().flat_map(|it| &it.labels)).collect()
}
