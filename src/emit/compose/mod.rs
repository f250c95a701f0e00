//! Docker compose files: a base, overlays that carry only what differs from it, and files that stand alone.
//!
//! Every environment is lowered in full; an overlay is then what must be merged into the base to get there
//! (`layers`). Swarm, which reads an older dialect of the same format, uses the aspects of this folder.

pub(crate) mod build;
pub(crate) mod document;
pub(crate) mod health;
pub(crate) mod keys;
pub(crate) mod labels;
mod layers;
mod merge_rules;
pub(crate) mod mounts;
pub(crate) mod networks;
pub(crate) mod patch;
pub(crate) mod paths;
pub(crate) mod process;
pub(crate) mod resources;
pub(crate) mod service;
pub(crate) mod units;

use crate::diag::{Diagnostic, Diags, Level, Reported};
use crate::emit::lowering::Lowering;
use crate::emit::{Artifact, NO_BASE, Output, Target};
use crate::ir::{self, Environment, Layer, System};
use crate::syntax::yaml_out::{Map, render};

/// Docker compose.
pub static TARGET: Target =
    Target { name: "compose", summary: "Docker compose files: base, overlays and standalone", emit };

fn emit(system: &System, environments: &[&Environment], diags: &mut Diags) -> Result<Output, Reported> {
    let errors = diags.n_errors();
    let mut output = Output::default();
    let mut base = None;
    for environment in environments.iter().filter(|it| it.target == ir::Target::Compose) {
        let (full, losses) = full(system, environment, diags);
        output.losses.extend(losses);
        let document = match environment.layer {
            Layer::Base | Layer::Standalone => full,
            Layer::Overlay => {
                if base.is_none() {
                    base = Some(base_document(system, environment, diags)?);
                }
                let mut only = base.as_ref().map_or(full.clone(), |it| layers::overlay(it, &full, environment.span));
                if only.is_empty() {
                    only = only.put("services", Map::new());
                }
                only
            }
        };
        output.artifacts.push(artifact(system, environment, document));
    }
    if diags.n_errors() > errors {
        diags.ok()?
    }
    Ok(output)
}

/// Writes an environment as a file that stands alone, whatever its layer.
pub fn standalone(system: &System, environment: &Environment, diags: &mut Diags) -> Result<Artifact, Reported> {
    let errors = diags.n_errors();
    let (document, _) = full(system, environment, diags);
    if diags.n_errors() > errors {
        diags.ok()?
    }
    let mut alone = environment.clone();
    alone.layer = Layer::Standalone;
    Ok(artifact(system, &alone, document))
}

fn full(system: &System, environment: &Environment, diags: &mut Diags) -> (Map, Vec<crate::emit::Loss>) {
    let mut cx = Lowering::new(system, environment, TARGET.name, diags);
    let map = document::lower(&mut cx);
    (map, cx.losses)
}

/// The base is lowered again, silently: what there is to say about it is said where it is emitted itself.
fn base_document(system: &System, overlay: &Environment, diags: &mut Diags) -> Result<Map, Reported> {
    let Some(base) = system.base() else {
        let message = format!("environment `{}` is an overlay, but there is no base", overlay.name);
        let error = Diagnostic::new(NO_BASE, Level::Error, overlay.span, message);
        return Err(diags.error(error.help("add an environment with `layer: base`, or write `layer: standalone`")));
    };
    Ok(full(system, base, &mut Diags::default()).0)
}

fn artifact(system: &System, environment: &Environment, document: Map) -> Artifact {
    let header = document::header(system, environment, &document);
    let rendered = render(&document.into(), &header);
    Artifact {
        path: environment.file.value.clone(),
        text: rendered.text,
        executable: false,
        target: TARGET.name,
        environments: vec![environment.name.clone()],
        origins: rendered.origins,
    }
}
