//! Diagnostics to text, in the format that the reader wants: a person, a program or a CI service.
//!
//! Every format is a pure function of the same data, so the same findings give the same bytes anywhere. What comes
//! from a repository (texts, paths, names) is hostile until proven otherwise: see [`harmless`].

mod concise;
pub mod diff;
mod excerpt;
pub mod fingerprint;
mod github;
mod gitlab;
pub mod harmless;
mod hidden;
mod human;
mod json;
mod junit;
mod patch;
mod place;
mod sarif;

use std::collections::BTreeMap;
use std::str::FromStr;

use crate::diag::Applicability;
use crate::diag::Diagnostic;
use crate::diag::Fix;
use crate::diag::Label;
use crate::diag::Level;
use crate::diag::did_you_mean;
use crate::parallel;
use crate::report::excerpt::View;
pub use crate::report::hidden::Hidden;
use crate::secret::Masks;
use crate::source::Sources;

/// A way to write a report.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Format {
    /// For people: the source with carets at every place, the way out, the fix as a patch.
    #[default]
    Human,
    /// One line a finding, as compilers print them.
    Concise,
    /// For programs.
    Json,
    /// SARIF 2.1.0, for code-scanning services.
    Sarif,
    /// Workflow commands, which GitHub Actions shows as annotations.
    Github,
    /// GitLab's Code Quality report.
    Gitlab,
    /// JUnit XML, for any other CI service.
    Junit,
}

impl Format {
    /// Every format, in the order that help shows them.
    pub const ALL: [Format; 7] =
        [Format::Human, Format::Concise, Format::Json, Format::Sarif, Format::Github, Format::Gitlab, Format::Junit];

    /// Returns the name to ask for it by.
    pub fn name(self) -> &'static str {
        match self {
            Format::Human => "human",
            Format::Concise => "concise",
            Format::Json => "json",
            Format::Sarif => "sarif",
            Format::Github => "github",
            Format::Gitlab => "gitlab",
            Format::Junit => "junit",
        }
    }
}

impl FromStr for Format {
    type Err = String;

    fn from_str(name: &str) -> Result<Format, String> {
        Format::ALL.into_iter().find(|it| it.name() == name).ok_or_else(|| {
            let names = Format::ALL.map(Format::name);
            match did_you_mean(name, names) {
                Some(near) => format!("there is no format `{name}`; did you mean `{near}`?"),
                None => format!("there is no format `{name}`; there are {}", names.join(", ")),
            }
        })
    }
}

/// What a report says about a rule beside the finding itself.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct RuleDoc {
    /// Its readable name, such as `unknown-key`.
    pub name: String,
    /// What it finds, in a sentence.
    pub summary: String,
    /// Its page, as Markdown; may be empty.
    pub text: String,
    /// Where its page is published.
    pub url: Option<String>,
}

/// Who said that a finding is to be kept quiet.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Silencer {
    /// A comment beside the place.
    Comment,
    /// The configuration or the baseline.
    Config,
}

/// A finding that was suppressed: SARIF lists it, the other formats count it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Suppressed {
    /// The finding.
    pub diagnostic: Diagnostic,
    /// Who suppressed it.
    pub by: Silencer,
    /// The reason given for it.
    pub reason: String,
}

/// What the run as a whole came to.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Summary {
    /// How many errors.
    pub errors: usize,
    /// How many warnings.
    pub warnings: usize,
    /// How many findings that are only suspicious.
    pub infos: usize,
    /// How many findings were suppressed.
    pub suppressed: usize,
    /// How many findings are gone because they were fixed, where fixing was asked for.
    pub fixed: Option<usize>,
    /// How many findings have a fix that is done when it is asked for.
    pub fixable: usize,
    /// How many findings have a fix that is only done when it is asked for twice.
    pub fixable_unsafely: usize,
    /// What was read, as (plural noun such as `compose files`, how many): the reader sees what was looked at.
    pub read: Vec<(String, usize)>,
    /// What else must be said, such as what could not be read and why.
    pub notes: Vec<String>,
}

impl Summary {
    /// Counts findings by level.
    pub fn of(diagnostics: &[Diagnostic]) -> Summary {
        let count = |level| diagnostics.iter().filter(|it| it.level == level).count();
        Summary {
            errors: count(Level::Error),
            warnings: count(Level::Warning),
            infos: count(Level::Info),
            ..Summary::default()
        }
    }

    /// Returns the summary with what could be fixed; `with_unsafe` says whether unsafe fixes count as asked for.
    #[must_use]
    pub fn with_fixes(mut self, diagnostics: &[Diagnostic], with_unsafe: bool) -> Summary {
        let fixes = || diagnostics.iter().filter_map(|it| it.fix.as_ref());
        self.fixable = fixes().filter(|it| with_unsafe || it.applicability == Applicability::Safe).count();
        self.fixable_unsafely = fixes().count() - self.fixable;
        self
    }

    /// Returns what could be done about the findings as a sentence; empty if nothing.
    pub fn fix_hint(&self) -> String {
        let (safe, hidden) = (self.fixable, self.fixable_unsafely);
        let more = match hidden {
            1 => "1 hidden fix can be enabled with `--unsafe-fixes`".to_string(),
            n => format!("{n} hidden fixes can be enabled with `--unsafe-fixes`"),
        };
        match (safe, hidden) {
            (0, 0) => String::new(),
            (0, _) => format!("no fix is safe ({more})\n"),
            (_, 0) => format!("[*] {safe} fixable with `--fix`\n"),
            (_, _) => format!("[*] {safe} fixable with `--fix` ({more})\n"),
        }
    }

    /// Returns the counts as a phrase, such as `2 errors, 1 warning; 3 suppressed`.
    pub fn counts(&self) -> String {
        let Some(fixed) = self.fixed else { return self.found() };
        let remaining = self.errors + self.warnings + self.infos;
        let found = plural(fixed + remaining, "finding");
        let rest = if remaining == 0 && self.suppressed == 0 { String::new() } else { format!(": {}", self.found()) };
        format!("found {found} ({fixed} fixed, {remaining} remaining){rest}")
    }

    fn found(&self) -> String {
        let parts = [(self.errors, "error"), (self.warnings, "warning"), (self.infos, "info")];
        let found: Vec<String> = parts.iter().filter(|(n, _)| *n > 0).map(|(n, word)| plural(*n, word)).collect();
        let found = if found.is_empty() { "nothing found".to_string() } else { found.join(", ") };
        if self.suppressed == 0 { found } else { format!("{found}; {} suppressed", self.suppressed) }
    }

    /// Returns what was read as a phrase, such as `1 compose file, 3 env files`; empty if nothing was.
    pub fn read_phrase(&self) -> String {
        let one = |(label, n): &(String, usize)| plural(*n, harmless::one_line(label).trim_end_matches('s'));
        self.read.iter().map(one).collect::<Vec<_>>().join(", ")
    }
}

/// Returns `1 error`, `2 errors`.
pub fn plural(n: usize, word: &str) -> String {
    if n == 1 { format!("1 {word}") } else { format!("{n} {word}s") }
}

/// How to render, and what there is to say beside the findings.
#[derive(Clone, Debug)]
pub struct Options {
    /// Whether escape sequences for colour and links may be used; only for people.
    pub color: bool,
    /// How many columns the terminal has.
    pub width: usize,
    /// What is known about each rule, by its id.
    pub rules: BTreeMap<String, RuleDoc>,
    /// Places whose text is secret, such as the values of an env file: quoted lines show a mask instead, and
    /// the edits of a fix that repeats such a text are left out.
    pub hidden: Hidden,
    /// What is masked wherever it stands.
    pub masks: Masks,
    /// Whether unsafe fixes are asked for: they are marked like safe ones then.
    pub unsafe_fixes: bool,
    /// Findings that were suppressed, for the formats that list them.
    pub suppressed: Vec<Suppressed>,
    /// What the run came to.
    pub summary: Summary,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            color: false,
            width: 100,
            rules: BTreeMap::new(),
            hidden: Hidden::default(),
            masks: Masks::default(),
            unsafe_fixes: false,
            suppressed: Vec::new(),
            summary: Summary::default(),
        }
    }
}

/// Returns the whole report as text that ends with a line break. The findings are written in the order given.
///
/// No format sees a text with a secret in it: what is said is masked here, what is quoted by [`excerpt::View`].
pub fn render(format: Format, diagnostics: &[Diagnostic], sources: &Sources, options: &Options) -> String {
    let diagnostics = parallel::map(diagnostics, diagnostics.len(), |it| masked(it, &options.masks));
    let mut options = options.clone();
    for it in &mut options.suppressed {
        it.diagnostic = masked(&it.diagnostic, &options.masks);
        it.reason = options.masks.hide(&it.reason).into_owned();
    }
    match format {
        Format::Human => human::render(&diagnostics, sources, &options),
        Format::Concise => concise::render(&diagnostics, sources, &options),
        Format::Json => json::render(&diagnostics, sources, &options),
        Format::Sarif => sarif::render(&diagnostics, sources, &options),
        Format::Github => github::render(&diagnostics, sources, &options),
        Format::Gitlab => gitlab::render(&diagnostics, sources, &options),
        Format::Junit => junit::render(&diagnostics, sources, &options),
    }
}

impl Options {
    /// Returns what may be quoted.
    fn view<'a>(&'a self, sources: &'a Sources) -> View<'a> {
        View { sources, hidden: &self.hidden, masks: &self.masks }
    }
}

/// Returns a finding without secrets in what it says. Its fix is left to [`View::is_told_by`].
fn masked(diagnostic: &Diagnostic, masks: &Masks) -> Diagnostic {
    let hide = |it: &str| masks.hide(it).into_owned();
    let label = |it: &Label| Label { span: it.span, message: hide(&it.message) };
    Diagnostic {
        message: hide(&diagnostic.message),
        primary: diagnostic.primary.as_ref().map(label),
        related: diagnostic.related.iter().map(label).collect(),
        help: diagnostic.help.as_deref().map(hide),
        fix: diagnostic.fix.as_ref().map(|it| Fix { title: hide(&it.title), ..it.clone() }),
        ..diagnostic.clone()
    }
}
