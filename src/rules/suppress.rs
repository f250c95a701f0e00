//! Applies `specc: ignore[…]` comments, and judges the comments themselves.

use super::selection::fits;
use super::{Finding, Findings, RULES, Rule, Selection, Silenced};
use crate::diag::{Applicability, Code, Edit, Level, nearest};
use crate::repo::Repo;
use crate::repo::suppression::Suppression;
use crate::source::Span;

/// A comment that does not say why.
pub static IGNORE_WITHOUT_REASON: Rule = Rule {
    code: Code { id: "CFG001", name: "ignore-without-reason" },
    level: Level::Warning,
    summary: "a comment keeps a finding quiet and does not say why",
    docs: "\
## What it does
Finds `specc: ignore[CODE]` comments with nothing after the bracket.
## Why it matters
Half a year later nobody knows whether the finding may be looked at again.
## Example
```sample
#- docker-compose.yml
services:
  api:
    image: api
    volumes:
      - ./made-on-the-server.conf:/etc/api.conf:ro # specc: ignore[MNT001]
#                                                  ^^^^^^^^^^^^^^^^^^^^^^^ this comment does not say why
```
## Silent
```sample
#- docker-compose.yml
services:
  api:
    image: api
    volumes:
      - ./made-on-the-server.conf:/etc/api.conf:ro # specc: ignore[MNT001] the operator puts it there
```
",
    run: nothing,
};

/// A comment that names a rule which does not exist.
pub static IGNORE_UNKNOWN_RULE: Rule = Rule {
    code: Code { id: "CFG002", name: "ignore-unknown-rule" },
    level: Level::Warning,
    summary: "a comment names a rule that does not exist",
    docs: "\
## What it does
Finds codes in `specc: ignore[…]` that no rule has.
## Why it matters
The comment does nothing, and looks as if it did.
## Example
```sample
#- .env
A=1 # specc: ignore[MNT01x] typing error
#                   ^^^^^^ no rule is called `MNT01x`
```
",
    run: nothing,
};

/// A comment that keeps nothing quiet.
pub static IGNORE_UNUSED: Rule = Rule {
    code: Code { id: "CFG003", name: "ignore-unused" },
    level: Level::Warning,
    summary: "a comment keeps nothing quiet",
    docs: "\
## What it does
Finds codes in `specc: ignore[…]` comments for which there is no finding at that place.
## Why it matters
What was wrong has been mended, or moved; the comment would hide the next mistake.
## Example
```sample
#- docker-compose.yml
services:
  api:
    image: api # specc: ignore[MNT001] no longer needed
#                              ^^^^^^ nothing of `MNT001` is found here
```
",
    run: nothing,
};

/// Comments are judged by [`apply`], once it is known what they keep quiet.
fn nothing(_: &Repo, _: &mut Findings) {}

/// Takes out what comments keep quiet, and adds what is wrong with the comments.
pub fn apply(repo: &Repo, selection: &Selection, list: Vec<Finding>) -> (Vec<Finding>, Vec<Silenced>) {
    if selection.ignores_comments {
        return (list, Vec::new());
    }
    let comments = &repo.facts.suppressions;
    let mut used: Vec<Vec<bool>> = comments.iter().map(|it| vec![false; it.codes.len()]).collect();
    let (mut kept, mut silenced) = (Vec::new(), Vec::new());
    for finding in list {
        match silencer(comments, &finding) {
            Some((comment, code)) => {
                used[comment][code] = true;
                let reason = comments[comment].reason.clone();
                silenced.push(Silenced { diagnostic: finding.diagnostic, reason });
            }
            None => kept.push(finding),
        }
    }
    let mut findings = Findings { list: kept, ..Findings::default() };
    for (comment, used) in comments.iter().zip(used) {
        judge_comment(comment, &used, selection, &mut findings);
    }
    findings.list.retain(|it| selection.wants(it.diagnostic.code));
    (findings.list, silenced)
}

/// Finds the comment, and which of its codes, that covers some place of a finding.
fn silencer(comments: &[Suppression], finding: &Finding) -> Option<(usize, usize)> {
    let diagnostic = &finding.diagnostic;
    let labels: Vec<Span> = diagnostic.primary.iter().chain(&diagnostic.related).map(|it| it.span).collect();
    comments.iter().enumerate().find_map(|(at, comment)| {
        let starts_in = |it: &Span| {
            let covers = comment.covers;
            it.file == covers.file && covers.start <= it.start && it.start <= covers.end
        };
        if !labels.iter().any(starts_in) {
            return None;
        }
        Some((at, comment.codes.iter().position(|it| fits(&it.value, diagnostic.code))?))
    })
}

fn judge_comment(comment: &Suppression, used: &[bool], selection: &Selection, findings: &mut Findings) {
    if comment.reason.is_empty() {
        let help = "write the reason after the bracket";
        findings.push(IGNORE_WITHOUT_REASON.finding(comment.span, "this comment does not say why").help(help));
    }
    for (at, code) in comment.codes.iter().enumerate().filter(|(at, _)| !used[*at]) {
        let rules: Vec<&&Rule> = RULES.iter().filter(|it| fits(&code.value, it.code)).collect();
        // Those of reading a file, and those of the compiler, which `specc build` applies.
        let from_reading =
            ["YML", "COV", "SPEC", "TGT"].iter().any(|it| code.value.to_ascii_uppercase().starts_with(it));
        if rules.is_empty() && !from_reading {
            let near = nearest(&code.value, RULES.iter().flat_map(|it| [it.code.id, it.code.name]));
            let message = format!("no rule is called `{}`", code.value);
            let help = near.map(|it| format!("did you mean `{it}`?"));
            let finding = IGNORE_UNKNOWN_RULE.finding(code.span, message).maybe_help(help);
            findings.push(finding.meant(code.span, &code.value, near));
        } else if rules.iter().any(|it| selection.wants(it.code)) {
            let message = format!("nothing of `{}` is found here", code.value);
            let mut finding = IGNORE_UNUSED.finding(code.span, message).help("remove the comment");
            let edit = |span| vec![Edit { span, replacement: String::new() }];
            finding = match (&comment.codes[..at], &comment.codes[at + 1..]) {
                ([], []) => finding.fix("remove the comment", Applicability::Safe, edit(comment.span)),
                // One of several goes with its comma.
                ([], [next, ..]) => {
                    let span = Span { end: next.span.start, ..code.span };
                    finding.fix("remove the code", Applicability::Safe, edit(span))
                }
                ([.., before], _) => {
                    let span = Span { start: before.span.end, ..code.span };
                    finding.fix("remove the code", Applicability::Safe, edit(span))
                }
            };
            findings.push(finding);
        }
    }
}
