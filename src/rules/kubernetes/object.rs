//! What rules across manifests ask of one: where it applies, which pods it makes, what they are called.

use crate::repo::Repo;
use crate::repo::fact::{Manifest, Text};
use crate::repo::kind::is_test;
use crate::rules::existence::folder;
use crate::source::Spanned;
use crate::syntax::node::Node;

/// Returns a text of a manifest at its place.
pub fn text(node: &Node) -> Option<Text> {
    Some(Spanned::new(node.as_text()?.to_string(), node.place()))
}

/// Returns the template of the pods that a manifest makes; a Pod is its own.
pub fn pod(manifest: &Manifest) -> Option<&Node> {
    match manifest.kind.value.as_str() {
        "Pod" => Some(&manifest.node),
        "Deployment" | "StatefulSet" | "DaemonSet" | "ReplicaSet" | "Job" | "Rollout" => {
            manifest.node.at(&["spec", "template"])
        }
        "CronJob" => manifest.node.at(&["spec", "jobTemplate", "spec", "template"]),
        _ => None,
    }
}

/// Returns the containers of a pod, those that run first included.
pub fn containers(pod: &Node) -> impl Iterator<Item = &Node> {
    ["initContainers", "containers"].into_iter().filter_map(|it| pod.at(&["spec", it])?.as_seq()).flatten()
}

/// Returns whether two manifests may be in one namespace.
pub fn together(a: &Manifest, b: &Manifest) -> bool {
    match (&a.namespace, &b.namespace) {
        (Some(a), Some(b)) => a.value == b.value,
        _ => true,
    }
}

/// Returns the object that is applied with another one: of its file, of its folder, or any.
pub fn nearest<'a>(found: impl Iterator<Item = &'a Manifest>, from: &Manifest) -> Option<&'a Manifest> {
    found.min_by_key(|it| (it.path != from.path, folder(&it.path) != folder(&from.path)))
}

/// Returns whether a tool changes names and labels, or makes objects, before the manifest is applied; what is for tests
/// is broken on purpose.
pub fn is_generated(repo: &Repo, manifest: &Manifest) -> bool {
    if is_test(&manifest.path) {
        return true;
    }
    let mut at = folder(&manifest.path);
    loop {
        let names = ["kustomization.yaml", "kustomization.yml", "Kustomization", "Chart.yaml"];
        if names.iter().any(|it| repo.tree.has_file(&if at == "." { it.to_string() } else { format!("{at}/{it}") })) {
            return true;
        }
        if at == "." {
            return false;
        }
        at = folder(at);
    }
}

/// Returns the manifests of a kind that may be in one namespace with another.
pub fn of_kind<'a>(repo: &'a Repo, kind: &'a str, with: &'a Manifest) -> impl Iterator<Item = &'a Manifest> {
    repo.facts.manifests.iter().filter(move |it| it.kind.value == kind && together(it, with))
}
