//! `specc loss`.

use std::fmt::Write as _;

use serde_json::json;

use super::place::{Output, SpecArguments, complain, failed};
use super::{Exit, changes, print, usage_error};
use crate::diag::Diags;
use crate::emit;
use crate::emit::Selection;
use crate::ops::build::load;
use crate::ops::loss::{Field, Said, fields};
use crate::source::Sources;

/// Tell per field and target what is said exactly, nearly, or not at all.
///
/// Exit codes: 0, or with --deny 1 if anything is not exact; 1 errors in the spec; 2 wrong usage.
#[derive(clap::Args)]
pub struct Arguments {
    /// Only these environments.
    environments: Vec<String>,
    /// Also list what is exact.
    #[arg(long)]
    all: bool,
    /// Fail if anything is not exact.
    #[arg(long)]
    deny: bool,
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
    let Ok(loaded) = load(&place.tree, &place.spec, &mut sources, &mut diags) else {
        return failed(diags, &sources, &arguments.spec);
    };
    let selection = Selection { environments: arguments.environments.clone(), targets: Vec::new() };
    let Ok(output) = emit::emit(&loaded.system, &selection, &mut diags) else {
        return failed(diags, &sources, &arguments.spec);
    };
    let fields = fields(&loaded.root, &loaded.system, &selection, &output.losses);
    let lost = fields.iter().filter(|it| it.said != Said::Exactly).count();
    match arguments.spec.format {
        Output::Json => {
            let losses: Vec<_> = output.losses.iter().map(|it| changes::loss_json(it, &sources)).collect();
            print(&format!("{}\n", json!({"version": 1, "fields": fields, "losses": losses})));
        }
        Output::Human => {
            complain(diags, &sources, arguments.spec.color);
            print(&human(&fields, arguments.all));
        }
    }
    u8::from(arguments.deny && lost > 0)
}

fn human(fields: &[Field], all: bool) -> String {
    let mut out = String::new();
    let mut environment = "";
    for field in fields.iter().filter(|it| all || it.said != Said::Exactly) {
        if field.environment != environment {
            environment = &field.environment;
            let _ = writeln!(out, "{environment} ({})", field.target);
        }
        let word = field.said.word();
        let reason = field.reason.as_deref().map_or(String::new(), |it| format!(": {it}"));
        let _ = writeln!(out, "  {word:10}  {}{reason}", field.field);
    }
    let count = |said: Said| fields.iter().filter(|it| it.said == said).count();
    let (exact, nearly, not) = (count(Said::Exactly), count(Said::Nearly), count(Said::Not));
    let _ = writeln!(out, "specc: {exact} exact, {nearly} nearly, {not} not at all");
    out
}
