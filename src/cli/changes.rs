//! What a build does to the disk, in words and as JSON.

use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::emit::{Grade, Loss};
use crate::ops::build::Built;
use crate::ops::place::Place;
use crate::output::impact::{Effect, Impact};
use crate::output::plan::{Action, Change, Plan};
use crate::report::diff;
use crate::secret::Masks;
use crate::source::Sources;

/// What of it to show.
pub struct View {
    /// Whether it has been done.
    pub done: bool,
    /// The changes of every file.
    pub diff: bool,
    /// What targets cannot say.
    pub losses: bool,
    /// What becomes of the running system.
    pub effects: bool,
    /// Whether escape sequences for colour may be used.
    pub color: bool,
}

impl View {
    fn paint(&self, code: &str, text: &str) -> String {
        if self.color { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_string() }
    }
}

/// Tells a person: a line for each file that is touched, then the sum.
pub fn human(built: &Built, view: &View) -> String {
    let mut out = String::new();
    for change in built.plan.changes.iter().filter(|it| it.proceeds() || it.blocks()) {
        one(change, built, view, &mut out);
    }
    if view.losses {
        built.losses.iter().for_each(|it| loss(it, &mut out));
    }
    let _ = writeln!(out, "{}", summary(built, view));
    out
}

fn one(change: &Change, built: &Built, view: &View, out: &mut String) {
    let (word, color) = match (change.blocks(), change.action) {
        (true, _) => ("refuse", "1;31"),
        (_, Action::Create) => ("create", "32"),
        (_, Action::Remove) => ("remove", "31"),
        (_, _) => ("change", "33"),
    };
    let _ = writeln!(out, "  {}  {}", view.paint(color, word), change.path);
    if view.effects {
        for Effect { impact, service, reason } in &change.effects {
            let who = service.as_deref().map_or(String::new(), |it| format!("{it}: "));
            let _ = writeln!(out, "          {}{who}{reason}", impact_word(*impact, view));
        }
    }
    // What a person would lose is shown, whether asked for or not.
    if view.diff || change.blocks() {
        out.push_str(&rendered(change, built, view.color));
    }
}

fn impact_word(impact: Impact, view: &View) -> String {
    let color = match impact {
        Impact::None => return String::new(),
        Impact::Reload => "36",
        Impact::RollingRestart => "33",
        Impact::Downtime => "31",
        Impact::DataAtRisk => "1;31",
    };
    format!("{}: ", view.paint(color, impact.words()))
}

fn loss(loss: &Loss, out: &mut String) {
    let grade = match loss.grade {
        Grade::Approximated => "nearly",
        Grade::NotExpressible => "not",
    };
    let Loss { environment, target, field, reason, .. } = loss;
    let reason = Masks::default().hide(reason);
    let _ = writeln!(out, "  {grade:6}  {environment} ({target}): {field}: {reason}");
}

fn summary(built: &Built, view: &View) -> String {
    let plan = &built.plan;
    let count = |action: Action| plan.pending().filter(|it| it.action == action).count();
    let (created, changed, removed) = (count(Action::Create), count(Action::Change), count(Action::Remove));
    let same = plan.changes.iter().filter(|it| it.action == Action::Same).count() + built.n_vouched;
    let blocked = plan.blocked().count();
    if blocked > 0 {
        return format!("specc: nothing written, because of {}", files(blocked));
    }
    if created + changed + removed == 0 {
        let lock = match (plan.lock_changes() && built.n_vouched == 0, view.done) {
            (false, _) => "",
            (true, true) => "; specc.lock is written",
            (true, false) => "; specc.lock would be written",
        };
        return format!("specc: {} up to date{lock}", files(same));
    }
    let (create, change, remove) =
        if view.done { ("created", "changed", "removed") } else { ("to create", "to change", "to remove") };
    let parts = [(created, create), (changed, change), (removed, remove), (same, "unchanged")];
    let parts: Vec<String> = parts.iter().filter(|(n, _)| *n > 0).map(|(n, word)| format!("{n} {word}")).collect();
    let impact = if view.effects { format!("; impact: {}", plan.impact().words()) } else { String::new() };
    format!("specc: {}{impact}", parts.join(", "))
}

fn files(n: usize) -> String {
    if n == 1 { "1 file".to_string() } else { format!("{n} files") }
}

/// Returns the diff of a file. What a person typed behind the name of a secret is masked.
fn rendered(change: &Change, built: &Built, color: bool) -> String {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let (old, new) = (change.before.as_deref().map(text), change.after.clone());
    let secrets = old.as_deref().map_or_else(Vec::new, |it| typed_secrets(it, built));
    let change = diff::Change { path: change.path.clone(), old, new };
    diff::render(&change, &diff::DiffOptions { color, secrets, ..diff::DiffOptions::default() })
}

fn typed_secrets(text: &str, built: &Built) -> Vec<Vec<u8>> {
    let environments = built.system.iter().flat_map(|it| &it.environments);
    let variables = environments.flat_map(|it| &it.groups).flat_map(|it| &it.variables);
    let names: std::collections::BTreeSet<&str> =
        variables.filter(|it| it.secret.is_some()).flat_map(|it| [&*it.name, &*it.stored_as]).collect();
    let mut found = Vec::new();
    for line in text.lines() {
        let line = line.trim_start_matches(['#', ' ', '-', '"', '\'']);
        let Some((name, value)) = line.split_once(['=', ':']) else { continue };
        let value = value.trim().trim_matches(['"', '\'']);
        if names.contains(name.trim_end_matches(['"', '\'', ' '])) && !value.is_empty() && !value.starts_with("${") {
            found.push(value.as_bytes().to_vec());
        }
    }
    found
}

/// Adds everything to a JSON report.
pub fn json(built: &Built, view: &View, sources: &Sources, report: &mut Value) {
    let Plan { changes, .. } = &built.plan;
    let shown = changes.iter().filter(|it| it.action != Action::Forget);
    let changes: Vec<Value> = shown.map(|it| change_json(it, built, view)).collect();
    let losses: Vec<Value> = built.losses.iter().map(|it| loss_json(it, sources)).collect();
    let Some(report) = report.as_object_mut() else { return };
    report.insert("written".to_string(), json!(view.done && built.plan.blocked().count() == 0));
    report.insert("up_to_date".to_string(), json!(built.n_vouched > 0 || built.plan.is_empty()));
    report.insert("impact".to_string(), json!(built.plan.impact().words()));
    report.insert("changes".to_string(), json!(changes));
    report.insert("losses".to_string(), json!(losses));
}

fn change_json(change: &Change, built: &Built, view: &View) -> Value {
    let effect = |it: &Effect| json!({"impact": it.impact.words(), "service": it.service, "reason": it.reason});
    let mut out = json!({
        "path": change.path,
        "action": change.action.word(),
        "obstacle": change.obstacle.as_ref().map(|it| it.word()),
        "refused": change.blocks(),
        "environments": change.environments,
        "effects": change.effects.iter().map(effect).collect::<Vec<_>>(),
    });
    if view.diff && (change.proceeds() || change.blocks()) {
        out["diff"] = json!(rendered(change, built, false));
    }
    out
}

/// Returns a loss as JSON.
pub fn loss_json(loss: &Loss, sources: &Sources) -> Value {
    let grade = match loss.grade {
        Grade::Approximated => "approximated",
        Grade::NotExpressible => "not expressible",
    };
    json!({
        "environment": loss.environment,
        "target": loss.target,
        "field": loss.field,
        "grade": grade,
        "reason": Masks::default().hide(&loss.reason),
        "place": loss.span.map(|it| Place::of(it, sources)),
    })
}
