//! Keys of env files that nothing reads, and what they probably should have been.

use super::is_typo;
use crate::repo::Repo;
use crate::repo::code;
use crate::repo::compose::{Service, known};
use crate::repo::environment::Environment;
use crate::repo::fact::{EnvEntry, EnvFile, EnvRead, Language};
use crate::repo::known_variable;
use crate::repo::provenance;
use crate::repo::pulled_in;
use crate::repo::usage::{Use, plain_names};
use crate::source::normalize;

/// What became of a key that nothing reads.
pub enum Fate<'a> {
    /// Something reads it in another spelling.
    OtherCase(&'a str, Use),
    /// Something reads a name that is almost the same.
    Typo(&'a str, Use),
    /// Nothing.
    Unread,
}

/// Calls `tell` with every key that nothing reads, of env files whose readers are all known.
pub fn each<'a>(repo: &'a Repo, mut tell: impl FnMut(&'a EnvFile, &'a EnvEntry, &Fate<'a>)) {
    // Where no program is seen to read anything, the programs are elsewhere.
    let is_program =
        |it: &EnvRead| matches!(it.language, Language::Python | Language::Script | Language::Go | Language::Rust);
    if !repo.facts.reads.iter().any(is_program) && repo.facts.settings.is_empty() {
        return;
    }
    let pulled_in = pulled_in::names(&repo.facts.dockerfiles);
    for (file, unread) in repo.facts.env_files.iter().zip(repo.unread_entries()) {
        if file.is_opaque || unread.is_empty() || goes_to_unknown_program(repo, file) {
            continue;
        }
        let images = images_with(repo, file);
        for entry in unread.iter().map(|at| &file.entries[*at]).filter(|it| !it.is_commented) {
            let name = entry.name.value.as_str();
            // A name that starts with `_` is meant for nobody.
            if name.starts_with('_') {
                continue;
            }
            // Other lines of the file are made of it.
            let quoted = |it: &EnvEntry| {
                it.value.value.contains(&format!("${{{name}}}")) || it.value.value.contains(&format!("${{{name}:"))
            };
            if file.entries.iter().any(quoted) {
                continue;
            }
            let is_known = plain_names(name).any(|name| images.iter().any(|it| it.reads(name)));
            if is_known || pulled_in::may_read(&pulled_in, name) || is_handed_on(repo, name) {
                continue;
            }
            tell(file, entry, &fate(repo, file, name));
        }
    }
}

/// Returns whether a service that nobody here builds gets a variable from the shell or from `.env`: `- NAME`.
fn is_handed_on(repo: &Repo, name: &str) -> bool {
    let services = repo.environments.iter().flat_map(|it| &it.model.services).filter(|it| it.build.is_none());
    services.flat_map(|it| &it.environment).any(|it| it.name.value == name && it.value.is_none())
}

fn fate<'a>(repo: &'a Repo, file: &EnvFile, name: &str) -> Fate<'a> {
    let fold = |it: &str| it.to_ascii_uppercase().replace('-', "_");
    let is_set = |name: &str| file.mention(name).is_some();
    // A reference in a compose file to a name that nothing sets is a reader like any other.
    let read = || repo.usage.names().filter_map(|(name, uses)| Some((name, *uses.first()?)));
    if let Some((other, it)) = read().find(|it| fold(it.0) == fold(name) && it.0 != name) {
        return Fate::OtherCase(other, it);
    }
    match read().find(|it| is_typo(name, it.0) && !is_set(it.0)) {
        Some((other, it)) => Fate::Typo(other, it),
        None => Fate::Unread,
    }
}

/// Returns the services that get a file as `env_file:`, or would once its template is filled in.
fn services_with<'a>(repo: &'a Repo, file: &EnvFile) -> Vec<(&'a Environment, &'a Service)> {
    let is_it = |environment: &Environment, written: &str| {
        // `${ENV_FILE:-.env.example}` is that one unless somebody names another.
        let filled = known::with_defaults(written);
        let written = filled.as_deref().unwrap_or(written);
        let Some(path) = normalize(&format!("{}/{written}", environment.directory)) else { return false };
        path == file.path
            || file.is_template
                && repo.env_file(&path).is_none()
                && provenance::templates_of(repo, &path).iter().any(|it| it.path == file.path)
    };
    let mut found = Vec::new();
    for environment in &repo.environments {
        let services = environment.model.services.iter();
        let gets = |it: &&Service| it.env_files.iter().any(|it| is_it(environment, &it.path.value));
        found.extend(services.filter(gets).map(|it| (environment, it)));
    }
    found
}

fn images_with(repo: &Repo, file: &EnvFile) -> Vec<&'static known_variable::KnownImage> {
    let services = services_with(repo, file).into_iter();
    services.filter_map(|it| known_variable::of_image(&it.1.image.as_ref()?.value)).collect()
}

/// Returns whether a program that is neither here nor known gets the file: it may read anything.
fn goes_to_unknown_program(repo: &Repo, file: &EnvFile) -> bool {
    services_with(repo, file).into_iter().any(|(environment, service)| {
        if service.image.as_ref().is_some_and(|it| known_variable::of_image(&it.value).is_some()) {
            return false;
        }
        code::of_service(repo, environment, service).is_none_or(|it| it.extends_a_program())
    })
}
