//! `secret-not-given`.

use std::collections::BTreeSet;

use crate::diag::{Code, Diagnostic, Level, nearest};
use crate::repo::Repo;
use crate::repo::compose::{Resource, Service, Variable};
use crate::repo::environment::Environment;
use crate::rules::{Findings, Rule};
use crate::source::Span;
use crate::syntax::node::Node;

/// A variable names the file of a secret that the service does not get.
pub static RULE: Rule = Rule {
    code: Code { id: "SEC009", name: "secret-not-given" },
    level: Level::Error,
    summary: "a variable names a file below /run/secrets that the service does not get",
    docs: r#"
## What it does
Looks up `/run/secrets/NAME` in `environment` among the `secrets` of the service, by the names that they have there.
## Why it matters
The file does not exist in the container: the database refuses to start, or the program runs without its password.
## Example
```sample
#- compose.yml
services:
  db:
    image: postgres:16
    environment:
      POSTGRES_PASSWORD_FILE: /run/secrets/db_password
#                             ^^^^^^^^^^^^^^^^^^^^^^^^ error: `db` does not get the secret `db_password`
    secrets: [postgres_password]
#             ~~~~~~~~~~~~~~~~~ this is what it gets
  api:
    image: api:1
    environment:
      - TOKEN_FILE=/run/secrets/token
#                  ^^^^^^^^^^^^^^^^^^ error: `api` does not get the secret `token`
secrets:
  postgres_password: {file: ./password.txt}
  token: {environment: TOKEN}
# ~~~~~ declared here
#- password.txt (ignored)
```
## Silent
```sample
#- compose.yml
services:
  db:
    image: postgres:16
    environment:
      POSTGRES_PASSWORD_FILE: /run/secrets/db_password
      OTHER_FILE: /run/secrets/other
      THIRD_FILE: /run/secrets/third
      NAME_FILE: /run/secrets/${NAME:-name}
      FOLDER: /run/secrets
    secrets:
      - source: postgres_password
        target: db_password
      - source: token
        target: /run/secrets/other
      - third
  api:
    image: api:1
    environment: {TOKEN_FILE: /run/secrets/token, KEY_FILE: /run/secrets/key}
    volumes: ["./token:/run/secrets/token"]
    configs: [{source: key, target: /run/secrets/key}]
  job:
    image: api:1
    environment: {TOKEN_FILE: /run/secrets/token}
    volumes: ["secrets:/run/secrets"]
volumes: {secrets: {}}
configs: {key: {external: true}}
secrets:
  postgres_password: {external: true}
  token: {external: true}
  third: {external: true}
#- token (ignored)
```
"#,
    run,
};

/// Where secrets are put that name no other place.
const FOLDER: &str = "/run/secrets/";

fn run(repo: &Repo, findings: &mut Findings) {
    for environment in repo.environments.iter().filter(|it| !it.is_partial && it.model.includes.is_empty()) {
        for service in &environment.model.services {
            let given = given(service);
            for variable in &service.environment {
                findings.push_maybe(judge(environment, service, (variable, &given)));
            }
        }
    }
}

fn judge(environment: &Environment, service: &Service, (variable, given): (&Variable, &Given)) -> Option<Diagnostic> {
    let value = variable.value.as_ref()?;
    let name = value.value.trim().strip_prefix(FOLDER)?;
    let is_name = |it: char| it.is_ascii_alphanumeric() || matches!(it, '_' | '-' | '.');
    if name.is_empty() || !name.chars().all(is_name) || given.brings(value.value.trim()) {
        return None;
    }
    let message = format!("`{}` does not get the secret `{name}`", service.name.value);
    let finding = RULE.finding(value.span, message);
    let declared = environment.model.secrets.iter().find(|it: &&Resource| it.name.value == name);
    if let Some(declared) = declared {
        let help = format!("add `{name}` to `secrets` of `{}`", service.name.value);
        return Some(finding.also(declared.name.span, "declared here").help(help));
    }
    let targets: BTreeSet<&str> = given.targets.iter().filter_map(|it| it.0.strip_prefix(FOLDER)).collect();
    let near = nearest(name, targets.iter().copied());
    let meant = near.map(|it| it.name).or(targets.first().copied().filter(|_| targets.len() == 1));
    let place = given.targets.iter().find(|it| it.0.strip_prefix(FOLDER) == meant && meant.is_some());
    Some(match (place, meant) {
        (Some(place), Some(meant)) => {
            finding.also(place.1, "this is what it gets").help(format!("did you mean `{FOLDER}{meant}`?"))
        }
        _ => finding
            .also(service.name.span, "the service")
            .help(format!("declare the secret `{name}`, and add it to `secrets` of the service")),
    })
}

/// What a service finds at which path.
struct Given {
    targets: Vec<(String, Span)>,
    /// Whether something could not be read: then anything may be there.
    is_dynamic: bool,
}

impl Given {
    fn brings(&self, path: &str) -> bool {
        let holds =
            |it: &str| path == it || path.strip_prefix(it.trim_end_matches('/')).is_some_and(|it| it.starts_with('/'));
        self.is_dynamic || self.targets.iter().any(|it| holds(&it.0))
    }
}

fn given(service: &Service) -> Given {
    let mut targets: Vec<(String, Span)> = Vec::new();
    for (section, folder) in [("secrets", FOLDER), ("configs", "/")] {
        for item in service.node.get(section).and_then(Node::as_seq).unwrap_or(&[]) {
            let named = ["target", "source"].iter().find_map(|it| item.get(it)).unwrap_or(item);
            let Some(text) = named.as_text() else { continue };
            let path = if text.starts_with('/') { text.to_string() } else { format!("{folder}{text}") };
            targets.push((path, named.place()));
        }
    }
    targets.extend(service.mounts.iter().map(|it| (it.target.value.clone(), it.target.span)));
    let is_dynamic = service.node.get("volumes_from").is_some() || targets.iter().any(|it| it.0.contains('$'));
    // `/var/run` is `/run` in most images.
    let also: Vec<_> = targets.iter().filter_map(|it| Some((it.0.strip_prefix("/var")?.to_string(), it.1))).collect();
    targets.extend(also);
    Given { targets, is_dynamic }
}
