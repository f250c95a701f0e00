//! `kustomize-patch-target-missing`.

use crate::diag::{Code, Diagnostic, Level, nearest};
use crate::repo::Repo;
use crate::repo::fact::{Kustomization, Part, Target};
use crate::repo::kind::is_test;
use crate::repo::kustomize::{Whole, identity, objects_of, whole};
use crate::rules::{Findings, Rule};
use crate::source::Span;

/// A patch for an object that a kustomization does not have.
pub static RULE: Rule = Rule {
    code: Code { id: "K8S021", name: "kustomize-patch-target-missing" },
    level: Level::Error,
    summary: "a patch of a kustomization is for an object that none of its resources is",
    docs: r#"
## What it does
Holds the kind and name of each patch of a `kustomization.yaml`, or its `target`, against the objects that it takes
through all bases and components, and those that it generates.
## Why it matters
`kubectl apply -k` stops: "no matches for Id". A patch with a `target` is left out without a word.
## Example
```sample
#- k8s/base/kustomization.yaml
resources: [deployment.yaml]
#- k8s/base/deployment.yaml
apiVersion: v1
kind: Service
metadata: {name: backend}
spec: {ports: [{port: 80}]}
#- k8s/prod/kustomization.yaml
resources: [../base]
patches:
  - path: ports.yaml
#         ^^^^^^^^^^ error: no resource is a Service called `api`, which this patch is for
  - target: {kind: Service, name: backnd}
#                                 ^^^^^^ warning: no resource is a Service called `backnd`, which this patch is for
    patch: "[{op: remove, path: /spec/type}]"
#- k8s/prod/ports.yaml
apiVersion: v1
kind: Service
metadata: {name: api}
#                ~~~ it is for this one
spec: {ports: [{port: 8080}]}
```
## Silent
Patches for objects of a base, or generated ones, patterns, selectors, and whatever takes part of its objects from
elsewhere or gives them other names.
```sample
#- base/kustomization.yaml
resources: [service.yaml]
configMapGenerator:
  - {name: settings, literals: [A=1]}
#- base/service.yaml
apiVersion: v1
kind: Service
metadata: {name: backend}
spec: {ports: [{port: 80}]}
#- prod/kustomization.yaml
resources: [../base]
patches:
  - path: settings.yaml
  - target: {kind: Service, name: "back.*"}
    patch: "[{op: remove, path: /spec/type}]"
  - target: {kind: Service, labelSelector: tier=web}
    patch: "[{op: remove, path: /spec/type}]"
patchesStrategicMerge:
  - |-
    apiVersion: v1
    kind: Service
    metadata: {name: backend}
    spec: {type: ClusterIP}
#- prod/settings.yaml
apiVersion: v1
kind: ConfigMap
metadata: {name: settings}
data: {B: "2"}
#- named/kustomization.yaml
namePrefix: shop-
resources: [../base]
patches:
  - target: {kind: Service, name: shop-backend}
    patch: "[{op: remove, path: /spec/type}]"
#- remote/kustomization.yaml
resources: ["https://example.com/all.yaml", ../base]
patches:
  - target: {kind: Deployment, name: elsewhere}
    patch: "[{op: remove, path: /spec/replicas}]"
```
"#,
    run,
};

fn run(repo: &Repo, findings: &mut Findings) {
    for it in repo.facts.kustomizations.iter().filter(|it| !it.parts.is_empty() && !is_test(&it.folder)) {
        let Some(whole) = whole(&repo.facts, it).filter(|_| !it.is_component) else { continue };
        if whole.layers.iter().any(|it| it.renames || may_rename(it)) {
            continue;
        }
        let known = known(&whole);
        for part in &it.parts {
            match &part.target {
                Some(target) => findings.push_maybe(of_target(part, target, &known)),
                None => of_objects(repo, (it, part), &known, findings),
            }
        }
    }
}

/// Returns whether a part may give an object another name.
fn may_rename(kustomization: &Kustomization) -> bool {
    kustomization.parts.iter().filter_map(|it| it.text.as_ref()).any(|it| it.contains("/metadata/name"))
}

/// Returns the kinds and names of all objects.
fn known(whole: &Whole) -> Vec<(String, String)> {
    let read = whole.objects.iter().filter_map(|it| identity(&it.node));
    read.chain(whole.layers.iter().flat_map(|it| it.makes.iter().cloned())).collect()
}

fn of_target(part: &Part, target: &Target, known: &[(String, String)]) -> Option<Diagnostic> {
    let name = target.name.as_ref()?;
    // Names and kinds are patterns.
    let is_pattern = |it: &str| it.contains(['*', '(', '[', '|', '+', '?', '$', '^', '{', '<', '\\']);
    let kind = target.kind.as_ref().map(|it| it.value.as_str());
    let fits = |it: &&(String, String)| kind.is_none_or(|kind| it.0 == kind) && it.1 == name.value;
    if target.has_selector
        || is_pattern(&name.value)
        || kind.is_some_and(is_pattern)
        || known.iter().any(|it| fits(&it))
    {
        return None;
    }
    let place = if part.place.contains(name.span) { name.span } else { part.place };
    Some(finding(Level::Warning, place, (kind, &name.value), known))
}

fn of_objects(
    repo: &Repo,
    (kustomization, part): (&Kustomization, &Part),
    known: &[(String, String)],
    findings: &mut Findings,
) {
    for object in part.objects.iter().filter(|it| !known.contains(it)) {
        findings.push(finding(Level::Error, part.place, (Some(&object.0), &object.1), known));
    }
    let Some(file) = &part.file else { return };
    let objects = kustomization.path(&file.value).and_then(|it| objects_of(&repo.facts, &it)).unwrap_or_default();
    for object in objects {
        let Some((kind, name)) = identity(&object.node).filter(|it| !known.contains(it)) else { continue };
        let mut finding = finding(Level::Error, file.span, (Some(&kind), &name), known);
        if let Some(place) = object.node.at(&["metadata", "name"]) {
            finding = finding.also(place.place(), "it is for this one");
        }
        findings.push(finding);
    }
}

fn finding(level: Level, place: Span, (kind, name): (Option<&str>, &str), known: &[(String, String)]) -> Diagnostic {
    let message =
        format!("no resource is a {} called `{name}`, which this patch is for", kind.unwrap_or("Kubernetes object"));
    let of_kind: Vec<&str> =
        known.iter().filter(|it| kind.is_none_or(|kind| it.0 == kind)).map(|it| it.1.as_str()).collect();
    let near = nearest(name, of_kind.iter().copied()).map(|it| it.name);
    let help = match (near.or_else(|| of_kind.first().copied().filter(|_| of_kind.len() == 1)), kind) {
        (Some(near), _) => format!("did you mean `{near}`?"),
        (None, Some(kind)) if of_kind.is_empty() => {
            format!("none of the resources is a {kind}: add it, or remove the patch")
        }
        _ => "correct the name, or add the resource".to_string(),
    };
    RULE.finding_at(level, place, message).help(help)
}
