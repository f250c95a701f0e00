//! `image-built-under-another-name`.

use std::collections::BTreeSet;

use super::{built, literal};
use crate::diag::{Code, Level};
use crate::repo::Repo;
use crate::repo::compose::known;
use crate::repo::known_variable::bare_name;
use crate::rules::{Findings, Rule};

/// An image that is pulled by another name than it is built under.
pub static RULE: Rule = Rule {
    code: Code { id: "IMG004", name: "image-built-under-another-name" },
    level: Level::Warning,
    summary: "a compose file pulls an image that the repository builds under another name",
    docs: r#"
## What it does
Finds images of compose files that nobody builds under that name, while a script, workflow or compose file builds one
of the same last name for the same registry.
## Why it matters
The deployment goes on pulling what was published there once, and no build changes it.
## Example
```sample
#- docker-compose.prod.yml
services:
  gateway:
    image: ghcr.io/acme-inc/gateway:1
#          ^^^^^^^^^^^^^^^^^^^^^^^^^^ warning: nothing builds `ghcr.io/acme-inc/gateway`
#- release.sh
docker build -t ghcr.io/acme/gateway:1 .
#               ~~~~~~~~~~~~~~~~~~~~~~ this is built
docker push ghcr.io/acme/gateway:1
#- Dockerfile
FROM scratch
```
The names that a workflow builds are read through its `env:` and `docker/metadata-action`.
```sample
#- docker-compose.prod.yml
services:
  api:
    image: ghcr.io/old-name/api:1
#          ^^^^^^^^^^^^^^^^^^^^^^ warning: nothing builds `ghcr.io/old-name/api`
#- .github/workflows/image.yml
name: image
on: {push: {branches: [main]}}
env:
  REGISTRY: ghcr.io
  IMAGE_NAME: acme/api
jobs:
  image:
    runs-on: ubuntu-24.04
    steps:
      - uses: actions/checkout@v4
      - id: meta
        uses: docker/metadata-action@v5
        with:
          images: ${{ env.REGISTRY }}/${{ env.IMAGE_NAME }}
#                 ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~ this is built
      - uses: docker/build-push-action@v6
        with:
          context: .
          push: true
          tags: ${{ steps.meta.outputs.tags }}
#- Dockerfile
FROM scratch
```
## Silent
```sample
#- docker-compose.prod.yml
services:
  gateway:
    image: ghcr.io/acme/gateway:${TAG:-1}
  redis:
    image: redis:7
#- release.sh
docker build -t ghcr.io/acme/gateway:1 .
docker build -t ghcr.io/acme/redis:1 .
docker build -t gateway:test .
#- Dockerfile
FROM scratch
```
"#,
    run,
};

fn run(repo: &Repo, findings: &mut Findings) {
    let built = built(repo);
    let names: BTreeSet<&str> = built.iter().map(|it| it.0.as_str()).collect();
    let mut told = BTreeSet::new();
    for environment in &repo.environments {
        for service in environment.model.services.iter().filter(|it| it.build.is_none()) {
            let Some(written) = &service.image else { continue };
            let Some(filled) = known::with_defaults(&written.value) else { continue };
            let name = bare_name(&filled);
            let Some(registry) = literal(&written.value).and_then(|it| it.registry) else { continue };
            // A script that tags what it builds with the same variable builds this image.
            let variable = written.value.strip_prefix("${").and_then(|it| it.split([':', '}', '-']).next());
            let is_variable = |it: &&str| Some(it.trim_start_matches(['$', '{']).trim_end_matches('}')) == variable;
            if names.contains(name) || names.iter().any(is_variable) || !told.insert(written.span) {
                continue;
            }
            let last = |it: &str| it.rsplit('/').next().unwrap_or(it).to_string();
            let is_near = |it: &&(String, _)| {
                it.0.starts_with(&format!("{}/", registry.text)) && last(&it.0) == last(name) && !it.0.contains('$')
            };
            let Some((_, place)) = built.iter().find(is_near) else { continue };
            let finding = RULE.finding(written.span, format!("nothing builds `{name}`")).also(*place, "this is built");
            findings.push(finding.help("use one name in both"));
        }
    }
}
