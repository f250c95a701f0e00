//! `specc plan`.

use super::place::{Output, SpecArguments, complain, failed, findings};
use super::{Exit, changes, print, usage_error};
use crate::diag::Diags;
use crate::emit::Selection;
use crate::ops::build::{BuildOptions, build};
use crate::source::Sources;

/// Show what a build would change, and what that does to the running system. Writes nothing.
///
/// The impact of a change is none, reload, rolling restart, downtime or data at risk.
///
/// Exit codes: 0, or with --check 1 if there are changes; 1 errors in the spec; 2 wrong usage.
#[derive(clap::Args)]
pub struct Arguments {
    /// Only these environments (the base of an overlay comes with it).
    environments: Vec<String>,
    /// Only these targets: compose, swarm, env.
    #[arg(long, value_name = "TARGET", value_delimiter = ',')]
    target: Vec<String>,
    /// Show the changes of every file.
    #[arg(long)]
    diff: bool,
    /// Fail if there are changes.
    #[arg(long)]
    check: bool,
    #[command(flatten)]
    spec: SpecArguments,
}

/// Runs the command.
pub fn run(arguments: &Arguments) -> Exit {
    let place = match arguments.spec.open() {
        Ok(place) => place,
        Err(message) => return usage_error(&message),
    };
    let selection = Selection { environments: arguments.environments.clone(), targets: arguments.target.clone() };
    let options = BuildOptions { spec: place.spec.clone(), selection, effects: true, ..BuildOptions::default() };
    let (mut sources, mut diags) = (Sources::default(), Diags::default());
    let Ok(built) = build(&place.tree, &place.tree, &options, &mut sources, &mut diags) else {
        return failed(diags, &sources, &arguments.spec);
    };
    let color = arguments.spec.color.is_wanted();
    let view = changes::View { done: false, diff: arguments.diff, losses: false, effects: true, color };
    match arguments.spec.format {
        Output::Json => {
            let mut report = findings(diags, &sources);
            changes::json(&built, &view, &sources, &mut report);
            print(&(report.to_string() + "\n"));
        }
        Output::Human => {
            complain(diags, &sources, arguments.spec.color);
            print(&changes::human(&built, &view));
        }
    }
    let blocked = built.plan.blocked().count() > 0;
    u8::from(blocked || (arguments.check && !built.plan.is_empty()))
}
