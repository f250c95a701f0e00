//! Joins the trees of several compose files, later ones over earlier ones, as compose does.
//!
//! The tables follow compose-go (`override/merge.go`, `override/uncity.go`): mappings merge key by key; lists are
//! appended, and for most of them an entry that means the same thing replaces the earlier one; a few values are
//! replaced whole; `!reset` takes away and `!override` replaces.

use std::sync::Arc;

use crate::source::Span;
use crate::syntax::node::{Entry, Map, Node, Style, Value};

/// Joins `over` onto `base`: whole compose files.
pub fn merge(base: &Node, over: &Node) -> Node {
    join(base, over, &mut Vec::new())
}

/// Drops what a single file takes away with `!reset`, as compose does before anything else, and lets entries of
/// one list that mean the same replace each other.
pub fn alone(node: &Node) -> Node {
    let empty = Node::map(Map::default(), node.span);
    merge(&empty, node)
}

/// Joins a service onto the one that it `extends`.
pub fn merge_service(base: &Node, over: &Node) -> Node {
    join(base, over, &mut vec!["services", "*"])
}

/// How two values at a place are joined.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Rule {
    /// Mappings by key, lists appended, scalars replaced.
    Default,
    /// The later one counts.
    Replace,
    /// Both become lists of `key=value`, later keys win.
    Pairs,
    /// Lists appended, equal entries once; a scalar counts as a list of one.
    List,
    /// A list of names stands for a mapping with empty values.
    Names,
    /// A list of services stands for a mapping that says `service_started` of each.
    Dependencies,
    /// A string stands for a mapping with this key.
    Short(&'static str),
    /// Merged only if both name the same driver, else replaced.
    Logging,
}

const RULES: &[(&str, Rule)] = &[
    ("networks/*/labels", Rule::Pairs),
    ("volumes/*/labels", Rule::Pairs),
    ("services/*/annotations", Rule::Pairs),
    ("services/*/build", Rule::Short("context")),
    ("services/*/build/args", Rule::Pairs),
    ("services/*/build/additional_contexts", Rule::Pairs),
    ("services/*/build/labels", Rule::Pairs),
    ("services/*/command", Rule::Replace),
    ("services/*/depends_on", Rule::Dependencies),
    ("services/*/deploy/labels", Rule::Pairs),
    ("services/*/dns", Rule::List),
    ("services/*/dns_opt", Rule::List),
    ("services/*/dns_search", Rule::List),
    ("services/*/entrypoint", Rule::Replace),
    ("services/*/env_file", Rule::List),
    ("services/*/label_file", Rule::List),
    ("services/*/environment", Rule::Pairs),
    ("services/*/extra_hosts", Rule::List),
    ("services/*/healthcheck/test", Rule::Replace),
    ("services/*/labels", Rule::Pairs),
    ("services/*/logging", Rule::Logging),
    ("services/*/networks", Rule::Names),
    ("services/*/sysctls", Rule::Pairs),
    ("services/*/tmpfs", Rule::List),
    ("services/*/ulimits/*", Rule::Replace),
];

/// What makes two entries of a list the same.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Same {
    Text,
    Key,
    MountTarget,
    Port,
    Path,
    Source,
}

const UNIQUE: &[(&str, Same)] = &[
    ("services/*/cap_add", Same::Text),
    ("services/*/cap_drop", Same::Text),
    ("services/*/build/tags", Same::Text),
    ("services/*/configs", Same::Source),
    ("services/*/secrets", Same::Source),
    ("services/*/devices", Same::MountTarget),
    ("services/*/dns", Same::Text),
    ("services/*/dns_opt", Same::Text),
    ("services/*/dns_search", Same::Text),
    ("services/*/env_file", Same::Path),
    ("services/*/expose", Same::Text),
    ("services/*/extra_hosts", Same::Text),
    ("services/*/links", Same::Text),
    ("services/*/networks/*/aliases", Same::Text),
    ("services/*/networks/*/link_local_ips", Same::Text),
    ("services/*/ports", Same::Port),
    ("services/*/profiles", Same::Text),
    ("services/*/security_opt", Same::Text),
    ("services/*/tmpfs", Same::Key),
    ("services/*/volumes", Same::MountTarget),
];

fn find<T: std::marker::Copy>(table: &[(&str, T)], path: &[&str]) -> Option<T> {
    let matches = |pattern: &str| {
        let mut parts = pattern.split('/');
        path.iter().all(|at| parts.next().is_some_and(|it| it == "*" || it == *at)) && parts.next().is_none()
    };
    table.iter().find(|(pattern, _)| matches(pattern)).map(|(_, it)| *it)
}

fn join<'a>(base: &'a Node, over: &'a Node, path: &mut Vec<&'a str>) -> Node {
    if over.tag() == Some("!override") {
        return over.clone().tagged(None);
    }
    match find(RULES, path).unwrap_or(Rule::Default) {
        // An empty `command:` takes the command away; elsewhere an empty value says nothing.
        Rule::Replace => over.clone(),
        _ if over.is_null() => base.clone(),
        _ if base.is_null() => over.clone(),
        Rule::Pairs => join_pairs(base, over),
        Rule::List => join_lists(&as_list(base), &as_list(over), over.span, path),
        Rule::Names => join_maps(&as_names(base, None), &as_names(over, None), path),
        Rule::Dependencies => {
            let started = Some("service_started");
            join_maps(&as_names(base, started), &as_names(over, started), path)
        }
        Rule::Short(key) => join_maps(&as_short(base, key), &as_short(over, key), path),
        Rule::Logging => {
            let driver = |node: &Node| node.get("driver").and_then(Node::as_text).map(str::to_string);
            let differs = matches!((driver(base), driver(over)), (Some(a), Some(b)) if a != b);
            if differs { over.clone() } else { join_maps(base, over, path) }
        }
        Rule::Default => match (&base.value, &over.value) {
            (Value::Map(_), Value::Map(_)) => join_maps(base, over, path),
            (Value::Seq(_), Value::Seq(_)) => join_lists(base, over, over.span, path),
            _ => over.clone(),
        },
    }
}

fn join_maps(base: &Node, over: &Node, path: &[&str]) -> Node {
    let (Some(base_map), Some(over_map)) = (base.as_map(), over.as_map()) else { return over.clone() };
    let mut map = Map { entries: Vec::with_capacity(base_map.entries.len() + over_map.entries.len()) };
    for entry in &base_map.entries {
        let Some(other) = over_map.entry(&entry.key) else {
            map.entries.push(entry.clone());
            continue;
        };
        if other.value.tag() != Some("!reset") {
            let mut inner: Vec<&str> = path.to_vec();
            inner.push(&entry.key);
            map.entries.push(Entry { value: join(&entry.value, &other.value, &mut inner), ..entry.clone() });
        }
    }
    for entry in &over_map.entries {
        if base_map.entry(&entry.key).is_none() && entry.value.tag() != Some("!reset") {
            let mut inner: Vec<&str> = path.to_vec();
            inner.push(&entry.key);
            map.entries.push(Entry { value: settle(&entry.value, &mut inner), ..entry.clone() });
        }
    }
    Node::map(map, over.span)
}

/// A value that nothing is joined with still loses its `!reset` parts and its repeated entries.
fn settle<'a>(node: &'a Node, path: &mut Vec<&'a str>) -> Node {
    let settled = match &node.value {
        Value::Map(_) => join_maps(&Node::map(Map::default(), node.span), node, path),
        Value::Seq(items) if find(UNIQUE, path).is_some() => {
            let items = Node::seq(items.to_vec(), node.span);
            Node { span: node.span, ..join_lists(&Node::seq(Vec::new(), node.span), &items, node.span, path) }
        }
        _ => return node.clone(),
    };
    match node.alias() {
        Some(alias) => settled.through_alias(alias),
        None => settled,
    }
}

fn join_lists(base: &Node, over: &Node, span: Span, path: &[&str]) -> Node {
    let items = base.as_seq().unwrap_or(&[]).iter().chain(over.as_seq().unwrap_or(&[]));
    let Some(same) = find(UNIQUE, path) else { return Node::seq(items.cloned().collect(), span) };
    let mut kept: Vec<(Option<String>, Node)> = Vec::new();
    for item in items {
        let key = identity(item, same);
        match kept.iter_mut().find(|it| key.is_some() && it.0 == key) {
            Some(earlier) => earlier.1 = item.clone(),
            None => kept.push((key, item.clone())),
        }
    }
    Node::seq(kept.into_iter().map(|it| it.1).collect(), span)
}

/// Returns what an entry of a list is known by.
fn identity(item: &Node, same: Same) -> Option<String> {
    let field = |key: &str| item.get(key).and_then(Node::as_text).map(str::to_string);
    match (same, item.as_text()) {
        (Same::Text | Same::Path, Some(text)) => Some(text.to_string()),
        (Same::Port, Some(text)) => Some(port_of_short(text)),
        (Same::Key, Some(text)) => Some(text.split(['=', ':']).next().unwrap_or(text).to_string()),
        (Same::Source, Some(text)) => Some(text.to_string()),
        (Same::MountTarget, Some(text)) => Some(clean(super::read::split_mount(text).1)),
        (Same::MountTarget, None) => field("target").map(|it| clean(&it)),
        (Same::Source, None) => field("target").or_else(|| field("source")),
        (Same::Path, None) => field("path"),
        (Same::Port, None) => {
            let host = field("host_ip").unwrap_or_else(|| "0.0.0.0".to_string());
            // To compose, a number that is written without quotes is not the same port as in the short form.
            let is_number = item.get("published").and_then(Node::as_scalar).is_some_and(|it| it.style == Style::Plain);
            let published = format!("{}{}", field("published").unwrap_or_default(), if is_number { "#" } else { "" });
            let protocol = field("protocol").unwrap_or_else(|| "tcp".to_string());
            Some(format!("{host}:{published}:{}/{protocol}", field("target")?))
        }
        _ => None,
    }
}

/// `/x/` is the same place as `/x`.
fn clean(path: &str) -> String {
    let short = path.trim_end_matches('/');
    if short.is_empty() { path.to_string() } else { short.to_string() }
}

/// Writes `127.0.0.1:80:80` as the long form would be known by.
fn port_of_short(text: &str) -> String {
    let (ports, protocol) = text.rsplit_once('/').filter(|it| !it.1.contains('}')).unwrap_or((text, "tcp"));
    let parts = super::read::split_outside_braces(ports, ':');
    let (host, published, target) = match parts.as_slice() {
        [target] => ("0.0.0.0".to_string(), "", *target),
        [published, target] => ("0.0.0.0".to_string(), *published, *target),
        [host @ .., published, target] => (host.join(":"), *published, *target),
        [] => return text.to_string(),
    };
    format!("{host}:{published}:{target}/{protocol}")
}

/// Joins `environment` and its like, where a mapping and a list of `key=value` mean the same.
fn join_pairs(base: &Node, over: &Node) -> Node {
    let is_map = |node: &Node| node.as_map().is_some();
    if is_map(base) && is_map(over) {
        return join_values(base, over);
    }
    let mut kept: Vec<(String, Node)> = Vec::new();
    for (key, item) in pairs(base).into_iter().chain(pairs(over)) {
        match kept.iter_mut().find(|it| it.0 == key) {
            Some(earlier) => earlier.1 = item,
            None => kept.push((key, item)),
        }
    }
    Node::seq(kept.into_iter().map(|it| it.1).collect(), over.span)
}

/// Joins two mappings of single values: also an empty one counts, and passes the host's value through.
fn join_values(base: &Node, over: &Node) -> Node {
    let (Some(base_map), Some(over_map)) = (base.as_map(), over.as_map()) else { return over.clone() };
    let is_reset = |it: &Entry| it.value.tag() == Some("!reset");
    let kept = base_map.entries.iter().map(|it| over_map.entry(&it.key).map_or(it, |other| other));
    let added = over_map.entries.iter().filter(|it| base_map.entry(&it.key).is_none());
    let entries = kept.chain(added).filter(|it| !is_reset(it)).cloned().collect();
    Node::map(Map { entries }, over.span)
}

/// Returns `key=value` items; a mapping's entry becomes one that spans key and value.
fn pairs(node: &Node) -> Vec<(String, Node)> {
    if let Some(map) = node.as_map() {
        let item = |it: &Entry| {
            let text = match it.value.as_text() {
                Some(value) => format!("{}={value}", it.key),
                None => it.key.to_string(),
            };
            let span =
                if it.key_span.file == it.value.place().file { it.key_span.to(it.value.place()) } else { it.key_span };
            (it.key.to_string(), Node::scalar(text, Style::Plain, span))
        };
        return map.entries.iter().map(item).collect();
    }
    let key = |it: &Node| it.as_text().map(|text| text.split('=').next().unwrap_or(text).to_string());
    node.as_seq().unwrap_or(&[]).iter().filter_map(|it| Some((key(it)?, it.clone()))).collect()
}

fn as_list(node: &Node) -> Node {
    match &node.value {
        Value::Seq(_) => node.clone(),
        Value::Map(_) => Node::seq(pairs(node).into_iter().map(|it| it.1).collect(), node.span),
        Value::Scalar(_) => Node::seq(vec![node.clone()], node.span),
    }
}

fn as_names(node: &Node, condition: Option<&str>) -> Node {
    let Some(items) = node.as_seq() else { return node.clone() };
    let entry = |it: &Node| {
        let key: Arc<str> = Arc::from(it.as_text()?);
        let value = match condition {
            Some(condition) => as_short(&Node::scalar(condition, Style::Plain, it.place()), "condition"),
            None => Node::scalar("", Style::Plain, it.span),
        };
        Some(Entry { key, key_span: it.place(), value })
    };
    Node::map(Map { entries: items.iter().filter_map(entry).collect() }, node.span)
}

fn as_short(node: &Node, key: &str) -> Node {
    if node.as_scalar().is_none() {
        return node.clone();
    }
    let entry = Entry { key: Arc::from(key), key_span: node.place(), value: node.clone() };
    Node::map(Map { entries: vec![entry] }, node.span)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::Diags;
    use crate::source::FileId;
    use crate::syntax::yaml;

    fn tree(text: &str) -> Node {
        yaml::parse(text, FileId(0), &mut Diags::default()).remove(0)
    }

    /// Writes a tree as flow YAML, for comparing.
    fn flow(node: &Node) -> String {
        match &node.value {
            Value::Scalar(it) => it.text.to_string(),
            Value::Seq(items) => format!("[{}]", items.iter().map(flow).collect::<Vec<_>>().join(", ")),
            Value::Map(map) => {
                let entries: Vec<String> =
                    map.entries.iter().map(|it| format!("{}: {}", it.key, flow(&it.value))).collect();
                format!("{{{}}}", entries.join(", "))
            }
        }
    }

    #[test]
    fn each_field_is_joined_as_compose_joins_it() {
        let cases = [
            ("{ports: ['80:80']}", "{ports: ['81:81', '80:80']}", "{ports: [80:80, 81:81]}"),
            ("{ports: ['80:80']}", "{ports: []}", "{ports: [80:80]}"),
            ("{ports: ['80:80']}", "{ports: !reset []}", "{}"),
            ("{ports: ['80:80']}", "{ports: !override ['1:1']}", "{ports: [1:1]}"),
            ("{volumes: ['./a:/x', 'v:/y']}", "{volumes: ['./b:/x:ro']}", "{volumes: [./b:/x:ro, v:/y]}"),
            ("{environment: {A: 1, B: 2}}", "{environment: [A=3, C]}", "{environment: [A=3, B=2, C]}"),
            ("{environment: [A=1]}", "{environment: [A=2]}", "{environment: [A=2]}"),
            ("{environment: {A: 1}}", "{environment: {A: 2}}", "{environment: {A: 2}}"),
            ("{command: [a, b]}", "{command: [c]}", "{command: [c]}"),
            (
                "{depends_on: [a]}",
                "{depends_on: {b: {condition: x}}}",
                "{depends_on: {a: {condition: service_started}, b: {condition: x}}}",
            ),
            ("{networks: [a]}", "{networks: [b]}", "{networks: {a: , b: }}"),
            ("{build: .}", "{build: {target: x}}", "{build: {context: ., target: x}}"),
            ("{env_file: a}", "{env_file: [b, a]}", "{env_file: [a, b]}"),
            ("{deploy: {replicas: 1, mode: m}}", "{deploy: {replicas: 2}}", "{deploy: {replicas: 2, mode: m}}"),
            ("{image: a}", "{image: }", "{image: a}"),
            ("{logging: {driver: a, options: {x: 1}}}", "{logging: {driver: b}}", "{logging: {driver: b}}"),
        ];
        for (base, over, expected) in cases {
            let file = |it: &str| tree(&format!("services: {{s: {it}}}"));
            let merged = merge(&file(base), &file(over));
            assert_eq!(flow(merged.at(&["services", "s"]).unwrap()), expected, "{base} + {over}");
        }
    }

    #[test]
    fn a_file_by_itself_loses_what_it_resets() {
        assert_eq!(flow(&alone(&tree("services: {a: {ports: !reset [], image: x}}"))), "{services: {a: {image: x}}}");
    }
}
