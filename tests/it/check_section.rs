//! The `check` section of a spec that generates nothing: each of its parts changes what a check finds.

use std::fs;
use std::process::Command;

use tempfile::TempDir;

/// A repository whose settings, reader, fixture and transfer are where no reader would look for them by itself.
const FILES: &[(&str, &str)] = &[
    (
        "app/config.py",
        "from pydantic import BaseModel\nfrom pydantic_settings import BaseSettings\nclass Pool(BaseModel):\n    size: int = 1\nclass Settings(BaseSettings):\n    pool: Pool\n    token_url: str\n",
    ),
    ("app/main.py", "from app.config import Settings\nprint(Settings().pool, Settings().token_url)\n"),
    ("scripts/sync.py", "import os\nprint(os.environ['SYNC_TARGET'])\n"),
    ("qa/settings.py", "from app.config import Settings\nsettings = Settings(pool=None)\n"),
    (
        "docker-compose.yml",
        "services:\n  api:\n    image: registry.example.com/api:1\n    environment: {POOL__SIZE: 2}\n    volumes: [\"./gone.conf:/etc/gone.conf:ro\", \"./here.conf:/etc/here.conf:ro\"]\n",
    ),
    ("here.conf", "x\n"),
    (".env.example", "OTHER=1\n"),
    ("ship.sh", "rsync docker-compose.yml /mnt/machine/srv/\ndocker compose -f docker-compose.yml up -d\n"),
    ("docs/archive/plan.md", "See `app/gone.py`.\n"),
];

fn tree(spec: &[(&str, &str)]) -> TempDir {
    let tree = tempfile::tempdir().unwrap();
    for (path, text) in FILES.iter().chain(spec) {
        let path = tree.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    tree
}

fn checked(tree: &TempDir, arguments: &[&str]) -> String {
    let all = [&["check", "--format", "concise"], arguments].concat();
    let output = Command::new(env!("CARGO_BIN_EXE_specc")).args(&all).current_dir(tree.path()).output().unwrap();
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

fn with(section: &str) -> String {
    checked(&tree(&[("specc.yaml", &format!("specc: 1\ncheck:\n{section}"))]), &[])
}

#[test]
fn every_part_of_the_section_changes_what_is_found() {
    // (the section, what is found with it, whether also without it)
    let cases = [
        ("  settings: [{class: \"app/config.py:Settings\", for: [api]}]\n", "ENV001] `token_url` is required", false),
        ("  fixtures: [qa]\n", "FIX002] `Settings` is made without `token_url`", false),
        ("  readers: scripts\n", "no template names `SYNC_TARGET`", false),
        ("  transfers: ship.sh\n", "XFR001] ", false),
        ("  references: docs\n", "REF001] `app/gone.py`", false),
        ("  operator_provided: gone.conf\n", "MNT001", true),
        ("  exclude: docker-compose.yml\n", "MNT001", true),
        ("  ignore: MNT\n", "MNT001", true),
        ("  levels: {MNT001: off}\n", "MNT001", true),
        ("  levels: {MNT001: error}\n", "error[MNT001]", false),
        ("  select: ENV002\n", "info[ENV002]", false),
    ];
    let without = with("  ignore: []\n");
    for (section, found, also_without) in cases {
        assert_eq!(without.contains(found), also_without, "{found} without {section}:\n{without}");
        let text = with(section);
        assert_eq!(text.contains(found), !also_without, "{found} with {section}:\n{text}");
    }
    let class = |more: &str| with(&format!("  settings: [{{class: \"app/config.py:Settings\", for: [api]{more}}}]\n"));
    assert!(class("").contains("ENV001] `pool` is required"));
    assert!(!class(", nested: __").contains("ENV001] `pool` is required"));
}

#[test]
fn a_spec_in_a_folder_is_found_by_its_path_and_its_paths_start_there() {
    let section = "specc: 1\ncheck:\n  settings: [{class: \"../app/config.py:Setings\", for: [apo]}]\n  exclude: [\"../docker-compose.yml\"]\n  levels: {NO1: off}\n";
    let tree = tree(&[("infra/specc.yaml", section), (".git/HEAD", "")]);
    assert!(!checked(&tree, &[]).contains("CFG006"));
    let text = checked(&tree, &["--spec", "infra/specc.yaml"]);
    assert!(
        text.contains("infra/specc.yaml:3:22: error[CFG006] `../app/config.py` has no settings class `Setings`"),
        "{text}"
    );
    assert!(text.contains("infra/specc.yaml:5:12: error[CFG006] no rule is called `NO1`"), "{text}");
    assert!(checked(&tree, &["--spec", "specc.yaml"]).contains("there is no spec"));
}
