//! The interface as a shell sees it: exit codes, where text goes, colour, completions, `init`.

use std::path::Path;
use std::process::{Command, Stdio};

struct Said {
    code: i32,
    out: String,
    aside: String,
}

fn specc(folder: &Path, arguments: &[&str], variables: &[(&str, &str)]) -> Said {
    let mut command = Command::new(env!("CARGO_BIN_EXE_specc"));
    command.current_dir(folder).args(arguments).env_remove("NO_COLOR").envs(variables.iter().copied());
    let output = command.stdin(Stdio::null()).output().unwrap();
    let text = |it: &[u8]| String::from_utf8_lossy(it).into_owned();
    Said { code: output.status.code().unwrap(), out: text(&output.stdout), aside: text(&output.stderr) }
}

const GOOD: &str = "services:\n  a:\n    image: x\n";
const BAD: &str = "services:\n  a:\n    image: x\n    volumes: ['./gone.json:/x:ro']\n";

fn folder(text: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("compose.yml"), text).unwrap();
    folder
}

#[test]
fn exit_codes_are_0_1_and_2_in_every_format() {
    let (good, bad) = (folder(GOOD), folder(BAD));
    for format in ["human", "concise", "json", "sarif", "github", "gitlab", "junit"] {
        assert_eq!(specc(good.path(), &["check", "--format", format], &[]).code, 0, "{format}");
        assert_eq!(specc(bad.path(), &["check", "--format", format], &[]).code, 1, "{format}");
        assert_eq!(specc(bad.path(), &["check", "--format", format, "--exit-zero"], &[]).code, 0, "{format}");
    }
    for (arguments, expected) in [
        (&["check", "--no-such"][..], 2),
        (&["check", "--format", "xml"], 2),
        (&["check", "--select", "NOPE1"], 2),
        (&["check", "no/such/path"], 2),
        (&["check", "compose.yml", "--baseline", "none.json"], 2),
        (&["check", "--output-file", "no/such/folder/x"], 2),
        (&["check", "--staged", "--changed"], 2),
        (&["check", "--staged"], 1),
        (&["check", "--changed=nothing"], 1),
        (&["no-such-command"], 2),
        (&[], 2),
        (&["--version"], 0),
        (&["check", "--help"], 0),
        (&["explain", "MNT001"], 0),
        (&["explain", "MNT999"], 2),
        (&["rules"], 0),
        (&["schema"], 0),
        (&["completions", "bash"], 0),
        (&["completions", "no-shell"], 2),
        (&["build"], 2),
    ] {
        let said = specc(bad.path(), arguments, &[]);
        // Without git nobody can say what changed, so everything is told.
        assert_eq!(said.code, expected, "{arguments:?}: {}{}", said.out, said.aside);
        assert!(expected != 2 || said.out.is_empty(), "{arguments:?} says on the standard output: {}", said.out);
        assert!(expected != 2 || !said.aside.is_empty(), "{arguments:?} says nothing");
    }
}

#[test]
fn quiet_says_nothing_when_there_is_nothing_to_say() {
    let said = specc(folder(GOOD).path(), &["check", "-q"], &[]);
    assert_eq!((said.code, said.out.as_str(), said.aside.as_str()), (0, "", ""));
    let said = specc(folder(BAD).path(), &["check", "-q"], &[]);
    assert!(said.code == 1 && said.out.contains("gone.json"));
}

#[test]
fn a_directory_without_anything_to_read_does_not_pass_for_one_in_which_all_is_well() {
    let empty = tempfile::tempdir().unwrap();
    let said = specc(empty.path(), &["check"], &[]);
    assert_eq!(said.code, 2, "{}", said.aside);
    assert!(said.aside.contains("nothing to read here"), "{}", said.aside);
}

#[test]
fn colour_is_for_terminals_unless_it_is_asked_for() {
    let bad = folder(BAD);
    for (arguments, variables, expected) in [
        (&["check"][..], &[][..], false),
        (&["check", "--color", "always"], &[], true),
        (&["check", "--color", "always"], &[("NO_COLOR", "1")], true),
        (&["check", "--color", "never"], &[], false),
        (&["check", "--color", "always", "--format", "json"], &[], false),
    ] {
        let said = specc(bad.path(), arguments, variables);
        assert_eq!(said.out.contains('\u{1b}'), expected, "{arguments:?} {variables:?}");
    }
}

#[test]
fn a_report_goes_to_a_file_whole() {
    let bad = folder(BAD);
    let said = specc(bad.path(), &["check", "--format", "json", "-o", "report.json"], &[]);
    assert_eq!((said.code, said.out.as_str()), (1, ""));
    let text = std::fs::read_to_string(bad.path().join("report.json")).unwrap();
    let report: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(report["findings"][0]["code"], "MNT001");
    // A quiet run writes it also when there is nothing in it: the step after it expects the file.
    let good = folder(GOOD);
    specc(good.path(), &["check", "-q", "--format", "json", "-o", "report.json"], &[]);
    assert!(good.path().join("report.json").is_file());
}

#[test]
fn completions_know_every_command_and_its_options() {
    let here = folder(GOOD);
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let text = specc(here.path(), &["completions", shell], &[]).out;
        for word in ["check", "build", "init", "write-baseline", "unsafe-fixes"] {
            assert!(text.contains(word), "{shell}: {word}");
        }
    }
}

#[test]
fn bash_completes_what_it_is_given() {
    let here = folder(GOOD);
    let script = specc(here.path(), &["completions", "bash"], &[]).out;
    std::fs::write(here.path().join("specc.bash"), script).unwrap();
    let ask = "source ./specc.bash; COMP_WORDS=(specc check --writ); COMP_CWORD=2; _specc specc --writ check; echo \"${COMPREPLY[@]}\"";
    let Ok(output) = Command::new("bash").args(["-c", ask]).current_dir(here.path()).output() else { return };
    assert_eq!(String::from_utf8_lossy(&output.stdout), "--write-baseline\n");
}

#[test]
fn init_writes_a_spec_that_changes_nothing_and_never_overwrites_one() {
    let here = folder(BAD);
    let root = here.path();
    std::fs::create_dir(root.join("app")).unwrap();
    let class = "from pydantic_settings import BaseSettings\nclass Settings(BaseSettings):\n    url: str\n    name: str = 'x'\n";
    std::fs::write(root.join("app/config.py"), class).unwrap();
    std::fs::write(root.join(".env.example"), "NAME=x\n").unwrap();
    let before = specc(root, &["check", "--format", "concise", "--pedantic"], &[]);
    assert!(before.out.contains("`URL`"), "{}", before.out);
    let shown = specc(root, &["init", "--dry-run"], &[]);
    assert!(shown.code == 0 && !root.join("specc.yaml").exists());
    let said = specc(root, &["init"], &[]);
    assert_eq!(said.code, 0, "{}", said.aside);
    let text = std::fs::read_to_string(root.join("specc.yaml")).unwrap();
    assert_eq!(text, shown.out);
    assert!(
        text.contains("  settings:\n    - app/config.py:Settings\n") && text.contains("compose files (1)"),
        "{text}"
    );
    let after = specc(root, &["check", "--format", "concise", "--pedantic"], &[]);
    assert_eq!((after.code, after.out), (before.code, before.out), "with\n{text}");
    let again = specc(root, &["init"], &[]);
    assert_eq!((again.code, again.out.as_str()), (2, ""));
    assert_eq!(std::fs::read_to_string(root.join("specc.yaml")).unwrap(), text);
    std::fs::rename(root.join("specc.yaml"), root.join("specc.toml")).unwrap();
    assert_eq!(specc(root, &["init"], &[]).code, 2);
    assert!(!root.join("specc.yaml").exists());
}

#[test]
fn a_long_report_comes_through_a_pipe_whole_and_a_reader_that_goes_is_no_error() {
    let services: String =
        (0..2000).map(|n| format!("  s{n}:\n    image: x\n    volumes: ['./gone{n}.json:/x:ro']\n")).collect();
    let here = folder(&format!("services:\n{services}"));
    let said = specc(here.path(), &["check", "--format", "json"], &[]);
    assert!(said.out.len() > 1 << 17);
    let report: serde_json::Value = serde_json::from_str(&said.out).unwrap();
    assert_eq!(report["findings"].as_array().unwrap().len(), 2000);
    let mut command = Command::new(env!("CARGO_BIN_EXE_specc"));
    let mut child = command.current_dir(here.path()).arg("check").stdout(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    assert_eq!(child.wait().unwrap().code(), Some(1));
}
