//! Words by which a text says of a path that it is one of the past: nobody expects it to be there.

use super::telling::{Telling, Words};

/// What is said of what is gone, or of where something came from.
const SIGNS: [&str; 30] = [
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
    "mirrors ",
    "split out of",
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
    "relocated out of",
    "equivalent of ",
    "port of ",
    "rewrite of ",
];

/// How a word begins that says, before a "from", that something came over: what came need not be left there.
const MOVED: [&str; 27] = [
    "moved",
    "relocated",
    "mirrored",
    "ported",
    "extracted",
    "split",
    "copied",
    "renamed",
    "migrated",
    "adapted",
    "folded",
    "перен",
    "перемещ",
    "портир",
    "вынес",
    "извлеч",
    "скопир",
    "déplac",
    "ajout",
    "extrait",
    "repris",
    "movid",
    "trasladad",
    "extraíd",
    "verschoben",
    "übernommen",
    "portiert",
];

/// The words for "from".
const FROM: [&str; 5] = ["from", "из", "depuis", "desde", "aus"];

/// What is said behind a path of what is gone, or is not there yet: `… was deleted in May`.
const GONE: [&str; 15] = [
    "deleted",
    "removed",
    "retired",
    "dropped",
    "superseded",
    "renamed",
    "replaced",
    "gone",
    "merged",
    "folded",
    "moved",
    "migrated",
    "deferred",
    "postponed",
    "planned",
];

/// What nobody is to do with what is gone: `do not reintroduce a.txt`.
const BROUGHT_BACK: [&str; 9] =
    ["add", "re-add", "create", "recreate", "introduce", "reintroduce", "restore", "resurrect", "revive"];

/// The signs, for one look.
static IN_SIGNS: Telling = Telling::new(|| Words::new(&SIGNS.map(str::trim_end)));

/// Words in the title of a document that tells what somebody saw on one day.
const REPORTS: [&str; 15] = [
    "report",
    "analysis",
    "audit",
    "review",
    "findings",
    "bugs",
    "investigation",
    "postmortem",
    "retrospective",
    "results",
    "analyse",
    "rapport",
    "bericht",
    "análisis",
    "отчёт",
];

/// Returns whether the words around a path say that it is one of the past: where something came from, or went from.
pub fn is_told_of(text: &str, start: usize, end: usize) -> bool {
    is_told_before(text, start) || is_told_behind(text, end) || is_in_list_of_gone(text, start)
}

/// The sentence that a path stands in goes on over line ends, and over what begins a line of a comment.
fn words(sentence: &str) -> Vec<String> {
    let plain = sentence.to_lowercase().replace(['\n', '#', '*', '/', '(', ')', '`', ','], " ");
    plain.split_whitespace().map(str::to_string).collect()
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
    if is_of_earlier(&words) || came_over(&words) {
        return true;
    }
    let words = words.join(" ");
    if ["instead of", "rather than", "in place of"].iter().any(|it| words.ends_with(it)) {
        return true;
    }
    // Most sentences have none of them in them.
    if !IN_SIGNS.are_in(&words) {
        return false;
    }
    // From the start of a word: what is `imported from` somewhere was not ported.
    let is_said = |it: &&str| words.match_indices(it.trim_end()).any(|(at, _)| at == 0 || words[..at].ends_with(' '));
    SIGNS.iter().any(is_said)
}

/// `pre-sprint-21 a.py`, but not `pre-commit a.py`
fn is_of_earlier(words: &[String]) -> bool {
    let after = words.iter().rev().take(3).filter_map(|it| it.strip_prefix("pre-"));
    after
        .into_iter()
        .any(|it| it.bytes().any(|it| it.is_ascii_digit()) || matches!(it, "refactor" | "migration" | "split"))
}

/// `moved from a.py`
fn came_over(words: &[String]) -> bool {
    let is_from = |it: &[String]| FROM.contains(&&*it[1]) && MOVED.iter().any(|verb| it[0].starts_with(verb));
    words.windows(2).any(is_from)
}

/// `There is no x or a.py`, but not `There is no test of a.py`.
fn is_denied(sentence: &str) -> bool {
    let clause = sentence.rsplit([',', ';', ':', '—']).next().unwrap_or(sentence);
    let words = words(clause);
    // `Never add a hard-coded a.txt`
    let forbids = |it: &[String]| matches!(&*it[0], "not" | "don't" | "never") && BROUGHT_BACK.contains(&&*it[1]);
    if words[words.len().saturating_sub(6)..].windows(2).any(forbids) {
        return true;
    }
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
    // `a.sh did so until sprint 21`, but not `run a.sh until it ends`
    let is_time = |it: &str| {
        ["sprint", "phase", "pr", "release", "version"].contains(&it) || it.starts_with(|it: char| it.is_ascii_digit())
    };
    if words.windows(2).any(|it| it[0] == "until" && is_time(&it[1])) {
        return true;
    }
    let words = &words[..words.len().min(NEAR)];
    let helps = |it: &str| matches!(it, "was" | "were" | "is" | "are" | "been" | "got" | "now" | "since");
    let is_helped = |at: usize| match words[..at] {
        [.., ref verb, ref adverb] if adverb.ends_with("ly") => helps(verb),
        [.., ref verb] => helps(verb),
        [] => true,
    };
    let is_gone = |(at, it): (usize, &String)| {
        let verb = it.trim_matches(|it: char| !it.is_ascii_alphabetic());
        GONE.contains(&verb) && is_helped(at)
    };
    let is_nowhere = |it: &[String]| {
        let denies = matches!((&*it[0], &*it[1]), ("no", "longer") | ("does" | "should" | "must" | "did", "not"));
        denies && it[2].starts_with("exist")
    };
    words.iter().enumerate().any(is_gone) || words.windows(3).any(is_nowhere)
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
    let mut lines = lines.take(LONGEST);
    let title = lines.find(|it| !it.is_empty() && (!is_item(it) || it.starts_with("**"))).unwrap_or("");
    // What stands under `### Backend` stands under `## Files changed` as well.
    let level = |it: &str| it.bytes().take_while(|it| *it == b'#').count();
    let chapter = lines.find(|it| (1..level(title)).contains(&level(it))).unwrap_or("");
    let says = |it: &str| {
        let words = words(it);
        let gone = ["removed", "deleted", "remove", "delete", "removals", "deletions"];
        let is = |it: &str, of: &[&str]| of.contains(&it.trim_matches(':'));
        // `Files changed:` is a report; the files that are to be changed are there.
        let done = ["modified", "changed", "renamed", "created", "added"];
        let reports = words.windows(2).any(|it| it[0] == "files" && is(&it[1], &done));
        // `Files to create:`, `Create the file:`
        let is_plan = |it: &str| is(it, &["plan", "planned", "proposed"]);
        let is_to_be = words.windows(2).any(|it| it[0] == "to" && is(&it[1], &["create", "add"]));
        let creates = words.iter().find(|it| it.starts_with(|it: char| it.is_ascii_alphabetic()));
        let creates = creates.is_some_and(|it| is(it, &["create"]));
        reports || is_to_be || words.iter().any(|it| is(it, &gone) || is_code && is_plan(it)) || is_code && creates
    };
    is_title(title) && (says(title) || says(chapter))
}

/// Returns whether a document is a report of one day, by its title and its head: what it names was there then.
pub fn is_report(text: &str) -> bool {
    /// How long a head may be, in lines and in bytes.
    const HEAD: (usize, usize) = (10, 1000);
    let head = &text[..text.floor_char_boundary(HEAD.1)];
    let Some(title) = head.lines().take(HEAD.0).find(|it| it.starts_with("# ")).map(str::to_lowercase) else {
        return false;
    };
    let is_named = title.split(|it: char| !it.is_alphanumeric()).any(|it| REPORTS.contains(&it));
    let is_dated = || head.lines().take(HEAD.0).flat_map(|it| it.split('|')).any(|it| is_date(&it.to_lowercase()));
    is_named && (title.split(['(', ' ']).any(is_day) || is_dated())
}

/// `**Date:** 2025-01-27`
fn is_date(field: &str) -> bool {
    let Some((name, value)) = field.split_once(':') else { return false };
    let mut name = name.split(|it: char| !it.is_alphabetic()).filter(|it| !it.is_empty());
    let names = ["date", "datum", "fecha", "дата", "data"];
    let is_named = name.next_back().is_some_and(|it| names.contains(&it));
    // When a document was last changed says that somebody keeps it up.
    let is_kept_up = name.any(|it| ["last", "updated", "update", "modified", "revision", "effective"].contains(&it));
    is_named && !is_kept_up && value.trim_start_matches(['*', ' ', '"', '\'', '_']).starts_with("20")
}

/// `2025-11-03`
fn is_day(word: &str) -> bool {
    let day = word.as_bytes();
    day.len() >= 10
        && day.starts_with(b"20")
        && (day[4], day[7]) == (b'-', b'-')
        && day[..10].iter().filter(|it| it.is_ascii_digit()).count() == 8
}

#[cfg(test)]
mod tests {
    use super::{is_report, is_told_of};

    #[test]
    fn a_report_has_its_name_and_its_day_in_its_head() {
        for (text, expected) in [
            ("# Analysis\n\n**Date**: 2025-01-27  \n", true),
            ("# Report\n**Task:** x | **Date:** 2026-04-09 | **Type:** y", true),
            ("# BUGS (2025-11-03)\n", true),
            ("# Report\n\n**Last updated date:** 2025-01-27", false),
            ("# Report\nThe date: as given", false),
            ("# Guide\n**Date:** 2025-01-27", false),
        ] {
            assert_eq!(is_report(text), expected, "{text}");
        }
    }

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
            ("## Files Modified/Created\n\n### Backend\n- ✅ `a/b.py`", true),
            ("## Files changed\n- c\n\n## Layout\n\n### Backend\n- ✅ `a/b.py`", false),
            ("# (Спринт 4 — перенесено из a/b.py)", true),
            ("# WORKERS (ajoutés depuis a/b.py)", true),
            ("# Section déplacée dans a/b.py", false),
            ("# Loaded from a/b.py", false),
            ("# Pre-Sprint-21 a/b.py inline", true),
            ("Run the pre-commit a/b.py", false),
            ("The a/b.py helper additionally seeded a set of accounts until\nSprint 21 did", true),
            ("Run a/b.py until it succeeds", false),
            ("The adapter (`a/b.py`) is intentionally deferred\nto sprint 3", true),
            ("the URL; do not reintroduce a hard-coded `a/b.py`.", true),
            ("Do not add tests. Run `a/b.py`.", false),
            ("Use `c.py` instead of `a/b.py`", true),
            ("a/b.py should not exist in active docs", true),
        ] {
            let start = text.find("a/b.py").unwrap();
            assert_eq!(is_told_of(text, start, start + "a/b.py".len()), expected, "{text}");
        }
    }
}
