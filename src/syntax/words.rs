//! A command written as one text, split into words as compose does it: a shell's quotes, but no shell.
//!
//! Variables, `~` and `*` are left alone. At an unquoted `;`, `&`, `|`, `<` or `>` compose stops reading and drops
//! the rest without a word (go-shellwords), which [`Words::dropped`] tells.

use std::ops::Range;

use super::Malformed;

/// A word of a command.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Word {
    /// The word without its quotes.
    pub text: String,
    /// Where it is, with its quotes.
    pub range: Range<usize>,
}

/// The words of a command.
#[derive(Clone, Default, PartialEq, Eq, Debug)]
pub struct Words {
    /// The words.
    pub words: Vec<Word>,
    /// What compose does not read, from an operator of the shell on.
    pub dropped: Option<Range<usize>>,
}

/// Splits a command.
///
/// # Errors
/// A quote that is not closed, a backslash at the end, a parenthesis outside of quotes.
pub fn split(text: &str) -> Result<Words, Malformed> {
    let mut splitter = Splitter { word: String::new(), start: None, found: Words::default() };
    let mut open: Option<(char, usize)> = None;
    let mut chars = text.char_indices();
    while let Some((at, it)) = chars.next() {
        match (it, open) {
            ('\\', Some(('\'', _))) => splitter.push(at, it),
            ('\\', _) => match chars.next() {
                Some((_, escaped)) => splitter.push(at, escaped),
                None => return Err(Malformed::new(at..at + 1, "a backslash at the end escapes nothing")),
            },
            ('\'' | '"', Some((quote, _))) if it == quote => open = None,
            ('\'' | '"', None | Some(('`', _))) => {
                splitter.start.get_or_insert(at);
                open = Some((it, at));
            }
            ('`', Some(('`', _))) | (')', Some(('(', _))) => {
                open = None;
                splitter.push(at, it);
            }
            ('`', None) => {
                open = Some((it, at));
                splitter.push(at, it);
            }
            ('(', None) if splitter.word.ends_with('$') => {
                open = Some((it, at));
                splitter.push(at, it);
            }
            ('(' | ')', None) | ('(', Some(('(', _))) => {
                let message = format!("compose refuses an unquoted `{it}` in a command");
                return Err(
                    Malformed::new(at..at + 1, message).help("quote it, or run a shell: [\"sh\", \"-c\", \"…\"]")
                );
            }
            (' ' | '\t' | '\r' | '\n', None) => splitter.end(at),
            (';' | '&' | '|' | '<' | '>', None) => {
                // `2>file`: the number belongs to the operator.
                let numbered = it == '>' && splitter.word.starts_with(|it: char| it.is_ascii_digit());
                let from = if numbered { splitter.start.take().unwrap_or(at) } else { at };
                splitter.end(at);
                splitter.found.dropped = Some(from..text.len());
                return Ok(splitter.found);
            }
            _ => splitter.push(at, it),
        }
    }
    if let Some((quote, at)) = open {
        return Err(Malformed::new(at..text.len(), format!("this `{quote}` is not closed")));
    }
    splitter.end(text.len());
    Ok(splitter.found)
}

struct Splitter {
    word: String,
    start: Option<usize>,
    found: Words,
}

impl Splitter {
    fn push(&mut self, at: usize, it: char) {
        self.start.get_or_insert(at);
        self.word.push(it);
    }

    fn end(&mut self, at: usize) {
        let text = std::mem::take(&mut self.word);
        if let Some(start) = self.start.take() {
            self.found.words.push(Word { text, range: start..at });
        }
    }
}

/// Quotes a word for a POSIX shell, if it needs quotes.
pub fn quote(word: &str) -> String {
    let plain = |it: char| it.is_ascii_alphanumeric() || "_-./:=@%+,".contains(it);
    if !word.is_empty() && word.chars().all(plain) && !word.starts_with('=') {
        return word.to_string();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn words(text: &str) -> Option<Vec<String>> {
        split(text).ok().map(|it| it.words.into_iter().map(|it| it.text).collect())
    }

    /// What `docker compose config` 2.40.3 makes of `command:`; none is an error.
    const COMPOSE: &[(&str, Option<&[&str]>)] = &[
        ("", Some(&[])),
        (" ", Some(&[])),
        ("a b", Some(&["a", "b"])),
        ("a 'b c'", Some(&["a", "b c"])),
        ("a \"b c\"", Some(&["a", "b c"])),
        ("a\\ b", Some(&["a b"])),
        ("a \"b\\\"c\"", Some(&["a", "b\"c"])),
        ("a 'b", None),
        ("a \"b", None),
        ("a\\", None),
        ("a # b", Some(&["a", "#", "b"])),
        ("a#b", Some(&["a#b"])),
        ("a; b && c", Some(&["a"])),
        ("a | b", Some(&["a"])),
        ("a > f", Some(&["a"])),
        ("a 2>f", Some(&["a"])),
        ("a &", Some(&["a"])),
        ("a \"b'c\" d", Some(&["a", "b'c", "d"])),
        ("''", Some(&[""])),
        ("a \"\" b", Some(&["a", "", "b"])),
        ("a\nb\tc", Some(&["a", "b", "c"])),
        ("a\\nb", Some(&["anb"])),
        ("\"a\\nb\"", Some(&["anb"])),
        ("*.x ~", Some(&["*.x", "~"])),
        ("`a b`", Some(&["`a b`"])),
        ("$(a b)", Some(&["$(a b)"])),
        ("(a b)", None),
        ("a)", None),
        ("'a\\'b", Some(&["a\\b"])),
        ("a=b \"c\"d", Some(&["a=b", "cd"])),
    ];

    #[test]
    fn commands_are_split_as_compose_splits_them() {
        for (text, expected) in COMPOSE {
            let expected = expected.map(|it| it.iter().map(|it| it.to_string()).collect::<Vec<_>>());
            assert_eq!(words(text), expected, "{text}");
        }
    }

    #[test]
    fn what_compose_drops_is_known() {
        let text = "run 2>log 'x'";
        assert_eq!(&text[split(text).unwrap().dropped.unwrap()], "2>log 'x'");
        assert_eq!(&"a;b"[split("a;b").unwrap().dropped.unwrap()], ";b");
    }

    #[test]
    fn errors_point_at_the_quote() {
        let error = split("é 'b").unwrap_err();
        assert_eq!(&"é 'b"[error.range], "'b");
    }

    proptest! {
        #[test]
        fn quoted_words_are_split_back(given in proptest::collection::vec(any::<String>(), 0..4)) {
            // Inside single quotes a shell and go-shellwords agree; a `'` needs a backslash, which both know.
            let text = given.iter().map(|it| quote(it)).collect::<Vec<_>>().join(" ");
            prop_assert_eq!(words(&text), Some(given));
        }

        #[test]
        fn any_text_has_places(text in "[ab '\"\\\\();&|<>`$\n\u{e9}2]{0,20}") {
            match split(&text) {
                Ok(found) => prop_assert!(found.words.iter().all(|it| text.get(it.range.clone()).is_some())),
                Err(error) => prop_assert!(text.get(error.range).is_some()),
            }
        }
    }
}
