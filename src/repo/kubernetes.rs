//! Reads Kubernetes manifests: every document that says `apiVersion`, `kind` and a name.
//!
//! Templates of Helm and the like are not manifests before they are filled, and say nothing.

use super::fact::{EnvSet, Facts, KubernetesObject, Manifest, SetBy, Text};
use super::kustomize;
use super::reader::Input;
use crate::diag::Diags;
use crate::source::Spanned;
use crate::syntax::node::{Node, Scalar, Style, Value};
use crate::syntax::yaml;

/// Reads a file of manifests.
pub fn read(input: &Input, facts: &mut Facts, diags: &mut Diags) {
    let has_braces = input.text.contains("{{");
    // What is broken in tests is broken on purpose, and a template need not be YAML.
    let mut unheard = Diags::default();
    let diags = if input.in_test || has_braces { &mut unheard } else { diags };
    let documents = yaml::parse(input.text, input.file, diags);
    if has_braces && (diags.ok().is_err() || documents.iter().any(is_template)) {
        return;
    }
    for document in documents {
        kustomize::read(&document, input, facts);
        match document.get("items").and_then(Node::as_seq) {
            Some(items) => items.iter().for_each(|it| manifest(it, input, facts)),
            None => manifest(&document, input, facts),
        }
    }
}

/// Returns whether something fills a document before it is applied. Braces within a text are not for that: a dashboard
/// in a ConfigMap says `{{deployment}}`, an alert `{{ $labels.job }} is down`, each to be filled by who reads it.
fn is_template(node: &Node) -> bool {
    match &node.value {
        Value::Map(map) => map.entries.iter().any(|it| it.key.contains("{{") || is_template(&it.value)),
        Value::Seq(items) => items.iter().any(is_template),
        Value::Scalar(Scalar { style: Style::Block, .. }) => false,
        Value::Scalar(scalar) => scalar.text.contains("{{") && !has_words(&scalar.text),
    }
}

/// Returns whether a text says something around its braces, as no name, image or number does.
fn has_words(text: &str) -> bool {
    let around = || text.split("{{").map(|it| it.split_once("}}").map_or(it, |it| it.1));
    let has = |is: fn(char) -> bool| around().any(|it| it.contains(is));
    has(char::is_alphabetic) && has(char::is_whitespace)
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
        let value = variable.get("value").and_then(as_text).filter(|it| !it.value.contains("{{"));
        facts.sets.push(EnvSet { name, value, by: SetBy::Kubernetes, into: None, scope: scope.clone() });
    });
    if kind.value == "ConfigMap" || kind.value == "Secret" {
        for section in ["data", "stringData"] {
            let entries = node.get(section).and_then(Node::as_map).map_or(&[][..], |it| &it.entries);
            for entry in entries {
                let name = Spanned::new(entry.key.to_string(), entry.key_span);
                let is_told = |it: &Text| kind.value == "ConfigMap" && !it.value.contains("{{");
                let value = as_text(&entry.value).filter(is_told);
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::repo::kind::Kind;
    use crate::repo::tree::Tree;
    use crate::source::FileId;

    fn n_manifests(text: &str) -> usize {
        let tree = Tree::new([]);
        let input =
            Input { file: FileId(0), path: "k8s/a.yaml", text, kind: Kind::Kubernetes, in_test: false, tree: &tree };
        let (mut facts, mut diags) = (Facts::default(), Diags::default());
        read(&input, &mut facts, &mut diags);
        assert!(diags.ok().is_ok());
        facts.manifests.len()
    }

    #[test]
    fn braces_within_a_text_are_no_template() {
        let map = |data: &str| format!("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\ndata:\n{data}");
        for data in [
            "  a.json: |\n    {\"legendFormat\": \"{{deployment}}\"}\n",
            "  summary: \"{{ $labels.job }} is down\"\n",
            "  summary: Instance {{ $labels.instance }}\n",
            "  plain: b # {{ x }}\n",
        ] {
            assert_eq!(n_manifests(&map(data)), 1, "{data}");
        }
        for data in [
            "  host: \"{{ .Values.host }}\"\n",
            "  host: {{ .Values.host }}\n",
            "  host: db-{{ .Values.host }}:5432\n",
            "  {{ key }}: b\n",
            "  \"{{ key }}\": b\n",
            "  {{- toYaml .Values.data | nindent 2 }}\n",
            "  {{- if .Values.a }}\n  a: b\n  {{- end }}\n",
        ] {
            assert_eq!(n_manifests(&map(data)), 0, "{data}");
        }
        assert_eq!(
            n_manifests("{{- if .Values.on }}\napiVersion: v1\nkind: Pod\nmetadata: {name: a}\n{{- end }}\n"),
            0
        );
    }
}
