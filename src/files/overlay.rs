//! A tree that differs from another in the texts of some files: what a commit will hold rather than what lies on the
//! disk, what an editor has not saved yet, what a fix would make of it.
//!
//! It is only read. What it says of a file stays the same for as long as it lives: a file that changes on the disk
//! while it is judged can no longer be read, so that no place found in the old text is applied to the new one.

use std::collections::BTreeMap;
use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use super::stamp::Stamp;
use super::{Files, Kind};

/// A tree over another.
pub struct Overlay<'a> {
    base: &'a dyn Files,
    texts: BTreeMap<String, Vec<u8>>,
    only_tracked: bool,
    /// A hash of what was read of each file of the base.
    seen: Mutex<HashMap<String, u64>>,
}

impl<'a> Overlay<'a> {
    /// Makes a tree that does not differ yet.
    pub fn new(base: &'a dyn Files) -> Overlay<'a> {
        Overlay { base, texts: BTreeMap::new(), only_tracked: base.only_tracked(), seen: Mutex::default() }
    }

    /// Makes the tree that a commit of the index would be: `texts` are those that differ on the disk.
    pub fn of_index(base: &'a dyn Files, texts: BTreeMap<String, Vec<u8>>) -> Overlay<'a> {
        Overlay { texts, only_tracked: true, ..Overlay::new(base) }
    }

    /// Gives a file another text, or adds it.
    pub fn put(&mut self, path: &str, bytes: Vec<u8>) {
        self.texts.insert(path.to_string(), bytes);
    }

    /// Returns the files with other texts, by path.
    pub fn texts(&self) -> &BTreeMap<String, Vec<u8>> {
        &self.texts
    }

    /// Takes all other texts back and gives these.
    pub fn reset(&mut self, texts: BTreeMap<String, Vec<u8>>) {
        self.texts = texts;
    }

    /// Fails if what was read is not what was read before.
    fn same(&self, path: &str, bytes: &[u8]) -> io::Result<()> {
        let mut hasher = DefaultHasher::new();
        bytes.hash(&mut hasher);
        let now = hasher.finish();
        let mut seen = self.seen.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        match seen.insert(path.to_string(), now) {
            Some(before) if before != now => {
                seen.insert(path.to_string(), before);
                Err(io::Error::other("it changed while it was read"))
            }
            _ => Ok(()),
        }
    }
}

fn read_only() -> io::Error {
    io::Error::from(io::ErrorKind::Unsupported)
}

impl Files for Overlay<'_> {
    fn read(&self, path: &str) -> io::Result<Vec<u8>> {
        match self.texts.get(path) {
            Some(bytes) => Ok(bytes.clone()),
            None => {
                let bytes = self.base.read(path)?;
                self.same(path, &bytes).map(|()| bytes)
            }
        }
    }

    fn read_walked_into(&self, path: &str, limit: usize, buffer: &mut Vec<u8>) -> io::Result<()> {
        match self.texts.get(path) {
            Some(bytes) if bytes.len() > limit => Err(io::ErrorKind::FileTooLarge.into()),
            Some(bytes) => {
                buffer.clone_from(bytes);
                Ok(())
            }
            None => {
                self.base.read_walked_into(path, limit, buffer)?;
                self.same(path, buffer)
            }
        }
    }

    fn kind(&self, path: &str) -> Option<Kind> {
        if self.texts.contains_key(path) {
            return Some(Kind::File);
        }
        let folder = format!("{path}/");
        let is_folder = || self.texts.range(folder.clone()..).next().is_some_and(|(it, _)| it.starts_with(&folder));
        self.base.kind(path).or_else(|| is_folder().then_some(Kind::Directory))
    }

    fn list(&self, path: &str) -> io::Result<Vec<String>> {
        let prefix = if path == "." { String::new() } else { format!("{path}/") };
        let below = self.texts.keys().filter_map(|it| it.strip_prefix(&prefix));
        let added: Vec<String> = below.map(|it| it.split('/').next().unwrap_or(it).to_string()).collect();
        let mut names = match self.base.list(path) {
            Err(error) if added.is_empty() => return Err(error),
            found => found.unwrap_or_default(),
        };
        names.extend(added);
        names.sort();
        names.dedup();
        Ok(names)
    }

    fn write(&self, _: &str, _: &[u8], _: bool) -> io::Result<()> {
        Err(read_only())
    }

    fn rename(&self, _: &str, _: &str) -> io::Result<()> {
        Err(read_only())
    }

    fn remove(&self, _: &str) -> io::Result<()> {
        Err(read_only())
    }

    fn executable(&self, path: &str) -> Option<bool> {
        self.base.executable(path)
    }

    fn link(&self, path: &str) -> Option<PathBuf> {
        self.base.link(path)
    }

    fn is_read_only(&self, path: &str) -> bool {
        self.base.is_read_only(path)
    }

    /// What a fix or an editor works on is read in any case, so that a change in the meantime is seen.
    fn stamp(&self, path: &str) -> Option<Stamp> {
        if self.only_tracked && !self.texts.contains_key(path) { self.base.stamp(path) } else { None }
    }

    fn root(&self) -> Option<&Path> {
        self.base.root()
    }

    fn added(&self) -> Vec<String> {
        let mut added = self.base.added();
        added.extend(self.texts.keys().filter(|it| self.base.kind(it).is_none()).cloned());
        added
    }

    fn only_tracked(&self) -> bool {
        self.only_tracked
    }
}

#[cfg(test)]
mod tests {
    use super::super::InMemory;
    use super::*;

    #[test]
    fn other_texts_and_added_files_are_there_and_nothing_is_written() {
        let base = InMemory::new([("a", "1"), ("b/c", "2")]);
        let mut tree = Overlay::new(&base);
        tree.put("a", b"one".to_vec());
        tree.put("d/e", b"new".to_vec());
        assert_eq!(tree.read_text("a").unwrap(), "one");
        assert_eq!((tree.kind("d"), tree.kind("d/e")), (Some(Kind::Directory), Some(Kind::File)));
        assert_eq!(tree.list(".").unwrap(), ["a", "b", "d"]);
        assert_eq!(tree.added(), ["d/e"]);
        assert!(tree.write("a", b"x", false).is_err());
        assert_eq!(base.read_text("a").unwrap(), "1");
    }

    #[test]
    fn a_file_that_changes_while_it_is_judged_is_not_read_again() {
        let base = InMemory::new([("a", "1")]);
        let tree = Overlay::new(&base);
        assert_eq!(tree.read("a").unwrap(), b"1");
        base.write("a", b"2", false).unwrap();
        assert!(tree.read("a").is_err() && tree.read_walked("a", 9).is_err());
        base.write("a", b"1", false).unwrap();
        assert_eq!(tree.read("a").unwrap(), b"1");
    }
}
