//! `env-set-but-unread`.

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};

use super::near_name;
use crate::diag::{Code, Diagnostic, Level, Near};
use crate::repo::Repo;
use crate::repo::code;
use crate::repo::code::Code as ServiceCode;
use crate::repo::compose::{Service, Variable};
use crate::repo::environment::Environment;
use crate::repo::known_variable;
use crate::repo::provenance;
use crate::repo::usage::Use;
use crate::rules::{Findings, Rule};
use crate::source::Span;

/// A variable of `environment:` that the service's code does not read.
pub static RULE: Rule = Rule {
    code: Code { id: "ENV004", name: "env-set-but-unread" },
    level: Level::Warning,
    summary: "compose gives a service a variable that its code does not read",
    docs: r#"
## What it does
Finds variables under `environment:` of a service that is built from this repository, where nothing in its code, and
no library or base image known to specc, reads them. If the code reads a similar name that nothing sets, that is shown.
## Why it matters
The setting does nothing. Often the code was renamed, or the variable is misspelt, and the code runs on its default.
## Example
```sample
#- docker-compose.yml
services:
  runner:
    build: ./runner
    environment:
      MINIO_PUBLIC_URL: https://files.example.org
#     ^^^^^^^^^^^^^^^^ warning: nothing in the code of `runner` reads `MINIO_PUBLIC_URL`
#- runner/main.js
const endpoint = process.env.MINIO_PUBLIC_ENDPOINT;
#                            ~~~~~~~~~~~~~~~~~~~~~ it reads this, which nothing sets
```
## Silent
Variables of libraries, images that are not built here, and names that stand anywhere in the code.
```sample
#- docker-compose.yml
services:
  runner:
    build: ./runner
    environment:
      OMP_NUM_THREADS: 2
      MODE: fast
      TABLE_NAME: x
  db:
    image: postgres:17
    environment:
      POSTGRES_DB: app
#- runner/main.js
const mode = process.env.MODE;
const table = read("TABLE_NAME");
```
## When it may be wrong
When a library that specc does not know reads it.
"#,
    run,
};

/// A service, a variable of it that nothing reads, and the finding.
type Told<'a> = (&'a str, &'a str, Diagnostic);

fn run(repo: &Repo, findings: &mut Findings) {
    let mut found: BTreeMap<(Span, Level), Vec<Told<'_>>> = BTreeMap::new();
    for environment in repo.environments.iter().filter(|it| !it.is_partial) {
        for service in environment.model.services.iter() {
            let Some(code) = code::of_service(repo, environment, service) else { continue };
            let place = Place { environment, service, code: &code, read: OnceCell::new() };
            let mut seen = BTreeSet::new();
            for variable in service.environment.iter().rev() {
                if !seen.insert(variable.name.value.as_str()) {
                    continue;
                }
                let told = judge(repo, &place, variable);
                if let Some((span, finding)) = told.and_then(|it| Some((it.span()?, it))) {
                    let (name, service) = (variable.name.value.as_str(), service.name.value.as_str());
                    found.entry((span, finding.level)).or_default().push((service, name, finding));
                }
            }
        }
    }
    for list in found.into_values() {
        findings.push_maybe(of_services(list));
    }
}

/// A line that many services share, by an anchor or an overlay, is one finding.
fn of_services(list: Vec<Told<'_>>) -> Option<Diagnostic> {
    let services: BTreeSet<&str> = list.iter().map(|it| it.0).collect();
    let (service, name, mut finding) = list.into_iter().next()?;
    let more = match services.len() {
        1 => String::new(),
        2 => " and another service".to_string(),
        n => format!(" and {} more services", n - 1),
    };
    finding.message = format!("nothing in the code of `{service}`{more} reads `{name}`");
    Some(finding)
}

struct Place<'a> {
    environment: &'a Environment,
    service: &'a Service,
    code: &'a ServiceCode,
    /// What the code reads, with a place of each: the same for every variable.
    read: OnceCell<Vec<(&'a str, Use)>>,
}

impl<'a> Place<'a> {
    fn holds(&self, repo: &Repo, it: Use) -> bool {
        self.code.holds(repo.path(repo.use_span(it).file)) && !matches!(it, Use::Reference(..))
    }

    fn read(&self, repo: &'a Repo) -> &[(&'a str, Use)] {
        let first = |uses: &[Use]| uses.iter().copied().find(|it| self.holds(repo, *it));
        self.read.get_or_init(|| repo.usage.names().filter_map(|(name, uses)| Some((name, first(uses)?))).collect())
    }
}

fn judge<'a>(repo: &'a Repo, place: &Place<'a>, variable: &Variable) -> Option<Diagnostic> {
    let name = &variable.name.value;
    if name.contains('$')
        || place.code.extends_a_program()
        || known_variable::is_library_variable(name)
        || place.code.image_variables.contains(name)
    {
        return None;
    }
    let uses = repo.usage.of_name(name);
    if uses.iter().any(|it| place.holds(repo, *it)) || is_read_by_base_image(repo, place, name) {
        return None;
    }
    let elsewhere = uses.iter().any(|it| !matches!(it, Use::Reference(..)));
    if !elsewhere && repo.usage.is_mentioned(name) {
        return None;
    }
    let unset = |it: &str| provenance::in_container(repo, place.environment, place.service, it).is_unset();
    let read = place.read(repo);
    let near = near_name(name, read.iter().map(|it| it.0)).filter(|it| unset(it));
    let near = near.and_then(|near| read.iter().find(|it| it.0 == near));
    // Of a language that specc reads in part only a slip can be told.
    if near.is_none() && (elsewhere && !place.code.is_narrow() || has_unknown_code(repo, place)) {
        return None;
    }
    let level = if elsewhere && near.is_none() { Level::Info } else { Level::Warning };
    let finding = RULE.finding_at(level, variable.name.span, "");
    Some(match near {
        // No variable has a dot in its name: viper makes none of what it calls its keys, unless it is told to.
        Some((near, it)) if near.contains('.') => finding
            .also(repo.use_span(*it), format!("it looks for `{near}`"))
            .help("call `SetEnvKeyReplacer(strings.NewReplacer(\".\", \"_\"))` where the environment is bound"),
        Some((near, it)) => finding
            .also(repo.use_span(*it), "it reads this, which nothing sets")
            .help(format!("rename it to `{near}`"))
            .meant(variable.name.span, name, Some(Near { name: near, is_sole: true })),
        None => finding.help("remove it, or correct the name"),
    })
}

/// Returns whether the image that the Dockerfile starts from is known to read a variable.
fn is_read_by_base_image(repo: &Repo, place: &Place, name: &str) -> bool {
    let images = repo.facts.dockerfiles.iter().filter(|it| place.code.dockerfile.as_deref() == Some(&it.path));
    images.flat_map(|it| &it.stages).any(|it| known_variable::of_image(&it.from.value).is_some_and(|it| it.reads(name)))
}

/// Returns whether the code is of a language that specc does not read, so that nothing can be said of it.
fn has_unknown_code(repo: &Repo, place: &Place) -> bool {
    let is_known =
        |path: &str| [".py", ".js", ".ts", ".tsx", ".mjs", ".cjs", ".go", ".rs"].iter().any(|it| path.ends_with(it));
    !repo.tree.paths().iter().any(|it| is_known(it) && place.code.holds(it))
}
