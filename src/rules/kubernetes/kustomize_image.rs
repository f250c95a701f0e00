//! `kustomize-image-unused`.

use std::collections::BTreeSet;

use crate::diag::{Code, Diagnostic, Level, did_you_mean};
use crate::repo::Repo;
use crate::repo::fact::{Kustomization, Text};
use crate::repo::kind::is_test;
use crate::repo::known_variable::bare_name;
use crate::repo::kustomize::{Whole, objects_of, whole};
use crate::rules::{Findings, Rule};
use crate::syntax::node::{Node, Value};

/// A kustomization changes an image that none of its objects has.
pub static RULE: Rule = Rule {
    code: Code { id: "K8S020", name: "kustomize-image-unused" },
    level: Level::Warning,
    summary: "a kustomization sets the tag or name of an image that none of its objects uses",
    docs: r#"
## What it does
Holds each `name` under `images:` of a `kustomization.yaml` against the images of the objects that it takes, through all
bases and components. kustomize compares the whole name, registry and all, without the tag.
## Why it matters
kustomize says nothing and changes nothing: the old tag is deployed, whatever stands here.
## Example
```sample
#- deploy/base/kustomization.yaml
resources: [api.yaml]
#- deploy/base/api.yaml
apiVersion: apps/v1
kind: Deployment
metadata: {name: api}
spec:
  selector: {matchLabels: {app: api}}
  template:
    metadata: {labels: {app: api}}
    spec:
      containers:
        - {name: api, image: "ghcr.io/acme/api:latest"}
#- deploy/prod/kustomization.yaml
resources: [../base]
images:
  - name: acme/api
#         ^^^^^^^^ warning: no object of this kustomization has the image `acme/api`, so nothing is changed
    newTag: 2.7.1
```
## Silent
Names that a base gives an image, images of patches, and kustomizations that take what lies elsewhere.
```sample
#- base/kustomization.yaml
resources: [api.yaml]
images:
  - {name: api, newName: ghcr.io/acme/api}
#- base/api.yaml
apiVersion: apps/v1
kind: Deployment
metadata: {name: api}
spec:
  selector: {matchLabels: {app: api}}
  template:
    metadata: {labels: {app: api}}
    spec:
      initContainers:
        - {name: wait, image: "registry.local:5000/wait@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"}
      containers:
        - {name: api, image: api}
#- prod/kustomization.yaml
resources: [../base]
patches:
  - path: sidecar.yaml
  - target: {kind: Deployment, name: api}
    patch: |-
      - {op: add, path: /spec/template/spec/containers/-, value: {name: log, image: "fluent/fluent-bit"}}
images:
  - {name: ghcr.io/acme/api, newTag: "2"}
  - {name: registry.local:5000/wait, newTag: "2"}
  - {name: envoyproxy/envoy, newTag: v1.31.0}
  - {name: fluent/fluent-bit, newTag: "3.1"}
#- prod/sidecar.yaml
apiVersion: apps/v1
kind: Deployment
metadata: {name: api}
spec:
  template:
    spec:
      containers:
        - {name: proxy, image: "envoyproxy/envoy:v1.30.0"}
#- remote/kustomization.yaml
resources: [../base, "https://example.com/all.yaml"]
images:
  - {name: elsewhere, newTag: "1"}
```
"#,
    run,
};

fn run(repo: &Repo, findings: &mut Findings) {
    for it in repo.facts.kustomizations.iter().filter(|it| !it.images.is_empty() && !is_test(&it.folder)) {
        let Some(whole) = whole(&repo.facts, it).filter(|_| !it.is_component) else { continue };
        let Some(names) = images(repo, &whole) else { continue };
        for image in it.images.iter().filter(|it| !is_used(&it.value, &names, &whole)) {
            findings.push(finding(it, image, &names));
        }
    }
}

/// Returns the names of the images that some object has, or is given on the way; none where one cannot be told.
fn images(repo: &Repo, whole: &Whole) -> Option<BTreeSet<String>> {
    let mut found: Vec<String> = whole.layers.iter().flat_map(|it| it.new_names.iter().cloned()).collect();
    whole.objects.iter().for_each(|it| collect(&it.node, 0, &mut found));
    for layer in &whole.layers {
        for file in layer.parts.iter().filter_map(|it| it.file.as_ref()) {
            // What is no object is a list of changes, which may set an image as well.
            let objects = objects_of(&repo.facts, &layer.path(&file.value)?)?;
            objects.iter().for_each(|it| collect(&it.node, 0, &mut found));
        }
    }
    let is_filled_in = found.iter().any(|it| it.contains(['$', '<', '{', '%']));
    (!is_filled_in).then(|| found.iter().map(|it| bare_name(it).to_string()).collect())
}

/// Collects what stands under `image`, at any depth: resources of other programs have images of their own.
fn collect(node: &Node, depth: usize, found: &mut Vec<String>) {
    if depth > 32 {
        return;
    }
    match &node.value {
        Value::Map(map) => {
            for entry in &map.entries {
                let image = entry.value.as_text().filter(|_| entry.key.to_ascii_lowercase().ends_with("image"));
                found.extend(image.map(String::from));
                collect(&entry.value, depth + 1, found);
            }
        }
        Value::Seq(items) => items.iter().for_each(|it| collect(it, depth + 1, found)),
        Value::Scalar(_) => {}
    }
}

fn is_used(name: &str, names: &BTreeSet<String>, whole: &Whole) -> bool {
    // kustomize takes the name for a pattern.
    let is_pattern = name.contains(['*', '(', '[', '|', '+', '?', '$', '^', '{', '<']);
    let parts = whole.layers.iter().flat_map(|it| &it.parts);
    let in_place = || parts.filter_map(|it| it.text.as_ref()).any(|it| it.contains(name));
    is_pattern || names.contains(name) || in_place()
}

fn finding(kustomization: &Kustomization, image: &Text, names: &BTreeSet<String>) -> Diagnostic {
    let name = &image.value;
    let message = format!("no object of this kustomization has the image `{name}`, so nothing is changed");
    let finding = RULE.finding(image.span, message);
    let last = |it: &str| it.rsplit('/').next().unwrap_or(it).to_string();
    let others =
        || names.iter().map(String::as_str).filter(|it| !kustomization.images.iter().any(|own| own.value == **it));
    let near = others().find(|it| last(it) == last(name)).or_else(|| did_you_mean(name, others()));
    finding.help(match near {
        Some(near) => format!("did you mean `{near}`?"),
        None => "write the name as the manifests do, registry and all, or remove the item".to_string(),
    })
}
