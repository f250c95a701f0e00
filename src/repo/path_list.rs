//! Text files that list paths, one a line, for `rsync --files-from` and its like.

use super::fact::{Facts, PathList};
use super::reader::Input;
use super::shell::folder;
use crate::diag::Diags;
use crate::source::{Span, Spanned, normalize};

/// Files longer than this are data.
const MAX_LINES: usize = 500;

/// Reads a text file, if its first line is a path of the repository.
pub fn read(input: &Input, facts: &mut Facts, _: &mut Diags) {
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
        let is_path = !plain.contains([' ', '=', ':', '<', '>', '{']);
        if !is_path || lines.len() > MAX_LINES || lines.is_empty() && !exists(plain) {
            return;
        }
        lines.push(Spanned::new(plain.to_string(), Span::new(input.file, start, start + plain.len())));
    }
    if !lines.is_empty() {
        facts.path_lists.push(PathList { path: input.path.to_string(), lines });
    }
}
