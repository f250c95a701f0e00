//! `workflow-path-missing`.

use crate::diag::{Code, Level};
use crate::repo::Repo;
use crate::repo::fact::{Text, Workflow};
use crate::rules::existence::{hint, will_be_there};
use crate::rules::{Findings, Rule};
use crate::source::normalize;

/// An input of a workflow names a path that is not there.
pub static RULE: Rule = Rule {
    code: Code { id: "CI003", name: "workflow-path-missing" },
    level: Level::Error,
    summary: "a workflow names a Dockerfile, folder or local action that the repository does not have",
    docs: r#"
## What it does
Looks up the paths in inputs of steps and reusable workflows (`dockerfile`, `context`, `working-directory` and their
like), in matrices, and local actions (`uses: ./…`).
## Why it matters
After a move the step fails; in a release workflow, on the day of the release.
## Example
```sample
#- .github/workflows/build.yml
jobs:
  build:
    steps:
      - uses: ./.github/actions/build
#             ^^^^^^^^^^^^^^^^^^^^^^^ error: `.github/actions/build` is not in the repository
        with:
          build-context: .
          dockerfile-path: ./admin/Dockerfile
#                          ^^^^^^^^^^^^^^^^^^ error: `admin/Dockerfile` was deleted from the repository
      - run: npm ci
        working-directory: frontend
#                          ^^^^^^^^ error: `frontend` is not in the repository
  images:
    strategy:
      matrix:
        service: [admin, notifier]
#                        ^^^^^^^^ error: `apps/notifier` is not in the repository
    steps:
      - uses: docker/build-push-action@v6
        with:
          context: apps/${{ matrix.service }}
#- apps/admin/Dockerfile
FROM scratch
#- admin/Dockerfile (deleted)
```
## Silent
```sample
#- .github/workflows/build.yml
jobs:
  build:
    strategy: { matrix: { dockerfile: [app/Dockerfile, "${{ x }}"] } }
    steps:
      - uses: docker/build-push-action@v6
        with: { context: app, file: app/Dockerfile }
      - uses: example/build@v1
        with: { context: app, dockerfile: Dockerfile, working-directory: out }
      - run: mkdir -p out && ls
      - run: git clone https://github.com/example/starter
      - run: ls
        working-directory: starter
  each:
    strategy:
      matrix:
        name: [app, "${{ x }}"]
        include: [{ name: app, os: windows }]
    steps:
      - run: ls
        working-directory: ./${{ matrix.name }}
      - run: ls
        working-directory: out/${{ matrix.os }}/${{ matrix.name }}
#- app/Dockerfile
FROM scratch
```
"#,
    run,
};

fn run(repo: &Repo, findings: &mut Findings) {
    // One in another folder than the root's never runs: its paths are those of the repository that it came from.
    let runs = |it: &&Workflow| !it.path.contains("/.github/workflows/");
    for workflow in repo.facts.workflows.iter().filter(runs) {
        for path in &workflow.paths {
            judge(repo, workflow, path, findings);
        }
    }
}

fn judge(repo: &Repo, workflow: &Workflow, path: &Text, findings: &mut Findings) {
    let Some(plain) = normalize(&path.value).filter(|it| it != ".") else { return };
    // A Dockerfile may be given from its context, and a file from the working directory: those are inputs, too.
    let bases = workflow.paths.iter().filter_map(|it| normalize(&it.value));
    let from_base = bases.filter_map(|it| normalize(&format!("{it}/{plain}"))).any(|it| repo.tree.exists(&it));
    if will_be_there(repo, &plain) || from_base || is_checked_out(workflow) || is_cloned(repo, workflow, &plain) {
        return;
    }
    let state = if repo.tree.was_deleted(&plain) { "was deleted from" } else { "is not in" };
    let finding = RULE.finding(path.span, format!("`{plain}` {state} the repository"));
    let way_out = hint(repo, &plain).unwrap_or_else(|| "correct the path".to_string());
    findings.push_about(finding.help(way_out), vec![plain]);
}

/// Whether a step clones a repository into the first folder of a path.
fn is_cloned(repo: &Repo, workflow: &Workflow, path: &str) -> bool {
    let first = path.split('/').next().unwrap_or(path);
    repo.facts.commands.iter().filter(|it| it.path == workflow.path).any(|it| {
        let words: Vec<&str> =
            it.words.iter().map(|it| it.text.trim_end_matches('/').trim_end_matches(".git")).collect();
        words.first() == Some(&"git")
            && words.contains(&"clone")
            && words.iter().any(|it| it.rsplit('/').next() == Some(first))
    })
}

/// Whether a step checks out another repository, so that its paths may be meant.
fn is_checked_out(workflow: &Workflow) -> bool {
    let jobs = workflow.node.get("jobs").and_then(|it| it.as_map());
    let steps = jobs.into_iter().flat_map(|it| &it.entries).filter_map(|it| it.value.get("steps")?.as_seq()).flatten();
    let mut with = steps.filter_map(|it| it.get("with"));
    with.any(|it| it.get("repository").is_some() || it.get("path").is_some() && it.get("ref").is_some())
}
