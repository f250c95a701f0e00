//! `overlay-unknown-service`.

use crate::diag::{Code, Level, nearest};
use crate::repo::Repo;
use crate::repo::environment::Environment;
use crate::rules::{Findings, Rule};

/// A service that no file of its environment gives an image or a build.
pub static RULE: Rule = Rule {
    code: Code { id: "OVL001", name: "overlay-unknown-service" },
    level: Level::Error,
    summary: "a service has neither an image nor a build in the files that are used together",
    docs: r#"
## What it does
Finds services that have neither `image` nor `build` once the files of an environment are joined: an overlay that
changes a service which the base does not have, or a key that ended up among the services.
## Why it matters
Compose refuses the project: "service has neither an image nor a build context specified".
## Example
```sample
#- docker-compose.yml
services:
  gateway:
    image: gateway:1
#- docker-compose.override.yml
services:
  gatewy:
# ^^^^^^ error: `gatewy` has neither an image nor a build
    environment: {DEBUG: 1}
```
## Silent
```sample
#- docker-compose.yml
services:
  gateway:
    image: gateway:1
#- docker-compose.override.yml
services:
  gateway:
    environment: {DEBUG: 1}
```
## When it may be wrong
When the file goes over one that no command in the repository names with it. Write the command down, or ignore it.
"#,
    run,
};

fn run(repo: &Repo, findings: &mut Findings) {
    for environment in repo.environments.iter().filter(|it| !it.is_partial && it.model.includes.is_empty()) {
        let stands = |name: &str| {
            environment.model.service(name).is_some_and(|it| {
                it.image.is_some() || it.build.is_some() || it.extends.is_some() || it.node.get("provider").is_some()
            })
        };
        for service in environment.model.services.iter().filter(|it| !stands(&it.name.value)) {
            let name = &service.name.value;
            if !is_whole(repo, environment, service.name.span.file) {
                continue;
            }
            let finding = RULE.finding(service.name.span, format!("`{name}` has neither an image nor a build"));
            let near = nearest(name, environment.model.service_names().filter(|it| *it != name && stands(it)));
            findings.push(match near {
                Some(it) => finding.help(format!("did you mean `{it}`?")).meant(service.name.span, name, near),
                None if environment.compose_files.len() > 1 => {
                    finding.help(format!("add it to {}, or remove it here", environment.compose_files[0]))
                }
                None if service.node.is_null() => {
                    finding.help("if it is a volume, a `volumes:` line is missing above it")
                }
                None => finding.help("give it an `image` or a `build`"),
            });
        }
    }
}

/// A file that is all overlay, and stands alone only because nothing says what it goes over, is not judged.
fn is_whole(repo: &Repo, environment: &Environment, file: crate::source::FileId) -> bool {
    let path = repo.path(file);
    let used_with_others =
        repo.environments.iter().any(|it| it.compose_files.len() > 1 && it.compose_files.iter().any(|it| it == path));
    let has_one = environment.model.services.iter().any(|it| it.image.is_some() || it.build.is_some());
    has_one && (environment.compose_files.len() > 1 || !used_with_others)
}
