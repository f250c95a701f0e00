//! Rules about what documents say and the code does not.

pub mod default_drift;
