//! What can be seen of a Python text without parsing it: attributes that are read, routes that are served.
//!
//! Most files of a repository need nothing more, and parsing them all would take longer than everything else.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

use crate::repo::fact::Text;
use crate::repo::fnv::{Fnv, hash, word};
use crate::repo::telling::{Telling, Words};
use crate::source::{FileId, Span, Spanned};

/// A set of names, kept as hashes: whether a name is in it is all that is ever asked.
#[derive(Clone, Default, Debug, Serialize, Deserialize)]
pub struct Names {
    set: HashSet<u64, Fnv>,
}

impl Names {
    /// Adds a name.
    pub fn insert(&mut self, name: &[u8]) {
        self.set.insert(hash(name));
    }

    /// Returns whether a name is there.
    pub fn has(&self, name: &str) -> bool {
        self.set.contains(&hash(name.as_bytes()))
    }

    /// Adds all names of another set.
    pub fn append(&mut self, other: Names) {
        if self.set.is_empty() {
            self.set = other.set;
        } else {
            self.set.extend(other.set);
        }
    }
}

/// Which bytes stand in names.
static NAME: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0;
    while byte < 256 {
        table[byte] = (byte as u8).is_ascii_alphanumeric() || byte as u8 == b'_' || byte >= 0x80;
        byte += 1;
    }
    table
};

fn is_word(byte: u8) -> bool {
    NAME[usize::from(byte)]
}

/// Adds every `.name` of a text, with `getattr` in it every quoted name, and where settings are declared every
/// `["name"]` and `.get("name")`, which validators read each other's values with.
pub fn attributes(text: &str, names: &mut Names) {
    let bytes = text.as_bytes();
    for at in memchr::memchr_iter(b'.', bytes) {
        let (length, hash) = word(&bytes[at + 1..], is_word);
        if length > 0 && !bytes[at + 1].is_ascii_digit() {
            names.set.insert(hash);
        }
    }
    let has = |word: &[u8]| memchr::memmem::find(bytes, word).is_some();
    let by_name = has(b"attr") && (has(b"getattr") || has(b"attrgetter"));
    if by_name || has(b"BaseSettings") {
        for quote in [b'"', b'\''] {
            for at in memchr::memchr_iter(quote, bytes) {
                let end = at + 1 + bytes[at + 1..].iter().take_while(|it| is_word(**it)).count();
                let before = &bytes[..at];
                let is_key = by_name || before.ends_with(b"[") || before.ends_with(b".get(");
                if is_key && end > at + 1 && bytes.get(end) == Some(&quote) {
                    names.insert(&bytes[at + 1..end]);
                }
            }
        }
    }
}

/// Returns whether a text reads all fields of a settings object at once, or one whose name is computed.
pub fn reads_settings_dynamically(text: &str) -> bool {
    let after = |word: &str, test: &dyn Fn(&str, &str) -> bool| {
        memchr::memmem::find_iter(text.as_bytes(), word.as_bytes())
            .any(|at| test(&text[..at], &text[at + word.len()..]))
    };
    let is_of_settings = |before: &str, _: &str| is_settings_like(receiver(before));
    let is_given_settings = |_: &str, after: &str| {
        let argument = after.split([')', '\n']).next().unwrap_or("");
        is_settings_like(argument.split(',').next().unwrap_or(""))
    };
    let is_computed = |_: &str, after: &str| {
        let mut arguments = after.split([')', '\n']).next().unwrap_or("").splitn(3, ',');
        let object = arguments.next().unwrap_or("");
        let name = arguments.next().unwrap_or("").trim();
        is_settings_like(object) && !name.is_empty() && !name.starts_with(['"', '\''])
    };
    [".model_dump", ".dict()", ".__dict__", ".model_fields", ".__fields__"].iter().any(|it| after(it, &is_of_settings))
        || after("vars(", &is_given_settings)
        || after("getattr(", &is_computed)
        || after("dict(", &|_, after| {
            let argument = after.split(')').next().unwrap_or("").trim();
            matches!(argument, "settings" | "config" | "cfg" | "self.settings" | "self.config")
        })
}

/// Returns the expression that ends where a text ends: `get_settings()`, `self.settings`.
fn receiver(before: &str) -> &str {
    let tail = before.trim_end_matches(['(', ')']);
    let rest = tail.trim_end_matches(|it: char| it.is_alphanumeric() || it == '_' || it == '.');
    &tail[rest.len()..]
}

fn is_settings_like(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    lower.contains("settings") || lower.contains("config") || lower.contains("cfg") || lower.trim() == "conf"
}

/// What a web framework calls the functions and decorators that take a path first.
const ROUTE_CALLS: &[&str] = &[
    ".get(",
    ".post(",
    ".put(",
    ".patch(",
    ".delete(",
    ".head(",
    ".options(",
    ".route(",
    ".api_route(",
    ".websocket(",
    ".add_api_route(",
    ".add_route(",
    ".add_get(",
    ".mount(",
];

/// What a text has in it that serves paths.
static FRAMEWORKS: Telling = Telling::new(|| {
    Words::new(&[
        "urlpatterns",
        "APIRouter",
        "FastAPI",
        "Flask",
        "Blueprint",
        "Starlette",
        "Sanic",
        "web.",
        "Litestar",
        "Quart",
    ])
});

/// Returns the paths that a text serves: literal first arguments of route decorators and route calls.
pub fn routes(text: &str, file: FileId, found: &mut Vec<Text>) {
    if !FRAMEWORKS.are_in(text) {
        return;
    }
    let is_django = memchr::memmem::find(text.as_bytes(), b"urlpatterns").is_some();
    for at in memchr::memchr2_iter(b'"', b'\'', text.as_bytes()) {
        let rest = &text[at + 1..];
        let Some(end) = rest.find(['"', '\'', '\n']) else { continue };
        let path = &rest[..end];
        let before = text[..at].trim_end();
        let is_route = path.starts_with('/')
            && (ROUTE_CALLS.iter().any(|it| before.ends_with(it))
                || before.ends_with("Route(")
                || before.ends_with("Mount(")
                || before.ends_with("prefix=")
                || before.ends_with("add_url_rule("));
        let is_pattern = is_django && !path.contains(' ') && (before.ends_with("path(") || before.ends_with("url("));
        if is_route || is_pattern {
            found.push(Spanned::new(path.to_string(), Span::new(file, at + 1, at + 1 + end)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attributes_and_names_for_getattr_are_seen_without_parsing() {
        let mut names = Names::default();
        attributes("x.a_b(); y = z.c\nn = 1.5\n'quoted'", &mut names);
        assert!(names.has("a_b") && names.has("c") && !names.has("z") && !names.has("quoted") && !names.has("5"));
        attributes("getattr(s, 'quoted', None)", &mut names);
        assert!(names.has("quoted"));
    }

    #[test]
    fn reading_all_fields_at_once_is_noticed_for_settings_only() {
        for text in ["settings.model_dump()", "get_settings().dict()", "getattr(self.settings, name)", "vars(config)"] {
            assert!(reads_settings_dynamically(text), "{text}");
        }
        for text in ["item.model_dump()", "getattr(settings, 'x')", "getattr(other, name)", "vars(args)"] {
            assert!(!reads_settings_dynamically(text), "{text}");
        }
    }

    #[test]
    fn routes_are_the_literal_paths_of_decorators_and_calls() {
        let text = "app = FastAPI()\n@app.get(\n    '/health')\ndef f(): pass\nrequests.get('x')\nrouter = APIRouter(prefix='/v1')\n";
        let mut found = Vec::new();
        routes(text, FileId(0), &mut found);
        assert_eq!(found.iter().map(|it| it.value.as_str()).collect::<Vec<_>>(), ["/health", "/v1"]);
        let mut found = Vec::new();
        routes("urlpatterns = [path('health/', view)]", FileId(0), &mut found);
        assert_eq!(found[0].value, "health/");
    }
}
