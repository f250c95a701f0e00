//! Facts of GitHub workflows. Commands of their steps are [`super::Command`]s, variables are [`super::EnvSet`]s.

use super::Text;
use crate::source::FileId;
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
    /// The whole tree.
    pub node: Node,
}

/// A part of an expression that asks for something of another job or step.
#[derive(Clone, Debug)]
pub struct WorkflowReference {
    /// Whether it is a job or a step.
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
}
