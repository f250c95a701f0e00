//! Facts of GitHub workflows. Commands of their steps are [`super::Command`]s, variables are [`super::EnvSet`]s.

use super::Text;
use crate::source::{FileId, Span};
use crate::syntax::node::Node;

/// A workflow or a composite action.
#[derive(Clone, Debug)]
pub struct Workflow {
    /// The file.
    pub file: FileId,
    /// Its path from the root.
    pub path: String,
    /// Globs of `on.*.paths` and of filters by path in steps.
    pub path_filters: Vec<Text>,
    /// Globs of `on.*.paths-ignore`.
    pub ignored_paths: Vec<Text>,
    /// Branches of `on.*.branches`.
    pub branches: Vec<Text>,
    /// `secrets.NAME` and `vars.NAME` it uses.
    pub secrets: Vec<Text>,
    /// Paths it names in inputs: `dockerfile`, `context`, `working-directory`, local actions, `env-file` ….
    pub paths: Vec<Text>,
    /// What its expressions ask of jobs and steps.
    pub references: Vec<WorkflowReference>,
    /// Its jobs with `services:`.
    pub service_jobs: Vec<ServiceJob>,
    /// The whole tree.
    pub node: Node,
}

/// A job with service containers.
#[derive(Clone, Debug)]
pub struct ServiceJob {
    /// Where `container:` says in what the job itself runs; `None` for the runner.
    pub container: Option<Span>,
    /// Its services.
    pub services: Vec<JobService>,
    /// What its variables and scripts name: services, and the machine itself.
    pub addresses: Vec<JobAddress>,
    /// Whether a step starts servers or containers, which have names and ports of their own.
    pub starts_servers: bool,
}

/// A service container of a job.
#[derive(Clone, Debug)]
pub struct JobService {
    /// Its key, which is its host name.
    pub name: Text,
    /// `image`.
    pub image: Text,
    /// `ports`: that of the runner, if it is chosen, and that of the container.
    pub ports: Vec<(Option<u16>, u16)>,
    /// Whether `ports` is all that it publishes.
    pub is_certain: bool,
}

/// A host in a value or script of a job.
#[derive(Clone, Debug)]
pub struct JobAddress {
    /// The host.
    pub host: Text,
    /// The port, if one is named.
    pub port: Option<u16>,
    /// The scheme of the URL it stands in, or nothing.
    pub scheme: String,
}

/// A part of an expression that asks for something of another job or step, or of the caller.
#[derive(Clone, Debug)]
pub struct WorkflowReference {
    /// Whether it is a job, a step or an input.
    pub asked: Asked,
    /// Its name.
    pub name: Text,
    /// The output that is asked for, if one is.
    pub output: Option<Text>,
}

/// What an expression asks.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Asked {
    /// A job that this one needs: `needs.NAME`.
    Job,
    /// A step of the same job: `steps.NAME`.
    Step,
    /// An input of the workflow or action itself: `inputs.NAME`.
    Input,
}
