//! Tree to YAML text: what every generated YAML file is written with.
//!
//! An emitter builds an ordered tree with comments and origins; [`render`] writes it the way a careful colleague
//! would: two spaces, `- ` indented under its key, no quotes where none are needed, scripts as `|` blocks. The
//! text means the same to every YAML 1.1 and 1.2 reader.
//!
//! ```
//! use specc::syntax::yaml_out::{Map, Yaml, render};
//!
//! let web = Map::new()
//!     .put("image", "nginx:1.27")
//!     .put("command", Yaml::flow(["nginx", "-g", "daemon off;"]))
//!     .put("ports", vec!["8080:80"])
//!     .put_if("restart", None::<&str>);
//! let text = render(&Map::new().put("services", Map::new().put("web", web)).into(), &[]).text;
//! assert_eq!(text, r#"services:
//!   web:
//!     image: nginx:1.27
//!     command: ["nginx", "-g", "daemon off;"]
//!     ports:
//!       - "8080:80"
//! "#);
//! ```

mod scalar;
mod write;

use std::borrow::Cow;

use smallvec::SmallVec;

use crate::origin::Origin;
use crate::source::Span;

pub use write::{Documents, LineOrigin, Rendered, render, render_map};

/// Room in a new map or list: most are small, there are very many, and a `Vec` would begin with twice as much.
const FEW: usize = 2;

/// A key: most are words of a format, of which there is no need for a copy each.
pub type Key = Cow<'static, str>;

/// How a value came to be; nearly every value has one origin.
pub type Origins = SmallVec<[Origin; 1]>;

/// Lines of comment, with line breaks between them. Few values have some: so it is one word wide.
pub type Comment = Option<Box<String>>;

/// Returns a comment with more lines at its end.
fn longer(comment: Comment, text: &str) -> Comment {
    let lines = comment.iter().flat_map(|it| it.split('\n')).chain(text.lines());
    lines.map(str::to_string).reduce(|all, line| format!("{all}\n{line}")).map(Box::new)
}

/// A YAML value. Two values are equal if they read the same: comments and origins do not count.
#[derive(Clone, PartialEq, Debug)]
pub enum Yaml {
    /// Nothing: `key:` in a map, `null` elsewhere.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A number with a fraction.
    Float(f64),
    /// Text. Written plain, quoted or as a block, whatever shows it best and is safe.
    Str(String),
    /// A list, one item a line.
    Seq(Seq),
    /// A list in brackets, as in `["CMD", "true"]`; written as `- ` items if it is long or has lines or maps in it.
    Flow(Vec<Yaml>),
    /// A map.
    Map(Map),
    /// A value with a tag, such as `!reset`.
    Tagged(&'static str, Box<Yaml>),
}

impl Yaml {
    /// Makes a list in brackets.
    pub fn flow<T: Into<Yaml>>(items: impl IntoIterator<Item = T>) -> Yaml {
        Yaml::Flow(items.into_iter().map(Into::into).collect())
    }

    /// Puts a tag before the value.
    pub fn tagged(self, tag: &'static str) -> Yaml {
        Yaml::Tagged(tag, Box::new(self))
    }

    /// Returns whether this is a map or list without anything in it.
    pub fn is_empty(&self) -> bool {
        match self {
            Yaml::Seq(it) => it.items.is_empty(),
            Yaml::Flow(it) => it.is_empty(),
            Yaml::Map(it) => it.entries.is_empty(),
            _ => false,
        }
    }
}

/// A map in the order it is written.
#[derive(Clone, Default, Debug)]
pub struct Map {
    /// The entries. Keys are the emitter's to keep unique.
    pub entries: Vec<Entry>,
    /// Whether a blank line stands between the entries.
    pub spaced: bool,
    /// Whether the last `put_…` added nothing, so that what is said about it is dropped too.
    skipped: bool,
}

/// A key, its value, and what is said about it.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The key.
    pub key: Key,
    /// The value.
    pub value: Yaml,
    /// Lines of comment above.
    pub comment: Comment,
    /// How the entry came to be.
    pub origins: Origins,
}

/// A list in the order it is written.
#[derive(Clone, Default, Debug)]
pub struct Seq {
    /// The items.
    pub items: Vec<Item>,
    skipped: bool,
}

/// A value of a list, and what is said about it.
#[derive(Clone, Debug)]
pub struct Item {
    /// The value.
    pub value: Yaml,
    /// Lines of comment above.
    pub comment: Comment,
    /// How the item came to be.
    pub origins: Origins,
}

impl PartialEq for Map {
    fn eq(&self, other: &Map) -> bool {
        self.entries == other.entries
    }
}

impl PartialEq for Entry {
    fn eq(&self, other: &Entry) -> bool {
        self.key == other.key && self.value == other.value
    }
}

impl PartialEq for Seq {
    fn eq(&self, other: &Seq) -> bool {
        self.items == other.items
    }
}

impl PartialEq for Item {
    fn eq(&self, other: &Item) -> bool {
        self.value == other.value
    }
}

impl Map {
    /// Makes an empty map.
    pub fn new() -> Map {
        Map::default()
    }

    /// Sets a blank line between the entries, as between services.
    #[must_use]
    pub fn spaced(mut self) -> Map {
        self.spaced = true;
        self
    }

    /// Adds an entry at the end.
    #[must_use]
    pub fn put(mut self, key: impl Into<Key>, value: impl Into<Yaml>) -> Map {
        self.add(key, value);
        self
    }

    /// Adds an entry if there is a value. Otherwise a `comment` or `from` that follows is dropped as well.
    #[must_use]
    pub fn put_if<T: Into<Yaml>>(mut self, key: impl Into<Key>, value: Option<T>) -> Map {
        match value {
            Some(value) => drop(self.add(key, value)),
            None => self.skipped = true,
        }
        self
    }

    /// Adds an entry unless the value is an empty map or list.
    #[must_use]
    pub fn put_filled(self, key: impl Into<Key>, value: impl Into<Yaml>) -> Map {
        let value = value.into();
        let value = (!value.is_empty()).then_some(value);
        self.put_if(key, value)
    }

    /// Adds lines of comment above the entry that was put last.
    #[must_use]
    pub fn comment(mut self, text: impl AsRef<str>) -> Map {
        if let Some(last) = self.last() {
            last.comment(text);
        }
        self
    }

    /// Says how the entry that was put last came to be.
    #[must_use]
    pub fn from(mut self, origin: &Origin) -> Map {
        if let Some(last) = self.last() {
            last.from(origin);
        }
        self
    }

    /// Adds an entry in place, and returns it so that a comment and origins can be added.
    pub fn add(&mut self, key: impl Into<Key>, value: impl Into<Yaml>) -> &mut Entry {
        self.skipped = false;
        let at = self.entries.len();
        if at == 0 {
            self.entries.reserve_exact(FEW);
        }
        self.entries.push(Entry::new(key, value));
        &mut self.entries[at]
    }

    /// Returns the map of a key, which is made where there is none.
    pub fn below(&mut self, key: &str) -> &mut Map {
        let at = self.entries.iter().position(|it| it.key == key).unwrap_or_else(|| {
            self.add(key.to_string(), Map::new());
            self.entries.len() - 1
        });
        let value = &mut self.entries[at].value;
        if !matches!(value, Yaml::Map(_)) {
            *value = Yaml::Map(Map::new());
        }
        match value {
            Yaml::Map(it) => it,
            _ => unreachable!("it was made a map above"),
        }
    }

    /// Returns the value of a key.
    pub fn get(&self, key: &str) -> Option<&Yaml> {
        self.entries.iter().find(|it| it.key == key).map(|it| &it.value)
    }

    /// Returns whether there are no entries.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    fn last(&mut self) -> Option<&mut Entry> {
        if self.skipped { None } else { self.entries.last_mut() }
    }
}

impl Entry {
    /// Makes an entry of which nothing is said yet.
    pub fn new(key: impl Into<Key>, value: impl Into<Yaml>) -> Entry {
        Entry { key: key.into(), value: value.into(), comment: None, origins: Origins::new() }
    }

    /// Adds lines of comment above.
    pub fn comment(&mut self, text: impl AsRef<str>) -> &mut Entry {
        self.comment = longer(self.comment.take(), text.as_ref());
        self
    }

    /// Returns the place in the spec from which it comes, if there is one.
    pub fn place(&self) -> Option<Span> {
        self.origins.iter().find_map(Origin::span)
    }

    /// Says how the entry came to be.
    pub fn from(&mut self, origin: &Origin) -> &mut Entry {
        self.origins.push(origin.clone());
        self
    }
}

impl Seq {
    /// Makes an empty list.
    pub fn new() -> Seq {
        Seq::default()
    }

    /// Adds an item at the end.
    #[must_use]
    pub fn item(mut self, value: impl Into<Yaml>) -> Seq {
        self.add(value);
        self
    }

    /// Adds an item if there is one. Otherwise a `comment` or `from` that follows is dropped as well.
    #[must_use]
    pub fn item_if<T: Into<Yaml>>(mut self, value: Option<T>) -> Seq {
        match value {
            Some(value) => drop(self.add(value)),
            None => self.skipped = true,
        }
        self
    }

    /// Adds lines of comment above the item that was added last.
    #[must_use]
    pub fn comment(mut self, text: impl AsRef<str>) -> Seq {
        if let Some(last) = self.last() {
            last.comment(text);
        }
        self
    }

    /// Says how the item that was added last came to be.
    #[must_use]
    pub fn from(mut self, origin: &Origin) -> Seq {
        if let Some(last) = self.last() {
            last.from(origin);
        }
        self
    }

    /// Adds an item in place, and returns it so that a comment and origins can be added.
    pub fn add(&mut self, value: impl Into<Yaml>) -> &mut Item {
        self.skipped = false;
        let item = Item { value: value.into(), comment: None, origins: Origins::new() };
        let at = self.items.len();
        if at == 0 {
            self.items.reserve_exact(FEW);
        }
        self.items.push(item);
        &mut self.items[at]
    }

    /// Returns whether there are no items.
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    fn last(&mut self) -> Option<&mut Item> {
        if self.skipped { None } else { self.items.last_mut() }
    }
}

impl Item {
    /// Adds lines of comment above.
    pub fn comment(&mut self, text: impl AsRef<str>) -> &mut Item {
        self.comment = longer(self.comment.take(), text.as_ref());
        self
    }

    /// Returns the place in the spec from which it comes, if there is one.
    pub fn place(&self) -> Option<Span> {
        self.origins.iter().find_map(Origin::span)
    }

    /// Says how the item came to be.
    pub fn from(&mut self, origin: &Origin) -> &mut Item {
        self.origins.push(origin.clone());
        self
    }
}

impl<T: Into<Yaml>> FromIterator<T> for Seq {
    fn from_iter<I: IntoIterator<Item = T>>(items: I) -> Seq {
        let mut seq = Seq::new();
        for item in items {
            seq.add(item);
        }
        seq
    }
}

impl<K: Into<Key>, V: Into<Yaml>> FromIterator<(K, V)> for Map {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(entries: I) -> Map {
        let mut map = Map::new();
        for (key, value) in entries {
            map.add(key, value);
        }
        map
    }
}

impl From<Map> for Yaml {
    fn from(map: Map) -> Yaml {
        Yaml::Map(map)
    }
}

impl From<Seq> for Yaml {
    fn from(seq: Seq) -> Yaml {
        Yaml::Seq(seq)
    }
}

impl<T: Into<Yaml>> From<Vec<T>> for Yaml {
    fn from(items: Vec<T>) -> Yaml {
        Yaml::Seq(items.into_iter().collect())
    }
}

impl From<String> for Yaml {
    fn from(text: String) -> Yaml {
        Yaml::Str(text)
    }
}

impl From<&String> for Yaml {
    fn from(text: &String) -> Yaml {
        Yaml::Str(text.clone())
    }
}

impl From<&str> for Yaml {
    fn from(text: &str) -> Yaml {
        Yaml::Str(text.to_string())
    }
}

impl From<bool> for Yaml {
    fn from(value: bool) -> Yaml {
        Yaml::Bool(value)
    }
}

impl From<i64> for Yaml {
    fn from(value: i64) -> Yaml {
        Yaml::Int(value)
    }
}

impl From<i32> for Yaml {
    fn from(value: i32) -> Yaml {
        Yaml::Int(value.into())
    }
}

impl From<u16> for Yaml {
    fn from(value: u16) -> Yaml {
        Yaml::Int(value.into())
    }
}

impl From<u32> for Yaml {
    fn from(value: u32) -> Yaml {
        Yaml::Int(value.into())
    }
}

#[cfg(test)]
mod tests;
