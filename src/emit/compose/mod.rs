//! Docker compose files: a base, overlays that carry only what differs from it, and files that stand alone.
//!
//! Every service is lowered in full; an overlay is then what must be merged into the base to get there
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
use crate::parallel;
use crate::syntax::yaml_out::{Map, render_map};

/// Docker compose.
pub static TARGET: Target =
    Target { name: "compose", summary: "Docker compose files: base, overlays and standalone", emit };

fn emit(system: &System, environments: &[&Environment], diags: &mut Diags) -> Result<Output, Reported> {
    let errors = diags.n_errors();
    let mut output = Output::default();
    let chosen: Vec<&Environment> =
        environments.iter().filter(|it| it.target == ir::Target::Compose).copied().collect();
    let n_services = chosen.iter().map(|it| it.services.len()).sum();
    let below = match chosen.iter().find(|it| it.layer == Layer::Overlay) {
        Some(overlay) => {
            let base = base(system, overlay, diags)?;
            let (document, losses) = document(system, base, None, diags);
            output.losses.extend(losses);
            Some((base, document))
        }
        None => None,
    };
    let written = parallel::map(&chosen, n_services, |environment| {
        let mut found = Diags::default();
        match &below {
            Some((base, document)) if base.name == environment.name => {
                (artifact(system, environment, document), Vec::new(), found)
            }
            _ => {
                let base = below.as_ref().filter(|_| environment.layer == Layer::Overlay).map(|(_, base)| base);
                let (document, losses) = document(system, environment, base, &mut found);
                (artifact(system, environment, &document), losses, found)
            }
        }
    });
    for (artifact, losses, found) in written {
        output.artifacts.push(artifact);
        output.losses.extend(losses);
        diags.absorb(found);
    }
    if diags.n_errors() > errors {
        diags.ok()?;
    }
    Ok(output)
}

fn base<'a>(system: &'a System, overlay: &Environment, diags: &mut Diags) -> Result<&'a Environment, Reported> {
    system.base().ok_or_else(|| {
        let message = format!("environment `{}` is an overlay, but there is no base", overlay.name);
        let error = Diagnostic::new(NO_BASE, Level::Error, overlay.span, message);
        diags.error(error.help("add an environment with `layer: base`, or write `layer: standalone`"))
    })
}

/// Writes an environment as a file that stands alone, whatever its layer.
pub fn standalone(system: &System, environment: &Environment, diags: &mut Diags) -> Result<Artifact, Reported> {
    let errors = diags.n_errors();
    let (document, _) = document(system, environment, None, diags);
    if diags.n_errors() > errors {
        diags.ok()?;
    }
    let mut alone = environment.clone();
    alone.layer = Layer::Standalone;
    Ok(artifact(system, &alone, &document))
}

fn document(
    system: &System,
    environment: &Environment,
    base: Option<&Map>,
    diags: &mut Diags,
) -> (Map, Vec<crate::emit::Loss>) {
    let mut cx = Lowering::new(system, environment, TARGET.name);
    let map = document::lower(&mut cx, base);
    diags.absorb(cx.diags);
    (map, cx.losses)
}

fn artifact(system: &System, environment: &Environment, document: &Map) -> Artifact {
    let header = document::header(system, environment, document);
    let rendered = render_map(document, &header);
    Artifact {
        path: environment.file.value.clone(),
        text: rendered.text,
        executable: false,
        target: TARGET.name,
        environments: vec![environment.name.clone()],
        origins: rendered.origins,
    }
}
