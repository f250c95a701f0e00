//! Routers, middlewares and services of Traefik, as items that labels and files write each in their own way.

use std::sync::Arc;

use crate::emit::lowering::Lowering;
use crate::emit::proxy::users_file;
use crate::emit::routing::{Router, Routers, is_literal};
use crate::ir::route::{Entrypoint, Ingress, Match, Rate, Redirect, Route, Tls};
use crate::ir::service::Service;
use crate::ir::text::Text;
use crate::origin::Origin;

use super::rule::rule;

/// One setting of a router, middleware or service.
#[derive(Clone, Debug)]
pub(crate) struct Item {
    /// `routers`, `middlewares`, `services`, `serversTransports`.
    pub kind: &'static str,
    /// Which one.
    pub name: Text,
    /// The path of the setting in it.
    pub key: Vec<String>,
    /// The value.
    pub value: Value,
    /// How it came to be.
    pub origin: Origin,
}

/// A value.
#[derive(Clone, Debug)]
pub(crate) enum Value {
    /// A text.
    Text(Text),
    /// A list of texts.
    Words(Vec<Text>),
    /// A number.
    Int(i64),
    /// `true`.
    True,
    /// There, with nothing more to say: a label says `true`, a file has an empty map.
    On,
}

/// What items are written for.
#[derive(Clone, Copy)]
pub(crate) struct Naming<'a> {
    /// Names are global to a Traefik, which may serve many projects.
    pub prefix: &'a Text,
    /// Whether a file is written, which can say more than labels.
    pub in_file: bool,
}

/// Returns the routers, each with the number that it needs.
pub(super) fn routers<'a>(cx: &Lowering<'a>) -> Arc<Routers<'a>> {
    // Traefik takes the length of the rule; a rule with variables has none yet.
    let length = |matches: &[Match]| {
        let rule = rule(matches);
        is_literal(matches).then(|| i64::try_from(rule.to_source().len()).unwrap_or(i64::MAX))
    };
    cx.routers(&length)
}

/// Returns all items of a router.
pub(crate) fn items(router: &Router<'_>, ingress: &Ingress, naming: Naming<'_>) -> Vec<Item> {
    let mut items = Items { list: Vec::new(), naming };
    let used = items.middlewares(router, ingress);
    let entries: Vec<&Entrypoint> = ingress.entries(router.route).collect();
    let (tls, plain): (Vec<&Entrypoint>, Vec<&Entrypoint>) = entries.iter().partition(|it| it.tls);
    // A router with TLS does not answer on an entry point without, and the other way round.
    let speaks_tls = !tls.is_empty() || entries.is_empty() && ingress.tls != Tls::None;
    if speaks_tls {
        items.router(router, (&router.name, &tls, Some(ingress)), &used);
    }
    if !speaks_tls {
        items.router(router, (&router.name, &plain, None), &used);
    } else if !plain.is_empty() {
        items.router(router, (&format!("{}-plain", router.name), &plain, None), &used);
    }
    // A reader looks for the rule first.
    items.list.sort_by_key(|it| it.kind != "routers");
    items.list
}

/// Returns the name of the Traefik service for a port, which is the service's own unless it has routes to several.
pub(super) fn service_name(service: &Service, port: u16) -> String {
    if service.routes.iter().all(|it| it.port == port) {
        return service.name.clone();
    }
    let named = service.ports.iter().find(|it| it.number == port);
    format!("{}-{}", service.name, named.map_or_else(|| port.to_string(), |it| it.name.clone()))
}

struct Items<'a> {
    list: Vec<Item>,
    naming: Naming<'a>,
}

impl Items<'_> {
    fn named(&self, name: &str) -> Text {
        let mut text = self.naming.prefix.clone();
        text.push_literal(name);
        text
    }

    fn add(&mut self, (kind, name): (&'static str, &str), key: &str, value: Value, origin: &Origin) {
        let key = key.split('.').map(str::to_string).collect();
        self.list.push(Item { kind, name: self.named(name), key, value, origin: origin.clone() });
    }

    fn router(
        &mut self,
        router: &Router<'_>,
        (name, entries, tls): (&str, &[&Entrypoint], Option<&Ingress>),
        middlewares: &[String],
    ) {
        let written = Origin::Written(router.route.span);
        let at = ("routers", name);
        self.add(at, "rule", Value::Text(rule(&router.matches)), &written);
        if !entries.is_empty() {
            let names = entries.iter().map(|it| Text::literal(&it.name)).collect();
            self.add(at, "entryPoints", Value::Words(names), &written);
        }
        if let Some(number) = router.priority {
            let why = &"routes overlap, and the more exact one goes first";
            let derived = Origin::Derived { span: router.route.span, why };
            let origin = router.route.priority.as_ref().map_or(&derived, |it| &it.origin);
            self.add(at, "priority", Value::Int(number), origin);
        }
        if let Some(ingress) = tls {
            let of_ingress = Origin::Derived { span: ingress.span, why: &"the proxy terminates TLS" };
            self.add(at, "tls", Value::On, &of_ingress);
            if let Tls::Acme(resolver) = &ingress.tls {
                self.add(at, "tls.certResolver", Value::Text(Text::literal(resolver)), &of_ingress);
            }
        }
        if !middlewares.is_empty() {
            let names = middlewares.iter().map(|it| self.named(it)).collect();
            self.add(at, "middlewares", Value::Words(names), &written);
        }
        // From a label with one service Traefik takes that one; with several it must be told.
        let several = router.service.routes.iter().any(|it| it.port != router.route.port);
        if several || self.naming.in_file {
            let target = self.named(&service_name(router.service, router.route.port));
            self.add(at, "service", Value::Text(target), &written);
        }
    }

    /// Writes the middlewares in the order that a request meets them, which is also nginx's: where it is sent, how
    /// often it may come, who it is, what is passed on. A route that was taken apart has them once.
    fn middlewares(&mut self, router: &Router<'_>, ingress: &Ingress) -> Vec<String> {
        let Route { name, span, strip, body, auth, rate, headers, redirect, .. } = router.route;
        let written = Origin::Written(*span);
        let is_first = router.name == *name;
        let mut used = Vec::new();
        let mut add = |suffix: &str, settings: Vec<(String, Value)>| {
            let middleware = format!("{name}-{suffix}");
            for (key, value) in settings.into_iter().filter(|_| is_first) {
                let key: Vec<String> = key.split('.').map(str::to_string).collect();
                let item =
                    Item { kind: "middlewares", name: self.named(&middleware), key, value, origin: written.clone() };
                self.list.push(item);
            }
            used.push(middleware);
        };
        let text = |it: &str| Value::Text(Text::literal(it));
        if !headers.is_empty() {
            let each = headers.iter();
            let each = each.map(|(name, value)| (format!("headers.customResponseHeaders.{name}"), text(value)));
            add("headers", each.collect());
        }
        if let Some(to) = redirect {
            add("redirect", self::redirect(to));
        }
        if let Some(it) = rate {
            add("rate", self::rate(*it, ingress));
        }
        if let Some(file) = auth {
            let path = users_file(file, ingress);
            add("auth", vec![("basicAuth.usersFile".to_string(), text(&path))]);
        }
        if let Some(bytes) = body {
            let most = Value::Int(i64::try_from(*bytes).unwrap_or(i64::MAX));
            add("body", vec![("buffering.maxRequestBodyBytes".to_string(), most)]);
        }
        if let Some(path) = strip {
            add("strip", vec![("stripPrefix.prefixes".to_string(), Value::Words(vec![Text::literal(path)]))]);
        }
        used
    }
}

fn rate(rate: Rate, ingress: &Ingress) -> Vec<(String, Value)> {
    let int = |it: u64| Value::Int(i64::try_from(it).unwrap_or(i64::MAX));
    let mut settings = vec![("rateLimit.average".to_string(), int(rate.requests))];
    if rate.per.millis != 1000 {
        let period = format!("{}s", rate.per.millis / 1000);
        settings.push(("rateLimit.period".to_string(), Value::Text(Text::literal(period))));
    }
    settings.push(("rateLimit.burst".to_string(), int(rate.burst)));
    if ingress.client_ip.is_some() {
        // Else all callers behind the proxy in front would be one.
        settings.push(("rateLimit.sourceCriterion.ipStrategy.depth".to_string(), Value::Int(1)));
    }
    settings
}

fn redirect(to: &Redirect) -> Vec<(String, Value)> {
    let permanent = |kind: &str| (format!("{kind}.permanent"), Value::True);
    let text = |it: &str| Value::Text(Text::literal(it));
    let (regex, replacement) = match to {
        Redirect::Https => {
            return vec![("redirectScheme.scheme".to_string(), text("https")), permanent("redirectScheme")];
        }
        Redirect::Origin(to) => ("^https?://[^/]+(.*)$", format!("{to}${{1}}")),
        Redirect::Path(to) => ("^(https?://[^/]+).*$", format!("${{1}}{to}")),
        Redirect::Address(to) => ("^.*$", to.clone()),
    };
    vec![
        ("redirectRegex.regex".to_string(), text(regex)),
        ("redirectRegex.replacement".to_string(), text(&replacement)),
        permanent("redirectRegex"),
    ]
}
