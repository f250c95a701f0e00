//! The proxy in front, whichever program it is: the service that it becomes when it runs here, and the files that are
//! generated for it.
//!
//! The service is made as a picture like any other, so every target lowers it with what it has. What the spec says
//! about a service of that name stays; only what is missing is filled in. Its files are artifacts and mounts with the
//! hash of their content, so whatever carries the files of an environment to a machine carries these, and a change
//! rolls the proxy.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};

use crate::diag::{Diagnostic, Diags, Level, Reported};
use crate::emit::lowering::Lowering;
use crate::emit::{Artifact, Output, Target, nginx, traefik};
use crate::ir::route::{Ingress, IngressKind};
use crate::ir::service::{Content, Mount, MountSource, Protocol, Publish, Role, Service};
use crate::ir::text::{Part, Text};
use crate::ir::variable::{Delivery, Entry};
use crate::ir::{self, Environment, System, Volume};
use crate::origin::{Origin, Traced};

use super::compose::networks;

pub(crate) use crate::emit::codes::{SAME_FILE, UNREACHABLE, VARIABLE_IN_FILE};

/// The target.
pub static TARGET: Target =
    Target { name: "proxy", summary: "Configuration files of the proxy, and of the nginx in frontend images", emit };

/// The port of Traefik's dashboard.
const DASHBOARD_PORT: u16 = 8080;

/// A file that is generated for a proxy.
pub(crate) struct Generated {
    /// Where the proxy reads it.
    pub target: String,
    /// The file.
    pub artifact: Artifact,
}

fn emit(system: &System, environments: &[&Environment], diags: &mut Diags) -> Result<Output, Reported> {
    let errors = diags.n_errors();
    let mut output = Output::default();
    let mut first: BTreeMap<String, usize> = BTreeMap::new();
    for environment in environments {
        let mut cx = Lowering::new(system, environment, TARGET.name);
        let mut files: Vec<Artifact> = files(&mut cx).into_iter().map(|it| it.artifact).collect();
        files.extend(nginx::frontends(&mut cx));
        output.losses.extend(cx.losses);
        diags.absorb(cx.diags);
        for file in files {
            match first.get(&file.path).map(|it| &mut output.artifacts[*it]) {
                None => {
                    first.insert(file.path.clone(), output.artifacts.len());
                    output.artifacts.push(file);
                }
                Some(same) if same.text == file.text => same.environments.extend(file.environments),
                Some(other) => differs(other, &file, environment, diags),
            }
        }
    }
    if diags.n_errors() > errors {
        diags.ok()?;
    }
    Ok(output)
}

fn differs(one: &Artifact, other: &Artifact, environment: &Environment, diags: &mut Diags) {
    let span = environment.ingress.as_ref().map_or(environment.span, |it| it.span);
    let message = format!(
        "`{}` and `{}` want different things of `{}`",
        one.environments.join("`, `"),
        environment.name,
        other.path
    );
    let error = Diagnostic::new(SAME_FILE, Level::Error, span, message).also(environment.span, "the second one");
    diags.push(error.help("give each its own: `file: proxy/@{env}.conf`"));
}

/// Returns the files that are generated for the proxy of an environment.
pub(crate) fn files(cx: &mut Lowering<'_>) -> Vec<Generated> {
    let has_routes = cx.environment.services.iter().any(|it| !it.routes.is_empty());
    let Some(ingress) = cx.environment.ingress.as_ref().filter(|_| has_routes && !is_cluster(cx)) else {
        return Vec::new();
    };
    match ingress.kind {
        IngressKind::Traefik => traefik::files(ingress, cx),
        IngressKind::Nginx => nginx::files(ingress, cx),
        IngressKind::Kubernetes => Vec::new(),
    }
}

fn is_cluster(cx: &Lowering<'_>) -> bool {
    cx.environment.target == ir::Target::Kubernetes
}

/// Returns the proxy and the volume it needs, if it runs in this environment.
pub(crate) fn proxy(cx: &mut Lowering<'_>) -> (Option<Service>, Option<Volume>) {
    let runs = |it: &&Ingress| it.here && it.kind != IngressKind::Kubernetes;
    let Some(ingress) = cx.environment.ingress.as_ref().filter(runs) else { return (None, None) };
    // An environment of workers only needs no way in.
    if !cx.environment.services.iter().any(|it| it.name == ingress.service || !it.routes.is_empty()) {
        return (None, None);
    }
    let origin = Origin::Derived { span: ingress.span, why: &"the proxy runs in this system" };
    let own = cx.environment.service(&ingress.service).cloned();
    let mut service = own.unwrap_or_else(|| Service {
        doc: Some("The way in.".to_string()),
        ..Service::new(&ingress.service, ingress.span)
    });
    if service.image.is_none() && service.build.is_none() {
        service.image.clone_from(&ingress.image);
    }
    if let Some(network) = ingress.network.as_ref().filter(|_| service.networks.is_empty()) {
        service.networks.push(network.clone());
    }
    publish(&mut service, ingress);
    // What they lose is told with the files themselves.
    let told = cx.losses.len();
    let files = self::files(cx);
    cx.losses.truncate(told);
    let volume = match ingress.kind {
        IngressKind::Nginx => nginx::complete(&mut service, ingress, cx, &origin),
        _ => traefik::complete(&mut service, ingress, (cx, &files), &origin),
    };
    for Generated { target, artifact } in files {
        let content = Content::File(hash(&artifact.text));
        let source = MountSource::Repository { path: format!("./{}", artifact.path), content };
        mount(&mut service, source, (&target, Role::Config), &origin);
    }
    users(&mut service, ingress, cx, &origin);
    certificates(&mut service, ingress, &origin);
    (Some(service), volume.filter(|new| cx.environment.volumes.iter().all(|it| it.name != new.name)))
}

/// Returns the first characters of a hash that changes with a text.
fn hash(text: &str) -> String {
    Sha256::digest(text.as_bytes()).iter().take(6).map(|it| format!("{it:02x}")).collect()
}

/// Mounts something for reading, unless something is mounted there already.
pub(crate) fn mount(service: &mut Service, source: MountSource, (target, role): (&str, Role), origin: &Origin) {
    if service.mounts.iter().all(|it| it.target != target) {
        let (target, origin) = (target.to_string(), origin.clone());
        service.mounts.push(Mount { source, target, read_only: role != Role::Data, role, origin });
    }
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
    port.parts.extend(text.parts[1..].iter().cloned());
    (Some(Text::literal(host.trim_matches(['[', ']']))), port)
}

/// Users files: one of the repository is mounted, any other is where it says.
fn users(service: &mut Service, ingress: &Ingress, cx: &Lowering<'_>, origin: &Origin) {
    let routes = cx.environment.services.iter().flat_map(|it| &it.routes);
    for file in routes.filter_map(|it| it.auth.as_ref()) {
        read(service, file, &users_file(file, ingress), origin);
    }
}

fn certificates(service: &mut Service, ingress: &Ingress, origin: &Origin) {
    let Some(it) = &ingress.certificate else { return };
    for file in [Some(&it.chain), Some(&it.key), it.client_ca.as_ref()].into_iter().flatten() {
        read(service, file, &certificate_path(file, ingress), origin);
    }
}

/// Mounts a file that the proxy reads, of the repository or of the host.
fn read(service: &mut Service, file: &str, target: &str, origin: &Origin) {
    let source = match file.starts_with("./") {
        true => MountSource::Repository { path: file.to_string(), content: Content::Unknown },
        false => MountSource::Host(Text::literal(file)),
    };
    mount(service, source, (target, Role::Secret), origin);
}

/// Returns where the proxy finds a users file.
pub(crate) fn users_file(file: &str, ingress: &Ingress) -> String {
    inside(file, "users", ingress)
}

/// Returns where the proxy finds a certificate.
pub(crate) fn certificate_path(file: &str, ingress: &Ingress) -> String {
    inside(file, "tls", ingress)
}

fn inside(file: &str, kind: &str, ingress: &Ingress) -> String {
    let home = if ingress.kind == IngressKind::Nginx { "nginx" } else { "traefik" };
    match file.strip_prefix("./") {
        Some(path) if ingress.here => format!("/etc/{home}/{kind}/{path}"),
        _ => file.to_string(),
    }
}

/// Returns the name by which the proxy finds a service.
///
/// A proxy elsewhere meets services of several projects on one network, where `app` may be anybody's; a container
/// name, or a stack's name before the service's, is one service only.
pub(crate) fn address(service: &Service, cx: &mut Lowering<'_>) -> String {
    if cx.environment.ingress.as_ref().is_some_and(|it| it.here) {
        return service.name.clone();
    }
    if cx.environment.target == ir::Target::Swarm
        && let Some(stack) = networks::project(cx).as_literal()
    {
        return format!("{stack}_{}", service.name);
    }
    if let Some(name) = service.container_name.as_ref().and_then(|it| it.value.as_literal()) {
        return name.to_string();
    }
    let reason = format!(
        "a proxy elsewhere asks for `{}`, which another project on the same network may be called as well: give the \
         service a `container_name`",
        service.name
    );
    cx.approximate(service, "routes", service.routes.first().map(|it| it.span), &reason);
    service.name.clone()
}

/// Gives the proxy the variables that its files name.
pub(crate) fn deliver(service: &mut Service, cx: &Lowering<'_>, origin: &Origin) {
    for part in texts(cx.environment).flat_map(|it| it.parts.clone()) {
        let Part::Variable(variable) = part else { continue };
        if service.environment.iter().any(|it| *it.name == *variable.name) {
            continue;
        }
        let declared = cx.environment.variable(&variable.name);
        service.environment.push(Entry {
            name: variable.name.as_str().into(),
            declared: declared.map(|it| it.span),
            secret: declared.is_some_and(|it| it.secret.is_some()),
            delivery: Traced::new(
                Delivery::Inline(Text { parts: smallvec::smallvec![Part::Variable(variable)] }),
                origin.clone(),
            ),
        });
    }
}

/// Returns the texts of routes that end up in the proxy's files.
pub(crate) fn texts(environment: &Environment) -> impl Iterator<Item = &Text> {
    let routes = environment.services.iter().flat_map(|it| &it.routes);
    routes.flat_map(|it| &it.matches).flat_map(|it| it.hosts.iter().chain(&it.paths))
}

/// Returns the network that a proxy which names none has in common with a service, if they have several to choose from.
pub(crate) fn shared_network(service: &Service, ingress: &Ingress, cx: &mut Lowering<'_>) -> Option<String> {
    let or_default = |list: Vec<String>| if list.is_empty() { vec!["default".to_string()] } else { list };
    let names = |it: &Service| or_default(it.networks.iter().map(|it| it.value.clone()).collect());
    let theirs = names(service);
    if !ingress.here {
        if theirs.len() > 1 {
            let reason = "the proxy takes any network of the service: say which one it is on, as `ingress.network`";
            cx.approximate(service, "networks", service.routes.first().map(|it| it.span), reason);
        }
        return None;
    }
    let ours = cx.environment.service(&ingress.service).map_or_else(|| or_default(Vec::new()), names);
    let shared = theirs.iter().find(|it| ours.contains(it));
    if shared.is_none() {
        let span = service.networks.first().and_then(|it| it.origin.span()).unwrap_or(service.span);
        let message = format!("the proxy cannot reach `{}`: they share no network", service.name);
        let error = Diagnostic::new(UNREACHABLE, Level::Error, span, message).also(ingress.span, "the proxy");
        let help = format!("write `network: {}` under `ingress`, or add `default` to the service", theirs[0]);
        cx.error(error.help(help));
    }
    shared.filter(|_| theirs.len() > 1).cloned()
}
