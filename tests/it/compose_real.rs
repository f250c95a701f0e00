//! The real docker compose reads what specc writes: base and overlay merge to the environment on its own.
//!
//! Runs where `SPECC_REALTOOLS` names the directory that tests/realtools/tools.sh fills; `SPECC_CASES` says how many
//! random systems are tried.

use std::env::var;
use std::fs::write;
use std::path::Path;

use serde_json::Value;
use specc::diag::Diags;
use specc::emit::{Selection, compose, emit};
use specc::ir::System;

use crate::random_system::system;
use crate::real_tools::real_tool;

#[test]
fn overlay_on_its_base_is_the_environment_on_its_own() {
    if real_tool("docker-compose").is_none() {
        return;
    }
    let cases = var("SPECC_CASES").ok().and_then(|it| it.parse().ok()).unwrap_or(25);
    for seed in 0..cases {
        let system = system(seed);
        let dir = tempfile::tempdir().unwrap();
        lay_out(&system, dir.path());
        let config = |files: &[&str], interpolate: bool| {
            let mut command = real_tool("docker-compose").unwrap();
            command.current_dir(dir.path()).args(["--profile", "*"]);
            files.iter().for_each(|it| _ = command.args(["-f", it]));
            command.args(["config", "--format", "json"]);
            if !interpolate {
                command.arg("--no-interpolate");
            }
            let output = command.output().unwrap();
            let errors = String::from_utf8_lossy(&output.stderr);
            assert!(output.status.success(), "seed {seed}: {errors}{}", read(dir.path(), files));
            sorted(serde_json::from_slice(&output.stdout).unwrap(), "")
        };
        for interpolate in [true, false] {
            let merged = config(&["base.yml", "dev.yml"], interpolate);
            let alone = config(&["alone.yml"], interpolate);
            let files = read(dir.path(), &["base.yml", "dev.yml", "alone.yml"]);
            let difference = difference(&merged, &alone, "");
            assert_eq!(difference, None, "seed {seed}, interpolate {interpolate}\n{files}");
        }
    }
}

/// Writes the files of the system, and the development environment once more on its own.
fn lay_out(system: &System, dir: &Path) {
    let mut diags = Diags::default();
    let compose_only = Selection { targets: vec!["compose".to_string()], ..Selection::default() };
    let output = emit(system, &compose_only, &mut diags);
    let output = output.unwrap_or_else(|_| panic!("{:#?}", diags.list()));
    for artifact in output.artifacts {
        write(dir.join(&artifact.path), artifact.text).unwrap();
    }
    let alone = compose::standalone(system, &system.environments[1], &mut diags).unwrap();
    write(dir.join("alone.yml"), alone.text).unwrap();
    for file in ["a.env", "b.env", "c.env"] {
        write(dir.join(file), format!("FROM={file}\n")).unwrap();
    }
}

fn read(dir: &Path, files: &[&str]) -> String {
    let text = |it: &&str| format!("--- {it}\n{}", std::fs::read_to_string(dir.join(it)).unwrap());
    files.iter().map(text).collect()
}

/// Names the first place where two values differ.
fn difference(merged: &Value, alone: &Value, path: &str) -> Option<String> {
    match (merged, alone) {
        (Value::Object(a), Value::Object(b)) => {
            let missing = a.keys().chain(b.keys()).find(|key| !a.contains_key(*key) || !b.contains_key(*key));
            let below = || a.iter().find_map(|(key, value)| difference(value, &b[key], &format!("{path}.{key}")));
            missing.map(|key| format!("{path}.{key}: only in one")).or_else(below)
        }
        _ if merged == alone => None,
        _ => Some(format!("{path}: merged {merged}, alone {alone}")),
    }
}

/// Sorts the lists whose order says nothing, and makes maps of lists of `KEY=value`, which is what compose leaves
/// behind when it merges two maps and does not interpolate.
fn sorted(value: Value, key: &str) -> Value {
    const UNORDERED: [&str; 8] =
        ["ports", "volumes", "cap_add", "cap_drop", "security_opt", "profiles", "networks", "expose"];
    const PAIRS: [&str; 3] = ["environment", "labels", "args"];
    match value {
        Value::Object(map) => map.into_iter().map(|(key, value)| (key.clone(), sorted(value, &key))).collect(),
        Value::Array(items) if PAIRS.contains(&key) => {
            let pairs = items.iter().filter_map(|it| it.as_str()?.split_once('='));
            pairs.map(|(key, value)| (key.to_string(), Value::from(value))).collect()
        }
        Value::Array(items) => {
            let long = |it| if key == "ports" { long_port(it) } else { sorted(it, "") };
            let mut items: Vec<Value> = items.into_iter().map(long).collect();
            if UNORDERED.contains(&key) {
                items.sort_by_key(Value::to_string);
            }
            Value::Array(items)
        }
        other => other,
    }
}

/// Compose leaves a list of ports as it is if one of them holds a variable that it may not fill in.
fn long_port(port: Value) -> Value {
    let Value::String(short) = &port else { return port };
    let (rest, protocol) = short.rsplit_once('/').unwrap_or((short, "tcp"));
    let (rest, target) = rest.rsplit_once(':').unwrap_or(("", rest));
    let (host, published) = match rest.rsplit_once(':') {
        Some((host, published)) if !host.contains('$') => (Some(host.trim_matches(['[', ']'])), published),
        _ => (None, rest),
    };
    let target: u16 = target.parse().unwrap();
    let mut long = match host {
        Some(host) => serde_json::json!({"host_ip": host}),
        None => serde_json::json!({}),
    };
    for (key, value) in
        [("mode", Value::from("ingress")), ("protocol", protocol.into()), ("published", published.into())]
    {
        long[key] = value;
    }
    long["target"] = target.into();
    long
}
