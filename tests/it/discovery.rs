//! `specc check` on real directories: with git, without it, and with what hostile repositories hold.

use std::path::Path;
use std::process::Command;

use specc::files::OnDisk;
use specc::ops::check::{Change, CheckOptions, Checked, check};
use specc::source::Sources;

const COMPOSE: &str = "services:\n  a:\n    image: x\n    volumes: ['./app.json:/app.json:ro']\n";

pub(crate) fn git(root: &Path, arguments: &[&str]) {
    let identity = ["-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "commit.gpgsign=false"];
    let status = Command::new("git").arg("-C").arg(root).args(identity).args(arguments).output().unwrap();
    assert!(status.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&status.stderr));
}

pub(crate) fn write(root: &Path, path: &str, text: impl AsRef<[u8]>) {
    let full = root.join(path);
    std::fs::create_dir_all(full.parent().unwrap()).unwrap();
    std::fs::write(full, text).unwrap();
}

fn run(root: &Path, change: Option<Change>) -> Checked {
    let files = OnDisk::new(root).unwrap();
    check(&files, CheckOptions { change, ..CheckOptions::default() }, &mut Sources::default())
}

pub(crate) fn messages(checked: &Checked) -> Vec<&str> {
    checked.findings.iter().map(|it| it.message.as_str()).collect()
}

#[test]
fn a_deleted_file_is_told_from_one_that_never_was() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    git(root, &["init", "-q"]);
    write(root, "compose.yml", COMPOSE);
    write(root, "app.json", "{}");
    git(root, &["add", "."]);
    git(root, &["commit", "-qm", "1"]);
    assert_eq!(messages(&run(root, None)), [""; 0]);
    git(root, &["rm", "-q", "app.json"]);
    // The directory that Docker leaves behind must not hide the mistake.
    std::fs::create_dir(root.join("app.json")).unwrap();
    let staged = run(root, Some(Change::Staged));
    assert!(messages(&staged)[0].contains("was deleted from the repository"), "{:?}", messages(&staged));
    git(root, &["commit", "-qm", "2"]);
    assert!(messages(&run(root, None))[0].contains("was deleted from the repository"));
    assert!(messages(&run(root, Some(Change::Since("HEAD~1".into()))))[0].contains("was deleted"));
    assert_eq!(messages(&run(root, Some(Change::Staged))), [""; 0]);
}

#[test]
fn without_git_the_walk_decides() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "compose.yml", COMPOSE);
    assert_eq!(run(folder.path(), None).findings.len(), 1);
    write(folder.path(), ".gitignore", "app.json\n");
    assert_eq!(run(folder.path(), None).findings.len(), 0);
}

#[test]
fn ignored_files_are_not_there_and_tracked_ones_are_although_ignored() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    git(root, &["init", "-q"]);
    write(root, ".gitignore", "*.json\n.env\n");
    write(root, "compose.yml", COMPOSE);
    write(root, "app.json", "{}");
    write(root, ".env", "A=1\n");
    git(root, &["add", "-f", "app.json", "compose.yml"]);
    let repo = run(root, None).repo;
    let paths: Vec<&str> = repo.tree.paths().iter().map(|it| &**it).collect();
    assert_eq!(paths, [".gitignore", "app.json", "compose.yml"]);
}

#[test]
fn index_formats_give_the_same_paths() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    git(root, &["init", "-q"]);
    for name in ["a/one", "a/one-more-with-a-long-name", "a/two", "b", "ü/é"] {
        write(root, name, name);
    }
    git(root, &["add", "."]);
    let list = || {
        let index = specc::repo::git::index(&OnDisk::new(root).unwrap()).unwrap();
        index.tracked().map(|it| it.path.to_string()).collect::<Vec<_>>()
    };
    let expected = list();
    assert_eq!(expected.len(), 5);
    for version in ["2", "3", "4"] {
        git(root, &["update-index", "--index-version", version]);
        assert_eq!(list(), expected, "{version}");
    }
    git(root, &["update-index", "--split-index"]);
    assert_eq!(list(), expected, "split");
}

#[cfg(unix)]
#[test]
fn hostile_files_end_in_a_note_or_a_finding() {
    use std::os::unix::ffi::OsStrExt as _;
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    write(root, "compose.yml", "services: [\n");
    write(root, "latin.py", b"x = '\xe9'\n");
    write(root, "nul.py", b"\0\0");
    std::fs::File::create(root.join("large.py")).unwrap().set_len(100 << 20).unwrap();
    std::os::unix::fs::symlink("loop", root.join("loop")).unwrap();
    std::os::unix::fs::symlink("..", root.join("up")).unwrap();
    std::os::unix::fs::symlink("/etc/passwd", root.join("passwd.py")).unwrap();
    std::fs::write(root.join(std::ffi::OsStr::from_bytes(b"bad\xff.yml")), "a: 1\n").unwrap();
    let checked = run(root, None);
    assert_eq!(checked.findings.len(), 1);
    assert!(checked.repo.not_read.iter().any(|it| it.path == "passwd.py"));
    let why: Vec<&str> = checked.repo.not_read.iter().map(|it| it.why).collect();
    assert!(why.contains(&"it is not UTF-8") && why.contains(&"it is larger than 4 MiB"), "{why:?}");
}
