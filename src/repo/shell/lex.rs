//! Splits shell text into words and operators, as a POSIX shell or bash would, expanding and running nothing.
//!
//! Nothing is an error: what ends too early ends with the text. Each word keeps its parts, so that whoever knows a
//! variable's value can put it in (<https://pubs.opengroup.org/onlinepubs/9799919799/utilities/V3_chap02.html>).

use super::token::{Body, Literal, Part, Parts, Quote, Redirect, Token, Variable, Word};

/// Splits a text into tokens.
pub fn tokens(text: &str) -> Vec<Token> {
    // Words of five letters on average: one list, rather than ever larger ones.
    let tokens = Vec::with_capacity(text.len() / 6 + 4);
    let mut lexer = Lexer { bytes: text.as_bytes(), at: 0, tokens, open_documents: Vec::new() };
    lexer.run();
    lexer.tokens
}

/// Returns the parts of text in which only `$` and backslash mean something: a here-document, an argument of `:-`.
pub fn expansions(text: &str, start: usize, end: usize) -> Word {
    let bytes = &text.as_bytes()[..end.min(text.len())];
    let mut lexer = Lexer { bytes, at: start, tokens: Vec::new(), open_documents: Vec::new() };
    let mut word = Word { start, end, parts: Parts::new() };
    lexer.quoted(&mut word, |_, _| false);
    word
}

/// Operators, longer ones first.
const OPERATORS: &[&str] = &["&&", "||", ";;&", ";;", ";&", "|&", ";", "&", "|", "(", ")"];
const REDIRECTS: &[&str] = &["<<<", "<<-", "<<", "<&", "<>", "<", ">>", ">&", ">|", ">", "&>>", "&>"];
/// What may follow a name in braces, longer ones first.
const EXPANSIONS: &[&str] =
    &[":-", ":=", ":?", ":+", "-", "=", "?", "+", "##", "#", "%%", "%", "//", "/", "^^", "^", ",,", ",", "@", "[", ":"];

struct Lexer<'a> {
    bytes: &'a [u8],
    at: usize,
    tokens: Vec<Token>,
    /// Tokens whose here-document starts after the next line break.
    open_documents: Vec<usize>,
}

impl Lexer<'_> {
    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn starts(&self, text: &str) -> bool {
        self.bytes[self.at..].starts_with(text.as_bytes())
    }

    fn run(&mut self) {
        while let Some(byte) = self.peek() {
            match byte {
                b' ' | b'\t' | b'\r' => self.at += 1,
                b'\\' if self.bytes.get(self.at + 1) == Some(&b'\n') => self.at += 2,
                b'\n' => {
                    self.at += 1;
                    self.tokens.push(Token::Operator("\n"));
                    self.read_documents();
                }
                b'#' => self.at += memchr::memchr(b'\n', &self.bytes[self.at..]).unwrap_or(self.bytes.len() - self.at),
                _ => self.token(byte),
            }
        }
        self.read_documents();
    }

    fn token(&mut self, byte: u8) {
        if !byte.is_ascii_digit() && !matches!(byte, b'<' | b'>' | b'&' | b'|' | b';' | b'(' | b')') {
            let word = self.word();
            return self.tokens.push(Token::Word(word));
        }
        let is_substitution =
            matches!(byte, b'<' | b'>') && self.bytes.get(self.at + 1) == Some(&b'(') || self.placeholder_length() > 0;
        // A number right before `<` or `>` is a file descriptor.
        let digits = self.bytes[self.at..].iter().take_while(|it| it.is_ascii_digit()).count();
        let is_descriptor = digits > 0 && matches!(self.bytes.get(self.at + digits), Some(b'<' | b'>'));
        let redirect_at = if is_descriptor { self.at + digits } else { self.at };
        let redirect = REDIRECTS.iter().find(|it| self.bytes[redirect_at..].starts_with(it.as_bytes()));
        if let Some(operator) = redirect.filter(|_| !is_substitution) {
            self.at = redirect_at + operator.len();
            return self.redirect(operator);
        }
        if self.starts("((") && self.is_command_start() {
            return self.skip_arithmetic();
        }
        if let Some(operator) = OPERATORS.iter().find(|it| self.starts(it)) {
            self.at += operator.len();
            return self.tokens.push(Token::Operator(operator));
        }
        let word = self.word();
        self.tokens.push(Token::Word(word));
    }

    /// `<your-host>`: what documents write for something to be filled in. No script redirects like this.
    fn placeholder_length(&self) -> usize {
        let rest = &self.bytes[self.at..];
        let is_inner = |it: &&u8| it.is_ascii_alphanumeric() || matches!(it, b'_' | b'-' | b'.');
        let length = rest.iter().skip(1).take_while(is_inner).count();
        let is_placeholder = rest.first() == Some(&b'<') && length > 0 && rest.get(length + 1) == Some(&b'>');
        if is_placeholder { length + 2 } else { 0 }
    }

    fn is_command_start(&self) -> bool {
        match self.tokens.last() {
            Some(Token::Word(it)) => {
                let text = &self.bytes[it.start..it.end];
                [b"for".as_slice(), b"if", b"while", b"then", b"do", b"else", b"!"].contains(&text)
            }
            _ => true,
        }
    }

    fn skip_arithmetic(&mut self) {
        let close = memchr::memmem::find(&self.bytes[self.at..], b"))");
        self.at = close.map_or(self.bytes.len(), |it| self.at + it + 2);
    }

    fn redirect(&mut self, operator: &'static str) {
        while matches!(self.peek(), Some(b' ' | b'\t')) {
            self.at += 1;
        }
        let target = self.word();
        if operator == "<<" || operator == "<<-" {
            self.open_documents.push(self.tokens.len());
        }
        let operator = match operator {
            "<<-" => "<<",
            ">|" | "&>" => ">",
            "&>>" => ">>",
            other => other,
        };
        self.tokens.push(Token::Redirect(Box::new(Redirect { operator, target, body: None })));
    }

    /// Reads the bodies of the here-documents that the finished line opened.
    fn read_documents(&mut self) {
        for index in std::mem::take(&mut self.open_documents) {
            let Some(Token::Redirect(redirect)) = self.tokens.get_mut(index) else { continue };
            let written = &self.bytes[redirect.target.start..redirect.target.end];
            let is_literal = written.iter().any(|it| matches!(it, b'\'' | b'"' | b'\\'));
            let delimiter: Vec<u8> = written.iter().copied().filter(|it| !matches!(it, b'\'' | b'"' | b'\\')).collect();
            let start = self.at;
            let mut end = self.bytes.len();
            while self.at < self.bytes.len() {
                let line_end =
                    memchr::memchr(b'\n', &self.bytes[self.at..]).map_or(self.bytes.len(), |it| self.at + it);
                let line = &self.bytes[self.at..line_end];
                let line_start = self.at;
                self.at = (line_end + 1).min(self.bytes.len());
                if line.trim_ascii() == delimiter {
                    end = line_start;
                    break;
                }
            }
            redirect.body = Some(Body { start, end, is_literal });
        }
    }

    fn word(&mut self) -> Word {
        let mut word = Word { start: self.at, end: self.at, parts: Parts::new() };
        let mut run = self.at;
        while let Some(byte) = self.peek() {
            let ends = matches!(byte, b' ' | b'\t' | b'\r' | b'\n' | b';' | b'&' | b'|' | b'(' | b')' | b'<' | b'>');
            let is_process =
                matches!(byte, b'<' | b'>') && word.start == self.at && self.bytes.get(self.at + 1) == Some(&b'(');
            let is_array = byte == b'(' && self.at > run && self.bytes[self.at - 1] == b'=';
            match byte {
                b'<' if self.placeholder_length() > 0 => self.at += self.placeholder_length(),
                _ if is_process => {
                    self.at += 2;
                    self.substitution(&mut word, b')', false);
                    run = self.at;
                }
                b'(' if is_array => {
                    literal(&mut word, run, self.at, Quote::None);
                    self.array(&mut word);
                    run = self.at;
                }
                // `@(a|b)`, `+(x)`: a pattern of bash, part of the word.
                b'(' if self.at > run && matches!(self.bytes[self.at - 1], b'@' | b'+' | b'?' | b'!' | b'*') => {
                    let close = memchr::memchr2(b')', b'\n', &self.bytes[self.at..]);
                    self.at = close.map_or(self.bytes.len(), |it| self.at + it + 1);
                }
                _ if ends => break,
                b'\\' => self.at = (self.at + 2).min(self.bytes.len()),
                b'\'' | b'"' | b'`' => {
                    literal(&mut word, run, self.at, Quote::None);
                    self.quote(&mut word, byte);
                    run = self.at;
                }
                b'$' if matches!(self.bytes.get(self.at + 1), Some(b'\'' | b'"')) => {
                    literal(&mut word, run, self.at, Quote::None);
                    self.at += 1;
                    run = self.at;
                }
                b'$' => {
                    literal(&mut word, run, self.at, Quote::None);
                    self.dollar(&mut word, false);
                    run = self.at;
                }
                _ => self.at += 1,
            }
        }
        literal(&mut word, run, self.at, Quote::None);
        if self.at == word.start {
            // Whatever this is, it must not be met again.
            self.at += usize::from(self.peek().is_some_and(|it| !matches!(it, b'\n' | b';' | b'&' | b'|' | b')')));
        }
        word.end = self.at;
        word
    }

    /// `NAME=(…)`: kept as one substitution part that whoever assigns splits again.
    fn array(&mut self, word: &mut Word) {
        self.at += 1;
        self.substitution(word, b')', false);
    }

    fn quote(&mut self, word: &mut Word, quote: u8) {
        self.at += 1;
        match quote {
            b'\'' => {
                let start = self.at;
                let end = memchr::memchr(b'\'', &self.bytes[start..]).map_or(self.bytes.len(), |it| start + it);
                word.parts.push(Part::Literal(Literal { start, end, quote: Quote::Single }));
                self.at = (end + 1).min(self.bytes.len());
            }
            b'"' => {
                let before = word.parts.len();
                let start = self.at;
                self.quoted(word, |bytes, at| bytes[at] == b'"');
                if word.parts.len() == before {
                    word.parts.push(Part::Literal(Literal { start, end: start, quote: Quote::Double }));
                }
                self.at = (self.at + 1).min(self.bytes.len());
            }
            _ => self.substitution(word, b'`', false),
        }
    }

    /// Reads text in which only `$`, `` ` `` and backslash mean something, up to where `ends` says.
    fn quoted(&mut self, word: &mut Word, ends: fn(&[u8], usize) -> bool) {
        let mut run = self.at;
        while let Some(byte) = self.peek() {
            match byte {
                _ if ends(self.bytes, self.at) => break,
                b'\\' => self.at = (self.at + 2).min(self.bytes.len()),
                b'$' => {
                    literal(word, run, self.at, Quote::Double);
                    self.dollar(word, true);
                    run = self.at;
                }
                b'`' => {
                    literal(word, run, self.at, Quote::Double);
                    self.at += 1;
                    self.substitution(word, b'`', true);
                    run = self.at;
                }
                _ => self.at += 1,
            }
        }
        literal(word, run, self.at, Quote::Double);
    }

    fn dollar(&mut self, word: &mut Word, is_quoted: bool) {
        let start = self.at;
        self.at += 1;
        match self.peek() {
            Some(b'(') if self.bytes.get(self.at + 1) == Some(&b'(') => {
                self.skip_arithmetic();
                word.parts.push(Part::Arithmetic);
            }
            Some(b'(') => {
                self.at += 1;
                self.substitution(word, b')', is_quoted);
            }
            Some(b'{') => self.braced(word, start, is_quoted),
            Some(byte) if byte == b'_' || byte.is_ascii_alphabetic() => {
                let end = self.at + name_length(&self.bytes[self.at..]);
                self.variable(word, start, end, is_quoted);
            }
            Some(byte) if byte.is_ascii_digit() || matches!(byte, b'@' | b'*' | b'#' | b'?' | b'$' | b'!' | b'-') => {
                self.variable(word, start, self.at + 1, is_quoted);
            }
            _ => literal(word, start, self.at, if is_quoted { Quote::Double } else { Quote::None }),
        }
    }

    /// `$NAME`, with the name up to `end`.
    fn variable(&mut self, word: &mut Word, start: usize, end: usize, is_quoted: bool) {
        let name = String::from_utf8_lossy(&self.bytes[self.at..end]).into_owned();
        let name_start = self.at;
        self.at = end;
        word.parts.push(Part::Variable(Variable {
            name,
            name_start,
            operator: "",
            argument: end,
            start,
            end,
            is_quoted,
        }));
    }

    fn braced(&mut self, word: &mut Word, start: usize, is_quoted: bool) {
        self.at += 1;
        // `${#X}` and `${!X}`: the length, and the variable that X names.
        let prefix =
            usize::from(matches!(self.peek(), Some(b'#' | b'!')) && self.bytes.get(self.at + 1) != Some(&b'}'));
        let name_start = self.at + prefix;
        let rest = self.bytes.get(name_start..).unwrap_or(&[]);
        let length = match rest.first() {
            Some(it) if it.is_ascii_digit() => rest.iter().take_while(|it| it.is_ascii_digit()).count(),
            Some(b'@' | b'*' | b'#' | b'?' | b'$' | b'!' | b'-') => 1,
            _ => name_length(rest),
        };
        let name = String::from_utf8_lossy(&rest[..length]).into_owned();
        self.at = (name_start + length).min(self.bytes.len());
        let operator = EXPANSIONS.iter().copied().find(|it| self.starts(it)).unwrap_or("");
        let argument = self.at + operator.len();
        self.at = self.closing_brace();
        let end = self.at;
        word.parts.push(Part::Variable(Variable { name, name_start, operator, argument, start, end, is_quoted }));
    }

    /// Returns the offset after the brace that closes the expansion around `at`.
    fn closing_brace(&self) -> usize {
        let (mut depth, mut at) = (1, self.at);
        while let Some(byte) = self.bytes.get(at) {
            match byte {
                b'\\' => at += 1,
                b'{' if at > 0 && self.bytes[at - 1] == b'$' => depth += 1,
                b'}' => depth -= 1,
                b'\n' if depth == 1 && at - self.at > 2000 => return at,
                _ => {}
            }
            at += 1;
            if depth == 0 {
                return at;
            }
        }
        self.bytes.len()
    }

    /// Reads up to what closes a command substitution, which may hold quotes and others of its kind.
    fn substitution(&mut self, word: &mut Word, close: u8, is_quoted: bool) {
        let start = self.at;
        let (mut depth, mut quote) = (1usize, 0u8);
        while let Some(byte) = self.peek() {
            match byte {
                b'\\' if quote != b'\'' => self.at += 1,
                _ if quote != 0 => {
                    if byte == quote {
                        quote = 0;
                    }
                    // `"$(…)"` inside: its own quotes are not ours.
                    if quote == b'"' && self.starts("$(") {
                        self.at += 2;
                        self.substitution(&mut Word::default(), b')', true);
                        continue;
                    }
                }
                b'`' if close == b'`' => depth = 0,
                b'\'' | b'"' => quote = byte,
                b'#' if close == b')' && is_blank(self.bytes, self.at) => {
                    let rest = &self.bytes[self.at..];
                    self.at += memchr::memchr(b'\n', rest).map_or(rest.len(), |it| it).saturating_sub(1);
                }
                b'(' if close == b')' => depth += 1,
                b')' if close == b')' => depth -= 1,
                _ => {}
            }
            self.at = (self.at + 1).min(self.bytes.len());
            if depth == 0 {
                break;
            }
        }
        let end = if depth == 0 { self.at - 1 } else { self.at };
        word.parts.push(Part::Substitution { start, end: end.max(start), is_quoted });
    }
}

fn is_blank(bytes: &[u8], at: usize) -> bool {
    at > 0 && matches!(bytes[at - 1], b' ' | b'\t' | b'\n')
}

fn literal(word: &mut Word, start: usize, end: usize, quote: Quote) {
    if end > start {
        word.parts.push(Part::Literal(Literal { start, end, quote }));
    }
}

fn name_length(bytes: &[u8]) -> usize {
    let is_start = bytes.first().is_some_and(|it| *it == b'_' || it.is_ascii_alphabetic());
    if is_start { bytes.iter().take_while(|it| **it == b'_' || it.is_ascii_alphanumeric()).count() } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::repo::shell::token::unescaped;

    /// Writes tokens in a form that shows their kinds.
    fn shown(text: &str) -> String {
        let part = |it: &Part| match it {
            Part::Literal(it) => unescaped(text, it).into_iter().map(|it| it.1).collect::<String>(),
            Part::Variable(it) => format!("<{}{}>", it.name, it.operator),
            Part::Substitution { start, end, .. } => format!("<({})>", &text[*start..*end]),
            Part::Arithmetic => "<n>".to_string(),
        };
        let word = |it: &Word| it.parts.iter().map(part).collect::<String>();
        let token = |it: &Token| match it {
            Token::Word(it) => word(it),
            Token::Operator("\n") => "\\n".to_string(),
            Token::Operator(it) => it.to_string(),
            Token::Redirect(it) => {
                let body = it.body.map(|it| format!("[{}]", &text[it.start..it.end])).unwrap_or_default();
                format!("{}{}{body}", it.operator, word(&it.target))
            }
        };
        tokens(text).iter().map(token).collect::<Vec<_>>().join(" · ")
    }

    #[test]
    fn words_quotes_operators_and_comments() {
        let cases = [
            ("a 'b c' \"d $E\" # no", "a · b c · d <E>"),
            ("a&&b||c;d|e &", "a · && · b · || · c · ; · d · | · e · &"),
            ("x=1 y=\"${Z:-a b}\" cmd", "x=1 · y=<Z:-> · cmd"),
            ("a\\\n  b\\ c", "a · b c"),
            ("echo $(a \"$(b ')')\" c) `d e`", "echo · <(a \"$(b ')')\" c)> · <(d e)>"),
            ("f() { a; }", "f · ( · ) · { · a · ; · }"),
            ("a > b 2>&1 >> c 2>/dev/null", "a · >b · >&1 · >>c · >/dev/null"),
            ("A=(x \"y z\")", "A=<(x \"y z\")>"),
            ("n=$((1 + 2)) ; ((i++))", "n=<n> · ;"),
            ("scp a me@<host>:/x", "scp · a · me@<host>:/x"),
            ("diff <(a) <(b)", "diff · <(a)> · <(b)>"),
            ("a#b 'it''s' \"\\$X \\\"q\\\"\"", "a#b · its · $X \"q\""),
            ("echo \"${A[@]}\" ${#B} $1 $@", "echo · <A[> · <B> · <1> · <@>"),
        ];
        for (text, expected) in cases {
            assert_eq!(shown(text), expected, "{text}");
        }
    }

    #[test]
    fn here_documents_follow_their_line() {
        assert_eq!(shown("cat <<EOF > x\na $B\nEOF\nc"), "cat · <<EOF[a $B\n] · >x · \\n · c");
        assert_eq!(shown("a <<-'E' && b\n\tx\n\tE\n"), "a · <<E[\tx\n] · && · b · \\n");
        assert_eq!(shown("cat <<A <<B\n1\nA\n2\nB\n"), "cat · <<A[1\n] · <<B[2\n] · \\n");
        assert_eq!(shown("cat <<EOF\nnever closed"), "cat · <<EOF[never closed] · \\n");
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_split_and_every_word_lies_in_it(text in "[a-z$(){}<>|&;'\"`\\\\# \n=éß]{0,60}") {
            let mut at = 0;
            for token in tokens(&text) {
                if let Token::Word(word) = token {
                    proptest::prop_assert!(word.start >= at && word.end <= text.len());
                    proptest::prop_assert!(text.is_char_boundary(word.start) && text.is_char_boundary(word.end));
                    at = word.end;
                    for part in word.parts {
                        if let Part::Literal(it) = part { unescaped(&text, &it); }
                    }
                }
            }
        }
    }
}
