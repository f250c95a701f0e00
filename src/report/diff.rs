//! What would change in a file, as a unified diff, with secret values masked.
//!
//! Secrets are masked after the comparison, so a change of nothing but a secret still shows as a change.

use std::fmt::Write as _;
use std::ops::Range;

use similar::ChangeTag;
use similar::TextDiff;

use crate::report::harmless;
use crate::secret::{Masks, joined};

/// How many unchanged lines are shown around a change.
const CONTEXT: usize = 3;

const BOLD: &str = "\u{1b}[1m";
const RED: &str = "\u{1b}[31m";
const GREEN: &str = "\u{1b}[32m";
const CYAN: &str = "\u{1b}[36m";
const RESET: &str = "\u{1b}[0m";

/// A file before and after. `None` stands for a file that is not there.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Change {
    /// The path to show.
    pub path: String,
    /// The text now.
    pub old: Option<String>,
    /// The text to come.
    pub new: Option<String>,
}

/// How to write a diff.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct DiffOptions {
    /// Whether escape sequences for colour may be used.
    pub color: bool,
    /// Values that must not be shown; empty ones are ignored.
    pub secrets: Vec<Vec<u8>>,
    /// Byte ranges that must not be shown of the text now, and of the text to come.
    pub hidden: [Vec<Range<usize>>; 2],
}

/// Returns the unified diff of one file, or an empty text if nothing changes.
pub fn render(change: &Change, options: &DiffOptions) -> String {
    if change.old == change.new {
        return String::new();
    }
    let (old, new) = (change.old.as_deref().unwrap_or(""), change.new.as_deref().unwrap_or(""));
    let masks = Masks::new(&options.secrets);
    let writer = Writer {
        color: options.color,
        old: Side::new(old, &masks, &options.hidden[0]),
        new: Side::new(new, &masks, &options.hidden[1]),
        mixed_breaks: old.contains("\r\n") != new.contains("\r\n"),
    };
    let name = |prefix, text: &Option<String>| match text {
        Some(_) => format!("{prefix}/{}", masks.hide(&harmless::one_line(&change.path))),
        None => "/dev/null".to_string(),
    };
    let mut out = String::new();
    writer.line(&mut out, BOLD, &format!("--- {}", name("a", &change.old)));
    writer.line(&mut out, BOLD, &format!("+++ {}", name("b", &change.new)));
    let diff = TextDiff::from_slices(&writer.old.lines, &writer.new.lines);
    for hunk in diff.unified_diff().context_radius(CONTEXT).iter_hunks() {
        writer.line(&mut out, CYAN, &hunk.header().to_string());
        for it in hunk.iter_changes() {
            writer.change(&mut out, it.tag(), it.old_index(), it.new_index());
        }
    }
    out
}

/// Returns text that starts at `start` of a whole whose `secrets` are given, with those masked.
fn hidden(text: &str, start: usize, secrets: &[Range<usize>]) -> String {
    let mut out = String::with_capacity(text.len());
    let mut at = start;
    let end = start + text.len();
    let first = secrets.partition_point(|it| it.end <= start);
    for secret in secrets[first..].iter().take_while(|it| it.start < end) {
        out.push_str(&text[at - start..secret.start.max(at) - start]);
        out.push_str(harmless::MASK);
        at = secret.end.min(end);
    }
    out.push_str(&text[at - start..]);
    out
}

/// One of the two texts.
struct Side<'a> {
    /// Each line with its break. Only `\n` ends a line, as for `patch` and git.
    lines: Vec<&'a str>,
    /// Where each line starts.
    starts: Vec<usize>,
    secrets: Vec<Range<usize>>,
}

impl<'a> Side<'a> {
    fn new(text: &'a str, masks: &Masks, hidden: &[Range<usize>]) -> Side<'a> {
        let lines: Vec<&str> = text.split_inclusive('\n').collect();
        let mut starts = Vec::with_capacity(lines.len());
        let mut next = 0;
        for line in &lines {
            starts.push(next);
            next += line.len();
        }
        let hidden = hidden.iter().filter(|it| text.get((*it).clone()).is_some()).cloned();
        let secrets = joined(masks.ranges(text).into_iter().chain(hidden).collect());
        Side { lines, starts, secrets }
    }
}

struct Writer<'a> {
    color: bool,
    old: Side<'a>,
    new: Side<'a>,
    /// Whether only one side has `\r\n`: then the `\r` is what changes, and must be seen.
    mixed_breaks: bool,
}

impl Writer<'_> {
    fn change(&self, out: &mut String, tag: ChangeTag, old: Option<usize>, new: Option<usize>) {
        let (sign, style, side, index) = match tag {
            ChangeTag::Equal => (' ', "", &self.new, new),
            ChangeTag::Delete => ('-', RED, &self.old, old),
            ChangeTag::Insert => ('+', GREEN, &self.new, new),
        };
        let Some((&line, &start)) = index.and_then(|it| side.lines.get(it).zip(side.starts.get(it))) else { return };
        let (text, ended) = match line.strip_suffix('\n') {
            Some(text) => (text, true),
            None => (line, false),
        };
        // A patch must keep the line breaks of the file.
        let (text, carriage) = match text.strip_suffix('\r') {
            Some(text) if ended && !self.mixed_breaks => (text, "\r"),
            _ => (text, ""),
        };
        let shown: String = hidden(text, start, &side.secrets).chars().map(harmless::shown).collect();
        self.line(out, style, &format!("{sign}{shown}{carriage}"));
        if !ended {
            out.push_str("\\ No newline at end of file\n");
        }
    }

    fn line(&self, out: &mut String, style: &str, text: &str) {
        let _ = if self.color && !style.is_empty() {
            writeln!(out, "{style}{text}{RESET}")
        } else {
            writeln!(out, "{text}")
        };
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;
    use proptest::prelude::*;

    use super::*;

    fn diff(old: &str, new: &str, secrets: &[&str]) -> String {
        let change = Change { path: "a.env".to_string(), old: Some(old.to_string()), new: Some(new.to_string()) };
        let secrets = secrets.iter().map(|it| it.as_bytes().to_vec()).collect();
        render(&change, &DiffOptions { secrets, ..DiffOptions::default() })
    }

    #[test]
    fn a_change_is_shown_with_three_lines_around_it() {
        let old = "1\n2\n3\n4\n5\n6\n7\n8\n9";
        expect![[r#"
            --- a/a.env
            +++ b/a.env
            @@ -2,8 +2,8 @@
             2
             3
             4
            -5
            +five
             6
             7
             8
            -9
            \ No newline at end of file
            +9
        "#]]
        .assert_eq(&diff(old, &format!("{}\n", old.replace('5', "five")), &[]));
        assert_eq!(diff(old, old, &[]), "");
    }

    #[test]
    fn a_new_file_comes_from_nothing_and_colour_ends_on_its_line() {
        let change = Change { path: "a".to_string(), old: None, new: Some("x\n".to_string()) };
        let text = render(&change, &DiffOptions { color: true, ..DiffOptions::default() });
        assert_eq!(
            text.replace('\u{1b}', "ESC"),
            "ESC[1m--- /dev/nullESC[0m\nESC[1m+++ b/aESC[0m\nESC[36m@@ -0,0 +1 @@ESC[0m\nESC[32m+xESC[0m\n"
        );
    }

    #[test]
    fn a_changed_secret_shows_as_a_change_and_not_as_its_value() {
        let text = diff("A=old-secret\nB=1\n", "A=newer-secret\nB=1\n", &["old-secret", "newer-secret", ""]);
        expect![[r#"
            --- a/a.env
            +++ b/a.env
            @@ -1,2 +1,2 @@
            -A=********
            +A=********
             B=1
        "#]]
        .assert_eq(&text);
    }

    #[test]
    fn secrets_that_overlap_or_span_lines_are_gone_entirely() {
        let key = "-----BEGIN-----\nMIIabc\n\n-----END-----";
        let text = diff("", &format!("x=abcdef\n{key}\nend\n"), &["abcd", "cdef", key]);
        expect![[r#"
            --- a/a.env
            +++ b/a.env
            @@ -0,0 +1,6 @@
            +x=********
            +********
            +********
            +********
            +********
            +end
        "#]]
        .assert_eq(&text);
    }

    #[test]
    fn changed_line_breaks_are_seen_and_kept_ones_are_kept() {
        assert!(diff("a\r\nb\r\n", "a\r\nc\r\n", &[]).ends_with(" a\r\n-b\r\n+c\r\n"));
        assert!(diff("a\r\n", "a\n", &[]).ends_with("-a␍\n+a\n"));
    }

    /// Returns one of the two texts out of the diff of a short text.
    fn side(diff: &str, sign: char) -> String {
        let body = diff.split_inclusive('\n').skip(2).filter(|it| !it.starts_with("@@"));
        body.filter_map(|it| it.strip_prefix([' ', sign])).collect()
    }

    proptest! {
        #[test]
        fn no_secret_and_no_escape_sequence_comes_through(
            old in "([a-c]{0,3}\\PC?\r?\n?\u{1b}?){0,12}",
            new in "([a-c]{0,3}\\PC?\r?\n?\u{1b}?){0,12}",
            secrets in prop::collection::vec("[a-c]{1,3}", 0..4),
        ) {
            let all: Vec<&str> = secrets.iter().map(String::as_str).collect();
            let text = diff(&old, &new, &all);
            let body: String = text.lines().skip(2).filter(|it| !it.starts_with('\\')).collect::<Vec<_>>().join("\n");
            for secret in &secrets {
                prop_assert!(!body.contains(secret), "{secret} in {body}");
            }
            prop_assert_eq!(text.find('\u{1b}'), None);
        }

        #[test]
        fn a_diff_holds_both_texts(old in "([ab]\n){0,3}", new in "([ab]\n){0,3}c\n") {
            let text = diff(&old, &new, &[]);
            prop_assert_eq!(side(&text, '+'), new, "{}", text);
            prop_assert_eq!(side(&text, '-'), old, "{}", text);
        }
    }
}
