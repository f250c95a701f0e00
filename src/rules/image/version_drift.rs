//! `image-version-drift`, `test-image-drift`.

use std::collections::BTreeMap;

use super::{literal, major};
use crate::diag::{Code, Level};
use crate::repo::Repo;
use crate::repo::compose::known;
use crate::repo::fact::Text;
use crate::repo::kind::{Kind, of};
use crate::repo::known_image::{is_data, short_name};
use crate::rules::existence::folder;
use crate::rules::{Findings, Rule};

/// One service in two versions.
pub static RULE: Rule = Rule {
    code: Code { id: "IMG003", name: "image-version-drift" },
    level: Level::Warning,
    summary: "a database has another major version in one file than in another",
    docs: r#"
## What it does
Compares the images of a service of the same name in compose files of one folder, and the services of workflows with
those of compose files. Databases of different major versions are a warning; other differences are told with
`--pedantic`.
## Why it matters
What is tried is not what runs: a query that works in one version fails in the other.
## Example
```sample
#- docker-compose.dev.yml
services:
  db:
    image: postgres:16
#          ^^^^^^^^^^^ warning: `db` is `postgres:16` here and `postgres:17` in docker-compose.prod.yml
#          ~~~~~~~~~~~ what is run
#- docker-compose.prod.yml
services:
  db:
    image: postgres:17
#          ~~~~~~~~~~~ the other one
#- .github/workflows/test.yml
on: push
jobs:
  test:
    runs-on: ubuntu-latest
    services:
      postgres:
        image: postgres:15-alpine
#              ^^^^^^^^^^^^^^^^^^ warning: this is `postgres:15-alpine`, and no compose file runs that major version
```
## Silent
```sample
#- docker-compose.dev.yml
services:
  db:
    image: postgres:17-alpine
  old:
    image: postgres:16
#- docker-compose.prod.yml
services:
  db:
    image: postgres:17.2-alpine
#- .github/workflows/test.yml
on: push
jobs:
  test:
    runs-on: ubuntu-latest
    services:
      postgres:
        image: postgres:17
      other:
        image: mysql:8
```
"#,
    run,
};

/// Tests that run a database of another version.
pub static TESTS: Rule = Rule {
    code: Code { id: "FIX008", name: "test-image-drift" },
    level: Level::Warning,
    summary: "tests run a database of another major version than the compose files",
    docs: r#"
## What it does
Compares the images that tests start with testcontainers with those of compose files of the same name. Databases of
different major versions are a warning; other differences are told with `--pedantic`.
## Why it matters
The tests prove something about a version that nobody runs.
## Example
```sample
#- docker-compose.yml
services:
  db:
    image: postgres:17-alpine
#          ~~~~~~~~~~~~~~~~~~ what is run
#- tests/conftest.py
from testcontainers.postgres import PostgresContainer
db = PostgresContainer("postgres:16-alpine")
#                       ^^^^^^^^^^^^^^^^^^ warning: this is `postgres:16-alpine`, and no compose file runs that major version
```
## Silent
```sample
#- docker-compose.yml
services:
  db:
    image: postgres:17-alpine
#- tests/conftest.py
from testcontainers.postgres import PostgresContainer
db = PostgresContainer("postgres:17-alpine")
```
"#,
    run: nothing,
};

/// Found together with [`RULE`].
fn nothing(_: &Repo, _: &mut Findings) {}

fn run(repo: &Repo, findings: &mut Findings) {
    between_files(repo, findings);
    for image in &repo.facts.images {
        elsewhere(repo, image, findings);
    }
}

/// Compares a service with its namesakes of other files in the same folder: one finding for all of them.
fn between_files(repo: &Repo, findings: &mut Findings) {
    let mut twins: BTreeMap<(&str, &str), Vec<(&str, &Text)>> = BTreeMap::new();
    for file in &repo.facts.compose_files {
        for service in &file.model.services {
            if let Some(image) = &service.image {
                twins.entry((folder(&file.path), &service.name.value)).or_default().push((&file.path, image));
            }
        }
    }
    for ((_, name), list) in twins {
        let pairs = list.iter().enumerate().flat_map(|(at, here)| list[at + 1..].iter().map(move |it| (here, it)));
        let drifts: Vec<_> = pairs.filter_map(|(a, b)| Some((differ(a.1, &b.1.value)?, a, b))).collect();
        // What puts data at stake comes first, and then the first file.
        let worst = drifts.iter().find(|it| it.0).or_else(|| drifts.first());
        let Some(&(is_major, (_, here), (path, there))) = worst else { continue };
        let level = if is_major { RULE.level } else { Level::Info };
        let filled = |it: &str| known::with_defaults(it).unwrap_or_else(|| it.to_string());
        let message = format!("`{name}` is `{}` here and `{}` in {path}", filled(&here.value), filled(&there.value));
        let mut finding = RULE.finding_at(level, here.span, message).also(there.span, "the other one");
        for (_, more) in list.iter().filter(|it| it.1.span != here.span && it.1.span != there.span) {
            if differ(here, &more.value).is_some() {
                finding = finding.also(more.span, "and here");
            }
        }
        findings.push(finding.help("name one version in all of them"));
    }
}

/// Returns whether two texts name one image in different versions, and whether data is at stake.
pub fn differ(here: &Text, there: &str) -> Option<bool> {
    let (a, b) = (literal(&here.value)?, literal(there)?);
    let (a_tag, b_tag) = (a.tag.as_ref()?, b.tag.as_ref()?);
    if a.name.text != b.name.text || a_tag.text == b_tag.text {
        return None;
    }
    match (is_data(&here.value), major(&a_tag.text).zip(major(&b_tag.text))) {
        // Minor versions of a database read each other's data.
        (true, Some((a, b))) if a == b => None,
        (is_data, majors) => Some(is_data && majors.is_some()),
    }
}

/// Compares an image of a workflow or of tests with all that compose files run under its name.
fn elsewhere(repo: &Repo, image: &Text, findings: &mut Findings) {
    let services = repo.facts.compose_files.iter().flat_map(|it| &it.model.services);
    let same: Vec<&Text> = services
        .filter_map(|it| it.image.as_ref())
        .filter(|it| {
            literal(&it.value).is_some_and(|it| it.tag.is_some()) && short_name(&it.value) == short_name(&image.value)
        })
        .collect();
    let differences: Option<Vec<bool>> = same.iter().map(|it| differ(image, &it.value)).collect();
    let Some(differences) = differences.filter(|it| !it.is_empty()) else { return };
    let is_certain = differences.iter().all(|it| *it);
    let rule = if of(repo.path(image.span.file)) == Kind::Workflow { &RULE } else { &TESTS };
    let level = if is_certain { rule.level } else { Level::Info };
    let what = if is_certain { "major version" } else { "version" };
    let message = format!("this is `{}`, and no compose file runs that {what}", image.value);
    let finding = rule.finding_at(level, image.span, message).also(same[0].span, "what is run");
    findings.push(finding.help(format!("write `{}`", same[0].value)));
}
