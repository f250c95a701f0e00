//! Traefik: routes as labels of the services they lead to, or as a file, and the proxy itself where it runs in the
//! system.
//!
//! The same labels serve compose and Swarm; only the key that names the network differs.

mod dynamic;
mod file;
mod labels;
mod proxy;
mod rule;
mod settings;

pub(crate) use dynamic::{Item, Naming, Value, items};
pub(crate) use labels::labels;
pub(crate) use proxy::{complete, files};
pub(crate) use rule::rule;
