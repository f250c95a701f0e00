//! `volume-undeclared`.

use crate::diag::{Code, Level, nearest};
use crate::repo::Repo;
use crate::repo::compose::{MountKind, Service};
use crate::rules::existence::{declared_beside, unused_resources};
use crate::rules::{Findings, Rule};

/// A named volume that the top level does not declare.
pub static RULE: Rule = Rule {
    code: Code { id: "MNT011", name: "volume-undeclared" },
    level: Level::Error,
    summary: "a service uses a named volume that `volumes:` does not declare",
    docs: r#"
## What it does
Finds named volumes that no compose file of the environment declares at the top level, and (as information) those that
no service mounts.
## Why it matters
Compose refuses the whole project. It often is a path whose `./` was forgotten, or a lost `volumes:` line.
## Example
```sample
#- docker-compose.yml
services:
  db:
    image: postgres:17
    volumes:
      - db-dta:/var/lib/postgresql/data
#       ^^^^^^ error: `volumes:` does not declare `db-dta`
volumes:
  db-data:
# ^^^^^^^ info: no service mounts the volume `db-data`
```
## Silent
```sample
#- docker-compose.yml
services:
  db:
    image: postgres:17
    volumes:
      - db-data:/var/lib/postgresql/data
      - /var/run
      - ${SOMEWHERE:?}:/x
volumes:
  db-data:
#- docker-compose.prod.yml
services:
  db:
    restart: always
    volumes:
      - backups:/backups
volumes:
  backups:
```
## When it may be wrong
When the file is only ever used with another one that declares the volume, and no command says so.
"#,
    run,
};

fn run(repo: &Repo, findings: &mut Findings) {
    for environment in repo.environments.iter().filter(|it| !it.is_partial && it.model.includes.is_empty()) {
        let declared = || environment.model.volumes.iter().map(|it| it.name.value.as_str());
        let beside = declared_beside(repo, environment, |it| &it.volumes);
        for service in &environment.model.services {
            for mount in service.mounts.iter().filter(|it| it.kind == MountKind::Volume) {
                let Some(source) = mount.source.as_ref().filter(|it| !it.value.contains('$')) else { continue };
                if declared().any(|it| it == source.value) || beside.contains(source.value.as_str()) {
                    continue;
                }
                let mut finding = RULE.finding(source.span, format!("`volumes:` does not declare `{}`", source.value));
                if let Some(near) = nearest(&source.value, declared()) {
                    finding =
                        finding.help(format!("did you mean `{near}`?")).meant(source.span, &source.value, Some(near));
                } else if repo.tree.exists(&source.value) {
                    finding = finding.help(format!("did you mean the path `./{}`?", source.value));
                } else {
                    finding = finding.help(format!("add `{}:` under `volumes:`", source.value));
                }
                findings.push(finding);
            }
        }
    }
    let is_source = |source: &str, name: &str| source == name || source.contains('$');
    let mounts = |it: &Service, name: &str| {
        it.mounts.iter().filter_map(|it| it.source.as_ref()).any(|it| is_source(&it.value, name))
    };
    for volume in unused_resources(repo, |it| &it.volumes, mounts) {
        let message = format!("no service mounts the volume `{}`", volume.name.value);
        findings.push(RULE.finding_at(Level::Info, volume.name.span, message).help("remove it"));
    }
}
