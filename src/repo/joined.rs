//! YAML files that somebody puts together before anybody reads them: a file of anchors in front of each other one. What
//! is an alias of nothing in one of them has its anchor in another.

use std::collections::{BTreeMap, BTreeSet};

use super::RepoFile;
use super::kind::Kind;
use super::texts::Texts;
use crate::diag::Diagnostic;
use crate::source::FileId;
use crate::syntax::yaml::alias_of_nothing;

/// Takes away what was said of aliases whose anchor stands in another file, and returns the files that have some.
pub fn forgive(diagnostics: &mut Vec<Diagnostic>, files: &[RepoFile], texts: &Texts) -> BTreeSet<FileId> {
    let wanted: BTreeSet<String> = diagnostics.iter().filter_map(alias_of_nothing).map(str::to_string).collect();
    if wanted.is_empty() {
        return BTreeSet::new();
    }
    let mut continued = BTreeSet::new();
    let anchors = anchors(&wanted, files, texts);
    diagnostics.retain(|it| {
        let file = it.span().map(|it| it.file);
        let places = alias_of_nothing(it).and_then(|it| anchors.get(it));
        let is_elsewhere = places.is_some_and(|it| it.iter().any(|at| Some(files[*at].file) != file));
        continued.extend(file.filter(|_| is_elsewhere));
        !is_elsewhere
    });
    continued
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
