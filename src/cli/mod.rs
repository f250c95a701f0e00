//! Arguments, exit codes, choice of report. A command is one file here and one in `ops`.
//!
//! Exit codes, the same for every command and format: 0 nothing to complain about, 1 findings, 2 wrong usage or an
//! input that cannot be read.

mod check;
mod rules;

use std::ffi::OsString;
use std::io::Write as _;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Compile one spec into deployment files, and check a repository that holds them.
#[derive(Parser)]
#[command(name = "specc", version, about, disable_help_subcommand = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Check(check::Arguments),
    Rules(rules::Arguments),
}

/// When to use colour.
#[derive(Clone, Copy, PartialEq, Eq, Debug, clap::ValueEnum)]
enum Color {
    /// If the output is a terminal and NO_COLOR is not set.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

impl Color {
    fn is_wanted(self) -> bool {
        use std::io::IsTerminal as _;
        match self {
            Color::Always => true,
            Color::Never => false,
            Color::Auto => {
                std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|it| it.is_empty())
            }
        }
    }
}

/// Runs specc with the arguments of a process.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let arguments = match Arguments::try_parse_from(arguments) {
        Ok(arguments) => arguments,
        Err(error) => {
            let _ = error.print();
            return ExitCode::from(u8::from(error.use_stderr()) * 2);
        }
    };
    match arguments.command {
        Command::Check(arguments) => check::run(&arguments),
        Command::Rules(arguments) => rules::run(&arguments),
    }
}

/// Writes to the standard output in one go. A reader that has gone away is no error.
fn print(text: &str) {
    let mut out = std::io::stdout().lock();
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}

/// Tells what is wrong with the usage, and returns the exit code for it.
fn usage_error(message: &str) -> ExitCode {
    let _ = writeln!(std::io::stderr().lock(), "specc: {message}");
    ExitCode::from(2)
}
