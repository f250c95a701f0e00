//! Holds what was lowered against what the API server accepts: what a person wrote in their own words (a patch, a
//! schedule, a label) is refused here, where it was written, and not by a cluster.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::REFUSED;
use super::cluster::Cluster;
use super::object::{OBJECTS, Object};
use crate::diag::{Diagnostic, Level};
use crate::kubernetes::{Fault, Terms, judge};
use crate::origin::Origin;
use crate::parallel;
use crate::source::Span;
use crate::syntax::node::{Entry, Map, Node, Style};
use crate::syntax::yaml_out::{self, Yaml};

/// Reports what would be refused.
pub(super) fn judge_objects(objects: &[Object], cluster: &mut Cluster<'_>) {
    let terms = Terms { version: Some(cluster.kubernetes.minor.value), partial: false };
    let is_error = cluster.cx.diags.list().iter().filter(|it| it.level == Level::Error);
    let told: BTreeSet<Span> = is_error.filter_map(Diagnostic::span).collect();
    let elsewhere = cluster.cx.environment.span;
    let faults = parallel::map(objects, objects.len() / OBJECTS, |object| {
        let at = object.origin.span().unwrap_or(elsewhere);
        let head = object.head(None);
        let entries = head.entries.iter().chain(&object.body.entries).map(|it| entry(it, at)).collect();
        judge(&Node::map(Map { entries }, at), terms)
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

/// Returns the tree that a reader would make of it; places are those of the spec.
fn tree(value: &Yaml, at: Span) -> Node {
    let plain = |text: String| Node::scalar(text, Style::Plain, at);
    match value {
        Yaml::Null => plain("null".to_string()),
        Yaml::Bool(it) => plain(it.to_string()),
        Yaml::Int(it) => plain(it.to_string()),
        Yaml::Float(it) => plain(format!("{it:?}")),
        // The writer quotes whatever would be read as something else.
        Yaml::Str(it) => Node::scalar(it.as_str(), Style::Quoted, at),
        Yaml::Seq(list) => {
            let items = list.items.iter().map(|it| tree(&it.value, place(&it.origins, at)));
            Node::seq(items.collect(), at)
        }
        Yaml::Flow(items) => Node::seq(items.iter().map(|it| tree(it, at)).collect(), at),
        Yaml::Map(map) => Node::map(Map { entries: map.entries.iter().map(|it| entry(it, at)).collect() }, at),
        Yaml::Tagged(_, inner) => tree(inner, at),
    }
}

fn entry(entry: &yaml_out::Entry, at: Span) -> Entry {
    let at = place(&entry.origins, at);
    Entry { key: Arc::from(&*entry.key), key_span: at, value: tree(&entry.value, at) }
}

fn place(origins: &[Origin], otherwise: Span) -> Span {
    origins.iter().find_map(Origin::span).unwrap_or(otherwise)
}
