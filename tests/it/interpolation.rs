//! `${…}` as `docker compose config` and `docker stack config` really read it.

use std::fs;

use serde_json::{Value, json};
use specc::syntax::interpolation::{self, stack};

use crate::real_tools::{Table, real_tool};

/// The variables that the table was made with.
const VARIABLES: [(&str, &str); 5] = [("A", "aa"), ("B", "bb"), ("E", ""), ("D", "x$A"), ("AB", "wrong")];

fn lookup(name: &str) -> Option<String> {
    VARIABLES.iter().find(|it| it.0 == name).map(|it| it.1.to_string())
}

#[test]
fn specc_reads_every_template_as_the_real_programs_do() {
    let table = Table::read("interpolation.tsv", 3);
    assert!(table.rows.len() > 140);
    for row in &table.rows {
        let text = row[0].as_str().unwrap();
        let template = interpolation::parse(text);
        let ours = template.evaluate(&lookup).ok().filter(|_| template.errors.is_empty());
        assert_eq!(json!(ours), row[1], "docker compose: {text}");
        assert_eq!(json!(stack::evaluate(text, &lookup).ok()), row[2], "docker stack: {text}");
        if template.errors.is_empty() && row[1] != row[2] {
            assert!(!stack::misread(&template, text).is_empty(), "differs in docker stack: {text}");
        }
    }
}

#[test]
fn table_is_what_the_real_programs_say() {
    if real_tool("docker").is_none() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let table = Table::read("interpolation.tsv", 3);
    let anew =
        |row: &Vec<Value>| vec![row[0].clone(), compose(&row[0], folder.path()), by_stack(&row[0], folder.path())];
    table.check(&table.rows.iter().map(anew).collect::<Vec<_>>());
}

/// The value of a label, or null if the file is refused.
fn compose(template: &Value, folder: &std::path::Path) -> Value {
    let file = folder.join("compose.json");
    fs::write(&file, json!({"services": {"a": {"image": "x", "labels": {"l": template}}}}).to_string()).unwrap();
    let output = real_tool("docker-compose")
        .unwrap()
        .envs(VARIABLES)
        .arg("-f")
        .arg(file)
        .args(["config", "--format", "json"])
        .output()
        .unwrap();
    let Ok(config) = serde_json::from_slice::<Value>(&output.stdout) else { return Value::Null };
    // What it prints is meant to be read again, so it doubles every dollar.
    json!(config["services"]["a"]["labels"]["l"].as_str().unwrap().replace("$$", "$"))
}

fn by_stack(template: &Value, folder: &std::path::Path) -> Value {
    let file = folder.join("stack.json");
    let config = json!({"version": "3.8", "services": {"a": {"image": "x", "labels": {"l": template}}}});
    fs::write(&file, config.to_string()).unwrap();
    let output =
        real_tool("docker").unwrap().envs(VARIABLES).args(["stack", "config", "-c"]).arg(file).output().unwrap();
    if !output.status.success() {
        return Value::Null;
    }
    let config: yaml_serde::Value = yaml_serde::from_slice(&output.stdout).unwrap();
    json!(config["services"]["a"]["labels"]["l"].as_str().unwrap())
}
