//! Who reaches whom in an environment: names of services on the networks that they share.

use super::compose::{Model, Resource, Service};
use super::environment::{Dialect, Environment};
use crate::repo::Repo;

/// What a host name means to a service.
#[derive(Clone, Copy, Debug)]
pub enum Host<'a> {
    /// This service, on a shared network.
    Reached(&'a Service),
    /// This service, which shares no network with the one that asks.
    Apart(&'a Service),
    /// No service of the environment.
    Nobody,
    /// It cannot be told: the name may come from outside.
    Unknown,
}

/// Returns the networks of a service; `None` if it has those of the host or of another service.
pub fn networks(service: &Service) -> Option<Vec<&str>> {
    if service.network_mode.is_some() {
        return None;
    }
    if service.networks.is_empty() {
        return Some(vec!["default"]);
    }
    Some(service.networks.iter().map(|it| it.name.value.as_str()).collect())
}

/// Returns whether two services share a network, as far as can be told.
pub fn share_network(a: &Service, b: &Service) -> bool {
    let (Some(a), Some(b)) = (networks(a), networks(b)) else { return true };
    a.iter().any(|it| b.contains(it))
}

/// Returns whether a service has a name that others may call it by.
pub fn answers_to(service: &Service, host: &str) -> bool {
    let is_it = |it: &Option<super::fact::Text>| it.as_ref().is_some_and(|it| it.value.eq_ignore_ascii_case(host));
    service.name.value.eq_ignore_ascii_case(host)
        || is_it(&service.container_name)
        || is_it(&service.hostname)
        || service.networks.iter().flat_map(|it| &it.aliases).any(|it| it.value.eq_ignore_ascii_case(host))
        || service.links.iter().any(|it| it.value.eq_ignore_ascii_case(host))
}

/// Returns what a host name means to a service of an environment.
pub fn resolve<'a>(repo: &Repo, environment: &'a Environment, from: &Service, host: &str) -> Host<'a> {
    let named = environment.model.services.iter().filter(|it| answers_to(it, host));
    let mut apart = None;
    for service in named {
        if service.name.value == from.name.value || share_network(from, service) {
            return Host::Reached(service);
        }
        apart = apart.or(Some(service));
    }
    let is_dynamic = |it: &Service| {
        let names = [&it.container_name, &it.hostname];
        names.into_iter().flatten().any(|it| it.value.contains('$'))
    };
    // In a stack `shop`, `shop_db` is what Swarm itself calls `db`.
    let is_of_stack = |it: &Service| {
        host.len() > it.name.value.len() + 1
            && host.strip_suffix(it.name.value.as_str()).is_some_and(|it| it.ends_with('_'))
    };
    if environment.dialect == Dialect::Swarm && environment.model.services.iter().any(is_of_stack) {
        return Host::Unknown;
    }
    if may_be_elsewhere(repo, &environment.model, from, host) || environment.model.services.iter().any(is_dynamic) {
        return Host::Unknown;
    }
    apart.map_or(Host::Nobody, Host::Apart)
}

/// Returns whether a name may be known for other reasons than a service of this environment.
fn may_be_elsewhere(repo: &Repo, model: &Model, from: &Service, host: &str) -> bool {
    // Links and extra hosts give names of their own.
    let own = from.extra_hosts.iter().chain(&from.links).any(|it| it.value == host);
    let Some(networks) = networks(from) else { return true };
    let external = |name: &&str| {
        let declared = model.networks.iter().find(|it| it.name.value == **name);
        // One that nobody declares can only come from another file.
        declared.is_none_or(|it| it.is_external || is_joined(repo, it)) && **name != *"default"
    };
    // Another project on the same external network may have the name, if it is one of this repository's.
    let outside = networks.iter().any(external)
        && repo.facts.compose_files.iter().any(|it| it.model.services.iter().any(|it| answers_to(it, host)));
    own || outside || !model.includes.is_empty()
}

/// Returns whether another file joins a network by the name that this one gives it.
fn is_joined(repo: &Repo, network: &Resource) -> bool {
    let name = |it: &Resource| it.real_name.as_ref().map_or_else(|| it.name.value.clone(), |it| it.value.clone());
    let others = || repo.facts.compose_files.iter().flat_map(|it| &it.model.networks);
    network.real_name.is_some() && others().any(|it| it.is_external && name(it) == name(network))
}

/// Returns whether a service is on a network that other projects may be on.
pub fn is_on_external_network(model: &Model, service: &Service) -> bool {
    networks(service).is_none_or(|list| {
        list.iter().any(|name| model.networks.iter().any(|it| it.name.value == *name && it.is_external))
    })
}
