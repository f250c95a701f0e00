//! `host-port-inside`.

use std::collections::BTreeSet;

use crate::diag::{Code, Diagnostic, Level};
use crate::repo::Repo;
use crate::repo::code;
use crate::repo::compose::{Port, Service, Variable};
use crate::repo::environment::Environment;
use crate::repo::script::PUBLIC_PREFIXES;
use crate::repo::usage::Use;
use crate::rules::{Findings, Rule};
use crate::source::Span;
use crate::syntax::interpolation::{Part, parse};

/// One variable for the published port and for the port inside the network.
pub static RULE: Rule = Rule {
    code: Code { id: "PORT005", name: "host-port-inside" },
    level: Level::Warning,
    summary: "one variable is both the published port of a service and the port that other containers use",
    docs: r#"
## What it does
Finds variables that choose the port which the host publishes, and that are also given to a container which reaches
the service through the network, where only the container's own port counts.
## Why it matters
With any value but the container's port the other services cannot connect: who moves the published port out of the
way of another database breaks the system.
## Example
```sample
#- docker-compose.yml
services:
  db:
    image: postgres:17
    ports:
      - "${POSTGRES_PORT:-5432}:5432"
#       ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~ the same variable is the published port of `db`
  api:
    image: api:1
    environment:
      POSTGRES_SERVER: db
      POSTGRES_PORT: ${POSTGRES_PORT:-5432}
#                    ^^^^^^^^^^^^^^^^^^^^^^ warning: `api`, `worker` reach `db` at 5432 whatever `POSTGRES_PORT` says
  worker:
    image: api:1
    environment:
      POSTGRES_SERVER: db
      POSTGRES_PORT: ${POSTGRES_PORT:-5432}
#                    ~~~~~~~~~~~~~~~~~~~~~~ `worker` too
```
## Silent
A browser comes from outside.
```sample
#- docker-compose.yml
services:
  api:
    image: api:1
    ports: ["${API_PORT:-3210}:3210"]
  web:
    image: web:1
    environment:
      API_URL: http://api:3210
      NEXT_PUBLIC_API_PORT: ${API_PORT:-3210}
```
What is built here and does not ask for the variable goes to no port by it.
```sample
#- docker-compose.yml
services:
  db:
    image: postgres:17
    ports: ["${DB_PORT}:5432"]
  seed:
    build: ./seed
    environment:
      HOST: db
      DB_PORT: ${DB_PORT}
#- seed/Dockerfile
FROM alpine:3
COPY seed.sh /
CMD ["/seed.sh"]
#- seed/seed.sh
nc -z "$HOST" 5432
#- .env.example
DB_PORT=5432
#- apply.sh
echo "$DB_PORT"
```
```sample
#- docker-compose.yml
services:
  db:
    image: postgres:17
    ports:
      - "${DB_PUBLISHED_PORT:-5432}:5432"
  api:
    image: api:1
    environment:
      POSTGRES_SERVER: db
      POSTGRES_PORT: 5432
```
"#,
    run,
};

fn run(repo: &Repo, findings: &mut Findings) {
    let mut told = BTreeSet::new();
    for environment in &repo.environments {
        let services = &environment.model.services;
        for service in services {
            for port in &service.ports {
                let Some(name) = port.published.as_deref().and_then(only_variable) else { continue };
                if port.target.contains('$') {
                    continue;
                }
                let others = services.iter().filter(|it| it.name.value != service.name.value);
                let given: Vec<Given> = others.flat_map(|it| given((repo, environment), service, &name, it)).collect();
                // Environments that share a file share its clashes; the first one has them all, or nearly.
                if !given.is_empty() && told.insert((port.span, name.clone())) {
                    findings.push_maybe(finding(service, port, &name, &given));
                }
            }
        }
    }
}

/// A service that gets the variable as the port of another one, and where.
type Given<'a> = (&'a Service, &'a Variable, Span);

/// Returns where a service that names another gets the variable.
fn given<'a>(
    (repo, environment): (&Repo, &Environment),
    service: &Service,
    name: &str,
    other: &'a Service,
) -> Vec<Given<'a>> {
    let names_it = |it: &str| {
        it == service.name.value
            || it.contains(&format!("//{}:", service.name.value))
            || it.contains(&format!("@{}:", service.name.value))
    };
    let has_host = other.environment.iter().any(|it| it.value.as_ref().is_some_and(|it| names_it(&it.value)));
    if !has_host || other.network_mode.as_ref().is_some_and(|it| it.value == "host") {
        return Vec::new();
    }
    let own = other.environment.iter().filter_map(|it| {
        // A browser is on none of the networks.
        let is_of_browser = PUBLIC_PREFIXES.iter().any(|prefix| it.name.value.starts_with(prefix));
        let value = it
            .value
            .as_ref()
            .filter(|_| may_read(repo, environment, other, &it.name.value))
            .filter(|it| only_variable(&it.value).as_deref() == Some(name) && !is_of_browser)?;
        Some((other, it, value.span))
    });
    own.collect()
}

/// Returns whether the code of a service may ask for a variable: what reads it nowhere goes to no port by it.
fn may_read(repo: &Repo, environment: &Environment, service: &Service, name: &str) -> bool {
    let Some(code) = code::of_service(repo, environment, service).filter(|it| it.is_narrow()) else { return true };
    let uses = repo.usage.of_name(name);
    let is_here = |it: &Use| !matches!(it, Use::Reference(..)) && code.holds(repo.path(repo.use_span(*it).file));
    repo.usage.is_mentioned(name) || uses.iter().any(is_here)
}

/// One variable is one mistake, however many services get it.
fn finding(service: &Service, port: &Port, name: &str, given: &[Given]) -> Option<Diagnostic> {
    let ((first, variable, span), others) = given.split_first()?;
    let (to, target) = (&service.name.value, &port.target);
    let mut users = vec![format!("`{}`", first.name.value)];
    let mut finding =
        RULE.finding(*span, "").also(port.span, format!("the same variable is the published port of `{to}`"));
    for (other, _, span) in others {
        let user = format!("`{}`", other.name.value);
        // Several services often share one block through an anchor.
        if !finding.related.iter().any(|it| it.span == *span) && *span != given[0].2 {
            finding = finding.also(*span, format!("{user} too"));
        }
        users.push(user);
    }
    users.dedup();
    let verb = if users.len() == 1 { "reaches" } else { "reach" };
    finding.message = format!("{} {verb} `{to}` at {target} whatever `{name}` says", users.join(", "));
    Some(finding.help(format!("write `{}: {target}` for {}", variable.name.value, users.join(", "))))
}

/// Returns the variable that a value is, if it is nothing else.
fn only_variable(value: &str) -> Option<String> {
    match parse(value).parts.as_slice() {
        [Part::Variable(it)] => Some(it.name.clone()),
        _ => None,
    }
}
