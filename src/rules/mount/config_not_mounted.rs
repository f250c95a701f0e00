//! `config-not-mounted`.

use crate::diag::{Code, Level};
use crate::repo::Repo;
use crate::repo::code;
use crate::repo::code::Code as ServiceCode;
use crate::repo::compose::Service;
use crate::repo::environment::Environment;
use crate::repo::provenance;
use crate::repo::provenance::Content;
use crate::repo::usage::Use;
use crate::rules::{Findings, Rule};
use crate::source::{Span, normalize};

/// A variable that names a file which the container does not have.
pub static RULE: Rule = Rule {
    code: Code { id: "MNT006", name: "config-not-mounted" },
    level: Level::Warning,
    summary: "a variable names a file of the repository that neither the image nor a mount brings to the service",
    docs: r#"
## What it does
Finds variables whose value is the path of a file in the repository, for services whose code reads the variable but
whose Dockerfile does not copy the file and whose mounts do not bring it.
## Why it matters
The program starts and does not find its configuration.
## Example
```sample
#- docker-compose.prod.yml
services:
  gateway:
# ~~~~~~~ `gateway` has no mount for it
    build: ./gateway
    env_file: .env.prod
#- .env.prod
PROCESSORS_FILE=processors.prod.json
#               ^^^^^^^^^^^^^^^^^^^^ warning: nothing brings `processors.prod.json` into the container of `gateway` of docker-compose.prod.yml
#- processors.prod.json
{}
#- gateway/main.js
read(process.env.PROCESSORS_FILE);
```
## Silent
```sample
#- docker-compose.prod.yml
services:
  gateway:
    build: ./gateway
    env_file: .env.prod
    volumes:
      - ./processors.prod.json:/app/processors.prod.json:ro
#- .env.prod
PROCESSORS_FILE=processors.prod.json
#- processors.prod.json
{}
#- gateway/main.js
read(process.env.PROCESSORS_FILE);
```
## When it may be wrong
When the program makes the file, or downloads it, under the same name.
"#,
    run,
};

fn run(repo: &Repo, findings: &mut Findings) {
    for environment in repo.environments.iter().filter(|it| !it.is_partial) {
        for service in &environment.model.services {
            let Some(code) = code::of_service(repo, environment, service) else { continue };
            for (name, value, span) in values(repo, environment, service) {
                let Some(path) = file_of_repository(repo, &value) else { continue };
                if !is_read(repo, &code, &name) || is_there(service, &code, &path) {
                    continue;
                }
                let file = repo.path(service.name.span.file);
                let message =
                    format!("nothing brings `{path}` into the container of `{}` of {file}", service.name.value);
                let finding = RULE
                    .finding(span, message)
                    .also(service.name.span, format!("`{}` has no mount for it", service.name.value))
                    .help(format!("mount `./{path}`, or copy it in the Dockerfile"));
                findings.push_about(finding, vec![path]);
            }
        }
    }
}

/// Returns what a service's variables say: name, value and the place of the value.
fn values(repo: &Repo, environment: &Environment, service: &Service) -> Vec<(String, String, Span)> {
    let mut found: Vec<(String, String, Span)> = Vec::new();
    for variable in &service.environment {
        if let Some(value) = variable.value.as_ref().filter(|it| !it.value.contains('$')) {
            found.push((variable.name.value.clone(), value.value.clone(), value.span));
        }
    }
    for file in service.env_files.iter().rev() {
        let path = normalize(&format!("{}/{}", environment.directory, file.path.value));
        let Some(Content::File(file)) = path.map(|it| provenance::content(repo, &it)) else { continue };
        for entry in file.entries.iter().filter(|it| !it.is_commented && !file.is_template) {
            if !found.iter().any(|it| it.0 == entry.name.value) {
                found.push((entry.name.value.clone(), entry.value.value.clone(), entry.value.span));
            }
        }
    }
    found
}

/// Returns the file that a value names: configuration, not code.
fn file_of_repository(repo: &Repo, value: &str) -> Option<String> {
    let extensions =
        [".json", ".yaml", ".yml", ".toml", ".ini", ".conf", ".cfg", ".pem", ".crt", ".key", ".xml", ".csv"];
    if value.contains("://") || value.contains(',') || !extensions.iter().any(|it| value.ends_with(it)) {
        return None;
    }
    // `/app/x.json` is `x.json` of the repository if the image's files start at `/app`.
    let relative = value.strip_prefix("/app/").unwrap_or(value);
    let path = normalize(relative)?;
    (repo.tree.exists(&path) && repo.tree.within(&path).is_empty()).then_some(path)
}

fn is_read(repo: &Repo, code: &ServiceCode, name: &str) -> bool {
    let in_code = |it: &Use| code.holds(repo.path(repo.use_span(*it).file)) && !matches!(it, Use::Reference(..));
    repo.usage.of_name(name).iter().any(in_code)
}

fn is_there(service: &Service, code: &ServiceCode, path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    let is_mounted = service.mounts.iter().any(|it| {
        let target = it.target.value.trim_end_matches('/');
        target.rsplit('/').next() == Some(name)
            // A directory or volume at the place where the file would be.
            || path.rsplit_once('/').is_some_and(|(folder, _)| target.ends_with(&format!("/{folder}")))
            || it.repository_path().is_some_and(|it| it == "." || path.starts_with(&format!("{it}/")))
    });
    is_mounted || code.holds(path) || !service.configs.is_empty()
}
