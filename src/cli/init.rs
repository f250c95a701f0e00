//! `specc init`.

use super::{DONE, Exit, print, usage_error};
use crate::files::{Files as _, OnDisk, find_root};
use crate::ops::init::{PATH, init};

/// Write the smallest spec for a repository that is only checked. A spec that is there is never overwritten.
#[derive(clap::Args)]
pub struct Arguments {
    /// Print it, and write nothing.
    #[arg(long)]
    dry_run: bool,
}

/// Runs the command.
pub fn run(arguments: &Arguments) -> Exit {
    match go(arguments) {
        Ok(said) => {
            print(&said);
            DONE
        }
        Err(message) => usage_error(&message),
    }
}

fn go(arguments: &Arguments) -> Result<String, String> {
    #[expect(clippy::disallowed_methods, reason = "this is where the root is decided")]
    let here = std::env::current_dir().map_err(|it| format!("cannot tell the current directory: {it}"))?;
    let root = find_root(&here);
    let files = OnDisk::new(&root).map_err(|it| format!("cannot open {}: {it}", root.display()))?;
    let text = init(&files)?;
    if arguments.dry_run {
        return Ok(text);
    }
    files.write(PATH, text.as_bytes(), false).map_err(|it| format!("cannot write {PATH}: {it}"))?;
    Ok(format!("specc: {PATH} is written; nothing in it changes what `specc check` finds until you change it\n"))
}
