//! An object of the Kubernetes API, and a stream of them.

use std::borrow::Borrow;

use crate::origin::Origin;
use crate::parallel;
use crate::syntax::yaml_out::{Documents, Entry, Map, Rendered};

/// The label by which the objects of one service are known, and the one for those of a system.
pub(super) const NAME_LABEL: &str = "app.kubernetes.io/name";
/// The label of everything that belongs to a system.
pub(super) const PART_OF_LABEL: &str = "app.kubernetes.io/part-of";

/// How many objects are about as much work as one service.
pub(super) const OBJECTS: usize = 2;

/// Where an object belongs in the order in which a system is applied.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Part {
    /// The namespace and who acts in it.
    Namespace,
    /// Who may connect to whom.
    Network,
    /// Configuration.
    Config,
    /// Secrets that are fetched.
    Secrets,
    /// Volumes.
    Storage,
    /// A service: how many others must be there before it, and its name.
    Service(usize, String),
    /// The ways in.
    Ingress,
}

impl Part {
    /// Returns the file's name; files sorted by name are in the order in which they are applied.
    pub(super) fn file(&self) -> String {
        match self {
            Part::Namespace => "00-namespace.yaml".to_string(),
            Part::Network => "05-network.yaml".to_string(),
            Part::Config => "10-config.yaml".to_string(),
            Part::Secrets => "15-secrets.yaml".to_string(),
            Part::Storage => "20-storage.yaml".to_string(),
            // Further down than this no chain of needs goes; if it did, those at its end would share a number.
            Part::Service(level, name) => format!("{}-{name}.yaml", 30 + level.min(&59)),
            Part::Ingress => "90-ingress.yaml".to_string(),
        }
    }
}

/// An object.
#[derive(Clone, Debug)]
pub(super) struct Object {
    /// Where it belongs.
    pub part: Part,
    /// Group and version.
    pub api: &'static str,
    /// Its kind.
    pub kind: &'static str,
    /// Its name.
    pub name: String,
    /// Whether it lives in the namespace.
    pub namespaced: bool,
    /// Labels.
    pub labels: Vec<(String, String)>,
    /// Annotations.
    pub annotations: Vec<(String, String)>,
    /// What it is, for a comment.
    pub doc: Option<String>,
    /// What of the spec it comes from.
    pub origin: Origin,
    /// Everything but `apiVersion`, `kind` and `metadata`.
    pub body: Map,
}

impl Object {
    /// Makes an object without a body.
    pub(super) fn new(part: Part, api: &'static str, kind: &'static str, name: impl Into<String>) -> Object {
        Object {
            part,
            api,
            kind,
            name: name.into(),
            namespaced: true,
            labels: Vec::new(),
            annotations: Vec::new(),
            doc: None,
            origin: Origin::Default(&"every system on Kubernetes has it"),
            body: Map::new(),
        }
    }

    /// Sets the body.
    #[must_use]
    pub(super) fn body(mut self, body: Map) -> Object {
        self.body = body;
        self
    }

    /// Sets what of the spec it comes from.
    #[must_use]
    pub(super) fn from(mut self, origin: &Origin) -> Object {
        self.origin = origin.clone();
        self
    }

    /// Returns what stands before the body; `None` leaves the namespace to kustomize.
    pub(super) fn head(&self, namespace: Option<&str>) -> Map {
        let metadata = Map::new()
            .put("name", &self.name)
            .put_if("namespace", namespace.filter(|_| self.namespaced))
            .put_filled("labels", pairs(&self.labels))
            .put_filled("annotations", pairs(&self.annotations));
        Map::new().put("apiVersion", self.api).put("kind", self.kind).put("metadata", metadata)
    }

    /// Returns the whole object without a namespace.
    pub(super) fn to_map(&self) -> Map {
        let mut map = self.head(None);
        map.entries.extend(self.body.entries.iter().cloned());
        map
    }

    fn write(&self, namespace: Option<&str>, header: &[String], out: &mut Documents) {
        let mut lines = header.to_vec();
        lines.extend(self.doc.iter().flat_map(|it| it.lines()).map(str::to_string));
        out.add(&[&self.head(namespace), &self.body], &lines, &self.origin);
    }
}

/// Writes names and values as a map.
pub(super) fn pairs(list: &[(String, String)]) -> Map {
    list.iter().map(|(name, value)| (name.clone(), value.clone())).collect()
}

/// Writes objects as a stream of documents, with `header` as comment at the top. Objects that are nobody else's are gone
/// when they are written: what is read in them takes several times the room of their text.
pub(super) fn stream<T: Borrow<Object> + Send>(
    objects: Vec<T>,
    namespace: Option<&str>,
    header: &[String],
) -> Rendered {
    let parts = parallel::in_parts(objects.into_iter().enumerate().collect(), |some| {
        let mut out = Documents::default();
        for (at, object) in some {
            object.borrow().write(namespace, if at == 0 { header } else { &[] }, &mut out);
        }
        out
    });
    Documents::joined(parts).finish()
}

/// Returns the entry of a key, made if it is not there.
pub(super) fn entry<'a>(map: &'a mut Map, key: &str) -> &'a mut Entry {
    let at = map.entries.iter().position(|it| it.key == key);
    let at = at.unwrap_or_else(|| {
        map.add(key.to_string(), Map::new());
        map.entries.len() - 1
    });
    &mut map.entries[at]
}
