//! Which parts of what is copied stay behind: the patterns of `rsync --exclude`, `tar --exclude` and `export-ignore`.

use crate::repo::Repo;
use crate::repo::fact::{Command, Filter, FilterBy, Text};
use crate::rules::existence::candidates;
use crate::syntax::glob;

/// The filters of one thing that is copied.
#[derive(Default)]
pub struct Filters<'r> {
    /// Patterns in order, and whether what fits is taken.
    rules: Vec<(&'r Text, bool)>,
    /// The folder that the patterns start from.
    root: String,
}

impl<'r> Filters<'r> {
    /// Collects the filters of a command, also those that stand in files.
    pub fn of(repo: &'r Repo, command: &Command, written: &'r [Filter], root: String) -> Filters<'r> {
        let mut rules = Vec::new();
        for Filter { pattern, by } in written {
            let takes = matches!(by, FilterBy::Takes | FilterBy::TakesListed);
            if matches!(by, FilterBy::Takes | FilterBy::LeavesOut) {
                rules.push((pattern, takes));
                continue;
            }
            let paths = candidates(command, &pattern.value).into_iter();
            let list = paths.filter_map(|it| repo.facts.path_lists.iter().find(|list| list.path == it)).next();
            rules.extend(list.into_iter().flat_map(|it| &it.lines).map(|it| (it, takes)));
        }
        Filters { rules, root }
    }

    /// Returns the pattern that keeps a path behind, or a folder that it lies in. The first that fits decides
    /// (<https://download.samba.org/pub/rsync/rsync.1#FILTER_RULES_IN_DEPTH>).
    pub fn leaves_out(&self, path: &str) -> Option<&'r Text> {
        if self.rules.is_empty() {
            return None;
        }
        let inner = match self.root.as_str() {
            "." => path,
            root => path.strip_prefix(root)?.strip_prefix('/')?,
        };
        let ends = inner.match_indices('/').map(|it| it.0).chain([inner.len()]);
        for end in ends {
            let first = self.rules.iter().find(|it| fits(&it.0.value, &inner[..end], end < inner.len()));
            if let Some((pattern, false)) = first {
                return Some(pattern);
            }
        }
        None
    }
}

/// Returns whether a pattern fits a path: from the start if it begins with a slash, else its last names.
fn fits(pattern: &str, path: &str, is_folder: bool) -> bool {
    let plain = pattern.trim_start_matches("./");
    let (plain, wants_folder) = plain.strip_suffix('/').map_or((plain, false), |it| (it, true));
    let plain = plain.strip_suffix("/***").unwrap_or(plain);
    if plain.is_empty() || wants_folder && !is_folder || plain.contains(['$', '[', '{']) {
        return false;
    }
    match plain.strip_prefix('/') {
        Some(plain) => glob::fits(plain, path),
        None => {
            let starts = std::iter::once(0).chain(path.match_indices('/').map(|it| it.0 + 1));
            starts.map(|it| &path[it..]).any(|it| glob::fits(plain, it))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::fits;

    #[test]
    fn a_pattern_fits_the_last_names_or_from_the_start() {
        let cases = [
            ("conf", "a/conf", true, true),
            ("conf/", "a/conf", true, true),
            ("conf/", "a/conf", false, false),
            ("/conf", "a/conf", true, false),
            ("/conf", "conf", true, true),
            ("a/*.sql", "x/a/b.sql", false, true),
            ("*.sql", "a/b/c.sql", false, true),
            ("a*sql", "a/b.sql", false, false),
            ("a**sql", "a/b.sql", false, true),
            ("*", "a", false, true),
            ("onf", "conf", false, false),
        ];
        for (pattern, path, is_folder, expected) in cases {
            assert_eq!(fits(pattern, path, is_folder), expected, "{pattern} {path}");
        }
    }
}
