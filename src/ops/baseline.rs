//! The baseline: findings that were there when specc came to a repository, which a check does not tell again.
//!
//! A finding is known by its fingerprint, in which there are neither line numbers nor prose, so it stays known while
//! lines move. The file is sorted and holds no secret, so that it can be committed and read in a review.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::diag::Diagnostic;
use crate::files::Files;
use crate::ops::check::Checked;
use crate::repo::secrets::Secrets;
use crate::report::Hidden;
use crate::report::fingerprint::fingerprint;
use crate::secret::Masks;
use crate::source::Sources;

/// Where it is unless somebody says otherwise.
pub const PATH: &str = ".specc-baseline.json";

/// Grows when a fingerprint is made another way: an older file then says nothing.
const VERSION: u32 = 1;

/// Which baseline to hold against.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub enum Choice {
    /// The one at its usual place, if there is one.
    #[default]
    Usual,
    /// This one.
    At(String),
    /// None.
    Without,
}

/// The file.
#[derive(Serialize, Deserialize)]
struct File {
    version: u32,
    findings: Vec<Entry>,
}

/// A finding that is known. All but the fingerprint is for people.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, Debug)]
struct Entry {
    path: String,
    code: String,
    message: String,
    fingerprint: String,
    #[serde(default = "one", skip_serializing_if = "is_one")]
    count: usize,
}

fn one() -> usize {
    1
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde wants it so")]
fn is_one(n: &usize) -> bool {
    *n == 1
}

/// A baseline as read.
#[derive(Debug)]
pub struct Baseline {
    path: String,
    entries: Vec<Entry>,
}

impl Baseline {
    /// Reads the baseline of a choice, if there is one.
    ///
    /// # Errors
    /// A sentence for the user, if the file that was named is not there, or is no baseline.
    pub fn load(files: &dyn Files, choice: &Choice) -> Result<Option<Baseline>, String> {
        let path = match choice {
            Choice::Without => return Ok(None),
            Choice::Usual if files.kind(PATH).is_none() => return Ok(None),
            Choice::Usual => PATH,
            Choice::At(path) => path,
        };
        let text = files.read_text(path).map_err(|it| format!("cannot read the baseline {path}: {it}"))?;
        let file: File = serde_json::from_str(&text).map_err(|it| format!("{path} is no baseline: {it}"))?;
        if file.version != VERSION {
            let way_out = "write it again with --write-baseline";
            return Err(format!("{path} is a baseline of version {}, not {VERSION}: {way_out}", file.version));
        }
        Ok(Some(Baseline { path: path.to_string(), entries: file.findings }))
    }

    /// Returns where it is.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Takes what is known out of the findings. `is_whole` says that all findings are there, so that what is known
    /// and not found has been mended.
    pub fn apply(self, checked: &mut Checked, sources: &Sources, is_whole: bool) {
        let hidden = if checked.findings.is_empty() { Vec::new() } else { Secrets::of(&checked.repo).places };
        let hidden = Hidden::from(hidden);
        let mut left: BTreeMap<&str, usize> = BTreeMap::new();
        for it in &self.entries {
            *left.entry(&it.fingerprint).or_default() += it.count;
        }
        let (mut new, mut known) = (Vec::new(), Vec::new());
        for finding in std::mem::take(&mut checked.findings) {
            match left.get_mut(fingerprint(&finding, sources, &hidden).as_str()).filter(|it| **it > 0) {
                Some(n) => {
                    *n -= 1;
                    known.push(finding);
                }
                None => new.push(finding),
            }
        }
        (checked.findings, checked.known) = (new, known);
        let is_stale = |it: &&Entry| left.get(it.fingerprint.as_str()).is_some_and(|it| *it > 0);
        let stale: Vec<&Entry> = self.entries.iter().filter(is_stale).filter(|_| is_whole).collect();
        const SHOWN: usize = 5;
        for it in stale.iter().take(SHOWN) {
            let what = format!("{} in {}", it.code, it.path);
            checked.notes.push(format!("{} names what is not found any more: {what}: {}", self.path, it.message));
        }
        if stale.len() > SHOWN {
            checked.notes.push(format!("{} names {} more such findings", self.path, stale.len() - SHOWN));
        }
        if !stale.is_empty() {
            checked.notes.push(format!("`--write-baseline` takes what was mended out of {}", self.path));
        }
    }
}

/// Returns the text of a baseline that knows some findings.
pub fn render(findings: &[Diagnostic], sources: &Sources, secrets: &Secrets) -> String {
    let (masks, hidden) = (Masks::new(&secrets.values), Hidden::from(secrets.places.clone()));
    let mut entries: Vec<Entry> = findings
        .iter()
        .map(|it| Entry {
            path: it.span().map_or(String::new(), |it| sources.path(it.file).to_string()),
            code: it.code.id.to_string(),
            message: masks.hide(&it.message).into_owned(),
            fingerprint: fingerprint(it, sources, &hidden),
            count: 1,
        })
        .collect();
    entries.sort();
    let mut findings: Vec<Entry> = Vec::new();
    for entry in entries {
        match findings.last_mut().filter(|it| it.fingerprint == entry.fingerprint && it.path == entry.path) {
            Some(last) => last.count += 1,
            None => findings.push(entry),
        }
    }
    let text = serde_json::to_string_pretty(&File { version: VERSION, findings }).unwrap_or_default();
    text + "\n"
}
