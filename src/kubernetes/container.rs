//! A container: its variables, resources, probes and privileges.

use super::at::At;
use super::scalar::{Scalar, scalar};
use super::{FaultKind, Judge};
use crate::syntax::quantity;

/// When a container runs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Role {
    /// Before the others.
    Init,
    /// For as long as the pod lives.
    Main,
}

/// What a variable may take from the pod (`pkg/apis/core/validation`, `validEnvDownwardAPIFieldPathExpressions`).
const POD_FIELDS: &[&str] = &[
    "metadata.name",
    "metadata.namespace",
    "metadata.uid",
    "spec.nodeName",
    "spec.serviceAccountName",
    "status.hostIP",
    "status.hostIPs",
    "status.podIP",
    "status.podIPs",
];
const POD_RESOURCES: &[&str] = &[
    "limits.cpu",
    "limits.memory",
    "limits.ephemeral-storage",
    "requests.cpu",
    "requests.memory",
    "requests.ephemeral-storage",
];

/// Judges a container.
pub fn judge(at: &At<'_>, role: Role, judge: &mut Judge) {
    for it in at.get("env").iter().flat_map(At::items) {
        variable(&it, judge);
    }
    if let Some(it) = at.get("resources") {
        resources(&it, judge);
    }
    probes(at, role, judge);
    if let Some(it) = at.get("securityContext") {
        privileges(&it, judge);
        profiles(&it, judge);
    }
    for it in at.get("volumeMounts").iter().flat_map(At::items) {
        let both_ways = it.text("mountPropagation") == Some("Bidirectional");
        let privileged = at.get("securityContext").is_some_and(|it| it.is_true("privileged"));
        if let Some(it) = it.get("mountPropagation").filter(|_| both_ways && !privileged) {
            judge.fault(FaultKind::Forbidden, &it, "`Bidirectional` needs a privileged container");
        }
    }
}

fn variable(at: &At<'_>, judge: &mut Judge) {
    let Some(from) = at.get("valueFrom") else { return };
    if let Some(path) = from.get("fieldRef").and_then(|it| it.text("fieldPath").map(str::to_string)) {
        let keyed = ["metadata.labels['", "metadata.annotations['"].iter().any(|it| path.starts_with(it));
        if !(POD_FIELDS.contains(&path.as_str()) || keyed && path.ends_with("']")) {
            judge.fault(FaultKind::NotSupported, &from, format!("a variable cannot be taken from `{path}`"));
        }
    }
    if let Some(name) = from.get("resourceFieldRef").and_then(|it| it.text("resource").map(str::to_string)) {
        let huge = name.contains(".hugepages-");
        if !POD_RESOURCES.contains(&name.as_str()) && !huge {
            judge.fault(FaultKind::NotSupported, &from, format!("a variable cannot be taken from `{name}`"));
        }
    }
}

/// Requests are not more than limits; devices come whole, and as many are asked for as are allowed.
fn resources(at: &At<'_>, judge: &mut Judge) {
    let limits = at.get("limits");
    for (section, is_request) in [("limits", false), ("requests", true)] {
        let Some(section) = at.get(section) else { continue };
        for (name, it) in section.entries() {
            let Some(amount) = amount(&it) else { continue };
            if amount.nanos < 0 {
                judge.fault(FaultKind::Invalid, &it, "must not be negative");
                continue;
            }
            let is_device = name.contains('/') && !name.starts_with("kubernetes.io/");
            if is_device && !amount.is_whole() {
                judge.fault(FaultKind::Invalid, &it, format!("`{name}` comes whole only"));
            }
            let Some(limit) = limits.as_ref().filter(|_| is_request).and_then(|it| it.get(name)) else {
                if is_request && is_device {
                    let message = format!("`{name}` cannot be shared, so it needs a limit, which is its request");
                    judge.fault(FaultKind::Required, &it, message);
                }
                continue;
            };
            let Some(most) = self::amount(&limit) else { continue };
            let limit_span = limit.value_span();
            if most.nanos < 0 {
                continue;
            }
            if amount > most {
                let message = format!("the request of {name} is more than its limit");
                judge.fault(FaultKind::Invalid, &it, message).also(limit_span, "the limit");
            } else if is_device && amount != most {
                let message = format!("as much of `{name}` is requested as the limit allows, or nothing is said");
                judge.fault(FaultKind::Invalid, &it, message).also(limit_span, "the limit");
            }
        }
    }
}

/// Returns an amount, unless it is none or is filled in later.
pub fn amount(at: &At<'_>) -> Option<quantity::Quantity> {
    let text = at.tree.written().filter(|_| scalar(at.tree) != Some(Scalar::Placeholder))?;
    quantity::parse(&text).ok()
}

fn probes(container: &At<'_>, role: Role, judge: &mut Judge) {
    // An init container that is started again for ever is a sidecar, and may be probed.
    let is_sidecar = role == Role::Init && container.text("restartPolicy") == Some("Always");
    for name in ["livenessProbe", "readinessProbe", "startupProbe", "lifecycle"] {
        let Some(probe) = container.get(name) else { continue };
        if role == Role::Init && !is_sidecar {
            judge.fault(FaultKind::Forbidden, &probe, "an init container has none");
            continue;
        }
        if name == "lifecycle" {
            continue;
        }
        if let Some(it) = probe.get("successThreshold")
            && name != "readinessProbe"
            && probe.int("successThreshold").is_some_and(|it| it > 1)
        {
            judge.fault(FaultKind::Invalid, &it, "must be 1");
        }
        if let Some(it) = probe.get("terminationGracePeriodSeconds").filter(|_| name == "readinessProbe") {
            judge.fault(FaultKind::Forbidden, &it, "a readiness probe ends nothing");
        }
    }
}

/// A process cannot be both kept from privileges and given them.
fn privileges(at: &At<'_>, judge: &mut Judge) {
    let Some(escalation) = at.get("allowPrivilegeEscalation") else { return };
    if escalation.tree.bool() != Some(false) {
        return;
    }
    let privileged = at.get("privileged").filter(|_| at.is_true("privileged"));
    if let Some(other) = privileged {
        let other = other.span;
        judge
            .fault(FaultKind::Invalid, &escalation, "cannot be `false` in a privileged container")
            .also(other, "here it is privileged");
    }
    let Some(capabilities) = at.get("capabilities") else { return };
    let Some(added) = capabilities.get("add") else { return };
    if let Some(other) = added.items().find(|it| matches!(it.tree.text(), Some("SYS_ADMIN" | "CAP_SYS_ADMIN"))) {
        let other = other.span;
        judge
            .fault(FaultKind::Invalid, &escalation, "cannot be `false` with the capability `SYS_ADMIN`")
            .also(other, "given here");
    }
}

/// A profile of the node is named, and only such a one is.
pub fn profiles(at: &At<'_>, judge: &mut Judge) {
    for name in ["seccompProfile", "appArmorProfile"] {
        let Some(profile) = at.get(name) else { continue };
        let is_local = profile.text("type") == Some("Localhost");
        match profile.get("localhostProfile") {
            None if is_local => _ = judge.fault(FaultKind::Required, &profile, "`Localhost` needs `localhostProfile`"),
            Some(it) if !is_local => {
                judge.fault(FaultKind::Invalid, &it, "goes with `type: Localhost` only");
            }
            _ => {}
        }
    }
}
