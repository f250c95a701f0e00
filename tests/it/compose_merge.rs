//! Compose files as specc joins them, against what `docker compose config` makes of the same files.
//!
//! A row of tests/data/compose_merge.tsv is a project: a list of bodies of one service in successive files, or a map
//! of files of which `compose*.yml` are given with `-f`. What matters of the result is compared in one form, taken
//! from specc's model and from compose's JSON. `SPECC_CORPUS` may name a directory of repositories: their compose
//! files are compared too.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::{Map, Value, json};
use specc::diag::Diags;
use specc::files::InMemory;
use specc::repo;
use specc::repo::compose::{Arguments, Build, File, Model, Mount, MountKind, Service, Variable, assemble, read};
use specc::source::{FileId, Sources, normalize};
use specc::syntax::interpolation;
use specc::syntax::node::{Entry, Map as NodeMap, Node, Scalar, Style, Value as NodeValue};
use specc::syntax::yaml;

use crate::real_tools::{Table, real_tool};

#[test]
fn specc_joins_compose_files_as_compose_does() {
    let table = Table::read("compose_merge.tsv", 2);
    let wrong: Vec<String> = table
        .rows
        .iter()
        .filter_map(|row| {
            let ours = ours(&project(&row[0]));
            (ours != row[1]).then(|| format!("{}\n{}", row[0], first_difference(&ours, &row[1], "")))
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn table_is_what_compose_really_makes_of_the_files() {
    if real_tool("docker-compose").is_none() {
        return;
    }
    let table = Table::read("compose_merge.tsv", 2);
    let rows: Vec<Vec<Value>> = table.rows.iter().map(|row| vec![row[0].clone(), theirs(&project(&row[0]))]).collect();
    table.check(&rows);
}

/// The files of a row, by path.
fn project(cell: &Value) -> BTreeMap<String, String> {
    if let Some(files) = cell.as_object() {
        return files.iter().map(|(path, text)| (path.clone(), text.as_str().unwrap().to_string())).collect();
    }
    let rest = "networks: {n: , m: }\nvolumes: {vol: }\nconfigs: {c: {file: ./c}, d: {file: ./d}}\nsecrets: {k: {file: ./k}}\n";
    let bodies = cell.as_array().unwrap().iter().enumerate();
    let file = |(at, body): (usize, &Value)| {
        let rest = if at == 0 { rest } else { "" };
        let others = if at == 0 { ", t: {image: t}, u: {image: u}" } else { "" };
        (format!("compose.{at}.yml"), format!("services: {{s: {}{others}}}\n{rest}", body.as_str().unwrap()))
    };
    let mut files: BTreeMap<String, String> = bodies.map(file).collect();
    files.extend(["a.env", "b.env"].map(|it| (it.to_string(), format!("FROM={it}\n"))));
    files
}

fn given(files: &BTreeMap<String, String>) -> Vec<String> {
    files.keys().filter(|it| it.starts_with("compose") && it.ends_with(".yml")).cloned().collect()
}

fn ours(files: &BTreeMap<String, String>) -> Value {
    let tree = InMemory::new(files.iter().map(|(path, text)| (path.as_str(), text.as_str())));
    let repo = repo::read(&tree, &repo::Options::default(), &mut Sources::default(), &mut Diags::default());
    let files_read: Vec<File> = repo.facts.compose_files.iter().map(filled).collect();
    let node = assemble::assemble(&files_read, &given(files), ".");
    of_model(&read::model(&node, "."), ".")
}

fn theirs(files: &BTreeMap<String, String>) -> Value {
    let dir = tempfile::tempdir().unwrap();
    for (path, text) in files {
        let path = dir.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    compose_config(dir.path(), dir.path(), &given(files)).unwrap_or_else(|error| panic!("{error}\n{files:?}"))
}

fn compose_config(dir: &Path, root: &Path, files: &[String]) -> Result<Value, String> {
    let mut command = real_tool("docker-compose").unwrap();
    command.current_dir(dir).args(["-p", "p", "--profile", "*", "--env-file", "/dev/null"]);
    files.iter().for_each(|it| _ = command.args(["-f", it]));
    command.args(["config", "--no-env-resolution", "--no-normalize", "--no-consistency", "--format", "json"]);
    let output = command.output().unwrap();
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned());
    }
    // Compose doubles every dollar, so that it could read its output again.
    let text = String::from_utf8_lossy(&output.stdout).replace("$$", "$");
    Ok(of_json(&serde_json::from_str(&text).unwrap(), root.canonicalize().unwrap().to_str().unwrap()))
}

/// What is compared, from specc's model.
fn of_model(model: &Model, directory: &str) -> Value {
    // Resources at the top are left out: compose drops those that no service uses.
    model.services.iter().map(|it| (it.name.value.clone(), of_service(it, directory))).collect()
}

fn of_service(service: &Service, directory: &str) -> Value {
    let words =
        |it: &Option<Arguments>| it.as_ref().map(|it| it.words.iter().map(|it| it.value.clone()).collect::<Vec<_>>());
    let texts = |list: &[specc::repo::fact::Text]| sorted(list.iter().map(|it| it.value.clone()));
    let list = |key: &str| {
        let items = service.node.get(key).and_then(Node::as_seq).unwrap_or(&[]);
        sorted(items.iter().filter_map(Node::as_text).map(str::to_string))
    };
    let ports = service.ports.iter().map(|it| {
        let host = it.host_ip.as_deref().unwrap_or("");
        format!("{host}|{}|{}/{}", it.published.as_deref().unwrap_or(""), it.target, it.protocol)
    });
    let mut environment = of_variables(&service.environment);
    if let Some(last) = service.env_files.last() {
        // Each env file of a row says which it is, so the last one can be told.
        environment["FROM"] = json!(tidy(&last.path.value, directory));
    }
    let is_tmpfs = |it: &&Mount| it.kind == MountKind::Tmpfs && it.is_short;
    let test = service.healthcheck.as_ref().and_then(|it| it.test.as_ref());
    without_empty(json!({
        "image": service.image.as_ref().map(|it| it.value.clone()),
        "build": service.build.as_ref().map(|it| of_build(it, directory)),
        "command": words(&service.command),
        "entrypoint": words(&service.entrypoint),
        "environment": environment,
        "ports": sorted(ports),
        "mounts": sorted(service.mounts.iter().filter(|it| !is_tmpfs(it)).map(of_mount)),
        "tmpfs": sorted(service.mounts.iter().filter(is_tmpfs).map(|it| it.target.value.clone())),
        "networks": service.networks.iter().map(|it| (it.name.value.clone(), texts(&it.aliases))).collect::<Map<_, _>>(),
        "depends_on": service.depends_on.iter()
            .map(|it| (it.service.value.clone(), json!(it.condition.value))).collect::<Map<_, _>>(),
        "health": test.map(|it| it.words.iter().map(|it| it.value.clone()).collect::<Vec<_>>()),
        "labels": no_null(of_variables(&service.labels)),
        "replicas": service.deploy.as_ref().and_then(|it| it.replicas.as_ref()).map(|it| it.value.clone()),
        "deploy_labels": service.deploy.as_ref().map(|it| of_variables(&it.labels)),
        "profiles": texts(&service.profiles),
        "expose": texts(&service.expose),
        "configs": texts(&service.configs),
        "secrets": texts(&service.secrets),
        "extra_hosts": texts(&service.extra_hosts),
        "cap_add": list("cap_add"),
        "logging": service.node.at(&["logging", "driver"]).and_then(Node::as_text),
        "restart": service.restart.as_ref().map(|it| it.value.clone()),
        "hostname": service.hostname.as_ref().map(|it| it.value.clone()),
    }))
}

fn of_build(build: &Build, directory: &str) -> Value {
    without_empty(json!({
        "context": tidy(build.context.as_ref().map_or(".", |it| &it.value), directory),
        "dockerfile": build.dockerfile.as_ref().map(|it| it.value.clone()),
        "target": build.target.as_ref().map(|it| it.value.clone()),
        "args": of_variables(&build.args),
    }))
}

fn of_variables(list: &[Variable]) -> Value {
    let value = |it: &Variable| it.value.as_ref().map_or(Value::Null, |it| json!(it.value));
    list.iter().map(|it| (it.name.value.clone(), value(it))).collect()
}

/// A label without a value is empty.
fn no_null(mut labels: Value) -> Value {
    labels.as_object_mut().into_iter().flatten().filter(|it| it.1.is_null()).for_each(|it| *it.1 = json!(""));
    labels
}

fn of_mount(mount: &Mount) -> String {
    let kind = match mount.kind {
        MountKind::Bind => "bind",
        MountKind::Volume => "volume",
        MountKind::Tmpfs => "tmpfs",
        MountKind::Other => "other",
    };
    let source = mount.source.as_ref().map_or("", |it| &it.value);
    let source = if mount.kind == MountKind::Bind { tidy(source, &mount.base) } else { source.to_string() };
    format!("{kind} {source} {}{}", mount.target.value, if mount.is_read_only { " ro" } else { "" })
}

/// `./x/../y` is `y`; what leads out of the project stays as it is.
fn tidy(path: &str, directory: &str) -> String {
    if path.starts_with(['/', '~']) {
        return path.to_string();
    }
    normalize(&format!("{directory}/{path}")).unwrap_or_else(|| path.to_string())
}

/// The same, from compose's JSON.
fn of_json(config: &Value, dir: &str) -> Value {
    let services = config["services"].as_object().cloned().unwrap_or_default();
    services.iter().map(|(name, it)| (name.clone(), service_json(it, dir))).collect()
}

fn service_json(it: &Value, dir: &str) -> Value {
    let inside = |path: &str| match path.strip_prefix(dir) {
        Some("") => ".".to_string(),
        Some(rest) if rest.starts_with('/') => rest[1..].to_string(),
        _ => path.to_string(),
    };
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let texts = |value: &Value| sorted(list(value).iter().map(plain));
    let sources = |value: &Value| sorted(list(value).iter().map(|it| plain(&it["source"])));
    let ports = list(&it["ports"])
        .iter()
        .map(|it| {
            format!(
                "{}|{}|{}/{}",
                plain(&it["host_ip"]),
                plain(&it["published"]),
                plain(&it["target"]),
                plain(&it["protocol"])
            )
        })
        .collect::<Vec<_>>();
    let mounts = list(&it["volumes"])
        .iter()
        .map(|it| {
            let source = plain(&it["source"]);
            let source = if it["type"] == "bind" { inside(&source) } else { source };
            format!(
                "{} {source} {}{}",
                plain(&it["type"]),
                plain(&it["target"]),
                if it["read_only"] == true { " ro" } else { "" }
            )
        })
        .collect::<Vec<_>>();
    let networks = it["networks"].as_object().cloned().unwrap_or_default();
    let depends_on = it["depends_on"].as_object().cloned().unwrap_or_default();
    let mut test: Vec<Value> = list(&it["healthcheck"]["test"]);
    if !test.is_empty() {
        test.remove(0);
    }
    let build = &it["build"];
    without_empty(json!({
        "image": it["image"],
        "build": if build.is_object() { without_empty(json!({
            "context": inside(&plain(&build["context"])),
            "dockerfile": build["dockerfile"],
            "target": build["target"],
            "args": build["args"],
        })) } else { Value::Null },
        "command": it["command"],
        "entrypoint": it["entrypoint"],
        "environment": it["environment"],
        "ports": sorted(ports.into_iter()),
        "mounts": sorted(mounts.into_iter()),
        "tmpfs": sorted(list(&it["tmpfs"]).iter().map(|it| plain(it).split(':').next().unwrap().to_string())),
        "networks": networks.iter().map(|(name, it)| (name.clone(), texts(&it["aliases"]))).collect::<Map<_, _>>(),
        "depends_on": depends_on.iter().map(|(name, it)| (name.clone(), it["condition"].clone())).collect::<Map<_, _>>(),
        "health": test,
        "labels": it["labels"],
        "replicas": match &it["deploy"]["replicas"] { Value::Null => Value::Null, n => json!(n.to_string()) },
        "deploy_labels": it["deploy"]["labels"],
        "profiles": texts(&it["profiles"]),
        "expose": texts(&it["expose"]),
        "configs": sources(&it["configs"]),
        "secrets": sources(&it["secrets"]),
        "extra_hosts": sorted(list(&it["extra_hosts"]).iter().map(|it| plain(it).split('=').next().unwrap().to_string())),
        "cap_add": texts(&it["cap_add"]),
        "logging": it["logging"]["driver"],
        "restart": it["restart"],
        "hostname": it["hostname"],
    }))
}

fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

fn sorted(list: impl Iterator<Item = String>) -> Value {
    let mut list: Vec<String> = list.collect();
    list.sort();
    json!(list)
}

/// Leaves out what says nothing, so that absent and empty are the same.
fn without_empty(value: Value) -> Value {
    let is_empty = |it: &Value| match it {
        Value::Null => true,
        Value::Array(list) => list.is_empty(),
        Value::Object(map) => map.is_empty(),
        _ => false,
    };
    match value {
        Value::Object(map) => Value::Object(map.into_iter().filter(|(_, it)| !is_empty(it)).collect()),
        other => other,
    }
}

/// The compose files of real repositories: each default file alone, and with each overlay beside it.
#[test]
fn files_of_real_repositories_are_joined_as_compose_joins_them() {
    let (Some(corpus), true) = (std::env::var_os("SPECC_CORPUS"), real_tool("docker-compose").is_some()) else {
        return;
    };
    let (mut n_same, mut n_refused, mut different) = (0, 0, Vec::new());
    for repository in std::fs::read_dir(corpus).unwrap().map(|it| it.unwrap().path()) {
        let Ok(files) = specc::files::OnDisk::new(&repository) else { continue };
        let read = repo::read(&files, &repo::Options::default(), &mut Sources::default(), &mut Diags::default());
        for environment in &read.environments {
            let directory = repository.join(&environment.directory);
            let directory = directory.canonicalize().unwrap();
            let paths: Vec<String> = environment
                .compose_files
                .iter()
                .map(|it| repository.canonicalize().unwrap().join(it).to_str().unwrap().to_string())
                .collect();
            let Ok(theirs) = compose_config(&directory, &repository, &paths) else {
                n_refused += 1;
                continue;
            };
            let files: Vec<File> = read.facts.compose_files.iter().map(filled).collect();
            let node = assemble::assemble(&files, &environment.compose_files, &environment.directory);
            let mut model = of_model(&read::model(&node, &environment.directory), &environment.directory);
            localize(&mut model);
            for service in model.as_object_mut().into_iter().flatten().map(|it| it.1) {
                service["environment"].as_object_mut().into_iter().for_each(|it| _ = it.remove("FROM"));
                *service = without_empty(service.clone());
            }
            let mut theirs = theirs;
            localize(&mut theirs);
            leave_out_env_files(&model, &mut theirs);
            if model == theirs {
                n_same += 1;
            } else {
                different.push(format!(
                    "{} {:?}\n{}",
                    repository.display(),
                    environment.compose_files,
                    first_difference(&model, &theirs, "")
                ));
            }
        }
    }
    let counts = format!("{n_same} alike, {n_refused} that compose refuses here");
    assert!(different.is_empty(), "{counts}\n{}", different.join("\n"));
}

/// Takes what env files set out of the environment, where specc has no business to put it.
fn leave_out_env_files(ours: &Value, theirs: &mut Value) {
    for (name, service) in theirs.as_object_mut().into_iter().flatten() {
        let mut known = ours[name]["environment"].as_object().cloned().unwrap_or_default();
        known.remove("FROM");
        if let Some(map) = service["environment"].as_object_mut() {
            map.retain(|key, _| known.contains_key(key));
        }
        *service = without_empty(service.clone());
    }
}

fn first_difference(ours: &Value, theirs: &Value, path: &str) -> String {
    if let (Value::Object(a), Value::Object(b)) = (ours, theirs) {
        let keys = a.keys().chain(b.keys());
        let at = |key: &String| (a.get(key).unwrap_or(&Value::Null), b.get(key).unwrap_or(&Value::Null));
        if let Some(key) = keys.into_iter().find(|key| at(key).0 != at(key).1) {
            return first_difference(at(key).0, at(key).1, &format!("{path}.{key}"));
        }
    }
    format!("  {path}: specc {ours}, compose {theirs}")
}

/// Paths of the home directory and outside of the project are not specc's to resolve.
fn localize(value: &mut Value) {
    match value {
        Value::Object(map) => map.values_mut().for_each(localize),
        Value::Array(list) => list.iter_mut().for_each(localize),
        Value::String(text)
            if text.contains("..")
                || text.starts_with("bind /")
                || text.starts_with("bind ~")
                || text.starts_with('/') =>
        {
            *text = "elsewhere".to_string();
        }
        _ => {}
    }
}

/// Returns a file as compose interpolates it without any variable.
fn filled(file: &File) -> File {
    fn fill(node: &Node) -> Node {
        let value = match &node.value {
            NodeValue::Scalar(it) => {
                let text = interpolation::parse(&it.text).evaluate(&|_| None).unwrap_or_default();
                // What a variable leaves empty is empty, not absent.
                let style = if it.text.contains('$') { Style::Quoted } else { it.style };
                NodeValue::Scalar(Scalar { text: text.into(), style })
            }
            NodeValue::Seq(items) => NodeValue::Seq(items.iter().map(fill).collect::<Vec<_>>().into()),
            NodeValue::Map(map) => {
                let entries = map.entries.iter().map(|it| Entry { value: fill(&it.value), ..it.clone() }).collect();
                NodeValue::Map(NodeMap { entries }.into())
            }
        };
        Node { value, ..node.clone() }
    }
    let node = fill(&file.node);
    let model = read::model(&node, read::folder(&file.path));
    File { node, model, ..file.clone() }
}

#[test]
fn one_letter_is_a_drive_and_not_a_volume() {
    let node = yaml::parse("services: {s: {volumes: ['v:/y']}}", FileId(0), &mut Diags::default()).remove(0);
    let model = read::model(&node, ".");
    assert!(model.services[0].mounts[0].source.is_none());
}
