//! `specc: ignore[…]` in every kind of file: it keeps its finding quiet, is told if it keeps none, and needs a reason.

use specc::files::InMemory;
use specc::ops::check::{CheckOptions, Checked, check};
use specc::rules::Selection;
use specc::source::Sources;

fn checked(path: &str, text: &str) -> Checked {
    let files = InMemory::new([
        (path, text),
        ("config.py", "from pydantic_settings import BaseSettings\nclass Settings(BaseSettings):\n    port: int = 1\n"),
        ("docs/a.txt", ""),
        ("scripts/a.txt", ""),
        ("main.py", "from config import Settings\nprint(Settings().port)\n"),
    ]);
    let selection = Selection { is_pedantic: true, ..Selection::default() };
    check(&files, CheckOptions { selection, ..CheckOptions::default() }, &mut Sources::default())
}

fn codes(checked: &Checked) -> Vec<&str> {
    checked.findings.iter().map(|it| it.code.id).collect()
}

/// A file of each kind with a mistake in the line `@`, the code of the mistake, and how a comment is written there.
const KINDS: &[(&str, &str, &str, &str)] = &[
    (
        "docker-compose.yml",
        "services:\n  a:\n    image: a\n    volumes:\n@      - ./gone.conf:/c.conf:ro",
        "MNT001",
        "# {}",
    ),
    ("x/.env", "PORT=1\n@PORT=2", "ENV018", "# {}"),
    ("deploy.sh", "set -eu\n@docker compose -f gone.yml up", "XFR006", "# {}"),
    ("Makefile", "up:\n@\tdocker compose -f gone.yml up", "XFR006", "# {}"),
    ("tests/conftest.py", "from config import Settings\n@s = Settings(prot=2)", "FIX001", "# {}"),
    (
        "nginx.conf",
        "server {\n  location / {\n@    root /x; proxy_pass http://nowhere-at-all:1;\n  }\n  set_real_ip_from 0.0.0.0/0;\n}",
        "SEC007",
        "# {}",
    ),
    ("README.md", "# x\n\n@Read [this](docs/gone.md).", "REF001", "<!-- {} -->"),
    (
        ".github/workflows/a.yml",
        "on: push\njobs:\n  a:\n    runs-on: x\n    steps:\n@      - run: docker compose -f gone.yml up",
        "XFR006",
        "# {}",
    ),
    ("Dockerfile", "@FROM python:3.12-slim\nHEALTHCHECK CMD curl -f http://localhost/", "HLT004", "# {}"),
    ("web/a.js", "const port = 1;\n@const f = 'scripts/gone.sh';", "REF001", "// {}"),
    (
        "k8s/a.yaml",
        "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec:\n  containers:\n    - name: a\n      image: a:1\n      env:\n@        - {name: API_TOKEN, value: hunter22}",
        "SEC001",
        "# {}",
    ),
];

#[test]
fn a_comment_above_the_line_keeps_its_finding_quiet_in_every_kind_of_file() {
    for (path, text, code, comment) in KINDS {
        let plain = text.replace('@', "");
        let found = checked(path, &plain);
        assert!(codes(&found).contains(code), "{path}: no {code} in {:?}", codes(&found));
        // A whole file of the kind is covered by one comment at its top.
        let line = |what: &str| comment.replace("{}", what);
        let whole = checked(path, &format!("{}\n{plain}\n", line(&format!("specc: file-ignore[{code}] it is meant"))));
        assert!(!codes(&whole).contains(code), "{path}: {:?}", codes(&whole));
        assert!(whole.silenced.iter().any(|it| it.diagnostic.code.id == *code && it.reason == "it is meant"), "{path}");
        // One that fits no finding is told.
        let unused = checked(path, &format!("{}\n{plain}\n", line("specc: file-ignore[TST999x] why")));
        assert!(codes(&unused).contains(&"CFG002"), "{path}: {:?}", codes(&unused));
        let unused = checked(path, &format!("{}\n{plain}\n", line("specc: file-ignore[GEN001] why")));
        assert!(codes(&unused).contains(&"CFG003"), "{path}: {:?}", codes(&unused));
        let without = checked(path, &format!("{}\n{plain}\n", line(&format!("specc: file-ignore[{code}]"))));
        assert!(codes(&without).contains(&"CFG001"), "{path}: {:?}", codes(&without));
    }
}

#[test]
fn a_comment_covers_the_next_line_and_no_other() {
    for (path, text, code, comment) in KINDS.iter().filter(|it| !matches!(it.0, "nginx.conf" | "Dockerfile")) {
        let indent: String = text.split('@').nth(1).unwrap().chars().take_while(|it| *it == ' ').collect();
        let note = format!("{indent}{}\n", comment.replace("{}", &format!("specc: ignore[{code}] it is meant")));
        let found = checked(path, &text.replace('@', &note));
        assert!(!codes(&found).contains(code), "{path}: {:?}", codes(&found));
        assert!(!codes(&found).contains(&"CFG003"), "{path}: {:?}", codes(&found));
        let found = checked(path, &format!("{}\n{note}", text.replace('@', "")));
        assert!(codes(&found).contains(code) && codes(&found).contains(&"CFG003"), "{path}: {:?}", codes(&found));
    }
}
