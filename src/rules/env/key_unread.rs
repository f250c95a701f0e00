//! `env-key-unread`.

use super::unread::Fate;
use super::{is_backup, unread};
use crate::diag::{Code, Level};
use crate::repo::Repo;
use crate::rules::{Findings, Rule};

/// A key of an env file or template that nothing reads.
pub static RULE: Rule = Rule {
    code: Code { id: "ENV005", name: "env-key-unread" },
    level: Level::Warning,
    summary: "an env file or template has a key that nothing reads",
    docs: r#"
## What it does
Finds keys of env files and templates that no code, compose file, script or known image reads, and that stand in no
other file of the repository either.
## Why it matters
Everybody who sets up the project looks for a value that changes nothing; nobody dares to remove it.
## Example
```sample
#- .env.example
SMTP_HOST=mail.example.org
LEGACY_SYNC_URL=https://example.org
#^^^^^^^^^^^^^^ warning: nothing reads `LEGACY_SYNC_URL`
#- server.js
send(process.env.SMTP_HOST);
```
## Silent
The ends of names that code puts together.
```sample
#- .env.example
ALPACA_API_KEY=
PORT=80
#- app.py
import os
def key(exchange):
    return os.getenv(f"{exchange.upper()}_API_KEY")
print(key("alpaca"), os.environ["PORT"])
```
Keys that a program reads under any environment's prefix, keys of libraries, and keys for images that are not known.
```sample
#- .env.example
DEV_SMTP_HOST=mail.example.org
OMP_NUM_THREADS=2
#- server.js
send(process.env.SMTP_HOST);
#- vendor/.env
SECRET_OF_VENDOR=1
#- docker-compose.yml
services:
  vendor:
    image: vendor/thing:1
    env_file: vendor/.env
  db:
    image: mysql:8.4
    env_file: ./${DB_ENV_FILE:-.env.db.example}
#- .env.db.example
MYSQL_DATABASE=app
```
## When it may be wrong
When a person or a program outside the repository reads it.
"#,
    run,
};

fn run(repo: &Repo, findings: &mut Findings) {
    unread::each(repo, |file, entry, fate| {
        // Of a copy that somebody kept nothing is in use.
        let is_copy =
            file.path.split(['/', '.', '-', '_']).any(|it| matches!(it, "backup" | "bak" | "old" | "orig" | "save"));
        if !matches!(fate, Fate::Unread) || is_copy || is_backup(&file.path) {
            return;
        }
        let name = &entry.name.value;
        let level = if file.is_encrypted { Level::Info } else { RULE.level };
        let finding = RULE.finding_at(level, entry.name.span, format!("nothing reads `{name}`"));
        findings.push(finding.help("remove it, or correct the name"));
    });
}
