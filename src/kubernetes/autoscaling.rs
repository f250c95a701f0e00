//! A HorizontalPodAutoscaler: its bounds and its metrics.

use super::at::At;
use super::{FaultKind, Judge};

/// Which field describes a metric of a type.
static OF_TYPE: &[(&str, &str)] = &[
    ("Resource", "resource"),
    ("ContainerResource", "containerResource"),
    ("Pods", "pods"),
    ("Object", "object"),
    ("External", "external"),
];

/// Which field says how much, for a type of target.
static OF_TARGET: &[(&str, &str)] =
    &[("Utilization", "averageUtilization"), ("Value", "value"), ("AverageValue", "averageValue")];

/// Judges a HorizontalPodAutoscaler.
pub fn judge(object: &At<'_>, judge: &mut Judge) {
    let Some(spec) = object.get("spec") else { return };
    if let (Some(it), Some(least), Some(most)) =
        (spec.get("maxReplicas"), spec.int("minReplicas"), spec.int("maxReplicas"))
        && most < least
    {
        let other = spec.get("minReplicas").map(|it| it.value_span());
        let fault =
            judge.fault(FaultKind::Invalid, &it, format!("must not be less than `minReplicas`, which is {least}"));
        if let Some(other) = other {
            fault.also(other, "the least");
        }
    }
    for it in spec.get("metrics").iter().flat_map(At::items) {
        metric(&it, judge);
    }
}

fn metric(at: &At<'_>, judge: &mut Judge) {
    let Some((kind, field)) = OF_TYPE.iter().find(|(kind, _)| at.text("type") == Some(kind)) else { return };
    let Some(of_type) = at.get(field) else {
        judge.fault(FaultKind::Required, at, format!("`type: {kind}` needs `{field}`"));
        return;
    };
    for (_, other) in OF_TYPE.iter().filter(|(_, it)| it != field) {
        if let Some(it) = at.get(other) {
            judge.fault(FaultKind::Forbidden, &it, format!("does not go with `type: {kind}`"));
        }
    }
    let Some(target) = of_type.get("target") else { return };
    let Some((kind, field)) = OF_TARGET.iter().find(|(kind, _)| target.text("type") == Some(kind)) else { return };
    if target.get(field).is_none() {
        judge.fault(FaultKind::Required, &target, format!("`type: {kind}` needs `{field}`"));
    }
}
