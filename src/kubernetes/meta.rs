//! The metadata of an object: its name, which differs by kind, its labels and annotations.

use super::at::At;
use super::format::Format;
use super::scalar::{Scalar, scalar};
use super::{FaultKind, Judge};

/// All annotations together (`apimachinery/pkg/api/validation`, `TotalAnnotationSizeLimitB`), in bytes.
const ANNOTATIONS: usize = 256 * 1024;

/// Judges `metadata`.
pub fn judge(object: &At<'_>, kind: &str, judge: &mut Judge) {
    let Some(metadata) = object.get("metadata") else {
        judge.fault(FaultKind::Required, object, "needs `metadata` with a `name`");
        return;
    };
    match metadata.get("name") {
        Some(it) => name(&it, kind, judge),
        None if metadata.get("generateName").is_none() => {
            judge.fault(FaultKind::Required, &metadata, "needs `name`");
        }
        None => {}
    }
    if let Some(it) = metadata.get("annotations") {
        let size: usize = it.entries().map(|(key, it)| key.len() + it.tree.text().map_or(0, str::len)).sum();
        if size > ANNOTATIONS {
            judge.fault(FaultKind::TooLong, &it, format!("annotations have {size} bytes, and at most {ANNOTATIONS}"));
        }
    }
}

fn name(at: &At<'_>, kind: &str, judge: &mut Judge) {
    let Some(text) = at.tree.text() else { return };
    if matches!(scalar(at.tree), Some(Scalar::Placeholder)) {
        return;
    }
    let format = match kind {
        "Service" => Format::ServiceName,
        "Namespace" => Format::Label,
        // Colons are common in the names of roles: their names are path segments only.
        "Role" | "ClusterRole" | "RoleBinding" | "ClusterRoleBinding" => return segment(at, text, judge),
        _ => Format::Subdomain,
    };
    if let Some(wanted) = format.refuses(text) {
        let better = text.to_ascii_lowercase().replace('_', "-");
        let fits = better != text && format.refuses(&better).is_none();
        let fault = judge.fault(FaultKind::Invalid, at, format!("`{text}` must be {wanted}"));
        if fits {
            fault.help(format!("write `{better}`, also where it is referred to"));
        }
        return;
    }
    // A Job that a CronJob makes has the name with eleven characters more, and must be a label's value.
    let longest = match kind {
        "CronJob" => 52,
        "Job" => 63,
        _ => return,
    };
    if text.len() > longest {
        judge.fault(FaultKind::TooLong, at, format!("the name of a {kind} has at most {longest} characters"));
    }
}

fn segment(at: &At<'_>, text: &str, judge: &mut Judge) {
    if matches!(text, "." | "..") || text.contains(['/', '%']) {
        judge.fault(FaultKind::Invalid, at, format!("`{text}` must be a name without `/` and `%`"));
    }
}
