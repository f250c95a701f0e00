//! What only Kubernetes needs to be told: of an environment, of a service that scales, of one that is elsewhere.

use indexmap::IndexMap;
use schemars::JsonSchema;

use super::decode::{Context, Decode};
use super::schema::AnyText;
use super::text::Text;
use crate::source::Spanned;
use crate::syntax::node::Node;

/// A Kubernetes environment: its cluster, its namespace, the form of its manifests.
#[derive(Clone, Default, Debug, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Kubernetes {
    /// The cluster's version, such as `1.33`: decides which kinds and fields may be used. Default: `1.30`.
    #[schemars(with = "Option<AnyText>")]
    pub version: Option<Text>,
    /// The namespace; default: `system.namespace`, else the system's name.
    pub namespace: Option<Text>,
    /// `files` to apply in their order (the default), or `kustomize` with a base and an overlay per environment.
    #[schemars(with = "Option<Layout>")]
    pub layout: Option<Spanned<Layout>>,
    /// Where the Secret comes from that the services read.
    pub secrets: Option<SecretSource>,
    /// Forbid connections that the system does not need: those between services that share no network (`networks`),
    /// or all that no `needs` tells of, nor any reference such as `@{db.host}` (`needs`).
    #[schemars(with = "Option<NetworkPolicy>")]
    pub network_policy: Option<Spanned<NetworkPolicy>>,
    /// The storage class of volumes that name none; default: the cluster's own.
    pub storage_class: Option<Text>,
    /// The image that waits for a service that says `wait: true` of a need; default `busybox:1.37`.
    pub wait_image: Option<Text>,
}

impl Decode for Kubernetes {
    fn decode(node: &Node, cx: &mut Context<'_>) -> Option<Kubernetes> {
        let mut fields = cx.fields(node, "a Kubernetes environment");
        let kubernetes = Kubernetes {
            version: fields.get("version", cx),
            namespace: fields.get("namespace", cx),
            layout: fields.get("layout", cx),
            secrets: fields.get("secrets", cx),
            network_policy: fields.get("network_policy", cx),
            storage_class: fields.get("storage_class", cx),
            wait_image: fields.get("wait_image", cx),
        };
        fields.finish(cx)?;
        Some(kubernetes)
    }
}

/// The form of the manifests.
#[derive(Clone, Copy, PartialEq, Eq, Debug, JsonSchema)]
#[schemars(rename_all = "lowercase")]
pub enum Layout {
    /// Plain files, in the order in which they are applied.
    Files,
    /// A base and an overlay per environment.
    Kustomize,
}

impl Decode for Layout {
    fn decode(node: &Node, cx: &mut Context<'_>) -> Option<Layout> {
        cx.word(node, &[("files", Layout::Files), ("kustomize", Layout::Kustomize)])
    }
}

/// Which connections are forbidden.
#[derive(Clone, Copy, PartialEq, Eq, Debug, JsonSchema)]
#[schemars(rename_all = "lowercase")]
pub enum NetworkPolicy {
    /// Those between services that share no network.
    Networks,
    /// All that no `needs` tells of.
    Needs,
}

impl Decode for NetworkPolicy {
    fn decode(node: &Node, cx: &mut Context<'_>) -> Option<NetworkPolicy> {
        cx.word(node, &[("networks", NetworkPolicy::Networks), ("needs", NetworkPolicy::Needs)])
    }
}

/// Where the Secret comes from. Its values never stand in a generated file.
#[derive(Clone, Default, Debug, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct SecretSource {
    /// `template`: a manifest with placeholders is written, to be filled in outside of the repository (the default);
    /// `existing`: it is there already; `external`: an ExternalSecret fetches it; `sealed`: a SealedSecret of the
    /// repository holds it.
    #[schemars(with = "Option<SecretWord>")]
    pub from: Option<Spanned<SecretWord>>,
    /// The Secret's name; default: the system's name and `-secrets`.
    pub name: Option<Text>,
    /// The SecretStore that an ExternalSecret asks; `cluster/NAME` for a ClusterSecretStore.
    pub store: Option<Text>,
    /// The prefix of the keys in that store, such as `prod/`.
    pub prefix: Option<Text>,
    /// How often an ExternalSecret looks; default `1h`.
    pub refresh: Option<Text>,
    /// The file with the SealedSecret, relative to the spec.
    pub file: Option<Text>,
}

impl Decode for SecretSource {
    fn decode(node: &Node, cx: &mut Context<'_>) -> Option<SecretSource> {
        let mut fields = cx.fields(node, "a source of secrets");
        let source = SecretSource {
            from: fields.get("from", cx),
            name: fields.get("name", cx),
            store: fields.get("store", cx),
            prefix: fields.get("prefix", cx),
            refresh: fields.get("refresh", cx),
            file: fields.get("file", cx),
        };
        fields.finish(cx)?;
        Some(source)
    }
}

/// The ways a Secret can come to be.
#[derive(Clone, Copy, PartialEq, Eq, Debug, JsonSchema)]
#[schemars(rename_all = "lowercase")]
pub enum SecretWord {
    /// From a manifest with placeholders.
    Template,
    /// It is there.
    Existing,
    /// From an ExternalSecret.
    External,
    /// From a SealedSecret.
    Sealed,
}

impl Decode for SecretWord {
    fn decode(node: &Node, cx: &mut Context<'_>) -> Option<SecretWord> {
        let words = [
            ("template", SecretWord::Template),
            ("existing", SecretWord::Existing),
            ("external", SecretWord::External),
            ("sealed", SecretWord::Sealed),
        ];
        cx.word(node, &words)
    }
}

/// Scaling by load.
#[derive(Clone, Default, Debug, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Scale {
    /// The fewest replicas; default 1.
    pub min: Option<u32>,
    /// The most replicas.
    pub max: Option<u32>,
    /// Processor use to aim at, in percent of what is set aside.
    pub cpu: Option<u32>,
    /// Memory use to aim at, in percent of what is set aside.
    pub memory: Option<u32>,
    /// Metrics of a monitoring system by name, each with its value per replica: `{queue_depth: 30}`.
    #[schemars(with = "Option<std::collections::BTreeMap<String, AnyText>>")]
    pub metric: IndexMap<String, Spanned<Text>>,
}

impl Decode for Scale {
    fn decode(node: &Node, cx: &mut Context<'_>) -> Option<Scale> {
        let mut fields = cx.fields(node, "scaling");
        let scale = Scale {
            min: fields.get("min", cx),
            max: fields.required("max", cx),
            cpu: fields.get("cpu", cx),
            memory: fields.get("memory", cx),
            metric: fields.or_default("metric", cx),
        };
        fields.finish(cx)?;
        Some(scale)
    }
}

/// A service that somebody else runs, such as a managed database: where it is.
#[derive(Clone, Default, Debug, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct External {
    /// The host name or address that `@{service.host}` becomes.
    pub host: Option<Text>,
    /// The port that `@{service.port}` becomes; default: the service's own.
    pub port: Option<u16>,
}

impl Decode for External {
    fn decode(node: &Node, cx: &mut Context<'_>) -> Option<External> {
        let mut fields = cx.fields(node, "an external service");
        let external = External { host: fields.required("host", cx), port: fields.get("port", cx) };
        fields.finish(cx)?;
        Some(external)
    }
}

/// How a volume may be used at once.
#[derive(Clone, Copy, PartialEq, Eq, Debug, JsonSchema)]
#[schemars(rename_all = "lowercase")]
pub enum Access {
    /// By one container that writes.
    One,
    /// By many that write.
    Many,
    /// Every replica has one of its own.
    Each,
}

impl Decode for Access {
    fn decode(node: &Node, cx: &mut Context<'_>) -> Option<Access> {
        cx.word(node, &[("one", Access::One), ("many", Access::Many), ("each", Access::Each)])
    }
}
