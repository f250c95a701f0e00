//! Rules about secrets that are none.

pub mod default_credentials;
