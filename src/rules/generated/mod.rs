//! Rules about files that a spec generates.

pub mod drift;
