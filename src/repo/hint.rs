//! What somebody says about a repository that its files do not show: where its settings, tests, readers and transfers
//! are. Readers and rules take it for granted; whoever says it finds out whether it is so.

use super::Repo;
use super::fact::Text;
use super::tree::patterns;

/// What is said, with paths from the root.
#[derive(Clone, Default, Debug)]
pub struct Hints {
    /// Settings classes.
    pub settings: Vec<SettingsHint>,
    /// Files with test fixtures.
    pub fixtures: Vec<String>,
    /// Env files that tests run with.
    pub test_env_files: Vec<Text>,
    /// Files and folders of programs that read the environment, even where they look like tools.
    pub readers: Vec<String>,
    /// Scripts that copy files to machines.
    pub transfers: Vec<String>,
    /// Files and folders in which a stale name is a mistake, even where it is only prose.
    pub references: Vec<String>,
    /// The minor version of the cluster that manifests are for.
    pub kubernetes: Option<u32>,
}

/// What is said of a settings class.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SettingsHint {
    /// Its file.
    pub path: String,
    /// Its name.
    pub class: String,
    /// What joins the names of nested fields.
    pub nested: Option<String>,
    /// The services that use it; empty if nobody says.
    pub services: Vec<String>,
}

impl Hints {
    /// Returns the services that use a class of a file, if somebody says so.
    pub fn services_of(&self, path: &str) -> Option<Vec<&str>> {
        let own = self.settings.iter().filter(|it| it.path == path);
        let services: Vec<&str> = own.flat_map(|it| &it.services).map(String::as_str).collect();
        (!services.is_empty()).then_some(services)
    }

    /// Returns whether a file holds fixtures, or belongs to what does.
    pub fn is_fixture(&self, path: &str) -> bool {
        holds(&self.fixtures, path)
    }

    /// Returns whether a file is a program's, though it looks like a tool's.
    pub fn is_reader(&self, path: &str) -> bool {
        holds(&self.readers, path)
    }

    /// Returns whether a script copies to machines.
    pub fn is_transfer(&self, path: &str) -> bool {
        holds(&self.transfers, path)
    }

    /// Returns whether a stale name in a file is a mistake.
    pub fn is_reference(&self, path: &str) -> bool {
        holds(&self.references, path)
    }
}

impl Repo {
    /// Returns whether a path or pattern, as of the spec's `check` section, means any file.
    pub fn has_place(&self, place: &str) -> bool {
        if place == "." || self.tree.exists(place) {
            return true;
        }
        let Some(pattern) = patterns(&[place.to_string()]) else { return false };
        self.files.iter().any(|it| pattern.matched_path_or_any_parents(&*it.path, false).is_ignore())
    }
}

/// Returns whether a path is one of some places or below one; places may be patterns.
fn holds(places: &[String], path: &str) -> bool {
    let is_below =
        |it: &String| it == "." || path == it || path.strip_prefix(it.as_str()).is_some_and(|it| it.starts_with('/'));
    places.iter().any(is_below)
        || places.iter().any(|it| it.contains(['*', '?', '[']))
            && patterns(places).is_some_and(|it| it.matched_path_or_any_parents(path, false).is_ignore())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_files_folders_and_patterns() {
        let places = ["scripts/deploy.sh", "docs", "notes/*.md"].map(str::to_string);
        for (path, expected) in [
            ("scripts/deploy.sh", true),
            ("docs/a/b.md", true),
            ("docs2/a.md", false),
            ("notes/x.md", true),
            ("notes/x.txt", false),
        ] {
            assert_eq!(holds(&places, path), expected, "{path}");
        }
    }
}
