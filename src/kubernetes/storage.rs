//! Claims of storage.

use super::at::At;
use super::container::amount;
use super::{FaultKind, Judge};

/// Judges the `spec` of a PersistentVolumeClaim, or of a template of one.
pub fn claim(spec: &Option<At<'_>>, judge: &mut Judge) {
    let Some(spec) = spec else { return };
    if let Some(modes) = spec.get("accessModes") {
        let several = modes.tree.item(1).is_some();
        if let Some(it) = modes.items().find(|it| several && it.tree.text() == Some("ReadWriteOncePod")) {
            judge.fault(FaultKind::Forbidden, &it, "`ReadWriteOncePod` may not stand beside another mode");
        }
    }
    let Some(resources) = spec.get("resources") else { return };
    let requests = resources.get("requests");
    let Some(storage) = requests.as_ref().and_then(|it| it.get("storage")) else {
        judge.fault(FaultKind::Required, &resources, "needs `requests.storage`");
        return;
    };
    if amount(&storage).is_some_and(|it| it.nanos <= 0) {
        judge.fault(FaultKind::Invalid, &storage, "must be more than nothing");
    }
}
