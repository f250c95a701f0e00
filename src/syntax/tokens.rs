//! Tokens of C-like languages (JavaScript, TypeScript, Go, Rust), without a grammar.
//!
//! Comments are dropped, strings are found whatever they hold, and nothing ever fails: a stray quote is punctuation.
//! That is enough to see which names a program asks the environment for, and it reads code of any dialect.

/// Whose quotes and comments count.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Style {
    /// JavaScript and TypeScript: regular expressions, templates.
    Script,
    /// Go: raw strings in backquotes.
    Go,
    /// Rust: raw strings with hashes, lifetimes, nested comments.
    Rust,
}

/// What a token is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// A name or keyword.
    Word,
    /// A number.
    Number,
    /// A whole string, quotes included.
    String,
    /// A template with `${…}` in it, or a part of one: its value is not known.
    Template,
    /// One character of anything else.
    Mark,
}

/// A token.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Token {
    /// What it is.
    pub kind: Kind,
    /// Its first byte.
    pub start: usize,
    /// The first byte after it.
    pub end: usize,
}

/// Splits a text.
pub fn split(text: &str, style: Style) -> Vec<Token> {
    let mut lexer = Lexer { text, bytes: text.as_bytes(), at: 0, style, list: Vec::new(), open: Vec::new() };
    while lexer.at < lexer.bytes.len() {
        lexer.next();
    }
    lexer.list
}

struct Lexer<'a> {
    text: &'a str,
    bytes: &'a [u8],
    at: usize,
    style: Style,
    list: Vec<Token>,
    /// For every template that is open, how many braces are open within its `${`.
    open: Vec<usize>,
}

impl Lexer<'_> {
    fn next(&mut self) {
        let (start, byte) = (self.at, self.bytes[self.at]);
        match byte {
            b' ' | b'\t' | b'\r' | b'\n' => self.at += 1,
            b'/' if self.peek(1) == Some(b'/') => self.skip_line(),
            b'/' if self.peek(1) == Some(b'*') => self.block_comment(),
            b'/' if self.style == Style::Script && self.is_regex_place() && self.regex() => {}
            b'"' => self.quoted(b'"'),
            b'\'' if self.style == Style::Rust => self.quote_of_rust(),
            b'\'' => self.quoted(b'\''),
            b'`' if self.style == Style::Go => self.raw("`"),
            b'`' if self.style == Style::Script => {
                self.at += 1;
                self.template(start);
            }
            b'r' if self.style == Style::Rust && self.raw_of_rust() => {}
            b'{' => {
                if let Some(depth) = self.open.last_mut() {
                    *depth += 1;
                }
                self.mark();
            }
            b'}' => match self.open.last_mut() {
                Some(0) => {
                    self.open.pop();
                    self.at += 1;
                    self.template(start);
                }
                Some(depth) => {
                    *depth -= 1;
                    self.mark();
                }
                None => self.mark(),
            },
            b'0'..=b'9' => self.take(Kind::Number, |it| it.is_ascii_alphanumeric() || it == b'_' || it == b'.'),
            it if is_word(it) => self.take(Kind::Word, is_word_or_digit),
            _ => self.mark(),
        }
    }

    fn peek(&self, by: usize) -> Option<u8> {
        self.bytes.get(self.at + by).copied()
    }

    fn push(&mut self, kind: Kind, start: usize) {
        self.list.push(Token { kind, start, end: self.at });
    }

    fn mark(&mut self) {
        let start = self.at;
        self.at += 1;
        self.push(Kind::Mark, start);
    }

    fn take(&mut self, kind: Kind, belongs: fn(u8) -> bool) {
        let start = self.at;
        while self.at < self.bytes.len() && belongs(self.bytes[self.at]) {
            self.at += 1;
        }
        self.push(kind, start);
    }

    fn skip_line(&mut self) {
        self.at = memchr::memchr(b'\n', &self.bytes[self.at..]).map_or(self.bytes.len(), |it| self.at + it);
    }

    fn block_comment(&mut self) {
        let mut depth = 0_usize;
        while self.at < self.bytes.len() {
            match &self.bytes[self.at..self.bytes.len().min(self.at + 2)] {
                b"/*" if depth == 0 || self.style == Style::Rust => {
                    depth += 1;
                    self.at += 2;
                }
                b"*/" => {
                    depth -= 1;
                    self.at += 2;
                    if depth == 0 {
                        return;
                    }
                }
                _ => self.at += 1,
            }
        }
    }

    /// Reads a string that ends with `quote`; one that its line does not close is a stray mark, except in Rust.
    fn quoted(&mut self, quote: u8) {
        let start = self.at;
        let mut at = start + 1;
        while at < self.bytes.len() {
            match self.bytes[at] {
                b'\\' => at += 1,
                b'\n' if self.style != Style::Rust => break,
                it if it == quote => {
                    self.at = at + 1;
                    return self.push(Kind::String, start);
                }
                _ => {}
            }
            at += 1;
        }
        self.mark();
    }

    fn raw(&mut self, quote: &str) {
        let start = self.at;
        let from = start + quote.len();
        let end = self.text.get(from..).and_then(|it| it.find(quote)).map(|it| from + it + quote.len());
        self.at = end.unwrap_or(self.bytes.len());
        self.push(Kind::String, start);
    }

    /// `r"…"`, `r#"…"#`; returns whether it is one.
    fn raw_of_rust(&mut self) -> bool {
        let hashes = self.bytes[self.at + 1..].iter().take_while(|it| **it == b'#').count();
        if self.peek(1 + hashes) != Some(b'"') {
            return false;
        }
        let (start, close) = (self.at, format!("\"{}", "#".repeat(hashes)));
        let from = start + 2 + hashes;
        let end = self.text.get(from..).and_then(|it| it.find(&close)).map(|it| from + it + close.len());
        self.at = end.unwrap_or(self.bytes.len());
        self.push(Kind::String, start);
        true
    }

    /// A character, or a lifetime.
    fn quote_of_rust(&mut self) {
        let rest = &self.bytes[self.at + 1..];
        let end = match rest.first() {
            Some(b'\\') => rest.iter().skip(2).position(|it| *it == b'\'').map(|it| it + 3),
            Some(_) => rest.iter().take(5).skip(1).position(|it| *it == b'\'').map(|it| it + 2),
            None => None,
        };
        let is_lifetime = rest.first().is_some_and(|it| is_word(*it)) && rest.get(1) != Some(&b'\'');
        match end.filter(|_| !is_lifetime) {
            Some(length) => self.at += 1 + length,
            None => self.at += 1,
        }
    }

    /// Reads on in a template, after its backquote or the `}` of a part.
    fn template(&mut self, start: usize) {
        while self.at < self.bytes.len() {
            match self.bytes[self.at] {
                b'\\' => self.at += 2,
                b'`' => {
                    self.at += 1;
                    let is_whole = self.bytes[start] == b'`';
                    return self.push(if is_whole { Kind::String } else { Kind::Template }, start);
                }
                b'$' if self.peek(1) == Some(b'{') => {
                    self.at += 2;
                    self.open.push(0);
                    return self.push(Kind::Template, start);
                }
                _ => self.at += 1,
            }
        }
        self.at = self.bytes.len();
        self.push(Kind::Template, start);
    }

    /// Returns whether a `/` here starts a regular expression rather than dividing.
    fn is_regex_place(&self) -> bool {
        let Some(last) = self.list.last() else { return true };
        match last.kind {
            Kind::Word => matches!(&self.text[last.start..last.end], "return" | "typeof" | "case" | "in" | "of"),
            Kind::Mark => !matches!(self.bytes[last.start], b')' | b']' | b'}' | b'<'),
            _ => false,
        }
    }

    fn regex(&mut self) -> bool {
        let (mut at, mut in_class) = (self.at + 1, false);
        while let Some(byte) = self.bytes.get(at) {
            match byte {
                b'\n' => return false,
                b'\\' => at += 1,
                b'[' => in_class = true,
                b']' => in_class = false,
                b'/' if !in_class => {
                    self.at = at + 1;
                    return true;
                }
                _ => {}
            }
            at += 1;
        }
        false
    }
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || byte == b'_' || byte == b'$' || byte >= 0x80
}

fn is_word_or_digit(byte: u8) -> bool {
    is_word(byte) || byte.is_ascii_digit()
}

/// A text with its tokens, and ways to look at them.
pub struct Tokens<'a> {
    /// The text.
    pub text: &'a str,
    /// Its tokens.
    pub list: Vec<Token>,
}

impl<'a> Tokens<'a> {
    /// Splits a text.
    pub fn of(text: &'a str, style: Style) -> Tokens<'a> {
        Tokens { text, list: split(text, style) }
    }

    /// Returns a token as written; nothing behind the last.
    pub fn word(&self, at: usize) -> &'a str {
        self.list.get(at).and_then(|it| self.text.get(it.start..it.end)).unwrap_or("")
    }

    /// Returns whether the tokens from `at` on are these.
    pub fn are(&self, at: usize, words: &[&str]) -> bool {
        words.iter().enumerate().all(|(by, it)| self.word(at + by) == *it)
    }

    /// Returns the kind of a token.
    pub fn kind(&self, at: usize) -> Option<Kind> {
        self.list.get(at).map(|it| it.kind)
    }

    /// Returns what a string says and where, without quotes; `None` for anything else, and where escapes stand.
    pub fn string(&self, at: usize) -> Option<(&'a str, usize, usize)> {
        let token = self.list.get(at).filter(|it| it.kind == Kind::String)?;
        let written = self.word(at);
        let hashes = written.strip_prefix('r').map(|it| it.len() - it.trim_start_matches('#').len());
        let (before, after) = hashes.map_or((1, 1), |it| (it + 2, it + 1));
        let inner = written.get(before..written.len().checked_sub(after)?)?;
        let is_raw = hashes.is_some() || written.starts_with('`');
        (is_raw || !inner.contains('\\')).then_some((inner, token.start + before, token.end - after))
    }

    /// Returns the token behind the bracket that closes the one at `at`.
    pub fn after_group(&self, at: usize) -> usize {
        let mut depth = 0_usize;
        for index in at..self.list.len() {
            // A template's `${` and `}` are in its own tokens, so brackets within balance by themselves.
            match self.word(index) {
                "(" | "[" | "{" => depth += 1,
                ")" | "]" | "}" => {
                    depth = depth.saturating_sub(1);
                    if depth == 0 {
                        return index + 1;
                    }
                }
                _ => {}
            }
        }
        self.list.len()
    }

    /// Returns the token of the bracket that is open around `at`, if any.
    pub fn opening(&self, at: usize) -> Option<usize> {
        let mut depth = 0_usize;
        for index in (0..at).rev() {
            match self.word(index) {
                ")" | "]" | "}" => depth += 1,
                "(" | "[" | "{" if depth == 0 => return Some(index),
                "(" | "[" | "{" => depth -= 1,
                _ => {}
            }
        }
        None
    }

    /// Returns the ranges of the comma-separated items of the bracket at `open`.
    pub fn items(&self, open: usize) -> Vec<std::ops::Range<usize>> {
        let end = self.after_group(open).saturating_sub(1);
        let (mut at, mut start, mut found) = (open + 1, open + 1, Vec::new());
        while at < end {
            match self.word(at) {
                "," => {
                    found.push(start..at);
                    at += 1;
                    start = at;
                }
                "(" | "[" | "{" => at = self.after_group(at),
                _ => at += 1,
            }
        }
        if start < end {
            found.push(start..end);
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str, style: Style) -> Vec<&str> {
        split(text, style).into_iter().map(|it| &text[it.start..it.end]).collect()
    }

    #[test]
    fn comments_strings_and_templates_are_told_from_code() {
        let cases: [(&str, Style, &[&str]); 8] = [
            ("a // b\n/* c */ d", Style::Script, &["a", "d"]),
            ("x = /a\"b/g.test('y')", Style::Script, &["x", "=", "g", ".", "test", "(", "'y'", ")"]),
            ("a / b / c", Style::Script, &["a", "/", "b", "/", "c"]),
            ("`a${b.c}d` + `e`", Style::Script, &["`a${", "b", ".", "c", "}d`", "+", "`e`"]),
            ("`${ {a: `${1}`} }`;f", Style::Script, &["`${", "{", "a", ":", "`${", "1", "}`", "}", "}`", ";", "f"]),
            ("<p>Don't</p>\nx", Style::Script, &["<", "p", ">", "Don", "'", "t", "<", "/", "p", ">", "x"]),
            ("s := `a\"\n` + \"b\\\"\"", Style::Go, &["s", ":", "=", "`a\"\n`", "+", "\"b\\\"\""]),
            (
                "f::<'a>('x', r#\"a\"b\"#) /* /* */ */ g",
                Style::Rust,
                &["f", ":", ":", "<", "a", ">", "(", ",", "r#\"a\"b\"#", ")", "g"],
            ),
        ];
        for (text, style, expected) in cases {
            assert_eq!(words(text, style), expected, "{text}");
        }
    }

    #[test]
    fn groups_and_items_are_found() {
        let tokens = Tokens::of("f(a, g(1, 2), 'x') h", Style::Script);
        assert_eq!(tokens.word(tokens.after_group(1)), "h");
        assert_eq!(tokens.items(1).len(), 3);
        assert_eq!(tokens.opening(7), Some(5));
        assert_eq!(tokens.string(11).map(|it| it.0), Some("x"));
    }

    #[test]
    fn no_text_makes_it_fail() {
        for text in ["'", "\"", "`", "`${", "r#\"", "'\\", "/*", "/", "}}}", "`\\", "é'é"] {
            for style in [Style::Script, Style::Go, Style::Rust] {
                split(text, style);
            }
        }
    }
}
