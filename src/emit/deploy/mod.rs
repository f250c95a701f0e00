//! Deploy scripts: one an environment, from the parts in `parts/`, which are bash as a person would keep it.
//!
//! All that a spec says stands in the settings at the head of a script, quoted, and the parts below read it from there.
//! Of the parts, only what the environment needs is written (`lean`). So whatever a spec holds, it cannot become code.

mod apply;
pub(crate) mod blue_green;
mod facts;
mod holds;
mod lean;
pub(crate) mod quote;
mod script;
pub(crate) mod secrets;
mod settings;

use crate::diag::{Diags, Reported};
use crate::emit::{Artifact, Output, Target};
use crate::ir::service::{Kind, Service};
use crate::ir::{self, Environment, System};

pub(crate) use crate::emit::codes::NOT_COPIED;
pub(crate) use facts::{compose_files, private_file, used};
pub(crate) use lean::lean;
pub(crate) use script::env_reader;
pub(crate) use settings::up;

/// Deploy scripts.
pub static TARGET: Target =
    Target { name: "deploy", summary: "Deploy scripts: over ssh, on the machine itself, with kubectl", emit };

fn emit(system: &System, environments: &[&Environment], diags: &mut Diags) -> Result<Output, Reported> {
    let errors = diags.n_errors();
    let mut output = Output::default();
    for environment in environments {
        let Some(deploy) = &environment.deploy else { continue };
        if !facts::is_docker(environment) {
            output.artifacts.extend(apply::artifact(system, environment, deploy));
            continue;
        }
        let facts = facts::facts(system, environment, deploy, diags);
        output.artifacts.push(Artifact {
            path: deploy.file.clone(),
            text: script::script(system, environment, deploy, &facts),
            executable: true,
            target: TARGET.name,
            environments: vec![environment.name.clone()],
            origins: Vec::new(),
        });
    }
    output.artifacts.extend(secrets::artifact(system));
    if diags.n_errors() > errors {
        diags.ok()?;
    }
    Ok(output)
}

/// Returns the stack file with the jobs and migrations of a Swarm, if its deployment has some.
pub(crate) fn jobs_file(environment: &Environment) -> Option<String> {
    let deploy = environment.deploy.as_ref().filter(|_| environment.target == ir::Target::Swarm)?;
    let jobs = environment.services.iter().any(|it| it.kind.value == Kind::Job);
    if !jobs && deploy.migrate.is_empty() {
        return None;
    }
    let file = &environment.file.value;
    Some(match file.rsplit_once('.') {
        Some((stem, extension)) => format!("{stem}.jobs.{extension}"),
        None => format!("{file}.jobs"),
    })
}

/// Returns the services that jobs and migrations need, of those that are on.
pub(crate) fn needed_first(environment: &Environment, on: &[&Service]) -> Vec<String> {
    environment.deploy.as_ref().map_or_else(Vec::new, |it| facts::first(environment, it, on))
}
