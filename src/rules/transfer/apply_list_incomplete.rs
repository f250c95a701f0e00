//! `apply-list-incomplete`.

use std::collections::BTreeSet;

use crate::diag::{Code, Level};
use crate::repo::Repo;
use crate::repo::fact::{Action, Command, Manifest};
use crate::rules::existence::{candidates, is_historical};
use crate::rules::{Findings, Rule};
use crate::syntax::node::{Node, Value};

/// A list of `kubectl apply` leaves out what the applied objects need.
pub static RULE: Rule = Rule {
    code: Code { id: "XFR009", name: "apply-list-incomplete" },
    level: Level::Warning,
    summary: "a list of `kubectl apply` commands leaves out a manifest that another one needs",
    docs: r#"
## What it does
Where a document or script applies manifests one by one, looks up the ConfigMaps, Secrets and claims that they refer
to. A file of the repository that declares one must be applied, too.
## Why it matters
The pods stay in `ContainerCreating`: "configmap not found".
## Example
```sample
#- k8s/api.yaml
apiVersion: apps/v1
kind: Deployment
metadata: { name: api }
spec:
  selector: { matchLabels: { app: api } }
  template:
    metadata: { labels: { app: api } }
    spec:
      containers: [{ name: api, image: api:1 }]
      volumes:
        - { name: conf, configMap: { name: api-conf } }
#                                          ~~~~~~~~ needed here
#- k8s/api-conf.yaml
apiVersion: v1
kind: ConfigMap
metadata: { name: api-conf }
#                 ~~~~~~~~ declared here, which is not applied
data: {}
#- docs/install.md
~~~sh
kubectl apply -f k8s/api.yaml
#                ^^^^^^^^^^^^ warning: applying `k8s/api.yaml` needs the ConfigMap `api-conf`, which no command of this list applies
~~~
```
## Silent
```sample
#- k8s/api.yaml
apiVersion: apps/v1
kind: Deployment
metadata: { name: api }
spec:
  selector: { matchLabels: { app: api } }
  template:
    metadata: { labels: { app: api } }
    spec:
      containers:
        - name: api
          image: api:1
          envFrom:
            - configMapRef: { name: api-conf }
            - secretRef: { name: made-by-hand }
#- k8s/conf.yaml
apiVersion: v1
kind: ConfigMap
metadata: { name: api-conf }
data: {}
#- docs/install.md
~~~sh
kubectl apply -f k8s/conf.yaml
kubectl apply -f k8s/api.yaml
~~~
#- docs/all.md
`kubectl apply -f k8s/`
```
"#,
    run,
};

fn run(repo: &Repo, findings: &mut Findings) {
    let paths: BTreeSet<&str> = repo.facts.commands.iter().map(|it| it.path.as_str()).collect();
    for path in paths.into_iter().filter(|it| !is_historical(it)) {
        let is_apply = |it: &&Command| it.path == path && matches!(it.action, Action::KubectlApply(_));
        let commands: Vec<&Command> = repo.facts.commands.iter().filter(is_apply).collect();
        if !commands.is_empty() {
            judge(repo, &commands, findings);
        }
    }
}

fn judge(repo: &Repo, commands: &[&Command], findings: &mut Findings) {
    let mut applied = Vec::new();
    for command in commands {
        let Action::KubectlApply(files) = &command.action else { continue };
        for file in files {
            let list = candidates(command, &file.value);
            match list.iter().find(|path| repo.facts.manifests.iter().any(|it| it.path == **path)) {
                Some(path) => applied.push((path.clone(), file)),
                // A folder, a URL, something made: it may hold anything.
                None => return,
            }
        }
    }
    let is_applied = |path: &str| applied.iter().any(|it| it.0 == path);
    for (path, file) in &applied {
        for manifest in repo.facts.manifests.iter().filter(|it| it.path == *path) {
            for (kind, node) in references(&manifest.node) {
                let Some(name) = node.as_text() else { continue };
                let declares = |it: &&Manifest| it.kind.value == kind && it.name.value == name;
                let mut declared = repo.facts.manifests.iter().filter(declares).peekable();
                let Some(first) = declared.peek().copied() else { continue };
                if declared.any(|it| is_applied(&it.path)) {
                    continue;
                }
                let message =
                    format!("applying `{path}` needs the {kind} `{name}`, which no command of this list applies");
                let finding = RULE
                    .finding(file.span, message)
                    .also(node.place(), "needed here")
                    .also(first.name.span, "declared here, which is not applied")
                    .help(format!("apply `{}` first", first.path));
                findings.push(finding);
            }
        }
    }
}

/// Returns the names of ConfigMaps, Secrets and claims that an object cannot do without.
fn references(node: &Node) -> Vec<(&'static str, &Node)> {
    let mut found = Vec::new();
    walk(node, &mut found);
    found
}

fn walk<'n>(node: &'n Node, found: &mut Vec<(&'static str, &'n Node)>) {
    match &node.value {
        Value::Seq(list) => list.iter().for_each(|it| walk(it, found)),
        Value::Map(map) => {
            for entry in &map.entries {
                let (kind, field) = match &*entry.key {
                    "configMapRef" | "configMapKeyRef" | "configMap" => ("ConfigMap", "name"),
                    "secretRef" | "secretKeyRef" => ("Secret", "name"),
                    "secret" => ("Secret", "secretName"),
                    "persistentVolumeClaim" => ("PersistentVolumeClaim", "claimName"),
                    _ => ("", ""),
                };
                let is_optional = entry.value.get("optional").and_then(Node::as_bool) == Some(true);
                if !field.is_empty() && !is_optional {
                    found.extend(entry.value.get(field).map(|it| (kind, it)));
                }
                walk(&entry.value, found);
            }
        }
        Value::Scalar(_) => {}
    }
}
