//! One function per command; each reads top-down.

pub mod baseline;
pub mod build;
pub mod check;
pub mod explain;
pub mod explain_code;
pub mod explain_variable;
pub mod fix;
pub mod init;
pub mod inputs;
pub mod list;
pub mod loss;
pub mod place;
pub mod policy;
pub mod spec_check;
mod spec_hint;
pub mod variables;
