//! `deprecated-annotation`.

use crate::diag::{Code, Level};
use crate::kubernetes::apis::{OLD_ANNOTATIONS, OldAnnotation};
use crate::repo::Repo;
use crate::rules::existence::is_put_away;
use crate::rules::{Findings, Rule};
use crate::syntax::node::Node;

/// An annotation that a field has replaced.
pub static RULE: Rule = Rule {
    code: Code { id: "K8S007", name: "deprecated-annotation" },
    level: Level::Warning,
    summary: "an annotation is used that a field has replaced",
    docs: r#"
## What it does
Finds annotations that Kubernetes has replaced by fields, such as the class of an Ingress and the profiles of a pod.
## Why it matters
Some are not read any more: a pod believed to be confined is not. Others are read by some controllers only.
## Example
```sample
#- k8s/web.yaml
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: web
  annotations:
    kubernetes.io/ingress.class: nginx
#   ^^^^^^^^^^^^^^^^^^^^^^^^^^^ warning: `kubernetes.io/ingress.class` is deprecated since Kubernetes 1.18
spec: {defaultBackend: {service: {name: web, port: {number: 80}}}}
```
## Silent
```sample
#- k8s/web.yaml
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: web, annotations: {nginx.ingress.kubernetes.io/proxy-body-size: 10m}}
spec: {ingressClassName: nginx, defaultBackend: {service: {name: web, port: {number: 80}}}}
```
"#,
    run,
};

fn run(repo: &Repo, findings: &mut Findings) {
    for object in &repo.facts.kubernetes_objects {
        let pod = ["spec", "template", "metadata", "annotations"];
        let places = [object.node.at(&["metadata", "annotations"]), object.node.at(&pod)];
        for entry in places.into_iter().flatten().filter_map(Node::as_map).flat_map(|it| &it.entries) {
            let is_old = |it: &&OldAnnotation| match it.key.strip_suffix('/') {
                Some(_) => entry.key.starts_with(it.key),
                None => *entry.key == *it.key,
            };
            let Some(old) = OLD_ANNOTATIONS.iter().find(is_old) else { continue };
            let message = format!("`{}` is deprecated since Kubernetes 1.{}", entry.key, old.since);
            let is_kept = is_put_away(&repo.path(entry.key_span.file).to_ascii_lowercase());
            let level = if is_kept { Level::Info } else { RULE.level };
            findings.push(RULE.finding_at(level, entry.key_span, message).help(format!("write {}", old.instead)));
        }
    }
}
