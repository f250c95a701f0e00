//! What the `check` section of a spec says about the repository, and whether it is so.

use std::collections::BTreeSet;

use crate::diag::{Diagnostic, did_you_mean};
use crate::ir::System;
use crate::ops::spec_check::SpecCheck;
use crate::repo::Repo;
use crate::repo::fact::{Action, Text};
use crate::repo::hint::{Hints, SettingsHint};
use crate::rules::RULES;
use crate::rules::config::names_nothing::{EXCLUDES_NOTHING, NAMES_NOTHING};
use crate::rules::selection::is_known;
use crate::spec;
use crate::spec::check::Settings;

/// The levels of `check.levels`.
const LEVELS: [&str; 4] = ["error", "warning", "info", "off"];

/// Returns the minor version of `1.33`.
fn minor(version: &str) -> Option<u32> {
    version.strip_prefix("1.").and_then(|it| it.parse().ok())
}

impl SpecCheck {
    /// Returns what readers are to know before they start.
    pub(super) fn hints(&self) -> Hints {
        let places = |list: &[spec::text::Text]| list.iter().map(|it| self.at(&it.value)).collect();
        let settings = self.check.settings.iter().filter_map(|it| {
            let (path, class) = it.class.value.rsplit_once(':')?;
            Some(SettingsHint {
                path: self.at(path),
                class: class.to_string(),
                nested: it.nested.as_ref().map(|it| it.value.to_string()),
                services: it.services.iter().map(|it| it.value.to_string()).collect(),
            })
        });
        Hints {
            settings: settings.collect(),
            fixtures: self.check.fixtures.iter().map(|it| self.at(&it.file.value)).collect(),
            test_env_files: Vec::new(),
            readers: places(&self.check.readers.0),
            transfers: places(&self.check.transfers.0),
            references: places(&self.check.references.0),
            kubernetes: self.check.kubernetes.as_ref().and_then(|it| minor(&it.value)),
        }
    }

    /// Adds the env files of the environments that tests run with.
    pub(super) fn test_environments(&self, repo: &mut Repo, system: Option<&System>) {
        let mut files = Vec::new();
        for env in self.check.fixtures.iter().filter_map(|it| it.env.as_ref()) {
            let own = system.and_then(|it| it.environments.iter().find(|it| *it.name == *env.value));
            let found: Vec<String> = match own {
                Some(it) => it.env_files.iter().map(|it| self.at(&it.path.value)).collect(),
                None => derived(repo, &env.value),
            };
            files.extend(found.into_iter().map(|it| Text::new(it, env.span)));
        }
        repo.hints.test_env_files = files;
    }

    /// Tells what the section names and the repository does not have.
    pub(super) fn look_up(&self, repo: &Repo, system: Option<&System>, found: &mut Vec<Diagnostic>) {
        if let Some(it) = self.check.kubernetes.as_ref().filter(|it| minor(&it.value).is_none()) {
            let message = format!("`{}` is no version of Kubernetes", it.value);
            found.push(NAMES_NOTHING.finding(it.span, message).help("write it as `1.33`"));
        }
        self.check.settings.iter().for_each(|it| self.class(it, repo, system, found));
        for fixture in &self.check.fixtures {
            self.place(&fixture.file, repo, found);
            if let Some(env) = &fixture.env {
                environment(env, repo, system, found);
            }
        }
        let places = [&self.check.readers, &self.check.transfers, &self.check.references];
        places.into_iter().flat_map(|it| &it.0).for_each(|it| self.place(it, repo, found));
        self.check.transfers.0.iter().for_each(|it| self.transfer(it, repo, found));
        let excludes = self.check.exclude.0.iter().filter(|it| !repo.has_place(&self.pattern(&it.value)));
        for it in excludes {
            let message = format!("nothing in the repository fits `{}`", it.value);
            found.push(EXCLUDES_NOTHING.finding(it.span, message).help("correct the pattern, or remove it"));
        }
        self.codes(found);
    }

    fn class(&self, it: &Settings, repo: &Repo, system: Option<&System>, found: &mut Vec<Diagnostic>) {
        let place = it.class.span;
        let Some((path, class)) = it.class.value.rsplit_once(':') else {
            let message = format!("`{}` is not `file.py:Class`", it.class.value);
            return found.push(NAMES_NOTHING.finding(place, message));
        };
        let at = self.at(path);
        if repo.files.iter().all(|it| *it.path != *at) {
            let files = || repo.facts.settings.iter().map(|it| it.path.as_str());
            let near = did_you_mean(&at, files()).or_else(|| {
                let other = repo.facts.settings.iter().find(|it| it.name.value == class && !it.in_test);
                other.map(|it| it.path.as_str())
            });
            let finding = NAMES_NOTHING.finding(place, format!("there is no file `{path}`"));
            found.push(finding.maybe_help(near.map(|it| format!("did you mean `{it}:{class}`?"))));
        } else if !repo.facts.settings.iter().any(|it| it.path == at && it.name.value == class) {
            let classes: Vec<&str> = repo.facts.settings.iter().map(|it| it.name.value.as_str()).collect();
            let own: Vec<&str> =
                repo.facts.settings.iter().filter(|it| it.path == at).map(|it| it.name.value.as_str()).collect();
            let near = did_you_mean(class, own.iter().copied()).or(own.first().copied());
            let near = near.or_else(|| did_you_mean(class, classes));
            let finding = NAMES_NOTHING.finding(place, format!("`{path}` has no settings class `{class}`"));
            found.push(finding.maybe_help(near.map(|it| format!("did you mean `{it}`?"))));
        }
        let services = services(repo, system);
        for name in it.services.iter().filter(|it| !services.contains(&*it.value)) {
            found.push(unknown("service", name, services.iter().copied()));
        }
    }

    fn place(&self, it: &spec::text::Text, repo: &Repo, found: &mut Vec<Diagnostic>) {
        let at = self.at(&it.value);
        if !repo.has_place(&at) {
            let paths = repo.files.iter().map(|it| &*it.path);
            let near = did_you_mean(&at, paths).map(|it| format!("did you mean `{it}`?"));
            let message = format!("there is no file or folder `{}`", it.value);
            found.push(NAMES_NOTHING.finding(it.span, message).maybe_help(near));
        }
    }

    fn transfer(&self, it: &spec::text::Text, repo: &Repo, found: &mut Vec<Diagnostic>) {
        let hints = Hints { transfers: vec![self.at(&it.value)], ..Hints::default() };
        let copies = |command: &crate::repo::fact::Command| {
            matches!(&command.action, Action::Copy(_) | Action::GitPull) && hints.is_transfer(&command.path)
        };
        if repo.has_place(&hints.transfers[0]) && !repo.facts.commands.iter().any(copies) {
            let message = format!("nothing in `{}` copies files to a machine", it.value);
            let help = "name the script or workflow that runs scp, rsync or a step that copies";
            found.push(NAMES_NOTHING.finding(it.span, message).help(help));
        }
    }

    fn codes(&self, found: &mut Vec<Diagnostic>) {
        let lists = self.check.select.0.iter().chain(&self.check.ignore.0);
        let lists = lists.map(|it| (&*it.value, it.span));
        let levels = self.check.levels.iter().map(|(code, level)| (code.as_str(), level.span));
        for (word, span) in lists.chain(levels).filter(|it| !is_known(it.0)) {
            let names = RULES.iter().flat_map(|it| [it.code.id, it.code.name]);
            let near = did_you_mean(word, names).map(|it| format!("did you mean `{it}`?"));
            found.push(NAMES_NOTHING.finding(span, format!("no rule is called `{word}`")).maybe_help(near));
        }
        for level in self.check.levels.values().filter(|it| !LEVELS.contains(&&*it.value.value)) {
            let level = &level.value;
            found.push(unknown("level", level, LEVELS));
        }
    }
}

/// Returns the env files of an environment that only the repository's files make.
fn derived(repo: &Repo, name: &str) -> Vec<String> {
    let environment = repo.environments.iter().find(|it| it.name == name);
    let files = environment.into_iter().flat_map(|it| &it.interpolation_files);
    files.map(|it| it.path.clone()).filter(|it| repo.env_file(it).is_some()).collect()
}

fn environment(env: &spec::text::Text, repo: &Repo, system: Option<&System>, found: &mut Vec<Diagnostic>) {
    let own = system.iter().flat_map(|it| &it.environments).map(|it| it.name.as_str());
    let names: BTreeSet<&str> = own.chain(repo.environments.iter().map(|it| it.name.as_str())).collect();
    if !names.contains(&*env.value) {
        found.push(unknown("environment", env, names));
    }
}

fn services<'a>(repo: &'a Repo, system: Option<&'a System>) -> BTreeSet<&'a str> {
    let own = system.into_iter().flat_map(|it| &it.environments).flat_map(|it| &it.services);
    let others = repo.environments.iter().flat_map(|it| it.model.service_names());
    own.map(|it| it.name.as_str()).chain(others).collect()
}

fn unknown<'a>(what: &str, it: &spec::text::Text, known: impl IntoIterator<Item = &'a str>) -> Diagnostic {
    let known: Vec<&str> = known.into_iter().collect();
    let help = match did_you_mean(&it.value, known.iter().copied()) {
        Some(near) => Some(format!("did you mean `{near}`?")),
        None if known.is_empty() => None,
        None => Some(format!("there are {}", known.join(", "))),
    };
    NAMES_NOTHING.finding(it.span, format!("there is no {what} `{}`", it.value)).maybe_help(help)
}
