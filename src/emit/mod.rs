//! The resolved system to artifacts. Pure: no disk, no clock; the same system gives the same bytes.
//!
//! A target is one value in [`TARGETS`] and one folder here. What a target cannot say exactly is a [`Loss`], or an
//! error where leaving it out would be dangerous; nothing is dropped in silence.

use crate::diag::{Diags, Reported};
use crate::ir::{Environment, System};
use crate::origin::Origin;
use crate::source::Span;

/// One file to write.
#[derive(Clone, Debug)]
pub struct Artifact {
    /// Where, relative to the spec's directory.
    pub path: String,
    /// The whole text.
    pub text: String,
    /// Whether it is a program.
    pub executable: bool,
    /// For each line of the text, what it came from.
    pub lines: Vec<Vec<Origin>>,
    /// The environments that it belongs to.
    pub environments: Vec<String>,
}

/// How well a target says what the spec says.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Grade {
    /// Nearly: the reason tells the difference.
    Approximated,
    /// Not at all: it is left out.
    NotExpressible,
}

/// Something that a target cannot say exactly.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Loss {
    /// The environment.
    pub environment: String,
    /// The target's word: `compose`, `swarm`, `k8s`.
    pub target: &'static str,
    /// The field, as a path of the spec: `services.web.harden`.
    pub field: String,
    /// How bad.
    pub grade: Grade,
    /// Why, and what happens instead.
    pub reason: String,
    /// Where the spec says it.
    pub span: Option<Span>,
}

/// What emitting yields.
#[derive(Default, Debug)]
pub struct Output {
    /// The files, sorted by path.
    pub artifacts: Vec<Artifact>,
    /// What could not be said.
    pub losses: Vec<Loss>,
}

/// A kind of output.
pub struct Target {
    /// Its word on the command line: `compose`, `swarm`, `env`.
    pub name: &'static str,
    /// What it generates, one sentence.
    pub summary: &'static str,
    /// Adds the artifacts of one environment.
    pub emit: fn(&System, &Environment, &mut Output, &mut Diags) -> Result<(), Reported>,
}

/// All targets, in the order they run.
pub static TARGETS: &[&Target] = &[];
