//! `workflow-path-missing`.

use std::collections::BTreeMap;

use crate::diag::{Code, Level};
use crate::repo::Repo;
use crate::repo::fact::{Text, Workflow};
use crate::rules::existence::{hint, will_be_there};
use crate::rules::{Findings, Rule};
use crate::source::{Span, normalize};

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
      - run: npm test
        working-directory: frontend
#                          ~~~~~~~~ and here
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
      - uses: hadolint/hadolint-action@v3
        with: { dockerfile: Dockerfile, recursive: true }
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
        let mut missing: BTreeMap<String, BTreeMap<Span, String>> = BTreeMap::new();
        for path in &workflow.paths {
            if let Some(plain) = missing_path(repo, workflow, path) {
                missing.entry(cause(repo, &plain)).or_default().insert(path.span, plain);
            }
        }
        missing.into_values().for_each(|it| tell(repo, it, findings));
    }
}

fn missing_path(repo: &Repo, workflow: &Workflow, path: &Text) -> Option<String> {
    let plain = normalize(&path.value).filter(|it| it != ".")?;
    // A Dockerfile may be given from its context, and a file from the working directory: those are inputs, too.
    let bases = workflow.paths.iter().filter_map(|it| normalize(&it.value));
    let from_base = bases.filter_map(|it| normalize(&format!("{it}/{plain}"))).any(|it| repo.tree.exists(&it));
    let is_there = will_be_there(repo, &plain) || from_base || is_checked_out(workflow);
    (!is_there).then_some(plain)
}

/// Returns the folder that was deleted with what is missing, or that itself.
fn cause(repo: &Repo, path: &str) -> String {
    let mut folders = path.match_indices('/').map(|it| &path[..it.0]);
    let gone = folders.find(|it| !will_be_there(repo, it)).filter(|it| repo.tree.was_deleted(it));
    gone.unwrap_or(path).to_string()
}

/// What one deleted folder takes away from many lines is one finding.
fn tell(repo: &Repo, places: BTreeMap<Span, String>, findings: &mut Findings) {
    let about = places.values().cloned().collect();
    let mut places = places.into_iter();
    let Some((span, path)) = places.next() else { return };
    let state = if repo.tree.was_deleted(&path) { "was deleted from" } else { "is not in" };
    let finding = RULE.finding(span, format!("`{path}` {state} the repository"));
    let finding = places.fold(finding, |finding, (span, other)| match other == path {
        true => finding.also(span, "and here"),
        false => finding.also(span, format!("`{other}` too")),
    });
    let way_out = hint(repo, &path).unwrap_or_else(|| "correct the path".to_string());
    findings.push_about(finding.help(way_out), about);
}

/// Whether a step checks out another repository, so that its paths may be meant.
fn is_checked_out(workflow: &Workflow) -> bool {
    let jobs = workflow.node.get("jobs").and_then(|it| it.as_map());
    let steps = jobs.into_iter().flat_map(|it| &it.entries).filter_map(|it| it.value.get("steps")?.as_seq()).flatten();
    let mut with = steps.filter_map(|it| it.get("with"));
    with.any(|it| it.get("repository").is_some() || it.get("path").is_some() && it.get("ref").is_some())
}
