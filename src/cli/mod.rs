//! Arguments, exit codes, choice of report. A command is one file here and one in `ops`.
//!
//! Exit codes, the same for every command and format: 0 nothing to complain about, 1 findings, 2 wrong usage or an
//! input that cannot be read.

mod build;
mod changes;
mod check;
mod check_fix;
mod completions;
mod env;
mod explain;
mod explain_variable;
mod finish;
mod graph;
mod init;
mod loss;
mod place;
mod plan;
mod progress;
mod render;
mod rules;
mod schema;

use std::ffi::OsString;
use std::io::{IsTerminal, Read as _, Write as _};

use clap::{CommandFactory as _, Parser, Subcommand};

/// What the process ends with.
pub type Exit = u8;

/// Nothing to complain about.
const DONE: Exit = 0;

/// Compile one spec into deployment files, and check a repository that holds them.
#[derive(Parser)]
#[command(name = "specc", version, about, disable_help_subcommand = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Build(build::Arguments),
    Plan(plan::Arguments),
    Check(check::Arguments),
    Init(init::Arguments),
    Env(env::Arguments),
    Explain(explain::Arguments),
    Graph(graph::Arguments),
    Render(render::Arguments),
    Loss(loss::Arguments),
    Rules(rules::Arguments),
    Schema(schema::Arguments),
    Completions(completions::Arguments),
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
        self.is_wanted_on(&std::io::stdout())
    }

    fn is_wanted_on_stderr(self) -> bool {
        self.is_wanted_on(&std::io::stderr())
    }

    fn is_wanted_on(self, stream: &dyn IsTerminal) -> bool {
        match self {
            Color::Always => true,
            Color::Never => false,
            Color::Auto => stream.is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|it| it.is_empty()),
        }
    }
}

/// Runs specc with the arguments of a process.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> Exit {
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    let arguments = match Arguments::try_parse_from(arguments) {
        Ok(arguments) => arguments,
        Err(error) => {
            let _ = error.print();
            return u8::from(error.use_stderr()) * 2;
        }
    };
    match arguments.command {
        Command::Build(arguments) => build::run(&arguments),
        Command::Plan(arguments) => plan::run(&arguments),
        Command::Check(arguments) => check::run(&arguments),
        Command::Env(arguments) => env::run(&arguments),
        Command::Explain(arguments) => explain::run(&arguments),
        Command::Graph(arguments) => graph::run(&arguments),
        Command::Render(arguments) => render::run(&arguments),
        Command::Loss(arguments) => loss::run(&arguments),
        Command::Rules(arguments) => rules::run(&arguments),
        Command::Schema(arguments) => schema::run(&arguments),
        Command::Init(arguments) => init::run(&arguments),
        Command::Completions(arguments) => completions::run(&arguments),
    }
}

/// Ends the process at once. An end in the usual way gives all memory back page by page first, which takes a tenth of a
/// large build, and the system does it anyway.
pub fn end(exit: Exit) -> ! {
    let _ = std::io::stdout().flush();
    #[cfg(unix)]
    signal_hook::low_level::exit(exit.into());
    #[cfg(not(unix))]
    std::process::exit(exit.into());
}

/// Returns the whole interface.
fn command() -> clap::Command {
    Arguments::command()
}

/// Returns the manual of the command line, as Markdown: docs/cli.md.
pub fn reference() -> String {
    let mut specc = Arguments::command().term_width(100);
    specc.build();
    let mut out =
        "# Command line\n\nGenerated from the program's own help: `UPDATE=1 cargo test` writes it.\n".to_string();
    for command in specc.get_subcommands_mut() {
        let help = command.render_long_help().to_string();
        let help: Vec<&str> = help.trim_end().lines().map(str::trim_end).collect();
        out += &format!("\n## specc {}\n\n```text\n{}\n```\n", command.get_name(), help.join("\n"));
    }
    out
}

/// Writes to the standard output in one go. A reader that has gone away is no error.
fn print(text: &str) {
    let mut out = std::io::stdout().lock();
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}

/// Writes to the standard error in one go: what is said about a text that goes to the standard output.
fn print_aside(text: &str) {
    let _ = std::io::stderr().lock().write_all(text.as_bytes());
}

fn read_stdin() -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    std::io::stdin().lock().read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Tells what is wrong with the usage, and returns the exit code for it.
fn usage_error(message: &str) -> Exit {
    let _ = writeln!(std::io::stderr().lock(), "specc: {message}");
    2
}
