//! A new version beside the old one: what the files of an environment need so that its proxy can switch.
//!
//! Both proxies are told through files in a container's memory (`/dev/shm`, which is there and may be written whatever
//! the image and its user are): what is in them ends with the container, so no switch outlives what it leads to.
//! Traefik asks containers that are healthy, so one that is to go says that it is not. nginx asks whomever the engine
//! names, so while new ones start it is told whom to ask.

use std::collections::BTreeSet;

use crate::emit::lowering::Lowering;
use crate::ir::Environment;
use crate::ir::deploy::{BlueGreen, Deploy};
use crate::ir::route::IngressKind;
use crate::ir::service::{Kind, Replicas, Service};
use crate::ir::text::Text;

use super::facts::Facts;

/// The file that makes a container say that it is not healthy.
pub(crate) const DRAINING: &str = "/dev/shm/draining";
/// Why it is looked for.
pub(crate) const ABOUT_DRAINING: &str =
    "The deploy script makes this file in a container that is to get no more requests.";

/// Returns whether a service starts beside its old version in this environment.
pub(crate) fn switches(service: &Service, environment: &Environment) -> bool {
    environment.deploy.as_ref().is_some_and(|it| it.switches(&service.name))
}

/// Returns whether the check of a service must fail where [`DRAINING`] is.
pub(crate) fn drains_by_health(service: &Service, environment: &Environment) -> bool {
    let kind = environment.ingress.as_ref().map(|it| it.kind);
    switches(service, environment) && kind == Some(IngressKind::Traefik)
}

/// Returns what nginx reads in the http block, where the addresses of several containers stand.
pub(crate) fn upstreams() -> String {
    "/dev/shm/*.upstream".to_string()
}

/// Returns what nginx reads where a request is passed on to a port of a service.
pub(crate) fn live(service: &str, port: u16) -> String {
    format!("/dev/shm/{service}.{port}.live*")
}

/// Notes the services that are stopped before their successors start, though the deployment asks for more.
pub(crate) fn loss(service: &Service, cx: &mut Lowering<'_>) {
    let Some(ingress) = &cx.environment.ingress else { return };
    let asked = cx.environment.deploy.as_ref().is_some_and(|it| it.blue_green.is_some());
    let is_proxy = ingress.service == service.name;
    let said = service.rollout.as_ref().is_some_and(|it| it.value.start_first == Some(false));
    if !asked || is_proxy || said || service.kind.value != Kind::Service || switches(service, cx.environment) {
        return;
    }
    let reason = if service.singleton.as_ref().is_some_and(|it| it.value) {
        "a singleton never runs twice, so it is stopped before its successor starts"
    } else if service.stateful {
        "it has data, so it is stopped before its successor starts"
    } else if service.ports.is_empty() {
        "the proxy does not lead to it, so it is stopped before its successor starts"
    } else {
        "the proxy does not lead to it, so it is stopped before its successor starts, and who asks it then gets no answer"
    };
    cx.approximate(service, "rollout", Some(service.span), reason);
}

/// The services of an environment in the order in which a switch takes them.
pub(super) struct Order {
    /// Stopped and started first: the proxy, and what those that switch need.
    pub needed: Vec<String>,
    /// Started beside their old versions.
    pub switched: Vec<String>,
    /// Stopped and started when the new versions are healthy.
    pub others: Vec<String>,
}

/// Sorts the services that run on.
pub(super) fn order(environment: &Environment, blue_green: &BlueGreen, facts: &Facts) -> Order {
    let proxy = environment.ingress.as_ref().map(|it| it.service.as_str());
    let mut open: Vec<&str> = blue_green.services.iter().map(String::as_str).collect();
    let mut seen: BTreeSet<&str> = proxy.into_iter().collect();
    while let Some(name) = open.pop() {
        let needs = environment.service(name).map_or(&[][..], |it| &it.needs);
        open.extend(needs.iter().map(|it| it.service.as_str()).filter(|it| seen.insert(it)));
    }
    let (switched, rest): (Vec<String>, Vec<String>) =
        facts.services.iter().cloned().partition(|it| blue_green.services.contains(it));
    let (needed, others) = rest.into_iter().partition(|it| seen.contains(it.as_str()));
    Order { needed, switched, others }
}

/// Returns the ports on which the proxy asks a service.
pub(super) fn ports(service: &Service) -> Vec<String> {
    let ports: BTreeSet<u16> = service.routes.iter().map(|it| it.port).collect();
    ports.into_iter().map(|it| it.to_string()).collect()
}

/// Returns how many containers a service has.
pub(super) fn copies(service: &Service) -> Text {
    match service.replicas.as_ref().map(|it| &it.value) {
        None => Text::literal("1"),
        Some(Replicas::Count(count)) => Text::literal(count.to_string()),
        Some(Replicas::Variable(it)) => it.clone(),
    }
}

/// Returns the services that switch, as they are.
pub(super) fn switched<'a>(environment: &'a Environment, deploy: &'a Deploy) -> impl Iterator<Item = &'a Service> {
    environment.services.iter().filter(|it| deploy.switches(&it.name))
}
