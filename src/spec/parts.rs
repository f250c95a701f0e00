//! The shared parts of a system: its name, images, networks, volumes, the proxy, the secret store.

use indexmap::IndexMap;
use schemars::JsonSchema;

use super::decode::{Context, Decode, OneOrMany};
use super::environment::Deliver;
use super::schema::AnyText;
use super::text::Text;
use crate::source::Spanned;
use crate::syntax::node::Node;

/// The system as a whole.
#[derive(Clone, Default, Debug, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct SystemInfo {
    /// Its name: compose project, stack, namespace.
    pub name: Option<Text>,
    /// Kubernetes namespace, when it is not the name.
    pub namespace: Option<Text>,
    /// Registry and path that built images are pushed to.
    pub registry: Option<Text>,
    /// What it is, for headers.
    pub about: Option<Text>,
    /// How variables reach containers; default `env_file`.
    #[schemars(with = "Option<Deliver>")]
    pub deliver: Option<Deliver>,
}

impl Decode for SystemInfo {
    fn decode(node: &Node, cx: &mut Context<'_>) -> Option<SystemInfo> {
        let mut fields = cx.fields(node, "a system")?;
        let system = SystemInfo {
            name: fields.required("name", cx),
            namespace: fields.get("namespace", cx),
            registry: fields.get("registry", cx),
            about: fields.get("about", cx),
            deliver: fields.get("deliver", cx),
        };
        fields.finish(cx);
        Some(system)
    }
}

/// An image that we build.
#[derive(Clone, Default, Debug, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Image {
    /// Build directory; default the spec's.
    pub context: Option<Text>,
    /// Dockerfile, relative to the spec.
    pub dockerfile: Option<Text>,
    /// Stage to stop at.
    pub target: Option<Text>,
    /// Build arguments.
    #[schemars(with = "Option<std::collections::BTreeMap<String, AnyText>>")]
    pub args: IndexMap<String, Spanned<Text>>,
    /// Image reference; default `registry/name:latest`.
    pub r#ref: Option<Text>,
    /// The program in the image that can make HTTP requests: curl, wget, python, node, none.
    pub http: Option<Text>,
    /// What a change of rebuilds it.
    #[schemars(with = "Option<OneOrMany<Text>>")]
    pub paths: OneOrMany<Text>,
    /// Platforms to build for.
    #[schemars(with = "Option<OneOrMany<Text>>")]
    pub platforms: OneOrMany<Text>,
}

impl Decode for Image {
    fn decode(node: &Node, cx: &mut Context<'_>) -> Option<Image> {
        let mut fields = cx.fields(node, "an image")?;
        let image = Image {
            context: fields.get("context", cx),
            dockerfile: fields.get("dockerfile", cx),
            target: fields.get("target", cx),
            args: fields.or_default("args", cx),
            r#ref: fields.get("ref", cx),
            http: fields.get("http", cx),
            paths: fields.or_default("paths", cx),
            platforms: fields.or_default("platforms", cx),
        };
        fields.finish(cx);
        Some(image)
    }
}

/// A network.
#[derive(Clone, Default, Debug, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Network {
    /// What it is.
    pub doc: Option<Text>,
    /// Made by someone else: `true`, or its real name.
    #[schemars(with = "Option<super::variable::FlagOrText>")]
    pub external: Option<super::variable::FlagOrText>,
    /// Its real name.
    pub name: Option<Text>,
    /// Other containers may join (Swarm).
    pub attachable: Option<bool>,
    /// No way out.
    pub internal: Option<bool>,
    /// Driver; default: what the target needs.
    pub driver: Option<Text>,
    /// Driver options.
    #[schemars(with = "Option<std::collections::BTreeMap<String, AnyText>>")]
    pub options: IndexMap<String, Spanned<Text>>,
    /// Address range, such as `172.28.0.0/16`.
    pub subnet: Option<Text>,
}

impl Decode for Network {
    fn decode(node: &Node, cx: &mut Context<'_>) -> Option<Network> {
        if node.is_null() {
            return Some(Network::default());
        }
        let mut fields = cx.fields(node, "a network")?;
        let network = Network {
            doc: fields.get("doc", cx),
            external: fields.get("external", cx),
            name: fields.get("name", cx),
            attachable: fields.get("attachable", cx),
            internal: fields.get("internal", cx),
            driver: fields.get("driver", cx),
            options: fields.or_default("options", cx),
            subnet: fields.get("subnet", cx),
        };
        fields.finish(cx);
        Some(network)
    }
}

/// A volume.
#[derive(Clone, Default, Debug, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Volume {
    /// What it holds.
    pub doc: Option<Text>,
    /// Made by someone else: `true`, or its real name.
    #[schemars(with = "Option<super::variable::FlagOrText>")]
    pub external: Option<super::variable::FlagOrText>,
    /// Its real name.
    pub name: Option<Text>,
    /// Driver.
    pub driver: Option<Text>,
    /// Driver options.
    #[schemars(with = "Option<std::collections::BTreeMap<String, AnyText>>")]
    pub options: IndexMap<String, Spanned<Text>>,
    /// Size, where a target must ask for one.
    pub size: Option<Text>,
    /// Who writes at once: `one` container (the default), `many`, or `each` replica a volume of its own.
    #[schemars(with = "Option<super::kubernetes::Access>")]
    pub access: Option<Spanned<super::kubernetes::Access>>,
    /// Kubernetes' storage class.
    pub class: Option<Text>,
    /// Whether it is part of a backup.
    pub backup: Option<bool>,
}

impl Decode for Volume {
    fn decode(node: &Node, cx: &mut Context<'_>) -> Option<Volume> {
        if node.is_null() {
            return Some(Volume::default());
        }
        let mut fields = cx.fields(node, "a volume")?;
        let volume = Volume {
            doc: fields.get("doc", cx),
            external: fields.get("external", cx),
            name: fields.get("name", cx),
            driver: fields.get("driver", cx),
            options: fields.or_default("options", cx),
            size: fields.get("size", cx),
            access: fields.get("access", cx),
            class: fields.get("class", cx),
            backup: fields.get("backup", cx),
        };
        fields.finish(cx);
        Some(volume)
    }
}

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
    /// `none`, `acme`, `files` or `edge`; a map names the certificate resolver.
    pub tls: Option<Tls>,
    /// Host port of the dashboard.
    pub dashboard: Option<Dashboard>,
    /// Header with the caller's address.
    pub client_ip: Option<Text>,
    /// Security headers: `strict`, or a map.
    #[schemars(with = "Option<HeadersShape>")]
    pub headers: Option<Node>,
    /// Log level of the proxy.
    pub log_level: Option<Text>,
}

#[derive(JsonSchema)]
#[schemars(untagged)]
#[allow(dead_code)]
enum HeadersShape {
    Preset(String),
    Map(std::collections::BTreeMap<String, AnyText>),
}

/// Where certificates come from.
#[derive(Clone, Debug, JsonSchema)]
#[schemars(untagged)]
pub enum Tls {
    /// One of four ways, with nothing more to say.
    Word(TlsWord),
    /// A named certificate resolver, or the certificates by path.
    Map(TlsMap),
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
    /// Certificate files, relative to the spec.
    #[schemars(with = "Option<std::collections::BTreeMap<String, String>>")]
    pub files: IndexMap<String, Spanned<Text>>,
}

impl Decode for Tls {
    fn decode(node: &Node, cx: &mut Context<'_>) -> Option<Tls> {
        if node.as_map().is_none() {
            let words =
                [("none", TlsWord::None), ("acme", TlsWord::Acme), ("files", TlsWord::Files), ("edge", TlsWord::Edge)];
            return cx.word(node, &words).map(Tls::Word);
        }
        let mut fields = cx.fields(node, "TLS")?;
        let map = TlsMap { acme: fields.get("acme", cx), files: fields.or_default("files", cx) };
        fields.finish(cx);
        if map.acme.is_some() != map.files.is_empty() {
            return cx.expected(node, "either `acme` or `files`");
        }
        Some(Tls::Map(map))
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
        let mut fields = cx.fields(node, "a dashboard")?;
        let dashboard = Dashboard { publish: fields.required("publish", cx) };
        fields.finish(cx);
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
}

impl Decode for Entrypoint {
    fn decode(node: &Node, cx: &mut Context<'_>) -> Option<Entrypoint> {
        let mut fields = cx.fields(node, "an entry point")?;
        let entrypoint = Entrypoint {
            port: fields.required("port", cx),
            publish: fields.get("publish", cx),
            redirect: fields.get("redirect", cx),
        };
        fields.finish(cx);
        Some(entrypoint)
    }
}

impl Decode for Ingress {
    fn decode(node: &Node, cx: &mut Context<'_>) -> Option<Ingress> {
        let mut fields = cx.fields(node, "an ingress")?;
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
        };
        fields.finish(cx);
        Some(ingress)
    }
}

/// Where the values of secrets come from.
#[derive(Clone, Default, Debug, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Secrets {
    /// Prefixes of names in the store and the template, per environment; `never` marks what is not delivered.
    #[schemars(with = "Option<std::collections::BTreeMap<String, AnyText>>")]
    pub prefix: IndexMap<String, Spanned<Text>>,
    /// A file encrypted with sops.
    pub sops: Option<Sops>,
    /// Variable that says for which environment an env file was made.
    pub marker: Option<Text>,
}

/// A file encrypted with sops.
#[derive(Clone, Default, Debug, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Sops {
    /// The file.
    pub file: Option<Text>,
    /// Variable that names the key file.
    pub key: Option<Text>,
}

impl Decode for Secrets {
    fn decode(node: &Node, cx: &mut Context<'_>) -> Option<Secrets> {
        let mut fields = cx.fields(node, "a secret store")?;
        let secrets = Secrets {
            prefix: fields.or_default("prefix", cx),
            sops: fields.get("sops", cx),
            marker: fields.get("marker", cx),
        };
        fields.finish(cx);
        Some(secrets)
    }
}

impl Decode for Sops {
    fn decode(node: &Node, cx: &mut Context<'_>) -> Option<Sops> {
        let mut fields = cx.fields(node, "a sops file")?;
        let sops = Sops { file: fields.required("file", cx), key: fields.get("key", cx) };
        fields.finish(cx);
        Some(sops)
    }
}
