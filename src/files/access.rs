//! The trait that everything reads and writes files through, and what it says of a path.

use std::io;
use std::path::{Path, PathBuf};

use super::Hold;
use super::stamp::Stamp;

/// What stands at a path.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// A regular file (also at the end of a link that stays inside).
    File,
    /// A directory.
    Directory,
    /// A device, socket, or a link that leads out of the root or to nothing.
    Other,
}

/// Access to the files below one root.
pub trait Files: Sync {
    /// Returns the bytes of a file.
    ///
    /// # Errors
    /// The error of the operating system, or `PermissionDenied` for a path that leaves the root.
    fn read(&self, path: &str) -> io::Result<Vec<u8>>;

    /// Puts the bytes of a file that a walk of this root came across into a buffer, in place of what is in it, unless
    /// there are more than `limit`.
    ///
    /// No directory on the way is a link, since walks do not follow them, so the path is not checked again:
    /// that check costs more than reading the file does.
    ///
    /// # Errors
    /// As [`Files::read`], and `FileTooLarge` beyond the limit.
    fn read_walked_into(&self, path: &str, limit: usize, buffer: &mut Vec<u8>) -> io::Result<()> {
        *buffer = self.read(path)?;
        if buffer.len() > limit { Err(io::ErrorKind::FileTooLarge.into()) } else { Ok(()) }
    }

    /// Returns the bytes of a file as [`Files::read_walked_into`] does.
    ///
    /// # Errors
    /// As [`Files::read_walked_into`].
    fn read_walked(&self, path: &str, limit: usize) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        self.read_walked_into(path, limit, &mut bytes)?;
        Ok(bytes)
    }

    /// Returns what stands at a path, or `None` if nothing does.
    fn kind(&self, path: &str) -> Option<Kind>;

    /// Returns the names in a directory, sorted.
    ///
    /// # Errors
    /// As [`Files::read`].
    fn list(&self, path: &str) -> io::Result<Vec<String>>;

    /// Puts `bytes` at `path` in one step: a reader sees the old file or the new one, never a part.
    ///
    /// # Errors
    /// As [`Files::read`].
    fn write(&self, path: &str, bytes: &[u8], executable: bool) -> io::Result<()>;

    /// Puts `bytes` at `path` as [`Files::write`] does, for the eyes of the owner alone.
    ///
    /// # Errors
    /// As [`Files::read`].
    fn write_private(&self, path: &str, bytes: &[u8]) -> io::Result<()> {
        self.write(path, bytes, false)
    }

    /// Puts `bytes` at `path` the quick way, with the directories on the way: for a file that nobody reads
    /// before it is renamed to where it belongs. A process that dies here leaves a part of it.
    ///
    /// # Errors
    /// As [`Files::read`].
    fn stage(&self, path: &str, bytes: &[u8], executable: bool) -> io::Result<()> {
        self.write(path, bytes, executable)
    }

    /// Renames a file in one step, over what stood there.
    ///
    /// # Errors
    /// As [`Files::read`].
    fn rename(&self, from: &str, to: &str) -> io::Result<()>;

    /// Removes a file.
    ///
    /// # Errors
    /// As [`Files::read`].
    fn remove(&self, path: &str) -> io::Result<()>;

    /// Returns whether a file may be run, or `None` where that is not known.
    fn executable(&self, path: &str) -> Option<bool> {
        let _ = path;
        None
    }

    /// Returns whether a symbolic link stands at a path, wherever it leads.
    fn is_link(&self, path: &str) -> bool {
        self.link(path).is_some()
    }

    /// Returns what the symbolic link at a path says, as it is written.
    fn link(&self, _: &str) -> Option<PathBuf> {
        None
    }

    /// Returns whether a file was written after the running program was made: what an older one wrote says nothing
    /// about what this one would write.
    fn is_newer_than_program(&self, path: &str) -> bool {
        let _ = path;
        true
    }

    /// Returns what changes whenever a file is written, or `None` for what is no regular file or where nothing tells.
    fn stamp(&self, path: &str) -> Option<Stamp> {
        let _ = path;
        None
    }

    /// Keeps other builds of the same tree out until the returned value is dropped; waits for one that runs.
    ///
    /// # Errors
    /// As [`Files::read`].
    fn hold(&self) -> io::Result<Hold> {
        Ok(Hold { _file: None })
    }

    /// Returns the files that are there although a walk of [`Files::root`] does not come across them.
    fn added(&self) -> Vec<String> {
        Vec::new()
    }

    /// Returns whether only what git tracks counts as there.
    fn only_tracked(&self) -> bool {
        false
    }

    /// Returns whether nobody may write to a file.
    fn is_read_only(&self, path: &str) -> bool {
        let _ = path;
        false
    }

    /// Gives a file the permissions of another.
    ///
    /// # Errors
    /// As [`Files::read`].
    fn copy_mode(&self, from: &str, to: &str) -> io::Result<()> {
        let _ = (from, to);
        Ok(())
    }

    /// Returns the root on the real disk, where there is one: for tools (git, the directory walker) that need it.
    fn root(&self) -> Option<&Path> {
        None
    }

    /// Returns a file as text.
    ///
    /// # Errors
    /// As [`Files::read`], or `InvalidData` if it is not UTF-8.
    fn read_text(&self, path: &str) -> io::Result<String> {
        String::from_utf8(self.read(path)?).map_err(|it| io::Error::new(io::ErrorKind::InvalidData, it.utf8_error()))
    }
}
