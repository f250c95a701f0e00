//! The rule of a router, such as ``Host(`a`) || (Host(`b`) && PathPrefix(`/api`))``.
//!
//! `&&` binds tighter than `||`, so without the parentheses the paths would restrict the last host only.

use crate::ir::route::Match;
use crate::ir::text::{Part, Text};

/// Writes the rule that any of the alternatives matches.
pub(crate) fn rule(alternatives: &[Match]) -> Text {
    let alone = alternatives.len() == 1;
    let mut terms = Vec::new();
    for Match { hosts, paths } in alternatives {
        let hosts: Vec<Text> = hosts.iter().map(host).collect();
        let paths: Vec<Text> = paths.iter().map(|it| call("PathPrefix", it)).collect();
        match (hosts.is_empty(), paths.is_empty()) {
            (true, true) => terms.push(call("PathPrefix", &Text::literal("/"))),
            (false, true) => terms.extend(hosts),
            (true, false) => terms.extend(paths),
            (false, false) => {
                let both = join(&[any(&hosts), any(&paths)], " && ");
                terms.push(if alone { both } else { wrap("(", &both, ")") });
            }
        }
    }
    join(&terms, " || ")
}

fn any(terms: &[Text]) -> Text {
    let any = join(terms, " || ");
    if terms.len() > 1 { wrap("(", &any, ")") } else { any }
}

/// `Host` knows no wildcards: `*.example.com` becomes a pattern for one more label.
fn host(host: &Text) -> Text {
    let Some(Part::Literal(first)) = host.parts.first() else { return call("Host", host) };
    let Some(rest) = first.strip_prefix("*.") else { return call("Host", host) };
    let mut pattern = Text::literal("^[a-zA-Z0-9-]+\\.");
    pattern.push_literal(&rest.replace('.', "\\."));
    for part in &host.parts[1..] {
        match part {
            Part::Literal(it) => pattern.push_literal(&it.replace('.', "\\.")),
            Part::Variable(_) | Part::Slot => pattern.parts.push(part.clone()),
        }
    }
    pattern.push_literal("$");
    call("HostRegexp", &pattern)
}

fn call(matcher: &str, argument: &Text) -> Text {
    wrap(&format!("{matcher}(`"), argument, "`)")
}

fn wrap(before: &str, text: &Text, after: &str) -> Text {
    join(&[Text::literal(before), text.clone(), Text::literal(after)], "")
}

fn join(texts: &[Text], between: &str) -> Text {
    let mut out = Text::default();
    for (nth, text) in texts.iter().enumerate() {
        if nth > 0 {
            out.push_literal(between);
        }
        out.append(text.clone());
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn alternative(hosts: &[&str], paths: &[&str]) -> Match {
        let texts = |list: &[&str]| list.iter().map(|it| Text::literal(*it)).collect();
        Match { hosts: texts(hosts), paths: texts(paths) }
    }

    #[test]
    fn parentheses_stand_wherever_and_meets_or() {
        let cases = [
            (vec![alternative(&["a"], &[])], "Host(`a`)"),
            (vec![alternative(&["a", "b"], &[])], "Host(`a`) || Host(`b`)"),
            (vec![alternative(&["a"], &["/x"])], "Host(`a`) && PathPrefix(`/x`)"),
            (
                vec![alternative(&["a", "b"], &["/x", "/y"])],
                "(Host(`a`) || Host(`b`)) && (PathPrefix(`/x`) || PathPrefix(`/y`))",
            ),
            (
                vec![alternative(&["a"], &[]), alternative(&["b"], &["/x", "/y"])],
                "Host(`a`) || (Host(`b`) && (PathPrefix(`/x`) || PathPrefix(`/y`)))",
            ),
            (vec![alternative(&[], &["/x"])], "PathPrefix(`/x`)"),
            (vec![alternative(&[], &[])], "PathPrefix(`/`)"),
            (vec![alternative(&["*.a.io"], &[])], "HostRegexp(`^[a-zA-Z0-9-]+\\.a\\.io$`)"),
        ];
        for (alternatives, expected) in cases {
            assert_eq!(rule(&alternatives).as_literal(), Some(expected));
        }
    }
}
