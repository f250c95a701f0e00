//! Traefik's own kinds: an IngressRoute for each route, and Middlewares for what a request passes on its way.

use crate::emit::Grade;
use crate::emit::traefik;
use crate::ir::route::{Ingress, Redirect, Route, Tls};
use crate::ir::service::{Port, Service};
use crate::syntax::yaml_out::{Map, Seq};

use super::cluster::{Cluster, port_name};
use super::ingress::{label, object, users_secret};
use super::object::pairs;

/// Group and version of Traefik's kinds.
const TRAEFIK: &str = "traefik.io/v1alpha1";

/// Writes a route and what belongs to it.
pub(super) fn put_route(service: &Service, route: &Route, port: &Port, ingress: &Ingress, cluster: &mut Cluster<'_>) {
    let name = label(&route.name);
    let middlewares = middlewares(service, route, &name, cluster);
    let rule = cluster.fixed(&traefik::rule(&route.matches), "a route", route.span);
    let backend = Map::new().put("name", cluster.name_of(&service.name)).put("port", port_name(port));
    let mut one = Map::new().put("kind", "Rule").put("match", rule);
    if let Some(priority) = &route.priority {
        one.add("priority", priority.value).from(&priority.origin);
    }
    let one = one.put_filled("middlewares", middlewares).put("services", Seq::new().item(backend));
    let entries: Vec<String> = if route.entry.is_empty() {
        ingress.entrypoints.iter().filter(|it| it.redirect.is_none()).map(|it| it.name.clone()).collect()
    } else {
        route.entry.clone()
    };
    let tls = match &ingress.tls {
        Tls::None => None,
        Tls::Acme(resolver) => Some(Map::new().put("certResolver", resolver)),
        Tls::Files => Some(Map::new().put("secretName", format!("{}-tls", cluster.system_label()))),
        // The controller's default certificate.
        Tls::Edge => Some(Map::new()),
    };
    let spec = Map::new()
        .put_filled("entryPoints", entries.into_iter().collect::<Seq>())
        .put("routes", Seq::new().item(one))
        .put_if("tls", tls);
    let mut object =
        object(service, route, (TRAEFIK, "IngressRoute"), name, cluster).body(Map::new().put("spec", spec));
    if let Some(class) = &ingress.class {
        object.annotations.push(("kubernetes.io/ingress.class".to_string(), class.value.clone()));
    }
    cluster.objects.push(object);
}

/// Writes what a request passes on its way, and returns the references to it.
fn middlewares(service: &Service, route: &Route, name: &str, cluster: &mut Cluster<'_>) -> Seq {
    let mut all: Vec<(&str, Map)> = Vec::new();
    if let Some(rate) = route.rate {
        let number = |it: u64| i64::try_from(it).unwrap_or(i64::MAX);
        let limit = Map::new()
            .put("average", number(rate.requests))
            .put("period", format!("{}ms", rate.per.millis))
            .put("burst", number(rate.burst.max(1)));
        all.push(("rate", Map::new().put("rateLimit", limit)));
    }
    if let Some(users) = &route.auth {
        all.push(("auth", Map::new().put("basicAuth", Map::new().put("secret", users_secret(users)))));
    }
    if let Some(bytes) = route.body {
        let bytes = i64::try_from(bytes).unwrap_or(i64::MAX);
        all.push(("body", Map::new().put("buffering", Map::new().put("maxRequestBodyBytes", bytes))));
    }
    if !route.headers.is_empty() {
        let headers = Map::new().put("customResponseHeaders", pairs(&route.headers));
        all.push(("headers", Map::new().put("headers", headers)));
    }
    if let Some(redirect) = &route.redirect {
        all.push(("redirect", self::redirect(redirect)));
    }
    if let Some(prefix) = &route.strip {
        let prefixes = Seq::new().item(prefix.as_str());
        all.push(("strip", Map::new().put("stripPrefix", Map::new().put("prefixes", prefixes))));
    }
    if route.timeout.is_some() {
        let field = format!("services.{}.routes.timeout", service.name);
        let reason = "Traefik has time-outs per entry point only: they are the controller's settings";
        cluster.cx.lose(Grade::NotExpressible, field, Some(route.span), reason);
    }
    let mut list = Seq::new();
    for (what, spec) in all {
        let name = format!("{name}-{what}");
        let object = object(service, route, (TRAEFIK, "Middleware"), name.clone(), cluster);
        cluster.objects.push(object.body(Map::new().put("spec", spec)));
        list.add(Map::new().put("name", name));
    }
    list
}

fn redirect(redirect: &Redirect) -> Map {
    let regex = |from: &str, to: String| {
        let regex = Map::new().put("regex", from).put("replacement", to).put("permanent", true);
        Map::new().put("redirectRegex", regex)
    };
    match redirect {
        Redirect::Https => Map::new().put("redirectScheme", Map::new().put("scheme", "https").put("permanent", true)),
        Redirect::Origin(origin) => regex("^https?://[^/]+/(.*)", format!("{}/${{1}}", origin.trim_end_matches('/'))),
        Redirect::Path(path) => regex("^(https?://[^/]+)/.*", format!("${{1}}{path}")),
        Redirect::Address(address) => regex(".*", address.clone()),
    }
}
