//! Going on after a slip: the tree as it was probably meant.
//!
//! A misspelt key is an error, and nothing is written. So that it is told once, and not again as everything that
//! lacks the field it was meant to be, the rest of the way goes with the tree in which it is spelt right.

use std::collections::HashMap;
use std::sync::Arc;

use crate::diag::Diags;
use crate::source::Span;
use crate::spec::UNKNOWN_KEY;
use crate::syntax::node::{Entry, Map, Node, Value};

/// Returns the tree with every key that was reported as unknown under the name it was probably meant to have; `None`
/// if there is no such key.
pub fn mended(root: &Node, diags: &Diags) -> Option<Node> {
    let unknown = diags.list().iter().filter(|it| it.code == UNKNOWN_KEY);
    let edits = unknown.filter_map(|it| it.fix.as_ref()).flat_map(|it| &it.edits);
    let meant: HashMap<Span, &str> = edits.map(|it| (it.span, it.replacement.as_str())).collect();
    if meant.is_empty() { None } else { Some(renamed(root, &meant)) }
}

fn renamed(node: &Node, meant: &HashMap<Span, &str>) -> Node {
    let value = match &node.value {
        Value::Scalar(_) => return node.clone(),
        Value::Seq(items) => Value::Seq(Arc::new(items.iter().map(|it| renamed(it, meant)).collect())),
        Value::Map(map) => Value::Map(Arc::new(Map { entries: entries(map, meant) })),
    };
    Node { value, ..node.clone() }
}

fn entries(map: &Map, meant: &HashMap<Span, &str>) -> Vec<Entry> {
    let entry = |it: &Entry| {
        // Where the right key stands as well, the misspelt one adds nothing.
        let right = meant.get(&it.key_span).filter(|name| map.get(name).is_none());
        let key = right.map_or_else(|| Arc::clone(&it.key), |name| Arc::from(*name));
        Entry { key, value: renamed(&it.value, meant), ..it.clone() }
    };
    map.entries.iter().map(entry).collect()
}
