//! `wrong-internal-port`.

use super::host_unresolvable::urls;
use super::program_port::{may_open, opened};
use super::url::Url;
use crate::diag::{Code, Diagnostic, Level};
use crate::repo::Repo;
use crate::repo::compose::{Port, Service, known};
use crate::repo::container::Container;
use crate::repo::environment::Environment;
use crate::repo::known_image;
use crate::repo::reach::{self, Host};
use crate::rules::{Findings, Rule};
use crate::source::Span;

/// A URL between containers with the port of the host.
pub static RULE: Rule = Rule {
    code: Code { id: "NET003", name: "wrong-internal-port" },
    level: Level::Error,
    summary: "a URL between containers has the published port instead of the container's",
    docs: r#"
## What it does
Finds URLs in the variables of a service whose host is another service, and whose port is one that this service only
*publishes*: `8080` of `8080:80`.
## Why it matters
Containers reach each other on the container's port. The published one exists on the host only.
## Example
```sample
#- docker-compose.yml
services:
  web:
    image: web:1
    environment:
      API_URL: http://api:8080
#                     ^^^ error: `api` listens on 80; 8080 is its port on the host
  api:
    image: api:1
    ports:
      - "8080:80"
#       ~~~~~~~~~ published here
```
## Silent
```sample
#- docker-compose.yml
services:
  web:
    image: web:1
    environment:
      API_URL: http://api:80
      PUBLIC_URL: http://localhost:8080
      ADMIN_URL: http://api:9000
  api:
    image: api:1
    ports:
      - "8080:80"
      - "9000:9000"
```
## When it may be wrong
When the container happens to listen on both ports and declares only one.
"#,
    run,
};

fn run(repo: &Repo, findings: &mut Findings) {
    for environment in repo.environments.iter().filter(|it| !it.is_partial) {
        for service in environment.model.services.iter().filter(|it| it.network_mode.is_none()) {
            for url in service.environment.iter().filter_map(|it| it.value.as_ref()).flat_map(urls) {
                findings.push_maybe(judge(repo, environment, service, &url));
            }
        }
    }
}

fn judge(repo: &Repo, environment: &Environment, service: &Service, url: &Url) -> Option<Diagnostic> {
    let Host::Reached(other) = reach::resolve(repo, environment, service, &url.host) else { return None };
    let wrong = wrong(repo, environment, other, url.port?)?;
    let finding = RULE.finding(url.span, wrong.message).also(wrong.place, wrong.label);
    Some(finding.help(format!("write `{}:{}`", url.host, wrong.target)))
}

/// A port of a service that nothing in its container opens.
pub struct Wrong {
    /// What is the matter.
    pub message: String,
    /// What says so.
    pub place: Span,
    /// What that place says.
    pub label: &'static str,
    /// The port that is open.
    pub target: String,
    /// Whether the port is one of the host.
    pub is_of_host: bool,
}

/// Returns why another container does not reach a port of a service: it is one of the host, or the program opens
/// another one.
pub fn wrong(repo: &Repo, environment: &Environment, other: &Service, asked: u16) -> Option<Wrong> {
    let name = &other.name.value;
    if let Some((port, target)) = published_only(repo, environment, other, asked) {
        let message = format!("`{name}` listens on {target}; {asked} is its port on the host");
        return Some(Wrong { message, place: port.span, label: "published here", target, is_of_host: true });
    }
    let (place, own) = opened(repo, environment, other).filter(|it| it.1 != asked)?;
    let is_told = other.ports.iter().any(|it| it.target.contains('$') || it.target == asked.to_string());
    let is_open = is_told || may_open(repo, environment, other, asked);
    let message = format!("`{name}` listens on {own}, not on {asked}");
    let wrong =
        Wrong { message, place, label: "the program opens this one", target: own.to_string(), is_of_host: false };
    (!is_open).then_some(wrong)
}

/// Returns how a service publishes a port that it does not open inside, with the one that it does.
fn published_only<'a>(
    repo: &Repo,
    environment: &Environment,
    other: &'a Service,
    asked: u16,
) -> Option<(&'a Port, String)> {
    let asked = asked.to_string();
    let filled = |it: &str| known::with_defaults(it);
    let targets: Vec<String> = other.ports.iter().filter_map(|it| filled(&it.target)).collect();
    let is_open = targets.contains(&asked)
        || other.expose.iter().any(|it| it.value == asked)
        || other.image.iter().any(|it| known_image::ports(&it.value).iter().any(|it| it.to_string() == asked))
        || Container::of(repo, environment, other)
            .is_some_and(|it| it.exposes().any(|it| it.value.split('/').next() == Some(&asked)));
    let published = |it: &&Port| it.published.as_deref().and_then(filled).as_ref() == Some(&asked);
    let port = other.ports.iter().find(published).filter(|_| !is_open)?;
    Some((port, filled(&port.target)?))
}
