//! `make-target-unknown`.

use std::collections::{BTreeMap, BTreeSet};

use crate::diag::{Code, Diagnostic, Level, nearest};
use crate::repo::Repo;
use crate::repo::fact::{Action, Command, CommandHost, Makefile, Text};
use crate::rules::existence::{folder, is_historical, level, will_be_there};
use crate::rules::{Findings, Rule};
use crate::source::normalize;

/// `make` of a target that no Makefile has.
pub static RULE: Rule = Rule {
    code: Code { id: "REF004", name: "make-target-unknown" },
    level: Level::Error,
    summary: "a command makes a target that the Makefile does not have",
    docs: r#"
## What it does
Looks up the targets of `make …` in scripts, workflows, other recipes and documents, and what a target needs first.
## Why it matters
Targets are renamed more often than the texts that mention them: "No rule to make target".
## Example
```sample
#- Makefile
dev-env:
#~~~~~~ this one is
	touch .env
up: dev-env
	$(MAKE) sed-data
#        ^^^^^^^^ error: no target is called `sed-data`
seed-data:
#~~~~~~~~ this one is
	echo
deploy: seed-dta
#       ^^^^^^^^ error: no target is called `seed-dta`
	echo
#- .github/workflows/ci.yml
jobs:
  test:
    steps:
      - run: make dev-nev
#                 ^^^^^^^ error: no target is called `dev-nev`
#- README.md
Run `make start` first.
#         ^^^^^ warning: no target is called `start`
```
## Silent
```sample
#- Makefile
include other.mk
build-%:
	echo $*
dist: tool-cache node_modules $(BINARIES)
	mkdir dist
tool-cache:
	mkdir $@
#- other.mk
test:
	echo
#- parts/Makefile
include Makefile.clean
include Makefile.aux
#- parts/Makefile.aux
fresh: clean-all
	echo
#- parts/Makefile.clean
clean-all:
	echo
#- run.sh
make build-x test dist "$TARGET" VERBOSE=1
make -C vendor/lib all
make -f other.mk whatever
#- README.md
To build it, make sure that `make test` passes. `make <target>`.
```
"#,
    run,
};

fn run(repo: &Repo, findings: &mut Findings) {
    for command in repo.facts.commands.iter().filter(|it| it.elsewhere.is_none() && !it.is_remote) {
        let Action::Make { targets, directory } = &command.action else { continue };
        if command.words.first().is_none_or(|it| it.is_dynamic) {
            continue;
        }
        let makefiles = makefiles(repo, command, directory.as_ref());
        if makefiles.is_empty() || makefiles.iter().any(|it| is_open(repo, it)) {
            continue;
        }
        // In prose, what follows the first target may be anything.
        let n = if command.host == CommandHost::Document { 1 } else { targets.len() };
        for target in targets.iter().take(n) {
            let place = (command.directory.as_str(), level(command));
            judge(repo, place, (target, &makefiles), findings);
        }
    }
    let includes = Includes::of(repo);
    for makefile in &repo.facts.makefiles {
        prerequisites(repo, (makefile, &includes), findings);
    }
    if repo.facts.makefiles.is_empty() && !makes_a_makefile(repo) {
        findings.push_maybe(without_makefile(repo));
    }
}

/// Returns whether something here writes a Makefile, or brings the one of another project.
fn makes_a_makefile(repo: &Repo) -> bool {
    let sources =
        ["CMakeLists.txt", "configure", "configure.ac", "Makefile.in", "Makefile.am", "Makefile.PL", "meson.build"];
    !repo.tree.submodules().is_empty() || sources.iter().any(|it| repo.tree.named(it).next().is_some())
}

/// Tells of texts that make several targets in a repository without any Makefile. One alone may be that of a program
/// which is built on the way.
fn without_makefile(repo: &Repo) -> Option<Diagnostic> {
    let is_here = |it: &&Command| {
        let is_plain = it.elsewhere.is_none() && !it.is_remote && it.host != CommandHost::Dockerfile;
        is_plain && it.words.first().is_some_and(|it| it.text == "make") && !is_historical(&it.path)
    };
    let target = |it: &'_ Command| match &it.action {
        Action::Make { targets, directory: None } => targets.first().filter(|it| is_own(&it.value)).cloned(),
        _ => None,
    };
    let mut made: Vec<(&Command, Text)> =
        repo.facts.commands.iter().filter(is_here).filter_map(|it| Some((it, target(it)?))).collect();
    let mut seen = BTreeSet::new();
    made.retain(|it| seen.insert(it.1.value.clone()));
    let ((command, first), others) = made.split_first().filter(|it| !it.1.is_empty())?;
    let message = format!("no Makefile is in the repository, and so no target `{}`", first.value);
    let finding = RULE.finding_at(level(command).min(Level::Warning), first.span, message);
    let finding = others.iter().fold(finding, |finding, it| finding.also(it.1.span, "nor this one"));
    let just = ["justfile", "Justfile", ".justfile"].iter().any(|it| repo.tree.has_file(it));
    Some(finding.help(if just { "write `just` in place of `make`" } else { "add the Makefile, or correct the text" }))
}

/// Returns whether a target is one that a project gives a name to, rather than one that every program is built with.
fn is_own(name: &str) -> bool {
    let common = ["all", "install", "clean", "check", "build", "test", "distclean", "defconfig", "menuconfig"];
    name.len() > 1 && !common.contains(&name) && name.bytes().all(|it| it.is_ascii_lowercase() || it == b'-')
}

/// Which Makefiles include one, by its path.
struct Includes<'r>(BTreeMap<String, Vec<&'r Makefile>>);

impl<'r> Includes<'r> {
    fn of(repo: &'r Repo) -> Includes<'r> {
        let mut found: BTreeMap<String, Vec<&Makefile>> = BTreeMap::new();
        for makefile in &repo.facts.makefiles {
            for path in makefile.includes.iter().filter_map(|it| included(makefile, it)) {
                found.entry(path).or_default().push(makefile);
            }
        }
        Includes(found)
    }

    /// Returns a Makefile with all that are read together with it: a part of one has the targets of all others.
    fn family(&self, repo: &'r Repo, makefile: &'r Makefile) -> Vec<&'r Makefile> {
        let (mut found, mut at) = (vec![makefile], 0);
        let mut seen = BTreeSet::from([makefile.path.as_str()]);
        while let Some(part) = found.get(at).copied() {
            let outer = self.0.get(&part.path).into_iter().flatten().copied();
            found.extend(outer.filter(|it| seen.insert(it.path.as_str())));
            at += 1;
        }
        with_included(repo, found)
    }
}

/// Returns the path of what a Makefile includes, from the root.
fn included(makefile: &Makefile, include: &Text) -> Option<String> {
    normalize(&format!("{}/{}", folder(&makefile.path), include.value))
}

/// A Makefile that lacks more than this has its rules from somewhere else.
const MOST: usize = 50;

/// What a target needs first is a target, or a file that is there or that somebody makes.
fn prerequisites(repo: &Repo, (makefile, includes): (&Makefile, &Includes), findings: &mut Findings) {
    let is_main = makefile.path.rsplit('/').next().is_some_and(|it| it.to_ascii_lowercase().contains("makefile"));
    if !is_main || !makefile.includes.is_empty() || makefile.targets.iter().any(|it| it.name.value.contains(['$', '*']))
    {
        return;
    }
    let at = folder(&makefile.path);
    // One that is named like a folder or a program may be one that is built.
    let is_name = |it: &&Text| it.value.contains('-') && !it.value.contains(['.', '/', '$', '(', ')', '%', '*']);
    let known: BTreeSet<&str> = makefile.targets.iter().map(|it| it.name.value.as_str()).collect();
    let mut seen = BTreeSet::new();
    let list = makefile.targets.iter().flat_map(|it| &it.prerequisites).filter(is_name);
    let list = list.filter(|it| !known.contains(it.value.as_str()) && seen.insert(it.value.as_str()));
    let is_there = |it: &Text| normalize(&format!("{at}/{}", it.value)).is_some_and(|it| will_be_there(repo, &it));
    let missing: Vec<&Text> = list.filter(|it| !is_there(it)).take(MOST).collect();
    let family = if missing.is_empty() { Vec::new() } else { includes.family(repo, makefile) };
    if family.iter().any(|it| is_open(repo, it)) {
        return;
    }
    for it in missing {
        judge(repo, (at, Level::Error), (it, &family), findings);
    }
}

/// Returns the Makefiles that a command may mean, and those they include.
fn makefiles<'r>(repo: &'r Repo, command: &Command, directory: Option<&Text>) -> Vec<&'r Makefile> {
    let at = directory.map_or(".", |it| &it.value);
    let Some(path) = normalize(&format!("{}/{at}", command.directory)) else { return Vec::new() };
    let is_main = |it: &&Makefile| {
        let name = it.path.rsplit('/').next().unwrap_or("").to_ascii_lowercase();
        matches!(&*name, "makefile" | "gnumakefile")
    };
    let own = |it: &&Makefile| is_main(it) && folder(&it.path) == path;
    let mut found: Vec<&Makefile> = repo.facts.makefiles.iter().filter(own).collect();
    if !command.is_directory_certain && directory.is_none() {
        // A document may mean any of them.
        found.extend(repo.facts.makefiles.iter().filter(is_main));
    }
    with_included(repo, found)
}

/// Adds what Makefiles include, and what that includes.
fn with_included<'r>(repo: &'r Repo, mut found: Vec<&'r Makefile>) -> Vec<&'r Makefile> {
    let mut at = 0;
    while let Some(makefile) = found.get(at).copied() {
        for include in &makefile.includes {
            let path = included(makefile, include);
            for other in repo.facts.makefiles.iter().filter(|it| Some(&it.path) == path.as_ref()) {
                if !found.iter().any(|it| it.path == other.path) {
                    found.push(other);
                }
            }
        }
        at += 1;
    }
    found
}

/// Whether a Makefile includes something that cannot be looked into.
fn is_open(repo: &Repo, makefile: &Makefile) -> bool {
    makefile.includes.iter().any(|it| {
        let path = included(makefile, it);
        let is_read = path.as_ref().is_some_and(|path| repo.facts.makefiles.iter().any(|it| it.path == *path));
        let is_env = it.value.contains(".env") || it.value.ends_with("env");
        !is_read && !is_env
    })
}

fn judge(
    repo: &Repo,
    (directory, level): (&str, Level),
    (target, makefiles): (&Text, &[&Makefile]),
    findings: &mut Findings,
) {
    let name = target.value.as_str();
    let is_plain =
        !name.is_empty() && name.bytes().all(|it| it.is_ascii_alphanumeric() || matches!(it, b'_' | b'-' | b'.'));
    let all = || makefiles.iter().flat_map(|it| &it.targets);
    let fits = |pattern: &str| match pattern.split_once('%') {
        Some((start, end)) => name.len() > start.len() + end.len() && name.starts_with(start) && name.ends_with(end),
        None => pattern.contains(['$', '*']) || pattern == name,
    };
    let is_file = normalize(&format!("{directory}/{name}")).is_some_and(|it| repo.tree.exists(&it));
    if !is_plain || is_file || all().any(|it| fits(&it.name.value)) {
        return;
    }
    let near = nearest(name, all().map(|it| it.name.value.as_str()));
    let help =
        near.map_or_else(|| "add the target, or correct the name".to_string(), |it| format!("did you mean `{it}`?"));
    let finding = RULE.finding_at(level, target.span, format!("no target is called `{name}`"));
    let finding = match near.and_then(|near| all().find(|it| it.name.value == near.name)) {
        Some(target) => finding.also(target.name.span, "this one is"),
        None => finding,
    };
    findings.push(finding.help(help).meant(target.span, name, near));
}
