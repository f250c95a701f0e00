//! `path-filter-empty`.

use std::borrow::Cow;

use ignore::gitignore::GitignoreBuilder;

use crate::diag::{Code, Level};
use crate::repo::Repo;
use crate::repo::fact::Text;
use crate::rules::existence::hint;
use crate::rules::{Findings, Rule};

/// A workflow waits for changes of files that do not exist.
pub static RULE: Rule = Rule {
    code: Code { id: "REF006", name: "path-filter-empty" },
    level: Level::Warning,
    summary: "a path filter of a workflow matches no file",
    docs: r#"
## What it does
Tries the globs of `on.*.paths` and of filter steps on the files of the repository.
## Why it matters
After a move the workflow does not run any more, and nothing says so.
## Example
```sample
#- .github/workflows/ci.yml
on:
  push:
    paths:
      - 'backend/**'
#        ^^^^^^^^^^ warning: no file matches `backend/**`
      - 'web/**/*.vue'
#        ^^^^^^^^^^^^ info: no file matches `web/**/*.vue`
      - 'web/**'
#- web/a.ts
1
#- backend/main.py (deleted)
```
## Silent
```sample
#- .github/workflows/ci.yml
on:
  push:
    paths: ['src/**', '!src/docs/**', '**/*.py', 'setup.*', '.github/workflows/ci.yml']
    paths-ignore: ['**/*.py', 'src/!(b).py', 'src/@(a|b).py']
#- src/a.py
1
#- setup.cfg
x
```
"#,
    run,
};

fn run(repo: &Repo, findings: &mut Findings) {
    for workflow in repo.facts.workflows.iter().filter(|it| !it.path.contains("/.github/workflows/")) {
        for filter in workflow.path_filters.iter().filter(|it| !it.value.starts_with('!')) {
            judge(repo, filter, RULE.level, findings);
        }
        for filter in workflow.ignored_paths.iter().filter(|it| !it.value.starts_with('!')) {
            judge(repo, filter, Level::Info, findings);
        }
    }
}

fn judge(repo: &Repo, filter: &Text, level: Level, findings: &mut Findings) {
    let written = filter.value.trim_start_matches("./");
    let glob: &str = &without_choices(written);
    let fixed: Vec<&str> = glob.split('/').take_while(|it| !it.contains(['*', '?', '[', '{', '+', '\\'])).collect();
    let fixed = fixed.join("/");
    // To compile a glob takes longer than all the rest.
    if glob.contains('$') || fixed == glob && repo.tree.has_file(&fixed) {
        return;
    }
    let mut builder = GitignoreBuilder::new("");
    if builder.add_line(None, &format!("/{glob}")).is_err() {
        return;
    }
    let Ok(matcher) = builder.build() else { return };
    // What begins with a plain folder matches nothing outside of it.
    let within = if fixed.is_empty() || fixed.starts_with('/') { "." } else { &fixed };
    let is_hit = |it: &std::sync::Arc<str>| matcher.matched_path_or_any_parents(&**it, false).is_ignore();
    if repo.tree.within(within).iter().any(is_hit) {
        return;
    }
    if !fixed.is_empty() && repo.tree.is_ignored(&fixed) {
        return;
    }
    // Where the folder is there, the files may still come.
    let is_whole = fixed == glob;
    let is_vague = fixed.is_empty() || !is_whole && repo.tree.exists(&fixed);
    let was_there = repo.tree.was_deleted(&fixed);
    let level =
        if is_vague || !was_there { level.min(if is_vague { Level::Info } else { Level::Warning }) } else { level };
    let start = filter.span.start as usize;
    let length = (filter.span.end as usize) - start;
    // Quotes are not part of the glob.
    let span = if length == filter.value.len() + 2 { filter.span.part(1, length - 1) } else { filter.span };
    let finding = RULE.finding_at(level, span, format!("no file matches `{}`", filter.value));
    let way_out = hint(repo, &fixed).unwrap_or_else(|| "correct the glob, or remove it".to_string());
    findings.push_about(finding.help(way_out), vec![fixed]);
}

/// Returns a glob with `*` for each of the choices that some tools know beside it: `!(spec)`, `@(a|b)`, `+(x)`.
fn without_choices(glob: &str) -> Cow<'_, str> {
    let mut plain = Cow::Borrowed(glob);
    while let Some(open) = plain.find('(').filter(|at| plain[..*at].ends_with(['!', '?', '+', '@', '*'])) {
        let Some(close) = plain[open..].find(')') else { break };
        plain = Cow::Owned(format!("{}*{}", &plain[..open - 1], &plain[open + close + 1..]));
    }
    plain
}
