//! `specc schema`.

use super::print;
use super::{DONE, Exit};

/// Print the JSON Schema of the spec language, for editors.
#[derive(clap::Args)]
pub struct Arguments {}

/// Runs the command.
pub fn run(_: &Arguments) -> Exit {
    print(&crate::spec::schema::schema());
    DONE
}
