//! `data-elsewhere`.

use crate::diag::{Code, Level};
use crate::repo::Repo;
use crate::repo::compose::{Mount, MountKind, Service};
use crate::repo::known_image::short_name;
use crate::rules::{Findings, Rule};
use crate::syntax::image;

/// A database whose volume is not where it keeps its data.
pub static RULE: Rule = Rule {
    code: Code { id: "MNT013", name: "data-elsewhere" },
    level: Level::Error,
    summary: "the volume of a database is not mounted where its image keeps the data",
    docs: r#"
## What it does
Finds services of well-known databases that mount a volume or a folder near to the path of the image's data, but not at
it.
PostgreSQL's image keeps its data in `/var/lib/postgresql/data` up to 17, and below `/var/lib/postgresql` from 18 on.
## Why it matters
The data goes to an anonymous volume, and is gone with the next container. PostgreSQL 18 refuses to start when
something is mounted at the old path.
## Example
```sample
#- compose.yml
services:
  db:
    image: postgres:17
    volumes: ["db-data:/var/lib/postgres/data"]
#                      ^^^^^^^^^^^^^^^^^^^^^^ error: `postgres:17` keeps its data in `/var/lib/postgresql/data`
  cache:
    image: redis:7
    command: redis-server --requirepass ${REDIS_PASSWORD:?}
    volumes: ["./redis:/var/lib/redis"]
#                      ^^^^^^^^^^^^^^ error: `redis:7` keeps its data in `/data`
  new:
    image: postgres:18
    command: ["postgres", "-c", "max_connections=200"]
    volumes: ["new-data:/var/lib/postgresql/data"]
#                       ^^^^^^^^^^^^^^^^^^^^^^^^ error: `postgres:18` keeps its data in `/var/lib/postgresql`
volumes:
  db-data:
  new-data:
```
## Silent
```sample
#- compose.yml
services:
  db:
    image: postgres:17-alpine
    volumes: ["db-data:/var/lib/postgresql/data", "backup:/backup"]
  own:
    image: postgres:17
    environment: {PGDATA: /var/lib/postgresql/own}
    volumes: ["own:/var/lib/postgresql"]
  told:
    image: postgres:17
    command: postgres -D /var/lib/postgresql/told
    volumes: ["told:/var/lib/postgresql"]
  later:
    image: postgres:${VERSION:-latest}
    volumes: ["later:/var/lib/postgresql"]
  cache:
    image: redis:7
    volumes: ["cache:/data"]
volumes: {db-data: , backup: , own: , told: , later: , cache: }
```
"#,
    run,
};

fn run(repo: &Repo, findings: &mut Findings) {
    for service in repo.environments.iter().flat_map(|it| &it.model.services).filter(|it| !is_told_where(it)) {
        let Some((path, others)) = data_of(service) else { continue };
        let is_at = |target: &str| target.trim_end_matches('/') == path;
        if service.mounts.iter().any(|it| is_at(&it.target.value)) {
            continue;
        }
        let keeps = |it: &&Mount| matches!(it.kind, MountKind::Volume | MountKind::Bind) && it.source.is_some();
        let volumes = service.mounts.iter().filter(keeps);
        for mount in volumes.filter(|it| others.contains(&it.target.value.trim_end_matches('/'))) {
            let image = service.image.as_ref().map_or("", |it| it.value.as_str());
            let finding = RULE.finding(mount.target.span, format!("`{image}` keeps its data in `{path}`"));
            findings.push(finding.help(format!("mount the volume at `{path}`")));
        }
    }
}

/// Returns whether a service says itself where its data goes: by a variable, by an option of the server, or in a script
/// that starts it, which may do anything.
fn is_told_where(service: &Service) -> bool {
    let options = ["data", "dir", "dbpath", "-D", "config", "defaults", ".conf", ".sh"];
    let says = |word: &str| matches!(word, "sh" | "bash") || options.iter().any(|it| word.contains(it));
    let mut words = service.command.iter().chain(&service.entrypoint).flat_map(|it| &it.words);
    service.environment.iter().any(|it| it.name.value == "PGDATA") || words.any(|it| says(&it.value))
}

/// Returns where the image of a service keeps its data, and the paths that are taken for it.
fn data_of(service: &Service) -> Option<(&'static str, &'static [&'static str])> {
    let written = &service.image.as_ref().filter(|_| service.build.is_none())?.value;
    let tag = image::parse(written).ok()?.tag?.text.to_string();
    let digits: String = tag.trim_start_matches("pg").chars().take_while(char::is_ascii_digit).collect();
    let major: u32 = digits.parse().ok()?;
    let old: &[&str] = &["/var/lib/postgres/data", "/var/lib/postgres", "/var/lib/postgresql", "/data/postgres"];
    let new: &[&str] = &["/var/lib/postgres/data", "/var/lib/postgres", "/var/lib/postgresql/data"];
    match short_name(written) {
        "postgres" | "pgvector" if major >= 18 => Some(("/var/lib/postgresql", new)),
        "postgres" | "pgvector" => Some(("/var/lib/postgresql/data", old)),
        "mysql" | "mariadb" => {
            Some(("/var/lib/mysql", &["/var/lib/mysql/data", "/var/lib/mariadb", "/var/lib/mysqldb"]))
        }
        "mongo" => Some(("/data/db", &["/data", "/var/lib/mongodb", "/var/lib/mongo"])),
        "redis" | "valkey" => Some(("/data", &["/var/lib/redis", "/redis/data", "/data/redis", "/var/lib/postgres"])),
        _ => None,
    }
}
