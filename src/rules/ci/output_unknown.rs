//! `output-unknown`.

use crate::diag::{Code, Diagnostic, Level, nearest};
use crate::repo::Repo;
use crate::repo::fact::{Asked, Text, Workflow, WorkflowReference};
use crate::rules::{Findings, Rule};
use crate::syntax::node::{Entry, Node};

/// An expression asks a job or step for something that it does not give.
pub static RULE: Rule = Rule {
    code: Code { id: "CI008", name: "output-unknown" },
    level: Level::Error,
    summary: "an expression asks for an output that no job or step of the workflow gives",
    docs: r#"
## What it does
Looks up what expressions ask for: `needs.NAME` among the jobs that this one needs, `needs.NAME.outputs.OUTPUT` among
the outputs of that job, `steps.NAME` among the steps of the job, and `steps.NAME.outputs.OUTPUT` of a step with `run`
among the names in its script.
## Why it matters
GitHub puts nothing in its place and says nothing: an image without a tag is pushed, a condition is never true.
## Example
```sample
#- .github/workflows/deploy.yml
on: push
jobs:
  build:
# ~~~~~ the job
    runs-on: ubuntu-latest
    outputs:
      image_tag: ${{ steps.version.outputs.tag }}
#                          ^^^^^^^ error: no step of this job has the id `version`
    steps:
      - id: meta
        run: echo "tag=$GITHUB_SHA" >> "$GITHUB_OUTPUT"
#            ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~ the script
      - run: echo ${{ steps.meta.outputs.version }}
#                                        ^^^^^^^ error: the script of `meta` has no output `version`
  test:
# ~~~~ the job
    runs-on: ubuntu-latest
    steps: [{run: make test}]
  deploy:
    needs: [build]
    runs-on: ubuntu-latest
    if: needs.test.result == 'success'
#             ^^^^ error: this job does not need `test`, so nothing is known of it
    steps:
      - run: echo ${{ needs.build.outputs.tag }}
#                                         ^^^ error: the job `build` has no output `tag`
```
## Silent
Jobs that a workflow of another repository does, actions, and scripts that make the names of their outputs.
```sample
#- .github/workflows/deploy.yml
on: push
jobs:
  build:
    runs-on: ubuntu-latest
    outputs:
      tag: ${{ steps.meta.outputs.tags }}
      list: ${{ steps.list.outputs.a }}
    steps:
      - id: meta
        uses: docker/metadata-action@v5
      - id: list
        run: for it in a b; do echo "$it=1" >> $GITHUB_OUTPUT; done
      # needs.nothing.outputs.x
      - run: echo needs.nothing.outputs.x ${{ steps.list.outcome }}
  called:
    uses: ./.github/workflows/called.yml
  foreign:
    uses: example/workflows/.github/workflows/x.yml@v1
  deploy:
    needs: [build, called, foreign]
    runs-on: ubuntu-latest
    if: needs.build.result == 'success' && !contains(needs.*.result, 'failure')
    steps:
      - run: echo ${{ needs.build.outputs.tag }} ${{ needs.called.outputs.url }} ${{ needs.foreign.outputs.x }}
#- .github/workflows/called.yml
on:
  workflow_call:
    outputs:
      url: {value: https://example.org}
jobs: {}
```
"#,
    run,
};

fn run(repo: &Repo, findings: &mut Findings) {
    for workflow in &repo.facts.workflows {
        let jobs = workflow.node.get("jobs").and_then(Node::as_map).map_or(&[][..], |it| &it.entries);
        for reference in &workflow.references {
            // A job goes on until the next one begins.
            let at = reference.name.span.start;
            let job = jobs.iter().rev().find(|it| it.key_span.start < at);
            let finding = match (reference.asked, job) {
                (Asked::Job, Some(job)) => of_job(repo, reference, job, jobs),
                (Asked::Step, Some(job)) => of_step(reference, steps(&job.value)),
                (Asked::Step, None) => of_step(reference, action_steps(workflow)),
                (Asked::Job, None) | (Asked::Input, _) => None,
            };
            if let Some(finding) = finding {
                findings.push(finding);
            }
        }
    }
}

fn of_job(repo: &Repo, reference: &WorkflowReference, job: &Entry, jobs: &[Entry]) -> Option<Diagnostic> {
    let name = &reference.name;
    let needs = job.value.get("needs");
    let needed = needs.into_iter().flat_map(|it| it.as_seq().unwrap_or(std::slice::from_ref(it)));
    let needed: Vec<&str> = needed.filter_map(Node::as_text).collect();
    let is_named = |it: &str| it.eq_ignore_ascii_case(&name.value);
    let Some(other) = jobs.iter().find(|it| is_named(&it.key)) else {
        // `job-unknown` tells of one that is misspelt in both places.
        if needed.iter().any(|it| is_named(it)) {
            return None;
        }
        return Some(unknown(name, format!("no job of this workflow is called `{}`", name.value), needed.into_iter()));
    };
    if !needed.iter().any(|it| is_named(it) || it.contains('$')) {
        let message = format!("this job does not need `{}`, so nothing is known of it", other.key);
        let finding = RULE.finding(name.span, message).also(other.key_span, "the job");
        return Some(finding.help(format!("add `{}` to `needs` of `{}`", other.key, job.key)));
    }
    let output = reference.output.as_ref()?;
    let outputs = outputs(repo, &other.value)?;
    if outputs.iter().any(|it| it.eq_ignore_ascii_case(&output.value)) {
        return None;
    }
    let message = format!("the job `{}` has no output `{}`", other.key, output.value);
    Some(unknown(output, message, outputs.into_iter()).also(other.key_span, "the job"))
}

/// Returns the outputs of a job, or of the workflow of this repository that does it.
fn outputs<'r>(repo: &'r Repo, job: &'r Node) -> Option<Vec<&'r str>> {
    let keys = |it: &'r Node| it.as_map().map(|it| it.entries.iter().map(|it| &*it.key).collect());
    match job.get("uses").and_then(Node::as_text) {
        None => job.get("outputs").map_or(Some(Vec::new()), keys),
        Some(path) => {
            let path = path.strip_prefix("./")?;
            let called = repo.facts.workflows.iter().find(|it| it.path == path)?;
            let on = called.node.get("on").or_else(|| called.node.get("true"))?;
            on.at(&["workflow_call", "outputs"]).map_or(Some(Vec::new()), keys)
        }
    }
}

fn steps(job: &Node) -> &[Node] {
    job.get("steps").and_then(Node::as_seq).unwrap_or(&[])
}

fn action_steps(workflow: &Workflow) -> &[Node] {
    workflow.node.at(&["runs", "steps"]).and_then(Node::as_seq).unwrap_or(&[])
}

fn of_step(reference: &WorkflowReference, steps: &[Node]) -> Option<Diagnostic> {
    let name = &reference.name;
    if steps.is_empty() {
        return None;
    }
    let id = |it: &'_ Node| it.get("id").and_then(Node::as_text).map(str::to_string);
    let Some(step) = steps.iter().find(|it| id(it).is_some_and(|it| it.eq_ignore_ascii_case(&name.value))) else {
        let ids: Vec<String> = steps.iter().filter_map(id).collect();
        let message = format!("no step of this job has the id `{}`", name.value);
        return Some(unknown(name, message, ids.iter().map(String::as_str)));
    };
    let output = reference.output.as_ref()?;
    let script = step.get("run")?;
    if may_give(script.as_text()?, &output.value) {
        return None;
    }
    let message = format!("the script of `{}` has no output `{}`", name.value, output.value);
    Some(unknown(output, message, std::iter::empty()).also(script.place(), "the script"))
}

/// Returns whether a script may give an output: it has the name as a word, makes names, or leaves it to a program.
fn may_give(script: &str, output: &str) -> bool {
    let is_word = |it: char| it.is_alphanumeric() || matches!(it, '_' | '-');
    let has_word = script.split(|it| !is_word(it)).any(|it| it.eq_ignore_ascii_case(output));
    let given = script.lines().filter(|it| it.contains("GITHUB_OUTPUT") || it.contains("::set-output"));
    let mut n = 0;
    let names = given.inspect(|_| n += 1).all(gives_by_name);
    has_word || !names || n == 0
}

/// Returns whether a line gives an output under a name that stands in it: `echo "tag=…" >> "$GITHUB_OUTPUT"`.
fn gives_by_name(line: &str) -> bool {
    let text = line.trim().strip_prefix("echo ").map(|it| it.trim_start_matches(['"', '\'']));
    let text = text.map(|it| it.strip_prefix("::set-output name=").unwrap_or(it));
    text.is_some_and(|it| {
        let end = it.find(|it: char| !(it.is_ascii_alphanumeric() || matches!(it, '_' | '-'))).unwrap_or(it.len());
        end > 0 && it[end..].starts_with(['=', ':'])
    })
}

fn unknown<'a>(place: &Text, message: String, known: impl Iterator<Item = &'a str>) -> Diagnostic {
    let known: Vec<&str> = known.collect();
    let near = nearest(&place.value, known.iter().copied());
    let help = match &near {
        Some(near) => format!("did you mean `{near}`?"),
        None if known.is_empty() => "nothing is put in its place: give it, or do not ask for it".to_string(),
        None => format!("there is {}", known.iter().map(|it| format!("`{it}`")).collect::<Vec<_>>().join(", ")),
    };
    RULE.finding(place.span, message).help(help).meant(place.span, &place.value, near)
}
