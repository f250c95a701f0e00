//! Which programs read which env file: each has rules of its own for quotes, comments and `$`.

use std::collections::HashMap;

use super::Repo;
use super::environment;
use super::fact::{Action, Command, CommandHost, Text};
use crate::source::{FileId, Span, normalize};
use crate::syntax::dotenv::Dialect;

/// A program that reads an env file.
#[derive(Clone, Debug)]
pub struct EnvReader {
    /// The path of the file, which need not exist.
    pub path: String,
    /// Whose rules apply.
    pub dialect: Dialect,
    /// Where it is said that this program reads this file.
    pub span: Span,
    /// Whether the same script or job wrote the file, line by line, so that no template says what it holds.
    pub is_own: bool,
}

/// Returns all readers, in the order compose, commands, Makefiles, settings classes.
pub fn all(repo: &Repo) -> Vec<EnvReader> {
    let mut found = Vec::new();
    for environment in &repo.environments {
        let dialect = match environment.dialect {
            environment::Dialect::Swarm => Dialect::SwarmEnvFile,
            environment::Dialect::Compose => Dialect::ComposeEnvFile,
        };
        for file in environment.model.services.iter().flat_map(|it| &it.env_files).filter(|it| !it.is_raw) {
            push(&mut found, &environment.directory, &file.path, dialect);
        }
        for file in &environment.interpolation_files {
            if let (Some(span), environment::Dialect::Compose) = (file.span, environment.dialect)
                && span.end > span.start
            {
                found.push(EnvReader {
                    path: file.path.clone(),
                    dialect: Dialect::ComposeInterpolation,
                    span,
                    is_own: false,
                });
            }
        }
    }
    // A document shows how somebody might do it; that somebody has another file.
    let written = written(repo);
    for command in repo.facts.commands.iter().filter(|it| it.host != CommandHost::Document) {
        let n = found.len();
        of_command(command, &mut found);
        found[n..].iter_mut().for_each(|it| it.is_own = is_own(repo, &written, command, &it.path));
    }
    for makefile in &repo.facts.makefiles {
        let folder = makefile.path.rsplit_once('/').map_or(".", |it| it.0);
        makefile.includes.iter().for_each(|it| push(&mut found, folder, it, Dialect::Make));
    }
    for class in &repo.facts.settings {
        for file in &class.env_files {
            // Relative to where the process runs: the root, or some folder above the class.
            let folders = std::iter::once(".").chain(class.path.match_indices('/').map(|it| &class.path[..it.0]));
            for folder in folders {
                let path = normalize(&format!("{folder}/{}", file.value));
                if let Some(path) = path.filter(|it| repo.env_file(it).is_some()) {
                    found.push(EnvReader { path, dialect: Dialect::PythonDotenv, span: file.span, is_own: false });
                }
            }
        }
    }
    found
}

/// The first place of each script or job that writes a line of an env file.
type Written<'a> = HashMap<(FileId, Option<&'a str>, &'a str), u32>;

fn written(repo: &Repo) -> Written<'_> {
    let mut found = Written::new();
    for set in &repo.facts.sets {
        let Some(into) = &set.into else { continue };
        let span = set.name.span;
        found.entry((span.file, set.scope.as_deref(), into)).or_insert(span.start);
    }
    found
}

/// Returns whether a command reads what its own script or job wrote, and not a copy of another file.
fn is_own(repo: &Repo, written: &Written<'_>, command: &Command, path: &str) -> bool {
    let first = written.get(&(command.file, command.scope.as_deref(), path));
    first.is_some_and(|it| *it < command.span.start) && !repo.copies_to(path).any(|it| it.file == command.file)
}

fn push(found: &mut Vec<EnvReader>, folder: &str, path: &Text, dialect: Dialect) {
    if let Some(joined) = normalize(&format!("{folder}/{}", path.value)) {
        found.push(EnvReader { path: joined, dialect, span: path.span, is_own: false });
    }
}

fn of_command(command: &Command, found: &mut Vec<EnvReader>) {
    let mut add = |path: &Text, dialect| push(found, &command.directory, path, dialect);
    match &command.action {
        Action::Source { file, .. } => add(file, Dialect::Bash),
        Action::Run { env_files, .. } => env_files.iter().for_each(|it| add(it, Dialect::DockerRun)),
        _ => {}
    }
    let program = command.words.first().map_or("", |it| it.text.as_str());
    let flags: &[(&str, &str, Dialect)] = &[
        ("node", "--env-file", Dialect::NodeEnvFile),
        ("tsx", "--env-file", Dialect::NodeEnvFile),
        ("kubectl", "--from-env-file", Dialect::Kubectl),
        ("dotenv", "-e", Dialect::NodeDotenv),
    ];
    for (_, flag, dialect) in flags.iter().filter(|it| it.0 == program) {
        for (at, word) in command.words.iter().enumerate() {
            let rest = word.text.strip_prefix(flag).filter(|it| it.is_empty() || it.starts_with('='));
            let path = match rest {
                Some("") => command.words.get(at + 1).map(|it| it.text.clone()),
                Some(rest) => Some(rest[1..].to_string()),
                None => None,
            };
            if let Some(path) = path.filter(|_| !word.is_dynamic) {
                add(&Text::new(path, word.span), *dialect);
            }
        }
    }
}
