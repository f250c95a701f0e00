//! One service, resolved: everything linked, every default applied, every value with its origin.

use super::kubernetes::Scale;
use super::route::{Frontend, Route};
use super::text::Text;
use super::variable::Entry;
use crate::origin::{Origin, Traced};
use crate::source::Span;
use crate::syntax::node::Node;

/// One service of one environment. What few services have, or what is large, stands aside: a large system has thousands
/// of them.
#[derive(Clone, Debug)]
pub struct Service {
    /// Its name.
    pub name: String,
    /// Where it is written: its key under `services`.
    pub span: Span,
    /// What it is, for a comment.
    pub doc: Option<String>,
    /// Long-running, one-shot or scheduled.
    pub kind: Traced<Kind>,
    /// The image reference.
    pub image: Option<Traced<Text>>,
    /// How the image is built.
    pub build: Option<Box<Traced<Build>>>,
    /// What the container runs.
    pub run: Option<Box<Traced<Command>>>,
    /// What replaces the image's entry point.
    pub entrypoint: Option<Box<Traced<Command>>>,
    /// The user it runs as.
    pub user: Option<Traced<Text>>,
    /// Whether an init process reaps its children.
    pub init: Option<Traced<bool>>,
    /// How long it may take to stop.
    pub stop_grace: Option<Traced<Duration>>,
    /// Its environment, in the order: variables of the groups it asks for, then what is fixed for it.
    pub environment: Vec<Entry>,
    /// What it waits for.
    pub needs: Vec<Need>,
    /// What it listens on; the first is the default.
    pub ports: Vec<Port>,
    /// Host ports.
    pub publish: Vec<Publish>,
    /// Ways in from outside.
    pub routes: Vec<Route>,
    /// The nginx inside of its image, when that is generated.
    pub frontend: Option<Box<Frontend>>,
    /// What is mounted.
    pub mounts: Vec<Mount>,
    /// How to tell that it works.
    pub health: Option<Box<Traced<Health>>>,
    /// How many of it.
    pub replicas: Option<Traced<Replicas>>,
    /// Never more than one, also not while it is replaced.
    pub singleton: Option<Traced<bool>>,
    /// It has data.
    pub stateful: bool,
    /// How it is replaced.
    pub rollout: Option<Box<Traced<Rollout>>>,
    /// When it is started again.
    pub restart: Traced<Restart>,
    /// Limits and reservations.
    pub resources: Option<Box<Traced<Resources>>>,
    /// Whether privileges are taken away, and which are kept.
    pub harden: Option<Box<Traced<Harden>>>,
    /// Networks it is on, in written order; empty means the default one only.
    pub networks: Vec<Traced<String>>,
    /// The optional part of the system that it belongs to.
    pub feature: Option<Traced<String>>,
    /// Where its log goes.
    pub log: Option<Box<Traced<Log>>>,
    /// What live reload does on which change.
    pub watch: Vec<Watch>,
    /// A container name that others rely on.
    pub container_name: Option<Traced<Text>>,
    /// The host name inside the container.
    pub hostname: Option<Traced<Text>>,
    /// Name servers.
    pub dns: Vec<Traced<Text>>,
    /// Labels for other programs; those of the proxy are not among them.
    pub labels: Vec<(String, Traced<Text>)>,
    /// Scaling by load. Only Kubernetes can.
    pub scale: Option<Box<Traced<Scale>>>,
    /// Patches per target, applied last.
    pub raw: Vec<Raw>,
}

impl Service {
    /// Makes a service that says nothing yet.
    pub fn new(name: impl Into<String>, span: Span) -> Service {
        Service {
            name: name.into(),
            span,
            doc: None,
            kind: Traced::new(Kind::Service, Origin::Default(&"a process runs until it is stopped")),
            image: None,
            build: None,
            run: None,
            entrypoint: None,
            user: None,
            init: None,
            stop_grace: None,
            environment: Vec::new(),
            needs: Vec::new(),
            ports: Vec::new(),
            publish: Vec::new(),
            routes: Vec::new(),
            frontend: None,
            mounts: Vec::new(),
            health: None,
            replicas: None,
            singleton: None,
            stateful: false,
            rollout: None,
            restart: Traced::new(Restart::UnlessStopped, Origin::Default(&"a service is started again")),
            resources: None,
            harden: None,
            networks: Vec::new(),
            feature: None,
            log: None,
            watch: Vec::new(),
            container_name: None,
            hostname: None,
            dns: Vec::new(),
            labels: Vec::new(),
            scale: None,
            raw: Vec::new(),
        }
    }
}

/// A patch for one target: written in the target's own vocabulary.
#[derive(Clone, Debug)]
pub struct Raw {
    /// `compose`, `swarm` or `k8s`.
    pub target: String,
    /// Where the target's key stands.
    pub span: Span,
    /// What is merged in.
    pub patch: Node,
}

/// What kind of process it is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Kind {
    /// Runs until it is stopped.
    Service,
    /// Runs once, to its end.
    Job,
    /// Runs on a schedule (cron notation).
    Cron(String),
}

/// How an image is built.
#[derive(Clone, Debug)]
pub struct Build {
    /// The image's name under `images`.
    pub image: String,
    /// Directory, relative to the spec.
    pub context: String,
    /// Dockerfile, relative to the context, when it is not `Dockerfile`.
    pub dockerfile: Option<String>,
    /// Stage to stop at.
    pub target: Option<String>,
    /// Build arguments.
    pub args: Vec<(String, Traced<Text>)>,
    /// Platforms, such as `linux/amd64`.
    pub platforms: Vec<String>,
}

/// A command line.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Command {
    /// Written as one string; `words` is what it splits into, without a shell.
    Line {
        /// As written.
        text: Text,
        /// The words, for targets that take only a list.
        words: Vec<Text>,
    },
    /// Written as a list.
    List(Vec<Text>),
}

impl Command {
    /// Returns the words.
    pub fn words(&self) -> &[Text] {
        match self {
            Command::Line { words, .. } => words,
            Command::List(words) => words,
        }
    }
}

/// A length of time, in milliseconds.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Duration {
    /// Milliseconds.
    pub millis: u64,
}

/// Another service that must be ready first.
#[derive(Clone, Debug)]
pub struct Need {
    /// Its name; it exists in this environment.
    pub service: String,
    /// What "ready" means.
    pub condition: Condition,
    /// Restart this service when the other one is restarted.
    pub restart: bool,
    /// Wait for it in the pod, before the container starts. Only Kubernetes can, and only it must.
    pub wait: bool,
    /// Where it is written.
    pub origin: Origin,
}

/// What a service waits for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Condition {
    /// It was started.
    Started,
    /// Its health check passes.
    Healthy,
    /// It ended with success.
    Done,
}

/// A port the process listens on.
#[derive(Clone, Debug)]
pub struct Port {
    /// Its name; `main` for the only one.
    pub name: String,
    /// The number.
    pub number: u16,
    /// `tcp` or `udp`.
    pub protocol: Protocol,
    /// Where it is written.
    pub origin: Origin,
}

/// Transport protocol.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Protocol {
    /// TCP.
    Tcp,
    /// UDP.
    Udp,
}

/// A host port that leads to a container port.
#[derive(Clone, Debug)]
pub struct Publish {
    /// Host address to listen on; all of them when absent.
    pub host: Option<Text>,
    /// Host port; chosen by the engine when absent.
    pub published: Option<Text>,
    /// Container port.
    pub target: u16,
    /// Protocol.
    pub protocol: Protocol,
    /// Where it is written.
    pub origin: Origin,
}

/// Something of the host or the engine, at a path in the container.
#[derive(Clone, Debug)]
pub struct Mount {
    /// What is mounted.
    pub source: MountSource,
    /// The path in the container.
    pub target: String,
    /// Whether the container may only read it.
    pub read_only: bool,
    /// What it is for.
    pub role: Role,
    /// Where it is written.
    pub origin: Origin,
}

/// What is mounted.
#[derive(Clone, Debug)]
pub enum MountSource {
    /// A volume of the system.
    Volume(String),
    /// A path below the spec's directory, starting with `./`.
    Repository {
        /// The path.
        path: String,
        /// What is there, and its hash.
        content: Content,
    },
    /// A path that a variable decides, or an absolute path of the host.
    Host(Text),
}

/// What stands at a mounted path of the repository.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Content {
    /// Not looked at, or made at run time.
    Unknown,
    /// A file, with the first 12 hexadecimal digits of its SHA-256.
    File(String),
    /// A directory: its files (relative to it) with their hashes, sorted.
    Directory(Vec<(String, String)>),
}

/// What a mount is for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Role {
    /// Configuration from the repository: must exist, and a change rolls the service.
    Config,
    /// A secret file.
    Secret,
    /// Data that must outlive the container.
    Data,
    /// Source code, for development.
    Source,
    /// A path of the host, such as `/proc`.
    Host,
    /// A directory that is made at run time.
    Runtime,
}

/// A health check with its timings.
#[derive(Clone, Debug)]
pub struct Health {
    /// How to ask; `None` switches off the image's own check.
    pub probe: Option<Probe>,
    /// Time between checks.
    pub every: Option<Traced<Duration>>,
    /// Time one check may take.
    pub timeout: Option<Traced<Duration>>,
    /// Failures in a row until it counts as unhealthy.
    pub tries: Option<Traced<u32>>,
    /// Time to start in which failures do not count.
    pub grace: Option<Traced<Duration>>,
    /// Time between checks while it starts.
    pub start_every: Option<Traced<Duration>>,
    /// Restart it when it is unhealthy, where the target can.
    pub restart: bool,
}

/// How to ask a service whether it works.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Probe {
    /// `GET` of one or more paths must answer with success.
    Http {
        /// Port and path, in order.
        checks: Vec<HttpCheck>,
        /// The program in the image that can ask.
        client: HttpClient,
    },
    /// The port must accept a connection.
    Tcp(u16),
    /// The program must end with success.
    Command(Vec<Text>),
    /// The shell line must end with success.
    Shell(Text),
}

/// A port and path to ask.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct HttpCheck {
    /// Container port.
    pub port: u16,
    /// Absolute path.
    pub path: String,
}

/// A program that can make an HTTP request inside a container.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum HttpClient {
    /// `curl`.
    Curl,
    /// `wget`, also BusyBox's.
    Wget,
    /// Python's standard library.
    Python,
    /// Node's `fetch`.
    Node,
    /// The image has none: only a target that asks from outside can check.
    None,
}

/// A number of replicas.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Replicas {
    /// This many.
    Count(u32),
    /// As many as a variable says at deploy time.
    Variable(Text),
}

/// How a new version replaces the old.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Rollout {
    /// Whether the new one starts before the old one stops.
    pub start_first: Option<bool>,
    /// How many at a time.
    pub parallel: Option<u32>,
    /// Time between them.
    pub delay: Option<Duration>,
    /// How long a new one is watched.
    pub monitor: Option<Duration>,
    /// Go back when it fails.
    pub rollback: bool,
}

/// When a container is started again.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Restart {
    /// Never.
    No,
    /// Whenever it ends.
    Always,
    /// Whenever it fails.
    OnFailure,
    /// Whenever it ends, unless a person stopped it.
    UnlessStopped,
}

/// What a container may use.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Resources {
    /// Most of the processors, in thousandths of one.
    pub cpu_millis: Option<u64>,
    /// Most memory, in bytes.
    pub memory_bytes: Option<u64>,
    /// Processors set aside, in thousandths.
    pub reserve_cpu_millis: Option<u64>,
    /// Memory set aside, in bytes.
    pub reserve_memory_bytes: Option<u64>,
    /// Graphics processors.
    pub gpu: Option<Gpu>,
    /// Shared memory (`/dev/shm`), in bytes.
    pub shm_bytes: Option<u64>,
}

/// Graphics processors.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Gpu {
    /// This many of any.
    Count(u32),
    /// All of them.
    All,
    /// Named by the Container Device Interface, such as `nvidia.com/gpu=all`.
    Cdi(Vec<String>),
    /// By identity.
    Ids(Vec<String>),
}

/// Privileges taken away.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Harden {
    /// Drop all capabilities and forbid gaining new ones.
    pub drop: bool,
    /// Capabilities kept, or added where nothing is dropped.
    pub keep: Vec<String>,
    /// Security options beyond `no-new-privileges`, such as `apparmor:unconfined`.
    pub options: Vec<String>,
    /// Reasons for capabilities kept, by name.
    pub reasons: Vec<(String, String)>,
    /// What it may do nevertheless, with the reason.
    pub allow: Vec<(Allow, String)>,
    /// Its own files cannot be written, save below these directories; `None`: they can.
    pub read_only: Option<Vec<String>>,
}

/// A reasoned exception from what hardening forbids.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Allow {
    /// To run as root.
    Root,
    /// To gain privileges that it did not start with.
    Escalation,
    /// To write its own files.
    Writable,
    /// To use paths of the node.
    HostPath,
}

/// Where a service's log goes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Log {
    /// The engine's log driver.
    pub driver: String,
    /// Options of the driver, in written order.
    pub options: Vec<(String, String)>,
}

/// One rule of live reload.
#[derive(Clone, Debug)]
pub struct Watch {
    /// What to do.
    pub action: WatchAction,
    /// The watched path, relative to the spec.
    pub path: String,
    /// The path in the container, for actions that copy.
    pub target: Option<String>,
    /// Patterns that are left out.
    pub ignore: Vec<String>,
    /// Where it is written.
    pub origin: Origin,
}

/// What live reload does.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum WatchAction {
    /// Copy the file in.
    Sync,
    /// Copy it in and restart.
    SyncRestart,
    /// Build the image again.
    Rebuild,
    /// Restart.
    Restart,
}
