//! Rules about shell scripts.

pub mod variable_elsewhere;
