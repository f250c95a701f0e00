//! `env-file-odd-bytes`.

use super::readers_of;
use crate::diag::{Applicability, Code, Edit, Level};
use crate::repo::Repo;
use crate::repo::env_reader;
use crate::rules::{Findings, Rule};

/// Byte order marks and line ends of Windows.
pub static RULE: Rule = Rule {
    code: Code { id: "DIA007", name: "env-file-odd-bytes" },
    level: Level::Warning,
    summary: "an env file starts with a byte order mark or has line ends of Windows",
    docs: "\
## What it does
Finds byte order marks and carriage returns in env files that some program is known to read.
## Why it matters
Half of the readers take the mark for a part of the first name, and bash takes a carriage return for a part of every
value. Nothing of that can be seen in an editor.
## Example
The file starts with a byte order mark.
```sample
#- .env.dev
\u{feff}TOKEN=1
#^^^^^^^ warning: a byte order mark in an env file: some readers take it for a part of a name or value
#- docker-compose.dev.yml
services:
  api:
    image: api:1
    env_file: .env.dev
#             ~~~~~~~~ read by docker compose here
```
",
    run,
};

fn run(repo: &Repo, findings: &mut Findings) {
    let all = env_reader::all(repo);
    for file in repo.facts.env_files.iter().filter(|it| !it.is_template) {
        let Some(odd) = file.odd_bytes.first() else { continue };
        let message = format!("{} in an env file: some readers take it for a part of a name or value", odd.value);
        let mut finding = RULE.finding(odd.span, message);
        match readers_of(repo, &all, file).first() {
            Some(reader) => finding = finding.also(reader.span, format!("read by {} here", reader.dialect.name())),
            None => finding.level = Level::Info,
        }
        finding = finding.help("save the file as UTF-8 without a mark, with line ends of Unix");
        if odd.span.start == 0 && odd.value.contains("mark") {
            let edit = Edit { span: odd.span.part(0, '\u{feff}'.len_utf8()), replacement: String::new() };
            finding = finding.fix("remove the mark", Applicability::Safe, vec![edit]);
        }
        findings.push(finding);
    }
}
