//! Answers about facts that rules ask for once per variable, service or path: each is computed once.
//!
//! A rule that walks all files for every variable is quick on ten variables and takes minutes on ten thousand. What is
//! here is derived from the facts alone, so whoever changes facts after a question was asked calls [`Repo::changed`].

use std::collections::{BTreeSet, HashMap, HashSet};
use std::hash::Hash;
use std::sync::{Arc, Mutex, OnceLock};

use super::Repo;
use super::code::Code;
use super::compose::{File, Service, read};
use super::copied::Copied;
use super::delivered::Delivered;
use super::environment::Environment;
use super::fact::{Action, Command, CommandHost, EnvFile, EnvSet, KubernetesObject, SetBy, Text};
use super::fragment;
use super::kind::{self, Kind};
use super::kustomize;
use super::settings::{self, Entries, EntryPlaces};
use crate::kubernetes::{self, Fault, Terms};
use crate::source::{FileId, Span, normalize};

/// An environment by its place in the repository, and the name of one of its services.
type ServiceKey = (usize, String);

/// A place that gives a program a variable, with its value if it is a literal.
type Ambient = (Span, Option<String>);

/// What was asked before.
#[derive(Default, Debug)]
pub struct Index {
    env_files: OnceLock<HashMap<String, usize>>,
    entries: OnceLock<EntryPlaces>,
    unread: OnceLock<Vec<Vec<usize>>>,
    compose_files: OnceLock<HashMap<String, usize>>,
    defined: OnceLock<HashMap<(String, String), usize>>,
    dockerfiles: OnceLock<HashMap<String, usize>>,
    copies: OnceLock<HashMap<String, Vec<usize>>>,
    made: OnceLock<BTreeSet<String>>,
    copied: OnceLock<Copied>,
    building: OnceLock<Vec<(usize, usize)>>,
    ambient: OnceLock<HashMap<String, Ambient>>,
    kubernetes_faults: OnceLock<Vec<Fault>>,
    unseen: OnceLock<HashSet<String>>,
    set_by_programs: OnceLock<HashSet<String>>,
    tested: OnceLock<HashMap<(FileId, String), Vec<usize>>>,
    /// The templates of an env file, by its path.
    pub templates: Memo<String, Arc<[usize]>>,
    /// The code of a service.
    pub codes: Memo<ServiceKey, Option<Arc<Code>>>,
    /// What reaches a service.
    pub delivered: Memo<ServiceKey, Arc<Delivered>>,
}

/// Answers by question.
#[derive(Debug)]
pub struct Memo<K, V>(Mutex<HashMap<K, V>>);

impl<K, V> Default for Memo<K, V> {
    fn default() -> Memo<K, V> {
        Memo(Mutex::default())
    }
}

impl<K: Hash + Eq, V: Clone> Memo<K, V> {
    /// Returns the answer, which is computed if nobody has asked yet.
    pub fn get_or(&self, key: K, compute: impl FnOnce() -> V) -> V {
        let known = || self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some(found) = known().get(&key) {
            return found.clone();
        }
        // Computed without the lock: one answer may need others.
        let value = compute();
        known().insert(key, value.clone());
        value
    }
}

impl Repo {
    /// Forgets the answers, after facts were changed.
    pub fn changed(&mut self) {
        self.index = Index::default();
    }

    /// Returns what an API server would refuse of the Kubernetes objects.
    pub fn kubernetes_faults(&self) -> &[Fault] {
        let judged = || {
            let parts = kustomize::parts(&self.facts);
            let judge = |it: &KubernetesObject| {
                let partial = parts.contains(&it.path);
                kubernetes::judge(kubernetes::Tree::Read(&it.node), Terms { version: self.hints.kubernetes, partial })
            };
            self.facts.kubernetes_objects.iter().flat_map(judge).collect()
        };
        self.index.kubernetes_faults.get_or_init(judged)
    }

    /// Returns the lines of env files by their names.
    pub fn env_entries(&self) -> Entries<'_> {
        let files = &self.facts.env_files;
        Entries::new(files, self.index.entries.get_or_init(|| settings::entry_places(files)))
    }

    /// Returns, for each env file, which of its lines have names that nothing reads.
    pub fn unread_entries(&self) -> &[Vec<usize>] {
        self.index.unread.get_or_init(|| {
            let unread = |file: &EnvFile| {
                let entries = file.entries.iter().enumerate();
                entries.filter(|it| !self.usage.is_read(&it.1.name.value)).map(|it| it.0).collect()
            };
            self.facts.env_files.iter().map(unread).collect()
        })
    }

    pub(super) fn env_file_at(&self, path: &str) -> Option<usize> {
        let list = || by_path(self.facts.env_files.iter().map(|it| &it.path));
        self.index.env_files.get_or_init(list).get(path).copied()
    }

    pub(super) fn compose_file_at(&self, path: &str) -> Option<usize> {
        let list = || by_path(self.facts.compose_files.iter().map(|it| &it.path));
        self.index.compose_files.get_or_init(list).get(path).copied()
    }

    /// Returns the first compose file of a folder in which a service can be started.
    pub fn defines(&self, folder: &str, service: &str) -> Option<&File> {
        let places = self.index.defined.get_or_init(|| {
            let mut found = HashMap::new();
            for (at, file) in self.facts.compose_files.iter().enumerate() {
                for it in file.model.services.iter().filter(|it| fragment::stands(it)) {
                    found.entry((read::folder(&file.path).to_string(), it.name.value.clone())).or_insert(at);
                }
            }
            found
        });
        places.get(&(folder.to_string(), service.to_string())).map(|at| &self.facts.compose_files[*at])
    }

    pub(super) fn dockerfile_at(&self, path: &str) -> Option<usize> {
        let list = || by_path(self.facts.dockerfiles.iter().map(|it| &it.path));
        self.index.dockerfiles.get_or_init(list).get(path).copied()
    }

    /// Returns the key of a service of one of the repository's environments.
    pub(super) fn service_key(&self, environment: &Environment, service: &Service) -> Option<ServiceKey> {
        let at = self.environments.iter().position(|it| std::ptr::eq(it, environment))?;
        Some((at, service.name.value.clone()))
    }

    /// Returns the commands that copy something to a path.
    pub(super) fn copies_to(&self, path: &str) -> impl Iterator<Item = &Command> {
        let places = self.index.copies.get_or_init(|| {
            let mut found: HashMap<String, Vec<usize>> = HashMap::new();
            for (at, command) in self.facts.commands.iter().enumerate() {
                if let Action::Copy(copy) = &command.action {
                    let written = &copy.destination.value;
                    let joined = normalize(&format!("{}/{written}", command.directory));
                    found.entry(written.clone()).or_default().push(at);
                    joined.filter(|it| it != written).into_iter().for_each(|it| found.entry(it).or_default().push(at));
                }
            }
            found
        });
        places.get(path).into_iter().flatten().map(|at| &self.facts.commands[*at])
    }

    /// Returns the services that build their image, with their environments, in order.
    pub(super) fn building(&self) -> impl Iterator<Item = (&Environment, &Service)> {
        let list = self.index.building.get_or_init(|| {
            let of = |(at, environment): (usize, &Environment)| {
                let services = environment.model.services.iter().enumerate().filter(|it| it.1.build.is_some());
                services.map(|it| (at, it.0)).collect::<Vec<_>>()
            };
            self.environments.iter().enumerate().flat_map(of).collect()
        });
        list.iter().map(|(at, service)| {
            let environment = &self.environments[*at];
            (environment, &environment.model.services[*service])
        })
    }

    /// Returns whether some command makes a path or something below it, or copies something there.
    pub fn is_made(&self, path: &str) -> bool {
        let made = self.index.made.get_or_init(|| self.facts.commands.iter().flat_map(made_by).collect());
        let copied = || self.index.copied.get_or_init(|| Copied::by(&self.facts.commands, &self.tree));
        let prefix = format!("{path}/");
        made.contains(path)
            || made.range(prefix.clone()..).next().is_some_and(|it| it.starts_with(&prefix))
            || copied().hold(path, &self.tree)
    }

    /// Returns whether some program writes an env file whole, and nobody sees a line of it: out of a secret of the
    /// pipeline, or of a store.
    pub(super) fn is_written_unseen(&self, path: &str) -> bool {
        let paths = self.index.unseen.get_or_init(|| {
            let seen: HashSet<&str> = self.facts.sets.iter().filter_map(|it| it.into.as_deref()).collect();
            let is_program = |it: &&Command| it.host != CommandHost::Document;
            // Without more that file is empty.
            let is_touched = |it: &Command| it.words.first().is_some_and(|it| it.text == "touch");
            let writes = self.facts.commands.iter().filter(is_program).filter(|it| !is_touched(it));
            let made = writes.filter(|it| matches!(it.action, Action::MakeFile(_))).flat_map(made_by);
            let vaults = self.facts.env_files.iter().filter_map(|it| it.path.strip_suffix(".vault"));
            let pulled = vaults.map(str::to_string);
            made.chain(pulled).filter(|it| kind::of(it) == Kind::EnvFile && !seen.contains(it.as_str())).collect()
        });
        paths.contains(path)
    }

    /// Returns what a script looks for of paths that end in the same name as this one.
    pub fn tested_like(&self, file: FileId, path: &str) -> impl Iterator<Item = &str> {
        let name = |it: &str| it.rsplit('/').next().unwrap_or(it).to_string();
        let tested = self.index.tested.get_or_init(|| {
            let mut found: HashMap<(FileId, String), Vec<usize>> = HashMap::new();
            for (at, it) in self.facts.tested.iter().enumerate() {
                found.entry((it.file, name(&it.path))).or_default().push(at);
            }
            found
        });
        let places = tested.get(&(file, name(path)));
        places.into_iter().flatten().map(|at| self.facts.tested[*at].path.as_str())
    }

    /// Returns whether some program or script sets a variable for itself or for what it starts.
    pub fn is_set_by_program(&self, name: &str) -> bool {
        let names = self.index.set_by_programs.get_or_init(|| {
            let sets = self.facts.sets.iter().filter(|it| matches!(it.by, SetBy::Code | SetBy::Shell));
            sets.map(|it| it.name.value.clone()).collect()
        });
        names.contains(name)
    }

    /// Returns what gives programs a variable outside env files, in the order of [`super::provenance::ambient`].
    pub(super) fn ambient_of(&self, name: &str) -> Option<&Ambient> {
        let literal = |it: Option<&Text>| it.map(|it| it.value.clone());
        let reaches = |it: &&EnvSet| {
            matches!(it.by, SetBy::Shell | SetBy::Inline | SetBy::Workflow | SetBy::Make | SetBy::Outside)
        };
        let all = self.index.ambient.get_or_init(|| {
            let mut found = HashMap::new();
            for it in self.facts.sets.iter().filter(reaches) {
                found.entry(it.name.value.clone()).or_insert_with(|| (it.name.span, literal(it.value.as_ref())));
            }
            for (name, value) in self.facts.commands.iter().flat_map(|it| &it.variables) {
                found.entry(name.value.clone()).or_insert_with(|| (name.span, literal(value.as_ref())));
            }
            found
        });
        all.get(name)
    }
}

/// The first of each path counts.
fn by_path<'a>(paths: impl Iterator<Item = &'a String>) -> HashMap<String, usize> {
    let mut found = HashMap::new();
    for (at, path) in paths.enumerate() {
        found.entry(path.clone()).or_insert(at);
    }
    found
}

/// Returns the paths that a command makes.
fn made_by(command: &Command) -> Vec<String> {
    let place = |it: &str| normalize(&format!("{}/{it}", command.directory));
    match &command.action {
        Action::MakeDirectory(list) | Action::MakeFile(list) => list.iter().filter_map(|it| place(&it.value)).collect(),
        Action::Archive(archive) => archive.output.iter().filter_map(|it| place(&it.value)).collect(),
        Action::Copy(copy) if !copy.to_remote => {
            // Into a directory, the name stays.
            let into = copy.destination.value.trim_end_matches('/');
            let inner = copy.sources.iter().filter_map(|source| {
                let source = source.value.trim_end_matches('/');
                place(&format!("{into}/{}", source.rsplit('/').next().unwrap_or(source)))
            });
            place(&copy.destination.value).into_iter().chain(inner).collect()
        }
        _ => Vec::new(),
    }
}
