//! `port-public-datastore`.

use crate::diag::{Code, Level, Near};
use crate::repo::Repo;
use crate::repo::known_image;
use crate::rules::{Findings, Rule};

/// A database or its console on all addresses of the host.
pub static RULE: Rule = Rule {
    code: Code { id: "PORT003", name: "port-public-datastore" },
    level: Level::Info,
    summary: "a database or its console is published on every address of the host",
    docs: r#"
## What it does
Finds published ports of databases, caches, queues and their consoles that are not bound to one address.
## Why it matters
Docker writes its rules before those of most firewalls, so that the port is open to whoever reaches the host.
## Example
```sample
#- docker-compose.yml
services:
  db:
    image: postgres:17
    ports:
      - "5432:5432"
#       ^^^^^^^^^^^ info: `db` is open on every address of the host
```
## Silent
```sample
#- docker-compose.yml
services:
  db:
    image: postgres:17
    ports:
      - "127.0.0.1:5432:5432"
  web:
    image: nginx:1.27
    ports: ["80:80"]
```
"#,
    run,
};

fn run(repo: &Repo, findings: &mut Findings) {
    for environment in repo.environments.iter().filter(|it| !it.is_partial) {
        for service in &environment.model.services {
            if !service.image.as_ref().is_some_and(|it| known_image::is_data(&it.value)) {
                continue;
            }
            for port in service.ports.iter().filter(|it| it.published.is_some()) {
                if !matches!(port.host_ip.as_deref(), None | Some("0.0.0.0" | "::")) {
                    continue;
                }
                let message = format!("`{}` is open on every address of the host", service.name.value);
                let published = port.published.as_deref().unwrap_or_default();
                let written = format!("{published}:{}", port.target);
                let bound = format!("127.0.0.1:{written}");
                let finding = RULE.finding(port.span, message);
                let finding = match port.host_ip {
                    None => finding.meant(port.span, &written, Some(Near { name: &bound, is_sole: true })),
                    Some(_) => finding,
                };
                findings
                    .push(finding.help("bind it to `127.0.0.1`, or publish nothing: other services reach it by name"));
            }
        }
    }
}
