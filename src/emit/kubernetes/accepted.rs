//! Holds what was lowered against what the API server accepts: what a person wrote in their own words (a patch, a
//! schedule, a label) is refused here, where it was written, and not by a cluster.

use std::collections::BTreeSet;

use super::REFUSED;
use super::cluster::Cluster;
use super::object::{OBJECTS, Object};
use crate::diag::{Diagnostic, Level};
use crate::kubernetes::{Fault, Terms, Tree, judge};
use crate::parallel;
use crate::source::Span;

/// Reports what would be refused.
pub(super) fn judge_objects(objects: &[Object], cluster: &mut Cluster<'_>) {
    let terms = Terms { version: Some(cluster.kubernetes.minor.value), partial: false };
    let is_error = cluster.cx.diags.list().iter().filter(|it| it.level == Level::Error);
    let told: BTreeSet<Span> = is_error.filter_map(Diagnostic::span).collect();
    let elsewhere = cluster.cx.environment.span;
    let faults = parallel::map(objects, objects.len() / OBJECTS, |object| {
        let at = object.origin.span().unwrap_or(elsewhere);
        judge(Tree::Parts(&[&object.head(None), &object.body], at), terms)
    });
    for (object, faults) in objects.iter().zip(&faults) {
        // Where something is wrong already, the object is incomplete for that reason.
        for fault in faults.iter().filter(|it| !told.contains(&it.span)) {
            cluster.cx.error(refused(object, fault));
        }
    }
}

fn refused(object: &Object, fault: &Fault) -> Diagnostic {
    let message =
        format!("Kubernetes would refuse {} `{}`: `{}`: {}", object.kind, object.name, fault.path, fault.message);
    let mut error = Diagnostic::new(REFUSED, Level::Error, fault.span, message);
    if let Some((span, label)) = fault.related.as_ref().filter(|(span, _)| *span != fault.span) {
        error = error.also(*span, label.clone());
    }
    error.maybe_help(fault.help.clone())
}
