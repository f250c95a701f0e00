//! Rules about mounts: what compose brings into containers, and whether it is there.

pub mod config_not_mounted;
pub mod source_missing;
pub mod volume_undeclared;
