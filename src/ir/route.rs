//! Who may call a service from outside, and the proxy in front.

use super::text::Text;
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
    pub timeout: Option<String>,
    /// The largest request body.
    pub body: Option<String>,
    /// Higher wins where routes overlap.
    pub priority: Option<Traced<i64>>,
    /// Users file for basic authentication.
    pub auth: Option<String>,
    /// Entry points; empty means all of the ingress.
    pub entry: Vec<String>,
    /// Where to send the caller instead.
    pub redirect: Option<String>,
}

/// Hosts and paths that must both match; an empty list matches everything.
#[derive(Clone, Debug)]
pub struct Match {
    /// Host names.
    pub hosts: Vec<Text>,
    /// Path prefixes.
    pub paths: Vec<Text>,
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
    /// Host port for the dashboard, when it is shown.
    pub dashboard: Option<Traced<Text>>,
    /// Header that carries the caller's address, behind a CDN.
    pub client_ip: Option<String>,
    /// Log level of the proxy.
    pub log_level: Option<String>,
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
