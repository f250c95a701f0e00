//! `env-script-undocumented`.

use std::collections::{BTreeMap, BTreeSet};

use super::{is_from_the_shell, mention_anywhere};
use crate::diag::{Code, Level};
use crate::repo::Repo;
use crate::repo::env_wrapper::is_loud_name;
use crate::repo::fact::{Absent, Action, Command, EnvFile, EnvSet, Language, SetBy};
use crate::repo::known_variable;
use crate::repo::provenance;
use crate::repo::provenance::Content;
use crate::rules::{Findings, Rule};
use crate::source::{FileId, Span, normalize};

/// A script's variable that the file it sources does not have.
pub static RULE: Rule = Rule {
    code: Code { id: "ENV031", name: "env-script-undocumented" },
    level: Level::Warning,
    summary: "a script sources an env file and uses a variable that neither that file nor its template has",
    docs: r#"
## What it does
Finds variables without a default in scripts that `source` an env file, where neither the file or its template, nor
the script, a Makefile or a workflow sets them.
## Why it matters
With `set -u` the script stops; without, it goes on with an empty text. Whoever makes the env file from the template
cannot know that the variable belongs there.
## Example
```sample
#- scripts/deploy.sh
set -euo pipefail
source .env
#      ~~~~ it sources this
ssh "$VPS_HOST" uptime
#     ^^^^^^^^ warning: nothing that this script sources has `VPS_HOST`, and no template names it
echo "$TOPIC $HOME ${REGION:-eu}"
#- .env.template
TOPIC=
```
## Silent
```sample
#- scripts/deploy.sh
set -euo pipefail
source .env
ssh "$VPS_HOST" uptime
#- .env.template
PROD_VPS_HOST=
#- scripts/other.sh
echo "$ANYTHING"
```
"#,
    run,
};

fn run(repo: &Repo, findings: &mut Findings) {
    let mut sourced: BTreeMap<FileId, Vec<(&Command, String, Span)>> = BTreeMap::new();
    for command in repo.facts.commands.iter().filter(|it| !it.is_remote) {
        if let Action::Source { file, .. } = &command.action {
            let path = normalize(&format!("{}/{}", command.directory, file.value)).unwrap_or_default();
            sourced.entry(command.file).or_default().push((command, path, file.span));
        }
    }
    let mut told = BTreeSet::new();
    for read in repo.facts.reads.iter().filter(|it| it.language == Language::Shell && !it.in_test && !it.is_prefix) {
        let name = &read.name.value;
        let file = read.name.span.file;
        let Some(sources) = sourced.get(&file) else { continue };
        if !matches!(read.absent, Absent::Fails | Absent::Nothing) || is_known(repo, file, name) {
            continue;
        }
        let contents: Vec<Vec<&EnvFile>> = sources.iter().map(|it| files(repo, &it.1)).collect();
        // Where another env file has it, `shell-variable-elsewhere` says so.
        if mention_anywhere(repo, name).is_some() {
            continue;
        }
        // Who calls the script exports it: a job of GitLab, a workflow.
        if provenance::ambient(repo, name).is_some_and(|it| calls(repo, it.0.file, repo.path(file))) {
            continue;
        }
        // A file that cannot be seen may have anything.
        if contents.iter().any(Vec::is_empty)
            || contents.iter().flatten().any(|it| provenance::entry(it, name).is_some())
        {
            continue;
        }
        // Code after a test of the variable, or a later line, says the same once more.
        if !told.insert((file, name.clone())) || is_tested(repo, file, name) {
            continue;
        }
        let message = format!("nothing that this script sources has `{name}`, and no template names it");
        // Without `set -u` the script goes on, and may well mean to: a switch is off unless somebody sets it.
        let level = if read.absent == Absent::Fails { RULE.level } else { Level::Info };
        let finding = RULE.finding_at(level, read.name.span, message).also(sources[0].2, "it sources this");
        let template = contents[0][0];
        let finding = finding.help(format!("add `{name}` to `{}`", template.path));
        findings.push(super::undocumented::append(finding, template, name));
    }
}

fn files<'a>(repo: &'a Repo, path: &str) -> Vec<&'a EnvFile> {
    match provenance::content(repo, path) {
        Content::File(file) => vec![file],
        Content::Templates(list) => list,
        Content::Unknown => Vec::new(),
    }
}

fn is_known(repo: &Repo, file: FileId, name: &str) -> bool {
    // What another script sets for itself is not set here, and `X=… command` is for that command.
    let sets = |it: &EnvSet| match it.by {
        SetBy::Shell => it.name.span.file == file,
        SetBy::Workflow | SetBy::Make => true,
        _ => false,
    };
    let path = repo.path(file);
    let script = path.rsplit('/').next().unwrap_or(path);
    let is_given = |it: &Command| {
        it.variables.iter().any(|it| it.0.value == name) && it.words.iter().any(|it| it.text.ends_with(script))
    };
    is_from_the_shell(name)
        || known_variable::is_library_variable(name)
        || !is_loud_name(name)
        || repo.facts.sets.iter().any(|it| it.name.value == name && sets(it))
        || repo.facts.commands.iter().any(is_given)
}

/// Returns whether a file runs a script.
fn calls(repo: &Repo, file: FileId, script: &str) -> bool {
    let name = script.rsplit('/').next().unwrap_or(script);
    repo.facts.commands.iter().filter(|it| it.file == file).any(|it| match &it.action {
        Action::Script { script, .. } => script.value.rsplit('/').next() == Some(name),
        _ => false,
    })
}

/// Returns whether the script copes without the variable somewhere: it has a default, or is asked for.
fn is_tested(repo: &Repo, file: FileId, name: &str) -> bool {
    repo.facts.reads.iter().any(|it| {
        it.name.span.file == file && it.name.value == name && matches!(it.absent, Absent::Default(_) | Absent::Computed)
    })
}
