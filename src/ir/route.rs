//! Who may call a service from outside, and the proxy in front.
//!
//! Which route takes a request is the same under every proxy: of the matches that apply, the one with the highest
//! `priority` (0 where none is written); then an exact host before a wildcard before any host; then the longest path;
//! then the first written. A path is a prefix of the request's path, as text. A request that nothing matches is
//! answered with 404.

use super::service::Duration;
use super::text::{Part, Text};
use crate::origin::Traced;
use crate::source::Span;

/// A way from the proxy to a port of a service.
#[derive(Clone, Debug)]
pub struct Route {
    /// Unique in the system: the service's name, with a number or the port's name when it has several routes.
    pub name: String,
    /// Where it is written.
    pub span: Span,
    /// Alternatives: the route applies if any of them matches.
    pub matches: Vec<Match>,
    /// The container port it leads to.
    pub port: u16,
    /// Path prefix to take away before the request is passed on.
    pub strip: Option<String>,
    /// Whether connections are upgraded (WebSocket).
    pub websocket: bool,
    /// How long the service may take.
    pub timeout: Option<Duration>,
    /// The largest request body, in bytes.
    pub body: Option<u64>,
    /// Higher wins where routes overlap.
    pub priority: Option<Traced<i64>>,
    /// Users file for basic authentication: of the repository (`./…`), or a path where the proxy runs.
    pub auth: Option<String>,
    /// How many requests one caller may make.
    pub rate: Option<Rate>,
    /// Headers that every answer has: those of the ingress, with the route's own laid over them.
    pub headers: Vec<(String, String)>,
    /// Entry points; empty means all of the ingress that do not just redirect.
    pub entry: Vec<String>,
    /// Where to send the caller instead.
    pub redirect: Option<Redirect>,
}

/// Where a caller is sent, for good.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Redirect {
    /// To the same address over HTTPS.
    Https,
    /// To the same path on another origin, such as `https://example.com`.
    Origin(String),
    /// To another path on the same host.
    Path(String),
    /// To one address.
    Address(String),
}

/// How many requests one caller may make.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Rate {
    /// This many on average …
    pub requests: u64,
    /// … in this time …
    pub per: Duration,
    /// … and so many at once on top.
    pub burst: u64,
}

/// Hosts and paths that must both match; an empty list matches everything.
#[derive(Clone, Debug)]
pub struct Match {
    /// Host names.
    pub hosts: Vec<Text>,
    /// Path prefixes.
    pub paths: Vec<Text>,
}

/// How exactly a host is said; a greater one comes first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum HostClass {
    /// Any host.
    Any,
    /// `*.example.com`: one more label.
    Wildcard,
    /// One host.
    Exact,
}

/// Returns how exactly a host is said; `None` stands for any.
pub fn host_class(host: Option<&Text>) -> HostClass {
    match host.map(|it| it.parts.first()) {
        None => HostClass::Any,
        Some(Some(Part::Literal(it))) if it.starts_with("*.") => HostClass::Wildcard,
        Some(_) => HostClass::Exact,
    }
}

/// The proxy.
#[derive(Clone, Debug)]
pub struct Ingress {
    /// Where it is written.
    pub span: Span,
    /// Which program.
    pub kind: IngressKind,
    /// Whether it runs in this system; elsewhere, only labels or a snippet are generated.
    pub here: bool,
    /// The service that is the proxy, when it runs here.
    pub service: String,
    /// The class of a Kubernetes Ingress.
    pub class: Option<Traced<String>>,
    /// Its image, when it runs here.
    pub image: Option<Traced<Text>>,
    /// The network it reaches services on.
    pub network: Option<Traced<String>>,
    /// Value of the label by which it chooses containers, when several proxies share an engine.
    pub constraint: Option<String>,
    /// Entry points.
    pub entrypoints: Vec<Entrypoint>,
    /// How TLS is terminated.
    pub tls: Tls,
    /// The certificate by path, for `files` and `edge`.
    pub certificate: Option<Certificate>,
    /// The address that the certificate authority may write to.
    pub acme_email: Option<Text>,
    /// Where an nginx finds the answers to the certificate authority.
    pub webroot: Option<String>,
    /// Host port for the dashboard, when it is shown.
    pub dashboard: Option<Traced<Text>>,
    /// How the caller's address is known behind someone else's proxy.
    pub client_ip: Option<ClientIp>,
    /// Log level of the proxy.
    pub log_level: Option<String>,
    /// The generated file with the routes: nginx's configuration, or Traefik's dynamic one instead of labels.
    pub file: Option<Traced<String>>,
    /// The generated file with Traefik's static configuration, instead of flags.
    pub static_file: Option<Traced<String>>,
    /// The proxy's version where its image does not tell: major and minor.
    pub version: Option<(u32, u32)>,
}

impl Ingress {
    /// Returns the entry points of a route: those it names, else all that do not just redirect.
    pub fn entries<'a>(&'a self, route: &'a Route) -> impl Iterator<Item = &'a Entrypoint> {
        let is_meant = |it: &&Entrypoint| {
            if route.entry.is_empty() { it.redirect.is_none() } else { route.entry.contains(&it.name) }
        };
        self.entrypoints.iter().filter(is_meant)
    }
}

/// Certificates by path, as the proxy sees them.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Certificate {
    /// The chain.
    pub chain: String,
    /// The key.
    pub key: String,
    /// The authority that callers' own certificates must come from.
    pub client_ca: Option<String>,
}

/// How the caller's address is known behind someone else's proxy.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ClientIp {
    /// Where it is written.
    pub span: Span,
    /// The header that carries it.
    pub header: String,
    /// The address ranges that are believed: those of the proxy in front.
    pub from: Vec<String>,
}

/// A proxy program.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum IngressKind {
    /// Traefik 3.
    Traefik,
    /// nginx.
    Nginx,
    /// A Kubernetes ingress controller.
    Kubernetes,
}

/// A port that the proxy listens on.
#[derive(Clone, Debug)]
pub struct Entrypoint {
    /// Its name.
    pub name: String,
    /// The port inside the proxy's container.
    pub port: u16,
    /// The host port, when the proxy runs here.
    pub publish: Option<Traced<Text>>,
    /// The entry point that callers are sent to, such as `websecure`.
    pub redirect: Option<String>,
    /// Whether TLS is spoken on it.
    pub tls: bool,
}

/// How TLS is terminated.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Tls {
    /// Not at all.
    None,
    /// By certificates that the proxy orders; the resolver's name.
    Acme(String),
    /// By certificate files that the proxy is configured with.
    Files,
    /// By the network in front; the proxy has an origin certificate.
    Edge,
}

/// The nginx inside of a frontend's image: what it serves, and what it passes on.
#[derive(Clone, Debug)]
pub struct Frontend {
    /// Where it is written.
    pub span: Span,
    /// The generated file, which the image copies.
    pub file: Traced<String>,
    /// The port it listens on.
    pub port: u16,
    /// Directory of the files.
    pub root: String,
    /// Whether every path that is no file is the application's (`index.html`).
    pub spa: bool,
    /// How long scripts, styles and pictures are kept by callers.
    pub cache: Option<Duration>,
    /// Headers that every answer has.
    pub headers: Vec<(String, String)>,
    /// The largest request body, in bytes.
    pub body: Option<u64>,
    /// Whether nginx says its version.
    pub hide_version: bool,
    /// The header that carries the caller's address.
    pub client_ip: Option<String>,
    /// Paths that the application must not answer: 404.
    pub deny: Vec<String>,
    /// What is passed on.
    pub passes: Vec<Pass>,
}

/// A path that the nginx inside of an image passes on.
#[derive(Clone, Debug)]
pub struct Pass {
    /// Where it is written.
    pub span: Span,
    /// Path prefix.
    pub path: String,
    /// The service it goes to; it exists.
    pub service: String,
    /// The service's port.
    pub port: u16,
    /// What stands in place of the path prefix.
    pub to: String,
    /// Whether connections are upgraded (WebSocket).
    pub websocket: bool,
    /// How long the service may take.
    pub timeout: Option<Duration>,
    /// Connections that are kept open.
    pub keepalive: Option<u64>,
}
