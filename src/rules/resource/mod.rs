//! Rules about replicas, devices and other resources of services.

pub mod device_capabilities;
pub mod replicas;
