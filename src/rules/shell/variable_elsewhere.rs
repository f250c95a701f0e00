//! `shell-variable-elsewhere`.

use std::collections::BTreeSet;

use crate::diag::{Code, Level};
use crate::repo::Repo;
use crate::repo::fact::{Absent, Command, EnvFile, Language, ShellScript, Text};
use crate::rules::existence::candidates;
use crate::rules::{Findings, Rule};

/// A script reads a variable of an env file that it does not load.
pub static RULE: Rule = Rule {
    code: Code { id: "ENV030", name: "shell-variable-elsewhere" },
    level: Level::Error,
    summary: "a script uses a variable that only an env file it does not load has",
    docs: r#"
## What it does
Looks at scripts with `set -u` that source env files. A variable without a default that none of those files or their
templates has, but another env file of the repository, is reported.
## Why it matters
The script ends at that line with "unbound variable": in the middle of a deployment.
## Example
```sample
#- deploy.sh
set -euo pipefail
set -a; source .env; set +a
scp app.yml "$VPS_HOST:/opt/"
ssh "$VPS_HOST" "REDIS_URL='$REDIS_URL' /opt/up.sh"
#                            ^^^^^^^^^ error: `REDIS_URL` is not in `.env`, which this script loads
#- .env.template
VPS_HOST=
#- .env.prod
REDIS_URL=redis://redis:6379
#~~~~~~~~ it is set here, and this file is not loaded
#- app.yml
a: 1
#- .gitignore
.env
#- .env (ignored)
```
## Silent
Variables with a default, of files that cannot be seen, or that somebody has to export.
```sample
#- deploy.sh
set -euo pipefail
source .env.prod
echo "${REDIS_URL}" "${OTHER:-x}" "$TOKEN"
#- loose.sh
source .env
echo $REDIS_URL
#- .env.prod
REDIS_URL=redis://redis:6379
#- .env.dev
OTHER=1
#- .env.template
TOKEN=
#- .gitignore
.env
#- .env (ignored)
```
## When it may be wrong
When whoever runs the script exports the variable first.
"#,
    run,
};

fn run(repo: &Repo, findings: &mut Findings) {
    for script in repo.facts.scripts.iter().filter(|it| it.fails_when_unset) {
        let sourced = sourced(repo, script);
        if sourced.is_empty() {
            continue;
        }
        let Some(known) = known(repo, &sourced) else { continue };
        let mut told = BTreeSet::new();
        let is_own = |it: &&crate::repo::fact::EnvRead| {
            it.name.span.file == script.file && it.language == Language::Shell && it.absent == Absent::Fails
        };
        for read in repo.facts.reads.iter().filter(is_own) {
            let name = read.name.value.as_str();
            if !known.contains(name) && told.insert(name) {
                judge(repo, &read.name, &sourced, findings);
            }
        }
    }
}

/// An env file that a script loads on the machine it runs on: as written, and the path.
struct Sourced<'r> {
    written: &'r Text,
    path: String,
}

fn sourced<'r>(repo: &'r Repo, script: &ShellScript) -> Vec<Sourced<'r>> {
    let own = |it: &&Command| it.path == script.path && !it.is_remote;
    let mut list: Vec<Sourced> = Vec::new();
    for command in repo.facts.commands.iter().filter(own) {
        let crate::repo::fact::Action::Source { file, .. } = &command.action else { continue };
        let path = candidates(command, &file.value).into_iter().next().unwrap_or_else(|| file.value.clone());
        list.push(Sourced { written: file, path });
    }
    list
}

/// Returns the names that the loaded files have, by themselves or by their templates; `None` if one cannot be seen.
fn known<'r>(repo: &'r Repo, sourced: &[Sourced]) -> Option<BTreeSet<&'r str>> {
    let mut names = BTreeSet::new();
    for it in sourced {
        let templates = repo.templates().filter(|template| is_template_of(template, &it.path));
        let mut files = repo.env_file(&it.path).into_iter().chain(templates).peekable();
        files.peek()?;
        for file in files {
            if file.is_opaque {
                return None;
            }
            // `PROD_X` becomes `X` where templates are for several environments.
            for entry in &file.entries {
                let name = entry.name.value.as_str();
                names.insert(name);
                names.extend(name.split_once('_').filter(|it| is_stage(it.0)).map(|it| it.1));
            }
        }
    }
    Some(names)
}

fn is_stage(prefix: &str) -> bool {
    matches!(prefix, "DEV" | "PROD" | "TEST" | "LIVE" | "STAGING" | "")
}

fn is_template_of(template: &EnvFile, path: &str) -> bool {
    let (folder, name) = path.rsplit_once('/').unwrap_or((".", path));
    let (other_folder, other) = template.path.rsplit_once('/').unwrap_or((".", &template.path));
    let stem = other.split('.').filter(|it| !matches!(*it, "example" | "template" | "sample" | "dist"));
    folder == other_folder && stem.eq(name.split('.'))
}

fn judge(repo: &Repo, name: &Text, sourced: &[Sourced], findings: &mut Findings) {
    let others =
        repo.facts.env_files.iter().filter(|it| !it.is_template && !sourced.iter().any(|other| other.path == it.path));
    let Some(entry) = others.filter_map(|it| it.get(&name.value)).next_back() else { return };
    let loaded: Vec<String> = sourced.iter().map(|it| format!("`{}`", it.written.value)).collect();
    let message = format!("`{}` is not in {}, which this script loads", name.value, loaded.join(" or "));
    let finding = RULE
        .finding(name.span, message)
        .also(entry.name.span, "it is set here, and this file is not loaded")
        .help("load that file, too, or add the variable to the one that is loaded");
    findings.push(finding);
}
