//! `env-near-duplicate`.

use std::collections::BTreeMap;

use super::{is_from_the_shell, mention_anywhere};
use crate::diag::{Code, Level};
use crate::repo::Repo;
use crate::repo::fact::{Absent, EnvRead, Language};
use crate::repo::known_variable;
use crate::rules::{Findings, Rule};

/// Two names for what is probably one setting.
pub static RULE: Rule = Rule {
    code: Code { id: "ENV029", name: "env-near-duplicate" },
    level: Level::Warning,
    summary: "two scripts read almost the same name, and no env file or template has either",
    docs: r#"
## What it does
Finds variables of scripts whose names differ by one word in the middle, that nothing sets or documents.
## Why it matters
It is mostly one setting with two names: whoever sets the first finds that the other script does not see it.
## Example
```sample
#- scripts/deploy.sh
curl -d done "https://ntfy.sh/${NTFY_DEPLOY_TOPIC:-}"
#                               ^^^^^^^^^^^^^^^^^ warning: `NTFY_DEPLOY_TOPIC` is read here and `NTFY_TOPIC` elsewhere, and nothing documents either
#- scripts/report.sh
curl -d report "https://ntfy.sh/${NTFY_TOPIC:-}"
#                                 ~~~~~~~~~~ the other name
#- .env.template
DATABASE_URL=
```
## Silent
```sample
#- scripts/deploy.sh
curl -d done "https://ntfy.sh/${NTFY_DEPLOY_TOPIC:-}"
#- scripts/report.sh
curl -d report "https://ntfy.sh/${NTFY_TOPIC:-}"
#- scripts/invite.sh
curl -H "X-Token: ${SHOP_ADMIN_TOKEN:?the token of an administrator}" https://example.org
#- scripts/ask.sh
curl -H "X-Token: ${SHOP_TOKEN:-}" https://example.org
#- .env.template
NTFY_TOPIC=
NTFY_DEPLOY_TOPIC=
#- scripts/db-failover.sh
[ "${DB_FAILOVER_AS_ROOT:-}" ] || exit 1
#- scripts/db-failover-launch.sh
[ "${DB_FAILOVER_LAUNCH_AS_ROOT:-}" ] || exit 1
```
"#,
    run,
};

fn run(repo: &Repo, findings: &mut Findings) {
    let mut first: BTreeMap<&str, &EnvRead> = BTreeMap::new();
    let is_open = |name: &str| {
        mention_anywhere(repo, name).is_none()
            && !repo.facts.sets.iter().any(|it| it.name.value == name)
            && !is_from_the_shell(name)
            && !known_variable::is_library_variable(name)
    };
    for read in repo.facts.reads.iter().filter(|it| it.language == Language::Shell && !it.in_test && !it.is_prefix) {
        if !first.contains_key(read.name.value.as_str()) && is_open(&read.name.value) {
            first.insert(&read.name.value, read);
        }
    }
    for (long, read) in &first {
        for (short, other) in &first {
            // What a script insists on, or makes up itself, is not forgotten in silence.
            let is_silent = matches!(read.absent, Absent::Nothing | Absent::Default(_));
            let is_own = is_named_for(long, repo.path(read.name.span.file));
            if !is_silent || is_own || !has_one_more_inside(short, long) || read.name.span.file == other.name.span.file
            {
                continue;
            }
            let message = format!("`{long}` is read here and `{short}` elsewhere, and nothing documents either");
            let finding = RULE
                .finding(read.name.span, message)
                .also(other.name.span, "the other name")
                .help("use one name, and add it to the template of the env file");
            findings.push(finding);
        }
    }
}

/// Returns whether the second name is the first with one more word between its words.
fn has_one_more_inside(short: &str, long: &str) -> bool {
    let (short, long): (Vec<&str>, Vec<&str>) = (short.split('_').collect(), long.split('_').collect());
    let at = short.iter().zip(&long).take_while(|it| it.0 == it.1).count();
    long.len() == short.len() + 1 && at > 0 && at < short.len() && short[at..] == long[at + 1..]
}

/// Returns whether a variable begins with the whole name of its script, so that it is this one's and no other's:
/// `PG_FAILOVER_LAUNCH_DRY` in `pg-failover-launch.sh`.
fn is_named_for(name: &str, path: &str) -> bool {
    let file = path.rsplit('/').next().unwrap_or(path);
    let stem = file.split('.').next().unwrap_or(file).replace('-', "_").to_ascii_uppercase();
    stem.contains('_') && name.strip_prefix(&stem).is_some_and(|it| it.starts_with('_'))
}
