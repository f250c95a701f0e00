//! Labels: as a map, unless a key holds a variable.
//!
//! Neither compose nor Swarm fills in variables in the keys of a map; in the items of a list they do.

use crate::ir::service::Service;
use crate::ir::text::Text;
use crate::origin::Origin;
use crate::syntax::yaml_out::{Map, Seq, Yaml};

/// A label.
#[derive(Clone, Debug)]
pub(crate) struct Label {
    /// Its key.
    pub key: Text,
    /// Its value.
    pub value: Text,
    /// How it came to be.
    pub origin: Origin,
}

/// Returns the labels that the spec writes for other programs.
pub(crate) fn own(service: &Service) -> Vec<Label> {
    let labels = service.labels.iter();
    labels
        .map(|(key, value)| Label { key: Text::literal(key), value: value.value.clone(), origin: value.origin.clone() })
        .collect()
}

/// Writes labels.
pub(crate) fn write(labels: &[Label]) -> Yaml {
    let literal: Option<Vec<&str>> = labels.iter().map(|it| it.key.as_literal()).collect();
    match literal {
        Some(keys) => {
            let mut map = Map::new();
            for (key, label) in keys.into_iter().zip(labels) {
                map.add(key.to_string(), label.value.to_compose()).from(&label.origin);
            }
            map.into()
        }
        None => {
            let mut list = Seq::new();
            for Label { key, value, origin } in labels {
                list.add(format!("{}={}", key.to_compose(), value.to_compose())).from(origin);
            }
            list.into()
        }
    }
}
