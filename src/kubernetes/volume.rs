//! The volumes of a pod.

use std::collections::HashMap;

use super::at::At;
use super::container::amount;
use super::{FaultKind, Judge, storage};
use crate::source::Span;

/// Returns the names of the volumes and where they stand.
pub fn names<'a>(volumes: &'a Option<At<'a>>) -> HashMap<&'a str, Span> {
    let names = volumes.iter().flat_map(|it| it.tree.items()).filter_map(|it| it.get("name"));
    names.filter_map(|it| Some((it.text()?, it.place()))).collect()
}

/// Judges a volume.
pub fn judge(volume: &At<'_>, judge: &mut Judge) {
    if let Some(it) = volume.get("emptyDir").as_ref().and_then(|it| it.get("sizeLimit"))
        && amount(&it).is_some_and(|it| it.nanos < 0)
    {
        judge.fault(FaultKind::Invalid, &it, "must not be negative");
    }
    if let Some(it) = volume.get("ephemeral").as_ref().and_then(|it| it.get("volumeClaimTemplate")) {
        storage::claim(&it.get("spec"), judge);
    }
    for it in volume.get("downwardAPI").as_ref().and_then(|it| it.get("items")).iter().flat_map(At::items) {
        pod_field(&it, judge);
    }
    for source in volume.get("projected").as_ref().and_then(|it| it.get("sources")).iter().flat_map(At::items) {
        for it in source.get("downwardAPI").as_ref().and_then(|it| it.get("items")).iter().flat_map(At::items) {
            pod_field(&it, judge);
        }
    }
}

/// What a file may hold of the pod (`validVolumeDownwardAPIFieldPathExpressions`).
fn pod_field(item: &At<'_>, judge: &mut Judge) {
    const FIELDS: &[&str] =
        &["metadata.name", "metadata.namespace", "metadata.labels", "metadata.annotations", "metadata.uid"];
    let Some(reference) = item.get("fieldRef") else { return };
    let Some(path) = reference.get("fieldPath") else { return };
    let Some(text) = path.tree.text() else { return };
    if !FIELDS.contains(&text) && !text.contains("['") {
        judge.fault(FaultKind::NotSupported, &path, format!("a file cannot be made from `{text}`"));
    }
}
