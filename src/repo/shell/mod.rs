//! Shell scripts, and shell text in anything else: which commands are run, and which variables are asked for.
//!
//! Nothing is executed. [`lex`] splits, [`run`] goes through it with the little that [`value`] knows of variables and
//! directories, [`action`] tells what a command does, [`reads`] what it takes from the environment.

pub mod action;
mod archive;
mod compose;
pub mod crossing;
mod docker;
pub mod embedded;
pub mod filter;
mod inner;
pub mod lex;
mod note;
mod program;
pub mod reads;
pub mod run;
pub mod token;
pub mod value;

use super::compose::comment::drawn_containers;
use super::fact::{Action, Command, CommandHost, Facts, Language, ShellScript, Text};
use super::reader::Input;
use super::tree::Tree;
use crate::diag::Diags;
use crate::source::normalize;
use embedded::Embedded;
use run::Setting;
use token::{Body, Token};
use value::Directory;

/// Reads a shell script.
pub fn read(input: &Input, facts: &mut Facts, _: &mut Diags) {
    let script = Embedded::whole(input.text, input.file);
    let fails_when_unset = reads::fails_when_unset(input.text);
    let rules = reads::Rules { fails_when_unset, language: Language::Shell, in_test: input.in_test };
    let tokens = lex::tokens(&script.text);
    let uses = reads::uses_of(&script, &tokens, &rules);
    let from = facts.commands.len();
    let setting = Setting::new(input, CommandHost::Script, Directory::anywhere());
    run::run_tokens(&script, &tokens, setting, facts);
    place(&mut facts.commands[from..], input);
    facts.reads.extend(uses.reads);
    facts.left_behind.extend(crossing::left_behind(&script, &tokens, &[]));
    facts.drawn_containers.extend(drawn_containers(input.text));
    facts.scripts.push(ShellScript {
        file: input.file,
        path: input.path.to_string(),
        fails_when_unset,
        arguments: positional(input, &tokens),
    });
}

/// Returns the folder of a path, "." for the root.
pub fn folder(path: &str) -> &str {
    path.rsplit_once('/').map_or(".", |it| it.0)
}

/// Says where commands run that nothing says it of.
///
/// A script that changes into no directory may be meant for the root or for its own folder: what it names decides.
pub fn place(commands: &mut [Command], input: &Input) {
    let beside = folder(input.path);
    if beside == "." {
        return;
    }
    let uncertain = |it: &Command| !it.is_directory_certain && it.elsewhere.is_none();
    let counts = |directory: &str| {
        let named = commands.iter().filter(|it| uncertain(it)).flat_map(|it| named(&it.action));
        named.filter(|it| exists(input.tree, directory, it)).count()
    };
    if counts(beside) > counts(".") {
        for command in commands.iter_mut().filter(|it| uncertain(it)) {
            command.directory = beside.to_string();
        }
    }
}

fn exists(tree: &Tree, directory: &str, path: &Text) -> bool {
    normalize(&format!("{directory}/{}", path.value)).is_some_and(|it| tree.kind(&it) == Some(crate::files::Kind::File))
}

/// Returns the paths that a command needs to be there.
fn named(action: &Action) -> Vec<&Text> {
    match action {
        Action::Compose(it) => it.files.iter().chain(&it.env_files).collect(),
        Action::StackDeploy { files, .. } | Action::KubectlApply(files) => files.iter().collect(),
        Action::Copy(it) if !it.from_remote => it.sources.iter().collect(),
        Action::Source { file, .. } => vec![file],
        Action::Script { script, .. } => vec![script],
        Action::Build { dockerfile, .. } => dockerfile.iter().collect(),
        _ => Vec::new(),
    }
}

/// Returns how a script insists on positional arguments: the place, and how many it needs.
fn positional(input: &Input, tokens: &[Token]) -> Option<(crate::source::Span, usize)> {
    let text = input.text;
    // Most scripts have none.
    if !["$#", "$1", "${1"].iter().any(|it| memchr::memmem::find(text.as_bytes(), it.as_bytes()).is_some()) {
        return None;
    }
    let span = |start: usize, end: usize| crate::source::Span::new(input.file, start, end);
    let mut needed: Option<(crate::source::Span, usize)> = None;
    let mut depth = 0usize;
    let mut blocks = 0usize;
    let mut at = 0;
    let mut aliases: Vec<(&str, &str)> = Vec::new();
    let mut others = documents(tokens).peekable();
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    for (index, line) in lines.iter().enumerate() {
        let trimmed = line.trim();
        let start = at + (line.len() - line.trim_start().len());
        at += line.len();
        // What stands in a here-document is another script, which this one writes.
        while others.next_if(|it| it.end <= start).is_some() {}
        if others.peek().is_some_and(|it| it.start <= start) {
            continue;
        }
        // `$1` in a function is the function's.
        if depth > 0 || trimmed.ends_with("() {") || trimmed.starts_with("function ") {
            depth = usize::from(!(line.starts_with('}') || trimmed.ends_with('}') && trimmed.contains('{')));
            continue;
        }
        // After a `shift` the numbers mean others.
        if trimmed.split(';').any(|it| it.trim() == "shift" || it.trim().starts_with("shift ")) && blocks == 0 {
            break;
        }
        let is_inner = blocks > 0;
        blocks = inside(trimmed, blocks);
        // What one branch insists on, the others do not.
        if is_inner {
            continue;
        }
        aliases.extend(alias(trimmed));
        let follows = lines[index..].iter().take(12);
        if !trimmed.contains('$') {
            continue;
        }
        let mut tested = trimmed.to_string();
        for (name, argument) in aliases.iter().filter(|it| trimmed.contains(it.0)) {
            for form in [format!("${name}\""), format!("${{{name}}}"), format!("${{{name}:-}}"), format!("${name} ")] {
                tested = tested.replace(
                    &form,
                    &form.replace(&form[..form.len() - usize::from(form.ends_with(['"', ' ']))], argument),
                );
            }
        }
        let n = required(&tested, || follows.copied().collect());
        if n > needed.map_or(0, |it| it.1) {
            needed = Some((span(start, start + trimmed.len()), n));
        }
    }
    needed
}

/// Returns the here-documents in which nothing is expanded.
fn documents(tokens: &[Token]) -> impl Iterator<Item = Body> {
    let body = |it: &Token| if let Token::Redirect(it) = it { it.body } else { None };
    tokens.iter().filter_map(body).filter(|it| it.is_literal)
}

/// Returns how many blocks are open after a line, which may run or not: branches and loops.
fn inside(line: &str, before: usize) -> usize {
    let words = || line.split([' ', ';', '\t']).filter(|it| !it.is_empty());
    let first = words().next().unwrap_or("");
    let opens = usize::from(matches!(first, "if" | "case" | "while" | "until" | "for" | "select"));
    let closes = words().filter(|it| matches!(*it, "fi" | "esac" | "done")).count();
    (before + opens).saturating_sub(closes)
}

/// Returns the variable that a line gives an argument's value: `TARGET="$1"`.
fn alias(line: &str) -> Option<(&str, &str)> {
    let (name, value) = line.split_once('=')?;
    let value = value.trim_matches('"');
    let argument = match value {
        "${1}" | "${1:-}" => "$1",
        "${2}" | "${2:-}" => "$2",
        it if it.len() == 2 && it.starts_with('$') && it.as_bytes()[1].is_ascii_digit() => it,
        _ => return None,
    };
    let is_name = name.bytes().all(|it| it == b'_' || it.is_ascii_alphanumeric()) && !name.is_empty();
    is_name.then_some((name, argument))
}

/// Returns how many arguments a line needs: `${1:?}`, or a test of `$#` or `$1` after which the script ends.
fn required(line: &str, follows: impl FnOnce() -> String) -> usize {
    for n in (1..=9).rev().filter(|_| line.contains('?')) {
        if line.contains(&format!("${{{n}:?")) || line.contains(&format!("${{{n}?")) {
            return n;
        }
    }
    let is_test = line.starts_with("if ")
        || line.starts_with("[ ")
        || line.starts_with("[[ ")
        || line.starts_with("test ")
        || line.starts_with("(( ");
    if !is_test || line.contains("elif") {
        return 0;
    }
    let follows = follows();
    let branch = follows.split("fi\n").next().unwrap_or("");
    let branch = branch.split("else").next().unwrap_or("");
    let ends = branch.lines().any(|it| {
        let it = it.trim();
        it.starts_with("exit 1") || it.starts_with("exit 2") || it.contains("exit 1") || it.contains("exit 64")
    });
    if !ends {
        return 0;
    }
    if line.starts_with('[') && !(line.contains("exit") || line.contains("usage")) {
        return 0;
    }
    let compact: String = line.chars().filter(|it| !matches!(it, '"' | ' ' | '{' | '}')).collect();
    for n in 1..=9usize {
        let tests = [format!("$#-lt{n}]"), format!("$#-ne{n}]"), format!("$#!={n}]"), format!("$#<{n})")];
        if tests.iter().any(|it| compact.contains(it)) {
            return n;
        }
    }
    for n in 2..=9usize {
        if compact.contains(&format!("-z${n}]")) {
            return n;
        }
    }
    let one = ["-z$1]", "-z$1-]", "-z$1:-]", "!-n$1]", "$1=]", "$1==]", "$#-eq0]", "$#==0]", "$#=0]"];
    usize::from(one.iter().any(|it| compact.contains(it)))
}

#[cfg(test)]
mod tests;
