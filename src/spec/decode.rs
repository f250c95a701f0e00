//! The way from a tree to typed fields: every shape error at once, each at its place.
//!
//! Decoding is by hand, not serde's: serde stops at the first error and has no places. A type implements
//! [`Decode`]; a map is read through [`Fields`], which knows the keys that were asked for and so finds the others.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use indexmap::IndexMap;

use super::text::Text;
use super::{EXPECTED, UNKNOWN_KEY};
use crate::diag::{Applicability, Diagnostic, Diags, Edit, Level, did_you_mean};
use crate::parallel;
use crate::source::{Span, Spanned};
use crate::syntax::node::{Entry, Map, Node};

/// A type that can be read from a tree.
pub trait Decode: Sized {
    /// Reads it, or reports what is wrong and returns `None`.
    fn decode(node: &Node, cx: &mut Context<'_>) -> Option<Self>;
}

/// What decoding carries along.
pub struct Context<'a> {
    /// Where problems go.
    pub diags: &'a mut Diags,
    /// The keys that each kind of map was asked for, if somebody wants to know: a test holds them against the schema.
    pub asked: Option<BTreeMap<&'static str, BTreeSet<&'static str>>>,
}

impl<'a> Context<'a> {
    /// Makes a context that reports into `diags`.
    pub fn new(diags: &'a mut Diags) -> Context<'a> {
        Context { diags, asked: None }
    }

    /// Reports that something else belongs here.
    pub fn expected<T>(&mut self, node: &Node, what: &str) -> Option<T> {
        let message = format!("expected {what}, found {}", node.shape());
        self.diags.push(Diagnostic::new(EXPECTED, Level::Error, node.place(), message));
        None
    }

    /// Opens a map; `of` names its kind ("a service"). What is no map is read as an empty one, so that
    /// [`Fields::finish`] can say which fields belong there.
    pub fn fields<'n>(&self, node: &'n Node, of: &'static str) -> Fields<'n> {
        let map = node.as_map();
        let instead = if map.is_none() { Some(node) } else { None };
        Fields {
            map: map.unwrap_or(&NOTHING),
            instead,
            span: node.span,
            of,
            known: Vec::with_capacity(MANY_FIELDS),
            found: 0,
        }
    }

    /// Reads one of a closed set of words.
    pub fn word<T: Copy>(&mut self, node: &Node, words: &[(&str, T)]) -> Option<T> {
        if let Some((_, value)) = words.iter().find(|(word, _)| node.as_text() == Some(word)) {
            return Some(*value);
        }
        let list = words.iter().map(|(word, _)| format!("`{word}`")).collect::<Vec<_>>().join(", ");
        let Some(text) = node.as_text() else { return self.expected(node, &format!("one of {list}")) };
        let near = did_you_mean(text, words.iter().map(|(word, _)| *word));
        let mut error =
            Diagnostic::new(EXPECTED, Level::Error, node.place(), format!("expected one of {list}, found `{text}`"));
        if let Some(near) = near {
            error = replace(error, node.place(), near);
        }
        self.diags.push(error);
        None
    }
}

/// Offers the word that was probably meant, as help and as an edit.
fn replace(error: Diagnostic, span: Span, near: &str) -> Diagnostic {
    let edit = Edit { span, replacement: near.to_string() };
    error.help(format!("did you mean `{near}`?")).fix(format!("write `{near}`"), Applicability::Unsafe, vec![edit])
}

/// From this many entries on, a map is read in parts, side by side.
const MANY_ENTRIES: usize = 100;

/// Room for the keys of most kinds of map.
const MANY_FIELDS: usize = 16;

/// What is read where no map is.
static NOTHING: Map = Map { entries: Vec::new() };

/// A map whose keys are read one by one.
pub struct Fields<'n> {
    map: &'n Map,
    /// What stands where the map should.
    instead: Option<&'n Node>,
    span: Span,
    of: &'static str,
    known: Vec<&'static str>,
    /// The entries that were found, a bit for each of the first.
    found: u64,
}

impl<'n> Fields<'n> {
    /// Returns the map's place.
    pub fn span(&self) -> Span {
        self.span
    }

    /// Returns the tree under a key, unless it is absent or null.
    pub fn node(&mut self, key: &'static str) -> Option<&'n Node> {
        self.known.push(key);
        let at = self.map.entries.iter().position(|it| &*it.key == key)?;
        self.found |= u32::try_from(at).ok().and_then(|it| 1u64.checked_shl(it)).unwrap_or(0);
        Some(&self.map.entries[at].value).filter(|it| !it.is_null())
    }

    /// Reads the value under a key, unless it is absent or null.
    pub fn get<T: Decode>(&mut self, key: &'static str, cx: &mut Context<'_>) -> Option<T> {
        T::decode(self.node(key)?, cx)
    }

    /// Reads the value under a key; absent gives the type's empty value.
    pub fn or_default<T: Decode + Default>(&mut self, key: &'static str, cx: &mut Context<'_>) -> T {
        self.get(key, cx).unwrap_or_default()
    }

    /// Reads a value that must be there.
    pub fn required<T: Decode>(&mut self, key: &'static str, cx: &mut Context<'_>) -> Option<T> {
        match self.node(key) {
            Some(node) => T::decode(node, cx),
            None if self.instead.is_some() => None,
            None => {
                let message = format!("{} needs `{key}`", self.of);
                cx.diags.push(Diagnostic::new(EXPECTED, Level::Error, self.span, message));
                None
            }
        }
    }

    /// Reports that not exactly one of these keys is there; to be asked when all fields have been read. What has keys
    /// that nobody knows probably means one of them, and is told so by [`Fields::finish`].
    pub fn exactly_one(&self, keys: &[&str], cx: &mut Context<'_>) -> Option<()> {
        let says = |it: &&Entry| !it.value.is_null() && it.value.as_seq().is_none_or(|items| !items.is_empty());
        let given: Vec<&Entry> = self.map.entries.iter().filter(|it| keys.contains(&&*it.key)).filter(says).collect();
        let error = match given[..] {
            [_] => return Some(()),
            [] if self.instead.is_some() || self.unknown().next().is_some() => return None,
            [] => {
                let message = format!("{} needs one of {}", self.of, listed(keys));
                Diagnostic::new(EXPECTED, Level::Error, self.span, message)
            }
            [first, second, ..] => {
                let message = format!("{} has only one of {}", self.of, listed(keys));
                Diagnostic::new(EXPECTED, Level::Error, second.key_span, message)
                    .also(first.key_span, "one is here already")
                    .help(format!("drop `{}` or `{}`", first.key, second.key))
            }
        };
        cx.diags.push(error);
        None
    }

    /// Returns what nobody asked for.
    fn unknown(&self) -> impl Iterator<Item = &'n Entry> {
        self.map.entries.iter().filter(|it| !self.known.contains(&&*it.key) && !it.key.starts_with("x-"))
    }

    /// Reports the keys that nobody asked for. `None` if there is no map at all, which is reported, too.
    #[must_use]
    pub fn finish(self, cx: &mut Context<'_>) -> Option<()> {
        if let Some(asked) = &mut cx.asked {
            asked.entry(self.of).or_default().extend(&self.known);
        }
        if let Some(node) = self.instead {
            let message = format!("expected {} (a map), found {}", self.of, node.shape());
            let error = Diagnostic::new(EXPECTED, Level::Error, node.place(), message);
            cx.diags.push(error.help(format!("it has {}", listed(&self.known))));
            return None;
        }
        // Nearly always everything was asked for.
        if self.found.count_ones() as usize == self.map.entries.len() {
            return Some(());
        }
        for entry in self.unknown() {
            let message = format!("{} has no field `{}`", self.of, entry.key);
            let error = Diagnostic::new(UNKNOWN_KEY, Level::Error, entry.key_span, message);
            let near =
                did_you_mean(&entry.key, self.known.iter().copied()).or_else(|| synonym(&entry.key, &self.known));
            cx.diags.push(match near {
                Some(near) => replace(error, entry.key_span, near),
                None => error.help(format!("it has {}", listed(&self.known))),
            });
        }
        Some(())
    }
}

/// Words of other tools for what the spec calls otherwise: people who know compose try those first.
const SYNONYMS: &[(&str, &str)] = &[
    ("command", "run"),
    ("cmd", "run"),
    ("args", "run"),
    ("depends_on", "needs"),
    ("environment", "env"),
    ("env_file", "env_files"),
    ("volumes", "mounts"),
    ("healthcheck", "health"),
    ("profiles", "feature"),
    ("deploy", "rollout"),
    ("update_config", "rollout"),
    ("stop_grace_period", "stop_grace"),
    ("cap_drop", "harden"),
    ("security_opt", "harden"),
    ("logging", "log"),
    ("develop", "watch"),
    ("interval", "every"),
    ("retries", "tries"),
    ("start_period", "grace"),
    ("start_interval", "start_every"),
    ("extends", "like"),
    ("variables", "vars"),
    ("limits", "resources"),
    ("schedule", "kind"),
    ("expose", "port"),
];

fn synonym<'a>(key: &str, known: &[&'a str]) -> Option<&'a str> {
    // Also misspelt, another tool's word is recognised.
    let theirs =
        did_you_mean(key, SYNONYMS.iter().filter(|(_, ours)| known.contains(ours)).map(|(theirs, _)| *theirs))?;
    let (_, ours) = SYNONYMS.iter().find(|(it, ours)| *it == theirs && known.contains(ours))?;
    known.iter().copied().find(|it| it == ours)
}

/// Lists words for a sentence.
pub fn listed(words: &[&str]) -> String {
    words.iter().map(|it| format!("`{it}`")).collect::<Vec<_>>().join(", ")
}

impl Decode for Arc<str> {
    fn decode(node: &Node, cx: &mut Context<'_>) -> Option<Arc<str>> {
        match node.as_scalar() {
            // A scalar's text is taken as it stands: `NO`, `0755` and `1.10` are what was written.
            Some(scalar) if !scalar.is_null() => Some(Arc::clone(&scalar.text)),
            _ => cx.expected(node, "text"),
        }
    }
}

impl Decode for String {
    fn decode(node: &Node, cx: &mut Context<'_>) -> Option<String> {
        Arc::decode(node, cx).map(|it: Arc<str>| it.to_string())
    }
}

impl<T: Decode> Decode for Box<T> {
    fn decode(node: &Node, cx: &mut Context<'_>) -> Option<Box<T>> {
        T::decode(node, cx).map(Box::new)
    }
}

impl Decode for bool {
    fn decode(node: &Node, cx: &mut Context<'_>) -> Option<bool> {
        if let Some(value) = node.as_bool() {
            return Some(value);
        }
        let meant = match node.as_text() {
            Some("yes" | "Yes" | "on" | "On" | "YES" | "ON") => Some("true"),
            Some("no" | "No" | "off" | "Off" | "NO" | "OFF") => Some("false"),
            _ => None,
        };
        let message = format!("expected `true` or `false`, found {}", node.shape());
        let error = Diagnostic::new(EXPECTED, Level::Error, node.place(), message);
        cx.diags.push(match meant {
            Some(word) => replace(error, node.place(), word),
            None => error,
        });
        None
    }
}

impl Decode for i64 {
    fn decode(node: &Node, cx: &mut Context<'_>) -> Option<i64> {
        match node.as_int() {
            Some(it) => Some(it),
            None => cx.expected(node, "a whole number"),
        }
    }
}

impl Decode for u32 {
    fn decode(node: &Node, cx: &mut Context<'_>) -> Option<u32> {
        match node.as_int().and_then(|it| u32::try_from(it).ok()) {
            Some(it) => Some(it),
            None => cx.expected(node, "a whole number from 0"),
        }
    }
}

impl Decode for u16 {
    fn decode(node: &Node, cx: &mut Context<'_>) -> Option<u16> {
        match node.as_int().and_then(|it| u16::try_from(it).ok()).filter(|it| *it > 0) {
            Some(it) => Some(it),
            None => cx.expected(node, "a port number from 1 to 65535"),
        }
    }
}

impl Decode for Node {
    fn decode(node: &Node, _: &mut Context<'_>) -> Option<Node> {
        Some(node.clone())
    }
}

impl<T: Decode> Decode for Spanned<T> {
    fn decode(node: &Node, cx: &mut Context<'_>) -> Option<Spanned<T>> {
        Some(Spanned::new(T::decode(node, cx)?, node.place()))
    }
}

impl<T: Decode> Decode for Vec<T> {
    fn decode(node: &Node, cx: &mut Context<'_>) -> Option<Vec<T>> {
        match node.as_seq() {
            Some(items) => Some(items.iter().filter_map(|it| T::decode(it, cx)).collect()),
            None => cx.expected(node, "a list"),
        }
    }
}

impl<T: Decode + Send> Decode for IndexMap<String, Spanned<T>> {
    fn decode(node: &Node, cx: &mut Context<'_>) -> Option<Self> {
        match node.as_map() {
            Some(map) => Some(entries(map.entries.iter(), cx)),
            None => cx.expected(node, "a map"),
        }
    }
}

/// The entries of a map that is gone through and never looked into, so that its keys need no index.
#[derive(Clone, Debug)]
pub struct Entries<T>(pub Vec<(Arc<str>, Spanned<T>)>);

impl<T> Default for Entries<T> {
    fn default() -> Self {
        Entries(Vec::new())
    }
}

impl<T: Decode> Decode for Entries<T> {
    fn decode(node: &Node, cx: &mut Context<'_>) -> Option<Self> {
        let Some(map) = node.as_map() else { return cx.expected(node, "a map") };
        let mut out = Vec::with_capacity(map.entries.len());
        for entry in &map.entries {
            let value = T::decode(&entry.value, cx);
            out.extend(value.map(|it| (Arc::clone(&entry.key), Spanned::new(it, entry.key_span))));
        }
        Some(Entries(out))
    }
}

/// Reads the entries of a map, those of a large one side by side.
pub fn entries<'n, T: Decode + Send>(
    written: impl ExactSizeIterator<Item = &'n Entry>,
    cx: &mut Context<'_>,
) -> IndexMap<String, Spanned<T>> {
    let one = |entry: &Entry, cx: &mut Context<'_>| {
        Some((entry.key.to_string(), Spanned::new(T::decode(&entry.value, cx)?, entry.key_span)))
    };
    let mut out = IndexMap::with_capacity(written.len());
    // Who wants to know what was asked for hears it of one entry after the other.
    if written.len() < MANY_ENTRIES || cx.asked.is_some() {
        out.extend(written.filter_map(|it| one(it, cx)));
        return out;
    }
    let parts = parallel::in_parts(written.collect(), |some| {
        let mut found = Diags::default();
        let mut cx = Context::new(&mut found);
        (some.into_iter().filter_map(|it| one(it, &mut cx)).collect::<Vec<_>>(), found)
    });
    for (entries, found) in parts {
        out.extend(entries);
        cx.diags.absorb(found);
    }
    out
}

/// One value, or a list of them.
#[derive(Clone, Debug)]
pub struct OneOrMany<T>(pub Vec<T>);

impl<T> Default for OneOrMany<T> {
    fn default() -> Self {
        OneOrMany(Vec::new())
    }
}

impl<T: Decode> Decode for OneOrMany<T> {
    fn decode(node: &Node, cx: &mut Context<'_>) -> Option<Self> {
        match node.as_seq() {
            Some(items) => Some(OneOrMany(items.iter().filter_map(|it| T::decode(it, cx)).collect())),
            None => Some(OneOrMany(vec![T::decode(node, cx)?])),
        }
    }
}

/// A set of texts: one, or a list of them. Over another service, a map says what goes away: `{name: null}`.
#[derive(Clone, Default, Debug)]
pub struct Set(pub Vec<Text>);

impl Decode for Set {
    fn decode(node: &Node, cx: &mut Context<'_>) -> Option<Self> {
        if let Some(map) = node.as_map() {
            // Merging has taken away what the nulls name; nothing else can stand in such a map.
            for entry in map.entries.iter().filter(|it| !it.value.is_null()) {
                cx.expected::<()>(&entry.value, "null, which takes it away; to add some, write a list");
            }
            return Some(Set::default());
        }
        OneOrMany::decode(node, cx).map(|it| Set(it.0))
    }
}
