//! `env-duplicate-key`.

use std::collections::HashMap;

use crate::diag::{Applicability, Code, Edit, Level};
use crate::repo::Repo;
use crate::repo::fact::EnvEntry;
use crate::rules::{Findings, Rule};

/// One key twice in one file.
pub static RULE: Rule = Rule {
    code: Code { id: "ENV018", name: "env-duplicate-key" },
    level: Level::Error,
    summary: "an env file sets one key twice",
    docs: r#"
## What it does
Finds keys that an env file or template sets more than once.
## Why it matters
The last line wins for every reader. Whoever edits the first one changes nothing.
## Example
```sample
#- .env.prod
WORKERS=4
#~~~~~~ set here first
HOST_NAME=a
#~~~~~~~~ set here first
WORKERS=8
#^^^^^^ error: `WORKERS` is set again, to another value
HOST_NAME=a
#^^^^^^^^ warning: `HOST_NAME` is set again
#- a.sh
echo "$WORKERS $HOST_NAME"
```
## Silent
A line that is commented out is no second one.
```sample
#- .env.example
WORKERS=4
# WORKERS=8
#- a.sh
echo "$WORKERS"
```
"#,
    run,
};

fn run(repo: &Repo, findings: &mut Findings) {
    for file in &repo.facts.env_files {
        let mut first: HashMap<&str, &EnvEntry> = HashMap::with_capacity(file.entries.len());
        for entry in file.entries.iter().filter(|it| !it.is_commented) {
            let name = entry.name.value.as_str();
            let Some(earlier) = first.get(name) else {
                first.insert(name, entry);
                continue;
            };
            let differs = earlier.value.value != entry.value.value;
            let level = if differs { Level::Error } else { Level::Warning };
            let message = format!("`{name}` is set again{}", if differs { ", to another value" } else { "" });
            let finding = RULE
                .finding_at(level, entry.name.span, message)
                .also(earlier.name.span, "set here first")
                .help("keep one of the two lines; the last one counts");
            // A line with a comment is left to a person, who knows what the comment is about.
            let edits = vec![Edit { span: earlier.line, replacement: String::new() }];
            let applicability = if differs { Applicability::Unsafe } else { Applicability::Safe };
            findings.push(match earlier.comment {
                None => finding.fix("remove the first one, which does not count", applicability, edits),
                Some(_) => finding,
            });
            first.insert(name, entry);
        }
    }
}
