//! Networks and volumes: which ones a service is on, and the top-level sections.

use crate::emit::lowering::Lowering;
use crate::ir::service::{MountSource, Service};
use crate::ir::text::Text;
use crate::ir::{Environment, Network, Target, Volume};
use crate::origin::{Origin, Traced};
use crate::syntax::yaml_out::{Map, Yaml};

/// Returns the networks of a service: those it names, and the proxy's if it has routes.
pub(crate) fn joined(service: &Service, environment: &Environment) -> Vec<Traced<String>> {
    let mut joined = service.networks.clone();
    let ingress = environment.ingress.as_ref().and_then(|it| it.network.as_ref());
    if let (Some(network), Some(route)) = (ingress, service.routes.first())
        && !joined.iter().any(|it| it.value == network.value)
    {
        if joined.is_empty() {
            let why = &"a service is on the default network unless it says otherwise";
            joined.push(Traced::new("default".to_string(), Origin::Default(why)));
        }
        let origin = Origin::Derived { span: route.span, why: &"the proxy reaches its routes on this network" };
        joined.push(Traced::new(network.value.clone(), origin));
    }
    joined
}

/// Returns whether networks are just the default one, which needs no saying.
pub(crate) fn is_default(networks: &[Traced<String>]) -> bool {
    networks.iter().all(|it| it.value == "default")
}

/// Returns the name that the engine knows a network by.
pub(crate) fn real_name(name: &str, cx: &Lowering<'_>) -> Text {
    let network = cx.environment.networks.iter().find(|it| it.name == name);
    if let Some(real) = network.and_then(|it| it.real_name.as_ref()) {
        return real.value.clone();
    }
    if network.is_some_and(|it| it.external) {
        return Text::literal(name);
    }
    let mut real = project(cx);
    real.push_literal(&format!("_{name}"));
    real
}

/// Returns the project's or stack's name.
pub(crate) fn project(cx: &Lowering<'_>) -> Text {
    cx.environment.project.as_ref().map_or_else(|| Text::literal(&cx.system.name), |it| it.value.clone())
}

/// Writes the top-level `networks`: those that a service of the document is on.
pub(crate) fn networks(services: &[&Service], cx: &Lowering<'_>) -> Map {
    let used: Vec<String> = {
        let mut all: Vec<String> = services.iter().flat_map(|it| names(it, cx.environment)).collect();
        all.sort();
        all.dedup();
        all
    };
    let mut map = Map::new();
    for network in &cx.environment.networks {
        let Network { name, span, doc, .. } = network;
        let settings = network_settings(network, cx.environment.target);
        if used.binary_search(name).is_err() || name == "default" && (span.is_none() || settings == Yaml::Null) {
            continue;
        }
        let entry = map.add(name.clone(), settings);
        if let Some(doc) = doc {
            entry.comment(doc);
        }
        if let Some(span) = span {
            entry.from(&Origin::Written(*span));
        }
        // Unless the spec says so itself.
        if network.external && !doc.as_ref().is_some_and(|it| it.contains("docker network create")) {
            entry.comment(format!(
                "Must be there before: docker network create{} {}",
                driver_flags(cx),
                name_of(network)
            ));
        }
    }
    map
}

fn names(service: &Service, environment: &Environment) -> Vec<String> {
    let joined = joined(service, environment);
    if joined.is_empty() { vec!["default".to_string()] } else { joined.into_iter().map(|it| it.value).collect() }
}

fn driver_flags(cx: &Lowering<'_>) -> &'static str {
    if cx.environment.target == Target::Swarm { " --driver overlay --attachable" } else { "" }
}

fn name_of(network: &Network) -> String {
    network.real_name.as_ref().map_or_else(|| network.name.clone(), |it| it.value.to_source())
}

fn network_settings(network: &Network, target: Target) -> Yaml {
    let Network { name: _, span: _, doc: _, external, real_name, attachable, internal, driver, options, subnet } =
        network;
    let mut map = Map::new().put_if("external", external.then_some(true));
    if let Some(it) = real_name {
        map.add("name", it.value.to_compose()).from(&it.origin);
    }
    if !external {
        // A bridge reaches one machine only; Swarm refuses it for services.
        let chosen = driver.as_deref().filter(|it| target != Target::Swarm || *it != "bridge");
        let driver = if target == Target::Swarm { chosen.or(Some("overlay")) } else { chosen };
        map = map
            .put_if("driver", driver)
            .put_filled("driver_opts", pairs(options))
            .put_if("attachable", (*attachable && target == Target::Swarm).then_some(true))
            .put_if("internal", internal.then_some(true));
        if let Some(subnet) = subnet {
            let range = Map::new().put("subnet", subnet);
            map.add("ipam", Map::new().put("config", vec![Yaml::Map(range)]));
        }
    }
    if map.is_empty() { Yaml::Null } else { map.into() }
}

/// Writes the top-level `volumes`: those that a service of the document mounts.
pub(crate) fn volumes(services: &[&Service], all: &[Volume]) -> Map {
    let mounts = services.iter().flat_map(|it| &it.mounts);
    let mut used: Vec<&str> = mounts
        .filter_map(|it| if let MountSource::Volume(name) = &it.source { Some(name.as_str()) } else { None })
        .collect();
    used.sort_unstable();
    let mut map = Map::new();
    for volume in all {
        let Volume {
            name,
            span,
            doc,
            external,
            real_name,
            driver,
            options,
            size_bytes: _,
            access: _,
            class: _,
            backup: _,
        } = volume;
        if used.binary_search(&name.as_str()).is_err() {
            continue;
        }
        let mut settings = Map::new().put_if("external", external.then_some(true));
        if let Some(it) = real_name {
            settings.add("name", it.value.to_compose()).from(&it.origin);
        }
        if !external {
            settings = settings.put_if("driver", driver.as_ref()).put_filled("driver_opts", pairs(options));
        }
        let entry = map.add(name.clone(), if settings.is_empty() { Yaml::Null } else { settings.into() });
        entry.from(&Origin::Written(*span));
        if let Some(doc) = doc {
            entry.comment(doc);
        }
    }
    map
}

/// Writes names and values that hold no variables.
pub(crate) fn pairs(pairs: &[(String, String)]) -> Map {
    pairs.iter().map(|(name, value)| (name.clone(), Text::literal(value).to_compose())).collect()
}
