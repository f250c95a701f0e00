//! What exists in the repository, what is ignored and what used to exist: the oracle for every rule about paths.
//!
//! A path exists if git tracks it or would add it. What merely lies on the disk does not count: the root-owned
//! directory that Docker made for a missing mount must not hide the mistake that made it.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use ignore::gitignore::{Gitignore, GitignoreBuilder};

use super::fnv::{self, Fnv};
use super::git;
use super::history::{Deletion, History};
use crate::files::Kind;
use crate::source::normalize;

/// More links than that on one way lead in a circle.
const MAX_LINKS: usize = 8;

/// The paths of a repository.
#[derive(Default, Debug)]
pub struct Tree {
    /// Every file, sorted.
    paths: Vec<Arc<str>>,
    /// The same, for one look.
    set: OnceLock<HashSet<Arc<str>, Fnv>>,
    /// The folders that files are in, for one look.
    folders: OnceLock<HashSet<Box<str>, Fnv>>,
    /// The hash of each file's name with its place in `paths`, sorted.
    names: OnceLock<Vec<(u64, u32)>>,
    /// Symbolic links with the paths that they lead to.
    links: BTreeMap<String, String>,
    /// Submodules: directories whose content is not ours to know.
    submodules: Vec<String>,
    /// Texts of the ignore files with the folder each is in, "." for the root.
    ignore_texts: Vec<(String, String)>,
    ignores: OnceLock<Vec<(String, Gitignore)>>,
    /// Paths said to be ignored, in place of ignore files.
    known_ignored: Vec<String>,
    /// Where to ask for the history, if anywhere.
    root: Option<PathBuf>,
    /// The commit that is checked out, if it can be told without git.
    head: Option<String>,
    /// The history as it was kept, of this or an earlier commit.
    kept: Option<History>,
    history: OnceLock<History>,
    /// The tree that the index would make.
    index_tree: Option<String>,
    /// What the index has and the disk has not.
    missing: Vec<String>,
    /// What is deleted and not yet committed.
    uncommitted: OnceLock<BTreeSet<String>>,
    branches: OnceLock<Option<Vec<String>>>,
    /// Whether there is a git repository at all.
    pub has_git: bool,
}

/// What a caller says about the history, where no git is to be asked: for samples and tests.
#[derive(Clone, Default, Debug)]
pub struct KnownHistory {
    /// Paths that were deleted.
    pub deleted: Vec<String>,
    /// Paths that git ignores.
    pub ignored: Vec<String>,
    /// The branches; none means that they are not known.
    pub branches: Vec<String>,
}

impl Tree {
    /// Makes a tree of paths (in any order) without any history.
    pub fn new(paths: impl IntoIterator<Item = Arc<str>>) -> Tree {
        let mut paths: Vec<Arc<str>> = paths.into_iter().collect();
        paths.sort();
        paths.dedup();
        Tree { paths, ..Tree::default() }
    }

    /// Adds what git knows on disk.
    #[must_use]
    pub fn with_git(mut self, root: Option<PathBuf>, submodules: Vec<String>, ignores: Vec<(String, String)>) -> Tree {
        self.has_git = root.is_some();
        (self.root, self.submodules, self.ignore_texts) = (root, submodules, ignores);
        self
    }

    /// Adds what was kept of the history, with the commit that is checked out.
    #[must_use]
    pub fn with_kept(mut self, head: Option<String>, kept: Option<History>) -> Tree {
        (self.head, self.kept) = (head, kept);
        self
    }

    /// Adds what the index says: its tree, and the paths of it that are not on the disk.
    #[must_use]
    pub fn with_index(mut self, tree: Option<String>, missing: Vec<String>) -> Tree {
        (self.index_tree, self.missing) = (tree, missing);
        self
    }

    /// Adds the branches, if it could be told without git that they are all.
    #[must_use]
    pub fn with_branches(mut self, branches: Option<Vec<String>>) -> Tree {
        self.branches = branches.map(|it| OnceLock::from(Some(it))).unwrap_or_default();
        self
    }

    /// Adds the symbolic links, with the paths that they lead to.
    #[must_use]
    pub fn with_links(mut self, links: impl IntoIterator<Item = (String, String)>) -> Tree {
        self.links = links.into_iter().collect();
        self
    }

    /// Adds a history that is known.
    #[must_use]
    pub fn with_history(mut self, history: &KnownHistory) -> Tree {
        let deletion = || Deletion { commit: "0000000".to_string(), became: None };
        let deletions: BTreeMap<String, Deletion> = history.deleted.iter().map(|it| (it.clone(), deletion())).collect();
        self.uncommitted = OnceLock::from(BTreeSet::new());
        self.history = OnceLock::from(History::new(&deletions, !deletions.is_empty()));
        self.known_ignored = history.ignored.iter().map(|it| it.trim_end_matches('/').to_string()).collect();
        let branches = Some(history.branches.clone()).filter(|it| !it.is_empty());
        self.branches = OnceLock::from(branches);
        self.has_git = true;
        self
    }

    /// Adds paths that somebody provides by hand: they need not be there.
    pub fn provide(&mut self, paths: &[String]) {
        self.known_ignored.extend(paths.iter().map(|it| it.trim_start_matches("./").trim_end_matches('/').to_string()));
    }

    /// Returns the directories whose content is not ours to know.
    pub fn submodules(&self) -> &[String] {
        &self.submodules
    }

    /// Returns the symbolic links, with the paths that they lead to.
    pub fn links(&self) -> &BTreeMap<String, String> {
        &self.links
    }

    /// Returns every file, sorted.
    pub fn paths(&self) -> &[Arc<str>] {
        &self.paths
    }

    /// Returns what exists at a normalized path. A submodule and everything in it counts as there.
    pub fn kind(&self, path: &str) -> Option<Kind> {
        let path = path.trim_end_matches('/');
        let found = self.plain_kind(path);
        // A link counts as a file, which it is not if it leads to a folder.
        if self.links.is_empty() || found.is_some() && !self.links.contains_key(path) {
            return found;
        }
        let mut at = path.to_string();
        for _ in 0..MAX_LINKS {
            let Some(next) = self.past_a_link(&at) else { break };
            at = next;
        }
        self.plain_kind(&at).or(found)
    }

    fn plain_kind(&self, path: &str) -> Option<Kind> {
        if path == "." {
            return Some(Kind::Directory);
        }
        if self.has_file(path) {
            return Some(Kind::File);
        }
        let in_submodule =
            |it: &String| path == it || path.strip_prefix(it.as_str()).is_some_and(|it| it.starts_with('/'));
        (self.folders().contains(path) || self.submodules.iter().any(in_submodule)).then_some(Kind::Directory)
    }

    /// Returns where a path leads once the outermost link in it is followed.
    fn past_a_link(&self, path: &str) -> Option<String> {
        let ends = path.match_indices('/').map(|it| it.0).chain([path.len()]);
        ends.into_iter().find_map(|end| normalize(&format!("{}{}", self.links.get(&path[..end])?, &path[end..])))
    }

    fn folders(&self) -> &HashSet<Box<str>, Fnv> {
        self.folders.get_or_init(|| {
            let (mut found, mut last) = (HashSet::default(), "");
            for path in &self.paths {
                let folder = path.rsplit_once('/').map_or("", |it| it.0);
                // Sorted, files of a folder stand together.
                if folder == last {
                    continue;
                }
                last = folder;
                let mut open = folder;
                while !open.is_empty() && !found.contains(open) {
                    found.insert(open.into());
                    open = open.rsplit_once('/').map_or("", |it| it.0);
                }
            }
            found
        })
    }

    /// Returns whether a directory is at a normalized path.
    pub fn is_directory(&self, path: &str) -> bool {
        self.kind(path) == Some(Kind::Directory)
    }

    /// Returns whether a file is at a normalized path.
    pub fn has_file(&self, path: &str) -> bool {
        self.set.get_or_init(|| self.paths.iter().cloned().collect()).contains(path)
    }

    /// Returns whether some file's path ends with this one: `api/main.py` for `packages/web/api/main.py`.
    pub fn is_end_of_a_path(&self, path: &str) -> bool {
        self.named(name(path)).any(|it| it.strip_suffix(path).is_some_and(|it| it.ends_with('/')))
    }

    /// Returns the files of a name, wherever they are.
    pub fn named(&self, wanted: &str) -> impl Iterator<Item = &str> {
        // By hashes, because to sort a hundred thousand names takes longer than to look for all that are missing.
        let order = self.names.get_or_init(|| {
            let hashes = self.paths.iter().map(|it| fnv::hash(name(it).as_bytes()));
            let mut order: Vec<(u64, u32)> = hashes.zip(0..).collect();
            order.sort_unstable();
            order
        });
        let hash = fnv::hash(wanted.as_bytes());
        let start = order.partition_point(|it| it.0 < hash);
        let same = order[start..].iter().take_while(move |it| it.0 == hash).map(|it| &*self.paths[it.1 as usize]);
        same.filter(move |it| name(it) == wanted)
    }

    /// Returns whether something exists at a normalized path.
    pub fn exists(&self, path: &str) -> bool {
        self.kind(path).is_some()
    }

    /// Returns the files below a directory.
    pub fn within(&self, directory: &str) -> &[Arc<str>] {
        if directory == "." {
            return &self.paths;
        }
        let prefix = format!("{}/", directory.trim_end_matches('/'));
        let start = self.paths.partition_point(|it| **it < *prefix);
        let length = self.paths[start..].partition_point(|it| it.starts_with(&prefix));
        &self.paths[start..start + length]
    }

    /// Returns whether somebody said of a path that it is provided by hand.
    pub fn is_provided(&self, path: &str) -> bool {
        let below = |it: &String| path == it || path.strip_prefix(it.as_str()).is_some_and(|it| it.starts_with('/'));
        self.known_ignored.iter().any(below)
    }

    /// Returns whether git ignores a path that need not exist.
    pub fn is_ignored(&self, path: &str) -> bool {
        let path = path.trim_end_matches('/');
        if self.is_provided(path) {
            return true;
        }
        let mut decision = false;
        for (folder, ignore) in self.ignores() {
            let inner = if folder == "." { Some(path) } else { path.strip_prefix(&format!("{folder}/")) };
            let Some(inner) = inner else { continue };
            // Whether it would be a directory is not known: a pattern `data/` is meant for either here.
            let matched = [false, true].map(|is_dir| ignore.matched_path_or_any_parents(inner, is_dir));
            if matched.iter().any(ignore::Match::is_ignore) {
                decision = true;
            } else if matched.iter().any(ignore::Match::is_whitelist) {
                decision = false;
            }
        }
        decision
    }

    fn ignores(&self) -> &[(String, Gitignore)] {
        self.ignores.get_or_init(|| {
            let compile = |(folder, text): &(String, String)| {
                let mut builder = GitignoreBuilder::new("");
                for line in text.lines() {
                    // A pattern that git would not understand ignores nothing.
                    let _ = builder.add_line(None, line);
                }
                Some((folder.clone(), builder.build().ok()?))
            };
            self.ignore_texts.iter().filter_map(compile).collect()
        })
    }

    /// Returns how a path left the history, if it ever was in it. Asks git on the first call, if nothing is kept.
    pub fn deletion(&self, path: &str) -> Option<Deletion> {
        let path = path.trim_end_matches('/');
        if self.uncommitted().contains(path) {
            return Some(Deletion { commit: "HEAD".to_string(), became: None });
        }
        self.history().deletion(path)
    }

    /// Returns whether a path, or anything below it, was ever in the history and left it.
    pub fn was_deleted(&self, path: &str) -> bool {
        let path = path.trim_end_matches('/');
        let prefix = format!("{path}/");
        let below = self.uncommitted().range(prefix.clone()..).next().is_some_and(|it| it.starts_with(&prefix));
        self.uncommitted().contains(path) || below || self.history().has(path)
    }

    /// Returns what lay below a directory and left the history.
    pub fn deleted_within(&self, directory: &str) -> Vec<String> {
        let prefix = format!("{directory}/");
        let gone = self.history().deletions().into_keys().chain(self.uncommitted().iter().cloned());
        gone.filter(|it| it.starts_with(&prefix)).collect()
    }

    /// Returns whether the history can tell what never existed: it is more than one commit, and can be asked.
    pub fn has_history(&self) -> bool {
        self.history().is_long
    }

    /// Returns the branches of the repository, where the clone knows all of them. Asks git on the first call, if it
    /// could not be told without it.
    pub fn branches(&self) -> Option<&[String]> {
        self.branches.get_or_init(|| self.root.as_deref().and_then(git::branches)).as_deref()
    }

    fn history(&self) -> &History {
        self.history.get_or_init(|| match (&self.kept, &self.head, &self.root) {
            (Some(kept), Some(head), _) if kept.head == *head => kept.clone(),
            (kept, _, Some(root)) => git::history(root, kept.as_ref()).unwrap_or_default(),
            _ => History::default(),
        })
    }

    fn uncommitted(&self) -> &BTreeSet<String> {
        let ask = |root: &PathBuf| git::uncommitted_deletions(root).into_iter().collect();
        self.uncommitted.get_or_init(|| match &self.index_tree {
            // Nothing is staged: what is gone is what lies no more on the disk.
            Some(tree) if *tree == self.history().tree => self.missing.iter().cloned().collect(),
            _ => self.root.as_ref().map(ask).unwrap_or_default(),
        })
    }

    /// Returns a history that was asked of git and is worth keeping for the next time.
    pub fn history_to_keep(&self) -> Option<String> {
        let asked = self.history.get().filter(|it| self.head.as_ref() == Some(&it.head))?;
        (self.kept.as_ref() != Some(asked)).then(|| asked.kept())
    }
}

/// Returns the last part of a path.
fn name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// Compiles patterns as of an ignore file; `None` if there are none.
pub fn patterns(list: &[String]) -> Option<Gitignore> {
    let mut builder = GitignoreBuilder::new("");
    for line in list {
        // A pattern that git would not understand excludes nothing.
        let _ = builder.add_line(None, line);
    }
    builder.build().ok().filter(|_| !list.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn directories_exist_through_their_files() {
        let tree = Tree::new(["a/b.txt", "a-b/c", "a.txt"].map(Arc::from));
        assert_eq!(tree.kind("a"), Some(Kind::Directory));
        assert_eq!(tree.kind("a/b.txt"), Some(Kind::File));
        assert_eq!((tree.kind("a/"), tree.kind("b"), tree.kind("a/b")), (Some(Kind::Directory), None, None));
        assert_eq!(tree.within("a").len(), 1);
    }

    #[test]
    fn what_lies_behind_links_exists() {
        let link = |it: [&str; 2]| (it[0].to_string(), it[1].to_string());
        let links = [["worker", "api/worker"], ["w/now", "worker"], ["loop", "loop"], ["readme", "api/gone"]].map(link);
        let tree = Tree::new(["api/worker/a.py", "worker", "w/now", "loop", "readme"].map(Arc::from)).with_links(links);
        let cases = [
            ("worker", Some(Kind::Directory)),
            ("worker/a.py", Some(Kind::File)),
            ("w/now/a.py", Some(Kind::File)),
            ("worker/b.py", None),
            ("loop", Some(Kind::File)),
            ("loop/a.py", None),
            ("readme", Some(Kind::File)),
        ];
        for (path, expected) in cases {
            assert_eq!(tree.kind(path), expected, "{path}");
        }
    }

    #[test]
    fn ignore_files_count_from_their_folder_and_later_ones_win() {
        let texts = [(".", "/data/\n*.log\n.env*\n!.env.example\n"), ("sub", "!keep.log\n")];
        let texts = texts.map(|(folder, text)| (folder.to_string(), text.to_string())).to_vec();
        let tree = Tree::new([]).with_git(None, Vec::new(), texts);
        let cases = [
            ("data", true),
            ("data/x", true),
            ("sub/data", false),
            ("a.log", true),
            ("sub/keep.log", false),
            (".env.prod", true),
            (".env.example", false),
        ];
        for (path, expected) in cases {
            assert_eq!(tree.is_ignored(path), expected, "{path}");
        }
    }

    #[test]
    fn a_directory_was_deleted_with_its_last_file() {
        let history = KnownHistory {
            deleted: vec!["a.txt".into(), "a/b".into()],
            ignored: vec!["c".into()],
            ..KnownHistory::default()
        };
        let tree = Tree::new([]).with_history(&history);
        assert!(tree.was_deleted("a") && tree.was_deleted("a/b") && tree.was_deleted("a.txt"));
        assert!(!tree.was_deleted("b") && !tree.was_deleted("a/c"));
        assert!(tree.is_ignored("c/d") && !tree.is_ignored("cd"));
    }
}
