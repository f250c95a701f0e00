//! `specc check --fix`: do what findings propose, judge again, and go on until nothing is left to do.
//!
//! All of it happens on a tree in memory. Fixes that make a file unparsable or bring a new error are taken back, also
//! where only one of many is to blame. Only what is left at the end is written, all files or none.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::ops::Range;

use crate::diag::{Applicability, Diagnostic, Level};
use crate::files::overlay::Overlay;
use crate::files::{Files, Kind};
use crate::ops::check::{Change, CheckOptions, Checked, check};
use crate::output::edits;
use crate::output::journal;
use crate::output::write::{Finisher, Replacement, replace};
use crate::repo;
use crate::repo::secrets::Secrets;
use crate::source::Sources;

/// How often everything is judged again, at most. A fix rarely makes another one possible, and then only once.
const ROUNDS: usize = 32;

/// What fixing came to.
#[derive(Default, Debug)]
pub struct Fixed {
    /// What is left to be told.
    pub checked: Checked,
    /// How many findings are gone because of a fix of theirs.
    pub n_fixed: usize,
    /// Codes of those, with how many of each.
    pub codes: BTreeMap<&'static str, usize>,
    /// The files with other texts, by path.
    pub changes: Vec<Replacement>,
    /// Values that must not be told.
    pub secrets: Vec<String>,
    /// Where secrets stand in the old and in the new texts, by path.
    pub hidden: [BTreeMap<String, Vec<Range<usize>>>; 2],
}

/// Which fixes to do.
#[derive(Clone, Default, Debug)]
pub struct FixOptions {
    /// Whether to do unsafe ones too.
    pub with_unsafe: bool,
    /// The only file to change, if not all may be.
    pub only: Option<String>,
}

/// Fixes what can be fixed, in memory. `sources` are those of what is left.
pub fn fix(files: &dyn Files, options: &CheckOptions, fixes: &FixOptions, sources: &mut Sources) -> Fixed {
    let tree = Overlay::new(files);
    let checked = check(&tree, options.clone(), sources);
    let (mut secrets, hidden_before) = secrets(&checked, sources);
    let mut state = State {
        options,
        fixes,
        tree,
        checked,
        sources: std::mem::take(sources),
        before: BTreeMap::new(),
        refused: BTreeSet::new(),
        untouchable: untouchable(files, options),
        notes: BTreeSet::new(),
        n_fixed: 0,
        codes: BTreeMap::new(),
    };
    for _ in 0..ROUNDS {
        let candidates = state.candidates();
        if candidates.is_empty() {
            break;
        }
        state.attempt(&candidates);
    }
    *sources = state.sources;
    let mut checked = state.checked;
    let (values, hidden_after) = self::secrets(&checked, sources);
    secrets.extend(values);
    checked.notes.extend(state.notes);
    let texts = state.tree.texts();
    let changes = state.before.into_iter().filter_map(|(path, before)| {
        let after = texts.get(&path)?.clone();
        (after != before).then_some(Replacement { path, before, after })
    });
    let (changes, hidden) = (changes.collect(), [hidden_before, hidden_after]);
    Fixed { checked, n_fixed: state.n_fixed, codes: state.codes, changes, secrets, hidden }
}

/// Returns what must not be told: values, and places by path.
fn secrets(checked: &Checked, sources: &Sources) -> (Vec<String>, BTreeMap<String, Vec<Range<usize>>>) {
    let found = Secrets::of(&checked.repo);
    let mut places: BTreeMap<String, Vec<Range<usize>>> = BTreeMap::new();
    for it in found.places {
        places.entry(sources.path(it.file).to_string()).or_default().push(it.start as usize..it.end as usize);
    }
    (found.values, places)
}

/// Writes the new texts: all of them, or none. The caller holds the tree.
///
/// # Errors
/// Those of the disk, or that a file is not any more what was judged.
pub fn write(fixed: &Fixed, files: &dyn Files, finisher: Finisher<'_>) -> io::Result<()> {
    if fixed.changes.is_empty() {
        return Ok(());
    }
    journal::recover(files)?;
    replace(&fixed.changes, files, finisher)
}

/// Returns the files that are not what lies on the disk: what is judged there is what is staged.
fn untouchable(files: &dyn Files, options: &CheckOptions) -> BTreeSet<String> {
    let is_staged = options.change == Some(Change::Staged);
    let texts = files.root().filter(|_| is_staged).and_then(repo::git::index_texts);
    texts.unwrap_or_default().into_keys().collect()
}

/// What identifies a fix from one round to the next: its place moves.
type Key = (Identity, Vec<String>);

struct State<'a> {
    options: &'a CheckOptions,
    fixes: &'a FixOptions,
    tree: Overlay<'a>,
    checked: Checked,
    sources: Sources,
    /// What files held that have another text now.
    before: BTreeMap<String, Vec<u8>>,
    /// Fixes that did harm.
    refused: BTreeSet<Key>,
    untouchable: BTreeSet<String>,
    notes: BTreeSet<String>,
    n_fixed: usize,
    codes: BTreeMap<&'static str, usize>,
}

impl State<'_> {
    fn key(&self, finding: &Diagnostic) -> Key {
        let edits = finding.fix.iter().flat_map(|it| &it.edits).map(|it| it.replacement.clone()).collect();
        (identity(finding, &self.sources), edits)
    }

    /// Returns which findings have a fix to do.
    fn candidates(&mut self) -> Vec<usize> {
        let mut found = Vec::new();
        for at in 0..self.checked.findings.len() {
            let finding = &self.checked.findings[at];
            let Some(fix) = finding.fix.as_ref().filter(|it| wanted(it.applicability, self.fixes.with_unsafe)) else {
                continue;
            };
            if self.refused.contains(&self.key(finding)) {
                continue;
            }
            let paths: BTreeSet<&str> = fix.edits.iter().map(|it| self.sources.path(it.span.file)).collect();
            match paths.iter().find_map(|it| Some((it, self.obstacle(it)?))) {
                Some((path, why)) => drop(self.notes.insert(format!("{path} was not fixed: {why}"))),
                None => found.push(at),
            }
        }
        found
    }

    /// Returns why a file is to be left alone, as a clause.
    fn obstacle(&self, path: &str) -> Option<&'static str> {
        if self.tree.texts().contains_key(path) {
            return None;
        }
        if self.fixes.only.as_ref().is_some_and(|it| it != path) {
            return Some("it was not given");
        }
        if self.untouchable.contains(path) {
            return Some("what is staged is not what lies on the disk");
        }
        if self.tree.is_link(path) {
            return Some("it is a link; fix the file that it leads to");
        }
        if self.tree.kind(path) != Some(Kind::File) {
            return Some("it is not a file below the root");
        }
        if self.tree.is_read_only(path) {
            return Some("it is read-only");
        }
        let Ok(text) = self.tree.read_text(path) else { return Some("it changed while it was judged") };
        let is_generated = text.lines().next().is_some_and(|it| it.contains("Generated by specc from"));
        is_generated.then_some("it is generated; change the spec")
    }

    /// Does some fixes; if that does harm, only those of them that do none. Returns whether anything was done.
    fn attempt(&mut self, candidates: &[usize]) -> bool {
        let fixes: Vec<_> = candidates.iter().filter_map(|it| self.checked.findings[*it].fix.as_ref()).collect();
        let merged = edits::merge(&fixes, &self.sources);
        let taken: Vec<usize> = merged.taken.iter().map(|it| candidates[*it]).collect();
        let old = self.tree.texts().clone();
        let mut sound = !taken.is_empty();
        for (file, text) in &merged.texts {
            let path = self.sources.path(*file).to_string();
            let Ok(before) = self.tree.read(&path) else {
                sound = false;
                continue;
            };
            let was = repo::soundness::n_faults(&path, self.sources.text(*file));
            sound &= before == self.sources.text(*file).as_bytes() && repo::soundness::n_faults(&path, text) <= was;
            self.before.entry(path.clone()).or_insert(before);
            self.tree.put(&path, text.clone().into_bytes());
        }
        if sound {
            let mut sources = Sources::default();
            let checked = check(&self.tree, self.options.clone(), &mut sources);
            if !self.is_worse(&taken, &checked, &sources) {
                self.n_fixed += taken.len();
                taken.iter().for_each(|it| *self.codes.entry(self.checked.findings[*it].code.id).or_default() += 1);
                (self.checked, self.sources) = (checked, sources);
                return true;
            }
        }
        self.tree.reset(old);
        match taken.as_slice() {
            [] | [_] => {
                let all = if taken.is_empty() { candidates } else { &taken };
                let keys: Vec<Key> = all.iter().map(|it| self.key(&self.checked.findings[*it])).collect();
                self.refused.extend(keys);
                false
            }
            // The rest comes in the next round: places have moved.
            many => {
                let (first, second) = many.split_at(many.len() / 2);
                self.attempt(first) || self.attempt(second)
            }
        }
    }

    /// Returns whether some of the fixes did not help, or there is an error, or a file that cannot be read, that was not
    /// there before.
    fn is_worse(&self, taken: &[usize], after: &Checked, sources: &Sources) -> bool {
        let (old, new) = (counts(&self.checked, &self.sources), counts(after, sources));
        let n = |counts: &Counts, it: &Identity| counts.get(it).map_or(0, |it| it.0);
        let is_left = |at: &usize| {
            let it = identity(&self.checked.findings[*at], &self.sources);
            n(&new, &it) >= n(&old, &it)
        };
        let is_new =
            |(it, (n_now, level)): (&Identity, &(usize, Level))| *level == Level::Error && *n_now > n(&old, it);
        after.repo.not_read.len() > self.checked.repo.not_read.len()
            || taken.iter().any(is_left)
            || new.iter().any(is_new)
    }
}

/// What a finding is known by while its place moves: code, path, message.
type Identity = (&'static str, String, String);

/// How many findings are alike, and how bad they are.
type Counts = BTreeMap<Identity, (usize, Level)>;

fn identity(finding: &Diagnostic, sources: &Sources) -> Identity {
    let path = finding.span().map_or(String::new(), |it| sources.path(it.file).to_string());
    (finding.code.id, path, finding.message.clone())
}

fn counts(checked: &Checked, sources: &Sources) -> Counts {
    let mut counts = Counts::new();
    for it in &checked.findings {
        counts.entry(identity(it, sources)).or_insert((0, it.level)).0 += 1;
    }
    counts
}

/// Returns whether a fix may be done unseen.
pub fn wanted(applicability: Applicability, with_unsafe: bool) -> bool {
    applicability == Applicability::Safe || with_unsafe
}
