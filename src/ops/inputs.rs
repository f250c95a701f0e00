//! What a build looked at: recorded while it runs, so that the next one can tell at once that nothing has changed.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;
use std::sync::Mutex;

use crate::files::{Files, Kind};
use crate::output::hash;

const ABSENT: &str = "absent";
const FILE: &str = "file";
const DIRECTORY: &str = "directory";
const OTHER: &str = "other";
const LISTING: &str = "listing:";

/// Files that remember what was asked of them. They are for reading: writes go through and are not remembered.
pub struct Recording<'a> {
    files: &'a dyn Files,
    seen: Mutex<BTreeMap<String, String>>,
}

impl<'a> Recording<'a> {
    /// Records from now on.
    pub fn new(files: &'a dyn Files) -> Recording<'a> {
        Recording { files, seen: Mutex::default() }
    }

    /// Returns everything that was looked at, and what was found there.
    pub fn into_inputs(self) -> BTreeMap<String, String> {
        self.seen.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// Returns what stood at a path when it was looked at before: every environment asks for the same mounts.
    fn known_kind(&self, path: &str) -> Option<Option<Kind>> {
        let seen = self.seen.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        match seen.get(path)?.as_str() {
            ABSENT => Some(None),
            OTHER => Some(Some(Kind::Other)),
            DIRECTORY => Some(Some(Kind::Directory)),
            it if it.starts_with(LISTING) => Some(Some(Kind::Directory)),
            _ => Some(Some(Kind::File)),
        }
    }

    /// What says more stays: the content of a file rather than that it is one.
    fn saw(&self, path: &str, found: String) {
        let mut seen = self.seen.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let known = seen.get(path);
        if known.is_none_or(|it| [FILE, DIRECTORY].contains(&it.as_str())) {
            seen.insert(path.to_string(), found);
        }
    }
}

impl Files for Recording<'_> {
    fn read(&self, path: &str) -> io::Result<Vec<u8>> {
        let result = self.files.read(path);
        self.saw(path, result.as_ref().map_or_else(|_| word(self.files.kind(path)).to_string(), |it| hash(it)));
        result
    }

    fn kind(&self, path: &str) -> Option<Kind> {
        if let Some(known) = self.known_kind(path) {
            return known;
        }
        let kind = self.files.kind(path);
        self.saw(path, word(kind).to_string());
        kind
    }

    fn list(&self, path: &str) -> io::Result<Vec<String>> {
        let result = self.files.list(path);
        if let Ok(names) = &result {
            self.saw(path, listing(names));
        }
        result
    }

    fn write(&self, path: &str, bytes: &[u8], executable: bool) -> io::Result<()> {
        self.files.write(path, bytes, executable)
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        self.files.rename(from, to)
    }

    fn remove(&self, path: &str) -> io::Result<()> {
        self.files.remove(path)
    }

    fn root(&self) -> Option<&Path> {
        self.files.root()
    }
}

/// Returns whether everything that was looked at is as it was.
pub fn are_unchanged(inputs: &BTreeMap<String, String>, files: &dyn Files) -> bool {
    inputs.iter().all(|(path, found)| match found.as_str() {
        ABSENT | FILE | DIRECTORY | OTHER => word(files.kind(path)) == found,
        it if it.starts_with(LISTING) => files.list(path).is_ok_and(|names| listing(&names) == *found),
        it => files.read(path).is_ok_and(|bytes| hash(&bytes) == it),
    })
}

fn word(kind: Option<Kind>) -> &'static str {
    match kind {
        None => ABSENT,
        Some(Kind::File) => FILE,
        Some(Kind::Directory) => DIRECTORY,
        Some(Kind::Other) => OTHER,
    }
}

fn listing(names: &[String]) -> String {
    format!("{LISTING}{}", hash(names.join("\0").as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::InMemory;

    #[test]
    fn any_change_of_what_was_looked_at_shows() {
        let tree = || InMemory::new([("a", "1"), ("dir/x", "2"), ("only-asked", "3")]);
        let files = tree();
        let recording = Recording::new(&files);
        assert_eq!(recording.kind("a"), Some(Kind::File));
        recording.read("a").unwrap();
        recording.list("dir").unwrap();
        assert_eq!(recording.kind("dir"), Some(Kind::Directory));
        assert_eq!(recording.kind("only-asked"), Some(Kind::File));
        assert!(recording.read("missing").is_err());
        let inputs = recording.into_inputs();
        assert!(are_unchanged(&inputs, &tree()));
        for (path, text, noticed) in [
            ("a", "other", true),
            ("dir/y", "", true),
            ("dir/x", "content was not looked at", false),
            ("only-asked", "nor here", false),
            ("missing", "", true),
            ("elsewhere", "", false),
        ] {
            let changed = tree();
            changed.write(path, text.as_bytes(), false).unwrap();
            assert_eq!(are_unchanged(&inputs, &changed), !noticed, "{path}");
        }
    }
}
