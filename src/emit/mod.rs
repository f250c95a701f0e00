//! The resolved system to artifacts. Pure: no disk, no clock; the same system gives the same bytes.
//!
//! A target is one value in [`TARGETS`] and one folder here. What a target cannot say exactly is a [`Loss`], or an
//! error where leaving it out would be dangerous; nothing is dropped in silence.

pub mod backup;
pub mod codes;
pub mod compose;
pub mod deploy;
pub mod env;
pub mod graph;
pub mod kubernetes;
mod lowering;
pub mod makefile;
mod nginx;
pub mod page;
mod proxy;
mod routing;
pub mod swarm;
pub mod template;
mod traefik;
mod view;
pub mod workflow;

use crate::diag::{Diagnostic, Diags, Level, Reported, did_you_mean};
use crate::ir::{Environment, Layer, System};
use crate::source::Span;
use crate::syntax::yaml_out::LineOrigin;

pub use codes::{NAME_OF_MANY, NO_BASE, PATCH_CONTRADICTS, PATCH_OF_NOTHING, UNKNOWN_SELECTION};

/// One file to write.
#[derive(Clone, Debug)]
pub struct Artifact {
    /// Where, relative to the spec's directory.
    pub path: String,
    /// The whole text.
    pub text: String,
    /// Whether it is a program.
    pub executable: bool,
    /// The target's word: `compose`, `swarm`, `env`.
    pub target: &'static str,
    /// The environments that it belongs to.
    pub environments: Vec<String>,
    /// Which lines came from where; an outer entry stands before the entries in it.
    pub origins: Vec<LineOrigin>,
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
#[derive(Clone, Default, Debug)]
pub struct Output {
    /// The files, sorted by path.
    pub artifacts: Vec<Artifact>,
    /// What could not be said.
    pub losses: Vec<Loss>,
}

/// What is to be emitted. An empty list means everything.
#[derive(Clone, Default, Debug)]
pub struct Selection {
    /// Environments by name. The base of an overlay is emitted with it: the one is right only on top of the other.
    pub environments: Vec<String>,
    /// Targets by name.
    pub targets: Vec<String>,
}

/// A kind of output.
pub struct Target {
    /// Its word on the command line: `compose`, `swarm`, `env`.
    pub name: &'static str,
    /// What it generates, one sentence.
    pub summary: &'static str,
    /// Emits the chosen environments, those that are not its business aside. It sees all of them at once, because
    /// an overlay needs its base and a template serves several environments.
    pub emit: fn(&System, &[&Environment], &mut Diags) -> Result<Output, Reported>,
}

/// All targets, in the order they run.
pub static TARGETS: &[&Target] = &[
    &compose::TARGET,
    &swarm::TARGET,
    &kubernetes::TARGET,
    &env::TARGET,
    &proxy::TARGET,
    &deploy::TARGET,
    &makefile::TARGET,
    &workflow::TARGET,
    &backup::TARGET,
    &page::TARGET,
    &template::TARGET,
];

/// Emits what is selected.
pub fn emit(system: &System, selection: &Selection, diags: &mut Diags) -> Result<Output, Reported> {
    let environments = environments(system, selection, diags)?;
    let mut output = Output::default();
    let mut failed = None;
    for target in targets(selection, diags)? {
        match (target.emit)(system, &environments, diags) {
            Ok(it) => {
                output.artifacts.extend(it.artifacts);
                output.losses.extend(it.losses);
            }
            // The others may have something to say as well.
            Err(reported) => failed = Some(reported),
        }
    }
    output.artifacts.sort_by(|a, b| a.path.cmp(&b.path));
    failed.map_or(Ok(output), Err)
}

fn environments<'a>(
    system: &'a System,
    selection: &Selection,
    diags: &mut Diags,
) -> Result<Vec<&'a Environment>, Reported> {
    let names = || system.environments.iter().map(|it| it.name.as_str());
    for wanted in &selection.environments {
        if !names().any(|it| it == wanted) {
            return Err(unknown("environment", wanted, names().collect(), diags));
        }
    }
    let chosen = |it: &Environment| selection.environments.is_empty() || selection.environments.contains(&it.name);
    let overlay = system.environments.iter().any(|it| it.layer == Layer::Overlay && chosen(it));
    let is_needed = |it: &Environment| chosen(it) || overlay && it.layer == Layer::Base;
    Ok(system.environments.iter().filter(|it| is_needed(it)).collect())
}

fn targets(selection: &Selection, diags: &mut Diags) -> Result<Vec<&'static Target>, Reported> {
    let names = || TARGETS.iter().map(|it| it.name);
    for wanted in &selection.targets {
        if !names().any(|it| it == wanted) {
            return Err(unknown("target", wanted, names().collect(), diags));
        }
    }
    let chosen = |it: &Target| selection.targets.is_empty() || selection.targets.iter().any(|name| name == it.name);
    Ok(TARGETS.iter().copied().filter(|it| chosen(it)).collect())
}

fn unknown(what: &str, wanted: &str, known: Vec<&str>, diags: &mut Diags) -> Reported {
    let message = format!("there is no {what} `{wanted}`");
    let error = Diagnostic::placeless(UNKNOWN_SELECTION, Level::Error, message);
    let near = did_you_mean(wanted, known.iter().copied()).map(|it| format!("did you mean `{it}`?"));
    diags.error(error.help(format!("there are {}", known.join(", "))).maybe_help(near))
}
