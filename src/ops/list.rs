//! `specc build --list`: the environments, for scripts that run them.

use serde::Serialize;

use crate::ir::{Environment, Layer, System};

/// What a script has to know of an environment.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Listed {
    /// Its name.
    pub name: String,
    /// `compose`, `swarm` or `k8s`.
    pub target: &'static str,
    /// `base`, `overlay` or `standalone`.
    pub layer: &'static str,
    /// The generated files to start it with, in the order of `-f`.
    pub files: Vec<String>,
    /// The files that variables come from, later ones win.
    pub env_files: Vec<String>,
    /// Project or stack name, in compose's notation.
    pub project: Option<String>,
    /// The generated env file with what is no secret.
    pub public: Option<String>,
    /// The generated template of the env file that a person fills in.
    pub template: Option<String>,
}

/// Lists the environments of a system in written order.
pub fn list(system: &System) -> Vec<Listed> {
    system.environments.iter().map(|it| listed(system, it)).collect()
}

fn listed(system: &System, environment: &Environment) -> Listed {
    let own = environment.file.value.clone();
    let (layer, files) = match environment.layer {
        Layer::Base => ("base", vec![own]),
        Layer::Standalone => ("standalone", vec![own]),
        Layer::Overlay => ("overlay", system.base().map(|it| it.file.value.clone()).into_iter().chain([own]).collect()),
    };
    Listed {
        name: environment.name.clone(),
        target: environment.target.word(),
        layer,
        files,
        env_files: environment.env_files.iter().map(|it| it.path.value.clone()).collect(),
        project: environment.project.as_ref().map(|it| it.value.to_compose()),
        public: environment.public.as_ref().map(|it| it.value.clone()),
        template: environment.template.as_ref().map(|it| it.value.clone()),
    }
}
