//! What git knows, by asking it: the only file of specc that starts processes.
//!
//! Everything is optional: without git, in a shallow clone or in an odd repository the answer is "unknown", never
//! an error. Paths are given and returned from the root of the check, which is the top of the work tree.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use super::history::{self, Commit, History};
use crate::files::Files;

/// A path that the index holds.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Tracked<'a> {
    /// The path.
    pub path: &'a str,
    /// Whether it is a submodule: its files belong to another repository.
    pub is_submodule: bool,
    /// Whether a sparse checkout leaves it out.
    pub is_left_out: bool,
}

/// What git would commit.
#[derive(Clone, Default, PartialEq, Eq, Debug)]
pub struct Index {
    /// All paths, one behind the other: a hundred thousand strings would take twice the room.
    names: String,
    /// Where each path is in `names`, and what is said of it; sorted.
    entries: Vec<Entry>,
    /// The id of the tree it would make, where it knows that; nothing is staged if the last commit has the same.
    pub tree: Option<String>,
}

/// An entry of the index: where its path starts and ends, whether it is a submodule, and whether it is left out.
type Entry = (u32, u32, bool, bool);

impl Index {
    /// Returns the paths, sorted.
    pub fn tracked(&self) -> impl Iterator<Item = Tracked<'_>> {
        self.entries.iter().map(|it| tracked(&self.names, it))
    }

    fn add(&mut self, path: &str, is_submodule: bool, is_left_out: bool) -> Option<()> {
        let start = u32::try_from(self.names.len()).ok()?;
        self.names.push_str(path);
        self.entries.push((start, u32::try_from(self.names.len()).ok()?, is_submodule, is_left_out));
        Some(())
    }

    fn sort(&mut self) {
        let Index { names, entries, .. } = self;
        entries.sort_by(|a, b| tracked(names, a).cmp(&tracked(names, b)));
        entries.dedup_by(|a, b| tracked(names, a) == tracked(names, b));
    }
}

fn tracked<'n>(names: &'n str, entry: &Entry) -> Tracked<'n> {
    let (start, end, is_submodule, is_left_out) = *entry;
    Tracked { path: &names[start as usize..end as usize], is_submodule, is_left_out }
}

/// Returns the index; `None` if there is none to read.
pub fn index(files: &dyn Files) -> Option<Index> {
    let mut index = match files.read(".git/index").ok().map(|it| parse_index(&it)) {
        Some(Some(index)) if is_usual_index() => index,
        // A linked work tree, a split or a sparse index, or the one of `git commit FILE`: git itself has to say.
        Some(_) => ask_tracked(files.root()?)?,
        None if files.only_tracked() || files.kind(".git").is_some() => ask_tracked(files.root()?)?,
        None => return None,
    };
    index.sort();
    Some(index)
}

/// Returns whether the index is where it usually is: `git commit FILE` and `git commit -a` have their hooks judge
/// another one.
fn is_usual_index() -> bool {
    let named = std::env::var_os("GIT_INDEX_FILE");
    named.is_none_or(|it| it.is_empty() || Path::new(&it).ends_with(".git/index"))
}

fn ask_tracked(root: &Path) -> Option<Index> {
    let output = ask(root, &["ls-files", "-s", "-z"])?;
    let mut index = Index::default();
    for it in output.split(|it| *it == 0) {
        let text = std::str::from_utf8(it).ok();
        if let Some((meta, path)) = text.and_then(|it| it.split_once('\t')) {
            index.add(path, meta.starts_with("160000"), false)?;
        }
    }
    Some(index)
}

/// Reads an index of version 2, 3 or 4 (<https://git-scm.com/docs/index-format>); `None` for one that refers to
/// other files. Names that are not UTF-8 are left out.
fn parse_index(bytes: &[u8]) -> Option<Index> {
    let word = |at: usize| Some(u32::from_be_bytes(bytes.get(at..at + 4)?.try_into().ok()?));
    let (version, count) = (word(4)?, word(8)?);
    if bytes.get(..4)? != b"DIRC" || !(2..=4).contains(&version) {
        return None;
    }
    let mut index = Index::default();
    // An entry has 62 bytes beside its name; a file that says it has more entries than fit does not get their room.
    let n_entries = (count as usize).min(bytes.len() / 62);
    index.entries.reserve_exact(n_entries);
    index.names.reserve_exact(bytes.len() - n_entries * 62);
    let mut name: Vec<u8> = Vec::new();
    let mut at = 12;
    for _ in 0..count {
        let mode = word(at + 24)?;
        let flags = u16::from_be_bytes(bytes.get(at + 60..at + 62)?.try_into().ok()?);
        let is_extended = version >= 3 && flags & 0x4000 != 0;
        let is_left_out = is_extended && bytes.get(at + 62)? & 0x40 != 0;
        let start = at + if is_extended { 64 } else { 62 };
        let prefix = if version == 4 {
            let (dropped, start) = variable_width(bytes, start)?;
            name.truncate(name.len().checked_sub(dropped)?);
            start
        } else {
            name.clear();
            start
        };
        let length = memchr::memchr(0, bytes.get(prefix..)?)?;
        name.extend_from_slice(&bytes[prefix..prefix + length]);
        at = if version == 4 { prefix + length + 1 } else { at + (prefix - at + length + 8) / 8 * 8 };
        match mode >> 12 {
            // A directory: the index is sparse.
            0o04 => return None,
            kind => {
                if let Ok(path) = std::str::from_utf8(&name) {
                    index.add(path, kind == 0o16, is_left_out)?;
                }
            }
        }
    }
    // The checksum comes last.
    while let Some(name) = bytes.get(at..at + 8).filter(|_| at + 20 < bytes.len()) {
        let size = word(at + 4)? as usize;
        match &name[..4] {
            // Most entries are in a shared index.
            b"link" => return None,
            b"TREE" => index.tree = bytes.get(at + 8..at + 8 + size).and_then(root_tree),
            _ => {}
        }
        at += 8 + size;
    }
    Some(index)
}

/// Returns the id of the first tree of a cache of trees, unless something below it has changed since.
fn root_tree(cache: &[u8]) -> Option<String> {
    let rest = cache.strip_prefix(b"\0")?;
    let line = memchr::memchr(b'\n', rest)?;
    let is_valid = rest[0] != b'-';
    let id = rest.get(line + 1..line + 21).filter(|_| is_valid)?;
    Some(id.iter().map(|it| format!("{it:02x}")).collect())
}

/// Reads the offset encoding of index version 4: seven bits a byte, plus one for each byte that follows.
fn variable_width(bytes: &[u8], mut at: usize) -> Option<(usize, usize)> {
    let mut byte = *bytes.get(at)?;
    let mut value = usize::from(byte & 0x7f);
    while byte & 0x80 != 0 {
        at += 1;
        byte = *bytes.get(at)?;
        value = value.checked_add(1)?.checked_mul(128)? | usize::from(byte & 0x7f);
    }
    Some((value, at + 1))
}

/// Returns the history of the commit that is checked out, built on that of an earlier one where there is one.
///
/// Additions and deletions only: to tell renames apart by likeness, git would have to read the files of every commit.
pub fn history(root: &Path, known: Option<&History>) -> Option<History> {
    let is_before = |it: &&History| ask(root, &["merge-base", "--is-ancestor", &it.head, "HEAD"]).is_some();
    let known = known.filter(|it| !it.head.is_empty()).filter(is_before);
    let range = known.map_or("HEAD".to_string(), |it| format!("{}..HEAD", it.head));
    let format = "--format=%x01%h";
    let arguments = [
        "log",
        "--no-color",
        "--raw",
        "--diff-filter=AD",
        "--no-renames",
        "--no-show-signature",
        format,
        "-z",
        &range,
        "--",
    ];
    let output = ask(root, &arguments)?;
    let (mut found, mut n_commits) = (BTreeMap::new(), 0);
    for text in output.split(|it| *it == 1).skip(1) {
        let mut words = text.split(|it| *it == 0).map(String::from_utf8_lossy);
        let header = words.next().unwrap_or_default();
        let mut commit = Commit { id: header.into_owned(), ..Commit::default() };
        n_commits += 1;
        while let (Some(entry), Some(path)) = (words.next(), words.next()) {
            // `:old-mode new-mode old-id new-id letter`
            let mut fields = entry.trim_start().split(' ').skip(2).map(str::to_string);
            let (Some(old), Some(new), Some(letter)) = (fields.next(), fields.next(), fields.next()) else { break };
            let (list, id) = if letter == "A" { (&mut commit.added, new) } else { (&mut commit.deleted, old) };
            list.push((path.into_owned(), id));
        }
        history::take(&commit, &mut found);
    }
    for (path, deletion) in known.map(History::deletions).unwrap_or_default() {
        found.entry(path).or_insert(deletion);
    }
    // The list has no commits that take nothing away, and the last one may be such.
    let ids = ask(root, &["log", "--max-count=1", "--no-color", "--no-show-signature", "--format=%H %T"])?;
    let ids = String::from_utf8_lossy(&ids);
    let (head, tree) = ids.trim().split_once(' ')?;
    let is_long = known.is_some_and(|it| it.is_long) || n_commits + usize::from(known.is_some()) > 1;
    Some(History::new(&found, is_long).of_commit(head.to_string(), tree.to_string()))
}

/// Returns whether a path, or something below it, was ever there.
pub fn had(root: &Path, path: &str) -> bool {
    let log = ["log", "--max-count=1", "--format=%h", "--", path];
    ask(root, &log).is_some_and(|it| !it.is_empty())
        || ask(root, &["ls-files", "--", path]).is_some_and(|it| !it.is_empty())
}

/// Returns the paths that the last commit has, and that are gone from the index or the disk.
pub fn uncommitted_deletions(root: &Path) -> Vec<String> {
    let arguments = ["diff", "--name-only", "--no-renames", "--diff-filter=D", "-z", "HEAD", "--"];
    ask(root, &arguments).map(|it| paths(&it)).unwrap_or_default()
}

/// Returns the branches, without `origin/`; `None` where the clone does not know all of them.
pub fn branches(root: &Path) -> Option<Vec<String>> {
    let output = ask(root, &["for-each-ref", "--format=%(refname)", "refs/heads", "refs/remotes/origin"])?;
    let text = String::from_utf8_lossy(&output);
    let name = |it: &str| {
        let local = it.strip_prefix("refs/heads/");
        local.or_else(|| it.strip_prefix("refs/remotes/origin/")).map(str::to_string)
    };
    // Only a full clone has `origin/HEAD`; the checkout of a CI has one branch and no word of the others.
    text.lines().any(|it| it == "refs/remotes/origin/HEAD").then(|| text.lines().filter_map(name).collect())
}

/// Returns the paths that differ from a commit, deleted ones included, untracked ones too.
pub fn changed(root: &Path, reference: &str) -> Option<Vec<String>> {
    // A reference that starts with a dash would be taken for an option.
    if reference.starts_with('-') {
        return None;
    }
    // What others did on the branch since this one left it is not ours. A shallow clone may not know where that was.
    let base = ask(root, &["merge-base", "--end-of-options", reference, "HEAD"]);
    let base = base.and_then(|it| String::from_utf8(it).ok()).map(|it| it.trim().to_string());
    let reference = base.as_deref().filter(|it| !it.is_empty()).unwrap_or(reference);
    let differing = ["diff", "--name-only", "--no-renames", "--relative", "-z", reference, "--"];
    let mut list = paths(&ask(root, &differing)?);
    list.extend(paths(&ask(root, &["ls-files", "--others", "--exclude-standard", "-z"])?));
    Some(list)
}

/// Returns the paths that the index changes, deleted ones included.
pub fn staged(root: &Path) -> Option<Vec<String>> {
    ask(root, &["diff", "--cached", "--name-only", "--no-renames", "--relative", "-z"]).map(|it| paths(&it))
}

/// Returns the texts in the index of those files whose text in the work tree is another, or that are gone there.
pub fn index_texts(root: &Path) -> Option<BTreeMap<String, Vec<u8>>> {
    let differing = paths(&ask(root, &["diff-files", "--name-only", "--no-renames", "--relative", "-z"])?);
    // One request is one line.
    let mut wanted: Vec<String> = differing.into_iter().filter(|it| !it.contains('\n')).collect();
    wanted.dedup();
    if wanted.is_empty() {
        return Some(BTreeMap::new());
    }
    let requests: String = wanted.iter().map(|it| format!(":./{it}\n")).collect();
    let output = run(root, &["cat-file", "--batch"], Some(requests))?;
    let mut rest = output.as_slice();
    let mut texts = BTreeMap::new();
    for path in wanted {
        let (header, after) = rest.split_at_checked(memchr::memchr(b'\n', rest)? + 1)?;
        let header = std::str::from_utf8(header).ok()?.trim_end();
        rest = after;
        // A file in a conflict, or a submodule, has no answer.
        let Some(size) = header.rsplit(' ').next().and_then(|it| it.parse::<usize>().ok()) else { continue };
        rest = after.get(size + 1..)?;
        if header.ends_with(&format!(" blob {size}")) {
            texts.insert(path, after[..size].to_vec());
        }
    }
    Some(texts)
}

/// Returns whether a name means a commit here, and whether the clone lacks a part of the history.
pub fn knows(root: &Path, reference: &str) -> (bool, bool) {
    let commit = format!("{reference}^{{commit}}");
    let knows = ask(root, &["rev-parse", "--verify", "--quiet", "--end-of-options", &commit]).is_some();
    let is_shallow = || ask(root, &["rev-parse", "--is-shallow-repository"]).is_some_and(|it| it.starts_with(b"true"));
    (knows, !knows && is_shallow())
}

fn paths(output: &[u8]) -> Vec<String> {
    let text = |it: &[u8]| std::str::from_utf8(it).ok().filter(|it| !it.is_empty()).map(str::to_string);
    output.split(|it| *it == 0).filter_map(text).collect()
}

fn ask(root: &Path, arguments: &[&str]) -> Option<Vec<u8>> {
    run(root, arguments, None)
}

fn run(root: &Path, arguments: &[&str], input: Option<String>) -> Option<Vec<u8>> {
    let mut child = Command::new("git")
        .arg("-C")
        .arg(root)
        .args(["-c", "core.quotepath=off", "-c", "core.fsmonitor=false", "--no-optional-locks", "--literal-pathspecs"])
        .args(arguments)
        .stdin(if input.is_some() { Stdio::piped() } else { Stdio::null() })
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .ok()?;
    // Beside the reading: git stops taking requests while nobody takes its answers.
    let writer = child.stdin.take().zip(input).map(|(mut pipe, text)| {
        std::thread::spawn(move || {
            let _ = pipe.write_all(text.as_bytes());
        })
    });
    let output = child.wait_with_output().ok()?;
    drop(writer.map(std::thread::JoinHandle::join));
    output.status.success().then_some(output.stdout)
}
