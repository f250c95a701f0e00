//! Merging trees: how `like` and an environment's patch change what is written.
//!
//! Maps merge by key and null removes. Two lists have identities and merge by them: mounts by the path in the
//! container, published ports by the container port. `vars` and `networks` are sets and unite. Every other list
//! replaces. Working on trees keeps every value's own place, from which its origin is told later.

use std::sync::Arc;

use crate::spec::mount::split;
use crate::syntax::node::{Entry, Map, Node, Value};

/// What a service does not inherit through `like`: its identity.
const IDENTITY: &[&str] =
    &["like", "kind", "schedule", "routes", "publish", "replicas", "singleton", "container_name", "hostname"];

/// Returns `base` as the start of a service that is `like` it.
pub fn inherited(base: &Node) -> Node {
    let Some(map) = base.as_map() else { return base.clone() };
    let entries = map.entries.iter().filter(|it| !IDENTITY.contains(&&*it.key)).cloned().collect();
    Node { value: Value::Map(Arc::new(Map { entries })), ..base.clone() }
}

/// Returns a service with another laid over it.
pub fn service(base: &Node, over: &Node) -> Node {
    let (Some(below), Some(above)) = (base.as_map(), over.as_map()) else { return over.clone() };
    let mut entries = below.entries.clone();
    for entry in &above.entries {
        // One of a pair takes the other's place: a service is built or has an image, has one port or named ones.
        let rival = match &*entry.key {
            "port" => Some("ports"),
            "ports" => Some("port"),
            _ => None,
        };
        entries.retain(|it| rival != Some(&*it.key));
        let at = entries.iter().position(|it| it.key == entry.key);
        if entry.value.is_null() {
            if let Some(at) = at {
                entries.remove(at);
            }
            continue;
        }
        match at {
            None => entries.push(entry.clone()),
            Some(at) => entries[at] = field(&entries[at], entry),
        }
    }
    Node { value: Value::Map(Arc::new(Map { entries })), ..over.clone() }
}

/// Merges one field of a service.
fn field(below: &Entry, above: &Entry) -> Entry {
    let value = match &*above.key {
        "mounts" => list_by(&below.value, &above.value, mount_target),
        "publish" => list_by(&below.value, &above.value, container_port),
        "vars" | "networks" => list_by(&below.value, &above.value, |it| it.as_text().map(str::to_string)),
        "health" if replaces_probe(&above.value) => above.value.clone(),
        _ => tree(&below.value, &above.value),
    };
    Entry { value, ..above.clone() }
}

/// A new probe comes with its own timings; without one, the patch changes timings only.
fn replaces_probe(over: &Node) -> bool {
    const TIMINGS: &[&str] = &["every", "timeout", "tries", "grace", "start_every", "restart", "client"];
    over.as_map().is_none_or(|map| map.keys().any(|key| !TIMINGS.contains(&key)))
}

/// Merges two trees: maps by key, null removes, everything else replaces.
pub fn tree(below: &Node, above: &Node) -> Node {
    let (Some(base), Some(over)) = (below.as_map(), above.as_map()) else { return above.clone() };
    let mut entries = base.entries.clone();
    for entry in &over.entries {
        let at = entries.iter().position(|it| it.key == entry.key);
        match (at, entry.value.is_null()) {
            (Some(at), true) => {
                entries.remove(at);
            }
            (Some(at), false) => {
                let value = tree(&entries[at].value, &entry.value);
                entries[at] = Entry { value, ..entry.clone() };
            }
            (None, true) => {}
            (None, false) => entries.push(entry.clone()),
        }
    }
    Node { value: Value::Map(Arc::new(Map { entries })), ..above.clone() }
}

/// Merges lists whose items have an identity: the same one replaces, a new one is added. A map from identity to
/// value says the same and can remove with null.
fn list_by(below: &Node, above: &Node, identity: fn(&Node) -> Option<String>) -> Node {
    let mut items: Vec<Node> = below.as_seq().map_or_else(|| vec![below.clone()], <[Node]>::to_vec);
    if let Some(map) = above.as_map().filter(|map| map.get("from").is_none()) {
        for entry in &map.entries {
            items.retain(|it| identity(it).as_deref() != Some(&*entry.key));
            if !entry.value.is_null() {
                let one = Map { entries: vec![entry.clone()] };
                items.push(Node { value: Value::Map(Arc::new(one)), ..entry.value.clone() });
            }
        }
        return Node { value: Value::Seq(Arc::new(items)), ..above.clone() };
    }
    let over: Vec<Node> = above.as_seq().map_or_else(|| vec![above.clone()], <[Node]>::to_vec);
    for item in over {
        let key = identity(&item);
        match items.iter().position(|it| key.is_some() && identity(it) == key) {
            Some(at) => items[at] = item,
            None => items.push(item),
        }
    }
    Node { value: Value::Seq(Arc::new(items)), ..above.clone() }
}

fn mount_target(node: &Node) -> Option<String> {
    match node.get("to") {
        Some(to) => to.as_text().map(str::to_string),
        None => Some((*split(node.as_text()?).get(1)?).to_string()),
    }
}

fn container_port(node: &Node) -> Option<String> {
    let text = node.as_text()?;
    Some(split(text).last()?.to_string())
}
