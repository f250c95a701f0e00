//! Lists the files of a repository: what git tracks and what it would add.
//!
//! The walk honours ignore files as git does and stays below the root; the index adds files that are tracked
//! although ignored, and takes nothing away. Without git the walk alone decides.

use std::path::Path;
use std::sync::{Arc, Mutex};

use ignore::WalkBuilder;

use super::git;
use super::history::{self, History};
use super::refs;
use super::tree::{KnownHistory, Tree};
use crate::files::Files;
use crate::source::normalize;

/// Lists the tree. With a known history nothing but `files` is asked.
pub fn discover(files: &dyn Files, history: Option<&KnownHistory>) -> Tree {
    let (mut walked, mut links) = match files.root() {
        _ if files.only_tracked() => Default::default(),
        Some(root) => walk(root),
        None => (list_all(files), Vec::new()),
    };
    walked.extend(files.added().into_iter().filter(|_| files.root().is_some()).map(Arc::from));
    if let Some(history) = history {
        let is_there = |it: &Arc<str>| !history.ignored.iter().any(|ignored| **ignored == **it);
        return Tree::new(walked.into_iter().filter(is_there)).with_history(history);
    }
    let index = git::index(files);
    let has_git = index.is_some();
    let index = index.unwrap_or_default();
    let (mut paths, mut submodules, mut missing) = (walked, Vec::new(), Vec::new());
    paths.sort_unstable();
    let n_walked = paths.len();
    // Both lists are sorted, so that one look at each is enough.
    let mut at = 0;
    for entry in index.tracked() {
        while paths[at..n_walked].first().is_some_and(|it| **it < *entry.path) {
            at += 1;
        }
        let is_walked = paths[at..n_walked].first().is_some_and(|it| **it == *entry.path);
        if entry.is_submodule {
            submodules.push(entry.path.to_string());
        } else if !is_walked {
            match files.kind(entry.path) {
                Some(crate::files::Kind::File) => paths.push(Arc::from(entry.path)),
                // A link to a folder.
                Some(_) => links.push(Arc::from(entry.path)),
                None if entry.is_left_out => {}
                None => missing.push(entry.path.to_string()),
            }
        }
    }
    let in_submodule = |it: &Arc<str>| {
        submodules.iter().any(|sub| it.strip_prefix(sub.as_str()).is_some_and(|it| it.starts_with('/')))
    };
    paths.retain(|it| !in_submodule(it));
    let ignores = ignore_texts(files, &paths);
    let root = files.root().filter(|_| has_git).map(Path::to_path_buf);
    let head = refs::head(files).filter(|_| has_git);
    let kept = head.as_ref().and_then(|_| History::parse(&files.read_text(history::KEPT_AT).ok()?));
    let branches = refs::branches(files).filter(|_| has_git);
    Tree::new(paths)
        .with_git(root, submodules, ignores)
        .with_kept(head, kept)
        .with_index(index.tree, missing)
        .with_branches(branches)
        .with_links(links.iter().filter_map(|it| Some((it.to_string(), aim(it, files.link(it)?.to_str()?)?))))
}

/// Returns the path in the repository that a link at a path leads to.
fn aim(path: &str, written: &str) -> Option<String> {
    let folder = path.rsplit_once('/').map_or(".", |it| it.0);
    (!written.starts_with('/')).then(|| normalize(&format!("{folder}/{written}")))?
}

fn ignore_texts(files: &dyn Files, paths: &[Arc<str>]) -> Vec<(String, String)> {
    let folder = |path: &str| path.rsplit_once('/').map_or(".", |it| it.0).to_string();
    let mut found: Vec<(String, String)> = Vec::new();
    if let Ok(text) = files.read_text(".git/info/exclude") {
        found.push((".".to_string(), text));
    }
    let is_ignore_file = |it: &&Arc<str>| &***it == ".gitignore" || it.ends_with("/.gitignore");
    let mut read: Vec<(String, String)> =
        paths.iter().filter(is_ignore_file).filter_map(|it| Some((folder(it), files.read_text(it).ok()?))).collect();
    // Outer ones first: inner ones have the last word.
    read.sort_by_key(|it| if it.0 == "." { 0 } else { 1 + it.0.matches('/').count() });
    found.extend(read);
    found
}

/// Paths, and those of them that are symbolic links.
type Walked = (Vec<Arc<str>>, Vec<Arc<str>>);

fn walk(root: &Path) -> Walked {
    let found: Mutex<Walked> = Mutex::default();
    let walker = WalkBuilder::new(root)
        .hidden(false)
        .parents(false)
        .ignore(false)
        .git_global(false)
        .require_git(false)
        .filter_entry(|it| it.file_name() != ".git")
        .threads(2)
        .build_parallel();
    walker.run(|| {
        let mut batch = Batch { paths: Vec::new(), links: Vec::new(), found: &found };
        Box::new(move |entry| {
            // What cannot be listed is not ours to read; names that are not UTF-8 cannot be meant by any text.
            if let Ok(entry) = entry
                && let Some(kind) = entry.file_type().filter(|it| it.is_file() || it.is_symlink())
                && let Some(path) = relative(root, entry.path())
            {
                let path: Arc<str> = Arc::from(path);
                batch.links.extend(kind.is_symlink().then(|| path.clone()));
                batch.paths.push(path);
            }
            ignore::WalkState::Continue
        })
    });
    found.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner)
}

/// Returns a path below the root as text. Compared byte by byte: the walk joined it to this very root.
fn relative<'a>(root: &Path, path: &'a Path) -> Option<&'a str> {
    let inner = path.as_os_str().as_encoded_bytes().strip_prefix(root.as_os_str().as_encoded_bytes())?;
    std::str::from_utf8(inner.strip_prefix(b"/").unwrap_or(inner)).ok()
}

/// The paths of one thread, handed over once when it ends.
struct Batch<'a> {
    paths: Vec<Arc<str>>,
    links: Vec<Arc<str>>,
    found: &'a Mutex<Walked>,
}

impl Drop for Batch<'_> {
    fn drop(&mut self) {
        let mut found = self.found.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        found.0.append(&mut self.paths);
        found.1.append(&mut self.links);
    }
}

fn list_all(files: &dyn Files) -> Vec<Arc<str>> {
    let mut found = Vec::new();
    let mut open = vec![".".to_string()];
    while let Some(folder) = open.pop() {
        for name in files.list(&folder).unwrap_or_default() {
            let path = if folder == "." { name } else { format!("{folder}/{name}") };
            match files.kind(&path) {
                Some(crate::files::Kind::File) => found.push(Arc::from(path)),
                Some(crate::files::Kind::Directory) => open.push(path),
                _ => {}
            }
        }
    }
    found
}
