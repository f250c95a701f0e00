//! `specc check --fix` and its kin, with the meaning that users of ruff know.

use super::check::{Arguments, fails, tell};
use super::finish::Pair;
use super::{Exit, print, print_aside, usage_error};
use crate::files::{Files, OnDisk};
use crate::ops::check::CheckOptions;
use crate::ops::fix::{FixOptions, Fixed, fix, write};
use crate::output::journal;
use crate::output::write::Replacement;
use crate::report::diff;
use crate::rules;
use crate::source::Sources;

/// What to do about findings that can be fixed by machine.
#[derive(clap::Args)]
pub struct FixArguments {
    /// Fix what can be fixed without changing what anything means, and report the rest.
    #[arg(long)]
    fix: bool,
    /// Also do, or show as available, fixes that are likely right but want a look.
    #[arg(long)]
    unsafe_fixes: bool,
    /// Fix, and neither report what is left nor fail because of it.
    #[arg(long)]
    fix_only: bool,
    /// Write nothing: show what fixing would change, and fail if that is anything.
    #[arg(long)]
    diff: bool,
    /// List what was fixed.
    #[arg(long)]
    show_fixes: bool,
    /// Fail if anything was fixed, even if nothing is left.
    #[arg(long)]
    exit_non_zero_on_fix: bool,
}

impl FixArguments {
    /// Returns whether anything is to be fixed.
    pub fn are_wanted(&self) -> bool {
        self.fix || self.fix_only || self.diff
    }

    /// Returns whether unsafe fixes are asked for.
    pub fn with_unsafe(&self) -> bool {
        self.unsafe_fixes
    }
}

/// A run that fixes.
pub struct Run<'a> {
    /// What the user said.
    pub arguments: &'a Arguments,
    /// What to check.
    pub options: CheckOptions,
    /// The tree that is judged.
    pub base: &'a dyn Files,
    /// The tree that is written to.
    pub disk: &'a OnDisk,
    /// The path of the text that came from the standard input and goes to the standard output.
    pub given: Option<String>,
}

impl Run<'_> {
    /// Checks, fixes, and tells.
    pub fn go(self) -> Exit {
        let fixes = &self.arguments.fixes;
        let only = FixOptions { with_unsafe: fixes.unsafe_fixes, only: self.given.clone() };
        let mut sources = Sources::default();
        let fixed = fix(self.base, &self.options, &only, &mut sources);
        if let Some(refusal) = &fixed.checked.refusal {
            return usage_error(refusal);
        }
        if fixes.diff {
            return self.show(&fixed);
        }
        if let Err(message) = self.put(&fixed) {
            return usage_error(&format!("nothing was fixed: {message}"));
        }
        let told = if fixes.fix_only {
            self.say(&format!("{}\n", fixed_phrase(&fixed, "fixed")));
            None
        } else {
            tell(self.arguments, &fixed.checked, &sources, Some(fixed.n_fixed))
        };
        if fixes.show_fixes {
            self.say(&list(&fixed));
        }
        let fails = (fails(&fixed.checked) && !fixes.fix_only) || (fixes.exit_non_zero_on_fix && fixed.n_fixed > 0);
        told.unwrap_or_else(|| u8::from(fails && !self.arguments.exit_zero))
    }

    fn say(&self, text: &str) {
        if self.arguments.quiet {
            return;
        }
        if self.given.is_some() { print_aside(text) } else { print(text) }
    }

    /// Writes the new texts, or prints the one that came from the standard input.
    fn put(&self, fixed: &Fixed) -> Result<(), String> {
        match &self.given {
            None => {
                // One file is moved to its place in one step; for several somebody must be there to finish.
                let _hold = self.disk.hold().map_err(|it| it.to_string())?;
                if fixed.changes.len() > 1 {
                    let pair = Pair::default();
                    write(fixed, self.disk, &|files| pair.finish(files))
                } else {
                    write(fixed, self.disk, &journal::finish)
                }
                .map_err(|it| it.to_string())
            }
            Some(path) => {
                let new = fixed.changes.iter().find(|it| it.path == *path).map(|it| it.after.clone());
                let text = new.map_or_else(|| self.base.read(path), Ok).map_err(|it| it.to_string())?;
                print(&String::from_utf8_lossy(&text));
                Ok(())
            }
        }
    }

    /// Shows what would change.
    fn show(&self, fixed: &Fixed) -> Exit {
        let color = self.arguments.color.is_wanted();
        for Replacement { path, before, after } in &fixed.changes {
            let text = |bytes: &[u8]| Some(String::from_utf8_lossy(bytes).into_owned());
            let change = diff::Change { path: path.clone(), old: text(before), new: text(after) };
            let hidden = [0, 1].map(|it: usize| fixed.hidden[it].get(path).cloned().unwrap_or_default());
            let secrets = fixed.secrets.iter().map(|it| it.as_bytes().to_vec()).collect();
            print(&diff::render(&change, &diff::DiffOptions { color, secrets, hidden }));
        }
        if !self.arguments.quiet {
            print_aside(&format!("{}\n", fixed_phrase(fixed, "would fix")));
            fixed.checked.notes.iter().for_each(|it| print_aside(&format!("note: {it}\n")));
        }
        u8::from(!fixed.changes.is_empty() && !self.arguments.exit_zero)
    }
}

fn fixed_phrase(fixed: &Fixed, verb: &str) -> String {
    let files = match fixed.changes.len() {
        1 => "1 file".to_string(),
        n => format!("{n} files"),
    };
    match fixed.n_fixed {
        0 => format!("{verb} nothing"),
        1 => format!("{verb} 1 finding in {files}"),
        n => format!("{verb} {n} findings in {files}"),
    }
}

/// Lists the rules whose findings were fixed.
fn list(fixed: &Fixed) -> String {
    let name = |code: &str| rules::find(code).map_or("", |it| it.code.name);
    fixed.codes.iter().map(|(code, n)| format!("fixed {n} x {code} ({})\n", name(code))).collect()
}
