//! Effects of a change of a compose file or a Swarm stack.

use std::collections::BTreeSet;

use super::{Effect, Impact};
use crate::diag::Diags;
use crate::source::FileId;
use crate::syntax::node::{Map, Node, Value};
use crate::syntax::yaml;

/// What runs a file.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Engine {
    Compose,
    Swarm,
}

impl Engine {
    pub(super) fn of(target: &str) -> Option<Engine> {
        match target {
            "compose" => Some(Engine::Compose),
            "swarm" => Some(Engine::Swarm),
            _ => None,
        }
    }
}

/// A file as it will be.
pub(super) struct File {
    directory: String,
    engine: Engine,
    root: Option<Node>,
    pub(super) environments: Vec<String>,
}

impl File {
    pub(super) fn read(path: &str, engine: Engine, text: &str, environments: &[String]) -> File {
        let directory = path.rsplit_once('/').map_or(String::new(), |(it, _)| format!("{it}/"));
        File { directory, engine, root: parse(text), environments: environments.to_vec() }
    }

    /// Returns what becomes of the services that read an env file, or variables that changed in it.
    pub(super) fn readers(&self, path: &str, changed: &BTreeSet<&str>) -> Vec<Effect> {
        let mut effects = Vec::new();
        for entry in section(self.root.as_ref(), "services").iter().flat_map(|it| &it.entries) {
            let names: Vec<&str> = changed.iter().copied().filter(|it| mentions(&entry.value, it)).collect();
            let reads_file = self.env_files(&entry.value).iter().any(|it| it == path);
            let reason = match (reads_file && !changed.is_empty(), names.as_slice()) {
                (true, _) => format!("{path} changes"),
                (false, []) => continue,
                (false, names) => format!("{} changes", names.join(", ")),
            };
            effects.push(Effect::of(&entry.key, replacement(self.engine, &entry.value), reason));
        }
        effects
    }

    fn env_files(&self, service: &Node) -> Vec<String> {
        let Some(node) = service.get("env_file") else { return Vec::new() };
        let items = node.as_seq().unwrap_or(std::slice::from_ref(node));
        let paths = items.iter().filter_map(|it| it.get("path").unwrap_or(it).as_text());
        let joined = paths.map(|it| format!("{}{it}", self.directory));
        joined.filter_map(|it| crate::source::normalize(&it)).collect()
    }
}

fn parse(text: &str) -> Option<Node> {
    yaml::parse(text, FileId(0), &mut Diags::default()).into_iter().next()
}

/// Compares two versions of a file.
pub(super) fn effects(engine: Engine, before: &str, after: &str) -> Vec<Effect> {
    let (Some(before), Some(after)) = (parse(before), parse(after)) else {
        return vec![Effect::system(Impact::Downtime, "what runs now cannot be told from the old file")];
    };
    let mut effects = Vec::new();
    let (old, new) = (section(Some(&before), "services"), section(Some(&after), "services"));
    for entry in old.iter().flat_map(|it| &it.entries) {
        match new.and_then(|it| it.get(&entry.key)) {
            None => effects.push(Effect::of(&entry.key, Impact::Downtime, "it is no longer part of the system")),
            Some(new) => service(engine, &entry.key, (&entry.value, new), &mut effects),
        }
    }
    for entry in new.iter().flat_map(|it| &it.entries) {
        if old.is_none_or(|it| it.get(&entry.key).is_none()) {
            effects.push(Effect::of(&entry.key, Impact::None, "it is new"));
        }
    }
    system(engine, &before, &after, &mut effects);
    effects
}

fn section<'a>(root: Option<&'a Node>, key: &str) -> Option<&'a Map> {
    root?.get(key)?.as_map()
}

/// What is not part of a container, by engine: `docker compose` leaves these out of the hash that decides whether a
/// container is replaced; the others are no part of a Swarm task, or are ignored by `docker stack`.
fn is_harmless(engine: Engine, key: &str) -> bool {
    match engine {
        Engine::Compose => matches!(key, "depends_on" | "profiles" | "pull_policy" | "scale") || key.starts_with("x-"),
        Engine::Swarm => {
            let ignored = ["depends_on", "build", "container_name", "expose", "links", "restart", "develop"];
            ignored.contains(&key) || key.starts_with("x-")
        }
    }
}

fn service(engine: Engine, name: &str, (old, new): (&Node, &Node), effects: &mut Vec<Effect>) {
    data(name, old, new, effects);
    let mut replaced = Vec::new();
    for key in changed_keys(old, new).into_iter().filter(|it| !is_harmless(engine, it)) {
        match (engine, key.as_str()) {
            (_, "deploy") => deploy(engine, name, (old, new), &mut replaced, effects),
            (Engine::Swarm, "ports") => {
                effects.push(Effect::of(name, Impact::Reload, "its published ports change"));
            }
            (Engine::Compose, "build") => replaced.push("build (once it is built again)".to_string()),
            _ => replaced.push(key),
        }
    }
    if !replaced.is_empty() {
        let verb = if replaced.len() == 1 { "changes" } else { "change" };
        effects.push(Effect::of(name, replacement(engine, new), format!("{} {verb}", replaced.join(", "))));
    }
}

fn deploy(
    engine: Engine,
    name: &str,
    (old, new): (&Node, &Node),
    replaced: &mut Vec<String>,
    effects: &mut Vec<Effect>,
) {
    let empty = Node::map(Map::default(), old.span);
    let (old, new) = (old.get("deploy").unwrap_or(&empty), new.get("deploy").unwrap_or(&empty));
    for key in changed_keys(old, new) {
        match (engine, key.as_str()) {
            (_, "replicas") => {
                let none = new.get("replicas").and_then(Node::as_int) == Some(0);
                let impact = if none { Impact::Downtime } else { Impact::None };
                let to = new.get("replicas").and_then(Node::as_text).unwrap_or("1");
                effects.push(Effect::of(name, impact, format!("it is scaled to {to}")));
            }
            (Engine::Swarm, "update_config" | "rollback_config") => {}
            (Engine::Swarm, "labels") => {
                effects.push(Effect::of(name, Impact::Reload, "the proxy takes up its new labels"));
            }
            _ => replaced.push(format!("deploy.{key}")),
        }
    }
}

/// Returns what replacing a service's containers means: compose always stops the old one first.
fn replacement(engine: Engine, service: &Node) -> Impact {
    let start_first = service.at(&["deploy", "update_config", "order"]).and_then(Node::as_text) == Some("start-first");
    let several = service.at(&["deploy", "replicas"]).and_then(Node::as_int).is_some_and(|it| it > 1);
    let global = service.at(&["deploy", "mode"]).and_then(Node::as_text) == Some("global");
    if engine == Engine::Swarm && (start_first || several || global) {
        Impact::RollingRestart
    } else {
        Impact::Downtime
    }
}

/// Finds data that the new service would not see.
fn data(name: &str, old: &Node, new: &Node, effects: &mut Vec<Effect>) {
    let (before, after) = (volumes(old), volumes(new));
    for (source, target) in &before {
        let kept = after.iter().any(|(new_source, new_target)| new_source == source && new_target == target);
        if !kept {
            let moved = after.iter().find(|(it, _)| it == source).map(|(_, it)| it);
            let replaced = after.iter().find(|(_, it)| it == target).map(|(it, _)| it);
            let reason = match (moved, replaced) {
                (Some(to), _) => format!("the volume `{source}` moves from {target} to {to}"),
                (None, Some(by)) => format!("`{by}` takes the place of the volume `{source}` at {target}"),
                (None, None) => format!("the volume `{source}` is no longer mounted at {target}"),
            };
            effects.push(Effect::of(name, Impact::DataAtRisk, reason));
        }
    }
    let image = |it: &Node| database(it.get("image")?.as_text()?);
    if let (Some((program, old)), Some((same, new))) = (image(old), image(new))
        && program == same
        && old != new
        && !after.is_empty()
    {
        let reason = format!("{program} {new} does not read the data of {program} {old} as it is: migrate it first");
        effects.push(Effect::of(name, Impact::DataAtRisk, reason));
    }
}

/// Returns a database's name and major version, for those whose data belongs to a major version.
fn database(image: &str) -> Option<(&'static str, u32)> {
    let names = [
        ("postgres", "postgres"),
        ("postgresql", "postgres"),
        ("postgis", "postgres"),
        ("mysql", "mysql"),
        ("mariadb", "mariadb"),
        ("mongo", "mongo"),
    ];
    let last = image.rsplit('/').next()?;
    let (repository, tag) = last.split('@').next()?.split_once(':')?;
    let (_, program) = names.into_iter().find(|(it, _)| *it == repository)?;
    let digits: String = tag.chars().take_while(char::is_ascii_digit).collect();
    Some((program, digits.parse().ok()?))
}

/// Returns the named volumes of a service and where they are mounted.
fn volumes(service: &Node) -> Vec<(String, String)> {
    let mounts = service.get("volumes").and_then(Node::as_seq).unwrap_or_default();
    let one = |mount: &Node| match &mount.value {
        Value::Map(it) if it.get("type").and_then(Node::as_text) == Some("volume") => {
            let text = |key| it.get(key).and_then(Node::as_text).map(str::to_string);
            Some((text("source")?, text("target")?))
        }
        Value::Scalar(it) => {
            let mut parts = it.text.split(':');
            let (source, target) = (parts.next()?, parts.next()?);
            let is_path = source.starts_with(['.', '/', '~', '$']);
            (!is_path).then(|| (source.to_string(), target.to_string()))
        }
        _ => None,
    };
    mounts.iter().filter_map(one).collect()
}

/// Compares what is outside of the services.
fn system(engine: Engine, before: &Node, after: &Node, effects: &mut Vec<Effect>) {
    let name = |it: &Node| it.get("name").and_then(Node::as_text).map(str::to_string);
    if name(before) != name(after) {
        let reason = "the project gets another name, and with it empty volumes";
        effects.push(Effect::system(Impact::DataAtRisk, reason));
    }
    let pairs = |key: &'static str| {
        let new = section(Some(after), key);
        let old = section(Some(before), key).into_iter().flat_map(|it| &it.entries);
        old.filter_map(move |it| match new.and_then(|new| new.get(&it.key)) {
            Some(new) if same(&it.value, new) => None,
            new => Some((it, new)),
        })
    };
    for (old, new) in pairs("volumes") {
        let keys = new.map_or_else(Vec::new, |new| changed_keys(&old.value, new));
        let reason = match keys.as_slice() {
            [] if new.is_some() => continue,
            [] => {
                format!("the volume `{}` is no longer part of the system; its data stays until it is removed", old.key)
            }
            keys => format!(
                "the volume `{}` gets another {}: the data stays behind in the old one",
                old.key,
                keys.join(", ")
            ),
        };
        effects.push(Effect::system(Impact::DataAtRisk, reason));
    }
    for (old, new) in pairs("networks").filter(|(_, new)| new.is_some()) {
        let _ = new;
        effects.push(Effect::system(Impact::Downtime, format!("the network `{}` is made anew", old.key)));
    }
    for kind in ["configs", "secrets"] {
        for (old, _) in pairs(kind).filter(|(_, new)| new.is_some()) {
            for user in users(after, kind, &old.key) {
                let reason = format!("`{}` changes", old.key);
                effects.push(Effect::of(&user.0, replacement(engine, user.1), reason));
            }
        }
    }
}

/// Returns the services that use a config or secret.
fn users<'a>(root: &'a Node, kind: &str, name: &str) -> Vec<(String, &'a Node)> {
    let services = section(Some(root), "services").into_iter().flat_map(|it| &it.entries);
    let uses = |service: &Node| {
        let list = service.get(kind).and_then(Node::as_seq).unwrap_or_default();
        list.iter().any(|it| it.get("source").unwrap_or(it).as_text() == Some(name))
    };
    services.filter(|it| uses(&it.value)).map(|it| (it.key.to_string(), &it.value)).collect()
}

/// Returns the keys whose values differ, in the order of the new map, then what is gone.
fn changed_keys(old: &Node, new: &Node) -> Vec<String> {
    let (Some(before), Some(after)) = (old.as_map(), new.as_map()) else {
        return if same(old, new) { Vec::new() } else { vec!["definition".to_string()] };
    };
    let differs = |key: &&str| match (before.get(key), after.get(key)) {
        (Some(one), Some(other)) => !same(one, other),
        _ => true,
    };
    let gone = before.keys().filter(|it| after.get(it).is_none());
    after.keys().filter(differs).chain(gone).map(str::to_string).collect()
}

/// Returns whether two values mean the same: the order of keys, comments and quotes do not count.
fn same(one: &Node, other: &Node) -> bool {
    one.tag() == other.tag()
        && match (&one.value, &other.value) {
            (Value::Scalar(a), Value::Scalar(b)) => a.text == b.text && a.is_null() == b.is_null(),
            (Value::Seq(a), Value::Seq(b)) => a.len() == b.len() && a.iter().zip(b.iter()).all(|(a, b)| same(a, b)),
            (Value::Map(a), Value::Map(b)) => {
                let has = |key: &str, value: &Node| b.get(key).is_some_and(|it| same(value, it));
                a.entries.len() == b.entries.len() && a.entries.iter().all(|it| has(&it.key, &it.value))
            }
            _ => false,
        }
}

/// Returns whether a value, or any in it, fills in a variable.
fn mentions(node: &Node, name: &str) -> bool {
    match &node.value {
        Value::Scalar(it) if !it.text.contains('$') => false,
        Value::Scalar(it) => crate::syntax::interpolation::parse(&it.text).variables().iter().any(|it| it.name == name),
        Value::Seq(items) => items.iter().any(|it| mentions(it, name)),
        Value::Map(map) => map.entries.iter().any(|it| mentions(&it.value, name)),
    }
}
