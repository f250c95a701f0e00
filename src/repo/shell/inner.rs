//! Scripts within scripts: `ssh host "…"`, `bash -c "…"`, `$(…)`, and what here-documents hand to a shell.

use std::collections::BTreeMap;

use super::action;
use super::embedded::Embedded;
use super::lex;
use super::run::{MAX_DEPTH, Runner, run_at};
use super::token::{Body, Part, Redirect, Word, unescaped};
use super::value::{Choice, Directory, Field, placed};
use crate::repo::fact::Facts;

impl Runner<'_> {
    /// Goes through `$(…)` in words: what runs there runs, too.
    pub(super) fn substitutions(&mut self, words: &[&Word], facts: &mut Facts) {
        for part in words.iter().flat_map(|it| &it.parts) {
            let Part::Substitution { start, end, .. } = part else { continue };
            let inner = self.script.text.get(*start..*end).unwrap_or("");
            let is_array = self.script.text[..*start].ends_with("=(");
            if inner.contains(' ') && !is_array && self.depth < MAX_DEPTH {
                let mut script = Embedded::new(self.setting.input.file);
                self.push_lines(inner, *start, &mut script);
                let mut setting = self.setting.clone();
                setting.variables = self.state.variables.clone();
                setting.sourced = self.sourced.clone();
                setting.directory = self.state.directory.clone();
                run_at(&script, setting, self.depth + 1, facts);
            }
        }
    }

    /// Follows `ssh host "…"`, `bash -c "…"`, `eval "…"` and the here-documents of the first two.
    pub(super) fn nested(&mut self, words: &[&Word], fields: &[Field], redirects: &[&Redirect], facts: &mut Facts) {
        let Some(inner) = action::nested(&fields.iter().map(|it| it.known.text.as_str()).collect::<Vec<_>>()) else {
            return;
        };
        if self.depth >= MAX_DEPTH {
            return;
        }
        // Fields and words part ways where a variable gave several; the words from the end are the same.
        let n_inner = fields.len().saturating_sub(inner.at);
        let mut script = Embedded::new(self.setting.input.file);
        for word in words.iter().skip(words.len().saturating_sub(n_inner)).filter(|_| n_inner > 0) {
            self.embed(word, &mut script);
            script.push(" ", self.script.in_file(word.end));
        }
        for body in redirects.iter().filter_map(|it| it.body).filter(|_| inner.reads_input) {
            self.embed_body(body, &mut script);
        }
        if script.text.trim().is_empty() {
            return;
        }
        let mut setting = self.setting.clone();
        setting.is_remote |= inner.is_remote;
        setting.sourced = if inner.is_remote { Vec::new() } else { self.sourced.clone() };
        setting.variables = if inner.is_remote { BTreeMap::new() } else { self.state.variables.clone() };
        setting.directory = self.state.directory.clone();
        if inner.is_remote {
            let elsewhere = Some("~".to_string());
            setting.directory = Directory { path: ".".to_string(), elsewhere, is_certain: false };
        }
        run_at(&script, setting, self.depth + 1, facts);
    }

    /// Adds what a word says to the inner shell: known values put in, the rest as written.
    fn embed(&self, word: &Word, script: &mut Embedded) {
        for part in &word.parts {
            match part {
                Part::Literal(it) => {
                    for (at, text) in unescaped(&self.script.text, it) {
                        self.push_lines(&text, at, script);
                    }
                }
                Part::Variable(it) => {
                    let known = self.state.text(&self.script.text, &only(part), &Choice::new());
                    let value = placed(&known.text, ".");
                    if known.is_dynamic {
                        script.push(&value, self.script.in_file(it.start));
                    } else {
                        script.push_value(&value, self.script.in_file(it.start));
                    }
                }
                Part::Substitution { start, end, .. } => {
                    let opens = if self.script.text[..*start].ends_with('`') { 1 } else { 2 };
                    let start = start.saturating_sub(opens);
                    self.push_lines(self.script.text.get(start..end + 1).unwrap_or(""), start, script);
                }
                Part::Arithmetic => script.push_value("0", self.script.in_file(word.start)),
            }
        }
    }

    fn embed_body(&self, body: Body, script: &mut Embedded) {
        script.push("\n", self.script.in_file(body.start));
        if body.is_literal {
            let text = self.script.text.get(body.start..body.end).unwrap_or("");
            return self.push_lines(text, body.start, script);
        }
        self.embed(&lex::expansions(&self.script.text, body.start, body.end), script);
    }

    /// The text is contiguous here, but may be several pieces of the file.
    fn push_lines(&self, text: &str, start: usize, script: &mut Embedded) {
        let mut at = start;
        for line in text.split_inclusive('\n') {
            script.push(line, self.script.in_file(at));
            at += line.len();
        }
    }
}

fn only(part: &Part) -> Word {
    Word { parts: smallvec::smallvec![part.clone()], ..Word::default() }
}
