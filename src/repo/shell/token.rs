//! What shell text is made of. Offsets are bytes of the text.

use smallvec::SmallVec;

/// A token.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Token {
    /// A word.
    Word(Word),
    /// `;`, `&&`, `|`, `(` and so on; a line break is `\n`.
    Operator(&'static str),
    /// `> file`, `<< EOF`.
    Redirect(Box<Redirect>),
}

/// A redirection.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Redirect {
    /// `>`, `>>`, `<`, `<<`, `<<<`, `>&`.
    pub operator: &'static str,
    /// Where to, or the delimiter.
    pub target: Word,
    /// What a here-document holds.
    pub body: Option<Body>,
}

/// The lines of a here-document.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Body {
    /// First byte.
    pub start: usize,
    /// First byte after.
    pub end: usize,
    /// Whether the delimiter is quoted, so that nothing in it is expanded.
    pub is_literal: bool,
}

/// A word.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Word {
    /// First byte.
    pub start: usize,
    /// First byte after.
    pub end: usize,
    /// What it is made of.
    pub parts: Parts,
}

/// What a word is made of: one part, nearly always.
pub type Parts = SmallVec<[Part; 1]>;

/// A part of a word.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Part {
    /// Text that stands for itself.
    Literal(Literal),
    /// `$X`, `${X:-default}`.
    Variable(Variable),
    /// `$(…)`, `` `…` ``, `<(…)`.
    Substitution {
        /// First byte inside.
        start: usize,
        /// First byte after the inside.
        end: usize,
        /// Whether it is between double quotes.
        is_quoted: bool,
    },
    /// `$((…))`.
    Arithmetic,
}

/// Text that stands for itself.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Literal {
    /// First byte as written, without the quote.
    pub start: usize,
    /// First byte after.
    pub end: usize,
    /// How it is quoted, which decides what a backslash does.
    pub quote: Quote,
}

/// How text is quoted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Quote {
    /// Not at all.
    None,
    /// `'…'`
    Single,
    /// `"…"`
    Double,
}

/// A variable that is expanded.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Variable {
    /// Its name; a digit or a symbol for the shell's own.
    pub name: String,
    /// First byte of the name.
    pub name_start: usize,
    /// What follows the name in braces, such as `:-`; empty for nothing, `[` for an item of an array.
    pub operator: &'static str,
    /// First byte after the operator.
    pub argument: usize,
    /// First byte, the `$`.
    pub start: usize,
    /// First byte after.
    pub end: usize,
    /// Whether it is between double quotes.
    pub is_quoted: bool,
}

/// Returns what a literal stands for if that is what is written: no backslash changes it.
pub fn plain<'t>(text: &'t str, literal: &Literal) -> Option<&'t str> {
    let written = text.get(literal.start..literal.end).unwrap_or("");
    let is_plain = literal.quote == Quote::Single || memchr::memchr(b'\\', written.as_bytes()).is_none();
    is_plain.then_some(written)
}

/// Returns what a literal stands for, with the offset in the text of every run that backslashes leave.
pub fn unescaped(text: &str, literal: &Literal) -> Vec<(usize, String)> {
    if let Some(plain) = plain(text, literal) {
        return vec![(literal.start, plain.to_string())];
    }
    let written = text.get(literal.start..literal.end).unwrap_or("");
    let mut runs = vec![(literal.start, String::new())];
    let mut characters = written.char_indices().peekable();
    while let Some((at, it)) = characters.next() {
        let next = characters.peek().map(|it| it.1);
        let is_escape = it == '\\'
            && match literal.quote {
                Quote::Double => matches!(next, Some('$' | '`' | '"' | '\\' | '\n')),
                _ => next.is_some(),
            };
        if !is_escape {
            if let Some(run) = runs.last_mut() {
                run.1.push(it);
            }
            continue;
        }
        let start = literal.start + at + 1;
        characters.next();
        match next {
            Some('\n') | None => runs.push((start + 1, String::new())),
            Some(next) => runs.push((start, next.to_string())),
        }
    }
    runs
}
