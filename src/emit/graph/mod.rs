//! The picture of an environment: who calls whom, as SVG, Mermaid, dot or text.
//!
//! A connection is drawn where a route leads, where a service waits for another, and where a value that a service gets
//! names another as a host.

mod dot;
mod layout;
mod mermaid;
mod svg;
mod text;

use crate::diag::Diags;
use crate::emit::compose::document::with_proxy;
use crate::emit::lowering::Lowering;
use crate::emit::proxy;
use crate::ir::service::{Condition, Kind, Replicas, Service};
use crate::ir::variable::Delivery;
use crate::ir::{Environment, System};

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
    pub nodes: Vec<Node>,
    pub edges: Vec<Edge>,
}

/// Something that runs, or the world outside.
#[derive(Debug)]
pub(crate) struct Node {
    pub name: String,
    /// What stands below the name.
    pub lines: Vec<String>,
    pub kind: NodeKind,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum NodeKind {
    Outside,
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
    let graph = graph(system, environment);
    match format {
        Format::Svg => svg::write(&graph),
        Format::Mermaid => mermaid::write(&graph),
        Format::Dot => dot::write(&graph),
        Format::Text => text::write(&graph),
    }
}

/// Gathers who calls whom.
pub(crate) fn graph(system: &System, environment: &Environment) -> Graph {
    let mut told = Diags::default();
    let mut cx = Lowering::new(system, environment, environment.target.word(), &mut told);
    let (own, _) = proxy::proxy(&mut cx);
    let services: Vec<&Service> =
        with_proxy(environment, own.as_ref()).into_iter().filter(|it| cx.off(&it.name).is_none()).collect();
    let mut graph =
        Graph { title: format!("{} · {}", system.name, environment.name), nodes: Vec::new(), edges: Vec::new() };
    let has_routes = services.iter().any(|it| !it.routes.is_empty());
    let publishes = |it: &Service| !it.publish.is_empty();
    let proxy_name = own.as_ref().map(|it| it.name.clone());
    if has_routes || services.iter().any(|it| publishes(it)) {
        graph.nodes.push(node("outside", Vec::new(), NodeKind::Outside));
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
        graph.nodes.push(node(&it.name, described(it), kind));
    }
    routes(&services, &mut graph);
    between(environment, &services, &mut graph);
    graph
}

fn node(name: &str, lines: Vec<String>, kind: NodeKind) -> Node {
    Node { name: name.to_string(), lines, kind }
}

fn described(service: &Service) -> Vec<String> {
    let mut lines = Vec::new();
    if let Some(image) = &service.image {
        let text = image.value.to_brief();
        let text = text.split('@').next().unwrap_or_default();
        lines.push(text.rsplit('/').next().unwrap_or(text).to_string());
    }
    let mut facts: Vec<String> = service.ports.iter().map(|it| format!(":{}", it.number)).collect();
    match service.replicas.as_ref().map(|it| &it.value) {
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
        if !label.is_empty() && !edge.label.contains(&label) {
            edge.label = if edge.label.is_empty() { label } else { format!("{}, {label}", edge.label) };
        }
        return;
    }
    graph.edges.push(Edge { from, to, label, is_order });
}

fn routes(services: &[&Service], graph: &mut Graph) {
    let proxy = graph.nodes.iter().position(|it| it.kind == NodeKind::Proxy);
    for service in services {
        let Some(to) = position(graph, &service.name) else { continue };
        if let (Some(proxy), false) = (proxy, service.routes.is_empty()) {
            connect(graph, 0, proxy, String::new(), false);
            for it in service.routes.iter().flat_map(|it| &it.matches) {
                let hosts: Vec<String> = it.hosts.iter().map(|it| it.to_brief()).collect();
                let paths: Vec<String> = it.paths.iter().map(|it| it.to_brief()).collect();
                connect(graph, proxy, to, format!("{}{}", hosts.join(" "), paths.join(" ")), false);
            }
        }
        for it in &service.publish {
            let published = it.published.as_ref().map_or_else(|| it.target.to_string(), |it| it.to_brief());
            let host = it.host.as_ref().map_or_else(String::new, |it| format!("{}:", it.to_brief()));
            connect(graph, 0, to, format!("{host}{published}"), false);
        }
    }
}

fn between(environment: &Environment, services: &[&Service], graph: &mut Graph) {
    let names: Vec<&str> = services.iter().map(|it| it.name.as_str()).collect();
    for service in services {
        let Some(from) = position(graph, &service.name) else { continue };
        for name in called(environment, service, &names) {
            if let Some(to) = position(graph, &name) {
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

/// Returns the services that a service's values name as hosts. Values of secrets are not looked at.
pub(crate) fn called(environment: &Environment, service: &Service, names: &[&str]) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for entry in service.environment.iter().filter(|it| !it.secret) {
        let text = match &entry.delivery.value {
            Delivery::Inline(text) => text.to_source(),
            Delivery::EnvFile => {
                let variable = environment.variable(&entry.name);
                let value = variable.and_then(|it| it.inside.as_ref().or(it.value.as_ref()));
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

/// A host is the whole value, or stands after `//` or `@`, or before `:` and a port.
fn names_host(value: &str, name: &str) -> bool {
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
