//! YAML text to trees: anchors, aliases, merge keys, tags, duplicate keys, every place exact.
//!
//! The parser is granit (events with spans); this file builds trees from its events. Most files never get there: what
//! [`quick`] is certain of, it reads. An alias shares the tree of
//! its anchor, so an alias bomb costs nothing to read; how large the tree would be if written out is counted, and
//! past [`MAX_EXPANSION`] the alias is refused, so that nobody who walks the tree later has to be careful.

mod quick;

use std::collections::HashMap;
use std::sync::Arc;

use granit_parser::{Event, Parser, ScalarStyle};

use super::node::{Entry, Map, Node, Style, Value};
use super::{BAD_ALIAS, DUPLICATE_KEY, SYNTAX_ERROR};
use crate::diag::{Diagnostic, Diags, Level};
use crate::source::{FileId, Span};

/// How many nodes aliases may add to a document.
pub const MAX_EXPANSION: u64 = 200_000;

/// Reads all documents of a text. After a syntax error, the documents before it are returned.
pub fn parse(text: &str, file: FileId, diags: &mut Diags) -> Vec<Node> {
    let mut found = Diags::default();
    let mut builder = Builder::new(text, file, &mut found);
    if quick::read(text, &mut builder).is_some() {
        let documents = builder.documents;
        diags.absorb(found);
        return documents;
    }
    parse_in_full(text, file, diags)
}

fn parse_in_full(text: &str, file: FileId, diags: &mut Diags) -> Vec<Node> {
    let options = granit_parser::options! {
        emit_comments: false,
        emit_unresolved_aliases: true,
        simple_key_max_lookahead: 4096,
    };
    let mut builder = Builder::new(text, file, diags);
    for event in Parser::new_from_str_with_options(text, options) {
        match event {
            Ok((event, span)) => builder.event(event, span),
            Err(error) => {
                builder.syntax_error(&error);
                break;
            }
        }
    }
    builder.documents
}

/// A list or map that is still open.
struct Frame {
    start: Span,
    anchor: usize,
    tag: Option<Arc<str>>,
    weight: u64,
    kind: FrameKind,
}

/// What is in it stands at the end of [`Builder::items`] or [`Builder::entries`], beginning with `from`.
enum FrameKind {
    Seq { from: usize },
    Map { from: usize, key: Option<(Node, Arc<str>)>, seen: HashMap<Arc<str>, usize>, merges: Vec<(Span, Node)> },
}

/// What is said of an alias of nothing, up to its name.
const NO_ANCHOR: &str = "no anchor `&";

/// Returns the name of an alias that was said to stand for nothing.
pub fn alias_of_nothing(said: &Diagnostic) -> Option<&str> {
    let name = said.message.strip_prefix(NO_ANCHOR).filter(|_| said.code == BAD_ALIAS)?;
    name.split('`').next()
}

struct Builder<'a> {
    file: FileId,
    text: &'a str,
    stack: Vec<Frame>,
    /// The items of all open lists, one list after the other: so a list is made when its length is known.
    items: Vec<Node>,
    /// The same for maps.
    entries: Vec<Entry>,
    anchors: HashMap<usize, (Node, u64)>,
    documents: Vec<Node>,
    words: Words,
    expanded: u64,
    diags: &'a mut Diags,
}

/// Short words that were read before: a large file says the same ones thousands of times, and the tree holds each once.
/// One is forgotten when another takes its place.
struct Words(Vec<Option<Arc<str>>>);

impl Words {
    /// How many are remembered.
    const N: usize = 256;
    /// How long one may be, in bytes.
    const SHORT: usize = 24;

    fn word(&mut self, text: &str) -> Arc<str> {
        if text.len() > Words::SHORT {
            return text.into();
        }
        self.0.resize(Words::N, None);
        let hash = text.bytes().fold(text.len(), |hash, it| hash.wrapping_mul(31).wrapping_add(usize::from(it)));
        let known = &mut self.0[(hash ^ hash >> 8) % Words::N];
        match known {
            Some(known) if **known == *text => Arc::clone(known),
            _ => Arc::clone(known.insert(text.into())),
        }
    }
}

impl<'a> Builder<'a> {
    fn new(text: &'a str, file: FileId, diags: &'a mut Diags) -> Builder<'a> {
        let (stack, items, entries, documents) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        Builder {
            file,
            text,
            stack,
            items,
            entries,
            anchors: HashMap::new(),
            documents,
            words: Words(Vec::new()),
            expanded: 0,
            diags,
        }
    }

    fn span(&self, span: granit_parser::Span) -> Span {
        let range = span.byte_range().unwrap_or(0..0);
        Span::new(self.file, range.start, range.end)
    }

    fn event(&mut self, event: Event<'_>, at: granit_parser::Span) {
        let span = self.span(at);
        match event {
            Event::DocumentStart(..) => {
                self.anchors.clear();
                self.expanded = 0;
            }
            Event::Scalar(text, style, anchor, tag) => {
                let style = match style {
                    ScalarStyle::Plain => Style::Plain,
                    ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted => Style::Quoted,
                    ScalarStyle::Literal | ScalarStyle::Folded => Style::Block,
                };
                let span = self.trimmed(span, style);
                self.scalar(&text, style, span, anchor, tag.map(|it| Arc::from(it.original())));
            }
            Event::SequenceStart(_, anchor, tag) => {
                self.open_seq(span, anchor, tag.map(|it| Arc::from(it.original())));
            }
            Event::MappingStart(_, anchor, tag) => {
                self.open_map(span, anchor, tag.map(|it| Arc::from(it.original())));
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(span),
            Event::Alias(id) => self.alias(id, span),
            Event::UnresolvedAlias(name) => {
                let message = format!("{NO_ANCHOR}{name}` stands before this alias");
                self.diags.push(Diagnostic::new(BAD_ALIAS, Level::Error, span, message));
                self.add(Node::scalar("", Style::Plain, span), 1);
            }
            _ => {}
        }
    }

    fn scalar(&mut self, text: &str, style: Style, span: Span, anchor: usize, tag: Option<Arc<str>>) {
        let node = Node::scalar(self.words.word(text), style, span).tagged(tag);
        self.remember(anchor, &node, 1);
        self.add(node, 1);
    }

    fn open_seq(&mut self, start: Span, anchor: usize, tag: Option<Arc<str>>) {
        let kind = FrameKind::Seq { from: self.items.len() };
        self.stack.push(Frame { start, anchor, tag, weight: 1, kind });
    }

    fn open_map(&mut self, start: Span, anchor: usize, tag: Option<Arc<str>>) {
        let kind = FrameKind::Map { from: self.entries.len(), key: None, seen: HashMap::new(), merges: Vec::new() };
        self.stack.push(Frame { start, anchor, tag, weight: 1, kind });
    }

    /// A block scalar's span ends on a later line; carets should not include the line break.
    fn trimmed(&self, span: Span, style: Style) -> Span {
        let end = span.end as usize;
        let text = self.text.get(span.start as usize..end).unwrap_or("");
        let kept = if style == Style::Quoted { text.len() } else { text.trim_end().len() };
        Span::new(self.file, span.start as usize, span.start as usize + kept)
    }

    fn remember(&mut self, anchor: usize, node: &Node, weight: u64) {
        if anchor != 0 {
            self.anchors.insert(anchor, (node.clone(), weight));
        }
    }

    fn alias(&mut self, id: usize, span: Span) {
        let Some((node, weight)) = self.anchors.get(&id).cloned() else {
            let message = "this alias refers to the value that it is part of";
            self.diags.push(Diagnostic::new(BAD_ALIAS, Level::Error, span, message));
            return self.add(Node::scalar("", Style::Plain, span), 1);
        };
        self.expanded = self.expanded.saturating_add(weight);
        if self.expanded > MAX_EXPANSION {
            let message = format!("aliases up to here stand for more than {MAX_EXPANSION} values");
            let error = Diagnostic::new(BAD_ALIAS, Level::Error, span, message)
                .help("write the values out, or use fewer aliases of aliases");
            if self.expanded - weight <= MAX_EXPANSION {
                self.diags.push(error);
            }
            return self.add(Node::scalar("", Style::Plain, span), 1);
        }
        self.add(node.through_alias(span), weight);
    }

    fn close(&mut self, end: Span) {
        let Some(frame) = self.stack.pop() else { return };
        let Frame { start, anchor, tag, weight, kind } = frame;
        // A flow collection ends with its bracket; a block collection's end event stands at the next token.
        let flow = end.end > end.start && matches!(self.text.as_bytes().get(end.start as usize), Some(b']' | b'}'));
        let (node, last) = match kind {
            FrameKind::Seq { from } => {
                let items: Vec<Node> = self.items.drain(from..).collect();
                let last = items.last().map(Node::place);
                (Node::seq(items, start), last)
            }
            FrameKind::Map { from, merges, .. } => {
                let mut map = Map { entries: self.entries.drain(from..).collect() };
                let last = map.entries.last().map(|it| it.value.place().to(it.key_span));
                merge(&mut map, &merges);
                (Node::map(map, start), last)
            }
        };
        let span = if flow { start.to(end) } else { last.map_or(start, |it| start.to(it)) };
        let node = Node { span, ..node }.tagged(tag);
        self.remember(anchor, &node, weight);
        self.add(node, weight);
    }

    /// Adds a finished node to what is open.
    fn add(&mut self, node: Node, weight: u64) {
        let Some(frame) = self.stack.last_mut() else {
            self.documents.push(node);
            return;
        };
        frame.weight = frame.weight.saturating_add(weight);
        match &mut frame.kind {
            FrameKind::Seq { .. } => self.items.push(node),
            FrameKind::Map { from, key, seen, merges } => match key.take() {
                None => {
                    let text = match &node.value {
                        Value::Scalar(it) => Arc::clone(&it.text),
                        _ => {
                            let message = format!("{} cannot be a key", node.shape());
                            self.diags.push(Diagnostic::new(SYNTAX_ERROR, Level::Error, node.place(), message));
                            Arc::from("")
                        }
                    };
                    *key = Some((node, text));
                }
                Some((key, text)) => {
                    let plain = matches!(&key.value, Value::Scalar(it) if it.style == Style::Plain);
                    if plain && &*text == "<<" {
                        merges.push((key.place(), node));
                        return;
                    }
                    let key_span = key.place();
                    let entries = &self.entries[*from..];
                    if let Some(first) = written_before(entries, seen, &text) {
                        let first = entries[first].key_span;
                        let message = format!("`{text}` is written twice in this map");
                        self.diags.push(
                            Diagnostic::new(DUPLICATE_KEY, Level::Error, key_span, message)
                                .label("here again")
                                .also(first, "first here")
                                .help("keep one of them"),
                        );
                        return;
                    }
                    self.entries.push(Entry { key: text, key_span, value: node });
                }
            },
        }
    }

    fn syntax_error(&mut self, error: &granit_parser::ScanError) {
        let at = error.marker().byte_offset().unwrap_or(0).min(self.text.len());
        let end = self.text[at..].chars().next().map_or(at, |it| if it == '\n' { at } else { at + it.len_utf8() });
        let message = format!("not YAML: {}", error.info());
        self.diags.push(Diagnostic::new(SYNTAX_ERROR, Level::Error, Span::new(self.file, at, end), message));
    }
}

/// How many keys are looked through one by one before an index of them pays.
const FEW_KEYS: usize = 16;

/// Returns the entry that has this key already. The index is made when a map has grown large, and kept up.
fn written_before(entries: &[Entry], seen: &mut HashMap<Arc<str>, usize>, key: &Arc<str>) -> Option<usize> {
    if entries.len() < FEW_KEYS {
        return entries.iter().position(|it| it.key == *key);
    }
    for (at, entry) in entries.iter().enumerate().skip(seen.len()) {
        seen.insert(Arc::clone(&entry.key), at);
    }
    seen.get(key).copied()
}

/// Applies `<<`: a key written in the map wins over a merged one, an earlier merged map over a later one
/// (<https://yaml.org/type/merge.html>).
fn merge(map: &mut Map, merges: &[(Span, Node)]) {
    for (at, node) in merges {
        let sources: &[Node] = node.as_seq().unwrap_or(std::slice::from_ref(node));
        for source in sources.iter().filter_map(Node::as_map) {
            for entry in &source.entries {
                if map.entry(&entry.key).is_none() {
                    let value = entry.value.clone().through_merge(*at);
                    map.entries.push(Entry { value, ..entry.clone() });
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Sources;

    fn read(text: &str) -> (Sources, Vec<Node>, Diags) {
        let mut sources = Sources::default();
        let file = sources.add("t.yaml", text);
        let mut diags = Diags::default();
        let documents = parse(text, file, &mut diags);
        (sources, documents, diags)
    }

    #[test]
    fn every_value_knows_its_place_after_multi_byte_text() {
        let (sources, documents, _) = read("é: ünï\nlist: [a, {b: c}]\nblock: |\n  x\n  y\nend: 1\n");
        let document = &documents[0];
        for (key, text) in [("é", "ünï"), ("list", "[a, {b: c}]"), ("block", "x\n  y"), ("end", "1")] {
            assert_eq!(sources.slice(document.get(key).unwrap().span), text, "{key}");
        }
    }

    #[test]
    fn block_collections_end_with_their_last_value() {
        let (sources, documents, _) = read("a:\n  b: 1\n  c:\n    - x\n\n# note\nd: 2\n");
        assert_eq!(sources.slice(documents[0].get("a").unwrap().span), "b: 1\n  c:\n    - x");
    }

    #[test]
    fn merge_keys_and_aliases_share_the_anchor_and_know_both_places() {
        let (sources, documents, diags) = read("x: &x {a: 1, b: 2}\ny:\n  <<: *x\n  b: 3\nz: *x\n");
        assert_eq!(diags.n_errors(), 0);
        let y = documents[0].get("y").unwrap().as_map().unwrap();
        assert_eq!(y.keys().collect::<Vec<_>>(), ["b", "a"]);
        assert_eq!(y.get("b").unwrap().as_text(), Some("3"));
        assert!(y.get("a").unwrap().merged().is_some());
        assert_eq!(sources.slice(documents[0].get("z").unwrap().place()), "*x");
    }

    #[test]
    fn a_key_written_twice_is_reported_with_both_places() {
        let (sources, _, diags) = read("a: 1\nb: 2\na: 3\n");
        let found = &diags.list()[0];
        assert_eq!(found.code, DUPLICATE_KEY);
        assert_eq!(sources.start(found.span().unwrap()).line, 3);
        assert_eq!(sources.start(found.related[0].span).line, 1);
    }

    #[test]
    fn alias_bomb_is_refused_in_no_time() {
        let mut text = "a0: &a0 [x,x,x,x,x,x,x,x,x]\n".to_string();
        for n in 1..30 {
            let before = format!("*a{}", n - 1);
            text += &format!("a{n}: &a{n} [{}]\n", vec![before; 9].join(","));
        }
        let (_, _, diags) = read(&text);
        assert!(diags.list().iter().any(|it| it.code == BAD_ALIAS));
    }

    #[test]
    fn alias_to_what_it_is_part_of_or_to_nothing_is_an_error() {
        assert_eq!(read("a: &a [*a]\n").2.n_errors(), 1);
        assert_eq!(read("a: *b\n").2.n_errors(), 1);
    }

    #[test]
    fn documents_before_a_syntax_error_are_kept() {
        let (_, documents, diags) = read("a: 1\n---\nb: [\n");
        assert_eq!((documents.len(), diags.n_errors()), (1, 1));
    }

    #[test]
    fn five_thousand_comment_lines_are_no_obstacle() {
        let text = format!("a:\n{}  b: 1\n", "  # note\n".repeat(5000));
        assert_eq!(read(&text).2.n_errors(), 0);
    }

    #[test]
    fn nesting_beyond_the_limit_is_an_error_not_a_crash() {
        assert!(read(&"[".repeat(100_000)).2.n_errors() > 0);
        assert!(read(&(0..3000).map(|n| format!("{}a:\n", " ".repeat(n))).collect::<String>()).2.n_errors() > 0);
    }

    #[test]
    fn tags_are_kept() {
        let (_, documents, _) = read("ports: !reset []\nx: !override [1]\n");
        assert_eq!(documents[0].get("ports").unwrap().tag(), Some("!reset"));
        assert_eq!(documents[0].get("x").unwrap().tag(), Some("!override"));
    }
}
