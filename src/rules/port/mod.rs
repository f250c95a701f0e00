//! Rules about ports of the host and ports of containers.

pub mod host_port_inside;
pub mod malformed;
pub mod unserved;
