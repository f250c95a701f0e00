//! `service-address`.

use crate::diag::{Code, Diagnostic, Level};
use crate::repo::Repo;
use crate::repo::fact::{JobAddress, JobService, ServiceJob};
use crate::repo::github_service::OWN;
use crate::repo::known_image;
use crate::rules::{Findings, Rule};
use crate::source::Span;

/// A job asks for its service container at an address that is not the one it has.
pub static RULE: Rule = Rule {
    code: Code { id: "CI010", name: "service-address" },
    level: Level::Error,
    summary: "a job of a workflow asks for a service container where it cannot be reached",
    docs: r#"
## What it does
Looks at jobs with `services:` and at the addresses in their `env:` and `run:`. A job without `container:` runs on the
runner itself: it reaches a service at `localhost`, by a port that `ports:` publishes, and does not know its name. A job
with `container:` reaches it by its name, and `localhost` is its own container.
## Why it matters
The first test that connects fails: `could not translate host name`, `connection refused`.
## Example
```sample
#- .github/workflows/test.yml
on: push
jobs:
  test:
    runs-on: ubuntu-latest
    services:
      postgres:
#     ~~~~~~~~ the service
        image: postgres:16
        ports: ["5432:5432"]
      cache:
#     ~~~~~ the service
        image: redis:7
    env:
      DATABASE_URL: postgresql://app:app@postgres:5432/test
#                                        ^^^^^^^^ error: the job runs on the runner itself, which knows no host `postgres`
    steps:
      - run: pytest
        env:
          REDIS_URL: redis://localhost:6379/1
#                            ^^^^^^^^^ error: `cache` does not publish its port 6379
  inside:
    runs-on: ubuntu-latest
    container: python:3.12
#              ~~~~~~~~~~~ the container
    services:
      db:
#     ~~ the service
        image: postgres:16
        ports: ["5432:5432"]
    env:
      DB_HOST: localhost
#              ^^^^^^^^^ error: the job runs in a container, and `localhost` is that container, not `db`
      DB_PORT: 5432
    steps: [{run: pytest}]
```
## Silent
```sample
#- .github/workflows/test.yml
on: push
jobs:
  test:
    runs-on: ubuntu-latest
    services:
      postgres:
        image: postgres:16
        env: {POSTGRES_HOST: postgres}
        ports: ["5433:5432"]
      redis:
        image: redis:7
        ports: [6379:6379]
    env:
      DATABASE_URL: postgres://postgres:postgres@localhost:5433/postgres
      REDIS_URL: redis://localhost
      ADAPTER: postgres
      IMAGE: postgres:16
      API: https://redis.example.org/redis:7
    steps:
      # postgres:5432
      - run: psql -h localhost -U postgres postgres && curl http://localhost:8080/postgres
  inside:
    runs-on: ubuntu-latest
    container: {image: "python:3.12"}
    services: {db: {image: "postgres:16"}}
    env: {DB_HOST: db}
    steps: [{run: "pytest --db postgres://db:5432/x --api http://localhost:8000"}]
  either:
    runs-on: ubuntu-latest
    container: ${{ matrix.image }}
    services: {db: {image: "postgres:16"}}
    env: {DB_HOST: db}
    steps: [{run: pytest}]
  own:
    runs-on: ubuntu-latest
    services: {db: {image: "postgres:16"}}
    steps:
      - run: docker compose up -d
      - run: pytest
        env: {DATABASE_URL: "postgres://localhost:5432/x", OTHER_URL: "postgres://db:5432/x"}
  options:
    runs-on: ubuntu-latest
    services: {db: {image: "postgres:16", options: "-p 5432:5432"}}
    steps: [{run: "psql postgres://localhost:5432/x"}]
```
## When it may be wrong
When a script of the repository starts a server of its own at that port.
"#,
    run,
};

fn run(repo: &Repo, findings: &mut Findings) {
    let jobs = repo.facts.workflows.iter().flat_map(|it| &it.service_jobs);
    for job in jobs.filter(|it| !it.starts_servers) {
        for address in &job.addresses {
            let is_own = OWN.contains(&address.host.value.as_str());
            findings.push_maybe(match (job.container, is_own) {
                (None, false) => by_name(job, address),
                (None, true) => unpublished(job, address),
                (Some(container), true) => in_container(job, address, container),
                (Some(_), false) => None,
            });
        }
    }
}

/// A service's name on the runner.
fn by_name(job: &ServiceJob, address: &JobAddress) -> Option<Diagnostic> {
    let name = &address.host.value;
    let service = job.services.iter().find(|it| it.name.value == *name)?;
    let port = asked_port(address);
    // `postgres:16` is an image, `postgres:5432` a host.
    if address.scheme.is_empty() && address.port.is_some_and(|it| !listens_on(service, it)) {
        return None;
    }
    let message = format!("the job runs on the runner itself, which knows no host `{name}`");
    let finding = RULE.finding(address.host.span, message).also(service.name.span, "the service");
    let port = port.or(known_image::ports(&service.image.value).first().copied());
    let published = service.ports.iter().find_map(|it| it.0.filter(|_| port.is_none_or(|port| it.1 == port)));
    Some(finding.help(match (published, port) {
        (Some(published), _) => format!("write `localhost:{published}`"),
        (None, Some(port)) => format!("write `localhost`, and give the service `ports: [\"{port}:{port}\"]`"),
        (None, None) => "write `localhost`, and publish the port of the service with `ports`".to_string(),
    }))
}

/// A port of the runner that no service has.
fn unpublished(job: &ServiceJob, address: &JobAddress) -> Option<Diagnostic> {
    let port = asked_port(address)?;
    let is_published = |it: &JobService| !it.is_certain || it.ports.iter().any(|it| it.0 == Some(port));
    let service = known_service(job, port).filter(|_| !job.services.iter().any(is_published))?;
    let name = &service.name.value;
    let (message, help) = match service.ports.iter().find(|it| it.1 == port) {
        Some((Some(other), _)) => {
            (format!("`{name}` publishes its port {port} as {other}"), format!("write `localhost:{other}`"))
        }
        Some((None, _)) => (
            format!("`{name}` publishes its port {port} at one that is chosen anew each time"),
            format!("write `ports: [\"{port}:{port}\"]`, or ask for `${{{{ job.services.{name}.ports['{port}'] }}}}`"),
        ),
        None => (
            format!("`{name}` does not publish its port {port}"),
            format!("give the service `ports: [\"{port}:{port}\"]`"),
        ),
    };
    Some(RULE.finding(address.host.span, message).also(service.name.span, "the service").help(help))
}

/// `localhost` in a container.
fn in_container(job: &ServiceJob, address: &JobAddress, container: Span) -> Option<Diagnostic> {
    let service = known_service(job, asked_port(address)?)?;
    let (host, name) = (&address.host.value, &service.name.value);
    let message = format!("the job runs in a container, and `{host}` is that container, not `{name}`");
    let finding = RULE.finding(address.host.span, message).also(container, "the container");
    Some(finding.also(service.name.span, "the service").help(format!("write `{name}`")))
}

fn asked_port(address: &JobAddress) -> Option<u16> {
    address.port.or(match address.scheme.split('+').next().unwrap_or("") {
        "postgres" | "postgresql" | "pgsql" => Some(5432),
        "mysql" | "mysql2" | "mariadb" => Some(3306),
        "redis" => Some(6379),
        "mongodb" => Some(27017),
        "amqp" => Some(5672),
        _ => None,
    })
}

/// Returns the service whose image is known to listen on a port. What is under test often listens on 8080.
fn known_service(job: &ServiceJob, port: u16) -> Option<&JobService> {
    job.services.iter().find(|it| port != 8080 && known_image::ports(&it.image.value).contains(&port))
}

fn listens_on(service: &JobService, port: u16) -> bool {
    known_image::ports(&service.image.value).contains(&port)
        || service.ports.iter().any(|it| it.1 == port || it.0 == Some(port))
}
