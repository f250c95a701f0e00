//! A pod: what its containers, volumes and settings have to do with each other.

use std::collections::HashMap;

use super::at::At;
use super::{FaultKind, Judge, container, volume};
use crate::diag::did_you_mean;
use crate::source::Span;

/// Judges the `spec` of a pod or of a template of pods.
pub fn judge(spec: &Option<At<'_>>, judge: &mut Judge) {
    judge_with(spec, &HashMap::new(), judge);
}

/// Judges a template of pods that has further volumes, by claims.
pub fn judge_with(spec: &Option<At<'_>>, claims: &HashMap<&str, Span>, judge: &mut Judge) {
    let Some(spec) = spec else { return };
    let volumes = spec.get("volumes");
    let mut known = volume::names(&volumes);
    known.extend(claims);
    if let Some(it) = &volumes {
        it.items().for_each(|it| volume::judge(&it, judge));
    }
    let mut names: HashMap<String, Span> = HashMap::new();
    for (list, role) in [("initContainers", container::Role::Init), ("containers", container::Role::Main)] {
        let Some(list) = spec.get(list) else { continue };
        for it in list.items() {
            unique_name(&it, &mut names, judge);
            container::judge(&it, role, judge);
            mounts(&it, &known, judge);
        }
    }
    host_ports(spec, judge);
    settings(spec, judge);
    scheduling(spec, judge);
}

fn unique_name(container: &At<'_>, names: &mut HashMap<String, Span>, judge: &mut Judge) {
    let Some(name) = container.get("name") else { return };
    let Some(text) = name.tree.text() else { return };
    match names.get(text) {
        Some(first) => {
            let first = *first;
            let message = format!("another container of the pod is called `{text}`");
            judge.fault(FaultKind::Duplicate, &name, message).also(first, "the other one");
        }
        None => _ = names.insert(text.to_string(), name.value_span()),
    }
}

/// Every mount is of a volume of the pod.
fn mounts(container: &At<'_>, volumes: &HashMap<&str, Span>, judge: &mut Judge) {
    for list in ["volumeMounts", "volumeDevices"] {
        let Some(list) = container.get(list) else { continue };
        for item in list.items() {
            let Some(name) = item.get("name") else { continue };
            let Some(text) = name.tree.text().filter(|it| !volumes.contains_key(it)) else { continue };
            let near = did_you_mean(text, volumes.keys().copied());
            let fault = judge.fault(FaultKind::NotFound, &name, format!("the pod has no volume `{text}`"));
            match near {
                Some(near) => {
                    fault.help(format!("did you mean `{near}`?")).also(volumes[near], "a volume of the pod");
                }
                None => _ = fault.help("add it under `volumes` of the pod"),
            }
        }
    }
}

/// A port of the node is taken once, and with the network of the node it is the container's own.
fn host_ports(spec: &At<'_>, judge: &mut Judge) {
    let mut taken: HashMap<(i64, String, String), Span> = HashMap::new();
    let Some(containers) = spec.get("containers") else { return };
    for container in containers.items() {
        let Some(ports) = container.get("ports") else { continue };
        for port in ports.items() {
            let (Some(number), Some(host)) = (port.int("hostPort"), port.get("hostPort")) else { continue };
            let text = |key: &str, or: &str| port.text(key).filter(|it| !it.is_empty()).unwrap_or(or).to_string();
            let key = (number, text("protocol", "TCP"), text("hostIP", ""));
            if let Some(first) = taken.get(&key) {
                let first = *first;
                let message = format!("host port {number} is taken");
                judge.fault(FaultKind::Duplicate, &host, message).also(first, "the other one");
            } else {
                taken.insert(key, host.value_span());
            }
            let inside = port.int("containerPort");
            if spec.is_true("hostNetwork") && inside.is_some_and(|it| it != number) {
                let message = "with `hostNetwork` a host port is the container's port";
                judge.fault(FaultKind::Invalid, &host, message);
            }
        }
    }
}

fn settings(spec: &At<'_>, judge: &mut Judge) {
    if let Some(it) = spec.get("dnsPolicy").filter(|it| it.tree.text() == Some("None")) {
        let servers = spec.get("dnsConfig").is_some_and(|it| it.get("nameservers").is_some());
        if !servers {
            judge.fault(FaultKind::Required, &it, "`None` needs `dnsConfig` with `nameservers`");
        }
    }
    if let Some(it) = spec.get("shareProcessNamespace").filter(|_| spec.is_true("shareProcessNamespace"))
        && spec.is_true("hostPID")
    {
        judge.fault(FaultKind::Forbidden, &it, "may not stand beside `hostPID`");
    }
    if let Some(security) = spec.get("securityContext") {
        container::profiles(&security, judge);
    }
}

fn scheduling(spec: &At<'_>, judge: &mut Judge) {
    for it in spec.get("tolerations").iter().flat_map(At::items) {
        toleration(&it, judge);
    }
    for it in spec.get("topologySpreadConstraints").iter().flat_map(At::items) {
        let anyway = it.text("whenUnsatisfiable") == Some("ScheduleAnyway");
        if let Some(domains) = it.get("minDomains").filter(|_| anyway) {
            judge.fault(FaultKind::Invalid, &domains, "goes with `whenUnsatisfiable: DoNotSchedule` only");
        }
        it.get("labelSelector").iter().for_each(|it| selector(it, judge));
    }
}

fn toleration(it: &At<'_>, judge: &mut Judge) {
    let exists = it.text("operator") == Some("Exists");
    if let Some(value) = it.get("value").filter(|_| exists) {
        judge.fault(FaultKind::Invalid, &value, "`operator: Exists` takes no value");
    }
    if it.get("key").is_none() && !exists {
        judge.fault(FaultKind::Invalid, it, "a toleration without a key needs `operator: Exists`");
    }
    if let Some(seconds) = it.get("tolerationSeconds")
        && it.text("effect") != Some("NoExecute")
    {
        judge.fault(FaultKind::Invalid, &seconds, "goes with `effect: NoExecute` only");
    }
}

/// Judges a selector of labels: which operators take values.
pub fn selector(at: &At<'_>, judge: &mut Judge) {
    for it in at.get("matchExpressions").iter().flat_map(At::items) {
        let filled = it.has_items("values");
        match it.text("operator") {
            Some("In" | "NotIn") if !filled => {
                judge.fault(FaultKind::Required, &it, "`In` and `NotIn` need `values`");
            }
            Some("Exists" | "DoesNotExist") if filled => {
                let at = it.get("values").unwrap_or(it);
                judge.fault(FaultKind::Forbidden, &at, "`Exists` and `DoesNotExist` take no values");
            }
            _ => {}
        }
    }
}
