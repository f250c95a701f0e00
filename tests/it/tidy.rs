//! The house rules that a compiler does not hold: who may import whom, what every file begins with, how long it is.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use specc::ops::explain_code::mistakes;

/// Longest file, tests left out.
const MAX_LINES: usize = 520;

struct File {
    path: String,
    room: String,
    /// The text before the inline tests.
    code: String,
    text: String,
}

fn files() -> Vec<File> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut open = vec![root.clone()];
    let mut found = Vec::new();
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|it| it == "rs") {
                let text = std::fs::read_to_string(&path).unwrap();
                let relative = path.strip_prefix(&root).unwrap().to_str().unwrap().to_string();
                let first = relative.split('/').next().unwrap();
                let code = if relative.ends_with("tests.rs") { "" } else { text.split("#[cfg(test)]").next().unwrap() };
                let room = first.trim_end_matches(".rs").to_string();
                found.push(File { path: relative, room, code: code.to_string(), text });
            }
        }
    }
    found.sort_by(|a, b| a.path.cmp(&b.path));
    found
}

/// Reads the table of docs/architecture.md.
fn map() -> BTreeMap<String, BTreeSet<String>> {
    let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/architecture.md")).unwrap();
    let table = text.split("## The map").nth(1).unwrap().split("## Invariants").next().unwrap();
    let rows = table.lines().filter(|it| it.starts_with("| ")).skip(2);
    rows.map(|row| {
        let cells: Vec<&str> = row.split('|').map(str::trim).collect();
        let allowed = cells[3].split(',').map(|it| it.trim().to_string()).filter(|it| !it.is_empty());
        (cells[1].to_string(), allowed.collect())
    })
    .collect()
}

#[test]
fn imports_go_only_where_the_map_allows() {
    let map = map();
    let mut wrong = Vec::new();
    for file in files().iter().filter(|it| !matches!(it.room.as_str(), "main" | "lib")) {
        let Some(allowed) = map.get(&file.room) else {
            wrong.push(format!("src/{}: the room `{}` is not in the map", file.path, file.room));
            continue;
        };
        for (number, line) in file.code.lines().enumerate().filter(|(_, it)| !it.trim_start().starts_with("//")) {
            for (at, _) in line.match_indices("crate::") {
                let name: String = line[at + 7..].chars().take_while(|it| it.is_alphanumeric() || *it == '_').collect();
                if name.is_empty() || (name != file.room && map.contains_key(&name) && !allowed.contains(&name)) {
                    wrong.push(format!("src/{}:{}: {}", file.path, number + 1, line.trim()));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "imports that docs/architecture.md does not allow:\n{}", wrong.join("\n"));
}

#[test]
fn the_map_has_no_circle() {
    let map = map();
    let mut done: BTreeSet<&str> = BTreeSet::new();
    while done.len() < map.len() {
        let next = map.iter().find(|(room, allowed)| {
            !done.contains(room.as_str()) && allowed.iter().all(|it| done.contains(it.as_str()))
        });
        let (room, _) = next.expect("some rooms of the map import each other in a circle");
        done.insert(room);
    }
}

#[test]
fn every_file_says_what_it_is_for_and_fits_a_reader() {
    let mut wrong = Vec::new();
    for file in files() {
        if !file.text.starts_with("//! ") {
            wrong.push(format!("src/{} does not open with `//!`", file.path));
        }
        let lines = file.code.lines().count();
        if lines > MAX_LINES {
            wrong.push(format!("src/{} has {lines} lines; split it by concern", file.path));
        }
        let name = file.path.rsplit('/').next().unwrap();
        if ["utils.rs", "common.rs", "helpers.rs", "misc.rs"].contains(&name) {
            wrong.push(format!("src/{}: name the concern", file.path));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn nothing_forbidden_stands_in_the_code() {
    // What only one file may do, and what no file may.
    let forbidden: &[(&str, &[&str])] = &[
        ("std::fs", &["files.rs"]),
        ("process::Command", &["repo/git.rs"]),
        ("process::{Command", &["repo/git.rs"]),
        ("fork::", &["cli/finish.rs"]),
        ("use super::*", &[]),
        ("use crate::*", &[]),
        ("TODO", &[]),
        ("FIXME", &[]),
        ("unimplemented!", &[]),
        ("todo!(", &[]),
        (".unwrap()", &[]),
        ("panic!(", &[]),
        ("macro_rules!", &[]),
    ];
    let mut wrong = Vec::new();
    for file in files() {
        for (number, line) in file.code.lines().enumerate().filter(|(_, it)| !it.trim_start().starts_with("//")) {
            for (text, allowed) in forbidden {
                if line.contains(text) && !allowed.contains(&file.path.as_str()) {
                    wrong.push(format!("src/{}:{}: {text}", file.path, number + 1));
                }
            }
            if matches!(file.room.as_str(), "emit" | "output") && (line.contains("HashMap") || line.contains("HashSet"))
            {
                wrong.push(format!("src/{}:{}: a hash map has no order", file.path, number + 1));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A code is what people silence, search for and build on: it means one thing.
#[test]
fn every_code_means_one_thing_and_is_explained() {
    let texts: Vec<String> = files().into_iter().filter(|it| it.room != "rules").map(|it| it.text).collect();
    let written: Vec<&str> = texts
        .iter()
        .flat_map(|it| it.split("Code = Code { id: \"").skip(1))
        .map(|it| it.split('"').next().unwrap())
        .collect();
    assert!(written.len() > 70, "{written:?}");
    for id in &written {
        assert!(mistakes().any(|it| it.code.id == *id), "{id} is not explained");
    }
    let rules = specc::rules::RULES.iter().map(|it| it.code.id);
    // What both the compiler and the checker find is one thing under one code.
    let all: Vec<&str> = mistakes().map(|it| it.code.id).chain(rules.filter(|it| !it.starts_with("YML"))).collect();
    let distinct: BTreeSet<&str> = all.iter().copied().collect();
    assert_eq!(distinct.len(), all.len(), "{:?}", all.iter().filter(|it| all.iter().filter(|o| o == it).count() > 1));
}
