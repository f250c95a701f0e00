//! A place inside of an object: the tree there, and the way to it as the API server writes it in its messages.

use std::fmt::Write;

use super::scalar::int;
use crate::source::Span;
use crate::syntax::node::Node;

/// A tree and the way to it.
#[derive(Clone, Copy)]
pub struct At<'a> {
    /// The tree.
    pub node: &'a Node,
    /// Where a message about it points: its key, or the first key of an item.
    pub span: Span,
    up: Option<&'a At<'a>>,
    step: Step<'a>,
}

#[derive(Clone, Copy)]
enum Step<'a> {
    Key(&'a str),
    Index(usize),
}

impl<'a> At<'a> {
    /// Starts at an object.
    pub fn object(node: &'a Node) -> At<'a> {
        At { node, span: head(node), up: None, step: Step::Key("") }
    }

    /// Returns the value under a key, unless it is absent or null.
    pub fn get(&'a self, key: &'a str) -> Option<At<'a>> {
        let entry = self.node.as_map()?.entry(key).filter(|it| !it.value.is_null())?;
        Some(At { node: &entry.value, span: entry.key_span, up: Some(self), step: Step::Key(key) })
    }

    /// Returns the text under a key.
    pub fn text(&'a self, key: &'a str) -> Option<&'a str> {
        self.node.get(key)?.as_text()
    }

    /// Returns the integer under a key.
    pub fn int(&'a self, key: &'a str) -> Option<i64> {
        int(self.node.get(key)?)
    }

    /// Returns whether the value under a key is `true`.
    pub fn is_true(&'a self, key: &'a str) -> bool {
        self.node.get(key).and_then(Node::as_bool) == Some(true)
    }

    /// Returns the items of the list under a key; none if there is no list.
    pub fn items(&'a self) -> impl Iterator<Item = At<'a>> {
        let items = self.node.as_seq().unwrap_or_default();
        items.iter().enumerate().map(|(index, node)| At {
            node,
            span: head(node),
            up: Some(self),
            step: Step::Index(index),
        })
    }

    /// Returns the entries of a map.
    pub fn entries(&'a self) -> impl Iterator<Item = (&'a str, At<'a>)> {
        let entries = self.node.as_map().map_or(&[][..], |it| &it.entries);
        entries.iter().map(|it| {
            let at = At { node: &it.value, span: it.key_span, up: Some(self), step: Step::Key(&it.key) };
            (&*it.key, at)
        })
    }

    /// Returns where the value itself stands, for a message about the value.
    pub fn value_span(&self) -> Span {
        match self.node.as_scalar() {
            Some(_) => self.node.place(),
            None => self.span,
        }
    }

    /// Returns the way as the API server writes it: `spec.containers[0].name`.
    pub fn path(&self) -> String {
        let mut path = self.up.map_or_else(String::new, At::path);
        match self.step {
            Step::Key("") => {}
            Step::Key(key) if key.contains(['.', '/']) => _ = write!(path, "[{key}]"),
            Step::Key(key) if path.is_empty() => path.push_str(key),
            Step::Key(key) => _ = write!(path, ".{key}"),
            Step::Index(index) => _ = write!(path, "[{index}]"),
        }
        path
    }
}

/// A map has no line of its own: its first key stands for it.
fn head(node: &Node) -> Span {
    let first = node.as_map().and_then(|it| it.entries.first());
    first.filter(|_| node.alias().is_none()).map_or_else(|| node.place(), |it| it.key_span)
}
