//! The five systems check clean, and each mistake of the checklist, made in one of them, is found with its place.

use std::path::Path;
use std::process::Command;

use specc::files::OnDisk;
use specc::ops::check::{CheckOptions, check};
use specc::source::Sources;

const SYSTEMS: &[&str] = &["course-supporter", "oh-my-coins", "semantik", "vyvo-compute", "yapit"];

/// Copies a system with its generated files into a repository of its own, changed by `edit`.
pub fn repository(system: &str, edit: impl FnOnce(&Path)) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for from in ["examples", "golden"] {
        copy(&root.join(from).join(system), folder.path());
    }
    let git = |arguments: &[&str]| {
        let identity = ["-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "init.defaultBranch=main"];
        let status = Command::new("git").args(identity).args(arguments).current_dir(folder.path()).output().unwrap();
        assert!(status.status.success(), "{status:?}");
    };
    git(&["init", "-q"]);
    git(&["add", "-Af", "."]);
    git(&["commit", "-qm", "all"]);
    edit(folder.path());
    git(&["add", "-A", "."]);
    git(&["commit", "-q", "--allow-empty", "-m", "edit"]);
    folder
}

fn copy(from: &Path, to: &Path) {
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            std::fs::create_dir_all(&target).unwrap();
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// Checks and returns `path:line code message`, one of each finding that is shown by default.
fn findings(folder: &Path) -> Vec<String> {
    let files = OnDisk::new(folder).unwrap();
    let mut sources = Sources::default();
    let checked = check(&files, CheckOptions::default(), &mut sources);
    let line = |it: &specc::diag::Diagnostic| {
        let place =
            it.span().map_or(String::new(), |it| format!("{}:{}", sources.path(it.file), sources.start(it).line));
        format!("{place} {} {}", it.code.id, it.message)
    };
    checked.findings.iter().map(line).collect()
}

#[test]
fn the_five_systems_check_clean() {
    for system in SYSTEMS {
        let folder = repository(system, |_| {});
        let found = findings(folder.path());
        assert!(found.is_empty(), "{system}:\n{}", found.join("\n"));
    }
}

#[test]
fn deleting_a_mounted_file_is_found_at_the_mount() {
    for (system, file, compose) in [
        ("yapit", "dev/init-db.sql", "docker-compose.dev.yml"),
        ("course-supporter", "scripts/init-db.sh", "docker-compose.yaml"),
    ] {
        let folder = repository(system, |root| std::fs::remove_file(root.join(file)).unwrap());
        let found = findings(folder.path());
        assert!(found.iter().any(|it| it.contains("MNT001") && it.starts_with(compose)), "{system}: {found:#?}");
    }
}

#[test]
fn a_fixture_that_passes_no_field_is_found() {
    let folder = repository("yapit", |root| {
        let path = "tests/yapit/gateway/api/conftest.py";
        let text = std::fs::read_to_string(root.join(path)).unwrap();
        let at = text.find("Settings(").unwrap() + "Settings(".len();
        let text = format!("{}no_such_field=None, {}", &text[..at], &text[at..]);
        std::fs::write(root.join(path), text).unwrap();
    });
    let found = findings(folder.path());
    assert!(found.iter().any(|it| it.contains("FIX001") && it.contains("no_such_field")), "{found:#?}");
}
