//! `specc env`.

use std::fmt::Write as _;

use serde_json::json;

use super::place::{Output, SpecArguments, complain, failed};
use super::{DONE, Exit, print, usage_error};
use crate::diag::{Diags, did_you_mean};
use crate::ir::{Environment, System};
use crate::ops::build::load;
use crate::ops::variables::{Reader, explain};
use crate::source::Sources;

/// Explain where each variable of each service gets its value. Secrets are masked.
#[derive(clap::Args)]
pub struct Arguments {
    /// The environment.
    environment: String,
    /// Only this service.
    service: Option<String>,
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
    let environment = match environment(&loaded.system, arguments) {
        Ok(environment) => environment,
        Err(message) => return usage_error(&message),
    };
    let readers = explain(&loaded.system, environment, arguments.service.as_deref(), &sources);
    match arguments.spec.format {
        Output::Json => {
            let report = json!({"version": 1, "environment": environment.name, "services": readers});
            print(&format!("{report}\n"));
        }
        Output::Human => {
            complain(diags, &sources, arguments.spec.color);
            print(&human(&readers));
        }
    }
    DONE
}

fn environment<'a>(system: &'a System, arguments: &Arguments) -> Result<&'a Environment, String> {
    let names = || system.environments.iter().map(|it| it.name.as_str());
    let wanted = &arguments.environment;
    let Some(environment) = system.environments.iter().find(|it| it.name == *wanted) else {
        return Err(unknown("environment", wanted, names().collect()));
    };
    match &arguments.service {
        Some(it) if environment.service(it).is_none() => {
            Err(unknown("service", it, environment.services.iter().map(|it| it.name.as_str()).collect()))
        }
        _ => Ok(environment),
    }
}

/// Says that there is no such name, and which there are.
pub fn unknown(what: &str, wanted: &str, known: Vec<&str>) -> String {
    match did_you_mean(wanted, known.iter().copied()) {
        Some(near) => format!("there is no {what} `{wanted}`; did you mean `{near}`?"),
        None => format!("there is no {what} `{wanted}`; there are {}", known.join(", ")),
    }
}

fn human(readers: &[Reader]) -> String {
    let mut out = String::new();
    for (at, reader) in readers.iter().filter(|it| !it.variables.is_empty()).enumerate() {
        let title = reader.service.as_deref().unwrap_or("(deployment only, delivered to no service)");
        let _ = writeln!(out, "{}{title}", if at > 0 { "\n" } else { "" });
        for variable in &reader.variables {
            match &variable.value {
                Some(value) => {
                    let _ = writeln!(out, "  {} = {value}", variable.name);
                }
                None => {
                    let _ = writeln!(out, "  {} has no value in the spec", variable.name);
                }
            }
            let width = variable.chain.iter().map(|it| it.whereabouts().chars().count()).max().unwrap_or(0);
            for step in &variable.chain {
                let _ = writeln!(out, "      {:width$}  {}", step.whereabouts(), step.what);
            }
        }
    }
    out
}
