//! Roles and who has them.

use super::at::At;
use super::{FaultKind, Judge};

/// Judges a Role or ClusterRole.
pub fn role(object: &At<'_>, judge: &mut Judge) {
    for rule in object.get("rules").iter().flat_map(At::items) {
        if let Some(urls) = rule.get("nonResourceURLs") {
            let mixed = ["resources", "apiGroups"].into_iter().find_map(|it| rule.get(it).map(|it| it.span));
            if let Some(other) = mixed {
                let message = "may not stand beside resources: make it a rule of its own";
                judge.fault(FaultKind::Invalid, &urls, message).also(other, "the resources");
            }
            continue;
        }
        for name in ["apiGroups", "resources"] {
            if !rule.has_items(name) {
                let help =
                    if name == "apiGroups" { "the core group is written `\"\"`" } else { "name what it is about" };
                judge.fault(FaultKind::Required, &rule, format!("needs `{name}`")).help(help);
            }
        }
    }
}

/// Judges a RoleBinding or ClusterRoleBinding.
pub fn binding(object: &At<'_>, kind: &str, judge: &mut Judge) {
    if let Some(it) = object.get("roleRef").as_ref().and_then(|it| it.get("kind"))
        && kind == "ClusterRoleBinding"
        && it.tree.text() == Some("Role")
    {
        judge.fault(FaultKind::NotSupported, &it, "a ClusterRoleBinding binds a ClusterRole");
    }
    for subject in object.get("subjects").iter().flat_map(At::items) {
        let account = subject.text("kind") == Some("ServiceAccount");
        // A RoleBinding is of a namespace itself.
        if account && kind == "ClusterRoleBinding" && subject.get("namespace").is_none() {
            judge.fault(FaultKind::Required, &subject, "a ServiceAccount is of a `namespace`");
        }
        if let Some(it) = subject.get("apiGroup").filter(|it| account && it.tree.text() != Some("")) {
            judge.fault(FaultKind::NotSupported, &it, "a ServiceAccount is of the core group: drop it");
        }
    }
}
