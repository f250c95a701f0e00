//! `default-credentials`.

use std::collections::BTreeSet;

use crate::diag::{Code, Level};
use crate::repo::Repo;
use crate::repo::compose::{FieldReference, known};
use crate::repo::environment::Environment;
use crate::repo::provenance;
use crate::repo::provenance::By;
use crate::rules::env::is_secret_name;
use crate::rules::{Findings, Rule};
use crate::syntax::interpolation::{Operator, parse};

/// A password as the default of `${X:-…}`.
pub static RULE: Rule = Rule {
    code: Code { id: "SEC006", name: "default-credentials" },
    level: Level::Warning,
    summary: "a compose file has a usable password as the default of `${X:-…}`",
    docs: r#"
## What it does
Finds `${X:-value}` where X is a password, token or login and the default would be taken in an environment that others
use, and defaults of the form `user:password` anywhere. For development alone it is told with `--pedantic`.
## Why it matters
Whoever forgets to set X runs with credentials that everybody can read in the repository, and nothing says so.
## Example
```sample
#- docker-compose.yml
services:
  flower:
    image: mher/flower:2
    environment:
      - FLOWER_BASIC_AUTH=${FLOWER_BASIC_AUTH:-admin:admin}
#                         ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ warning: whoever forgets to set `FLOWER_BASIC_AUTH` runs with credentials that everybody knows
```
## Silent
```sample
#- docker-compose.yml
services:
  flower:
    image: mher/flower:2
    environment:
      - FLOWER_BASIC_AUTH=${FLOWER_BASIC_AUTH:?set it in .env}
      - TOKEN_TTL=${TOKEN_TTL:-3600}
#- docker-compose.prod.yml
services:
  api:
    image: api:1
    environment:
      LLM_API_KEY: ${LLM_API_KEY:-dummy-key-for-startup}
    secrets: [tls_key]
secrets:
  tls_key: {external: true, name: "${TLS_KEY_SECRET:-tls_key}"}
```
"#,
    run,
};

fn run(repo: &Repo, findings: &mut Findings) {
    let mut told = BTreeSet::new();
    // An environment that others use makes it worse, so those come first.
    let (production, other): (Vec<&Environment>, Vec<&Environment>) =
        repo.environments.iter().partition(|it| it.is_production());
    for environment in production.into_iter().chain(other) {
        for file in environment.compose_files.iter().filter_map(|it| repo.compose_file(it)) {
            for it in &file.references {
                let Some(level) =
                    level(repo, environment, it).filter(|_| told.insert((file.file, it.reference.name.clone())))
                else {
                    continue;
                };
                let name = &it.reference.name;
                let message = format!("whoever forgets to set `{name}` runs with credentials that everybody knows");
                let help = format!("write `${{{name}:?set it}}`, so that it cannot be forgotten");
                findings.push(RULE.finding_at(level, it.span, message).help(help));
            }
        }
    }
}

fn level(repo: &Repo, environment: &Environment, it: &FieldReference) -> Option<Level> {
    // `secrets: {tls: {name: ${TLS_SECRET:-tls}}}` says what a secret is called.
    if it.service.is_none() && it.field.last().is_some_and(|it| **it == *"name") {
        return None;
    }
    let operation = it.reference.operation.as_ref().filter(|it| it.operator == Operator::Default)?;
    let default = known::with_defaults(&operation.argument.to_string())?;
    let name = &it.reference.name;
    let is_pair = name.to_ascii_uppercase().ends_with("AUTH") && is_login(&default);
    if !(is_pair || is_secret_name(name))
        || default.trim_matches(['"', '\'']).is_empty()
        || is_stand_in(&default)
        || default.starts_with('/')
        || is_for_tests(environment, it)
    {
        return None;
    }
    if is_pair {
        return Some(RULE.level);
    }
    // What the overlay of a deployment insists on cannot be forgotten there.
    let insists = |it: &FieldReference| {
        it.reference.name == *name
            && it.reference.operation.as_ref().is_some_and(|it| it.operator == Operator::Required)
    };
    let mut files = environment.compose_files.iter().filter_map(|it| repo.compose_file(it));
    if files.any(|it| it.references.iter().any(insists)) {
        return None;
    }
    // The name of a user, whose secret cannot be forgotten.
    let secret = name.strip_suffix("ACCESS_KEY").map(|it| format!("{it}SECRET_KEY"));
    let mut files = environment.compose_files.iter().filter_map(|it| repo.compose_file(it));
    let demands = |it: &FieldReference| Some(&it.reference.name) == secret.as_ref() && it.reference.is_required();
    if secret.is_some() && files.any(|it| it.references.iter().any(demands)) {
        return None;
    }
    let is_set = provenance::interpolated(repo, environment, name).found().is_some_and(|it| it.by != By::Template);
    Some(if environment.is_production() && !is_set { RULE.level } else { Level::Info })
}

/// Returns whether a text opens nothing, and says so: `dummy-key-for-startup`.
fn is_stand_in(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    ["dummy", "placeholder", "not-set", "not_set", "notset", "unset", "disabled", "none", "fake"]
        .iter()
        .any(|it| lower.split(['-', '_', ' ', '.']).any(|word| word == *it) || lower == *it)
}

/// Returns whether a text is `user:password`.
fn is_login(text: &str) -> bool {
    let is_word =
        |it: &str| !it.is_empty() && it.chars().all(|it| it.is_ascii_alphanumeric() || "-_.!@#$".contains(it));
    parse(text).variables().is_empty() && text.split_once(':').is_some_and(|it| is_word(it.0) && is_word(it.1))
}

/// Services that say that they are for tests serve nobody.
fn is_for_tests(environment: &Environment, it: &FieldReference) -> bool {
    let service = it.service.as_ref().and_then(|it| environment.model.service(it));
    service.is_some_and(|it| it.profiles.iter().chain([&it.name]).any(|it| it.value.contains("test")))
}
