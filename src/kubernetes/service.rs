//! A Service: which of its fields go with which type.

use super::at::At;
use super::{FaultKind, Judge};

/// Judges a Service.
pub fn judge(object: &At<'_>, judge: &mut Judge) {
    let Some(spec) = object.get("spec") else { return };
    let kind = spec.text("type").filter(|it| !it.is_empty()).unwrap_or("ClusterIP");
    let headless = spec.text("clusterIP") == Some("None");
    let outside = matches!(kind, "NodePort" | "LoadBalancer");
    if !spec.has_items("ports") && !headless && kind != "ExternalName" {
        judge.fault(FaultKind::Required, &spec, "needs `ports`").help("or `clusterIP: None`, if it is only a name");
    }
    if let Some(it) = spec.get("clusterIP").filter(|_| headless && outside) {
        judge.fault(FaultKind::Invalid, &it, format!("`None` does not go with `type: {kind}`"));
    }
    external_name(&spec, kind, judge);
    for (name, goes) in [("externalTrafficPolicy", outside), ("healthCheckNodePort", kind == "LoadBalancer")] {
        if let Some(it) = spec.get(name).filter(|_| !goes && spec.get("externalIPs").is_none()) {
            judge.fault(FaultKind::Invalid, &it, format!("does not go with `type: {kind}`"));
        }
    }
    for name in ["loadBalancerClass", "allocateLoadBalancerNodePorts", "loadBalancerSourceRanges"] {
        if let Some(it) = spec.get(name).filter(|_| kind != "LoadBalancer") {
            judge.fault(FaultKind::Forbidden, &it, "goes with `type: LoadBalancer` only");
        }
    }
    ports(&spec, outside, judge);
}

fn external_name(spec: &At<'_>, kind: &str, judge: &mut Judge) {
    if kind != "ExternalName" {
        return;
    }
    if spec.get("externalName").is_none() {
        judge.fault(FaultKind::Required, spec, "`type: ExternalName` needs `externalName`");
    }
    if let Some(it) = spec.get("clusterIP").filter(|it| it.tree.text().is_some_and(|it| !it.is_empty())) {
        judge.fault(FaultKind::Forbidden, &it, "does not go with `type: ExternalName`");
    }
}

fn ports(spec: &At<'_>, outside: bool, judge: &mut Judge) {
    let Some(ports) = spec.get("ports") else { return };
    let several = ports.tree.item(1).is_some();
    for port in ports.items() {
        if several && port.get("name").is_none() {
            judge.fault(FaultKind::Required, &port, "needs `name`, since there are several ports");
        }
        if let Some(it) = port.get("nodePort").filter(|_| !outside && port.int("nodePort") != Some(0)) {
            judge.fault(FaultKind::Forbidden, &it, "goes with `type: NodePort` or `LoadBalancer` only");
        }
    }
}
