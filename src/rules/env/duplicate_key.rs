//! `env-duplicate-key`.

use std::collections::HashMap;

use super::is_backup;
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
A line that is commented out is no second one, and a template may hold several files, one below the other.
```sample
#- .env.example
WORKERS=4
# WORKERS=8
#- a.sh
echo "$WORKERS $HOST_NAME $HOST_PORT $MODE $CACHE_HOST $CACHE_PORT"
#- config/env.example
# On your own machine
HOST_NAME=localhost
HOST_PORT=8000
MODE=debug
WORKERS=1
CACHE_HOST=localhost
CACHE_PORT=6379

# On the server
HOST_NAME=example.org
HOST_PORT=443
MODE=live
WORKERS=4
CACHE_HOST=cache
CACHE_PORT=6379
```
"#,
    run,
};

fn run(repo: &Repo, findings: &mut Findings) {
    for file in &repo.facts.env_files {
        if file.is_template && holds_several(&file.entries) || is_backup(&file.path) {
            continue;
        }
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

/// Returns whether a template holds several files of which one is to be chosen: then the keys come again in the same
/// order, several in a row.
fn holds_several(entries: &[EnvEntry]) -> bool {
    /// How many in a row are no slip.
    const ROW: usize = 6;
    let mut places: HashMap<&str, usize> = HashMap::with_capacity(entries.len());
    let (mut row, mut last) = (0, None);
    for (at, entry) in entries.iter().filter(|it| !it.is_commented).enumerate() {
        let earlier = places.insert(&entry.name.value, at);
        row = match (earlier, last) {
            (Some(earlier), Some(last)) if earlier == last + 1 => row + 1,
            (Some(_), _) => 1,
            (None, _) => 0,
        };
        if row == ROW {
            return true;
        }
        last = earlier;
    }
    false
}
