//! `workflow-unknown`.

use crate::diag::{Code, Level, nearest};
use crate::repo::Repo;
use crate::rules::{Findings, Rule};
use crate::syntax::node::Node;

/// A workflow waits for another one that does not exist.
pub static RULE: Rule = Rule {
    code: Code { id: "CI009", name: "workflow-unknown" },
    level: Level::Error,
    summary: "a workflow waits for the end of one that the repository does not have",
    docs: r#"
## What it does
Looks up the names of `on.workflow_run.workflows` among the names of the repository's workflows.
## Why it matters
GitHub says nothing: the workflow just never starts, so after the first one is renamed nothing is deployed any more.
## Example
```sample
#- .github/workflows/test.yml
name: Tests
on: push
jobs:
  test:
    runs-on: ubuntu-latest
    steps: [{run: make test}]
#- .github/workflows/deploy.yml
on:
  workflow_run:
    workflows: [Test]
#               ^^^^ error: no workflow is called `Test`
    types: [completed]
jobs:
  deploy:
    runs-on: ubuntu-latest
    steps: [{run: make deploy}]
```
## Silent
A workflow without a name has that of its file.
```sample
#- .github/workflows/test.yml
name: Tests
on: push
jobs: {}
#- .github/workflows/lint.yml
on: push
jobs: {}
#- .github/workflows/deploy.yml
on:
  workflow_run:
    workflows: [Tests, .github/workflows/lint.yml]
    types: [completed]
jobs: {}
```
"#,
    run,
};

fn run(repo: &Repo, findings: &mut Findings) {
    // Below another folder it is not one of this repository.
    let workflows = || repo.facts.workflows.iter().filter(|it| it.path.starts_with(".github/workflows/"));
    let names = || workflows().map(|it| it.node.get("name").and_then(Node::as_text).unwrap_or(&it.path));
    for workflow in workflows() {
        let on = workflow.node.get("on").or_else(|| workflow.node.get("true"));
        let Some(list) = on.and_then(|it| it.at(&["workflow_run", "workflows"])) else { continue };
        for wanted in list.as_seq().unwrap_or(std::slice::from_ref(list)) {
            // Those that GitHub runs itself have no file.
            let is_own = |it: &&str| !it.starts_with("pages-build") && !it.eq_ignore_ascii_case("CodeQL");
            let Some(name) = wanted.as_text().filter(is_own).filter(|name| !names().any(|it| it == *name)) else {
                continue;
            };
            let near = nearest(name, names());
            let finding = RULE.finding(wanted.place(), format!("no workflow is called `{name}`"));
            let help = near.as_ref().map_or_else(
                || "name a workflow of `.github/workflows`".to_string(),
                |it| format!("did you mean `{it}`?"),
            );
            findings.push(finding.help(help).meant(wanted.place(), name, near));
        }
    }
}
