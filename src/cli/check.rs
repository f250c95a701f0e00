//! `specc check`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use super::{Color, print, usage_error};
use crate::diag::Level;
use crate::files::{OnDisk, find_root};
use crate::ops::check::{Change, CheckOptions, Checked, check};
use crate::repo::secrets::Secrets;
use crate::report;
use crate::report::{Format, RuleDoc, Silencer, Summary, Suppressed};
use crate::rules::{RULES, Selection};
use crate::secret::Masks;
use crate::source::{Sources, normalize};

/// Check a repository: settings, env files, compose files, mounts, transfers, fixtures and references must agree.
#[derive(clap::Args)]
pub struct Arguments {
    /// Report only what concerns these files and directories. The whole repository is read in any case.
    paths: Vec<PathBuf>,
    /// human, concise, json …
    #[arg(long, default_value = "human", value_name = "FORMAT")]
    format: Format,
    /// The spec whose `check` section counts; else specc.yaml, .yml, .toml or .json at the root.
    #[arg(long, value_name = "PATH")]
    spec: Option<PathBuf>,
    /// Judge only these: codes, names, or beginnings of codes such as `ENV`.
    #[arg(long, value_delimiter = ',', value_name = "CODE")]
    select: Vec<String>,
    /// Leave these out.
    #[arg(long, value_delimiter = ',', value_name = "CODE")]
    ignore: Vec<String>,
    /// Also show what is only suspicious.
    #[arg(long)]
    pedantic: bool,
    /// Report only what differs from a commit, and what the difference breaks elsewhere.
    #[arg(long, value_name = "REF", num_args = 0..=1, require_equals = true, default_missing_value = "HEAD")]
    changed: Option<String>,
    /// Report only what the index changes, and what that breaks elsewhere: for hooks.
    #[arg(long, conflicts_with = "changed")]
    staged: bool,
    /// Disregard `specc: ignore[…]` comments.
    #[arg(long)]
    no_ignores: bool,
    /// Exit with 0 whatever is found.
    #[arg(long)]
    exit_zero: bool,
    /// Say nothing if there is nothing to complain about.
    #[arg(short, long)]
    quiet: bool,
    /// When to use colour.
    #[arg(long, default_value = "auto", value_name = "WHEN")]
    color: Color,
}

/// Runs the command.
pub fn run(arguments: &Arguments) -> ExitCode {
    let (files, options) = match prepare(arguments) {
        Ok(prepared) => prepared,
        Err(message) => return usage_error(&message),
    };
    let mut sources = Sources::default();
    let checked = check(&files, options, &mut sources);
    if let Some(refusal) = &checked.refusal {
        return usage_error(refusal);
    }
    let fails = checked.findings.iter().any(|it| it.level >= Level::Warning);
    if !(arguments.quiet && checked.findings.is_empty()) {
        let text = report::render(arguments.format, &checked.findings, &sources, &report_options(arguments, &checked));
        print(&text);
    }
    // The process is about to end: giving back every string of a large repository one by one takes longer than
    // some checks do.
    std::mem::forget((checked, sources));
    ExitCode::from(u8::from(fails && !arguments.exit_zero))
}

fn prepare(arguments: &Arguments) -> Result<(OnDisk, CheckOptions), String> {
    #[expect(clippy::disallowed_methods, reason = "this is where the root is decided")]
    let here = std::env::current_dir().map_err(|it| format!("cannot tell the current directory: {it}"))?;
    let given: Vec<PathBuf> = arguments.paths.iter().map(|it| here.join(it)).collect();
    let start = match given.first() {
        Some(path) if !path.is_dir() => path.parent().unwrap_or(&here),
        Some(path) => path,
        None => &here,
    };
    let root = find_root(start);
    let files = OnDisk::new(&root).map_err(|it| format!("cannot open {}: {it}", root.display()))?;
    let inside = |path: &PathBuf| path.strip_prefix(&root).ok().and_then(Path::to_str).and_then(normalize);
    let mut paths = BTreeSet::new();
    for path in &given {
        paths.insert(inside(path).ok_or_else(|| format!("{} is not in {}", path.display(), root.display()))?);
    }
    let spec = arguments.spec.as_ref().map(|it| here.join(it));
    if let Some(path) = spec.as_ref().filter(|it| !it.is_file()) {
        return Err(format!("there is no spec {}", path.display()));
    }
    let spec = match spec {
        Some(path) => Some(inside(&path).ok_or_else(|| format!("{} is not in {}", path.display(), root.display()))?),
        None => None,
    };
    let selection = Selection {
        select: arguments.select.clone(),
        ignore: arguments.ignore.clone(),
        is_pedantic: arguments.pedantic,
        ignores_comments: arguments.no_ignores,
        paths: (!paths.is_empty() && !paths.contains(".")).then_some(paths),
        ..Selection::default()
    };
    if let Some(fault) = selection.faults().into_iter().next() {
        return Err(fault);
    }
    let staged = arguments.staged.then_some(Change::Staged);
    let change = staged.or_else(|| arguments.changed.clone().map(Change::Since));
    Ok((files, CheckOptions { selection, change, spec, ..CheckOptions::default() }))
}

fn report_options(arguments: &Arguments, checked: &Checked) -> report::Options {
    let codes: BTreeSet<&str> = checked.findings.iter().map(|it| it.code.id).collect();
    let rules: BTreeMap<String, RuleDoc> = RULES
        .iter()
        .filter(|it| codes.contains(it.code.id))
        .map(|it| {
            let (name, summary, text) = (it.code.name.to_string(), it.summary.to_string(), it.docs.to_string());
            (it.code.id.to_string(), RuleDoc { name, summary, text, url: None })
        })
        .collect();
    let silenced = checked.silenced.iter().map(|it| Suppressed {
        diagnostic: it.diagnostic.clone(),
        by: Silencer::Comment,
        reason: it.reason.clone(),
    });
    let read = checked.repo.n_read.iter().map(|(kind, n)| (kind.plural().to_string(), *n)).collect();
    let mut notes = checked.notes.clone();
    notes.extend(checked.repo.not_read.iter().map(|it| format!("{} was not read: {}", it.path, it.why)));
    // A finding quotes lines and repeats values, and its report ends up in a log.
    let has_findings = !checked.findings.is_empty() || !checked.silenced.is_empty();
    let secrets = if has_findings { Secrets::of(&checked.repo) } else { Secrets::default() };
    report::Options {
        color: arguments.color.is_wanted(),
        rules,
        suppressed: silenced.collect(),
        hidden: secrets.places,
        masks: Masks::new(&secrets.values),
        summary: Summary { read, notes, suppressed: checked.silenced.len(), ..Summary::of(&checked.findings) },
        ..report::Options::default()
    }
}
