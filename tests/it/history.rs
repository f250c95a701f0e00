//! What is kept of a git history between two checks must never change what a check says.

use std::path::Path;

use specc::files::OnDisk;
use specc::ops::check::{CheckOptions, check};
use specc::repo::history::KEPT_AT;
use specc::source::Sources;

use super::discovery::{git, write};

fn told(root: &Path) -> Vec<String> {
    let files = OnDisk::new(root).unwrap();
    let checked = check(&files, CheckOptions::default(), &mut Sources::default());
    let one = |it: &specc::diag::Diagnostic| {
        format!("{}: {}", it.message, it.help.iter().map(|it| format!("{it}; ")).collect::<String>())
    };
    checked.findings.iter().map(one).collect()
}

/// Asserts that a check says the same with what is kept, twice, and without; returns what it says.
fn told_alike(root: &Path) -> Vec<String> {
    let with = (told(root), told(root));
    // Nothing is kept where nothing had to be asked.
    let kept = root.join(KEPT_AT);
    assert_eq!(kept.is_file(), !with.0.is_empty());
    let _ = std::fs::remove_file(&kept);
    let without = told(root);
    assert_eq!(with, (without.clone(), without.clone()));
    without
}

#[test]
fn what_is_kept_follows_new_commits_and_rewritten_ones() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    let commit = |message: &str| {
        git(root, &["add", "-A"]);
        git(root, &["commit", "-qm", message]);
    };
    git(root, &["init", "-q", "-b", "main"]);
    write(root, "README.md", "[a](conf/a.json) [b](data/b.json) [c](x/c.json)\n");
    for path in ["conf/a.json", "data/b.json", "x/c.json"] {
        write(root, path, format!("{{\"n\": {}}}", path.len()));
    }
    commit("1");
    assert_eq!(told_alike(root), [""; 0]);

    git(root, &["rm", "-q", "conf/a.json"]);
    commit("2");
    let told = told_alike(root);
    assert!(told.len() == 1 && told[0].contains("`conf/a.json` was deleted"), "{told:?}");

    // A commit that takes nothing away has a history to keep as well.
    write(root, "data/b.json", "{\"n\": 0}");
    commit("2, changed");
    assert_eq!(told_alike(root), told);

    // Built on what is kept of the commit before.
    self::told(root);
    git(root, &["mv", "x/c.json", "y.json"]);
    commit("3");
    let told = told_alike(root);
    assert!(told.len() == 2 && told.iter().any(|it| it.contains("it became `y.json`")), "{told:?}");

    // The commit is taken back: its deletion never was.
    self::told(root);
    git(root, &["reset", "-q", "--hard", "HEAD~1"]);
    assert_eq!(told_alike(root).len(), 1);

    // Deleted and not committed, staged or not.
    std::fs::remove_file(root.join("data/b.json")).unwrap();
    let told = told_alike(root);
    assert!(told.len() == 2 && told.iter().any(|it| it.contains("deleted since the last commit")), "{told:?}");
    git(root, &["add", "-A"]);
    assert_eq!(told_alike(root), told);
}

#[test]
fn what_is_kept_and_broken_is_not_believed() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    git(root, &["init", "-q", "-b", "main"]);
    write(root, "README.md", "[a](conf/a.json)\n");
    write(root, "conf/a.json", "{}");
    git(root, &["add", "-A"]);
    git(root, &["commit", "-qm", "1"]);
    git(root, &["rm", "-q", "conf/a.json"]);
    git(root, &["commit", "-qm", "2"]);
    let expected = told_alike(root);
    let kept = std::fs::read_to_string(root.join(KEPT_AT)).unwrap();
    for broken in ["", "nonsense\n\u{0}\n", &kept[..kept.len() - 3], &kept.replace("specc-history", "other")] {
        write(root, KEPT_AT, broken);
        assert_eq!(told(root), expected, "{broken:?}");
    }
}

#[test]
fn what_is_built_from_a_folder_that_was_deleted_and_is_ignored_since_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    git(root, &["init", "-q", "-b", "main"]);
    write(root, "compose.yml", "services:\n  a:\n    build: ./old\n  b:\n    build: ./never\n");
    write(root, "old/Dockerfile", "FROM scratch\n");
    git(root, &["add", "-A"]);
    git(root, &["commit", "-qm", "1"]);
    git(root, &["rm", "-q", "-r", "old"]);
    write(root, ".gitignore", "old/\nnever/\n");
    write(root, "old/Dockerfile", "FROM scratch\n");
    git(root, &["add", "-A"]);
    git(root, &["commit", "-qm", "2"]);
    let told = told_alike(root);
    assert!(told.len() == 1 && told[0].contains("`old` was deleted from the repository"), "{told:?}");
}
