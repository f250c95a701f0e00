//! What files say, as plain data with places: the contract between readers, which fill it, and rules, which join it.
//!
//! A fact owns its strings and never needs the text it came from, so texts are dropped once they are read. Reading
//! runs nothing and imports nothing. A reader adds to the lists of [`Facts`] and to nothing else.

pub mod command;
pub mod dockerfile;
pub mod env;
pub mod manifest;
pub mod path;
pub mod proxy;
pub mod settings;
pub mod terraform;
pub mod workflow;

use serde::{Deserialize, Serialize};

use crate::source::{Span, Spanned};

use super::compose;
use super::python;
use super::suppression::Suppression;

pub use command::{
    Action, Archive, Command, CommandHost, ComposeCommand, Copy, Filter, FilterBy, LeftBehind, ShellScript, Way, Word,
};
pub use dockerfile::{Dockerfile, IgnoreFile, Stage};
pub use env::{Absent, EnvDoc, EnvEntry, EnvFile, EnvRead, EnvSet, EnvWrapper, Language, Quote, SetBy, WrappedRead};
pub use manifest::{KubernetesObject, Kustomization, MakeTarget, Makefile, Manifest, Part, Target};
pub use path::{InnerPath, Mention, MentionBy, PathList, Tested};
pub use proxy::{Directive, NginxFile, TraefikFile, Upstream, UpstreamBy};
pub use settings::{
    Condition, DotenvLoad, Extra, Field, FieldPart, FieldType, Fixture, FixtureBy, Flavor, JsonShape, Leftover,
    LeftoverKind, SettingsClass,
};
pub use workflow::{Asked, JobAddress, JobService, ServiceJob, Workflow, WorkflowReference};

/// A text and its place.
pub type Text = Spanned<String>;

/// Everything that was read, each list in the order of the files (sorted by path) and of the text in them.
#[derive(Default, Debug, Serialize, Deserialize)]
pub struct Facts {
    /// Compose files, one by one; [`super::Repo::environments`] has them merged.
    #[serde(skip)]
    pub compose_files: Vec<compose::File>,
    /// Env files and env templates.
    #[serde(skip)]
    pub env_files: Vec<EnvFile>,
    /// Variables that code asks for.
    pub reads: Vec<EnvRead>,
    /// Functions that hand the name they are given to the environment.
    pub env_wrappers: Vec<EnvWrapper>,
    /// Calls of what may be such functions; none is left once all files are read.
    pub wrapped_reads: Vec<WrappedRead>,
    /// Variables set outside compose and env files: scripts, workflows, Dockerfiles, manifests, tests.
    pub sets: Vec<EnvSet>,
    /// Variables that prose documents.
    pub docs: Vec<EnvDoc>,
    /// Classes whose fields are filled from the environment.
    pub settings: Vec<SettingsClass>,
    /// Fields that code refuses to go on without.
    pub conditions: Vec<Condition>,
    /// Env files that Python code loads by itself.
    pub dotenv_loads: Vec<DotenvLoad>,
    /// What is known of Python files until they are linked with each other.
    pub python: python::Unlinked,
    /// Places that make a settings object, mostly for tests.
    pub fixtures: Vec<Fixture>,
    /// Commands of scripts, Makefiles, workflows and documents.
    pub commands: Vec<Command>,
    /// Variables that a script on another machine uses and that are set on this one.
    pub left_behind: Vec<LeftBehind>,
    /// Terraform files.
    pub terraform: Vec<terraform::TerraformFile>,
    /// Shell scripts as a whole.
    pub scripts: Vec<ShellScript>,
    /// Path-like words that name nothing in the tree. Words that do name something are not kept.
    pub mentions: Vec<Mention>,
    /// Files that are lists of paths.
    pub path_lists: Vec<PathList>,
    /// Dockerfiles.
    pub dockerfiles: Vec<Dockerfile>,
    /// What builds do not get.
    pub ignore_files: Vec<IgnoreFile>,
    /// nginx configuration.
    pub nginx: Vec<NginxFile>,
    /// Traefik configuration files; labels are with the compose services.
    #[serde(skip)]
    pub traefik: Vec<TraefikFile>,
    /// Hosts that proxies, monitors and other programs are told to ask.
    pub upstreams: Vec<Upstream>,
    /// Paths of containers that configuration files name.
    #[serde(skip)]
    pub inner_paths: Vec<InnerPath>,
    /// Kubernetes objects.
    #[serde(skip)]
    pub manifests: Vec<Manifest>,
    /// The same objects and those without a name, but not those of tests.
    #[serde(skip)]
    pub kubernetes_objects: Vec<KubernetesObject>,
    /// What kustomize puts together.
    #[serde(skip)]
    pub kustomizations: Vec<Kustomization>,
    /// Makefiles.
    pub makefiles: Vec<Makefile>,
    /// GitHub workflows.
    #[serde(skip)]
    pub workflows: Vec<Workflow>,
    /// HTTP paths that code serves.
    pub routes: Vec<Text>,
    /// Ports that code listens on.
    pub listens: Vec<Spanned<u16>>,
    /// Images named outside compose files: testcontainers, workflow services.
    pub images: Vec<Text>,
    /// Names of packages a lock or requirements file holds, with their version: decides which pydantic it is.
    pub packages: Vec<Package>,
    /// What package.json files ask for.
    pub node_packages: Vec<NodePackage>,
    /// Reads that fail without their variable only when somebody calls for what needs it.
    pub late_needs: Vec<crate::source::Span>,
    /// What names of variables end in that code puts together.
    pub env_suffixes: Vec<String>,
    /// JavaScript files that are sent to browsers.
    pub client_files: Vec<crate::source::FileId>,
    /// Services of compose files that documents show in full.
    pub drawn_services: Vec<String>,
    /// Containers that such files name, also those that scripts write.
    pub drawn_containers: Vec<String>,
    /// Files that hold a private key: its first line.
    #[serde(skip)]
    pub private_keys: Vec<Span>,
    /// Paths that scripts look for before they use them.
    pub tested: Vec<Tested>,
    /// `specc: ignore[…]` comments.
    pub suppressions: Vec<Suppression>,
}

/// A dependency pinned or asked for by the repository.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Package {
    /// Its name, as written.
    pub name: Text,
    /// Its version or requirement, as written; may be empty.
    pub version: String,
}

/// A package.json with dependencies.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct NodePackage {
    /// The path of the file from the root.
    pub path: String,
    /// The names of all its dependencies, also of those for development.
    pub dependencies: Vec<String>,
}

impl Facts {
    /// Makes room in the longest lists for what other readers found, so that they need not grow over and over.
    pub fn make_room<'f>(&mut self, others: impl Iterator<Item = &'f Facts> + Clone) {
        self.reads.reserve(others.clone().map(|it| it.reads.len()).sum());
        self.sets.reserve(others.clone().map(|it| it.sets.len()).sum());
        self.commands.reserve(others.clone().map(|it| it.commands.len()).sum());
        self.mentions.reserve(others.map(|it| it.mentions.len()).sum());
    }

    /// Returns whether all that is here can be kept: the lists that are not written with it are empty.
    pub fn can_be_kept(&self) -> bool {
        let is_left_out = [
            self.compose_files.is_empty(),
            self.env_files.is_empty(),
            self.traefik.is_empty(),
            self.inner_paths.is_empty(),
            self.manifests.is_empty(),
            self.kubernetes_objects.is_empty(),
            self.kustomizations.is_empty(),
            self.workflows.is_empty(),
            self.private_keys.is_empty(),
        ];
        is_left_out.iter().all(|it| *it)
    }

    /// Adds what another reader found, after what is here.
    #[expect(clippy::too_many_lines, reason = "two lines for each kind of fact, so that none can be forgotten")]
    pub fn append(&mut self, other: Facts) {
        let Facts {
            compose_files,
            env_files,
            reads,
            env_wrappers,
            wrapped_reads,
            sets,
            docs,
            settings,
            conditions,
            dotenv_loads,
            python,
            fixtures,
            commands,
            left_behind,
            scripts,
            terraform,
            mentions,
            path_lists,
            dockerfiles,
            ignore_files,
            nginx,
            traefik,
            upstreams,
            inner_paths,
            manifests,
            kubernetes_objects,
            kustomizations,
            makefiles,
            workflows,
            routes,
            listens,
            images,
            packages,
            node_packages,
            late_needs,
            env_suffixes,
            client_files,
            drawn_services,
            drawn_containers,
            private_keys,
            tested,
            suppressions,
        } = other;
        join(&mut self.compose_files, compose_files);
        join(&mut self.env_files, env_files);
        join(&mut self.reads, reads);
        join(&mut self.env_wrappers, env_wrappers);
        join(&mut self.wrapped_reads, wrapped_reads);
        join(&mut self.sets, sets);
        join(&mut self.docs, docs);
        join(&mut self.settings, settings);
        join(&mut self.conditions, conditions);
        join(&mut self.dotenv_loads, dotenv_loads);
        self.python.append(python);
        join(&mut self.fixtures, fixtures);
        join(&mut self.commands, commands);
        join(&mut self.left_behind, left_behind);
        join(&mut self.scripts, scripts);
        join(&mut self.terraform, terraform);
        join(&mut self.mentions, mentions);
        join(&mut self.path_lists, path_lists);
        join(&mut self.dockerfiles, dockerfiles);
        join(&mut self.ignore_files, ignore_files);
        join(&mut self.nginx, nginx);
        join(&mut self.traefik, traefik);
        join(&mut self.upstreams, upstreams);
        join(&mut self.inner_paths, inner_paths);
        join(&mut self.manifests, manifests);
        join(&mut self.kubernetes_objects, kubernetes_objects);
        join(&mut self.kustomizations, kustomizations);
        join(&mut self.makefiles, makefiles);
        join(&mut self.workflows, workflows);
        join(&mut self.routes, routes);
        join(&mut self.listens, listens);
        join(&mut self.images, images);
        join(&mut self.packages, packages);
        join(&mut self.node_packages, node_packages);
        join(&mut self.late_needs, late_needs);
        join(&mut self.env_suffixes, env_suffixes);
        join(&mut self.client_files, client_files);
        join(&mut self.drawn_services, drawn_services);
        join(&mut self.drawn_containers, drawn_containers);
        join(&mut self.private_keys, private_keys);
        join(&mut self.tested, tested);
        join(&mut self.suppressions, suppressions);
    }
}

/// Moves a list to the end of another, without a copy where that has none of its own and no room either.
fn join<T>(list: &mut Vec<T>, more: Vec<T>) {
    if list.capacity() == 0 {
        *list = more;
    } else if !more.is_empty() {
        list.extend(more);
    }
}
