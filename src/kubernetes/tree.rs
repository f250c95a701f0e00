//! What is judged: a tree that was read from a file, or one that is about to be written into one.

use std::borrow::Cow;

use crate::source::Span;
use crate::syntax::node::Node;
use crate::syntax::yaml_out::{Entry, Map, Yaml};

/// A tree.
#[derive(Clone, Copy)]
pub enum Tree<'a> {
    /// Read from a file.
    Read(&'a Node),
    /// About to be written. Its place is that in the spec where it comes from.
    Made(&'a Yaml, Span),
    /// A map that is about to be written, in parts that follow each other.
    Parts(&'a [&'a Map], Span),
}

impl<'a> Tree<'a> {
    /// Something that is about to be written; a tag is not judged.
    fn made(value: &'a Yaml, place: Span) -> Tree<'a> {
        match value {
            Yaml::Tagged(_, inner) => Tree::made(inner, place),
            _ => Tree::Made(value, place),
        }
    }

    /// Returns the entry of a map at a position: its key, where that stands, and the value.
    pub fn entry(self, at: usize) -> Option<(&'a str, Span, Tree<'a>)> {
        match self {
            Tree::Read(node) => node.as_map()?.entries.get(at).map(|it| (&*it.key, it.key_span, Tree::Read(&it.value))),
            Tree::Made(Yaml::Map(map), whole) => map.entries.get(at).map(|it| made_entry(it, whole)),
            Tree::Parts(parts, whole) => {
                parts.iter().flat_map(|it| &it.entries).nth(at).map(|it| made_entry(it, whole))
            }
            Tree::Made(..) => None,
        }
    }

    /// Returns the entry of a map under a key: where the key stands, and the value.
    pub fn find(self, key: &str) -> Option<(Span, Tree<'a>)> {
        let made = |(_, span, tree)| (span, tree);
        match self {
            Tree::Read(node) => node.as_map()?.entry(key).map(|it| (it.key_span, Tree::Read(&it.value))),
            Tree::Made(Yaml::Map(map), whole) => {
                map.entries.iter().find(|it| it.key == key).map(|it| made(made_entry(it, whole)))
            }
            Tree::Parts(parts, whole) => {
                let mut entries = parts.iter().flat_map(|it| &it.entries);
                entries.find(|it| it.key == key).map(|it| made(made_entry(it, whole)))
            }
            Tree::Made(..) => None,
        }
    }

    /// Returns the item of a list at a position.
    pub fn item(self, at: usize) -> Option<Tree<'a>> {
        match self {
            Tree::Read(node) => node.as_seq()?.get(at).map(Tree::Read),
            Tree::Made(Yaml::Seq(list), whole) => {
                list.items.get(at).map(|it| Tree::made(&it.value, it.place().unwrap_or(whole)))
            }
            Tree::Made(Yaml::Flow(items), whole) => items.get(at).map(|it| Tree::made(it, whole)),
            Tree::Made(..) | Tree::Parts(..) => None,
        }
    }

    /// Returns the items of a list; none if it is no list.
    pub fn items(self) -> impl Iterator<Item = Tree<'a>> {
        (0..).map_while(move |at| self.item(at))
    }

    /// Returns the value under a key of a map.
    pub fn get(self, key: &str) -> Option<Tree<'a>> {
        self.find(key).map(|it| it.1)
    }

    /// Returns the value at a path of keys.
    pub fn at(self, path: &[&str]) -> Option<Tree<'a>> {
        path.iter().try_fold(self, |tree, key| tree.get(key))
    }

    /// Returns the text of a single value that is not null; what is made as a number or a boolean is no text.
    pub fn text(self) -> Option<&'a str> {
        match self {
            Tree::Read(node) => node.as_text(),
            Tree::Made(Yaml::Str(text), _) => Some(text),
            Tree::Made(..) | Tree::Parts(..) => None,
        }
    }

    /// Returns how a single value that is not null reads.
    pub fn written(self) -> Option<Cow<'a, str>> {
        match self {
            Tree::Made(Yaml::Int(it), _) => Some(it.to_string().into()),
            Tree::Made(Yaml::Float(it), _) => Some(format!("{it:?}").into()),
            Tree::Made(Yaml::Bool(it), _) => Some(it.to_string().into()),
            _ => self.text().map(Cow::Borrowed),
        }
    }

    /// Returns the boolean that a value is.
    pub fn bool(self) -> Option<bool> {
        match self {
            Tree::Read(node) => node.as_bool(),
            Tree::Made(Yaml::Bool(it), _) => Some(*it),
            Tree::Made(..) | Tree::Parts(..) => None,
        }
    }

    /// Returns whether this is null.
    pub fn is_null(self) -> bool {
        match self {
            Tree::Read(node) => node.is_null(),
            Tree::Made(value, _) => matches!(value, Yaml::Null),
            Tree::Parts(..) => false,
        }
    }

    /// Returns whether this is a map.
    pub fn is_map(self) -> bool {
        match self {
            Tree::Read(node) => node.as_map().is_some(),
            Tree::Made(value, _) => matches!(value, Yaml::Map(_)),
            Tree::Parts(..) => true,
        }
    }

    /// Returns whether this is a list.
    pub fn is_list(self) -> bool {
        match self {
            Tree::Read(node) => node.as_seq().is_some(),
            Tree::Made(value, _) => matches!(value, Yaml::Seq(_) | Yaml::Flow(_)),
            Tree::Parts(..) => false,
        }
    }

    /// Returns whether this is neither a map nor a list.
    pub fn is_single(self) -> bool {
        !self.is_map() && !self.is_list()
    }

    /// Returns whether this is a list or a map with nothing in it.
    pub fn is_bare(self) -> bool {
        !self.is_single() && self.entry(0).is_none() && self.item(0).is_none()
    }

    /// Returns where the value stands.
    pub fn place(self) -> Span {
        match self {
            Tree::Read(node) => node.place(),
            Tree::Made(_, place) | Tree::Parts(_, place) => place,
        }
    }

    /// Returns where a message points that is about the whole: a map has no line of its own, its first key stands for it.
    pub fn head(self) -> Span {
        let is_alias = matches!(self, Tree::Read(node) if node.alias().is_some());
        self.entry(0).filter(|_| !is_alias).map_or_else(|| self.place(), |it| it.1)
    }

    /// Names the shape for a message: "a list", "text" ….
    pub fn shape(self) -> &'static str {
        match self {
            Tree::Read(node) => node.shape(),
            Tree::Made(Yaml::Null, _) => "nothing",
            Tree::Made(Yaml::Bool(_), _) => "a boolean",
            Tree::Made(Yaml::Int(_) | Yaml::Float(_), _) => "a number",
            _ if self.is_map() => "a map",
            _ if self.is_list() => "a list",
            _ => "text",
        }
    }
}

fn made_entry(entry: &Entry, whole: Span) -> (&str, Span, Tree<'_>) {
    let place = entry.place().unwrap_or(whole);
    (&entry.key, place, Tree::made(&entry.value, place))
}
