//! `transfer-source-missing`.

use crate::diag::{Code, Level};
use crate::repo::Repo;
use crate::repo::fact::{Action, Command, CommandHost, Copy, Text};
use crate::rules::existence::{candidates, folder, hint, is_example, is_served, is_tested, level};
use crate::rules::{Findings, Rule};

/// A command copies a file that is not there.
pub static RULE: Rule = Rule {
    code: Code { id: "XFR002", name: "transfer-source-missing" },
    level: Level::Error,
    summary: "a command copies a file that the repository does not have",
    docs: r#"
## What it does
Looks up what `scp`, `rsync`, `cp`, `mv`, `install` and copying workflow steps take from the repository.
## Why it matters
The command fails, and with it the deployment or the first steps of a new member of the team.
## Example
```sample
#- scripts/deploy.sh
scp conf/limits.json "$HOST:/opt/app/"
#   ^^^^^^^^^^^^^^^^ error: `conf/limits.json` was deleted from the repository
cp .env.local.example .env.local
#  ^^^^^^^^^^^^^^^^^^ error: `.env.local.example` is not in the repository
#- README.md
Run `cp .env.sample .env`.
#       ^^^^^^^^^^^ warning: `.env.sample` is not in the repository
#- .env.example
A=1
#- conf/limits.json (deleted)
```
## Silent
What a script does without, wherever it lies.
```sample
#- node/install.sh
SCRIPT_DIR=$(dirname "$0")
cp $SCRIPT_DIR/.env.example /opt/node/ 2>/dev/null || true
#- node/main.py
print("node")
```
What git ignores, what a command makes, what lies elsewhere, and what is only known while running.
```sample
#- client.ovpn (deleted)
#- scripts/deploy.sh
scp client.ovpn "$HOST:/etc/openvpn/client.conf"
sops -d .env.sops > .env.deploy
scp .env.deploy "$HOST:/opt/app/.env"
scp "$HOST:/opt/app/backup.sql" .
npm run build && rsync -a dist/ "$HOST:/srv/"
cp "$SOURCE" /etc/x && cp ~/.ssh/id .
cp build/*.whl /tmp
ssh "$HOST" "cp /opt/a.conf /etc/ && cp a.conf b.conf"
#- .gitignore
dist/
#- dist/ (ignored)
#- package.json
{"scripts": {"build": "vite build"}}
```
"#,
    run,
};

fn run(repo: &Repo, findings: &mut Findings) {
    for command in repo.facts.commands.iter().filter(|it| !it.is_remote && it.elsewhere.is_none()) {
        if let Action::Copy(copy) = &command.action
            && !copy.from_remote
            && command.host != CommandHost::Dockerfile
        {
            copy.sources.iter().for_each(|it| judge(repo, (command, copy), it, findings));
        }
    }
}

fn judge(repo: &Repo, (command, copy): (&Command, &Copy), source: &Text, findings: &mut Findings) {
    let is_plain = !source.value.contains(['$', '*', '?', '(', '`', '{', '<', '[', ',']);
    let list = if is_plain { candidates(command, &source.value) } else { Vec::new() };
    // A template is for others: that git ignores it makes it missing for all of them.
    let is_there = match is_template(&source.value) {
        true => list.iter().any(|it| repo.tree.exists(it) || repo.is_made(it) || repo.tree.is_end_of_a_path(it)),
        false => is_served(repo, command, &list),
    };
    let is_tested = is_tested(repo, command.file, &source.value);
    let Some(first) = list.first().filter(|_| !is_there && !is_tested) else { return };
    let gone = list.iter().find(|it| repo.tree.was_deleted(it));
    let path = gone.unwrap_or(first);
    if is_key(path) || command.host == CommandHost::Document && is_example(path) && !is_template(path) {
        return;
    }
    if gone.is_none() && !is_ours(repo, copy, path) {
        return;
    }
    let state = if gone.is_some() { "was deleted from" } else { "is not in" };
    let finding = RULE.finding_at(level(command), source.span, format!("`{path}` {state} the repository"));
    let way_out = hint(repo, path)
        .or_else(|| template(repo, path))
        .unwrap_or_else(|| "correct the path, or remove the command".to_string());
    findings.push_about(finding.help(way_out), vec![path.clone()]);
}

/// Whether a path that never was in the repository is meant to be: a template, or a file beside others of its kind
/// that goes to a server. Programs make many other things that are copied later.
fn is_ours(repo: &Repo, copy: &Copy, path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    let is_file = name.trim_start_matches('.').contains('.');
    let is_beside = folder(path) != "." && repo.tree.exists(folder(path));
    is_template(name) || copy.to_remote && is_file && (is_beside || is_configuration(name))
}

/// Returns whether a file is a key by its name: those who have it keep it out of the repository.
fn is_key(path: &str) -> bool {
    let endings = ["pem", "key", "p12", "pfx", "jks", "keystore", "crt", "cer", "ovpn", "ppk", "kubeconfig", "kdbx"];
    path.rsplit_once('.').is_some_and(|it| endings.contains(&it.1.to_ascii_lowercase().as_str()))
}

fn is_template(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    let words = ["example", "template", "sample", "dist"];
    name.split(['.', '-', '_']).skip(1).any(|it| words.contains(&it))
}

fn is_configuration(name: &str) -> bool {
    [".yml", ".yaml", ".toml", ".conf", ".json", ".sh"].iter().any(|it| name.ends_with(it))
}

/// Returns the template that the repository has instead.
fn template(repo: &Repo, path: &str) -> Option<String> {
    let beside = |it: &&crate::repo::fact::EnvFile| folder(&it.path) == folder(path);
    let found = repo.templates().find(beside).filter(|_| path.contains(".env") || path.contains("env."))?;
    Some(format!("the template there is `{}`", found.path))
}
