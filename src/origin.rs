//! How a value came to be: what `specc explain` and `specc env` answer from.

use std::sync::Arc;

use crate::source::Span;

/// Where a resolved value has its source. Nearly every value has one, and a large system hundreds of thousands: so what
/// belongs to one is a single word wide.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Origin {
    /// Written for exactly this thing.
    Written(Span),
    /// Written for the service that this one is `like`.
    Inherited {
        /// Where it is written.
        span: Span,
        /// The service it is written for.
        from: Arc<String>,
    },
    /// Written in an environment's patch.
    Patched {
        /// Where it is written.
        span: Span,
        /// The environment that patches it.
        environment: Arc<String>,
    },
    /// Not written: follows from what is written at `span`, and `why` says how.
    Derived {
        /// What it follows from.
        span: Span,
        /// The reason, as a clause that continues "because".
        why: &'static &'static str,
    },
    /// Not written anywhere: specc's own default, and `why` says which.
    Default(&'static &'static str),
}

impl Origin {
    /// Returns the place in the spec, if there is one.
    pub fn span(&self) -> Option<Span> {
        match self {
            Origin::Written(span)
            | Origin::Inherited { span, .. }
            | Origin::Patched { span, .. }
            | Origin::Derived { span, .. } => Some(*span),
            Origin::Default(_) => None,
        }
    }
}

/// A value and how it came to be.
#[derive(Clone, Debug)]
pub struct Traced<T> {
    /// The value.
    pub value: T,
    /// How it came to be.
    pub origin: Origin,
}

impl<T> Traced<T> {
    /// Puts a value and its origin together.
    pub fn new(value: T, origin: Origin) -> Traced<T> {
        Traced { value, origin }
    }

    /// Keeps the origin and changes the value.
    pub fn map<U>(self, f: impl FnOnce(T) -> U) -> Traced<U> {
        Traced { value: f(self.value), origin: self.origin }
    }
}
