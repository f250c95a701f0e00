//! Words by which a text says of a path that it is yet to be written, or that not everybody has it.

use super::near::{line_after, line_before};

/// What stands behind a path that is not there for all, or not yet: `a.md (planned)`.
const NOT_YET: [&str; 15] = [
    "planned",
    "todo",
    "tbd",
    "wip",
    "coming soon",
    "not yet",
    "not implemented",
    "to be added",
    "to be created",
    "to be written",
    "will be added",
    "will be created",
    "pro only",
    "enterprise only",
    "premium only",
];

/// Returns whether the words on the line of a path say so.
pub fn is_told_of(text: &str, start: usize, end: usize) -> bool {
    is_to_be_made(line_before(text, start)) || is_not_yet(line_after(text, end))
}

/// Returns whether what stands behind a path says that it is not there yet, or not for all.
pub fn is_not_yet(after: &str) -> bool {
    let is_mark = |it: char| !it.is_alphanumeric();
    let between = ['`', '"', '\'', ')', ']', '*', '_', ' ', '(', '[', '—', '–', '-', '|', ':'];
    let after = after.trim_start_matches(between);
    NOT_YET.iter().any(|it| {
        let is_it = after.get(..it.len()).is_some_and(|text| text.eq_ignore_ascii_case(it));
        is_it && after[it.len()..].chars().next().is_none_or(is_mark)
    })
}

/// `- Create: a.py`, `2. Create a new file called a.py`, `New file: a.py`; but not `Add a.py to the list`.
fn is_to_be_made(before: &str) -> bool {
    /// What may stand between the verb and the path.
    const BETWEEN: [&str; 12] =
        ["a", "an", "the", "new", "file", "script", "module", "called", "named", "in", "at", "component"];
    let before = before.trim_end_matches(['`', '"', '\'', '*', '[', '(', ' ']);
    let sentence = before.rsplit(". ").next().unwrap_or(before);
    let sentence = sentence.trim_start_matches(|it: char| !it.is_ascii_alphabetic()).to_ascii_lowercase();
    let is_labelled = before.trim_end_matches(['*', ' ']).ends_with(':');
    let mut words = sentence.split(|it: char| !it.is_ascii_alphanumeric()).filter(|it| !it.is_empty());
    match words.next() {
        Some("create") => words.all(|it| BETWEEN.contains(&it)),
        Some("add") => is_labelled && words.next().is_none(),
        Some("new") => is_labelled && words.all(|it| matches!(it, "file" | "files")),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::is_told_of;

    #[test]
    fn what_is_yet_to_be_written_is_known_by_the_words_on_its_line() {
        for (text, expected) in [
            ("- Create: `a/b.py`", true),
            ("- **Create:** `a/b.py`", true),
            ("2. Create a new file called `a/b.py`:", true),
            ("### Create a/b.py", true),
            ("Read on. Create `a/b.py` with:", true),
            ("- Add: `a/b.py`", true),
            ("* New file: `a/b.py`", true),
            ("`a/b.py` (PRO only)", true),
            ("- `a/b.py` — planned, after the release", true),
            ("[text](a/b.py) *(coming soon)*", true),
            ("| `a/b.py` | TODO |", true),
            ("`a/b.py` will be created later", true),
            ("Add `a/b.py` to the list", false),
            ("Create a user with `a/b.py`", false),
            ("Created by `a/b.py`", false),
            ("`a/b.py` (plannedness)", false),
            ("Run `a/b.py`, todo lists are there", false),
            ("See `a/b.py`, which is not what was planned", false),
        ] {
            let start = text.find("a/b.py").unwrap();
            assert_eq!(is_told_of(text, start, start + "a/b.py".len()), expected, "{text}");
        }
    }
}
