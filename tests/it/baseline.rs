//! The baseline: what was there is not told again, what is new is, and what was mended is noticed.

use std::path::Path;
use std::process::Command;

const ONE: &str = "services:\n  api:\n    image: x\n    volumes: ['./gone.json:/x:ro']\n";

/// Runs specc; returns its exit code and what it says.
fn specc(folder: &Path, arguments: &[&str]) -> (i32, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_specc")).current_dir(folder).args(arguments).output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    (output.status.code().unwrap(), String::from_utf8(said).unwrap())
}

fn folder(text: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("compose.yml"), text).unwrap();
    folder
}

#[test]
fn what_is_known_is_not_told_though_lines_move_and_what_is_new_is() {
    let folder = folder(ONE);
    let root = folder.path();
    assert_eq!(specc(root, &["check"]).0, 1);
    let (code, said) = specc(root, &["check", "--write-baseline"]);
    assert_eq!((code, said.as_str()), (0, "specc: 1 finding written to .specc-baseline.json\n"));
    let first = std::fs::read_to_string(root.join(".specc-baseline.json")).unwrap();
    let (code, said) = specc(root, &["check"]);
    assert_eq!((code, said.contains("nothing found; 1 suppressed")), (0, true), "{said}");
    let moved = format!("# one more line\n\n{ONE}");
    std::fs::write(root.join("compose.yml"), &moved).unwrap();
    assert_eq!(specc(root, &["check"]).0, 0);
    // Written again it is the same: neither lines nor what it says itself is in it.
    specc(root, &["check", "--write-baseline"]);
    assert_eq!(std::fs::read_to_string(root.join(".specc-baseline.json")).unwrap(), first);
    std::fs::write(root.join("compose.yml"), moved.replace("'./gone", "'./lost.json:/y:ro', './gone")).unwrap();
    let (code, said) = specc(root, &["check", "--format", "concise"]);
    assert_eq!((code, said.contains("lost.json"), said.contains("gone.json")), (1, true, false), "{said}");
    assert_eq!(specc(root, &["check", "--no-baseline"]).0, 1);
    let (_, sarif) = specc(root, &["check", "--format", "sarif"]);
    assert!(sarif.contains("\"justification\": \"it is in the baseline\""), "{sarif}");
}

#[test]
fn a_second_finding_like_a_known_one_is_new() {
    let folder = folder(ONE);
    specc(folder.path(), &["check", "--write-baseline"]);
    let twice = format!("{ONE}  web:\n    image: x\n    volumes: ['./gone.json:/x:ro']\n");
    std::fs::write(folder.path().join("compose.yml"), twice).unwrap();
    let (code, said) = specc(folder.path(), &["check", "--format", "concise"]);
    assert_eq!((code, said.matches("gone.json").count()), (1, 1), "{said}");
    specc(folder.path(), &["check", "--write-baseline"]);
    assert_eq!(specc(folder.path(), &["check"]).0, 0);
}

#[test]
fn what_was_mended_is_noticed_only_when_everything_was_judged() {
    let folder = folder(ONE);
    let root = folder.path();
    specc(root, &["check", "--write-baseline=known/base.json"]);
    std::fs::write(root.join("compose.yml"), "services: {}\n").unwrap();
    let (code, said) = specc(root, &["check", "--baseline", "known/base.json"]);
    assert_eq!(code, 0);
    assert!(said.contains("known/base.json names what is not found any more: MNT001 in compose.yml"), "{said}");
    let (_, said) = specc(root, &["check", "--baseline", "known/base.json", "--select", "ENV"]);
    assert!(!said.contains("not found any more"), "{said}");
}

#[test]
fn the_spec_names_the_baseline_and_one_that_cannot_be_read_is_refused() {
    let folder = folder(ONE);
    let root = folder.path();
    let spec = "specc: 1\nsystem: {name: a}\ncheck: {baseline: known.json}\n";
    std::fs::write(root.join("specc.yaml"), spec).unwrap();
    let (code, said) = specc(root, &["check"]);
    assert_eq!((code, said.contains("known.json")), (2, true), "{said}");
    let (code, said) = specc(root, &["check", "--write-baseline"]);
    assert_eq!((code, said.contains("written to known.json")), (0, true), "{said}");
    assert_eq!(specc(root, &["check"]).0, 0);
    for text in ["", "{}", "{\"version\": 99, \"findings\": []}"] {
        std::fs::write(root.join("known.json"), text).unwrap();
        assert_eq!(specc(root, &["check"]).0, 2, "{text}");
    }
    assert_eq!(specc(root, &["check", "--baseline", "/etc/passwd"]).0, 2);
}

#[test]
fn a_baseline_holds_no_secret() {
    let folder = folder("services:\n  db:\n    image: postgres\n    env_file: .env\n");
    let root = folder.path();
    std::fs::write(root.join(".env"), "POSTGRES_PASSWORD='hunter2-and-more' # x\nPOSTGRES_PASSWORD=hunter3-and-more\n")
        .unwrap();
    let (code, _) = specc(root, &["check", "--write-baseline", "--pedantic"]);
    let text = std::fs::read_to_string(root.join(".specc-baseline.json")).unwrap();
    assert_eq!((code, text.contains("hunter"), text.contains("fingerprint")), (0, false, true), "{text}");
}
