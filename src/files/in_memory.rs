//! Files that exist only in memory: for tests, and for building without writing.

use std::collections::BTreeMap;
use std::io;
use std::sync::Mutex;

use super::{Files, Kind};

/// A tree of texts.
#[derive(Default, Debug)]
pub struct InMemory {
    files: Mutex<BTreeMap<String, Vec<u8>>>,
}

impl InMemory {
    /// Makes a tree of (path, text) pairs.
    pub fn new<'a>(files: impl IntoIterator<Item = (&'a str, &'a str)>) -> InMemory {
        let files = files.into_iter().map(|(path, text)| (path.to_string(), text.as_bytes().to_vec())).collect();
        InMemory { files: Mutex::new(files) }
    }

    /// Returns all files, sorted by path.
    pub fn all(&self) -> BTreeMap<String, Vec<u8>> {
        self.lock().clone()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeMap<String, Vec<u8>>> {
        self.files.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

fn not_found() -> io::Error {
    io::Error::from(io::ErrorKind::NotFound)
}

impl Files for InMemory {
    fn read(&self, path: &str) -> io::Result<Vec<u8>> {
        self.lock().get(path).cloned().ok_or_else(not_found)
    }

    fn kind(&self, path: &str) -> Option<Kind> {
        let files = self.lock();
        if files.contains_key(path) {
            return Some(Kind::File);
        }
        let folder = format!("{path}/");
        (path == "." || files.keys().any(|it| it.starts_with(&folder))).then_some(Kind::Directory)
    }

    fn list(&self, path: &str) -> io::Result<Vec<String>> {
        let prefix = if path == "." { String::new() } else { format!("{path}/") };
        let files = self.lock();
        let mut names: Vec<String> = files
            .keys()
            .filter_map(|it| it.strip_prefix(&prefix))
            .map(|rest| rest.split('/').next().unwrap_or(rest).to_string())
            .collect();
        names.dedup();
        Ok(names)
    }

    fn write(&self, path: &str, bytes: &[u8], _executable: bool) -> io::Result<()> {
        self.lock().insert(path.to_string(), bytes.to_vec());
        Ok(())
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        let mut files = self.lock();
        let bytes = files.remove(from).ok_or_else(not_found)?;
        files.insert(to.to_string(), bytes);
        Ok(())
    }

    fn remove(&self, path: &str) -> io::Result<()> {
        self.lock().remove(path).map(|_| ()).ok_or_else(not_found)
    }
}
