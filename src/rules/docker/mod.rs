//! Rules about Dockerfiles.

pub mod argument_out_of_scope;
pub mod copy_ignored;
pub mod environment_moved;
pub mod stage_unknown;
