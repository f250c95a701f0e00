//! Everything that reaches a container, by name: for rules that ask for all fields of a settings class.
//!
//! The same answers as [`provenance::in_container`], but each env file is walked once rather than once a name.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::Repo;
use super::code;
use super::compose::{Resource, Service};
use super::environment::{Environment, Source};
use super::fact::{Action, CommandHost, EnvFile, Field, SettingsClass, Text};
use super::provenance;
use super::provenance::{By, Content, Found};
use super::settings::Keys;
use super::usage::plain_names;
use crate::source::normalize;

/// What reaches the container of one service.
#[derive(Debug)]
pub struct Delivered {
    by_name: HashMap<String, Vec<(String, Found)>>,
    /// Whether something that reaches it cannot be seen.
    pub is_unknown: bool,
    /// Whether all of it is in the repository, and nothing only described by a template.
    pub is_certain: bool,
}

impl Delivered {
    /// Collects what a service gets in an environment.
    pub fn of(repo: &Repo, environment: &Environment, service: &Service, code: &code::Code) -> Delivered {
        let is_unknown = environment.is_partial || asks_a_store(repo, service, code);
        let mut found = Delivered { by_name: HashMap::new(), is_unknown, is_certain: true };
        for variable in &service.environment {
            let value = variable.value.as_ref().map(|it| it.value.clone()).filter(|it| !it.contains('$'));
            let is_passed = variable.value.is_some()
                || !provenance::interpolated(repo, environment, &variable.name.value).is_unset();
            if is_passed {
                found.add(&variable.name.value, Found { span: variable.name.span, value, by: By::Environment });
            }
        }
        for file in service.env_files.iter().rev() {
            let path = normalize(&format!("{}/{}", environment.directory, file.path.value));
            match path.map(|it| provenance::content(repo, &it)) {
                Some(Content::File(file)) => found.add_file(file, By::EnvFile),
                Some(Content::Templates(list)) => {
                    found.is_certain = false;
                    list.into_iter().for_each(|it| found.add_file(it, By::Template));
                }
                Some(Content::Unknown) | None => found.is_unknown = true,
            }
        }
        found.is_unknown |= has_secret_env_file(repo, environment, service);
        for name in &code.image_variables {
            found.add(name, Found { span: service.name.span, value: None, by: By::Image });
        }
        found
    }

    fn add(&mut self, name: &str, it: Found) {
        self.by_name.entry(name.to_lowercase()).or_default().push((name.to_string(), it));
    }

    fn add_file(&mut self, file: &EnvFile, by: By) {
        // The last line of a name counts.
        for entry in file.entries.iter().rev().filter(|it| !it.is_commented || file.is_template) {
            let is_trusted = !file.is_encrypted && !entry.is_commented;
            let value = is_trusted.then(|| entry.value.value.clone());
            let found = Found { span: entry.name.span, value, by };
            let is_prefixed = file.is_template || file.is_encrypted;
            let names: Vec<&str> = plain_names(&entry.name.value).take(if is_prefixed { 2 } else { 1 }).collect();
            for name in names {
                self.add(name, found.clone());
            }
        }
    }

    /// Returns what fills a field: its own variable, or one for a part of it.
    pub fn field(&self, class: &SettingsClass, field: &Field) -> Option<&Found> {
        field.env_names.iter().find_map(|name| {
            let same = |it: &&(String, Found)| class.fold(&it.0) == class.fold(name);
            self.by_name.get(&name.to_lowercase()).into_iter().flatten().find(same).map(|it| &it.1)
        })
    }

    /// Returns what sets a variable.
    pub fn variable(&self, name: &str) -> Option<&Found> {
        self.by_name.get(&name.to_lowercase()).into_iter().flatten().find(|it| it.0 == name).map(|it| &it.1)
    }

    /// Returns the fields of which parts are set.
    pub fn parts(&self, class: &SettingsClass) -> HashSet<usize> {
        if class.nested_delimiter.is_none() {
            return HashSet::new();
        }
        let keys = Keys::new(class);
        let part = |it: &(String, Found)| match keys.find(&it.0) {
            super::settings::Key::Part(at) => Some(at),
            _ => None,
        };
        self.by_name.values().flatten().filter_map(part).collect()
    }
}

/// Returns whether a container starts its program with what a store of secrets holds: `doppler run -- python main.py`.
fn asks_a_store(repo: &Repo, service: &Service, code: &code::Code) -> bool {
    let stores =
        ["doppler", "infisical", "chamber", "aws-vault", "envconsul", "vault-env", "teller", "berglas", "dotenvx"];
    let dockerfile = code.dockerfile.as_deref().and_then(|it| repo.dockerfile(it));
    let stages = dockerfile.iter().flat_map(|it| &it.stages).flat_map(|it| it.cmd.iter().chain(&it.entrypoint));
    let own = service.command.iter().chain(&service.entrypoint);
    let words = own.chain(stages).flat_map(|it| &it.words).flat_map(|it| it.value.split_whitespace());
    words.map(|it| it.rsplit('/').next().unwrap_or(it)).any(|it| stores.contains(&it))
}

/// Returns whether a service is given an env file as a secret, and code loads env files by itself.
fn has_secret_env_file(repo: &Repo, environment: &Environment, service: &Service) -> bool {
    if service.secrets.is_empty() || repo.facts.dotenv_loads.iter().all(|it| it.in_test) {
        return false;
    }
    let own: HashSet<&str> = service.secrets.iter().map(|it| it.value.as_str()).collect();
    let is_given = |it: &&Resource| own.contains(it.name.value.as_str());
    let mut files = environment.model.secrets.iter().filter(is_given).filter_map(|it| it.file.as_ref());
    let is_env = |it: &Text| it.value.rsplit('/').next().is_some_and(|it| it.split('.').any(|it| it == "env"));
    files.any(is_env)
}

/// A settings class, or other code, in the services of an environment that run it.
#[derive(Debug)]
pub struct Run<'a> {
    /// The environment.
    pub environment: &'a Environment,
    /// The services with what reaches them; never empty.
    pub services: Vec<(&'a Service, Arc<Delivered>)>,
    /// Whether somebody says that these services run it.
    pub is_said: bool,
}

/// Returns whether an environment is whole: a base file that overlays complete is one only if a program starts it.
pub fn is_whole(repo: &Repo, environment: &Environment) -> bool {
    let files = &environment.compose_files;
    let extends = |it: &Environment| it.compose_files.len() > files.len() && it.compose_files.starts_with(files);
    if !repo.environments.iter().any(extends) {
        return true;
    }
    repo.facts.commands.iter().filter(|it| it.host != CommandHost::Document).any(|command| match &command.action {
        Action::Compose(it) => {
            let is_start = it.verb.as_ref().is_some_and(|it| matches!(it.value.as_str(), "up" | "run" | "create"));
            let path = |it: &Text| normalize(&format!("{}/{}", command.directory, it.value));
            is_start && it.files.iter().filter_map(path).eq(files.iter().cloned())
        }
        Action::StackDeploy { .. } => matches!(environment.source, Source::Command { span } if span == command.span),
        _ => false,
    })
}

/// Finds, for each environment, the services whose code holds a file.
pub fn runs<'a>(repo: &'a Repo, path: &str) -> Vec<Run<'a>> {
    let said = repo.hints.services_of(path);
    let mut found = Vec::new();
    for environment in repo.environments.iter().filter(|it| is_whole(repo, it)) {
        let mut services = Vec::new();
        for service in &environment.model.services {
            let code = code::of_service(repo, environment, service);
            let code = match &said {
                Some(names) if names.contains(&service.name.value.as_str()) => Some(code.unwrap_or_default()),
                Some(_) => None,
                None => code.filter(|it| it.holds(path)),
            };
            if let Some(code) = code {
                let collect = || Arc::new(Delivered::of(repo, environment, service, &code));
                let delivered = match repo.service_key(environment, service) {
                    Some(key) => repo.index.delivered.get_or(key, collect),
                    None => collect(),
                };
                services.push((service, delivered));
            }
        }
        if !services.is_empty() {
            found.push(Run { environment, services, is_said: said.is_some() });
        }
    }
    found
}

/// Returns the classes that programs make: no other class builds on them, and no test declares them.
pub fn final_classes(repo: &Repo) -> impl Iterator<Item = &SettingsClass> {
    let classes = repo.facts.settings.iter().filter(|it| !it.in_test);
    let bases: HashSet<&str> =
        classes.clone().flat_map(|it| &it.bases).filter_map(|it| it.value.rsplit('.').next()).collect();
    classes.filter(move |it| !bases.contains(it.name.value.as_str()))
}

/// Returns whether a service is built from a folder of its own rather than from the whole repository.
pub fn is_built_alone(service: &Service) -> bool {
    let context = service.build.as_ref().and_then(|it| it.context.as_ref());
    context.is_some_and(|it| !it.value.trim_matches(['.', '/']).is_empty())
}

/// Returns whether a file is a tool that people run by hand, with variables of their own.
pub fn is_tool(repo: &Repo, path: &str) -> bool {
    if repo.hints.is_reader(path) {
        return false;
    }
    let folders = [
        "scripts",
        "script",
        "tools",
        "bin",
        "examples",
        "docs",
        "hack",
        "dev",
        "migrations",
        "alembic",
        "infra",
        "infrastructure",
        "experiments",
        "benchmarks",
        "notebooks",
    ];
    path.split('/').rev().skip(1).any(|it| folders.contains(&it))
}

/// Returns whether a name is that of a secret without which a program works, but not as meant: what it encrypts or
/// signs with. A token or key for somebody else's service usually turns on a feature.
pub fn is_own_secret(name: &str) -> bool {
    let ends = ["ENCRYPTION_KEY", "SECRET_KEY", "SIGNING_KEY", "FERNET_KEY", "JWT_SECRET", "PRIVATE_KEY"];
    ends.iter().any(|it| name.ends_with(it))
}

/// Returns whether a variable is one that any program may have.
fn is_common(name: &str) -> bool {
    let words = ["ENV", "ENVIRONMENT", "DEBUG", "LOG", "PORT", "HOST", "TZ", "MODE"];
    !name.contains('_') || name.split('_').any(|it| words.contains(&it))
}

impl Run<'_> {
    /// Returns whether some service gets so much of what a class requires that it is meant to run it, and not only
    /// shares the image with a program that does.
    pub fn is_for(&self, class: &SettingsClass) -> bool {
        let required: Vec<&Field> = class.fields.iter().filter(|it| it.is_required).collect();
        let has_half = |(service, delivered): &(&Service, Arc<Delivered>)| {
            let gets = |it: &Field| delivered.field(class, it).is_some();
            let n = required.iter().filter(|it| gets(it)).count();
            // Where it must have one thing, what else it is given says that the class is meant.
            let optional =
                class.fields.iter().filter(|it| !it.is_required && it.env_names.iter().any(|it| !is_common(it)));
            let is_meant = required.len() == 1 && optional.into_iter().any(gets);
            2 * n >= required.len() || is_meant || is_built_alone(service)
        };
        self.is_said || self.services.iter().any(has_half)
    }

    /// Returns whether it is certain that no service gets a field.
    pub fn lacks(&self, class: &SettingsClass, field: &Field) -> bool {
        !self.services.iter().any(|it| it.1.is_unknown || it.1.field(class, field).is_some())
    }
}
