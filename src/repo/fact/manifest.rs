//! Facts of Kubernetes manifests and Makefiles.

use serde::{Deserialize, Serialize};

use super::Text;
use crate::source::{FileId, Span, normalize};
use crate::syntax::node::Node;

/// A Kubernetes object.
#[derive(Clone, Debug)]
pub struct Manifest {
    /// The file.
    pub file: FileId,
    /// Its path from the root.
    pub path: String,
    /// `apiVersion`.
    pub api_version: Text,
    /// `kind`.
    pub kind: Text,
    /// `metadata.name`.
    pub name: Text,
    /// `metadata.namespace`.
    pub namespace: Option<Text>,
    /// The whole tree.
    pub node: Node,
}

/// A document that says its `apiVersion` and `kind`, named or not.
#[derive(Clone, Debug)]
pub struct KubernetesObject {
    /// Its file's path from the root.
    pub path: String,
    /// The whole tree.
    pub node: Node,
}

/// A `kustomization.yaml`.
#[derive(Clone, Debug)]
pub struct Kustomization {
    /// Its folder.
    pub folder: String,
    /// What it takes: files and folders of other kustomizations, each at its place.
    pub resources: Vec<Text>,
    /// The files of parts that it lays over the objects, each at its place.
    pub patches: Vec<Text>,
    /// The files that it makes ConfigMaps of, each at its place.
    pub generated_from: Vec<Text>,
    /// Whether it lays anything over its objects, in files or in place.
    pub changes_objects: bool,
    /// Parts that it lays over the objects, with what they are for.
    pub parts: Vec<Part>,
    /// Names of images that it gives another name or tag, each at its place.
    pub images: Vec<Text>,
    /// The other names that it gives them.
    pub new_names: Vec<String>,
    /// Kinds and names of the objects that it makes.
    pub makes: Vec<(String, String)>,
    /// Whether it is a component, which changes the objects of those who take it.
    pub is_component: bool,
    /// Whether it gives its objects other names.
    pub renames: bool,
    /// Whether something else makes or changes objects, such as a chart.
    pub is_unclear: bool,
}

/// A part that a kustomization lays over its objects: an item of `patches`, `patchesStrategicMerge` or
/// `patchesJson6902`.
#[derive(Clone, Debug)]
pub struct Part {
    /// The whole item.
    pub place: Span,
    /// Its file.
    pub file: Option<Text>,
    /// What stands in place.
    pub text: Option<String>,
    /// Kinds and names of what stands in place, if it is made of objects.
    pub objects: Vec<(String, String)>,
    /// Which objects it is for, if that is said.
    pub target: Option<Target>,
}

/// The objects that a part is laid over.
#[derive(Clone, Debug)]
pub struct Target {
    /// `kind`.
    pub kind: Option<Text>,
    /// `name`.
    pub name: Option<Text>,
    /// Whether labels or annotations choose among them as well.
    pub has_selector: bool,
}

impl Kustomization {
    /// Returns the path from the root of something that it names; none of what lies on another machine.
    pub fn path(&self, named: &str) -> Option<String> {
        let is_remote = named.contains("://") || named.contains("?ref=") || named.starts_with("git@");
        normalize(&format!("{}/{named}", self.folder)).filter(|_| !is_remote)
    }
}

/// A Makefile.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Makefile {
    /// The file.
    pub file: FileId,
    /// Its path from the root.
    pub path: String,
    /// Its targets.
    pub targets: Vec<MakeTarget>,
    /// `include`d files.
    pub includes: Vec<Text>,
}

/// A target.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct MakeTarget {
    /// The name, at its place.
    pub name: Text,
    /// What it needs first.
    pub prerequisites: Vec<Text>,
    /// Whether it is a pattern (`%`) or computed, so that it may stand for names not written.
    pub is_pattern: bool,
}
