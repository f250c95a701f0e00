//! `specc build` and its kin as a user runs them: exit codes, what is written, what is left alone.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use serde_json::Value;
use specc::files::{Files, OnDisk};
use tempfile::TempDir;

const SPEC: &str = "specc: 1
system: {name: demo}
vars:
  app:
    DOMAIN: {default: localhost, required: true, doc: Where it is}
    KEY: {secret: openssl rand -hex 32, required: true}
    TAG: {default: latest, scope: deploy}
services:
  web:
    image: \"web:${TAG}\"
    vars: [app]
    replicas: 2
environments:
  base: {target: compose, layer: base, file: docker-compose.yml, env_files: [.env], template: .env.example}
  dev: {target: compose, layer: overlay, file: dev/docker-compose.yml, env_files: [.env], services: {web: {replicas: 1}}}
";

struct Tree(TempDir);

impl Tree {
    fn new() -> Tree {
        let tree = Tree(tempfile::tempdir().unwrap());
        tree.put("specc.yaml", SPEC);
        tree
    }

    fn built() -> Tree {
        let tree = Tree::new();
        assert_eq!(tree.code(&["build"]), 0);
        tree
    }

    fn path(&self, path: &str) -> std::path::PathBuf {
        self.0.path().join(path)
    }

    fn put(&self, path: &str, text: &str) {
        fs::create_dir_all(self.path(path).parent().unwrap()).unwrap();
        fs::write(self.path(path), text).unwrap();
    }

    fn get(&self, path: &str) -> String {
        fs::read_to_string(self.path(path)).unwrap()
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_specc"));
        command.args(arguments).current_dir(self.0.path()).stdin(Stdio::null());
        command
    }

    fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    fn code(&self, arguments: &[&str]) -> i32 {
        self.run(arguments).status.code().unwrap()
    }

    fn out(&self, arguments: &[&str]) -> String {
        String::from_utf8(self.run(arguments).stdout).unwrap()
    }

    fn json(&self, arguments: &[&str]) -> Value {
        serde_json::from_str(&self.out(arguments)).unwrap()
    }

    /// Every file with its text and when it was last written.
    fn all(&self) -> BTreeMap<String, (String, std::time::SystemTime)> {
        let (mut found, mut open) = (BTreeMap::new(), vec![self.0.path().to_path_buf()]);
        while let Some(folder) = open.pop() {
            for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
                if entry.path().is_dir() {
                    open.push(entry.path());
                } else {
                    let name = entry.path().strip_prefix(self.0.path()).unwrap().to_str().unwrap().to_string();
                    let text = fs::read_to_string(entry.path()).unwrap();
                    found.insert(name, (text, entry.metadata().unwrap().modified().unwrap()));
                }
            }
        }
        found
    }

    fn texts(&self) -> BTreeMap<String, String> {
        self.all().into_iter().map(|(path, (text, _))| (path, text)).collect()
    }
}

#[test]
fn first_build_writes_and_the_second_touches_nothing() {
    let tree = Tree::new();
    let first = tree.out(&["build"]);
    assert_eq!(
        first,
        "  create  .env.example\n  create  dev/docker-compose.yml\n  create  docker-compose.yml\nspecc: 3 created\n"
    );
    let before = tree.all();
    assert!(!before.keys().any(|it| it.contains(".specc-")), "nothing is left behind: {:?}", before.keys());
    assert_eq!(tree.out(&["build"]), "specc: 3 files up to date\n");
    assert_eq!(tree.out(&["build", "--quiet"]), "");
    assert_eq!(tree.code(&["build", "--check"]), 0);
    assert_eq!(tree.all(), before);
}

#[test]
fn spec_that_only_configures_the_checker_writes_nothing() {
    let tree = Tree::new();
    tree.put("specc.yaml", "specc: 1\ncheck: {ignore: [REF]}\n");
    assert_eq!(tree.code(&["build"]), 0);
    assert_eq!(tree.texts().keys().collect::<Vec<_>>(), ["specc.yaml"]);
}

#[test]
fn check_and_dry_run_write_nothing() {
    let tree = Tree::new();
    assert_eq!(tree.code(&["build", "--check"]), 1);
    assert_eq!(tree.code(&["build", "--dry-run"]), 0);
    assert_eq!(tree.code(&["plan"]), 0);
    assert_eq!(tree.code(&["plan", "--check"]), 1);
    assert!(tree.out(&["build", "--dry-run"]).ends_with("specc: 3 to create\n"));
    assert_eq!(tree.all().len(), 1);
    assert_eq!(tree.code(&["build", "--dry-run", "--out", "elsewhere"]), 0);
    assert!(!tree.path("elsewhere").exists());
    assert_eq!(tree.code(&["build", "--out", "elsewhere"]), 0);
    assert!(tree.path("elsewhere/specc.lock").exists() && !tree.path("specc.lock").exists());
}

#[test]
fn hand_edit_is_shown_kept_and_only_overwritten_by_force() {
    let tree = Tree::built();
    let generated = tree.get("docker-compose.yml");
    tree.put("docker-compose.yml", &generated.replace("web:", "by-hand:"));
    tree.put("specc.yaml", &SPEC.replace("replicas: 1", "replicas: 3"));
    let before = tree.all();
    let output = tree.run(&["build"]);
    assert_eq!(output.status.code(), Some(1));
    let (out, said) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
    assert!(said.contains("docker-compose.yml was edited by hand since specc wrote it"), "{said}");
    assert!(out.contains("-  by-hand:\n") && out.contains("+  web:\n"), "{out}");
    assert_eq!(tree.all(), before, "no file is written, also none that nobody edited");
    assert_eq!(tree.code(&["build", "--force"]), 0);
    assert_eq!(tree.get("docker-compose.yml"), generated);
    assert!(tree.get("dev/docker-compose.yml").contains("replicas: 3"));
}

#[test]
fn a_diff_never_shows_what_a_person_typed_for_a_secret() {
    let tree = Tree::built();
    let typed = tree.get(".env.example").replace("KEY=", "KEY=hunter2-in-a-template");
    tree.put(".env.example", &typed);
    for arguments in [&["build"][..], &["plan", "--diff"], &["build", "--format", "json", "--diff"]] {
        let output = tree.run(arguments);
        let all = String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap();
        assert!(all.contains("KEY=****"), "{all}");
        assert!(!all.contains("hunter2"), "{all}");
    }
}

#[test]
fn somebody_elses_file_is_not_overwritten_and_an_equal_one_is_taken_over() {
    let tree = Tree::new();
    tree.put("docker-compose.yml", "services: {}\n");
    assert_eq!(tree.code(&["build"]), 1);
    assert_eq!(tree.get("docker-compose.yml"), "services: {}\n");
    fs::remove_file(tree.path("docker-compose.yml")).unwrap();
    assert_eq!(tree.code(&["build"]), 0);
    fs::remove_file(tree.path("specc.lock")).unwrap();
    assert_eq!(tree.out(&["build"]), "specc: 3 files up to date; specc.lock is written\n");
}

#[test]
fn file_that_is_not_generated_any_more_goes_unless_it_was_edited() {
    let without = SPEC.lines().filter(|it| !it.starts_with("  dev:")).collect::<Vec<_>>().join("\n");
    let tree = Tree::built();
    tree.put("specc.yaml", &without);
    assert_eq!(tree.out(&["build"]), "  remove  dev/docker-compose.yml\nspecc: 1 removed, 2 unchanged\n");
    assert!(!tree.path("dev/docker-compose.yml").exists());

    let tree = Tree::built();
    tree.put("dev/docker-compose.yml", "edited: true\n");
    tree.put("specc.yaml", &without);
    let output = tree.run(&["build"]);
    assert_eq!(output.status.code(), Some(0));
    assert!(String::from_utf8(output.stderr).unwrap().contains("is not generated any more, but was edited by hand"));
    assert_eq!(tree.get("dev/docker-compose.yml"), "edited: true\n");
    assert_eq!(tree.code(&["build", "--force"]), 0);
    assert!(!tree.path("dev/docker-compose.yml").exists());
}

#[cfg(unix)]
#[test]
fn link_that_leads_out_of_the_tree_is_refused_also_by_force() {
    let outside = tempfile::tempdir().unwrap();
    fs::write(outside.path().join("victim"), "precious\n").unwrap();
    for (link, to) in [("docker-compose.yml", outside.path().join("victim")), ("dev", outside.path().to_path_buf())] {
        let tree = Tree::new();
        std::os::unix::fs::symlink(to, tree.path(link)).unwrap();
        for arguments in [&["build"][..], &["build", "--force"]] {
            let output = tree.run(arguments);
            assert_eq!(output.status.code(), Some(1), "{link}");
            let said = String::from_utf8(output.stderr).unwrap();
            assert!(said.contains("leads out of the tree through a symbolic link"), "{said}");
        }
        assert!(!tree.path("specc.lock").exists());
    }
    assert_eq!(fs::read_dir(outside.path()).unwrap().count(), 1);
    assert_eq!(fs::read_to_string(outside.path().join("victim")).unwrap(), "precious\n");
}

#[test]
fn spec_is_found_from_below_and_two_specs_are_one_too_many() {
    let tree = Tree::built();
    fs::create_dir_all(tree.path("src/deep")).unwrap();
    let below = tree.command(&["build", "--check"]).current_dir(tree.path("src/deep")).output().unwrap();
    assert_eq!(below.status.code(), Some(0));
    tree.put("specc.toml", "specc = 1\n");
    let output = tree.run(&["build"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8(output.stderr).unwrap().contains("specc.yaml and specc.toml are both in"));
    assert_eq!(tree.code(&["build", "--spec", "specc.yaml"]), 0);
}

#[test]
fn wrong_usage_is_2_and_a_wrong_spec_1() {
    let tree = Tree::new();
    for arguments in
        [&["build", "nope"][..], &["build", "--target", "nope"], &["build", "--spec", "gone"], &["env", "x"]]
    {
        assert_eq!(tree.code(arguments), 2, "{arguments:?}");
    }
    tree.put("specc.yaml", &SPEC.replace("image:", "imagee:"));
    for arguments in [&["build"][..], &["plan"], &["env", "dev"], &["render", "dev"], &["loss"], &["build", "--list"]] {
        assert_eq!(tree.code(arguments), 1, "{arguments:?}");
    }
    let report = tree.json(&["build", "--format", "json"]);
    assert!(report["findings"].as_array().unwrap().iter().any(|it| it["code"] == "SPEC002"), "{report}");
    fs::remove_file(tree.path("specc.yaml")).unwrap();
    assert_eq!(tree.code(&["build"]), 2);
}

#[test]
fn json_says_what_is_done_and_what_it_does_to_the_system() {
    let tree = Tree::built();
    tree.put("specc.yaml", &SPEC.replace("web:${TAG}", "web:2-${TAG}"));
    let plan = tree.json(&["plan", "--format", "json"]);
    assert_eq!((&plan["version"], &plan["written"], &plan["impact"]), (&1.into(), &false.into(), &"downtime".into()));
    let change = plan["changes"].as_array().unwrap().iter().find(|it| it["action"] == "change").unwrap();
    assert_eq!(change["path"], "docker-compose.yml");
    assert_eq!(change["effects"][0]["service"], "web");
    let built = tree.json(&["build", "--format", "json"]);
    assert_eq!((&built["written"], &built["findings"]), (&true.into(), &Value::Array(Vec::new())));
    assert_eq!(tree.json(&["build", "--format", "json"])["up_to_date"], true);
}

#[test]
fn list_tells_a_script_how_to_start_each_environment() {
    let tree = Tree::new();
    let listed = tree.json(&["build", "--list", "--format", "json"]);
    assert_eq!(
        listed["environments"][1],
        serde_json::json!({
            "name": "dev", "target": "compose", "layer": "overlay",
            "files": ["docker-compose.yml", "dev/docker-compose.yml"], "env_files": [".env"],
            "project": "demo", "public": null, "template": null,
        })
    );
}

#[test]
fn env_tells_the_way_of_a_value_without_the_secret() {
    let tree = Tree::new();
    let out = tree.out(&["env", "base", "web"]);
    for line in [
        "  DOMAIN = localhost\n",
        "specc.yaml:5:5      declared in the group `app`\n",
        ".env                a person may change it (template: .env.example)\n",
        "docker-compose.yml  written as `${DOMAIN:?",
        "  KEY = ********\n",
        ".env                a person fills it in (template: .env.example)\n",
    ] {
        assert!(out.contains(line), "{line}\n---\n{out}");
    }
    let report = tree.json(&["env", "base", "--format", "json"]);
    assert_eq!(report["services"][1]["variables"][0]["name"], "TAG");
    assert!(report["services"][1]["service"].is_null(), "only the deployment reads it");
}

#[test]
fn explain_goes_from_a_generated_line_to_the_spec_and_back() {
    let tree = Tree::built();
    let lines = tree.get("docker-compose.yml");
    let number = lines.lines().position(|it| it.contains("replicas: 2")).unwrap() + 1;
    let line = format!("docker-compose.yml:{number}");
    assert!(tree.out(&["explain", &line]).contains("specc.yaml:12:15"), "{}", tree.out(&["explain", &line]));
    let back = tree.out(&["explain", "services.web.replicas"]);
    assert!(back.contains(&format!("  {line}: replicas: 2\n")), "{back}");
    assert!(back.contains("environments.dev.services.web.replicas\n  dev/docker-compose.yml:"), "{back}");
    let from_below = tree.command(&["explain", "docker-compose.yml:1"]).current_dir(tree.path("dev")).output().unwrap();
    assert_eq!(from_below.status.code(), Some(0));
    assert_eq!(tree.code(&["explain", "docker-compose.yml:9999"]), 2);
    assert_eq!(tree.code(&["explain", "services.wbe"]), 2);
}

#[test]
fn render_prints_the_file_and_writes_nothing() {
    let tree = Tree::new();
    let overlay = tree.out(&["render", "dev"]);
    let whole = tree.out(&["render", "dev", "--standalone"]);
    assert!(!overlay.contains("image:") && overlay.contains("replicas: 1"), "{overlay}");
    assert!(whole.contains("image: web:${TAG") && whole.contains("replicas: 1"), "{whole}");
    assert_eq!(tree.all().len(), 1);
}

#[test]
fn same_bytes_whoever_builds_and_wherever() {
    let one = Tree::built();
    let two = Tree::new();
    let variables = [("TZ", "Pacific/Kiritimati"), ("LC_ALL", "tr_TR.UTF-8"), ("TAG", "shell"), ("COLUMNS", "20")];
    let output = two.command(&["build"]).env_clear().envs(variables).output().unwrap();
    assert!(output.status.success());
    assert_eq!(one.texts(), two.texts());
}

#[test]
fn what_a_target_cannot_say_is_reported_and_can_be_denied() {
    let tree = Tree::new();
    tree.put("specc.yaml", &SPEC.replace("    replicas: 2", "    replicas: 2\n    rollout: {order: start-first}"));
    assert_eq!((tree.code(&["loss"]), tree.code(&["loss", "--deny"])), (0, 1));
    let report = tree.out(&["loss", "base", "--all"]);
    assert!(report.contains("  nearly      services.web.rollout: "), "{report}");
    assert!(report.contains("  exact       services.web.image\n"), "{report}");
    let output = tree.run(&["build", "--deny", "loss"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        String::from_utf8(output.stderr)
            .unwrap()
            .contains("compose can say `services.web.rollout` of base only nearly")
    );
    assert!(!tree.path("docker-compose.yml").exists());
    assert_eq!(tree.code(&["build"]), 0);
    assert!(!tree.json(&["build", "--format", "json", "--losses"])["losses"].as_array().unwrap().is_empty());
}

#[test]
fn merge_conflicts_in_generated_files_and_lock_are_built_away() {
    let tree = Tree::built();
    let (file, lock) = (tree.get("docker-compose.yml"), tree.get("specc.lock"));
    let torn = |text: &str| format!("<<<<<<< HEAD\n{text}=======\n{text}>>>>>>> other\n");
    tree.put("docker-compose.yml", &torn(&file));
    let sha = lock.lines().find(|it| it.starts_with("\"docker-compose.yml\"")).unwrap();
    let other = sha.replace("sha256 = \"", "sha256 = \"0");
    tree.put("specc.lock", &lock.replace(sha, &format!("<<<<<<< HEAD\n{sha}\n=======\n{other}\n>>>>>>> other")));
    assert_eq!(tree.code(&["build"]), 0);
    assert_eq!((tree.get("docker-compose.yml"), tree.get("specc.lock")), (file, lock));
}

#[cfg(unix)]
#[test]
fn disk_that_does_not_obey_is_told_and_leaves_everything() {
    use std::os::unix::fs::PermissionsExt as _;
    let tree = Tree::built();
    tree.put("specc.yaml", &SPEC.replace("web:${TAG}", "web:2-${TAG}").replace("replicas: 1", "replicas: 3"));
    let before = tree.all();
    fs::set_permissions(tree.path("dev"), fs::Permissions::from_mode(0o555)).unwrap();
    let output = tree.run(&["build"]);
    fs::set_permissions(tree.path("dev"), fs::Permissions::from_mode(0o755)).unwrap();
    // Root writes anywhere, so there is nothing to see.
    if output.status.code() != Some(0) {
        assert_eq!(output.status.code(), Some(2));
        assert!(String::from_utf8(output.stderr).unwrap().contains("cannot write: dev/docker-compose.yml"));
        assert_eq!(tree.all(), before);
    }
}

/// A spec of many files, each of which names the release.
fn many(release: u32) -> String {
    let mut spec =
        format!("specc: 1\nsystem: {{name: many}}\nservices:\n  web: {{image: \"web:{release}\"}}\nenvironments:\n");
    for n in release * 5..release * 5 + 60 {
        spec += &format!("  e{n}: {{target: compose, file: out/e{n}/docker-compose.yml}}\n");
    }
    spec
}

/// The helper goes on when its parent is killed; whoever gets the right to change the tree has waited for it.
#[test]
fn killed_build_leaves_the_old_files_or_the_new_ones() {
    let trees: Vec<BTreeMap<String, String>> = [1, 2]
        .map(|release| {
            let tree = Tree::new();
            tree.put("specc.yaml", &many(release));
            assert_eq!(tree.code(&["build"]), 0);
            tree.texts()
        })
        .into();
    let generated = |texts: &BTreeMap<String, String>| -> BTreeMap<String, String> {
        texts
            .iter()
            .filter(|(path, _)| path.starts_with("out") || *path == "specc.lock")
            .map(|(a, b)| (a.clone(), b.clone()))
            .collect()
    };
    for moment in 0..24 {
        let tree = Tree::new();
        trees[0].iter().for_each(|(path, text)| tree.put(path, text));
        tree.put("specc.yaml", &many(2));
        let mut build = tree.command(&["build"]).stdout(Stdio::null()).spawn().unwrap();
        std::thread::sleep(Duration::from_micros(moment * 1500));
        build.kill().unwrap();
        build.wait().unwrap();
        drop(OnDisk::new(tree.0.path()).unwrap().hold().unwrap());
        let now: BTreeMap<String, String> =
            generated(&tree.texts()).into_iter().filter(|(path, _)| !path.contains(".specc-new")).collect();
        let whole = trees.iter().any(|it| generated(it) == now);
        // Killed between its decision and the start of the helper, the build leaves the old files and a journal.
        assert!(whole, "killed after {} us: a mixture of two builds", moment * 1500);
        assert_eq!(tree.code(&["build"]), 0);
        assert_eq!(tree.texts(), trees[1], "the next build repairs it");
    }
}

#[test]
fn two_builds_at_once_do_each_other_no_harm() {
    let tree = Tree::new();
    tree.put("specc.yaml", &many(1));
    let mut builds: Vec<_> = (0..6).map(|_| tree.command(&["build"]).stdout(Stdio::null()).spawn().unwrap()).collect();
    for build in &mut builds {
        assert!(build.wait().unwrap().success());
    }
    assert_eq!(tree.out(&["build"]), "specc: 60 files up to date\n");
    assert!(!Path::new(&tree.path(".specc-journal")).exists());
}
