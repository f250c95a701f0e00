//! `reference-to-nothing`.

use super::object::{is_generated, nearest, of_kind, text};
use crate::diag::{Code, Diagnostic, Level, did_you_mean};
use crate::kubernetes::scalar::is_placeholder;
use crate::repo::Repo;
use crate::repo::fact::{Manifest, Text};
use crate::rules::{Findings, Rule};
use crate::syntax::node::Node;

/// An Ingress or autoscaler that names an object which is not there.
pub static RULE: Rule = Rule {
    code: Code { id: "K8S003", name: "reference-to-nothing" },
    level: Level::Error,
    summary: "an Ingress names a Service or port, or an autoscaler a workload, that the manifests do not have",
    docs: r#"
## What it does
Looks up the Services and ports of `backend` in each Ingress, `scaleTargetRef` of each HorizontalPodAutoscaler, the
`serviceName` of each StatefulSet and the Role of each RoleBinding among the manifests of the repository. Where there are no Services, or no workloads of the kind, nothing is said.
## Why it matters
The proxy answers 503, and the autoscaler never scales: both are accepted by the API server.
## Example
```sample
#- k8s/web.yaml
apiVersion: v1
kind: Service
metadata: {name: web}
#                ~~~ its ports
spec: {ports: [{name: http, port: 80}]}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: web}
spec:
  rules:
    - http:
        paths:
          - {path: /, pathType: Prefix, backend: {service: {name: web, port: {number: 8080}}}}
#                                                                                     ^^^^ error: the Service `web` has no port `8080`
          - {path: /api, pathType: Prefix, backend: {service: {name: wbe, port: {name: http}}}}
#                                                                    ^^^ error: no manifest has a Service `wbe`
```
```sample
#- k8s/db.yaml
apiVersion: v1
kind: Service
metadata: {name: db}
spec: {clusterIP: None, selector: {app: db}, ports: [{port: 5432}]}
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: db}
spec:
  serviceName: db-headless
#              ^^^^^^^^^^^ warning: no manifest has a Service `db-headless`
  selector: {matchLabels: {app: db}}
  template:
    metadata: {labels: {app: db}}
    spec: {containers: [{name: db, image: "postgres:17"}]}
```
## Silent
```sample
#- k8s/web.yaml
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {ports: [{name: http, port: 80}]}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: web}
spec:
  rules:
    - http:
        paths:
          - {path: /, pathType: Prefix, backend: {service: {name: web, port: {name: http}}}}
          - {path: /x, pathType: Prefix, backend: {service: {name: web, port: {number: 80}}}}
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: elsewhere}
spec: {maxReplicas: 3, scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: elsewhere}}
```
A name that an overlay of kustomize has put its prefix before.
```sample
#- base/kustomization.yaml
resources: [engine.yaml]
#- base/engine.yaml
apiVersion: v1
kind: Service
metadata: {name: engine}
spec: {ports: [{port: 80}]}
#- ingress/main.yaml
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: main}
spec: {rules: [{http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: dev-engine, port: {number: 80}}}}]}}]}
```
"#,
    run,
};

fn run(repo: &Repo, findings: &mut Findings) {
    for manifest in repo.facts.manifests.iter().filter(|it| !is_generated(repo, it)) {
        match manifest.kind.value.as_str() {
            "Ingress" => {
                let mut backends = Vec::new();
                collect(&manifest.node, 0, &mut backends);
                backends.into_iter().for_each(|it| findings.push_maybe(backend(repo, manifest, it)));
            }
            "HorizontalPodAutoscaler" => findings.push_maybe(target(repo, manifest)),
            "StatefulSet" => findings.push_maybe(named(repo, manifest, (&["spec", "serviceName"], "Service"))),
            "RoleBinding" if manifest.node.at(&["roleRef", "kind"]).and_then(Node::as_text) == Some("Role") => {
                findings.push_maybe(named(repo, manifest, (&["roleRef", "name"], "Role")));
            }
            _ => {}
        }
    }
}

/// Finds `backend: service:` and `defaultBackend: service:`.
fn collect<'a>(node: &'a Node, depth: usize, found: &mut Vec<&'a Node>) {
    if depth > 12 {
        return;
    }
    if let Some(map) = node.as_map() {
        for entry in &map.entries {
            match entry.value.get("service").filter(|_| matches!(&*entry.key, "backend" | "defaultBackend")) {
                Some(service) => found.push(service),
                None => collect(&entry.value, depth + 1, found),
            }
        }
    }
    node.as_seq().into_iter().flatten().for_each(|it| collect(it, depth + 1, found));
}

fn backend(repo: &Repo, ingress: &Manifest, node: &Node) -> Option<Diagnostic> {
    let name = node.get("name").and_then(text)?;
    let service = match find(repo, "Service", &name, ingress) {
        Ok(service) => service?,
        Err(finding) => return Some(*finding),
    };
    let port = node.get("port")?;
    let wanted =
        port.get("number").or_else(|| port.get("name")).and_then(text).filter(|it| !is_placeholder(&it.value))?;
    let ports = service.node.at(&["spec", "ports"]).and_then(Node::as_seq)?;
    let is_it = |it: &Node| {
        ["port", "name"].iter().any(|key| it.get(key).and_then(Node::as_text) == Some(wanted.value.as_str()))
    };
    if ports.iter().any(is_it) {
        return None;
    }
    let message = format!("the Service `{}` has no port `{}`", name.value, wanted.value);
    let first = ports.first().and_then(|it| it.get("port")).and_then(Node::as_text);
    let finding = RULE.finding(wanted.span, message).also(service.name.span, "its ports");
    Some(finding.maybe_help(first.map(|it| format!("it has {it}"))))
}

fn target(repo: &Repo, autoscaler: &Manifest) -> Option<Diagnostic> {
    let reference = autoscaler.node.at(&["spec", "scaleTargetRef"])?;
    let kind = reference.get("kind").and_then(Node::as_text)?;
    let name = reference.get("name").and_then(text)?;
    find(repo, kind, &name, autoscaler).err().map(|it| *it)
}

/// A field that names an object of a kind.
fn named(repo: &Repo, from: &Manifest, (path, kind): (&[&str], &str)) -> Option<Diagnostic> {
    find(repo, kind, &from.node.at(path).and_then(text)?, from).err().map(|it| *it)
}

/// Returns the object of a kind and name; none where the repository has no such kind, or a name that is filled in.
fn find<'a>(repo: &'a Repo, kind: &str, name: &Text, from: &Manifest) -> Result<Option<&'a Manifest>, Box<Diagnostic>> {
    let known: Vec<&Manifest> =
        repo.facts.manifests.iter().filter(|it| it.kind.value == kind && super::object::together(it, from)).collect();
    if known.is_empty() || name.value.contains('$') {
        return Ok(None);
    }
    if let Some(found) = nearest(known.iter().copied().filter(|it| it.name.value == name.value), from) {
        return Ok(Some(found));
    }
    // An overlay may put its prefix before the name.
    let is_longer =
        |it: &&Manifest| name.value.strip_suffix(it.name.value.as_str()).is_some_and(|it| it.ends_with('-'));
    if !repo.facts.kustomizations.is_empty() && known.iter().any(is_longer) {
        return Ok(None);
    }
    let near = did_you_mean(&name.value, of_kind(repo, kind, from).map(|it| it.name.value.as_str()));
    let level = if near.is_some() { RULE.level } else { Level::Warning };
    let finding = RULE.finding_at(level, name.span, format!("no manifest has a {kind} `{}`", name.value));
    Err(Box::new(finding.maybe_help(near.map(|it| format!("did you mean `{it}`?")))))
}
