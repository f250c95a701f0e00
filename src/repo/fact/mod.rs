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
#[derive(Default, Debug)]
pub struct Facts {
    /// Compose files, one by one; [`super::Repo::environments`] has them merged.
    pub compose_files: Vec<compose::File>,
    /// Env files and env templates.
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
    pub traefik: Vec<TraefikFile>,
    /// Hosts that proxies, monitors and other programs are told to ask.
    pub upstreams: Vec<Upstream>,
    /// Paths of containers that configuration files name.
    pub inner_paths: Vec<InnerPath>,
    /// Kubernetes objects.
    pub manifests: Vec<Manifest>,
    /// The same objects and those without a name, but not those of tests.
    pub kubernetes_objects: Vec<KubernetesObject>,
    /// What kustomize puts together.
    pub kustomizations: Vec<Kustomization>,
    /// Makefiles.
    pub makefiles: Vec<Makefile>,
    /// GitHub workflows.
    pub workflows: Vec<Workflow>,
    /// HTTP paths that code serves.
    pub routes: Vec<Text>,
    /// Ports that code listens on.
    pub listens: Vec<Spanned<u16>>,
    /// Images named outside compose files: testcontainers, workflow services.
    pub images: Vec<Text>,
    /// Names of packages a lock or requirements file holds, with their version: decides which pydantic it is.
    pub packages: Vec<Package>,
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
    pub private_keys: Vec<Span>,
    /// Paths that scripts look for before they use them.
    pub tested: Vec<Tested>,
    /// `specc: ignore[…]` comments.
    pub suppressions: Vec<Suppression>,
}

/// A dependency pinned or asked for by the repository.
#[derive(Clone, Debug)]
pub struct Package {
    /// Its name, as written.
    pub name: Text,
    /// Its version or requirement, as written; may be empty.
    pub version: String,
}

impl Facts {
    /// Makes room in the longest lists for what other readers found, so that they need not grow over and over.
    pub fn make_room<'f>(&mut self, others: impl Iterator<Item = &'f Facts> + Clone) {
        self.reads.reserve(others.clone().map(|it| it.reads.len()).sum());
        self.sets.reserve(others.clone().map(|it| it.sets.len()).sum());
        self.commands.reserve(others.clone().map(|it| it.commands.len()).sum());
        self.mentions.reserve(others.map(|it| it.mentions.len()).sum());
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
            late_needs,
            env_suffixes,
            client_files,
            drawn_services,
            drawn_containers,
            private_keys,
            tested,
            suppressions,
        } = other;
        self.compose_files.extend(compose_files);
        self.env_files.extend(env_files);
        self.reads.extend(reads);
        self.env_wrappers.extend(env_wrappers);
        self.wrapped_reads.extend(wrapped_reads);
        self.sets.extend(sets);
        self.docs.extend(docs);
        self.settings.extend(settings);
        self.conditions.extend(conditions);
        self.dotenv_loads.extend(dotenv_loads);
        self.python.append(python);
        self.fixtures.extend(fixtures);
        self.commands.extend(commands);
        self.left_behind.extend(left_behind);
        self.scripts.extend(scripts);
        self.terraform.extend(terraform);
        self.mentions.extend(mentions);
        self.path_lists.extend(path_lists);
        self.dockerfiles.extend(dockerfiles);
        self.ignore_files.extend(ignore_files);
        self.nginx.extend(nginx);
        self.traefik.extend(traefik);
        self.upstreams.extend(upstreams);
        self.inner_paths.extend(inner_paths);
        self.manifests.extend(manifests);
        self.kubernetes_objects.extend(kubernetes_objects);
        self.kustomizations.extend(kustomizations);
        self.makefiles.extend(makefiles);
        self.workflows.extend(workflows);
        self.routes.extend(routes);
        self.listens.extend(listens);
        self.images.extend(images);
        self.packages.extend(packages);
        self.late_needs.extend(late_needs);
        self.env_suffixes.extend(env_suffixes);
        self.client_files.extend(client_files);
        self.drawn_services.extend(drawn_services);
        self.drawn_containers.extend(drawn_containers);
        self.private_keys.extend(private_keys);
        self.tested.extend(tested);
        self.suppressions.extend(suppressions);
    }
}
