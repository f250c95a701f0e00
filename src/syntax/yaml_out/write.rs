//! The layout of a YAML document: indentation, comments, and which line came from where.

use super::{Entry, Item, Map, Origins, Seq, Yaml, scalar};
use crate::origin::Origin;

/// A list in brackets that would end beyond this column is written as `- ` items.
const WIDTH: usize = 100;

/// A key longer than this is written with `? `: YAML looks at most 1024 characters ahead for the `:`.
const LONGEST_KEY: usize = 1000;

/// What stands between two documents of a stream.
const SEPARATOR: &str = "---";

/// A written text, and which of its lines came from where.
#[derive(Clone, Default, Debug)]
pub struct Rendered {
    /// The text, which ends with a line break.
    pub text: String,
    /// Origins and their lines; an outer entry stands before the entries in it.
    pub origins: Vec<LineOrigin>,
}

/// An origin and the lines that have it.
#[derive(Clone, PartialEq, Debug)]
pub struct LineOrigin {
    /// First line, from 1.
    pub first: u32,
    /// Last line.
    pub last: u32,
    /// How these lines came to be.
    pub origin: Origin,
}

impl Rendered {
    /// Returns how a line (from 1) came to be: the origins of the innermost entry around it that has any.
    pub fn origins_at(&self, line: u32) -> impl Iterator<Item = &Origin> {
        let innermost = self.origins.iter().rfind(|it| it.first <= line && line <= it.last);
        let lines = innermost.map(|it| (it.first, it.last));
        self.origins.iter().filter(move |it| Some((it.first, it.last)) == lines).map(|it| &it.origin)
    }
}

/// Writes a document that is a map, with `header` as comment lines at its top.
pub fn render_map(map: &Map, header: &[String]) -> Rendered {
    let mut out = Writer::begin(header);
    out.parts(&[map]);
    Rendered { text: out.text, origins: out.origins }
}

/// Writes a document, with `header` as comment lines at its top.
pub fn render(yaml: &Yaml, header: &[String]) -> Rendered {
    let mut out = Writer::begin(header);
    match yaml {
        Yaml::Map(map) if !map.is_empty() => out.map(map, 0),
        Yaml::Seq(seq) if !seq.is_empty() => out.items(&seq.items, 0),
        Yaml::Flow(items) if !out.fits(items) => out.items(&as_items(items), 0),
        other => out.one(other, 0),
    }
    Rendered { text: out.text, origins: out.origins }
}

/// A stream of documents, written one after the other.
pub struct Documents {
    out: Writer,
}

impl Default for Documents {
    fn default() -> Documents {
        Documents { out: Writer::begin(&[]) }
    }
}

impl Documents {
    /// Adds a document that is one map, given in parts, with `header` as comment lines at its top.
    pub fn add(&mut self, parts: &[&Map], header: &[String], origin: &Origin) {
        self.separate();
        self.out.traced(std::slice::from_ref(origin), |out| {
            out.header(header);
            out.parts(parts);
        });
    }

    /// Puts together what was written side by side. The whole is made in its size, and each part is gone when it is in.
    pub fn joined(parts: Vec<Documents>) -> Documents {
        let length: usize = parts.iter().map(|it| it.out.text.len() + SEPARATOR.len() + 1).sum();
        let n_origins: usize = parts.iter().map(|it| it.out.origins.len()).sum();
        let mut parts = parts.into_iter();
        let mut all = parts.next().unwrap_or_default();
        all.out.text.reserve_exact(length - all.out.text.len());
        all.out.origins.reserve_exact(n_origins - all.out.origins.len());
        parts.for_each(|it| all.append(it));
        all
    }

    fn append(&mut self, other: Documents) {
        self.separate();
        let before = self.out.line - 1;
        let shifted = |it: LineOrigin| LineOrigin { first: it.first + before, last: it.last + before, ..it };
        self.out.origins.extend(other.out.origins.into_iter().map(shifted));
        self.out.text.push_str(&other.out.text);
        self.out.line += other.out.line - 1;
    }

    fn separate(&mut self) {
        if !self.out.text.is_empty() {
            self.out.text.push_str(SEPARATOR);
            self.out.line_break();
        }
    }

    /// Returns the text.
    pub fn finish(self) -> Rendered {
        Rendered { text: self.out.text, origins: self.out.origins }
    }
}

/// The text so far and what is known about its lines.
struct Writer {
    text: String,
    line: u32,
    origins: Vec<LineOrigin>,
}

impl Writer {
    fn begin(header: &[String]) -> Writer {
        let mut out = Writer { text: String::with_capacity(4096), line: 1, origins: Vec::new() };
        out.header(header);
        out
    }

    fn header(&mut self, header: &[String]) {
        self.comment(header.iter().map(String::as_str), 0);
        if !header.is_empty() {
            self.line_break();
        }
    }

    fn parts(&mut self, parts: &[&Map]) {
        if parts.iter().all(|it| it.is_empty()) {
            self.one(&Yaml::Map(Map::new()), 0);
        } else {
            parts.iter().for_each(|it| self.map(it, 0));
        }
    }

    fn line_break(&mut self) {
        self.text.push('\n');
        self.line += 1;
    }

    fn indent(&mut self, indent: usize) {
        const SPACES: &str = "                                ";
        match SPACES.get(..indent) {
            Some(spaces) => self.text.push_str(spaces),
            None => self.text.extend(std::iter::repeat_n(' ', indent)),
        }
    }

    /// Writes whole comment lines. No text can end its line early and so become part of the document.
    fn comment<'l>(&mut self, lines: impl IntoIterator<Item = &'l str>, indent: usize) {
        for line in lines.into_iter().flat_map(|it| it.split(scalar::is_break)) {
            self.indent(indent);
            self.text.push_str("# ");
            self.text.extend(line.chars().map(|it| if scalar::is_visible(it) { it } else { ' ' }));
            self.text.truncate(self.text.trim_end_matches(' ').len());
            self.line_break();
        }
    }

    /// Runs `write` and notes that the lines which it wrote have these origins.
    fn traced(&mut self, origins: &[Origin], write: impl FnOnce(&mut Writer)) {
        let (from, first) = (self.origins.len(), self.line);
        self.origins.extend(origins.iter().map(|it| LineOrigin { first, last: first, origin: it.clone() }));
        write(self);
        // Every value ends with a line break, so the writer stands on the line after.
        let last = self.line - 1;
        for it in &mut self.origins[from..from + origins.len()] {
            it.last = last;
        }
    }

    fn map(&mut self, map: &Map, indent: usize) {
        for (nth, entry) in map.entries.iter().enumerate() {
            self.gap(map, nth);
            self.comment(entry.comment.as_deref().map(String::as_str), indent);
            self.indent(indent);
            self.entry(entry, indent);
        }
    }

    fn gap(&mut self, map: &Map, nth: usize) {
        if map.spaced && nth > 0 {
            self.line_break();
        }
    }

    /// Writes key and value; the writer stands behind the indentation.
    fn entry(&mut self, entry: &Entry, indent: usize) {
        self.traced(&entry.origins, |out| {
            let start = out.text.len();
            scalar::write_on_one_line(&mut out.text, &entry.key);
            if out.text.len() - start > LONGEST_KEY {
                out.text.insert_str(start, "? ");
                out.line_break();
                out.indent(indent);
            }
            out.text.push(':');
            match &entry.value {
                Yaml::Null => out.line_break(),
                value => out.value(value, indent),
            }
        });
    }

    /// Writes what follows a `key:` (or a tag there): on the same line if it fits there, else below.
    fn value(&mut self, value: &Yaml, indent: usize) {
        match value {
            Yaml::Map(map) if !map.is_empty() => {
                self.line_break();
                self.map(map, indent + 2);
            }
            Yaml::Seq(seq) if !seq.is_empty() => {
                self.line_break();
                self.items(&seq.items, indent + 2);
            }
            Yaml::Flow(items) if !self.fits(items) => {
                self.line_break();
                self.items(&as_items(items), indent + 2);
            }
            Yaml::Tagged(tag, value) => {
                self.text.push(' ');
                self.text.push_str(tag);
                self.value(value, indent);
            }
            other => {
                self.text.push(' ');
                self.one(other, indent);
            }
        }
    }

    fn items(&mut self, items: &[Item], indent: usize) {
        for item in items {
            self.comment(item.comment.as_deref().map(String::as_str), indent);
            self.comment(comment_of_first(&item.value), indent);
            self.indent(indent);
            self.item(item, indent);
        }
    }

    /// Writes `- ` and a value; the writer stands behind the indentation. The first entry of a map, or item of a
    /// list, follows the dash on its line, so its comment was written above the dash.
    fn item(&mut self, item: &Item, indent: usize) {
        self.traced(&item.origins, |out| {
            out.text.push('-');
            match &item.value {
                Yaml::Map(map) if !map.is_empty() => {
                    out.text.push(' ');
                    out.entry(&map.entries[0], indent + 2);
                    for (nth, entry) in map.entries.iter().enumerate().skip(1) {
                        out.gap(map, nth);
                        out.comment(entry.comment.as_deref().map(String::as_str), indent + 2);
                        out.indent(indent + 2);
                        out.entry(entry, indent + 2);
                    }
                }
                Yaml::Seq(Seq { items, .. }) if !items.is_empty() => {
                    out.text.push(' ');
                    out.item(&items[0], indent + 2);
                    out.items(&items[1..], indent + 2);
                }
                other => out.value(other, indent),
            }
        });
    }

    /// Writes a value that needs no lines of its own, except for the lines of a text, and ends the line.
    fn one(&mut self, value: &Yaml, indent: usize) {
        match value {
            Yaml::Null => self.text.push_str("null"),
            Yaml::Bool(it) => self.text.push_str(if *it { "true" } else { "false" }),
            Yaml::Int(it) => self.text.push_str(&it.to_string()),
            Yaml::Float(it) => scalar::write_float(&mut self.text, *it),
            Yaml::Str(it) if scalar::fits_block(it) => return self.block(it, indent + 2),
            Yaml::Str(it) => scalar::write_on_one_line(&mut self.text, it),
            Yaml::Seq(_) => self.text.push_str("[]"),
            Yaml::Map(_) => self.text.push_str("{}"),
            Yaml::Flow(items) => self.flow(items),
            Yaml::Tagged(tag, value) => {
                self.text.push_str(tag);
                return self.value(value, indent);
            }
        }
        self.line_break();
    }

    fn flow(&mut self, items: &[Yaml]) {
        self.text.push('[');
        for (nth, item) in items.iter().enumerate() {
            if nth > 0 {
                self.text.push_str(", ");
            }
            match item {
                Yaml::Null => self.text.push_str("null"),
                Yaml::Bool(it) => self.text.push_str(if *it { "true" } else { "false" }),
                Yaml::Int(it) => self.text.push_str(&it.to_string()),
                Yaml::Float(it) => scalar::write_float(&mut self.text, *it),
                Yaml::Str(it) => scalar::write_quoted(&mut self.text, it),
                // `fits` let no other value through.
                _ => {}
            }
        }
        self.text.push(']');
    }

    /// Returns whether a list in brackets can be written here: nothing nested, no lines, not too long.
    fn fits(&self, items: &[Yaml]) -> bool {
        let line = self.text.rfind('\n').map_or(0, |at| at + 1);
        let mut width = self.text.len() - line + 4;
        items.iter().all(|it| {
            width += match it {
                Yaml::Str(it) if !it.contains('\n') => it.len() + 4,
                Yaml::Null | Yaml::Bool(_) | Yaml::Int(_) | Yaml::Float(_) => 8,
                _ => WIDTH,
            };
            width <= WIDTH
        })
    }

    fn block(&mut self, text: &str, indent: usize) {
        self.text.push_str(if text.ends_with('\n') { "|" } else { "|-" });
        self.line_break();
        for line in text.lines() {
            if !line.is_empty() {
                self.indent(indent);
                self.text.push_str(line);
            }
            self.line_break();
        }
    }
}

fn as_items(items: &[Yaml]) -> Vec<Item> {
    let item = |it: &Yaml| Item { value: it.clone(), comment: None, origins: Origins::new() };
    items.iter().map(item).collect()
}

/// Returns the comment of what will stand on the same line as the dash.
fn comment_of_first(value: &Yaml) -> Option<&str> {
    match value {
        Yaml::Map(map) => map.entries.first()?.comment.as_deref().map(String::as_str),
        Yaml::Seq(seq) => seq.items.first()?.comment.as_deref().map(String::as_str),
        _ => None,
    }
}
