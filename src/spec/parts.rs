//! The shared parts of a system: its name, images, networks, volumes, the secret store.

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
        let mut fields = cx.fields(node, "a system");
        let system = SystemInfo {
            name: fields.required("name", cx),
            namespace: fields.get("namespace", cx),
            registry: fields.get("registry", cx),
            about: fields.get("about", cx),
            deliver: fields.get("deliver", cx),
        };
        fields.finish(cx)?;
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
        let mut fields = cx.fields(node, "an image");
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
        fields.finish(cx)?;
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
        let mut fields = cx.fields(node, "a network");
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
        fields.finish(cx)?;
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
    /// Whether backups hold it. When nothing is said: yes, unless another volume says `true`.
    pub backup: Option<bool>,
}

impl Decode for Volume {
    fn decode(node: &Node, cx: &mut Context<'_>) -> Option<Volume> {
        if node.is_null() {
            return Some(Volume::default());
        }
        let mut fields = cx.fields(node, "a volume");
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
        fields.finish(cx)?;
        Some(volume)
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
        let mut fields = cx.fields(node, "a secret store");
        let secrets = Secrets {
            prefix: fields.or_default("prefix", cx),
            sops: fields.get("sops", cx),
            marker: fields.get("marker", cx),
        };
        fields.finish(cx)?;
        Some(secrets)
    }
}

impl Decode for Sops {
    fn decode(node: &Node, cx: &mut Context<'_>) -> Option<Sops> {
        let mut fields = cx.fields(node, "a sops file");
        let sops = Sops { file: fields.required("file", cx), key: fields.get("key", cx) };
        fields.finish(cx)?;
        Some(sops)
    }
}
