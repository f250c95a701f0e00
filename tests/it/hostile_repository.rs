//! Hostile repositories: whatever lies on the disk, a check ends in findings or notes, in bounded time, and writes nothing.

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

const COMPOSE: &str = "services:\n  web:\n    image: web:1\n    volumes: [\"./gone.conf:/etc/gone.conf:ro\"]\n";

fn put(tree: &Path, path: &str, bytes: impl AsRef<[u8]>) {
    let path = tree.join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, bytes).unwrap();
}

fn git(folder: &Path, arguments: &[&str]) {
    let identity = ["-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "init.defaultBranch=main"];
    let more = ["-c", "protocol.file.allow=always"];
    let output = Command::new("git").args(identity).args(more).args(arguments).current_dir(folder).output().unwrap();
    assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
}

/// A repository with a compose file that mounts what its history has and its tree has not.
fn repository() -> TempDir {
    let tree = tempfile::tempdir().unwrap();
    git(tree.path(), &["init", "-q"]);
    put(tree.path(), "docker-compose.yml", COMPOSE);
    put(tree.path(), "gone.conf", "x\n");
    git(tree.path(), &["add", "-A"]);
    git(tree.path(), &["commit", "-qm", "one"]);
    git(tree.path(), &["rm", "-q", "gone.conf"]);
    git(tree.path(), &["commit", "-qm", "two"]);
    tree
}

fn run(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_specc"));
    command.args(arguments).current_dir(folder).stdin(Stdio::null()).output().unwrap()
}

/// Checks in every way that a person may; the time is for hangs, not for speed.
fn checked(folder: &Path) -> Value {
    let before = listing(folder);
    let start = Instant::now();
    for format in ["human", "concise", "sarif", "github", "gitlab", "junit"] {
        let output = run(folder, &["check", "--pedantic", "--format", format]);
        assert!(matches!(output.status.code(), Some(0..=2)), "{format}: {output:?}");
    }
    run(folder, &["explain", "SOME_VARIABLE"]);
    let output = run(folder, &["check", "--pedantic", "--format", "json"]);
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(matches!(output.status.code(), Some(0 | 1)), "{:?}: {errors}", output.status);
    assert!(!errors.contains("panicked"), "{errors}");
    assert!(start.elapsed() < Duration::from_secs(120), "took {:?}", start.elapsed());
    assert_eq!(listing(folder), before, "a check wrote something");
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Every path below a folder with its size, links not followed.
fn listing(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    let mut open = vec![folder.to_path_buf()];
    while let Some(next) = open.pop() {
        let Ok(entries) = fs::read_dir(&next) else { continue };
        for entry in entries.flatten() {
            let kind = entry.file_type().unwrap();
            found.push(format!("{:?} {}", entry.path(), entry.metadata().map_or(0, |it| it.len())));
            // git refreshes its index when it is asked what changed.
            if kind.is_dir() && entry.file_name() != ".git" {
                open.push(entry.path());
            }
        }
    }
    found.sort();
    found
}

fn codes(report: &Value) -> Vec<String> {
    let list = report["findings"].as_array().unwrap();
    list.iter().map(|it| format!("{} {}", it["code"].as_str().unwrap(), it["path"].as_str().unwrap_or(""))).collect()
}

fn notes(report: &Value) -> String {
    report["summary"]["notes"].to_string()
}

fn has(report: &Value, finding: &str) {
    assert!(codes(report).iter().any(|it| it == finding), "no {finding} in {:#?}", codes(report));
}

#[test]
fn without_git_and_with_a_broken_or_bare_one_the_files_are_checked_all_the_same() {
    let none = tempfile::tempdir().unwrap();
    put(none.path(), "docker-compose.yml", COMPOSE);
    has(&checked(none.path()), "MNT001 docker-compose.yml");
    for head in ["", "nonsense\n", "gitdir: /nowhere/at/all\n"] {
        let broken = tempfile::tempdir().unwrap();
        put(broken.path(), "docker-compose.yml", COMPOSE);
        put(broken.path(), ".git", head);
        has(&checked(broken.path()), "MNT001 docker-compose.yml");
    }
    let empty = tempfile::tempdir().unwrap();
    put(empty.path(), "docker-compose.yml", COMPOSE);
    fs::create_dir(empty.path().join(".git")).unwrap();
    has(&checked(empty.path()), "MNT001 docker-compose.yml");
    let bare = tempfile::tempdir().unwrap();
    git(bare.path(), &["init", "-q", "--bare"]);
    put(bare.path(), "docker-compose.yml", COMPOSE);
    checked(bare.path());
}

#[test]
fn a_shallow_clone_and_a_worktree_are_checked() {
    let origin = repository();
    has(&checked(origin.path()), "MNT001 docker-compose.yml");
    let folder = tempfile::tempdir().unwrap();
    let url = format!("file://{}", origin.path().display());
    git(folder.path(), &["clone", "-q", "--depth", "1", &url, "shallow"]);
    has(&checked(&folder.path().join("shallow")), "MNT001 docker-compose.yml");
    let worktree = folder.path().join("tree");
    git(origin.path(), &["worktree", "add", "-q", "--detach", worktree.to_str().unwrap()]);
    let report = checked(&worktree);
    has(&report, "MNT001 docker-compose.yml");
    // The history of a worktree is that of its repository.
    assert!(report["findings"].to_string().contains("was deleted from the repository"), "{report}");
}

#[test]
fn submodules_are_left_alone_whether_they_are_there_or_not() {
    let (inner, outer) = (repository(), repository());
    git(outer.path(), &["submodule", "add", "-q", inner.path().to_str().unwrap(), "inner"]);
    git(outer.path(), &["commit", "-qm", "submodule"]);
    put(outer.path(), "compose.more.yml", "services:\n  x:\n    image: x\n    volumes: [\"./inner/any.conf:/c:ro\"]\n");
    git(outer.path(), &["add", "-A"]);
    let present = codes(&checked(outer.path()));
    assert!(!present.iter().any(|it| it.contains("inner/") || it == "MNT001 compose.more.yml"), "{present:?}");
    git(outer.path(), &["submodule", "deinit", "-f", "-q", "inner"]);
    let absent = codes(&checked(outer.path()));
    assert!(!absent.iter().any(|it| it == "MNT001 compose.more.yml"), "{absent:?}");
}

#[cfg(unix)]
#[test]
fn links_that_loop_or_lead_out_of_the_tree_are_not_followed() {
    use std::os::unix::fs::symlink;
    let (outside, tree) = (tempfile::tempdir().unwrap(), repository());
    put(outside.path(), "docker-compose.yml", COMPOSE.replace("gone", "outside"));
    put(outside.path(), ".env", "SECRET_OUTSIDE=1\n");
    fs::create_dir_all(tree.path().join("a/b")).unwrap();
    symlink("../..", tree.path().join("a/b/up")).unwrap();
    symlink(".", tree.path().join("self")).unwrap();
    symlink("loop2.yml", tree.path().join("loop1.yml")).unwrap();
    symlink("loop1.yml", tree.path().join("loop2.yml")).unwrap();
    symlink(outside.path(), tree.path().join("out")).unwrap();
    symlink(outside.path().join(".env"), tree.path().join(".env")).unwrap();
    symlink("/dev/zero", tree.path().join("endless.env")).unwrap();
    symlink("nowhere", tree.path().join("compose.dangling.yml")).unwrap();
    let report = checked(tree.path());
    has(&report, "MNT001 docker-compose.yml");
    assert!(!report.to_string().contains("outside.conf") && !report.to_string().contains("SECRET_OUTSIDE"), "{report}");
}

#[cfg(unix)]
#[test]
fn pipes_and_names_and_texts_that_are_no_utf8_are_said_and_passed_over() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt as _;
    let tree = repository();
    let odd = tree.path().join(OsStr::from_bytes(b"n\xff\xfe"));
    fs::create_dir(&odd).unwrap();
    fs::write(odd.join("docker-compose.yml"), COMPOSE).unwrap();
    fs::write(tree.path().join(OsStr::from_bytes(b"\xe9.sh")), "docker compose up\n").unwrap();
    put(tree.path(), "latin.env", b"NAME=caf\xe9\n");
    put(tree.path(), "compose.latin.yml", b"services: {a: {image: \"\xff\"}}\n");
    put(tree.path(), "compose.nul.yml", b"services:\0\n");
    put(tree.path(), "utf16.env", b"\xff\xfeA\0=\0b\0");
    put(tree.path(), "\u{202e}yml.evil\u{1b}[2J.sh", "docker compose -f gone.yml up\n");
    assert!(Command::new("mkfifo").arg(tree.path().join("pipe.env")).status().unwrap().success());
    let report = checked(tree.path());
    has(&report, "MNT001 docker-compose.yml");
    for path in ["latin.env", "compose.latin.yml"] {
        assert!(notes(&report).contains(&format!("{path} was not read: it is not UTF-8")), "{}", notes(&report));
    }
}

#[test]
fn files_of_a_hundred_megabytes_are_noted_and_not_read() {
    let tree = repository();
    for path in ["docker-compose.big.yml", "big.env", "big.py", "big.sh"] {
        let file = fs::File::create(tree.path().join(path)).unwrap();
        // Without blocks on the disk, and as large all the same.
        file.set_len(105_000_000).unwrap();
    }
    let report = checked(tree.path());
    has(&report, "MNT001 docker-compose.yml");
    assert!(
        notes(&report).contains("docker-compose.big.yml was not read: it is larger than 4 MiB"),
        "{}",
        notes(&report)
    );
}

/// A reader that looks at the whole line, or the whole file, for each telling word of it does not come to an end here.
#[test]
fn one_line_of_telling_words_is_read_to_its_end() {
    let tree = repository();
    let line = |word: &str| word.repeat((1 << 20) / word.len());
    for (path, text) in [
        ("a.sh", line("cp x || true ; ")),
        ("b.sh", line("[ -f x ] && ")),
        ("c.md", line("container_name:x ")),
        ("d.php", line("env('A_KEY') ")),
        ("config/application.yml", format!("a: '{}'", line("${A_KEY "))),
        ("config/services.yaml", format!("a: '{}'", line("%env(A_KEY "))),
        ("E.java", line("@Value(\"${a ")),
        ("pom.xml", String::new()),
        ("f.ts", line("Joi.object({ process env( ")),
        ("g.ts", line("x.getOrThrow('A_KEY') ")),
        ("h.rb", line("ENV['A_KEY'] ")),
        ("i.py", format!("import os\ndef f(x):\n    raise {}\n", line("not x == x.y is None "))),
        ("j.py", format!("import os\n{}", line("def f(): return os.getenv(x)\ndef g(): return 1\n"))),
        ("haproxy.cfg", line("server a b:1 ")),
        (
            "compose.yml",
            format!("services:\n  a:\n    image: a:1\n    command: '{}'\n", line("dockerize nc -z \u{3000}1 ")),
        ),
        ("k/playbook.yml", bomb_of_items()),
        ("l.sh", format!("rsync -a --exclude '{}b' src/ host:/srv/\n", "*a".repeat(60))),
        ("src/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", String::new()),
        (".dockerignore", format!("{}b\n", "*a".repeat(60))),
        ("m.sh", "docker stack deploy -c docker-compose.yml x\ndocker service update 'x_{é}'\n".to_string()),
    ] {
        put(tree.path(), path, text);
    }
    // Once: it is the readers that are tried, and a build for tests is slow.
    let start = Instant::now();
    let output = run(tree.path(), &["check", "--pedantic", "--format", "json"]);
    assert!(matches!(output.status.code(), Some(0 | 1)), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(start.elapsed() < Duration::from_secs(60), "took {:?}", start.elapsed());
}

/// Items of a loop that stand for each other, twice each.
fn bomb_of_items() -> String {
    let parts: String = (0..60).map(|n| format!("a{n}: '{{{{ item.a{0} }}}}{{{{ item.a{0} }}}}', ", n + 1)).collect();
    format!(
        "- hosts: all\n  tasks:\n    - copy: {{src: '{{{{ item.a0 }}}}', dest: /x}}\n      loop: [{{{parts}a60: x}}]\n"
    )
}

#[test]
fn texts_that_nest_without_end_are_read_or_refused() {
    let tree = repository();
    let deep = |open: &str, n| open.repeat(n);
    for (path, text) in [
        ("compose.deep.yml", format!("services: {}{}\n", deep("[", 20_000), deep("]", 20_000))),
        ("compose.map.yml", deep("{a: ", 20_000)),
        ("compose.bomb.yml", bomb()),
        ("compose.broken.yml", "services: [\n  a: {b\n".to_string()),
        ("compose.tabs.yml", "services:\n\ta: 1\n".to_string()),
        ("nginx.conf", deep("a { ", 20_000)),
        ("x.py", deep("(", 20_000)),
        ("y.py", format!("x = {}\n", deep("-", 20_000))),
        ("z.py", format!("if a:\n{}", (1..400).map(|it| format!("{}if a:\n", " ".repeat(it))).collect::<String>())),
        ("s.sh", deep("$(", 20_000)),
        ("u.sh", format!("cd \"{}\"\n", deep("$(dirname \"", 5_000))),
        ("v.sh", deep("${A:-", 20_000)),
        ("w.sh", deep("bash -c \"", 5_000)),
        ("t.go", deep("{", 50_000)),
        ("t.rs", deep("/*", 50_000)),
        ("t.ts", deep("`${", 20_000)),
        ("Makefile", format!("a:\n\t{}\n{}\n", deep("(", 30_000), deep("$(", 30_000))),
        ("package.json", deep("[", 100_000)),
        ("pyproject.toml", format!("a = {}", deep("[", 100_000))),
        ("main.tf", deep("a {", 50_000)),
        ("README.md", format!("{}\n{}\n{}", deep("`", 100_000), deep("|", 100_000), deep("> ", 50_000))),
        ("Dockerfile", format!("FROM {}\nRUN {}\n", deep("${A:-", 10_000), deep("(", 20_000))),
        ("k8s/a.yaml", format!("apiVersion: v1\nkind: Pod\nmetadata: {{name: a}}\nspec: {}\n", deep("[", 5_000))),
        (".github/workflows/a.yml", format!("on: push\njobs: {}\n", deep("{a: ", 5_000))),
        (".env", format!("A={}\nB=\"{}\n", deep("${A:-", 20_000), deep("\\", 100_001))),
        ("traefik.yml", deep("- ", 20_000)),
    ] {
        put(tree.path(), path, text);
    }
    let report = checked(tree.path());
    has(&report, "MNT001 docker-compose.yml");
    has(&report, "YML001 compose.broken.yml");
}

/// Aliases of aliases: a few hundred bytes that are a billion values.
fn bomb() -> String {
    let mut text = "x-0: &a0 {image: x}\n".to_string();
    for n in 1..20 {
        text += &format!("x-{n}: &a{n} [{}]\n", vec![format!("*a{}", n - 1); 9].join(", "));
    }
    text + "services: {web: {image: x, command: *a19}}\n"
}

#[test]
fn a_compose_file_of_a_hundred_thousand_lines_is_checked() {
    let tree = repository();
    let service = |n: usize| {
        let before = n.saturating_sub(1);
        format!(
            "  s{n}:\n    image: x:{n}\n    environment:\n      A{n}: b\n      B: ${{C{n}:-d}}\n    depends_on:\n      - s{before}\n    ports:\n      - {}:80\n    restart: always\n",
            n + 1000
        )
    };
    let text: String = (0..10_000).map(service).collect();
    put(tree.path(), "docker-compose.yml", format!("services:\n{text}"));
    let start = Instant::now();
    let output = run(tree.path(), &["check", "--format", "json"]);
    assert!(matches!(output.status.code(), Some(0 | 1)), "{output:?}");
    assert!(start.elapsed() < Duration::from_secs(60), "took {:?}", start.elapsed());
}

#[test]
fn files_that_come_and_go_while_they_are_read_do_no_harm() {
    let tree = repository();
    let folder = tree.path().to_path_buf();
    let stop = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
    let until = stop.clone();
    let changing = std::thread::spawn(move || {
        let mut n = 0;
        while !until.load(std::sync::atomic::Ordering::Relaxed) {
            n += 1;
            let at = folder.join(format!("compose.{}.yml", n % 40));
            let _ = fs::write(&at, format!("services: {{a{n}: {{image: {}}}}}\n", "x".repeat(n % 5000)));
            let _ = fs::remove_file(folder.join(format!("compose.{}.yml", (n + 20) % 40)));
            let _ = fs::create_dir(folder.join("now.yml")).or_else(|_| fs::remove_dir(folder.join("now.yml")));
        }
    });
    for _ in 0..20 {
        let output = run(tree.path(), &["check", "--pedantic"]);
        assert!(matches!(output.status.code(), Some(0 | 1)), "{output:?}");
    }
    stop.store(true, std::sync::atomic::Ordering::Relaxed);
    changing.join().unwrap();
}

#[cfg(unix)]
#[test]
fn what_may_not_be_read_is_noted() {
    use std::os::unix::fs::PermissionsExt as _;
    let tree = repository();
    put(tree.path(), ".env", "A=1\n");
    put(tree.path(), "closed/docker-compose.yml", COMPOSE);
    let close =
        |path: &str, mode| fs::set_permissions(tree.path().join(path), fs::Permissions::from_mode(mode)).unwrap();
    close(".env", 0o000);
    close("closed", 0o000);
    // Root may read anything: then there is nothing to note.
    let is_root = fs::read(tree.path().join(".env")).is_ok();
    let report = checked(tree.path());
    close("closed", 0o755);
    has(&report, "MNT001 docker-compose.yml");
    assert!(is_root || notes(&report).contains(".env was not read: it may not be read"), "{}", notes(&report));
}
