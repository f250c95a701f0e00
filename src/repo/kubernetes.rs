//! Reads Kubernetes manifests: every document that says `apiVersion`, `kind` and a name.
//!
//! Templates of Helm and the like are not manifests before they are filled, and say nothing.

use super::fact::{EnvSet, Facts, KubernetesObject, Manifest, SetBy, Text};
use super::kustomize;
use super::reader::Input;
use crate::diag::Diags;
use crate::source::Spanned;
use crate::syntax::node::{Node, Value};
use crate::syntax::yaml;

/// Reads a file of manifests.
pub fn read(input: &Input, facts: &mut Facts, diags: &mut Diags) {
    if input.text.contains("{{") {
        return;
    }
    // What is broken in tests is broken on purpose.
    let mut unheard = Diags::default();
    let diags = if input.in_test { &mut unheard } else { diags };
    for document in yaml::parse(input.text, input.file, diags) {
        kustomize::read(&document, input, facts);
        match document.get("items").and_then(Node::as_seq) {
            Some(items) => items.iter().for_each(|it| manifest(it, input, facts)),
            None => manifest(&document, input, facts),
        }
    }
}

fn manifest(node: &Node, input: &Input, facts: &mut Facts) {
    let text = |path: &[&str]| node.at(path).and_then(as_text);
    if !input.in_test && node.get("apiVersion").is_some() && node.get("kind").is_some() {
        facts.kubernetes_objects.push(KubernetesObject { path: input.path.to_string(), node: node.clone() });
    }
    let (Some(api_version), Some(kind), Some(name)) =
        (text(&["apiVersion"]), text(&["kind"]), text(&["metadata", "name"]))
    else {
        return;
    };
    let scope = Some(format!("{}/{}", kind.value, name.value));
    each_env(node, 0, &mut |variable| {
        let Some(name) = variable.get("name").and_then(as_text) else { return };
        let value = variable.get("value").and_then(as_text);
        facts.sets.push(EnvSet { name, value, by: SetBy::Kubernetes, into: None, scope: scope.clone() });
    });
    if kind.value == "ConfigMap" || kind.value == "Secret" {
        for section in ["data", "stringData"] {
            let entries = node.get(section).and_then(Node::as_map).map_or(&[][..], |it| &it.entries);
            for entry in entries {
                let name = Spanned::new(entry.key.to_string(), entry.key_span);
                let value = as_text(&entry.value).filter(|_| kind.value == "ConfigMap");
                let scope = scope.clone();
                facts.sets.push(EnvSet { name, value, by: SetBy::Kubernetes, into: None, scope });
            }
        }
    }
    let (file, path, node) = (input.file, input.path.to_string(), node.clone());
    facts.manifests.push(Manifest {
        file,
        path,
        api_version,
        kind,
        name,
        namespace: text(&["metadata", "namespace"]),
        node,
    });
}

/// Calls `visit` with every item of every `env` list.
fn each_env(node: &Node, depth: usize, visit: &mut dyn FnMut(&Node)) {
    if depth > 24 {
        return;
    }
    match &node.value {
        Value::Map(map) => {
            for entry in &map.entries {
                match entry.value.as_seq().filter(|_| &*entry.key == "env") {
                    Some(items) => items.iter().for_each(&mut *visit),
                    None => each_env(&entry.value, depth + 1, visit),
                }
            }
        }
        Value::Seq(items) => items.iter().for_each(|it| each_env(it, depth + 1, visit)),
        Value::Scalar(_) => {}
    }
}

pub(super) fn as_text(node: &Node) -> Option<Text> {
    Some(Spanned::new(node.as_text()?.to_string(), node.place()))
}
