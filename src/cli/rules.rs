//! `specc rules`.

use super::{DONE, Exit};
use std::fmt::Write as _;

use super::print;
use crate::rules::RULES;

/// List the rules of `specc check`.
#[derive(clap::Args)]
pub struct Arguments {}

/// Runs the command.
pub fn run(_: &Arguments) -> Exit {
    let width = RULES.iter().map(|it| it.code.name.len()).max().unwrap_or(0);
    let mut text = String::new();
    for rule in RULES {
        let _ =
            writeln!(text, "{}  {:width$}  {:7}  {}", rule.code.id, rule.code.name, rule.level.word(), rule.summary);
    }
    print(&text);
    DONE
}
