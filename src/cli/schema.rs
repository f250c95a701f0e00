//! `specc schema`.

use std::process::ExitCode;

use super::print;

/// Print the JSON Schema of the spec language, for editors.
#[derive(clap::Args)]
pub struct Arguments {}

/// Runs the command.
pub fn run(_: &Arguments) -> ExitCode {
    print(&crate::spec::schema::schema());
    ExitCode::SUCCESS
}
