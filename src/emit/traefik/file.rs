//! Routes and certificates as a file that Traefik reads: its dynamic configuration.
//!
//! Traefik fills in such a file as a Go template before it reads it as YAML.

use crate::diag::{Diagnostic, Level};
use crate::emit::Artifact;
use crate::emit::compose::document::origin_lines;
use crate::emit::lowering::Lowering;
use crate::emit::proxy::{self, Generated, VARIABLE_IN_FILE, certificate_path};
use crate::ir::route::{Ingress, Tls};
use crate::ir::service::Service;
use crate::ir::text::{Part, Text};
use crate::origin::Origin;
use crate::syntax::yaml_out::{Map, Seq, Yaml, render};

use super::dynamic::{Item, Naming, Value, items, routers, service_name};

/// Returns the dynamic configuration, where one is needed: for routes if a file is named for them, and for
/// certificates, which labels cannot say.
pub(super) fn dynamic(ingress: &Ingress, cx: &mut Lowering<'_>) -> Option<Generated> {
    let certificates = certificates(ingress);
    if ingress.file.is_none() && certificates.is_none() {
        return None;
    }
    let default = format!("traefik/{}.yml", cx.environment.name);
    let path = ingress.file.as_ref().map_or(default, |it| it.value.clone());
    let mut map = Map::new().spaced();
    if ingress.file.is_some() {
        map.add("http", http(ingress, cx)).from(&Origin::Written(ingress.span));
    }
    if let Some(it) = certificates {
        map.add("tls", it).from(&Origin::Written(ingress.span));
    }
    let mut header = origin_lines(cx.system, cx.environment);
    header.push("Traefik's dynamic configuration: it reads this as a Go template.".to_string());
    let rendered = render(&map.into(), &header);
    let artifact = Artifact {
        path,
        text: rendered.text,
        executable: false,
        target: proxy::TARGET.name,
        environments: vec![cx.environment.name.clone()],
        origins: rendered.origins,
    };
    Some(Generated { target: "/etc/traefik/dynamic/routes.yml".to_string(), artifact })
}

fn http(ingress: &Ingress, cx: &mut Lowering<'_>) -> Map {
    let prefix = Text::literal(format!("{}-", name(cx)));
    let naming = Naming { prefix: &prefix, in_file: true };
    let mut all = Map::new();
    for kind in ["routers", "middlewares", "services", "serversTransports"] {
        let mut section = Map::new();
        for router in &routers(cx).all {
            for item in items(router, ingress, naming).into_iter().filter(|it| it.kind == kind) {
                put(&mut section, item, cx);
            }
        }
        match kind {
            "services" => services(&mut section, &prefix, cx),
            "serversTransports" => transports(&mut section, &prefix, cx),
            _ => {}
        }
        all = all.put_filled(kind, section);
    }
    all
}

/// Returns the project's name if it is known now.
fn name(cx: &Lowering<'_>) -> String {
    let project = cx.environment.project.as_ref().and_then(|it| it.value.as_literal());
    project.unwrap_or(&cx.system.name).replace(|it: char| !it.is_ascii_alphanumeric() && it != '_', "-")
}

/// Puts an item where it belongs, making the maps on the way.
fn put(section: &mut Map, item: Item, cx: &mut Lowering<'_>) {
    let name = item.name.to_source();
    let value = match item.value {
        Value::Text(it) => Yaml::Str(template(&it, &item.origin, cx)),
        Value::Int(it) => Yaml::Int(it),
        Value::True => Yaml::Bool(true),
        Value::On => Yaml::Map(Map::new()),
        Value::Words(words) => Yaml::flow(words.iter().map(|it| template(it, &item.origin, cx)).collect::<Vec<_>>()),
    };
    let mut at = section;
    for key in std::iter::once(&name).chain(&item.key[..item.key.len() - 1]) {
        at = at.below(key);
    }
    if let Some(last) = item.key.last() {
        at.add(last.clone(), value).from(&item.origin);
    }
}

/// Writes a text for the template that the file is: variables come from the proxy's own environment.
fn template(text: &Text, origin: &Origin, cx: &mut Lowering<'_>) -> String {
    let here = cx.environment.ingress.as_ref().is_some_and(|it| it.here);
    let mut out = String::new();
    for part in &text.parts {
        match part {
            Part::Literal(it) => out += &it.replace("{{", "{{ `{{` }}"),
            Part::Variable(it) if here => out += &format!("{{{{ env `{}` }}}}", it.name),
            Part::Variable(it) => {
                let message = format!("`${{{}}}` is not known to a proxy elsewhere", it.name);
                let error = Diagnostic::new(VARIABLE_IN_FILE, Level::Error, it.span, message);
                let error = if let Some(span) = origin.span() { error.also(span, "this route") } else { error };
                cx.error(error.help("write the value, or leave out `ingress.file`: labels are filled in by compose"));
            }
            Part::Slot => {}
        }
    }
    out
}

fn services(section: &mut Map, prefix: &Text, cx: &mut Lowering<'_>) {
    for service in &cx.environment.services {
        let mut done: Vec<u16> = Vec::new();
        for route in &service.routes {
            if done.contains(&route.port) {
                continue;
            }
            done.push(route.port);
            let limit = limit(service, route.port);
            let of_port = service.routes.iter().filter(|it| it.port == route.port);
            if let Some(it) = of_port.clone().find(|it| it.timeout.is_some() && it.timeout.map(|it| it.millis) != limit)
            {
                let reason = "Traefik limits the time of connections to a port: its routes have the longest, or none";
                cx.approximate(service, "routes.timeout", Some(it.span), reason);
            }
            let url = Map::new().put("url", format!("http://{}:{}", proxy::address(service, cx), route.port));
            let mut balancer = Map::new().put("servers", Seq::new().item(url));
            if let Some(name) = transport(service, route.port, prefix) {
                balancer = balancer.put("serversTransport", name);
            }
            let name = format!("{}{}", prefix.to_source(), service_name(service, route.port));
            section.add(name, Map::new().put("loadBalancer", balancer)).from(&Origin::Written(route.span));
        }
    }
}

/// A limit on how long a service takes is one of the connections to it: of its routes, the longest.
fn limit(service: &Service, port: u16) -> Option<u64> {
    let of_port = || service.routes.iter().filter(|it| it.port == port && it.redirect.is_none());
    if of_port().any(|it| it.timeout.is_none()) {
        return None;
    }
    of_port().filter_map(|it| it.timeout).map(|it| it.millis).max()
}

fn transport(service: &Service, port: u16, prefix: &Text) -> Option<String> {
    limit(service, port).map(|_| format!("{}{}", prefix.to_source(), service_name(service, port)))
}

fn transports(section: &mut Map, prefix: &Text, cx: &Lowering<'_>) {
    for service in &cx.environment.services {
        for route in &service.routes {
            let Some(name) = transport(service, route.port, prefix) else { continue };
            let millis = limit(service, route.port).unwrap_or_default();
            if section.get(&name).is_none() {
                let limits = Map::new().put("responseHeaderTimeout", format!("{millis}ms"));
                section.add(name, Map::new().put("forwardingTimeouts", limits)).from(&Origin::Written(route.span));
            }
        }
    }
}

/// Returns the certificates of a proxy that runs here. One elsewhere has its own.
fn certificates(ingress: &Ingress) -> Option<Map> {
    let certificate = ingress.certificate.as_ref().filter(|_| ingress.here && ingress.tls != Tls::None)?;
    let pair = || {
        Map::new()
            .put("certFile", certificate_path(&certificate.chain, ingress))
            .put("keyFile", certificate_path(&certificate.key, ingress))
    };
    let default = Map::new().put("defaultCertificate", pair());
    let mut options = Map::new().put("minVersion", "VersionTLS12");
    if let Some(ca) = &certificate.client_ca {
        let auth = Map::new()
            .put("caFiles", Yaml::flow([certificate_path(ca, ingress)]))
            .put("clientAuthType", "RequireAndVerifyClientCert");
        options = options.put("clientAuth", auth);
    }
    Some(
        Map::new()
            .put("certificates", Seq::new().item(pair()))
            .put("stores", Map::new().put("default", default))
            .put("options", Map::new().put("default", options)),
    )
}
