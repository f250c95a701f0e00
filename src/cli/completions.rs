//! `specc completions`.

use super::{DONE, Exit};
use clap_complete::Shell;

use super::print;

/// Print the completions of a shell: put them where that shell looks for them.
///
/// bash: ~/.local/share/bash-completion/completions/specc; zsh: _specc in a folder of $fpath; fish:
/// ~/.config/fish/completions/specc.fish.
#[derive(clap::Args)]
pub struct Arguments {
    /// The shell.
    shell: Shell,
}

/// Runs the command.
pub fn run(arguments: &Arguments) -> Exit {
    let mut text = Vec::new();
    clap_complete::generate(arguments.shell, &mut super::command(), "specc", &mut text);
    print(&String::from_utf8_lossy(&text));
    DONE
}
