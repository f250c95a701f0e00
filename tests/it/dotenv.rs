//! One line of an env file, as docker compose, docker stack, kubectl, bash, make, python-dotenv and Node read it.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};
use specc::syntax::dotenv::{self, Dialect, Reading};

use crate::real_tools::{Table, real_tool};

/// The variables that the readers find in their process.
const VARIABLES: [(&str, &str); 4] = [("B", "bb"), ("E", ""), ("H", "host"), ("HOME", "/home/u")];

/// The readers of the table's columns, from the third. `docker run` has no column: it needs an engine to show what
/// it reads, and shares its code with `docker stack`.
const COLUMNS: [Dialect; 9] = [
    Dialect::ComposeEnvFile,
    Dialect::ComposeInterpolation,
    Dialect::SwarmEnvFile,
    Dialect::Kubectl,
    Dialect::Bash,
    Dialect::Make,
    Dialect::PythonDotenv,
    Dialect::NodeDotenv,
    Dialect::NodeEnvFile,
];

fn lookup(name: &str) -> Option<String> {
    VARIABLES.iter().find(|it| it.0 == name).map(|it| it.1.to_string())
}

fn cell(reading: Reading) -> Value {
    match reading {
        Reading::Value(value) => json!(value),
        Reading::Absent => Value::Null,
        Reading::Error(_) => json!(false),
    }
}

#[test]
fn specc_reads_every_line_as_the_real_programs_do() {
    let table = Table::read("dotenv.tsv", COLUMNS.len() + 2);
    assert!(table.rows.len() >= 60);
    let mut wrong = Vec::new();
    for row in &table.rows {
        let (text, key) = (row[0].as_str().unwrap(), row[1].as_str().unwrap());
        let file = dotenv::parse(text);
        for (nth, dialect) in COLUMNS.into_iter().enumerate() {
            let found = match file.entries.as_slice() {
                [entry] if entry.key == key => cell(dotenv::value(entry, dialect, &lookup)),
                other => panic!("{text:?} should be one statement of {key}: {other:?}"),
            };
            if found != row[nth + 2] && !is_beyond(dialect, text, key, &found) {
                wrong.push(format!("{}: {text:?} is {}, not {found}", dialect.name(), row[nth + 2]));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What is no question of reading a line: that the process's own variables win, that `${…}` cannot name every name;
/// and where bash or make run something, specc says so instead of what comes out.
fn is_beyond(dialect: Dialect, text: &str, key: &str, found: &Value) -> bool {
    match dialect {
        Dialect::ComposeInterpolation | Dialect::NodeEnvFile if key == "H" => true,
        Dialect::ComposeInterpolation => {
            !key.chars().all(|it| it.is_ascii_alphanumeric() || it == '_')
                || key.starts_with(|it: char| it.is_ascii_digit())
        }
        Dialect::Bash => *found == json!(false) && ["$((", ">", "&", "=(", ":0:"].iter().any(|it| text.contains(it)),
        Dialect::Make => *found == json!(false) && text.contains("$(shell"),
        _ => false,
    }
}

#[test]
fn table_is_what_the_real_programs_say() {
    if real_tool("docker").is_none() {
        return;
    }
    let table = Table::read("dotenv.tsv", COLUMNS.len() + 2);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("f.env");
    let anew = |row: &Vec<Value>| {
        fs::write(&file, row[0].as_str().unwrap()).unwrap();
        let key = row[1].as_str().unwrap();
        let read =
            |(nth, dialect): (usize, &Dialect)| ask(*dialect, key, &file).unwrap_or_else(|| row[nth + 2].clone());
        row[..2].iter().cloned().chain(COLUMNS.iter().enumerate().map(read)).collect()
    };
    table.check(&table.rows.iter().map(anew).collect::<Vec<Vec<Value>>>());
}

/// Asks the real program; none if it is not installed.
fn ask(dialect: Dialect, key: &str, file: &Path) -> Option<Value> {
    match dialect {
        Dialect::ComposeEnvFile | Dialect::ComposeInterpolation | Dialect::SwarmEnvFile | Dialect::DockerRun => {
            ask_docker(dialect, key, file)
        }
        Dialect::Kubectl => {
            let mut command = tool("kubectl")?;
            let from = format!("--from-env-file={}", file.display());
            let map = json_of(command.args(["create", "configmap", "x", "--dry-run=client", "-o", "json", &from]));
            Some(map.map_or(json!(false), |it| it["data"][key].clone()))
        }
        Dialect::Bash => {
            let script = format!("set -a; source {} || exit 1; printf %s \"${{{key}-absent}}\"", file.display());
            // In a folder of its own, since a line may write to a file.
            let run = || {
                let folder = tempfile::tempdir().unwrap();
                let mut command = tool("bash")?;
                Some(text_of(command.args(["-c", &script]).env("PATH", "/nonexistent").current_dir(folder.path())))
            };
            // `$$` is another number each time.
            let (first, second) = (run()?, run()?);
            Some(if first == second { first } else { json!(false) })
        }
        Dialect::Make => {
            let makefile = file.with_extension("mk");
            let text = format!(
                "include {}\n$(info $(if $(filter undefined,$(origin {key})),absent,$({key})))\nall:;@:\n",
                file.display()
            );
            fs::write(&makefile, text).unwrap();
            let text = text_of(tool("make")?.arg("-s").arg("-f").arg(makefile).arg("all"));
            Some(text.as_str().map_or(text.clone(), |it| json!(it.strip_suffix('\n').unwrap_or(it))))
        }
        Dialect::PythonDotenv => {
            let script =
                "import dotenv, json, sys; print(json.dumps(dotenv.dotenv_values(sys.argv[1]).get(sys.argv[2])))";
            if !tool("python3")?.args(["-c", "import dotenv"]).output().unwrap().status.success() {
                return None;
            }
            json_of(tool("python3")?.args(["-c", script]).arg(file).arg(key)).or(Some(json!(false)))
        }
        Dialect::NodeDotenv => {
            let modules = Path::new(&std::env::var_os("SPECC_REALTOOLS")?).join("npm/node_modules");
            if !modules.join("dotenv").is_dir() {
                return None;
            }
            let script = "const v = require('dotenv').parse(require('fs').readFileSync(process.argv[1]))[process.argv[2]];\
                          console.log(JSON.stringify(v === undefined ? null : v))";
            json_of(tool("node")?.env("NODE_PATH", modules).args(["-e", script]).arg(file).arg(key))
        }
        Dialect::NodeEnvFile => {
            let script =
                "const v = process.env[process.argv[1]]; console.log(JSON.stringify(v === undefined ? null : v))";
            json_of(tool("node")?.arg(format!("--env-file={}", file.display())).args(["-e", script, key]))
        }
    }
}

fn ask_docker(dialect: Dialect, key: &str, file: &Path) -> Option<Value> {
    match dialect {
        Dialect::ComposeEnvFile => {
            let config = json!({"services": {"a": {"image": "x", "env_file": [file]}}});
            let compose = project(file, &config);
            let mut command = tool("docker-compose")?;
            let config = json_of(command.arg("-f").arg(compose).args(["config", "--format", "json"]));
            Some(config.map_or(json!(false), |it| undoubled(&it["services"]["a"]["environment"][key])))
        }
        Dialect::ComposeInterpolation => {
            let config = json!({"services": {"a": {"image": "x", "labels": {"l": format!("${{{key}-absent}}")}}}});
            let compose = project(file, &config);
            let mut command = tool("docker-compose")?;
            let config = json_of(
                command.arg("--env-file").arg(file).arg("-f").arg(compose).args(["config", "--format", "json"]),
            );
            Some(config.map_or(json!(false), |it| absent(undoubled(&it["services"]["a"]["labels"]["l"]))))
        }
        _ => {
            let config = json!({"version": "3.8", "services": {"a": {"image": "x", "env_file": [file]}}});
            let stack = project(file, &config);
            let output = tool("docker")?.args(["stack", "config", "-c"]).arg(stack).output().unwrap();
            if !output.status.success() {
                return Some(json!(false));
            }
            let config: yaml_serde::Value = yaml_serde::from_slice(&output.stdout).unwrap();
            Some(json!(config)["services"]["a"]["environment"][key].clone())
        }
    }
}

fn tool(program: &str) -> Option<Command> {
    let mut command = real_tool(program)?;
    command.envs(VARIABLES);
    Some(command)
}

/// Writes a compose file beside the env file.
fn project(file: &Path, config: &Value) -> std::path::PathBuf {
    let path = file.with_extension("json");
    fs::write(&path, config.to_string()).unwrap();
    path
}

fn json_of(command: &mut Command) -> Option<Value> {
    let output = command.output().unwrap();
    serde_json::from_slice(&output.stdout).ok().filter(|_| output.status.success())
}

fn text_of(command: &mut Command) -> Value {
    let output = command.output().unwrap();
    if !output.status.success() {
        return json!(false);
    }
    absent(json!(String::from_utf8(output.stdout).unwrap()))
}

fn absent(value: Value) -> Value {
    if value.as_str().is_some_and(|it| it.trim_end_matches('\n') == "absent") { Value::Null } else { value }
}

/// `docker compose config` prints what can be read again, with every dollar doubled.
fn undoubled(value: &Value) -> Value {
    value.as_str().map_or(Value::Null, |it| json!(it.replace("$$", "$")))
}
