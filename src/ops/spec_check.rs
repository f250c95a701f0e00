//! What a spec adds to a check: how to read and judge, whether generated files are current, and its policies.

use crate::diag::{Diagnostic, Diags, Label, Level};
use crate::files::{Files, OnDisk, SPEC_NAMES};
use crate::ir::System;
use crate::ops::baseline::Choice;
use crate::ops::build::{BuildOptions, Built, build};
use crate::ops::check::CheckOptions;
use crate::ops::policy;
use crate::output::plan::{Action, Change, Obstacle};
use crate::repo::Repo;
use crate::repo::fact::{EnvSet, SetBy};
use crate::resolve;
use crate::rules::generated;
use crate::source::{FileId, Sources, Span, Spanned, normalize};
use crate::spec::check::Check;
use crate::spec::decode::{Context, Decode};

/// The spec of the repository that is checked.
#[derive(Debug)]
pub struct SpecCheck {
    /// The folder that its paths start from, from the root of the repository.
    folder: String,
    name: String,
    pub(super) check: Check,
    sources: Sources,
}

/// The files below a folder: the ones given for the root, others of their own.
enum Tree<'a> {
    Root(&'a dyn Files),
    Below(OnDisk),
}

impl Tree<'_> {
    fn files(&self) -> &dyn Files {
        match self {
            Tree::Root(files) => *files,
            Tree::Below(files) => files,
        }
    }
}

impl SpecCheck {
    /// Finds the spec at a path, or at the root, and reads its `check` section. What is wrong with it is told by
    /// [`SpecCheck::judge`].
    pub fn find(files: &dyn Files, path: Option<&str>) -> Option<SpecCheck> {
        let (folder, name) = match path {
            Some(path) => path.rsplit_once('/').unwrap_or((".", path)),
            None => (".", SPEC_NAMES.into_iter().find(|it| files.read(it).is_ok())?),
        };
        let mut spec = SpecCheck {
            folder: folder.to_string(),
            name: name.to_string(),
            check: Check::default(),
            sources: Sources::default(),
        };
        let mut diags = Diags::default();
        let tree = spec.tree(files)?;
        let root = resolve::include::load(tree.files(), name, &mut spec.sources, &mut diags);
        let check = root.as_ref().and_then(|it| it.get("check"));
        spec.check = check.and_then(|it| Check::decode(it, &mut Context::new(&mut diags))).unwrap_or_default();
        Some(spec)
    }

    fn tree<'a>(&self, files: &'a dyn Files) -> Option<Tree<'a>> {
        if self.folder == "." {
            return Some(Tree::Root(files));
        }
        OnDisk::new(&files.root()?.join(&self.folder)).ok().map(Tree::Below)
    }

    /// Returns a path of the spec from the root of the repository.
    pub(super) fn at(&self, path: &str) -> String {
        normalize(&format!("{}/{path}", self.folder)).unwrap_or_else(|| path.to_string())
    }

    /// Returns a pattern of the spec from the root. One without a slash fits at any depth, wherever it is written.
    pub(super) fn pattern(&self, pattern: &str) -> String {
        if pattern.starts_with("../") {
            return self.at(pattern);
        }
        let is_anywhere = !pattern.trim_end_matches('/').contains('/') || pattern.starts_with("**");
        if self.folder == "." || is_anywhere {
            return pattern.to_string();
        }
        format!("{}/{}", self.folder, pattern.trim_start_matches('/'))
    }

    /// Sets what the spec says about reading and judging; the command line goes before.
    pub fn configure(&self, options: &mut CheckOptions) {
        let texts = |list: &[crate::spec::text::Text]| list.iter().map(|it| it.value.to_string()).collect::<Vec<_>>();
        let selection = &mut options.selection;
        selection.shown.extend(texts(&self.check.select.0));
        if selection.select.is_empty() {
            selection.ignore.extend(texts(&self.check.ignore.0));
        }
        for (code, level) in &self.check.levels {
            match &*level.value.value {
                "off" if selection.select.is_empty() => selection.ignore.push(code.clone()),
                "error" => selection.levels.push((code.clone(), Level::Error)),
                "warning" => selection.levels.push((code.clone(), Level::Warning)),
                "info" => selection.levels.push((code.clone(), Level::Info)),
                _ => {}
            }
        }
        options.read.exclude.extend(self.check.exclude.0.iter().map(|it| self.pattern(&it.value)));
        options.read.operator_provided.extend(self.check.operator_provided.0.iter().map(|it| self.at(&it.value)));
        options.read.hints = self.hints();
        if let (Choice::Usual, Some(path)) = (&options.baseline, &self.check.baseline) {
            options.baseline = Choice::At(self.at(&path.value));
        }
    }

    /// Takes parts of the spec out of the compose files, which they look like, and adds what the spec knows of the
    /// world outside: variables that something else sets.
    fn inform(&self, repo: &mut Repo, sources: &Sources) {
        let own = |path: &String| self.sources.ids().any(|it| self.at(self.sources.path(it)) == *path);
        repo.facts.compose_files.retain(|it| !own(&it.path));
        repo.environments.retain(|it| !it.compose_files.iter().any(own));
        for name in &self.check.external.0 {
            let Some(span) = self.moved(name.span, sources) else { continue };
            let name = Spanned::new(name.value.to_string(), span);
            repo.facts.sets.push(EnvSet { name, value: None, by: SetBy::Outside, into: None, scope: None });
        }
        repo.changed();
    }

    /// Tells the repository what the spec knows, builds in memory, and tells what is wrong with the spec, with what was
    /// generated from it, and with what it says must hold.
    pub fn judge(&self, files: &dyn Files, repo: &mut Repo, sources: &Sources, diags: &mut Diags) {
        let (mut own, mut said) = (Sources::default(), Diags::default());
        let options = BuildOptions { spec: self.name.clone(), ..BuildOptions::default() };
        self.inform(repo, sources);
        let Some(tree) = self.tree(files) else { return };
        let built = build(tree.files(), tree.files(), &options, &mut own, &mut said).ok();
        let mut found: Vec<Diagnostic> = said.take();
        // What stands in the way of a build is told below, at the file itself.
        found.retain(|it| !it.code.id.starts_with("OUT"));
        let system = built.as_ref().and_then(|it| it.system.as_ref());
        self.test_environments(repo, system);
        let mut looked_up = Vec::new();
        self.look_up(repo, system, &mut looked_up);
        for diagnostic in looked_up {
            diags.push(self.relocated(diagnostic, &self.sources, sources));
        }
        if let Some(Built { plan, system: Some(system), .. }) = &built {
            policy::judge(system, &self.check.assert, &mut found);
            let known = plan.lock_before.as_deref().unwrap_or("");
            found.extend(plan.changes.iter().filter_map(|it| self.drift(it, known, system, sources)));
        }
        for diagnostic in found {
            diags.push(self.relocated(diagnostic, &own, sources));
        }
    }

    fn moved(&self, span: Span, sources: &Sources) -> Option<Span> {
        Some(Span { file: sources.find(&self.at(self.sources.path(span.file)))?, ..span })
    }

    /// Moves places from the spec's sources to the files of the same path in the repository's; what has no such file
    /// keeps none.
    fn relocated(&self, mut diagnostic: Diagnostic, from: &Sources, to: &Sources) -> Diagnostic {
        let new = |label: &Label| {
            // Places made here are in the other set already.
            if label.span.file.0 >= OTHER {
                let file = FileId(label.span.file.0 - OTHER);
                return Some(Label { span: Span { file, ..label.span }, ..label.clone() });
            }
            let file = to.find(&self.at(from.path(label.span.file)))?;
            Some(Label { span: Span { file, ..label.span }, ..label.clone() })
        };
        diagnostic.primary = diagnostic.primary.as_ref().and_then(new);
        diagnostic.related = diagnostic.related.iter().filter_map(new).collect();
        diagnostic
    }

    /// Tells how a generated file differs from what the spec says; `known` is the lock, which names what was generated.
    fn drift(&self, change: &Change, known: &str, system: &System, sources: &Sources) -> Option<Diagnostic> {
        let path = &self.at(&change.path);
        let before = change.before.as_deref().map(String::from_utf8_lossy).unwrap_or_default();
        let is_ours = known.contains(&format!("\"{}\"", change.path))
            || before.lines().next().is_some_and(|it| it.contains("Generated by specc from"));
        if !is_ours || matches!(change.action, Action::Same | Action::Forget) && change.obstacle.is_none() {
            return None;
        }
        let file = sources.find(path);
        let first_line = before.lines().next().unwrap_or("").len();
        let place = file.map(|it| Span::new(FileId(it.0 + OTHER), 0, first_line));
        let environment = system.environments.iter().find(|it| change.environments.contains(&it.name));
        let place = place.or_else(|| environment.map(|it| it.span));
        let (rule, message, help) = match (&change.obstacle, change.action) {
            (Some(Obstacle::Edited), _) => (
                &generated::drift::EDITED,
                format!("`{path}` was changed by hand since specc generated it"),
                "write the change into the spec, or discard it with `specc build --force`",
            ),
            (_, Action::Create) => {
                (&generated::drift::STALE, format!("`{path}` is generated and not there"), "run `specc build`")
            }
            (_, Action::Remove) => (
                &generated::drift::STALE,
                format!("`{path}` is not generated any more"),
                "run `specc build`, which removes it",
            ),
            _ => (&generated::drift::STALE, format!("`{path}` is not what the spec says now"), "run `specc build`"),
        };
        Some(match place {
            Some(span) => rule.finding(span, message).help(help),
            None => Diagnostic::placeless(rule.code, rule.level, message).help(help),
        })
    }
}

/// Marks a place as one of the repository's sources rather than the build's.
const OTHER: u32 = 1 << 30;
