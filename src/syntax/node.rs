//! The tree that YAML, TOML and JSON share.
//!
//! A scalar keeps the text that was written: whether `0755` is a number is for the reader of a field to say, so
//! `NO`, `1.10` and `yes` reach a container as they stand in the spec. Subtrees are shared (`Arc`), so an alias,
//! and a merge of trees, costs no copy.

use std::sync::Arc;

use crate::source::Span;

/// A value with its place.
#[derive(Clone, Debug)]
pub struct Node {
    /// Where the value is written; for an alias, where the anchor is.
    pub span: Span,
    /// The value.
    pub value: Value,
    /// What few values have.
    pub aside: Option<Box<Aside>>,
}

/// What few values have: kept aside, because a large file has hundreds of thousands of values.
#[derive(Clone, Default, Debug)]
pub struct Aside {
    /// An explicit tag as written, such as `!reset`.
    pub tag: Option<Arc<str>>,
    /// Where the alias (`*name`) stands, if the value came through one.
    pub alias: Option<Span>,
    /// Where the `<<` stands through which the entry of the value came, if it did.
    pub merged: Option<Span>,
}

/// The three shapes of a value. Null is an empty plain scalar, `~` or `null`.
#[derive(Clone, Debug)]
pub enum Value {
    /// A single text.
    Scalar(Scalar),
    /// A list.
    Seq(Arc<Vec<Node>>),
    /// A map, in written order.
    Map(Arc<Map>),
}

/// A text and how it was written.
#[derive(Clone, Debug)]
pub struct Scalar {
    /// The text after unescaping.
    pub text: Arc<str>,
    /// How it was written.
    pub style: Style,
}

/// How a scalar was written; only a plain one can be null, a boolean or a number.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Style {
    /// Without quotes (and TOML's and JSON's numbers and booleans).
    Plain,
    /// In quotes: always a string.
    Quoted,
    /// A YAML block scalar, `|` or `>`.
    Block,
}

/// A map in written order. YAML's merge keys (`<<`) are already applied.
#[derive(Clone, Default, Debug)]
pub struct Map {
    /// The entries, keys unique.
    pub entries: Vec<Entry>,
}

/// A key and its value.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The key's text.
    pub key: Arc<str>,
    /// Where the key is written.
    pub key_span: Span,
    /// The value.
    pub value: Node,
}

impl Node {
    /// Makes a scalar.
    pub fn scalar(text: impl Into<Arc<str>>, style: Style, span: Span) -> Node {
        Node { span, value: Value::Scalar(Scalar { text: text.into(), style }), aside: None }
    }

    /// Makes a list.
    pub fn seq(items: Vec<Node>, span: Span) -> Node {
        Node { span, value: Value::Seq(Arc::new(items)), aside: None }
    }

    /// Makes a map.
    pub fn map(map: Map, span: Span) -> Node {
        Node { span, value: Value::Map(Arc::new(map)), aside: None }
    }

    /// Returns the place in the text where this value is used: the alias if it came through one.
    pub fn place(&self) -> Span {
        self.alias().unwrap_or(self.span)
    }

    /// Returns an explicit tag.
    pub fn tag(&self) -> Option<&str> {
        self.aside.as_ref()?.tag.as_deref()
    }

    /// Returns where the alias stands, if the value came through one.
    pub fn alias(&self) -> Option<Span> {
        self.aside.as_ref()?.alias
    }

    /// Returns where the `<<` stands through which the entry of this value came, if it did.
    pub fn merged(&self) -> Option<Span> {
        self.aside.as_ref()?.merged
    }

    /// Sets the tag.
    #[must_use]
    pub fn tagged(mut self, tag: Option<Arc<str>>) -> Node {
        if tag.is_some() || self.tag().is_some() {
            self.aside.get_or_insert_default().tag = tag;
        }
        self
    }

    /// Says that the value came through an alias.
    #[must_use]
    pub fn through_alias(mut self, alias: Span) -> Node {
        self.aside.get_or_insert_default().alias = Some(alias);
        self
    }

    /// Says that the entry of this value came through a `<<`.
    #[must_use]
    pub fn through_merge(mut self, merge: Span) -> Node {
        self.aside.get_or_insert_default().merged = Some(merge);
        self
    }

    /// Returns whether this is null.
    pub fn is_null(&self) -> bool {
        matches!(&self.value, Value::Scalar(it) if it.is_null())
    }

    /// Returns the scalar.
    pub fn as_scalar(&self) -> Option<&Scalar> {
        if let Value::Scalar(it) = &self.value { Some(it) } else { None }
    }

    /// Returns the text of a scalar that is not null, whatever it looks like.
    pub fn as_text(&self) -> Option<&str> {
        self.as_scalar().filter(|it| !it.is_null()).map(|it| &*it.text)
    }

    /// Returns the boolean that a plain `true` or `false` is.
    pub fn as_bool(&self) -> Option<bool> {
        let scalar = self.as_scalar().filter(|it| it.style == Style::Plain)?;
        match &*scalar.text {
            "true" | "True" | "TRUE" => Some(true),
            "false" | "False" | "FALSE" => Some(false),
            _ => None,
        }
    }

    /// Returns the integer that a scalar is, quoted or not.
    pub fn as_int(&self) -> Option<i64> {
        self.as_scalar()?.text.parse().ok()
    }

    /// Returns the list.
    pub fn as_seq(&self) -> Option<&[Node]> {
        if let Value::Seq(it) = &self.value { Some(it) } else { None }
    }

    /// Returns the map.
    pub fn as_map(&self) -> Option<&Map> {
        if let Value::Map(it) = &self.value { Some(it) } else { None }
    }

    /// Returns the value under a key of a map.
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.as_map()?.get(key)
    }

    /// Returns the value at a path of keys.
    pub fn at(&self, path: &[&str]) -> Option<&Node> {
        path.iter().try_fold(self, |node, key| node.get(key))
    }

    /// Names the shape for a message: "a list", "text" ….
    pub fn shape(&self) -> &'static str {
        match &self.value {
            Value::Map(_) => "a map",
            Value::Seq(_) => "a list",
            Value::Scalar(it) if it.is_null() => "nothing",
            Value::Scalar(_) if self.as_bool().is_some() => "a boolean",
            Value::Scalar(it) if it.style == Style::Plain && it.text.parse::<f64>().is_ok() => "a number",
            Value::Scalar(_) => "text",
        }
    }
}

impl Scalar {
    /// Returns whether the scalar is null: plain and empty, `~` or `null`.
    pub fn is_null(&self) -> bool {
        self.style == Style::Plain && matches!(&*self.text, "" | "~" | "null" | "Null" | "NULL")
    }
}

impl Map {
    /// Returns the entry of a key.
    pub fn entry(&self, key: &str) -> Option<&Entry> {
        self.entries.iter().find(|it| &*it.key == key)
    }

    /// Returns the value of a key.
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.entry(key).map(|it| &it.value)
    }

    /// Returns the keys in written order.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.entries.iter().map(|it| &*it.key)
    }
}
