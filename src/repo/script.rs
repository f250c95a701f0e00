//! Reads JavaScript and TypeScript: which variables the code asks for, which routes it serves, where it listens.
//!
//! Tokens are enough: what asks the environment is written alike everywhere. A file without a telling word is not
//! even split into tokens.

mod schema;

use std::cell::OnceCell;

use super::env_wrapper::{is_loud_name, is_name};
use super::fact::{Absent, EnvRead, EnvSet, EnvWrapper, Facts, Language, SetBy, WrappedRead};
use super::reader::Input;
use super::telling::{Telling, Words};
use crate::diag::Diags;
use crate::source::{Span, Spanned};
use crate::syntax::tokens::{Kind, Style, Tokens};

static TELLING: Telling = Telling::new(|| {
    Words::new(&[
        "process.env",
        "process?.env",
        "import.meta.env",
        "Bun.env",
        "Deno.env",
        "createEnv(",
        "cleanEnv(",
        "Env(",
        "env(",
        "Config(",
        "Joi.object(",
        "getOrThrow",
        ".listen(",
        "serve(",
        ".get('/",
        ".get(\"/",
        ".get(`/",
        ".use('/",
        ".use(\"/",
        ".all('/",
        ".all(\"/",
        ".route('/",
        ".route(\"/",
        "@Get(",
        "@Controller(",
    ])
});

/// Prefixes of variables that bundlers put into the code that browsers get.
pub const PUBLIC_PREFIXES: &[&str] =
    &["VITE_", "NEXT_PUBLIC_", "REACT_APP_", "GATSBY_", "EXPO_PUBLIC_", "NUXT_PUBLIC_", "VUE_APP_"];

/// Names that Vite itself sets.
const VITE_OWN: &[&str] = &["MODE", "BASE_URL", "PROD", "DEV", "SSR"];

/// Reads a file.
pub fn read(input: &Input, facts: &mut Facts, _: &mut Diags) {
    facts.routes.extend(route_of_path(input));
    if !TELLING.are_in(input.text) {
        return;
    }
    if ["\"use client\"", "'use client'"].iter().any(|it| input.text.contains(it)) {
        facts.client_files.push(input.file);
    }
    let tokens = Tokens::of(input.text, Style::Script);
    let mut reader = Reader {
        input,
        facts,
        aliases: aliases(&tokens),
        tokens,
        is_about_environment: OnceCell::new(),
        has_runtime_env: input.text.contains("next-runtime-env"),
    };
    for at in 0..reader.tokens.list.len() {
        if reader.tokens.kind(at) == Some(Kind::Word) {
            reader.word(at);
        }
    }
}

struct Reader<'a, 'b> {
    input: &'a Input<'a>,
    facts: &'b mut Facts,
    tokens: Tokens<'a>,
    /// Names that stand for the environment: `const env = process.env`.
    aliases: Vec<&'a str>,
    /// Whether the file is about the environment, once somebody asked.
    is_about_environment: OnceCell<bool>,
    /// Whether `env("KEY")` of the package next-runtime-env may stand in it.
    has_runtime_env: bool,
}

/// Returns the number of tokens of an expression that is the whole environment, and whether it is fixed by a build.
fn environment(tokens: &Tokens, at: usize, aliases: &[&str]) -> Option<(usize, bool)> {
    // Asked of every token: nearly all of them are none of these words.
    if !matches!(tokens.word(at), "process" | "Bun" | "globalThis" | "import") && !aliases.contains(&tokens.word(at)) {
        return None;
    }
    let forms: [(&[&str], bool); 5] = [
        (&["process", ".", "env"], false),
        (&["process", "?", ".", "env"], false),
        (&["Bun", ".", "env"], false),
        (&["globalThis", ".", "process", ".", "env"], false),
        (&["import", ".", "meta", ".", "env"], true),
    ];
    let is_spread = at > 1 && tokens.word(at - 2) == ".";
    let is_member = at > 0 && tokens.word(at - 1) == "." && !is_spread;
    if let Some((form, is_fixed)) = forms.iter().find(|it| tokens.are(at, it.0)).filter(|_| !is_member) {
        return Some((form.len(), *is_fixed));
    }
    (!is_member && aliases.contains(&tokens.word(at))).then_some((1, false))
}

fn aliases<'a>(tokens: &Tokens<'a>) -> Vec<&'a str> {
    let mut found = Vec::new();
    for at in 2..tokens.list.len() {
        let Some((length, _)) = environment(tokens, at, &[]) else { continue };
        let ends = !matches!(tokens.word(at + length), "." | "[" | "?");
        if ends && tokens.word(at - 1) == "=" && tokens.kind(at - 2) == Some(Kind::Word) && at >= 3 {
            let declared = matches!(tokens.word(at - 3), "const" | "let" | "var" | ",");
            found.extend(declared.then(|| tokens.word(at - 2)));
        }
    }
    found
}

impl<'a> Reader<'a, '_> {
    fn word(&mut self, at: usize) {
        if let Some((length, is_fixed)) = environment(&self.tokens, at, &self.aliases) {
            return self.environment(at, at + length, is_fixed);
        }
        if self.tokens.are(at, &["Deno", ".", "env", ".", "get", "("]) {
            return self.named_by(at + 6, at, at + 8);
        }
        match self.tokens.word(at) {
            // Of a library that gives browsers what the container has when it starts.
            "env" if self.tokens.word(at + 1) == "(" && self.has_runtime_env => {
                if let Some((_, from, to)) = self.tokens.string(at + 2) {
                    let read = self.read((from, to), Absent::Nothing, false);
                    self.facts.reads.push(read);
                }
            }
            "createEnv" if self.tokens.word(at + 1) == "(" => self.schema_sections(at + 1),
            "cleanEnv" if self.tokens.word(at + 1) == "(" => {
                let items = self.tokens.items(at + 1);
                if let Some(item) = items.get(1) {
                    self.schema(item.start);
                }
            }
            "Joi" => self.joi(at),
            "getOrThrow" => self.get_or_throw(at),
            "listen" | "serve" if self.tokens.word(at + 1) == "(" => self.listen(at + 1),
            "get" | "all" | "use" | "route" | "head" if self.tokens.word(at + 1) == "(" => self.route(at),
            "Get" | "All" if at > 0 && self.tokens.word(at - 1) == "@" => self.route(at),
            function if self.tokens.word(at + 1) == "(" && is_wrapper_name(function) => self.wrapped(at),
            _ => {}
        }
    }

    /// Reads what follows an expression that is the whole environment.
    fn environment(&mut self, start: usize, after: usize, is_fixed: bool) {
        let after = if self.tokens.word(after) == "?" { after + 1 } else { after };
        match self.tokens.word(after) {
            "." if self.tokens.kind(after + 1) == Some(Kind::Word) => {
                let token = self.tokens.list[after + 1];
                self.push((token.start, token.end), start, after + 2, is_fixed);
            }
            "." if self.tokens.word(after + 1) == "[" => self.index(start, after + 1, is_fixed),
            "[" => self.index(start, after, is_fixed),
            _ => self.whole(start, is_fixed),
        }
    }

    /// `process.env[…]`.
    fn index(&mut self, start: usize, open: usize, is_fixed: bool) {
        if let Some((_, from, to)) = self.tokens.string(open + 1) {
            return self.push((from, to), start, open + 3, is_fixed);
        }
        match self.tokens.kind(open + 1) {
            // `` process.env[`PREFIX_${x}`] ``
            Some(Kind::Template) => {
                let written = self.tokens.word(open + 1);
                let prefix = written.trim_start_matches('`').trim_end_matches("${");
                if is_name(prefix) {
                    let from = self.tokens.list[open + 1].start + 1;
                    let mut read = self.read((from, from + prefix.len()), Absent::Nothing, is_fixed);
                    read.is_prefix = true;
                    self.facts.reads.push(read);
                }
                self.facts.env_suffixes.extend(self.suffix(open + 1));
            }
            Some(Kind::Word) if self.tokens.word(open + 2) == "]" => self.wrapper(start, self.tokens.word(open + 1)),
            _ => {}
        }
    }

    fn named_by(&mut self, at: usize, start: usize, after: usize) {
        if let Some((_, from, to)) = self.tokens.string(at) {
            self.push((from, to), start, after, false);
        }
    }

    /// Returns what follows the last `${…}` of a template that names a variable: `` `${vendor}_API_KEY` ``.
    fn suffix(&self, at: usize) -> Option<String> {
        let rest = &self.input.text[self.tokens.list[at].start + 1..];
        let template = &rest[..rest.find('`')?];
        let (_, suffix) = template.rsplit_once('}').filter(|_| template.contains("${"))?;
        (suffix.starts_with('_') && is_name(suffix)).then(|| suffix.to_string())
    }

    /// The whole environment is taken: destructured, or parsed by a schema.
    fn whole(&mut self, start: usize, is_fixed: bool) {
        if start >= 2
            && self.tokens.word(start - 1) == "="
            && self.tokens.word(start - 2) == "}"
            && let Some(open) = self.tokens.opening(start - 2)
        {
            self.destructured(open, is_fixed);
        }
        // `parse({...process.env})` is the same.
        let dots = (1..=3).take_while(|it| start > *it && self.tokens.word(start - it) == ".").count();
        let is_spread = dots > 0 && start > dots + 1 && self.tokens.word(start - dots - 1) == "{";
        let start = if is_spread { start - dots - 1 } else { start };
        let parses = start >= 4
            && self.tokens.word(start - 1) == "("
            && matches!(self.tokens.word(start - 2), "parse" | "safeParse" | "validateSync" | "validate");
        if parses && self.tokens.word(start - 3) == "." {
            let schema = self.tokens.word(start - 4);
            if schema == ")" {
                if let Some(open) = self.tokens.opening(start - 4) {
                    self.schema(open + 1);
                }
            } else {
                self.declared_schema(schema);
            }
        }
    }

    fn destructured(&mut self, open: usize, is_fixed: bool) {
        for item in self.tokens.items(open) {
            let token = self.tokens.list[item.start];
            let name = self.tokens.string(item.start).map_or((token.start, token.end), |it| (it.1, it.2));
            if !is_name(&self.input.text[name.0..name.1]) {
                continue;
            }
            let equals = item.clone().find(|at| self.tokens.word(*at) == "=");
            let absent = equals.map_or(Absent::Nothing, |at| self.literal(at + 1));
            let read = self.read(name, absent, is_fixed);
            self.facts.reads.push(read);
        }
    }

    /// Reads the keys of an object whose values say what is expected.
    fn schema(&mut self, open: usize) {
        if self.tokens.word(open) != "{" {
            return;
        }
        for item in self.tokens.items(open) {
            let token = self.tokens.list[item.start];
            let name = self.tokens.string(item.start).map_or((token.start, token.end), |it| (it.1, it.2));
            if self.tokens.word(item.start + 1) != ":" || !is_name(&self.input.text[name.0..name.1]) {
                continue;
            }
            // `zChecks` alone is a schema from elsewhere, which may allow anything.
            // So may what a function of the program makes: `flag("true")`.
            let is_named_schema = item.end == item.start + 3 || self.is_own_function(self.tokens.word(item.start + 2));
            let mut absent = if is_named_schema { Absent::Computed } else { Absent::Fails };
            for at in item.start + 2..item.end {
                match self.tokens.word(at) {
                    "optional" | "nullish" | "requiredWhen" => absent = Absent::Nothing,
                    "default" if self.tokens.word(at + 1) == "(" => absent = self.literal(at + 2),
                    "default" | "devDefault" if self.tokens.word(at + 1) == ":" => absent = self.literal(at + 2),
                    _ => continue,
                }
                break;
            }
            let is_public = PUBLIC_PREFIXES.iter().any(|it| self.input.text[name.0..name.1].starts_with(it));
            let read = self.read(name, absent, is_public);
            self.facts.reads.push(read);
        }
    }

    /// Returns whether this file declares a function or variable of a name.
    fn is_own_function(&self, name: &str) -> bool {
        let declares = |at: usize| matches!(self.tokens.word(at), "const" | "let" | "var" | "function");
        (1..self.tokens.list.len()).any(|at| self.tokens.word(at) == name && declares(at - 1))
    }

    fn push(&mut self, name: (usize, usize), start: usize, after: usize, is_fixed: bool) {
        let text = &self.input.text[name.0..name.1];
        if !is_name(text) || is_fixed && VITE_OWN.contains(&text) {
            return;
        }
        if self.tokens.word(after) == "=" && self.tokens.word(after + 1) != "=" && self.tokens.word(after + 1) != ">" {
            let name = Spanned::new(text.to_string(), self.span(name));
            let value = self.tokens.string(after + 1).map(|it| Spanned::new(it.0.to_string(), self.span((it.1, it.2))));
            let by = if self.input.in_test { SetBy::Test } else { SetBy::Code };
            return self.facts.sets.push(EnvSet { name, value, by, into: None, scope: None });
        }
        if start > 0 && self.tokens.word(start - 1) == "delete" {
            return;
        }
        let absent = self.absent(start, after);
        if absent == Absent::Fails && self.is_in_block(start) {
            self.facts.late_needs.push(self.span(name));
        }
        // Vite replaces `import.meta.env` only: `process.env.VITE_X` is a server's, or that of the build itself.
        let is_servers = text.starts_with("VITE_") && !self.input.path.contains("vite.config");
        let is_public = !is_servers && PUBLIC_PREFIXES.iter().any(|it| text.starts_with(it));
        let read = self.read(name, absent, is_fixed || is_public);
        self.facts.reads.push(read);
    }

    fn read(&self, name: (usize, usize), absent: Absent, build_time: bool) -> EnvRead {
        EnvRead {
            name: Spanned::new(self.input.text[name.0..name.1].to_string(), self.span(name)),
            language: Language::Script,
            absent,
            in_test: self.input.in_test,
            build_time,
            is_prefix: false,
        }
    }

    fn span(&self, range: (usize, usize)) -> Span {
        Span::new(self.input.file, range.0, range.1)
    }

    /// Returns what happens without the variable that is asked for by the tokens from `start` to `after`.
    fn absent(&self, start: usize, mut after: usize) -> Absent {
        if start > 0 && self.tokens.word(start - 1) == "!" && self.fails_if(start) {
            return Absent::Fails;
        }
        if self.tokens.word(after) == "!" && self.tokens.word(after + 1) != "=" {
            after += 1;
        }
        if self.tokens.word(after) == "as" {
            after += 2;
        }
        let is_default = self.tokens.are(after, &["?", "?"]) || self.tokens.are(after, &["|", "|"]);
        // `a || !b` asks for another thing; `a || b` in a condition does as well, but there nothing is lost.
        if is_default && self.tokens.word(after + 2) != "!" { self.literal(after + 2) } else { Absent::Nothing }
    }

    /// Returns whether a place is in some block: of a function, most often, that may never be called.
    fn is_in_block(&self, at: usize) -> bool {
        let mut open = self.tokens.opening(at);
        while let Some(at) = open {
            if self.tokens.word(at) == "{" {
                return true;
            }
            open = self.tokens.opening(at);
        }
        false
    }

    /// Returns whether `if (!process.env.X …) throw` stands here.
    fn fails_if(&self, start: usize) -> bool {
        let Some(open) = self.tokens.opening(start) else { return false };
        if self.tokens.word(open) != "(" || open == 0 || self.tokens.word(open - 1) != "if" {
            return false;
        }
        let body = self.tokens.after_group(open);
        let first = if self.tokens.word(body) == "{" { body + 1 } else { body };
        let all_of = (open..body).any(|at| self.tokens.are(at, &["&", "&"]));
        !all_of && (self.tokens.word(first) == "throw" || self.tokens.are(first, &["process", ".", "exit"]))
    }

    /// Returns the default that the expression at `at` is.
    fn literal(&self, at: usize) -> Absent {
        if let Some((text, _, _)) = self.tokens.string(at) {
            return if text.is_empty() { Absent::Nothing } else { Absent::Default(text.to_string()) };
        }
        match (self.tokens.kind(at), self.tokens.word(at)) {
            // `15 * 60 * 1000`
            (Some(Kind::Number), _) if matches!(self.tokens.word(at + 1), "*" | "/" | "+" | "-" | "%") => {
                Absent::Computed
            }
            (Some(Kind::Number), number) => Absent::Default(number.to_string()),
            (_, word @ ("true" | "false")) => Absent::Default(word.to_string()),
            (_, "undefined" | "null") => Absent::Nothing,
            _ => Absent::Computed,
        }
    }

    /// Finds the function around `process.env[name]` whose first parameter is that name.
    fn wrapper(&mut self, start: usize, parameter: &str) {
        let mut at = start;
        while let Some(open) = self.tokens.opening(at) {
            at = open;
            if let Some(name) = self.function_before(open, parameter) {
                let fails = (open..self.tokens.after_group(open)).any(|it| self.tokens.word(it) == "throw");
                return self.facts.env_wrappers.push(EnvWrapper { name, language: Language::Script, fails });
            }
        }
        // `const env = (name) => process.env[name]` has no braces of its own.
        if let Some(name) = self.function_before(start, parameter) {
            self.facts.env_wrappers.push(EnvWrapper { name, language: Language::Script, fails: false });
        }
    }

    /// Returns the name of the function whose body starts at `body`, if its first parameter is called so.
    fn function_before(&self, body: usize, parameter: &str) -> Option<String> {
        let from = body.saturating_sub(40);
        let open = (from..body).rev().find(|at| self.tokens.are(*at, &["(", parameter]))?;
        let close = self.tokens.after_group(open);
        // Between the parameters and the body stands a type or an arrow, never another statement.
        if close > body || (close..body).any(|at| matches!(self.tokens.word(at), ";" | "{" | "}")) {
            return None;
        }
        let mut at = open.checked_sub(1)?;
        if self.tokens.word(at) == ">" {
            at = (0..at).rev().find(|it| self.tokens.word(*it) == "<")?.checked_sub(1)?;
        }
        if matches!(self.tokens.word(at), "async") {
            at = at.checked_sub(1)?;
        }
        if self.tokens.word(at) == "=" {
            at = at.checked_sub(1)?;
        }
        let name = self.tokens.word(at);
        let is_name = self.tokens.kind(at) == Some(Kind::Word) && !matches!(name, "if" | "for" | "while" | "switch");
        is_name.then(|| name.to_string())
    }

    /// A call that reads a variable if its function is a wrapper.
    fn wrapped(&mut self, at: usize) {
        let Some((text, from, to)) = self.tokens.string(at + 2) else { return };
        if !is_loud_name(text) {
            return;
        }
        let close = self.tokens.after_group(at + 1);
        let mut absent = self.absent(at, close);
        if self.tokens.word(at + 3) == "," && absent == Absent::Nothing {
            absent = self.literal(at + 4);
        }
        // A bundler replaces `process.env.X` as it is written; behind a function it cannot see it.
        let read = self.read((from, to), absent, false);
        self.facts.wrapped_reads.push(WrappedRead { function: self.tokens.word(at).to_string(), read });
    }

    fn route(&mut self, at: usize) {
        let Some((path, from, to)) = self.tokens.string(at + 2) else { return };
        let receiver = at.checked_sub(2).map_or("", |it| self.tokens.word(it)).to_ascii_lowercase();
        let is_decorator = at > 0 && self.tokens.word(at - 1) == "@";
        let serves = is_decorator
            || ["app", "router", "server", "fastify", "api", "route", "hono"].iter().any(|it| receiver.contains(it));
        if serves && (path.starts_with('/') || is_decorator) {
            let path = format!("/{}", path.trim_start_matches('/'));
            self.facts.routes.push(Spanned::new(path, self.span((from, to))));
        }
    }

    fn listen(&mut self, open: usize) {
        let items = self.tokens.items(open);
        let Some(first) = items.first() else { return };
        let port = if self.tokens.word(first.start) == "{" {
            first.clone().find(|at| self.tokens.are(*at, &["port", ":"])).map(|at| at + 2)
        } else {
            Some(first.start)
        };
        let Some(at) = port.and_then(|at| self.number(at)) else { return };
        let token = self.tokens.list[at];
        if let Ok(port) = self.tokens.word(at).parse() {
            self.facts.listens.push(Spanned::new(port, self.span((token.start, token.end))));
        }
    }

    /// Returns the token of the number that an expression is, or falls back to.
    fn number(&self, at: usize) -> Option<usize> {
        if self.tokens.kind(at) == Some(Kind::Number) {
            return Some(at);
        }
        let name = self.tokens.word(at);
        let assigned = (0..self.tokens.list.len())
            .find(|it| self.tokens.kind(at) == Some(Kind::Word) && self.tokens.are(*it, &[name, "="]))?;
        (assigned + 2..assigned + 14)
            .take_while(|it| !matches!(self.tokens.word(*it), ";" | "const" | "let"))
            .find(|it| self.tokens.kind(*it) == Some(Kind::Number))
    }
}

fn is_wrapper_name(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    lower.contains("env") || lower.contains("config") || lower.contains("var") || lower.contains("secret")
}

/// Returns the route that a file is by its place: Next.js' `app/…/route.ts` and `pages/api/…`.
fn route_of_path(input: &Input) -> Option<Spanned<String>> {
    let (folder, name) = input.path.rsplit_once('/')?;
    let stem = name.split('.').next()?;
    let route = if stem == "route" {
        let (_, inner) = folder.split_once("app/")?;
        inner.split('/').filter(|it| !it.starts_with('(')).collect::<Vec<_>>().join("/")
    } else {
        let (_, inner) = folder.split_once("pages/api").filter(|it| it.1.is_empty() || it.1.starts_with('/'))?;
        let last = if stem == "index" { String::new() } else { format!("/{stem}") };
        format!("api{inner}{last}")
    };
    Some(Spanned::new(format!("/{route}"), Span::new(input.file, 0, 0)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::repo::env_wrapper;
    use crate::repo::tree::Tree;
    use crate::source::FileId;

    fn facts(path: &str, text: &str) -> Facts {
        let tree = Tree::default();
        let kind = crate::repo::kind::Kind::Script;
        let mut facts = Facts::default();
        read(
            &Input { file: FileId(0), path, text, kind, in_test: false, tree: &tree },
            &mut facts,
            &mut Diags::default(),
        );
        env_wrapper::resolve(&mut facts);
        facts
    }

    /// Every read in short: `A!` fails without, `A=x` has a default, `A~` a computed one, `@A` is fixed by a build.
    fn reads(text: &str) -> String {
        let facts = facts("src/a.ts", text);
        let short = |read: &EnvRead| {
            let span = read.name.span;
            assert_eq!(&text[span.start as usize..span.end as usize], read.name.value);
            let absent = match &read.absent {
                Absent::Fails => "!".to_string(),
                Absent::Default(it) => format!("={it}"),
                Absent::Computed => "~".to_string(),
                Absent::Nothing => String::new(),
            };
            format!("{}{}{absent}", if read.build_time { "@" } else { "" }, read.name.value)
        };
        facts.reads.iter().map(short).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn every_way_to_ask_is_seen() {
        let cases = [
            ("const a = process.env.A_B ?? 'x';", "A_B=x"),
            ("x(process.env['A'] || 3000)", "A=3000"),
            ("process.env.A || other()", "A~"),
            ("const { A, B: b = 'd', ...rest } = process.env", "A B=d"),
            ("const env = process.env; f(env.A); g.env.B", "A"),
            ("import.meta.env.VITE_A + import.meta.env.MODE", "@VITE_A"),
            ("process.env.NEXT_PUBLIC_A", "@NEXT_PUBLIC_A"),
            ("if (!process.env.A) throw new Error('x')", "A!"),
            ("if (!process.env.A) { return }", "A"),
            ("Deno.env.get('A') ?? 'x'", "A=x"),
            ("// process.env.A\n'process.env.B'", ""),
            ("`${process.env.A}`", "A"),
            ("process?.env?.A ?? 1", "A=1"),
            ("process.env[`A_${x}`]", "A_"),
        ];
        for (text, expected) in cases {
            assert_eq!(reads(text), expected, "{text}");
        }
    }

    #[test]
    fn schemas_say_what_is_required() {
        let cases = [
            (
                "createEnv({ server: { A: z.string().url(), B: z.string().optional() }, client: {}, runtimeEnv: process.env })",
                "A! B",
            ),
            ("cleanEnv(process.env, { A: str(), B: port({ default: 80 }) })", "A! B=80"),
            ("const s = z.object({ A: z.coerce.number().default(3) });\nexport const c = s.parse(process.env);", "A=3"),
        ];
        for (text, expected) in cases {
            assert_eq!(reads(text), expected, "{text}");
        }
    }

    #[test]
    fn calls_of_a_wrapper_are_reads() {
        let wrapper = "export const env = (name: string, d?: string) => process.env[name] ?? d;\n";
        assert_eq!(reads(&format!("{wrapper}env('A_B'); env('C_D', 'x');")), "A_B C_D=x");
        let wrapper =
            "function mustEnv(key) { const v = process.env[key]; if (!v) { throw new Error(key) } return v }\n";
        assert_eq!(reads(&format!("{wrapper}mustEnv('A_B')")), "A_B!");
    }

    #[test]
    fn sets_routes_and_ports_are_told_from_reads() {
        let found = facts(
            "src/server.ts",
            "process.env.A = 'x'; app.get('/health', f); map.get('/x'); const PORT = process.env.PORT || 3000; app.listen(PORT)",
        );
        assert_eq!(found.sets[0].value.as_ref().unwrap().value, "x");
        assert_eq!(found.routes.iter().map(|it| it.value.as_str()).collect::<Vec<_>>(), ["/health"]);
        assert_eq!(found.listens[0].value, 3000);
        assert_eq!(facts("app/api/(x)/health/route.ts", "").routes[0].value, "/api/health");
        assert_eq!(facts("src/pages/api/health.ts", "").routes[0].value, "/api/health");
    }
}
