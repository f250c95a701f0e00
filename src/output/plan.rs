//! What a build would do to each file, before it does anything.
//!
//! Three things decide: what is to stand there, what stands there, and what the lock says we wrote last. A file that
//! differs from all three sides of that was changed by somebody else, and is an [`Obstacle`].

use std::collections::{BTreeMap, BTreeSet};
use std::io;

use crate::emit::Artifact;
use crate::files::{Files, Kind};
use crate::output::hash;
use crate::output::impact::Effect;
use crate::output::lock::{Lock, Owned, is_conflict_marker};

/// What a build wants to leave on the disk.
#[derive(Default, Debug)]
pub struct Wanted {
    /// The files.
    pub artifacts: Vec<Artifact>,
    /// How much of the system they are.
    pub scope: Scope,
    /// What was read to come to this, as the lock keeps it; empty to keep nothing.
    pub inputs: BTreeMap<String, String>,
    /// The version of specc.
    pub tool: String,
    /// Overwrite what a person edited or wrote.
    pub force: bool,
}

/// How much of a system a build is about.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub enum Scope {
    /// All of it: whatever else the lock names is not generated any more.
    #[default]
    Everything,
    /// These environments, with all of their files.
    Environments(Vec<String>),
    /// Some files: nothing can be said about the others.
    Part,
}

impl Scope {
    /// Returns whether a file that is not generated, and once belonged to these environments, is stale.
    fn decides_on(&self, environments: &[String]) -> bool {
        match self {
            Scope::Everything => true,
            Scope::Environments(it) => !environments.is_empty() && environments.iter().all(|one| it.contains(one)),
            Scope::Part => false,
        }
    }
}

/// What would be done, file by file, sorted by path.
#[derive(Default, Debug)]
pub struct Plan {
    /// One per file, also for those that stay as they are.
    pub changes: Vec<Change>,
    /// Whether only some environments were asked for.
    pub partial: bool,
    /// The lock's text now, if there is one.
    pub lock_before: Option<String>,
    /// The lock's text afterwards; `None` if it is not touched.
    pub lock_after: Option<String>,
}

/// What would be done to one file.
#[derive(Debug)]
pub struct Change {
    /// The file.
    pub path: String,
    /// What is to be done.
    pub action: Action,
    /// What speaks against it.
    pub obstacle: Option<Obstacle>,
    /// Whether it is done in spite of the obstacle.
    pub forced: bool,
    /// The bytes that stand there and go away.
    pub before: Option<Vec<u8>>,
    /// The text that comes.
    pub after: Option<String>,
    /// The text that stays.
    pub unchanged: Option<String>,
    /// The target's word, such as `compose`; empty for a file that is not generated any more.
    pub target: &'static str,
    /// Whether the new file is a program.
    pub executable: bool,
    /// The environments it belongs to.
    pub environments: Vec<String>,
    /// What the change does to a running system.
    pub effects: Vec<Effect>,
}

/// What a build does to a file.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Action {
    /// Nothing stands there yet.
    Create,
    /// Something else stands there.
    Change,
    /// It is as it should be.
    Same,
    /// We wrote it and it is no longer generated.
    Remove,
    /// It is no longer generated and gone already.
    Forget,
}

impl Action {
    /// Returns the word that reports use.
    pub fn word(self) -> &'static str {
        match self {
            Action::Create => "create",
            Action::Change => "change",
            Action::Same => "same",
            Action::Remove => "remove",
            Action::Forget => "forget",
        }
    }
}

/// Why a file is not touched unasked.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Obstacle {
    /// We wrote it, and somebody changed it since.
    Edited,
    /// We did not write it.
    Foreign,
    /// It is a symbolic link to another file of the tree.
    Link,
    /// It, or a directory on the way, is a symbolic link that leads out of the tree or to nothing.
    Outside,
    /// A directory stands there.
    Directory,
    /// The operating system says no.
    Unreadable(String),
}

impl Obstacle {
    /// Returns whether `--force` goes ahead.
    pub fn yields(&self) -> bool {
        matches!(self, Obstacle::Edited | Obstacle::Foreign | Obstacle::Link)
    }

    /// Says what it is, as a clause after the file's name.
    pub fn describe(&self) -> String {
        match self {
            Obstacle::Edited => "was edited by hand since specc wrote it".to_string(),
            Obstacle::Foreign => "is there already, and specc did not write it".to_string(),
            Obstacle::Link => "is a symbolic link".to_string(),
            Obstacle::Outside => "leads out of the tree through a symbolic link".to_string(),
            Obstacle::Directory => "is a directory".to_string(),
            Obstacle::Unreadable(why) => format!("cannot be read: {why}"),
        }
    }

    /// Returns the word that JSON reports use.
    pub fn word(&self) -> &'static str {
        match self {
            Obstacle::Edited => "edited",
            Obstacle::Foreign => "foreign",
            Obstacle::Link => "link",
            Obstacle::Outside => "outside",
            Obstacle::Directory => "directory",
            Obstacle::Unreadable(_) => "unreadable",
        }
    }
}

impl Change {
    /// Returns whether the disk would be touched for this file.
    pub fn proceeds(&self) -> bool {
        matches!(self.action, Action::Create | Action::Change | Action::Remove)
            && (self.obstacle.is_none() || self.forced)
    }

    /// Returns whether the build stops because of it: a file to write stands in somebody's way. One that would only
    /// be removed is kept, and nothing stops.
    pub fn blocks(&self) -> bool {
        self.obstacle.is_some() && !self.forced && self.action != Action::Remove
    }
}

impl Plan {
    /// Returns the files that would be touched.
    pub fn pending(&self) -> impl Iterator<Item = &Change> {
        self.changes.iter().filter(|it| it.proceeds())
    }

    /// Returns the files that stop the build.
    pub fn blocked(&self) -> impl Iterator<Item = &Change> {
        self.changes.iter().filter(|it| it.blocks())
    }

    /// Returns whether the lock would be written.
    pub fn lock_changes(&self) -> bool {
        self.lock_after.is_some() && self.lock_before != self.lock_after
    }

    /// Returns whether the tree is exactly as a build would leave it. A build of some environments leaves the lock to
    /// the others: it alone is no difference.
    pub fn is_empty(&self) -> bool {
        (self.partial || !self.lock_changes())
            && self.changes.iter().all(|it| it.action == Action::Same && !it.blocks())
    }
}

/// Compares what is wanted with the disk. Reads, never writes.
pub fn plan(wanted: Wanted, lock: &Lock, files: &dyn Files) -> Plan {
    let Wanted { artifacts, scope, inputs, tool, force } = wanted;
    let produced: BTreeSet<String> = artifacts.iter().map(|it| it.path.clone()).collect();
    // The lock vouches that input and output belong together, also for the files that this build is not about.
    let mut vouched = scope == Scope::Everything || (lock.inputs == inputs && lock.tool == tool);
    let mut next = Lock { tool, inputs, files: BTreeMap::new() };
    let mut changes = Vec::new();
    for artifact in artifacts {
        let hashes = vec![hash(artifact.text.as_bytes())];
        let owned = Owned { hashes, environments: artifact.environments.clone() };
        next.files.insert(artifact.path.clone(), owned);
        changes.push(artifact_change(artifact, lock, files));
    }
    for (path, owned) in lock.files.iter().filter(|(path, _)| !produced.contains(*path)) {
        if scope.decides_on(&owned.environments) {
            changes.push(stale_change(path, owned, files));
        } else {
            next.files.insert(path.clone(), owned.clone());
        }
    }
    changes.sort_by(|a, b| a.path.cmp(&b.path));
    for change in &mut changes {
        change.forced = force && change.obstacle.as_ref().is_some_and(Obstacle::yields);
        if change.obstacle.is_some() && !change.forced {
            vouched = false;
            if let (Action::Remove, Some(owned)) = (change.action, lock.files.get(&change.path)) {
                next.files.insert(change.path.clone(), owned.clone());
            }
        }
    }
    if !vouched {
        next.inputs.clear();
    }
    let lock_before = files.read_text(crate::output::lock::PATH).ok();
    let partial = scope != Scope::Everything;
    // A spec that only configures the checker generates nothing, so there is nothing to keep.
    let is_needed = lock_before.is_some() || !next.files.is_empty();
    let lock_after = is_needed.then(|| next.render());
    Plan { changes, partial, lock_before, lock_after }
}

/// What stands at a path.
enum Found {
    Nothing,
    Bytes(Vec<u8>),
    Obstacle(Obstacle),
}

fn look(path: &str, files: &dyn Files) -> Found {
    match files.kind(path) {
        Some(Kind::Directory) => return Found::Obstacle(Obstacle::Directory),
        Some(Kind::Other) if files.is_link(path) => return Found::Obstacle(Obstacle::Outside),
        Some(Kind::Other) => {
            return Found::Obstacle(Obstacle::Unreadable("it is neither a file nor a directory".to_string()));
        }
        Some(Kind::File) | None => {}
    }
    match files.read(path) {
        Ok(bytes) => Found::Bytes(bytes),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Found::Nothing,
        // The refusal of `Files` itself carries no number of the operating system.
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied && error.raw_os_error().is_none() => {
            Found::Obstacle(Obstacle::Outside)
        }
        Err(error) => Found::Obstacle(Obstacle::Unreadable(error.to_string())),
    }
}

fn artifact_change(artifact: Artifact, lock: &Lock, files: &dyn Files) -> Change {
    let Artifact { path, text, executable, environments, target, origins: _ } = artifact;
    let mut change = Change {
        path,
        action: Action::Same,
        obstacle: None,
        forced: false,
        before: None,
        after: None,
        unchanged: None,
        target,
        executable,
        environments,
        effects: Vec::new(),
    };
    let path = change.path.as_str();
    match look(path, files) {
        Found::Obstacle(obstacle) => {
            change.action = Action::Change;
            change.obstacle = Some(obstacle);
        }
        Found::Nothing => change.action = Action::Create,
        Found::Bytes(bytes) => {
            let same = bytes == text.as_bytes() || unix_breaks(&bytes).is_some_and(|it| it == text.as_bytes());
            if same && files.executable(path).is_none_or(|it| it == executable) {
                change.unchanged = Some(text);
                return change;
            }
            // An empty file holds nobody's work: it is what a power failure leaves of a new file.
            change.action = if bytes.is_empty() { Action::Create } else { Action::Change };
            let linked = files.is_link(path);
            change.obstacle = if linked {
                Some(Obstacle::Link)
            } else if same || bytes.is_empty() || is_ours(path, &bytes, lock) {
                None
            } else if lock.files.contains_key(path) {
                Some(Obstacle::Edited)
            } else {
                Some(Obstacle::Foreign)
            };
            change.before = Some(bytes);
        }
    }
    change.after = Some(text);
    change
}

/// A file of ours that is not generated any more.
fn stale_change(path: &str, owned: &Owned, files: &dyn Files) -> Change {
    let (action, obstacle, before) = match look(path, files) {
        Found::Nothing => (Action::Forget, None, None),
        Found::Obstacle(obstacle) => (Action::Remove, Some(obstacle), None),
        Found::Bytes(bytes) => {
            let unedited = owned.hashes.contains(&hash(&bytes))
                || unix_breaks(&bytes).is_some_and(|it| owned.hashes.contains(&hash(&it)));
            let obstacle =
                if files.is_link(path) { Some(Obstacle::Link) } else { (!unedited).then_some(Obstacle::Edited) };
            (Action::Remove, obstacle, Some(bytes))
        }
    };
    Change {
        path: path.to_string(),
        action,
        obstacle,
        forced: false,
        before,
        after: None,
        unchanged: None,
        target: "",
        executable: false,
        environments: owned.environments.clone(),
        effects: Vec::new(),
    }
}

/// Returns whether a file of the lock holds nothing but what we wrote: as it was, or torn apart by git, which keeps
/// both sides elsewhere.
fn is_ours(path: &str, bytes: &[u8], lock: &Lock) -> bool {
    if !lock.files.contains_key(path) {
        return false;
    }
    lock.wrote(path, &hash(bytes))
        || unix_breaks(bytes).is_some_and(|it| lock.wrote(path, &hash(&it)))
        || is_in_conflict(bytes)
}

fn is_in_conflict(bytes: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(bytes) else { return false };
    let mut markers = text.lines().filter(|it| is_conflict_marker(it)).map(|it| it.as_bytes()[0]);
    markers.next() == Some(b'<') && markers.next_back() == Some(b'>')
}

/// Returns the bytes with Unix line breaks if they have others: git on Windows changes them.
fn unix_breaks(bytes: &[u8]) -> Option<Vec<u8>> {
    memchr::memmem::find(bytes, b"\r\n")?;
    let text = std::str::from_utf8(bytes).ok()?;
    Some(text.replace("\r\n", "\n").into_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::InMemory;
    use crate::output::lock;

    fn artifact(path: &str, text: &str, environment: &str) -> Artifact {
        let (path, text, environments) = (path.to_string(), text.to_string(), vec![environment.to_string()]);
        Artifact { path, text, executable: false, target: "compose", environments, origins: Vec::new() }
    }

    fn wanted(artifacts: Vec<Artifact>) -> Wanted {
        let inputs = BTreeMap::from([("specc.yaml".to_string(), "1".to_string())]);
        Wanted { artifacts, tool: "0".to_string(), inputs, ..Wanted::default() }
    }

    /// A tree in which specc wrote `old` to `a`.
    fn owning(path: &str, old: &str, now: Option<&str>) -> (InMemory, Lock) {
        let mut lock = Lock::default();
        let environments = vec!["dev".to_string()];
        lock.files.insert(path.to_string(), Owned { hashes: vec![hash(old.as_bytes())], environments });
        let text = lock.render();
        let files = InMemory::new(now.map(|it| (path, it)).into_iter().chain([(lock::PATH, text.as_str())]));
        (files, lock)
    }

    /// Plans one file `a` with the text `new`, or none, against what stands there.
    fn one(new: Option<&str>, now: Option<&str>, ours: Option<&str>, force: bool) -> Change {
        let (files, lock) = match ours {
            Some(old) => owning("a", old, now),
            None => (InMemory::new(now.map(|it| ("a", it))), Lock::default()),
        };
        let artifacts = new.map(|it| artifact("a", it, "dev")).into_iter().collect();
        let mut plan = plan(Wanted { force, ..wanted(artifacts) }, &lock, &files);
        assert_eq!(plan.changes.len(), 1);
        plan.changes.remove(0)
    }

    #[test]
    fn every_state_of_a_file_leads_to_its_action() {
        use Action::{Change, Create, Forget, Remove, Same};
        const CONFLICT: &str = "x\n<<<<<<< HEAD\none\n=======\ntwo\n>>>>>>> other\n";
        let edited = Some(Obstacle::Edited);
        let foreign = Some(Obstacle::Foreign);
        for (what, new, now, ours, action, obstacle) in [
            ("nothing there", Some("n"), None, None, Create, None),
            ("ours and deleted", Some("n"), None, Some("o"), Create, None),
            ("ours and unedited", Some("n"), Some("o"), Some("o"), Change, None),
            ("as it should be", Some("n"), Some("n"), Some("o"), Same, None),
            ("as it should be, without a lock", Some("n"), Some("n"), None, Same, None),
            ("edited by hand", Some("n"), Some("e"), Some("o"), Change, edited.clone()),
            ("somebody else's", Some("n"), Some("e"), None, Change, foreign),
            ("emptied by a power failure", Some("n"), Some(""), None, Create, None),
            ("torn apart by a merge", Some("n"), Some(CONFLICT), Some("o"), Change, None),
            ("somebody else's conflict", Some("n"), Some(CONFLICT), None, Change, Some(Obstacle::Foreign)),
            ("checked out with other line breaks", Some("n\nm\n"), Some("n\r\nm\r\n"), Some("o"), Same, None),
            ("old, with other line breaks", Some("n"), Some("o\r\n"), Some("o\n"), Change, None),
            ("stale and unedited", None, Some("o"), Some("o"), Remove, None),
            ("stale and edited", None, Some("e"), Some("o"), Remove, edited),
            ("stale and gone", None, None, Some("o"), Forget, None),
        ] {
            let change = one(new, now, ours, false);
            assert_eq!((change.action, &change.obstacle), (action, &obstacle), "{what}");
            assert_eq!(change.proceeds(), obstacle.is_none() && !matches!(action, Same | Forget), "{what}");
            assert_eq!(change.blocks(), obstacle.is_some() && action == Change, "{what}");
            let forced = one(new, now, ours, true);
            assert_eq!(forced.proceeds(), !matches!(action, Same | Forget), "{what}, forced");
        }
    }

    #[test]
    fn lock_takes_over_what_is_there_already_and_drops_what_is_gone() {
        let (files, lock) = owning("gone", "o", None);
        files.write("a", b"n", false).unwrap();
        let plan = plan(wanted(vec![artifact("a", "n", "dev")]), &lock, &files);
        assert_eq!(plan.pending().count(), 0);
        assert!(!plan.is_empty(), "the lock itself changes");
        let next = Lock::parse(plan.lock_after.as_deref().unwrap()).unwrap();
        assert_eq!(next.files.keys().collect::<Vec<_>>(), ["a"]);
        assert_eq!(next.inputs.len(), 1);
    }

    #[test]
    fn edited_stale_file_stays_in_the_lock_until_somebody_decides() {
        let (files, lock) = owning("a", "o", Some("e"));
        let plan = plan(wanted(Vec::new()), &lock, &files);
        let next = Lock::parse(plan.lock_after.as_deref().unwrap()).unwrap();
        assert_eq!(next.files, lock.files);
        assert!(next.inputs.is_empty());
        assert_eq!(plan.blocked().count(), 0);
    }

    #[test]
    fn building_a_part_leaves_the_files_of_the_others() {
        for (scope, stale) in [
            (Scope::Everything, true),
            (Scope::Environments(vec!["dev".to_string()]), true),
            (Scope::Environments(vec!["prod".to_string()]), false),
            (Scope::Part, false),
        ] {
            let (files, lock) = owning("stale", "o", Some("o"));
            let plan = plan(Wanted { scope: scope.clone(), ..wanted(vec![artifact("p", "n", "prod")]) }, &lock, &files);
            assert_eq!(plan.changes.iter().any(|it| it.path == "stale"), stale, "{scope:?}");
            let next = Lock::parse(plan.lock_after.as_deref().unwrap()).unwrap();
            assert_eq!(next.files.contains_key("stale"), !stale, "{scope:?}");
            assert_eq!(next.inputs.is_empty(), scope != Scope::Everything, "{scope:?}");
        }
    }

    #[test]
    fn building_a_part_of_what_is_all_up_to_date_keeps_the_lock_as_it_is() {
        let all = || wanted(vec![artifact("d", "n", "dev"), artifact("p", "n", "prod")]);
        let files = InMemory::new([("d", "n"), ("p", "n")]);
        let first = plan(all(), &Lock::default(), &files).lock_after.unwrap();
        files.write(lock::PATH, first.as_bytes(), false).unwrap();
        let scope = Scope::Environments(vec!["dev".to_string()]);
        let part = Wanted { scope, ..wanted(vec![artifact("d", "n", "dev")]) };
        let plan = plan(part, &Lock::parse(&first).unwrap(), &files);
        assert_eq!(plan.lock_after.as_deref(), Some(first.as_str()));
        assert!(plan.is_empty());
    }

    #[cfg(unix)]
    #[test]
    fn links_and_directories_in_the_way_are_named() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("tree");
        std::fs::create_dir_all(root.join("dir")).unwrap();
        std::fs::write(folder.path().join("outside"), "x").unwrap();
        std::fs::write(root.join("real"), "x").unwrap();
        for (link, to) in [("out", "../outside"), ("in", "real"), ("up", ".."), ("dangling", "nowhere")] {
            std::os::unix::fs::symlink(to, root.join(link)).unwrap();
        }
        std::fs::write(root.join("run"), "n").unwrap();
        let files = crate::files::OnDisk::new(&root).unwrap();
        let paths = ["dangling", "dir", "in", "out", "run", "up/new"];
        let mut artifacts: Vec<Artifact> = paths.iter().map(|it| artifact(it, "n", "dev")).collect();
        artifacts[4].executable = true;
        let plan = plan(Wanted { force: true, ..wanted(artifacts) }, &Lock::default(), &files);
        let found: Vec<_> = plan.changes.iter().map(|it| (it.path.as_str(), it.obstacle.clone())).collect();
        let expected = [
            ("dangling", Some(Obstacle::Outside)),
            ("dir", Some(Obstacle::Directory)),
            ("in", Some(Obstacle::Link)),
            ("out", Some(Obstacle::Outside)),
            ("run", None),
            ("up/new", Some(Obstacle::Outside)),
        ];
        assert_eq!(found, expected);
        assert_eq!(plan.pending().map(|it| it.path.as_str()).collect::<Vec<_>>(), ["in", "run"]);
    }
}
