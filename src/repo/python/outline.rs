//! Which functions of a Python text are worth parsing. Nothing that is done to a text takes longer than to parse it, and
//! most functions of a file that matters do not matter.
//!
//! [`reduced`] writes blanks over the bodies of the others, so that all places stay what they are. It splits the text
//! by lines, brackets and quotes alone; whoever parses the result and finds faults in it parses the whole.

use std::collections::BTreeSet;

use aho_corasick::AhoCorasick;
use memchr::memmem::find;

use crate::repo::near::{line_after, line_before};
use crate::repo::telling::{Telling, Words};

/// Words without which a function has nothing to do with variables or settings. Longer than what a file must have in
/// it to be parsed at all: a function may call what another one makes of the environment.
static WORDS: Telling = Telling::new(|| {
    Words::new(&[
        "env",
        "Env",
        "ENV",
        "Settings",
        "Config",
        "Conf(",
        "Options(",
        "Secrets(",
        "construct(",
        "copy(",
        "partial(",
        "decouple",
        "dj_database_url",
        "Container(",
        "uvicorn",
    ])
    .except(&["environment"])
});

/// Shorter texts are parsed sooner than they are split.
const SHORT: usize = 2000;

/// A function that is in no other.
struct Function<'t> {
    name: &'t str,
    /// Where its body starts, behind the colon, and where the next line starts that is none of it.
    body: usize,
    end: usize,
    /// From `def` to its end.
    text: &'t str,
}

/// Returns a text with the bodies of functions that do not matter blanked out; `None` if it is to be parsed as it is.
///
/// `tells` says of text outside of functions that any function may have to do with it, `refuses` whether code that
/// refuses to go on without a setting is of interest.
pub fn reduced(text: &str, tells: &dyn Fn(&str) -> bool, refuses: bool) -> Option<String> {
    if text.len() < SHORT {
        return None;
    }
    let functions = functions(text);
    let mut at = 0;
    for function in &functions {
        if tells(&text[at..function.body]) {
            return None;
        }
        at = function.end;
    }
    if tells(&text[at..]) {
        return None;
    }
    let has = |text: &str, word: &str| find(text.as_bytes(), word.as_bytes()).is_some();
    // Whoever calls a function that asks the environment asks it as well.
    let asks = |it: &&Function| has(it.text, "environ") || has(it.text, "getenv");
    let asking: BTreeSet<&str> = functions.iter().filter(asks).map(|it| it.name).collect();
    let asking = AhoCorasick::new(asking).ok()?;
    let matters = |it: &Function| WORDS.are_in(it.text) || refuses && may_refuse(it.text) || asking.is_match(it.text);
    let mut found = String::with_capacity(text.len());
    for function in functions.iter().filter(|it| it.end - it.body > 8 && !matters(it)) {
        found.push_str(&text[found.len()..function.body]);
        found.push_str(" 0");
        found.extend(std::iter::repeat_n(' ', function.end - function.body - 3));
        found.push('\n');
    }
    if found.is_empty() {
        return None;
    }
    found.push_str(&text[found.len()..]);
    Some(found)
}

/// Returns whether a function may refuse to go on without an attribute of something: `if not x.a: raise …`.
fn may_refuse(text: &str) -> bool {
    let bytes = text.as_bytes();
    let is_refused = |at: usize| {
        let line = line_after(text, at).trim_start();
        let chain = line.find(|it: char| !(it.is_alphanumeric() || matches!(it, '_' | '.'))).unwrap_or(line.len());
        // What is called is no attribute, but what it returns may have one.
        match line[chain..].chars().next() {
            Some('(') => chain == 0 && line.contains('.') || line.contains(")."),
            Some('\\') => true,
            _ => line[..chain].contains('.'),
        }
    };
    // `x.a is None`, `x.a == ""`: a name of something stands before.
    let is_of_something = |at: usize| {
        let before = line_before(text, at).trim_end();
        before.trim_end_matches(|it: char| it.is_alphanumeric() || it == '_').ends_with('.')
    };
    let any = |word: &str, test: &dyn Fn(usize) -> bool| {
        memchr::memmem::find_iter(bytes, word).any(|at| test(at) || test(at + word.len()))
    };
    let refuses = || find(bytes, b"raise").is_some() || find(bytes, b"exit").is_some();
    refuses() && (any("not", &is_refused) || any("is None", &is_of_something) || any("==", &is_of_something))
}

/// Returns the outermost functions of a text.
fn functions(text: &str) -> Vec<Function<'_>> {
    let bytes = text.as_bytes();
    let mut found: Vec<Function> = Vec::new();
    // The indentation of the function that is open.
    let mut open: Option<usize> = None;
    let mut at = 0;
    while at < bytes.len() {
        let indent = bytes[at..].iter().take_while(|it| matches!(it, b' ' | b'\t')).count();
        let first = at + indent;
        // Comments and blank lines end nothing, wherever they start.
        if matches!(bytes.get(first), None | Some(b'\n' | b'\r' | b'#')) {
            at = memchr::memchr(b'\n', &bytes[first..]).map_or(bytes.len(), |it| first + it + 1);
            continue;
        }
        if open.is_some_and(|it| indent <= it) {
            open = None;
            close(text, &mut found, at);
        }
        let (end, colon) = logical_line(bytes, first);
        let line = &text[first..end];
        if let (None, Some(colon)) = (open, colon)
            && let Some(rest) = line.strip_prefix("async def ").or_else(|| line.strip_prefix("def "))
        {
            let name = rest.split(['(', '[', ' ']).next().unwrap_or(rest);
            open = Some(indent);
            found.push(Function { name, body: colon + 1, end, text: &text[first..end] });
        }
        at = end;
    }
    if open.is_some() {
        close(text, &mut found, bytes.len());
    }
    found
}

fn close<'t>(text: &'t str, found: &mut [Function<'t>], end: usize) {
    if let Some(last) = found.last_mut() {
        let start = last.text.as_ptr() as usize - text.as_ptr() as usize;
        (last.end, last.text) = (end, &text[start..end]);
    }
}

/// Returns where the next line starts after the one that starts at a byte, with all that brackets, quotes and
/// backslashes make part of it, and where its first colon is that stands in no brackets.
fn logical_line(bytes: &[u8], mut at: usize) -> (usize, Option<usize>) {
    let (mut depth, mut colon) = (0usize, None);
    while let Some(skip) = bytes.get(at..).and_then(|it| it.iter().position(|it| TELLING[usize::from(*it)])) {
        at += skip;
        match bytes[at] {
            b'\n' if depth == 0 => return (at + 1, colon),
            b'\\' => at += 1,
            b'#' => at += memchr::memchr(b'\n', &bytes[at..]).unwrap_or(bytes.len() - at) - 1,
            b'"' | b'\'' => at = string_end(bytes, at) - 1,
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => depth = depth.saturating_sub(1),
            b':' if depth == 0 && colon.is_none() => colon = Some(at),
            _ => {}
        }
        at += 1;
    }
    (bytes.len(), colon)
}

/// Returns the first byte after the string that starts at a byte.
fn string_end(bytes: &[u8], start: usize) -> usize {
    let quote = bytes[start];
    let is_long = bytes[start..].starts_with(&[quote; 3]);
    let mut at = start + if is_long { 3 } else { 1 };
    while let Some(skip) = bytes.get(at..).and_then(|it| memchr::memchr3(quote, b'\\', b'\n', it)) {
        at += skip;
        match bytes[at] {
            b'\\' => at += 1,
            b'\n' if !is_long => return at,
            it if it == quote && !is_long => return at + 1,
            it if it == quote && bytes[at..].starts_with(&[quote; 3]) => return at + 3,
            _ => {}
        }
        at += 1;
    }
    bytes.len()
}

/// Bytes that a logical line is told apart by.
static TELLING: [bool; 256] = {
    let mut table = [false; 256];
    let telling = b"\n\\#\"'()[]{}:";
    let mut at = 0;
    while at < telling.len() {
        table[telling[at] as usize] = true;
        at += 1;
    }
    table
};

#[cfg(test)]
mod tests {
    use super::*;

    fn names(text: &str) -> Vec<(&str, &str)> {
        functions(text).iter().map(|it| (it.name, text[it.body..it.end].trim_end())).collect()
    }

    #[test]
    fn functions_end_where_python_says() {
        let text = "import a\ndef f(x={1: 2}, *, y: int = 3) -> dict[str, int]:\n    '''\ndef no():\n'''\n    return {\n1: 'it\\'s'\n}\n# still\n\nclass C:\n    async def g(self): return \\\n1\n    x: int = 1\n    def h(self):\n        def inner():\n            pass\n        return '#'\n";
        let expected = [
            ("f", "\n    '''\ndef no():\n'''\n    return {\n1: 'it\\'s'\n}\n# still"),
            ("g", " return \\\n1"),
            ("h", "\n        def inner():\n            pass\n        return '#'"),
        ];
        assert_eq!(names(text), expected);
    }

    #[test]
    fn only_what_may_matter_keeps_its_body() {
        let filler = "    value = compute(1, 2, 3)\n".repeat(80);
        let text = format!(
            "import os\ndef ask(name):\n    return os.getenv(name)\ndef other(x):\n{filler}\ndef caller():\n    return ask('X')\ndef refuses(s):\n    if not s.key:\n        raise ValueError\ndef loops(s):\n    if not s.key():\n        raise ValueError\n"
        );
        let tells = |it: &str| it.contains("environ");
        let found = reduced(&text, &tells, true).unwrap();
        assert_eq!(found.len(), text.len());
        assert!(!found.contains("compute") && !found.contains("s.key()"));
        assert!(found.contains("getenv(name)") && found.contains("ask('X')") && found.contains("not s.key:"));
        assert!(!reduced(&text, &tells, false).unwrap().contains("not s.key:"));
        assert_eq!(reduced(&format!("from os import environ\n{text}"), &tells, true), None);
        assert_eq!(super::super::n_faults(&found), 0);
    }

    #[test]
    fn what_stands_in_a_test_is_seen_in_every_form() {
        for test in ["not x.a", "not (x and y.a)", "b and not f(x).a", "x.a is None", "x[0].a is None", "x.a == \"\""] {
            assert!(may_refuse(&format!("def f(x):\n    if {test}:\n        raise E\n")), "{test}");
        }
        for test in ["not x", "not x.a()", "x is None", "x == 1", "x.a() is None"] {
            assert!(!may_refuse(&format!("def f(x):\n    if {test}:\n        raise E\n")), "{test}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_split_without_a_panic(text in "(def f\\(|:|\"\"\"|'|\\\\|\n|    |\\[|\\)|#|é|（|x|\\.| == |not |is None|raise){0,60}") {
            functions(&text);
            may_refuse(&text);
        }
    }
}
