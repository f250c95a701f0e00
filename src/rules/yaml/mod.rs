//! Rules about YAML and about the shape of compose files.

pub mod interpolation_malformed;
mod keys;
pub mod scalar_changed;
pub mod syntax;
pub mod unknown_key;
