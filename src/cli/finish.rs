//! The second process of a build: it moves the prepared files to their places, and goes on when the first is killed.
//!
//! Many renames are not one. With two processes, a `kill -9` of either leaves the other to finish the work: the
//! first starts a helper again as long as it gets on. Only when both die at once is it left to the next build.

use std::io;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, ExitCode, Stdio};

use crate::files::{Files, Hold, OnDisk};
use crate::output::journal;

/// The word that makes a process the helper. It is no command of the interface.
pub const WORD: &str = "finish-build";

/// How often a helper may die without having moved anything.
const PATIENCE: usize = 3;

/// Runs as the helper, in the directory that holds the journal.
pub fn run() -> ExitCode {
    match OnDisk::new(Path::new(".")).and_then(|it| journal::finish(&it)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = write!(io::stderr().lock(), "{error}");
            ExitCode::from(1)
        }
    }
}

/// Has the journal carried out by a helper, which shares the right to change the tree.
///
/// # Errors
/// Those of the disk; the journal stays.
pub fn by_helper(files: &dyn Files, hold: &Hold) -> io::Result<()> {
    let Some(root) = files.root() else { return journal::finish(files) };
    let Ok(program) = std::env::current_exe() else { return journal::finish(files) };
    let mut left = journal::n_left(files);
    let mut idle = 0;
    while idle < PATIENCE {
        let mut helper = Command::new(&program);
        helper.arg(WORD).current_dir(root).stdin(hold.share()?).stdout(Stdio::null()).stderr(Stdio::piped());
        apart(&mut helper);
        let Ok(output) = helper.spawn().and_then(std::process::Child::wait_with_output) else {
            // No second process is to be had: one is as good unless it is killed.
            return journal::finish(files);
        };
        match output.status.code() {
            Some(0) => return Ok(()),
            Some(_) => return Err(io::Error::other(String::from_utf8_lossy(&output.stderr).into_owned())),
            // It was killed. Whoever did so means one process, or the whole build.
            None => {
                let now = journal::n_left(files);
                idle = if now < left { 0 } else { idle + 1 };
                left = now;
            }
        }
    }
    Err(io::Error::other("the process that moves the files was killed again and again"))
}

/// A signal to the group of the first process, such as from Ctrl-C, is not for the helper.
#[cfg(unix)]
fn apart(helper: &mut Command) {
    use std::os::unix::process::CommandExt as _;
    helper.process_group(0);
}

#[cfg(not(unix))]
fn apart(_: &mut Command) {}
