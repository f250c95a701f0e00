//! Tasks of package managers, `npm run x`: a part of `script-missing`.

use std::collections::{BTreeMap, BTreeSet};

use super::script_missing::RULE;
use crate::diag::{Level, nearest};
use crate::repo::Repo;
use crate::repo::fact::{Command, CommandHost, Text};
use crate::rules::Findings;
use crate::rules::existence::{folder, is_historical, level};
use crate::source::normalize;

/// What package.json files offer, by their folders.
#[derive(Default)]
pub struct Packages<'r> {
    scripts: BTreeMap<&'r str, BTreeSet<&'r str>>,
    /// The scripts of all of them.
    all: BTreeSet<&'r str>,
    dependencies: BTreeMap<&'r str, &'r [String]>,
}

impl<'r> Packages<'r> {
    /// Collects it.
    pub fn of(repo: &'r Repo) -> Packages<'r> {
        let mut found = Packages::default();
        for command in repo.facts.commands.iter().filter(|it| it.host == CommandHost::Tasks) {
            let Some(name) = command.scope.as_deref() else { continue };
            found.scripts.entry(folder(&command.path)).or_default().insert(name);
            found.all.insert(name);
        }
        found.dependencies = repo.facts.node_packages.iter().map(|it| (folder(&it.path), &*it.dependencies)).collect();
        found
    }

    /// Returns whether a package in a folder, or in one around it, depends on what brings a program.
    fn have_program(&self, directory: &str, program: &str) -> bool {
        let outer = std::iter::successors(Some(directory), |it| (*it != ".").then(|| folder(it)));
        let packages = outer.filter_map(|it| self.dependencies.get(it));
        packages.into_iter().any(|it| it.iter().any(|it| brings(it, program)))
    }

    /// Returns whether any package depends on what brings a program.
    fn any_has_program(&self, program: &str) -> bool {
        self.dependencies.values().any(|it| it.iter().any(|it| brings(it, program)))
    }
}

/// Returns whether a package has a program, by their names: `@biomejs/biome` has `biome`, `@nestjs/cli` has `nest`.
fn brings(package: &str, program: &str) -> bool {
    let others = [("typescript", "tsc"), ("@angular/cli", "ng")];
    let Some((scope, name)) = package.strip_prefix('@').and_then(|it| it.split_once('/')) else {
        return package == program || others.contains(&(package, program));
    };
    name == program
        || program.len() > 2 && scope.starts_with(program)
        || program.strip_prefix(scope).and_then(|it| it.strip_prefix('-')) == Some(name)
        || others.contains(&(package, program))
}

/// `npm run x`: x must be a script of the package.json there. Yarn and Bun also run the programs of dependencies
/// (<https://yarnpkg.com/cli/run>, <https://bun.com/docs/cli/run>); npm and pnpm have `exec` for these.
pub fn judge(
    repo: &Repo,
    packages: &Packages,
    (command, runner, script): (&Command, &str, &Text),
    findings: &mut Findings,
) {
    let options = [
        "--prefix",
        "-C",
        "--dir",
        "--filter",
        "-w",
        "--workspace",
        "--workspaces",
        "-ws",
        "-F",
        "-r",
        "--cwd",
        "workspace",
    ];
    let is_elsewhere = command.words.iter().any(|it| options.iter().any(|option| it.text.starts_with(option)));
    let name = script.value.as_str();
    let is_plain = !name.is_empty()
        && name.bytes().all(|it| it.is_ascii_alphanumeric() || matches!(it, b'_' | b'-' | b':' | b'.'));
    let may_be_missing = command.words.iter().any(|it| it.text == "--if-present");
    if is_elsewhere || !is_plain || may_be_missing {
        return;
    }
    // A runner of workspaces takes the scripts of all packages, and a document may mean any of them.
    let runs_all = command.words.iter().any(|it| matches!(&*it.text, "turbo" | "nx" | "lerna"));
    let is_any = runs_all || !command.is_directory_certain;
    let names = if is_any { Some(&packages.all) } else { packages.scripts.get(&*command.directory) };
    let package = normalize(&format!("{}/package.json", command.directory));
    let has_package = !command.is_directory_certain || package.is_some_and(|it| repo.tree.exists(&it));
    let Some(names) = names.filter(|it| has_package && !it.is_empty() && !it.contains(name)) else { return };
    let has_program = || packages.have_program(&command.directory, name) || is_any && packages.any_has_program(name);
    if matches!(runner, "yarn" | "bun") && has_program() {
        return;
    }
    tell(command, (script, names), findings);
}

fn tell(command: &Command, (script, names): (&Text, &BTreeSet<&str>), findings: &mut Findings) {
    let name = script.value.as_str();
    let near = nearest(name, names.iter().copied());
    let level = if command.host == CommandHost::Document && (near.is_none() || is_historical(&command.path)) {
        Level::Info
    } else {
        level(command)
    };
    let help = near.map_or_else(
        || "add it to `scripts` of the package.json, or correct the name".to_string(),
        |it| format!("did you mean `{it}`?"),
    );
    let finding = RULE.finding_at(level, script.span, format!("no script is called `{name}`"));
    findings.push(finding.help(help).meant(script.span, name, near));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_package_brings_the_program_that_it_is_named_for() {
        let cases = [
            ("prisma", "prisma", true),
            ("@biomejs/biome", "biome", true),
            ("@nestjs/cli", "nest", true),
            ("@vue/cli-service", "vue-cli-service", true),
            ("typescript", "tsc", true),
            ("@angular/cli", "ng", true),
            ("@types/node", "ts", false),
            ("eslint-plugin-x", "eslint", false),
            ("vite", "vitest", false),
        ];
        for (package, program, expected) in cases {
            assert_eq!(brings(package, program), expected, "{package} {program}");
        }
    }
}
