//! `specc build`.

use std::io;
use std::path::PathBuf;

use super::finish::Pair;
use super::place::{Output, Place, SpecArguments, complain, failed, findings, open_out};
use super::{DONE, Exit, changes, print, usage_error};
use crate::diag::Diags;
use crate::emit::Selection;
use crate::files::Files;
use crate::ops::build::{Begun, BuildOptions, Built, begin, load, make};
use crate::ops::list::{Listed, list};
use crate::output::journal;
use crate::output::write::write;
use crate::source::Sources;

/// Generate the files of the spec. All of them are written, or none.
///
/// Exit codes: 0 done, or nothing to do; 1 errors in the spec, a file that was edited by hand, or with --check a
/// difference; 2 wrong usage, or a disk that does not obey.
#[derive(clap::Args)]
pub struct Arguments {
    /// Only these environments (the base of an overlay comes with it).
    environments: Vec<String>,
    /// Only these targets: compose, swarm, env.
    #[arg(long, value_name = "TARGET", value_delimiter = ',')]
    target: Vec<String>,
    /// Write nothing; fail if a file is not as it should be.
    #[arg(long, conflicts_with_all = ["dry_run", "force"])]
    check: bool,
    /// Write nothing; show what would be done.
    #[arg(long)]
    dry_run: bool,
    /// Show the changes of every file.
    #[arg(long)]
    diff: bool,
    /// Overwrite files that were edited by hand, or that specc did not write.
    #[arg(long)]
    force: bool,
    /// Make an error of what a target cannot say: `loss`.
    #[arg(long, value_name = "WHAT")]
    deny: Vec<Denied>,
    /// Show what targets cannot say.
    #[arg(long)]
    losses: bool,
    /// List the environments and their files, and do nothing.
    #[arg(long)]
    list: bool,
    /// Where the files go, instead of beside the spec.
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Say nothing if there is nothing to complain about.
    #[arg(short, long)]
    quiet: bool,
    #[command(flatten)]
    spec: SpecArguments,
}

/// What can be made an error.
#[derive(Clone, Copy, PartialEq, Eq, Debug, clap::ValueEnum)]
enum Denied {
    Loss,
}

impl Arguments {
    fn writes(&self) -> bool {
        !self.check && !self.dry_run
    }
}

/// Runs the command.
pub fn run(arguments: &Arguments) -> Exit {
    let place = match arguments.spec.open() {
        Ok(place) => place,
        Err(message) => return usage_error(&message),
    };
    if arguments.list {
        return run_list(arguments, &place);
    }
    let elsewhere = match arguments.out.as_ref().map(|it| open_out(it, arguments.writes())).transpose() {
        Ok(files) => files,
        Err(message) => return usage_error(&message),
    };
    let out = elsewhere.as_deref().unwrap_or(&place.tree);
    match run_build(arguments, &place, out) {
        Ok(code) => code,
        Err(error) => usage_error(&format!("cannot write: {error}")),
    }
}

fn run_build(arguments: &Arguments, place: &Place, out: &dyn Files) -> io::Result<Exit> {
    let hold = if arguments.writes() { Some(out.hold()?) } else { None };
    if hold.is_some() {
        journal::recover(out)?;
    }
    let options = BuildOptions {
        spec: place.spec.clone(),
        selection: Selection { environments: arguments.environments.clone(), targets: arguments.target.clone() },
        force: arguments.force,
        deny_loss: arguments.deny.contains(&Denied::Loss),
        trust_lock: arguments.writes() && !arguments.diff && !arguments.losses,
        effects: arguments.spec.format == Output::Json,
    };
    let (mut sources, mut diags) = (Sources::default(), Diags::default());
    let begun = match begin(&place.tree, out, &options, &mut diags) {
        Ok(Begun::Vouched(built)) => Ok(*built),
        Ok(Begun::Needed(lock)) => make(&lock, &place.tree, out, &options, &mut sources, &mut diags),
        Err(reported) => Err(reported),
    };
    let Ok(built) = begun else {
        return Ok(failed(diags, &sources, &arguments.spec));
    };
    let blocked = built.plan.blocked().count() > 0;
    let pair = Pair::default();
    if hold.is_some() && !blocked {
        write(&built.plan, out, &|files| pair.finish(files))?;
    }
    let differs = arguments.check && !built.plan.is_empty();
    tell(arguments, &built, diags, &sources);
    let code = u8::from(blocked || differs);
    // The process is about to end: giving back every string of a large system one by one takes longer than some
    // builds do.
    std::mem::forget((built, sources));
    Ok(code)
}

fn tell(arguments: &Arguments, built: &Built, diags: Diags, sources: &Sources) {
    let view = changes::View {
        done: arguments.writes(),
        diff: arguments.diff,
        losses: arguments.losses,
        effects: false,
        color: arguments.spec.color.is_wanted(),
    };
    match arguments.spec.format {
        Output::Json => {
            let mut report = findings(diags, sources);
            changes::json(built, &view, sources, &mut report);
            print(&(report.to_string() + "\n"));
        }
        Output::Human => {
            complain(diags, sources, arguments.spec.color);
            let text = changes::human(built, &view);
            if !arguments.quiet || built.plan.blocked().count() > 0 || arguments.check {
                print(&text);
            }
        }
    }
}

fn run_list(arguments: &Arguments, place: &Place) -> Exit {
    let (mut sources, mut diags) = (Sources::default(), Diags::default());
    let Ok(loaded) = load(&place.tree, &place.spec, &mut sources, &mut diags) else {
        return failed(diags, &sources, &arguments.spec);
    };
    let wanted = |it: &Listed| arguments.environments.is_empty() || arguments.environments.contains(&it.name);
    let listed: Vec<Listed> = list(&loaded.system).into_iter().filter(wanted).collect();
    match arguments.spec.format {
        Output::Json => print(&format!("{}\n", serde_json::json!({"version": 1, "environments": listed}))),
        Output::Human => {
            let width = listed.iter().map(|it| it.name.len()).max().unwrap_or(0);
            let line = |it: &Listed| {
                let (name, target, layer) = (&it.name, it.target, it.layer);
                format!("{name:width$}  {target:7}  {layer:10}  {}\n", it.files.join(" "))
            };
            print(&listed.iter().map(line).collect::<String>());
        }
    }
    DONE
}
