//! Places and origins in words: what `specc env` and `specc explain` answer with.

use serde::Serialize;

use crate::origin::Origin;
use crate::source::{Sources, Span};

/// A place in a file, for people and for programs.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize)]
pub struct Place {
    /// The file.
    pub path: String,
    /// Line, from 1.
    pub line: u32,
    /// Column in characters, from 1.
    pub column: u32,
}

impl Place {
    /// Returns where a span starts.
    pub fn of(span: Span, sources: &Sources) -> Place {
        let at = sources.start(span);
        Place { path: sources.path(span.file).to_string(), line: at.line, column: at.column }
    }
}

impl std::fmt::Display for Place {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{}:{}:{}", self.path, self.line, self.column)
    }
}

/// A step on the way of a value, with its place where it has one.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize)]
pub struct Step {
    /// Where.
    pub place: Option<Place>,
    /// A file without a place in it, such as one that a person fills in.
    pub file: Option<String>,
    /// What happens there, as a clause.
    pub what: String,
}

impl Step {
    /// Makes a step at a place of the spec.
    pub fn at(span: Span, what: impl Into<String>, sources: &Sources) -> Step {
        Step { place: Some(Place::of(span, sources)), file: None, what: what.into() }
    }

    /// Makes a step in a whole file.
    pub fn in_file(file: impl Into<String>, what: impl Into<String>) -> Step {
        Step { place: None, file: Some(file.into()), what: what.into() }
    }

    /// Tells how a value came to be.
    pub fn origin(origin: &Origin, sources: &Sources) -> Step {
        let (span, what) = match origin {
            Origin::Written(span) => (*span, "written here".to_string()),
            Origin::Inherited { span, from } => (*span, format!("inherited from `{from}`")),
            Origin::Patched { span, environment } => (*span, format!("set by the environment `{environment}`")),
            Origin::Derived { span, why } => (*span, format!("because {why}")),
            Origin::Default(why) => return Step { place: None, file: None, what: format!("specc's default: {why}") },
        };
        Step::at(span, what, sources)
    }

    /// Returns where, in one word for people.
    pub fn whereabouts(&self) -> String {
        match (&self.place, &self.file) {
            (Some(place), _) => place.to_string(),
            (None, Some(file)) => file.clone(),
            (None, None) => "-".to_string(),
        }
    }
}
