//! `input-unknown`.

use crate::diag::{Code, Diagnostic, Level, nearest};
use crate::repo::Repo;
use crate::repo::fact::{Asked, Text, Workflow};
use crate::rules::{Findings, Rule};
use crate::source::{Span, Spanned, normalize};
use crate::syntax::node::{Entry, Map, Node};

/// A caller and the workflow or action that it calls part over inputs or secrets.
pub static RULE: Rule = Rule {
    code: Code { id: "CI011", name: "input-unknown" },
    level: Level::Error,
    summary: "a workflow or action of the repository is called with other inputs or secrets than it declares",
    docs: r#"
## What it does
Holds `with` and `secrets` of jobs that use a workflow of this repository, and `with` of steps that use an action of it,
against what that file declares: names it does not have, and required ones that are not given. Also finds `inputs.NAME`
in a workflow or action that declares no such input.
## Why it matters
GitHub refuses the whole workflow, and nothing runs. An action only gets an empty text instead.
## Example
```sample
#- .github/workflows/deploy.yml
on:
  workflow_call:
    inputs:
      environment: {type: string, required: true}
#     ~~~~~~~~~~~ it is required here
      tag: {type: string, default: latest}
#     ~~~ declared here
    secrets:
      ssh_key: {required: true}
#     ~~~~~~~ this one is required and not given
jobs:
  deploy:
    runs-on: ubuntu-latest
    steps:
      - run: ./deploy.sh ${{ inputs.version }}
#                                   ^^^^^^^ error: no input is called `version`
        env: {KEY: "${{ secrets.ssh_key }}"}
#- .github/workflows/main.yml
on: push
jobs:
  deploy:
    uses: ./.github/workflows/deploy.yml
#         ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error: `.github/workflows/deploy.yml` needs the input `environment`
    secrets:
      deploy_key: ${{ secrets.DEPLOY_KEY }}
#     ^^^^^^^^^^ error: `.github/workflows/deploy.yml` has no secret `deploy_key`
  again:
    uses: ./.github/workflows/deploy.yml
    secrets: inherit
    with:
      environment: production
      tags: "1.4"
#     ^^^^ error: `.github/workflows/deploy.yml` has no input `tags`
  build:
    runs-on: ubuntu-latest
    steps:
      - uses: ./.github/actions/build
        with:
          file: Dockerfile
#         ^^^^ warning: `.github/actions/build/action.yml` has no input `file`
#- .github/actions/build/action.yml
inputs:
  context: {default: .}
runs:
  using: composite
  steps:
    - run: docker build ${{ inputs.context }}
      shell: bash
#- deploy.sh
echo
```
## Silent
```sample
#- .github/workflows/deploy.yml
on:
  workflow_dispatch:
    inputs:
      reason: {}
  workflow_call:
    inputs:
      Environment: {type: string, required: true}
      tag: {type: string, required: true, default: latest}
    secrets:
      ssh_key: {required: true}
jobs:
  deploy:
    runs-on: ubuntu-latest
    steps:
      - run: echo ${{ inputs.environment }} ${{ inputs.reason }} ${{ github.event.inputs.other }} inputs.nothing
        env: {KEY: "${{ secrets.ssh_key }}"}
#- .github/workflows/main.yml
on: push
jobs:
  deploy:
    uses: ./.github/workflows/deploy.yml
    with:
      environment: production
    secrets: inherit
  foreign:
    uses: example/workflows/.github/workflows/x.yml@v1
    with: {a: b}
  build:
    runs-on: ubuntu-latest
    steps:
      - uses: ./.github/actions/build
        with: {context: .}
#- .github/actions/build/action.yml
inputs:
  context: {required: true}
runs:
  using: composite
  steps:
    - run: docker build ${{ inputs.context }}
      shell: bash
```
"#,
    run,
};

fn run(repo: &Repo, findings: &mut Findings) {
    for workflow in &repo.facts.workflows {
        own_inputs(workflow, findings);
        for job in entries(workflow.node.get("jobs")) {
            called_workflow(repo, workflow, job, findings);
            let steps = job.value.get("steps").and_then(Node::as_seq).unwrap_or(&[]);
            steps_of(repo, workflow, steps, findings);
        }
        let steps = workflow.node.at(&["runs", "steps"]).and_then(Node::as_seq).unwrap_or(&[]);
        steps_of(repo, workflow, steps, findings);
    }
}

fn entries(node: Option<&Node>) -> &[Entry] {
    node.and_then(Node::as_map).map_or(&[], |it: &Map| &it.entries)
}

fn on(workflow: &Workflow) -> Option<&Node> {
    workflow.node.get("on").or_else(|| workflow.node.get("true"))
}

/// `inputs.NAME` of the file itself.
fn own_inputs(workflow: &Workflow, findings: &mut Findings) {
    let declared: Vec<&Entry> = match (on(workflow), workflow.node.get("runs")) {
        (Some(on), _) => {
            ["workflow_call", "workflow_dispatch"].iter().flat_map(|it| entries(on.at(&[it, "inputs"]))).collect()
        }
        (None, Some(_)) => entries(workflow.node.get("inputs")).iter().collect(),
        (None, None) => return,
    };
    for reference in workflow.references.iter().filter(|it| it.asked == Asked::Input) {
        let name = &reference.name;
        if declared.iter().any(|it| it.key.eq_ignore_ascii_case(&name.value)) {
            continue;
        }
        let finding = RULE.finding(name.span, format!("no input is called `{}`", name.value));
        findings.push(near_input(finding, name, &declared));
    }
}

/// Names the declared input that was meant, or says where to declare one.
fn near_input(finding: Diagnostic, name: &Text, declared: &[&Entry]) -> Diagnostic {
    let near = nearest(&name.value, declared.iter().map(|it| &*it.key));
    match declared.iter().find(|it| near.is_some_and(|near| near.name == &*it.key)) {
        Some(it) => finding.also(it.key_span, "declared here").help(format!("did you mean `{}`?", it.key)),
        None => finding.help("declare it under `inputs`: nothing is put in its place"),
    }
    .meant(name.span, &name.value, near)
}

/// A job that is a workflow of this repository.
fn called_workflow(repo: &Repo, workflow: &Workflow, job: &Entry, findings: &mut Findings) {
    let Some(uses) = job.value.get("uses") else { return };
    let Some(called) = file(repo, workflow, uses, &[""]) else { return };
    let Some(trigger) = on(called) else { return };
    let call = trigger.get("workflow_call");
    let call = Call { path: &called.path, kind: "input", level: Level::Error, uses: uses.place(), of: call };
    call.judge(job.value.get("with"), "inputs", findings);
    let secrets = job.value.get("secrets");
    if secrets.is_none_or(|it| it.as_text() != Some("inherit")) {
        Call { kind: "secret", ..call }.judge(secrets, "secrets", findings);
    }
}

/// Steps that use actions of this repository.
fn steps_of(repo: &Repo, workflow: &Workflow, steps: &[Node], findings: &mut Findings) {
    let is_foreign = |it: &Node| it.at(&["with", "repository"]).is_some_and(|_| it.at(&["with", "path"]).is_none());
    // From another repository that lies in its place, the action is another one.
    for step in steps.iter().take_while(|it| !is_foreign(it)) {
        let Some(uses) = step.get("uses") else { continue };
        let Some(called) = file(repo, workflow, uses, &["/action.yml", "/action.yaml"]) else { continue };
        let of = Some(&called.node).filter(|it| it.get("runs").is_some());
        let call = Call { path: &called.path, kind: "input", level: Level::Warning, uses: uses.place(), of };
        if of.is_some() {
            call.judge(step.get("with"), "inputs", findings);
        }
    }
}

/// Returns the file that `uses: ./path` names.
fn file<'r>(repo: &'r Repo, workflow: &Workflow, uses: &Node, ends: &[&str]) -> Option<&'r Workflow> {
    let path = uses.as_text()?.strip_prefix("./")?.trim_end_matches('/');
    let root = workflow.path.split_once("/.github/").map_or(".", |it| it.0);
    let found = |end: &&str| {
        let path = normalize(&format!("{root}/{path}{end}"))?;
        repo.facts.workflows.iter().find(|it| it.path == path)
    };
    ends.iter().find_map(found)
}

/// What is called, and where.
#[derive(Clone, Copy)]
struct Call<'r> {
    path: &'r str,
    kind: &'static str,
    level: Level,
    uses: Span,
    /// What has the declarations, if there are any.
    of: Option<&'r Node>,
}

impl Call<'_> {
    fn judge(&self, given: Option<&Node>, section: &str, findings: &mut Findings) {
        let declared = entries(self.of.and_then(|it| it.get(section)));
        // An expression gives what nobody knows.
        if given.is_some_and(|it| !it.is_null() && it.as_map().is_none()) {
            return;
        }
        let given = entries(given);
        for entry in given.iter().filter(|it| !has(declared, &it.key) && !self.is_for_container(&it.key)) {
            findings.push(self.unknown(entry, declared, given));
        }
        let unknown = || given.iter().filter(|it| !has(declared, &it.key));
        let missing: Vec<&Entry> =
            declared.iter().filter(|it| is_required(&it.value) && !has(given, &it.key)).collect();
        for entry in &missing {
            // One that is given by another name has been told of.
            if unknown().any(|it| missing.len() == 1 || nearest(&it.key, [&*entry.key]).is_some()) {
                continue;
            }
            let key = if self.kind == "secret" { "secrets" } else { "with" };
            let message = format!("`{}` needs the {} `{}`", self.path, self.kind, entry.key);
            let finding = RULE.finding_at(self.level, self.uses, message).also(entry.key_span, "it is required here");
            findings.push(finding.help(format!("give `{}` under `{key}`", entry.key)));
        }
    }

    /// Returns whether a key is what GitHub itself takes for an action that is an image.
    fn is_for_container(&self, key: &str) -> bool {
        let using = self.of.and_then(|it| it.at(&["runs", "using"])).and_then(Node::as_text);
        using == Some("docker") && matches!(key, "args" | "entrypoint")
    }

    fn unknown(&self, entry: &Entry, declared: &[Entry], given: &[Entry]) -> Diagnostic {
        let message = format!("`{}` has no {} `{}`", self.path, self.kind, entry.key);
        let finding = RULE.finding_at(self.level, entry.key_span, message);
        let name = Spanned::new(entry.key.to_string(), entry.key_span);
        let left: Vec<&Entry> = declared.iter().filter(|it| !has(given, &it.key)).collect();
        let near = nearest(&name.value, left.iter().map(|it| &*it.key));
        let meant = left.iter().find(|it| near.is_some_and(|near| near.name == &*it.key));
        // The only one that is required and not given is most often the one that was meant.
        let mut required = left.iter().filter(|it| is_required(&it.value));
        let required = required.next().filter(|_| required.next().is_none());
        match (meant, required) {
            (Some(it), _) => finding.also(it.key_span, "declared here").help(format!("did you mean `{}`?", it.key)),
            (None, Some(it)) => finding
                .also(it.key_span, "this one is required and not given")
                .help(format!("did you mean `{}`?", it.key)),
            (None, None) => finding.help("declare it there, or do not give it"),
        }
        .meant(name.span, &name.value, near)
    }
}

fn has(entries: &[Entry], name: &str) -> bool {
    entries.iter().any(|it| it.key.eq_ignore_ascii_case(name))
}

fn is_required(declaration: &Node) -> bool {
    declaration.get("required").and_then(Node::as_bool) == Some(true) && declaration.get("default").is_none()
}
