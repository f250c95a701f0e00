//! `specc check`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::progress::Progress;
use super::{Color, DONE, Exit, check_fix, print, print_aside, read_stdin, usage_error};
use crate::diag::Level;
use crate::files::overlay::Overlay;
use crate::files::{Files, OnDisk, find_root, write_report};
use crate::ops::baseline;
use crate::ops::baseline::Choice;
use crate::ops::check::{Change, CheckOptions, Checked, baseline_path, check};
use crate::repo;
use crate::repo::git;
use crate::repo::secrets::Secrets;
use crate::report;
use crate::report::{Format, RuleDoc, Silencer, Summary, Suppressed};
use crate::rules::{RULES, Selection};
use crate::secret::Masks;
use crate::source::{Sources, normalize};

/// Check a repository: settings, env files, compose files, mounts, transfers, fixtures and references must agree.
///
/// Exit codes: 0 nothing found, or only what is suspicious; 1 findings (with --diff: something to fix); 2 wrong usage, or
/// something that cannot be read or written.
#[derive(clap::Args)]
pub struct Arguments {
    /// Report only what concerns these files and directories. The whole repository is read in any case.
    paths: Vec<PathBuf>,
    /// human, concise, json …
    #[arg(long, default_value = "human", value_name = "FORMAT")]
    pub(super) format: Format,
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
    pub(super) staged: bool,
    /// Disregard `specc: ignore[…]` comments.
    #[arg(long)]
    no_ignores: bool,
    /// Do not tell the findings that this file lists [default: .specc-baseline.json, if there is one].
    #[arg(long, value_name = "FILE")]
    baseline: Option<PathBuf>,
    /// Write what is found to the baseline, and succeed.
    #[arg(long, value_name = "FILE", num_args = 0..=1, require_equals = true, conflicts_with_all = ["changed", "staged"])]
    write_baseline: Option<Option<PathBuf>>,
    /// Disregard the baseline.
    #[arg(long, conflicts_with = "baseline")]
    no_baseline: bool,
    #[command(flatten)]
    pub(super) fixes: check_fix::FixArguments,
    /// The path of what is read from the standard input, which is given as `-`.
    #[arg(long, value_name = "PATH")]
    stdin_filename: Option<PathBuf>,
    /// Write the report to a file.
    #[arg(short, long, value_name = "FILE")]
    output_file: Option<PathBuf>,
    /// Exit with 0 whatever is found.
    #[arg(long)]
    pub(super) exit_zero: bool,
    /// Read every file, and keep nothing in .git for the next check.
    #[arg(long)]
    no_cache: bool,
    /// Say nothing if there is nothing to complain about.
    #[arg(short, long)]
    pub(super) quiet: bool,
    /// When to use colour.
    #[arg(long, default_value = "auto", value_name = "WHEN")]
    pub(super) color: Color,
}

/// Runs the command.
pub fn run(arguments: &Arguments) -> Exit {
    let Prepared { files, options, given } = match prepare(arguments) {
        Ok(prepared) => prepared,
        Err(message) => return usage_error(&message),
    };
    let mut tree = Overlay::new(&files);
    if let Some((path, bytes)) = &given {
        tree.put(path, bytes.clone());
    }
    let base: &dyn Files = if given.is_some() { &tree } else { &files };
    if arguments.write_baseline.is_some() {
        return write_baseline(arguments, &files, options);
    }
    if arguments.fixes.are_wanted() {
        let run = check_fix::Run { arguments, options, base, disk: &files, given: given.map(|it| it.0) };
        return run.go();
    }
    let mut sources = Sources::default();
    let progress = Progress::of("checking", arguments.quiet);
    let checked = check(base, options, &mut sources);
    drop(progress);
    if let Some(refusal) = &checked.refusal {
        return usage_error(refusal);
    }
    let told = tell(arguments, &checked, &sources, None);
    let fails = fails(&checked);
    // The process is about to end: giving back every string of a large repository one by one takes longer than
    // some checks do.
    std::mem::forget((checked, sources));
    told.unwrap_or_else(|| u8::from(fails && !arguments.exit_zero))
}

fn write_baseline(arguments: &Arguments, files: &OnDisk, mut options: CheckOptions) -> Exit {
    let mut sources = Sources::default();
    let path = baseline_path(files, &options);
    // What an older one repeats is no reference to anything.
    options.read.exclude.push(format!("/{path}"));
    options.baseline = Choice::Without;
    let checked = check(files, options, &mut sources);
    if let Some(refusal) = &checked.refusal {
        return usage_error(refusal);
    }
    let text = baseline::render(&checked.findings, &sources, &Secrets::of(&checked.repo));
    if let Err(error) = files.write(&path, text.as_bytes(), false) {
        return usage_error(&format!("cannot write {path}: {error}"));
    }
    if !arguments.quiet {
        print(&format!("specc: {} written to {path}\n", report::plural(checked.findings.len(), "finding")));
    }
    DONE
}

/// Returns whether anything was found that makes a check fail.
pub(super) fn fails(checked: &Checked) -> bool {
    checked.findings.iter().any(|it| it.level >= Level::Warning)
}

/// Writes the report, with how many findings were fixed if that was asked for. Returns an exit code if it cannot.
pub(super) fn tell(arguments: &Arguments, checked: &Checked, sources: &Sources, fixed: Option<usize>) -> Option<Exit> {
    if arguments.quiet && checked.findings.is_empty() && arguments.output_file.is_none() {
        return None;
    }
    let mut options = report_options(arguments, checked);
    options.summary.fixed = fixed;
    let Some(path) = &arguments.output_file else {
        let text = report::render(arguments.format, &checked.findings, sources, &options);
        if arguments.reports_aside() {
            print_aside(&text)
        } else {
            print(&text)
        }
        return None;
    };
    options.color = false;
    let text = report::render(arguments.format, &checked.findings, sources, &options);
    write_report(path, &text).err().map(|it| usage_error(&format!("cannot write {}: {it}", path.display())))
}

impl Arguments {
    /// Returns whether the standard output is for a text rather than for the report.
    fn reports_aside(&self) -> bool {
        self.is_stdin() && self.fixes.are_wanted()
    }

    fn is_stdin(&self) -> bool {
        self.paths.first().is_some_and(|it| it.as_os_str() == "-")
    }
}

/// What a run needs.
struct Prepared {
    files: OnDisk,
    options: CheckOptions,
    /// The path and the text from the standard input, if that is what is to be checked.
    given: Option<(String, Vec<u8>)>,
}

fn prepare(arguments: &Arguments) -> Result<Prepared, String> {
    #[expect(clippy::disallowed_methods, reason = "this is where the root is decided")]
    let here = std::env::current_dir().map_err(|it| format!("cannot tell the current directory: {it}"))?;
    let asked: Vec<PathBuf> = paths_of(arguments)?.iter().map(|it| here.join(it)).collect();
    let start = match asked.first() {
        Some(path) if !path.is_dir() => path.parent().unwrap_or(&here),
        Some(path) => path,
        None => &here,
    };
    // A file that an editor has not saved yet may be in a folder that is not there yet.
    let start = start.ancestors().find(|it| it.symlink_metadata().is_ok()).unwrap_or(&here);
    let root = find_root(start);
    let files = OnDisk::new(&root).map_err(|it| format!("cannot open {}: {it}", root.display()))?;
    let inside = |path: &PathBuf| {
        let relative = path.strip_prefix(&root).ok().and_then(Path::to_str).and_then(normalize);
        relative.ok_or_else(|| format!("{} is not in {}", path.display(), root.display()))
    };
    let paths: BTreeSet<String> = asked.iter().map(inside).collect::<Result<_, _>>()?;
    // A path that is gone is a question too: what did its deletion break?
    let is_there = |it: &String| files.kind(it).is_some() || git::had(&root, it);
    if let Some(path) = paths.iter().find(|it| !arguments.is_stdin() && !is_there(it)) {
        return Err(format!("there is no {path}"));
    }
    let given = match paths.first().filter(|_| arguments.is_stdin()) {
        Some(path) => Some((path.clone(), read_stdin().map_err(|it| format!("cannot read the standard input: {it}"))?)),
        None => None,
    };
    let spec = arguments.spec.as_ref().map(|it| here.join(it));
    if let Some(path) = spec.as_ref().filter(|it| !it.is_file()) {
        return Err(format!("there is no spec {}", path.display()));
    }
    let spec = spec.as_ref().map(inside).transpose()?;
    let selection = selection(arguments, paths)?;
    let staged = arguments.staged.then_some(Change::Staged);
    let change = staged.or_else(|| arguments.changed.clone().map(Change::Since));
    let written = arguments.write_baseline.as_ref().and_then(Option::as_ref);
    let baseline = match written.or(arguments.baseline.as_ref()) {
        Some(path) => Choice::At(inside(&here.join(path))?),
        None if arguments.no_baseline => Choice::Without,
        None => Choice::Usual,
    };
    let read = repo::Options { keeps_nothing: arguments.no_cache, ..repo::Options::default() };
    let options = CheckOptions { read, selection, change, spec, baseline };
    Ok(Prepared { files, options, given })
}

/// Returns the paths that the user gave; that of the standard input, if it is what is to be checked.
fn paths_of(arguments: &Arguments) -> Result<&[PathBuf], String> {
    match (arguments.is_stdin(), &arguments.stdin_filename) {
        (true, None) => Err("say with --stdin-filename what file the standard input is".to_string()),
        (true, Some(_)) if arguments.paths.len() > 1 => Err("`-` stands alone".to_string()),
        (true, Some(path)) => Ok(std::slice::from_ref(path)),
        (false, Some(_)) => Err("--stdin-filename needs the path `-`".to_string()),
        (false, None) => Ok(&arguments.paths),
    }
}

fn selection(arguments: &Arguments, paths: BTreeSet<String>) -> Result<Selection, String> {
    let selection = Selection {
        select: arguments.select.clone(),
        ignore: arguments.ignore.clone(),
        is_pedantic: arguments.pedantic,
        ignores_comments: arguments.no_ignores,
        paths: (!paths.is_empty() && !paths.contains(".")).then_some(paths),
        ..Selection::default()
    };
    match selection.faults().into_iter().next() {
        Some(fault) => Err(fault),
        None => Ok(selection),
    }
}

fn report_options(arguments: &Arguments, checked: &Checked) -> report::Options {
    let codes: BTreeSet<&str> = checked.findings.iter().chain(&checked.known).map(|it| it.code.id).collect();
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
    let known = checked.known.iter().map(|it| Suppressed {
        diagnostic: it.clone(),
        by: Silencer::Config,
        reason: "it is in the baseline".to_string(),
    });
    let suppressed = checked.silenced.len() + checked.known.len();
    let read = checked.repo.n_read.iter().map(|(kind, n)| (kind.plural().to_string(), *n)).collect();
    let mut notes = checked.notes.clone();
    notes.extend(checked.repo.not_read.iter().map(|it| format!("{} was not read: {}", it.path, it.why)));
    // A finding quotes lines and repeats values, and its report ends up in a log.
    let has_findings = !checked.findings.is_empty() || suppressed > 0;
    let secrets = if has_findings { Secrets::of(&checked.repo) } else { Secrets::default() };
    report::Options {
        color: arguments.color.is_wanted(),
        rules,
        suppressed: silenced.chain(known).collect(),
        hidden: secrets.places.into(),
        masks: Masks::new(&secrets.values),
        unsafe_fixes: arguments.fixes.with_unsafe(),
        summary: Summary { read, notes, suppressed, ..Summary::of(&checked.findings) }
            .with_fixes(&checked.findings, arguments.fixes.with_unsafe()),
        ..report::Options::default()
    }
}
