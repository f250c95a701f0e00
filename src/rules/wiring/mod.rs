//! Rules about how services are wired: dependencies, networks, hosts, ports, health checks.

pub mod dependency_unknown;
pub mod depends_disabled;
pub mod depends_healthy;
pub mod healthcheck_binary;
pub mod healthcheck_form;
pub mod healthcheck_inherited;
pub mod healthcheck_path;
pub mod healthcheck_port;
pub mod host_unresolvable;
mod host_variable;
mod host_waited;
mod left_out;
pub mod log_driver_host;
pub mod network_undefined;
pub mod never_completes;
pub mod oneshot_condition;
pub mod port_closed;
pub mod port_conflict;
pub mod port_internal;
pub mod port_public;
pub mod program_port;
mod store;
pub mod store_login;
pub mod url;

pub use url::is_outside;
