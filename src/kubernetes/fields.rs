//! Which fields the objects of the API have: the table of `fields.txt`. A type is read when the first value of it is
//! judged: an object is made of few of them.
//!
//! A line `kind GROUP/VERSION KIND TYPE` names a type of object, a `type NAME` with the lines below it the fields of a
//! map: `name:string`, `containers!:[Container]` (required), `labels:{string}` (a map of strings),
//! `startupProbe:Probe@30-` (since 1.30), `x:int@-32` (until 1.32).

use std::sync::{LazyLock, OnceLock};

use super::Minor;
use super::limits::{self, Limit};

/// The table.
pub static FIELDS: LazyLock<Fields> = LazyLock::new(|| Fields::read(include_str!("fields.txt")));

/// What a type begins with.
const TYPE: &str = "\ntype ";

/// How many types there are, or a few more.
const N_TYPES: usize = 260;

/// Every kind and every type.
#[derive(Default, Debug)]
pub struct Fields {
    /// The oldest minor version that the table knows.
    pub oldest: Minor,
    /// The newest minor version that the table knows.
    pub newest: Minor,
    kinds: Vec<(&'static str, &'static str, Kind)>,
    /// Sorted by name.
    types: Vec<Lines>,
}

/// The lines of a type.
#[derive(Debug)]
struct Lines {
    name: &'static str,
    text: &'static str,
    read: OnceLock<Box<Type>>,
}

/// A kind of object.
#[derive(Clone, Copy, Debug)]
pub struct Kind {
    /// Its fields; `None` where only its name is known.
    pub of: Option<usize>,
    /// In which versions it is served.
    pub served: Served,
}

/// The minor versions that have something; an end that is `None` is open.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Served {
    /// The first one.
    pub since: Option<Minor>,
    /// The last one.
    pub until: Option<Minor>,
}

/// A map with a closed set of fields.
#[derive(Debug)]
pub struct Type {
    /// Its name.
    pub name: &'static str,
    /// Its fields, by name.
    pub fields: Vec<Field>,
    /// What holds between its fields.
    pub limits: &'static [Limit],
}

/// A field.
#[derive(Debug)]
pub struct Field {
    /// Its name.
    pub name: &'static str,
    /// What it holds.
    pub shape: Shape,
    /// Whether it must be there.
    pub required: bool,
    /// In which versions it is.
    pub served: Served,
    /// What else its value must be, beside its name.
    pub limits: &'static [(&'static str, Limit)],
}

/// What a value is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Shape {
    /// Anything.
    Any,
    /// Text.
    Text,
    /// A whole number.
    Int,
    /// A number.
    Number,
    /// `true` or `false`.
    Bool,
    /// An amount such as `500m`.
    Quantity,
    /// A whole number or text.
    IntOrText,
    /// A date and time.
    Time,
    /// Bytes in base 64.
    Base64,
    /// A list.
    List(Box<Shape>),
    /// A map with keys of the user's choice.
    Map(Box<Shape>),
    /// A type, by its place in the table.
    Type(usize),
}

impl Served {
    /// Returns whether a version has it; where no version is asked for, some version must.
    pub fn contains(self, version: Option<Minor>) -> bool {
        version
            .is_none_or(|it| self.since.is_none_or(|since| it >= since) && self.until.is_none_or(|until| it <= until))
    }

    /// Reads `30-`, `-32` or `27-30`.
    fn read(text: &str) -> Served {
        let (since, until) = text.split_once('-').unwrap_or((text, text));
        Served { since: since.parse().ok(), until: until.parse().ok() }
    }
}

impl Type {
    /// Returns a field by name.
    pub fn field(&self, name: &str) -> Option<&Field> {
        self.fields.binary_search_by(|it| it.name.cmp(name)).ok().map(|it| &self.fields[it])
    }
}

impl Fields {
    /// Returns a type by its place.
    pub fn of(&self, at: usize) -> &Type {
        let lines = &self.types[at];
        lines.read.get_or_init(|| {
            let limits = limits::of(lines.name);
            let words = lines.text.split_ascii_whitespace();
            let mut fields = Vec::with_capacity(memchr::memchr_iter(b':', lines.text.as_bytes()).count());
            fields.extend(words.filter_map(|it| self.field(it, limits)));
            Box::new(Type { name: lines.name, fields, limits: limits::between(lines.name) })
        })
    }

    /// Returns a kind of an API version.
    pub fn kind(&self, api_version: &str, kind: &str) -> Option<&Kind> {
        let mut kinds = self.kinds.iter();
        kinds.find(|(api, name, _)| *name == kind && *api == api_version).map(|(.., it)| it)
    }

    /// Returns every field there is, with the type that it is of.
    #[cfg(test)]
    pub fn all_fields(&self) -> std::collections::BTreeSet<(&'static str, &'static str)> {
        let types = (0..self.types.len()).map(|it| self.of(it));
        types.flat_map(|of| of.fields.iter().map(|it| (of.name, it.name))).collect()
    }

    fn read(text: &'static str) -> Fields {
        let mut fields = Fields::default();
        let mut starts = memchr::memmem::find_iter(text.as_bytes(), TYPE).peekable();
        let head = &text[..starts.peek().copied().unwrap_or(text.len())];
        fields.types = Vec::with_capacity(N_TYPES);
        while let Some(start) = starts.next() {
            let block = &text[start + TYPE.len()..starts.peek().copied().unwrap_or(text.len())];
            if let Some((name, text)) = block.split_once('\n') {
                fields.types.push(Lines { name, text, read: OnceLock::new() });
            }
        }
        for line in head.lines() {
            let mut words = line.split_ascii_whitespace();
            match (words.next(), words.next(), words.next(), words.next()) {
                (Some("versions"), Some(oldest), Some(newest), None) => {
                    let minor = |it: &str| it.strip_prefix("1.").and_then(|it| it.parse().ok()).unwrap_or_default();
                    (fields.oldest, fields.newest) = (minor(oldest), minor(newest));
                }
                (Some("kind"), Some(api), Some(kind), Some(of)) => {
                    let (of, served) = of.split_once('@').unwrap_or((of, "-"));
                    let kind_of = Kind { of: fields.place(of), served: Served::read(served) };
                    fields.kinds.push((api, kind, kind_of));
                }
                _ => {}
            }
        }
        fields
    }

    fn place(&self, name: &str) -> Option<usize> {
        self.types.binary_search_by(|it| it.name.cmp(name)).ok()
    }

    /// Reads `name!:shape@served`.
    fn field(&self, word: &'static str, limits: &'static [(&'static str, Limit)]) -> Option<Field> {
        let colon = word.bytes().position(|it| it == b':')?;
        let (name, rest) = (&word[..colon], &word[colon + 1..]);
        let at = rest.bytes().position(|it| it == b'@');
        let (shape, served) = at.map_or((rest, Served::default()), |it| (&rest[..it], Served::read(&rest[it + 1..])));
        let (name, required) = name.strip_suffix('!').map_or((name, false), |it| (it, true));
        Some(Field { name, shape: self.shape(shape), required, served, limits: limits::of_field(limits, name) })
    }

    fn shape(&self, text: &str) -> Shape {
        match text {
            _ if text.starts_with('[') => Shape::List(Box::new(self.shape(&text[1..text.len() - 1]))),
            _ if text.starts_with('{') => Shape::Map(Box::new(self.shape(&text[1..text.len() - 1]))),
            "string" => Shape::Text,
            "int" => Shape::Int,
            "number" => Shape::Number,
            "bool" => Shape::Bool,
            "quantity" => Shape::Quantity,
            "int-or-string" => Shape::IntOrText,
            "time" => Shape::Time,
            "base64" => Shape::Base64,
            _ => self.place(text).map_or(Shape::Any, Shape::Type),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::FIELDS;

    #[test]
    fn types_are_sorted_so_that_each_is_found() {
        assert!((200..=super::N_TYPES).contains(&FIELDS.types.len()));
        assert!(FIELDS.types.is_sorted_by_key(|it| it.name));
        assert!(FIELDS.kind("apps/v1", "Deployment").is_some_and(|it| it.of.is_some()));
    }
}
