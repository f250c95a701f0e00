//! `floating-image-tag`.

use std::collections::BTreeSet;

use super::{built, literal};
use crate::diag::{Code, Level};
use crate::repo::Repo;
use crate::repo::known_image;
use crate::repo::known_variable::bare_name;
use crate::rules::{Findings, Rule};

/// An image that is another one tomorrow.
pub static RULE: Rule = Rule {
    code: Code { id: "IMG001", name: "floating-image-tag" },
    level: Level::Warning,
    summary: "a database of a deployment runs whatever version was published last",
    docs: r#"
## What it does
Finds images without a tag, or with `latest`, in environments that others use. For databases and queues, which read
the data of a former version or refuse to start, it is a warning; for the rest it is told with `--pedantic`. Images that
the repository builds are fine. Consoles of databases are no databases.
## Why it matters
The next pull brings another major version: the database does not start with the data it finds, or changes it so that
there is no way back.
## Example
```sample
#- docker-compose.prod.yml
services:
  db:
    image: postgres
#          ^^^^^^^^ warning: `db` runs whatever `postgres` was published last
  proxy:
    image: traefik:latest
#          ^^^^^^^^^^^^^^ info: `proxy` runs whatever `traefik` was published last
  console:
    image: dpage/pgadmin4:latest
#          ^^^^^^^^^^^^^^^^^^^^^ info: `console` runs whatever `dpage/pgadmin4` was published last
```
## Silent
```sample
#- docker-compose.prod.yml
services:
  db:
    image: postgres:17
  cache:
    image: redis@sha256:1f1a5e8b9c0d1e2f3a4b5c6d7e8f9a0b1c2d3e4f5a6b7c8d9e0f1a2b3c4d5e6f
  api:
    image: ghcr.io/acme/api:${TAG:-latest}
    build: .
#- docker-compose.dev.yml
services:
  db:
    image: postgres:latest
```
"#,
    run,
};

fn run(repo: &Repo, findings: &mut Findings) {
    let own: BTreeSet<String> = built(repo).into_iter().map(|it| it.0).collect();
    let mut told = BTreeSet::new();
    for environment in repo.environments.iter().filter(|it| it.is_production()) {
        for service in environment.model.services.iter().filter(|it| it.build.is_none()) {
            let Some(written) = &service.image else { continue };
            let Some(image) = literal(&written.value).filter(|it| it.is_floating()) else { continue };
            if own.contains(bare_name(&written.value)) || !told.insert(written.span) {
                continue;
            }
            let keeps_data = known_image::is_data(&written.value) && !known_image::is_console(&written.value);
            let level = if keeps_data { RULE.level } else { Level::Info };
            let message = format!("`{}` runs whatever `{}` was published last", service.name.value, image.name.text);
            let help = "name the version that runs now";
            findings.push(RULE.finding_at(level, written.span, message).help(help));
        }
    }
}
