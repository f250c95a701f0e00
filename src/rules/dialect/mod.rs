//! Rules about env files that their readers understand differently. One variable is reported once, for the reader that
//! goes furthest astray. No message says a value.

pub mod comment;
pub mod disagreement;
pub mod expansion;
pub mod hash;
pub mod odd_bytes;
pub mod quotes;
pub mod refused;
pub mod shell;

use std::collections::BTreeMap;

use crate::diag::{Applicability, Diagnostic, Edit, Level};
use crate::repo::Repo;
use crate::repo::env_reader;
use crate::repo::env_reader::EnvReader;
use crate::repo::fact::{EnvEntry, EnvFile, Language, Quote};
use crate::repo::provenance;
use crate::repo::usage::Use;
use crate::rules::{Findings, Rule};
use crate::source::{FileId, Span};
use crate::syntax::dotenv;
use crate::syntax::dotenv::{Dialect, Reading};

/// Why a reader takes a line for something else than it seems to say.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Cause {
    Quotes,
    Comment,
    Shell,
    Expansion,
    Refused,
    Hash,
    Other,
}

/// A line and the reader that takes it for something else.
struct Trouble<'a> {
    entry: &'a EnvEntry,
    reader: &'a EnvReader,
    /// All readers of the file, for a way to write the value that they agree on.
    dialects: Vec<Dialect>,
    meant: String,
    cause: Cause,
}

/// Readers by how badly a misreading hurts.
const ORDER: &[Dialect] = &[
    Dialect::SwarmEnvFile,
    Dialect::DockerRun,
    Dialect::Kubectl,
    Dialect::Bash,
    Dialect::NodeDotenv,
    Dialect::NodeEnvFile,
    Dialect::PythonDotenv,
    Dialect::Make,
];

/// Returns the readers of a file: its own, and for a template those of the files it is made into.
fn readers_of<'a>(repo: &Repo, all: &'a [EnvReader], file: &EnvFile) -> Vec<&'a EnvReader> {
    let stands_for = |it: &EnvReader| {
        file.is_template
            && !it.is_own
            && repo.env_file(&it.path).is_none()
            && provenance::templates_of(repo, &it.path).iter().any(|it| it.path == file.path)
    };
    all.iter().filter(|it| it.path == file.path || stands_for(it)).collect()
}

/// Calls `tell` with every line that some reader takes for something else.
fn each(repo: &Repo, mut tell: impl FnMut(&Trouble)) {
    let all = env_reader::all(repo);
    for file in repo.facts.env_files.iter().filter(|it| !it.is_encrypted) {
        let readers = readers_of(repo, &all, file);
        if readers.is_empty() {
            continue;
        }
        // `<generate-me>` in a template will be replaced, and so will `X=${X:-default}`.
        let is_own = |it: &EnvEntry| dotenv_references(&it.value.value).any(|name| name == it.name.value);
        let is_placeholder = |it: &EnvEntry| file.is_template && (it.value.value.contains('<') || is_own(it));
        for entry in file.entries.iter().filter(|it| !it.is_commented && !is_plain(it) && !is_placeholder(it)) {
            if let Some(trouble) = trouble(file, entry, &readers) {
                tell(&trouble);
            }
        }
    }
}

/// Returns whether a line is so plain that all readers agree on it, which holds for nearly every one.
fn is_plain(entry: &EnvEntry) -> bool {
    let is_dull = |it: u8| it.is_ascii_alphanumeric() || matches!(it, b'_' | b'-' | b'.' | b'/' | b':' | b'@' | b',');
    let is_bare = !entry.is_exported && !entry.is_spaced && entry.comment.is_none() && entry.quote == Quote::None;
    is_bare
        && entry.raw().is_some_and(|(it, _)| !it.is_empty() && it.bytes().all(is_dull))
        && entry.name.value.bytes().all(|it| it.is_ascii_alphanumeric() || it == b'_')
        && !entry.name.value.starts_with(|it: char| it.is_ascii_digit())
}

fn trouble<'a>(file: &EnvFile, entry: &'a EnvEntry, readers: &[&'a EnvReader]) -> Option<Trouble<'a>> {
    let look_up = |name: &str| {
        let above = |it: &&EnvEntry| it.line.start < entry.line.start;
        file.all(name).rev().find(above).map(|it| it.value.value.clone())
    };
    let read = |dialect| entry.reading(dialect, &look_up);
    // What is written means what compose makes of it, which is what most readers make of it.
    let Reading::Value(meant) = read(Dialect::ComposeEnvFile) else { return None };
    let is_compose = |it: &&EnvReader| matches!(it.dialect, Dialect::ComposeEnvFile | Dialect::ComposeInterpolation);
    let is_shared = readers.iter().any(is_compose);
    // `X=   # what it is for` is a comment to all readers but compose.
    if meant.starts_with('#') && !is_shared {
        return None;
    }
    let refers_to_file = || dotenv_references(&entry.value.value).any(|it| look_up(&it).is_some());
    let mut dialects: Vec<Dialect> = readers.iter().map(|it| it.dialect).collect();
    dialects.sort_unstable();
    dialects.dedup();
    for dialect in ORDER {
        let Some(reader) = readers.iter().find(|it| it.dialect == *dialect) else { continue };
        let reading = read(*dialect);
        if reading == Reading::Value(meant.clone()) || reading == Reading::Absent {
            continue;
        }
        let cause = cause(entry, *dialect, &reading);
        let is_fault = match (cause, dialect) {
            // A single reader that leaves `$` alone does what a password wants.
            (Cause::Expansion, _) => is_shared || refers_to_file(),
            (Cause::Other, Dialect::PythonDotenv | Dialect::Make) => is_shared,
            // Whoever writes a path of the home directory without quotes means what the shell makes of it.
            (Cause::Shell, _) if entry.quote == Quote::None && meant.starts_with("~/") => is_shared,
            _ => true,
        };
        if is_fault {
            return Some(Trouble { entry, reader, dialects, meant, cause });
        }
    }
    None
}

fn dotenv_references(value: &str) -> impl Iterator<Item = String> {
    let template = crate::syntax::interpolation::parse(value);
    let names: Vec<String> = template.variables().iter().map(|it| it.name.clone()).collect();
    names.into_iter()
}

fn cause(entry: &EnvEntry, dialect: Dialect, reading: &Reading) -> Cause {
    let Reading::Value(got) = reading else {
        return if dialect == Dialect::Bash { Cause::Shell } else { Cause::Refused };
    };
    let cuts_at_hash = matches!(dialect, Dialect::NodeDotenv | Dialect::NodeEnvFile | Dialect::Make);
    match dialect {
        _ if entry.quote != Quote::None && got.starts_with(['"', '\'']) => Cause::Quotes,
        _ if entry.comment.is_some() && got.contains('#') => Cause::Comment,
        _ if cuts_at_hash && entry.value.value.starts_with(got.as_str()) && entry.value.value.contains('#') => {
            Cause::Hash
        }
        Dialect::Bash => Cause::Shell,
        _ if entry.value.value.contains('$') => Cause::Expansion,
        _ => Cause::Other,
    }
}

/// Reports the lines with one cause.
fn report(repo: &Repo, rule: &Rule, cause: Cause, findings: &mut Findings) {
    let mut told: BTreeMap<(Span, FileId), Vec<(String, Diagnostic)>> = BTreeMap::new();
    each(repo, |trouble| {
        if trouble.cause == cause {
            let place = (trouble.reader.span, trouble.entry.line.file);
            told.entry(place).or_default().push((trouble.entry.name.value.clone(), finding(repo, rule, trouble)));
        }
    });
    for mut list in told.into_values() {
        if list.len() > MANY {
            let (_, first) = list.remove(0);
            findings.push(together(first, list));
        } else {
            list.into_iter().for_each(|it| findings.push(it.1));
        }
    }
}

/// So many lines that one reader takes for something else are one finding.
const MANY: usize = 3;

/// Makes one finding of several with the same reader and cause: the first says what is the matter.
fn together(mut first: Diagnostic, others: Vec<(String, Diagnostic)>) -> Diagnostic {
    first.message = format!("{}; the same holds of {} more lines", first.message, others.len());
    for (name, other) in others {
        first.level = first.level.max(other.level);
        if let Some(span) = other.span() {
            first = first.also(span, format!("`{name}` too"));
        }
        match (&mut first.fix, other.fix) {
            (Some(fix), Some(more)) => {
                // All of it is as safe as the least safe part.
                if more.applicability == Applicability::Unsafe {
                    fix.applicability = Applicability::Unsafe;
                }
                fix.edits.extend(more.edits);
            }
            (fix @ None, more) => *fix = more,
            _ => {}
        }
    }
    first
}

fn finding(repo: &Repo, rule: &Rule, trouble: &Trouble) -> Diagnostic {
    let (entry, name) = (trouble.entry, &trouble.entry.name.value);
    let reader = trouble.reader.dialect.name();
    let message = match trouble.cause {
        Cause::Quotes => format!("{reader} takes the quotes for a part of `{name}`"),
        Cause::Comment => format!("{reader} takes the comment for a part of `{name}`"),
        Cause::Shell => format!("bash does not take this for the value of `{name}` that it seems to be"),
        Cause::Expansion => {
            format!("{reader} {} the `$` in `{name}`", if expands(trouble) { "expands" } else { "does not expand" })
        }
        Cause::Refused => format!("{reader} refuses this line"),
        Cause::Hash => format!("{reader} cuts `{name}` off at the `#`"),
        Cause::Other => format!("{reader} reads another value of `{name}` than compose"),
    };
    let span = match trouble.cause {
        Cause::Comment => entry.comment.unwrap_or(entry.line),
        Cause::Refused => entry.line,
        _ => entry.written().unwrap_or(entry.line),
    };
    let finding = rule
        .finding_at(level(repo, rule, trouble), span, message)
        .also(trouble.reader.span, format!("read by {reader} here"));
    mend(finding, trouble)
}

/// Returns whether the reader that goes astray is one that replaces `$NAME`.
fn expands(trouble: &Trouble) -> bool {
    trouble.meant == trouble.entry.value.value
}

/// A shell's or make's reading hurts only where the variable is then used.
fn level(repo: &Repo, rule: &Rule, trouble: &Trouble) -> Level {
    let is_used = |language: Language| {
        repo.usage.of_name(&trouble.entry.name.value).iter().any(|it| match it {
            Use::Reference(..) => true,
            _ => repo.as_read(*it).is_some_and(|it| it.language == language),
        })
    };
    match trouble.reader.dialect {
        Dialect::Make => Level::Info,
        Dialect::Bash if !is_used(Language::Shell) => Level::Info,
        Dialect::Bash => Level::Warning,
        _ => rule.level,
    }
}

fn mend(finding: Diagnostic, trouble: &Trouble) -> Diagnostic {
    let entry = trouble.entry;
    let (Some(span), Ok(value)) = (entry.written(), dotenv::write(&trouble.meant, &trouble.dialects)) else {
        return finding
            .help(format!("no way to write it suits {}: keep the value in another file", names(&trouble.dialects)));
    };
    if let Some(comment) = entry.comment {
        let finding = finding.help("move the comment to a line of its own");
        let Some(text) = text_of(entry, comment) else { return finding };
        let own_line = Edit { span: Span { end: entry.line.start, ..entry.line }, replacement: format!("{text}\n") };
        let alone = Edit { span: Span { end: comment.end, ..span }, replacement: value };
        let title = "move the comment to a line of its own";
        return finding.fix(title, Applicability::Unsafe, vec![own_line, alone]);
    }
    // To the end of the line: blanks there are a part of the value to some.
    let mut edits = vec![Edit { span: Span { end: entry.line.end.max(span.end), ..span }, replacement: value }];
    if trouble.cause == Cause::Refused {
        // It is not the value: `export` before the name, or spaces around the `=`.
        edits[0] = Edit { span: Span { end: span.start, ..entry.line }, replacement: format!("{}=", entry.name.value) };
    }
    let title = "write the value so that all its readers agree";
    finding.help("write it so that all its readers agree").fix(title, Applicability::Unsafe, edits)
}

/// Returns the text of a part of an entry's line.
fn text_of(entry: &EnvEntry, part: Span) -> Option<&str> {
    // The statement's text may start before its place, with blanks.
    let text = &entry.text;
    let from = (part.start.checked_sub(entry.line.start)? as usize) + text.len()
        - (entry.line.end - entry.line.start) as usize;
    text.get(from..from + (part.end - part.start) as usize)
}

fn names(dialects: &[Dialect]) -> String {
    let names: Vec<&str> = dialects.iter().map(|it| it.name()).collect();
    names.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn all_readers_agree_on_what_is_written_in_plain_letters(
            name in "[A-Za-z_][A-Za-z0-9_]{0,9}", value in "[A-Za-z0-9_./:@,-]{1,12}",
        ) {
            let text = format!("{name}={value}\n");
            let parsed = dotenv::parse(&text);
            for dialect in Dialect::ALL {
                let read = dotenv::value(&parsed.entries[0], dialect, &|_| None);
                proptest::prop_assert_eq!(read, Reading::Value(value.clone()), "{} {}", dialect.name(), text);
            }
        }
    }

    #[test]
    fn a_fix_of_many_lines_is_as_safe_as_the_least_safe_of_them() {
        static CODE: crate::diag::Code = crate::diag::Code { id: "DIA999", name: "test" };
        let line = |at: usize, applicability| {
            let span = Span::new(FileId(0), at, at + 1);
            let edit = Edit { span, replacement: "x".to_string() };
            Diagnostic::new(CODE, Level::Warning, span, "m").fix("quote it", applicability, vec![edit])
        };
        let (safe, not) = (Applicability::Safe, Applicability::Unsafe);
        for (first, second, all) in [(safe, safe, safe), (safe, not, not), (not, safe, not)] {
            let one = together(line(0, first), vec![("B".to_string(), line(2, second))]);
            let fix = one.fix.unwrap();
            assert_eq!((fix.applicability, fix.edits.len(), one.related.len()), (all, 2, 1));
        }
    }
}
