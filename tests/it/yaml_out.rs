//! What `yaml_out` writes, read by the programs it is written for: go-yaml in docker, PyYAML.

use std::io::Write as _;
use std::process::Stdio;

use serde_json::{Value, json};
use specc::syntax::interpolation::escape;
use specc::syntax::yaml_out::{Map, Seq, Yaml, render};

use crate::real_tools::real_tool;

/// Texts of up to three pieces that mean something in YAML, and some whole ones.
/// What means something in YAML, separated by spaces; the pieces with spaces and controls follow.
const PIECES: &str = r#": # - ' " \ { ] , & * ! | % @ ` ? = << . 0 1 07 _ e x y no null ~ .inf 2024-01-01 + $ / T é"#;
const CONTROLS: [&str; 11] =
    ["", " ", "\n", "\t", "\r", "\u{85}", "\u{2028}", "\u{feff}", "\u{1f600}", "\u{7f}", "\u{1b}"];

fn texts() -> Vec<String> {
    let pieces: Vec<&str> = PIECES.split(' ').chain(CONTROLS).collect();
    let mut texts = Vec::new();
    for a in &pieces {
        for b in &pieces {
            texts.push(format!("{a}{b}"));
            for c in ["a", ":", "1", " ", "\n"] {
                texts.push(format!("{a}{b}{c}"));
            }
        }
    }
    for text in [
        "12:30:45",
        "1_000",
        "1e3",
        "0x1F",
        "0o7",
        "0b1",
        "1,000",
        "190:20:30.15",
        "2001-12-14 21:59:43.10 -5",
        "1.2.3",
        "off",
        "N",
    ] {
        texts.push(text.to_string());
    }
    texts
}

fn document(texts: &[String]) -> String {
    let label = |(nth, text): (usize, &String)| (format!("l{nth}"), Yaml::from(escape(text)));
    let labels: Map = texts.iter().enumerate().map(label).collect();
    let command: Seq = texts.iter().map(|it| escape(it)).collect();
    let service = Map::new().put("image", "x").put("labels", labels).put("command", command);
    let root = Map::new().put("version", "3.8").put("services", Map::new().put("a", service));
    render(&root.into(), &[]).text
}

#[test]
fn docker_compose_reads_back_every_text() {
    let Some(mut compose) = real_tool("docker-compose") else { return };
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(document(&texts()).as_bytes()).unwrap();
    let output = compose.arg("-f").arg(file.path()).args(["config", "--format", "json"]).output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    let config: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error} {errors}"));
    compare(&config["services"]["a"], &texts());
}

#[test]
fn docker_stack_reads_back_every_text() {
    let Some(mut docker) = real_tool("docker") else { return };
    let mut texts = texts();
    // What it prints of texts with lines is not always YAML itself.
    texts.retain(|it| !it.contains(['\n', '\r', '\u{85}', '\u{2028}']));
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(document(&texts).as_bytes()).unwrap();
    let output = docker.args(["stack", "config", "--skip-interpolation", "-c"]).arg(file.path()).output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    let config: yaml_serde::Value =
        yaml_serde::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error} {errors}"));
    compare(&json!(config)["services"]["a"], &texts);
}

#[test]
fn python_reads_back_every_text() {
    for loader in ["SafeLoader", "CSafeLoader"] {
        let Some(mut python) = real_tool("python3") else { return };
        let script =
            format!("import sys, json, yaml; json.dump(yaml.load(sys.stdin.buffer, yaml.{loader}), sys.stdout)");
        let mut child = python.args(["-c", &script]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(document(&texts()).as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        let config: Value = serde_json::from_slice(&output.stdout).unwrap();
        compare(&config["services"]["a"], &texts());
    }
}

/// Both docker programs print what can be read again, and the others do not interpolate: dollars are doubled.
fn compare(service: &Value, texts: &[String]) {
    for (nth, text) in texts.iter().enumerate() {
        for found in [&service["labels"][format!("l{nth}")], &service["command"][nth]] {
            assert_eq!(found.as_str().map(|it| it.replace("$$", "$")), Some(text.clone()), "{text:?}");
        }
    }
}
