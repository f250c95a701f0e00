//! What a change of a generated file does to the system that runs from it.

/// How much a running system notices, from nothing to the worst.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Impact {
    /// Nothing.
    None,
}

/// What one change does to one part of the system.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Effect {
    /// How much is noticed.
    pub impact: Impact,
}
