//! golden/ holds exactly what a build of each example writes: every file, and no other.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use specc::diag::{Diagnostic, Diags};
use specc::files::{InMemory, OnDisk};
use specc::ops::{self, build::BuildOptions};
use specc::output::{journal, write};
use specc::source::Sources;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The folders under examples/ and the spec in each, sorted.
fn examples() -> Vec<(String, &'static str)> {
    let mut found: Vec<(String, &'static str)> = Vec::new();
    for folder in fs::read_dir(root().join("examples")).unwrap() {
        let folder = folder.unwrap();
        let spec = ["specc.yaml", "specc.toml", "specc.json"].into_iter().find(|it| folder.path().join(it).is_file());
        found.extend(spec.map(|it| (folder.file_name().into_string().unwrap(), it)));
    }
    found.sort();
    found
}

/// Builds into memory: the text of each file by its path, the lock among them, and what there is to say.
fn build(example: &str, spec: &str) -> (BTreeMap<String, String>, Vec<String>) {
    let tree = OnDisk::new(&root().join("examples").join(example)).unwrap();
    let out = InMemory::default();
    let (mut sources, mut diags) = (Sources::default(), Diags::default());
    let options = BuildOptions { spec: spec.to_string(), ..BuildOptions::default() };
    let built = ops::build::build(&tree, &out, &options, &mut sources, &mut diags);
    let said = |it: &Diagnostic| match it.span() {
        Some(span) => {
            let (path, line) = (sources.path(span.file), sources.start(span).line);
            let explained = sources.text(span.file).lines().skip(line.saturating_sub(2) as usize).take(2);
            let ignore = format!("specc: ignore[{}]", it.code.id);
            let mark = if explained.into_iter().any(|it| it.contains(&ignore)) { "explained: " } else { "" };
            format!("{mark}{example}/{path}:{line}: {} {}", it.code.id, it.message)
        }
        None => format!("{example}: {} {}", it.code.id, it.message),
    };
    let said: Vec<String> = diags.list().iter().map(said).collect();
    let Ok(built) = built else { panic!("{example} cannot be built:\n{}", said.join("\n")) };
    write::write(&built.plan, &out, &journal::finish).unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (out.all().into_iter().map(|(path, bytes)| (path, text(bytes))).collect(), said)
}

/// Every file below a folder, by its path in it.
fn tree(folder: &Path) -> BTreeMap<String, String> {
    let (mut found, mut open) = (BTreeMap::new(), vec![PathBuf::new()]);
    while let Some(at) = open.pop() {
        let Ok(entries) = fs::read_dir(folder.join(&at)) else { continue };
        for entry in entries.map(Result::unwrap) {
            let path = at.join(entry.file_name());
            if entry.file_type().unwrap().is_dir() {
                open.push(path);
            } else {
                let text = fs::read_to_string(entry.path()).unwrap();
                found.insert(path.to_str().unwrap().replace('\\', "/"), text);
            }
        }
    }
    found
}

#[test]
fn every_example_builds_its_golden_tree_and_nothing_else() {
    let mut problems = Vec::new();
    for (example, spec) in examples() {
        let (built, _) = build(&example, spec);
        let folder = root().join("golden").join(&example);
        if std::env::var_os("UPDATE").is_some() {
            let _ = fs::remove_dir_all(&folder);
            for (path, text) in &built {
                let path = folder.join(path);
                fs::create_dir_all(path.parent().unwrap()).unwrap();
                fs::write(&path, text).unwrap();
                #[cfg(unix)]
                if text.starts_with("#!") {
                    use std::os::unix::fs::PermissionsExt as _;
                    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
                }
            }
        }
        let golden = tree(&folder);
        let missing = built.keys().filter(|it| !golden.contains_key(*it)).map(|it| format!("{it} is not there"));
        let extra = golden.keys().filter(|it| !built.contains_key(*it)).map(|it| format!("{it} is not built"));
        let stale = built.iter().filter(|(path, text)| golden.get(*path).is_some_and(|it| it != *text));
        let stale = stale.map(|(path, _)| format!("{path} is stale"));
        problems.extend(missing.chain(extra).chain(stale).map(|it| format!("golden/{example}: {it}")));
    }
    let golden = fs::read_dir(root().join("golden")).into_iter().flatten().map(|it| it.unwrap().file_name());
    let known: Vec<String> = examples().into_iter().map(|(name, _)| name).collect();
    problems.extend(
        golden
            .filter(|it| !known.iter().any(|name| name.as_str() == it.as_os_str()))
            .map(|it| format!("golden/{it:?} has no example")),
    );
    assert!(problems.is_empty(), "{}\nlook at it, then UPDATE=1 cargo test golden", problems.join("\n"));
}

#[test]
fn a_second_build_of_an_example_gives_the_same_bytes() {
    for (example, spec) in examples() {
        assert_eq!(build(&example, spec), build(&example, spec), "{example}");
    }
}

#[test]
fn the_examples_give_no_warning_but_those_they_explain() {
    let said = examples().into_iter().flat_map(|(example, spec)| build(&example, spec).1);
    let said: Vec<String> = said.filter(|it| !it.starts_with("explained: ")).collect();
    assert!(said.is_empty(), "{}", said.join("\n"));
}
