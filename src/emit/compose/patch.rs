//! Raw patches: what the spec writes in the target's own words, merged last.
//!
//! As in JSON Merge Patch, maps are merged, everything else replaces, and null removes. A patch that addresses
//! nothing is an error: it would go on doing nothing for years.

use std::collections::BTreeSet;

use crate::diag::{Diagnostic, Diags, Level, did_you_mean};
use crate::emit::lowering::Lowering;
use crate::emit::{PATCH_CONTRADICTS, PATCH_OF_NOTHING};
use crate::ir::service::{Raw, Service};
use crate::ir::{Environment, System};
use crate::origin::Origin;
use crate::source::Span;
use crate::syntax::node::{Entry as NodeEntry, Node, Style, Value};
use crate::syntax::yaml_out::{Entry, Map, Seq, Yaml};

const SERVICES: &str = "services";

/// Merges the patches of one service. `known` is what the target has keys for.
pub(crate) fn patch_service(map: &mut Map, patches: &[Raw], target: &str, known: &[&str], diags: &mut Diags) {
    for raw in patches.iter().filter(|it| it.target == target) {
        merge_known(map, &raw.patch, known, &format!("a {target} service"), diags);
    }
}

/// Merges what the patches of the whole document say of one service.
pub(crate) fn patch_named(map: &mut Map, service: &str, cx: &mut Lowering<'_>, known: &[&str]) {
    let Lowering { environment, target, diags, .. } = cx;
    for raw in environment.raw.iter().filter(|it| it.target == *target) {
        if let Some(patch) = raw.patch.at(&[SERVICES, service]) {
            merge_known(map, patch, known, &format!("a {target} service"), diags);
        }
    }
}

/// Merges the patches of a whole document, in which those of its `services` are done.
pub(crate) fn patch_document(map: &mut Map, services: &[&Service], cx: &mut Lowering<'_>) {
    const SECTIONS: [&str; 6] = ["name", SERVICES, "networks", "volumes", "configs", "secrets"];
    let Lowering { system, environment, target, diags, .. } = cx;
    let names: BTreeSet<&str> = services.iter().map(|it| it.name.as_str()).collect();
    for raw in environment.raw.iter().filter(|it| it.target == *target) {
        for entry in entries(&raw.patch, diags) {
            if &*entry.key != SERVICES {
                merge_entry(map, entry, &SECTIONS, (&format!("a {target} file"), diags));
                continue;
            }
            for patch in entries(&entry.value, diags) {
                if !names.contains(&*patch.key) && !is_elsewhere(&patch.key, raw, system) {
                    let message = format!("no service `{}` in this file", patch.key);
                    let names: Vec<&str> = services.iter().map(|it| it.name.as_str()).collect();
                    nothing(patch.key_span, &message, &patch.key, &names, diags);
                }
            }
        }
    }
}

/// Returns whether another environment that has the same patch has the service: one that is written for the whole
/// system need not find it everywhere.
fn is_elsewhere(service: &str, raw: &Raw, system: &System) -> bool {
    let has_patch =
        |it: &&Environment| it.target.word() == raw.target && it.raw.iter().any(|other| other.span == raw.span);
    system.environments.iter().filter(has_patch).any(|it| it.service(service).is_some())
}

/// Merges a patch into a map, whatever its keys.
pub(crate) fn merge(map: &mut Map, patch: &Node, diags: &mut Diags) {
    entries(patch, diags).iter().for_each(|it| merge_one(map, it, diags));
}

fn merge_known(map: &mut Map, patch: &Node, known: &[&str], what: &str, diags: &mut Diags) {
    for entry in entries(patch, diags) {
        merge_entry(map, entry, known, (what, diags));
    }
}

fn merge_entry(map: &mut Map, entry: &NodeEntry, known: &[&str], (what, diags): (&str, &mut Diags)) {
    let key = &*entry.key;
    if known.contains(&key) || key.starts_with("x-") || map.get(key).is_some() {
        merge_one(map, entry, diags);
    } else {
        nothing(entry.key_span, &format!("{what} has no `{key}`"), key, known, diags);
    }
}

fn merge_one(map: &mut Map, patch: &NodeEntry, diags: &mut Diags) {
    let at = map.entries.iter().position(|it| it.key == *patch.key);
    let origin = Origin::Written(patch.key_span);
    match (at, patch.value.is_null()) {
        (Some(at), true) => {
            map.entries.remove(at);
        }
        (None, true) => {
            let keys: Vec<_> = map.entries.iter().map(|it| it.key.clone()).collect();
            nothing(patch.key_span, &format!("no `{}` here to remove", patch.key), &patch.key, &keys, diags);
        }
        (Some(at), false) => {
            let entry = &mut map.entries[at];
            contradict(entry, patch, diags);
            entry.from(&origin);
            match (&mut entry.value, patch.value.as_map()) {
                (Yaml::Map(inner), Some(more)) => more.entries.iter().for_each(|it| merge_one(inner, it, diags)),
                (value, _) => *value = from_node(&patch.value),
            }
        }
        (None, false) => {
            map.add(patch.key.to_string(), from_node(&patch.value)).from(&origin);
        }
    }
}

/// Warns of a patch that replaces one written value by another: what else is made of the first (other targets, the
/// page, the deploy script) would go on saying it. A list is no contradiction: its items in the target's words may say
/// the same and more.
fn contradict(entry: &Entry, patch: &NodeEntry, diags: &mut Diags) {
    let scalar = |it: &Yaml| matches!(it, Yaml::Bool(_) | Yaml::Int(_) | Yaml::Float(_) | Yaml::Str(_));
    let (old, new) = (&entry.value, from_node(&patch.value));
    let written = entry.origins.iter().find_map(|it| match it {
        Origin::Written(span) | Origin::Inherited { span, .. } | Origin::Patched { span, .. } => Some(*span),
        Origin::Derived { .. } | Origin::Default(_) => None,
    });
    let Some(written) = written.filter(|_| scalar(old) && scalar(&new) && *old != new) else { return };
    let message = format!("this patch says another `{}` than the spec", patch.key);
    let warning = Diagnostic::new(PATCH_CONTRADICTS, Level::Warning, patch.value.span, message)
        .also(written, "written here, and what else is made of it goes on saying so")
        .help("write it there, or in the environment's `services:` if it holds only here");
    diags.push(warning);
}

fn entries<'a>(node: &'a Node, diags: &mut Diags) -> &'a [NodeEntry] {
    if let Some(map) = node.as_map() {
        return &map.entries;
    }
    let message = format!("a raw patch is a map, not {}", node.shape());
    diags.error(Diagnostic::new(PATCH_OF_NOTHING, Level::Error, node.place(), message));
    &[]
}

fn nothing(span: Span, message: &str, key: &str, known: &[impl AsRef<str>], diags: &mut Diags) {
    let near = did_you_mean(key, known.iter().map(AsRef::as_ref));
    let error = Diagnostic::new(PATCH_OF_NOTHING, Level::Error, span, format!("this patch changes nothing: {message}"));
    diags.error(error.maybe_help(near.map(|it| format!("did you mean `{it}`?"))));
}

/// Turns a tree that was read into one to write.
fn from_node(node: &Node) -> Yaml {
    match &node.value {
        Value::Map(map) => {
            let mut out = Map::new();
            for entry in &map.entries {
                out.add(entry.key.to_string(), from_node(&entry.value)).from(&Origin::Written(entry.key_span));
            }
            out.into()
        }
        Value::Seq(items) => items.iter().map(from_node).collect::<Seq>().into(),
        Value::Scalar(_) if node.is_null() => Yaml::Null,
        Value::Scalar(scalar) if scalar.style == Style::Plain => plain(node, &scalar.text),
        Value::Scalar(scalar) => Yaml::Str(scalar.text.to_string()),
    }
}

/// A number stays as it was written: `1.10` and `0755` are not the numbers they look like to everyone.
fn plain(node: &Node, text: &str) -> Yaml {
    match (node.as_bool(), text.parse::<i64>()) {
        (Some(it), _) => Yaml::Bool(it),
        (None, Ok(it)) if it.to_string() == text => Yaml::Int(it),
        _ => match text.parse::<f64>() {
            Ok(it) if it.to_string() == text => Yaml::Float(it),
            _ => Yaml::Str(text.to_string()),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Sources;
    use crate::syntax::parse;

    fn raw(text: &str, diags: &mut Diags) -> Vec<Raw> {
        let mut sources = Sources::default();
        let file = sources.add("raw.yaml", text);
        let patch = parse(&sources, file, diags).unwrap();
        vec![Raw { target: "compose".into(), span: patch.span, patch }]
    }

    fn web() -> Map {
        let deploy = Map::new().put("replicas", 2).put("labels", vec!["a"]);
        Map::new().put("image", "a").put("deploy", deploy)
    }

    #[test]
    fn maps_merge_lists_replace_and_null_removes() {
        let mut diags = Diags::default();
        let patch = raw("image: null\nipc: host\ndeploy: {labels: [b], mode: global}", &mut diags);
        let mut map = web();
        patch_service(&mut map, &patch, "compose", &["image", "ipc", "deploy"], &mut diags);
        let deploy = Map::new().put("replicas", 2).put("labels", vec!["b"]).put("mode", "global");
        assert_eq!(map, Map::new().put("deploy", deploy).put("ipc", "host"));
        assert_eq!(diags.n_errors(), 0);
    }

    #[test]
    fn removing_what_is_not_there_is_an_error() {
        let mut diags = Diags::default();
        let patch = raw("restart: null", &mut diags);
        patch_service(&mut web(), &patch, "compose", &["restart"], &mut diags);
        assert_eq!(diags.n_errors(), 1);
    }

    #[test]
    fn another_value_than_the_written_one_is_told_and_a_default_gives_way() {
        let told = |origin: Origin, patch: &str| {
            let mut diags = Diags::default();
            let patch = raw(patch, &mut diags);
            let mut map = web();
            map.entries[0].from(&origin);
            patch_service(&mut map, &patch, "compose", &["image"], &mut diags);
            diags.list().len()
        };
        let span = Span { file: crate::source::FileId(0), start: 0, end: 1 };
        assert_eq!(told(Origin::Written(span), "image: b"), 1);
        assert_eq!(told(Origin::Written(span), "image: a"), 0);
        assert_eq!(told(Origin::Default(&"every service has one"), "image: b"), 0);
        assert_eq!(told(Origin::Derived { span, why: &"it follows" }, "image: b"), 0);
    }

    #[test]
    fn scalars_of_a_patch_keep_their_meaning() {
        let mut diags = Diags::default();
        let patch = raw("a: 1\nb: '1'\nc: true\nd: 1.10\ne: 0755", &mut diags);
        let Yaml::Map(map) = from_node(&patch[0].patch) else { panic!("not a map") };
        let expected = Map::new().put("a", 1).put("b", "1").put("c", true).put("d", "1.10").put("e", "0755");
        assert_eq!(map, expected);
    }
}
