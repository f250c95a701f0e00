//! Reads `.dockerignore`: what a build does not get. Other ignore files are the business of [`super::tree`].

use super::fact::{Facts, IgnoreFile};
use super::reader::Input;
use crate::diag::Diags;
use crate::source::{Span, Spanned};

/// Reads the patterns of a `.dockerignore`.
pub fn read(input: &Input, facts: &mut Facts, _: &mut Diags) {
    if !input.path.ends_with(".dockerignore") {
        return;
    }
    let mut patterns = Vec::new();
    let mut at = 0;
    for line in input.text.split_inclusive('\n') {
        let plain = line.trim();
        if !plain.is_empty() && !plain.starts_with('#') {
            let start = at + (line.len() - line.trim_start().len());
            patterns.push(Spanned::new(plain.to_string(), Span::new(input.file, start, start + plain.len())));
        }
        at += line.len();
    }
    facts.ignore_files.push(IgnoreFile { path: input.path.to_string(), patterns });
}
