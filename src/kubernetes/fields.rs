//! Which fields the objects of the API have: the table of `fields.txt`, read once.
//!
//! A line `kind GROUP/VERSION KIND TYPE` names a type of object, a `type NAME` with the lines below it the fields of a
//! map: `name:string`, `containers!:[Container]` (required), `labels:{string}` (a map of strings),
//! `startupProbe:Probe@30-` (since 1.30), `x:int@-32` (until 1.32).

use std::collections::BTreeMap;
use std::sync::LazyLock;

use super::Minor;
use super::limits::{self, Limit};

/// The table.
pub static FIELDS: LazyLock<Fields> = LazyLock::new(|| Fields::read(include_str!("fields.txt")));

/// Every kind and every type.
#[derive(Default, Debug)]
pub struct Fields {
    /// The oldest minor version that the table knows.
    pub oldest: Minor,
    /// The newest minor version that the table knows.
    pub newest: Minor,
    /// Kinds by API version and name.
    pub kinds: BTreeMap<(&'static str, &'static str), Kind>,
    types: Vec<Type>,
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
    /// What else its value must be.
    pub limits: Vec<&'static Limit>,
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
        &self.types[at]
    }

    /// Returns the kinds of an API version.
    pub fn kinds_of<'a>(&'a self, api_version: &'a str) -> impl Iterator<Item = &'static str> + 'a {
        self.kinds.keys().filter(move |(api, _)| *api == api_version).map(|(_, kind)| *kind)
    }

    /// Returns every field there is, with the type that it is of.
    #[cfg(test)]
    pub fn all_fields(&self) -> std::collections::BTreeSet<(&'static str, &'static str)> {
        self.types.iter().flat_map(|of| of.fields.iter().map(|it| (of.name, it.name))).collect()
    }

    fn read(text: &'static str) -> Fields {
        let names = text.lines().filter_map(|it| it.strip_prefix("type "));
        let places: BTreeMap<&str, usize> = names.enumerate().map(|(at, name)| (name, at)).collect();
        let mut fields = Fields::default();
        for line in text.lines() {
            let words: Vec<&'static str> = line.split_ascii_whitespace().collect();
            match (line.starts_with(' '), words.as_slice()) {
                (true, words) => {
                    if let Some(of) = fields.types.last_mut() {
                        of.fields.extend(words.iter().filter_map(|it| field(it, of.name, &places)));
                    }
                }
                (false, ["versions", oldest, newest]) => {
                    let minor = |it: &str| it.strip_prefix("1.").and_then(|it| it.parse().ok()).unwrap_or_default();
                    (fields.oldest, fields.newest) = (minor(oldest), minor(newest));
                }
                (false, ["kind", api, kind, of]) => {
                    let (of, served) = of.split_once('@').unwrap_or((of, "-"));
                    let kind_of = Kind { of: places.get(of).copied(), served: Served::read(served) };
                    fields.kinds.insert((api, kind), kind_of);
                }
                (false, ["type", name]) => {
                    fields.types.push(Type { name, fields: Vec::new(), limits: limits::between(name) });
                }
                _ => {}
            }
        }
        fields
    }
}

/// Reads `name!:shape@served`.
fn field(word: &'static str, of: &'static str, places: &BTreeMap<&str, usize>) -> Option<Field> {
    let (name, rest) = word.split_once(':')?;
    let (shape, served) = rest.split_once('@').unwrap_or((rest, "-"));
    let required = name.ends_with('!');
    let name = name.trim_end_matches('!');
    let shape = self::shape(shape, places);
    Some(Field { name, shape, required, served: Served::read(served), limits: limits::of(of, name) })
}

fn shape(text: &str, places: &BTreeMap<&str, usize>) -> Shape {
    let inner = |open: char, close: char| text.strip_prefix(open).and_then(|it| it.strip_suffix(close));
    if let Some(item) = inner('[', ']') {
        return Shape::List(Box::new(shape(item, places)));
    }
    if let Some(value) = inner('{', '}') {
        return Shape::Map(Box::new(shape(value, places)));
    }
    match text {
        "string" => Shape::Text,
        "int" => Shape::Int,
        "number" => Shape::Number,
        "bool" => Shape::Bool,
        "quantity" => Shape::Quantity,
        "int-or-string" => Shape::IntOrText,
        "time" => Shape::Time,
        "base64" => Shape::Base64,
        _ => places.get(text).map_or(Shape::Any, |at| Shape::Type(*at)),
    }
}
