//! Who reads which variable: an index over everything that asks for one.
//!
//! Readers know only the forms they know. A name that is set somewhere is therefore looked for, as a plain word, in all
//! files that are not env files or prose; only if it is in none of them may a rule call it unread.

use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap, HashSet};

use indexmap::IndexMap;
use smallvec::SmallVec;

use super::fact::{EnvRead, Facts, Field, SettingsClass};
use super::fnv::Fnv;
use super::framework::Frameworks;
use super::kind::Kind;
use super::known_library::{is_of_client, word_of_client};
use super::known_variable;
use super::texts::Texts;
use super::{Repo, compose};
use crate::source::Span;
use crate::syntax::node::{Node, Value};

/// Where a variable is read; an index into the facts.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Use {
    /// One of `facts.reads`.
    Read(usize),
    /// A field of one of `facts.settings`.
    Field(usize, usize),
    /// A reference of one of `facts.compose_files`.
    Reference(usize, usize),
}

/// Uses by name: in the order of names, and asked for more often than anything else.
type Uses = IndexMap<String, SmallVec<[Use; 1]>, Fnv>;

/// The index.
#[derive(Default, Debug)]
pub struct Usage {
    exact: Uses,
    /// By upper-cased name, for readers that do not care about case.
    folded: Uses,
    prefixes: HashMap<String, SmallVec<[Use; 1]>, Fnv>,
    /// How long the prefixes are: a name is cut to each of these rather than held against each prefix.
    prefix_lengths: BTreeSet<usize>,
    /// What names end in that code puts together.
    suffixes: Vec<String>,
    /// Names that no reader was seen to read, but that stand in some file of code.
    mentioned: BTreeSet<String>,
    /// Names that compose files ask for and nothing is seen to set, but that stand in some file of data.
    in_data: BTreeSet<String>,
    /// What the program is built with reads more.
    frameworks: Frameworks,
}

/// What may come before a name in a file that serves several environments.
const ENVIRONMENT_PREFIXES: &[&str] =
    &["DEV_", "PROD_", "PRODUCTION_", "DEVELOPMENT_", "STAGING_", "STAGE_", "TEST_", "LOCAL_", "CI_", "_"];

/// Returns a name and, if it starts with the name of an environment, the rest.
pub fn plain_names(name: &str) -> impl Iterator<Item = &str> {
    let rest = ENVIRONMENT_PREFIXES.iter().find_map(|it| name.strip_prefix(it)).filter(|it| it.len() > 2);
    std::iter::once(name).chain(rest)
}

/// Returns the names that [`plain_names`] takes for a name behind the prefix of an environment.
pub fn prefixed_names(name: &str) -> impl Iterator<Item = String> {
    let prefixes = ENVIRONMENT_PREFIXES.iter().filter(|_| name.len() > 2);
    prefixes.map(move |it| format!("{it}{name}"))
}

impl Usage {
    /// Makes the index.
    pub fn of(repo: &Repo) -> Usage {
        let suffixes = repo.facts.env_suffixes.clone();
        let mut usage =
            Usage { suffixes, frameworks: Frameworks::of(&repo.tree, &repo.facts.dockerfiles), ..Usage::default() };
        // Maps of the right size from the start, rather than ever larger ones.
        let n_references: usize = repo.facts.compose_files.iter().map(|it| it.references.len()).sum();
        usage.exact.reserve(repo.facts.reads.len() + n_references);
        usage.folded.reserve(repo.facts.settings.iter().map(|it| it.fields.len()).sum());
        for (at, read) in repo.facts.reads.iter().enumerate() {
            if read.is_prefix {
                usage.add_prefix(read.name.value.clone(), Use::Read(at));
            } else {
                usage.exact.entry(read.name.value.clone()).or_default().push(Use::Read(at));
            }
        }
        for (at, class) in repo.facts.settings.iter().enumerate() {
            for (index, field) in class.fields.iter().enumerate() {
                usage.add_field(class, field, Use::Field(at, index));
            }
        }
        for (at, file) in repo.facts.compose_files.iter().enumerate() {
            for (index, it) in file.references.iter().enumerate() {
                usage.exact.entry(it.reference.name.clone()).or_default().push(Use::Reference(at, index));
            }
        }
        usage.exact.sort_unstable_keys();
        usage.folded.sort_unstable_keys();
        usage
    }

    fn add_field(&mut self, class: &SettingsClass, field: &Field, at: Use) {
        for name in &field.env_names {
            if class.is_case_sensitive {
                self.exact.entry(name.clone()).or_default().push(at);
            } else {
                self.folded.entry(name.to_ascii_uppercase()).or_default().push(at);
            }
            if let Some(delimiter) = &class.nested_delimiter {
                self.add_prefix(format!("{}{}", name.to_ascii_uppercase(), delimiter.value), at);
            }
        }
    }

    fn add_prefix(&mut self, prefix: String, at: Use) {
        self.prefix_lengths.insert(prefix.len());
        self.prefixes.entry(prefix).or_default().push(at);
    }

    /// Returns the places that read every name with one of the beginnings of this name.
    fn begun(&self, name: &str) -> impl Iterator<Item = &Use> {
        let beginnings = self.prefix_lengths.range(..=name.len()).filter_map(|it| name.get(..*it));
        beginnings.filter_map(|it| self.prefixes.get(it)).flatten()
    }

    /// Returns every place that reads exactly this name.
    pub fn of_name(&self, name: &str) -> Vec<Use> {
        self.uses(name).collect()
    }

    fn uses(&self, name: &str) -> impl Iterator<Item = Use> {
        let exact = self.exact.get(name).into_iter().flatten();
        let folded = self.folded.get(&*upper(name)).into_iter().flatten();
        exact.chain(folded).chain(self.begun(name)).copied()
    }

    /// Returns whether any place reads exactly this name.
    fn has(&self, name: &str) -> bool {
        let is_folded = || self.folded.contains_key(&*upper(name));
        let is_begun = || self.begun(name).next().is_some();
        self.exact.contains_key(name) || (!self.folded.is_empty() && is_folded()) || is_begun()
    }

    /// Returns whether anything may read a name, be it a library.
    pub fn is_read(&self, name: &str) -> bool {
        plain_names(name).any(|it| self.has(it) || self.is_mentioned(it) || known_variable::is_library_variable(it))
    }

    /// Returns whether a name that no reader was seen to read stands in some file of code, is put together there, or
    /// belongs to what the program is built with.
    pub fn is_mentioned(&self, name: &str) -> bool {
        self.mentioned.contains(name)
            || self.suffixes.iter().any(|it| name.ends_with(it.as_str()))
            || self.frameworks.read(name)
            || is_of_client(name) && word_of_client(name).is_none_or(|it| self.mentioned.contains(&it))
    }

    /// Returns every name that is read as such.
    pub fn names(&self) -> impl Iterator<Item = (&str, &[Use])> {
        self.exact.iter().chain(&self.folded).map(|it| (it.0.as_str(), it.1.as_slice()))
    }

    /// Takes for mentioned what stands in the texts of the repository and nothing is seen to read. The names that were
    /// `searched` for are those of them that were `seen` when the files were read.
    pub(super) fn confirm(&mut self, repo: &Repo, texts: &Texts, (searched, seen): (&NameSearch, BTreeSet<String>)) {
        let mut names = unread(self, repo);
        if names.is_empty() {
            return;
        }
        let pieces = pieces(&names);
        names.extend(pieces);
        let search = NameSearch::new(&names);
        for file in &repo.facts.compose_files {
            in_node(&file.node, &search, &mut self.mentioned);
        }
        self.mentioned.extend(seen.into_iter().filter(|it| names.contains(it)));
        let list: Vec<usize> =
            (0..repo.files.len()).filter(|it| may_name(repo.files[*it].kind, &repo.files[*it].path)).collect();
        // Of a compose file that only its text shows to be one: the others have to be read again.
        names.retain(|it| !searched.is_for(it));
        if !names.is_empty() {
            let search = NameSearch::new(&names);
            let found = super::in_parts(&list, |_, part| {
                let (mut found, mut buffer) = (BTreeSet::new(), Vec::new());
                for at in part {
                    if let Some(bytes) = texts.again((*at, &repo.files[*at]), &mut buffer) {
                        search.look(bytes, &mut found);
                    }
                }
                found
            });
            self.mentioned.extend(found.into_iter().flatten());
        }
        if self.mentioned.contains(OF_FILE) {
            self.suffixes.push(OF_FILE.to_string());
        }
        self.properties(repo, texts, &list);
    }

    /// Returns whether a name that compose asks for stands in a file of data, which then makes the env file, or is read
    /// by what starts compose: a node's variables, `[env]` of mise.
    pub fn is_in_data(&self, name: &str) -> bool {
        self.in_data.contains(name)
    }

    /// Looks in files of data for what compose files ask for and no file sets.
    pub(super) fn look_in_data(&mut self, repo: &Repo, texts: &Texts) {
        let set: HashSet<&str, Fnv> = in_env_files(&repo.facts).collect();
        let references = repo.facts.compose_files.iter().flat_map(|it| &it.references).map(|it| &it.reference);
        let asked = references.filter(|it| it.operation.is_none() && !set.contains(it.name.as_str()));
        let names: BTreeSet<String> = asked.flat_map(|it| searched_names(&it.name)).map(str::to_string).collect();
        if names.is_empty() {
            return;
        }
        let search = NameSearch::new(&names);
        let mut buffer = Vec::new();
        for (at, file) in repo.files.iter().enumerate() {
            let is_data = matches!(file.kind, Kind::Yaml | Kind::Toml) && !file.path.starts_with(".github/");
            if is_data && let Some(bytes) = texts.again((at, file), &mut buffer) {
                search.look(bytes, &mut self.in_data);
            }
        }
    }

    /// Looks for the properties that programs of the JVM name: each is a variable, too.
    fn properties(&mut self, repo: &Repo, texts: &Texts, list: &[usize]) {
        if !self.frameworks.has_properties {
            return;
        }
        let mut buffer = Vec::new();
        for at in list {
            let file = &repo.files[*at];
            let ends = [".yml", ".yaml", ".properties", ".java", ".kt", ".scala", ".groovy"];
            if ends.iter().any(|it| file.path.ends_with(it))
                && let Some(bytes) = texts.again((*at, file), &mut buffer)
            {
                self.frameworks.add_roots(&file.path, &String::from_utf8_lossy(bytes));
            }
        }
    }
}

/// What ends the name of a variable that holds the path of a file with the value.
const OF_FILE: &str = "_FILE";

/// Returns whether a file is code in which the name of a variable is looked for.
pub(super) fn may_name(kind: Kind, path: &str) -> bool {
    let is_code = !matches!(
        kind,
        Kind::EnvFile
            | Kind::EnvTemplate
            | Kind::Markdown
            | Kind::IgnoreList
            | Kind::Spec
            | Kind::Compose
            | Kind::Binary
    );
    is_code && !is_lock(path)
}

/// Returns whether files of a kind set variables whose names are looked for in code.
pub(super) fn may_set(kind: Kind) -> bool {
    matches!(kind, Kind::Compose | Kind::EnvFile | Kind::EnvTemplate)
}

/// Returns what code may have in it that reads one of these names without naming it.
fn pieces(names: &BTreeSet<String>) -> Vec<String> {
    // `$1_FILE`, `key . '_FILE'`: what takes secrets from files puts their names together.
    let of_file = names.iter().any(|it| it.ends_with(OF_FILE)).then(|| OF_FILE.to_string());
    names.iter().filter_map(|it| word_of_client(it)).chain(of_file).collect()
}

/// Names that are looked for as whole words.
pub(super) struct NameSearch {
    names: HashSet<Vec<u8>, Fnv>,
    /// Which bytes stand in names.
    inner: [bool; 256],
    /// How long the shortest and the longest name is.
    length: (usize, usize),
    /// Names that are more than a word, or written in small letters.
    others: Vec<String>,
}

/// So many names are looked for one by one.
const RARE: usize = 8;

impl NameSearch {
    /// Looks for what files set.
    pub fn of_set<'f>(facts: impl Iterator<Item = &'f Facts>) -> NameSearch {
        let set: HashSet<&str, Fnv> = facts.flat_map(set_names).collect();
        let mut names = set.into_iter().flat_map(searched_names).map(str::to_string).collect();
        let pieces = pieces(&names);
        names.extend(pieces);
        NameSearch::new(&names)
    }

    fn new(names: &BTreeSet<String>) -> NameSearch {
        let has_small = |it: &&String| it.bytes().any(|it| it.is_ascii_lowercase());
        // A few that are written as most of code is are found sooner one by one.
        let are_rare = names.iter().filter(has_small).count() <= RARE;
        let is_word = |it: &&String| !it.is_empty() && it.bytes().all(is_word) && !(are_rare && has_small(it));
        let (words, others): (Vec<&String>, Vec<&String>) = names.iter().partition(is_word);
        let mut inner = [false; 256];
        words.iter().flat_map(|it| it.bytes()).for_each(|it| inner[usize::from(it)] = true);
        let lengths = || words.iter().map(|it| it.len());
        NameSearch {
            inner,
            length: (lengths().min().unwrap_or(usize::MAX), lengths().max().unwrap_or(0)),
            names: words.into_iter().map(|it| it.as_bytes().to_vec()).collect(),
            others: others.into_iter().cloned().collect(),
        }
    }

    /// Returns all that is looked for, in a fixed order.
    pub fn listed(&self) -> impl Iterator<Item = &[u8]> {
        let words: BTreeSet<&[u8]> = self.names.iter().map(Vec::as_slice).collect();
        words.into_iter().chain(self.others.iter().map(String::as_bytes))
    }

    fn is_for(&self, name: &str) -> bool {
        self.names.contains(name.as_bytes()) || self.others.iter().any(|it| it == name)
    }

    /// Adds the names that stand in a text.
    pub fn look(&self, bytes: &[u8], found: &mut BTreeSet<String>) {
        let (shortest, longest) = self.length;
        // A name that begins here or later covers this byte, or one of those that are looked at after it.
        let mut at = shortest - 1;
        while let Some(byte) = bytes.get(at) {
            // Code is mostly small letters, and names of variables are not.
            if !self.inner[usize::from(*byte)] {
                at = at.saturating_add(shortest);
                continue;
            }
            let start = bytes[..at].iter().rposition(|it| !is_word(*it)).map_or(0, |it| it + 1);
            let end = bytes[at..].iter().position(|it| !is_word(*it)).map_or(bytes.len(), |it| at + it);
            let word = &bytes[start..end];
            at = end.saturating_add(shortest);
            if (shortest..=longest).contains(&word.len()) && self.names.contains(word) {
                // Found again and again, it is copied once.
                let name = String::from_utf8_lossy(word);
                if !found.contains(&*name) {
                    found.insert(name.into_owned());
                }
            }
        }
        for name in &self.others {
            let is_outside = |at: Option<usize>| !at.and_then(|it| bytes.get(it)).is_some_and(|it| is_word(*it));
            let is_whole = |at: &usize| is_outside(at.checked_sub(1)) && is_outside(Some(at + name.len()));
            if memchr::memmem::find_iter(bytes, name).any(|at| is_whole(&at)) {
                found.insert(name.clone());
            }
        }
    }
}

/// Which bytes make words: one look for each byte of a repository.
static WORD: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0;
    while byte < 256 {
        table[byte] = (byte as u8).is_ascii_alphanumeric() || byte as u8 == b'_';
        byte += 1;
    }
    table
};

fn is_word(byte: u8) -> bool {
    WORD[usize::from(byte)]
}

/// Returns a name in capitals, in which most names are written.
fn upper(name: &str) -> Cow<'_, str> {
    if name.bytes().any(|it| it.is_ascii_lowercase()) { name.to_ascii_uppercase().into() } else { name.into() }
}

fn is_lock(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.contains("lock") || name.ends_with(".svg") || name.ends_with(".csv") || name.ends_with(".min.js")
}

/// Returns the names of variables in env files.
fn in_env_files(facts: &Facts) -> impl Iterator<Item = &str> {
    facts.env_files.iter().flat_map(|it| &it.entries).map(|it| it.name.value.as_str())
}

/// Returns the names of variables that compose files give to services.
fn in_services(facts: &Facts) -> impl Iterator<Item = &str> {
    let services = facts.compose_files.iter().flat_map(|it| &it.model.services);
    services.flat_map(|it| &it.environment).map(|it| it.name.value.as_str())
}

fn set_names(facts: &Facts) -> impl Iterator<Item = &str> {
    in_env_files(facts).chain(in_services(facts))
}

/// Returns what is looked for of a name.
fn searched_names(name: &str) -> impl Iterator<Item = &str> {
    plain_names(name).filter(|it| it.len() > 2)
}

/// Returns the names that are set somewhere and that nothing is seen to read.
fn unread(usage: &Usage, repo: &Repo) -> BTreeSet<String> {
    let is_seen = |name: &str| {
        // What fills `${X}` in a compose file reads X of an env file, but not X of a container.
        plain_names(name).any(|it| usage.uses(it).any(|it| !matches!(it, Use::Reference(..))))
            || known_variable::is_library_variable(name)
    };
    let mut found = BTreeSet::new();
    // A file for each environment names the same.
    let in_files: HashSet<&str, Fnv> = in_env_files(&repo.facts).collect();
    let in_services: HashSet<&str, Fnv> = in_services(&repo.facts).collect();
    for name in in_files.into_iter().filter(|it| !usage.is_read(it)).chain(in_services) {
        if !is_seen(name) {
            found.extend(searched_names(name).map(str::to_string));
        }
    }
    found
}

/// Looks in commands, health checks and the like, but not where variables are set.
fn in_node(node: &Node, search: &NameSearch, found: &mut BTreeSet<String>) {
    match &node.value {
        Value::Map(map) => {
            for entry in map.entries.iter().filter(|it| !matches!(&*it.key, "environment" | "args")) {
                in_node(&entry.value, search, found);
            }
        }
        Value::Seq(items) => items.iter().for_each(|it| in_node(it, search, found)),
        Value::Scalar(it) => search.look(it.text.as_bytes(), found),
    }
}

impl Repo {
    /// Returns where a use stands.
    pub fn use_span(&self, it: Use) -> Span {
        match it {
            Use::Read(at) => self.facts.reads[at].name.span,
            Use::Field(class, field) => self.facts.settings[class].fields[field].name.span,
            Use::Reference(file, at) => self.facts.compose_files[file].references[at].span,
        }
    }

    /// Returns the read, if the use is one.
    pub fn as_read(&self, it: Use) -> Option<&EnvRead> {
        if let Use::Read(at) = it { self.facts.reads.get(at) } else { None }
    }

    /// Returns the settings field, if the use is one.
    pub fn as_field(&self, it: Use) -> Option<(&SettingsClass, &Field)> {
        let Use::Field(class, field) = it else { return None };
        let class = self.facts.settings.get(class)?;
        Some((class, class.fields.get(field)?))
    }

    /// Returns the reference and its compose file, if the use is one.
    pub fn as_reference(&self, it: Use) -> Option<(&compose::File, &compose::FieldReference)> {
        let Use::Reference(file, at) = it else { return None };
        let file = self.facts.compose_files.get(file)?;
        Some((file, file.references.get(at)?))
    }
}
