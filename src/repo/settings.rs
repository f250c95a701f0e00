//! What a settings class makes of variables: which field a key fills, and which texts a field refuses.
//!
//! Held against the real libraries by tests/it/settings.rs.

use std::collections::HashMap;

use super::Repo;
use super::fact::{EnvEntry, EnvFile, Extra, Field, FieldType, Fixture, Flavor, JsonShape, SettingsClass, Text};
use super::hint::Hints;

/// What a key is to a class.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Key {
    /// It fills the field with this index.
    Field(usize),
    /// It fills a part of the field with this index, through the nested delimiter.
    Part(usize),
    /// Nothing.
    Unknown,
}

/// Finds fields by the keys that fill them, in constant time.
pub struct Keys<'a> {
    class: &'a SettingsClass,
    by_name: HashMap<String, usize>,
}

impl<'a> Keys<'a> {
    /// Makes an index of a class.
    pub fn new(class: &'a SettingsClass) -> Keys<'a> {
        let mut by_name = HashMap::new();
        for (at, field) in class.fields.iter().enumerate() {
            for name in &field.env_names {
                by_name.entry(class.fold(name)).or_insert(at);
            }
        }
        Keys { class, by_name }
    }

    /// Returns what a key is.
    pub fn find(&self, key: &str) -> Key {
        let folded = self.class.fold(key);
        if let Some(at) = self.by_name.get(&folded) {
            return Key::Field(*at);
        }
        let Some(delimiter) = &self.class.nested_delimiter else { return Key::Unknown };
        let delimiter = self.class.fold(&delimiter.value);
        for (split, _) in folded.match_indices(&delimiter) {
            if let Some(at) = self.by_name.get(&folded[..split])
                && self.class.fields[*at].takes_parts()
            {
                return Key::Part(*at);
            }
        }
        Key::Unknown
    }
}

impl SettingsClass {
    /// Returns a name in the form in which names are compared.
    pub fn fold(&self, name: &str) -> String {
        if self.is_case_sensitive { name.to_string() } else { name.to_lowercase() }
    }

    /// Returns whether a key of an env file that is no field makes the class fail.
    pub fn refuses_unknown_keys_of_files(&self) -> bool {
        self.flavor == Flavor::PydanticV2 && self.extra == Extra::Forbid && !self.has_unknown_sources
    }

    /// Returns the field that a keyword argument fills. pydantic-settings 2 does not mind its case.
    pub fn field_of_keyword(&self, keyword: &str) -> Option<&Field> {
        let folds = self.flavor == Flavor::PydanticV2 && !self.is_case_sensitive;
        let is_it = |it: &String| it == keyword || folds && it.eq_ignore_ascii_case(keyword);
        self.fields.iter().find(|it| it.keywords.iter().any(is_it))
    }

    /// Returns why a field refuses a text, as a clause; `None` if it takes it, or nothing can be said.
    pub fn fault(&self, field: &Field, value: &str) -> Option<String> {
        if value.is_empty() && self.ignores_empty || field.has_own_validation || self.has_unknown_sources {
            return None;
        }
        let trimmed = value.trim();
        match &field.type_ {
            FieldType::Integer if !is_integer(trimmed, self.flavor) => Some("is not a whole number".to_string()),
            FieldType::Float if !is_number(trimmed, self.flavor) => Some("is not a number".to_string()),
            FieldType::Boolean if !is_boolean(value) => {
                Some("is not true, false, 1, 0, yes, no, on or off".to_string())
            }
            FieldType::Json(shape) => json_fault(value, *shape, field.is_optional),
            FieldType::Model(_) => json_fault(value, JsonShape::Mapping, field.is_optional),
            FieldType::OneOf(values) if !values.iter().any(|it| it == value) => {
                Some(format!("is not one of {}", values.join(", ")))
            }
            FieldType::Url if !trimmed.contains(':') => Some("is not a URL".to_string()),
            _ => None,
        }
    }
}

/// Sets the delimiters that somebody says classes have, where the classes do not say so themselves.
pub fn nest(classes: &mut [SettingsClass], hints: &Hints) {
    for hint in &hints.settings {
        let Some(delimiter) = &hint.nested else { continue };
        let is_it = |it: &&mut SettingsClass| it.path == hint.path && it.name.value == hint.class;
        for class in classes.iter_mut().filter(is_it).filter(|it| it.nested_delimiter.is_none()) {
            class.nested_delimiter = Some(Text::new(delimiter.clone(), class.name.span));
        }
    }
}

impl Repo {
    /// Returns the class that a fixture makes.
    pub fn settings_of(&self, fixture: &Fixture) -> Option<&SettingsClass> {
        let is_it = |it: &&SettingsClass| it.path == fixture.declared_in && it.name.value == fixture.class.value;
        self.facts.settings.iter().find(is_it)
    }
}

impl Field {
    /// Returns whether parts of it can be set one by one where a nested delimiter is configured.
    pub fn takes_parts(&self) -> bool {
        matches!(self.type_, FieldType::Model(_) | FieldType::Json(_) | FieldType::Other)
    }
}

/// Python's `int()`: a sign, digits, single underscores between them; pydantic 2 also takes `1.0`.
fn is_integer(text: &str, flavor: Flavor) -> bool {
    let is_digit = |it: char| if flavor == Flavor::PydanticV1 { it.is_numeric() } else { it.is_ascii_digit() };
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let whole = match digits.split_once('.') {
        Some((whole, zeros)) if flavor == Flavor::PydanticV2 && zeros.bytes().all(|it| it == b'0') => whole,
        _ => digits,
    };
    !whole.is_empty() && whole.split('_').all(|it| !it.is_empty() && it.chars().all(is_digit))
}

fn is_number(text: &str, flavor: Flavor) -> bool {
    is_integer(text, flavor) || text.replace('_', "").parse::<f64>().is_ok()
}

fn is_boolean(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    matches!(lower.as_str(), "1" | "0" | "true" | "false" | "t" | "f" | "yes" | "no" | "y" | "n" | "on" | "off")
}

fn json_fault(value: &str, shape: JsonShape, is_optional: bool) -> Option<String> {
    let wanted = match shape {
        JsonShape::List => "a JSON list",
        JsonShape::Mapping => "a JSON object",
        JsonShape::Any => "JSON",
    };
    if value.trim().is_empty() {
        return Some(format!("is empty, but must be {wanted}"));
    }
    let read: Result<serde_json::Value, _> = serde_json::from_str(value);
    let is_right = match (&read, shape) {
        (Ok(serde_json::Value::Null), _) => is_optional,
        (Ok(it), JsonShape::List) => it.is_array(),
        (Ok(it), JsonShape::Mapping) => it.is_object(),
        (Ok(_), JsonShape::Any) => true,
        // Python reads a few numbers that JSON does not have.
        (Err(_), _) => shape == JsonShape::Any && matches!(value.trim(), "NaN" | "Infinity" | "-Infinity"),
    };
    (!is_right).then(|| format!("is not {wanted}"))
}

/// The lines of env files that are not commented out, by their names in lower case: places of the file and the line.
pub(super) type EntryPlaces = HashMap<String, Vec<(u32, u32)>>;

/// Finds them.
pub(super) fn entry_places(files: &[EnvFile]) -> EntryPlaces {
    let mut found = EntryPlaces::new();
    for (at, file) in (0..).zip(files) {
        for (line, entry) in (0..).zip(&file.entries).filter(|it| !it.1.is_commented) {
            found.entry(entry.name.value.to_lowercase()).or_default().push((at, line));
        }
    }
    found
}

/// Env files by the names in them, templates among them, for rules that ask for many names.
pub struct Entries<'a> {
    files: &'a [EnvFile],
    by_name: &'a EntryPlaces,
}

impl<'a> Entries<'a> {
    /// Of the files that the places were found in.
    pub(super) fn new(files: &'a [EnvFile], by_name: &'a EntryPlaces) -> Entries<'a> {
        Entries { files, by_name }
    }

    /// Returns the lines of a name in any case.
    fn lines(&self, name: &str) -> impl Iterator<Item = (&'a EnvFile, &'a EnvEntry)> + use<'a> {
        let files = self.files;
        self.by_name.get(&name.to_lowercase()).into_iter().flatten().map(move |(at, line)| {
            let file = &files[*at as usize];
            (file, &file.entries[*line as usize])
        })
    }

    /// Returns a line that sets exactly this name.
    pub fn named(&self, name: &str) -> Option<(&'a EnvFile, &'a EnvEntry)> {
        self.lines(name).find(|it| it.1.name.value == name)
    }

    /// Returns whether any line sets a name that begins with this, in lower case.
    pub fn any_with(&self, prefix: &str) -> bool {
        self.by_name.keys().any(|it| it.starts_with(prefix))
    }

    /// Returns the lines that fill a field.
    pub fn of(&self, class: &SettingsClass, field: &Field) -> Vec<(&'a EnvFile, &'a EnvEntry)> {
        let of_name = |name: &String| {
            let wanted = class.fold(name);
            self.lines(name).filter(move |it| class.fold(&it.1.name.value) == wanted)
        };
        field.env_names.iter().flat_map(of_name).collect()
    }
}
