//! What only Kubernetes is told: of an environment, of scaling, of services that somebody else runs.

use crate::origin::{Origin, Traced};

/// A Kubernetes environment.
#[derive(Clone, Debug)]
pub struct Kubernetes {
    /// The cluster's minor version: 33 for 1.33.
    pub minor: Traced<u32>,
    /// The namespace.
    pub namespace: Traced<String>,
    /// The form of the manifests.
    pub layout: Traced<Layout>,
    /// Where the Secret comes from.
    pub secrets: Secrets,
    /// Which connections are forbidden.
    pub network_policy: Option<Traced<NetworkPolicy>>,
    /// The storage class of volumes that name none.
    pub storage_class: Option<Traced<String>>,
    /// The image that waits.
    pub wait_image: Traced<String>,
}

/// The form of the manifests.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Layout {
    /// Plain files, in the order in which they are applied.
    Files,
    /// A base and an overlay per environment.
    Kustomize,
}

/// Which connections are forbidden.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum NetworkPolicy {
    /// Those between services that share no network.
    Networks,
    /// All that no `needs` tells of.
    Needs,
}

/// Where the Secret comes from.
#[derive(Clone, Debug)]
pub struct Secrets {
    /// Its name.
    pub name: String,
    /// Where it comes from.
    pub from: Traced<SecretsFrom>,
}

/// Where a Secret comes from.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum SecretsFrom {
    /// From a manifest with placeholders that a person fills in.
    Template,
    /// It is there.
    Existing,
    /// An ExternalSecret fetches it.
    External {
        /// The SecretStore's name.
        store: String,
        /// Whether it is a ClusterSecretStore.
        cluster: bool,
        /// The prefix of the keys there.
        prefix: String,
        /// How often it looks.
        refresh: String,
    },
    /// A SealedSecret in this file of the repository.
    Sealed(String),
}

/// Scaling by load.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Scale {
    /// The fewest replicas.
    pub min: u32,
    /// The most replicas.
    pub max: u32,
    /// Processor use to aim at, in percent of what is set aside.
    pub cpu: Option<u32>,
    /// Memory use to aim at, in percent of what is set aside.
    pub memory: Option<u32>,
    /// Metrics by name, each with its value per replica (a quantity).
    pub metrics: Vec<(String, String)>,
}

/// A service that somebody else runs.
#[derive(Clone, Debug)]
pub struct External {
    /// Its name in the spec.
    pub service: String,
    /// Its host name or address.
    pub host: String,
    /// Its port.
    pub port: Option<u16>,
    /// Where it is written.
    pub origin: Origin,
}

/// How a volume may be used at once.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Access {
    /// By one container that writes.
    One,
    /// By many that write.
    Many,
    /// Every replica has one of its own.
    Each,
}
