//! `private-key-in-repository`.

use crate::diag::{Code, Level};
use crate::repo::Repo;
use crate::repo::compose::Mount;
use crate::repo::kind::is_test;
use crate::rules::secret::is_harmless_place;
use crate::rules::{Findings, Rule};

/// A private key that is part of the repository.
pub static RULE: Rule = Rule {
    code: Code { id: "SEC008", name: "private-key-in-repository" },
    level: Level::Warning,
    summary: "a private key is a file of the repository",
    docs: r#"
## What it does
Finds files that begin with `-----BEGIN … PRIVATE KEY-----` and are not ignored, in a folder for deployments or where
production mounts them. Any other may guard nothing but a developer's machine and is told with `--pedantic`.
## Why it matters
Whoever can read the repository, now or in its history, has the key. Removing the file does not take it back.
## Example
```sample
#- deploy/server.key
-----BEGIN RSA PRIVATE KEY-----
#^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ warning: this private key is part of the repository
MIIEpAIBAAKCAQEA
-----END RSA PRIVATE KEY-----
```
## Silent
```sample
#- deploy/server.crt
-----BEGIN CERTIFICATE-----
MIIEpAIBAAKCAQEA
-----END CERTIFICATE-----
#- docs/keys.md
Paste what begins with -----BEGIN RSA PRIVATE KEY----- there.
#- server.key (ignored)
```
## When it may be wrong
When the key guards nothing, such as that of a self-signed certificate for tests in a folder that does not say so.
"#,
    run,
};

fn run(repo: &Repo, findings: &mut Findings) {
    for key in &repo.facts.private_keys {
        let path = repo.path(key.file);
        if repo.tree.is_provided(path) {
            continue;
        }
        let is_harmless = is_test(path) || is_harmless_place(path) || !is_deployed(repo, path);
        let level = if is_harmless { Level::Info } else { RULE.level };
        let help = "make a new key, keep it out of the repository, and take this one out of use";
        findings.push(RULE.finding_at(level, *key, "this private key is part of the repository").help(help));
    }
}

/// Returns whether a key is for what others use: by the folder it lies in, or since production gets it. Any other is
/// most often that of a certificate which only the developers' machines know.
fn is_deployed(repo: &Repo, path: &str) -> bool {
    let words = ["deploy", "deployment", "prod", "production", "staging", "infra", "server", "ssh", "secrets"];
    let says = |it: &str| words.contains(&it.to_ascii_lowercase().as_str());
    let is_mounted =
        |it: &Mount| it.repository_path().is_some_and(|it| path == it || path.starts_with(&format!("{it}/")));
    let folders = path.rsplit_once('/').map_or("", |it| it.0);
    folders.split(['/', '-', '_', '.']).any(says)
        || repo
            .environments
            .iter()
            .filter(|it| it.is_production())
            .flat_map(|it| &it.model.services)
            .any(|it| it.mounts.iter().any(is_mounted))
}
