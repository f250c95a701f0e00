//! The second process of a build: it moves the prepared files to their places, and goes on when the first is killed.
//!
//! Many renames are not one. With two processes, a `kill -9` of either leaves the other to finish the work: the
//! first starts a helper again as long as it gets on. Only when both die at once is it left to the next build.
//!
//! Starting a process takes about as long as a small build, so the helper is started when the build begins and waits
//! for the end of its input: that comes when the first process says so, or is gone.

use std::cell::Cell;
use std::io;
use std::io::{Read as _, Write as _};
use std::path::Path;
use std::process::{Child, Command, ExitCode, Stdio};
use std::thread::JoinHandle;

use crate::files::{Files, Hold, OnDisk};
use crate::output::journal;

/// The word that makes a process the helper. It is no command of the interface.
pub const WORD: &str = "finish-build";

/// How often a helper may die without having moved anything.
const PATIENCE: usize = 3;

/// Runs as the helper, in the directory that holds the journal.
pub fn run() -> ExitCode {
    let _ = io::stdin().lock().read_to_end(&mut Vec::new());
    match OnDisk::new(Path::new(".")).and_then(|it| journal::finish(&it)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = write!(io::stderr().lock(), "{error}");
            ExitCode::from(1)
        }
    }
}

/// A helper that waits. Dropped, it ends without having found anything to do.
pub struct Helper<'a> {
    hold: &'a Hold,
    waiting: Cell<Option<JoinHandle<io::Result<Child>>>>,
}

impl<'a> Helper<'a> {
    /// Starts one, which shares the right to change the tree. It comes to be beside what the caller does next.
    pub fn start(files: &dyn Files, hold: &'a Hold) -> Helper<'a> {
        let command = command(files, hold).ok();
        let start = |mut it: Command| std::thread::Builder::new().spawn(move || it.spawn()).ok();
        Helper { hold, waiting: Cell::new(command.and_then(start)) }
    }

    /// Has the journal carried out.
    ///
    /// # Errors
    /// Those of the disk; the journal stays.
    pub fn finish(&self, files: &dyn Files) -> io::Result<()> {
        let mut left = journal::n_left(files);
        let mut idle = 0;
        while idle < PATIENCE {
            let helper = self.started().unwrap_or_else(|| command(files, self.hold)?.spawn());
            // Waiting begins with closing its input.
            let Ok(output) = helper.and_then(Child::wait_with_output) else {
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

    fn started(&self) -> Option<io::Result<Child>> {
        self.waiting.take()?.join().ok()
    }
}

impl Drop for Helper<'_> {
    fn drop(&mut self) {
        if let Some(Ok(child)) = self.started() {
            let _ = child.wait_with_output();
        }
    }
}

/// The right is shared as the standard output, to which the helper writes nothing.
fn command(files: &dyn Files, hold: &Hold) -> io::Result<Command> {
    let root = files.root().ok_or(io::ErrorKind::Unsupported)?;
    let mut helper = Command::new(std::env::current_exe()?);
    helper.arg(WORD).current_dir(root).stdin(Stdio::piped()).stdout(hold.share()?).stderr(Stdio::piped());
    apart(&mut helper);
    Ok(helper)
}

/// A signal to the group of the first process, such as from Ctrl-C, is not for the helper.
#[cfg(unix)]
fn apart(helper: &mut Command) {
    use std::os::unix::process::CommandExt as _;
    helper.process_group(0);
}

#[cfg(not(unix))]
fn apart(_: &mut Command) {}
