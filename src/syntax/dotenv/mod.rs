//! Env files: the lines with their places, and what each program that reads such files makes of them.
//!
//! There is no env file format. [`parse`] finds statements the way most readers do and keeps them as written;
//! [`value`] says what one reader ([`Dialect`]) takes a statement for; [`write`] finds a way to write a value that a
//! set of readers agree on. A table in tests/ made by the real programs holds all of it.

mod bash;
mod compose;
mod lines;
mod make;
mod node;
mod python;

use std::ops::Range;

use super::{Lookup, Malformed};

/// A program that reads env files, in its own way.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Dialect {
    /// `env_file:` of `docker compose`.
    ComposeEnvFile,
    /// `.env` and `--env-file` of `docker compose`, which feed `${…}`.
    ComposeInterpolation,
    /// `env_file:` of `docker stack`.
    SwarmEnvFile,
    /// `docker run --env-file`.
    DockerRun,
    /// `kubectl create configmap --from-env-file` and kustomize's `envs:`.
    Kubectl,
    /// `source .env` in bash.
    Bash,
    /// `include .env` in a Makefile.
    Make,
    /// python-dotenv, and with it pydantic-settings.
    PythonDotenv,
    /// The package dotenv of Node.
    NodeDotenv,
    /// `node --env-file`.
    NodeEnvFile,
}

impl Dialect {
    /// All of them.
    pub const ALL: [Dialect; 10] = [
        Dialect::ComposeEnvFile,
        Dialect::ComposeInterpolation,
        Dialect::SwarmEnvFile,
        Dialect::DockerRun,
        Dialect::Kubectl,
        Dialect::Bash,
        Dialect::Make,
        Dialect::PythonDotenv,
        Dialect::NodeDotenv,
        Dialect::NodeEnvFile,
    ];

    /// Names the reader for a message.
    pub fn name(self) -> &'static str {
        match self {
            Dialect::ComposeEnvFile => "docker compose",
            Dialect::ComposeInterpolation => "docker compose's `${…}`",
            Dialect::SwarmEnvFile => "docker stack",
            Dialect::DockerRun => "docker run",
            Dialect::Kubectl => "kubectl",
            Dialect::Bash => "bash",
            Dialect::Make => "make",
            Dialect::PythonDotenv => "python-dotenv",
            Dialect::NodeDotenv => "dotenv of Node",
            Dialect::NodeEnvFile => "node --env-file",
        }
    }
}

/// What a reader takes a statement for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Reading {
    /// The variable has this value.
    Value(String),
    /// The reader fails, or does something else, such as running a command.
    Error(String),
    /// The variable is not set.
    Absent,
}

/// An env file; its parts borrow from the text.
#[derive(Clone, Default, Debug)]
pub struct EnvFile<'t> {
    /// Its statements, in order; comments and blank lines lie between them.
    pub entries: Vec<Entry<'t>>,
    /// Comment lines, with the `#`.
    pub comments: Vec<Range<usize>>,
    /// Lines that no reader can make a variable of.
    pub errors: Vec<Malformed>,
    /// Whether a byte order mark stands at the start, which python-dotenv, Node and bash take for a part of a name.
    pub has_bom: bool,
}

/// A statement of an env file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Entry<'t> {
    /// The statement as written: its whole line, or lines if quotes span some, without the last break.
    pub text: &'t str,
    /// Where the statement is, without spaces before it.
    pub range: Range<usize>,
    /// Whether it starts with `export`.
    pub export: bool,
    /// The name.
    pub key: &'t str,
    /// Where the name is.
    pub key_range: Range<usize>,
    /// The value as written; none if there is no `=`.
    pub written: Option<Written<'t>>,
}

/// A value as it is written.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Written<'t> {
    /// The value as written, with its quotes, without spaces around it and comment.
    pub text: &'t str,
    /// Where it is.
    pub range: Range<usize>,
    /// Its quotes.
    pub quote: Quote,
    /// The comment behind it, from the `#`.
    pub comment: Option<Range<usize>>,
    /// Whether spaces stand before or after the `=`.
    pub spaced: bool,
}

/// The quotes that a value starts with.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Quote {
    /// None.
    None,
    /// `'…'`.
    Single,
    /// `"…"`.
    Double,
    /// A quote that nothing closes.
    Unclosed,
}

/// Reads an env file. Never fails: what is no statement is in [`EnvFile::errors`].
pub fn parse(text: &str) -> EnvFile<'_> {
    // One list of the right size, rather than ever larger ones; a statement is seldom shorter than this.
    let n_statements = memchr::memchr_iter(b'=', text.as_bytes()).count().min(text.len() / 8);
    let entries = Vec::with_capacity(n_statements);
    let mut file = EnvFile { has_bom: text.starts_with('\u{feff}'), entries, ..EnvFile::default() };
    let mut at = if file.has_bom { '\u{feff}'.len_utf8() } else { 0 };
    while at < text.len() {
        let end = line_end(text, at);
        let line = &text[at..end];
        let start = at + line.len() - line.trim_start().len();
        at = if start >= end {
            end + 1
        } else if text[start..].starts_with('#') {
            file.comments.push(start..start + text[start..end].trim_end().len());
            end + 1
        } else {
            statement(text, at..end, &mut file) + 1
        };
    }
    file
}

fn line_end(text: &str, at: usize) -> usize {
    memchr::memchr(b'\n', &text.as_bytes()[at..]).map_or(text.len(), |it| at + it)
}

/// Reads the statement that starts on a line; returns the end of its last line.
fn statement<'t>(text: &'t str, whole: Range<usize>, file: &mut EnvFile<'t>) -> usize {
    let line = text[whole.clone()].trim_start();
    let (start, end) = (whole.end - line.len(), whole.end);
    let prefix = export_prefix(line);
    let (name, value) = match line[prefix..].split_once('=') {
        Some((name, _)) => (name, Some(start + prefix + name.len() + 1)),
        None => (&line[prefix..], None),
    };
    let key_start = start + prefix;
    let key = name.trim_end();
    let key_range = key_start..key_start + key.len();
    if key.is_empty() || value.is_none() && key.contains(char::is_whitespace) {
        let range = start..start + line.trim_end().len();
        let error = if key.is_empty() {
            Malformed::new(range, "no name before the `=`")
        } else {
            Malformed::new(range, "no `=` on this line").help("write `NAME=value`, or `#` before a comment")
        };
        file.errors.push(error);
        return end;
    }
    let written = value.map(|at| written(text, at, end, name.len() > key.len()));
    let end = written.as_ref().map_or(end, |it| line_end(text, it.range.end.max(start)));
    let text = &text[whole.start..end];
    file.entries.push(Entry { text, range: start..end, export: prefix > 0, key, key_range, written });
    end
}

/// Returns the length of `export ` with its spaces, or 0.
fn export_prefix(line: &str) -> usize {
    let Some(rest) = line.strip_prefix("export") else { return 0 };
    let name = rest.trim_start_matches([' ', '\t']);
    if name.len() < rest.len() && !name.is_empty() && !name.starts_with('=') { line.len() - name.len() } else { 0 }
}

fn written(text: &str, from: usize, end: usize, spaced: bool) -> Written<'_> {
    let start = from + text[from..end].len() - text[from..end].trim_start_matches([' ', '\t']).len();
    let spaced = spaced || start > from;
    let quote = match text.as_bytes().get(start..end).and_then(|it| it.first()) {
        Some(b'\'') => Quote::Single,
        Some(b'"') => Quote::Double,
        _ => Quote::None,
    };
    if quote != Quote::None
        && let Some((close, comment)) = closing(text, start, quote)
    {
        let range = start..close + 1;
        return Written { text: &text[range.clone()], range, quote, comment, spaced };
    }
    let closed = quote == Quote::None || text[start + 1..end].contains(&text[start..=start]);
    let quote = if closed { Quote::None } else { Quote::Unclosed };
    let line = &text[start..end];
    let hash =
        line.match_indices('#').map(|it| it.0).find(|&at| line[..at].ends_with([' ', '\t']) || at == 0 && spaced);
    let value = line[..hash.unwrap_or(line.len())].trim_end();
    let comment = hash.map(|at| start + at..start + line.trim_end().len());
    Written { text: value, range: start..start + value.len(), quote, comment, spaced }
}

/// Finds the quote that closes the one at `start`, if nothing but a comment follows it on its line.
fn closing(text: &str, start: usize, quote: Quote) -> Option<(usize, Option<Range<usize>>)> {
    let bytes = text.as_bytes();
    let mark = bytes[start];
    let mut at = start + 1;
    while at < bytes.len() && bytes[at] != mark {
        at += if bytes[at] == b'\\' && quote == Quote::Double { 2 } else { 1 };
    }
    if at >= bytes.len() {
        return None;
    }
    let line = &text[at + 1..line_end(text, at)];
    let rest = line.trim_start();
    let hash = at + 1 + line.len() - rest.len();
    match rest.chars().next() {
        None => Some((at, None)),
        Some('#') => Some((at, Some(hash..hash + rest.trim_end().len()))),
        Some(_) => None,
    }
}

impl<'t> EnvFile<'t> {
    /// Returns the statements of a name, in order. Every reader takes the last one.
    pub fn all<'a>(&'a self, key: &'a str) -> impl Iterator<Item = &'a Entry<'t>> {
        self.entries.iter().filter(move |it| it.key == key)
    }

    /// Returns the statement that decides about a name.
    pub fn get(&self, key: &str) -> Option<&Entry<'t>> {
        self.entries.iter().rfind(|it| it.key == key)
    }

    /// Returns each statement with an earlier one of the same name.
    pub fn duplicates(&self) -> Vec<(&Entry<'t>, &Entry<'t>)> {
        let mut first = std::collections::BTreeMap::new();
        let mut found = Vec::new();
        for entry in &self.entries {
            match first.get(entry.key) {
                Some(earlier) => found.push((*earlier, entry)),
                None => drop(first.insert(entry.key, entry)),
            }
        }
        found
    }
}

/// Returns what a reader takes a statement for. `lookup` knows the variables that it may refer to: the process's
/// and those of the lines above.
pub fn value(entry: &Entry, dialect: Dialect, lookup: Lookup<'_>) -> Reading {
    value_of((entry.text, entry.key), dialect, lookup)
}

/// The same of a statement's text and the name in it.
pub fn value_of((text, key): (&str, &str), dialect: Dialect, lookup: Lookup<'_>) -> Reading {
    match dialect {
        Dialect::ComposeEnvFile | Dialect::ComposeInterpolation => compose::read(text, key, lookup),
        Dialect::SwarmEnvFile => match lines::docker(text, lookup) {
            // An empty value counts as none, so the shell that deploys decides.
            Reading::Value(value) if value.is_empty() => Reading::Value(lookup(key).unwrap_or_default()),
            other => other,
        },
        Dialect::DockerRun => lines::docker(text, lookup),
        Dialect::Kubectl => lines::kubectl(text, lookup),
        Dialect::Bash => bash::read(text, lookup),
        Dialect::Make => make::read(text, lookup),
        Dialect::PythonDotenv => python::read(text, lookup),
        Dialect::NodeDotenv => node::dotenv(text),
        Dialect::NodeEnvFile => node::env_file(text, key),
    }
}

/// Returns what of `A=value`, with the value written just like this, which readers take it for something else.
///
/// # Errors
/// Those readers, and what they take it for.
pub fn portable(value: &str) -> Result<(), Vec<(Dialect, Reading)>> {
    agreed(value, value, &Dialect::ALL)
}

/// Returns how to write a value so that all these readers take it for the same: without quotes if possible.
///
/// # Errors
/// If there is no such way: the readers that take the value, written without quotes, for something else.
pub fn write(value: &str, dialects: &[Dialect]) -> Result<String, Vec<(Dialect, Reading)>> {
    let plain = match agreed(value, value, dialects) {
        Ok(()) => return Ok(value.to_string()),
        Err(readings) => readings,
    };
    let escaped = value.replace('\\', "\\\\").replace('"', "\\\"").replace('$', "\\$").replace('`', "\\`");
    let forms = [
        format!("\"{value}\""),
        format!("'{value}'"),
        format!("\"{}\"", escaped.replace('\n', "\\n")),
        format!("\"{escaped}\""),
        value.replace('$', "$$"),
        value.replace('\\', "\\\\"),
    ];
    forms.into_iter().find(|it| agreed(it, value, dialects).is_ok()).ok_or(plain)
}

fn agreed(written: &str, value_meant: &str, dialects: &[Dialect]) -> Result<(), Vec<(Dialect, Reading)>> {
    let text = format!("A={written}\n");
    let file = parse(&text);
    let [entry] = file.entries.as_slice() else {
        let broken = Reading::Error("it ends the statement".to_string());
        return Err(dialects.iter().map(|it| (*it, broken.clone())).collect());
    };
    let readings = dialects.iter().map(|it| (*it, value(entry, *it, &|_| None)));
    let wrong: Vec<_> = readings.filter(|it| it.1 != Reading::Value(value_meant.to_string())).collect();
    if wrong.is_empty() { Ok(()) } else { Err(wrong) }
}

#[cfg(test)]
mod tests;
