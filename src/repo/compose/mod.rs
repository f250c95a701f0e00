//! Compose files: what one file says, and what several say together.
//!
//! [`merge`] joins trees as compose does, [`read`] takes a tree, merged or not, apart into the types below. Values
//! stay as written: `${…}` is not replaced, since that depends on the environment; [`known`] says what
//! can be said without one, and [`assemble`] follows `include` and `extends`. Every place leads to the file that the value came from.

pub mod assemble;
pub mod comment;
pub mod known;
pub mod merge;
pub mod read;

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

use serde::{Deserialize, Serialize};

use super::fact::Text;
use crate::source::{FileId, Span};
use crate::syntax::interpolation::Variable as Reference;
use crate::syntax::node::Node;

/// One compose file.
#[derive(Clone, Debug)]
pub struct File {
    /// The file.
    pub file: FileId,
    /// Its path from the root.
    pub path: String,
    /// What it says by itself, `extends` not followed.
    pub model: Model,
    /// The whole tree.
    pub node: Node,
    /// Every `${…}` in a value, where compose replaces it.
    pub references: Vec<FieldReference>,
    /// `$` in keys of mappings, which compose leaves alone.
    pub key_references: Vec<FieldReference>,
    /// What compose refuses, or accepts but nobody means (`${X?:-d}`): the text is what is wrong with it.
    pub bad_references: Vec<Text>,
    /// Services that stand in comments, to be switched on by whoever wants them.
    pub commented_out: Vec<String>,
    /// Whether it has aliases of another file, which somebody puts in front of it.
    pub is_continued: bool,
}

/// A `${…}` and the field it stands in.
#[derive(Clone, Debug)]
pub struct FieldReference {
    /// What it asks for; ranges in it count from the start of the value.
    pub reference: Reference,
    /// Its place: `$NAME` or `${…}`.
    pub span: Span,
    /// The service it belongs to, if any.
    pub service: Option<String>,
    /// The keys that lead to the value, such as `services`, `api`, `image`; list items add nothing.
    pub field: Vec<Arc<str>>,
}

/// What a compose file, or a merge of several, declares.
#[derive(Clone, Default, Debug)]
pub struct Model {
    /// `name:`.
    pub name: Option<Text>,
    /// `version:`, which nobody needs any more.
    pub version: Option<Text>,
    /// `services:`, in order.
    pub services: Vec<Service>,
    /// `networks:`.
    pub networks: Vec<Resource>,
    /// `volumes:`.
    pub volumes: Vec<Resource>,
    /// `configs:`.
    pub configs: Vec<Resource>,
    /// `secrets:`.
    pub secrets: Vec<Resource>,
    /// `include:` paths.
    pub includes: Vec<Text>,
    /// Services by name, made when somebody asks: a large file has thousands.
    pub by_name: OnceLock<HashMap<String, usize>>,
}

/// A network, volume, config or secret declared at the top.
#[derive(Clone, Debug)]
pub struct Resource {
    /// Its key.
    pub name: Text,
    /// Whether it exists already.
    pub is_external: bool,
    /// The name it has outside, if it differs.
    pub real_name: Option<Text>,
    /// `file:` of a config or secret.
    pub file: Option<Text>,
    /// The whole value.
    pub node: Node,
}

/// A service.
#[derive(Clone, Debug)]
pub struct Service {
    /// Its key.
    pub name: Text,
    /// `image`.
    pub image: Option<Text>,
    /// `build`.
    pub build: Option<Build>,
    /// `command`.
    pub command: Option<Arguments>,
    /// `entrypoint`.
    pub entrypoint: Option<Arguments>,
    /// `environment`.
    pub environment: Vec<Variable>,
    /// `env_file`.
    pub env_files: Vec<EnvFileEntry>,
    /// `ports`.
    pub ports: Vec<Port>,
    /// `expose`.
    pub expose: Vec<Text>,
    /// `volumes` and `tmpfs`.
    pub mounts: Vec<Mount>,
    /// `networks`; empty means `default`, unless `network_mode` is set.
    pub networks: Vec<NetworkUse>,
    /// `network_mode`.
    pub network_mode: Option<Text>,
    /// `depends_on`.
    pub depends_on: Vec<Dependency>,
    /// `links`, service part.
    pub links: Vec<Text>,
    /// `healthcheck`.
    pub healthcheck: Option<Healthcheck>,
    /// `profiles`.
    pub profiles: Vec<Text>,
    /// `labels`.
    pub labels: Vec<Variable>,
    /// `deploy`.
    pub deploy: Option<Deploy>,
    /// `extends`.
    pub extends: Option<Extends>,
    /// `configs`: names used.
    pub configs: Vec<Text>,
    /// `secrets`: names used.
    pub secrets: Vec<Text>,
    /// `container_name`.
    pub container_name: Option<Text>,
    /// `hostname`.
    pub hostname: Option<Text>,
    /// `extra_hosts`: host names.
    pub extra_hosts: Vec<Text>,
    /// `restart`.
    pub restart: Option<Text>,
    /// `scale`.
    pub scale: Option<Text>,
    /// The whole value, for what has no field here.
    pub node: Node,
}

/// `build`.
#[derive(Clone, Debug)]
pub struct Build {
    /// `context`, or the short form.
    pub context: Option<Text>,
    /// `dockerfile`, relative to the context.
    pub dockerfile: Option<Text>,
    /// `target`.
    pub target: Option<Text>,
    /// `args`.
    pub args: Vec<Variable>,
    /// `additional_contexts`.
    pub additional_contexts: Vec<Variable>,
    /// `secrets`: names used.
    pub secrets: Vec<Text>,
    /// The whole value.
    pub span: Span,
}

/// A command line: list or string.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Arguments {
    /// The words; a string is split as a shell would, without running anything.
    pub words: Vec<Text>,
    /// Whether a shell reads it (`CMD-SHELL`, a string in a healthcheck or Dockerfile): `words` is then one text.
    pub is_shell: bool,
    /// The whole value.
    pub span: Span,
}

/// `NAME=value`, of `environment`, `labels`, `args` and others.
#[derive(Clone, Debug)]
pub struct Variable {
    /// The name.
    pub name: Text,
    /// The value; `None` where only the name is written.
    pub value: Option<Text>,
    /// Whether it is written as a mapping: names are then not interpolated.
    pub is_mapping: bool,
    /// The whole entry.
    pub span: Span,
}

/// An item of `env_file`.
#[derive(Clone, Debug)]
pub struct EnvFileEntry {
    /// The path, relative to the project directory.
    pub path: Text,
    /// Whether it must be there.
    pub is_required: bool,
    /// Whether values are taken literally (`format: raw`).
    pub is_raw: bool,
}

/// An item of `ports`.
#[derive(Clone, Debug)]
pub struct Port {
    /// The address of the host, if given.
    pub host_ip: Option<String>,
    /// The port of the host, as written; `None` for a random one.
    pub published: Option<String>,
    /// The port of the container, as written.
    pub target: String,
    /// `tcp` or `udp`.
    pub protocol: String,
    /// Whether it is published on the node itself, past Swarm's mesh.
    pub is_host_mode: bool,
    /// The whole item.
    pub span: Span,
}

/// What a mount brings in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum MountKind {
    /// A path of the host.
    Bind,
    /// A named or anonymous volume.
    Volume,
    /// Memory.
    Tmpfs,
    /// Something else: `image`, `cluster`, `npipe`.
    Other,
}

/// An item of `volumes`.
#[derive(Clone, Debug)]
pub struct Mount {
    /// What it brings in.
    pub kind: MountKind,
    /// The path or volume, as written; `None` for an anonymous volume or tmpfs.
    pub source: Option<Text>,
    /// The path in the container.
    pub target: Text,
    /// Whether it cannot be written.
    pub is_read_only: bool,
    /// Whether it is written `source:target:mode`.
    pub is_short: bool,
    /// `bind.create_host_path`, if written.
    pub create_host_path: Option<bool>,
    /// The directory relative sources start from, from the root: the project directory of the file.
    pub base: String,
    /// The whole item.
    pub span: Span,
}

/// A network of a service.
#[derive(Clone, Debug)]
pub struct NetworkUse {
    /// The network's key.
    pub name: Text,
    /// Other names of the service there.
    pub aliases: Vec<Text>,
}

/// An item of `depends_on`.
#[derive(Clone, Debug)]
pub struct Dependency {
    /// The service.
    pub service: Text,
    /// `service_started`, unless written otherwise.
    pub condition: Text,
    /// Whether it must be part of the project.
    pub is_required: bool,
}

/// `healthcheck`.
#[derive(Clone, Debug)]
pub struct Healthcheck {
    /// `test`, without `CMD` or `CMD-SHELL`.
    pub test: Option<Arguments>,
    /// `disable: true` or `NONE`.
    pub is_disabled: bool,
    /// The whole value.
    pub node: Node,
}

/// `deploy`.
#[derive(Clone, Debug)]
pub struct Deploy {
    /// `replicas`.
    pub replicas: Option<Text>,
    /// `mode`.
    pub mode: Option<Text>,
    /// `labels`: of the Swarm service, not of its containers.
    pub labels: Vec<Variable>,
    /// The whole value.
    pub node: Node,
}

/// `extends`.
#[derive(Clone, Debug)]
pub struct Extends {
    /// The service.
    pub service: Text,
    /// The file, if it is another one.
    pub file: Option<Text>,
}

impl Model {
    /// Returns a service by name.
    pub fn service(&self, name: &str) -> Option<&Service> {
        if self.services.len() < 50 {
            return self.services.iter().find(|it| it.name.value == name);
        }
        let index = self.by_name.get_or_init(|| {
            let mut index = HashMap::new();
            for (at, service) in self.services.iter().enumerate() {
                index.entry(service.name.value.clone()).or_insert(at);
            }
            index
        });
        index.get(name).and_then(|at| self.services.get(*at))
    }

    /// Returns the names of the services.
    pub fn service_names(&self) -> impl Iterator<Item = &str> {
        self.services.iter().map(|it| it.name.value.as_str())
    }
}

impl Service {
    /// Returns the last entry of `environment` with this name: the one that counts.
    pub fn variable(&self, name: &str) -> Option<&Variable> {
        self.environment.iter().rev().find(|it| it.name.value == name)
    }
}

impl Mount {
    /// Returns the path of a bind mount from the root of the repository, if it is relative and stays inside.
    /// A `${X:-default}` stands for its default; any other reference makes it unknown.
    pub fn repository_path(&self) -> Option<String> {
        if self.kind != MountKind::Bind {
            return None;
        }
        let written = known::with_defaults(&self.source.as_ref()?.value)?;
        crate::source::normalize(&format!("{}/{written}", self.base))
            // `C:/x` is a path of a machine, too.
            .filter(|_| !written.starts_with(['/', '~']) && written.as_bytes().get(1) != Some(&b':'))
    }
}
