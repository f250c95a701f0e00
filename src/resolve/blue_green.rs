//! Which services of a deployment start beside their old version, and why some cannot.
//!
//! The proxy is what switches, so it must be one that runs here and that a script can tell. What it leads to is run
//! twice for a while, so nothing of it may be there only once: a host port, a container name, data.

use super::codes;
use super::context::Resolver;
use super::units;
use crate::diag::{Diagnostic, Level};
use crate::ir::deploy::BlueGreen;
use crate::ir::route::{Ingress, IngressKind};
use crate::ir::service::{Duration, HttpClient, Kind, MountSource, Probe, Replicas, Role, Service};
use crate::ir::{Environment, Target};
use crate::source::Span;
use crate::spec::deploy::Strategy;

/// How long the old version may still answer when nothing is said.
const DRAIN: Duration = Duration { millis: 10_000 };

/// Resolves the strategy of an environment's deployment.
pub fn blue_green(resolver: &mut Resolver<'_>, environment: &mut Environment) {
    let Some(deploy) = &mut environment.deploy else { return };
    let Some(written) = resolver.spec.deploy.get(&environment.name).map(|it| &it.value) else { return };
    let asked = written.strategy.as_ref().filter(|it| it.value == Strategy::BlueGreen);
    let Some(span) = asked.map(|it| it.span) else {
        if let Some(drain) = &written.drain {
            let message = "nothing is drained where the old version stops before the new one starts";
            let error = Diagnostic::new(codes::BAD_DEPLOY, Level::Error, drain.span, message);
            resolver.diags.push(error.help("drop `drain`, or write `strategy: blue-green`"));
        }
        return;
    };
    let drain = written.drain.as_ref().and_then(|it| units::duration(it, resolver.diags)).unwrap_or(DRAIN);
    let Some(ingress) = switch(resolver, environment.ingress.as_ref(), span) else { return };
    let is_on = |it: &&Service| match &it.feature {
        Some(feature) => environment.features.iter().any(|on| on.value == feature.value),
        None => true,
    };
    let behind: Vec<&Service> = environment.services.iter().filter(is_on).filter(|it| is_behind(it, ingress)).collect();
    let mut services: Vec<String> = Vec::new();
    for service in &behind {
        let why = reasons(service, ingress);
        for (at, message, help) in &why {
            let error = Diagnostic::new(codes::NOT_TWICE, Level::Error, at.unwrap_or(service.span), message.clone());
            let other_way = "or let it be stopped first: `rollout: {order: stop-first}`";
            resolver.diags.push(
                error.also(span, "the new version is to start beside the old").help(format!("{help}; {other_way}")),
            );
        }
        services.push(service.name.clone());
    }
    if behind.is_empty() {
        let message = "no service behind the proxy can start beside its old version";
        let error = Diagnostic::new(codes::BAD_DEPLOY, Level::Error, span, message).also(ingress.span, "the proxy");
        resolver.diags.push(
            error.help(
                "it takes one that has `routes` and is neither `stateful` nor a `singleton`; else drop `strategy`",
            ),
        );
    }
    deploy.blue_green = Some(BlueGreen { services, drain });
}

/// Returns the proxy that switches.
fn switch<'a>(resolver: &mut Resolver<'_>, ingress: Option<&'a Ingress>, span: Span) -> Option<&'a Ingress> {
    let mut wrong = |message: String, help: &str, also: Option<(Span, &str)>| {
        let error = Diagnostic::new(codes::BAD_DEPLOY, Level::Error, span, message).help(help);
        resolver.diags.push(match also {
            Some((span, label)) => error.also(span, label),
            None => error,
        });
    };
    match resolver.target {
        Target::Compose => {}
        Target::Swarm => {
            wrong(
                "a Swarm replaces its tasks itself".to_string(),
                "drop `strategy`, and write `rollout: {order: start-first, rollback: true}` for the services",
                None,
            );
            return None;
        }
        Target::Kubernetes => {
            wrong("a cluster replaces its pods itself".to_string(), "drop `strategy`: a Deployment does that", None);
            return None;
        }
    }
    let Some(ingress) = ingress else {
        wrong(
            "no proxy is there to switch from the old version to the new".to_string(),
            "write `ingress: {kind: traefik, owner: here, …}` and `routes` for the services, or drop `strategy`",
            None,
        );
        return None;
    };
    let place = Some((ingress.span, "the proxy"));
    if !ingress.here {
        let message = "the proxy is somebody else's, and a deployment cannot switch it".to_string();
        wrong(message, "drop `strategy`, or run a proxy in this system: `owner: here`", place);
        return None;
    }
    match ingress.kind {
        IngressKind::Nginx => Some(ingress),
        IngressKind::Traefik if ingress.file.is_none() => Some(ingress),
        IngressKind::Traefik => {
            let message = "Traefik cannot tell by a file which containers are healthy".to_string();
            wrong(message, "drop `file` under `ingress`: by labels it can", place);
            None
        }
        IngressKind::Kubernetes => {
            wrong(
                "no proxy of compose is there to switch".to_string(),
                "write `kind: traefik` or `kind: nginx`",
                place,
            );
            None
        }
    }
}

/// Whether the proxy leads to a service that may run twice for a while; what may not is stopped first.
fn is_behind(service: &Service, ingress: &Ingress) -> bool {
    let stops_first = service.rollout.as_ref().is_some_and(|it| it.value.start_first == Some(false));
    let is_single = service.stateful || service.singleton.as_ref().is_some_and(|it| it.value);
    let is_none = service.replicas.as_ref().is_some_and(|it| it.value == Replicas::Count(0));
    let answers = service.routes.iter().any(|it| it.redirect.is_none());
    let is_proxy = service.name == ingress.service;
    answers && service.kind.value == Kind::Service && !is_proxy && !is_single && !stops_first && !is_none
}

/// A place, what is wrong there, and what to do.
type Reason = (Option<Span>, String, &'static str);

/// Returns why a service cannot run twice for a while.
fn reasons(service: &Service, ingress: &Ingress) -> Vec<Reason> {
    let name = &service.name;
    let mut why: Vec<Reason> = Vec::new();
    if let Some(it) = service.publish.iter().find(|it| it.published.is_some()) {
        let message = format!("`{name}` has a host port, which only one of its two versions could have");
        why.push((it.origin.span(), message, "drop `publish`: the proxy leads to it"));
    }
    if let Some(it) = &service.container_name {
        let message = format!("`{name}` has a container name, which only one of its two versions could have");
        why.push((it.origin.span(), message, "drop `container_name`: others reach it by the service's name"));
    }
    if let Some(it) = service.mounts.iter().find(|it| it.role == Role::Data && !it.read_only) {
        let agreed = service.rollout.as_ref().is_some_and(|it| it.value.start_first == Some(true));
        if let (MountSource::Volume(volume), false) = (&it.source, agreed) {
            let message = format!("both versions of `{name}` would write the volume `{volume}` at the same time");
            let help = "if that is fine, say so: `rollout: {order: start-first}`; if not, say `stateful: true`";
            why.push((it.origin.span(), message, help));
        }
    }
    why.extend(health(service, ingress));
    why
}

fn health(service: &Service, ingress: &Ingress) -> Option<Reason> {
    let name = &service.name;
    let health = service.health.as_ref();
    let at = health.and_then(|it| it.origin.span());
    match health.and_then(|it| it.value.probe.as_ref()) {
        None => Some((
            at,
            format!("nothing tells when the new version of `{name}` is ready for requests"),
            "write a check: `health: {http: /health}`",
        )),
        Some(Probe::Http { client: HttpClient::None, .. }) => Some((
            at,
            format!("no program in the image of `{name}` can ask whether it is ready for requests"),
            "name one under `images`, such as `http: wget`",
        )),
        // The check is how Traefik is told that a container is to get no more requests.
        Some(Probe::Command(_)) if ingress.kind == IngressKind::Traefik => Some((
            at,
            format!(
                "the check of `{name}` runs without a shell, so nothing can make it fail when the old version is to go"
            ),
            "write it as `shell: …`, if the image has one",
        )),
        Some(_) => None,
    }
}
