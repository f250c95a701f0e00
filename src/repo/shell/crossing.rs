//! Variables that a script sets here and uses in text that a shell of another machine gets as it stands: between single
//! quotes, or in a here-document whose delimiter is quoted.

use std::collections::{BTreeMap, BTreeSet};

use super::action;
use super::embedded::Embedded;
use super::lex;
use super::reads::{self, Rules, Uses};
use super::token::{Body, Part, Quote, Token, Word, unescaped};
use crate::repo::fact::{Absent, Language, LeftBehind, Text, Way};
use crate::source::{Span, Spanned};

/// Finds them. `given` are variables that are set before the script starts.
pub fn left_behind(script: &Embedded, tokens: &[Token], given: &[Text]) -> Vec<LeftBehind> {
    if memchr::memmem::find(script.text.as_bytes(), b"ssh").is_none() {
        return Vec::new();
    }
    let set = given.iter().map(|it| (it.value.clone(), it.span)).collect();
    let mut walk = Walk { script, set, found: Vec::new() };
    for command in tokens.split(|it| matches!(it, Token::Operator(_))) {
        walk.command(command);
    }
    walk.found
}

/// Finds the variables that a text asks for in vain, of those that are set where it comes from.
pub fn asked(text: &Embedded) -> Uses {
    let rules = Rules { fails_when_unset: false, language: Language::Shell, in_test: false };
    let mut uses = reads::uses(text, &rules);
    // What it loads may set anything.
    if loads(&text.text) {
        uses.reads.clear();
    }
    uses.reads.retain(|it| !matches!(it.absent, Absent::Default(_) | Absent::Computed));
    uses
}

/// Returns whether a script takes variables from somewhere: a file, a program's output, standard input.
fn loads(text: &str) -> bool {
    text.split(['\n', ';', '&', '|', '(']).any(|command| {
        let mut words = command.split_whitespace().skip_while(|it| matches!(*it, "then" | "do" | "if" | "while" | "{"));
        let first = words.next().unwrap_or("");
        matches!(first, "source" | "." | "eval" | "read" | "xargs") || command.trim() == "set -a"
    })
}

struct Walk<'a> {
    script: &'a Embedded,
    /// What is set so far, and where.
    set: BTreeMap<String, Span>,
    found: Vec<LeftBehind>,
}

impl Walk<'_> {
    fn written(&self, word: &Word) -> &str {
        self.script.text.get(word.start..word.end).unwrap_or("")
    }

    fn command(&mut self, tokens: &[Token]) {
        let keywords = ["if", "then", "else", "elif", "do", "while", "until", "!", "{", "time"];
        let words: Vec<&Word> =
            tokens.iter().filter_map(|it| if let Token::Word(it) = it { Some(it) } else { None }).collect();
        let start = words.iter().take_while(|it| keywords.contains(&self.written(it))).count();
        let words = &words[start..];
        let start = words.iter().take_while(|it| self.assigned(it).is_some()).count();
        let texts: Vec<&str> = words[start..].iter().map(|it| self.written(it).trim_matches(['"', '\''])).collect();
        let nested = action::nested(&texts).filter(|it| it.is_remote);
        if let Some(nested) = nested.filter(|_| !texts.iter().any(|it| it.contains("SendEnv") || it.contains("SetEnv")))
        {
            let inner = &words[start..][nested.at.min(texts.len())..];
            let is_shell =
                |it: &str| matches!(it, "bash" | "sh" | "-s") || it.ends_with("bash -s") || it.ends_with("sh -s");
            let reads_input = nested.reads_input || texts[1..].iter().any(|it| is_shell(it));
            let redirects = tokens.iter().filter_map(|it| if let Token::Redirect(it) = it { Some(it) } else { None });
            let bodies = redirects.filter_map(|it| it.body).filter(|_| reads_input);
            self.remote(inner, &bodies.collect::<Vec<_>>());
            return;
        }
        let declares = matches!(texts.first(), Some(&("export" | "local" | "readonly" | "declare")));
        let n = if declares { words.len() } else { start };
        let assigned: Vec<(String, Span)> = words[..n].iter().filter_map(|it| self.assigned(it)).collect();
        // `X=1 program` sets it for that program alone.
        if declares || start == words.len() {
            self.set.extend(assigned);
        }
    }

    /// Returns the name that a word assigns to.
    fn assigned(&self, word: &Word) -> Option<(String, Span)> {
        let (name, _) = self.written(word).split_once('=')?;
        let is_name = name.starts_with(|it: char| it == '_' || it.is_ascii_alphabetic())
            && name.bytes().all(|it| it == b'_' || it.is_ascii_alphanumeric());
        is_name.then(|| (name.to_string(), self.script.span(word.start, word.start + name.len())))
    }

    /// Judges what the other machine gets.
    fn remote(&mut self, words: &[&Word], bodies: &[Body]) {
        let mut inner = Embedded::new(self.script.span(0, 0).file);
        let mut as_it_stands: Vec<(Span, Way)> = Vec::new();
        for word in words {
            self.embed(word, &mut inner);
            inner.push(" ", self.script.in_file(word.end));
            for part in &word.parts {
                if let Part::Literal(it) = part
                    && it.quote == Quote::Single
                {
                    as_it_stands.push((self.script.span(it.start, it.end), Way::Quotes));
                }
            }
        }
        let passed = asked(&inner).assigned;
        for body in bodies {
            inner.push("\n", self.script.in_file(body.start));
            if body.is_literal {
                self.push_lines(body.start, body.end, &mut inner);
                as_it_stands.push((self.script.span(body.start, body.end), Way::Document));
            } else {
                self.embed(&lex::expansions(&self.script.text, body.start, body.end), &mut inner);
            }
        }
        let mut told = BTreeSet::new();
        for read in asked(&inner).reads {
            let name = &read.name.value;
            let way = as_it_stands.iter().find(|it| it.0.contains(read.name.span));
            let (Some((_, way)), Some(set)) = (way, self.set.get(name)) else { continue };
            // Between quotes the words themselves are the script; before a document they give it its variables.
            if (*way == Way::Quotes || !passed.contains(name)) && told.insert(name.clone()) {
                self.found.push(LeftBehind { name: Spanned::new(name.clone(), read.name.span), set: *set, way: *way });
            }
        }
    }

    /// Adds what a word says, with a stand-in for what is filled in here.
    fn embed(&self, word: &Word, inner: &mut Embedded) {
        for part in &word.parts {
            match part {
                Part::Literal(it) if it.quote == Quote::Single => self.push_lines(it.start, it.end, inner),
                Part::Literal(it) => {
                    for (at, text) in unescaped(&self.script.text, it) {
                        inner.push(&text, self.script.in_file(at));
                    }
                }
                _ => inner.push_value("_", self.script.in_file(word.start)),
            }
        }
    }

    /// Adds a part of the script line by line: the lines need not stand one after another in the file.
    fn push_lines(&self, start: usize, end: usize, inner: &mut Embedded) {
        let mut at = start;
        for line in self.script.text.get(start..end).unwrap_or("").split_inclusive('\n') {
            inner.push(line, self.script.in_file(at));
            at += line.len();
        }
    }
}
