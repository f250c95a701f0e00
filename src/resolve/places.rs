//! Tells from a place how a value came to be: sections of the spec are ranges of bytes.

use std::sync::Arc;

use crate::origin::{Origin, Traced};
use crate::source::Span;
use crate::syntax::node::Node;

/// The ranges of all services and environments.
#[derive(Default, Debug)]
pub struct Places {
    sections: Vec<Section>,
}

#[derive(Debug)]
struct Section {
    span: Span,
    name: Arc<String>,
    environment: bool,
}

impl Places {
    /// Notes where every service and every environment is written.
    pub fn new(root: &Node) -> Places {
        let mut sections = Vec::new();
        for (key, environment) in [("services", false), ("environments", true)] {
            for entry in root.get(key).and_then(Node::as_map).iter().flat_map(|it| &it.entries) {
                let span = entry.key_span.to(entry.value.place());
                sections.push(Section { span, name: Arc::new(entry.key.to_string()), environment });
            }
        }
        sections.sort_by_key(|it| it.span);
        Places { sections }
    }

    /// Returns how the value written at `span` came to belong to `service`.
    pub fn origin(&self, span: Span, service: &str) -> Origin {
        let at = self.sections.partition_point(|it| it.span.start <= span.start && it.span.file <= span.file);
        let section = self.sections[..at].iter().rev().take(2).find(|it| it.span.contains(span));
        match section {
            Some(it) if it.environment => Origin::Patched { span, environment: Arc::clone(&it.name) },
            Some(it) if *it.name != *service && !service.is_empty() => {
                Origin::Inherited { span, from: Arc::clone(&it.name) }
            }
            _ => Origin::Written(span),
        }
    }

    /// Puts a value and its origin together.
    pub fn traced<T>(&self, value: T, span: Span, service: &str) -> Traced<T> {
        Traced::new(value, self.origin(span, service))
    }
}
