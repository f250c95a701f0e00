//! Reads nginx configuration into directives: words, quotes, `;`, braces and comments, with every place.
//!
//! Nothing is refused. A file that ends inside a block keeps what was read of it.

use super::fact::{Directive, Facts, NginxFile, Text};
use super::reader::Input;
use crate::diag::Diags;
use crate::source::{FileId, Span, Spanned};

/// How deep blocks may be nested: nginx itself knows five.
const MAX_DEPTH: usize = 32;

/// Reads an nginx file.
pub fn read(input: &Input, facts: &mut Facts, _: &mut Diags) {
    let mut parser = Parser { file: input.file, text: input.text, at: 0 };
    let directives = if is_go_template(input.text) { Vec::new() } else { parser.block(0) };
    let references = if is_go_template(input.text) { Vec::new() } else { references(input) };
    facts.nginx.push(NginxFile { file: input.file, path: input.path.to_string(), directives, references });
}

/// Returns every `${NAME}` outside comments: the value is the name, the place the whole of it.
fn references(input: &Input) -> Vec<Text> {
    let mut found = Vec::new();
    let mut at = 0;
    for line in input.text.split_inclusive('\n') {
        let plain = if line.trim_start().starts_with('#') { "" } else { line };
        for (start, _) in plain.match_indices("${") {
            let rest = &plain[start + 2..];
            let name = rest.find('}').map_or("", |end| &rest[..end]);
            let is_upper = |it: u8| it.is_ascii_uppercase() || it.is_ascii_digit() || it == b'_';
            if name.starts_with(|it: char| it.is_ascii_uppercase()) && name.bytes().all(is_upper) {
                let span = Span::new(input.file, at + start, at + start + name.len() + 3);
                found.push(Spanned::new(name.to_string(), span));
            }
        }
        at += line.len();
    }
    found
}

/// Returns whether a program makes the configuration of this file, such as docker-gen: what stands in it depends on
/// what that one finds.
fn is_go_template(text: &str) -> bool {
    let actions = ["if ", "range ", "with ", "define ", "template ", "$"];
    memchr::memmem::find_iter(text.as_bytes(), b"{{").any(|at| {
        let action = text[at + 2..].trim_start_matches('-').trim_start_matches(' ');
        actions.iter().any(|it| action.starts_with(it))
    })
}

struct Parser<'a> {
    file: FileId,
    text: &'a str,
    at: usize,
}

enum Token {
    Word(Text),
    End,
    Open,
    Close,
}

impl Parser<'_> {
    fn block(&mut self, depth: usize) -> Vec<Directive> {
        let mut list = Vec::new();
        let mut words: Vec<Text> = Vec::new();
        while let Some(token) = self.token() {
            match token {
                Token::Word(word) => words.push(word),
                Token::End => list.extend(self.directive(&mut words, Vec::new())),
                Token::Open => {
                    // Lua code and the like is not made of directives, but its braces match.
                    let inner = if depth < MAX_DEPTH { self.block(depth + 1) } else { Vec::new() };
                    list.extend(self.directive(&mut words, inner));
                }
                Token::Close => break,
            }
        }
        list
    }

    fn directive(&self, words: &mut Vec<Text>, block: Vec<Directive>) -> Option<Directive> {
        let mut words = std::mem::take(words).into_iter();
        let name = words.next()?;
        let span = Span::new(self.file, name.span.start as usize, self.at);
        Some(Directive { name, arguments: words.collect(), block, span })
    }

    fn token(&mut self) -> Option<Token> {
        let bytes = self.text.as_bytes();
        loop {
            match *bytes.get(self.at)? {
                b'#' => {
                    let rest = &bytes[self.at..];
                    self.at += memchr::memchr(b'\n', rest).unwrap_or(rest.len());
                }
                it if it.is_ascii_whitespace() => self.at += 1,
                _ => break,
            }
        }
        let start = self.at;
        let symbol = match bytes[start] {
            b';' => Some(Token::End),
            b'{' => Some(Token::Open),
            b'}' => Some(Token::Close),
            _ => None,
        };
        if symbol.is_some() {
            self.at += 1;
            return symbol;
        }
        let text = match bytes[start] {
            quote @ (b'"' | b'\'') => self.quoted(quote),
            _ => self.plain(),
        };
        Some(Token::Word(Spanned::new(text, Span::new(self.file, start, self.at))))
    }

    fn quoted(&mut self, quote: u8) -> String {
        let bytes = self.text.as_bytes();
        let start = self.at + 1;
        let mut end = start;
        while end < bytes.len() && bytes[end] != quote {
            end += if bytes[end] == b'\\' { 2 } else { 1 };
        }
        let end = end.min(bytes.len());
        self.at = (end + 1).min(bytes.len());
        let quote = char::from(quote);
        self.text.get(start..end).unwrap_or("").replace(&format!("\\{quote}"), &quote.to_string())
    }

    /// A word ends at a blank, `;` or a brace, but `${name}` and braces after a backslash belong to it.
    fn plain(&mut self) -> String {
        let bytes = self.text.as_bytes();
        let start = self.at;
        while let Some(&it) = bytes.get(self.at) {
            match it {
                b'\\' => self.at += 2,
                b'$' if bytes.get(self.at + 1) == Some(&b'{') => {
                    let rest = &bytes[self.at..];
                    self.at += memchr::memchr(b'}', rest).map_or(2, |it| it + 1);
                }
                b';' | b'{' | b'}' => break,
                it if it.is_ascii_whitespace() => break,
                _ => self.at += 1,
            }
        }
        self.at = self.at.min(bytes.len());
        while !self.text.is_char_boundary(self.at) {
            self.at += 1;
        }
        self.text[start..self.at].to_string()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::repo::kind::Kind;
    use crate::repo::tree::Tree;

    fn nginx(text: &str) -> NginxFile {
        let tree = Tree::default();
        let kind = Kind::Nginx;
        let input = Input { file: FileId(0), path: "nginx.conf", text, kind, in_test: false, tree: &tree };
        let mut facts = Facts::default();
        read(&input, &mut facts, &mut Diags::default());
        facts.nginx.remove(0)
    }

    #[test]
    fn directives_have_their_blocks_words_and_places() {
        let text = "upstream up { server app:80; } # note {\nserver {\n  listen 80 default_server;\n  location ~ ^/(a|b)\\.x$ {\n    set $h \"a b\"; proxy_pass http://${h}/;\n  }\n}\n";
        let file = nginx(text);
        let mut seen = Vec::new();
        file.each(|around, it| {
            let words: Vec<&str> = it.arguments.iter().map(|it| it.value.as_str()).collect();
            seen.push(format!("{}{} {}", "  ".repeat(around.len()), it.name.value, words.join("|")));
            for word in &it.arguments {
                let written = &text[word.span.start as usize..word.span.end as usize];
                assert_eq!(written.trim_matches('"'), word.value);
            }
        });
        let expected = [
            "upstream up",
            "  server app:80",
            "server ",
            "  listen 80|default_server",
            "  location ~|^/(a|b)\\.x$",
            "    set $h|a b",
            "    proxy_pass http://${h}/",
        ];
        assert_eq!(seen, expected);
    }

    proptest! {
        #[test]
        fn any_text_is_read_to_its_end(text in "[a-z\\\\ {};#\"'$\u{e9}\n]{0,60}") {
            nginx(&text);
        }
    }
}
