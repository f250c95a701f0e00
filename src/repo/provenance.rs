//! Where a variable comes from in one environment: what fills `${…}`, and what reaches a container.
//!
//! A file that git ignores is known through its template. Nothing is assumed of a file that nobody describes: the
//! answer is then [`Answer::Unknown`], and rules stay silent.

use super::Repo;
use super::code;
use super::compose::Service;
use super::environment::{Dialect, Environment, Source};
use super::fact::{Action, Command, EnvEntry, EnvFile, Text};
use crate::source::{Span, normalize};

/// Whether a variable is set, as far as the repository shows.
#[derive(Clone, Debug)]
pub enum Answer {
    /// It is, here.
    Set(Found),
    /// Nothing that is used sets it.
    Unset,
    /// Something that is used cannot be seen.
    Unknown,
}

/// A place that sets a variable.
#[derive(Clone, Debug)]
pub struct Found {
    /// The name there.
    pub span: Span,
    /// The value, if it is a literal that can be trusted.
    pub value: Option<String>,
    /// How it gets there.
    pub by: By,
}

/// How a value is set.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum By {
    /// An env file of the repository.
    EnvFile,
    /// A template of a file that is not in the repository.
    Template,
    /// `environment:` of the service.
    Environment,
    /// `ENV` of the Dockerfile.
    Image,
    /// A script, workflow or Makefile.
    Ambient,
}

/// What is known of a file at a path.
#[derive(Clone, Debug)]
pub enum Content<'a> {
    /// The file is in the repository.
    File(&'a EnvFile),
    /// It is not; these say what it holds.
    Templates(Vec<&'a EnvFile>),
    /// Nobody says.
    Unknown,
}

/// Returns what is known of the env file at a path.
pub fn content<'a>(repo: &'a Repo, path: &str) -> Content<'a> {
    match repo.env_file(path) {
        Some(file) if file.is_opaque => Content::Unknown,
        Some(file) => Content::File(file),
        None => match templates_of(repo, path) {
            list if list.is_empty() => Content::Unknown,
            list => Content::Templates(list),
        },
    }
}

/// Returns the templates of an env file: those copied to it, named alike, or the only ones beside it.
pub fn templates_of<'a>(repo: &'a Repo, path: &str) -> Vec<&'a EnvFile> {
    let place = |it: &&EnvFile| repo.env_file_at(&it.path);
    let found =
        repo.index.templates.get_or(path.to_string(), || find_templates(repo, path).iter().filter_map(place).collect());
    found.iter().map(|at| &repo.facts.env_files[*at]).collect()
}

fn find_templates<'a>(repo: &'a Repo, path: &str) -> Vec<&'a EnvFile> {
    let copied: Vec<&EnvFile> = repo.templates().filter(|it| is_copied(repo, &it.path, path)).collect();
    let words = words(path);
    let beside = |it: &&EnvFile| folder(&it.path) == folder(path);
    let alike: Vec<&EnvFile> = repo.templates().filter(beside).filter(|it| self::words(&it.path) == words).collect();
    if !alike.is_empty() {
        return alike;
    }
    if !copied.is_empty() {
        return copied;
    }
    // `.env` may be made of any template beside it, whatever else the template's name says, unless there is use for a
    // file of just that name.
    let is_of_another = |it: &&EnvFile| is_used(repo, folder(path), &self::words(&it.path));
    if words.is_empty() {
        repo.templates().filter(beside).filter(|it| !is_of_another(it)).collect()
    } else {
        Vec::new()
    }
}

/// Returns whether something reads, or is, an env file in a folder with these words in its name.
fn is_used(repo: &Repo, folder: &str, words: &[String]) -> bool {
    let is_it = |path: &str| self::folder(path) == folder && self::words(path) == words;
    let in_services = repo.facts.compose_files.iter().any(|file| {
        let base = self::folder(&file.path);
        let mut paths = file.model.services.iter().flat_map(|it| &it.env_files);
        paths.any(|it| normalize(&format!("{base}/{}", it.path.value)).is_some_and(|it| is_it(&it)))
    });
    in_services || repo.facts.env_files.iter().any(|it| !it.is_template && is_it(&it.path))
}

fn is_copied(repo: &Repo, template: &str, path: &str) -> bool {
    let is_it = |written: &str, directory: &str, wanted: &str| {
        normalize(&format!("{directory}/{written}")).is_some_and(|it| it == wanted) || written == wanted
    };
    // `cp .env.example .env` leaves the copy beside the template, wherever that is done.
    let is_beside = folder(template) == folder(path);
    repo.copies_to(path).any(|command| match &command.action {
        Action::Copy(copy) => {
            let has_folder = copy.destination.value.contains('/');
            let mut sources = copy.sources.iter().filter(|it| is_beside || has_folder || it.value.contains('/'));
            sources.any(|it| is_it(&it.value, &command.directory, template))
        }
        _ => false,
    })
}

/// Returns what the name of an env file says beside being one: `prod` of `.env.prod.example`.
pub fn words(path: &str) -> Vec<String> {
    let name = path.rsplit('/').next().unwrap_or(path).to_ascii_lowercase();
    let dull = ["", "env", "example", "template", "sample", "dist", "tmpl", "default", "defaults", "examples"];
    let mut words: Vec<String> =
        name.split(['.', '-', '_']).filter(|it| !dull.contains(it)).map(str::to_string).collect();
    words.sort();
    words
}

fn folder(path: &str) -> &str {
    path.rsplit_once('/').map_or(".", |it| it.0)
}

/// Returns the entry of a file that sets or documents a name, also behind the prefix of an environment.
pub fn entry<'a>(file: &'a EnvFile, name: &str) -> Option<&'a EnvEntry> {
    file.mention(name).or_else(|| {
        if !file.is_template {
            return None;
        }
        file.behind_prefix(name)
    })
}

/// Looks a name up in one file.
pub fn in_file(repo: &Repo, path: &str, name: &str) -> Answer {
    let found = |it: &EnvEntry, by, is_trusted: bool| {
        let value = (is_trusted && !it.is_commented).then(|| it.value.value.clone());
        Answer::Set(Found { span: it.name.span, value, by })
    };
    match content(repo, path) {
        Content::File(file) => match file.get(name).or_else(|| entry(file, name).filter(|_| file.is_template)) {
            Some(it) => found(it, By::EnvFile, !file.is_encrypted),
            None => Answer::Unset,
        },
        Content::Templates(list) => match list.iter().find_map(|it| entry(it, name)) {
            Some(it) => found(it, By::Template, true),
            None => Answer::Unset,
        },
        Content::Unknown => Answer::Unknown,
    }
}

/// Returns what fills `${name}` in an environment.
pub fn interpolated(repo: &Repo, environment: &Environment, name: &str) -> Answer {
    let mut is_unknown = environment.is_partial;
    for path in sourced(repo, environment) {
        if let Answer::Set(found) = in_file(repo, &path, name) {
            return Answer::Set(found);
        }
    }
    for file in environment.interpolation_files.iter().rev() {
        match in_file(repo, &file.path, name) {
            Answer::Set(found) => return Answer::Set(found),
            // The `.env` that compose looks for by itself is often not there at all.
            Answer::Unknown => {
                is_unknown |=
                    file.span.is_some() || repo.env_file(&file.path).is_some() || repo.is_written_unseen(&file.path);
            }
            Answer::Unset => {}
        }
    }
    if let Some((span, value)) = ambient(repo, name) {
        return Answer::Set(Found { span, value, by: By::Ambient });
    }
    // A stack has nothing but the shell of whoever deploys it; without a command nothing is known of that.
    is_unknown |= environment.dialect == Dialect::Swarm && environment.interpolation_files.is_empty();
    if is_unknown { Answer::Unknown } else { Answer::Unset }
}

/// Returns the env files that the shell has sourced when it starts an environment.
fn sourced(repo: &Repo, environment: &Environment) -> Vec<String> {
    let Source::Command { span } = &environment.source else { return Vec::new() };
    let command = repo.facts.commands.iter().find(|it| it.span == *span);
    let path = |command: &Command, file: &Text| normalize(&format!("{}/{}", command.directory, file.value));
    command.map(|it| it.sourced.iter().filter_map(|file| path(it, file)).collect()).unwrap_or_default()
}

/// Returns a place outside env files that gives a program a variable, with its value if it is a literal: an export, a
/// workflow, a Makefile, `X=… command`.
pub fn ambient(repo: &Repo, name: &str) -> Option<(Span, Option<String>)> {
    repo.ambient_of(name).cloned()
}

/// Returns how a variable gets into the container of a service.
pub fn in_container(repo: &Repo, environment: &Environment, service: &Service, name: &str) -> Answer {
    if let Some(variable) = service.variable(name) {
        return match &variable.value {
            Some(value) => Answer::Set(Found {
                span: variable.name.span,
                value: Some(value.value.clone()).filter(|it| !it.contains('$')),
                by: By::Environment,
            }),
            None => interpolated(repo, environment, name),
        };
    }
    let mut is_unknown = environment.is_partial;
    for file in service.env_files.iter().rev() {
        let path = normalize(&format!("{}/{}", environment.directory, file.path.value));
        match path.map(|it| in_file(repo, &it, name)) {
            Some(Answer::Set(found)) => return Answer::Set(found),
            Some(Answer::Unset) => {}
            Some(Answer::Unknown) | None => is_unknown = true,
        }
    }
    if let Some(code) = code::of_service(repo, environment, service)
        && code.image_variables.contains(name)
    {
        return Answer::Set(Found { span: service.name.span, value: None, by: By::Image });
    }
    if is_unknown { Answer::Unknown } else { Answer::Unset }
}

impl Answer {
    /// Returns the place, if the variable is set.
    pub fn found(self) -> Option<Found> {
        if let Answer::Set(found) = self { Some(found) } else { None }
    }

    /// Returns whether it is certain that nothing sets it.
    pub fn is_unset(&self) -> bool {
        matches!(self, Answer::Unset)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_an_env_file_leave_out_what_every_one_says() {
        let cases =
            [(".env", ""), (".env.example", ""), (".env.prod.example", "prod"), ("a/env.docker.template", "docker")];
        for (path, expected) in cases {
            assert_eq!(words(path).join(" "), expected, "{path}");
        }
    }
}
