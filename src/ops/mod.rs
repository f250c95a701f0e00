//! One function per command; each reads top-down.

pub mod build;
pub mod check;
pub mod inputs;
