//! `specc check --fix`: every fix mends what it says, does no harm, and is done once; what is not to be touched is not.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Output};

use proptest::prelude::*;
use specc::diag::Diagnostic;
use specc::files::{Files, InMemory, OnDisk};
use specc::ops::check::{CheckOptions, check};
use specc::ops::fix::{FixOptions, Fixed, fix, write};
use specc::output::journal;
use specc::repo;
use specc::repo::soundness::n_faults;
use specc::repo::tree::KnownHistory;
use specc::rules::{RULES, Selection};
use specc::sample;
use specc::source::Sources;

fn options(sample: &sample::Sample) -> CheckOptions {
    let sample::Sample { deleted, ignored, branches, .. } = sample.clone();
    let read = repo::Options { history: Some(KnownHistory { deleted, ignored, branches }), ..repo::Options::default() };
    let selection = Selection { is_pedantic: true, ..Selection::default() };
    CheckOptions { read, selection, ..CheckOptions::default() }
}

const ALL: FixOptions = FixOptions { with_unsafe: true, only: None };

/// Fixes a tree in place.
fn fixed(files: &dyn Files, options: &CheckOptions) -> Fixed {
    let fixed = fix(files, options, &ALL, &mut Sources::default());
    write(&fixed, files, &journal::finish).unwrap();
    fixed
}

fn has_fix(it: &Diagnostic) -> bool {
    it.fix.is_some()
}

/// Rules whose fix is held by their examples: a rule must not lose it unseen.
const WITH_FIX: &[&str] = &[
    "CFG003", "DIA001", "DIA002", "DIA003", "DIA004", "DIA005", "DIA006", "DIA007", "DIA008", "ENV002", "ENV004",
    "ENV007", "ENV008", "ENV015", "ENV018", "ENV020", "ENV023", "ENV025", "ENV031", "FIX001", "K8S001", "MNT011",
    "NET001", "NET002", "NGX001", "OVL001", "OVL002", "PORT003", "REF003", "REF004", "REF005", "RTE002", "RTE004",
    "SET001", "SET003", "SET005", "XFR008", "YML005",
];

#[test]
fn every_fix_mends_its_example_and_is_done_once() {
    let mut with_fix = Vec::new();
    for rule in RULES {
        for block in sample::blocks(rule.docs, "Example") {
            let sample = sample::parse(&block);
            let (tree, options) = (sample.tree(), options(&sample));
            let before = check(&tree, options.clone(), &mut Sources::default()).findings;
            if !before.iter().any(|it| it.code == rule.code && has_fix(it)) {
                continue;
            }
            with_fix.push(rule.code.id);
            let n_unfixable = before.iter().filter(|it| it.code == rule.code && !has_fix(it)).count();
            let done = fixed(&tree, &options);
            let left = check(&tree, options.clone(), &mut Sources::default()).findings;
            let of_rule: Vec<_> = left.iter().filter(|it| it.code == rule.code).map(|it| &it.message).collect();
            assert!(of_rule.len() <= n_unfixable, "{} is left: {of_rule:?} in\n{}", rule.code.id, texts(&tree));
            assert!(done.n_fixed > 0, "{}", rule.code.id);
            // What is said at the end is what a new check finds.
            assert_eq!(done.checked.findings.len(), left.len(), "{}", rule.code.id);
            let once = tree.all();
            assert_eq!(fixed(&tree, &options).n_fixed, 0, "{} twice:\n{}", rule.code.id, texts(&tree));
            assert_eq!(tree.all(), once);
            for (path, text) in &sample.files {
                let now = tree.read_text(path).unwrap();
                assert!(n_faults(path, &now) <= n_faults(path, text), "{}: {path} is\n{now}", rule.code.id);
            }
        }
    }
    let lost: Vec<_> = WITH_FIX.iter().filter(|it| !with_fix.contains(it)).collect();
    assert!(lost.is_empty(), "no fix any more: {lost:?} of {with_fix:?}");
}

fn texts(tree: &InMemory) -> String {
    tree.all().into_iter().map(|(path, text)| format!("#- {path}\n{}", String::from_utf8_lossy(&text))).collect()
}

/// Returns all comments of a text, as far as its lines show them.
fn comments(text: &str) -> Vec<&str> {
    text.lines().filter_map(|it| it.split_once("# kept").map(|it| it.1)).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    /// Whatever the examples of all rules become by a few changes of their bytes: fixing makes nothing unparsable, and
    /// keeps comments, byte order marks and line breaks.
    #[test]
    fn fixing_never_makes_a_file_unparsable(
        which in any::<prop::sample::Index>(),
        cuts in prop::collection::vec((any::<prop::sample::Index>(), "[a-zA-Z0-9_:\"' #$={}\\[\\],\n-]{0,3}"), 0..3),
        returns in any::<bool>(),
        mark in any::<bool>(),
    ) {
        let blocks: Vec<String> = RULES.iter().flat_map(|it| sample::blocks(it.docs, "Example")).collect();
        let sample = sample::parse(which.get(blocks.as_slice()).as_str());
        let mut files: BTreeMap<String, String> = sample.files.iter().cloned().collect();
        let paths: Vec<String> = files.keys().cloned().collect();
        for (n, (at, new)) in cuts.iter().enumerate() {
            let text = files.get_mut(&paths[n % paths.len()]).unwrap();
            let at = text.floor_char_boundary(at.index(text.len() + 1));
            text.insert_str(at, new);
        }
        for text in files.values_mut() {
            *text = text.lines().map(|it| format!("{it}\n")).collect();
            text.push_str("# kept 1\n# kept 2\n");
            if returns { *text = text.replace('\n', "\r\n"); }
            if mark { text.insert(0, '\u{feff}'); }
        }
        let tree = InMemory::new(files.iter().map(|(path, text)| (path.as_str(), text.as_str())));
        let done = fixed(&tree, &options(&sample));
        for change in &done.changes {
            let (old, new) = (&files[&change.path], tree.read_text(&change.path).unwrap());
            prop_assert!(n_faults(&change.path, &new) <= n_faults(&change.path, old), "{}:\n{old}\n=>\n{new}", change.path);
            prop_assert_eq!(comments(&new), comments(old));
            let is_marked = new.starts_with('\u{feff}');
            prop_assert!(is_marked == mark || done.codes.contains_key("DIA007"));
            if returns && !done.codes.contains_key("DIA007") {
                prop_assert_eq!(new.matches('\n').count(), new.matches("\r\n").count(), "{}", new);
            }
        }
    }
}

const STALE: &str = "services:\n  api:\n    image: x # specc: ignore[MNT001] no longer needed\n    # stays\n";

fn specc(folder: &Path, arguments: &[&str], input: &str) -> Output {
    use std::io::Write as _;
    let mut command = Command::new(env!("CARGO_BIN_EXE_specc"));
    command.current_dir(folder).args(arguments).env_remove("NO_COLOR");
    command
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped());
    let mut child = command.spawn().unwrap();
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    child.wait_with_output().unwrap()
}

fn said(output: &Output) -> (Option<i32>, String, String) {
    let text = |it: &[u8]| String::from_utf8_lossy(it).into_owned();
    (output.status.code(), text(&output.stdout), text(&output.stderr))
}

fn folder(text: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("compose.yml"), text).unwrap();
    folder
}

#[test]
fn a_fix_is_offered_done_and_gone() {
    let folder = folder(STALE);
    let path = folder.path().join("compose.yml");
    let (code, out, _) = said(&specc(folder.path(), &["check", "--format", "concise"], ""));
    assert_eq!(code, Some(1));
    assert!(out.contains("warning[CFG003] [*] ") && out.contains("[*] 1 fixable with `--fix`"), "{out}");
    assert_eq!(std::fs::read_to_string(&path).unwrap(), STALE, "nothing is written unasked");
    let (code, out, _) = said(&specc(folder.path(), &["check", "--fix", "--show-fixes"], ""));
    assert_eq!(code, Some(0), "{out}");
    assert!(out.contains("found 1 finding (1 fixed, 0 remaining)"), "{out}");
    assert!(out.contains("fixed 1 x CFG003 (ignore-unused)"), "{out}");
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "services:\n  api:\n    image: x\n    # stays\n");
    let names: Vec<_> = std::fs::read_dir(folder.path()).unwrap().map(|it| it.unwrap().file_name()).collect();
    assert_eq!(names, ["compose.yml"], "nothing is left behind");
    let (code, out, _) = said(&specc(folder.path(), &["check", "--fix"], ""));
    assert_eq!((code, out.contains("found 0 findings (0 fixed, 0 remaining)")), (Some(0), true), "{out}");
}

#[test]
fn a_diff_writes_nothing_and_fails_if_there_is_one() {
    let folder = folder(STALE);
    let path = folder.path().join("compose.yml");
    let (code, out, aside) = said(&specc(folder.path(), &["check", "--diff"], ""));
    assert_eq!(code, Some(1));
    let expected = "--- a/compose.yml\n+++ b/compose.yml\n@@ -1,4 +1,4 @@\n services:\n   api:\n-    image: x # specc: ignore[MNT001] no longer needed\n+    image: x\n     # stays\n";
    assert_eq!(out, expected);
    assert_eq!(aside, "would fix 1 finding in 1 file\n");
    assert_eq!(std::fs::read_to_string(&path).unwrap(), STALE);
    std::fs::write(&path, "services:\n  api:\n    image: x\n").unwrap();
    assert_eq!(said(&specc(folder.path(), &["check", "--diff", "-q"], "")), (Some(0), String::new(), String::new()));
}

#[test]
fn a_diff_can_be_applied_and_does_what_fix_does() {
    let folder = folder(STALE);
    let (_, diff, _) = said(&specc(folder.path(), &["check", "--diff"], ""));
    let mut child = Command::new("git")
        .arg("-C")
        .arg(folder.path())
        .args(["apply", "-"])
        .stdin(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    {
        use std::io::Write as _;
        child.stdin.take().unwrap().write_all(diff.as_bytes()).unwrap();
    }
    assert!(child.wait().unwrap().success(), "{diff}");
    let applied = std::fs::read_to_string(folder.path().join("compose.yml")).unwrap();
    std::fs::write(folder.path().join("compose.yml"), STALE).unwrap();
    specc(folder.path(), &["check", "--fix", "-q"], "");
    assert_eq!(std::fs::read_to_string(folder.path().join("compose.yml")).unwrap(), applied);
}

#[test]
fn fix_only_neither_reports_nor_fails_and_exit_codes_can_be_asked_for() {
    let wrong = format!("{}    volumes: ['./gone.json:/x:ro']\n", STALE.replace("MNT001", "MNT"));
    for (arguments, expected) in [
        (&["--fix"][..], 1),
        (&["--fix-only"], 0),
        (&["--fix", "--exit-zero"], 0),
        (&["--fix-only", "--exit-non-zero-on-fix"], 1),
        (&["--fix", "--ignore", "mount-source-missing"], 0),
        (&["--fix", "--ignore", "mount-source-missing", "--exit-non-zero-on-fix"], 1),
        (&["--fix", "--no-such-option"], 2),
    ] {
        let folder = folder(&wrong);
        let (code, out, _) = said(&specc(folder.path(), &[&["check"][..], arguments].concat(), ""));
        assert_eq!(code, Some(expected), "{arguments:?}: {out}");
        assert_eq!(out.contains("gone.json"), arguments == ["--fix"] || arguments == ["--fix", "--exit-zero"], "{out}");
    }
}

#[test]
fn an_unsafe_fix_waits_to_be_asked_for() {
    let text = "#- .env.example\nDATABASE_URL=\n#- .env\nDATABSE_URL=x\n#- compose.yml\nservices: {}\n";
    let sample = sample::parse(text);
    let options = options(&sample);
    let fixes = |with_unsafe| {
        fix(&sample.tree(), &options, &FixOptions { with_unsafe, only: None }, &mut Sources::default()).n_fixed
    };
    let found = check(&sample.tree(), options.clone(), &mut Sources::default()).findings;
    let n_unsafe = found.iter().filter(|it| has_fix(it)).count();
    assert_eq!((fixes(false), fixes(true) > 0), (0, n_unsafe > 0), "{found:?}");
}

#[test]
fn the_standard_input_is_fixed_to_the_standard_output() {
    let folder = folder("services: {}\n");
    let input = STALE;
    let (code, out, aside) =
        said(&specc(folder.path(), &["check", "-", "--stdin-filename", "compose.yml", "--fix"], input));
    assert_eq!((code, out.as_str()), (Some(0), "services:\n  api:\n    image: x\n    # stays\n"), "{aside}");
    assert!(aside.contains("1 fixed"), "{aside}");
    let (code, out, _) = said(&specc(folder.path(), &["check", "-", "--stdin-filename", "new/compose.yml"], input));
    assert_eq!((code, out.contains("new/compose.yml:3:")), (Some(1), true), "{out}");
    assert_eq!(said(&specc(folder.path(), &["check", "-"], "")).0, Some(2));
    assert_eq!(std::fs::read_to_string(folder.path().join("compose.yml")).unwrap(), "services: {}\n");
}

#[cfg(unix)]
#[test]
fn modes_line_breaks_and_marks_stay_and_links_and_read_only_files_are_left_alone() {
    use std::os::unix::fs::{PermissionsExt as _, symlink};
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    let outside = tempfile::tempdir().unwrap();
    let windows = format!("\u{feff}{}", STALE.replace('\n', "\r\n"));
    std::fs::write(root.join("compose.yml"), &windows).unwrap();
    std::fs::set_permissions(root.join("compose.yml"), std::fs::Permissions::from_mode(0o640)).unwrap();
    std::fs::write(root.join("compose.prod.yml"), STALE).unwrap();
    std::fs::set_permissions(root.join("compose.prod.yml"), std::fs::Permissions::from_mode(0o444)).unwrap();
    std::fs::write(outside.path().join("compose.yml"), STALE).unwrap();
    symlink(outside.path().join("compose.yml"), root.join("compose.out.yml")).unwrap();
    std::fs::write(root.join("real.txt"), STALE).unwrap();
    symlink("real.txt", root.join("compose.link.yml")).unwrap();
    let (_, out, _) = said(&specc(root, &["check", "--fix"], ""));
    assert_eq!(
        std::fs::read_to_string(root.join("compose.yml")).unwrap(),
        windows.replace(" # specc: ignore[MNT001] no longer needed", "")
    );
    assert_eq!(std::fs::metadata(root.join("compose.yml")).unwrap().permissions().mode() & 0o777, 0o640);
    assert_eq!(std::fs::read_to_string(root.join("compose.prod.yml")).unwrap(), STALE);
    assert_eq!(std::fs::read_to_string(outside.path().join("compose.yml")).unwrap(), STALE);
    assert!(root.join("compose.link.yml").symlink_metadata().unwrap().is_symlink());
    assert!(out.contains("compose.prod.yml was not fixed: it is read-only"), "{out}");
    assert!(out.contains("compose.link.yml was not fixed: it is a link"), "{out}");
}

#[test]
fn a_file_that_changed_since_it_was_judged_is_not_overwritten_nor_is_any_other() {
    let folder = folder(STALE);
    std::fs::write(folder.path().join("compose.prod.yml"), STALE).unwrap();
    let files = OnDisk::new(folder.path()).unwrap();
    let fixed = fix(&files, &CheckOptions::default(), &ALL, &mut Sources::default());
    assert_eq!(fixed.changes.len(), 2);
    std::fs::write(folder.path().join("compose.yml"), "services: {}\n").unwrap();
    let error = write(&fixed, &files, &journal::finish).unwrap_err();
    assert!(error.to_string().contains("compose.yml: it changed in the meantime"));
    assert_eq!(std::fs::read_to_string(folder.path().join("compose.prod.yml")).unwrap(), STALE);
    assert_eq!(std::fs::read_to_string(folder.path().join("compose.yml")).unwrap(), "services: {}\n");
}

#[test]
fn what_is_staged_only_in_part_is_not_fixed() {
    use super::discovery::git;
    let folder = folder(STALE);
    let root = folder.path();
    git(root, &["init", "-q"]);
    git(root, &["add", "."]);
    std::fs::write(root.join("compose.yml"), format!("{STALE}# more\n")).unwrap();
    let (_, out, _) = said(&specc(root, &["check", "--staged", "--fix"], ""));
    assert!(out.contains("what is staged is not what lies on the disk"), "{out}");
    assert_eq!(std::fs::read_to_string(root.join("compose.yml")).unwrap(), format!("{STALE}# more\n"));
    git(root, &["add", "."]);
    assert_eq!(said(&specc(root, &["check", "--staged", "--fix"], "")).0, Some(0));
    assert!(!std::fs::read_to_string(root.join("compose.yml")).unwrap().contains("specc: ignore"));
}
