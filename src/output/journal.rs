//! Many files changed as one: the list of what is to be done, and whoever carries it out.
//!
//! Each new file first lies complete beside its place, under a name of its own. The list of all of them is
//! written before the first one, as an *intent*; renaming the intent to *journal* is the one step that decides.
//! Whoever dies before it leaves the old files and an intent, which [`recover`] clears away. Whoever dies after it
//! leaves a journal, which [`finish`] carries out: every step is a rename, and one that was done is skipped.

use std::io;

use crate::files::Files;

/// The list before everything lies ready.
const INTENT: &str = ".specc-intent";
/// The list once everything lies ready.
const JOURNAL: &str = ".specc-journal";
/// The last line of a whole list.
const END: &str = "end";

/// One step.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Step {
    /// What to do.
    pub action: Action,
    /// The file.
    pub path: String,
    /// The hash of what stands there now; `None` when nothing does.
    pub before: Option<String>,
}

/// What a step does.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Action {
    /// Moves the prepared file to its place.
    Put,
    /// Removes the file.
    Remove,
    /// Removes the prepared file only.
    Discard,
}

/// Returns where the new text of a file lies until it is moved to its place.
pub fn prepared(path: &str) -> String {
    match path.rsplit_once('/') {
        Some((folder, name)) => format!("{folder}/.{name}.specc-new"),
        None => format!(".{path}.specc-new"),
    }
}

/// Writes down what is about to be prepared, so that it can be cleared away.
///
/// # Errors
/// Those of the disk.
pub fn intend(steps: &[Step], files: &dyn Files) -> io::Result<()> {
    let mut text = String::new();
    for Step { action, path, before } in steps {
        let word = match action {
            Action::Put => "put",
            Action::Remove => "remove",
            Action::Discard => "discard",
        };
        text += &format!("{word} {} {path}\n", before.as_deref().unwrap_or("-"));
    }
    text += END;
    text.push('\n');
    files.stage(INTENT, text.as_bytes(), false)
}

/// Decides: from here on the new files are the ones that count.
///
/// # Errors
/// Those of the disk.
pub fn decide(files: &dyn Files) -> io::Result<()> {
    files.rename(INTENT, JOURNAL)
}

/// Returns whether an earlier build was cut short.
pub fn is_pending(files: &dyn Files) -> bool {
    files.kind(INTENT).is_some() || files.kind(JOURNAL).is_some()
}

/// Returns how many steps are left: it falls whenever somebody gets on with the list.
pub fn n_left(files: &dyn Files) -> usize {
    let Ok(text) = files.read_text(JOURNAL) else { return 0 };
    parse(&text).iter().filter(|it| !is_done(it, files)).count()
}

/// Carries out what a build that was cut short had decided, and clears away what it had not.
///
/// A file that somebody changed since then is left alone. Returns whether there was anything to do.
///
/// # Errors
/// Those of the disk.
pub fn recover(files: &dyn Files) -> io::Result<bool> {
    if !is_pending(files) {
        return Ok(false);
    }
    if files.kind(JOURNAL).is_some() {
        // A journal that was cut short by a power failure says nothing certain: what it names is only cleared away.
        let text = files.read_text(JOURNAL)?;
        let whole = text.lines().last() == Some(END);
        for step in parse(&text) {
            let step = if whole && is_as_it_was(&step, files)? { step } else { discarded(step) };
            carry_out(&step, files)?;
        }
        remove_if_there(JOURNAL, files)?;
    }
    if files.kind(INTENT).is_some() {
        for step in parse(&files.read_text(INTENT)?) {
            carry_out(&discarded(step), files)?;
        }
        remove_if_there(INTENT, files)?;
    }
    Ok(true)
}

/// Carries out the journal; nothing else has touched the files since it was decided.
///
/// # Errors
/// Those of the disk; the journal stays.
pub fn finish(files: &dyn Files) -> io::Result<()> {
    let text = match files.read_text(JOURNAL) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        other => other?,
    };
    for step in parse(&text) {
        carry_out(&step, files).map_err(|it| io::Error::new(it.kind(), format!("{}: {it}", step.path)))?;
    }
    remove_if_there(JOURNAL, files)
}

/// Returns whether a step is behind us. Whoever takes the list up again does not try what was done: it would die
/// at the same place if that is where it is killed.
fn is_done(step: &Step, files: &dyn Files) -> bool {
    match step.action {
        Action::Put | Action::Discard => files.kind(&prepared(&step.path)).is_none(),
        Action::Remove => files.kind(&step.path).is_none(),
    }
}

fn carry_out(step: &Step, files: &dyn Files) -> io::Result<()> {
    if is_done(step, files) {
        return Ok(());
    }
    match step.action {
        Action::Put => files.rename(&prepared(&step.path), &step.path),
        Action::Remove => remove_if_there(&step.path, files),
        Action::Discard => remove_if_there(&prepared(&step.path), files),
    }
}

fn remove_if_there(path: &str, files: &dyn Files) -> io::Result<()> {
    match files.remove(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other,
    }
}

/// Removing somebody's file is never part of clearing away.
fn discarded(step: Step) -> Step {
    Step { action: Action::Discard, ..step }
}

fn is_as_it_was(step: &Step, files: &dyn Files) -> io::Result<bool> {
    if step.action == Action::Discard {
        return Ok(true);
    }
    let now = match files.read(&step.path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        other => Some(super::hash(&other?)),
    };
    Ok(now == step.before)
}

/// Reads a list; a last line that was cut short does not count, since its path may be a part of another.
fn parse(text: &str) -> Vec<Step> {
    let whole = text.rfind('\n').map_or("", |at| &text[..at]);
    whole.lines().filter_map(step).collect()
}

fn step(line: &str) -> Option<Step> {
    let (word, rest) = line.split_once(' ')?;
    let (before, path) = rest.split_once(' ')?;
    let action = match word {
        "put" => Action::Put,
        "remove" => Action::Remove,
        "discard" => Action::Discard,
        _ => return None,
    };
    Some(Step { action, path: path.to_string(), before: (before != "-").then(|| before.to_string()) })
}
