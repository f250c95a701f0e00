//! Text files that list paths or patterns, one a line, for `rsync --files-from`, `--exclude-from` and their like.

use super::fact::{Facts, PathList};
use super::kind::Kind;
use super::reader::Input;
use super::shell::folder;
use crate::diag::Diags;
use crate::source::{Span, Spanned, normalize};

/// Files longer than this are data.
const MAX_LINES: usize = 500;

/// Words in the name of a file that has patterns of what is copied.
const NAMES: &[&str] = &["rsync", "exclude", "include", "deploy", "transfer"];

/// Reads a text file, if its first line is a path of the repository or its name says that it has patterns.
pub fn read(input: &Input, facts: &mut Facts, _: &mut Diags) {
    let name = input.path.rsplit('/').next().unwrap_or(input.path);
    let is_named = NAMES.iter().any(|it| name.contains(it));
    if input.kind == Kind::IgnoreList && !is_named {
        return;
    }
    let marks = name == ".gitattributes";
    let exists = |path: &str| {
        let from = [".", folder(input.path)].map(|it| normalize(&format!("{it}/{path}")));
        from.into_iter().flatten().any(|it| input.tree.exists(&it))
    };
    let mut lines = Vec::new();
    let mut at = 0;
    for line in input.text.split_inclusive('\n') {
        let plain = line.trim();
        let start = at + (line.len() - line.trim_start().len());
        at += line.len();
        if plain.is_empty() || plain.starts_with(['#', ';']) {
            continue;
        }
        let plain = match plain.split_once(' ') {
            // What `git archive` leaves out: `docs export-ignore`.
            Some((pattern, rest)) if marks && rest.split_whitespace().any(|it| it == "export-ignore") => pattern,
            _ if marks => continue,
            _ => plain,
        };
        let is_path = !plain.contains([' ', '=', ':', '<', '>', '{']);
        if !is_path || lines.len() > MAX_LINES || lines.is_empty() && !marks && !is_named && !exists(plain) {
            return;
        }
        lines.push(Spanned::new(plain.to_string(), Span::new(input.file, start, start + plain.len())));
    }
    if !lines.is_empty() {
        facts.path_lists.push(PathList { path: input.path.to_string(), lines });
    }
}
