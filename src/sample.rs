//! A small repository in one string, with carets: for rule tests and for `specc explain`.
//!
//! `#- path` starts a file; `#- path (deleted)` names one that git's history knows and the tree does not;
//! `#- path (ignored)` one that is on the disk but ignored; `#- name (branch)` a branch. Below a line, `#   ^^^^ message` marks what a rule must
//! point at and `#   ~~~~ message` a second place that it must show. A mark that touches the `#` starts in the
//! first column, since the `#` stands there. `#   ^^^^ warning: message` says the level too.
//!
//! Mark lines are taken out before the files are read, so they may stand in any kind of file.

use crate::diag::{Diagnostic, Label};
use crate::files::InMemory;
use crate::source::Sources;

/// A parsed sample.
#[derive(Clone, Default, Debug)]
pub struct Sample {
    /// Files by path, without marks.
    pub files: Vec<(String, String)>,
    /// Paths that were deleted.
    pub deleted: Vec<String>,
    /// Paths that are ignored.
    pub ignored: Vec<String>,
    /// Branches of the repository.
    pub branches: Vec<String>,
    /// What is marked, in order.
    pub marks: Vec<Mark>,
}

/// A marked place.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Mark {
    /// The file.
    pub path: String,
    /// Line from 1, marks not counted.
    pub line: u32,
    /// First column from 0, in characters.
    pub start: usize,
    /// First column after.
    pub end: usize,
    /// Whether it is a second place.
    pub is_related: bool,
    /// The level, if said.
    pub level: Option<String>,
    /// What is said there.
    pub message: String,
}

/// Parses a sample. Text before the first `#- path` belongs to no file and is dropped.
pub fn parse(text: &str) -> Sample {
    let mut sample = Sample::default();
    let mut n_lines = 0;
    let mut is_open = false;
    for line in text.lines() {
        if let Some(header) = line.strip_prefix("#- ") {
            is_open = open(header.trim(), &mut sample);
            n_lines = 0;
        } else if is_open {
            let Some((path, content)) = sample.files.last_mut() else { continue };
            match mark(line) {
                Some(mark) if n_lines > 0 => sample.marks.push(Mark { path: path.clone(), line: n_lines, ..mark }),
                _ => {
                    content.push_str(line);
                    content.push('\n');
                    n_lines += 1;
                }
            }
        }
    }
    sample
}

/// Starts a file; returns whether lines that follow belong to it.
fn open(header: &str, sample: &mut Sample) -> bool {
    if let Some(path) = header.strip_suffix("(deleted)") {
        sample.deleted.push(path.trim().to_string());
        return false;
    }
    if let Some(branch) = header.strip_suffix("(branch)") {
        sample.branches.push(branch.trim().to_string());
        return false;
    }
    let path = match header.strip_suffix("(ignored)") {
        Some(path) => {
            sample.ignored.push(path.trim().to_string());
            path.trim()
        }
        None => header,
    };
    // An ignored directory is named with a slash and has no content.
    if path.ends_with('/') {
        return false;
    }
    sample.files.push((path.to_string(), String::new()));
    true
}

fn mark(line: &str) -> Option<Mark> {
    let rest = line.strip_prefix('#')?;
    let marked = rest.trim_start_matches(' ');
    let symbol = marked.chars().next().filter(|it| matches!(it, '^' | '~'))?;
    let width = marked.chars().take_while(|it| *it == symbol).count();
    let mut start = 1 + rest.len() - marked.len();
    let end = start + width;
    if start == 1 {
        start = 0;
    }
    let message = marked[width..].trim();
    let level = ["error", "warning", "info"].into_iter().find(|it| message.starts_with(&format!("{it}: ")));
    let message = level.map_or(message, |it| &message[it.len() + 2..]);
    Some(Mark {
        path: String::new(),
        line: 0,
        start,
        end,
        is_related: symbol == '~',
        level: level.map(str::to_string),
        message: message.to_string(),
    })
}

impl Sample {
    /// Returns the files as a tree in memory.
    pub fn tree(&self) -> InMemory {
        InMemory::new(self.files.iter().map(|(path, text)| (path.as_str(), text.as_str())))
    }

    /// Returns the marks that say no level, or this one.
    pub fn expected(&self) -> Vec<Mark> {
        let mut marks = self.marks.clone();
        marks.sort();
        marks
    }
}

/// Returns what findings mark, in the form of a sample's marks: sorted, the level on primary places.
pub fn marks_of(findings: &[Diagnostic], sources: &Sources) -> Vec<Mark> {
    let place = |label: &Label| {
        let (start, text) = (sources.start(label.span), sources.slice(label.span));
        let column = start.column as usize - 1;
        // A place of several lines is marked on its first.
        let width = text.lines().next().unwrap_or("").chars().count();
        (sources.path(label.span.file).to_string(), start.line, column, column + width)
    };
    let mut marks = Vec::new();
    for finding in findings {
        if let Some(label) = &finding.primary {
            let (path, line, start, end) = place(label);
            let level = Some(finding.level.word().to_string());
            marks.push(Mark { path, line, start, end, is_related: false, level, message: finding.message.clone() });
        }
        for label in &finding.related {
            let (path, line, start, end) = place(label);
            let message = label.message.clone();
            marks.push(Mark { path, line, start, end, is_related: true, level: None, message });
        }
    }
    marks.sort();
    marks.dedup();
    marks
}

/// Returns the bodies of the fenced `sample` blocks under a `##` heading of a Markdown text.
pub fn blocks(markdown: &str, heading: &str) -> Vec<String> {
    let (mut is_under, mut block, mut found) = (false, None::<String>, Vec::new());
    for line in markdown.lines() {
        match &mut block {
            Some(_) if line == "```" => found.extend(block.take()),
            Some(text) => {
                text.push_str(line);
                text.push('\n');
            }
            None if line.starts_with("## ") => is_under = line[3..].trim() == heading,
            None if is_under && line == "```sample" => block = Some(String::new()),
            None => {}
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_history_and_marks_are_read_from_one_string() {
        let sample = parse(
            "#- a.yml\nx: 1\n#  ^ warning: too small\n# note\ny: 2\n#^ and here\n#  ~ declared\n#- gone.json (deleted)\n#- .env (ignored)\nK=v\n",
        );
        assert_eq!(sample.files[0], ("a.yml".to_string(), "x: 1\n# note\ny: 2\n".to_string()));
        assert_eq!(sample.files[1], (".env".to_string(), "K=v\n".to_string()));
        assert_eq!((sample.deleted.len(), sample.ignored.len()), (1, 1));
        let found: Vec<_> = sample.marks.iter().map(|it| (it.line, it.start, it.end, it.is_related)).collect();
        assert_eq!(found, [(1, 3, 4, false), (3, 0, 2, false), (3, 3, 4, true)]);
        assert_eq!(sample.marks[0].level.as_deref(), Some("warning"));
        assert_eq!(sample.marks[0].message, "too small");
    }

    #[test]
    fn blocks_are_found_under_their_heading_only() {
        let text = "## A\n```sample\n1\n```\n## B\n```sample\n2\n```\n```yaml\n3\n```\n";
        assert_eq!(blocks(text, "A"), ["1\n"]);
        assert_eq!(blocks(text, "B"), ["2\n"]);
    }
}
