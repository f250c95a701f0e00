//! `router-rule-syntax`.

use super::each_label;
use crate::diag::{Code, Level, did_you_mean};
use crate::repo::Repo;
use crate::rules::{Findings, Rule};

/// A router's rule that Traefik does not understand, or not as it looks.
pub static RULE: Rule = Rule {
    code: Code { id: "RTE005", name: "router-rule-syntax" },
    level: Level::Error,
    summary: "a router's rule is not one that Traefik understands",
    docs: r#"
## What it does
Reads rules of routers: parentheses and quotes that are not closed, matchers that neither version 2 nor 3 has, and
(as a warning) `&&` beside `||` without parentheses.
## Why it matters
Traefik leaves out a router whose rule it cannot read. `&&` binds tighter than `||`: in ``Host(`a`) || Host(`b`) &&
PathPrefix(`/x`)`` the path restricts only the second host.
## Example
```sample
#- docker-compose.yml
services:
  api:
    image: api:1
    labels:
      - traefik.http.routers.a.rule=Hosts(`a.example.com`)
#                                   ^^^^^^^^^^^^^^^^^^^^^^ error: Traefik has no matcher `Hosts`
      - traefik.http.routers.b.rule=Host(`b.example.com`
#                                   ^^^^^^^^^^^^^^^^^^^^ error: a `(` in the rule is not closed
      - traefik.http.routers.c.rule=Host(`a`) || Host(`b`) && PathPrefix(`/x`)
#                                   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ warning: `&&` binds tighter than `||`: this restricts only the last alternative
```
## Silent
```sample
#- docker-compose.yml
services:
  api:
    image: api:1
    labels:
      - traefik.http.routers.a.rule=Host(`a.${DOMAIN:-localhost}`) && (PathPrefix(`/x`) || PathPrefix(`/y`))
      - traefik.http.routers.c.rule=hostregexp(`{host:.+}`) && PATHPREFIX(`/a`) && Pathprefix(`/a/b`)
      - traefik.http.routers.b.rule=HostRegexp(`^.+\.example\.com$$`) || !Method("GET", "PUT")
      - traefik.tcp.routers.c.rule=HostSNI(`*`)
```
"#,
    run,
};

const MATCHERS: [&str; 17] = [
    "Host",
    "HostRegexp",
    "HostHeader",
    "Path",
    "PathPrefix",
    "PathRegexp",
    "Method",
    "Header",
    "HeaderRegexp",
    "Headers",
    "HeadersRegexp",
    "Query",
    "QueryRegexp",
    "ClientIP",
    "HostSNI",
    "HostSNIRegexp",
    "ALPN",
];

fn run(repo: &Repo, findings: &mut Findings) {
    each_label(repo, |_, label, _| {
        if label.section != "routers" || label.option != "rule" {
            return;
        }
        let Some(value) = &label.value else { return };
        if let Some((level, message, help)) = fault(&value.value) {
            findings.push(RULE.finding_at(level, value.span, message).help(help));
        }
    });
}

fn fault(rule: &str) -> Option<(Level, String, String)> {
    let (mut depth, mut quote, mut operators, mut word) = (0_usize, None, Vec::new(), String::new());
    let mut is_mixed = false;
    let mut at = 0;
    while let Some(it) = rule[at..].chars().next() {
        let rest = &rule[at..];
        // What a variable brings is not known; nothing in its braces is part of the rule.
        if rest.starts_with("${") {
            at += rest.find('}').map_or(rest.len(), |it| it + 1);
            continue;
        }
        at += it.len_utf8();
        match (quote, it) {
            (Some(open), it) if it == open => quote = None,
            (Some(_), _) => {}
            (None, '`' | '"' | '\'') => quote = Some(it),
            (None, '(') => {
                if let Some(fault) = unknown(&word) {
                    return Some(fault);
                }
                word.clear();
                depth += 1;
                operators.push(None);
            }
            (None, ')') => {
                depth = depth.checked_sub(1).ok_or(()).ok().or(Some(usize::MAX))?;
                if depth == usize::MAX {
                    return Some((Level::Error, "a `)` closes nothing".into(), "remove it, or open it before".into()));
                }
                operators.pop();
            }
            (None, '&' | '|') => {
                word.clear();
                if operators.is_empty() {
                    operators.push(None);
                }
                let slot = operators.last_mut()?;
                is_mixed |= slot.is_some_and(|before| before != it);
                *slot = Some(it);
            }
            (None, it) if it.is_alphanumeric() => word.push(it),
            _ => {}
        }
    }
    if quote.is_some() || depth > 0 {
        let what = if quote.is_some() { "a quote" } else { "a `(`" };
        return Some((Level::Error, format!("{what} in the rule is not closed"), "close it".to_string()));
    }
    is_mixed.then(|| {
        let message = "`&&` binds tighter than `||`: this restricts only the last alternative".to_string();
        (Level::Warning, message, "put the alternatives in parentheses".to_string())
    })
}

fn unknown(word: &str) -> Option<(Level, String, String)> {
    // Traefik takes each also in small letters, in capitals, and with only its first letter large.
    let is_capital = |it: &str| {
        let mut letters = word.chars();
        letters.next() == it.chars().next() && letters.as_str() == it[1..].to_ascii_lowercase()
    };
    let is_it = |it: &&str| {
        *word == **it || word == it.to_ascii_lowercase() || word == it.to_ascii_uppercase() || is_capital(it)
    };
    if word.is_empty() || MATCHERS.iter().any(is_it) {
        return None;
    }
    let help = match did_you_mean(word, MATCHERS) {
        Some(near) => format!("did you mean `{}`?", near),
        None => "known are Host, PathPrefix, Path, Method, Header, Query, ClientIP and their Regexp forms".to_string(),
    };
    Some((Level::Error, format!("Traefik has no matcher `{word}`"), help))
}
