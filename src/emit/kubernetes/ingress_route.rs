//! Traefik's own kinds: an IngressRoute for each router, and Middlewares for what a request passes on its way.
//!
//! Routers and middlewares, their order and their numbers are those that labels and files have; only the words in which
//! they are said differ.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::emit::Grade;
use crate::emit::routing::{Router, Routers};
use crate::emit::traefik::{self, Item, Naming, Value};
use crate::ir::route::{Ingress, Match, Tls};
use crate::ir::text::Text;
use crate::syntax::yaml_out::{Map, Seq, Yaml};

use super::cluster::{Cluster, port_name};
use super::ingress::{label, object, users_secret};
use super::object::Object;

/// Group and version of Traefik's kinds.
const TRAEFIK: &str = "traefik.io/v1alpha1";

/// Writes all routes and what belongs to them.
pub(super) fn put_routes(ingress: &Ingress, cluster: &mut Cluster<'_>) {
    for router in &routers(cluster).all {
        if cluster.cx.off(&router.service.name).is_none() {
            put_router(router, ingress, cluster);
        }
    }
    for service in cluster.services() {
        if let Some(route) = service.routes.iter().find(|it| it.timeout.is_some()) {
            let field = format!("services.{}.routes.timeout", service.name);
            let reason = "Traefik has time-outs per entry point only: they are the controller's settings";
            cluster.cx.lose(Grade::NotExpressible, field, Some(route.span), reason);
        }
    }
}

/// Traefik takes the length of the rule as it is applied, with everything filled in.
fn routers<'a>(cluster: &Cluster<'a>) -> Arc<Routers<'a>> {
    let length = |matches: &[Match]| {
        let filled = super::text::fill(&traefik::rule(matches), &cluster.known.variables, &mut Vec::new());
        filled.as_literal().map(|it| i64::try_from(it.len()).unwrap_or(i64::MAX))
    };
    cluster.cx.routers(&length)
}

fn put_router(router: &Router<'_>, ingress: &Ingress, cluster: &mut Cluster<'_>) {
    let none = Text::default();
    let mut routes: BTreeMap<String, Vec<Item>> = BTreeMap::new();
    let mut middlewares: Vec<Object> = Vec::new();
    for item in traefik::items(router, ingress, Naming { prefix: &none, in_file: false }) {
        let name = item.name.to_source();
        match item.kind {
            "middlewares" => put_setting(item, &label(&name), router, &mut middlewares, cluster),
            _ => routes.entry(name).or_default().push(item),
        }
    }
    cluster.objects.append(&mut middlewares);
    for (name, items) in routes {
        let object = route(label(&name), items, router, ingress, cluster);
        cluster.objects.push(object);
    }
}

fn route(name: String, items: Vec<Item>, router: &Router<'_>, ingress: &Ingress, cluster: &mut Cluster<'_>) -> Object {
    let mut spec = Map::new();
    let mut one = Map::new().put("kind", "Rule");
    let mut middlewares = Seq::new();
    let mut tls = None;
    for Item { key, value, origin, .. } in items {
        let at = origin.span().unwrap_or(router.route.span);
        match (key[0].as_str(), value) {
            ("rule", Value::Text(it)) => one.add("match", cluster.fixed(&it, "a route", at)).from(&origin),
            ("priority", Value::Int(it)) => one.add("priority", it).from(&origin),
            ("entryPoints", Value::Words(list)) => {
                let names: Seq = list.iter().map(Text::to_source).collect();
                spec.add("entryPoints", names).from(&origin)
            }
            ("middlewares", Value::Words(list)) => {
                for it in &list {
                    middlewares.add(Map::new().put("name", label(&it.to_source())));
                }
                continue;
            }
            ("tls", _) => {
                tls = Some(origin);
                continue;
            }
            // Of a router's service only its name is said there; here it is a reference to the cluster's.
            _ => continue,
        };
    }
    let port = router.service.ports.iter().find(|it| it.number == router.route.port);
    let backend = Map::new().put("name", cluster.name_of(&router.service.name)).put_if("port", port.map(port_name));
    let one = one.put_filled("middlewares", middlewares).put("services", Seq::new().item(backend));
    spec.add("routes", Seq::new().item(one));
    if let Some(origin) = tls {
        let certificate = match &ingress.tls {
            Tls::Acme(resolver) => Map::new().put("certResolver", resolver),
            Tls::Files => Map::new().put("secretName", format!("{}-tls", cluster.system_label())),
            // The controller's default certificate.
            Tls::Edge | Tls::None => Map::new(),
        };
        spec.add("tls", certificate).from(&origin);
    }
    let mut object = object(router.service, router.route, (TRAEFIK, "IngressRoute"), name, cluster);
    if let Some(class) = &ingress.class {
        object.annotations.push(("kubernetes.io/ingress.class".to_string(), class.value.clone()));
    }
    object.body(Map::new().put("spec", spec))
}

/// Writes a setting of a middleware into its object, which is made with its first.
fn put_setting(item: Item, name: &str, router: &Router<'_>, objects: &mut Vec<Object>, cluster: &mut Cluster<'_>) {
    if objects.last().is_none_or(|it| it.name != name) {
        objects.push(object(router.service, router.route, (TRAEFIK, "Middleware"), name.to_string(), cluster));
    }
    let Some(object) = objects.last_mut() else { return };
    let at = item.origin.span().unwrap_or(router.route.span);
    let mut text = |it: &Text| cluster.fixed(it, "a middleware", at);
    let is_users = item.key == ["basicAuth", "usersFile"];
    let (key, value) = match (item.value, &router.route.auth) {
        // A cluster has no file of users, but a Secret that holds it.
        (Value::Text(_), Some(users)) if is_users => ("secret", Yaml::Str(users_secret(users))),
        (Value::Text(it), _) => (last(&item.key), Yaml::Str(text(&it))),
        (Value::Int(it), _) => (last(&item.key), Yaml::Int(it)),
        (Value::True, _) => (last(&item.key), Yaml::Bool(true)),
        (Value::On, _) => (last(&item.key), Yaml::Map(Map::new())),
        (Value::Words(list), _) => (last(&item.key), Yaml::from(list.iter().map(text).collect::<Seq>())),
    };
    let mut map = object.body.below("spec");
    for part in &item.key[..item.key.len() - 1] {
        map = map.below(part);
    }
    map.add(key.to_string(), value).from(&item.origin);
}

fn last(key: &[String]) -> &str {
    key.last().map_or("", String::as_str)
}
