//! What the history says of paths that are gone: which commit took them away, and where they went.
//!
//! The history of a commit never changes, and to walk it costs more than all the rest of a check. So what it says is
//! kept beside it, in `.git`, under the id of the commit: one line a path, sorted, searched as it stands. A file that
//! is not there, of another commit or not to be written only costs time.

use std::collections::BTreeMap;

/// Where it is kept, from the root.
pub const KEPT_AT: &str = ".git/specc/history";

/// The first word of a kept history; another one for each form of what follows.
const FORM: &str = "specc-history-1";

/// How a path left the history.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Deletion {
    /// The short id of the last commit that took it away; `HEAD` for a deletion that is not committed.
    pub commit: String,
    /// Where the path went in that commit, if the same text or the same name came up elsewhere.
    pub became: Option<String>,
}

/// A commit as git tells of it: what it added and took away, each with its text's id.
#[derive(Default, Debug)]
pub struct Commit {
    /// Its short id.
    pub id: String,
    /// Paths that were not there before.
    pub added: Vec<(String, String)>,
    /// Paths that are not there any more.
    pub deleted: Vec<(String, String)>,
}

/// The deletions of a history.
#[derive(Clone, Default, PartialEq, Eq, Debug)]
pub struct History {
    /// The commit it is that of, and its tree; empty if that is not known.
    pub head: String,
    /// The id of the tree of that commit.
    pub tree: String,
    /// Whether it is more than one commit.
    pub is_long: bool,
    /// Lines `path\tcommit\tbecame`, sorted by path.
    text: String,
    /// Where each line starts.
    lines: Vec<u32>,
}

impl History {
    /// Makes a history of deletions.
    pub fn new(deletions: &BTreeMap<String, Deletion>, is_long: bool) -> History {
        let mut text = String::new();
        // A tab or a line break in a path is somebody's joke.
        for (path, it) in deletions.iter().filter(|it| !it.0.contains(['\t', '\n'])) {
            let became = it.became.as_deref().filter(|it| !it.contains(['\t', '\n'])).unwrap_or("");
            text.extend([path, "\t", &it.commit, "\t", became, "\n"]);
        }
        History { is_long, ..History::of_text(text) }
    }

    fn of_text(text: String) -> History {
        let ends = memchr::memchr_iter(b'\n', text.as_bytes()).map(|at| u32::try_from(at + 1).unwrap_or(u32::MAX));
        let mut lines: Vec<u32> = std::iter::once(0).chain(ends).collect();
        lines.pop();
        History { text, lines, ..History::default() }
    }

    /// Reads a kept history.
    pub fn parse(kept: &str) -> Option<History> {
        let (first, rest) = kept.split_once('\n')?;
        let mut words = first.split(' ');
        let mut word = || words.next().map(str::to_string);
        let is_form = word()? == FORM;
        let (head, tree, is_long) = (word()?, word()?, word()? == "long");
        let is_whole = rest.is_empty() || rest.ends_with('\n');
        (is_form && is_whole).then(|| History { head, tree, is_long, ..History::of_text(rest.to_string()) })
    }

    /// Returns the text to keep.
    pub fn kept(&self) -> String {
        format!("{FORM} {} {} {}\n{}", self.head, self.tree, if self.is_long { "long" } else { "short" }, self.text)
    }

    /// Says which commit it is that of.
    #[must_use]
    pub fn of_commit(self, head: String, tree: String) -> History {
        History { head, tree, ..self }
    }

    /// Returns how a path left the history.
    pub fn deletion(&self, path: &str) -> Option<Deletion> {
        fields(self.line(self.at(path))?).filter(|it| it.0 == path).map(|it| it.1)
    }

    /// Returns whether a path, or anything below it, left the history.
    pub fn has(&self, path: &str) -> bool {
        let prefix = format!("{path}/");
        self.deletion(path).is_some() || self.line(self.at(&prefix)).is_some_and(|it| it.starts_with(&prefix))
    }

    /// Returns all of them, for a longer history to build on.
    pub fn deletions(&self) -> BTreeMap<String, Deletion> {
        let line = |at| fields(self.line(at)?).map(|it| (it.0.to_string(), it.1));
        (0..self.lines.len()).filter_map(line).collect()
    }

    /// Returns the first line that is not before a path.
    fn at(&self, path: &str) -> usize {
        let before = |start: &u32| {
            let line = &self.text[*start as usize..];
            let line = &line[..memchr::memchr(b'\t', line.as_bytes()).unwrap_or(0)];
            line < path
        };
        self.lines.partition_point(before)
    }

    fn line(&self, at: usize) -> Option<&str> {
        let line = &self.text[*self.lines.get(at)? as usize..];
        Some(&line[..memchr::memchr(b'\n', line.as_bytes()).unwrap_or(line.len())])
    }
}

fn fields(line: &str) -> Option<(&str, Deletion)> {
    let (path, rest) = line.split_once('\t')?;
    let (commit, became) = rest.split_once('\t')?;
    let became = Some(became.to_string()).filter(|it| !it.is_empty());
    Some((path, Deletion { commit: commit.to_string(), became }))
}

/// Adds what a commit took away. The latest comes first and has the last word.
pub fn take(commit: &Commit, found: &mut BTreeMap<String, Deletion>) {
    for (path, text) in &commit.deleted {
        if !found.contains_key(path) {
            let became = went(path, text, &commit.added).map(str::to_string);
            found.insert(path.clone(), Deletion { commit: commit.id.clone(), became });
        }
    }
}

/// Returns where a path went: to the same text, or else to the one file of its name that lies most alike, or into a
/// folder of its name.
fn went<'a>(path: &str, text: &str, added: &'a [(String, String)]) -> Option<&'a str> {
    let same = |it: &(&str, &str)| it.0 == it.1;
    let from_end = |it: &str| path.rsplit('/').zip(it.rsplit('/')).take_while(same).count();
    let from_start = |it: &str| path.split('/').zip(it.split('/')).take_while(same).count();
    let best = |fits: &dyn Fn(&(String, String)) -> bool| {
        let alike = |it: &&(String, String)| (from_end(&it.0), from_start(&it.0));
        let most = added.iter().filter(|it| fits(it)).map(|it| alike(&it)).max()?;
        let mut found = added.iter().filter(|it| fits(it)).filter(|it| alike(it) == most);
        found.next().filter(|_| found.next().is_none()).map(|it| it.0.as_str())
    };
    let stem = path.rsplit_once('.').map_or(path, |it| it.0);
    let is_inside = |it: &(String, String)| {
        let inner = it.0.strip_prefix(stem).and_then(|it| it.strip_prefix('/'));
        inner.is_some_and(|it| matches!(it, "__init__.py" | "mod.rs" | "index.ts" | "index.tsx" | "index.js"))
    };
    best(&|it| it.1 == text).or_else(|| best(&|it| from_end(&it.0) > 0)).or_else(|| best(&is_inside))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn history() -> History {
        let deletion = |commit: &str, became: Option<&str>| Deletion {
            commit: commit.to_string(),
            became: became.map(str::to_string),
        };
        let list = [("a-b", deletion("1", None)), ("a/b", deletion("2", Some("c/b"))), ("d", deletion("3", None))];
        let history = History::new(&list.map(|(path, it)| (path.to_string(), it)).into(), true);
        History { head: "h".to_string(), tree: "t".to_string(), ..history }
    }

    #[test]
    fn a_path_and_the_folder_of_a_path_are_found_and_their_neighbours_are_not() {
        let history = history();
        assert_eq!(history.deletion("a/b").and_then(|it| it.became).as_deref(), Some("c/b"));
        assert_eq!(history.deletion("a"), None);
        assert_eq!(
            ["a", "a/b", "a-b", "d", "b", "a/c", "d/e"].map(|it| history.has(it)),
            [true, true, true, true, false, false, false]
        );
    }

    #[test]
    fn what_is_kept_is_read_as_it_was_and_half_of_it_is_not_read() {
        let kept = history().kept();
        assert_eq!(History::parse(&kept), Some(history()));
        assert_eq!(History::new(&history().deletions(), true).kept().lines().nth(2), kept.lines().nth(2));
        assert_eq!(History::parse(&kept[..kept.len() - 1]), None);
        assert_eq!(History::parse(&kept.replace(FORM, "specc-history-0")), None);
    }

    #[test]
    fn a_path_went_to_the_same_text_or_to_the_one_file_of_its_name() {
        let added = [
            ("x/new.py", "1"),
            ("b/x/__init__.py", "2"),
            ("b/y/__init__.py", "3"),
            ("c/main.py", "4"),
            ("d/ui/views.py", "5"),
            ("e/ui/views.py", "6"),
            ("d/models/__init__.py", "7"),
        ];
        let added: Vec<(String, String)> = added.map(|it| (it.0.to_string(), it.1.to_string())).into();
        let cases = [
            ("old.py", "1", Some("x/new.py")),
            ("a/y/__init__.py", "9", Some("b/y/__init__.py")),
            ("a/z/__init__.py", "9", None),
            ("d/views.py", "9", Some("d/ui/views.py")),
            ("d/models.py", "9", Some("d/models/__init__.py")),
            ("main.py", "9", Some("c/main.py")),
            ("other.py", "9", None),
        ];
        for (path, text, expected) in cases {
            assert_eq!(went(path, text, &added), expected, "{path}");
        }
    }
}
