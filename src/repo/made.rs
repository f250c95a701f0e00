//! What a check that asks only for paths still has to know of commands: which of the missing paths they make.
//!
//! A path that nothing has and a script makes is no mistake. Of all scripts and documents only those are read that
//! have every part of the name of a missing path in them, however it is put together there.

use std::collections::{BTreeSet, HashSet};

use aho_corasick::AhoCorasick;

use super::fact::{Command, Facts};
use super::kind;
use super::reader::{self, Input};
use super::telling::{Telling, Words};
use super::texts::Texts;
use super::{Repo, in_parts};
use crate::diag::Diags;

/// Words without which no command makes a directory.
static MAKE_DIRECTORIES: Telling = Telling::new(|| Words::new(&["mkdir", "install"]));

/// Returns the commands of scripts and documents, by their places in the list of files, that may make a path that is
/// mentioned and missing.
pub(super) fn commands(repo: &Repo, scripts: &[usize], texts: &Texts) -> Vec<Command> {
    if repo.facts.mentions.is_empty() || scripts.is_empty() {
        return Vec::new();
    }
    let missing = Missing::of(repo);
    let found = in_parts(scripts, |_, part| {
        let (mut facts, mut buffer) = (Facts::default(), Vec::new());
        for at in part {
            let file = &repo.files[*at];
            let Some(Ok(text)) = texts.again((*at, file), &mut buffer).map(std::str::from_utf8) else { continue };
            if missing.may_be_made_by(text) {
                let in_test = kind::is_test(&file.path);
                let input =
                    Input { file: file.file, path: &file.path, text, kind: file.kind, in_test, tree: &repo.tree };
                reader::read_kind(&input, &mut facts, &mut Diags::default());
            }
        }
        facts.commands
    });
    found.into_iter().flatten().collect()
}

/// The names of what is missing.
struct Missing {
    /// Of the paths themselves, which any command may make.
    paths: Names,
    /// Of the folders that they would lie in.
    folders: Names,
}

impl Missing {
    fn of(repo: &Repo) -> Missing {
        let (mut paths, mut folders) = (BTreeSet::new(), BTreeSet::new());
        for path in repo.facts.mentions.iter().flat_map(|it| &it.candidates) {
            paths.insert(parts(path));
            let places = path.match_indices('/').map(|it| &path[..it.0]);
            folders.extend(places.filter(|it| !repo.tree.is_directory(it)).map(parts));
        }
        Missing { paths: Names::new(paths), folders: Names::new(folders) }
    }

    /// Returns whether a text has a command that may make one of the paths.
    fn may_be_made_by(&self, text: &str) -> bool {
        self.paths.are_in(text) || MAKE_DIRECTORIES.are_in(text) && self.folders.are_in(text)
    }
}

/// Names, each as the words that it is made of.
struct Names {
    list: Vec<Vec<String>>,
    /// Finds the rarest word of each; `None` if some name has no words to look for, or if they are so many that to get
    /// ready for the search takes longer than to read the scripts.
    search: Option<AhoCorasick>,
}

/// The time to build a search grows with the square of the names.
const MANY: usize = 5000;

impl Names {
    fn new(names: BTreeSet<Vec<String>>) -> Names {
        let list: Vec<Vec<String>> = names.into_iter().collect();
        let rarest: Option<Vec<&String>> = list.iter().map(|it| it.iter().max_by_key(|it| weight(it))).collect();
        let search = rarest.filter(|it| it.len() <= MANY).and_then(|it| AhoCorasick::new(it).ok());
        Names { list, search }
    }

    /// Returns whether all words of some name stand in a text.
    fn are_in(&self, text: &str) -> bool {
        let Some(search) = &self.search else { return true };
        let has = |it: &String| memchr::memmem::find(text.as_bytes(), it.as_bytes()).is_some();
        let mut tried = HashSet::new();
        let mut found = search.find_overlapping_iter(text).map(|it| it.pattern().as_usize());
        found.any(|it| tried.insert(it) && self.list[it].iter().all(has))
    }
}

/// Returns the words of the last part of a path.
fn parts(path: &str) -> Vec<String> {
    let name = path.rsplit('/').next().unwrap_or(path);
    let words = name.split(|it: char| !it.is_ascii_alphanumeric()).filter(|it| !it.is_empty());
    words.map(str::to_string).collect()
}

/// Says how seldom a word is: long ones and those with digits stand in few texts.
fn weight(word: &str) -> usize {
    word.len() + 8 * usize::from(word.bytes().any(|it| it.is_ascii_digit()))
}
