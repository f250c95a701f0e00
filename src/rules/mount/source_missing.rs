//! `mount-source-missing`.

use std::collections::HashSet;

use crate::diag::{Code, Level, Near, did_you_mean, nearest};
use crate::repo::Repo;
use crate::repo::compose::{Mount, Service};
use crate::repo::environment::Environment;
use crate::repo::fact::{Absent, Action, Command};
use crate::rules::existence::folder;
use crate::rules::{Findings, Rule};
use crate::source::normalize;

/// A bind mount of something that is not in the repository.
pub static RULE: Rule = Rule {
    code: Code { id: "MNT001", name: "mount-source-missing" },
    level: Level::Error,
    summary: "a bind mount's source is not in the repository",
    docs: r#"
## What it does
Finds bind mounts of repository paths that do not exist: deleted, renamed or misspelt. What git ignores, and what a
script of the repository makes, is taken to be there in time.
## Why it matters
Docker makes an empty directory, owned by root, where the file should be, and starts the container. The service then
reads a directory where it expects its configuration, and the directory stays behind to confuse the next deployment.
## Example
```sample
#- docker-compose.yml
services:
  gateway:
    image: gateway
    volumes:
      - ./processors.json:/app/processors.json:ro
#       ^^^^^^^^^^^^^^^^^ error: `processors.json` was deleted from the repository; Docker will make a directory there
      - ./endpoints.json:/app/endpoints.json:ro
#       ^^^^^^^^^^^^^^^^ warning: `endpoints.json` is not in the repository; Docker will make a directory there
      - type: bind
        source: ./limits.yaml
#               ^^^^^^^^^^^^^ warning: `limits.yaml` is not in the repository; the container will not start
        target: /app/limits.yaml
        bind: { create_host_path: false }
#- endpoints.dev.json
{}
#- processors.json (deleted)
```
## Silent
Files that git ignores, that a script makes, that an operator chooses, and directories for data.
```sample
#- docker-compose.yml
services:
  gateway:
    image: gateway
    volumes:
      - ./conf/app.json:/app/app.json:ro
      - ./.secrets.json:/app/secrets.json:ro
      - ./data:/var/lib/data
      - ${DOCUMENTS:-./documents}:/mnt/docs:ro
      - ${MODELS:-./weights}:/weights
      - /var/run/docker.sock:/var/run/docker.sock
      - named:/named
volumes:
  named:
#- conf/app.json
{}
#- .secrets.json (ignored)
#- weights/first.onnx (deleted)
```
A directory whose files git no longer keeps, and ignores.
```sample
#- docker-compose.yml
services:
  mail:
    image: mail
    volumes:
      - ./inbox:/inbox
#- inbox/mail.db (deleted)
#- inbox/mail.db (ignored)
```
A directory in which a setting of the program says that it works, and which it may write.
```sample
#- docker-compose.yml
services:
  app:
    build: .
    volumes:
      - ./plugins:/plugins
#- Dockerfile
FROM python:3.12
COPY app.py /
#- app.py
import os
from pathlib import Path
folder = Path(os.getenv("PLUGINS_DIR", "/plugins"))
folder.mkdir(exist_ok=True)
#- plugins/first.py (deleted)
```
## When it may be wrong
When somebody puts the file on the server by hand. Say so: `# specc: ignore[MNT001] the operator puts it there`.
"#,
    run,
};

fn run(repo: &Repo, findings: &mut Findings) {
    let defaults = defaults(repo);
    for environment in repo.environments.iter().filter(|it| !is_started_elsewhere(repo, it)) {
        for service in &environment.model.services {
            for mount in &service.mounts {
                judge(repo, &defaults, (service, mount), findings);
            }
        }
    }
}

/// Returns whether compose is started where a copy of the file lies: some command copies it, and what it mounts is
/// there from another folder.
fn is_started_elsewhere(repo: &Repo, environment: &Environment) -> bool {
    let [file] = environment.compose_files.as_slice() else { return false };
    let is_copied = |it: &Command| match &it.action {
        Action::Copy(copy) => copy.sources.iter().any(|it| it.value.trim_start_matches("./") == file.as_str()),
        _ => false,
    };
    if environment.directory == "." || !repo.facts.commands.iter().any(is_copied) {
        return false;
    }
    let mounts = environment.model.services.iter().flat_map(|it| &it.mounts);
    let written = mounts.filter(|it| it.repository_path().is_some_and(|it| !repo.tree.exists(&it)));
    let mut written = written.filter_map(|it| normalize(&it.source.as_ref()?.value));
    written.any(|it| it.contains('/') && repo.tree.has_file(&it))
}

/// Returns what programs take for the value of a variable that is not set: paths among it.
fn defaults(repo: &Repo) -> HashSet<&str> {
    let reads = repo.facts.reads.iter().filter(|it| !it.in_test).filter_map(|it| match &it.absent {
        Absent::Default(value) => Some(value.as_str()),
        _ => None,
    });
    let classes = repo.facts.settings.iter().filter(|it| !it.in_test);
    reads.chain(classes.flat_map(|it| &it.fields).filter_map(|it| it.default_value.as_deref())).collect()
}

/// Returns whether a mount is the working directory of a program, which may begin empty: it may write there, and a
/// setting of its own says that it works there.
fn is_working_directory(service: &Service, mount: &Mount, defaults: &HashSet<&str>) -> bool {
    let target = mount.target.value.trim_end_matches('/');
    let is_given = || {
        let values = service.environment.iter().filter_map(|it| it.value.as_ref());
        values.into_iter().any(|it| it.value.trim_end_matches('/') == target)
    };
    !mount.is_read_only && !has_extension(target) && (defaults.contains(target) || is_given())
}

fn judge(repo: &Repo, defaults: &HashSet<&str>, (service, mount): (&Service, &Mount), findings: &mut Findings) {
    let (Some(source), Some(path)) = (&mount.source, mount.repository_path()) else { return };
    if repo.tree.exists(&path) || repo.tree.is_ignored(&path) || repo.is_made(&path) {
        return;
    }
    let was_there = repo.tree.was_deleted(&path);
    if was_there && (is_of_what_runs(repo, &path) || is_working_directory(service, mount, defaults)) {
        return;
    }
    let is_chosen_by_operator = source.value.contains('$');
    // A directory that a variable may put elsewhere is for what the operator has, whatever once lay there.
    let is_file = has_extension(&path) || has_extension(&mount.target.value);
    if is_chosen_by_operator && !(was_there && is_file) || !was_there && !is_meant_to_exist(repo, mount, &path) {
        return;
    }
    let level = if was_there { Level::Error } else { Level::Warning };
    let state = if was_there { "was deleted from" } else { "is not in" };
    let effect = match mount.create_host_path {
        Some(false) => "the container will not start",
        _ => "Docker will make a directory there",
    };
    let finding = RULE
        .finding_at(level, source.span, format!("`{path}` {state} the repository; {effect}"))
        .label(format!("mounted into `{}`", service.name.value))
        .help(help(repo, &path));
    let became = repo.tree.deletion(&path).and_then(|it| it.became.clone()).filter(|it| repo.tree.exists(it));
    let beside = repo.tree.within(folder(&path)).iter().map(|it| &**it).filter(|it| folder(it) == folder(&path));
    let near = match &became {
        Some(new) => Some(Near { name: new, is_sole: true }),
        None => nearest(&path, beside),
    };
    let finding = finding.meant_path(source.span, &path, near);
    findings.push_about(finding, vec![path]);
}

/// Returns whether a directory held what programs wrote: files that were taken out of git, which ignores them now.
fn is_of_what_runs(repo: &Repo, path: &str) -> bool {
    repo.tree.deleted_within(path).iter().any(|it| repo.tree.is_ignored(it))
}

/// Returns the way out: where the file went, the file that is probably meant, or to remove the line.
fn help(repo: &Repo, path: &str) -> String {
    if let Some(deletion) = repo.tree.deletion(path) {
        if let Some(new) = deletion.became.as_ref().filter(|it| repo.tree.exists(it)) {
            return format!("it became `{new}` in {}; mount that", deletion.commit);
        }
        let by = if deletion.commit == "HEAD" { "it is deleted since the last commit" } else { "commit {} deleted it" };
        return format!("remove the mount, or bring the file back: {}", by.replace("{}", &deletion.commit));
    }
    match near(repo, path) {
        Some(near) => format!("did you mean `{near}`?"),
        None => "add the file, correct the path, or remove the mount".to_string(),
    }
}

/// Returns a file that is named alike, or alike but for one word, such as `endpoints.dev.json`.
fn near(repo: &Repo, path: &str) -> Option<String> {
    let (folder, name) = path.rsplit_once('/').unwrap_or((".", path));
    let beside = |it: &&str| it.rsplit_once('/').map_or(".", |it| it.0) == folder;
    let paths = || repo.tree.paths().iter().map(|it| &**it);
    let longer = |it: &&str| {
        let other = it.rsplit('/').next().unwrap_or(it);
        let (Some((stem, end)), Some((other_stem, other_end))) = (name.rsplit_once('.'), other.rsplit_once('.')) else {
            return false;
        };
        end == other_end && other_stem.strip_prefix(stem).is_some_and(|it| it.starts_with(['.', '-', '_']))
    };
    let same_name = |it: &&str| it.strip_suffix(name).is_some_and(|it| it.ends_with('/'));
    let found = did_you_mean(path, paths().filter(beside))
        .or_else(|| paths().filter(beside).find(longer))
        .or_else(|| paths().find(same_name))?;
    Some(found.to_string())
}

fn has_extension(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.rsplit_once('.').is_some_and(|(stem, end)| !stem.is_empty() && !end.is_empty() && !end.ends_with(".d"))
}

/// Returns whether a file is one that who runs it has or the program makes: keys, certificates, passwords, stores.
fn is_of_operator(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path).to_ascii_lowercase();
    let ends =
        [".pem", ".key", ".crt", ".cer", ".p12", ".pfx", ".jks", ".sock", ".db", ".sqlite", ".sqlite3", ".log", ".pid"];
    let names =
        ["acme.json", ".htpasswd", "htpasswd", "kubeconfig", "known_hosts", "authorized_keys", "service-account.json"];
    ends.iter().any(|it| name.ends_with(it)) || names.contains(&name.as_str()) || name.contains("credentials")
}

/// Tells a file or a part of the sources, which must be there, from a directory that Docker may well make.
fn is_meant_to_exist(repo: &Repo, mount: &Mount, path: &str) -> bool {
    if is_of_operator(path) {
        return false;
    }
    if has_extension(path) || has_extension(&mount.target.value) {
        return true;
    }
    let runtime = [
        "data",
        "log",
        "logs",
        "tmp",
        "temp",
        "cache",
        "backup",
        "backups",
        "upload",
        "uploads",
        "volume",
        "volumes",
        "output",
        "outputs",
        "models",
        "storage",
        "db",
        "certs",
        "ssl",
        "letsencrypt",
        "acme",
        "media",
        "static",
        "documents",
        "state",
        "secret",
        "keys",
    ];
    let (folder, name) = path.rsplit_once('/').unwrap_or((".", path));
    // `./consume` beside the compose file is for what the containers will put there.
    let is_beside = mount.source.as_ref().is_some_and(|it| !it.value.trim_start_matches("./").contains('/'));
    // A directory beside others of the sources, such as `backend/alembic`, is meant to be one of them.
    folder != "."
        && !is_beside
        && repo.tree.exists(folder)
        && !path.split('/').any(|it| runtime.iter().any(|word| it.to_ascii_lowercase().contains(word)))
        && !name.starts_with('.')
}
