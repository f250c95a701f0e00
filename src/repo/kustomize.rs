//! What kustomize does to manifests before they are applied.

use std::collections::{BTreeMap, BTreeSet};

use super::fact::{Facts, Kustomization};

/// Returns the files whose objects are not whole: patches, and what patches are laid over, however many folders away.
pub fn parts(facts: &Facts) -> BTreeSet<String> {
    let by_folder: BTreeMap<&str, &Kustomization> =
        facts.kustomizations.iter().map(|it| (it.folder.as_str(), it)).collect();
    let mut parts = BTreeSet::new();
    let mut open: Vec<&Kustomization> = facts.kustomizations.iter().filter(|it| it.changes_objects).collect();
    let mut seen: BTreeSet<&str> = open.iter().map(|it| it.folder.as_str()).collect();
    while let Some(it) = open.pop() {
        parts.extend(it.patches.iter().filter_map(|patch| it.path(&patch.value)));
        for path in it.resources.iter().filter_map(|named| it.path(&named.value)) {
            match by_folder.get(if path.is_empty() { "." } else { path.as_str() }) {
                Some(inner) if seen.insert(&inner.folder) => open.push(inner),
                Some(_) => {}
                None => {
                    parts.insert(path);
                }
            }
        }
    }
    parts
}
