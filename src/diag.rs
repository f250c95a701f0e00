//! Diagnostics: what specc tells its user, collected and never thrown.
//!
//! Only [`Diags::error`] makes a [`Reported`], so a function that returns `Err(Reported)` has proof that the
//! user was told why. Rendering is `report/`'s business; levels and suppressions are applied once, in `rules/`.

use crate::source::Span;

/// A stable name for one kind of message: three letters and three digits, and a readable name.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Code {
    /// Such as `SPEC002`. Never reused for something else.
    pub id: &'static str,
    /// Such as `unknown-key`.
    pub name: &'static str,
}

/// How bad it is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Level {
    /// Only suspicious: shown with `--pedantic`.
    Info,
    /// Worth a look; fails a check, does not stop a build.
    Warning,
    /// Wrong: nothing is written.
    Error,
}

impl Level {
    /// Returns the word that every report format uses.
    pub fn word(self) -> &'static str {
        match self {
            Level::Error => "error",
            Level::Warning => "warning",
            Level::Info => "info",
        }
    }
}

/// A marked place with what is to be said about it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Label {
    /// The place.
    pub span: Span,
    /// A short clause; may be empty on the primary label, whose sentence is the message.
    pub message: String,
}

/// Whether a fix may be applied without a person looking at it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Applicability {
    /// Keeps the meaning or restores the only possible one: `--fix` applies it.
    Safe,
    /// Likely right: `--unsafe-fixes` applies it.
    Unsafe,
}

/// One replacement in one file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Edit {
    /// What is replaced; an empty span inserts.
    pub span: Span,
    /// The new text.
    pub replacement: String,
}

/// A change that mends the finding.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Fix {
    /// What it does, as an imperative sentence.
    pub title: String,
    /// Whether it needs a look.
    pub applicability: Applicability,
    /// Byte-range edits, which do not overlap.
    pub edits: Vec<Edit>,
    /// What each edit replaces, where its place may hold more, such as quotes or the rest of an address: the place is
    /// narrowed down to it once the text is at hand, and where that cannot be done there is no fix.
    pub replaces: Option<String>,
}

/// One message to the user.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Diagnostic {
    /// Which kind of message.
    pub code: Code,
    /// How bad.
    pub level: Level,
    /// One sentence without a full stop, in terms of what the user wrote.
    pub message: String,
    /// The place that is wrong. `None` only where no file has one, as when the spec itself is missing.
    pub primary: Option<Label>,
    /// Other places that make it so.
    pub related: Vec<Label>,
    /// One concrete way out.
    pub help: Option<String>,
    /// The same as edits, where it can be done by machine.
    pub fix: Option<Fix>,
}

impl Diagnostic {
    /// Makes a diagnostic with a place.
    pub fn new(code: Code, level: Level, span: Span, message: impl Into<String>) -> Diagnostic {
        let primary = Some(Label { span, message: String::new() });
        Diagnostic { code, level, message: message.into(), primary, related: Vec::new(), help: None, fix: None }
    }

    /// Makes a diagnostic about something that has no place in any text.
    pub fn placeless(code: Code, level: Level, message: impl Into<String>) -> Diagnostic {
        let message = message.into();
        Diagnostic { code, level, message, primary: None, related: Vec::new(), help: None, fix: None }
    }

    /// Says something at the primary place itself.
    #[must_use]
    pub fn label(mut self, message: impl Into<String>) -> Diagnostic {
        if let Some(primary) = &mut self.primary {
            primary.message = message.into();
        }
        self
    }

    /// Adds another place.
    #[must_use]
    pub fn also(mut self, span: Span, message: impl Into<String>) -> Diagnostic {
        self.related.push(Label { span, message: message.into() });
        self
    }

    /// Adds the way out.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Diagnostic {
        self.help = Some(help.into());
        self
    }

    /// Adds the way out if there is one.
    #[must_use]
    pub fn maybe_help(mut self, help: Option<String>) -> Diagnostic {
        self.help = help.or(self.help);
        self
    }

    /// Adds edits that mend it.
    #[must_use]
    pub fn fix(mut self, title: impl Into<String>, applicability: Applicability, edits: Vec<Edit>) -> Diagnostic {
        self.fix = Some(Fix { title: title.into(), applicability, edits, replaces: None });
        self
    }

    /// Adds a fix that writes what was probably meant in place of `word`, which is a part of the place, or all of it.
    /// Where something else is as near, nobody but a person can tell.
    #[must_use]
    pub fn meant(mut self, span: Span, word: &str, near: Option<Near<'_>>) -> Diagnostic {
        if let Some(near) = near.filter(|it| it.is_sole && !word.is_empty()) {
            let edits = vec![Edit { span, replacement: near.name.to_string() }];
            let (title, replaces) = (format!("write `{near}`"), Some(word.to_string()));
            self.fix = Some(Fix { title, applicability: Applicability::Unsafe, edits, replaces });
        }
        self
    }

    /// As [`Diagnostic::meant`], for paths from the root: the place may hold another way to write the path, so only a
    /// file in the same folder can be named instead.
    #[must_use]
    pub fn meant_path(self, span: Span, path: &str, near: Option<Near<'_>>) -> Diagnostic {
        let split = |it: &'_ str| it.rfind('/').map_or(0, |it| it + 1);
        let (at, near_at) = (split(path), near.map_or(0, |it| split(it.name)));
        match near.filter(|it| path[..at] == it.name[..near_at]) {
            Some(near) => self.meant(span, &path[at..], Some(Near { name: &near.name[near_at..], ..near })),
            None => self,
        }
    }

    /// Returns the primary place, if any.
    pub fn span(&self) -> Option<Span> {
        self.primary.as_ref().map(|it| it.span)
    }
}

/// Proof that an error was reported.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Reported(());

/// The messages so far.
#[derive(Default, Debug)]
pub struct Diags {
    list: Vec<Diagnostic>,
    errors: usize,
}

impl Diags {
    /// Adds a diagnostic of any level. The same message at the same place is kept once: an environment that
    /// resolves a shared line again must not report it again.
    pub fn push(&mut self, diagnostic: Diagnostic) {
        if self.list.iter().rev().take(64).any(|it| *it == diagnostic) {
            return;
        }
        self.errors += usize::from(diagnostic.level == Level::Error);
        self.list.push(diagnostic);
    }

    /// Adds an error and returns the proof.
    pub fn error(&mut self, diagnostic: Diagnostic) -> Reported {
        self.push(Diagnostic { level: Level::Error, ..diagnostic });
        Reported(())
    }

    /// Returns `Err` if any error was reported.
    pub fn ok(&self) -> Result<(), Reported> {
        if self.errors == 0 { Ok(()) } else { Err(Reported(())) }
    }

    /// Returns how many errors there are.
    pub fn n_errors(&self) -> usize {
        self.errors
    }

    /// Returns the messages in the order they were found.
    pub fn list(&self) -> &[Diagnostic] {
        &self.list
    }

    /// Takes all messages out, in the order they were found.
    pub fn take(&mut self) -> Vec<Diagnostic> {
        self.errors = 0;
        std::mem::take(&mut self.list)
    }

    /// Adds what was found elsewhere, in the order it was found.
    pub fn absorb(&mut self, found: Diags) {
        found.list.into_iter().for_each(|it| self.push(it));
    }

    /// Returns the messages sorted by place, each once.
    pub fn into_sorted(self) -> Vec<Diagnostic> {
        let mut list = self.list;
        list.sort_by(|a, b| (a.span(), a.code.id, &a.message).cmp(&(b.span(), b.code.id, &b.message)));
        list.dedup();
        list
    }
}

/// What a word was probably meant to be.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Near<'a> {
    /// The name.
    pub name: &'a str,
    /// Whether no other name is near.
    pub is_sole: bool,
}

impl std::fmt::Display for Near<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}

/// As [`did_you_mean`], and says whether nothing else can have been meant.
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<Near<'a>> {
    let all: std::collections::BTreeSet<&str> = candidates.into_iter().collect();
    let name = did_you_mean(word, all.iter().copied())?;
    let is_sole = did_you_mean(word, all.into_iter().filter(|it| *it != name)).is_none() && is_slip(word, name);
    Some(Near { name, is_sole })
}

/// Returns whether two names differ as if by a slip in every part: `dashboard_url` was not meant to be
/// `dashboard_arn`, nor `https` to be `http`.
fn is_slip(word: &str, name: &str) -> bool {
    let parts = |it: &str| it.split(|c: char| !c.is_alphanumeric()).map(str::to_lowercase).collect::<Vec<_>>();
    let (own, other) = (parts(word), parts(name));
    let is_near = |(a, b): (&String, &String)| {
        let is_other_word = a.strip_suffix('s') == Some(b) || b.strip_suffix('s') == Some(a);
        let allowed = if a.chars().count() <= 4 { 1 } else { 2 };
        a == b || (strsim::damerau_levenshtein(a, b) <= allowed && !(is_other_word && a.len() <= 5))
    };
    own.len() != other.len() || own.iter().zip(&other).all(is_near)
}

/// Returns how many slips lie between two words. What both begin and end with takes none.
fn distance(a: &str, b: &str) -> usize {
    let n = a.chars().zip(b.chars()).take_while(|it| it.0 == it.1).map(|it| it.0.len_utf8()).sum::<usize>();
    let (a, b) = (&a[n..], &b[n..]);
    let n = a.chars().rev().zip(b.chars().rev()).take_while(|it| it.0 == it.1).map(|it| it.0.len_utf8()).sum::<usize>();
    strsim::damerau_levenshtein(&a[..a.len() - n], &b[..b.len() - n])
}

/// Returns the candidate that `word` was probably meant to be: one slip of the keyboard in short words, two in
/// longer ones, or the same word in other case or with `-` for `_`.
pub fn did_you_mean<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let fold = |it: &str| it.to_lowercase().replace('_', "-");
    let folded = fold(word);
    let allowed = if word.chars().count() <= 4 { 1 } else { 2 };
    let length = folded.chars().count();
    // Most candidates are too long or too short, and to measure a distance costs a table of both words.
    let is_alike = |it: &&str| it.chars().count().abs_diff(length) <= allowed;
    candidates
        .into_iter()
        .filter(is_alike)
        .map(|it| (distance(&folded, &fold(it)), it))
        .filter(|(distance, it)| *distance <= allowed && *distance < it.chars().count())
        .min_by_key(|(distance, it)| (*distance, std::cmp::Reverse(n_alike(&folded, &fold(it)))))
        .map(|(_, it)| it)
}

/// Returns how many characters two words begin with alike: who misspells a word seldom does so at its beginning.
fn n_alike(a: &str, b: &str) -> usize {
    a.chars().zip(b.chars()).take_while(|it| it.0 == it.1).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn what_two_words_share_at_their_ends_takes_no_slip(a in "[abé]{0,6}", b in "[abé]{0,6}") {
            proptest::prop_assert_eq!(distance(&a, &b), strsim::damerau_levenshtein(&a, &b));
        }
    }

    #[test]
    fn only_a_slip_that_leads_to_one_name_is_mended_by_machine() {
        for (word, names, expected) in [
            ("databse", &["database", "cache"][..], true),
            ("dashboard_url", &["dashboard_arn"], false),
            ("https", &["http"], false),
            ("db1", &["db2", "db3"], false),
            ("flux-runner", &["flux_runner"], true),
            ("ORCHESTRATR_URL", &["ORCHESTRATOR_URL"], true),
        ] {
            let near = nearest(word, names.iter().copied());
            assert_eq!(near.is_some_and(|it| it.is_sole), expected, "{word} of {names:?}: {near:?}");
        }
    }
}
