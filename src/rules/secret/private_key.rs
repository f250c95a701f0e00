//! `private-key-in-repository`.

use crate::diag::{Code, Level};
use crate::repo::Repo;
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
Finds files that begin with `-----BEGIN … PRIVATE KEY-----` and are not ignored. Among tests, examples and what is for
one's own machine it is told with `--pedantic`.
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
        if repo.tree.is_ignored(path) {
            continue;
        }
        let level = if is_test(path) || is_harmless_place(path) { Level::Info } else { RULE.level };
        let help = "make a new key, keep it out of the repository, and take this one out of use";
        findings.push(RULE.finding_at(level, *key, "this private key is part of the repository").help(help));
    }
}
