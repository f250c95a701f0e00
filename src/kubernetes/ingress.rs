//! An Ingress: its rules and paths.

use super::at::At;
use super::{FaultKind, Judge};

/// What no path may hold (`pkg/apis/networking/validation`, `invalidPathSequences`, `invalidPathSuffixes`).
const IN_NO_PATH: [&str; 5] = ["//", "/./", "/../", "%2f", "%2F"];
const AT_NO_END: [&str; 2] = ["/..", "/."];

/// Judges an Ingress.
pub fn judge(object: &At<'_>, judge: &mut Judge) {
    class(object, judge);
    let Some(spec) = object.get("spec") else { return };
    if !spec.has_items("rules") && spec.get("defaultBackend").is_none() {
        judge.fault(FaultKind::Invalid, &spec, "needs `rules` or `defaultBackend`");
    }
    if let Some(it) = spec.get("defaultBackend") {
        backend(&it, judge);
    }
    for rule in spec.get("rules").iter().flat_map(At::items) {
        for it in rule.get("http").as_ref().and_then(|it| it.get("paths")).iter().flat_map(At::items) {
            path(&it, judge);
        }
    }
}

fn class(object: &At<'_>, judge: &mut Judge) {
    const ANNOTATION: &str = "kubernetes.io/ingress.class";
    let old = object.tree.at(&["metadata", "annotations"]).and_then(|it| it.find(ANNOTATION));
    let Some(spec) = object.get("spec") else { return };
    if let (Some((old, _)), Some(it)) = (old, spec.get("ingressClassName")) {
        let message = format!("may not stand beside the annotation `{ANNOTATION}`");
        judge.fault(FaultKind::Invalid, &it, message).also(old, "the annotation").help("drop the annotation");
    }
}

fn path(at: &At<'_>, judge: &mut Judge) {
    let exact = matches!(at.text("pathType"), Some("Exact" | "Prefix"));
    match at.get("path") {
        Some(it) => {
            let Some(text) = it.tree.text() else { return };
            if !text.starts_with('/') && (exact || !text.is_empty()) {
                judge.fault(FaultKind::Invalid, &it, format!("`{text}` must begin with `/`"));
            } else if exact
                && let Some(part) = IN_NO_PATH
                    .iter()
                    .find(|it| text.contains(**it))
                    .or_else(|| AT_NO_END.iter().find(|it| text.ends_with(**it)))
            {
                judge.fault(FaultKind::Invalid, &it, format!("a path cannot have `{part}`"));
            }
        }
        None if exact => _ = judge.fault(FaultKind::Required, at, "needs `path`"),
        None => {}
    }
    if let Some(it) = at.get("backend") {
        backend(&it, judge);
    }
}

fn backend(at: &At<'_>, judge: &mut Judge) {
    if let Some(service) = at.get("service").filter(|it| it.get("port").is_none()) {
        judge.fault(FaultKind::Required, &service, "needs `port`");
    }
}
