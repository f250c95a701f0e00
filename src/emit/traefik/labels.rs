//! Routes as labels that Traefik finds on containers (compose) or services (Swarm).

use crate::emit::Grade;
use crate::emit::compose::labels::Label;
use crate::emit::compose::networks;
use crate::emit::lowering::Lowering;
use crate::emit::proxy::shared_network;
use crate::ir::Target;
use crate::ir::route::{Ingress, IngressKind, Route};
use crate::ir::service::Service;
use crate::ir::text::{Part, Text};
use crate::origin::Origin;

use super::dynamic::{Item, Naming, Value, items, routers, service_name};

/// How long Traefik waits for a whole request, bodies included, unless it is told otherwise.
const READ_TIMEOUT_MILLIS: u64 = 60_000;

/// Returns the labels for the routes of a service.
pub(crate) fn labels(service: &Service, cx: &mut Lowering<'_>) -> Vec<Label> {
    let Some(ingress) = cx.environment.ingress.as_ref().filter(|_| !service.routes.is_empty()) else {
        return Vec::new();
    };
    if ingress.kind == IngressKind::Kubernetes {
        let reason = "the ingress controller of a cluster takes no routes from here";
        cx.leave_out(service, "routes", service.routes.first().map(|it| it.span), reason);
    }
    if ingress.kind != IngressKind::Traefik {
        return Vec::new();
    }
    for route in &service.routes {
        losses(route, service, ingress, cx);
    }
    if ingress.file.is_some() {
        return Vec::new();
    }
    let mut labels = Vec::new();
    about_service(service, ingress, &mut labels, cx);
    let prefix = prefix(cx);
    for router in routers(cx).of(&service.name) {
        let naming = Naming { prefix: &prefix, in_file: false };
        labels.extend(items(router, ingress, naming).into_iter().map(label));
    }
    ports(service, &prefix, &mut labels);
    labels
}

/// Names of routers and services are global to a Traefik, which may serve many projects.
fn prefix(cx: &Lowering<'_>) -> Text {
    let mut prefix = Text::default();
    for part in networks::project(cx).parts {
        match part {
            Part::Literal(it) => {
                prefix.push_literal(&it.replace(|it: char| !it.is_ascii_alphanumeric() && it != '_', "-"))
            }
            Part::Variable(_) | Part::Slot => prefix.parts.push(part),
        }
    }
    prefix.push_literal("-");
    prefix
}

/// Writes `traefik.http.KIND.NAME.KEY=VALUE`. Traefik takes keys in any case; the custom is lower case.
fn label(item: Item) -> Label {
    let mut key = Text::literal(format!("traefik.http.{}.", item.kind));
    key.append(item.name);
    // What comes third is a name of its own, such as a header.
    for (nth, part) in item.key.iter().enumerate() {
        let part = if nth < 2 { part.to_ascii_lowercase() } else { part.clone() };
        key.push_literal(&format!(".{part}"));
    }
    let value = match item.value {
        Value::Text(it) => it,
        Value::Int(it) => Text::literal(it.to_string()),
        Value::True | Value::On => Text::literal("true"),
        Value::Words(words) => {
            let mut all = Text::default();
            for (nth, word) in words.into_iter().enumerate() {
                all.push_literal(if nth > 0 { "," } else { "" });
                all.append(word);
            }
            all
        }
    };
    Label { key, value, origin: item.origin }
}

/// What Traefik must know once: that it is meant, and over which network.
fn about_service(service: &Service, ingress: &Ingress, labels: &mut Vec<Label>, cx: &mut Lowering<'_>) {
    let Some(first) = service.routes.first() else { return };
    let origin = Origin::Derived { span: first.span, why: &"the proxy must find the service" };
    let mut add = |key: &str, value: Text, origin: &Origin| {
        labels.push(Label { key: Text::literal(key), value, origin: origin.clone() });
    };
    add("traefik.enable", Text::literal("true"), &origin);
    let key = if cx.environment.target == Target::Swarm { "traefik.swarm.network" } else { "traefik.docker.network" };
    if let Some(network) = &ingress.network {
        add(key, networks::real_name(&network.value, cx), &network.origin);
    } else if let Some(network) = shared_network(service, ingress, cx) {
        let why = &"the service is on several networks, of which the proxy must take this one";
        add(key, networks::real_name(&network, cx), &Origin::Derived { span: first.span, why });
    }
    if let Some(constraint) = &ingress.constraint {
        add("traefik.constraint-label", Text::literal(constraint), &origin);
    }
}

fn ports(service: &Service, prefix: &Text, labels: &mut Vec<Label>) {
    let mut done: Vec<u16> = Vec::new();
    for route in &service.routes {
        if !done.contains(&route.port) {
            done.push(route.port);
            let mut key = Text::literal("traefik.http.services.");
            key.append(prefix.clone());
            key.push_literal(&format!("{}.loadbalancer.server.port", service_name(service, route.port)));
            let value = Text::literal(route.port.to_string());
            labels.push(Label { key, value, origin: Origin::Written(route.span) });
        }
    }
}

fn losses(route: &Route, service: &Service, ingress: &Ingress, cx: &mut Lowering<'_>) {
    let mut lose = |grade, field: &str, reason: &str| {
        cx.lose(grade, format!("services.{}.routes.{field}", service.name), Some(route.span), reason);
    };
    if let Some(timeout) = route.timeout {
        if ingress.file.is_none() {
            let reason = "labels cannot limit how long a service takes: Traefik waits for its answer without a limit";
            lose(Grade::Approximated, "timeout", reason);
        }
        if !ingress.here && timeout.millis > READ_TIMEOUT_MILLIS {
            let reason = format!(
                "a Traefik elsewhere takes requests of up to {} s only if its entry points say so: \
                 `--entrypoints.NAME.transport.respondingTimeouts.readTimeout={}s`",
                timeout.millis / 1000,
                timeout.millis / 1000
            );
            lose(Grade::Approximated, "timeout", &reason);
        }
    }
    if let Some(file) = route.auth.as_ref().filter(|_| !ingress.here) {
        let reason = format!("`{file}` is read by the proxy, which runs elsewhere: it must have that file");
        lose(Grade::Approximated, "auth", &reason);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::{FileId, Span};

    #[test]
    fn a_header_keeps_its_name_in_a_label() {
        let item = Item {
            kind: "middlewares",
            name: Text::literal("p-web-headers"),
            key: ["headers", "customResponseHeaders", "X-Frame-Options"].map(String::from).to_vec(),
            value: Value::Text(Text::literal("DENY")),
            origin: Origin::Written(Span::new(FileId(0), 0, 0)),
        };
        let expected = "traefik.http.middlewares.p-web-headers.headers.customresponseheaders.X-Frame-Options";
        assert_eq!(label(item).key.as_literal(), Some(expected));
    }
}
