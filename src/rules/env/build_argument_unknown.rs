//! `build-argument-unknown`.

use crate::diag::{Applicability, Code, Edit, Level, did_you_mean};
use crate::repo::Repo;
use crate::repo::compose::known;
use crate::rules::{Findings, Rule};
use crate::source::normalize;

/// A build argument that the Dockerfile does not have.
pub static RULE: Rule = Rule {
    code: Code { id: "ENV023", name: "build-argument-unknown" },
    level: Level::Warning,
    summary: "compose passes a build argument that the Dockerfile does not declare",
    docs: r#"
## What it does
Finds names under `build: args:` for which no stage of the Dockerfile has an `ARG`.
## Why it matters
The builder drops the value with a note that scrolls by, and the image is built with the default.
## Example
```sample
#- docker-compose.yml
services:
  web:
    build:
      context: .
      args:
        NODE_VERSON: 22
#       ^^^^^^^^^^^ warning: `Dockerfile` has no `ARG NODE_VERSON`
#- Dockerfile
ARG NODE_VERSION=20
#   ~~~~~~~~~~~~ it has this one
FROM node:${NODE_VERSION}
```
## Silent
```sample
#- docker-compose.yml
services:
  web:
    build:
      context: .
      args:
        - NODE_VERSION=22
        - HTTP_PROXY
        - BUILDKIT_INLINE_CACHE=1
#- Dockerfile
FROM node:22
ARG NODE_VERSION
```
"#,
    run,
};

/// Arguments that every build has.
const PREDEFINED: &[&str] = &["HTTP_PROXY", "HTTPS_PROXY", "FTP_PROXY", "NO_PROXY", "ALL_PROXY", "SOURCE_DATE_EPOCH"];

fn run(repo: &Repo, findings: &mut Findings) {
    for environment in &repo.environments {
        for build in environment.model.services.iter().filter_map(|it| it.build.as_ref()) {
            let Some(context) =
                build.context.as_ref().map_or(Some(".".to_string()), |it| known::with_defaults(&it.value))
            else {
                continue;
            };
            let Some(name) =
                build.dockerfile.as_ref().map_or(Some("Dockerfile".to_string()), |it| known::with_defaults(&it.value))
            else {
                continue;
            };
            let path = normalize(&format!("{}/{context}/{name}", environment.directory));
            let Some(dockerfile) = repo.facts.dockerfiles.iter().find(|it| Some(&it.path) == path.as_ref()) else {
                continue;
            };
            let declared: Vec<_> = dockerfile
                .global_args
                .iter()
                .chain(dockerfile.stages.iter().flat_map(|it| &it.args))
                .map(|it| &it.0)
                .collect();
            for argument in &build.args {
                let name = &argument.name.value;
                let is_own = PREDEFINED.contains(&name.to_ascii_uppercase().as_str())
                    || name.contains("BUILDKIT")
                    || name.starts_with("TARGET");
                if is_own || name.contains('$') || declared.iter().any(|it| it.value == *name) {
                    continue;
                }
                let message = format!("`{}` has no `ARG {name}`", dockerfile.path);
                let mut finding = RULE.finding(argument.name.span, message).help("remove it, or declare it with `ARG`");
                let near = did_you_mean(name, declared.iter().map(|it| it.value.as_str()));
                if let Some(near) = near.and_then(|near| declared.iter().find(|it| it.value == near)) {
                    let edit = Edit { span: argument.name.span, replacement: near.value.clone() };
                    finding = finding
                        .also(near.span, "it has this one")
                        .help(format!("did you mean `{}`?", near.value))
                        .fix("rename it", Applicability::Unsafe, vec![edit]);
                }
                findings.push(finding);
            }
        }
    }
}
