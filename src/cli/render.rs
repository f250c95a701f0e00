//! `specc render`.

use super::place::{SpecArguments, complain, failed};
use super::{DONE, Exit, print, usage_error};
use crate::diag::Diags;
use crate::emit;
use crate::emit::Selection;
use crate::ir::{Environment, Target};
use crate::ops::build::{Loaded, load};
use crate::source::Sources;

/// Print the file of an environment, and write nothing.
#[derive(clap::Args)]
pub struct Arguments {
    /// The environment.
    environment: String,
    /// Print everything the environment is, also where its file only lies over the base.
    #[arg(long)]
    standalone: bool,
    #[command(flatten)]
    spec: SpecArguments,
}

/// Runs the command.
pub fn run(arguments: &Arguments) -> Exit {
    let place = match arguments.spec.open() {
        Ok(place) => place,
        Err(message) => return usage_error(&message),
    };
    let (mut sources, mut diags) = (Sources::default(), Diags::default());
    let Ok(Loaded { system, .. }) = load(&place.tree, &place.spec, &mut sources, &mut diags) else {
        return failed(diags, &sources, &arguments.spec);
    };
    let selection = Selection { environments: vec![arguments.environment.clone()], targets: Vec::new() };
    let named = |it: &&Environment| it.name == arguments.environment;
    let text = match system.environments.iter().find(named) {
        Some(it) if arguments.standalone && it.target == Target::Compose => {
            emit::compose::standalone(&system, it, &mut diags).ok().map(|it| it.text)
        }
        environment => emit::emit(&system, &selection, &mut diags).ok().and_then(|output| {
            let path = environment.map(|it| &it.file.value);
            output.artifacts.into_iter().find(|it| Some(&it.path) == path).map(|it| it.text)
        }),
    };
    match text {
        Some(text) => {
            complain(diags, &sources, arguments.spec.color);
            print(&text);
            DONE
        }
        None if diags.n_errors() == 0 => {
            usage_error(&format!("no target of this version generates the file of `{}`", arguments.environment))
        }
        None => failed(diags, &sources, &arguments.spec),
    }
}
