//! What the Kubernetes API accepts: judges an object the way an API server would, without one.
//!
//! Three layers, from data to code: `fields` is the published shape of every kind; `limits` what single values and the
//! fields of one map must be; the other files are what maps have to do with each other, one file for each kind of
//! object. The published schema alone lets most of it pass.

pub mod apis;
mod at;
mod autoscaling;
mod config;
mod container;
pub mod fields;
mod format;
mod ingress;
mod limits;
mod meta;
mod network_policy;
mod pod;
mod rights;
pub mod scalar;
pub mod schedule;
mod service;
mod shape;
mod storage;
mod tree;
mod volume;
mod workload;

use crate::source::Span;
use at::At;
use fields::FIELDS;

pub use tree::Tree;

/// A minor version of Kubernetes: 34 is 1.34.
pub type Minor = u32;

/// How an object is judged.
#[derive(Clone, Copy, Default, Debug)]
pub struct Terms {
    /// The version of the cluster; without one, what some version takes is right.
    pub version: Option<Minor>,
    /// Whether it is only a part that is laid over another object, so that nothing is missing from it.
    pub partial: bool,
}

/// What is wrong with an object.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Fault {
    /// Its kind.
    pub kind: FaultKind,
    /// Where in the object, as the API server writes it.
    pub path: String,
    /// Where in the text.
    pub span: Span,
    /// What is wrong, after the path.
    pub message: String,
    /// The other place, if there is one.
    pub related: Option<(Span, String)>,
    /// What to do.
    pub help: Option<String>,
    /// What to write instead, and where.
    pub replacement: Option<(Span, String)>,
}

/// The kinds of faults, which are those of the API server (`k8s.io/apimachinery/pkg/util/validation/field`), and
/// those that it finds when it decodes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum FaultKind {
    /// A field that does not exist.
    UnknownField,
    /// A value of the wrong type.
    WrongType,
    /// A field that must be there.
    Required,
    /// A value that cannot be.
    Invalid,
    /// A word that is none of those that a field takes.
    NotSupported,
    /// A value that must be the only one.
    Duplicate,
    /// A field that may not be there.
    Forbidden,
    /// A name that names nothing.
    NotFound,
    /// More than fits.
    TooLong,
}

impl Fault {
    fn also(&mut self, span: Span, message: &str) -> &mut Fault {
        self.related = Some((span, message.to_string()));
        self
    }

    fn help(&mut self, help: impl Into<String>) -> &mut Fault {
        self.help = Some(help.into());
        self
    }

    fn replace(&mut self, span: Span, text: String) -> &mut Fault {
        self.replacement = Some((span, text));
        self
    }
}

/// What judging carries along.
struct Judge {
    version: Option<Minor>,
    partial: bool,
    faults: Vec<Fault>,
}

impl Judge {
    fn fault(&mut self, kind: FaultKind, at: &At<'_>, message: impl Into<String>) -> &mut Fault {
        let span = match kind {
            FaultKind::WrongType | FaultKind::Invalid | FaultKind::NotSupported | FaultKind::NotFound => {
                at.value_span()
            }
            _ => at.span,
        };
        let (path, message) = (at.path(), message.into());
        let at = self.faults.len();
        self.faults.push(Fault { kind, path, span, message, related: None, help: None, replacement: None });
        &mut self.faults[at]
    }
}

/// Judges an object. What is of no built-in kind, or of a kind whose fields are not known, is not judged.
pub fn judge(object: Tree<'_>, terms: Terms) -> Vec<Fault> {
    let text = |key: &str| object.get(key).and_then(Tree::text);
    let (Some(api_version), Some(kind)) = (text("apiVersion"), text("kind")) else { return Vec::new() };
    let Some(of) = FIELDS.kind(api_version, kind).and_then(|it| it.of) else { return Vec::new() };
    let mut judge = Judge { version: terms.version, partial: terms.partial, faults: Vec::new() };
    let object = At::object(object);
    shape::walk(&object, of, &mut judge);
    if !terms.partial {
        meta::judge(&object, kind, &mut judge);
        relations(&object, kind, &mut judge);
    }
    judge.faults.sort_by_key(|it| (it.span.start, it.kind));
    judge.faults
}

/// What maps of the object have to do with each other.
fn relations(object: &At<'_>, kind: &str, judge: &mut Judge) {
    match kind {
        "Pod" => pod::judge(&object.get("spec"), judge),
        "Deployment" | "ReplicaSet" | "StatefulSet" | "DaemonSet" | "ReplicationController" => {
            workload::judge(object, kind, judge);
        }
        "Job" => workload::job(object, judge),
        "CronJob" => workload::cron_job(object, judge),
        "Service" => service::judge(object, judge),
        "Ingress" => ingress::judge(object, judge),
        "NetworkPolicy" => network_policy::judge(object, judge),
        "ConfigMap" => config::config_map(object, judge),
        "Secret" => config::secret(object, judge),
        "PersistentVolumeClaim" => storage::claim(&object.get("spec"), judge),
        "HorizontalPodAutoscaler" => autoscaling::judge(object, judge),
        "Role" | "ClusterRole" => rights::role(object, judge),
        "RoleBinding" | "ClusterRoleBinding" => rights::binding(object, kind, judge),
        _ => {}
    }
}

#[cfg(test)]
mod tests;
