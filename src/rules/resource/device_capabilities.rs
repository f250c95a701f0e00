//! `device-without-capabilities`.

use crate::diag::{Code, Level};
use crate::repo::Repo;
use crate::rules::{Findings, Rule};
use crate::syntax::node::{Entry, Node};

/// A device reservation that does not say what the device must be able to do.
pub static RULE: Rule = Rule {
    code: Code { id: "RES003", name: "device-without-capabilities" },
    level: Level::Error,
    summary: "a device reservation has no `capabilities`",
    docs: r#"
## What it does
Finds items of `deploy.resources.reservations.devices` without `capabilities`.
## Why it matters
The key is required: compose refuses the file, even where `device_ids` already say which device is meant.
## Example
```sample
#- docker-compose.yml
services:
  worker:
    image: worker:1
    deploy:
      resources:
        reservations:
          devices:
            - driver: cdi
#             ^^^^^^^^^^^ error: this reservation has no `capabilities`, which compose requires
              device_ids: [nvidia.com/gpu=all]
```
## Silent
```sample
#- docker-compose.yml
services:
  worker:
    image: worker:1
    deploy:
      resources:
        reservations:
          devices:
            - driver: nvidia
              count: 1
              capabilities: [gpu]
```
"#,
    run,
};

fn run(repo: &Repo, findings: &mut Findings) {
    for file in &repo.facts.compose_files {
        let services = file.node.get("services").and_then(Node::as_map);
        for Entry { value, .. } in services.map_or(&[][..], |it| &it.entries) {
            let devices = value.at(&["deploy", "resources", "reservations", "devices"]).and_then(Node::as_seq);
            for device in devices.unwrap_or(&[]).iter().filter(|it| it.as_map().is_some()) {
                if device.get("capabilities").is_none() {
                    let finding =
                        RULE.finding(device.place(), "this reservation has no `capabilities`, which compose requires");
                    findings.push(finding.help("add `capabilities: [gpu]`"));
                }
            }
        }
    }
}
