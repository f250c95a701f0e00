//! A quick reader for the YAML that people write: block maps and lists, flow collections, anchors, comments.
//!
//! Reading is most of what a build of a large system costs, and a full YAML scanner spends it on what nearly no file
//! has. This reader walks the lines once and gives up ([`None`]) at the first thing it is not certain of: a tag, a
//! text over several lines, a tab, an error of any kind. Then the full parser reads the file from its start, so that
//! there is one place where YAML's rules and its messages are. What is read here is read exactly alike there:
//! a test compares the two, tree by tree and place by place.

use std::borrow::Cow;
use std::collections::HashMap;

use super::Builder;
use crate::source::Span;
use crate::syntax::node::Style;

/// How deep collections may stand in each other; nobody's configuration comes near.
const MAX_DEPTH: usize = 48;

/// How long a key may be: YAML looks at most 1024 characters ahead for the `:`.
const MAX_KEY: usize = 1000;

/// Reads a text of one document into `builder`. Returns `None` where the full parser must have its say; then what was
/// built so far is worth nothing.
pub(super) fn read<'t>(text: &'t str, builder: &mut Builder<'t>) -> Option<()> {
    let odd = |it: char| {
        matches!(it, '\u{7f}'..='\u{9f}' | '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}')
            || it < ' ' && it != '\n'
    };
    let is_odd = if text.is_ascii() { text.bytes().any(|it| odd(char::from(it))) } else { text.chars().any(odd) };
    if is_odd {
        return None;
    }
    let mut reader =
        Quick { text: text.as_bytes(), at: 0, column: 0, depth: 0, names: HashMap::new(), text_str: text, builder };
    reader.next_line();
    if !reader.at_end() {
        reader.collection(0)?;
    }
    reader.at_end().then_some(())
}

struct Quick<'t, 'b> {
    text: &'t [u8],
    text_str: &'t str,
    at: usize,
    /// The column of `at`, where that is the first character of a line.
    column: usize,
    depth: usize,
    /// The anchors so far; a name that is given again is another anchor.
    names: HashMap<&'t str, usize>,
    builder: &'b mut Builder<'t>,
}

/// A scalar of one line.
struct Word<'t> {
    text: Cow<'t, str>,
    style: Style,
    start: usize,
    end: usize,
}

impl<'t> Quick<'t, '_> {
    fn at_end(&self) -> bool {
        self.at >= self.text.len()
    }

    fn peek(&self) -> u8 {
        self.text.get(self.at).copied().unwrap_or(b'\n')
    }

    fn peek_after(&self, at: usize) -> u8 {
        self.text.get(at + 1).copied().unwrap_or(b'\n')
    }

    fn skip_spaces(&mut self) {
        while self.peek() == b' ' {
            self.at += 1;
        }
    }

    fn span(&self, start: usize, end: usize) -> Span {
        Span::new(self.builder.file, start, end)
    }

    /// Moves to the first character of the next line that says something; `at` is where a line begins.
    fn next_line(&mut self) {
        loop {
            let start = self.at;
            while self.at < self.text.len() && self.text[self.at] == b' ' {
                self.at += 1;
            }
            self.column = self.at - start;
            match self.text.get(self.at) {
                Some(b'\n') => self.at += 1,
                Some(b'#') => self.skip_line(),
                _ => return,
            }
        }
    }

    fn skip_line(&mut self) {
        let rest = &self.text[self.at..];
        self.at += memchr::memchr(b'\n', rest).map_or(rest.len(), |it| it + 1);
    }

    /// Moves on to the next line, if only a comment follows on this one.
    fn end_of_line(&mut self) -> Option<()> {
        self.skip_spaces();
        match self.text.get(self.at) {
            None => {}
            Some(b'\n') => self.at += 1,
            Some(b'#') if self.text[self.at - 1] == b' ' => self.skip_line(),
            Some(_) => return None,
        }
        self.next_line();
        Some(())
    }

    fn is_dash(&self) -> bool {
        self.peek() == b'-' && matches!(self.peek_after(self.at), b' ' | b'\n')
    }

    /// Reads the collection that begins here, in a column of its own.
    fn collection(&mut self, anchor: usize) -> Option<()> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return None;
        }
        if self.is_dash() {
            self.list(anchor, self.at)?
        } else {
            self.map(anchor)?
        }
        self.depth -= 1;
        Some(())
    }

    fn map(&mut self, anchor: usize) -> Option<()> {
        let column = self.column;
        self.builder.open_map(self.span(self.at, self.at), anchor, None);
        loop {
            let key = self.word(false)?;
            if key.end - key.start > MAX_KEY {
                return None;
            }
            let colon = self.colon()?;
            self.add(key, 0);
            self.value(column, colon)?;
            if self.at_end() || self.column < column {
                break;
            }
            if self.column > column || self.is_dash() {
                return None;
            }
        }
        self.builder.close(self.span(self.at, self.at));
        Some(())
    }

    /// Takes the `:` behind a key, and returns where it stands.
    fn colon(&mut self) -> Option<usize> {
        self.skip_spaces();
        if self.peek() != b':' || !matches!(self.peek_after(self.at), b' ' | b'\n') {
            return None;
        }
        self.at += 1;
        Some(self.at - 1)
    }

    /// Reads what belongs to a key whose map stands in `column`.
    fn value(&mut self, column: usize, colon: usize) -> Option<()> {
        self.skip_spaces();
        let anchor = self.anchor()?;
        match self.peek() {
            b'\n' | b'#' => {
                self.end_of_line()?;
                let is_list_below = !self.at_end() && self.column == column && self.is_dash();
                if is_list_below {
                    return self.list_below(anchor);
                }
                if !self.at_end() && self.column > column {
                    return self.collection(anchor);
                }
                if anchor != 0 {
                    return None;
                }
                self.null(colon);
                Some(())
            }
            _ => self.rest_of_line(anchor),
        }
    }

    /// An empty value stands where its `:` does.
    fn null(&mut self, at: usize) {
        self.add(Word { text: Cow::Borrowed("~"), style: Style::Plain, start: at, end: at }, 0);
    }

    /// Reads a value that ends with its line.
    fn rest_of_line(&mut self, anchor: usize) -> Option<()> {
        match self.peek() {
            b'*' if anchor == 0 => self.alias()?,
            b'[' | b'{' => self.flow(anchor)?,
            _ => {
                let word = self.word(false)?;
                self.add(word, anchor);
            }
        }
        self.end_of_line()
    }

    /// Reads a list that stands in the column of its key; its place begins with its first item.
    fn list_below(&mut self, anchor: usize) -> Option<()> {
        let blanks = self.text[self.at + 1..].iter().take_while(|it| **it == b' ').count();
        let first = self.at + 1 + blanks;
        if matches!(self.text.get(first), None | Some(b'\n' | b'#')) {
            return None;
        }
        self.list(anchor, first)
    }

    fn list(&mut self, anchor: usize, start: usize) -> Option<()> {
        let column = self.column;
        self.builder.open_seq(self.span(start, start), anchor, None);
        while !self.at_end() && self.column == column && self.is_dash() {
            let dash = self.at;
            self.at += 1;
            self.skip_spaces();
            self.item(column, column + (self.at - dash))?;
        }
        if !self.at_end() && self.column > column {
            return None;
        }
        self.builder.close(self.span(self.at, self.at));
        Some(())
    }

    /// Reads an item of the list in `column`; what stands on the line of its dash stands in `own`.
    fn item(&mut self, column: usize, own: usize) -> Option<()> {
        if matches!(self.peek(), b'\n' | b'#') {
            self.end_of_line()?;
            return if !self.at_end() && self.column > column { self.collection(0) } else { None };
        }
        if self.is_dash() || self.begins_with_key() {
            self.column = own;
            return self.collection(0);
        }
        let anchor = self.anchor()?;
        if anchor != 0 && (matches!(self.peek(), b'\n' | b'#') || self.is_dash() || self.begins_with_key()) {
            return None;
        }
        self.rest_of_line(anchor)
    }

    /// Returns whether a key and its `:` stand here.
    fn begins_with_key(&mut self) -> bool {
        let start = self.at;
        let found =
            !matches!(self.peek(), b'[' | b'{' | b'*' | b'&') && self.word(false).is_some() && self.colon().is_some();
        self.at = start;
        found
    }

    fn add(&mut self, word: Word<'t>, anchor: usize) {
        let span = self.span(word.start, word.end);
        self.builder.scalar(&word.text, word.style, span, anchor, None);
    }

    /// Reads `&name`, if it stands here, and the spaces behind it. Returns its number, or 0 for none.
    fn anchor(&mut self) -> Option<usize> {
        if self.peek() != b'&' {
            return Some(0);
        }
        let name = self.name()?;
        self.skip_spaces();
        let number = self.names.len() + 1;
        // A second anchor of one name would need its own count.
        self.names.insert(name, number).is_none().then_some(number)
    }

    fn alias(&mut self) -> Option<()> {
        let start = self.at;
        let name = self.name()?;
        let number = *self.names.get(name)?;
        self.builder.alias(number, self.span(start, self.at));
        Some(())
    }

    /// Reads the name behind `&` or `*`.
    fn name(&mut self) -> Option<&'t str> {
        let start = self.at + 1;
        let len =
            self.text[start..].iter().take_while(|it| it.is_ascii_alphanumeric() || matches!(it, b'_' | b'-')).count();
        self.at = start + len;
        let is_whole = len > 0 && matches!(self.peek(), b' ' | b'\n' | b',' | b']' | b'}');
        is_whole.then(|| &self.text_str[start..self.at])
    }

    /// Reads a list or map in brackets, on one line.
    fn flow(&mut self, anchor: usize) -> Option<()> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return None;
        }
        let is_map = self.peek() == b'{';
        let (close, start) = (if is_map { b'}' } else { b']' }, self.span(self.at, self.at + 1));
        if is_map {
            self.builder.open_map(start, anchor, None);
        } else {
            self.builder.open_seq(start, anchor, None);
        }
        self.at += 1;
        loop {
            self.skip_spaces();
            if self.peek() == close {
                break;
            }
            if is_map {
                self.pair()?
            } else {
                self.flow_value()?
            }
            self.skip_spaces();
            match self.peek() {
                b',' => self.at += 1,
                it if it == close => break,
                _ => return None,
            }
        }
        self.at += 1;
        self.builder.close(self.span(self.at - 1, self.at));
        self.depth -= 1;
        Some(())
    }

    fn pair(&mut self) -> Option<()> {
        let key = self.word(true)?;
        let end = key.end;
        self.add(key, 0);
        self.skip_spaces();
        let colon = self.at;
        match (self.peek(), self.peek_after(colon)) {
            (b',' | b'}', _) => self.null(end),
            (b':', b' ' | b',' | b'}') => {
                self.at += 1;
                self.skip_spaces();
                if !matches!(self.peek(), b',' | b'}') {
                    return self.flow_value();
                }
                self.null(colon);
            }
            _ => return None,
        }
        Some(())
    }

    fn flow_value(&mut self) -> Option<()> {
        match self.peek() {
            b'*' => self.alias(),
            b'[' | b'{' => self.flow(0),
            _ => {
                let word = self.word(true)?;
                self.add(word, 0);
                Some(())
            }
        }
    }

    /// Reads a scalar: to its closing quote, or as far as a plain one goes.
    fn word(&mut self, in_flow: bool) -> Option<Word<'t>> {
        match self.peek() {
            b'"' => self.double_quoted(),
            b'\'' => self.single_quoted(),
            _ => self.plain(in_flow),
        }
    }

    fn plain(&mut self, in_flow: bool) -> Option<Word<'t>> {
        let start = self.at;
        let is_stop = |it: u8| matches!(it, b' ' | b'\n') || in_flow && matches!(it, b',' | b'[' | b']' | b'{' | b'}');
        match self.peek() {
            b',' | b'[' | b']' | b'{' | b'}' | b'#' | b'&' | b'*' | b'!' | b'|' | b'>' | b'%' | b'@' | b'`' | b' '
            | b'\n' => return None,
            b'-' | b'?' | b':' if is_stop(self.peek_after(start)) => return None,
            // `---` and `...` at the start of a line mark documents.
            b'-' | b'.' if self.text[start..].starts_with(b"---") || self.text[start..].starts_with(b"...") => {
                return None;
            }
            _ => {}
        }
        let (mut at, mut end) = (start, start);
        loop {
            match self.text.get(at) {
                None | Some(b'\n') => break,
                Some(b' ') if self.peek_after(at) == b'#' => break,
                Some(b' ') => {}
                Some(b':') if is_stop(self.peek_after(at)) => break,
                Some(b',' | b']' | b'}') if in_flow => break,
                Some(b'[' | b'{') if in_flow => return None,
                Some(_) => end = at + 1,
            }
            at += 1;
        }
        self.at = end;
        Some(Word { text: Cow::Borrowed(&self.text_str[start..end]), style: Style::Plain, start, end })
    }

    fn single_quoted(&mut self) -> Option<Word<'t>> {
        let start = self.at;
        let mut at = start + 1;
        let mut doubled = false;
        loop {
            at += memchr::memchr2(b'\'', b'\n', &self.text[at..])?;
            if self.text[at] == b'\n' {
                return None;
            }
            if self.text.get(at + 1) != Some(&b'\'') {
                break;
            }
            doubled = true;
            at += 2;
        }
        let inner = &self.text_str[start + 1..at];
        let text = if doubled { Cow::Owned(inner.replace("''", "'")) } else { Cow::Borrowed(inner) };
        self.quoted(text, start, at + 1)
    }

    fn double_quoted(&mut self) -> Option<Word<'t>> {
        let start = self.at;
        let mut at = start + 1;
        let mut owned: Option<String> = None;
        let mut from = at;
        loop {
            at += memchr::memchr3(b'"', b'\\', b'\n', &self.text[at..])?;
            match self.text[at] {
                b'"' => break,
                b'\\' => {
                    let character = match self.text.get(at + 1)? {
                        b'n' => '\n',
                        b't' => '\t',
                        b'"' => '"',
                        b'\\' => '\\',
                        _ => return None,
                    };
                    let text = owned.get_or_insert_default();
                    text.push_str(&self.text_str[from..at]);
                    text.push(character);
                    at += 2;
                    from = at;
                }
                _ => return None,
            }
        }
        let rest = &self.text_str[from..at];
        let text = owned.map_or(Cow::Borrowed(rest), |it| Cow::Owned(it + rest));
        self.quoted(text, start, at + 1)
    }

    /// Whatever follows a closing quote must be apart from it.
    fn quoted(&mut self, text: Cow<'t, str>, start: usize, end: usize) -> Option<Word<'t>> {
        self.at = end;
        let is_apart = matches!(self.peek(), b' ' | b'\n' | b':' | b',' | b']' | b'}');
        is_apart.then_some(Word { text, style: Style::Quoted, start, end })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::{Builder, parse_in_full};
    use super::read;
    use crate::diag::Diags;
    use crate::source::FileId;

    /// Returns whether the quick reader read a text, having held what it made of it against the full parser.
    fn is_read_alike(text: &str) -> bool {
        let (mut quick, mut full) = (Diags::default(), Diags::default());
        let mut builder = Builder::new(text, FileId(0), &mut quick);
        if read(text, &mut builder).is_none() {
            return false;
        }
        let documents = builder.documents;
        let expected = parse_in_full(text, FileId(0), &mut full);
        assert_eq!(format!("{documents:?}"), format!("{expected:?}"), "{text}");
        assert_eq!(format!("{:?}", quick.list()), format!("{:?}", full.list()), "{text}");
        true
    }

    #[test]
    fn what_people_write_is_read_here_and_alike() {
        for text in [
            "",
            "# only\n",
            "a: 1\nb:\n  c: x y \n  d:\n  - 1\n  - e: 2\n    f: 3\ng:\n",
            "h: &x {k: v, 'q': \"w\"}\ni: *x\nj: &y\n  m: 1\nk: [a, b ,{c: d}, [e]]\nl: # c\n  n: 2 # d\n",
            "- a\n-\n  b: 1\n- - x\n  - y\n- &z q\n- *z\n-   k: v\n    l:\n",
            "x: &x {a: 1}\ny:\n  <<: *x\n  b: {c: , d, <<: *x}\n",
            "\"k\" : v\n'k2':\n  - a\n  - 'it''s'\n  - \"a\\nb\"\nk2: again\n",
            "é: ünï # ö\nurl: http://a.b:80/c#d\ntime: 12:30\n",
        ] {
            assert!(is_read_alike(text), "{text}");
        }
    }

    #[test]
    fn what_is_not_certain_is_left_to_the_full_parser() {
        for text in [
            "a: x\n  y\n",
            "a: |\n  x\n",
            "a: !t x\n",
            "a:\tx\n",
            "---\na: 1\n",
            "a: [x,\n  y]\n",
            "a: *nope\n",
            "a: b: c\n",
            "a: 'x\n",
            "a\n",
            "a: 1\n b: 2\n",
            "? a\n: b\n",
            "a: \"\\u0041\"\n",
            "a: &x 1\nb: &x 2\n",
            "a: {b: c}d\n",
            "a: @x\n",
        ] {
            let mut diags = Diags::default();
            assert!(read(text, &mut Builder::new(text, FileId(0), &mut diags)).is_none(), "{text}");
        }
    }

    #[test]
    fn every_yaml_file_of_this_repository_is_read_alike() {
        let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
        let (mut folders, mut n_read, mut n_all) = (vec![root.to_path_buf()], 0, 0);
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap().flatten() {
                let path = entry.path();
                let name = entry.file_name().into_string().unwrap();
                if path.is_dir() && !matches!(name.as_str(), "target" | ".git" | "node_modules") {
                    folders.push(path);
                } else if name.ends_with(".yml") || name.ends_with(".yaml") {
                    let Ok(text) = std::fs::read_to_string(path) else { continue };
                    // Streams of several documents are left to the full reader.
                    n_all += usize::from(!text.contains("---\n"));
                    n_read += usize::from(is_read_alike(&text));
                }
            }
        }
        assert!(n_read * 4 > n_all, "the quick reader read only {n_read} of {n_all}");
    }

    /// Lines that look like YAML, right and wrong.
    fn lines() -> impl Strategy<Value = String> {
        let word = prop::sample::select(vec![
            "a",
            "b",
            "key",
            "x y",
            "'q'",
            "\"d\"",
            "'it''s'",
            "~",
            "-",
            "- ",
            "-1",
            "1.5",
            ":",
            "a:b",
            "a: b",
            "#c",
            " # c",
            "[",
            "]",
            "{",
            "}",
            "[a, b]",
            "{a: b}",
            "{a: , b}",
            "[{a: 1}, *x]",
            "&x",
            "*x",
            "&x v",
            "<<",
            "|",
            ">-",
            "!t",
            "?",
            "%",
            "@",
            "---",
            "...",
            ",",
            "\\",
            "é",
            "\"\\n\"",
            "",
            "http://h:1/p",
            "{<<: *x, a: [b]}",
            "null",
            "-- x",
            "a#b",
            "a #b",
            "'",
            "\"",
            "\t",
            "{'a': b}",
            "{a:b}",
            "[a:b]",
            "{\"a\":b}",
        ]);
        let separator = prop::sample::select(vec![": ", ":", " ", "", "- ", ", ", "  ", " : ", ":  "]);
        let line = (0usize..5, prop::bool::ANY, prop::collection::vec((word, separator), 1..4)).prop_map(
            |(indent, dash, parts)| {
                let text: String = parts.into_iter().map(|(word, separator)| format!("{word}{separator}")).collect();
                format!("{}{}{text}", "  ".repeat(indent / 2 + indent % 2), if dash { "- " } else { "" })
            },
        );
        prop::collection::vec(line, 1..7).prop_map(|it| it.join("\n") + "\n")
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4096))]
        #[test]
        fn whatever_it_reads_the_full_parser_reads_alike(text in lines()) {
            is_read_alike(&text);
        }
    }
}
