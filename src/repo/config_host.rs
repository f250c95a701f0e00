//! Hosts that the configuration of any program names: `url: http://prometheus:9090` of a data source of Grafana,
//! `endpoint: tempo:4317` of an OpenTelemetry collector.
//!
//! Which program reads a file does not stand in it. So only that is taken which can be nothing but a host: in a URL of
//! a scheme that asks a server, or before a port, under a key that says so. Rules ask which service is given the file.

use super::fact::{Facts, Upstream, UpstreamBy};
use super::reader::Input;
use crate::diag::Diags;
use crate::source::{Span, Spanned};
use crate::syntax::node::{Node, Value};
use crate::syntax::{toml, yaml};

/// How deep a value may lie.
const MAX_DEPTH: usize = 24;

/// How many hosts a file may name: what has more is a list of something else, and each is asked of every service.
const MAX_HOSTS: usize = 300;

/// How keys end whose values are hosts.
const ENDS: &[&str] = &[
    "url",
    "urls",
    "uri",
    "endpoint",
    "endpoints",
    "address",
    "addresses",
    "addr",
    "host",
    "hosts",
    "target",
    "targets",
    "server",
    "servers",
    "brokers",
];

/// Words of keys whose values a program calls itself by, or gives to others.
const OWN: &[&str] = &[
    "listen",
    "bind",
    "advertise",
    "external",
    "public",
    "callback",
    "redirect",
    "root_url",
    "base_url",
    "cors",
    "origin",
    "issuer",
    "allowed",
    "instance",
    "browser",
    "return",
    "ui_url",
    "proxy",
];

/// Schemes of which the part after `//` is a server.
pub const SCHEMES: &[&str] = &[
    "http",
    "https",
    "ws",
    "wss",
    "grpc",
    "tcp",
    "udp",
    "redis",
    "rediss",
    "postgres",
    "postgresql",
    "mysql",
    "mongodb",
    "amqp",
    "amqps",
    "nats",
    "kafka",
    "clickhouse",
];

/// Reads a YAML file.
pub fn read_yaml(input: &Input, facts: &mut Facts, _: &mut Diags) {
    if !input.in_test && may_name_host(input.text) {
        let documents = yaml::parse(input.text, input.file, &mut Diags::default());
        documents.iter().for_each(|it| document(input, it, facts));
    }
}

/// Reads a TOML file.
pub fn read_toml(input: &Input, facts: &mut Facts, _: &mut Diags) {
    if !input.in_test && may_name_host(input.text) {
        let node = toml::parse(input.text, input.file, &mut Diags::default());
        node.iter().for_each(|it| document(input, it, facts));
    }
}

/// Returns whether a text has a bare name behind `//` or before a port, so that it is worth taking apart.
fn may_name_host(text: &str) -> bool {
    let bytes = text.as_bytes();
    let is_name = |it: &u8| it.is_ascii_alphanumeric() || matches!(it, b'-' | b'_' | b'.' | b'@');
    let is_bare =
        |it: &[u8]| it.first().is_some_and(u8::is_ascii_alphabetic) && !it.contains(&b'.') && it != b"localhost";
    memchr::memchr_iter(b':', bytes).any(|at| {
        let (before, after) = (&bytes[..at], &bytes[at + 1..]);
        match after.strip_prefix(b"//") {
            Some(rest) => is_bare(&rest[..rest.iter().position(|it| !is_name(it)).unwrap_or(rest.len())]),
            None => {
                let from = before.iter().rposition(|it| !is_name(it)).map_or(0, |it| it + 1);
                after.first().is_some_and(u8::is_ascii_digit) && is_bare(&before[from..])
            }
        }
    })
}

fn document(input: &Input, document: &Node, facts: &mut Facts) {
    let Some(map) = document.as_map() else { return };
    let before = facts.upstreams.len();
    let unused = unused_parts(document);
    for entry in &map.entries {
        match &*entry.key {
            // Those who scrape have a reader of their own: `upstream`.
            "scrape_configs" | "alerting" => {}
            section => match entry.value.as_map().filter(|_| COLLECTOR.contains(&section)) {
                Some(parts) => parts
                    .entries
                    .iter()
                    .filter(|it| !unused.contains(&&*it.key))
                    .for_each(|it| walk(input, (&it.key, &it.value), 0, facts)),
                None => walk(input, (section, &entry.value), 0, facts),
            },
        }
    }
    facts.upstreams.truncate(before + MAX_HOSTS);
}

/// Sections of an OpenTelemetry collector, whose parts do nothing unless a pipeline names them.
const COLLECTOR: &[&str] = &["receivers", "exporters", "processors", "connectors"];

/// Returns the parts of a collector that no pipeline names.
fn unused_parts(document: &Node) -> Vec<&str> {
    let Some(pipelines) = document.at(&["service", "pipelines"]).and_then(Node::as_map) else { return Vec::new() };
    let lists = pipelines.entries.iter().filter_map(|it| it.value.as_map()).flat_map(|it| &it.entries);
    let used: Vec<&str> = lists.filter_map(|it| it.value.as_seq()).flatten().filter_map(Node::as_text).collect();
    let sections = COLLECTOR.iter().filter_map(|it| document.get(it)?.as_map());
    sections.flat_map(crate::syntax::node::Map::keys).filter(|it| !used.contains(it)).collect()
}

fn walk(input: &Input, (key, node): (&str, &Node), depth: usize, facts: &mut Facts) {
    if depth > MAX_DEPTH {
        return;
    }
    match &node.value {
        Value::Map(map) => {
            // A data source that Grafana leaves to the browser is asked from another machine.
            let is_of_browser = map.get("access").and_then(Node::as_text).is_some_and(|it| it != "proxy");
            let entries = map.entries.iter().filter(|it| !(is_of_browser && &*it.key == "url"));
            entries.for_each(|it| walk(input, (&it.key, &it.value), depth + 1, facts));
        }
        Value::Seq(items) => items.iter().for_each(|it| walk(input, (key, it), depth + 1, facts)),
        Value::Scalar(_) if is_of_host(key) => facts.upstreams.extend(host(input, node)),
        Value::Scalar(_) => {}
    }
}

fn is_of_host(key: &str) -> bool {
    let key = key.to_ascii_lowercase();
    ENDS.iter().any(|it| key.ends_with(it)) && !OWN.iter().any(|it| key.contains(it))
}

/// Returns the host of a value, if it is a URL or has a port.
fn host(input: &Input, node: &Node) -> Option<Upstream> {
    let (text, place) = (node.as_text()?, node.place());
    let (scheme, start) = text.split_once("://").map_or(("", 0), |it| (it.0, it.0.len() + 3));
    let rest = &text[start..];
    let authority = &rest[..rest.find(['/', '?', '#']).unwrap_or(rest.len())];
    let at = authority.rfind('@').map_or(0, |it| it + 1);
    let (host, port) = match authority[at..].split_once(':') {
        Some((host, port)) => (host, Some(port.parse::<u16>().ok()?)),
        None => (&authority[at..], None),
    };
    let is_server = if start == 0 { port.is_some() } else { SCHEMES.contains(&scheme.split('+').next()?) };
    let is_name = host.starts_with(|it: char| it.is_ascii_alphabetic())
        && host.bytes().all(|it| it.is_ascii_alphanumeric() || matches!(it, b'-' | b'_'));
    if !is_server || !is_name {
        return None;
    }
    // Quotes are a part of the place.
    let quote = usize::from((place.end - place.start) as usize > text.len());
    let from = place.start as usize + quote + start + at;
    let span = Span::new(input.file, from, from + host.len());
    let host = Spanned::new(host.to_string(), span);
    let found = Upstream { path: input.path.to_string(), host, port, by: UpstreamBy::Config, asks: None };
    Some(found.at_most_in(input.text, place))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::repo::tree::Tree;
    use crate::source::FileId;

    fn hosts(path: &str, text: &str) -> Vec<String> {
        let tree = Tree::default();
        let kind = crate::repo::kind::of(path);
        let input = Input { file: FileId(0), path, text, kind, in_test: false, tree: &tree };
        let mut facts = Facts::default();
        let read = if path.ends_with("toml") { read_toml } else { read_yaml };
        read(&input, &mut facts, &mut Diags::default());
        let place = |it: &Upstream| text[it.host.span.start as usize..it.host.span.end as usize] == *it.host.value;
        assert!(facts.upstreams.iter().all(place), "{text}");
        facts.upstreams.iter().map(|it| format!("{}:{}", it.host.value, it.port.unwrap_or(0))).collect()
    }

    #[test]
    fn what_can_be_nothing_but_a_host_is_taken() {
        let cases: &[(&str, &str, &[&str])] = &[
            ("a.yml", "datasources:\n  - url: http://prom:9090\n    access: proxy", &["prom:9090"]),
            ("a.yml", "datasources:\n  - url: http://prom:9090\n    access: direct", &[]),
            ("a.yml", "clients: [{url: 'http://u:p@loki/push'}]", &["loki:0"]),
            ("a.yml", "listen_address: all:80\nimage: a:1\nurl: s3://bucket\nhost: db\ntarget: a.b:80", &[]),
            (
                "a.yml",
                "scrape_configs: [{static_configs: [{targets: [api:80]}]}]\nendpoints: [ a:1, b:2 ]",
                &["a:1", "b:2"],
            ),
            (
                "a.yml",
                "exporters:\n  otlp: {endpoint: a:1}\n  otlp/2: {endpoint: b:1}\nservice:\n  pipelines:\n    traces: {exporters: [otlp]}",
                &["a:1"],
            ),
            ("a.toml", "[sinks.loki]\nendpoint = \"http://loki:3100\"", &["loki:3100"]),
        ];
        for (path, text, expected) in cases {
            assert_eq!(hosts(path, text), *expected, "{text}");
        }
    }
}
