//! Facts about environment variables: who asks for them, who sets them, who documents them.

use std::sync::OnceLock;

use serde::{Deserialize, Serialize};

use super::Text;
use crate::repo::usage::prefixed_names;
use crate::source::{FileId, Span};
use crate::syntax::Lookup;
use crate::syntax::dotenv::{self, Dialect, Reading};

/// Where a fact about a variable was read; decides how names are compared and what a missing one does.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
pub enum Language {
    /// `os.environ`, `os.getenv` and their like. Fields of settings classes are [`super::Field`]s instead.
    Python,
    /// `process.env`, `import.meta.env`, schemas such as t3-env and envalid.
    Script,
    /// `os.Getenv`, struct tags, viper.
    Go,
    /// `std::env::var`, clap, envy, figment.
    Rust,
    /// PHP, Ruby, Java, C# and others, of which only the plainest forms are known.
    Other,
    /// `$X` in a script.
    Shell,
    /// `$(X)` in a Makefile.
    Make,
    /// `${X}` in a template that `envsubst` fills, as nginx images do.
    Template,
    /// `$X` in a Dockerfile.
    Dockerfile,
    /// `env.X` and `$X` in a workflow.
    Workflow,
}

/// What happens to the reader when the variable is not set.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Absent {
    /// It fails: `os.environ["X"]`, `${X:?}`.
    Fails,
    /// It takes this default.
    Default(String),
    /// It takes a default that is not a literal.
    Computed,
    /// It goes on without: `os.getenv("X")`, an `Option`, an empty string.
    Nothing,
}

/// A place where code asks for a variable.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct EnvRead {
    /// The name, at its place.
    pub name: Text,
    /// The reader.
    pub language: Language,
    /// What a missing one does.
    pub absent: Absent,
    /// Whether the file belongs to tests.
    pub in_test: bool,
    /// Whether the value is taken while building (Vite, `NEXT_PUBLIC_`, `env!`), so that a container cannot set it.
    pub build_time: bool,
    /// Whether the name ends in an unknown part: `name` is then a prefix that any variable may continue.
    pub is_prefix: bool,
}

/// A function that asks the environment for the name it is given, such as `func envOr(key, fallback string)`.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct EnvWrapper {
    /// Its name.
    pub name: String,
    /// Its language.
    pub language: Language,
    /// Whether it fails when the variable is not set.
    pub fails: bool,
}

/// A call with what may be a variable's name: a read, if the function turns out to be an [`EnvWrapper`].
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct WrappedRead {
    /// The function.
    pub function: String,
    /// What the call reads, if so.
    pub read: EnvRead,
}

/// Who sets a variable outside compose and env files.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
pub enum SetBy {
    /// `export X=` or `X=` in a script.
    Shell,
    /// `X=… command`: for that command only.
    Inline,
    /// `ENV` in a Dockerfile.
    DockerEnv,
    /// `ARG` in a Dockerfile.
    DockerArg,
    /// `env:` of a workflow, job or step, `$GITHUB_ENV`, or a heredoc that writes an env file.
    Workflow,
    /// `env:` of a Kubernetes container, or a ConfigMap or Secret key.
    Kubernetes,
    /// `X =` in a Makefile.
    Make,
    /// Something outside of the repository, as its spec says.
    Outside,
    /// `monkeypatch.setenv`, `os.environ[…] =` and the like, in tests.
    Test,
    /// The same in a program.
    Code,
}

/// A place that sets a variable.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct EnvSet {
    /// The name, at its place.
    pub name: Text,
    /// The value, if it is a literal.
    pub value: Option<Text>,
    /// Who sets it.
    pub by: SetBy,
    /// The file it is written to, where a script creates an env file (`cat > .env <<EOF`, `echo X=1 >> .env`).
    pub into: Option<String>,
    /// What it belongs to: the Kubernetes object, workflow job, Dockerfile stage or Make target.
    pub scope: Option<String>,
}

/// A variable that prose documents, such as a row of a Markdown table.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct EnvDoc {
    /// The name, at its place.
    pub name: Text,
    /// The default that the text states.
    pub default: Option<Text>,
}

/// An env file or a template of one.
#[derive(Clone, Debug)]
pub struct EnvFile {
    /// The file.
    pub file: FileId,
    /// Its path from the root.
    pub path: String,
    /// Whether it documents what must be set, rather than setting it.
    pub is_template: bool,
    /// Whether values are encrypted (sops, dotenvx, dotenv-vault): names can be trusted, values cannot.
    pub is_encrypted: bool,
    /// Whether not even the names can be seen (a sops file of the binary store).
    pub is_opaque: bool,
    /// The lines that set or document a variable, in order; a name may come twice.
    pub entries: Vec<EnvEntry>,
    /// Bytes that some readers stumble over, a byte order mark or a carriage return, with what is wrong with them.
    pub odd_bytes: Vec<Text>,
    /// Lines that are neither an entry, a comment nor blank, with what is wrong with them.
    pub bad_lines: Vec<Text>,
    /// The entries in the order of their names, for a look: filled at the first one.
    pub by_name: OnceLock<Vec<u32>>,
}

/// One `NAME=value` line.
#[derive(Clone, Debug)]
pub struct EnvEntry {
    /// The name, at its place.
    pub name: Text,
    /// The value as compose reads it, before `${…}` is replaced; at the place without quotes and comment.
    pub value: Text,
    /// How the value is quoted.
    pub quote: Quote,
    /// The inline comment after the value, from its `#`.
    pub comment: Option<Span>,
    /// Whether the line says `export`.
    pub is_exported: bool,
    /// Whether there is a blank on either side of the `=`.
    pub is_spaced: bool,
    /// Whether the line is commented out (`# NAME=value`): documented, not set. Only read in templates.
    pub is_commented: bool,
    /// The whole line or, for a value of several lines, all of them; without the last line break.
    pub line: Span,
    /// What is written there, and the blanks before it.
    pub text: Box<str>,
}

/// How a value is quoted in an env file.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Quote {
    /// Not at all.
    None,
    /// `'…'`
    Single,
    /// `"…"`
    Double,
}

impl EnvEntry {
    /// Returns everything after `=` as written, quotes and comment included, at its place; `None` without a `=`.
    pub fn raw(&self) -> Option<(&str, Span)> {
        let raw = self.text.split_once('=')?.1;
        let length = (self.line.end - self.line.start) as usize;
        Some((raw, self.line.part(length.saturating_sub(raw.len()), length)))
    }

    /// Returns the place of the value with its quotes, if there is one.
    pub fn written(&self) -> Option<Span> {
        let Span { file, start, end } = self.value.span;
        let quote = u32::from(self.quote != Quote::None);
        (end + quote > start.saturating_sub(quote)).then(|| Span {
            file,
            start: start.saturating_sub(quote),
            end: end + quote,
        })
    }

    /// Returns what a program that reads env files takes the line for.
    pub fn reading(&self, dialect: Dialect, look_up: Lookup<'_>) -> Reading {
        dotenv::value_of((&self.text, &self.name.value), dialect, look_up)
    }
}

impl EnvFile {
    /// Returns the entries of a name, in the order of the file.
    pub fn all(&self, name: &str) -> impl DoubleEndedIterator<Item = &EnvEntry> {
        self.places(name).iter().map(|at| &self.entries[*at as usize])
    }

    /// Returns the entry that counts for a name: the last one that is not commented out.
    pub fn get(&self, name: &str) -> Option<&EnvEntry> {
        self.all(name).rev().find(|it| !it.is_commented)
    }

    /// Returns the entry that mentions a name, set or commented out.
    pub fn mention(&self, name: &str) -> Option<&EnvEntry> {
        self.get(name).or_else(|| self.all(name).next())
    }

    /// Returns the first entry that mentions a name, or the name behind the prefix of an environment.
    pub fn behind_prefix(&self, name: &str) -> Option<&EnvEntry> {
        let prefixed = prefixed_names(name).filter_map(|it| self.places(&it).first().copied());
        let first = self.places(name).first().copied().into_iter().chain(prefixed).min()?;
        self.entries.get(first as usize)
    }

    fn places(&self, name: &str) -> &[u32] {
        let name_at = |at: &u32| self.entries[*at as usize].name.value.as_str();
        let order = self.by_name.get_or_init(|| {
            let mut order: Vec<u32> = (0..).take(self.entries.len()).collect();
            order.sort_by(|a, b| name_at(a).cmp(name_at(b)));
            order
        });
        let start = order.partition_point(|at| name_at(at) < name);
        let length = order[start..].iter().take_while(|at| name_at(at) == name).count();
        &order[start..start + length]
    }
}
