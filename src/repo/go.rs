//! Reads Go: `os.Getenv` and its wrappers, struct tags of the usual libraries, viper, routes and ports.
//!
//! Tokens are enough; a struct's tags are joined with what the same file says of it (prefixes, defaults).

use std::collections::BTreeMap;

use super::env_wrapper::{is_loud_name, is_name};
use super::fact::{Absent, EnvRead, EnvSet, EnvWrapper, Facts, Language, SetBy, WrappedRead};
use super::reader::Input;
use super::telling::{Telling, Words};
use crate::diag::Diags;
use crate::source::{Span, Spanned};
use crate::syntax::tokens::{Kind, Style, Tokens};

static TELLING: Telling = Telling::new(|| {
    Words::new(&[
        "env",
        "Env",
        "ENV",
        "viper",
        "Listen",
        "HandleFunc(",
        "Handle(",
        ".Get(\"/",
        ".Route(\"/",
        ".GET(\"/",
        "Addr:",
        "mapstructure",
    ])
});

/// Reads a file.
pub fn read(input: &Input, facts: &mut Facts, _: &mut Diags) {
    if !TELLING.are_in(input.text) {
        return;
    }
    let tokens = Tokens::of(input.text, Style::Go);
    let mut reader = Reader { input, facts, structs: structs(&tokens), tokens };
    for at in 0..reader.tokens.list.len() {
        if reader.tokens.kind(at) == Some(Kind::Word) {
            reader.word(at);
        }
    }
    reader.tagged();
    reader.viper();
}

/// A field of a struct.
struct Field<'a> {
    name: &'a str,
    /// The last word of its type.
    type_: &'a str,
    /// The tag: its text, and where it starts.
    tag: Option<(&'a str, usize)>,
    /// Whether it has no name but that of its type.
    is_embedded: bool,
}

/// Finds `type NAME struct { … }`.
fn structs<'a>(tokens: &Tokens<'a>) -> BTreeMap<&'a str, Vec<Field<'a>>> {
    let mut found = BTreeMap::new();
    for at in 2..tokens.list.len() {
        if !tokens.are(at, &["struct", "{"]) || tokens.kind(at - 1) != Some(Kind::Word) {
            continue;
        }
        let end = tokens.after_group(at + 1).saturating_sub(1);
        let mut fields = Vec::new();
        let mut from = at + 2;
        while from < end {
            // A field ends with its line; tokens know no lines, but the text between them does.
            let until = (from + 1..end).find(|it| {
                let (before, after) = (tokens.list[*it - 1].end, tokens.list[*it].start);
                tokens.text[before..after].contains('\n')
            });
            let until = until.unwrap_or(end);
            let tag = tokens.string(until - 1).map(|it| (it.0, it.1));
            let last = if tag.is_some() { until.saturating_sub(2) } else { until - 1 };
            let (name, type_) = (tokens.word(from), tokens.word(last.max(from)));
            fields.push(Field { name, type_, tag, is_embedded: last <= from });
            from = until;
        }
        found.insert(tokens.word(at - 1), fields);
    }
    found
}

/// Returns a key's value in a struct tag, and where it starts in the tag.
fn tag_value<'a>(tag: &'a str, key: &str) -> Option<(&'a str, usize)> {
    let at = tag.match_indices(key).map(|it| it.0).find(|at| {
        let is_start = *at == 0 || tag[..*at].ends_with([' ', '\t']);
        is_start && tag[at + key.len()..].starts_with(":\"")
    })?;
    let from = at + key.len() + 2;
    let length = tag[from..].find('"')?;
    Some((&tag[from..from + length], from))
}

struct Reader<'a, 'b> {
    input: &'a Input<'a>,
    facts: &'b mut Facts,
    structs: BTreeMap<&'a str, Vec<Field<'a>>>,
    tokens: Tokens<'a>,
}

impl Reader<'_, '_> {
    fn word(&mut self, at: usize) {
        let word = self.tokens.word(at);
        if self.tokens.word(at + 1) != "(" {
            if word == "Addr" && self.tokens.word(at + 1) == ":" {
                self.listen(at + 2);
            }
            return;
        }
        match word {
            "Getenv" | "LookupEnv" if at > 0 && self.tokens.word(at - 1) == "." => self.asks(at),
            "Setenv" if at > 0 && self.tokens.word(at - 1) == "." => self.sets(at),
            "ListenAndServe" | "ListenAndServeTLS" | "Listen" | "Run" | "Start" => self.listens(at + 1),
            "HandleFunc" | "Handle" | "Get" | "GET" | "Any" | "Mount" | "Route" | "Method" | "Match" => {
                self.route(at + 1)
            }
            _ => self.wrapped(at),
        }
    }

    fn span(&self, start: usize, end: usize) -> Span {
        Span::new(self.input.file, start, end)
    }

    fn read(&self, name: (&str, usize, usize), absent: Absent) -> EnvRead {
        EnvRead {
            name: Spanned::new(name.0.to_string(), self.span(name.1, name.2)),
            language: Language::Go,
            absent,
            in_test: self.input.in_test,
            build_time: false,
            is_prefix: false,
        }
    }

    /// `os.Getenv(…)`, `os.LookupEnv(…)`.
    fn asks(&mut self, at: usize) {
        let start = at.saturating_sub(2);
        if let Some(name) = self.tokens.string(at + 2) {
            if self.tokens.word(at + 3) == ")" && is_name(name.0) {
                let absent = self.absent(start, at + 4);
                let read = self.read(name, absent);
                self.facts.reads.push(read);
            } else if self.tokens.word(at + 3) == "+" && is_name(name.0) {
                let mut read = self.read(name, Absent::Nothing);
                read.is_prefix = true;
                self.facts.reads.push(read);
            }
        } else if self.tokens.kind(at + 2) == Some(Kind::Word) && self.tokens.word(at + 3) == ")" {
            self.wrapper(start, self.tokens.word(at + 2));
        }
    }

    fn absent(&self, start: usize, after: usize) -> Absent {
        // `valueOrDefault(os.Getenv("X"), "d")`
        if start > 1 && self.tokens.word(start - 1) == "(" && self.tokens.word(after) == "," {
            return self.literal(after + 1);
        }
        // `x := os.Getenv("X")` and soon `if x == "" {`, `x, ok := …` and `if !ok {`.
        let equals = start.saturating_sub(1);
        if start < 3 || self.tokens.word(equals) != "=" {
            return Absent::Nothing;
        }
        let name_at = if self.tokens.word(equals - 1) == ":" { equals - 2 } else { equals - 1 };
        let name = self.tokens.word(name_at);
        // A test whose condition starts with the read itself: `if v := os.Getenv("X"); v == "" {`.
        let from = if self.tokens.word(after) == ";" { after } else { after + 1 };
        let is_test = |at: &usize| {
            self.tokens.are(*at, &[name, "=", "="]) && matches!(self.tokens.word(at + 3), "\"\"" | "``")
                || self.tokens.are(*at, &["!", name])
        };
        let Some(test) = (from..from + 3).find(is_test) else { return Absent::Nothing };
        let Some(open) = (test..test + 12).find(|it| self.tokens.word(*it) == "{") else { return Absent::Nothing };
        let body = open..self.tokens.after_group(open);
        let fails = |at: usize| match self.tokens.word(at) {
            "Fatal" | "Fatalf" | "Fatalln" | "panic" | "Exit" | "Errorf" => true,
            word => word == "errors" && self.tokens.word(at + 1) == ".",
        };
        if body.clone().any(fails) {
            return Absent::Fails;
        }
        let value = body.clone().find(|at| matches!(self.tokens.word(*at), "return" | "="));
        value.map_or(Absent::Nothing, |at| self.literal(at + 1))
    }

    fn literal(&self, at: usize) -> Absent {
        match self.tokens.string(at) {
            Some(("", _, _)) => Absent::Nothing,
            Some((text, _, _)) => Absent::Default(text.to_string()),
            None if matches!(self.tokens.word(at + 1), "*" | "/" | "+" | "-") => Absent::Computed,
            None if self.tokens.kind(at) == Some(Kind::Number) || matches!(self.tokens.word(at), "true" | "false") => {
                Absent::Default(self.tokens.word(at).to_string())
            }
            None if matches!(self.tokens.word(at), "nil" | "}") => Absent::Nothing,
            None => Absent::Computed,
        }
    }

    fn sets(&mut self, at: usize) {
        let Some((name, from, to)) = self.tokens.string(at + 2) else { return };
        let value = self.tokens.string(at + 4).map(|it| Spanned::new(it.0.to_string(), self.span(it.1, it.2)));
        let by = if self.input.in_test { SetBy::Test } else { SetBy::Code };
        let name = Spanned::new(name.to_string(), self.span(from, to));
        self.facts.sets.push(EnvSet { name, value, by, into: None, scope: None });
    }

    /// Finds the function around whose parameter is asked for.
    fn wrapper(&mut self, start: usize, parameter: &str) {
        let mut at = start;
        while let Some(open) = self.tokens.opening(at) {
            at = open;
            let from = open.saturating_sub(60);
            let Some(func) = (from..open).rev().find(|it| self.tokens.word(*it) == "func") else { continue };
            let Some(first) = (func..open).find(|it| self.tokens.are(*it, &["(", parameter])) else { continue };
            let name = self.tokens.word(first - 1);
            let body = open..self.tokens.after_group(open);
            let fails = body.clone().any(|it| matches!(self.tokens.word(it), "Fatal" | "Fatalf" | "panic" | "Exit"));
            if self.tokens.kind(first - 1) == Some(Kind::Word) && name != "func" {
                self.facts.env_wrappers.push(EnvWrapper { name: name.to_string(), language: Language::Go, fails });
                return;
            }
        }
    }

    fn wrapped(&mut self, at: usize) {
        let Some(name) = self.tokens.string(at + 2).filter(|it| is_loud_name(it.0)) else { return };
        if at > 0 && self.tokens.word(at - 1) == "func" {
            return;
        }
        let absent = if self.tokens.word(at + 3) == "," { self.literal(at + 4) } else { Absent::Nothing };
        let read = self.read(name, absent);
        self.facts.wrapped_reads.push(WrappedRead { function: self.tokens.word(at).to_string(), read });
    }

    fn route(&mut self, open: usize) {
        let path = (open + 1..open + 4).find_map(|at| self.tokens.string(at).filter(|it| it.0.contains('/')));
        let Some((path, from, to)) = path else { return };
        // `"GET /health"` since Go 1.22.
        let bare = path.split_once(' ').map_or(path, |it| it.1);
        if bare.starts_with('/') {
            self.facts.routes.push(Spanned::new(bare.to_string(), self.span(from, to)));
        }
    }

    fn listens(&mut self, open: usize) {
        for at in open + 1..(open + 5).min(self.tokens.list.len()) {
            self.listen(at);
        }
    }

    fn listen(&mut self, at: usize) {
        let Some((text, from, to)) = self.tokens.string(at) else { return };
        let port = text.rsplit_once(':').and_then(|it| it.1.parse().ok());
        let span = self.span(from, to);
        self.facts.listens.extend(port.map(|it| Spanned::new(it, span)));
    }

    /// Tags of envconfig and of env (caarlos0, sethvargo, cleanenv).
    fn tagged(&mut self) {
        let process_prefix = self.process_prefix();
        let nested: BTreeMap<&str, String> = self.nested_prefixes();
        let option = self.option_prefix();
        let mut reads = self.untagged();
        for (name, fields) in &self.structs {
            let outer = nested.get(name).map_or("", String::as_str);
            for field in fields {
                let Some((tag, start)) = field.tag else { continue };
                if let Some((text, at)) = tag_value(tag, "envconfig").filter(|it| is_name(it.0)) {
                    let prefix = process_prefix.as_ref().map(|it| format!("{it}_")).unwrap_or_default();
                    let absent =
                        absent_of_tag(tag, "default", tag_value(tag, "required").is_some_and(|it| it.0 == "true"));
                    reads.push((format!("{prefix}{}", text.to_ascii_uppercase()), start + at, text.len(), absent));
                } else if let Some((text, at)) = tag_value(tag, "env") {
                    let mut words = text.split(',');
                    let own = words.next().filter(|it| is_name(it)).unwrap_or("");
                    let is_required = words.any(|it| matches!(it.trim(), "required" | "notEmpty"))
                        || tag_value(tag, "env-required").is_some_and(|it| it.0 == "true");
                    let default =
                        ["envDefault", "env-default", "default"].into_iter().find(|it| tag_value(tag, it).is_some());
                    let absent = absent_of_tag(tag, default.unwrap_or("envDefault"), is_required);
                    if !own.is_empty() {
                        reads.push((format!("{option}{outer}{own}"), start + at, own.len(), absent));
                    }
                }
            }
        }
        for (name, start, length, absent) in reads {
            let read = self.read((&name, start, start + length), absent);
            self.facts.reads.push(read);
        }
    }

    /// `env.Options{Prefix: "APP_"}`: what comes before every name of this file.
    fn option_prefix(&self) -> String {
        let at = (0..self.tokens.list.len()).find(|it| self.tokens.are(*it, &["Options", "{"]));
        let inside = at.map_or(0..0, |it| it + 2..self.tokens.after_group(it + 1));
        let prefix = inside.into_iter().find(|it| self.tokens.are(*it, &["Prefix", ":"]));
        prefix.and_then(|it| self.tokens.string(it + 2)).map_or(String::new(), |it| it.0.to_string())
    }

    /// What `envconfig.Process` asks for without a name in the tag: that of the field, and of the struct's field before
    /// it where structs nest.
    fn untagged(&self) -> Vec<(String, usize, usize, Absent)> {
        let calls = ["Process", "MustProcess"];
        let is_processed = (0..self.tokens.list.len())
            .any(|it| calls.iter().any(|call| self.tokens.are(it, &["envconfig", ".", call, "("])));
        if !is_processed {
            return Vec::new();
        }
        let prefix = self.process_prefix().map(|it| format!("{it}_")).unwrap_or_default();
        let is_ours = |it: &Field| {
            let keys = ["envconfig", "default", "required", "split_words", "ignored"];
            it.tag.is_some_and(|it| keys.iter().any(|key| tag_value(it.0, key).is_some()))
        };
        let mut found = Vec::new();
        for (name, fields) in self.structs.iter().filter(|it| it.1.iter().any(is_ours)) {
            let owner = self.structs.values().flatten().find(|it| it.type_ == *name && !it.is_embedded);
            let outer = owner.map(|it| format!("{}_", field_name(it))).unwrap_or_default();
            for field in fields.iter().filter(|it| it.name.starts_with(|it: char| it.is_ascii_uppercase())) {
                let (tag, start) = field.tag.unwrap_or(("", 0));
                let is_named = tag_value(tag, "envconfig").is_some() || tag_value(tag, "env").is_some();
                if is_named || self.structs.contains_key(field.type_) || tag_value(tag, "ignored").is_some() {
                    continue;
                }
                let is_required = tag_value(tag, "required").is_some_and(|it| it.0 == "true");
                let place = if tag.is_empty() { None } else { Some(start) };
                let at = place.unwrap_or_else(|| field.name.as_ptr() as usize - self.tokens.text.as_ptr() as usize);
                let length = if tag.is_empty() { field.name.len() } else { tag.len() };
                let absent = absent_of_tag(tag, "default", is_required);
                found.push((format!("{prefix}{outer}{}", field_name(field)), at, length, absent));
            }
        }
        found
    }

    /// `envconfig.Process("app", …)`: what comes before every name of this file.
    fn process_prefix(&self) -> Option<String> {
        let at = (0..self.tokens.list.len())
            .find(|it| self.tokens.are(*it, &["Process", "("]) || self.tokens.are(*it, &["MustProcess", "("]))?;
        let text = self.tokens.string(at + 2)?.0;
        (!text.is_empty()).then(|| text.to_ascii_uppercase())
    }

    /// `Field Other `envPrefix:"X_"``: what comes before every name of the other struct.
    fn nested_prefixes(&self) -> BTreeMap<&str, String> {
        let mut found: BTreeMap<&str, String> = BTreeMap::new();
        for fields in self.structs.values() {
            for field in fields {
                if let Some((prefix, _)) = field.tag.and_then(|it| tag_value(it.0, "envPrefix")) {
                    found.insert(field.type_, prefix.to_string());
                }
            }
        }
        found
    }

    /// viper: keys known from defaults, bindings and mapstructure tags, with prefix and replacer.
    fn viper(&mut self) {
        if !self.input.text.contains("viper") {
            return;
        }
        let (mut prefix, mut replaces_dots, mut is_automatic) = (String::new(), false, false);
        let mut keys: BTreeMap<String, (usize, usize, Absent)> = BTreeMap::new();
        let mut bound = Vec::new();
        for at in 0..self.tokens.list.len() {
            if self.tokens.word(at + 1) != "(" {
                continue;
            }
            let first = self.tokens.string(at + 2);
            match (self.tokens.word(at), first) {
                ("SetEnvPrefix", Some(it)) => prefix = format!("{}_", it.0.to_ascii_uppercase()),
                ("SetEnvKeyReplacer", _) => replaces_dots = true,
                ("AutomaticEnv", _) => is_automatic = true,
                ("SetDefault", Some(it)) => {
                    keys.insert(it.0.to_string(), (it.1, it.2, self.literal(at + 4)));
                }
                ("BindEnv", Some(it)) => match self.tokens.string(at + 4) {
                    Some(name) => bound.push((name.0.to_string(), name.1, name.2)),
                    None => drop(keys.entry(it.0.to_string()).or_insert((it.1, it.2, Absent::Nothing))),
                },
                (get, Some(it)) if get.starts_with("Get") && at > 0 && self.tokens.word(at - 1) == "." => {
                    keys.entry(it.0.to_string()).or_insert((it.1, it.2, Absent::Nothing));
                }
                _ => {}
            }
        }
        for (name, start, end) in bound {
            let read = self.read((&name, start, end), Absent::Nothing);
            self.facts.reads.push(read);
        }
        if !is_automatic {
            return;
        }
        for (key, start, end) in self.mapstructure_keys() {
            keys.entry(key).or_insert((start, end, Absent::Nothing));
        }
        for (key, (start, end, absent)) in keys {
            let key = if replaces_dots { key.replace(['.', '-'], "_") } else { key };
            let name = format!("{prefix}{}", key.to_ascii_uppercase());
            let read = self.read((&name, start, end), absent);
            self.facts.reads.push(read);
        }
    }

    /// Returns the keys that tags spell, those of nested structs behind a dot.
    fn mapstructure_keys(&self) -> Vec<(String, usize, usize)> {
        let mut parents: BTreeMap<&str, &str> = BTreeMap::new();
        for fields in self.structs.values() {
            for field in fields {
                if let Some((key, _)) = field.tag.and_then(|it| tag_value(it.0, "mapstructure"))
                    && self.structs.contains_key(field.type_)
                {
                    parents.insert(field.type_, key);
                }
            }
        }
        let mut found = Vec::new();
        for (name, fields) in &self.structs {
            for field in fields.iter().filter(|it| !self.structs.contains_key(it.type_) && it.name != "}") {
                let Some((tag, start)) = field.tag else { continue };
                let Some((key, at)) = tag_value(tag, "mapstructure").filter(|it| !it.0.starts_with(',')) else {
                    continue;
                };
                let key = key.split(',').next().unwrap_or(key);
                let path = parents.get(name).map_or(key.to_string(), |it| format!("{it}.{key}"));
                found.push((path, start + at, start + at + key.len()));
            }
        }
        found
    }
}

/// Returns what envconfig makes of a field's name: `MaxConns` is `MAXCONNS`, with `split_words` it is `MAX_CONNS`.
fn field_name(field: &Field) -> String {
    let tag = field.tag.map_or("", |it| it.0);
    if let Some((name, _)) = tag_value(tag, "envconfig") {
        return name.to_ascii_uppercase();
    }
    if tag_value(tag, "split_words").is_none_or(|it| it.0 != "true") {
        return field.name.to_ascii_uppercase();
    }
    let letters: Vec<char> = field.name.chars().collect();
    let mut words = String::new();
    for (at, it) in letters.iter().enumerate() {
        let follows_small = at > 0 && !letters[at - 1].is_ascii_uppercase();
        let starts_word = at > 0 && letters.get(at + 1).is_some_and(char::is_ascii_lowercase);
        if it.is_ascii_uppercase() && at > 0 && (follows_small || starts_word) {
            words.push('_');
        }
        words.push(it.to_ascii_uppercase());
    }
    words
}

fn absent_of_tag(tag: &str, key: &str, is_required: bool) -> Absent {
    match tag_value(tag, key) {
        Some((default, _)) if !default.is_empty() => Absent::Default(default.to_string()),
        Some(_) => Absent::Nothing,
        None if is_required => Absent::Fails,
        None => Absent::Nothing,
    }
}

#[cfg(test)]
mod tests;
