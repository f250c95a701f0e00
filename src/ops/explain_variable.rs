//! `specc explain VARIABLE`: the whole way of one variable, per environment and service, as the repository shows it.
//!
//! Declared in a template, set in an env file, brought by which flag or `env_file:`, replaced in a compose file, in
//! the container, read by which code with which default. A value that may be a secret is not told.

use std::collections::BTreeSet;

use serde::Serialize;

use crate::files::Files;
use crate::ops::place::Step;
use crate::repo;
use crate::repo::Repo;
use crate::repo::code;
use crate::repo::compose::Service;
use crate::repo::environment::{Dialect, Environment, Source};
use crate::repo::fact::{Absent, SetBy};
use crate::repo::known_variable;
use crate::repo::provenance;
use crate::repo::provenance::{Answer, By, Content};
use crate::repo::usage::{Use, plain_names};
use crate::secret::{may_be_secret, values_in};
use crate::source::{FileId, Sources, Span, normalize};
use crate::syntax::dotenv;

/// The way of a variable.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Trace {
    /// Its name.
    pub name: String,
    /// Templates and documents that name it.
    pub declared: Vec<Step>,
    /// Env files, scripts, workflows and manifests that set it.
    pub set: Vec<Step>,
    /// What becomes of it in each environment.
    pub environments: Vec<InEnvironment>,
    /// The code that reads it, whatever the service.
    pub read: Vec<Step>,
}

/// What becomes of a variable in one environment.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct InEnvironment {
    /// The environment's name.
    pub name: String,
    /// Its compose files.
    pub files: Vec<String>,
    /// Where it is started, if a command says so, and where `${…}` is replaced, with what.
    pub steps: Vec<Step>,
    /// The services that get it, read it, or do either without the other.
    pub services: Vec<InService>,
}

/// What becomes of a variable in one service.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct InService {
    /// The service.
    pub name: String,
    /// How it gets the variable, and what its code does with it.
    pub steps: Vec<Step>,
}

/// Explains a variable; `None` if nothing in the repository names it.
pub fn explain(files: &dyn Files, name: &str, sources: &mut Sources) -> Option<Trace> {
    let repo = repo::read(files, &repo::Options::default(), sources, &mut crate::diag::Diags::default());
    let spans = every_place(&repo, name);
    fill(files, &spans, sources);
    let view = View { repo: &repo, name, sources };
    let trace = Trace {
        name: name.to_string(),
        declared: view.declared(),
        set: view.set(),
        environments: repo.environments.iter().filter_map(|it| view.in_environment(it)).collect(),
        read: view.read(),
    };
    let is_empty = trace.declared.is_empty() && trace.set.is_empty() && trace.read.is_empty();
    (!is_empty || !trace.environments.is_empty()).then_some(trace)
}

/// Returns the files that places may be shown of: few have anything to do with one variable.
fn every_place(repo: &Repo, name: &str) -> BTreeSet<FileId> {
    let mut found: BTreeSet<FileId> = repo.facts.env_files.iter().map(|it| it.file).collect();
    found.extend(repo.facts.compose_files.iter().map(|it| it.file));
    found.extend(repo.usage.of_name(name).iter().map(|it| repo.use_span(*it).file));
    found.extend(repo.facts.sets.iter().filter(|it| it.name.value == name).map(|it| it.name.span.file));
    found.extend(repo.facts.docs.iter().filter(|it| it.name.value == name).map(|it| it.name.span.file));
    for environment in &repo.environments {
        if let Source::Command { span } = &environment.source {
            found.insert(span.file);
        }
    }
    if let Some((span, _)) = provenance::ambient(repo, name) {
        found.insert(span.file);
    }
    found
}

fn fill(files: &dyn Files, wanted: &BTreeSet<FileId>, sources: &mut Sources) {
    for file in wanted {
        if let Ok(bytes) = files.read_walked(sources.path(*file), repo::MAX_BYTES)
            && let Ok(text) = String::from_utf8(bytes)
        {
            sources.fill(*file, text);
        }
    }
}

struct View<'a> {
    repo: &'a Repo,
    name: &'a str,
    sources: &'a Sources,
}

impl View<'_> {
    fn step(&self, span: Span, what: impl Into<String>) -> Step {
        Step::at(span, what, self.sources)
    }

    fn declared(&self) -> Vec<Step> {
        let mut steps = Vec::new();
        for file in self.repo.templates() {
            for entry in file.entries.iter().filter(|it| plain_names(&it.name.value).any(|it| it == self.name)) {
                let as_ =
                    if entry.name.value == self.name { String::new() } else { format!(" as `{}`", entry.name.value) };
                let how = if entry.is_commented { "named, commented out" } else { "named" };
                steps.push(self.step(entry.name.span, format!("{how} in a template{as_}")));
            }
        }
        for doc in self.repo.facts.docs.iter().filter(|it| it.name.value == self.name) {
            let default = if doc.default.is_some() { ", with a default" } else { "" };
            steps.push(self.step(doc.name.span, format!("documented{default}")));
        }
        steps
    }

    fn set(&self) -> Vec<Step> {
        let mut steps = Vec::new();
        for file in self.repo.facts.env_files.iter().filter(|it| !it.is_template) {
            for entry in file.entries.iter().filter(|it| it.name.value == self.name) {
                let what = match (file.is_encrypted, entry.value.value.is_empty()) {
                    (true, _) => "set in an env file, encrypted",
                    (_, true) => "set to an empty text in an env file",
                    _ => "set in an env file",
                };
                let is_told = !file.is_encrypted && !entry.value.value.is_empty();
                let value = if is_told { self.value(&entry.value.value) } else { String::new() };
                steps.push(self.step(entry.name.span, format!("{what}{value}")));
            }
        }
        for set in self.repo.facts.sets.iter().filter(|it| it.name.value == self.name) {
            let what = match set.by {
                SetBy::Shell => "set by a script",
                SetBy::Inline => "set for one command",
                SetBy::DockerEnv => "set by `ENV` in an image",
                SetBy::DockerArg => "a build argument",
                SetBy::Workflow => "set by a workflow",
                SetBy::Kubernetes => "set by a manifest",
                SetBy::Make => "set by a Makefile",
                SetBy::Test => "set for tests",
                SetBy::Code => "set by code",
                SetBy::Outside => "set outside of the repository, as the spec says",
            };
            let into = set.into.as_ref().map(|it| format!(", written to {it}")).unwrap_or_default();
            steps.push(self.step(set.name.span, format!("{what}{into}")));
        }
        steps
    }

    fn read(&self) -> Vec<Step> {
        let mut uses = self.repo.usage.of_name(self.name);
        uses.dedup_by_key(|it| self.repo.use_span(*it));
        uses.into_iter().filter(|it| !matches!(it, Use::Reference(..))).map(|it| self.use_step(it)).collect()
    }

    fn use_step(&self, it: Use) -> Step {
        let what = if let Some(read) = self.repo.as_read(it) {
            let absent = match &read.absent {
                Absent::Fails => "fails without it".to_string(),
                Absent::Default(value) => self.default(value),
                Absent::Computed => "computes a default".to_string(),
                Absent::Nothing => "goes on without it".to_string(),
            };
            let build = if read.build_time { " while building" } else { "" };
            let test = if read.in_test { ", in tests" } else { "" };
            format!("read{build}: {absent}{test}")
        } else if let Some((class, field)) = self.repo.as_field(it) {
            let absent = match (&field.default_value, field.is_required) {
                (_, true) => "required".to_string(),
                (Some(value), _) => self.default(value),
                _ => "optional".to_string(),
            };
            format!("field `{}` of `{}`: {absent}", field.name.value, class.name.value)
        } else {
            "replaced in a compose file".to_string()
        };
        self.step(self.repo.use_span(it), what)
    }

    /// Tells a value, unless it may be a secret.
    fn value(&self, value: &str) -> String {
        let is_harmless = !may_be_secret(self.name) && values_in(value).is_empty() && !value.contains('@');
        let is_short = value.len() <= 60 && !value.contains('\n');
        match (is_harmless, is_short) {
            (true, true) => format!(" to `{value}`"),
            (true, false) => String::new(),
            (false, _) => " (its value is not shown)".to_string(),
        }
    }

    /// Tells a default of the code, unless it may be a secret.
    fn default(&self, value: &str) -> String {
        let is_harmless = !may_be_secret(self.name) && values_in(value).is_empty() && !value.contains('@');
        if is_harmless { format!("default `{value}`") } else { "has a default".to_string() }
    }

    fn in_environment(&self, environment: &Environment) -> Option<InEnvironment> {
        let mut steps = Vec::new();
        let files = environment.compose_files.iter().filter_map(|it| self.repo.compose_file(it));
        let references: Vec<_> =
            files.flat_map(|it| &it.references).filter(|it| it.reference.name == self.name).collect();
        if !references.is_empty() {
            steps.push(self.filled(environment));
            steps.extend(self.given(environment));
        }
        for it in references {
            let field = it.field.join(".");
            let fallback = it.reference.operation.as_ref().map(|it| format!(" ({})", it.symbol())).unwrap_or_default();
            steps.push(self.step(it.span, format!("replaced in `{field}`{fallback}")));
        }
        let services: Vec<InService> =
            environment.model.services.iter().filter_map(|it| self.in_service(environment, it)).collect();
        if steps.is_empty() && services.is_empty() {
            return None;
        }
        if let Source::Command { span } = &environment.source {
            let by = if environment.dialect == Dialect::Swarm { "docker stack deploy" } else { "docker compose" };
            steps.insert(0, self.step(*span, format!("started by `{by}`")));
        }
        let files = environment.compose_files.clone();
        Some(InEnvironment { name: environment.name.clone(), files, steps, services })
    }

    fn filled(&self, environment: &Environment) -> Step {
        match provenance::interpolated(self.repo, environment, self.name) {
            Answer::Set(found) => {
                self.step(found.span, format!("`${{{}}}` is filled from {}", self.name, by(found.by)))
            }
            Answer::Unset => Step { place: None, file: None, what: format!("nothing fills `${{{}}}`", self.name) },
            Answer::Unknown => {
                let files: Vec<&str> = environment.interpolation_files.iter().map(|it| it.path.as_str()).collect();
                let what = format!("what fills `${{{}}}` cannot be seen", self.name);
                Step { place: None, file: Some(files.join(", ")).filter(|it| !it.is_empty()), what }
            }
        }
    }

    /// Tells which flag or line brings the file that fills `${…}`: the last one that has the variable.
    fn given(&self, environment: &Environment) -> Option<Step> {
        let has = |path: &str| provenance::in_file(self.repo, path, self.name).found().is_some();
        let file = environment.interpolation_files.iter().rev().find(|it| has(&it.path))?;
        Some(match file.span {
            Some(span) if environment.dialect == Dialect::Swarm => {
                self.step(span, format!("`{}` is sourced here", file.path))
            }
            Some(span) => self.step(span, format!("`{}` is given here", file.path)),
            None => {
                let what = format!("`{}` is taken by compose itself", file.path);
                Step { place: None, file: Some(file.path.clone()), what }
            }
        })
    }

    /// Tells which line of a compose file brings a variable's file into a container.
    fn loaded(&self, environment: &Environment, service: &Service) -> Option<Step> {
        let brings = |it: &&crate::repo::compose::EnvFileEntry| {
            let path = normalize(&format!("{}/{}", environment.directory, it.path.value));
            path.is_some_and(|it| provenance::in_file(self.repo, &it, self.name).found().is_some())
        };
        let entry = service.env_files.iter().rev().find(brings)?;
        Some(self.step(entry.path.span, format!("`{}` is loaded by `env_file:`", entry.path.value)))
    }

    fn in_service(&self, environment: &Environment, service: &Service) -> Option<InService> {
        let code = code::of_service(self.repo, environment, service);
        let is_own = |it: &Use| {
            !matches!(it, Use::Reference(..))
                && code.as_ref().is_some_and(|code| code.holds(self.repo.path(self.repo.use_span(*it).file)))
        };
        let mut uses: Vec<Use> = self.repo.usage.of_name(self.name).into_iter().filter(is_own).collect();
        // A field that several classes inherit is one place.
        uses.dedup_by_key(|it| self.repo.use_span(*it));
        let image = service.image.as_ref().and_then(|it| known_variable::of_image(&it.value));
        let is_read_by_image = image.is_some_and(|it| it.reads(self.name));
        let answer = provenance::in_container(self.repo, environment, service, self.name);
        if uses.is_empty() && !matches!(answer, Answer::Set(_)) {
            return None;
        }
        let by_file = matches!(&answer, Answer::Set(found) if matches!(found.by, By::EnvFile | By::Template));
        let mut steps = vec![self.arrival(environment, service, answer)];
        steps.extend(self.loaded(environment, service).filter(|_| by_file));
        steps.extend(uses.into_iter().map(|it| self.use_step(it)));
        if is_read_by_image {
            steps.push(Step {
                place: None,
                file: service.image.as_ref().map(|it| it.value.clone()),
                what: "read by the image".to_string(),
            });
        } else if steps.iter().all(|it| !it.what.starts_with("read") && !it.what.starts_with("field")) {
            let what = if code.is_some() { "nothing in its code is seen to read it" } else { "its code is not here" };
            steps.push(Step { place: None, file: None, what: what.to_string() });
        }
        Some(InService { name: service.name.value.clone(), steps })
    }

    /// Tells how a variable gets into a container, and what its reader makes of the line.
    fn arrival(&self, environment: &Environment, service: &Service, answer: Answer) -> Step {
        match answer {
            Answer::Set(found) if found.by == By::Environment => {
                self.step(found.span, format!("in the container of `{}` by `environment:`", service.name.value))
            }
            Answer::Set(found) if found.by == By::Image => {
                self.step(found.span, "in the container by `ENV` of the Dockerfile".to_string())
            }
            Answer::Set(found) => {
                let odd = self.oddity(environment, service);
                self.step(found.span, format!("in the container through {}{odd}", by(found.by)))
            }
            Answer::Unset => {
                self.step(service.name.span, format!("not given to the container of `{}`", service.name.value))
            }
            Answer::Unknown => self.step(service.name.span, "an env file that cannot be seen may bring it".to_string()),
        }
    }

    /// Tells if `docker stack` takes the line for something else than compose would.
    fn oddity(&self, environment: &Environment, service: &Service) -> String {
        let dialect = match environment.dialect {
            Dialect::Swarm => dotenv::Dialect::SwarmEnvFile,
            Dialect::Compose => return String::new(),
        };
        let entry = service.env_files.iter().rev().find_map(|it| {
            let path = normalize(&format!("{}/{}", environment.directory, it.path.value))?;
            match provenance::content(self.repo, &path) {
                Content::File(file) => file.get(self.name).cloned(),
                _ => None,
            }
        });
        let Some(entry) = entry else { return String::new() };
        let read = |dialect| entry.reading(dialect, &|_| None);
        let is_same = read(dialect) == read(dotenv::Dialect::ComposeEnvFile);
        if is_same { String::new() } else { ", taken as it is written: quotes, comments and `$` included".to_string() }
    }
}

fn by(by: By) -> &'static str {
    match by {
        By::EnvFile => "an env file",
        By::Template => "a file that is not in the repository; this is its template",
        By::Environment => "`environment:`",
        By::Image => "the image",
        By::Ambient => "the shell of whoever starts it",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;

    #[test]
    fn the_whole_way_is_told_per_environment_and_service() {
        let text = concat!(
            "#- .env.example\nIDLE_MS=300000\n",
            "#- docker-compose.yml\nservices:\n  web:\n    build: ./web\n    environment:\n      IDLE_MS: ${IDLE_MS}\n",
            "  jobs:\n    build: ./web\n",
            "#- web/a.js\nconst idle = process.env.IDLE_MS ?? '60000';\n",
        );
        let sample = sample::parse(text);
        let trace = explain(&sample.tree(), "IDLE_MS", &mut Sources::default()).unwrap();
        let told: Vec<String> = trace.environments[0]
            .services
            .iter()
            .flat_map(|it| {
                it.steps.iter().map(move |step| format!("{}: {} {}", it.name, step.whereabouts(), step.what))
            })
            .collect();
        let expected = [
            "web: docker-compose.yml:5:7 in the container of `web` by `environment:`",
            "web: web/a.js:1:26 read: default `60000`",
            "jobs: docker-compose.yml:6:3 not given to the container of `jobs`",
            "jobs: web/a.js:1:26 read: default `60000`",
        ];
        assert_eq!(told, expected);
        assert_eq!(trace.declared[0].whereabouts(), ".env.example:1:1");
        assert_eq!(explain(&sample.tree(), "OTHER", &mut Sources::default()), None);
    }

    #[test]
    fn the_lines_that_deliver_a_file_are_told_and_no_secret_is() {
        let text = concat!(
            "#- .env.prod\nTAG=v1\nLEVEL=info\nAPI_SECRET_KEY=a1b2c3d4e5f6g7h8\n",
            "#- compose.prod.yml\nservices:\n  api:\n    image: acme/api:${TAG}\n    env_file: [.env.prod]\n",
            "#- Makefile\nup:\n\tdocker compose --env-file .env.prod -f compose.prod.yml up -d\n",
        );
        let sample = sample::parse(text);
        let told = |name: &str| {
            let trace = explain(&sample.tree(), name, &mut Sources::default()).unwrap();
            let of = |it: &InEnvironment| {
                it.steps.iter().chain(it.services.iter().flat_map(|it| &it.steps)).cloned().collect::<Vec<_>>()
            };
            let all: Vec<Step> = trace.set.into_iter().chain(trace.environments.iter().flat_map(of)).collect();
            all.iter().map(|it| format!("{} {}", it.whereabouts(), it.what)).collect::<Vec<_>>().join("\n")
        };
        let tag = told("TAG");
        assert!(tag.contains(".env.prod:1:1 set in an env file to `v1`"), "{tag}");
        assert!(tag.contains("Makefile:2:28 `.env.prod` is given here"), "{tag}");
        assert!(
            told("LEVEL").contains("compose.prod.yml:4:16 `.env.prod` is loaded by `env_file:`"),
            "{}",
            told("LEVEL")
        );
        let secret = told("API_SECRET_KEY");
        assert!(secret.contains("(its value is not shown)") && !secret.contains("a1b2c3"), "{secret}");
    }
}
