//! The examples are specs: each decodes without an error and is valid by the published schema.

use std::fs;
use std::path::{Path, PathBuf};

use specc::diag::Diags;
use specc::source::Sources;
use specc::spec::Spec;
use specc::spec::decode::{Context, Decode};
use specc::spec::schema::schema;
use specc::syntax;
use specc::syntax::node::{Node, Value};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The spec of every example, sorted, with its path from the root.
fn specs() -> Vec<(String, String)> {
    let mut found: Vec<PathBuf> = fs::read_dir(root().join("examples"))
        .unwrap()
        .flat_map(|folder| {
            ["specc.yaml", "specc.toml", "specc.json"].map(|name| folder.as_ref().unwrap().path().join(name))
        })
        .filter(|path| path.is_file())
        .collect();
    found.sort();
    assert!(!found.is_empty());
    found
        .into_iter()
        .map(|path| {
            let name = path.strip_prefix(root()).unwrap().to_str().unwrap().replace('\\', "/");
            (name, fs::read_to_string(path).unwrap())
        })
        .collect()
}

fn tree(name: &str, text: &str, sources: &mut Sources) -> (Option<Node>, Diags) {
    let file = sources.add(name, text);
    let mut diags = Diags::default();
    let node = syntax::parse(sources, file, &mut diags);
    (node, diags)
}

/// The tree as the JSON that an editor would hold against the schema.
fn json(node: &Node) -> serde_json::Value {
    match &node.value {
        Value::Map(map) => map.entries.iter().map(|it| (it.key.to_string(), json(&it.value))).collect(),
        Value::Seq(items) => items.iter().map(json).collect(),
        Value::Scalar(_) if node.is_null() => serde_json::Value::Null,
        Value::Scalar(scalar) => {
            if let Some(it) = node.as_bool() {
                it.into()
            } else if let Some(it) = node.as_int() {
                it.into()
            } else {
                (*scalar.text).into()
            }
        }
    }
}

#[test]
fn every_example_decodes_without_a_problem() {
    for (name, text) in specs() {
        let mut sources = Sources::default();
        let (node, mut diags) = tree(&name, &text, &mut sources);
        let node = node.unwrap_or_else(|| panic!("{name}: {:#?}", diags.list()));
        let spec = Spec::decode(&node, &mut Context::new(&mut diags));
        let problems: Vec<String> = diags
            .list()
            .iter()
            .map(|it| match it.span() {
                Some(span) => format!("{name}:{}: {}", sources.start(span).line, it.message),
                None => format!("{name}: {}", it.message),
            })
            .collect();
        assert!(spec.is_some() && problems.is_empty(), "{}", problems.join("\n"));
    }
}

#[test]
fn every_example_is_valid_by_the_schema() {
    let schema: serde_json::Value = serde_json::from_str(&schema()).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    for (name, text) in specs() {
        let (node, _) = tree(&name, &text, &mut Sources::default());
        let problems: Vec<String> = validator
            .iter_errors(&json(&node.unwrap()))
            .map(|error| format!("{name}: {} at {}", error, error.instance_path()))
            .collect();
        assert!(problems.is_empty(), "{}", problems.join("\n"));
    }
}

#[test]
fn every_example_says_which_schema_its_editor_should_use() {
    for (name, text) in specs() {
        let expected = if name.ends_with(".json") {
            "\"$schema\": \"../../schema/"
        } else {
            "schema=../../schema/specc.schema.json"
        };
        let expected = if name.ends_with(".toml") { "#:schema ../../schema/specc.schema.json" } else { expected };
        assert!(text.lines().take(3).any(|line| line.contains(expected)), "{name} has no line with {expected}");
    }
}

#[test]
fn the_checked_in_schema_is_the_generated_one() {
    let path = root().join("schema/specc.schema.json");
    if std::env::var_os("UPDATE").is_some() {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, schema()).unwrap();
    }
    let checked_in = fs::read_to_string(&path).unwrap_or_default();
    assert!(checked_in == schema(), "schema/specc.schema.json is stale: UPDATE=1 cargo test the_checked_in_schema");
}

#[test]
fn every_place_in_the_table_of_features_is_in_its_example() {
    let table = fs::read_to_string(root().join("docs/features.md")).unwrap();
    let specs: Vec<(String, Node)> = specs()
        .into_iter()
        .map(|(name, text)| {
            (name.split('/').nth(1).unwrap().to_string(), tree(&name, &text, &mut Sources::default()).0.unwrap())
        })
        .collect();
    let (mut problems, mut n_places) = (Vec::new(), 0);
    for place in table.lines().filter(|it| it.starts_with("| ")).flat_map(|it| it.split('`').skip(1).step_by(2)) {
        let Some((example, path)) = place.split_once(':') else { continue };
        let Some((_, spec)) = specs.iter().find(|(name, _)| name == example) else { continue };
        n_places += 1;
        if spec.at(&path.split('.').collect::<Vec<_>>()).is_none() {
            problems.push(place);
        }
    }
    assert!(n_places > 150, "only {n_places} places were found");
    assert!(problems.is_empty(), "not in the specs: {problems:#?}");
}

#[test]
fn no_example_holds_a_file_that_its_build_writes() {
    let (examples, golden) = (root().join("examples"), root().join("golden"));
    let mut folders = vec![golden.clone()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap().flatten() {
            if entry.path().is_dir() {
                folders.push(entry.path());
                continue;
            }
            let path = entry.path();
            let relative = path.strip_prefix(&golden).unwrap();
            // It would be taken for a person's own file, and the first build of a newcomer would stop.
            assert!(!examples.join(relative).exists(), "examples/{} is generated", relative.display());
        }
    }
}
