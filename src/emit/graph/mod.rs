//! The picture of an environment: who calls whom, as SVG, Mermaid, dot or text.
//!
//! A connection is drawn where a route leads, where a service waits for another, where the nginx of a frontend passes
//! paths on, and where a value that a service gets names another as a host.

mod dot;
mod layout;
mod mermaid;
mod svg;
mod text;

use crate::emit::compose::document::with_proxy;
use crate::emit::compose::networks::joined;
use crate::emit::lowering::Lowering;
use crate::emit::proxy;
use crate::ir::deploy::Hosts;
use crate::ir::service::{Condition, Kind, Publish, Replicas, Service};
use crate::ir::text::Text;
use crate::ir::variable::Delivery;
use crate::ir::{self, Environment, System};

/// How a picture is written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Format {
    /// An image.
    Svg,
    /// Mermaid, which Markdown readers draw.
    Mermaid,
    /// Graphviz.
    Dot,
    /// For terminals.
    Text,
}

/// Who calls whom.
#[derive(Debug)]
pub(crate) struct Graph {
    pub title: String,
    /// On what it runs, from which file.
    pub subtitle: String,
    /// The networks, if there are several.
    pub networks: Vec<String>,
    pub nodes: Vec<Node>,
    pub edges: Vec<Edge>,
}

impl Graph {
    /// All that is written somewhere in the picture.
    fn texts(&mut self) -> impl Iterator<Item = &mut String> {
        let nodes = self.nodes.iter_mut().flat_map(|it| it.lines.iter_mut().chain([&mut it.name]));
        let labels = self.edges.iter_mut().map(|it| &mut it.label);
        nodes.chain(labels).chain(&mut self.networks).chain([&mut self.title, &mut self.subtitle])
    }
}

/// Something that runs, or the world outside.
#[derive(Debug)]
pub(crate) struct Node {
    pub name: String,
    /// What stands below the name.
    pub lines: Vec<String>,
    pub kind: NodeKind,
    /// By position in the graph's `networks`.
    pub networks: Vec<usize>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum NodeKind {
    /// Whoever reaches the machine.
    Outside,
    /// Programs on the machine itself.
    Machine,
    Proxy,
    Service,
    Data,
    Job,
}

/// One node needs or calls another, by position in `nodes`.
#[derive(Debug)]
pub(crate) struct Edge {
    pub from: usize,
    pub to: usize,
    pub label: String,
    /// Only an order of starting, no calls.
    pub is_order: bool,
}

/// Draws an environment.
pub fn draw(system: &System, environment: &Environment, format: Format) -> String {
    let mut graph = graph(system, environment);
    graph.texts().for_each(|it| *it = it.replace(char::is_control, " "));
    match format {
        Format::Svg => svg::write(&graph),
        Format::Mermaid => mermaid::write(&graph),
        Format::Dot => dot::write(&graph),
        Format::Text => text::write(&graph),
    }
}

/// Gathers who calls whom.
pub(crate) fn graph(system: &System, environment: &Environment) -> Graph {
    let mut cx = Lowering::new(system, environment, environment.target.word());
    let (own, _) = proxy::proxy(&mut cx);
    let services: Vec<&Service> =
        with_proxy(environment, own.as_ref()).into_iter().filter(|it| cx.off(&it.name).is_none()).collect();
    let mut graph = Graph {
        title: format!("{} · {}", system.name, environment.name),
        subtitle: subtitle(system, environment),
        networks: networks(environment, &services),
        nodes: Vec::new(),
        edges: Vec::new(),
    };
    let has_routes = services.iter().any(|it| !it.routes.is_empty());
    let published = || services.iter().flat_map(|it| &it.publish);
    let proxy_name = own.as_ref().map(|it| it.name.clone());
    if has_routes || published().any(|it| !is_local(it)) {
        graph.nodes.push(node("the world", Vec::new(), NodeKind::Outside));
    }
    if published().any(is_local) {
        graph.nodes.push(node("the machine itself", Vec::new(), NodeKind::Machine));
    }
    if has_routes && proxy_name.is_none() {
        let kind = environment.ingress.as_ref().map_or("proxy", |it| match it.kind {
            crate::ir::route::IngressKind::Traefik => "Traefik",
            crate::ir::route::IngressKind::Nginx => "nginx",
            crate::ir::route::IngressKind::Kubernetes => "Ingress",
        });
        graph.nodes.push(node(kind, vec!["not part of this system".to_string()], NodeKind::Proxy));
    }
    for it in &services {
        let kind = match &it.kind.value {
            _ if proxy_name.as_ref() == Some(&it.name) => NodeKind::Proxy,
            Kind::Job | Kind::Cron(_) => NodeKind::Job,
            Kind::Service if it.stateful => NodeKind::Data,
            Kind::Service => NodeKind::Service,
        };
        let on = networks_of(it, environment);
        let networks = graph.networks.iter().enumerate().filter(|(_, name)| on.contains(name)).map(|it| it.0).collect();
        graph.nodes.push(Node { networks, ..node(&it.name, described(it, environment), kind) });
    }
    for it in &environment.external {
        let lines = vec![it.host.clone(), "not part of this system".to_string()];
        graph.nodes.push(node(&it.service, lines, NodeKind::Data));
    }
    routes(&services, &mut graph);
    between(system, environment, &services, &mut graph);
    graph
}

fn node(name: &str, lines: Vec<String>, kind: NodeKind) -> Node {
    Node { name: name.to_string(), lines, kind, networks: Vec::new() }
}

fn subtitle(system: &System, environment: &Environment) -> String {
    let target = match environment.target {
        ir::Target::Compose => "docker compose",
        ir::Target::Swarm => "Docker Swarm",
        ir::Target::Kubernetes => "Kubernetes",
    };
    let files = crate::emit::deploy::compose_files(system, environment).join(" + ");
    let place = environment.deploy.as_ref().and_then(|it| match &it.hosts {
        Hosts::Local => None,
        Hosts::One { address, .. } => Some(format!(" on {}", address.to_brief())),
        Hosts::Several(it) => Some(format!(" on the hosts in {}", it.to_brief())),
    });
    format!("{target}{} · {files}", place.unwrap_or_default())
}

/// Returns the networks of the system; a single one says nothing.
fn networks(environment: &Environment, services: &[&Service]) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for name in services.iter().flat_map(|it| networks_of(it, environment)) {
        if !found.contains(&name) {
            found.push(name);
        }
    }
    if found.len() < 2 || environment.target == ir::Target::Kubernetes { Vec::new() } else { found }
}

fn networks_of(service: &Service, environment: &Environment) -> Vec<String> {
    let joined: Vec<String> = joined(service, environment).into_iter().map(|it| it.value).collect();
    if joined.is_empty() { vec!["default".to_string()] } else { joined }
}

/// Returns whether a port is there for programs of the machine only.
fn is_local(publish: &Publish) -> bool {
    let host = publish.host.as_ref().map(Text::to_source);
    host.is_some_and(|it| it.starts_with("127.") || it == "::1" || it == "localhost")
}

fn described(service: &Service, environment: &Environment) -> Vec<String> {
    // Only a cluster scales by itself.
    let is_cluster = environment.target == ir::Target::Kubernetes;
    let scale = service.scale.as_ref().map(|it| &it.value).filter(|_| is_cluster);
    let mut lines = Vec::new();
    if let Some(image) = &service.image {
        let text = image.value.to_brief();
        let text = text.split('@').next().unwrap_or_default();
        lines.push(text.rsplit('/').next().unwrap_or(text).to_string());
    }
    let mut facts: Vec<String> = service.ports.iter().map(|it| format!(":{}", it.number)).collect();
    match service.replicas.as_ref().map(|it| &it.value) {
        _ if scale.is_some() => facts.extend(scale.map(|it| format!("× {}–{}", it.min, it.max))),
        _ if service.singleton.as_ref().is_some_and(|it| it.value) => facts.push("only one".to_string()),
        Some(Replicas::Count(n)) if *n != 1 => facts.push(format!("× {n}")),
        Some(Replicas::Variable(it)) => facts.push(format!("× {}", it.to_brief())),
        _ => {}
    }
    if let Kind::Cron(schedule) = &service.kind.value {
        facts.push(schedule.clone());
    }
    if !facts.is_empty() {
        lines.push(facts.join("  "));
    }
    lines
}

fn position(graph: &Graph, name: &str) -> Option<usize> {
    graph.nodes.iter().position(|it| it.name == name)
}

fn connect(graph: &mut Graph, from: usize, to: usize, label: String, is_order: bool) {
    if from == to {
        return;
    }
    if let Some(edge) = graph.edges.iter_mut().find(|it| it.from == from && it.to == to) {
        edge.is_order &= is_order;
        if !label.is_empty() && edge.label.split(", ").all(|it| it != label) {
            edge.label = if edge.label.is_empty() { label } else { format!("{}, {label}", edge.label) };
        }
        return;
    }
    graph.edges.push(Edge { from, to, label, is_order });
}

fn routes(services: &[&Service], graph: &mut Graph) {
    let of = |kind: NodeKind, graph: &Graph| graph.nodes.iter().position(|it| it.kind == kind);
    let (proxy, outside) = (of(NodeKind::Proxy, graph), of(NodeKind::Outside, graph));
    let machine = of(NodeKind::Machine, graph);
    for service in services {
        let Some(to) = position(graph, &service.name) else { continue };
        if let (Some(outside), Some(proxy), false) = (outside, proxy, service.routes.is_empty()) {
            connect(graph, outside, proxy, String::new(), false);
            for it in service.routes.iter().flat_map(|it| &it.matches) {
                let paths = it.paths.iter().map(|it| it.to_brief()).collect::<Vec<_>>().join(" ");
                let hosts = it.hosts.iter().map(|it| it.to_brief());
                let hosts: Vec<String> = if it.hosts.is_empty() { vec![String::new()] } else { hosts.collect() };
                hosts.iter().for_each(|it| connect(graph, proxy, to, format!("{it}{paths}"), false));
            }
        }
        for it in &service.publish {
            let port = it.published.as_ref().map_or_else(|| it.target.to_string(), |it| it.to_brief());
            let host = it.host.as_ref().filter(|_| !is_local(it));
            let host = host.map_or_else(String::new, |it| it.to_brief());
            if let Some(from) = if is_local(it) { machine } else { outside } {
                connect(graph, from, to, format!("{host}:{port}"), false);
            }
        }
    }
}

fn between(system: &System, environment: &Environment, services: &[&Service], graph: &mut Graph) {
    let names: Vec<&str> = services.iter().map(|it| it.name.as_str()).collect();
    let elsewhere: Vec<&str> = environment.external.iter().map(|it| it.host.as_str()).collect();
    for service in services {
        let Some(from) = position(graph, &service.name) else { continue };
        for pass in service.frontend.iter().flat_map(|it| &it.passes) {
            if let Some(to) = position(graph, &pass.service) {
                connect(graph, from, to, pass.path.clone(), false);
            }
        }
        let mut found = called(environment, service, &names);
        found.extend(hidden(system, environment, service, &names));
        for name in found {
            if let Some(to) = position(graph, &name) {
                connect(graph, from, to, String::new(), false);
            }
        }
        for host in called(environment, service, &elsewhere) {
            let name = environment.external.iter().find(|it| it.host == host).map(|it| it.service.as_str());
            if let Some(to) = name.and_then(|it| position(graph, it)) {
                connect(graph, from, to, String::new(), false);
            }
        }
        for need in &service.needs {
            let Some(to) = position(graph, &need.service) else { continue };
            let label = match need.condition {
                Condition::Done => "after".to_string(),
                Condition::Started | Condition::Healthy => String::new(),
            };
            connect(graph, from, to, label, need.condition == Condition::Done);
        }
    }
}

/// Returns the services that a service's secrets lead to, as far as any environment says what they are made of.
/// Nothing but the services' names is taken from there.
fn hidden(system: &System, environment: &Environment, service: &Service, names: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    for entry in service.environment.iter().filter(|it| it.secret) {
        let mut texts: Vec<String> = Vec::new();
        if let Delivery::Inline(text) = &entry.delivery.value {
            texts.push(text.to_source());
        }
        let all = std::iter::once(environment).chain(&system.environments);
        for variable in all.filter_map(|it| it.variable(&entry.name)) {
            texts.extend(variable.inside.as_deref().into_iter().chain(&variable.value).map(|it| it.value.to_source()));
        }
        let is_named = |name: &&&str| **name != service.name && texts.iter().any(|it| names_host(it, name));
        found.extend(names.iter().filter(is_named).map(|it| (*it).to_string()));
    }
    found
}

/// Returns the services that a service's values name as hosts. Values of secrets are not looked at.
pub(crate) fn called(environment: &Environment, service: &Service, names: &[&str]) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for entry in service.environment.iter().filter(|it| !it.secret) {
        let text = match &entry.delivery.value {
            Delivery::Inline(text) => text.to_source(),
            Delivery::EnvFile => {
                let variable = environment.variable(&entry.name);
                let value = variable.and_then(|it| it.inside.as_deref().or(it.value.as_ref()));
                value.map_or_else(String::new, |it| it.value.to_source())
            }
        };
        for name in names.iter().filter(|it| **it != service.name && names_host(&text, it)) {
            if !found.iter().any(|it| it == name) {
                found.push((*name).to_string());
            }
        }
    }
    found
}

/// A host is the whole value, or stands after `//` or `@`, or before `:` and a port. In a cluster no name has a `_`.
fn names_host(value: &str, name: &str) -> bool {
    is_host_of(value, name) || (name.contains('_') && is_host_of(value, &name.replace('_', "-")))
}

fn is_host_of(value: &str, name: &str) -> bool {
    value.match_indices(name).any(|(at, _)| {
        let (before, after) = (&value[..at], &value[at + name.len()..]);
        let begins =
            before.is_empty() || before.ends_with("//") || before.ends_with('@') || before.ends_with([',', ' ']);
        let port = after.strip_prefix(':').is_some_and(|it| it.starts_with(|it: char| it.is_ascii_digit()));
        let url = before.ends_with("//") || before.ends_with('@');
        begins
            && (port
                || (after.is_empty() && before.is_empty())
                || (url && (after.is_empty() || after.starts_with('/'))))
    })
}
