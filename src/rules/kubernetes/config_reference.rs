//! `config-reference-missing`.

use super::object::{containers, is_generated, nearest, of_kind, pod, text, together};
use std::collections::{HashMap, HashSet};

use crate::diag::{Code, Diagnostic, Level, did_you_mean};
use crate::repo::Repo;
use crate::repo::fact::{Manifest, Text};
use crate::rules::{Findings, Rule};
use crate::syntax::node::Node;

/// A pod that asks for a ConfigMap, a Secret or a key which nobody makes.
pub static RULE: Rule = Rule {
    code: Code { id: "K8S006", name: "config-reference-missing" },
    level: Level::Error,
    summary: "a pod asks for a ConfigMap, a Secret or a key of one that the manifests do not have",
    docs: r#"
## What it does
Looks up what containers take from ConfigMaps and Secrets (`env`, `envFrom`, volumes) among the manifests. A key that
the object lacks is an error. A ConfigMap that nobody makes is a warning where the repository has others; a Secret is
told of only where one is named alike, since Secrets are mostly made by hand. `optional` is respected.
## Why it matters
The pod stays at CreateContainerConfigError.
## Example
```sample
#- k8s/api.yaml
apiVersion: v1
kind: ConfigMap
metadata: {name: api-config}
#                ~~~~~~~~~~ its keys
data: {LOG_LEVEL: info}
---
apiVersion: v1
kind: Pod
metadata: {name: api}
spec:
  containers:
    - name: api
      image: api:1
      env:
        - {name: LEVEL, valueFrom: {configMapKeyRef: {name: api-config, key: LOG_LEVL}}}
#                                                                            ^^^^^^^^ error: the ConfigMap `api-config` has no key `LOG_LEVL`
      envFrom: [{configMapRef: {name: api-confg}}]
#                                     ^^^^^^^^^ warning: no manifest has a ConfigMap `api-confg`
```
## Silent
```sample
#- k8s/api.yaml
apiVersion: v1
kind: ConfigMap
metadata: {name: api-config}
data: {LOG_LEVEL: info}
---
apiVersion: v1
kind: Pod
metadata: {name: api}
spec:
  containers:
    - name: api
      image: api:1
      env:
        - {name: LEVEL, valueFrom: {configMapKeyRef: {name: api-config, key: LOG_LEVEL}}}
        - {name: MORE, valueFrom: {configMapKeyRef: {name: api-config, key: MORE, optional: true}}}
        - {name: PASSWORD, valueFrom: {secretKeyRef: {name: made-by-hand, key: password}}}
      envFrom: [{configMapRef: {name: made-by-a-script}}]
  volumes:
    - {name: boards, configMap: {name: dashboards}}
#- k8s/dashboards.yaml
apiVersion: v1
kind: ConfigMap
metadata: {name: dashboards}
data:
  # Grafana fills these braces, no template does.
  jobs.json: |
    {"targets": [{"legendFormat": "{{deployment}}"}]}
#- deploy.sh
kubectl create configmap made-by-a-script --from-file=conf
```
## When it may be wrong
When an operator, or a chart of another repository, makes the object.
"#,
    run,
};

/// What a container asks for.
struct Wanted {
    kind: &'static str,
    name: Text,
    key: Option<Text>,
}

/// What answers for many references, looked up once.
struct Known<'a> {
    /// Objects by kind and name.
    by_name: HashMap<(&'a str, &'a str), Vec<&'a Manifest>>,
    /// Objects that stand for a Secret.
    stand_ins: Vec<&'a Manifest>,
    /// Words of commands that make objects.
    made: HashSet<&'a str>,
}

impl<'a> Known<'a> {
    fn of(repo: &'a Repo) -> Known<'a> {
        let mut by_name: HashMap<(&str, &str), Vec<&Manifest>> = HashMap::new();
        for it in &repo.facts.manifests {
            by_name.entry((&it.kind.value, &it.name.value)).or_default().push(it);
        }
        let is_stand_in =
            |it: &&Manifest| matches!(it.kind.value.as_str(), "ExternalSecret" | "SealedSecret" | "Certificate");
        let creates = repo.facts.commands.iter().filter(|it| {
            let has = |word: &str| it.words.iter().any(|it| it.text == word);
            has("kubectl") && has("create")
        });
        let made = creates.flat_map(|it| &it.words).map(|it| it.text.as_str()).collect();
        Known { by_name, stand_ins: repo.facts.manifests.iter().filter(is_stand_in).collect(), made }
    }

    /// Returns whether a command, or an object that stands for a Secret, makes what is asked for.
    fn is_made(&self, name: &str) -> bool {
        let stands_for = |it: &&Manifest| {
            it.name.value == name || it.node.at(&["spec", "target", "name"]).and_then(Node::as_text) == Some(name)
        };
        self.made.contains(name) || self.stand_ins.iter().any(stands_for)
    }
}

fn run(repo: &Repo, findings: &mut Findings) {
    let known = Known::of(repo);
    for manifest in repo.facts.manifests.iter().filter(|it| !is_generated(repo, it)) {
        let Some(pod) = pod(manifest) else { continue };
        for wanted in wanted(pod) {
            findings.push_maybe(judge(repo, &known, (manifest, &wanted)));
        }
    }
}

fn judge(repo: &Repo, known: &Known<'_>, (manifest, wanted): (&Manifest, &Wanted)) -> Option<Diagnostic> {
    let Wanted { kind, name, key } = wanted;
    if name.value.contains('$') || known.is_made(&name.value) {
        return None;
    }
    let same_name = known.by_name.get(&(*kind, name.value.as_str())).into_iter().flatten().copied();
    let same_name = same_name.filter(|it| together(it, manifest));
    let Some(object) = nearest(same_name, manifest) else {
        let names = of_kind(repo, kind, manifest).map(|it| it.name.value.as_str());
        let near = did_you_mean(&name.value, names);
        let has_others = *kind != "Secret" && of_kind(repo, kind, manifest).next().is_some();
        if near.is_none() && !has_others {
            return None;
        }
        let finding = RULE.finding_at(Level::Warning, name.span, format!("no manifest has a {kind} `{}`", name.value));
        return Some(finding.maybe_help(near.map(|it| format!("did you mean `{it}`?"))));
    };
    let key = key.as_ref()?;
    let sections = ["data", "stringData", "binaryData"];
    let keys: Vec<&str> =
        sections.iter().filter_map(|it| object.node.get(it)?.as_map()).flat_map(|it| it.keys()).collect();
    if keys.is_empty() || keys.contains(&key.value.as_str()) {
        return None;
    }
    let near = did_you_mean(&key.value, keys).map(|it| format!("did you mean `{it}`?"));
    let message = format!("the {kind} `{}` has no key `{}`", name.value, key.value);
    Some(RULE.finding(key.span, message).also(object.name.span, "its keys").maybe_help(near))
}

fn is_default_account(spec: &Node) -> bool {
    spec.get("serviceAccountName").and_then(Node::as_text) == Some("default")
}

fn wanted(pod: &Node) -> Vec<Wanted> {
    let mut found = Vec::new();
    let mut add = |kind, node: Option<&Node>, name: &str, has_key: bool| {
        let Some(node) = node.filter(|it| it.get("optional").and_then(Node::as_bool) != Some(true)) else { return };
        let key = if has_key { node.get("key").and_then(text) } else { None };
        if let Some(name) = node.get(name).and_then(text) {
            found.push(Wanted { kind, name, key });
        }
    };
    for container in containers(pod) {
        for it in container.get("env").and_then(Node::as_seq).unwrap_or(&[]) {
            add("ConfigMap", it.at(&["valueFrom", "configMapKeyRef"]), "name", true);
            add("Secret", it.at(&["valueFrom", "secretKeyRef"]), "name", true);
        }
        for it in container.get("envFrom").and_then(Node::as_seq).unwrap_or(&[]) {
            add("ConfigMap", it.get("configMapRef"), "name", false);
            add("Secret", it.get("secretRef"), "name", false);
        }
    }
    let volumes = pod.at(&["spec", "volumes"]).and_then(Node::as_seq).unwrap_or(&[]);
    for it in volumes {
        add("ConfigMap", it.get("configMap"), "name", false);
        add("Secret", it.get("secret"), "secretName", false);
        add("PersistentVolumeClaim", it.get("persistentVolumeClaim"), "claimName", false);
    }
    found.extend(files(pod, volumes));
    let account = pod.get("spec").filter(|it| !is_default_account(it));
    if let Some(name) = account.and_then(|it| it.get("serviceAccountName")).and_then(text) {
        found.push(Wanted { kind: "ServiceAccount", name, key: None });
    }
    found
}

/// Keys of a ConfigMap that are mounted one by one: `items`, and `subPath` where there are none.
fn files(pod: &Node, volumes: &[Node]) -> Vec<Wanted> {
    let mut found = Vec::new();
    for volume in volumes {
        let Some(map) = volume.get("configMap") else { continue };
        let is_optional = map.get("optional").and_then(Node::as_bool) == Some(true);
        let Some(name) = map.get("name").and_then(text).filter(|_| !is_optional) else { continue };
        let mut keys: Vec<Text> = Vec::new();
        match map.get("items").and_then(Node::as_seq) {
            Some(items) => keys.extend(items.iter().filter_map(|it| text(it.get("key")?))),
            None => {
                let mounts = containers(pod).filter_map(|it| it.get("volumeMounts")?.as_seq()).flatten();
                let own = mounts
                    .filter(|it| it.get("name").and_then(Node::as_text) == volume.get("name").and_then(Node::as_text));
                keys.extend(own.filter_map(|it| text(it.get("subPath")?)).filter(|it| !it.value.contains('/')));
            }
        }
        found.extend(keys.into_iter().map(|key| Wanted { kind: "ConfigMap", name: name.clone(), key: Some(key) }));
    }
    found
}
