//! Where the spec is and where files go: the arguments that every command about a spec shares.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use super::{Color, Exit, print};
use crate::diag::{Diagnostic, Diags, Level};
use crate::emit::UNKNOWN_SELECTION;
use crate::files::{Files, InMemory, OnDisk, SPEC_NAMES, find_spec};
use crate::repo::kind::Kind;
use crate::repo::suppression;
use crate::repo::suppression::Suppression;
use crate::report;
use crate::report::{Format, Summary};
use crate::rules::selection::fits;
use crate::secret::{Masks, values_in};
use crate::source::Sources;

/// Which spec.
#[derive(clap::Args)]
pub struct SpecArguments {
    /// The spec; else specc.yaml, .yml, .toml or .json in this directory or the nearest one above.
    #[arg(long, value_name = "PATH")]
    spec: Option<PathBuf>,
    /// human or json.
    #[arg(long, default_value = "human", value_name = "FORMAT")]
    pub format: Output,
    /// When to use colour.
    #[arg(long, default_value = "auto", value_name = "WHEN")]
    pub color: Color,
}

/// How commands about a spec answer.
#[derive(Clone, Copy, PartialEq, Eq, Debug, clap::ValueEnum)]
pub enum Output {
    /// For people.
    Human,
    /// For programs.
    Json,
}

/// A spec that was found.
pub struct Place {
    /// The directory of the spec.
    pub tree: OnDisk,
    /// The spec's file name.
    pub spec: String,
    /// The current directory, below the spec's.
    pub here: PathBuf,
}

impl SpecArguments {
    /// Makes the arguments for a command whose output is neither for people nor JSON.
    pub(super) fn plain(spec: Option<PathBuf>, color: Color) -> SpecArguments {
        SpecArguments { spec, format: Output::Human, color }
    }

    /// Finds the spec.
    ///
    /// # Errors
    /// A message, if there is none or more than one.
    pub fn open(&self) -> Result<Place, String> {
        #[expect(clippy::disallowed_methods, reason = "this is where the root is decided")]
        let current = std::env::current_dir().map_err(|it| format!("cannot tell the current directory: {it}"))?;
        let (folder, spec) = match &self.spec {
            Some(path) => given(&current.join(path))?,
            None => match find_spec(&current) {
                Some((folder, names)) => match names.as_slice() {
                    [name] => (folder, (*name).to_string()),
                    several => {
                        let list = several.join(" and ");
                        return Err(format!(
                            "{list} are both in {}: keep one, or name it with --spec",
                            folder.display()
                        ));
                    }
                },
                None => {
                    let names = SPEC_NAMES.join(", ");
                    return Err(format!("no spec in {} or above: looked for {names}", current.display()));
                }
            },
        };
        let tree = OnDisk::new(&folder).map_err(|it| format!("cannot open {}: {it}", folder.display()))?;
        let root = tree.root().map(Path::to_path_buf).unwrap_or_default();
        let here = current.canonicalize().ok().and_then(|it| it.strip_prefix(root).ok().map(Path::to_path_buf));
        Ok(Place { tree, spec, here: here.unwrap_or_default() })
    }
}

fn given(path: &Path) -> Result<(PathBuf, String), String> {
    if path.is_dir() {
        return match find_spec(path) {
            Some((folder, names)) if folder == path => Ok((folder, names[0].to_string())),
            _ => Err(format!("no spec in {}", path.display())),
        };
    }
    let name = path.file_name().and_then(|it| it.to_str());
    match (path.parent(), name) {
        (Some(folder), Some(name)) if path.is_file() => Ok((folder.to_path_buf(), name.to_string())),
        _ => Err(format!("there is no file {}", path.display())),
    }
}

/// Opens the directory that files go to. One that is not there yet is made if it is to be written, and else is as
/// good as an empty one.
///
/// # Errors
/// A message, if it cannot be opened or made.
pub fn open_out(path: &Path, writes: bool) -> Result<Box<dyn Files>, String> {
    let opened = if writes { OnDisk::create(path) } else { OnDisk::new(path) };
    match opened {
        Ok(files) => Ok(Box::new(files)),
        Err(error) if !writes && error.kind() == std::io::ErrorKind::NotFound => Ok(Box::new(InMemory::default())),
        Err(error) => Err(format!("cannot open {}: {error}", path.display())),
    }
}

/// Shows what there is to say about a spec, on the standard error stream: the standard output is for results.
pub fn complain(diags: Diags, sources: &Sources, color: Color) {
    let shown = shown(diags, sources);
    if shown.is_empty() {
        return;
    }
    let options = report::Options {
        color: color.is_wanted_on_stderr(),
        summary: Summary::of(&shown),
        masks: masks(sources),
        ..report::Options::default()
    };
    let text = report::render(Format::Human, &shown, sources, &options);
    let _ = std::io::stderr().lock().write_all(text.as_bytes());
}

/// Ends a command about a spec that could not do its work, in the format that was asked for.
pub fn failed(diags: Diags, sources: &Sources, arguments: &SpecArguments) -> Exit {
    // A name on the command line that is not there is wrong usage, not a wrong spec.
    let mut errors = diags.list().iter().filter(|it| it.level == Level::Error);
    let code = if errors.all(|it| it.code == UNKNOWN_SELECTION) { 2 } else { 1 };
    match arguments.format {
        Output::Human => complain(diags, sources, arguments.color),
        Output::Json => print(&(findings(diags, sources).to_string() + "\n")),
    }
    code
}

/// Returns the report of what there is to say as JSON, for other facts to be put beside it.
pub fn findings(diags: Diags, sources: &Sources) -> serde_json::Value {
    let shown = shown(diags, sources);
    let options = report::Options { summary: Summary::of(&shown), masks: masks(sources), ..report::Options::default() };
    let text = report::render(Format::Json, &shown, sources, &options);
    serde_json::from_str(&text).unwrap_or_default()
}

/// Returns masks for what looks like a secret in the spec: a message may repeat it where nothing shows what it is.
fn masks(sources: &Sources) -> Masks {
    let values: Vec<String> = sources.ids().flat_map(|it| values_in(sources.text(it))).collect();
    Masks::new(&values)
}

fn shown(diags: Diags, sources: &Sources) -> Vec<Diagnostic> {
    let list = diags.into_sorted().into_iter().filter(|it| it.level > Level::Info);
    list.filter(|it| it.level == Level::Error || !is_silenced(it, sources)).collect()
}

/// Returns whether a comment of the spec, `# specc: ignore[CODE] reason`, keeps a warning quiet.
fn is_silenced(warning: &Diagnostic, sources: &Sources) -> bool {
    let Some(span) = warning.span() else { return false };
    let comments = suppression::find(sources.text(span.file), (span.file, Kind::Spec));
    let covers = |it: &Suppression| it.covers.start <= span.start && span.start <= it.covers.end;
    let named = |it: &Suppression| it.codes.iter().any(|code| fits(&code.value, warning.code));
    comments.iter().any(|it| covers(it) && named(it))
}
