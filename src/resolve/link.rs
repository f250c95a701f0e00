//! Links within one environment, and what only shows when everything is in one picture.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

use super::codes;
use crate::diag::{Diagnostic, Diags, Level, did_you_mean};
use crate::ir::interpolated::interpolated;
use crate::ir::service::{Condition, Kind, Replicas, Service};
use crate::ir::variable::{Delivery, Group, Variable};
use crate::ir::{Environment, Layer, Network, Target};
use crate::origin::Origin;
use crate::source::Span;
use crate::spec::Spec;
use crate::spec::environment::Deliver;

/// A check of one environment.
type Check = fn(&mut Environment, &Spec, &mut Diags);

/// The checks, in an order in which each may rely on those before it.
const CHECKS: &[Check] = &[
    // Names first: what follows looks services up by name.
    needs,
    need_conditions,
    need_cycles,
    jobs,
    networks,
    ports,
    singletons,
    names,
    routes,
    env_files,
    budget,
    variables,
];

/// Links an environment and reports what cannot be.
pub fn link(environment: &mut Environment, spec: &Spec, diags: &mut Diags) {
    for check in CHECKS {
        check(environment, spec, diags);
    }
}

fn place(origin: &Origin) -> Option<Span> {
    origin.span()
}

/// A need must name a service; one that lives elsewhere in this environment is dropped.
fn needs(environment: &mut Environment, spec: &Spec, diags: &mut Diags) {
    let present: HashMap<String, Option<String>> = environment
        .services
        .iter()
        .map(|it| (it.name.clone(), it.feature.as_ref().map(|it| it.value.clone())))
        .collect();
    for service in &mut environment.services {
        let feature = service.feature.as_ref().map(|it| it.value.clone());
        let name = service.name.clone();
        service.needs.retain_mut(|need| {
            let Some(span) = place(&need.origin) else { return true };
            match present.get(&need.service) {
                Some(_) if need.service == name => {
                    let message = format!("`{name}` waits for itself");
                    let error = Diagnostic::new(codes::BAD_NEED, Level::Error, span, message);
                    diags.push(error.help("drop this need, or name the service that it was meant for"));
                    false
                }
                Some(Some(needed)) if feature.as_ref() != Some(needed) && environment.target == Target::Compose => {
                    let message =
                        format!("`{name}` needs `{}`, which exists only with the feature `{needed}`", need.service);
                    let error = Diagnostic::new(codes::BAD_NEED, Level::Error, span, message);
                    diags.push(error.help(format!("give `{name}` the feature `{needed}` too, or drop the need")));
                    false
                }
                Some(_) => true,
                None => {
                    if !spec.services.contains_key(&need.service) {
                        // The name is wrong, not the condition; in a patch only the whole is known.
                        let written = spec.services.get(&name).map(|it| &it.value.needs.list);
                        let named = written.and_then(|it| it.iter().find(|it| *it.service.value == *need.service));
                        let span = named.map_or(span, |it| it.service.span);
                        // Going on with the one that was meant, a job of that name does not count as unawaited.
                        let meant = unknown_service(&need.service, span, spec, diags);
                        need.service = meant.unwrap_or_default().to_string();
                    }
                    present.contains_key(&need.service)
                }
            }
        });
    }
}

/// Reports it, and returns the service that was probably meant.
fn unknown_service<'a>(name: &str, span: Span, spec: &'a Spec, diags: &mut Diags) -> Option<&'a str> {
    let error = Diagnostic::new(codes::UNKNOWN_NAME, Level::Error, span, format!("no service is called `{name}`"));
    let near = did_you_mean(name, spec.services.keys().map(String::as_str));
    diags.push(match near {
        Some(near) => error.help(format!("did you mean `{near}`?")).also(spec.services[near].span, "declared here"),
        None => error.help("declare it under `services`"),
    });
    near
}

/// A condition must be one that the other service can meet; without a word, it is the strongest that it can.
fn need_conditions(environment: &mut Environment, spec: &Spec, diags: &mut Diags) {
    let facts: HashMap<String, (Kind, bool, Span)> = environment
        .services
        .iter()
        .map(|it| {
            // One that cannot be made is told where it is written.
            let written = spec.services.get(&it.name).is_some_and(|it| it.value.health.is_some());
            let healthy = it.health.as_ref().map_or(written, |it| it.value.probe.is_some());
            (it.name.clone(), (it.kind.value.clone(), healthy, it.span))
        })
        .collect();
    for service in &mut environment.services {
        let said = |need: &str| {
            let written = spec.services.get(&service.name)?;
            Some(written.value.needs.list.iter().find(|it| *it.service.value == *need)?.condition.is_some())
        };
        for need in &mut service.needs {
            let Some((kind, healthy, key)) = facts.get(&need.service) else { continue };
            if said(&need.service) == Some(false) && need.condition == Condition::Started {
                need.condition = match (kind, healthy) {
                    (Kind::Job, _) => Condition::Done,
                    (_, true) => Condition::Healthy,
                    _ => Condition::Started,
                };
                continue;
            }
            let Some(span) = place(&need.origin) else { continue };
            let name = &need.service;
            let (message, help) = match (need.condition, kind, healthy) {
                (Condition::Healthy, _, false) => (
                    format!("`{name}` has no health check, so it never becomes healthy"),
                    format!("give `{name}` a `health`, or wait for `started`"),
                ),
                (Condition::Done, Kind::Service, _) => (
                    format!("`{name}` is not a job, so it is never done"),
                    format!("give `{name}` `kind: job`, or wait for `healthy`"),
                ),
                _ => continue,
            };
            diags.push(
                Diagnostic::new(codes::BAD_NEED, Level::Error, span, message).also(*key, "this service").help(help),
            );
        }
    }
}

/// Finds circles with one depth-first walk: linear in services and needs.
fn need_cycles(environment: &mut Environment, _: &Spec, diags: &mut Diags) {
    let services = &environment.services;
    let index: HashMap<&str, usize> = services.iter().enumerate().map(|(at, it)| (&*it.name, at)).collect();
    let edges: Vec<Vec<usize>> = services
        .iter()
        .map(|it| it.needs.iter().filter_map(|it| index.get(it.service.as_str()).copied()).collect())
        .collect();
    // 0: not seen, 1: on the way, 2: done.
    let mut state = vec![0u8; services.len()];
    for start in 0..services.len() {
        if state[start] != 0 {
            continue;
        }
        let mut way = vec![(start, 0usize)];
        state[start] = 1;
        while let Some((at, next)) = way.last().copied() {
            let Some(&to) = edges[at].get(next) else {
                state[at] = 2;
                way.pop();
                continue;
            };
            way.last_mut().map(|it| it.1 += 1).unwrap_or_default();
            match state[to] {
                0 => {
                    state[to] = 1;
                    way.push((to, 0));
                }
                1 => {
                    let first = way.iter().position(|it| it.0 == to).unwrap_or(0);
                    let circle: Vec<usize> = way[first..].iter().map(|it| it.0).collect();
                    report_cycle(services, &circle, diags);
                }
                _ => {}
            }
        }
    }
}

fn report_cycle(services: &[Service], circle: &[usize], diags: &mut Diags) {
    let name = |at: usize| services[at].name.as_str();
    let way: Vec<&str> = circle.iter().chain(circle.first()).map(|it| name(*it)).collect();
    let mut spans = circle.iter().enumerate().filter_map(|(step, &at)| {
        let next = name(circle[(step + 1) % circle.len()]);
        services[at].needs.iter().find(|it| it.service == next).and_then(|it| place(&it.origin))
    });
    let Some(first) = spans.next() else { return };
    let message = format!("these services wait for each other: {}", way.join(" → "));
    let mut error = Diagnostic::new(codes::NEED_CYCLE, Level::Error, first, message);
    for span in spans.take(8) {
        error = error.also(span, "and this");
    }
    diags.push(error.help("drop one of these needs"));
}

/// `docker compose up --wait` fails when a job that nothing waits for ends, and nothing knows that it failed.
fn jobs(environment: &mut Environment, _: &Spec, diags: &mut Diags) {
    if environment.target != Target::Compose {
        return;
    }
    for job in environment.services.iter().filter(|it| it.kind.value == Kind::Job) {
        let awaited = environment
            .services
            .iter()
            .any(|it| it.needs.iter().any(|need| need.service == job.name && need.condition == Condition::Done));
        if !awaited {
            let message = format!("nothing waits for the job `{}` to be done", job.name);
            let warning = Diagnostic::new(codes::UNAWAITED_JOB, Level::Warning, job.span, message);
            diags.push(warning.help(format!("let the service that relies on it say `needs: {{{}: done}}`", job.name)));
        }
    }
}

/// A network that is joined must be declared, except the default one.
fn networks(environment: &mut Environment, _: &Spec, diags: &mut Diags) {
    let known: Vec<String> = environment.networks.iter().map(|it: &Network| it.name.clone()).collect();
    let joined = environment.services.iter().flat_map(|it| &it.networks);
    let ingress = environment.ingress.iter().filter_map(|it| it.network.as_ref());
    for network in joined.chain(ingress) {
        if known.contains(&network.value) {
            continue;
        }
        let Some(span) = network.origin.span() else { continue };
        let error = Diagnostic::new(
            codes::UNKNOWN_NAME,
            Level::Error,
            span,
            format!("no network is called `{}`", network.value),
        );
        diags.push(match did_you_mean(&network.value, known.iter().map(String::as_str)) {
            Some(near) => error.help(format!("did you mean `{near}`?")),
            None => error.help(format!("declare it under `networks`: `{}: {{}}`", network.value)),
        });
    }
}

/// A published port: the address, the service, and where it is written.
type Taken<'a> = (String, &'a Service, &'a Origin);

/// One host port leads to one service.
fn ports(environment: &mut Environment, _: &Spec, diags: &mut Diags) {
    let mut taken: HashMap<(String, &'static str), Vec<Taken<'_>>> = HashMap::new();
    for service in &environment.services {
        for publish in &service.publish {
            let Some(port) = &publish.published else { continue };
            let address = publish.host.as_ref().map_or_else(|| "0.0.0.0".to_string(), |it| it.to_source());
            let protocol = if publish.protocol == crate::ir::service::Protocol::Udp { "udp" } else { "tcp" };
            let others = taken.entry((port.to_source(), protocol)).or_default();
            let clash = others.iter().find(|(other, it, _)| {
                let everywhere = |it: &str| matches!(it, "0.0.0.0" | "::");
                let features = it.feature.as_ref().map(|it| &it.value) != service.feature.as_ref().map(|it| &it.value)
                    && it.feature.is_some()
                    && service.feature.is_some();
                (*other == address || everywhere(other) || everywhere(&address)) && !features
            });
            if let (Some((_, first, origin)), Some(span)) = (clash, publish.origin.span()) {
                let message = format!("host port {} is already taken by `{}`", port.to_source(), first.name);
                let mut error = Diagnostic::new(codes::PORT_CLASH, Level::Error, span, message);
                if let Some(first) = origin.span() {
                    error = error.label("here again").also(first, "first here");
                }
                diags.push(error.help(format!(
                    "in environment `{}` both run on one host: give one of them another host port",
                    environment.name
                )));
            }
            others.push((address, service, &publish.origin));
        }
    }
}

/// What may exist only once is neither scaled nor replaced with an overlap.
fn singletons(environment: &mut Environment, _: &Spec, diags: &mut Diags) {
    for service in &environment.services {
        let Some(singleton) = service.singleton.as_ref().and_then(|it| it.origin.span()) else { continue };
        if let Some(replicas) = &service.replicas {
            let several = !matches!(replicas.value, Replicas::Count(0 | 1));
            if let (true, Some(span)) = (several, replicas.origin.span()) {
                let message = format!("`{}` may run only once, and here it may be more", service.name);
                let error = Diagnostic::new(codes::SINGLETON_SCALED, Level::Error, span, message);
                diags.push(
                    error.also(singleton, "declared a singleton here").help("write `replicas: 1`, or drop `singleton`"),
                );
            }
        }
        if let Some(rollout) = service.rollout.as_ref().filter(|it| it.value.start_first == Some(true)) {
            // Inherited from the service that this one is like, it is not this one's wish: emitting turns it around.
            if let Origin::Written(span) | Origin::Patched { span, .. } = &rollout.origin {
                let message =
                    format!("`{}` may run only once, and start-first runs two of it for a moment", service.name);
                let error = Diagnostic::new(codes::SINGLETON_SCALED, Level::Error, *span, message);
                diags.push(error.also(singleton, "declared a singleton here").help("write `order: stop-first`"));
            }
        }
    }
}

/// A container name and a built-in name belong to one service only.
fn names(environment: &mut Environment, _: &Spec, diags: &mut Diags) {
    let mut seen: HashMap<String, Span> = HashMap::new();
    for service in &environment.services {
        let Some(name) = &service.container_name else { continue };
        let Some(span) = name.origin.span() else { continue };
        if let Some(first) = seen.insert(name.value.to_source(), span) {
            let message = format!("two services have the container name `{}`", name.value.to_source());
            diags.push(Diagnostic::new(codes::DUPLICATE_NAME, Level::Error, span, message).also(first, "first here"));
        }
    }
}

/// A route needs a proxy, entry points that exist, and hosts or paths.
fn routes(environment: &mut Environment, _: &Spec, diags: &mut Diags) {
    for route in environment.services.iter().flat_map(|it| &it.routes) {
        let Some(ingress) = &environment.ingress else {
            let error = Diagnostic::new(
                codes::BAD_ROUTE,
                Level::Error,
                route.span,
                "there is a route and no `ingress` to take it",
            );
            diags.push(error.help("say which proxy stands in front: `ingress: {kind: traefik, …}`"));
            continue;
        };
        if route.matches.iter().all(|it| it.hosts.is_empty() && it.paths.is_empty()) {
            let error = Diagnostic::new(
                codes::BAD_ROUTE,
                Level::Error,
                route.span,
                "this route matches neither a host nor a path",
            );
            diags.push(error.help("write `match: [{host: example.com}]`"));
        }
        for entry in &route.entry {
            if !ingress.entrypoints.iter().any(|it| it.name == *entry) {
                let names: Vec<&str> = ingress.entrypoints.iter().map(|it| &*it.name).collect();
                let error = Diagnostic::new(
                    codes::BAD_ROUTE,
                    Level::Error,
                    route.span,
                    format!("no entry point is called `{entry}`"),
                );
                diags.push(match did_you_mean(entry, names) {
                    Some(near) => error.help(format!("did you mean `{near}`?")),
                    None => error.also(ingress.span, "the entry points are declared here"),
                });
            }
        }
    }
}

/// Variables that come with env files need env files.
fn env_files(environment: &mut Environment, _: &Spec, diags: &mut Diags) {
    if environment.layer == Layer::Base || !environment.env_files.is_empty() || environment.target == Target::Kubernetes
    {
        return;
    }
    let entry = environment.services.iter().find_map(|service| {
        let entry = service.environment.iter().find(|it| it.delivery.value == Delivery::EnvFile)?;
        Some((service, entry))
    });
    if let Some((service, entry)) = entry {
        let message = format!(
            "`{}` reads `{}` from an env file, and `{}` names none",
            service.name, entry.name, environment.name
        );
        let mut error = Diagnostic::new(codes::NO_ENV_FILE, Level::Error, environment.span, message);
        if let Some(declared) = entry.declared {
            error = error.also(declared, "declared here");
        }
        diags.push(error.help("write `env_files: [.env]` here, or `deliver: environment`"));
    }
}

/// Leaves out the variables that this environment has no use for, so that its env files do not ask for them: those
/// that have values only for other environments; in a part of the system all that its services do not read; and where
/// values are written out, all that nothing fills in.
fn variables(environment: &mut Environment, spec: &Spec, _: &mut Diags) {
    // There, a group is delivered whole, and the Secret asks only for what is read.
    if environment.target == Target::Kubernetes {
        return;
    }
    let written = spec.environments.get(&environment.name).map(|it| &it.value);
    let said = written.and_then(|it| it.deliver).or(spec.system.as_ref().and_then(|it| it.deliver));
    let is_literal = said == Some(Deliver::Literal);
    let is_part = is_literal || written.is_some_and(|it| !it.only.0.is_empty());
    let is_elsewhere = |environment: &Environment, group: &Group, variable: &Variable| {
        let declared = || spec.vars.groups.get(&group.name)?.value.variables.get(&*variable.name);
        let is_said_elsewhere =
            |it: &crate::spec::variable::Variable| !it.is_of_all() && it.of_environment(&environment.name).is_none();
        variable.value.is_none() && declared().is_some_and(|it| is_said_elsewhere(&it.value))
    };
    let is_candidate = |group: &Group, it: &Variable| is_part || is_elsewhere(environment, group, it);
    // Most environments use every variable; looking through all texts for those in use is for the others.
    if !environment.groups.iter().any(|group| group.variables.iter().any(|it| is_candidate(group, it))) {
        return;
    }
    let mut groups = std::mem::take(&mut environment.groups);
    let mut used = interpolated(environment);
    let entries = environment.services.iter().flat_map(|it| &it.environment);
    let from_file = entries.filter(|it| it.delivery.value == Delivery::EnvFile);
    used.extend(from_file.map(|it| Cow::Borrowed(&*it.name)));
    for group in &mut groups {
        let is_left_out =
            |it: &Variable| !used.contains(&*it.name) && (is_part || is_elsewhere(environment, group, it));
        if group.variables.iter().any(is_left_out) {
            let mut kept = Group::clone(group);
            kept.variables.retain(|it| !is_left_out(it));
            *group = Arc::new(kept);
        }
    }
    environment.groups = groups;
}

/// The limits of everything that runs at once must fit on the host, replicas and the overlap of a rollout included.
fn budget(environment: &mut Environment, _: &Spec, diags: &mut Diags) {
    let Some(host) = &environment.host else { return };
    let mut needed = [0u64; 2];
    let mut largest: Option<(u64, &Service)> = None;
    for service in environment.services.iter().filter(|it| it.kind.value == Kind::Service) {
        let Some(resources) = &service.resources else { continue };
        let replicas = match service.replicas.as_ref().map(|it| &it.value) {
            Some(Replicas::Count(count)) => u64::from(*count),
            _ => 1,
        };
        let starts_first = service.rollout.as_ref().is_some_and(|it| it.value.start_first == Some(true));
        let switches = environment.deploy.as_ref().is_some_and(|it| it.switches(&service.name));
        // A rollout replaces one after the other, a switch has all of both versions for a while.
        let overlap = if switches { replicas } else { u64::from(starts_first) };
        let memory = resources.value.memory_bytes.unwrap_or(0) * (replicas + overlap.min(replicas));
        needed[0] += memory;
        needed[1] += resources.value.reserve_cpu_millis.unwrap_or(0) * replicas;
        if largest.as_ref().is_none_or(|(most, _)| memory > *most) {
            largest = Some((memory, service));
        }
    }
    let limits =
        [("memory", host.memory_bytes, "MiB", 1 << 20), ("reserved processors", host.cpu_millis, "thousandths", 1)];
    for ((what, limit, unit, scale), needed) in limits.into_iter().zip(needed) {
        let Some(limit) = limit.filter(|limit| needed > *limit) else { continue };
        let message = format!(
            "the services of `{}` may use {} {unit} of {what}, and the host has {}",
            environment.name,
            needed / scale,
            limit / scale
        );
        let mut warning = Diagnostic::new(codes::OVER_BUDGET, Level::Warning, host.span, message);
        if let Some(span) = largest.and_then(|(_, it)| it.resources.as_ref()?.origin.span()) {
            warning = warning.also(span, "the largest share");
        }
        diags.push(warning.help("lower limits or replicas, or give the host more"));
    }
}
