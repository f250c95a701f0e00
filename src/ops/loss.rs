//! `specc loss`: for each environment and each field that the spec uses in it, how well the target says it.

use serde::Serialize;

use crate::emit::{Grade, Loss, Selection};
use crate::ir::{Environment, System};
use crate::syntax::node::Node;

/// How well a field is said.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Said {
    /// As the spec means it.
    Exactly,
    /// Nearly: the reason tells the difference.
    Nearly,
    /// It is left out.
    Not,
}

impl Said {
    /// Returns the word for people.
    pub fn word(self) -> &'static str {
        match self {
            Said::Exactly => "exact",
            Said::Nearly => "nearly",
            Said::Not => "not at all",
        }
    }
}

/// A field of the spec in one environment.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Field {
    /// The environment.
    pub environment: String,
    /// The target's word.
    pub target: &'static str,
    /// The field, as a path of the spec.
    pub field: String,
    /// How well it is said.
    pub said: Said,
    /// The difference, where there is one.
    pub reason: Option<String>,
}

/// Lists what the spec says of each service of each chosen environment, and how well the target says it.
pub fn fields(root: &Node, system: &System, selection: &Selection, losses: &[Loss]) -> Vec<Field> {
    let chosen = |it: &&Environment| selection.environments.is_empty() || selection.environments.contains(&it.name);
    system.environments.iter().filter(chosen).flat_map(|it| of_environment(root, it, losses)).collect()
}

fn of_environment(root: &Node, environment: &Environment, losses: &[Loss]) -> Vec<Field> {
    let field = |field: String, said, reason| Field {
        environment: environment.name.clone(),
        target: environment.target.word(),
        field,
        said,
        reason,
    };
    let own: Vec<&Loss> = losses.iter().filter(|it| it.environment == environment.name).collect();
    let mut fields = Vec::new();
    for path in used(root, environment) {
        let inner = format!("{path}.");
        if !own.iter().any(|it| it.field == path || it.field.starts_with(&inner)) {
            fields.push(field(path, Said::Exactly, None));
        }
    }
    for loss in own {
        let said = match loss.grade {
            Grade::Approximated => Said::Nearly,
            Grade::NotExpressible => Said::Not,
        };
        let found = field(loss.field.clone(), said, Some(loss.reason.clone()));
        if !fields.contains(&found) {
            fields.push(found);
        }
    }
    fields.sort_by(|a, b| a.field.cmp(&b.field));
    fields
}

/// Returns the paths of the fields that are written for the services of an environment, here or in its patch.
fn used(root: &Node, environment: &Environment) -> Vec<String> {
    let mut paths = Vec::new();
    for service in &environment.services {
        let name = service.name.as_str();
        let mut fields: Vec<&str> = Vec::new();
        let mut next = root.at(&["services", name]);
        // Whom it is like says the rest; the circle that this could be was refused before.
        while let Some(node) = next {
            fields.extend(node.as_map().iter().flat_map(|it| it.keys()));
            next = node.get("like").and_then(Node::as_text).and_then(|it| root.at(&["services", it]));
        }
        let patch = root.at(&["environments", &environment.name, "services", name]);
        fields.extend(patch.and_then(Node::as_map).iter().flat_map(|it| it.keys()));
        fields.retain(|it| *it != "like");
        fields.sort_unstable();
        fields.dedup();
        paths.extend(fields.into_iter().map(|it| format!("services.{name}.{it}")));
    }
    paths
}
