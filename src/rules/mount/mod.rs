//! Rules about mounts: what compose brings into containers, and whether it is there.

pub mod config_not_mounted;
pub mod data_elsewhere;
pub mod inner_path;
pub mod kind_mismatch;
pub mod source_missing;
pub mod target_twice;
pub mod volume_apart;
pub mod volume_undeclared;
