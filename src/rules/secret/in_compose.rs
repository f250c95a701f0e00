//! `secret-in-compose`.

use std::collections::BTreeSet;

use crate::diag::{Code, Level};
use crate::repo::Repo;
use crate::repo::environment::Environment;
use crate::repo::fact::SetBy;
use crate::rules::env::is_secret_name;
use crate::rules::secret::is_harmless_place;
use crate::rules::{Findings, Rule};
use crate::secret::{is_address, is_key, is_placeholder, repeats_name};

/// A secret written into a compose file or manifest.
pub static RULE: Rule = Rule {
    code: Code { id: "SEC001", name: "secret-in-compose" },
    level: Level::Warning,
    summary: "a compose file or manifest has a secret written into it",
    docs: r#"
## What it does
Finds literal values under the names of secrets in `environment:` of services that others use, and in `env:` and
ConfigMaps of Kubernetes. In files for development it is a warning only for what a program made; the rest is told with
`--pedantic`.
## Why it matters
Whoever can read the repository has the secret, and all deployments share it.
## Example
```sample
#- docker-compose.prod.yml
services:
  api:
    image: api:1
    environment:
      DB_PASSWORD: hunter22
#                  ^^^^^^^^ warning: `DB_PASSWORD` of `api` is written into the file
#- k8s/api.yaml
apiVersion: v1
kind: Pod
metadata: {name: api}
spec:
  containers:
    - name: api
      image: api:1
      env:
        - name: API_TOKEN
          value: hunter22
#                ^^^^^^^^ warning: `API_TOKEN` of `Pod/api` is written into the file
```
## Silent
```sample
#- docker-compose.prod.yml
services:
  api:
    image: api:1
    environment:
      DB_PASSWORD: ${DB_PASSWORD:?}
      DB_PASSWORD_FILE: /run/secrets/db
      TOKEN_TTL: 3600
      SESSION_SECRET: change-me
      PROXY_PASS: "api:3000"
      REFRESH_TOKEN: https://login.example.org/oauth/token
    secrets: [db]
secrets:
  db: {external: true}
#- docker-compose.dev.yml
services:
  db:
    image: postgres:17
    environment:
      POSTGRES_USER: app
```
## When it may be wrong
When the value is no secret in spite of its name.
"#,
    run,
};

fn run(repo: &Repo, findings: &mut Findings) {
    let mut told = BTreeSet::new();
    let (production, other): (Vec<&Environment>, Vec<&Environment>) =
        repo.environments.iter().partition(|it| it.is_production());
    for environment in production.into_iter().chain(other) {
        for service in &environment.model.services {
            for variable in &service.environment {
                let Some(value) = variable.value.as_ref().filter(|it| is_literal(&variable.name.value, &it.value))
                else {
                    continue;
                };
                // One value that several services share is one secret.
                if !told.insert((value.span.file, &variable.name.value, &value.value)) {
                    continue;
                }
                let is_guarded = environment.is_production() && !is_harmless_place(repo.path(value.span.file));
                let level = if is_guarded || is_key(&value.value) { RULE.level } else { Level::Info };
                let (name, service) = (&variable.name.value, &service.name.value);
                let message = format!("`{name}` of `{service}` is written into the file");
                let help = format!("write `${{{name}:?set it}}`, and set it where git does not look");
                findings.push(RULE.finding_at(level, value.span, message).help(help));
            }
        }
    }
    for set in repo.facts.sets.iter().filter(|it| it.by == SetBy::Kubernetes) {
        let Some(value) = set.value.as_ref().filter(|it| is_literal(&set.name.value, &it.value)) else { continue };
        let is_guarded = !is_harmless_place(repo.path(value.span.file));
        let level = if is_guarded || is_key(&value.value) { RULE.level } else { Level::Info };
        let whose = set.scope.as_deref().unwrap_or("a manifest");
        let message = format!("`{}` of `{whose}` is written into the file", set.name.value);
        findings.push(
            RULE.finding_at(level, value.span, message).help("keep it in a Secret that is not in the repository"),
        );
    }
}

fn is_literal(name: &str, value: &str) -> bool {
    let is_number = value.bytes().all(|it| it.is_ascii_digit());
    is_secret_name(name)
        && value.len() >= 3
        && !is_number
        && !value.contains('$')
        && !is_placeholder(value)
        && !is_address(value)
        && !repeats_name(name, value)
}
