//! Makes a plan come true: all of it, or nothing.

use std::io;

use crate::files::Files;
use crate::output::hash;
use crate::output::journal::{self, Action as Do, Step};
use crate::output::lock;
use crate::output::plan::{Action, Plan};

/// Whoever carries out the journal: [`journal::finish`], or a process that survives ours.
pub type Finisher<'a> = &'a dyn Fn(&dyn Files) -> io::Result<()>;

/// Writes what the plan says, the lock last. Touches nothing when there is nothing to do.
///
/// # Errors
/// Those of the disk; then the files are as they were.
pub fn write(plan: &Plan, files: &dyn Files, finisher: Finisher<'_>) -> io::Result<()> {
    let work = work(plan);
    match work.as_slice() {
        [] => return Ok(()),
        [
            Work {
                step: Step { action: Do::Put, path, .. },
                after: Some(after),
                mode: Mode::Generated { executable },
                ..
            },
        ] => {
            return files.write(path, after, *executable);
        }
        _ => {}
    }
    all_or_none(&work, files, finisher)
}

fn all_or_none(work: &[Work<'_>], files: &dyn Files, finisher: Finisher<'_>) -> io::Result<()> {
    let steps: Vec<Step> = work.iter().map(|it| it.step.clone()).collect();
    if let Err(error) = prepare(work, &steps, files) {
        // Nothing was decided, so clearing away is all there is to do; what fails here is cleared by the next build.
        let _ = journal::recover(files);
        return Err(error);
    }
    let Err(error) = finisher(files) else { return Ok(()) };
    match undo(work, files) {
        Ok(()) => Err(io::Error::new(error.kind(), format!("{error}; no file was changed"))),
        Err(_) => Err(io::Error::new(error.kind(), format!("{error}; the next build will go on from here"))),
    }
}

/// A file that is there and gets another text.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Replacement {
    /// The file.
    pub path: String,
    /// What it must still hold.
    pub before: Vec<u8>,
    /// What it is to hold.
    pub after: Vec<u8>,
}

/// Gives files other texts, all of them or none. Their permissions stay.
///
/// # Errors
/// Those of the disk, or `ResourceBusy` for a file that does not hold any more what it held; then the files are as
/// they were.
pub fn replace(list: &[Replacement], files: &dyn Files, finisher: Finisher<'_>) -> io::Result<()> {
    let work: Vec<Work<'_>> = list
        .iter()
        .map(|Replacement { path, before, after }| Work {
            step: Step { action: Do::Put, path: path.clone(), before: Some(hash(before)) },
            before: Some(before),
            after: Some(after),
            mode: Mode::AsItIs,
        })
        .collect();
    for Replacement { path, before, .. } in list {
        if files.is_link(path) || files.read(path)? != *before {
            return Err(io::Error::new(io::ErrorKind::ResourceBusy, format!("{path}: it changed in the meantime")));
        }
    }
    if work.is_empty() { Ok(()) } else { all_or_none(&work, files, finisher) }
}

/// One step with the bytes it is about.
struct Work<'a> {
    step: Step,
    before: Option<&'a [u8]>,
    after: Option<&'a [u8]>,
    mode: Mode,
}

/// The permissions of a file that is written.
#[derive(Clone, Copy)]
enum Mode {
    /// Those of a generated file: to be run, or only read.
    Generated { executable: bool },
    /// Those that it has.
    AsItIs,
}

impl Work<'_> {
    /// Puts bytes beside their place.
    fn stage(&self, bytes: &[u8], files: &dyn Files) -> io::Result<()> {
        let prepared = journal::prepared(&self.step.path);
        match self.mode {
            Mode::Generated { executable } => files.stage(&prepared, bytes, executable),
            Mode::AsItIs => {
                files.stage(&prepared, bytes, false)?;
                files.copy_mode(&self.step.path, &prepared)
            }
        }
    }
}

fn work(plan: &Plan) -> Vec<Work<'_>> {
    let mut work: Vec<Work<'_>> = plan
        .pending()
        .map(|change| Work {
            step: Step {
                action: if change.action == Action::Remove { Do::Remove } else { Do::Put },
                path: change.path.clone(),
                before: change.before.as_deref().map(hash),
            },
            before: change.before.as_deref(),
            after: change.after.as_deref().map(str::as_bytes),
            mode: Mode::Generated { executable: change.executable },
        })
        .collect();
    if let (Some(after), true) = (&plan.lock_after, plan.lock_changes()) {
        let before = plan.lock_before.as_deref().map(str::as_bytes);
        let step = Step { action: Do::Put, path: lock::PATH.to_string(), before: before.map(hash) };
        work.push(Work { step, before, after: Some(after.as_bytes()), mode: Mode::Generated { executable: false } });
    }
    work
}

fn prepare(work: &[Work<'_>], steps: &[Step], files: &dyn Files) -> io::Result<()> {
    journal::intend(steps, files)?;
    for work in work {
        if let Some(after) = work.after {
            let staged = work.stage(after, files);
            staged.map_err(|it| io::Error::new(it.kind(), format!("{}: {it}", work.step.path)))?;
        }
    }
    journal::decide(files)
}

/// Puts back what was changed so far, by a journal of its own, so that dying here does no harm either.
fn undo(work: &[Work<'_>], files: &dyn Files) -> io::Result<()> {
    let mut steps = Vec::new();
    let mut old = Vec::new();
    for one in work {
        let Work { step, before, after, .. } = one;
        let path = step.path.clone();
        let moved = files.kind(&journal::prepared(&path)).is_none();
        match (step.action, before) {
            (Do::Put, _) if !moved => steps.push(Step { action: Do::Discard, path, before: None }),
            (Do::Remove, _) if files.kind(&path).is_some() => {}
            (_, None) => steps.push(Step { action: Do::Remove, path, before: after.map(hash) }),
            (_, Some(before)) => {
                old.push((one, *before));
                steps.push(Step { action: Do::Put, path, before: after.map(hash) });
            }
        }
    }
    journal::intend(&steps, files)?;
    for (work, bytes) in old {
        work.stage(bytes, files)?;
    }
    journal::decide(files)?;
    journal::finish(files)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;
    use crate::emit::Artifact;
    use crate::files::{InMemory, Kind};
    use crate::output::lock::Lock;
    use crate::output::plan::{Wanted, plan};

    /// A disk that fails at the `fail_at`th change, once or from then on. What it fails at is half done where that is
    /// possible: a staged file is cut short.
    struct Failing<'a> {
        disk: &'a InMemory,
        calls: AtomicUsize,
        fail_at: usize,
        forever: bool,
    }

    impl Failing<'_> {
        fn fails(&self) -> bool {
            let n = self.calls.fetch_add(1, Ordering::Relaxed);
            n == self.fail_at || (self.forever && n > self.fail_at)
        }
    }

    fn broken() -> io::Error {
        io::Error::other("the disk broke")
    }

    impl Files for Failing<'_> {
        fn read(&self, path: &str) -> io::Result<Vec<u8>> {
            self.disk.read(path)
        }
        fn kind(&self, path: &str) -> Option<Kind> {
            self.disk.kind(path)
        }
        fn list(&self, path: &str) -> io::Result<Vec<String>> {
            self.disk.list(path)
        }
        fn write(&self, path: &str, bytes: &[u8], executable: bool) -> io::Result<()> {
            if self.fails() { Err(broken()) } else { self.disk.write(path, bytes, executable) }
        }
        fn stage(&self, path: &str, bytes: &[u8], executable: bool) -> io::Result<()> {
            if self.fails() {
                let dead = self.forever && self.calls.load(Ordering::Relaxed) > self.fail_at + 1;
                if !dead {
                    self.disk.stage(path, &bytes[..bytes.len() / 2], executable)?;
                }
                return Err(broken());
            }
            self.disk.stage(path, bytes, executable)
        }
        fn rename(&self, from: &str, to: &str) -> io::Result<()> {
            if self.fails() { Err(broken()) } else { self.disk.rename(from, to) }
        }
        fn remove(&self, path: &str) -> io::Result<()> {
            if self.fails() { Err(broken()) } else { self.disk.remove(path) }
        }
    }

    fn build(texts: &[(&str, &str)], files: &dyn Files, finisher: Finisher<'_>) -> io::Result<()> {
        let artifact = |(path, text): &(&str, &str)| Artifact {
            path: (*path).to_string(),
            text: (*text).to_string(),
            executable: false,
            target: "compose",
            environments: vec!["dev".to_string()],
            origins: Vec::new(),
        };
        let wanted = Wanted { artifacts: texts.iter().map(artifact).collect(), ..Wanted::default() };
        let lock = Lock::load(files).unwrap();
        write(&plan(wanted, &lock, files), files, finisher)
    }

    const OLD: &[(&str, &str)] = &[("a", "old a"), ("deep/b", "old b"), ("same", "s"), ("stale", "old s")];
    const NEW: &[(&str, &str)] = &[("a", "new a"), ("deep/b", "new b"), ("deep/new/c", "new c"), ("same", "s")];

    fn tree(texts: &[(&str, &str)]) -> BTreeMap<String, Vec<u8>> {
        let disk = InMemory::default();
        disk.write("mine", b"not specc's", false).unwrap();
        build(texts, &disk, &journal::finish).unwrap();
        disk.all()
    }

    fn old_tree() -> InMemory {
        let disk = InMemory::default();
        for (path, bytes) in tree(OLD) {
            disk.write(&path, &bytes, false).unwrap();
        }
        disk
    }

    #[test]
    fn build_writes_all_and_leaves_nothing_else() {
        let files = tree(NEW);
        assert_eq!(files.keys().collect::<Vec<_>>(), ["a", "deep/b", "deep/new/c", "mine", "same", "specc.lock"]);
        assert_eq!(files["a"], b"new a");
        let disk = old_tree();
        build(NEW, &disk, &journal::finish).unwrap();
        assert_eq!(disk.all(), files, "what is not generated any more is gone");
    }

    #[test]
    fn second_build_touches_nothing() {
        let disk = old_tree();
        let watched = Failing { disk: &disk, calls: AtomicUsize::new(0), fail_at: 0, forever: true };
        build(OLD, &watched, &journal::finish).unwrap();
        assert_eq!(watched.calls.load(Ordering::Relaxed), 0);
    }

    #[test]
    fn dying_at_any_step_leaves_the_old_files_or_the_new_ones() {
        let (old, new) = (tree(OLD), tree(NEW));
        let (mut n_old, mut n_new) = (0, 0);
        for fail_at in 0.. {
            let disk = old_tree();
            let dying = Failing { disk: &disk, calls: AtomicUsize::new(0), fail_at, forever: true };
            let died = build(NEW, &dying, &journal::finish).is_err();
            journal::recover(&disk).unwrap();
            let now = disk.all();
            assert!(now == old || now == new, "neither old nor new after dying at step {fail_at}: {:?}", now.keys());
            *(if now == old { &mut n_old } else { &mut n_new }) += 1;
            build(NEW, &disk, &journal::finish).unwrap();
            assert_eq!(disk.all(), new, "the next build after dying at step {fail_at}");
            if !died {
                break;
            }
        }
        assert!(n_old > 3 && n_new > 3, "deaths on both sides: {n_old} old, {n_new} new");
    }

    #[test]
    fn failing_at_any_step_changes_no_file() {
        let (old, new) = (tree(OLD), tree(NEW));
        for fail_at in 0.. {
            let disk = old_tree();
            let failing = Failing { disk: &disk, calls: AtomicUsize::new(0), fail_at, forever: false };
            let Err(error) = build(NEW, &failing, &journal::finish) else { break };
            assert!(error.to_string().contains("the disk broke"));
            // Where even clearing away failed, the next build does it.
            journal::recover(&disk).unwrap();
            assert_eq!(disk.all(), old, "after failing at step {fail_at}");
            build(NEW, &disk, &journal::finish).unwrap();
            assert_eq!(disk.all(), new);
        }
    }

    #[test]
    fn dying_while_a_failed_build_is_put_back_leaves_the_old_files_or_the_new_ones() {
        let (old, new) = (tree(OLD), tree(NEW));
        for moved in 0..4 {
            for fail_at in 0..20 {
                let disk = old_tree();
                let dying = Failing { disk: &disk, calls: AtomicUsize::new(0), fail_at, forever: true };
                // The journal is carried out in part, then the disk breaks, then the process dies while it undoes.
                let finisher = |_: &dyn Files| {
                    let part = Failing { disk: &disk, calls: AtomicUsize::new(0), fail_at: moved, forever: true };
                    journal::finish(&part)
                };
                let _ = build(NEW, &dying, &finisher);
                journal::recover(&disk).unwrap();
                let now = disk.all();
                assert!(now == old || now == new, "moved {moved}, died at {fail_at}: {now:?}");
            }
        }
    }

    #[test]
    fn what_a_person_changed_after_a_crash_is_kept() {
        let disk = old_tree();
        let nobody = |_: &dyn Files| -> io::Result<()> { panic!("killed") };
        let died = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| build(NEW, &disk, &nobody)));
        assert!(died.is_err() && journal::is_pending(&disk));
        disk.write("a", b"by hand", false).unwrap();
        journal::recover(&disk).unwrap();
        assert_eq!(disk.read("a").unwrap(), b"by hand");
        assert_eq!(disk.read("deep/b").unwrap(), b"new b");
        assert!(!disk.all().keys().any(|it| it.contains("specc-")), "nothing is left behind");
    }
}
