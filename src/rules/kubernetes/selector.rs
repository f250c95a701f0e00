//! `service-selects-nothing`.

use std::collections::HashMap;

use super::object::{containers, is_generated, pod, text, together};
use crate::diag::{Code, Level, did_you_mean};
use crate::repo::Repo;
use crate::repo::fact::Manifest;
use crate::rules::existence::folder;
use crate::rules::{Findings, Rule};
use crate::source::Span;
use crate::syntax::node::Node;

/// A Service that no pod belongs to.
pub static RULE: Rule = Rule {
    code: Code { id: "K8S002", name: "service-selects-nothing" },
    level: Level::Error,
    summary: "a Kubernetes Service or PodDisruptionBudget selects no pod of the manifests beside it, or a port that its pods do not name",
    docs: r#"
## What it does
Holds the selector of each Service and PodDisruptionBudget against the labels of the pods that manifests of the same
folder make, and a `targetPort` that is a name against the ports of those pods. The selector of a NetworkPolicy is told of
where it is near to the labels of one of them.
## Why it matters
The Service has an address that nobody answers; nothing says so but a request that hangs.
## Example
```sample
#- k8s/web.yaml
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
#                ~~~ a workload here
#                ~~~ its pods
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: "web:1", ports: [{name: http, containerPort: 80}]}]}
#- k8s/service.yaml
apiVersion: v1
kind: Service
metadata: {name: web}
spec:
  selector: {app: wbe}
#           ^^^^^^^^^^ error: no pod has the labels that `web` selects
  ports: [{port: 80}]
---
apiVersion: v1
kind: Service
metadata: {name: other}
spec:
  selector: {app: web}
  ports: [{port: 80, targetPort: htpp}]
#                                ^^^^ error: no container that `other` selects has a port `htpp`
```
```sample
#- k8s/web.yaml
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
#                ~~~ a workload here
spec:
  selector: {matchLabels: {app: website}}
  template:
    metadata: {labels: {app: website}}
    spec: {containers: [{name: web, image: "web:1"}]}
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: web}
spec: {minAvailable: 1, selector: {matchLabels: {app: web}}}
#                                               ^^^^^^^^^^ error: no pod has the labels that `web` selects
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: only-web}
spec: {podSelector: {matchLabels: {app: websiet}}, policyTypes: [Ingress]}
#                                 ^^^^^^^^^^^^^^ error: no pod has the labels that `only-web` selects
```
## Silent
```sample
#- k8s/web.yaml
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web, tier: front}}
    spec: {containers: [{name: web, image: "web:1", ports: [{name: http, containerPort: 80}]}]}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec:
  selector: {app: web}
  ports: [{port: 80, targetPort: http}]
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: operator}
spec: {podSelector: {matchLabels: {app: made-by-an-operator}}, policyTypes: [Ingress]}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: all}
spec: {podSelector: {}, policyTypes: [Ingress]}
#- elsewhere/db.yaml
apiVersion: v1
kind: Service
metadata: {name: db}
spec:
  selector: {app: made-by-an-operator}
  ports: [{port: 5432}]
```
## When it may be wrong
When an operator makes the pods, in a folder that also has pods of its own.
"#,
    run,
};

fn run(repo: &Repo, findings: &mut Findings) {
    let pods = Pods::of(repo);
    for service in repo.facts.manifests.iter().filter(|it| !is_generated(repo, it)) {
        let Some(selector) = selector(service) else { continue };
        let pairs: Vec<(&str, &str)> = pairs(selector);
        let beside = pods.beside(service);
        let Some((first, _)) = beside.clone().next().filter(|_| !pairs.is_empty()) else { continue };
        let selected: Vec<(&Manifest, &Node)> = pods.selected(service, &pairs);
        if selected.is_empty() {
            if service.kind.value == "NetworkPolicy" && !is_slip(&pairs, beside.clone()) {
                continue;
            }
            let near = beside.clone().find(|it| it.0.name.value == service.name.value).map_or(first, |it| it.0);
            let message = format!("no pod has the labels that `{}` selects", service.name.value);
            let finding = RULE.finding(selector.place(), message).also(near.name.span, "a workload here");
            findings.push(finding.help("select the labels of `spec.template.metadata.labels`"));
            continue;
        }
        ports(service, &selected, findings);
    }
}

/// Returns the labels by which an object finds pods.
fn selector(object: &Manifest) -> Option<&Node> {
    match object.kind.value.as_str() {
        "Service" => object.node.at(&["spec", "selector"]),
        "PodDisruptionBudget" => object.node.at(&["spec", "selector", "matchLabels"]),
        "NetworkPolicy" => object.node.at(&["spec", "podSelector", "matchLabels"]),
        _ => None,
    }
}

/// Whether some pod has the labels but for slips in their values.
fn is_slip<'a>(labels: &[(&str, &str)], pods: impl Iterator<Item = (&'a Manifest, &'a Node)>) -> bool {
    let own = |pod: &'a Node| pod.at(&["metadata", "labels"]).map(pairs).unwrap_or_default();
    let is_near = |own: &[(&str, &str)], (key, value): &(&str, &str)| {
        own.iter().any(|it| it.0 == *key && (it.1 == *value || did_you_mean(value, [it.1]).is_some()))
    };
    pods.map(|it| own(it.1)).any(|own| labels.iter().all(|it| is_near(&own, it)))
}

/// The pods that manifests make, found by folder, and by folder and label: there may be thousands of each.
#[derive(Default)]
struct Pods<'a> {
    all: Vec<(&'a Manifest, &'a Node)>,
    by_folder: HashMap<&'a str, Vec<usize>>,
    by_label: HashMap<(&'a str, &'a str, &'a str), Vec<usize>>,
}

impl<'a> Pods<'a> {
    fn of(repo: &'a Repo) -> Pods<'a> {
        let mut pods = Pods::default();
        for (manifest, pod) in repo.facts.manifests.iter().filter_map(|it| Some((it, pod(it)?))) {
            let (at, folder) = (pods.all.len(), folder(&manifest.path));
            pods.all.push((manifest, pod));
            pods.by_folder.entry(folder).or_default().push(at);
            for (key, value) in pod.at(&["metadata", "labels"]).map(pairs).unwrap_or_default() {
                pods.by_label.entry((folder, key, value)).or_default().push(at);
            }
        }
        pods
    }

    /// Returns the pods of a Service's folder that may be in its namespace.
    fn beside<'s>(&'s self, service: &'s Manifest) -> impl Iterator<Item = (&'a Manifest, &'a Node)> + Clone + 's {
        let found = self.by_folder.get(folder(&service.path)).into_iter().flatten().map(|it| self.all[*it]);
        found.filter(|it| together(it.0, service))
    }

    /// Returns those of them that have all the labels.
    fn selected(&self, service: &Manifest, labels: &[(&str, &str)]) -> Vec<(&'a Manifest, &'a Node)> {
        let folder = folder(&service.path);
        let with: Vec<&[usize]> = labels.iter().map(|(key, value)| self.with(folder, key, value)).collect();
        // Most labels belong to few pods; the rarest leaves the least to look at.
        let Some(rarest) = with.iter().min_by_key(|it| it.len()) else { return Vec::new() };
        let has_all = |it: &&usize| with.iter().all(|with| with.binary_search(it).is_ok());
        rarest.iter().filter(has_all).map(|it| self.all[*it]).filter(|it| together(it.0, service)).collect()
    }

    fn with<'s>(&'s self, folder: &'s str, key: &'s str, value: &'s str) -> &'s [usize] {
        self.by_label.get(&(folder, key, value)).map_or(&[], Vec::as_slice)
    }
}

/// Judges the ports that are given by name.
fn ports(service: &Manifest, selected: &[(&Manifest, &Node)], findings: &mut Findings) {
    let ports = service.node.at(&["spec", "ports"]).and_then(Node::as_seq).unwrap_or(&[]);
    for target in ports.iter().filter_map(|it| it.get("targetPort")).filter(|it| it.as_int().is_none()) {
        let Some(name) = text(target) else { continue };
        let has_name = |container: &Node| {
            let own = container.get("ports").and_then(Node::as_seq).unwrap_or(&[]);
            own.iter().any(|it| it.get("name").and_then(Node::as_text) == Some(name.value.as_str()))
        };
        if selected.iter().any(|it| containers(it.1).any(has_name)) {
            continue;
        }
        let place: Span = selected[0].0.name.span;
        let message = format!("no container that `{}` selects has a port `{}`", service.name.value, name.value);
        let finding = RULE.finding(name.span, message).also(place, "its pods");
        findings.push(finding.help("name a port of the container, or write its number"));
    }
}

fn pairs(node: &Node) -> Vec<(&str, &str)> {
    let entries = node.as_map().map_or(&[][..], |it| &it.entries);
    entries.iter().filter_map(|it| Some((&*it.key, it.value.as_text()?))).collect()
}
