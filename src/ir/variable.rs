//! Variables as one environment sees them.

use std::sync::Arc;

use super::text::Text;
use crate::origin::Traced;
use crate::source::Span;

/// A named group: a section of the templates, and the unit that a service asks for.
#[derive(Clone, Debug)]
pub struct Group {
    /// Its name.
    pub name: String,
    /// Heading of the section in templates.
    pub doc: Option<String>,
    /// Where it is declared.
    pub span: Span,
    /// Its variables, in written order.
    pub variables: Vec<Variable>,
}

/// A variable, resolved for one environment.
#[derive(Clone, Debug)]
pub struct Variable {
    /// Its name.
    pub name: Arc<str>,
    /// Where it is declared.
    pub span: Span,
    /// What it is for: the comment above it in templates.
    pub doc: Option<Arc<str>>,
    /// Values to show in templates.
    pub examples: Vec<Arc<str>>,
    /// The value as the host sees it: `in` for this environment, else `default`.
    pub value: Option<Traced<Text>>,
    /// The value as a container sees it, where that differs.
    pub inside: Option<Box<Traced<Text>>>,
    /// Set for a secret: its value never stands in a generated file.
    pub secret: Option<Box<Secret>>,
    /// Set for a variable that must not be empty: the message when it is.
    pub required: Option<Box<Traced<Option<Arc<str>>>>>,
    /// Commented out in templates.
    pub optional: bool,
    /// Interpolation only: never delivered to a container.
    pub deploy_only: bool,
    /// The third-party image or program that reads it, where our own code does not.
    pub read_by: Option<Arc<str>>,
    /// The values it may have; empty when any.
    pub one_of: Vec<Arc<str>>,
    /// Its name in the secret store and its template: with the environment's prefix (`PROD_…`).
    pub stored_as: Arc<str>,
}

/// How a secret comes to be.
#[derive(Clone, Debug)]
pub struct Secret {
    /// Command that makes a value, such as `openssl rand -hex 32`.
    pub recipe: Option<Arc<str>>,
    /// One value for all environments: no prefix.
    pub shared: bool,
}

/// One variable of a service's environment, and how it gets there.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The name that the process sees.
    pub name: Arc<str>,
    /// How it arrives.
    pub delivery: Traced<Delivery>,
    /// The place of the declaration under `vars`; `None` for a name that only this service's `env` has.
    pub declared: Option<Span>,
    /// A secret, so that no report shows its value.
    pub secret: bool,
}

/// How a variable gets into a container.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Delivery {
    /// With the environment's env files, whole.
    EnvFile,
    /// Written into the generated file; may hold variables that are filled in at deploy time.
    Inline(Text),
}
