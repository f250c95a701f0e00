//! Names that resolve, and who may connect to whom.

use std::collections::{BTreeMap, BTreeSet};

use crate::diag::{Diagnostic, Level};
use crate::ir::kubernetes::NetworkPolicy;
use crate::ir::service::{Kind, Port, Protocol, Service};
use crate::ir::variable::Delivery;
use crate::origin::Origin;
use crate::syntax::kubernetes_name::is_dns_1035_label;
use crate::syntax::yaml_out::{Map, Seq, Yaml};

use super::cluster::{Cluster, is_reached, port_name};
use super::object::{NAME_LABEL, Object, PART_OF_LABEL, Part, pairs};
use super::text::fill;
use super::{BAD_NAME, NAME_CLASH};

/// Writes the Services of a service: one under its name, and one under the name that others know its container by.
pub(super) fn put_services(service: &Service, cluster: &mut Cluster<'_>) {
    let name = cluster.name_of(&service.name);
    // A StatefulSet wants one even if nobody asks for it.
    let is_governed = service.stateful && service.kind.value == Kind::Service;
    if is_reached(service, cluster) || is_governed {
        let object = a_service(service, name.clone(), cluster);
        cluster.objects.push(object);
    }
    let Some(alias) = &service.container_name else { return };
    let span = alias.origin.span().unwrap_or(service.span);
    let other = cluster.fixed(&alias.value, "the container's name", span);
    if other == name || service.ports.is_empty() {
        return;
    }
    if !is_dns_1035_label(&other) {
        let message = format!("the container name `{other}` cannot be a host name on Kubernetes");
        let error = Diagnostic::new(BAD_NAME, Level::Error, span, message);
        return cluster.cx.error(error.help("take it away in this environment: `container_name: null`"));
    }
    if let Some(taken) = cluster.known.labels.get(&other) {
        let message = format!("the container name `{other}` is also the name of a service");
        let error = Diagnostic::new(NAME_CLASH, Level::Error, span, message);
        return cluster.cx.error(error.also(taken.span, "this one").help("rename one of them"));
    }
    let mut object = a_service(service, other, cluster);
    object.doc = Some("The name that others know the container by.".to_string());
    cluster.objects.push(object.from(&alias.origin));
}

fn a_service(service: &Service, name: String, cluster: &Cluster<'_>) -> Object {
    let mut spec = Map::new();
    if service.ports.is_empty() {
        // The name resolves to the pods themselves.
        spec.add("clusterIP", "None");
    }
    let spec = spec
        .put("selector", pairs(&cluster.selector(service)))
        .put_filled("ports", service.ports.iter().map(port).collect::<Seq>());
    cluster.object(service, ("v1", "Service"), name).body(Map::new().put("spec", spec))
}

/// In the cluster a service listens where its container does: a published port is the host's affair.
fn port(port: &Port) -> Map {
    Map::new()
        .put("name", port_name(port))
        .put("port", port.number)
        .put("targetPort", port_name(port))
        // Written out: with the number it is the port's identity, and servers before 1.21 apply no default to that.
        .put("protocol", if port.protocol == Protocol::Udp { "UDP" } else { "TCP" })
}

/// Writes the policies that were asked for: nothing may connect, but for what the spec knows of.
pub(super) fn put_policies(cluster: &mut Cluster<'_>) {
    let Some(policy) = &cluster.kubernetes.network_policy else { return };
    let nothing = Map::new()
        .put("podSelector", matching(&[(PART_OF_LABEL.to_string(), cluster.system_label())]))
        .put("policyTypes", Yaml::flow(["Ingress"]));
    let object = Object::new(Part::Network, "networking.k8s.io/v1", "NetworkPolicy", "deny-ingress");
    let mut object = object.body(Map::new().put("spec", nothing)).from(&policy.origin);
    object.doc =
        Some("Nothing may connect to the pods of this system, but for what the policies below allow.".to_string());
    object.labels = vec![(PART_OF_LABEL.to_string(), cluster.system_label())];
    cluster.objects.push(object);
    let environment = cluster.cx.environment;
    let edges = edges(cluster);
    let networks: Vec<(&Service, BTreeSet<&str>)> = environment.services.iter().map(|it| (it, networks(it))).collect();
    for (service, ours) in networks.iter().filter(|(it, _)| !it.ports.is_empty()) {
        let may = |(other, theirs): &&(&Service, BTreeSet<&str>)| match policy.value {
            NetworkPolicy::Networks => !ours.is_disjoint(theirs),
            NetworkPolicy::Needs => edges.contains(&(other.name.as_str(), service.name.as_str())),
        };
        let others = networks.iter().filter(|(it, _)| it.name != service.name).filter(may);
        let from = callers(others.map(|(it, _)| cluster.name_of(&it.name)).collect(), cluster);
        let outside: BTreeSet<u16> = service.routes.iter().map(|it| it.port).collect();
        let mut rules = Seq::new();
        if !from.is_empty() {
            let ports: Vec<&Port> = service.ports.iter().collect();
            rules.add(Map::new().put("from", from).put("ports", policy_ports(&ports)));
        }
        let routed: Vec<&Port> = service.ports.iter().filter(|it| outside.contains(&it.number)).collect();
        if !routed.is_empty() {
            // Where the ingress controller runs is not for this system to know.
            let anywhere = Map::new().put("namespaceSelector", Map::new());
            let from = Seq::new().item(anywhere);
            rules.add(Map::new().put("from", from).put("ports", policy_ports(&routed)));
        }
        if rules.is_empty() {
            continue;
        }
        let spec = Map::new()
            .put("podSelector", matching(&cluster.selector(service)))
            .put("policyTypes", Yaml::flow(["Ingress"]))
            .put("ingress", rules);
        let name = format!("to-{}", cluster.name_of(&service.name));
        let mut object = cluster.object(service, ("networking.k8s.io/v1", "NetworkPolicy"), name);
        object.part = Part::Network;
        cluster.objects.push(object.body(Map::new().put("spec", spec)).from(&Origin::Written(service.span)));
    }
}

fn policy_ports(ports: &[&Port]) -> Seq {
    let one = |it: &&Port| {
        let protocol = if it.protocol == Protocol::Udp { "UDP" } else { "TCP" };
        Map::new().put("port", it.number).put("protocol", protocol)
    };
    ports.iter().map(one).collect()
}

/// Who calls whom: what a service needs, and whose name stands in its variables or its command.
type Edges<'a> = BTreeSet<(&'a str, &'a str)>;

fn edges<'a>(cluster: &Cluster<'a>) -> Edges<'a> {
    let environment = cluster.cx.environment;
    let names: BTreeMap<String, &str> =
        environment.services.iter().map(|it| (cluster.name_of(&it.name), it.name.as_str())).collect();
    let mut edges = Edges::new();
    for service in &environment.services {
        edges.extend(service.needs.iter().map(|it| (service.name.as_str(), it.service.as_str())));
        let commands = [&service.run, &service.entrypoint].into_iter().flatten();
        let inline = service.environment.iter().filter_map(|it| match &it.delivery.value {
            Delivery::Inline(text) => Some(text),
            Delivery::EnvFile => None,
        });
        for text in inline.chain(commands.flat_map(|it| it.value.words())) {
            let filled = fill(text, &cluster.known.variables, &mut Vec::new()).to_shell(&|it| it.to_string());
            let words = filled.split(|it: char| !(it.is_ascii_alphanumeric() || it == '-'));
            edges.extend(words.filter_map(|it| names.get(it)).map(|it| (service.name.as_str(), *it)));
        }
    }
    edges
}

/// Returns the networks of a service.
fn networks(service: &Service) -> BTreeSet<&str> {
    let named: BTreeSet<&str> = service.networks.iter().map(|it| it.value.as_str()).collect();
    if named.is_empty() { BTreeSet::from(["default"]) } else { named }
}

/// Chooses the pods of the services of these names.
fn callers(names: Vec<String>, cluster: &Cluster<'_>) -> Seq {
    if names.is_empty() {
        return Seq::new();
    }
    let expression =
        Map::new().put("key", NAME_LABEL).put("operator", "In").put("values", names.into_iter().collect::<Seq>());
    let selector = Map::new()
        .put("matchLabels", pairs(&[(PART_OF_LABEL.to_string(), cluster.system_label())]))
        .put("matchExpressions", Seq::new().item(expression));
    Seq::new().item(Map::new().put("podSelector", selector))
}

fn matching(labels: &[(String, String)]) -> Map {
    Map::new().put("matchLabels", pairs(labels))
}
