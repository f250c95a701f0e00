//! Reads Rust: `env::var` and its wrappers, `env!`, clap, envy, figment, config, routes and ports.
//!
//! Tokens are enough; what a missing variable does is read off the chain of calls behind the read.

use super::env_wrapper::{is_loud_name, is_name};
use super::fact::{Absent, EnvRead, EnvSet, EnvWrapper, Facts, Language, SetBy, WrappedRead};
use super::reader::Input;
use super::telling::{Telling, Words};
use crate::diag::Diags;
use crate::source::{Span, Spanned};
use crate::syntax::tokens::{Kind, Style, Tokens};

static TELLING: Telling =
    Telling::new(|| Words::new(&["env", "Env", ".route(\"/", "#[get(\"/", "SocketAddr", "TcpListener", "bind("]));

/// Reads a file.
pub fn read(input: &Input, facts: &mut Facts, _: &mut Diags) {
    if !TELLING.are_in(input.text) {
        return;
    }
    let tokens = Tokens::of(input.text, Style::Rust);
    let tests = test_module(&tokens);
    let mut reader = Reader { input, facts, tokens, tests, is_whole_read: false };
    for at in 0..reader.tokens.list.len() {
        if reader.tokens.kind(at) == Some(Kind::Word) {
            reader.word(at);
        }
    }
}

/// Returns where `#[cfg(test)]` starts: what follows says nothing about the program.
fn test_module(tokens: &Tokens) -> usize {
    let is_it = |at: &usize| tokens.are(*at, &["cfg", "(", "test", ")"]);
    (0..tokens.list.len()).find(is_it).unwrap_or(usize::MAX)
}

struct Reader<'a, 'b> {
    input: &'a Input<'a>,
    facts: &'b mut Facts,
    tokens: Tokens<'a>,
    tests: usize,
    /// Whether the fields of structs are read already.
    is_whole_read: bool,
}

impl Reader<'_, '_> {
    fn word(&mut self, at: usize) {
        let is_call = self.tokens.word(at + 1) == "(";
        let is_macro = self.tokens.are(at + 1, &["!", "("]);
        let is_path = at >= 3 && self.tokens.are(at - 2, &[":", ":"]);
        let of = if is_path { self.tokens.word(at - 3) } else { "" };
        match self.tokens.word(at) {
            "var" | "var_os" if is_call && matches!(of, "env" | "dotenvy" | "dotenv") => self.asks(at),
            "set_var" if is_call && of == "env" => self.sets(at),
            "env" if is_macro => self.fixed(at, Absent::Fails),
            "option_env" if is_macro => self.fixed(at, Absent::Nothing),
            "arg" | "clap" | "envconfig" if is_call && at >= 2 && self.tokens.word(at - 1) == "[" => {
                self.attribute(at + 1)
            }
            "prefixed" | "with_prefix" if is_call => self.prefixed(at, of),
            "raw" | "from_env" if matches!(of, "Env" | "envy") => self.whole(at),
            // Programs have types of this name, too.
            "default" if of == "Environment" && self.input.text.contains("add_source") => self.whole(at),
            "route" | "get" | "service" | "at" if is_call => self.route(at),
            "from" | "bind" if is_call => self.listen(at + 1),
            word if is_call && word != "fn" && !matches!(self.tokens.word(at.wrapping_sub(1)), "fn") => {
                self.wrapped(at)
            }
            _ => {}
        }
    }

    fn span(&self, start: usize, end: usize) -> Span {
        Span::new(self.input.file, start, end)
    }

    fn read(&self, at: usize, name: (&str, usize, usize), absent: Absent) -> EnvRead {
        EnvRead {
            name: Spanned::new(name.0.to_string(), self.span(name.1, name.2)),
            language: Language::Rust,
            absent,
            in_test: self.input.in_test || at > self.tests,
            build_time: false,
            is_prefix: false,
        }
    }

    fn asks(&mut self, at: usize) {
        let close = self.tokens.after_group(at + 1);
        if let Some(name) = self.tokens.string(at + 2).filter(|it| is_name(it.0)) {
            let absent = self.absent(close);
            let read = self.read(at, name, absent);
            self.facts.reads.push(read);
            return;
        }
        let argument = if self.tokens.word(at + 2) == "&" { at + 3 } else { at + 2 };
        if self.tokens.kind(argument) == Some(Kind::Word) && argument + 2 == close {
            self.wrapper(at, self.tokens.word(argument));
        }
    }

    /// Follows `.a(…).b(…)?` behind a read.
    fn absent(&self, mut at: usize) -> Absent {
        loop {
            match self.tokens.word(at) {
                "?" => return Absent::Fails,
                "." if self.tokens.kind(at + 1) == Some(Kind::Word) => {
                    let open = at + 2;
                    match self.tokens.word(at + 1) {
                        "unwrap" | "expect" => return Absent::Fails,
                        "ok" | "is_ok" | "is_err" | "unwrap_or_default" | "as_deref" => return self.after_ok(open),
                        "unwrap_or_else" | "unwrap_or" | "map_or" | "or_else" | "map_or_else" => {
                            return self.default(open);
                        }
                        _ => at = if self.tokens.word(open) == "(" { self.tokens.after_group(open) } else { open },
                    }
                }
                _ => return Absent::Nothing,
            }
        }
    }

    /// `.ok()` gives up on nothing by itself; a default may still follow.
    fn after_ok(&self, open: usize) -> Absent {
        let mut at = if self.tokens.word(open) == "(" { self.tokens.after_group(open) } else { open };
        for _ in 0..6 {
            if self.tokens.word(at) != "." {
                break;
            }
            let (word, open) = (self.tokens.word(at + 1), at + 2);
            match word {
                "unwrap_or" | "unwrap_or_else" => return self.default(open),
                "ok_or" | "ok_or_else" | "expect" | "context" => return Absent::Fails,
                _ => at = if self.tokens.word(open) == "(" { self.tokens.after_group(open) } else { open },
            }
        }
        Absent::Nothing
    }

    fn default(&self, open: usize) -> Absent {
        let literal = (open..self.tokens.after_group(open)).find(|at| {
            matches!(self.tokens.kind(*at), Some(Kind::String | Kind::Number))
                || matches!(self.tokens.word(*at), "true" | "false")
        });
        let Some(at) = literal else { return Absent::Computed };
        if self.tokens.word(at.wrapping_sub(2)) == "panic" {
            return Absent::Fails;
        }
        match self.tokens.string(at) {
            Some(("", _, _)) => Absent::Nothing,
            Some((text, _, _)) => Absent::Default(text.to_string()),
            None => Absent::Default(self.tokens.word(at).to_string()),
        }
    }

    fn sets(&mut self, at: usize) {
        let Some((name, from, to)) = self.tokens.string(at + 2) else { return };
        let value = self.tokens.string(at + 4).map(|it| Spanned::new(it.0.to_string(), self.span(it.1, it.2)));
        let by = if self.input.in_test || at > self.tests { SetBy::Test } else { SetBy::Code };
        let name = Spanned::new(name.to_string(), self.span(from, to));
        self.facts.sets.push(EnvSet { name, value, by, into: None, scope: None });
    }

    /// `env!("X")`, `option_env!("X")`.
    fn fixed(&mut self, at: usize, absent: Absent) {
        // What Cargo itself sets is no business of a deployment.
        let own = |it: &str| it.starts_with("CARGO_") || matches!(it, "OUT_DIR" | "TARGET" | "PROFILE");
        if let Some(name) = self.tokens.string(at + 3).filter(|it| is_name(it.0) && !own(it.0)) {
            let mut read = self.read(at, name, absent);
            read.build_time = true;
            self.facts.reads.push(read);
        }
    }

    /// `#[arg(long, env = "X", default_value = "d")]`, `#[envconfig(from = "X")]`.
    fn attribute(&mut self, open: usize) {
        let close = self.tokens.after_group(open);
        let field = self.field_after(close);
        let (mut name, mut absent) = (None, None);
        for item in self.tokens.items(open) {
            match self.tokens.word(item.start) {
                "env" | "from" if self.tokens.word(item.start + 1) == "=" => name = self.tokens.string(item.start + 2),
                "env" => name = field.map(|it| (it.0, it.1, it.2)),
                word if word.starts_with("default") => absent = Some(self.default(item.start)),
                _ => {}
            }
        }
        let Some(name) = name else { return };
        let is_optional = field.is_some_and(|it| matches!(it.3, "Option" | "bool" | "Vec"));
        let absent = absent.unwrap_or(if is_optional { Absent::Nothing } else { Absent::Fails });
        let text = name.0.to_ascii_uppercase();
        let read = self.read(open, (&text, name.1, name.2), absent);
        self.facts.reads.push(read);
    }

    /// Returns name and type of the field behind an attribute.
    fn field_after(&self, close: usize) -> Option<(&str, usize, usize, &str)> {
        let colon = (close..close + 30)
            .find(|at| self.tokens.word(*at) == ":" && self.tokens.kind(at.wrapping_sub(1)) == Some(Kind::Word))?;
        let token = self.tokens.list.get(colon - 1)?;
        Some((self.tokens.word(colon - 1), token.start, token.end, self.tokens.word(colon + 1)))
    }

    /// `envy::prefixed("P_")`, `Env::prefixed("P_")`, `Environment::with_prefix("P")`.
    fn prefixed(&mut self, at: usize, of: &str) {
        let is_known = matches!(of, "envy" | "Env" | "Environment");
        let Some((prefix, from, to)) = self.tokens.string(at + 2).filter(|it| is_known && is_name(it.0)) else {
            return;
        };
        let prefix = if of == "Environment" { format!("{}_", prefix.to_ascii_uppercase()) } else { prefix.to_string() };
        let mut read = self.read(at, (&prefix, from, to), Absent::Nothing);
        read.is_prefix = true;
        self.facts.reads.push(read);
    }

    /// `Figment::new().merge(Env::raw())`, `envy::from_env::<C>()`, `Environment::default()`: the fields of what is
    /// deserialized in this file are variables, and the first part of some with `.split("__")`.
    fn whole(&mut self, at: usize) {
        if at > self.tests || std::mem::replace(&mut self.is_whole_read, true) {
            return;
        }
        let is_split = |it: &usize| matches!(self.tokens.word(*it), "split" | "separator");
        let between = (at..at + 40).find(is_split).and_then(|it| self.tokens.string(it + 2)).map(|it| it.0.to_string());
        let opens = |it: &usize| self.tokens.word(*it) == "struct" && self.tokens.word(it + 2) == "{";
        let structs = (0..self.tokens.list.len().min(self.tests)).filter(opens);
        let structs: Vec<usize> = structs.filter(|it| self.is_deserialized(*it)).collect();
        let is_name = |it: &usize| self.tokens.word(it + 1) == ":" && self.tokens.word(it + 2) != ":";
        let fields = structs.iter().flat_map(|it| self.tokens.items(it + 2)).filter_map(|mut it| it.find(is_name));
        let fields: Vec<usize> = fields.collect();
        for name in fields {
            let (token, text) = (self.tokens.list[name], self.tokens.word(name).to_ascii_uppercase());
            let read = self.read(name, (&text, token.start, token.end), Absent::Computed);
            if let Some(between) = &between {
                let name = Spanned::new(format!("{text}{between}"), read.name.span);
                self.facts.reads.push(EnvRead { name, is_prefix: true, ..read.clone() });
            }
            self.facts.reads.push(read);
        }
    }

    /// Returns whether `#[derive(Deserialize)]` stands in front of a struct.
    fn is_deserialized(&self, at: usize) -> bool {
        let before = (at.saturating_sub(60)..at).rev().take_while(|it| !matches!(self.tokens.word(*it), "}" | ";"));
        before.into_iter().any(|it| self.tokens.word(it) == "Deserialize")
    }

    /// Finds the function around whose parameter is asked for.
    fn wrapper(&mut self, start: usize, parameter: &str) {
        let mut at = start;
        while let Some(open) = self.tokens.opening(at) {
            at = open;
            let from = open.saturating_sub(60);
            let Some(function) = (from..open).rev().find(|it| self.tokens.word(*it) == "fn") else { continue };
            let takes = |it: usize| self.tokens.word(it) == parameter && self.tokens.word(it + 1) == ":";
            if !(function..open).any(takes) {
                continue;
            }
            let body = open..self.tokens.after_group(open);
            let fails = body.clone().any(|it| matches!(self.tokens.word(it), "expect" | "unwrap" | "panic" | "bail"));
            let name = self.tokens.word(function + 1).to_string();
            return self.facts.env_wrappers.push(EnvWrapper { name, language: Language::Rust, fails });
        }
    }

    fn wrapped(&mut self, at: usize) {
        let Some(name) = self.tokens.string(at + 2).filter(|it| is_loud_name(it.0)) else { return };
        let absent = if self.tokens.word(at + 3) == "," { self.default(at + 1) } else { Absent::Nothing };
        // The first literal of the call is the name itself.
        let absent = match absent {
            Absent::Default(it) if it == name.0 => {
                self.tokens.string(at + 4).map_or(Absent::Computed, |it| Absent::Default(it.0.to_string()))
            }
            other => other,
        };
        let read = self.read(at, name, absent);
        self.facts.wrapped_reads.push(WrappedRead { function: self.tokens.word(at).to_string(), read });
    }

    fn route(&mut self, at: usize) {
        if let Some((path, from, to)) = self.tokens.string(at + 2).filter(|it| it.0.starts_with('/')) {
            self.facts.routes.push(Spanned::new(path.to_string(), self.span(from, to)));
        }
    }

    /// `SocketAddr::from(([0, 0, 0, 0], 8080))`, `bind("0.0.0.0:8080")`.
    fn listen(&mut self, open: usize) {
        if let Some((text, from, to)) = self.tokens.string(open + 1) {
            let port = text.rsplit_once(':').and_then(|it| it.1.parse().ok());
            let span = self.span(from, to);
            self.facts.listens.extend(port.map(|it| Spanned::new(it, span)));
        } else if self.tokens.are(open + 1, &["(", "["]) {
            let at = self.tokens.after_group(open + 2) + 1;
            if let (Some(token), Ok(port)) = (self.tokens.list.get(at), self.tokens.word(at).parse()) {
                let span = self.span(token.start, token.end);
                self.facts.listens.push(Spanned::new(port, span));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::repo::env_wrapper;
    use crate::repo::tree::Tree;
    use crate::source::FileId;

    fn facts(text: &str) -> Facts {
        let tree = Tree::default();
        let kind = crate::repo::kind::Kind::Rust;
        let mut facts = Facts::default();
        let input = Input { file: FileId(0), path: "a.rs", text, kind, in_test: false, tree: &tree };
        read(&input, &mut facts, &mut Diags::default());
        env_wrapper::resolve(&mut facts);
        facts
    }

    /// Every read in short: `A!` fails without, `A=x` has a default, `A~` a computed one, `A*` is a prefix.
    fn reads(text: &str) -> String {
        let short = |read: &EnvRead| match &read.absent {
            _ if read.is_prefix => format!("{}*", read.name.value),
            Absent::Fails => format!("{}!", read.name.value),
            Absent::Default(it) => format!("{}={it}", read.name.value),
            Absent::Computed => format!("{}~", read.name.value),
            Absent::Nothing => read.name.value.clone(),
        };
        facts(text).reads.iter().filter(|it| !it.in_test).map(short).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn the_chain_behind_a_read_tells_what_a_missing_one_does() {
        let cases = [
            ("std::env::var(\"A\").unwrap_or_else(|_| \"8081\".to_string())", "A=8081"),
            ("env::var(\"A\").ok()", "A"),
            ("env::var(\"A\").ok().and_then(|v| v.parse().ok()).unwrap_or(30)", "A=30"),
            ("env::var(\"A\")?", "A!"),
            ("env::var(\"A\").context(\"x\")?", "A!"),
            ("env::var(\"A\").expect(\"A\")", "A!"),
            ("if let Ok(v) = env::var(\"A\") {}", "A"),
            ("env!(\"CARGO_PKG_VERSION\"); option_env!(\"GIT_SHA\")", "GIT_SHA"),
            ("x.var(\"A\")", ""),
            ("#[cfg(test)] mod tests { fn f() { env::var(\"A\").unwrap(); } }", ""),
        ];
        for (text, expected) in cases {
            assert_eq!(reads(text), expected, "{text}");
        }
    }

    #[test]
    fn attributes_prefixes_and_wrappers_are_reads() {
        let cases = [
            ("struct A { #[arg(long, env = \"A_B\", default_value = \"x\")] a: String }", "A_B=x"),
            ("struct A { #[arg(long, env)] pub a_b: String, #[clap(env)] c: Option<String> }", "A_B! C"),
            ("envy::prefixed(\"APP_\").from_env::<C>()", "APP_*"),
            ("Environment::with_prefix(\"app\").separator(\"__\")", "APP_*"),
            (
                "#[derive(Deserialize)] pub struct C { #[serde(default = \"d\")] pub a_b: u64, c: Option<Vec<a::B>> }\n\
                 struct D { e: u8 }\nfn f() { Figment::new().merge(Env::raw()).extract() }",
                "A_B~ C~",
            ),
            ("#[derive(Deserialize)] struct C { a: A }\nfn f() -> C { envy::from_env::<C>() }", "A~"),
            (
                "#[derive(Deserialize)] struct C { a: A }\nfn f() { b.add_source(Environment::default().separator(\"__\")) }",
                "A__* A~",
            ),
            (
                "fn req(key: &str) -> String { env::var(key).expect(key) }\nfn f() { req(\"A_B\"); other(\"C_D\") }",
                "A_B!",
            ),
            (
                "fn or(key: &str, d: &str) -> String { env::var(key).unwrap_or(d.into()) }\nfn f() { or(\"A_B\", \"x\") }",
                "A_B=x",
            ),
        ];
        for (text, expected) in cases {
            assert_eq!(reads(text), expected, "{text}");
        }
    }

    #[test]
    fn routes_and_ports_are_read() {
        let found = facts(
            "Router::new().route(\"/healthz\", get(h)); SocketAddr::from(([0, 0, 0, 0], 8080)); TcpListener::bind(\"0.0.0.0:81\")",
        );
        assert_eq!(found.routes[0].value, "/healthz");
        assert_eq!(found.listens.iter().map(|it| it.value).collect::<Vec<_>>(), [8080, 81]);
    }
}
