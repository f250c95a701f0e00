//! `branch-unknown`.

use crate::diag::{Code, Level, did_you_mean};
use crate::repo::Repo;
use crate::rules::{Findings, Rule};
use crate::syntax::node::Node;

/// A workflow waits for a branch that does not exist.
pub static RULE: Rule = Rule {
    code: Code { id: "CI006", name: "branch-unknown" },
    level: Level::Warning,
    summary: "a workflow waits for pushes to a branch that the repository does not have",
    docs: r#"
## What it does
Compares the branches of `on.push`, `on.pull_request` and their like with the branches of the clone. Says something only
where the clone knows all branches (it has `origin/HEAD`), and only where no branch of a list exists.
## Why it matters
The workflow never runs, and a workflow that never runs does not fail either: tests that everybody trusts are off.
## Example
```sample
#- .github/workflows/test.yml
on:
  push:
    branches: [master]
#              ^^^^^^ warning: no branch is called `master`
  pull_request:
    branches: [main, master]
#- main (branch)
#- fix/a (branch)
```
## Silent
Globs, lists of which one branch exists, and clones that know only some branches.
```sample
#- .github/workflows/test.yml
on:
  push:
    branches: [main, master, 'release/**', '!x']
  pull_request:
    branches: ['v*']
#- main (branch)
```
"#,
    run,
};

fn run(repo: &Repo, findings: &mut Findings) {
    // Below another folder it is not one of this repository.
    for workflow in repo.facts.workflows.iter().filter(|it| it.path.starts_with(".github/")) {
        let on = workflow.node.get("on").or_else(|| workflow.node.get("true")).and_then(Node::as_map);
        for entry in on.into_iter().flat_map(|it| &it.entries) {
            if let Some(list) = entry.value.get("branches").filter(|_| &*entry.key != "workflow_run") {
                judge(repo, list.as_seq().unwrap_or(std::slice::from_ref(list)), findings);
            }
        }
    }
}

fn judge(repo: &Repo, list: &[Node], findings: &mut Findings) {
    let names: Vec<(&Node, &str)> = list.iter().filter_map(|it| Some((it, it.as_text()?))).collect();
    let is_glob = |it: &str| it.contains(['*', '?', '+', '[', '!', '$']);
    if names.is_empty() || names.iter().any(|it| is_glob(it.1)) {
        return;
    }
    // Only now: it has to be asked of git.
    let Some(branches) = repo.tree.branches() else { return };
    let exists = |it: &str| branches.iter().any(|branch| branch == it);
    if names.iter().any(|it| exists(it.1)) {
        return;
    }
    let usual = ["main", "master", "develop", "trunk"];
    let near = |name: &str| {
        let near = did_you_mean(name, branches.iter().map(String::as_str));
        near.or_else(|| usual.contains(&name).then(|| usual.into_iter().find(|it| exists(it))).flatten())
    };
    // One list that no push fits is one mistake.
    let told = names.iter().find(|it| near(it.1).is_some()).unwrap_or(&names[0]);
    let help = near(told.1)
        .map_or_else(|| "correct the name, or remove the filter".to_string(), |it| format!("did you mean `{it}`?"));
    // A name like no other may be that of a branch which is pushed now and then, to set the workflow off.
    let level =
        if names.iter().any(|it| near(it.1).is_some() || usual.contains(&it.1)) { RULE.level } else { Level::Info };
    let others: Vec<&str> = names.iter().map(|it| it.1).filter(|it| *it != told.1).collect();
    let message = match others.as_slice() {
        [] => format!("no branch is called `{}`", told.1),
        more => format!("no branch is called `{}`, and none `{}`", told.1, more.join("` or `")),
    };
    findings.push(RULE.finding_at(level, told.0.place(), message).help(help));
}
