//! Rules about mounts: what compose brings into containers, and whether it is there.

pub mod source_missing;
pub mod volume_undeclared;
