//! Rules that a spec brings: its own policies.

pub mod violated;
