//! The proxy in front of a system.

use indexmap::IndexMap;
use schemars::JsonSchema;

use super::decode::{Context, Decode, OneOrMany};
use super::text::Text;
use crate::source::Spanned;
use crate::syntax::node::Node;

/// The proxy in front.
#[derive(Clone, Default, Debug, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Ingress {
    /// `traefik`, `nginx` or `k8s`.
    #[schemars(with = "IngressKind")]
    pub kind: Option<IngressKind>,
    /// `here` if it is part of this system, `elsewhere` if it is another project's.
    #[schemars(with = "Option<Owner>")]
    pub owner: Option<Owner>,
    /// The service that it becomes; default `proxy`.
    pub service: Option<Text>,
    /// The class of a Kubernetes Ingress; default: the cluster's own.
    pub class: Option<Text>,
    /// Its image; default the newest that specc was tried with.
    pub image: Option<Text>,
    /// The network on which it reaches services.
    pub network: Option<Text>,
    /// Label value by which it chooses containers.
    pub constraint: Option<Text>,
    /// The ports it listens on.
    #[schemars(with = "Option<std::collections::BTreeMap<String, Entrypoint>>")]
    pub entrypoints: IndexMap<String, Spanned<Entrypoint>>,
    /// `none`, `acme`, `files` or `edge`; a map names the certificate resolver or the certificate's files.
    #[schemars(with = "Option<Tls>")]
    pub tls: Option<Tls>,
    /// Host port of the dashboard.
    pub dashboard: Option<Dashboard>,
    /// Header with the caller's address, behind someone else's proxy; a map says whose word is taken.
    #[schemars(with = "Option<ClientIp>")]
    pub client_ip: Option<Spanned<ClientIp>>,
    /// Headers of every answer: `strict`, or a map.
    #[schemars(with = "Option<Headers>")]
    pub headers: Option<Headers>,
    /// Log level of the proxy.
    pub log_level: Option<Text>,
    /// Generated file with the routes: nginx's configuration (default `nginx/ENVIRONMENT.conf`), or Traefik's dynamic
    /// configuration instead of labels.
    pub file: Option<Text>,
    /// Generated file with Traefik's static configuration, instead of flags.
    pub r#static: Option<Text>,
    /// The proxy's version, such as `1.22`, where its image does not tell.
    pub version: Option<Text>,
    /// The environments that have it; in others no route is taken. Default: all.
    #[schemars(with = "Option<OneOrMany<Text>>")]
    pub only: OneOrMany<Text>,
}

/// How the caller's address is known: the header, or that with the ranges of the proxy in front.
#[derive(Clone, Default, Debug, JsonSchema)]
#[schemars(untagged)]
pub enum ClientIp {
    /// Nothing said.
    #[default]
    #[schemars(skip)]
    Unsaid,
    /// The header; whose word is taken is decided elsewhere.
    Header(Text),
    /// The header and whose word is taken.
    From(TrustedEdge),
}

/// Whose word on the caller's address is taken.
#[derive(Clone, Default, Debug, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct TrustedEdge {
    /// The header that carries the caller's address.
    #[schemars(with = "Text")]
    pub header: Option<Text>,
    /// Address ranges such as `173.245.48.0/20`, and files (`./…`) with one range a line.
    #[schemars(with = "OneOrMany<Text>")]
    pub from: OneOrMany<Text>,
}

impl Decode for ClientIp {
    fn decode(node: &Node, cx: &mut Context<'_>) -> Option<ClientIp> {
        if node.as_map().is_none() {
            return Text::decode(node, cx).map(ClientIp::Header);
        }
        let mut fields = cx.fields(node, "the caller's address");
        let edge = TrustedEdge {
            header: fields.required("header", cx),
            from: fields.required("from", cx).unwrap_or_default(),
        };
        fields.finish(cx)?;
        Some(ClientIp::From(edge))
    }
}

/// Headers of answers: a word for a good set, or a map.
#[derive(Clone, Debug, JsonSchema)]
#[schemars(untagged)]
pub enum Headers {
    /// `strict`: no sniffing, no frames, a short referrer, and HTTPS only where TLS is spoken.
    Word(HeadersWord),
    /// Names and values; `null` takes one of the ingress's away.
    Map(#[schemars(with = "std::collections::BTreeMap<String, Option<String>>")] Vec<(Text, Option<Text>)>),
}

/// A set of headers.
#[derive(Clone, Copy, PartialEq, Eq, Debug, JsonSchema)]
#[schemars(rename_all = "lowercase")]
pub enum HeadersWord {
    /// No sniffing, no frames, a short referrer, and HTTPS only where TLS is spoken.
    Strict,
}

impl Decode for Headers {
    fn decode(node: &Node, cx: &mut Context<'_>) -> Option<Headers> {
        let Some(map) = node.as_map() else {
            return cx.word(node, &[("strict", HeadersWord::Strict)]).map(Headers::Word);
        };
        let mut headers = Vec::new();
        for entry in &map.entries {
            let name = Text { value: entry.key.to_string().into(), span: entry.key_span };
            let value = if entry.value.is_null() { None } else { Some(Text::decode(&entry.value, cx)?) };
            headers.push((name, value));
        }
        Some(Headers::Map(headers))
    }
}

/// Where certificates come from.
#[derive(Clone, Debug, JsonSchema)]
#[schemars(untagged)]
pub enum Tls {
    /// One of four ways, with nothing more to say.
    Word(TlsWord),
    /// A named certificate resolver, or the certificates by path.
    Map(Box<TlsMap>),
}

/// Where certificates come from, in a word.
#[derive(Clone, Copy, PartialEq, Eq, Debug, JsonSchema)]
#[schemars(rename_all = "lowercase")]
pub enum TlsWord {
    /// Nowhere: plain HTTP.
    None,
    /// The proxy gets them itself, by the resolver `acme`.
    Acme,
    /// Files that the proxy is given.
    Files,
    /// Somebody in front ends TLS with a certificate that the proxy has by default.
    Edge,
}

/// Where certificates come from, with details.
#[derive(Clone, Default, Debug, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct TlsMap {
    /// Name of the certificate resolver.
    pub acme: Option<Text>,
    /// Where the certificate authority may write to.
    pub email: Option<Text>,
    /// Directory with the answers to the certificate authority, for an nginx; default with `acme`: `/var/www/certbot`.
    pub webroot: Option<Text>,
    /// Certificate files that the proxy is given: `./…` in the repository, else paths where it runs.
    pub files: Option<Certificate>,
    /// The certificate that somebody in front trusts, which the proxy is given.
    pub edge: Option<Certificate>,
}

/// A certificate by path.
#[derive(Clone, Default, Debug, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Certificate {
    /// The chain.
    #[schemars(with = "Text")]
    pub certificate: Option<Text>,
    /// The key.
    #[schemars(with = "Text")]
    pub key: Option<Text>,
    /// The authority that callers' own certificates must come from.
    pub client_ca: Option<Text>,
}

impl Decode for Certificate {
    fn decode(node: &Node, cx: &mut Context<'_>) -> Option<Certificate> {
        let mut fields = cx.fields(node, "a certificate");
        let certificate = Certificate {
            certificate: fields.required("certificate", cx),
            key: fields.required("key", cx),
            client_ca: fields.get("client_ca", cx),
        };
        fields.finish(cx)?;
        Some(certificate)
    }
}

impl Decode for Tls {
    fn decode(node: &Node, cx: &mut Context<'_>) -> Option<Tls> {
        if node.as_map().is_none() {
            let words =
                [("none", TlsWord::None), ("acme", TlsWord::Acme), ("files", TlsWord::Files), ("edge", TlsWord::Edge)];
            return cx.word(node, &words).map(Tls::Word);
        }
        let mut fields = cx.fields(node, "TLS");
        let map = TlsMap {
            acme: fields.get("acme", cx),
            email: fields.get("email", cx),
            webroot: fields.get("webroot", cx),
            files: fields.get("files", cx),
            edge: fields.get("edge", cx),
        };
        let one = fields.exactly_one(&["acme", "files", "edge"], cx);
        fields.finish(cx)?;
        one.map(|()| Tls::Map(Box::new(map)))
    }
}

/// The dashboard of the proxy.
#[derive(Clone, Default, Debug, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Dashboard {
    /// Host port.
    pub publish: Option<Text>,
}

impl Decode for Dashboard {
    fn decode(node: &Node, cx: &mut Context<'_>) -> Option<Dashboard> {
        let mut fields = cx.fields(node, "a dashboard");
        let dashboard = Dashboard { publish: fields.required("publish", cx) };
        fields.finish(cx)?;
        Some(dashboard)
    }
}

/// A proxy program.
#[derive(Clone, Copy, PartialEq, Eq, Debug, JsonSchema)]
#[schemars(rename_all = "lowercase")]
pub enum IngressKind {
    /// Traefik 3.
    Traefik,
    /// nginx.
    Nginx,
    /// A Kubernetes ingress controller.
    K8s,
}

impl Decode for IngressKind {
    fn decode(node: &Node, cx: &mut Context<'_>) -> Option<IngressKind> {
        let words = [("traefik", IngressKind::Traefik), ("nginx", IngressKind::Nginx), ("k8s", IngressKind::K8s)];
        cx.word(node, &words)
    }
}

/// Whose proxy it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, JsonSchema)]
#[schemars(rename_all = "lowercase")]
pub enum Owner {
    /// This system's.
    Here,
    /// Another project's.
    Elsewhere,
}

impl Decode for Owner {
    fn decode(node: &Node, cx: &mut Context<'_>) -> Option<Owner> {
        cx.word(node, &[("here", Owner::Here), ("elsewhere", Owner::Elsewhere)])
    }
}

/// A port that the proxy listens on.
#[derive(Clone, Default, Debug, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Entrypoint {
    /// Port inside of the proxy's container.
    pub port: Option<u16>,
    /// Host port.
    pub publish: Option<Text>,
    /// Entry point that callers are sent to.
    pub redirect: Option<Text>,
    /// Whether TLS is spoken on it; default: where the ingress has TLS, on all but port 80 and those that redirect.
    pub tls: Option<bool>,
}

impl Decode for Entrypoint {
    fn decode(node: &Node, cx: &mut Context<'_>) -> Option<Entrypoint> {
        let mut fields = cx.fields(node, "an entry point");
        let entrypoint = Entrypoint {
            port: fields.required("port", cx),
            publish: fields.get("publish", cx),
            redirect: fields.get("redirect", cx),
            tls: fields.get("tls", cx),
        };
        fields.finish(cx)?;
        Some(entrypoint)
    }
}

impl Decode for Ingress {
    fn decode(node: &Node, cx: &mut Context<'_>) -> Option<Ingress> {
        let mut fields = cx.fields(node, "an ingress");
        let ingress = Ingress {
            kind: fields.required("kind", cx),
            owner: fields.get("owner", cx),
            service: fields.get("service", cx),
            class: fields.get("class", cx),
            image: fields.get("image", cx),
            network: fields.get("network", cx),
            constraint: fields.get("constraint", cx),
            entrypoints: fields.or_default("entrypoints", cx),
            tls: fields.get("tls", cx),
            dashboard: fields.get("dashboard", cx),
            client_ip: fields.get("client_ip", cx),
            headers: fields.get("headers", cx),
            log_level: fields.get("log_level", cx),
            file: fields.get("file", cx),
            r#static: fields.get("static", cx),
            version: fields.get("version", cx),
            only: fields.or_default("only", cx),
        };
        fields.finish(cx)?;
        Some(ingress)
    }
}
