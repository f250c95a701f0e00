//! `host-unresolvable`.

use std::collections::BTreeSet;

use super::left_out::LeftOut;
use super::url::{self, Url};
use crate::diag::{Code, Diagnostic, Level, nearest};
use crate::repo::Repo;
use crate::repo::compose::{Service, known};
use crate::repo::config_host::SCHEMES;
use crate::repo::environment::Environment;
use crate::repo::fact::Text;
use crate::repo::reach::{self, Host};
use crate::rules::{Findings, Rule};
use crate::source::{Span, Spanned};

/// A URL whose host no service on a shared network answers to.
pub static RULE: Rule = Rule {
    code: Code { id: "NET002", name: "host-unresolvable" },
    level: Level::Error,
    summary: "a URL names a host that no service on a shared network has",
    docs: r#"
## What it does
Looks at the URLs in the variables of a service, and finds hosts without a domain that no service, alias or container
name of the environment has, or whose service shares no network with this one. Variables such as `REDIS_HOST`, the
env files that a service loads, and stores on `localhost` are looked at where it is plain what was meant. So are the
hosts that a command waits for: `wait-for-it`, `dockerize -wait`, `nc -z`, `pg_isready -h`.
## Why it matters
Names of services are known on their networks only. The container starts, and fails at its first request.
## Example
```sample
#- docker-compose.yml
services:
  api:
    image: api:1
    environment:
      REDIS_URL: redis://rediss:6379/0
#                        ^^^^^^ error: no service is called `rediss`
      DATABASE_URL: postgresql://app:${PASSWORD}@db:5432/app
#                   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error: `api` and `db` share no network, so the name means nothing here
    networks: [front]
  redis:
    image: redis:7
    networks: [front]
  db:
# ~~ it is on other networks
    image: postgres:17
    networks: [back]
networks:
  front:
  back:
```
What waits for nobody waits for ever.
```sample
#- docker-compose.yml
services:
  worker:
    image: worker:1
    command: ["./wait-for-it.sh", "database:5432", "--", "celery", "worker"]
#                                  ^^^^^^^^ warning: no service is called `database`
  beat:
    image: worker:1
    command: sh -c "until nc -z -w 1 redus 6379; do sleep 1; done; celery beat"
#                                    ^^^^^ error: no service is called `redus`
  redis:
    image: redis:7
  db:
    image: postgres:17
```
## Silent
Names with a domain, hosts of other projects on an external network, what variables hold, and the machine itself.
```sample
#- docker-compose.yml
services:
  api:
    image: api:1
    environment:
      REDIS_URL: redis://cache:6379/0
      API_URL: https://api.example.com
      SELF: http://localhost:8000
      HOST_TOOL: http://host.docker.internal:9000
      OTHER: http://elsewhere:80
      TEMPLATE: postgresql://user@${DB_HOST:?set it}:5432/x
      DRIVER: sqlite:///data/x.db
      FILLED: postgres://app:{{ password }}@redis:5432/x
      CORS_ORIGINS: '["http://localhost:3000", "http://workstation:3000"]'
    command: sh -c "/wait-for-it.sh $DB_HOST:5432; dockerize -wait tcp://cache:6379 -timeout 9s; nc -z elsewhere 80; run"
    extra_hosts: ["elsewhere:10.0.0.1"]
  redis:
    image: redis:7
    networks: {default: {aliases: [cache]}}
```
## When it may be wrong
When the host's own resolver knows the name: say so with an ignore, or give it with `extra_hosts`.
"#,
    run,
};

fn run(repo: &Repo, findings: &mut Findings) {
    for environment in repo.environments.iter().filter(|it| !it.is_partial) {
        // Of a command that leaves out a file another rule tells.
        let left_out = LeftOut::of(repo, environment);
        let is_told = |it: &Url| left_out.as_ref().is_some_and(|out| out.has(repo, environment, &it.host));
        let services = || environment.model.services.iter().filter(|it| it.network_mode.is_none());
        // A line that an anchor gives to many is for those who know the name.
        let mut known: BTreeSet<Span> = BTreeSet::new();
        let mut open: Vec<(Span, Diagnostic)> = Vec::new();
        for service in services() {
            super::host_variable::run(repo, (environment, service), findings);
            super::host_waited::run(repo, (environment, service), findings);
            let own = service.environment.iter().filter(|it| !is_of_browsers(&it.name.value));
            for value in own.filter_map(|it| it.value.as_ref()) {
                for url in urls(value).iter().filter(|it| is_network(it) && !is_told(it)) {
                    match judge(repo, environment, service, url) {
                        Some(finding) => open.push((url.span, finding)),
                        None => drop(known.insert(url.span)),
                    }
                }
            }
        }
        open.into_iter().filter(|it| !known.contains(&it.0)).for_each(|it| findings.push(it.1));
    }
}

/// Returns the URLs of a value, references replaced by their defaults where they have one.
pub fn urls(value: &Text) -> Vec<Url> {
    // Most values are none, whatever their references come to.
    if !value.value.contains('/') {
        return Vec::new();
    }
    if !value.value.contains('$') {
        return url::all(value);
    }
    // What is unknown becomes a mark that no host has, so that the rest can still be read.
    let filled = known::fill(&value.value, &|_| Some(url::MARK.to_string()));
    let filled = known::with_defaults(&value.value).or(filled).unwrap_or_default();
    let mut found = url::all(&Spanned::new(filled, Span { end: value.span.start, ..value.span }));
    found.iter_mut().for_each(|it| it.span = value.span);
    found
}

/// Returns whether a variable holds addresses as browsers have them: who may ask, and where they are sent back to.
fn is_of_browsers(name: &str) -> bool {
    let words = ["CORS", "CSRF", "ORIGIN", "ORIGINS", "REDIRECT", "CALLBACK"];
    name.split('_').any(|it| words.contains(&it)) || name.contains("ALLOWED_HOSTS")
}

fn is_network(url: &Url) -> bool {
    let scheme = url.scheme.split('+').next().unwrap_or("");
    SCHEMES.contains(&scheme) && !url::is_outside(&url.host)
}

pub(super) fn judge(repo: &Repo, environment: &Environment, service: &Service, url: &Url) -> Option<Diagnostic> {
    let names = || environment.model.service_names();
    match reach::resolve(repo, environment, service, &url.host) {
        Host::Reached(_) | Host::Unknown => None,
        Host::Apart(other) => {
            let message =
                format!("`{}` and `{}` share no network, so the name means nothing here", service.name.value, url.host);
            let finding = RULE.finding(url.span, message).also(other.name.span, "it is on other networks");
            Some(finding.help("put both on one network"))
        }
        Host::Nobody => {
            let near = nearest(&url.host, names());
            // On a network that others share, the name may be theirs; without a near miss it is only suspicious.
            let is_shared = reach::is_on_external_network(&environment.model, service);
            let level = match near {
                Some(_) => Level::Error,
                None if is_shared => Level::Info,
                None => Level::Warning,
            };
            let message = format!("no service is called `{}`", url.host);
            let help = match near {
                Some(near) => format!("did you mean `{near}`?"),
                None => "name a service of this environment, or give the name with `extra_hosts`".to_string(),
            };
            Some(RULE.finding_at(level, url.span, message).help(help).meant(url.span, &url.host, near))
        }
    }
}
