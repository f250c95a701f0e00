//! The resolved system: one fully linked picture per environment, which knows no target and no file format.
//!
//! Names are linked: a service that is needed exists, a network that is joined is declared, a variable that is
//! used is declared. Whatever a message may point at carries its [`Origin`](crate::origin::Origin).

pub mod around;
pub mod deploy;
pub mod interpolated;
pub mod kubernetes;
pub mod route;
pub mod service;
pub mod text;
pub mod variable;

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::origin::Traced;
use crate::source::Span;
use around::{Backup, Docs, Image, Tasks, Template, Workflow};
use deploy::{Deploy, SecretStore};
use kubernetes::{Access, External, Kubernetes};
use route::Ingress;
use service::{Raw, Service};
use text::Text;
use variable::Group;

/// Everything the spec says.
#[derive(Clone, Default, Debug)]
pub struct System {
    /// Its name.
    pub name: String,
    /// What it is, for headers.
    pub about: Option<String>,
    /// The spec's file name, for headers.
    pub spec: String,
    /// One picture per environment, in written order.
    pub environments: Vec<Environment>,
    /// The images that we build.
    pub images: Vec<Image>,
    /// Where secrets come from.
    pub secrets: SecretStore,
    /// The Makefile, when there is to be one.
    pub tasks: Option<Tasks>,
    /// CI.
    pub workflows: Vec<Workflow>,
    /// The infrastructure page.
    pub docs: Option<Docs>,
    /// Files from the user's own templates.
    pub templates: Vec<Template>,
    /// Sections that were read but that no target of this version generates anything from.
    pub unused: Vec<(String, Span)>,
}

impl System {
    /// Returns the environment that an overlay is layered on: the one with `layer: base`.
    pub fn base(&self) -> Option<&Environment> {
        self.environments.iter().find(|it| it.layer == Layer::Base)
    }

    /// Returns an environment by name.
    pub fn environment(&self, name: &str) -> Option<&Environment> {
        self.environments.iter().find(|it| *it.name == *name)
    }
}

/// One named output.
#[derive(Clone, Debug)]
pub struct Environment {
    /// Its name.
    pub name: String,
    /// Where it is written.
    pub span: Span,
    /// What it is for, for headers.
    pub doc: Option<String>,
    /// What it runs on.
    pub target: Target,
    /// Whether its file stands alone.
    pub layer: Layer,
    /// The file, relative to the spec.
    pub file: Traced<String>,
    /// Project or stack name.
    pub project: Option<Traced<Text>>,
    /// The files that variables come from, later ones win.
    pub env_files: Vec<EnvFile>,
    /// The generated and committed env file with the values that are not secret.
    pub public: Option<Traced<String>>,
    /// The generated template of the file that a person fills in.
    pub template: Option<Traced<String>>,
    /// All variables, as this environment sees them.
    pub groups: Vec<Arc<Group>>,
    /// The services that are part of it, in written order.
    pub services: Vec<Service>,
    /// Networks.
    pub networks: Vec<Network>,
    /// Volumes that some service mounts.
    pub volumes: Vec<Volume>,
    /// The proxy.
    pub ingress: Option<Ingress>,
    /// Optional parts that are on.
    pub features: Vec<Traced<String>>,
    /// What the host has, for the budget.
    pub host: Option<Host>,
    /// What only Kubernetes is told; set for every Kubernetes environment.
    pub kubernetes: Option<Kubernetes>,
    /// Services that somebody else runs here: they are not among `services`.
    pub external: Vec<External>,
    /// Contents of mounted configuration by path, for a target that cannot mount the repository.
    pub contents: BTreeMap<String, Arc<[u8]>>,
    /// Patches of the whole output, per target.
    pub raw: Vec<Raw>,
    /// How it reaches machines.
    pub deploy: Option<Deploy>,
    /// Copies of its data.
    pub backup: Option<Backup>,
}

impl Environment {
    /// Returns a service by name.
    pub fn service(&self, name: &str) -> Option<&Service> {
        self.services.iter().find(|it| *it.name == *name)
    }

    /// Returns a variable by name.
    pub fn variable(&self, name: &str) -> Option<&variable::Variable> {
        self.groups.iter().flat_map(|it| &it.variables).find(|it| *it.name == *name)
    }
}

/// What an environment runs on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Target {
    /// Docker compose.
    Compose,
    /// Docker Swarm.
    Swarm,
    /// Kubernetes.
    Kubernetes,
}

impl Target {
    /// Returns the word the spec uses.
    pub fn word(self) -> &'static str {
        match self {
            Target::Compose => "compose",
            Target::Swarm => "swarm",
            Target::Kubernetes => "k8s",
        }
    }
}

/// How an environment's file relates to others.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Layer {
    /// The system with no environment applied; others are laid over it.
    Base,
    /// Only what differs from the base.
    Overlay,
    /// Everything.
    Standalone,
}

/// A file that variables come from.
#[derive(Clone, Debug)]
pub struct EnvFile {
    /// Its path, relative to the spec.
    pub path: Traced<String>,
    /// Whether it must be there.
    pub required: bool,
}

/// A network.
#[derive(Clone, Debug)]
pub struct Network {
    /// The name in the spec; `default` is the one that services are on when they say nothing.
    pub name: String,
    /// Where it is written; `None` for a default network that nothing is said about.
    pub span: Option<Span>,
    /// What it is, for a comment.
    pub doc: Option<String>,
    /// Made by someone else; it must exist.
    pub external: bool,
    /// Its real name, where that differs.
    pub real_name: Option<Traced<Text>>,
    /// Other containers may join (Swarm overlay).
    pub attachable: bool,
    /// No way out.
    pub internal: bool,
    /// Driver, when it is not for the target to choose.
    pub driver: Option<String>,
    /// Driver options.
    pub options: Vec<(String, String)>,
    /// Address range.
    pub subnet: Option<String>,
}

/// A volume.
#[derive(Clone, Debug)]
pub struct Volume {
    /// The name in the spec.
    pub name: String,
    /// Where it is written: under `volumes`, else the mount that uses it.
    pub span: Span,
    /// What it is, for a comment.
    pub doc: Option<String>,
    /// Made by someone else; it must exist.
    pub external: bool,
    /// Its real name, where that differs.
    pub real_name: Option<Traced<Text>>,
    /// Driver.
    pub driver: Option<String>,
    /// Driver options.
    pub options: Vec<(String, String)>,
    /// Size in bytes, where a target must ask for one.
    pub size_bytes: Option<u64>,
    /// Who writes at once; `None` when nothing is said.
    pub access: Option<Traced<Access>>,
    /// Kubernetes' storage class.
    pub class: Option<Traced<String>>,
    /// Whether backups hold it; `None` when nothing is said.
    pub backup: Option<bool>,
}

impl Volume {
    /// Makes a volume that says nothing yet.
    pub fn new(name: String, span: Span) -> Volume {
        Volume {
            name,
            span,
            doc: None,
            external: false,
            real_name: None,
            driver: None,
            options: Vec::new(),
            size_bytes: None,
            access: None,
            class: None,
            backup: None,
        }
    }
}

/// What the machine has.
#[derive(Clone, Debug)]
pub struct Host {
    /// Where it is written.
    pub span: Span,
    /// Processors, in thousandths.
    pub cpu_millis: Option<u64>,
    /// Memory in bytes.
    pub memory_bytes: Option<u64>,
}
