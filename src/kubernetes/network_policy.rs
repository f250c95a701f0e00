//! A NetworkPolicy: peers and ports.

use super::at::At;
use super::scalar::{Scalar, scalar};
use super::{FaultKind, Judge, pod};

/// Judges a NetworkPolicy.
pub fn judge(object: &At<'_>, judge: &mut Judge) {
    let Some(spec) = object.get("spec") else { return };
    spec.get("podSelector").iter().for_each(|it| pod::selector(it, judge));
    for (direction, peers) in [("ingress", "from"), ("egress", "to")] {
        for rule in spec.get(direction).iter().flat_map(At::items) {
            rule.get(peers).iter().flat_map(At::items).for_each(|it| peer(&it, judge));
            rule.get("ports").iter().flat_map(At::items).for_each(|it| port(&it, judge));
        }
    }
}

fn peer(at: &At<'_>, judge: &mut Judge) {
    if at.tree.is_map() && at.tree.is_bare() {
        judge.fault(FaultKind::Required, at, "needs `podSelector`, `namespaceSelector` or `ipBlock`");
    }
    let other = ["podSelector", "namespaceSelector"].into_iter().find_map(|it| at.get(it).map(|it| it.span));
    if let (Some(block), Some(other)) = (at.get("ipBlock"), other) {
        let message = "may not stand beside a selector: make it a peer of its own";
        judge.fault(FaultKind::Forbidden, &block, message).also(other, "the selector");
    }
}

fn port(at: &At<'_>, judge: &mut Judge) {
    let Some(end) = at.get("endPort") else { return };
    let is_number = at.get("port").is_some_and(|it| scalar(it.tree) == Some(Scalar::Int));
    if !is_number {
        judge.fault(FaultKind::Required, &end, "needs a `port` that is a number");
    } else if at.int("endPort") < at.int("port") {
        judge.fault(FaultKind::Invalid, &end, "must not be less than `port`");
    }
}
