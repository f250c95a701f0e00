//! Words by which a text says of a path that it is one of the past: nobody expects it to be there.

use super::telling::{Telling, Words};

/// What is said of what is gone, or of where something came from.
const SIGNS: [&str; 41] = [
    "used to ",
    "formerly",
    "previously",
    "originally",
    "historical",
    "history: ",
    "legacy",
    "no longer",
    "no old",
    "superseded",
    "relocated from",
    "moved from",
    "mirrored from",
    "mirrors ",
    "ported from",
    "extracted from",
    "split from",
    "copied from",
    "split out of",
    "renamed from",
    "migrated from",
    "adapted from",
    "replaced ",
    "replaces ",
    "replicates",
    "deleted ",
    "removed ",
    "was in ",
    "was created by ",
    "were in ",
    "lived in",
    "former ",
    "retired ",
    "since-retired ",
    "ancestor",
    "orphaned",
    "folded from",
    "relocated out of",
    "equivalent of ",
    "port of ",
    "rewrite of ",
];

/// What is said behind a path of what is gone: `… was deleted in May`.
const GONE: [&str; 10] =
    ["deleted", "removed", "retired", "dropped", "superseded", "renamed", "replaced", "gone", "merged", "folded"];

/// The same, for one look.
static IN_SIGNS: Telling = Telling::new(|| Words::new(&SIGNS.map(str::trim_end)));

/// Returns whether the words around a path say that it is one of the past: where something came from, or went from.
pub fn is_told_of(text: &str, start: usize, end: usize) -> bool {
    is_told_before(text, start) || is_told_behind(text, end) || is_in_list_of_gone(text, start)
}

/// The sentence that a path stands in goes on over line ends, and over what begins a line of a comment.
fn words(sentence: &str) -> Vec<String> {
    let plain = sentence.to_ascii_lowercase().replace(['\n', '#', '*', '/', '(', ')', '`', ','], " ");
    plain.split_ascii_whitespace().map(str::to_string).collect()
}

fn is_told_before(text: &str, start: usize) -> bool {
    let before = &text[text.floor_char_boundary(start.saturating_sub(160))..start];
    let sentence = before.rsplit(". ").next().unwrap_or(before);
    if is_denied(sentence) {
        return true;
    }
    let words = words(sentence);
    // `(was a.py)`: what this file was. `Delete a.py`: what somebody was to do, and did. `your a.yml`: not this one.
    if words.last().is_some_and(|it| matches!(&**it, "was" | "delete" | "remove" | "your")) {
        return true;
    }
    let words = words.join(" ");
    // Most sentences have none of them in them.
    if !IN_SIGNS.are_in(&words) {
        return false;
    }
    // From the start of a word: what is `imported from` somewhere was not ported.
    let is_said = |it: &&str| words.match_indices(it.trim_end()).any(|(at, _)| at == 0 || words[..at].ends_with(' '));
    SIGNS.iter().any(is_said)
}

/// `There is no x or a.py`, but not `There is no test of a.py`.
fn is_denied(sentence: &str) -> bool {
    let clause = sentence.rsplit([',', ';', ':', '—']).next().unwrap_or(sentence);
    let words = words(clause);
    let says = |it: &[String]| matches!(&*it[0], "is" | "are" | "has" | "have") && it[1] == "no";
    let Some(at) = words.windows(2).rposition(says) else { return false };
    let others = ["for", "in", "to", "of", "from", "with", "that", "which", "how", "on", "as", "by", "than", "and"];
    !words[at + 2..].iter().any(|it| others.contains(&&**it))
}

fn is_told_behind(text: &str, end: usize) -> bool {
    /// How far behind a path its verb may stand.
    const NEAR: usize = 9;
    let behind = &text[end..text.ceil_char_boundary((end + 120).min(text.len()))];
    let sentence = behind.split(". ").next().unwrap_or(behind);
    let sentence = sentence.split("\n\n").next().unwrap_or(sentence);
    let words = words(sentence);
    let has_letters = |it: &&String| it.bytes().any(|it| it.is_ascii_alphabetic());
    // `a.sh - delete after the migration`
    if words.iter().find(has_letters).is_some_and(|it| matches!(&**it, "delete" | "remove")) {
        return true;
    }
    let words = &words[..words.len().min(NEAR)];
    let helps = |it: &str| matches!(it, "was" | "were" | "is" | "are" | "been" | "got" | "now" | "since");
    let is_gone = |(at, it): (usize, &String)| {
        let verb = it.trim_matches(|it: char| !it.is_ascii_alphabetic());
        GONE.contains(&verb) && (at == 0 || helps(&words[at - 1]))
    };
    words.iter().enumerate().any(is_gone) || words.windows(3).any(|it| it.join(" ").starts_with("no longer exist"))
}

/// Returns whether a path is an item of a list whose title says so: `Files removed:`.
fn is_in_list_of_gone(text: &str, start: usize) -> bool {
    /// How long a list may be, in lines.
    const LONGEST: usize = 40;
    let above = &text[text.floor_char_boundary(start.saturating_sub(4000))..start];
    let mut lines = above.rsplit('\n').map(str::trim);
    let is_item =
        |it: &str| it.starts_with(['-', '*', '+', '|', '`']) || it.starts_with(|it: char| it.is_ascii_digit());
    let is_title = |it: &str| it.starts_with('#') || it.ends_with(':') || it.ends_with(":**") || it.ends_with("**");
    // A code block may be the list, or be what is yet to be written to the path that its first line is a comment of.
    let first = lines.next().unwrap_or("");
    let is_code = matches!(first, "" | "#" | "//") && lines.by_ref().take(LONGEST).any(|it| it.starts_with("```"));
    if !is_code && (!is_item(first) || first.starts_with("**")) {
        return false;
    }
    let title = lines.take(LONGEST).find(|it| !it.is_empty() && (!is_item(it) || it.starts_with("**")));
    let says = |it: &str| {
        let words = words(it);
        let gone = ["removed", "deleted", "remove", "delete", "removals", "deletions"];
        let is = |it: &str, of: &[&str]| of.contains(&it.trim_matches(':'));
        // `Files changed:` is a report; the files that are to be changed are there.
        let reports = words.windows(2).any(|it| it[0] == "files" && is(&it[1], &["modified", "changed", "renamed"]));
        // `Files to create:`, `Create the file:`
        let is_plan = |it: &str| is(it, &["plan", "planned", "proposed"]);
        let is_to_be = words.windows(2).any(|it| it[0] == "to" && is(&it[1], &["create", "add"]));
        let creates = words.iter().find(|it| it.starts_with(|it: char| it.is_ascii_alphabetic()));
        let creates = creates.is_some_and(|it| is(it, &["create"]));
        reports || is_to_be || words.iter().any(|it| is(it, &gone) || is_code && is_plan(it)) || is_code && creates
    };
    title.is_some_and(|it| is_title(it) && says(it))
}

#[cfg(test)]
mod tests {
    use super::is_told_of;

    #[test]
    fn what_is_told_of_as_gone_is_known_by_the_words_around_it() {
        for (text, expected) in [
            ("`a/b.py` was deleted (2026-06-02)", true),
            ("the workflow `a/b.py`\n# was removed in commit 1", true),
            ("// folded from the former\n// a/b.py here", true),
            ("consolidation of the twins (was a/b.py + this file)", true),
            ("the twin a/b.py is deleted", true),
            ("**Files Removed:**\n- x\n- `a/b.py`", true),
            ("### To delete\n\n1. `a/b.py`", true),
            ("- `a/b.py` - Delete after migration", true),
            ("1. Delete `a/b.py`", true),
            ("//! Rust equivalent of a/b.py.", true),
            ("it was there. Run `a/b.py` and see", false),
            ("Run `a/b.py`. What was deleted comes back", false),
            ("Run `a/b.py` before you delete the volume", false),
            ("**Files:**\n- `a/b.py`", false),
            ("The following files need to be changed:\n- a/b.py", false),
            ("## Files changed\n- a/b.py", true),
            ("**Files to Delete**:\n```\nc.py\na/b.py (481 lines)\n```", true),
            ("**Conversion Plan**:\n```python\n# a/b.py\nclass A:\n```", true),
            ("Run these:\n```\nc.py\na/b.py\n```", false),
            ("Create the file:\n```python\n# a/b.py\nclass A:\n```", true),
            ("**Files to create:**\n- c.py\n- a/b.py", true),
            ("# HISTORY: this had a twin, `a/b.py`", true),
            ("It was\n# created by `kubectl apply -f a/b.py`", true),
            ("There is no `dist/` or root `x`/`a/b.py`.", true),
            ("There is no test of `a/b.py`", false),
            ("There is no Makefile: run `a/b.py`", false),
            ("Add it to your `a/b.py`", true),
            ("Edit `a/b.py` for your host", false),
            ("The scripts that remain:\n- `a/b.py`", false),
        ] {
            let start = text.find("a/b.py").unwrap();
            assert_eq!(is_told_of(text, start, start + "a/b.py".len()), expected, "{text}");
        }
    }
}
