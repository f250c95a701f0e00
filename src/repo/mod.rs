//! What a repository says: every file read once, by the reader of its kind, into [`fact::Facts`].
//!
//! [`read`] is the whole pipeline: list the files, read them on two threads, derive the environments. The result
//! is plain data and the same for the same files, whatever the number of threads or the order of the disk.

mod absence;
pub mod ansible;
pub mod build_context;
pub mod code;
pub mod compose;
pub mod config_host;
pub mod container;
mod copied;
pub mod delivered;
mod devcontainer;
pub mod discover;
pub mod dockerfile;
mod documented;
pub mod env_file;
pub mod env_reader;
pub mod env_wrapper;
pub mod environment;
pub mod fact;
mod fnv;
mod fragment;
mod framework;
pub mod git;
mod github_expression;
mod github_image;
mod github_paths;
pub mod github_service;
mod github_ssh;
pub mod given;
pub mod go;
pub mod hint;
pub mod history;
pub mod ignore_file;
pub mod index;
mod inner_path;
mod joined;
pub mod kept;
pub mod kind;
pub mod known_image;
mod known_library;
pub mod known_variable;
pub mod kubernetes;
pub mod kustomize;
pub mod label;
mod made;
pub mod makefile;
pub mod markdown;
pub mod mention;
mod near;
pub mod nginx;
mod other_code;
pub mod package_json;
mod past;
pub mod path_list;
mod planned;
pub mod private_key;
pub mod provenance;
pub mod pulled_in;
pub mod python;
pub mod reach;
pub mod reader;
pub mod refs;
pub mod rust_code;
pub mod script;
pub mod secrets;
pub mod settings;
pub mod shell;
pub mod soundness;
pub mod suppression;
pub mod task_file;
pub mod telling;
pub mod terraform;
pub mod test_run;
mod tested;
mod texts;
pub mod traefik;
pub mod tree;
pub mod upstream;
pub mod usage;
pub mod workflow;
mod written;

use std::collections::{BTreeMap, BTreeSet};
use std::io::ErrorKind;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::diag::{Diagnostic, Diags};
use crate::files::Files;
use crate::source::{FileId, Sources};
use environment::Environment;
use fact::Facts;
use kept::{Fresh, Kept, Said};
use kind::Kind;
use reader::Input;
use texts::Texts;
use tree::{KnownHistory, Tree};
use usage::NameSearch;

/// Files beyond this are not read: nothing that specc understands is that large.
pub const MAX_BYTES: usize = 4 << 20;

/// How to read.
#[derive(Clone, Default, Debug)]
pub struct Options {
    /// What is deleted and ignored, where git is not to be asked.
    pub history: Option<KnownHistory>,
    /// What is asked of the files.
    pub wanted: Wanted,
    /// Patterns, as of an ignore file, of paths that are not read.
    pub exclude: Vec<String>,
    /// Paths that an operator provides: they are taken to be there in time.
    pub operator_provided: Vec<String>,
    /// What the files do not show.
    pub hints: hint::Hints,
    /// Whether nothing is taken from what an earlier check kept, nor kept for the next one.
    pub keeps_nothing: bool,
}

/// What is asked of the files: what nobody asks for is not read.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Wanted {
    /// All facts.
    #[default]
    All,
    /// Paths that texts mention, and the commands that may make them. Programs are not read, nor scripts and documents
    /// that have nothing to do with a missing path; there are no environments, and nobody knows who reads a variable.
    Paths,
}

/// A repository as read.
#[derive(Default, Debug)]
pub struct Repo {
    /// What exists.
    pub tree: Tree,
    /// Every file, sorted by path; ids follow the same order.
    pub files: Vec<RepoFile>,
    /// What the files say.
    pub facts: Facts,
    /// Which compose and env files are used together.
    pub environments: Vec<Environment>,
    /// Who reads which variable.
    pub usage: usage::Usage,
    /// What the files do not show.
    pub hints: hint::Hints,
    /// How many files of each kind were read.
    pub n_read: BTreeMap<Kind, usize>,
    /// Files that were not read, and why.
    pub not_read: Vec<NotRead>,
    /// What was asked of the files: the rest is not in the facts.
    pub wanted: Wanted,
    /// What rules asked of the facts before.
    pub index: index::Index,
    /// What is worth keeping for the next check, and where.
    pub to_keep: Vec<(&'static str, Vec<u8>)>,
}

/// A file of the repository.
#[derive(Clone, Debug)]
pub struct RepoFile {
    /// Its id in the sources.
    pub file: FileId,
    /// Its path from the root.
    pub path: Arc<str>,
    /// What it is.
    pub kind: Kind,
}

/// A file that was not read.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NotRead {
    /// Its path from the root.
    pub path: String,
    /// Why, as a clause.
    pub why: &'static str,
}

impl Repo {
    /// Returns the path of a file.
    pub fn path(&self, file: FileId) -> &str {
        let at = self.files.partition_point(|it| it.file < file);
        self.files.get(at).map_or("", |it| &it.path)
    }

    /// Returns the compose file at a path.
    pub fn compose_file(&self, path: &str) -> Option<&compose::File> {
        self.compose_file_at(path).map(|it| &self.facts.compose_files[it])
    }

    /// Returns the env file or template at a path.
    pub fn env_file(&self, path: &str) -> Option<&fact::EnvFile> {
        self.env_file_at(path).map(|it| &self.facts.env_files[it])
    }

    /// Returns the Dockerfile at a path.
    pub fn dockerfile(&self, path: &str) -> Option<&fact::Dockerfile> {
        self.dockerfile_at(path).map(|it| &self.facts.dockerfiles[it])
    }

    /// Returns how much there is to judge, in files: long ones count for more.
    pub fn size(&self) -> usize {
        let entries: usize = self.facts.env_files.iter().map(|it| it.entries.len()).sum();
        let fields: usize = self.facts.settings.iter().map(|it| it.fields.len()).sum();
        self.files.len() + (entries + fields + self.facts.reads.len() + self.facts.commands.len()) / 4
    }

    /// Returns the env templates.
    pub fn templates(&self) -> impl Iterator<Item = &fact::EnvFile> {
        self.facts.env_files.iter().filter(|it| it.is_template)
    }
}

/// Reads a repository.
pub fn read(files: &dyn Files, options: &Options, sources: &mut Sources, diags: &mut Diags) -> Repo {
    let mut tree = discover::discover(files, options.history.as_ref());
    tree.provide(&options.operator_provided);
    let excluded = tree::patterns(&options.exclude);
    let mut repo = Repo::default();
    let of_path = |path: &Arc<str>| {
        // What is excluded still exists, but nobody opens it.
        let is_excluded =
            excluded.as_ref().is_some_and(|it| it.matched_path_or_any_parents(&**path, false).is_ignore());
        if is_excluded { Kind::Binary } else { kind::of(path) }
    };
    let paths = tree.paths();
    // A thread takes longer to start than a few thousand paths take.
    let kinds: Vec<Vec<Kind>> = if paths.len() < MANY {
        vec![paths.iter().map(of_path).collect()]
    } else {
        in_parts(paths, |_, part| part.iter().map(of_path).collect())
    };
    sources.make_room(paths.len());
    repo.files.reserve_exact(paths.len());
    for (path, kind) in paths.iter().zip(kinds.into_iter().flatten()) {
        let file = sources.reserve(Arc::clone(path));
        repo.files.push(RepoFile { file, path: Arc::clone(path), kind });
    }
    let n_kept = if options.wanted == Wanted::Paths { repo.files.len() } else { 0 };
    let texts = Texts::new(files, n_kept);
    let (mut scripts, mut names, mut told) = (Vec::new(), BTreeSet::new(), Vec::new());
    let (parts, search, to_keep) = read_parts(&texts, (&tree, options), &repo.files);
    repo.to_keep.extend(to_keep);
    repo.facts.make_room(parts.iter().map(|it| &it.facts));
    for part in parts {
        for (at, kind) in part.kinds {
            repo.files[at].kind = kind;
            *repo.n_read.entry(kind).or_default() += 1;
        }
        scripts.extend(part.scripts);
        names.extend(part.names);
        repo.facts.append(part.facts);
        repo.not_read.extend(part.not_read);
        told.extend(part.diagnostics);
    }
    let continued = joined::forgive(&mut told, &repo.files, &texts);
    for file in repo.facts.compose_files.iter_mut().filter(|it| continued.contains(&it.file)) {
        file.is_continued = true;
    }
    for diagnostic in told {
        diags.push(diagnostic);
    }
    (repo.hints, repo.wanted) = (options.hints.clone(), options.wanted);
    if options.wanted == Wanted::Paths {
        repo.tree = tree;
        let commands = made::commands(&repo, &scripts, &texts);
        repo.facts.commands.extend(commands);
        return repo;
    }
    python::link(&mut repo.facts);
    settings::nest(&mut repo.facts.settings, &repo.hints);
    repo.tree = tree;
    env_wrapper::resolve(&mut repo.facts);
    repo.environments = environment::derive(&repo);
    let mut usage = usage::Usage::of(&repo);
    usage.confirm(&repo, &texts, (&search, names));
    usage.look_in_data(&repo, &texts);
    repo.usage = usage;
    repo
}

/// What the files of one part of the list say.
#[derive(Default)]
struct Part {
    /// Where in the list it starts.
    start: usize,
    kinds: Vec<(usize, Kind)>,
    /// Where those stand that nobody reads before it is known which paths are missing.
    scripts: Vec<usize>,
    facts: Facts,
    diagnostics: Vec<Diagnostic>,
    not_read: Vec<NotRead>,
    /// Names of variables that stand in code.
    names: BTreeSet<String>,
    /// What the next check need not read again.
    fresh: Fresh,
}

impl Part {
    /// Adds what the next file said when it was read.
    fn recall(&mut self, at: usize, (kind, names, facts): Said) {
        self.kinds.push((at, kind));
        self.names.extend(names);
        self.facts.append(facts);
    }

    /// Adds what the next file says.
    fn append(&mut self, one: Part) {
        let Part { start: _, kinds, scripts, facts, diagnostics, not_read, names, fresh: _ } = one;
        self.kinds.extend(kinds);
        self.scripts.extend(scripts);
        self.facts.append(facts);
        self.diagnostics.extend(diagnostics);
        self.not_read.extend(not_read);
        self.names.extend(names);
    }
}

/// What to keep for the next check, and where.
type ToKeep = Option<(&'static str, Vec<u8>)>;

/// Reads all files on two threads. Those that set variables come first: the others are searched for their names while
/// their texts are at hand. Returns what the files say, in their order, what was searched for, and what to keep.
fn read_parts(texts: &Texts, of: (&Tree, &Options), list: &[RepoFile]) -> (Vec<Part>, NameSearch, ToKeep) {
    let wants_all = of.1.wanted == Wanted::All;
    let is_first = |it: &RepoFile| wants_all && usage::may_set(it.kind);
    let first: Vec<usize> = (0..list.len()).filter(|it| is_first(&list[*it])).collect();
    let mut parts: Vec<Vec<Part>> = in_parts(&first, |_, places| {
        let mut buffer = Vec::new();
        let read = |at: &usize| {
            let mut part = Part { start: *at, ..Part::default() };
            read_file(texts, of, (*at, &list[*at], &mut buffer), &mut part);
            part
        };
        places.iter().map(read).collect()
    });
    let search = NameSearch::of_set(parts.iter().flatten().map(|it| &it.facts));
    let kept = Kept::load(texts.files(), of, (list, &search));
    parts.extend(in_parts(list, |start, files| {
        let (mut parts, mut buffer) = (Vec::new(), Vec::new());
        let mut part = Part { start, ..Part::default() };
        for (at, file) in (start..).zip(files) {
            if is_first(file) {
                let next = Part { start: at + 1, ..Part::default() };
                parts.push(std::mem::replace(&mut part, next));
                continue;
            }
            let stamp = kept.stamp(file);
            if let Some(said) = stamp.and_then(|it| kept.recall(at, it, &mut part.fresh)) {
                part.recall(at, said);
                continue;
            }
            let mut one = Part::default();
            let kind = read_file(texts, of, (at, file, &mut buffer), &mut one);
            if kind.is_some_and(|it| wants_all && usage::may_name(it, &file.path)) {
                search.look(&buffer, &mut one.names);
            }
            if let Some(stamp) = stamp {
                kept.add((at, stamp), &one, buffer.len(), &mut part.fresh);
            }
            part.append(one);
        }
        parts.push(part);
        parts
    }));
    let mut parts: Vec<Part> = parts.into_iter().flatten().collect();
    parts.sort_by_key(|it| it.start);
    let to_keep = kept.renewed(parts.iter().map(|it| &it.fresh));
    (parts, search, to_keep)
}

/// So many paths are worth a second thread.
const MANY: usize = 4000;

/// How many files a thread takes at a time, at most: few enough to keep both busy to the end, and so many that what
/// each part of a large repository says takes no room.
const PART: usize = 256;

/// Works on all parts of a list on two threads; each is given with where it starts, and what they come to is in the
/// order of the list.
fn in_parts<T: Sync, R: Send>(list: &[T], work: impl Fn(usize, &[T]) -> R + Sync) -> Vec<R> {
    let next = AtomicUsize::new(0);
    // Of a few files, one may be as large as all others.
    let size = (list.len() / 128).clamp(1, PART);
    let n_parts = list.len().div_ceil(size);
    let run = || {
        let mut done = Vec::new();
        loop {
            let at = next.fetch_add(1, Ordering::Relaxed);
            if at >= n_parts {
                return done;
            }
            let range = at * size..list.len().min((at + 1) * size);
            done.push((at, work(range.start, &list[range])));
        }
    };
    let mut parts = std::thread::scope(|scope| {
        // A file or two are read before a thread would have started.
        let second = (n_parts > 2).then(|| scope.spawn(run));
        let mut parts = run();
        parts.extend(second.and_then(|it| it.join().ok()).unwrap_or_default());
        parts
    });
    parts.sort_by_key(|it| it.0);
    parts.into_iter().map(|it| it.1).collect()
}

/// Reads one file. Returns what it is if it could be read: its bytes are in the buffer then, be they a text or not.
fn read_file(
    texts: &Texts,
    (tree, options): (&Tree, &Options),
    (at, file, buffer): (usize, &RepoFile, &mut Vec<u8>),
    part: &mut Part,
) -> Option<Kind> {
    if file.kind == Kind::Binary {
        return None;
    }
    let mut skip = |why| part.not_read.push(NotRead { path: file.path.to_string(), why });
    if let Err(error) = texts.read(file, buffer) {
        skip(match error.kind() {
            ErrorKind::FileTooLarge => "it is larger than 4 MiB",
            ErrorKind::PermissionDenied => "it may not be read",
            ErrorKind::NotFound => "it is a link to nothing, or gone",
            _ => "it is not a regular file",
        });
        return None;
    }
    // As git does: a NUL byte early on makes it binary.
    if memchr::memchr(0, &buffer[..buffer.len().min(8000)]).is_some() {
        return Some(file.kind);
    }
    let Ok(text) = std::str::from_utf8(buffer) else {
        skip("it is not UTF-8");
        return Some(file.kind);
    };
    let kind = kind::refine(file.kind, &file.path, text);
    let in_test = kind::is_test(&file.path) || options.hints.is_fixture(&file.path);
    let input = Input { file: file.file, path: &file.path, text, kind, in_test, tree };
    let mut diags = Diags::default();
    reader::read(&input, options.wanted, &mut part.facts, &mut diags);
    part.diagnostics.extend(diags.take());
    part.kinds.push((at, kind));
    if options.wanted == Wanted::Paths && reader::has_commands(kind, text) {
        texts.keep(at, buffer);
        part.scripts.push(at);
    }
    Some(kind)
}
