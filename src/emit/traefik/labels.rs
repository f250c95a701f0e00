//! Routes as labels that Traefik finds on containers (compose) or services (Swarm).

use crate::emit::Grade;
use crate::emit::compose::labels::Label;
use crate::emit::compose::networks;
use crate::emit::lowering::Lowering;
use crate::ir::Target;
use crate::ir::route::{Ingress, IngressKind, Redirect, Route, Tls};
use crate::ir::service::Service;
use crate::ir::text::{Part, Text};
use crate::origin::{Origin, Traced};

use super::rule::rule;

/// Returns the labels for the routes of a service.
pub(crate) fn labels(service: &Service, cx: &mut Lowering<'_>) -> Vec<Label> {
    if service.routes.is_empty() {
        return Vec::new();
    }
    let Some(ingress) = cx.environment.ingress.as_ref().filter(|it| it.kind == IngressKind::Traefik) else {
        let reason = "only routes through Traefik are written into this target";
        cx.leave_out(service, "routes", service.routes.first().map(|it| it.span), reason);
        return Vec::new();
    };
    let mut labels = Labels { list: Vec::new(), prefix: prefix(cx) };
    labels.service(service, ingress, cx);
    for route in &service.routes {
        labels.route(route, service, ingress);
        losses(route, service, ingress, cx);
    }
    labels.ports(service);
    labels.list
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

struct Labels {
    list: Vec<Label>,
    prefix: Text,
}

impl Labels {
    fn add(&mut self, key: impl Into<String>, value: Text, origin: &Origin) {
        self.list.push(Label { key: Text::literal(key), value, origin: origin.clone() });
    }

    /// Adds a label below `traefik.http.KIND.PREFIX-NAME`.
    fn add_named(&mut self, (kind, name): (&str, &str), key: &str, value: Text, origin: &Origin) {
        let mut full = Text::literal(format!("traefik.http.{kind}."));
        full.append(self.prefix.clone());
        full.push_literal(name);
        full.push_literal(key);
        self.list.push(Label { key: full, value, origin: origin.clone() });
    }

    fn named(&self, name: &str) -> Text {
        let mut text = self.prefix.clone();
        text.push_literal(name);
        text
    }

    /// What Traefik must know once: that it is meant, and over which network.
    fn service(&mut self, service: &Service, ingress: &Ingress, cx: &Lowering<'_>) {
        let from = |route: &Route| Origin::Derived { span: route.span, why: "the proxy must find the service" };
        let Some(origin) = service.routes.first().map(from) else { return };
        self.add("traefik.enable", Text::literal("true"), &origin);
        if let Some(network) = &ingress.network {
            let key =
                if cx.environment.target == Target::Swarm { "traefik.swarm.network" } else { "traefik.docker.network" };
            self.add(key, networks::real_name(&network.value, cx), &network.origin);
        }
        if let Some(constraint) = &ingress.constraint {
            self.add("traefik.constraint-label", Text::literal(constraint), &origin);
        }
    }

    fn ports(&mut self, service: &Service) {
        let mut done: Vec<u16> = Vec::new();
        for route in &service.routes {
            if !done.contains(&route.port) {
                done.push(route.port);
                let name = service_name(service, route.port);
                let port = Text::literal(route.port.to_string());
                self.add_named(("services", &name), ".loadbalancer.server.port", port, &Origin::Written(route.span));
            }
        }
    }

    fn route(&mut self, route: &Route, service: &Service, ingress: &Ingress) {
        let Route { name, span, matches, port, priority, entry, .. } = route;
        let written = Origin::Written(*span);
        let router = ("routers", name.as_str());
        self.add_named(router, ".rule", rule(matches), &written);
        let entries = entries(entry, ingress);
        if !entries.is_empty() {
            self.add_named(router, ".entrypoints", Text::literal(entries.join(",")), &written);
        }
        if let Some(Traced { value, origin }) = priority {
            self.add_named(router, ".priority", Text::literal(value.to_string()), origin);
        }
        let of_ingress = Origin::Derived { span: ingress.span, why: "the proxy terminates TLS" };
        if ingress.tls != Tls::None {
            self.add_named(router, ".tls", Text::literal("true"), &of_ingress);
        }
        if let Tls::Acme(resolver) = &ingress.tls {
            self.add_named(router, ".tls.certresolver", Text::literal(resolver), &of_ingress);
        }
        self.middlewares(route, ingress);
        // With one service Traefik takes that one; with several it must be told.
        if service.routes.iter().any(|it| it.port != *port) {
            let target = self.named(&service_name(service, *port));
            self.add_named(router, ".service", target, &written);
        }
    }

    /// In the order a request meets them: who asks, where they are sent, what is passed on.
    fn middlewares(&mut self, route: &Route, ingress: &Ingress) {
        let written = Origin::Written(route.span);
        let mut used = Vec::new();
        if let Some(file) = &route.auth {
            let name = format!("{}-auth", route.name);
            let path = Text::literal(super::proxy::users_file(file, ingress));
            self.add_named(("middlewares", &name), ".basicauth.usersfile", path, &written);
            used.push(name);
        }
        if let Some(to) = &route.redirect {
            let name = format!("{}-redirect", route.name);
            for (key, value) in redirect(to) {
                self.add_named(("middlewares", &name), key, Text::literal(value), &written);
            }
            used.push(name);
        }
        if let Some(path) = &route.strip {
            let name = format!("{}-strip", route.name);
            self.add_named(("middlewares", &name), ".stripprefix.prefixes", Text::literal(path), &written);
            used.push(name);
        }
        let mut all = Text::default();
        for (nth, name) in used.iter().enumerate() {
            all.push_literal(if nth > 0 { "," } else { "" });
            all.append(self.named(name));
        }
        if !used.is_empty() {
            self.add_named(("routers", &route.name), ".middlewares", all, &written);
        }
    }
}

/// Without a choice, all entry points that do not just send the caller to another one.
fn entries(chosen: &[String], ingress: &Ingress) -> Vec<String> {
    if !chosen.is_empty() {
        return chosen.to_vec();
    }
    ingress.entrypoints.iter().filter(|it| it.redirect.is_none()).map(|it| it.name.clone()).collect()
}

fn service_name(service: &Service, port: u16) -> String {
    if service.routes.iter().all(|it| it.port == port) {
        return service.name.clone();
    }
    let named = service.ports.iter().find(|it| it.number == port);
    format!("{}-{}", service.name, named.map_or_else(|| port.to_string(), |it| it.name.clone()))
}

fn redirect(to: &Redirect) -> Vec<(&'static str, String)> {
    let permanent = |kind| (kind, "true".to_string());
    let (regex, replacement) = match to {
        Redirect::Https => {
            let scheme = (".redirectscheme.scheme", "https".to_string());
            return vec![scheme, permanent(".redirectscheme.permanent")];
        }
        Redirect::Origin(to) => ("^https?://[^/]+(.*)$", format!("{to}${{1}}")),
        Redirect::Path(to) => ("^(https?://[^/]+).*$", format!("${{1}}{to}")),
        Redirect::Address(to) => ("^.*$", to.clone()),
    };
    vec![
        (".redirectregex.regex", regex.to_string()),
        (".redirectregex.replacement", replacement),
        permanent(".redirectregex.permanent"),
    ]
}

fn losses(route: &Route, service: &Service, ingress: &Ingress, cx: &mut Lowering<'_>) {
    let mut lose = |grade, field: &str, reason: &str| {
        cx.lose(grade, format!("services.{}.routes.{field}", service.name), Some(route.span), reason);
    };
    if route.timeout.is_some() {
        let reason = "Traefik sets timeouts per entry point; by default it waits for the service without a limit";
        lose(Grade::Approximated, "timeout", reason);
    }
    if route.body.is_some() {
        lose(Grade::Approximated, "body", "Traefik passes on bodies of any size");
    }
    if let Some(file) = route.auth.as_ref().filter(|_| !ingress.here) {
        let reason = format!("`{file}` is read by the proxy, which runs elsewhere: it must have that file");
        lose(Grade::Approximated, "auth", &reason);
    }
}
