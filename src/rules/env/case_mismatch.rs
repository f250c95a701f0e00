//! `env-case-mismatch`.

use super::unread;
use super::unread::Fate;
use crate::diag::{Applicability, Code, Edit, Level};
use crate::repo::Repo;
use crate::rules::{Findings, Rule};

/// A key that differs from what is read by case or dashes only.
pub static RULE: Rule = Rule {
    code: Code { id: "ENV007", name: "env-case-mismatch" },
    level: Level::Warning,
    summary: "a key of an env file differs from the name that is read by case or dashes only",
    docs: r#"
## What it does
Finds keys that nothing reads, where something that cares about case reads the same name in another spelling.
## Why it matters
Names of variables are compared exactly; the code runs on its default.
## Example
```sample
#- .env.example
Smtp_Host=mail.example.org
#^^^^^^^^ warning: nothing reads `Smtp_Host`, but `SMTP_HOST` is read
#- server.js
send(process.env.SMTP_HOST);
#                ~~~~~~~~~ read here
```
## Silent
```sample
#- .env.example
SMTP_HOST=mail.example.org
#- server.js
send(process.env.SMTP_HOST);
```
"#,
    run,
};

fn run(repo: &Repo, findings: &mut Findings) {
    unread::each(repo, |_, entry, fate| {
        let Fate::OtherCase(name, it) = fate else { return };
        let edit = Edit { span: entry.name.span, replacement: name.to_string() };
        let finding = RULE
            .finding(entry.name.span, format!("nothing reads `{}`, but `{name}` is read", entry.name.value))
            .also(repo.use_span(*it), "read here")
            .help(format!("rename it to `{name}`"))
            .fix("rename it", Applicability::Unsafe, vec![edit]);
        findings.push(finding);
    });
}
