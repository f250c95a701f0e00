//! The proxy as a service of the system, when it runs here.
//!
//! It is made as a picture like any other service, so every target lowers it with what it has. What the spec says
//! about a service of that name stays; only what is missing is filled in.

use crate::emit::Grade;
use crate::emit::lowering::Lowering;
use crate::ir::route::{Entrypoint, Ingress, IngressKind, Tls};
use crate::ir::service::{Command, Content, Mount, MountSource, Protocol, Publish, Role, Service};
use crate::ir::text::{Part, Text};
use crate::ir::{Target, Volume};
use crate::origin::{Origin, Traced};

const IMAGE: &str = "traefik:v3.6";
const SOCKET: &str = "/var/run/docker.sock";
const DASHBOARD_PORT: u16 = 8080;
/// Where certificates are kept that the proxy has ordered.
const ACME_DIRECTORY: &str = "/letsencrypt";

/// Returns the proxy and the volume it needs, if it runs in this environment.
pub(crate) fn proxy(cx: &mut Lowering<'_>) -> (Option<Service>, Option<Volume>) {
    let runs = |it: &&Ingress| it.here && it.kind == IngressKind::Traefik;
    let Some(ingress) = cx.environment.ingress.as_ref().filter(runs) else { return (None, None) };
    // An environment of workers only needs no way in.
    if !cx.environment.services.iter().any(|it| it.name == ingress.service || !it.routes.is_empty()) {
        return (None, None);
    }
    losses(ingress, cx);
    let origin = Origin::Derived { span: ingress.span, why: "the proxy runs in this system" };
    let own = cx.environment.service(&ingress.service).cloned();
    let mut service = own.unwrap_or_else(|| Service {
        doc: Some("The way in: finds services by their labels.".to_string()),
        ..Service::new(&ingress.service, ingress.span)
    });
    if service.image.is_none() && service.build.is_none() {
        let default = || Traced::new(Text::literal(IMAGE), Origin::Default("the newest Traefik this version knows"));
        service.image = Some(ingress.image.clone().unwrap_or_else(default));
    }
    if service.run.is_none() {
        let flags = flags(ingress, cx.environment.target).into_iter().map(Text::literal).collect();
        service.run = Some(Traced::new(Command::List(flags), origin.clone()));
    }
    if let Some(network) = ingress.network.as_ref().filter(|_| service.networks.is_empty()) {
        service.networks.push(network.clone());
    }
    publish(&mut service, ingress);
    mount(&mut service, ingress, cx, &origin);
    let volume = matches!(ingress.tls, Tls::Acme(_)).then(|| acme_volume(ingress));
    (Some(service), volume.filter(|new| cx.environment.volumes.iter().all(|it| it.name != new.name)))
}

fn flags(ingress: &Ingress, target: Target) -> Vec<String> {
    let provider = if target == Target::Swarm { "swarm" } else { "docker" };
    let mut flags =
        vec![format!("--providers.{provider}=true"), format!("--providers.{provider}.exposedbydefault=false")];
    if let Some(value) = &ingress.constraint {
        let constraint = format!("Label(`traefik.constraint-label`, `{value}`)");
        flags.push(format!("--providers.{provider}.constraints={constraint}"));
    }
    for Entrypoint { name, port, publish: _, redirect, tls: _ } in &ingress.entrypoints {
        flags.push(format!("--entrypoints.{name}.address=:{port}"));
        if let Some(to) = redirect {
            flags.push(format!("--entrypoints.{name}.http.redirections.entrypoint.to={to}"));
            flags.push(format!("--entrypoints.{name}.http.redirections.entrypoint.scheme=https"));
        }
    }
    if let Tls::Acme(resolver) = &ingress.tls {
        let plain = ingress.entrypoints.iter().find(|it| it.port == 80);
        let challenge = match plain {
            Some(it) => format!("httpchallenge.entrypoint={}", it.name),
            None => "tlschallenge=true".to_string(),
        };
        flags.push(format!("--certificatesresolvers.{resolver}.acme.{challenge}"));
        flags.push(format!("--certificatesresolvers.{resolver}.acme.storage={ACME_DIRECTORY}/acme.json"));
    }
    if ingress.dashboard.is_some() {
        flags.push("--api.insecure=true".to_string());
    }
    flags.extend(ingress.log_level.iter().map(|it| format!("--log.level={it}")));
    flags
}

fn publish(service: &mut Service, ingress: &Ingress) {
    let entries = ingress.entrypoints.iter().map(|it| (it.port, &it.publish));
    for (target, published) in entries.chain([(DASHBOARD_PORT, &ingress.dashboard)]) {
        let Some(Traced { value, origin }) = published else { continue };
        if service.publish.iter().any(|it| it.target == target) {
            continue;
        }
        let (host, published) = host_and_port(value);
        service.publish.push(Publish {
            host,
            published: Some(published),
            target,
            protocol: Protocol::Tcp,
            origin: origin.clone(),
        });
    }
}

/// Takes `127.0.0.1:8090` apart; a variable may be a port only.
fn host_and_port(text: &Text) -> (Option<Text>, Text) {
    let Some(Part::Literal(first)) = text.parts.first() else { return (None, text.clone()) };
    let Some((host, rest)) = first.rsplit_once(':') else { return (None, text.clone()) };
    let mut port = Text::literal(rest);
    port.parts.extend_from_slice(&text.parts[1..]);
    (Some(Text::literal(host.trim_matches(['[', ']']))), port)
}

fn mount(service: &mut Service, ingress: &Ingress, cx: &Lowering<'_>, origin: &Origin) {
    let mut add = |source: MountSource, target: &str, read_only: bool, role: Role| {
        if service.mounts.iter().all(|it| it.target != target) {
            let (target, origin) = (target.to_string(), origin.clone());
            service.mounts.push(Mount { source, target, read_only, role, origin });
        }
    };
    add(MountSource::Host(Text::literal(SOCKET)), SOCKET, true, Role::Host);
    if let Tls::Acme(_) = ingress.tls {
        add(MountSource::Volume(acme_volume(ingress).name), ACME_DIRECTORY, false, Role::Data);
    }
    let routes = cx.environment.services.iter().flat_map(|it| &it.routes);
    for file in routes.filter_map(|it| it.auth.as_ref()).filter(|it| it.starts_with("./")) {
        let source = MountSource::Repository { path: file.clone(), content: Content::Unknown };
        add(source, &users_file(file, ingress), true, Role::Secret);
    }
}

/// Returns where the proxy finds a users file: one of the repository is mounted, any other is where it says.
pub(super) fn users_file(file: &str, ingress: &Ingress) -> String {
    match file.strip_prefix("./") {
        Some(path) if ingress.here => format!("/etc/traefik/users/{path}"),
        _ => file.to_string(),
    }
}

fn acme_volume(ingress: &Ingress) -> Volume {
    Volume {
        name: format!("{}-acme", ingress.service),
        span: ingress.span,
        doc: Some("Certificates: without them each start orders new ones, until the authority refuses.".to_string()),
        external: false,
        real_name: None,
        driver: None,
        options: Vec::new(),
        size_bytes: None,
        access: None,
        class: None,
    }
}

fn losses(ingress: &Ingress, cx: &mut Lowering<'_>) {
    let mut lose = |field: &str, reason: &str| {
        cx.lose(Grade::NotExpressible, format!("ingress.{field}"), Some(ingress.span), reason);
    };
    if ingress.client_ip.is_some() {
        lose("client_ip", "Traefik takes the caller's address from X-Forwarded-For of trusted addresses only");
    }
    if ingress.tls == Tls::Files {
        lose("tls", "certificate files need a dynamic configuration: mount one and name it in the proxy's `run`");
    }
}
