//! `--staged` and `--changed` on real git repositories: what a commit would hold is judged, not what lies about.

use std::path::Path;

use specc::files::OnDisk;
use specc::ops::check::{Change, CheckOptions, Checked, check};
use specc::source::Sources;

use super::discovery::{git, messages, write};

const MOUNTED: &str = "services:\n  a:\n    image: x\n    volumes: ['./app.json:/app.json:ro']\n";
const MISSING: &str = "services:\n  a:\n    image: x\n    volumes: ['./gone.json:/app.json:ro']\n";

fn run(root: &Path, change: Change) -> Checked {
    let files = OnDisk::new(root).unwrap();
    check(&files, CheckOptions { change: Some(change), ..CheckOptions::default() }, &mut Sources::default())
}

fn staged(root: &Path) -> Vec<String> {
    messages(&run(root, Change::Staged)).into_iter().map(str::to_string).collect()
}

fn since(root: &Path, reference: &str) -> Vec<String> {
    messages(&run(root, Change::Since(reference.to_string()))).into_iter().map(str::to_string).collect()
}

/// A repository with one commit that checks clean.
fn repository() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    git(root, &["init", "-q", "-b", "main"]);
    write(root, "compose.yml", MOUNTED);
    write(root, "app.json", "{}");
    git(root, &["add", "."]);
    git(root, &["commit", "-qm", "1"]);
    folder
}

#[test]
fn the_staged_text_is_judged_and_not_the_one_on_the_disk() {
    let folder = repository();
    let root = folder.path();
    // Staged wrong, mended on the disk only.
    write(root, "compose.yml", MISSING);
    git(root, &["add", "compose.yml"]);
    write(root, "compose.yml", MOUNTED);
    assert_eq!(staged(root).len(), 1, "{:?}", staged(root));
    assert!(staged(root)[0].contains("gone.json"));
    // Staged right, broken on the disk only.
    write(root, "compose.yml", MOUNTED.replace("image: x", "image: y"));
    git(root, &["add", "compose.yml"]);
    write(root, "compose.yml", MISSING);
    assert_eq!(staged(root), [""; 0]);
}

#[test]
fn a_file_that_was_not_added_is_not_in_the_commit() {
    let folder = repository();
    let root = folder.path();
    write(root, "compose.yml", MISSING);
    write(root, "gone.json", "{}");
    git(root, &["add", "compose.yml"]);
    assert_eq!(staged(root).len(), 1, "{:?}", staged(root));
    git(root, &["add", "gone.json"]);
    assert_eq!(staged(root), [""; 0]);
}

#[test]
fn a_staged_rename_or_deletion_of_a_mounted_file_is_found_wherever_the_disk_stands() {
    let folder = repository();
    let root = folder.path();
    git(root, &["mv", "app.json", "other.json"]);
    assert_eq!(staged(root).len(), 1);
    git(root, &["mv", "other.json", "app.json"]);
    assert_eq!(staged(root), [""; 0]);
    // Deleted in the index only: the file still lies on the disk.
    git(root, &["rm", "-q", "--cached", "app.json"]);
    assert_eq!(staged(root).len(), 1);
    git(root, &["add", "app.json"]);
    // Deleted on the disk only: the commit still has it.
    std::fs::remove_file(root.join("app.json")).unwrap();
    write(root, "compose.yml", MOUNTED.replace("image: x", "image: y"));
    git(root, &["add", "compose.yml"]);
    assert_eq!(staged(root), [""; 0]);
}

#[test]
fn the_first_commit_of_all_can_be_judged() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    git(root, &["init", "-q"]);
    write(root, "compose.yml", MOUNTED);
    git(root, &["add", "."]);
    assert_eq!(staged(root).len(), 1);
}

#[test]
fn a_merge_is_judged_by_what_it_brings_together() {
    let folder = repository();
    let root = folder.path();
    git(root, &["checkout", "-qb", "side"]);
    git(root, &["rm", "-q", "app.json"]);
    write(root, "compose.yml", "services:\n  a:\n    image: x\n");
    git(root, &["add", "."]);
    git(root, &["commit", "-qm", "side"]);
    git(root, &["checkout", "-q", "main"]);
    write(root, "compose.prod.yml", MOUNTED);
    git(root, &["add", "."]);
    git(root, &["commit", "-qm", "main"]);
    // Each side is right; together they are not.
    git(root, &["merge", "-q", "--no-commit", "--no-ff", "side"]);
    assert_eq!(staged(root).len(), 1, "{:?}", staged(root));
}

#[test]
fn a_branch_is_held_against_where_it_left_the_other() {
    let folder = repository();
    let root = folder.path();
    git(root, &["checkout", "-qb", "side"]);
    write(root, "README.md", "x\n");
    git(root, &["add", "."]);
    git(root, &["commit", "-qm", "side"]);
    git(root, &["checkout", "-q", "main"]);
    write(root, "compose.prod.yml", MISSING);
    git(root, &["add", "."]);
    git(root, &["commit", "-qm", "main"]);
    git(root, &["checkout", "-q", "side"]);
    write(root, "compose.yml", MISSING);
    assert_eq!(since(root, "main").len(), 1);
    write(root, "compose.yml", MOUNTED);
    assert_eq!(since(root, "main"), [""; 0]);
    // What main did in the meantime is not the branch's doing.
    git(root, &["checkout", "-q", "main"]);
    assert_eq!(since(root, "side").len(), 1);
}

#[test]
fn a_commit_that_is_not_known_is_refused_and_a_shallow_clone_says_why() {
    let folder = repository();
    let root = folder.path();
    write(root, "x", "1");
    git(root, &["add", "."]);
    git(root, &["commit", "-qm", "2"]);
    let refusal = |root: &Path, reference: &str| run(root, Change::Since(reference.to_string())).refusal;
    assert_eq!(refusal(root, "mian").unwrap(), "git knows no commit `mian`");
    assert!(refusal(root, "--output=x").is_some());
    assert!(!root.join("x=").exists());
    let clone = tempfile::tempdir().unwrap();
    let url = format!("file://{}", root.display());
    git(clone.path(), &["clone", "-q", "--depth", "1", &url, "c"]);
    let root = clone.path().join("c");
    assert!(refusal(&root, "HEAD~1").unwrap().contains("shallow"));
    write(&root, "compose.yml", MISSING);
    assert_eq!(since(&root, "HEAD").len(), 1);
    git(&root, &["add", "."]);
    assert_eq!(staged(&root).len(), 1);
}

#[test]
fn a_spec_below_the_top_is_judged_from_its_own_folder() {
    let folder = repository();
    let root = folder.path();
    write(root, "deploy/compose.yml", MISSING);
    git(root, &["add", "deploy"]);
    write(root, "deploy/compose.yml", "services: {}\n");
    let found = staged(&root.join("deploy"));
    assert_eq!(found.len(), 1, "{found:?}");
}

#[test]
fn names_with_spaces_and_other_letters_are_read_from_the_index() {
    let folder = repository();
    let root = folder.path();
    for name in ["a blob/compose.yml", "é ü/compose.yml", "a\"b/compose.yml"] {
        write(root, name, MISSING);
        git(root, &["add", "."]);
        write(root, name, "services: {}\n");
        assert_eq!(staged(root).len(), 1, "{name}: {:?}", staged(root));
        git(root, &["rm", "-qf", "--cached", name]);
        std::fs::remove_file(root.join(name)).unwrap();
    }
}
