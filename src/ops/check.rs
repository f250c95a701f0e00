//! `specc check`: read the repository, judge it, and get the texts that findings point into.

use std::collections::BTreeSet;
use std::path::Path;

use crate::diag::{Diagnostic, Diags};
use crate::files::Files;
use crate::files::overlay::Overlay;
use crate::ops::baseline;
use crate::ops::baseline::{Baseline, Choice};
use crate::ops::spec_check::SpecCheck;
use crate::output::edits;
use crate::repo;
use crate::repo::Repo;
use crate::rules;
use crate::rules::{Selection, Silenced};
use crate::source::Sources;

/// What to check.
#[derive(Clone, Default, Debug)]
pub struct CheckOptions {
    /// How to read.
    pub read: repo::Options,
    /// What to judge and tell.
    pub selection: Selection,
    /// The spec's path from the root; the one at the root if `None`.
    pub spec: Option<String>,
    /// Only what a change is to blame for.
    pub change: Option<Change>,
    /// What is known already.
    pub baseline: Choice,
}

/// A change to the repository.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Change {
    /// What is in the index and not in the last commit.
    Staged,
    /// What differs from a commit.
    Since(String),
}

/// What a check came to.
#[derive(Default, Debug)]
pub struct Checked {
    /// What is to be told, sorted by place.
    pub findings: Vec<Diagnostic>,
    /// What comments keep quiet.
    pub silenced: Vec<Silenced>,
    /// What the baseline knows.
    pub known: Vec<Diagnostic>,
    /// The repository; empty if nothing had to be read.
    pub repo: Repo,
    /// What else must be said.
    pub notes: Vec<String>,
    /// Why nothing was judged, if something stood in the way: a sentence for the user.
    pub refusal: Option<String>,
}

/// Checks a repository. Texts that findings point into are in `sources` afterwards; others are not kept.
pub fn check(files: &dyn Files, mut options: CheckOptions, sources: &mut Sources) -> Checked {
    let mut notes = Vec::new();
    let Some(change) = options.change.clone() else { return judge(files, options, sources, notes) };
    match changed(files, &change) {
        Err(refusal) => return Checked { refusal: Some(refusal), ..Checked::default() },
        // The common case of a hook: not even the files are listed.
        Ok(Some(paths)) if paths.is_empty() => return Checked { notes, ..Checked::default() },
        Ok(Some(paths)) => {
            let narrowed = options.selection.paths.take().map_or(paths.clone(), |wanted| {
                let below = |it: &String| wanted.iter().any(|path| it == path || it.starts_with(&format!("{path}/")));
                paths.into_iter().filter(below).collect()
            });
            options.selection.paths = Some(narrowed);
        }
        Ok(None) => notes.push("git could not say what changed, so everything is reported".to_string()),
    }
    let index = if change == Change::Staged { files.root().and_then(repo::git::index_texts) } else { None };
    // What is judged is what will be committed, not what lies about.
    let Some(texts) = index else { return judge(files, options, sources, notes) };
    let mut checked = judge(&Overlay::of_index(files, texts), options, sources, notes);
    keep(files, &mut checked.repo);
    checked
}

/// Writes what makes the next check faster: where it cannot be written, nothing is lost. It repeats what files say that
/// perhaps only their owner may read.
fn keep(files: &dyn Files, repo: &mut Repo) {
    for (path, bytes) in std::mem::take(&mut repo.to_keep) {
        let _ = files.write_private(path, &bytes);
    }
}

/// Returns where the baseline of a repository is, or would be.
pub fn baseline_path(files: &dyn Files, options: &CheckOptions) -> String {
    let mut options = options.clone();
    if let Some(spec) = SpecCheck::find(files, options.spec.as_deref()) {
        spec.configure(&mut options);
    }
    match options.baseline {
        Choice::At(path) => path,
        _ => baseline::PATH.to_string(),
    }
}

fn judge(files: &dyn Files, mut options: CheckOptions, sources: &mut Sources, notes: Vec<String>) -> Checked {
    let spec = SpecCheck::find(files, options.spec.as_deref());
    if let Some(spec) = &spec {
        spec.configure(&mut options);
    }
    let baseline = match Baseline::load(files, &options.baseline) {
        Ok(baseline) => baseline,
        Err(refusal) => return Checked { refusal: Some(refusal), ..Checked::default() },
    };
    // It repeats what was wrong once, which is no reference to anything.
    options.read.exclude.extend(baseline.iter().map(|it| format!("/{}", it.path())));
    let mut diags = Diags::default();
    options.read.wanted = options.read.wanted.max(rules::wanted(&options.selection));
    let mut repo = repo::read(files, &options.read, sources, &mut diags);
    // A misspelt path or an empty checkout in CI must not pass for a repository in which all is well.
    if options.change.is_none() && repo.n_read.is_empty() && repo.not_read.is_empty() {
        let refusal = "there is nothing to read here: is this the right directory, and was it checked out?";
        return Checked { refusal: Some(refusal.to_string()), ..Checked::default() };
    }
    if let Some(spec) = &spec {
        spec.judge(files, &mut repo, sources, &mut diags);
    }
    let silenced = rules::judge(&repo, &options.selection, &mut diags);
    let mut findings = diags.into_sorted();
    let shown = findings.iter().chain(silenced.iter().map(|it| &it.diagnostic));
    fill_sources(files, shown, sources);
    for finding in &mut findings {
        finding.fix = finding.fix.as_ref().and_then(|it| edits::tidied(it, sources));
    }
    if !options.read.keeps_nothing {
        repo.to_keep.extend(repo.tree.history_to_keep().map(|it| (repo::history::KEPT_AT, it.into_bytes())));
    }
    if !files.only_tracked() {
        keep(files, &mut repo);
    }
    let mut checked = Checked { findings, silenced, known: Vec::new(), repo, notes, refusal: None };
    if let Some(baseline) = baseline {
        let Selection { select, ignore, paths, .. } = &options.selection;
        let is_whole = select.is_empty() && ignore.is_empty() && paths.is_none() && options.change.is_none();
        baseline.apply(&mut checked, sources, is_whole);
    }
    checked
}

/// Returns the paths of a change; `None` where there is no git to ask.
fn changed(files: &dyn Files, change: &Change) -> Result<Option<BTreeSet<String>>, String> {
    let Some(root) = files.root() else { return Ok(None) };
    let paths = match change {
        Change::Staged => repo::git::staged(root),
        Change::Since(reference) => match repo::git::changed(root, reference) {
            // A misspelt branch must not pass for one that nothing was changed on, nor for no branch at all.
            None if repo::git::knows(root, "HEAD").0 => return Err(unknown_commit(root, reference)),
            paths => paths,
        },
    };
    Ok(paths.map(|it| it.into_iter().collect()))
}

fn unknown_commit(root: &Path, reference: &str) -> String {
    let is_shallow = !reference.starts_with('-') && repo::git::knows(root, reference).1;
    let why =
        if is_shallow { ": the clone is shallow; fetch it first (`fetch-depth: 0` in GitHub Actions)" } else { "" };
    format!("git knows no commit `{reference}`{why}")
}

fn fill_sources<'a>(files: &dyn Files, findings: impl Iterator<Item = &'a Diagnostic>, sources: &mut Sources) {
    let mut wanted = BTreeSet::new();
    for finding in findings {
        wanted.extend(finding.primary.iter().chain(&finding.related).map(|it| it.span.file));
        wanted.extend(finding.fix.iter().flat_map(|it| &it.edits).map(|it| it.span.file));
    }
    for file in wanted {
        if let Ok(bytes) = files.read_walked(sources.path(file), repo::MAX_BYTES)
            && let Ok(text) = String::from_utf8(bytes)
        {
            sources.fill(file, text);
        }
    }
}
