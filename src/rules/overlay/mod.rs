//! Rules about overlays and about what each program makes of a compose file.

pub mod asymmetric;
pub mod list_append;
pub mod swarm_unsupported;
pub mod unknown_service;
