//! The second process of a build: it goes on when the first is killed while it moves the prepared files to their places.
//!
//! Many renames are not one. With two processes, a `kill -9` of either leaves the other to finish the work; only when
//! both die at once is it left to the next build. The second does nothing as long as the first lives, so nobody waits
//! for it.
//!
//! It is a fork: it has at once what the first process knows, while another start of specc takes about as long as a
//! small build. A fork has one thread, and what others held when it was made is held for ever: the threads of
//! [`crate::parallel`] are idle by then, and that of the walk through a repository is joined.

use std::io;

use crate::files::Files;
use crate::output::journal;

/// Two processes that carry out the journal. It lives until the build has told what it did, since the second may take
/// that long to end.
#[derive(Default)]
pub struct Pair {
    #[cfg(unix)]
    heir: std::cell::Cell<Option<Heir>>,
}

impl Pair {
    /// Carries out the journal; if this process is killed meanwhile, another one does.
    ///
    /// # Errors
    /// Those of the disk; the journal stays.
    pub fn finish(&self, files: &dyn Files) -> io::Result<()> {
        #[cfg(unix)]
        return self.finish_after(files, &Deaths::default());
        #[cfg(not(unix))]
        journal::finish(files)
    }

    #[cfg(unix)]
    fn finish_after(&self, files: &dyn Files, deaths: &Deaths) -> io::Result<()> {
        // If no second process is to be had, one is as good unless it is killed.
        let heir = Heir::of_this_process(files, deaths).ok();
        let done = journal::finish(files);
        self.heir.set(heir.map(Heir::dismiss));
        done
    }
}

/// What became of those who had the journal before. Whoever kills processes means one of them, or the whole build.
#[cfg(unix)]
struct Deaths {
    /// How many in a row died without having moved anything.
    idle: usize,
    /// How many steps were left when the last one began.
    left: usize,
}

#[cfg(unix)]
impl Default for Deaths {
    fn default() -> Deaths {
        Deaths { idle: 0, left: usize::MAX }
    }
}

#[cfg(unix)]
impl Deaths {
    fn and_another(&self, files: &dyn Files) -> Deaths {
        let left = journal::n_left(files);
        Deaths { idle: if left < self.left { 0 } else { self.idle + 1 }, left }
    }
}

/// A process that carries out the journal when the one that made it is no more.
///
/// The right to change the tree belongs to an open file, so the heir has it as well, and keeps it when it is the last.
#[cfg(unix)]
struct Heir {
    pid: i32,
    /// For the word that it is not needed. When the first process is killed, this is closed without it.
    word: Option<io::PipeWriter>,
}

#[cfg(unix)]
impl Heir {
    fn of_this_process(files: &dyn Files, deaths: &Deaths) -> io::Result<Heir> {
        use std::io::Read as _;
        let (mut ear, word) = io::pipe()?;
        match fork::fork()? {
            fork::Fork::Parent(pid) => Ok(Heir { pid, word: Some(word) }),
            fork::Fork::Child => {
                drop(word);
                // A signal to the group of the first process, such as from Ctrl-C, is not for the heir.
                let _ = fork::setsid();
                if matches!(ear.read(&mut [0]), Ok(0)) {
                    inherit(files, &deaths.and_another(files));
                }
                super::end(super::DONE);
            }
        }
    }

    /// The journal is carried out, or this process knows why not.
    fn dismiss(mut self) -> Heir {
        use std::io::Write as _;
        if let Some(mut word) = self.word.take() {
            // It cannot be told when it was killed.
            let _ = word.write(&[1]);
        }
        self
    }
}

#[cfg(unix)]
impl Drop for Heir {
    fn drop(&mut self) {
        let _ = fork::waitpid(self.pid);
    }
}

/// Goes on where the others died, with an heir of its own. What goes wrong is left to the next build: nobody is there to
/// be told.
#[cfg(unix)]
fn inherit(files: &dyn Files, deaths: &Deaths) {
    /// How many may die without having moved anything.
    const PATIENCE: usize = 3;
    let _ = if deaths.idle < PATIENCE { Pair::default().finish_after(files, deaths) } else { journal::finish(files) };
}
