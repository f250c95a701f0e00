//! `specc graph`.

use std::path::PathBuf;

use super::env::unknown;
use super::place::{SpecArguments, complain, failed};
use super::{Color, DONE, Exit, print, usage_error};
use crate::diag::Diags;
use crate::emit::graph::{self, Format};
use crate::ops::build::load;
use crate::source::Sources;

/// Draw who calls whom in an environment
#[derive(clap::Args)]
pub struct Arguments {
    /// The environment
    environment: String,
    /// How to draw it
    #[arg(long, value_enum, default_value_t = Drawing::Text)]
    format: Drawing,
    /// The spec; else specc.yaml, .yml, .toml or .json in this directory or the nearest one above
    #[arg(long, value_name = "PATH")]
    spec: Option<PathBuf>,
    /// When to use colour
    #[arg(long, default_value = "auto", value_name = "WHEN")]
    color: Color,
}

/// How a picture is written.
#[derive(Clone, Copy, PartialEq, Eq, Debug, clap::ValueEnum)]
enum Drawing {
    /// An image
    Svg,
    /// For Markdown
    Mermaid,
    /// For Graphviz
    Dot,
    /// For terminals
    Text,
}

/// Runs the command.
pub fn run(arguments: &Arguments) -> Exit {
    let asked = SpecArguments::plain(arguments.spec.clone(), arguments.color);
    let place = match asked.open() {
        Ok(place) => place,
        Err(message) => return usage_error(&message),
    };
    let (mut sources, mut diags) = (Sources::default(), Diags::default());
    let Ok(loaded) = load(&place.tree, &place.spec, &mut sources, &mut diags) else {
        return failed(diags, &sources, &asked);
    };
    let Some(environment) = loaded.system.environment(&arguments.environment) else {
        let names = loaded.system.environments.iter().map(|it| it.name.as_str()).collect();
        return usage_error(&unknown("environment", &arguments.environment, names));
    };
    complain(diags, &sources, arguments.color);
    let format = match arguments.format {
        Drawing::Svg => Format::Svg,
        Drawing::Mermaid => Format::Mermaid,
        Drawing::Dot => Format::Dot,
        Drawing::Text => Format::Text,
    };
    print(&graph::draw(&loaded.system, environment, format));
    DONE
}
