//! Rules about Dockerfiles.

pub mod copy_ignored;
pub mod environment_moved;
pub mod stage_unknown;
