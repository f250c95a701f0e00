//! Environments: named outputs, and their patches.

use indexmap::IndexMap;
use schemars::JsonSchema;

use super::decode::{Context, Decode, OneOrMany};
use super::kubernetes::Kubernetes;
use super::schema::{AnyText, AnyTree};
use super::service::Service;
use super::text::Text;
use crate::source::Spanned;
use crate::syntax::node::Node;

/// A named output: what it runs on, its files, and what differs in it.
#[derive(Clone, Default, Debug, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Environment {
    /// What it is for.
    pub doc: Option<Text>,
    /// What it runs on.
    #[schemars(with = "Target")]
    pub target: Option<Spanned<Target>>,
    /// `base`, `overlay` on the base, or `standalone` (the default; Swarm and Kubernetes always are).
    #[schemars(with = "Option<Layer>")]
    pub layer: Option<Spanned<Layer>>,
    /// The file to write.
    pub file: Option<Text>,
    /// Project or stack name.
    pub project: Option<Text>,
    /// Where variables come from, later ones win: paths, or `{path, required: false}`.
    #[schemars(with = "Option<OneOrMany<EnvFileShape>>")]
    pub env_files: OneOrMany<EnvFile>,
    /// Env file to generate and commit: the values that are not secret.
    pub public: Option<Text>,
    /// Template to generate of the env file that a person fills in.
    pub template: Option<Text>,
    /// How variables reach containers here: overrides `system.deliver`.
    #[schemars(with = "Option<Deliver>")]
    pub deliver: Option<Deliver>,
    /// Whether images are built where it runs; `false` leaves them to be pulled. Default true (compose only).
    pub build: Option<bool>,
    /// Values of variables in this environment.
    #[schemars(with = "Option<std::collections::BTreeMap<String, Option<AnyText>>>")]
    pub vars: IndexMap<String, Spanned<Text>>,
    /// Optional parts that are on.
    #[schemars(with = "Option<OneOrMany<Text>>")]
    pub features: OneOrMany<Text>,
    /// Only these services.
    #[schemars(with = "Option<OneOrMany<Text>>")]
    pub only: OneOrMany<Text>,
    /// Not these services.
    #[schemars(with = "Option<OneOrMany<Text>>")]
    pub without: OneOrMany<Text>,
    /// What the machine has: `cpu` and `memory`.
    pub host: Option<Host>,
    /// What only Kubernetes needs to be told.
    pub kubernetes: Option<Kubernetes>,
    /// What differs: merged into the services; null removes.
    #[schemars(with = "Option<std::collections::BTreeMap<String, Option<Service>>>")]
    pub services: Option<Node>,
    /// What differs in networks.
    #[schemars(with = "Option<AnyTree>")]
    pub networks: Option<Node>,
    /// What differs in volumes.
    #[schemars(with = "Option<AnyTree>")]
    pub volumes: Option<Node>,
    /// What differs in images.
    #[schemars(with = "Option<AnyTree>")]
    pub images: Option<Node>,
    /// What differs in the ingress.
    #[schemars(with = "Option<AnyTree>")]
    pub ingress: Option<Node>,
    /// Patches of the whole output per target, applied last.
    #[schemars(with = "Option<std::collections::BTreeMap<String, AnyTree>>")]
    pub raw: IndexMap<String, Spanned<Node>>,
}

impl Decode for Environment {
    fn decode(node: &Node, cx: &mut Context<'_>) -> Option<Environment> {
        let mut fields = cx.fields(node, "an environment");
        let environment = Environment {
            doc: fields.get("doc", cx),
            target: fields.required("target", cx),
            layer: fields.get("layer", cx),
            file: fields.get("file", cx),
            project: fields.get("project", cx),
            env_files: fields.or_default("env_files", cx),
            public: fields.get("public", cx),
            template: fields.get("template", cx),
            deliver: fields.get("deliver", cx),
            build: fields.get("build", cx),
            vars: fields.or_default("vars", cx),
            features: fields.or_default("features", cx),
            only: fields.or_default("only", cx),
            without: fields.or_default("without", cx),
            host: fields.get("host", cx),
            kubernetes: fields.get("kubernetes", cx),
            services: fields.get("services", cx),
            networks: fields.get("networks", cx),
            volumes: fields.get("volumes", cx),
            images: fields.get("images", cx),
            ingress: fields.get("ingress", cx),
            raw: fields.or_default("raw", cx),
        };
        fields.finish(cx)?;
        Some(environment)
    }
}

/// What an environment runs on.
#[derive(Clone, Copy, PartialEq, Eq, Debug, JsonSchema)]
#[schemars(rename_all = "lowercase")]
pub enum Target {
    /// Docker compose.
    Compose,
    /// Docker Swarm.
    Swarm,
    /// Kubernetes.
    K8s,
}

impl Decode for Target {
    fn decode(node: &Node, cx: &mut Context<'_>) -> Option<Target> {
        cx.word(node, &[("compose", Target::Compose), ("swarm", Target::Swarm), ("k8s", Target::K8s)])
    }
}

/// How an environment's file relates to others.
#[derive(Clone, Copy, PartialEq, Eq, Debug, JsonSchema)]
#[schemars(rename_all = "lowercase")]
pub enum Layer {
    /// The system with no environment applied.
    Base,
    /// Only what differs from the base.
    Overlay,
    /// Everything.
    Standalone,
}

impl Decode for Layer {
    fn decode(node: &Node, cx: &mut Context<'_>) -> Option<Layer> {
        cx.word(node, &[("base", Layer::Base), ("overlay", Layer::Overlay), ("standalone", Layer::Standalone)])
    }
}

/// How variables reach containers.
#[derive(Clone, Copy, PartialEq, Eq, Debug, JsonSchema)]
#[schemars(rename_all = "snake_case")]
pub enum Deliver {
    /// Whole env files; only what differs inside is written out.
    EnvFile,
    /// Each variable by name, filled in at deploy time.
    Environment,
    /// The values themselves.
    Literal,
}

impl Decode for Deliver {
    fn decode(node: &Node, cx: &mut Context<'_>) -> Option<Deliver> {
        let words =
            [("env_file", Deliver::EnvFile), ("environment", Deliver::Environment), ("literal", Deliver::Literal)];
        cx.word(node, &words)
    }
}

/// A file that variables come from.
#[derive(Clone, Debug)]
pub struct EnvFile {
    /// Its path.
    pub path: Text,
    /// Whether it must be there.
    pub required: bool,
}

impl Decode for EnvFile {
    fn decode(node: &Node, cx: &mut Context<'_>) -> Option<EnvFile> {
        if node.as_map().is_none() {
            return Some(EnvFile { path: Text::decode(node, cx)?, required: true });
        }
        let mut fields = cx.fields(node, "an env file");
        let path = fields.required("path", cx);
        let required = fields.get("required", cx).unwrap_or(true);
        fields.finish(cx)?;
        Some(EnvFile { path: path?, required })
    }
}

#[derive(JsonSchema)]
#[schemars(untagged)]
#[allow(dead_code)]
enum EnvFileShape {
    Path(String),
    Map(EnvFileMap),
}

#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[allow(dead_code)]
struct EnvFileMap {
    /// Its path.
    path: String,
    /// Whether it must be there; default true.
    required: Option<bool>,
}

/// What the machine has.
#[derive(Clone, Default, Debug, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Host {
    /// Processors.
    pub cpu: Option<Text>,
    /// Memory.
    pub memory: Option<Text>,
}

impl Decode for Host {
    fn decode(node: &Node, cx: &mut Context<'_>) -> Option<Host> {
        let mut fields = cx.fields(node, "a host");
        let host = Host { cpu: fields.get("cpu", cx), memory: fields.get("memory", cx) };
        fields.finish(cx)?;
        Some(host)
    }
}
