//! `healthcheck-binary-missing`.

use std::collections::BTreeSet;

use crate::diag::{Code, Level};
use crate::repo::Repo;
use crate::repo::compose::Arguments;
use crate::repo::container::Container;
use crate::repo::fact::Text;
use crate::repo::known_image::{self, Has};
use crate::rules::{Findings, Rule};
use crate::source::{Span, Spanned};

/// A health check that runs a program the image does not have.
pub static RULE: Rule = Rule {
    code: Code { id: "HLT004", name: "healthcheck-binary-missing" },
    level: Level::Error,
    summary: "a health check runs `curl` or `wget`, which the image does not have",
    docs: r#"
## What it does
Finds health checks with `curl` or `wget` in images that are known not to have them: slim and distroless ones, unless
the Dockerfile installs or copies the program.
## Why it matters
The check fails every time. The container is never healthy, and whatever waits for it never starts.
## Example
```sample
#- docker-compose.yml
services:
  api:
    build: .
    healthcheck:
      test: ["CMD", "curl", "-f", "http://localhost:8000/health"]
#                   ^^^^^^ error: the image has no `curl`: python:3.12-slim comes without it, and nothing installs it
  vectors:
    image: qdrant/qdrant:v1.12.0
#          ~~~~~~~~~~~~~~~~~~~~~ the image
    healthcheck:
      test: wget -q -O- http://localhost:6333/healthz || exit 1
#           ^^^^ error: the image has no `wget`: qdrant/qdrant:v1.12.0 comes without it, and nothing installs it
#- Dockerfile
FROM python:3.12-slim
#    ~~~~~~~~~~~~~~~~ the image
RUN pip install uvicorn && chmod +x /app/start.sh
CMD ["uvicorn", "app:app"]
```
## Silent
```sample
#- docker-compose.yml
services:
  api:
    build: .
    healthcheck:
      test: ["CMD", "curl", "-f", "http://localhost:8000/health"]
  other:
    image: ghcr.io/acme/slim:1
    healthcheck:
      test: curl -f http://localhost/
  page:
    image: nginx:1.27-alpine
    healthcheck: {test: wget -q -O- http://localhost/}
#- Dockerfile
FROM python:3.12-slim
RUN apt-get update && apt-get install -y --no-install-recommends curl
```
## When it may be wrong
When a script that the Dockerfile runs installs the program.
"#,
    run,
};

fn run(repo: &Repo, findings: &mut Findings) {
    let mut told = BTreeSet::new();
    for environment in &repo.environments {
        for service in &environment.model.services {
            let check = service.healthcheck.as_ref().filter(|it| !it.is_disabled).and_then(|it| it.test.as_ref());
            let container = Container::of(repo, environment, service);
            let Some(program) = check.and_then(program) else { continue };
            let image = service.image.as_ref().filter(|_| service.build.is_none());
            let (base, reason) = match (&container, image) {
                (Some(container), _) if is_missing(container, &program.value) => {
                    (container.base.clone(), container.stages.last().map(|it| it.from.span))
                }
                (None, Some(image)) if known_image::has(&image.value, &program.value) == Has::No => {
                    (image.value.clone(), Some(image.span))
                }
                _ => continue,
            };
            // Overlays that only change the tag have the same mistake.
            if !told.insert(program.span) {
                continue;
            }
            report(&program, &base, reason, findings);
        }
    }
    for dockerfile in &repo.facts.dockerfiles {
        let Some(container) = Container::of_stage(dockerfile, None) else { continue };
        let Some(program) = container.healthcheck().and_then(|it| program(it.1)) else { continue };
        if is_missing(&container, &program.value) {
            report(&program, &container.base, container.stages.last().map(|it| it.from.span), findings);
        }
    }
}

fn report(program: &Text, base: &str, reason: Option<Span>, findings: &mut Findings) {
    let message = format!("the image has no `{}`: {base} comes without it, and nothing installs it", program.value);
    let mut finding = RULE.finding(program.span, message);
    if let Some(reason) = reason.filter(|it| *it != program.span) {
        finding = finding.also(reason, "the image");
    }
    let help = match base.contains("python") {
        true => {
            "install it, or ask with `python -c \"import urllib.request; urllib.request.urlopen('…')\"`".to_string()
        }
        false => "install it in the Dockerfile, or check with a program that the image has".to_string(),
    };
    findings.push(finding.help(help));
}

fn is_missing(container: &Container, program: &str) -> bool {
    let runs_script = container.runs_script();
    let is_copied = container.copies_programs();
    known_image::has(&container.base, program) == Has::No && !container.mentions(program) && !runs_script && !is_copied
}

/// Returns the program that a health check runs first, if it is one that images lack.
fn program(check: &Arguments) -> Option<Text> {
    let first = check.words.first()?;
    let word = first.value.split_whitespace().next()?;
    let name = word.rsplit('/').next().unwrap_or(word);
    if !matches!(name, "curl" | "wget") {
        return None;
    }
    let exact = (first.span.end - first.span.start) as usize == first.value.len();
    let span = if check.is_shell && exact { first.span.part(0, word.len()) } else { first.span };
    Some(Spanned::new(name.to_string(), span))
}
