//! The texts of a repository while it is read. What is looked at again is kept, as far as there is room for it: to open
//! a file a second time costs as much as all that is looked for in it.

use std::io;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::{MAX_BYTES, RepoFile};
use crate::files::Files;

/// How many bytes of texts are kept: those of most repositories, and little beside what a large one takes anyway.
const ROOM: usize = 10 << 20;

/// The texts of the files of one list.
pub(super) struct Texts<'a> {
    files: &'a dyn Files,
    /// By place in the list; empty where nothing is kept.
    kept: Vec<OnceLock<Box<[u8]>>>,
    room: AtomicUsize,
}

impl<'a> Texts<'a> {
    /// Of a list of so many files of which some are kept; none if that is zero.
    pub fn new(files: &'a dyn Files, n_files: usize) -> Texts<'a> {
        Texts { files, kept: (0..n_files).map(|_| OnceLock::new()).collect(), room: AtomicUsize::new(ROOM) }
    }

    /// Returns where they come from.
    pub fn files(&self) -> &'a dyn Files {
        self.files
    }

    /// Reads a file for the first time, into a buffer.
    ///
    /// # Errors
    /// As [`Files::read_walked_into`].
    pub fn read(&self, file: &RepoFile, buffer: &mut Vec<u8>) -> io::Result<()> {
        self.files.read_walked_into(&file.path, MAX_BYTES, buffer)
    }

    /// Keeps the bytes of the file at a place of the list, if there is room left.
    pub fn keep(&self, at: usize, bytes: &[u8]) {
        let take = |room: usize| room.checked_sub(bytes.len());
        if self.room.fetch_update(Ordering::Relaxed, Ordering::Relaxed, take).is_ok() {
            let _ = self.kept[at].set(bytes.into());
        }
    }

    /// Returns the bytes of the file at a place of the list: kept ones, or read again into the buffer.
    pub fn again<'b>(&'b self, (at, file): (usize, &RepoFile), buffer: &'b mut Vec<u8>) -> Option<&'b [u8]> {
        if let Some(kept) = self.kept.get(at).and_then(OnceLock::get) {
            return Some(kept);
        }
        self.read(file, buffer).ok()?;
        Some(buffer)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::super::kind::Kind;
    use super::*;
    use crate::files::InMemory;
    use crate::source::FileId;

    #[test]
    fn what_is_kept_is_not_read_again_and_what_has_no_room_is() {
        let files = InMemory::new([("a", "old"), ("b", "old")]);
        let texts = Texts::new(&files, 2);
        let list = ["a", "b"].map(|it| RepoFile { file: FileId(0), path: Arc::from(it), kind: Kind::Text });
        let mut buffer = Vec::new();
        texts.read(&list[0], &mut buffer).unwrap();
        texts.keep(0, &buffer);
        texts.keep(1, &vec![0; ROOM]);
        ["a", "b"].into_iter().for_each(|it| files.write(it, b"new", false).unwrap());
        assert_eq!(texts.again((0, &list[0]), &mut buffer), Some(&b"old"[..]));
        assert_eq!(texts.again((1, &list[1]), &mut buffer), Some(&b"new"[..]));
    }
}
