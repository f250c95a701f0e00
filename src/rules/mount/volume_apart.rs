//! `volume-never-written`.

use crate::diag::{Code, Level};
use crate::repo::Repo;
use crate::repo::compose::{Mount, MountKind, Service};
use crate::repo::environment::Environment;
use crate::rules::{Findings, Rule};
use crate::syntax::node::Node;

/// A volume that is only read, while another one is written at the same path.
pub static RULE: Rule = Rule {
    code: Code { id: "MNT015", name: "volume-never-written" },
    level: Level::Error,
    summary: "a service reads a volume that nobody writes, while another one writes a different volume at the same path",
    docs: r#"
## What it does
Finds named volumes that every service mounts read-only, where another service mounts a different named volume at the
same path of its container and may write it: certbot writes `/etc/letsencrypt` of one volume, nginx reads that of another.
## Why it matters
The volume stays empty. What is written lies in the other one, and nobody reads it.
## Example
```sample
#- docker-compose.yml
services:
  nginx:
    image: nginx:1.27
    volumes:
      - letsencrypt:/etc/letsencrypt:ro
#       ^^^^^^^^^^^ error: nobody writes the volume `letsencrypt`; `certbot` writes `/etc/letsencrypt` of `certbot-conf`
      - certbot-www:/var/www/certbot:ro
  certbot:
    image: certbot/certbot:v2.11.0
    volumes:
      - certbot-conf:/etc/letsencrypt
#       ~~~~~~~~~~~~ this one is written
      - certbot-www:/var/www/certbot
volumes:
  letsencrypt:
  certbot-conf:
  certbot-www:
```
## Silent
Volumes that exist already, that somebody else writes, or that hold what the image brings; and stores of a kind, each of
which has its own.
```sample
#- docker-compose.yml
services:
  nginx:
    image: nginx:1.27
    volumes:
      - certs:/etc/letsencrypt:ro
      - shared:/srv:ro
      - pages:/usr/share/nginx/html:ro
  certbot:
    image: certbot/certbot:v2.11.0
    volumes:
      - own:/etc/letsencrypt
      - sites:/srv
  web:
    image: nginx:1.27
    volumes:
      - html:/usr/share/nginx/html
  maker:
    image: maker:1
    volumes:
      - shared:/out
volumes:
  certs: {external: true}
  own:
  shared:
  sites:
  pages:
  html:
```
"#,
    run,
};

fn run(repo: &Repo, findings: &mut Findings) {
    for environment in repo.environments.iter().filter(|it| !it.is_partial && it.model.includes.is_empty()) {
        for service in &environment.model.services {
            for mount in service.mounts.iter().filter(|it| is_named(it) && it.is_read_only) {
                judge(repo, environment, (service, mount), findings);
            }
        }
    }
}

fn judge(repo: &Repo, environment: &Environment, (service, mount): (&Service, &Mount), findings: &mut Findings) {
    let Some(source) = &mount.source else { return };
    if !is_made_here(environment, &source.value)
        || is_written(repo, &source.value)
        || !is_empty_in_images(&mount.target.value)
    {
        return;
    }
    let target = mount.target.value.trim_end_matches('/');
    let writes = |it: &&Mount| is_named(it) && !it.is_read_only && it.target.value.trim_end_matches('/') == target;
    let others = environment.model.services.iter().filter(|it| it.name.value != service.name.value);
    let Some((other, written)) = others.filter_map(|it| Some((it, it.mounts.iter().find(writes)?))).next() else {
        return;
    };
    let Some(other_source) = written.source.as_ref().filter(|it| it.value != source.value) else { return };
    let message = format!(
        "nobody writes the volume `{}`; `{}` writes `{target}` of `{}`",
        source.value, other.name.value, other_source.value
    );
    let finding = RULE.finding(source.span, message).also(other_source.span, "this one is written");
    findings.push(finding.help(format!("mount `{}` here as well", other_source.value)));
}

fn is_named(mount: &Mount) -> bool {
    mount.kind == MountKind::Volume && mount.source.as_ref().is_some_and(|it| !it.value.contains('$'))
}

/// Returns whether the project makes the volume, empty: another project or driver fills what it has.
fn is_made_here(environment: &Environment, name: &str) -> bool {
    let declared = environment.model.volumes.iter().find(|it| it.name.value == name);
    declared.is_some_and(|it| {
        let has_driver =
            ["driver", "driver_opts"].iter().any(|key| it.node.get(key).is_some_and(|it: &Node| !it.is_null()));
        !it.is_external && it.real_name.is_none() && !has_driver
    })
}

/// Returns whether some service of any file may write a volume of this name.
fn is_written(repo: &Repo, name: &str) -> bool {
    let services = repo.facts.compose_files.iter().flat_map(|it| &it.model.services);
    let mounts = services.flat_map(|it| &it.mounts).filter(|it| !it.is_read_only);
    mounts.filter_map(|it| it.source.as_ref()).any(|it| it.value == name)
}

/// Returns whether images usually have nothing at a path: an empty volume is filled with what they have.
fn is_empty_in_images(path: &str) -> bool {
    ["/etc/letsencrypt", "/var/www/certbot", "/certs", "/etc/certs", "/etc/ssl/private", "/acme", "/shared", "/data"]
        .contains(&path.trim_end_matches('/'))
}
