//! `documented-default-drift`.

use std::collections::HashMap;

use crate::diag::{Code, Level};
use crate::repo::Repo;
use crate::repo::compose::known;
use crate::repo::fact::Absent;
use crate::rules::existence::is_historical;
use crate::rules::{Findings, Rule};
use crate::secret::may_be_secret;
use crate::source::Span;

/// A default in a document that is not the code's.
pub static RULE: Rule = Rule {
    code: Code { id: "DOC002", name: "documented-default-drift" },
    level: Level::Warning,
    summary: "a document states another default than the code has",
    docs: r#"
## What it does
Finds defaults of variables in Markdown, in a column `Default` of a table or as `NAME` (default `x`) in prose, that are
neither the default of the code nor that of a compose file, an env file or a template.
## Why it matters
Whoever sizes a machine, or looks for a fault, believes the document.
## Example
```sample
#- docs/operations.md
Workers are configured via `WORKER_MAX_JOBS` (default 2).
#                                                     ^ warning: `WORKER_MAX_JOBS` has the default `1`, not `2`

| Variable | Default | Meaning |
|---|---|---|
| `LOG_LEVEL` | `INFO` | How much to say |
| `WORKER_TIMEOUT` | `1800` | Seconds |
#                     ^^^^ warning: `WORKER_TIMEOUT` has the default `21600`, not `1800`
#- app/config.py
from pydantic_settings import BaseSettings
class Settings(BaseSettings):
    worker_max_jobs: int = 1
#                          ~ the default
    worker_timeout: int = 21600
#                         ~~~~~ the default
    log_level: str = "INFO"
#- app/main.py
from app.config import Settings
print(Settings().worker_max_jobs, Settings().worker_timeout, Settings().log_level)
```
## Silent
```sample
#- README.md
| Variable | Default |
|---|---|
| `WORKER_MAX_JOBS` | 4 |
| `POOL_SIZE` | `10` |
| `DEBUG_SQL` | `False` |
| `LOG_FILE` | none |
| `OF_SOMETHING_ELSE` | `7` |
| `SCRATCH_URL` | `http://db` |
| `MAX_SIZE` | `100` |
| `SAMPLE_RATE` | 1% |
| `KEEP_SECONDS` | 2 days |

The tests ask `RUNNER_URL` (default `http://localhost:3090`).
#- docker-compose.yml
services:
  app:
    build: .
    environment:
      WORKER_MAX_JOBS: ${WORKER_MAX_JOBS:-4}
      POOL_SIZE: "10"
#- app.py
import os
jobs = os.environ.get("WORKER_MAX_JOBS", "1")
pool = os.environ.get("POOL_SIZE", "5")
debug = os.environ.get("DEBUG_SQL", "false")
log = os.environ.get("LOG_FILE", "")
rate = float(os.environ.get("SAMPLE_RATE", "0.01"))
keep = int(os.environ.get("KEEP_SECONDS", "172800"))
runner = os.environ.get("RUNNER_URL", "https://runner.example.org")
#- tests/helpers.ts
const runner = process.env.RUNNER_URL || 'http://localhost:3090';
#- test-connection.js
const url = process.env.SCRATCH_URL || 'http://localhost/scratch';
#- config.js
const schema = Joi.object().keys({MAX_SIZE: Joi.number().default(100)}).unknown();
const { value } = schema.prefs({ convert: true }).validate(process.env);
#- resize.js
const size = process.env.MAX_SIZE || 50;
```
## When it may be wrong
When the document speaks of another program that reads a variable of the same name.
"#,
    run,
};

fn run(repo: &Repo, findings: &mut Findings) {
    if repo.facts.docs.iter().all(|it| it.default.is_none()) {
        return;
    }
    let defaults = Defaults::of(repo);
    for doc in &repo.facts.docs {
        let (name, Some(stated)) = (&doc.name.value, &doc.default) else { continue };
        let folded = fold(&stated.value);
        if is_no_value(&folded) || may_be_secret(name) || is_historical(repo.path(stated.span.file)) {
            continue;
        }
        let Some(known) = defaults.code.get(&name.to_ascii_uppercase()) else { continue };
        let others = defaults.elsewhere.get(name.as_str()).into_iter().flatten();
        let is_same = |it: &String| fold(it) == folded || is_same_amount(it, &stated.value);
        if known.iter().map(|it| &it.0).chain(others).any(is_same) {
            continue;
        }
        let (first, place) = &known[0];
        // Programs that disagree among themselves are each documented somewhere.
        if is_no_value(&fold(first)) || known.iter().any(|it| fold(&it.0) != fold(first)) {
            continue;
        }
        let message = format!("`{name}` has the default `{first}`, not `{}`", stated.value);
        let finding = RULE.finding(stated.span, message).also(*place, "the default");
        findings.push(finding.help(format!("write `{first}`")));
    }
}

/// The defaults of variables.
struct Defaults<'a> {
    /// Those of the code, by the name in capitals, with their places.
    code: HashMap<String, Vec<(String, Span)>>,
    /// What is set or falls back elsewhere.
    elsewhere: HashMap<&'a str, Vec<String>>,
}

impl<'a> Defaults<'a> {
    fn of(repo: &'a Repo) -> Defaults<'a> {
        let mut code: HashMap<String, Vec<(String, Span)>> = HashMap::new();
        for class in repo.facts.settings.iter().filter(|it| !it.in_test) {
            for field in &class.fields {
                let Some(value) = &field.default_value else { continue };
                let place = field.default.as_ref().map_or(field.name.span, |it| it.span);
                for name in &field.env_names {
                    code.entry(name.to_ascii_uppercase()).or_default().push((value.clone(), place));
                }
            }
        }
        let mut elsewhere: HashMap<&str, Vec<String>> = HashMap::new();
        for read in repo.facts.reads.iter().filter(|it| !it.is_prefix) {
            let Absent::Default(value) = &read.absent else { continue };
            let place = read.name.span;
            // What tests fall back to may be documented, but is not what a document has to say.
            if read.in_test {
                elsewhere.entry(&read.name.value).or_default().push(value.clone());
            } else {
                code.entry(read.name.value.to_ascii_uppercase()).or_default().push((value.clone(), place));
            }
        }
        for entry in repo.facts.env_files.iter().flat_map(|it| &it.entries) {
            elsewhere.entry(&entry.name.value).or_default().push(entry.value.value.clone());
        }
        for file in &repo.facts.compose_files {
            for variable in file.model.services.iter().flat_map(|it| &it.environment) {
                let value = variable.value.as_ref().and_then(|it| known::with_defaults(&it.value));
                elsewhere.entry(&variable.name.value).or_default().extend(value);
            }
            for it in &file.references {
                let default = it.reference.default().and_then(|it| it.as_literal());
                elsewhere.entry(&it.reference.name).or_default().extend(default);
            }
        }
        for set in &repo.facts.sets {
            elsewhere.entry(&set.name.value).or_default().extend(set.value.as_ref().map(|it| it.value.clone()));
        }
        Defaults { code, elsewhere }
    }
}

/// What is written behind a number for its unit: `5s`, `60 ms`, `4m`.
const UNITS: [char; 5] = ['s', 'm', 'h', ' ', '%'];

/// What units come to, where a number alone is in the smallest of its kind: a share, seconds, milliseconds or bytes.
const FACTORS: [(&str, &[f64]); 12] = [
    ("%", &[0.01]),
    ("ms", &[0.001, 1.0]),
    ("s", &[1.0, 1e3]),
    ("m", &[60.0, 6e4]),
    ("min", &[60.0, 6e4]),
    ("h", &[3600.0, 36e5]),
    ("d", &[86400.0, 864e5]),
    ("day", &[86400.0, 864e5]),
    ("days", &[86400.0, 864e5]),
    ("kb", &[1e3, 1024.0]),
    ("mb", &[1e6, 1_048_576.0]),
    ("gb", &[1e9, 1_073_741_824.0]),
];

/// Returns whether two texts say the same number, one of them with a unit: `1%` and `0.01`, `5m` and `300`.
fn is_same_amount(a: &str, b: &str) -> bool {
    let with_unit = |text: &str| -> Option<(f64, &[f64])> {
        let plain = text.trim().trim_matches(['"', '\'', '`']).to_ascii_lowercase();
        let at = plain.find(|it: char| !it.is_ascii_digit() && it != '.')?;
        let factors = FACTORS.iter().find(|it| it.0 == plain[at..].trim())?.1;
        Some((plain[..at].parse().ok()?, factors))
    };
    let is_it = |a: &str, b: &str| {
        let Some(((number, factors), plain)) = with_unit(a).zip(fold(b).parse::<f64>().ok()) else { return false };
        factors.iter().any(|it| (number * it - plain).abs() <= plain.abs() * 1e-9)
    };
    is_it(a, b) || is_it(b, a)
}

/// Returns a value without what spellings differ in.
fn fold(value: &str) -> String {
    let plain = value.trim().trim_matches(['"', '\'', '`']).to_ascii_lowercase();
    match plain.as_str() {
        "yes" | "on" | "true" => "true".to_string(),
        "no" | "off" | "false" => "false".to_string(),
        _ if plain.trim_end_matches(UNITS).parse::<f64>().is_ok() && plain.ends_with(UNITS) => {
            fold(plain.trim_end_matches(UNITS))
        }
        _ if plain.bytes().all(|it| it.is_ascii_digit() || b"_,.".contains(&it)) => {
            let digits = plain.replace(['_', ','], "");
            digits.strip_suffix(".0").unwrap_or(&digits).to_string()
        }
        _ => plain.trim_end_matches('/').to_string(),
    }
}

/// Returns whether a text says that there is no default, or what it depends on.
fn is_no_value(folded: &str) -> bool {
    let words = [
        "",
        "-",
        "--",
        "---",
        "—",
        "–",
        "none",
        "null",
        "nil",
        "unset",
        "empty",
        "required",
        "n/a",
        "auto",
        "random",
        "undefined",
        "[]",
        "{}",
    ];
    words.contains(&folded)
        || folded.starts_with(['(', '<', '$', '*', '…'])
        || folded.contains("...")
        || folded.contains('…')
}
