//! What a check that asks only for paths still has to know of commands: which of the missing paths they make.
//!
//! A path that nothing has and a script makes is no mistake. Of all scripts and documents only those are read that
//! have every part of the name of a missing path in them, however it is put together there.

use std::collections::BTreeSet;

use super::fact::{Command, Facts};
use super::kind;
use super::reader::{self, Input};
use super::telling::Words;
use super::{MAX_BYTES, Repo, RepoFile, in_parts};
use crate::diag::Diags;
use crate::files::Files;

/// Beyond this many names to look for, all scripts are read.
const MANY: usize = 200;

/// Returns the commands of scripts and documents that may make a path that is mentioned and missing.
pub(super) fn commands(repo: &Repo, files: &dyn Files) -> Vec<Command> {
    let names = names(repo);
    // With so many names nearly every script has one of them.
    let is_any = names.len() > MANY;
    let rarest: Vec<&str> =
        names.iter().filter_map(|it| Some(it.iter().max_by_key(|it| weight(it))?.as_str())).collect();
    if rarest.is_empty() {
        return Vec::new();
    }
    let search = Words::new(&rarest[..rarest.len().min(MANY)]);
    let may_make = |text: &str| {
        let has = |it: &String| memchr::memmem::find(text.as_bytes(), it.as_bytes()).is_some();
        is_any || search.are_in(text) && names.iter().any(|it| it.iter().all(has))
    };
    let list: Vec<&RepoFile> = repo.files.iter().filter(|it| reader::is_script(it.kind)).collect();
    let found = in_parts(&list, |_, part| {
        let mut facts = Facts::default();
        for file in part {
            let Ok(bytes) = files.read_walked(&file.path, MAX_BYTES) else { continue };
            let Ok(text) = std::str::from_utf8(&bytes) else { continue };
            if may_make(text) {
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

/// Returns, for each path that is missing and each folder of it that is, the words that its name is made of.
fn names(repo: &Repo) -> BTreeSet<Vec<String>> {
    let mut names = BTreeSet::new();
    for path in repo.facts.mentions.iter().flat_map(|it| &it.candidates) {
        let ends = path.match_indices('/').map(|it| it.0).chain([path.len()]);
        for place in ends.map(|at| &path[..at]).filter(|it| !repo.tree.is_directory(it)) {
            let name = place.rsplit('/').next().unwrap_or(place);
            let words = name.split(|it: char| !it.is_ascii_alphanumeric()).filter(|it| !it.is_empty());
            names.insert(words.map(str::to_string).collect());
        }
    }
    names
}

/// Says how seldom a word is: long ones and those with digits stand in few texts.
fn weight(word: &str) -> usize {
    word.len() + 8 * usize::from(word.bytes().any(|it| it.is_ascii_digit()))
}
