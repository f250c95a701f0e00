//! What a check keeps of the files for the next one must never change what the next one says.

use std::path::Path;
use std::time::Duration;

use specc::diag::Diagnostic;
use specc::files::OnDisk;
use specc::ops::check::{Change, CheckOptions, check};
use specc::repo::{Options, Wanted, kept};
use specc::rules::Selection;
use specc::source::Sources;

use super::discovery::{git, write};

/// Returns what a check says, with the places.
fn told(root: &Path, wanted: Wanted, keeps_nothing: bool) -> Vec<String> {
    told_of(
        root,
        wanted,
        CheckOptions { read: Options { keeps_nothing, ..Options::default() }, ..CheckOptions::default() },
    )
}

fn told_of(root: &Path, wanted: Wanted, options: CheckOptions) -> Vec<String> {
    let files = OnDisk::new(root).unwrap();
    let select = if wanted == Wanted::Paths { vec!["REF001".to_string()] } else { Vec::new() };
    let selection = Selection { select, is_pedantic: true, ..Selection::default() };
    let mut sources = Sources::default();
    let checked = check(&files, CheckOptions { selection, ..options }, &mut sources);
    let one = |it: &Diagnostic| {
        let place = it.primary.as_ref().map(|it| (sources.path(it.span.file).to_string(), it.span.start));
        format!("{} {place:?} {} {:?}", it.code.id, it.message, it.help)
    };
    checked.findings.iter().map(one).collect()
}

/// Asserts that a check says the same with what is kept, twice, and without; returns what it says.
fn told_alike(root: &Path) -> Vec<String> {
    for wanted in [Wanted::Paths, Wanted::All] {
        let without = told(root, wanted, true);
        assert_eq!(told(root, wanted, false), without);
        assert_eq!(told(root, wanted, false), without);
    }
    told(root, Wanted::All, true)
}

/// A program that reads two variables, and a lot of others that read nothing.
fn repository(root: &Path) {
    git(root, &["init", "-q", "-b", "main"]);
    let code = "import os\n\nHOST = os.environ['DB_HOST']\nKEY = os.environ['API_KEY']\nOPEN = open('data/a.json')\n";
    write(root, "app/main.py", code);
    write(root, "data/a.json", "{}");
    write(root, ".env.example", "DB_HOST=db\nAPI_KEY=\n");
    write(root, "compose.yaml", "services:\n  app:\n    build: .\n    environment:\n      DB_HOST: db-of-compose\n");
    write(root, "Dockerfile", "FROM python:3.12\nCOPY app app\nCMD [\"python\", \"app/main.py\"]\n");
    let filler = "def f(it):\n    return it.value\n".repeat(400);
    (0..20).for_each(|at| write(root, &format!("app/m{at}.py"), &*filler));
    git(root, &["add", "-A"]);
    git(root, &["commit", "-qm", "1"]);
    // What was written just now could be written once more without a new time, so it is not kept.
    std::thread::sleep(Duration::from_millis(150));
}

#[test]
fn what_is_kept_is_of_the_files_as_they_are() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    repository(root);
    let before = told_alike(root);
    assert!(
        [Wanted::All, Wanted::Paths].iter().all(|it| root.join(kept::place(*it, false)).is_file()),
        "nothing is kept"
    );

    // Another variable of the same length, at the same time: what the file says is not what is kept.
    let code = std::fs::read_to_string(root.join("app/main.py")).unwrap();
    let modified = root.join("app/main.py").metadata().unwrap().modified().unwrap();
    write(root, "app/main.py", code.replace("DB_HOST", "DB_PORT"));
    std::fs::File::options().write(true).open(root.join("app/main.py")).unwrap().set_modified(modified).unwrap();
    let after = told_alike(root);
    assert!(after != before && after.iter().any(|it| it.contains("DB_PORT")), "{after:?}");

    // What is set elsewhere is looked for in files that did not change.
    write(root, ".env.example", "DB_PORT=1\nAPI_KEY=\nNOBODY_READS=1\n");
    let told = told_alike(root);
    assert!(told.iter().any(|it| it.contains("NOBODY_READS")), "{told:?}");

    // A file that goes away is missed by one that did not change.
    std::fs::remove_file(root.join("data/a.json")).unwrap();
    let told = told_alike(root);
    assert!(told.iter().any(|it| it.contains("data/a.json")), "{told:?}");
    write(root, "data/a.json", "{}");
    assert!(!told_alike(root).iter().any(|it| it.contains("data/a.json")));
}

#[test]
fn what_is_staged_has_files_of_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    repository(root);
    write(root, "untracked.txt", "app/m1.py\n");
    let staged = |keeps_nothing| {
        let read = Options { keeps_nothing, ..Options::default() };
        let change = Some(Change::Staged);
        told_of(root, Wanted::All, CheckOptions { read, change, ..CheckOptions::default() })
    };
    for (from, to) in [("DB_HOST", "DB_PORT"), ("DB_PORT", "DB_NAME")] {
        let code = std::fs::read_to_string(root.join("app/main.py")).unwrap();
        write(root, "app/main.py", code.replace(from, to));
        git(root, &["add", "app/main.py"]);
        // What lies about is not what will be committed.
        write(root, "app/main.py", code);
        let without = staged(true);
        assert!(without.iter().any(|it| it.contains(to)), "{without:?}");
        assert_eq!((staged(false), staged(false)), (without.clone(), without));
        assert!(root.join(kept::place(Wanted::All, true)).is_file());
        git(root, &["checkout", "-q", "app/main.py"]);
        told_alike(root);
    }
}

#[test]
fn what_is_kept_and_broken_is_not_believed() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    repository(root);
    let told = told_alike(root);
    let place = root.join(kept::place(Wanted::All, false));
    let whole = std::fs::read(&place).unwrap();
    for at in (0..whole.len()).step_by(whole.len() / 40 + 1) {
        let mut broken = whole.clone();
        broken[at] ^= 0x55;
        std::fs::write(&place, &broken).unwrap();
        assert_eq!(self::told(root, Wanted::All, false), told, "with byte {at} changed");
        std::fs::write(&place, &whole[..at]).unwrap();
        assert_eq!(self::told(root, Wanted::All, false), told, "with {at} bytes");
    }
}

#[test]
fn values_of_an_environment_are_not_kept() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    repository(root);
    write(root, ".env.example", "DB_HOST=db\nAPI_KEY=kept-out-of-git\n");
    told_alike(root);
    let kept = std::fs::read(root.join(kept::place(Wanted::All, false))).unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = root.join(kept::place(Wanted::All, false)).metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    let has = |text: &str| memchr::memmem::find(&kept, text.as_bytes()).is_some();
    assert!(has("DB_HOST") && !has("kept-out-of-git") && !has("db-of-compose"));
}

#[test]
fn nothing_is_kept_where_nobody_wants_it_or_where_there_is_no_git() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    repository(root);
    told(root, Wanted::All, true);
    assert!(!root.join(".git/specc").exists());
    std::fs::remove_dir_all(root.join(".git")).unwrap();
    told(root, Wanted::All, false);
    assert!(!root.join(".git").exists());
}
