//! What files said at the last check, kept in `.git`: a file that did not change since is not even opened.
//!
//! A file is taken for unchanged while its [`Stamp`] is, as git takes it by its index. What a file says also depends
//! on what else exists, on the names that are looked for in it, on the options and on the program: if any of these
//! changed, all of it is read anew. Files that hold values of an environment are never kept, nor what has a diagnostic.
//! A file that is not there, of another tree or not to be written only costs time.

use std::hash::{Hash as _, Hasher as _};
use std::time::SystemTime;

use rustc_hash::FxHasher;
use serde::{Deserialize, Serialize};

use super::fact::Facts;
use super::kind::Kind;
use super::tree::Tree;
use super::usage::NameSearch;
use super::{Options, Part, RepoFile, Wanted};
use crate::files::stamp::{self, Stamp};
use crate::files::{self, Files};

/// So many bytes read anew are worth writing it all again.
const WORTH: usize = 128 << 10;

/// Returns where it is kept, from the root. What is staged is another list of files than what is on the disk: one must
/// not push the other out.
pub fn place(wanted: Wanted, is_staged: bool) -> &'static str {
    match (wanted, is_staged) {
        (Wanted::All, false) => ".git/specc/facts",
        (Wanted::All, true) => ".git/specc/staged-facts",
        (Wanted::Paths, false) => ".git/specc/paths",
        (Wanted::Paths, true) => ".git/specc/staged-paths",
    }
}

/// What one file said: its kind, the names that were looked for and stand in it, and its facts.
pub(super) type Said = (Kind, Vec<String>, Facts);

/// The first part of what is kept; what the files said follows, in the order of the entries.
#[derive(Serialize, Deserialize)]
struct Head {
    /// The hash of all that what is kept depends on.
    of: u64,
    entries: Vec<Entry>,
}

#[derive(Clone, Copy, Serialize, Deserialize)]
struct Entry {
    /// The place of the file in the list.
    at: u32,
    /// How many bytes hold what it said.
    length: u32,
    /// The mark of its stamp.
    mark: u64,
}

/// What was kept, while a repository is read.
pub(super) struct Kept<'a> {
    files: &'a dyn Files,
    place: &'static str,
    /// What it depends on now; nothing where nothing can be kept.
    of: Option<u64>,
    /// Since when a file must have been left alone to be kept.
    settled: SystemTime,
    /// By place in the list of files, with where it stands in the bytes.
    entries: Vec<Option<(Entry, u32)>>,
    bytes: Vec<u8>,
}

/// What one thread did: which files it did not have to read, and what the others say.
#[derive(Default)]
pub(super) struct Fresh {
    recalled: Vec<usize>,
    entries: Vec<Entry>,
    bytes: Vec<u8>,
    n_read: usize,
}

impl<'a> Kept<'a> {
    /// Reads what was kept of a list of files, if it still holds.
    pub fn load(files: &'a dyn Files, of: (&Tree, &Options), (list, search): (&[RepoFile], &NameSearch)) -> Kept<'a> {
        let (tree, options) = of;
        let place = place(options.wanted, files.only_tracked());
        let mut kept =
            Kept { files, place, of: None, settled: stamp::settled(), entries: Vec::new(), bytes: Vec::new() };
        // Without git there is no place for it; a program that cannot be told from another keeps nothing.
        let program = files::program().filter(|_| !options.keeps_nothing && files.stamp(".git/HEAD").is_some());
        let Some(program) = program else { return kept };
        let mut hasher = FxHasher::default();
        hasher.write(format!("{program:?}{options:?}{:?}{:?}", tree.submodules(), tree.links()).as_bytes());
        for it in list {
            it.path.hash(&mut hasher);
        }
        for it in search.listed() {
            it.hash(&mut hasher);
        }
        let of = hasher.finish();
        kept.of = Some(of);
        if let Ok(bytes) = files.read(place) {
            kept.take(of, bytes, list.len());
        }
        kept
    }

    /// Takes what was kept, unless it is of something else or broken.
    fn take(&mut self, of: u64, bytes: Vec<u8>, n_files: usize) -> Option<()> {
        let (sum, rest) = bytes.split_at_checked(size_of::<u64>())?;
        let is_whole = sum == checksum(rest);
        let (head, said) = postcard::take_from_bytes::<Head>(rest).ok().filter(|it| is_whole && it.0.of == of)?;
        let mut entries = vec![None; n_files];
        let mut start = u32::try_from(bytes.len()).ok()? - u32::try_from(said.len()).ok()?;
        for entry in head.entries {
            *entries.get_mut(entry.at as usize)? = Some((entry, start));
            start = start.checked_add(entry.length)?;
        }
        (self.entries, self.bytes) = (entries, bytes);
        Some(())
    }

    /// Returns the stamp of a file, if what it says can be kept.
    pub fn stamp(&self, file: &RepoFile) -> Option<Stamp> {
        self.of.filter(|_| file.kind != Kind::Binary)?;
        self.files.stamp(&file.path)
    }

    /// Returns what the file at a place said, if its stamp is still the same.
    pub fn recall(&self, at: usize, stamp: Stamp, fresh: &mut Fresh) -> Option<Said> {
        let (entry, _) = self.entries.get(at)?.filter(|it| it.0.mark == stamp.mark())?;
        let said = postcard::from_bytes(self.said(entry.at as usize)?).ok()?;
        fresh.recalled.push(at);
        Some(said)
    }

    fn said(&self, at: usize) -> Option<&[u8]> {
        let (entry, start) = self.entries.get(at)?.as_ref()?;
        let start = *start as usize;
        self.bytes.get(start..start + entry.length as usize)
    }

    /// Adds what was read of the file at a place, `n_bytes` long, if it is all that there is to say of it.
    pub fn add(&self, (at, stamp): (usize, Stamp), part: &Part, n_bytes: usize, fresh: &mut Fresh) {
        let is_plain = part.diagnostics.is_empty() && part.not_read.is_empty() && part.scripts.is_empty();
        let [(_, kind)] = part.kinds[..] else { return };
        if !is_plain || !stamp.is_before(self.settled) || !part.facts.can_be_kept() {
            return;
        }
        let start = fresh.bytes.len();
        let said = (kind, &part.names, &part.facts);
        let Ok(bytes) = postcard::to_extend(&said, std::mem::take(&mut fresh.bytes)) else { return };
        fresh.bytes = bytes;
        if let (Ok(at), Ok(length)) = (u32::try_from(at), u32::try_from(fresh.bytes.len() - start)) {
            fresh.entries.push(Entry { at, length, mark: stamp.mark() });
            fresh.n_read += n_bytes;
        }
    }

    /// Returns what to keep for the next time and where, if that is worth it.
    pub fn renewed<'f>(&self, fresh: impl Iterator<Item = &'f Fresh> + Clone) -> Option<(&'static str, Vec<u8>)> {
        let of = self.of.filter(|_| fresh.clone().map(|it| it.n_read).sum::<usize>() > WORTH)?;
        let mut said: Vec<(Entry, &[u8])> = Vec::new();
        for it in fresh {
            let old = it.recalled.iter().filter_map(|at| Some((self.entries.get(*at)?.as_ref()?.0, self.said(*at)?)));
            said.extend(old);
            let mut rest = &it.bytes[..];
            for entry in &it.entries {
                let (bytes, after) = rest.split_at_checked(entry.length as usize)?;
                said.push((*entry, bytes));
                rest = after;
            }
        }
        said.sort_unstable_by_key(|it| it.0.at);
        let head = Head { of, entries: said.iter().map(|it| it.0).collect() };
        let mut bytes = postcard::to_extend(&head, vec![0; size_of::<u64>()]).ok()?;
        said.iter().for_each(|it| bytes.extend_from_slice(it.1));
        let sum = checksum(&bytes[size_of::<u64>()..]);
        bytes[..size_of::<u64>()].copy_from_slice(&sum);
        Some((self.place, bytes))
    }
}

/// Returns a hash over bytes, as bytes.
fn checksum(bytes: &[u8]) -> [u8; size_of::<u64>()] {
    let mut hasher = FxHasher::default();
    hasher.write(bytes);
    hasher.finish().to_le_bytes()
}
