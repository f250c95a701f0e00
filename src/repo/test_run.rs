//! Which variables tests run with: env files that test commands and test code load, and what tests set themselves.

use super::Repo;
use super::fact::{CommandHost, EnvSet, Text};
use super::settings::Entries;
use super::{fact, fact::SetBy};
use crate::source::{Span, normalize};

/// What a run of the tests has.
#[derive(Clone, Default, Debug)]
pub struct TestRun {
    /// Env files of the repository, later ones winning, each with the place that loads it.
    pub files: Vec<(String, Span)>,
    /// Whether some file is loaded that cannot be seen.
    pub has_unknown_files: bool,
}

impl TestRun {
    /// Finds what the least of the test commands loads: a test that only runs with more is not meant by it.
    pub fn of(repo: &Repo) -> TestRun {
        let mut run = TestRun::default();
        let commands = repo.facts.commands.iter().filter(|it| it.host != CommandHost::Document && runs_pytest(it));
        let loads = |command: &fact::Command| -> Vec<(String, Span)> {
            env_file_words(command).into_iter().filter_map(|it| Some((at(command, &it.value)?, it.span))).collect()
        };
        let mut least: Option<Vec<(String, Span)>> = None;
        for command in commands {
            let files = loads(command);
            if least.as_ref().is_none_or(|it| files.len() < it.len()) {
                least = Some(files);
            }
        }
        run.files = least.unwrap_or_default();
        run.files.extend(repo.hints.test_env_files.iter().map(|it| (it.value.clone(), it.span)));
        for load in repo.facts.dotenv_loads.iter().filter(|it| it.in_test) {
            match &load.path {
                Some(path) => run.files.extend(found(repo, &load.by, &path.value).map(|it| (it, path.span))),
                None => run.has_unknown_files |= load.is_dynamic,
            }
        }
        run.has_unknown_files |= run.files.iter().any(|it| repo.env_file(&it.0).is_none_or(|it| it.is_opaque));
        run
    }

    /// Returns the line that gives a variable, the last file first.
    pub fn entry<'a>(&self, repo: &'a Repo, names: &[String]) -> Option<(&'a fact::EnvFile, &'a fact::EnvEntry)> {
        self.files.iter().rev().find_map(|(path, _)| {
            let file = repo.env_file(path)?;
            let is_it = |it: &&fact::EnvEntry| {
                !it.is_commented && names.iter().any(|name| it.name.value.eq_ignore_ascii_case(name))
            };
            Some((file, file.entries.iter().rev().find(is_it)?))
        })
    }
}

/// Returns the places where tests, and nothing else, set a variable.
pub fn sets_in_tests<'a>(repo: &'a Repo, names: &'a [String]) -> impl Iterator<Item = &'a EnvSet> {
    sets(repo, names).filter(|it| it.by == SetBy::Test)
}

/// Returns the places where tests, workflows and scripts set a variable.
pub fn sets<'a>(repo: &'a Repo, names: &'a [String]) -> impl Iterator<Item = &'a EnvSet> {
    let is_it = |it: &&EnvSet| {
        matches!(it.by, SetBy::Test | SetBy::Workflow | SetBy::Shell | SetBy::Inline | SetBy::Make)
            && names.iter().any(|name| it.name.value.eq_ignore_ascii_case(name))
    };
    repo.facts.sets.iter().filter(is_it)
}

fn runs_pytest(command: &fact::Command) -> bool {
    command.words.iter().any(|it| it.text == "pytest" || it.text.ends_with("/pytest") || it.text == "py.test")
}

/// Returns the files of `--env-file`, and those sourced before.
fn env_file_words(command: &fact::Command) -> Vec<Text> {
    let mut files: Vec<Text> = command.sourced.clone();
    for (at, word) in command.words.iter().enumerate() {
        if let Some(path) = word.text.strip_prefix("--env-file=") {
            files.push(Text { value: path.to_string(), span: word.span });
        } else if word.text == "--env-file"
            && let Some(next) = command.words.get(at + 1)
        {
            files.push(Text { value: next.text.clone(), span: next.span });
        }
    }
    files
}

fn at(command: &fact::Command, path: &str) -> Option<String> {
    normalize(&format!("{}/{path}", command.directory))
}

/// Returns the env file that a path in a Python file means: from the root, or from a folder above the file.
fn found(repo: &Repo, by: &str, path: &str) -> Option<String> {
    let mut folder = by.rsplit_once('/').map_or(".", |it| it.0);
    loop {
        let candidate = normalize(&format!("{folder}/{path}"))?;
        if repo.tree.exists(&candidate) {
            return Some(candidate);
        }
        if folder == "." {
            return None;
        }
        folder = folder.rsplit_once('/').map_or(".", |it| it.0);
    }
}

/// Returns whether any env file sets a field at all.
pub fn is_set_somewhere(entries: &Entries, class: &fact::SettingsClass, field: &fact::Field) -> bool {
    entries.of(class, field).iter().any(|it| !it.0.is_template)
}
