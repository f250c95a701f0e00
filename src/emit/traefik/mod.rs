//! Traefik: routes as labels of the services they lead to, and the proxy itself where it runs in the system.
//!
//! The same labels serve compose and Swarm; only the key that names the network differs.

mod labels;
mod proxy;
mod rule;

pub(crate) use labels::labels;
pub(crate) use proxy::proxy;
pub(crate) use rule::rule;
