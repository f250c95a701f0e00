//! `job-unknown`.

use std::collections::HashSet;

use crate::diag::{Code, Level, nearest};
use crate::repo::Repo;
use crate::rules::{Findings, Rule};
use crate::syntax::node::Node;

/// A job waits for one that the workflow does not have.
pub static RULE: Rule = Rule {
    code: Code { id: "CI007", name: "job-unknown" },
    level: Level::Error,
    summary: "a job of a workflow needs one that the workflow does not have",
    docs: r#"
## What it does
Looks up the `needs` of each job among the jobs of its workflow. As GitHub does, it makes no difference of capitals.
## Why it matters
GitHub refuses the whole workflow: after a job is renamed, nothing is deployed any more.
## Example
```sample
#- .github/workflows/deploy.yml
on: push
jobs:
  test:
    runs-on: ubuntu-latest
    steps: [{run: make test}]
  deploy:
    needs: [tests]
#           ^^^^^ error: no job of this workflow is called `tests`
    runs-on: ubuntu-latest
    steps: [{run: make deploy}]
```
## Silent
```sample
#- Makefile
test deploy notify report:
	echo $@
#- .github/workflows/deploy.yml
on: push
jobs:
  test:
    runs-on: ubuntu-latest
    steps: [{run: make test}]
  deploy:
    needs: test
    runs-on: ubuntu-latest
    steps: [{run: make deploy}]
  Notify:
    needs: [test, deploy]
    runs-on: ubuntu-latest
    steps: [{run: make notify}]
  report:
    # Capitals make no other name.
    needs: notify
    runs-on: ubuntu-latest
    steps: [{run: make report}]
```
"#,
    run,
};

fn run(repo: &Repo, findings: &mut Findings) {
    for workflow in &repo.facts.workflows {
        let Some(jobs) = workflow.node.get("jobs").and_then(Node::as_map) else { continue };
        let names: Vec<&str> = jobs.entries.iter().map(|it| &*it.key).collect();
        let known: HashSet<String> = names.iter().map(|it| it.to_ascii_lowercase()).collect();
        let is_unknown = |it: &&str| !known.contains(&it.to_ascii_lowercase()) && !it.contains('$');
        let needs = jobs.entries.iter().filter_map(|it| it.value.get("needs"));
        for need in needs.flat_map(|it| it.as_seq().unwrap_or(std::slice::from_ref(it))) {
            let Some(name) = need.as_text().filter(is_unknown) else { continue };
            let near = nearest(name, names.iter().copied());
            let finding = RULE.finding(need.place(), format!("no job of this workflow is called `{name}`"));
            let help = near.as_ref().map_or_else(
                || "name a job of this workflow, or remove it".to_string(),
                |it| format!("did you mean `{it}`?"),
            );
            findings.push(finding.help(help).meant(need.place(), name, near));
        }
    }
}
