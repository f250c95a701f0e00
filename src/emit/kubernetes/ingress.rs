//! The ways in: an Ingress for any controller, or IngressRoutes where the controller is Traefik.

use crate::emit::Grade;
use crate::ir::route::{Ingress, IngressKind, Match, Redirect, Route, Tls};
use crate::ir::service::{Port, Service};
use crate::origin::Origin;
use crate::syntax::yaml_out::{Map, Seq};

use super::cluster::{Cluster, port_name};
use super::object::{Object, PART_OF_LABEL, Part};

/// Writes the ways in of an environment.
pub(super) fn put_routes(cluster: &mut Cluster<'_>) {
    let environment = cluster.cx.environment;
    let Some(ingress) = &environment.ingress else { return };
    if ingress.here && ingress.kind != IngressKind::Kubernetes {
        let reason = "the controller is the cluster's: it is not part of what is generated";
        cluster.cx.lose(Grade::NotExpressible, "ingress.owner".to_string(), Some(ingress.span), reason);
    }
    ingress_losses(ingress, cluster);
    if ingress.kind == IngressKind::Traefik {
        return super::ingress_route::put_routes(ingress, cluster);
    }
    for service in cluster.services() {
        for route in &service.routes {
            let Some(port) = service.ports.iter().find(|it| it.number == route.port) else { continue };
            let object = plain(service, route, port, ingress, cluster);
            cluster.objects.push(object);
        }
    }
}

fn ingress_losses(ingress: &Ingress, cluster: &mut Cluster<'_>) {
    let Ingress {
        span,
        kind: _,
        here: _,
        service: _,
        class: _,
        image: _,
        network: _,
        constraint: _,
        entrypoints: _,
        tls: _,
        certificate: _,
        acme_email: _,
        file,
        static_file,
        version: _,
        dashboard,
        client_ip,
        log_level,
        webroot: _,
    } = ingress;
    let fields = [
        ("dashboard", dashboard.is_some()),
        ("client_ip", client_ip.is_some()),
        ("log_level", log_level.is_some()),
        ("file", file.is_some()),
        ("static_file", static_file.is_some()),
    ];
    for (field, is_said) in fields {
        if is_said {
            let reason = "it is a setting of the cluster's controller";
            cluster.cx.lose(Grade::NotExpressible, format!("ingress.{field}"), Some(*span), reason);
        }
    }
}

/// Makes an object of a route.
pub(super) fn object(
    service: &Service,
    route: &Route,
    (api, kind): (&'static str, &'static str),
    name: String,
    cluster: &Cluster<'_>,
) -> Object {
    let mut object = cluster.object(service, (api, kind), name).from(&Origin::Written(route.span));
    object.part = Part::Ingress;
    object
}

/// Which controller reads the annotations of an Ingress.
fn is_nginx(ingress: &Ingress) -> bool {
    ingress.kind == IngressKind::Nginx || ingress.class.as_ref().is_some_and(|it| it.value.contains("nginx"))
}

fn plain(service: &Service, route: &Route, port: &Port, ingress: &Ingress, cluster: &mut Cluster<'_>) -> Object {
    let mut annotations = annotations(service, route, ingress, cluster);
    let strip = route.strip.as_ref().filter(|_| is_nginx(ingress));
    let backend = Map::new().put("name", cluster.name_of(&service.name));
    let backend = backend.put("port", Map::new().put("name", port_name(port)));
    let backend = Map::new().put("service", backend);
    let (mut rules, mut hosts) = (Seq::new(), Vec::new());
    for Match { hosts: of, paths } in &route.matches {
        let text = |it: &crate::ir::text::Text, cluster: &mut Cluster<'_>| cluster.fixed(it, "a route", route.span);
        let paths: Vec<String> = paths.iter().map(|it| text(it, cluster)).collect();
        let paths = if paths.is_empty() { vec!["/".to_string()] } else { paths };
        let list = || {
            let one = |path: &String| match strip {
                Some(strip) => Map::new()
                    .put("path", format!("{}(/|$)(.*)", strip.trim_end_matches('/')))
                    .put("pathType", "ImplementationSpecific")
                    .put("backend", backend.clone()),
                None => Map::new().put("path", path).put("pathType", "Prefix").put("backend", backend.clone()),
            };
            Map::new().put("paths", paths.iter().map(one).collect::<Seq>())
        };
        if of.is_empty() {
            rules.add(Map::new().put("http", list()));
        }
        for host in of {
            let host = text(host, cluster);
            rules.add(Map::new().put("host", &host).put("http", list()));
            hosts.push(host);
        }
    }
    if strip.is_some() {
        annotations.push(("nginx.ingress.kubernetes.io/use-regex".to_string(), "true".to_string()));
        annotations.push(("nginx.ingress.kubernetes.io/rewrite-target".to_string(), "/$2".to_string()));
    }
    let mut spec = Map::new();
    let nginx = (ingress.kind == IngressKind::Nginx).then(|| "nginx".to_string());
    if let Some(class) = ingress.class.as_ref().map(|it| it.value.clone()).or(nginx) {
        spec.add("ingressClassName", class);
    }
    if let Some(secret) = tls_secret(route, ingress, cluster, &mut annotations) {
        let hosts: Seq = hosts.iter().map(String::as_str).collect();
        let tls = Map::new().put_filled("hosts", hosts).put("secretName", secret);
        spec.add("tls", Seq::new().item(tls));
    }
    spec.add("rules", rules);
    let name = label(&route.name);
    let mut object = object(service, route, ("networking.k8s.io/v1", "Ingress"), name, cluster);
    object.annotations = annotations;
    object.body(Map::new().put("spec", spec))
}

/// Returns the Secret with the certificate.
fn tls_secret(
    route: &Route,
    ingress: &Ingress,
    cluster: &Cluster<'_>,
    annotations: &mut Vec<(String, String)>,
) -> Option<String> {
    match &ingress.tls {
        Tls::None | Tls::Edge => None,
        Tls::Acme(issuer) => {
            annotations.push(("cert-manager.io/cluster-issuer".to_string(), issuer.clone()));
            Some(format!("{}-tls", label(&route.name)))
        }
        Tls::Files => Some(format!("{}-tls", cluster.system_label())),
    }
}

fn annotations(
    service: &Service,
    route: &Route,
    ingress: &Ingress,
    cluster: &mut Cluster<'_>,
) -> Vec<(String, String)> {
    let Route {
        name: _,
        span,
        matches: _,
        port: _,
        strip,
        websocket: _,
        timeout,
        body,
        priority,
        auth,
        rate,
        headers,
        entry: _,
        redirect,
    } = route;
    let plain = !is_nginx(ingress);
    let said = [
        ("strip", plain && strip.is_some()),
        ("timeout", plain && timeout.is_some()),
        ("body", plain && body.is_some()),
        ("auth", plain && auth.is_some()),
        ("rate", plain && rate.is_some()),
        ("redirect", plain && redirect.is_some()),
        ("headers", !headers.is_empty()),
    ];
    let mut lost: Vec<(&str, &str)> = said.into_iter().filter(|it| it.1).map(|it| (it.0, NO_WORD)).collect();
    if priority.is_some() {
        lost.push(("priority", "an Ingress takes the longest path first"));
    }
    for (field, reason) in lost {
        let field = format!("services.{}.routes.{field}", service.name);
        cluster.cx.lose(Grade::NotExpressible, field, Some(*span), reason);
    }
    if plain { Vec::new() } else { nginx_annotations(route) }
}

/// Why an option of a route is left out.
const NO_WORD: &str = "an Ingress has no word for it, and ingress-nginx no annotation that is on by default";

/// Returns the options of a route in the words of ingress-nginx.
fn nginx_annotations(route: &Route) -> Vec<(String, String)> {
    let mut annotations = Vec::new();
    let mut set = |key: &str, value: String| {
        annotations.push((format!("nginx.ingress.kubernetes.io/{key}"), value));
    };
    if let Some(bytes) = route.body {
        set("proxy-body-size", bytes.to_string());
    }
    match route.timeout {
        Some(timeout) => {
            let seconds = super::probe::seconds(timeout).to_string();
            set("proxy-read-timeout", seconds.clone());
            set("proxy-send-timeout", seconds);
        }
        // A connection that nothing passes over would be closed after a minute.
        None if route.websocket => set("proxy-read-timeout", "3600".to_string()),
        None => {}
    }
    if let Some(rate) = route.rate {
        let seconds = super::probe::seconds(rate.per);
        let per_minute = (rate.requests * 60).div_ceil(seconds).max(1);
        set("limit-rpm", per_minute.to_string());
        set("limit-burst-multiplier", (rate.burst.div_ceil(per_minute)).max(1).to_string());
    }
    if let Some(users) = &route.auth {
        set("auth-type", "basic".to_string());
        set("auth-secret", users_secret(users));
    }
    match &route.redirect {
        Some(Redirect::Https) => set("force-ssl-redirect", "true".to_string()),
        Some(Redirect::Origin(origin)) => {
            set("permanent-redirect", format!("{}$request_uri", origin.trim_end_matches('/')));
        }
        Some(Redirect::Path(to) | Redirect::Address(to)) => set("permanent-redirect", to.clone()),
        None => {}
    }
    annotations
}

/// Returns the name of the Secret that holds a users file.
pub(super) fn users_secret(file: &str) -> String {
    let base = file.rsplit('/').next().unwrap_or(file);
    label(base.trim_start_matches('.'))
}

/// Returns the name of an object of a route.
pub(super) fn label(name: &str) -> String {
    crate::syntax::kubernetes_name::dns_label(name).unwrap_or_else(|| "route".to_string())
}

/// Returns the label of everything in a system, for what belongs to no service.
pub(super) fn system_labels(cluster: &Cluster<'_>) -> Vec<(String, String)> {
    vec![(PART_OF_LABEL.to_string(), cluster.system_label())]
}
