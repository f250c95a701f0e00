//! `scalar-changed`.

use crate::diag::{Applicability, Code, Edit, Level};
use crate::repo::Repo;
use crate::rules::{Findings, Rule};
use crate::syntax::node::{Entry, Node, Style, Value};

/// A number without quotes that arrives as another text than the one that is written.
pub static RULE: Rule = Rule {
    code: Code { id: "YML003", name: "scalar-changed" },
    level: Level::Warning,
    summary: "a value without quotes is read as a number and arrives as another text",
    docs: r#"
## What it does
Finds values in `environment`, `labels` and `args` of compose files, and versions in workflows, that YAML takes for a
number whose text is another one: `0755` is 493, `1.10` is 1.1, `1e3` is 1000, `1_000` is 1000.
## Why it matters
Nothing is said. The program gets a mode, a version or a code that nobody wrote; the tests run on Python 3.1.
## Example
```sample
#- compose.yml
services:
  api:
    image: api:1
    environment:
      UMASK: 0022
#            ^^^^ warning: `0022` without quotes is the number 18
      API_VERSION: 1.10
#                  ^^^^ warning: `1.10` without quotes is the number 1.1
#- .github/workflows/ci.yml
on: push
jobs:
  test:
    runs-on: ubuntu-latest
    strategy:
      matrix:
        python-version: [3.9, 3.10]
#                             ^^^^ warning: `3.10` without quotes is the number 3.1
    steps:
      - run: echo
```
## Fixed
```sample
#- compose.yml
services:
  api:
    image: api:1
    environment:
      UMASK: "0022"
      API_VERSION: "1.10"
#- .github/workflows/ci.yml
on: push
jobs:
  test:
    runs-on: ubuntu-latest
    strategy:
      matrix:
        python-version: [3.9, "3.10"]
    steps:
      - run: echo
```
## Silent
What is in quotes, what is the same as a number, and the words that only older programs take for a truth.
```sample
#- compose.yml
services:
  api:
    image: api:1
    environment:
      UMASK: "0022"
      COUNTRY: no
      PORT: 8000
      RATIO: 0.5
      LIMIT: 5.0
      TIME: 22:22
      VERSION: 1.10.2
      HASH: 1e3f
    labels:
      - version=1.10
```
## When it may be wrong
When the number is meant, and the program takes either spelling.
"#,
    run,
};

fn run(repo: &Repo, findings: &mut Findings) {
    for file in &repo.facts.compose_files {
        for service in entries(file.node.get("services")) {
            let places = [&["environment"][..], &["labels"], &["build", "args"], &["deploy", "labels"]];
            for entry in places.iter().flat_map(|it| entries(service.value.at(it))) {
                // `5.0` is the number five for whoever reads numbers; a version is no number.
                let is_whole = entry.value.as_text().is_some_and(is_whole);
                let is_version =
                    ["VERSION", "TAG", "RELEASE"].iter().any(|it| entry.key.to_ascii_uppercase().contains(it));
                if !is_whole || is_version {
                    judge(&entry.value, findings);
                }
            }
        }
    }
    for workflow in &repo.facts.workflows {
        versions(&workflow.node, findings);
    }
}

/// Looks at everything that is called a version.
fn versions(node: &Node, findings: &mut Findings) {
    match &node.value {
        Value::Map(map) => {
            for entry in &map.entries {
                if entry.key.ends_with("-version") || entry.key.ends_with("_version") || &*entry.key == "version" {
                    let list = entry.value.as_seq().unwrap_or(std::slice::from_ref(&entry.value));
                    list.iter().for_each(|it| judge(it, findings));
                }
                versions(&entry.value, findings);
            }
        }
        Value::Seq(list) => list.iter().for_each(|it| versions(it, findings)),
        Value::Scalar(_) => {}
    }
}

/// Returns whether a text is a whole number with a dot and zeros behind it.
fn is_whole(text: &str) -> bool {
    let Some((whole, part)) = text.split_once('.') else { return false };
    let is_number = !whole.is_empty() && whole.bytes().all(|it| it.is_ascii_digit());
    is_number && !part.is_empty() && part.bytes().all(|it| it == b'0')
}

fn entries(node: Option<&Node>) -> impl Iterator<Item = &Entry> {
    node.and_then(Node::as_map).map_or(&[][..], |it| &it.entries).iter()
}

fn judge(node: &Node, findings: &mut Findings) {
    let Some(scalar) = node.as_scalar().filter(|it| it.style == Style::Plain && node.tag().is_none()) else { return };
    let Some(number) = other_text(&scalar.text) else { return };
    let message = format!("`{}` without quotes is the number {number}", scalar.text);
    let edit = Edit { span: node.span, replacement: format!("\"{}\"", scalar.text) };
    let finding = RULE.finding(node.place(), message).help(format!("write \"{}\"", scalar.text));
    findings.push(finding.fix("put it in quotes", Applicability::Safe, vec![edit]));
}

/// Returns the number that a plain text is read as, if it is written otherwise; as compose and `docker stack` read it.
fn other_text(text: &str) -> Option<String> {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    let is_all = |it: &str, allowed: &dyn Fn(char) -> bool| !it.is_empty() && it.chars().all(allowed);
    let is_digit = |it: char| it.is_ascii_digit();
    if !digits.starts_with(is_digit) || text.len() > 18 {
        return None;
    }
    let plain = digits.replace('_', "");
    let number = if let Some(hex) = plain.strip_prefix("0x") {
        i64::from_str_radix(hex, 16).ok()?.to_string()
    } else if let Some(octal) = plain.strip_prefix("0o") {
        i64::from_str_radix(octal, 8).ok()?.to_string()
    } else if is_all(&plain, &is_digit) && plain.len() > 1 && plain.starts_with('0') {
        let octal = i64::from_str_radix(&plain, 8).ok();
        octal.or_else(|| plain.parse().ok())?.to_string()
    } else if is_all(&plain, &is_digit) {
        plain.clone()
    } else {
        let (whole, part) = plain.split_once('.').unwrap_or((&plain, ""));
        let is_fraction = is_all(whole, &is_digit) && is_all(part, &is_digit);
        let is_power = plain.split_once(['e', 'E']).is_some_and(|(before, after)| {
            let after = after.strip_prefix(['+', '-']).unwrap_or(after);
            is_all(&before.replacen('.', "", 1), &is_digit) && is_all(after, &is_digit) && after.len() < 3
        });
        if !is_fraction && !is_power {
            return None;
        }
        plain.parse::<f64>().ok()?.to_string()
    };
    (number != digits).then_some(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_what_compose_makes_of_them() {
        let cases = [
            ("0755", Some("493")),
            ("08", Some("8")),
            ("010", Some("8")),
            ("0o17", Some("15")),
            ("0x1F", Some("31")),
            ("1.10", Some("1.1")),
            ("3.0", Some("3")),
            ("1e3", Some("1000")),
            ("1_000", Some("1000")),
            ("8000", None),
            ("0", None),
            ("0.5", None),
            ("no", None),
            ("22:22", None),
            ("1.10.2", None),
            ("1e3f", None),
            ("2024-01-01", None),
            ("", None),
        ];
        for (text, expected) in cases {
            assert_eq!(other_text(text).as_deref(), expected, "{text}");
        }
    }
}
