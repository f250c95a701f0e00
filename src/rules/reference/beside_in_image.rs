//! What lies beside a script in the image that it is copied into: a part of `script-missing`.

use std::cell::OnceCell;
use std::collections::BTreeMap;

use crate::repo::Repo;
use crate::repo::build_context::contexts;
use crate::repo::fact::{Dockerfile, Stage};
use crate::source::normalize;

/// What Dockerfiles copy beside scripts; collected when it is first asked for.
pub struct Images<'r> {
    repo: &'r Repo,
    /// The folders of the repository that come to where a script comes to, by its path.
    folders: OnceCell<BTreeMap<String, Vec<String>>>,
}

impl<'r> Images<'r> {
    /// Makes it of a repository.
    pub fn of(repo: &'r Repo) -> Images<'r> {
        Images { repo, folders: OnceCell::new() }
    }

    /// Returns whether a file that a script names lies beside it in some image.
    pub fn have_beside(&self, script: &str, named: &str) -> bool {
        let mut folders = self.folders.get_or_init(|| self.collect()).get(script).into_iter().flatten();
        folders.any(|it| normalize(&format!("{it}/{named}")).is_some_and(|it| self.repo.tree.exists(&it)))
    }

    fn collect(&self) -> BTreeMap<String, Vec<String>> {
        let mut found = BTreeMap::new();
        for dockerfile in &self.repo.facts.dockerfiles {
            self.add(dockerfile, &mut found);
        }
        found
    }

    fn add(&self, dockerfile: &Dockerfile, found: &mut BTreeMap<String, Vec<String>>) {
        let tree = &self.repo.tree;
        let mut known = None;
        for stage in &dockerfile.stages {
            for (script, place) in scripts(stage) {
                let contexts = known.get_or_insert_with(|| contexts(self.repo, dockerfile).folders);
                for context in contexts {
                    let at = |source: &str| normalize(&format!("{context}/{source}"));
                    let Some(path) = at(script).filter(|it| tree.has_file(it)) else { continue };
                    let folders = copied_to(stage, &place).filter_map(at).filter(|it| tree.is_directory(it));
                    found.entry(path).or_default().extend(folders);
                }
            }
        }
    }
}

/// Returns the scripts that a stage copies one by one, each with the folder in the image that it comes to.
fn scripts(stage: &Stage) -> Vec<(&str, String)> {
    let copies = stage.copies.iter().filter(|it| it.from.is_none());
    let each = copies.flat_map(|it| it.sources.iter().map(|source| (source.value.as_str(), &it.destination.value)));
    let scripts = each.filter(|it| it.0.ends_with(".sh"));
    scripts
        .filter_map(|(script, to)| Some((script, inner(stage, to.strip_suffix(".sh").map_or(to, parent))?)))
        .collect()
}

/// Returns the folder of a path in an image.
fn parent(path: &str) -> &str {
    path.rfind('/').map_or(".", |it| &path[..=it])
}

/// Returns what a stage copies to a folder of the image.
fn copied_to<'s>(stage: &'s Stage, place: &str) -> impl Iterator<Item = &'s str> {
    let copies = stage.copies.iter().filter(|it| it.from.is_none());
    let here = copies.filter(move |it| inner(stage, &it.destination.value).as_deref() == Some(place));
    here.flat_map(|it| &it.sources).map(|it| it.value.as_str())
}

/// Returns a path in an image without its slashes at both ends; one that is not absolute starts at `WORKDIR`.
fn inner(stage: &Stage, path: &str) -> Option<String> {
    let workdir = stage.workdir.as_ref().map_or("", |it| it.value.as_str());
    let whole = if path.starts_with('/') { path.to_string() } else { format!("{workdir}/{path}") };
    normalize(whole.trim_start_matches('/'))
}
