//! Services that a command leaves out: those that it starts wait for them, and a file beside the ones that it names has
//! them. One `-f` too few is one mistake, however many services miss something.

use std::collections::{BTreeMap, BTreeSet};

use crate::diag::Diagnostic;
use crate::repo::Repo;
use crate::repo::compose::File;
use crate::repo::environment::{Environment, Source};
use crate::repo::fact::{Command, Text};
use crate::rules::existence::level;

/// What a command leaves out.
pub struct LeftOut<'r> {
    command: &'r Command,
    /// The files that have it, with the services and where they are waited for first.
    files: BTreeMap<&'r str, Vec<&'r Text>>,
}

impl<'r> LeftOut<'r> {
    /// Finds what the command of an environment leaves out, if anything.
    pub fn of(repo: &'r Repo, environment: &'r Environment) -> Option<LeftOut<'r>> {
        let Source::Command { span } = &environment.source else { return None };
        let mut files: BTreeMap<&str, Vec<&Text>> = BTreeMap::new();
        let (mut seen, mut parts): (_, BTreeMap<&str, bool>) = (BTreeSet::new(), BTreeMap::new());
        // What defines the same services is another way to start them.
        let is_other =
            |it: &File| it.model.services.iter().any(|it| environment.model.service(&it.name.value).is_some());
        let needed = environment.model.services.iter().flat_map(|it| &it.depends_on).filter(|it| it.is_required);
        for name in needed.map(|it| &it.service).filter(|it| environment.model.service(&it.value).is_none()) {
            if !seen.insert(&name.value) {
                continue;
            }
            let Some(file) = repo.defines(&environment.directory, &name.value) else { continue };
            if *parts.entry(&file.path).or_insert_with(|| !is_other(file)) {
                files.entry(&file.path).or_default().push(name);
            }
        }
        let command = repo.facts.commands.iter().find(|it| it.span == *span && !files.is_empty())?;
        Some(LeftOut { command, files })
    }

    /// Returns whether a service is among them, or beside them.
    pub fn has(&self, repo: &Repo, environment: &Environment, name: &str) -> bool {
        repo.defines(&environment.directory, name).is_some_and(|it| self.files.contains_key(it.path.as_str()))
    }

    /// Returns the one finding, made by the rule for what is waited for.
    pub fn finding(&self, rule: &crate::rules::Rule, environment: &Environment) -> Diagnostic {
        let services = self.files.values().flatten().map(|it| format!("`{}`", it.value)).collect::<Vec<_>>();
        let files: Vec<&str> = self.files.keys().copied().collect();
        let first = &environment.compose_files[0];
        let message = format!("this starts `{first}` without {}, which it waits for", services.join(", "));
        let help = format!("add `-f` for {}, which has them, in front", files.join(" and "));
        let finding = rule.finding_at(level(self.command), self.command.span, message).help(help);
        self.files.values().flatten().fold(finding, |it, name| it.also(name.span, "it is waited for here"))
    }
}
