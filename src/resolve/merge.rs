//! Merging trees: how `like` and an environment's patch change what is written.
//!
//! Maps merge by key and null removes. Two lists have identities and merge by them: mounts by the path in the
//! container, published ports by the container port. `vars` and `networks` are sets and unite. Every other list
//! replaces. Working on trees keeps every value's own place, from which its origin is told later.

use std::sync::Arc;

use crate::spec::mount::split;
use crate::syntax::node::{Entry, Map, Node, Style, Value};

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
        "mounts" => list_by(&mounts(&below.value), &mounts(&above.value), mount_target),
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

/// Merges lists whose items have an identity: the same one replaces, a new one is added. A map removes with null
/// what it names.
fn list_by(below: &Node, above: &Node, identity: fn(&Node) -> Option<String>) -> Node {
    let mut items: Vec<Node> = below.as_seq().map_or_else(|| vec![below.clone()], <[Node]>::to_vec);
    let removed = above.as_map().filter(|map| map.get("from").is_none());
    if let Some(map) = removed {
        let gone = |it: &Node| identity(it).is_some_and(|it| map.get(&it).is_some_and(Node::is_null));
        items.retain(|it| !gone(it));
        // What is not null has no meaning here; decoding says so.
        let rest: Vec<Entry> = map.entries.iter().filter(|it| !it.value.is_null()).cloned().collect();
        if !rest.is_empty() {
            items.push(Node { value: Value::Map(Arc::new(Map { entries: rest })), ..above.clone() });
        }
        return Node { value: Value::Seq(Arc::new(items)), ..above.clone() };
    }
    let over: Vec<Node> = above.as_seq().map_or_else(|| vec![above.clone()], <[Node]>::to_vec);
    for item in over {
        // An item that was marked as removed only takes away.
        let is_removal = item.get("from").is_some_and(Node::is_null);
        let key = identity(&item);
        match items.iter().position(|it| key.is_some() && identity(it) == key) {
            Some(at) if is_removal => {
                items.remove(at);
            }
            Some(at) => items[at] = item,
            None if is_removal => {}
            None => items.push(item),
        }
    }
    Node { value: Value::Seq(Arc::new(items)), ..above.clone() }
}

/// Mounts by the path in the container, as a list of mounts that name their path; null there stays null.
fn mounts(node: &Node) -> Node {
    let Some(map) = node.as_map().filter(|map| map.get("from").is_none()) else { return node.clone() };
    let named = |entry: &Entry| {
        let to = Node::scalar(entry.key.clone(), Style::Quoted, entry.key_span);
        if let Some(text) = entry.value.as_text() {
            let mut parts = split(text);
            parts.insert(1, &entry.key);
            return Node::scalar(parts.join(":"), Style::Quoted, entry.value.span);
        }
        let mut entries = entry.value.as_map().map_or_else(Vec::new, |it| it.entries.clone());
        let put = |key: &str, value: Node| Entry { key: key.into(), key_span: entry.key_span, value };
        if entry.value.is_null() {
            entries.push(put("from", entry.value.clone()));
        }
        entries.push(put("to", to));
        Node { value: Value::Map(Arc::new(Map { entries })), ..entry.value.clone() }
    };
    Node { value: Value::Seq(Arc::new(map.entries.iter().map(named).collect())), ..node.clone() }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::Diags;
    use crate::source::Sources;
    use crate::spec;
    use crate::spec::decode::{Context, Decode};
    use crate::syntax;

    fn merged(below: &str, above: &str) -> spec::service::Service {
        let (mut sources, mut diags) = (Sources::default(), Diags::default());
        let mut read = |text: &str| {
            let file = sources.add("specc.yaml", text);
            syntax::parse(&sources, file, &mut diags).unwrap()
        };
        let node = service(&read(below), &read(above));
        let service = spec::service::Service::decode(&node, &mut Context::new(&mut diags));
        assert!(diags.list().is_empty(), "{above}: {:?}", diags.list());
        service.unwrap()
    }

    #[test]
    fn mounts_merge_by_their_path_however_they_are_written() {
        for below in ["mounts: [\"a:/a:ro\", \"b:/b\"]", "mounts: {/a: \"a:ro\", /b: {from: b}}"] {
            for (above, expected) in [
                ("mounts: [\"c:/b\"]", "a→/a c→/b"),
                ("mounts: {/b: null}", "a→/a"),
                ("mounts: {/b: c, /d: {from: d}}", "a→/a c→/b d→/d"),
                ("mounts: {/nope: null}", "a→/a b→/b"),
                ("mounts: {from: x, to: /b}", "a→/a x→/b"),
                ("mounts: null", ""),
            ] {
                let list = merged(below, above).mounts.list;
                let list: Vec<String> = list.iter().map(|it| format!("{}→{}", it.from.value, it.to.value)).collect();
                assert_eq!(list.join(" "), expected, "{above} over {below}");
            }
        }
    }

    #[test]
    fn sets_unite_and_null_takes_away() {
        let below = "networks: [default, edge]\nvars: app\npublish: [\"80:8080\", \"443:8443\"]";
        let service = merged(below, "networks: {edge: null}\nvars: [app, db]\npublish: {\"8080\": null}");
        let texts = |list: &[spec::text::Text]| list.iter().map(|it| it.value.clone()).collect::<Vec<_>>().join(" ");
        assert_eq!(texts(&service.networks.0), "default");
        assert_eq!(texts(&service.vars.0), "app db");
        assert_eq!(texts(&service.publish.0), "443:8443");
    }
}
