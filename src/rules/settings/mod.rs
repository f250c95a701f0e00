//! Rules about settings classes.

pub mod direct_environ;
pub mod env_collision;
pub mod field_unused;
pub mod optional_required;
pub mod shared_env_file;
pub mod v1_leftover;
