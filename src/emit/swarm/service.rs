//! One service as a Swarm stack has it: only what `docker stack deploy` honours.

use crate::diag::{Diagnostic, Level};
use crate::emit::compose::service::{add_filled, list, logging, put, put_capabilities};
use crate::emit::compose::{health, labels, networks, process, units};
use crate::emit::lowering::Lowering;
use crate::ir::service::{Protocol, Publish, Service};
use crate::ir::text::Text;
use crate::syntax::yaml_out::{Map, Seq, Yaml};

use super::HOST_ADDRESS;
use super::deploy::deploy;
use super::files::{Files, Mounted};

/// Writes a service. Every field of the picture is named here, so that a new one cannot be forgotten.
pub(super) fn lower(service: &Service, files: &mut Files, cx: &mut Lowering<'_>) -> Map {
    let Service {
        name: _,
        span: _,
        doc: _,
        kind: _,
        image,
        build: _,
        run,
        entrypoint,
        user,
        init,
        stop_grace: _,
        environment: _,
        needs: _,
        ports: _,
        publish,
        routes: _,
        frontend: _,
        mounts: _,
        health: _,
        replicas: _,
        singleton: _,
        stateful: _,
        rollout: _,
        restart: _,
        resources: _,
        harden: _,
        networks: _,
        feature: _,
        log: _,
        watch: _,
        container_name: _,
        hostname,
        dns,
        labels: _,
        scale: _,
        raw: _,
    } = service;
    losses(service, cx);
    let mut map = Map::new();
    put(&mut map, "image", image.as_ref(), process::text);
    put(&mut map, "hostname", hostname.as_ref(), process::text);
    put(&mut map, "init", init.as_ref(), |it| Yaml::Bool(*it));
    put(&mut map, "user", user.as_ref(), process::text);
    put(&mut map, "entrypoint", entrypoint.as_deref(), process::command);
    put(&mut map, "command", run.as_deref(), process::command);
    add_filled(&mut map, "env_file", process::env_files(service, cx, Yaml::Str).into());
    add_filled(&mut map, "environment", process::environment(service, Text::to_compose).into());
    add_filled(&mut map, "ports", ports(publish, service, cx).into());
    let Mounted { volumes, configs, secrets } = files.mounts(service, cx);
    add_filled(&mut map, "volumes", volumes.into());
    add_filled(&mut map, "configs", configs.into());
    add_filled(&mut map, "secrets", secrets.into());
    add_filled(&mut map, "networks", network_list(service, cx));
    add_filled(&mut map, "dns", list(dns).into());
    put_operation(&mut map, service, cx);
    map
}

/// How it is watched, stopped, replaced and logged.
fn put_operation(map: &mut Map, service: &Service, cx: &mut Lowering<'_>) {
    if let Some(check) = health::healthcheck(service, cx) {
        let origins = service.health.iter().map(|it| &it.origin);
        origins.fold(map.add("healthcheck", check), |entry, it| entry.from(it));
    }
    put(map, "stop_grace_period", service.stop_grace.as_ref(), |it| units::duration(*it).into());
    map.add("deploy", deploy(service, cx));
    put_capabilities(map, service.harden.as_deref());
    put(map, "logging", service.log.as_deref(), |it| logging(it).into());
    add_filled(map, "labels", labels::write(&labels::own(service)));
}

fn losses(service: &Service, cx: &mut Lowering<'_>) {
    let Service { needs, harden, watch, scale, container_name, environment, .. } = service;
    if let Some(need) = needs.first() {
        let names: Vec<&str> = needs.iter().map(|it| it.service.as_str()).collect();
        let reason =
            format!("Swarm starts everything at once: it must try again until {} can be reached", names.join(", "));
        cx.approximate(service, "needs", need.origin.span(), &reason);
    }
    if let Some(it) = harden.as_ref().filter(|it| it.value.drop || !it.value.options.is_empty()) {
        let reason = "capabilities are dropped, but Swarm ignores security options: set `no-new-privileges` in the \
                      daemon.json of the nodes";
        cx.approximate(service, "harden", it.origin.span(), reason);
    }
    if let Some(it) = watch.first() {
        cx.leave_out(service, "watch", it.origin.span(), "Swarm does not reload from source code");
    }
    if let Some(it) = scale {
        cx.leave_out(service, "scale", it.origin.span(), "Swarm cannot scale by load");
    }
    if let Some(it) = container_name {
        let reason = "Swarm names containers itself; others reach it by this name as an alias";
        cx.approximate(service, "container_name", it.origin.span(), reason);
    }
    if environment.iter().any(|it| it.delivery.value == crate::ir::variable::Delivery::EnvFile) {
        for file in cx.environment.env_files.iter().filter(|it| !it.required) {
            let reason = format!("Swarm has no optional env file: `{}` must be there, if empty", file.path.value);
            cx.approximate(service, "vars", file.path.origin.span(), &reason);
        }
    }
}

fn ports(publish: &[Publish], service: &Service, cx: &mut Lowering<'_>) -> Seq {
    let mut list = Seq::new();
    for Publish { host, published, target, protocol, origin } in publish {
        if let Some(host) = host {
            let at = origin.span().unwrap_or(service.span);
            let message =
                format!("Swarm would publish port {target} on every address, not only on {}", host.to_source());
            let help = "publish nothing and reach it over a network or `docker exec`, or remove the address and let a \
                        firewall guard the port";
            cx.error(Diagnostic::new(HOST_ADDRESS, Level::Error, at, message).help(help));
        }
        let number = |it: &Text| match it.as_literal() {
            Some(literal) => literal.parse::<u16>().ok().map(Yaml::from),
            None => Some(Yaml::Str(it.to_compose())),
        };
        let published = match published {
            // A range has no long form.
            Some(it) if number(it).is_none() => {
                list.add(format!("{}:{target}", it.to_compose())).from(origin);
                continue;
            }
            Some(it) => number(it),
            None => None,
        };
        let port = Map::new()
            .put("target", *target)
            .put_if("published", published)
            .put("protocol", if *protocol == Protocol::Udp { "udp" } else { "tcp" })
            .put("mode", "ingress");
        list.add(port).from(origin);
    }
    list
}

/// A container name that others rely on becomes one more name on every network.
fn network_list(service: &Service, cx: &Lowering<'_>) -> Yaml {
    let joined = networks::joined(service, cx.environment);
    let alias = service.container_name.as_ref().map(|it| it.value.to_compose()).filter(|it| *it != service.name);
    let Some(alias) = alias else {
        let mut list = Seq::new();
        if !networks::is_default(&joined) {
            joined.iter().for_each(|it| _ = list.add(&it.value).from(&it.origin));
        }
        return list.into();
    };
    let settings = || Map::new().put("aliases", Yaml::flow([&alias]));
    let mut map = Map::new();
    if joined.is_empty() {
        map.add("default", settings());
    }
    joined.iter().for_each(|it| _ = map.add(it.value.clone(), settings()).from(&it.origin));
    map.into()
}
