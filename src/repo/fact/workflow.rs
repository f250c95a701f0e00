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
    /// The whole tree.
    pub node: Node,
}
