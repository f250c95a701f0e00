//! What a change of generated files does to the system that runs from them.
//!
//! Judged from the two texts alone, by what the engines really do: `docker compose up` replaces a container whenever
//! its service changed in any way but a few; `docker stack deploy` replaces tasks only for what is part of a task.

mod compose;
mod env;

use crate::output::plan::{Action, Plan};
use compose::Engine;

/// How much a running system notices, from nothing to the worst.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Impact {
    /// Nothing.
    None,
    /// Something takes up its new configuration while it runs.
    Reload,
    /// Containers are replaced one after the other, and some always run.
    RollingRestart,
    /// Something does not run for a while.
    Downtime,
    /// Data may be lost, or left behind where the new version does not look.
    DataAtRisk,
}

impl Impact {
    /// Returns the words that reports use.
    pub fn words(self) -> &'static str {
        match self {
            Impact::None => "none",
            Impact::Reload => "reload",
            Impact::RollingRestart => "rolling restart",
            Impact::Downtime => "downtime",
            Impact::DataAtRisk => "data at risk",
        }
    }
}

/// What one change does to one part of the system.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Effect {
    /// How much is noticed.
    pub impact: Impact,
    /// The service, where it is one.
    pub service: Option<String>,
    /// Why, as a clause.
    pub reason: String,
}

impl Effect {
    fn of(service: &str, impact: Impact, reason: impl Into<String>) -> Effect {
        Effect { impact, service: Some(service.to_string()), reason: reason.into() }
    }

    fn system(impact: Impact, reason: impl Into<String>) -> Effect {
        Effect { impact, service: None, reason: reason.into() }
    }
}

/// Fills in the effects of every pending change. A compose file is judged from its text before and after; an env
/// file, by the services of the same environments that read it.
pub fn assess(plan: &mut Plan) {
    let files: Vec<compose::File> = plan
        .changes
        .iter()
        .filter_map(|it| {
            let engine = Engine::of(it.target)?;
            let text = it.after.as_deref().or(it.unchanged.as_deref())?;
            Some(compose::File::read(&it.path, engine, text, &it.environments))
        })
        .collect();
    for change in plan.changes.iter_mut().filter(|it| it.proceeds() && it.action == Action::Change) {
        let before = change.before.as_deref().map(String::from_utf8_lossy).unwrap_or_default();
        let after = change.after.as_deref().unwrap_or("");
        change.effects = match (change.target, Engine::of(change.target)) {
            (_, Some(engine)) => compose::effects(engine, &before, after),
            ("env", _) => env::effects(&change.path, &change.environments, (&before, after), &files),
            ("traefik" | "nginx", _) => vec![Effect::system(Impact::Reload, "the proxy reads its configuration again")],
            _ => Vec::new(),
        };
        // The worst first.
        change.effects.sort_by(|a, b| b.impact.cmp(&a.impact).then_with(|| a.cmp(b)));
        change.effects.dedup();
    }
}

impl Plan {
    /// Returns the worst that any change does.
    pub fn impact(&self) -> Impact {
        let effects = self.pending().flat_map(|it| &it.effects);
        effects.map(|it| it.impact).max().unwrap_or(Impact::None)
    }
}

#[cfg(test)]
mod tests;
