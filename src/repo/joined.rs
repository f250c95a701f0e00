//! YAML files that somebody puts together before anybody reads them: a file of anchors in front of each other one. What
//! is an alias of nothing in one of them has its anchor in another.

use std::collections::{BTreeMap, BTreeSet};

use super::RepoFile;
use super::kind::Kind;
use super::texts::Texts;
use crate::diag::Diagnostic;
use crate::source::FileId;
use crate::syntax::yaml::alias_of_nothing;

/// Takes away what was said of aliases whose anchor stands in another file, and returns the files that have some. Two
/// files with services are no parts of one: there, an anchor was thought to reach over.
pub fn forgive(diagnostics: &mut Vec<Diagnostic>, files: &[RepoFile], texts: &Texts) -> BTreeSet<FileId> {
    let wanted: BTreeSet<String> = diagnostics.iter().filter_map(alias_of_nothing).map(str::to_string).collect();
    if wanted.is_empty() {
        return BTreeSet::new();
    }
    let anchors = anchors(&wanted, files, texts);
    let mut continued = BTreeSet::new();
    for it in std::mem::take(diagnostics) {
        let file = it.span().map(|it| it.file);
        let mut places: Vec<usize> = alias_of_nothing(&it).and_then(|it| anchors.get(it)).cloned().unwrap_or_default();
        places.retain(|at| Some(files[*at].file) != file);
        let own = file.and_then(|file| files.iter().position(|it| it.file == file));
        let is_whole = own.is_some_and(|it| has_services(it, files, texts));
        let is_part = |at: &usize| !(is_whole && has_services(*at, files, texts));
        match places.first() {
            Some(_) if places.iter().any(is_part) => continued.extend(file),
            Some(at) => {
                let path = &files[*at].path;
                let help = format!("an anchor is known in its own file only: repeat that of `{path}` here");
                diagnostics.push(it.help(help));
            }
            None => diagnostics.push(it),
        }
    }
    continued
}

/// Returns whether a file is a compose file that can stand alone.
fn has_services(at: usize, files: &[RepoFile], texts: &Texts) -> bool {
    let mut buffer = Vec::new();
    let text = texts.again((at, &files[at]), &mut buffer).unwrap_or_default();
    files[at].kind == Kind::Compose
        && (text.starts_with(b"services:") || memchr::memmem::find(text, b"\nservices:").is_some())
}

/// Returns the files in which anchors of these names stand, by their places in the list.
fn anchors<'w>(wanted: &'w BTreeSet<String>, files: &[RepoFile], texts: &Texts) -> BTreeMap<&'w str, Vec<usize>> {
    let mut found: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    let mut buffer = Vec::new();
    for (at, file) in files.iter().enumerate() {
        if !matches!(file.kind, Kind::Yaml | Kind::Compose) {
            continue;
        }
        let Some(text) = texts.again((at, file), &mut buffer) else { continue };
        for name in wanted {
            let is_whole =
                |end: usize| text.get(end).is_none_or(|it| !it.is_ascii_alphanumeric() && !b"_-.".contains(it));
            let anchor = format!("&{name}");
            if memchr::memmem::find_iter(text, anchor.as_bytes()).any(|it| is_whole(it + anchor.len())) {
                found.entry(name).or_default().push(at);
            }
        }
    }
    found
}
