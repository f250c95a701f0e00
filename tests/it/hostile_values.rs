//! Hostile values in whatever a person may write: in scripts, Makefiles, workflows, proxy files, pages and pictures they
//! stay what they are, and nothing of them is run. A value that a format cannot carry is refused.
//!
//! Each value goes into one field of a small system that builds for everything. What is generated is then read by what
//! reads it in earnest, as far as that is on this machine: bash always; make, nginx, shellcheck and Graphviz where they
//! are. Values are made so that a shell, make or a template that reads one twice leaves a file behind.

use std::path::Path;
use std::process::Command;
use std::sync::OnceLock;

use proptest::prelude::*;
use serde_json::{Value, json};
use specc::diag::{Diags, Level};
use specc::emit::graph::{Format, draw};
use specc::emit::{Artifact, Selection, emit};
use specc::files::InMemory;
use specc::ops::build::load;
use specc::source::Sources;

/// Where a value goes (a path of keys in the spec), and how.
const FIELDS: &[&[&str]] = &[
    &["system", "about"],
    &["vars", "app", "doc"],
    &["vars", "app", "GREETING", "doc"],
    &["vars", "app", "GREETING", "default"],
    &["images", "shop", "args", "NOTE"],
    &["images", "shop", "target"],
    &["images", "shop", "dockerfile"],
    &["images", "shop", "context"],
    &["images", "shop", "paths", "0"],
    &["services", "web", "networks", "1"],
    &["networks", "back", "doc"],
    &["networks", "back", "name"],
    &["volumes", "stored", "doc"],
    &["volumes", "stored", "name"],
    &["services", "web", "doc"],
    &["services", "web", "run"],
    &["services", "web", "run", "1"],
    &["services", "web", "env", "NOTE"],
    &["services", "web", "labels", "note"],
    &["services", "web", "user"],
    &["services", "web", "hostname"],
    &["services", "web", "container_name"],
    &["services", "web", "routes", "0", "match", "0", "host"],
    &["services", "web", "routes", "0", "match", "0", "path"],
    &["services", "web", "routes", "0", "headers", "X-Note"],
    &["services", "web", "routes", "0", "redirect"],
    &["services", "web", "health", "cmd", "1"],
    &["environments", "box", "doc"],
    &["environments", "box", "file"],
    &["environments", "box", "project"],
    &["environments", "box", "env_files", "0"],
    &["environments", "box", "features", "0"],
    &["deploy", "box", "host", "address"],
    &["deploy", "box", "host", "user"],
    &["deploy", "box", "dir"],
    &["deploy", "box", "verify", "http"],
    &["deploy", "box", "migrate", "run", "1"],
    &["deploy", "box", "notify", "ntfy"],
    &["deploy", "box", "notify", "webhook"],
    &["deploy", "stack", "verify", "http"],
    &["backup", "box", "dir"],
    &["backup", "box", "file"],
    &["tasks", "start", "doc"],
    &["ci", "github", "skip"],
    &["ci", "github", "paths", "0"],
    &["ci", "github", "on", "0"],
    &["ci", "github", "runner"],
    &["ci", "github", "test", "matrix", "group", "0"],
    &["docs", "notes", "0"],
    &["check", "assert", "0", "because"],
];

/// What people have in values by accident or by malice. A file called `pwned` is what each of them tries to make.
const VALUES: &[&str] = &[
    "two words",
    "it's \"5\"",
    "$(: >pwned)",
    "`: >pwned`",
    "'; : >pwned; '",
    "\"; : >pwned; \"",
    "a\n: >pwned\nb",
    "a\r\n\t: >pwned",
    "$(shell : >pwned)",
    "-rf",
    "--help",
    "100% %s %d",
    "{{ 7 * 7 }} {% raw %} {#",
    "${{ github.token }}",
    "$${{ github.token }}",
    "ä 漢 🎉",
    "a|b*c_d_[e](f)<script>alert(1)</script>&amp;",
    "a; } server { return 200 pwned; #",
    "\\n\\ \\",
    "#not a comment",
    "~ * ? [a-z] !x",
    "```\n# heading",
    "`) || PathPrefix(`/",
    "end\"] --> n0",
];

fn system() -> Value {
    let match_all = json!([{"host": "shop.example.com", "path": "/"}]);
    json!({
        "specc": 1,
        "system": {"name": "shop", "about": "A shop"},
        "vars": {"app": {"doc": "Application", "GREETING": {"default": "hi", "doc": "Shown"}, "KEY": {"secret": true}}},
        "images": {"shop": {"context": ".", "http": "curl", "ref": "shop:1", "args": {"NOTE": "x"}, "target": "run", "paths": ["src/**"]}},
        "networks": {"default": {}, "back": {"doc": "Behind"}},
        "volumes": {"stored": {"doc": "What is kept"}},
        "ingress": {"kind": "traefik", "owner": "here", "entrypoints": {"web": {"port": 80, "publish": 80}}, "tls": "none"},
        "services": {
            "db": {"image": "postgres:16", "stateful": true, "port": 5432, "mounts": ["stored:/data"], "networks": ["default", "back"]},
            "web": {
                "build": "shop", "port": 8000, "vars": ["app"], "doc": "The shop", "run": ["serve", "now"],
                "env": {"NOTE": "x"}, "labels": {"note": "x"}, "networks": ["default", "back"],
                "health": {"cmd": ["true", "x"]}, "needs": {"db": "started"},
                "routes": [{"match": match_all, "headers": {"X-Note": "x"}}],
            },
        },
        "environments": {
            "box": {"target": "compose", "file": "compose.yml", "project": "box", "env_files": [".env"], "features": ["extra"], "doc": "One machine"},
            "edge": {"target": "compose", "file": "compose.edge.yml", "env_files": [".env"], "ingress": {"kind": "nginx", "file": "nginx.conf"}},
            "stack": {"target": "swarm", "file": "stack.yml", "env_files": [".env"], "services": {"web": {"container_name": null}}},
        },
        "deploy": {
            "box": {"how": "push", "host": {"address": "h.example.com", "user": "root"}, "dir": "/opt/x", "trigger": "manual",
                    "verify": {"http": "http://localhost:80/"}, "migrate": {"service": "web", "run": ["alembic", "up"]},
                    "notify": {"ntfy": "topic", "webhook": "https://h.example.com/x"}},
            "stack": {"how": "here", "verify": {"http": "http://localhost:80/"}},
        },
        "backup": {"box": {"schedule": "0 3 * * *", "dir": "backups"}},
        "tasks": {"start": {"up": "box", "doc": "Start it"}, "shell": {"exec": "web", "in": "box", "run": "true"}},
        "ci": {"github": {"file": ".github/workflows/all.yml", "on": ["push:main"], "paths": ["src/**"], "skip": "[skip]", "runner": "x",
               "test": {"run": "pytest <group>", "matrix": {"group": ["a", "b"]}}, "build": "changed", "deploy": "box"}},
        "docs": {"file": "docs/page.md", "picture": "docs/picture.svg", "notes": ["Stays so"]},
        "check": {"assert": [{"that": "services.db.stateful", "because": "it is"}]},
    })
}

/// Puts a value at a path; a missing list or map on the way is made.
fn put(at: &mut Value, path: &[&str], value: &str) {
    let Some((first, rest)) = path.split_first() else {
        *at = json!(value);
        return;
    };
    if let (Value::Array(list), Ok(position)) = (&mut *at, first.parse::<usize>()) {
        put(&mut list[position], rest, value);
        return;
    }
    if !at.is_object() {
        *at = json!({});
    }
    put(at.as_object_mut().unwrap().entry(*first).or_insert(Value::Null), rest, value);
}

/// What is generated, and pictures in the other formats.
type Built = (Vec<Artifact>, Vec<(Format, String)>);

/// Builds, or returns what is refused.
fn built(spec: &Value) -> Result<Built, Vec<String>> {
    let text = serde_json::to_string(spec).unwrap();
    let files = InMemory::new([("specc.json", text.as_str())]);
    let (mut sources, mut diags) = (Sources::default(), Diags::default());
    let loaded = load(&files, "specc.json", &mut sources, &mut diags).ok();
    let output = loaded.as_ref().and_then(|it| emit(&it.system, &Selection::default(), &mut diags).ok());
    let errors = diags.list().iter().filter(|it| it.level == Level::Error).map(|it| it.message.clone());
    let errors: Vec<String> = errors.collect();
    match (output, loaded) {
        (Some(output), Some(loaded)) if errors.is_empty() => {
            let environment = loaded.system.environment("box").unwrap();
            let pictures = [Format::Mermaid, Format::Dot, Format::Text];
            let pictures = pictures.map(|it| (it, draw(&loaded.system, environment, it))).to_vec();
            Ok((output.artifacts, pictures))
        }
        _ => {
            assert!(!errors.is_empty(), "refused without a reason: {text}");
            Err(errors)
        }
    }
}

struct Machine {
    directory: tempfile::TempDir,
}

impl Machine {
    fn new() -> Machine {
        Machine { directory: tempfile::tempdir().unwrap() }
    }

    fn path(&self) -> &Path {
        self.directory.path()
    }

    /// Runs a program here; returns whether it went well, and what it said.
    fn run(&self, program: &str, arguments: &[&str], input: &str) -> Option<(bool, String, String)> {
        use std::io::Write as _;
        let mut command = Command::new(program);
        command.args(arguments).current_dir(self.path()).env_remove("BASH_ENV");
        command.stdin(std::process::Stdio::piped());
        command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped());
        let mut child = command.spawn().ok()?;
        child.stdin.take().unwrap().write_all(input.as_bytes()).ok();
        let output = child.wait_with_output().unwrap();
        let text = |it: &[u8]| String::from_utf8_lossy(it).into_owned();
        Some((output.status.success(), text(&output.stdout), text(&output.stderr)))
    }

    fn is_untouched(&self) -> bool {
        !self.path().join("pwned").exists()
    }
}

/// What bash sees in a script's settings, without what it does: each variable, each element of a list.
const SHOW: &str = "
PATH=/nonexistent
for part in settings way; do if declare -F $part >/dev/null; then $part; fi; done
for name in $(compgen -v); do
  case $name in BASH*|_|PATH|FUNCNAME|DIRSTACK|GROUPS|SHELLOPTS|name|part) continue ;; esac
  declare -n value=$name
  printf '%s\\0' \"${value[@]}\"
done
";

/// A script is read by bash, and its settings are evaluated. Returns what they hold.
fn script(machine: &Machine, artifact: &Artifact) -> Vec<String> {
    let (fine, _, said) = machine.run("bash", &["-n"], &artifact.text).expect("bash is on every machine");
    assert!(fine && said.is_empty(), "{}: {said}\n{}", artifact.path, artifact.text);
    // Only what comes before the script begins to work.
    let end = ["\nmain \"$@\"", "\ndie() {", "\nexec 9"].iter().filter_map(|it| artifact.text.find(it)).min();
    let settings = &artifact.text[..end.unwrap_or(artifact.text.len())];
    let settings = settings.replace("set -euo pipefail", "set +e").replace("set -eEuo pipefail", "set +e");
    let (_, shown, _) = machine.run("bash", &["-s"], &format!("{settings}\n{SHOW}")).unwrap();
    shown.split('\0').map(str::to_string).collect()
}

/// A Makefile is read by make: reading it runs nothing. Returns the words of what it would run, line by line as make does.
fn makefile(machine: &Machine, text: &str) -> Vec<String> {
    std::fs::write(machine.path().join("Makefile"), text).unwrap();
    let Some((fine, said, complaint)) =
        machine.run("make", &["-n", "help", "start", "shell", "down-edge", "restore-box", "deploy-stack"], "")
    else {
        return Vec::new();
    };
    assert!(fine, "make: {complaint}\n{text}");
    let (fine, _, complaint) = machine.run("make", &["-s", "help"], "").unwrap();
    assert!(fine && complaint.is_empty(), "make help: {complaint}");
    let mut words = Vec::new();
    for line in said.lines().filter(|it| !it.starts_with("awk ")) {
        let shown = format!("docker() {{ printf '%s\\0' \"$@\"; }}\nbash() {{ docker \"$@\"; }}\nset -eu\n{line}\n");
        let (fine, shown, complaint) = machine.run("bash", &["-s"], &shown).unwrap();
        assert!(fine && complaint.is_empty(), "{complaint}\n{line}");
        words.extend(shown.split('\0').map(str::to_string));
    }
    words
}

/// Each string of a tree.
fn strings(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::String(it) => found.push(it.clone()),
        Value::Array(it) => it.iter().for_each(|it| strings(it, found)),
        Value::Object(it) => it.iter().for_each(|(key, it)| {
            found.push(key.clone());
            strings(it, found);
        }),
        _ => {}
    }
}

/// A workflow is a tree whose shell lines bash can read. GitHub evaluates what we wrote, and what stands in its own
/// section of the spec.
fn workflow(machine: &Machine, text: &str, path: &[&str]) {
    let tree: Value = yaml_serde::from_str(text).unwrap_or_else(|error| panic!("{error}\n{text}"));
    let mut found = Vec::new();
    strings(&tree, &mut found);
    if path[0] != "ci" {
        let evaluated = found.iter().find(|it| it.contains("${{ github.token }}"));
        assert_eq!(evaluated, None, "GitHub would evaluate a value");
    }
    let jobs = tree["jobs"].as_object().unwrap();
    for step in jobs.values().flat_map(|it| it["steps"].as_array().unwrap()) {
        if let Some(run) = step["run"].as_str() {
            let (fine, _, said) = machine.run("bash", &["-n"], &run.replace("${{", "$((").replace("}}", "))")).unwrap();
            assert!(fine, "{said}\n{run}");
        }
    }
}

/// A page keeps its shape: as many cells a row as its head has, code that ends, no tags.
fn page(text: &str) {
    let mut columns = None;
    let mut fences = 0;
    for line in text.lines() {
        if line.starts_with("```") {
            fences += 1;
        }
        if !line.starts_with('|') || fences % 2 == 1 {
            columns = None;
            continue;
        }
        let n = line.replace("\\\\", "").replace("\\|", "").matches('|').count();
        assert_eq!(*columns.get_or_insert(n), n, "{line}");
        assert!(!outside_code(&line.replace("<code>", "").replace("</code>", "")).contains('<'), "{line}");
    }
    assert_eq!(fences % 2, 0, "code does not end:\n{text}");
    assert!(!text.contains("\n# heading"), "a value is a heading:\n{text}");
}

fn outside_code(line: &str) -> String {
    line.split('`').step_by(2).collect()
}

/// Each line of a Mermaid picture is one of those that we write, and a label ends where it should.
fn mermaid(text: &str) {
    for line in text.lines().skip(1).filter(|it| !it.trim_start().starts_with("classDef")) {
        assert!(line.starts_with("  n"), "{line}");
        assert!(line.matches('"').count() <= 2 && !line.contains("<script"), "{line}");
        let is_node = line.contains(":::");
        assert!(is_node || line.contains("->"), "{line}");
    }
}

/// The proxy's file, by the real one.
fn nginx(machine: &Machine, text: &str) {
    let Some(mut command) = crate::real_tools::real_tool("nginx") else { return };
    let text = text.replace("http2 on;", "");
    let main = format!(
        "error_log stderr; pid {0}/pid; events {{}}\nhttp {{ access_log off; resolver 127.0.0.1; {text} }}\n",
        machine.path().display()
    );
    let path = machine.path().join("nginx.conf");
    std::fs::write(&path, &main).unwrap();
    let output = command.args(["-t", "-q", "-p"]).arg(machine.path()).arg("-c").arg(&path).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}\n{main}");
}

/// What is generated without a hostile value; it is read once.
static PLAIN: OnceLock<Vec<Artifact>> = OnceLock::new();

/// Returns whether the value was built, and not refused.
fn holds(path: &[&str], value: &str) -> bool {
    let mut spec = system();
    put(&mut spec, path, value);
    let Ok((artifacts, pictures)) = built(&spec) else { return false };
    let machine = Machine::new();
    let mut seen: Vec<String> = Vec::new();
    // What the value did not reach is as it was.
    let plain = PLAIN.get_or_init(|| built(&system()).expect("the system builds").0);
    let is_changed = |it: &&Artifact| plain.iter().all(|plain| (&plain.path, &plain.text) != (&it.path, &it.text));
    for artifact in artifacts.iter().filter(is_changed) {
        if artifact.text.starts_with("#!") {
            seen.extend(script(&machine, artifact));
        } else if artifact.path == "Makefile" {
            seen.extend(makefile(&machine, &artifact.text));
        } else if artifact.path.starts_with(".github/") {
            workflow(&machine, &artifact.text, path);
        } else if artifact.path == "nginx.conf" {
            nginx(&machine, &artifact.text);
        } else if artifact.path.ends_with(".md") {
            page(&artifact.text);
        } else if artifact.path.ends_with(".svg") {
            roxmltree::Document::parse(&artifact.text).unwrap_or_else(|error| panic!("{error}\n{}", artifact.text));
        } else if artifact.path.ends_with(".yml") {
            let tree: Value =
                yaml_serde::from_str(&artifact.text).unwrap_or_else(|it| panic!("{it}\n{}", artifact.text));
            assert!(tree.is_object(), "{}", artifact.text);
        }
    }
    for (format, text) in &pictures {
        match format {
            Format::Mermaid => mermaid(text),
            Format::Dot => {
                if let Some((fine, _, said)) = machine.run("dot", &["-Tplain"], text) {
                    assert!(fine && said.is_empty(), "{said}\n{text}");
                }
            }
            _ => assert!(text.chars().all(|it| it == '\n' || !it.is_control()), "{text:?}"),
        }
    }
    assert!(machine.is_untouched(), "{path:?}: {value:?} was run");
    if READ_BACK.contains(&path) {
        // The slash at the end of a path goes, and `$${` is how a spec writes `${`.
        let value = value.trim_end_matches('/').replace("$${", "${");
        assert!(seen.iter().any(|it| it.contains(&value)), "{path:?}: no script has {value:?}: {seen:?}");
    }
    true
}

/// Fields whose value must reach a program as it was written: from the settings of a script, or from the Makefile.
const READ_BACK: &[&[&str]] = &[
    &["deploy", "box", "dir"],
    &["deploy", "box", "verify", "http"],
    &["deploy", "box", "notify", "ntfy"],
    &["deploy", "box", "notify", "webhook"],
    &["deploy", "stack", "verify", "http"],
    &["deploy", "box", "host", "address"],
    &["environments", "box", "file"],
    &["environments", "box", "env_files", "0"],
    &["environments", "box", "features", "0"],
    &["backup", "box", "file"],
];

#[test]
fn a_hostile_value_in_any_field_changes_nothing_and_is_not_run() {
    assert!(holds(&["system", "about"], "Another shop"), "the system does not build: {:?}", built(&system()).err());
    let (mut n_built, mut failures) = (0, Vec::new());
    for path in FIELDS {
        for value in VALUES {
            match std::panic::catch_unwind(|| holds(path, value)) {
                Ok(is_built) => n_built += usize::from(is_built),
                Err(_) => failures.push(format!("{}: {value:?}", path.join("."))),
            }
        }
    }
    assert!(failures.is_empty(), "{failures:#?}");
    // Most are carried: a test in which everything is refused would show nothing.
    assert!(n_built > FIELDS.len() * VALUES.len() / 2, "only {n_built} were built");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]
    #[test]
    fn random_pieces_of_hostile_values_too(
        at in 0..FIELDS.len(),
        pieces in prop::collection::vec(prop::sample::select(vec![
            "$", "(", ")", "`", "'", "\"", "\\", "\n", "\r", "\t", " ", "{", "}", "{{", "}}", "%", "#", ";", "&", "|", "<", ">",
            "-", "~", "*", "!", "=", ":", ",", "[", "]", "ä", "$(: >pwned)", "`: >pwned`", "@", "/", "..", "a", "\u{1b}", "\u{2028}",
        ]), 1..8)
    ) {
        holds(FIELDS[at], &pieces.concat());
    }
}
