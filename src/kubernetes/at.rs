//! A place inside of an object: the tree there, and the way to it as the API server writes it in its messages.

use std::fmt::Write;

use super::scalar::int;
use super::tree::Tree;
use crate::source::Span;

/// A tree and the way to it.
#[derive(Clone, Copy)]
pub struct At<'a> {
    /// The tree.
    pub tree: Tree<'a>,
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
    pub fn object(tree: Tree<'a>) -> At<'a> {
        At { tree, span: tree.head(), up: None, step: Step::Key("") }
    }

    /// Returns the value under a key, unless it is absent or null.
    pub fn get(&'a self, key: &'a str) -> Option<At<'a>> {
        let (span, tree) = self.tree.find(key).filter(|it| !it.1.is_null())?;
        Some(At { tree, span, up: Some(self), step: Step::Key(key) })
    }

    /// Returns the text under a key.
    pub fn text(&self, key: &str) -> Option<&'a str> {
        self.tree.get(key)?.text()
    }

    /// Returns the integer under a key.
    pub fn int(&self, key: &str) -> Option<i64> {
        int(self.tree.get(key)?)
    }

    /// Returns whether the value under a key is `true`.
    pub fn is_true(&self, key: &str) -> bool {
        self.tree.get(key).and_then(Tree::bool) == Some(true)
    }

    /// Returns whether something is in the list under a key.
    pub fn has_items(&self, key: &str) -> bool {
        self.tree.get(key).is_some_and(|it| it.item(0).is_some())
    }

    /// Returns the items of a list; none if it is no list.
    pub fn items(&'a self) -> impl Iterator<Item = At<'a>> {
        let at =
            |(index, tree): (usize, Tree<'a>)| At { tree, span: tree.head(), up: Some(self), step: Step::Index(index) };
        self.tree.items().enumerate().map(at)
    }

    /// Returns the entries of a map; none if it is no map.
    pub fn entries(&'a self) -> impl Iterator<Item = (&'a str, At<'a>)> {
        let entries = (0..).map_while(|at| self.tree.entry(at));
        entries.map(|(key, span, tree)| (key, At { tree, span, up: Some(self), step: Step::Key(key) }))
    }

    /// Returns where the value itself stands, for a message about the value.
    pub fn value_span(&self) -> Span {
        if self.tree.is_single() { self.tree.place() } else { self.span }
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
