//! The second process of a build: it moves the prepared files to their places, and goes on when the first is killed.
//!
//! Many renames are not one. With two processes, a `kill -9` of either leaves the other to finish the work: the
//! first starts a helper again as long as it gets on. Only when both die at once is it left to the next build.
//!
//! The helper is a fork: it has at once what the first process knows, while another start of specc takes about as long
//! as a small build. A fork has one thread, so there must be no other by then: those of [`crate::parallel`] and of the
//! walk through a repository are joined before anything is written.

use std::io;

use crate::files::Files;
use crate::output::journal;

/// Has the journal carried out, by a process that nobody who kills this one means.
///
/// # Errors
/// Those of the disk; the journal stays.
#[cfg(unix)]
pub fn finish(files: &dyn Files) -> io::Result<()> {
    /// How often a helper may die without having moved anything.
    const PATIENCE: usize = 3;
    let mut left = usize::MAX;
    let mut idle = 0;
    while idle < PATIENCE {
        let Ok((status, said)) = helper(files) else {
            // No second process is to be had: one is as good unless it is killed.
            return journal::finish(files);
        };
        match status.code() {
            Some(0) => return Ok(()),
            Some(_) => return Err(io::Error::other(said)),
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

/// Runs a helper to its end; returns how it ended, and what it said.
///
/// The right to change the tree belongs to an open file, so the helper has it as well, and keeps it when it is the last.
#[cfg(unix)]
fn helper(files: &dyn Files) -> io::Result<(std::process::ExitStatus, String)> {
    use std::io::{Read as _, Write as _};
    use std::os::unix::process::ExitStatusExt as _;
    let (mut ear, mut mouth) = io::pipe()?;
    let pid = match fork::fork()? {
        fork::Fork::Parent(pid) => pid,
        fork::Fork::Child => {
            // A signal to the group of the first process, such as from Ctrl-C, is not for the helper.
            let _ = fork::setsid();
            let done = journal::finish(files);
            if let Err(error) = &done {
                let _ = write!(mouth, "{error}");
            }
            super::end(u8::from(done.is_err()));
        }
    };
    drop(mouth);
    let mut said = String::new();
    let _ = ear.read_to_string(&mut said);
    Ok((std::process::ExitStatus::from_raw(fork::waitpid(pid)?), said))
}

/// Elsewhere one process must do; what it cannot finish is left to the next build.
///
/// # Errors
/// Those of the disk; the journal stays.
#[cfg(not(unix))]
pub fn finish(files: &dyn Files) -> io::Result<()> {
    journal::finish(files)
}
