//! Goes through a script from top to bottom as a shell would, taking every branch, and notes the commands.

use super::embedded::Embedded;
use super::lex;
use super::program;
use super::token::{Literal, Part, Quote, Redirect, Token, Word};
use super::value::{self, Choice, Directory, Field, Known, Scope, Value};
use crate::repo::fact::{CommandHost, Facts, Text};
use crate::repo::reader::Input;
use std::collections::BTreeMap;

/// Scripts within scripts beyond this are not followed.
pub(super) const MAX_DEPTH: usize = 6;

/// How a piece of shell text is to be read.
#[derive(Clone)]
pub struct Setting<'a> {
    /// The file it is in.
    pub input: &'a Input<'a>,
    /// What it is part of.
    pub host: CommandHost,
    /// The Make target, workflow job or function.
    pub scope: Option<String>,
    /// Where it runs.
    pub directory: Directory,
    /// What is known before it starts.
    pub variables: BTreeMap<String, Value>,
    /// Whether it runs on another machine.
    pub is_remote: bool,
    /// Env files that were sourced before it.
    pub sourced: Vec<Text>,
}

/// A block that is open.
enum Frame {
    /// `( … )`, with what `cd` in it does not change.
    Subshell(Directory),
    /// The body of a function.
    Function { directory: Directory, scope: Option<String> },
    /// `{ … }`
    Group,
    /// `if`, `while`, `for`, `until`.
    Block,
    /// `case`; whether a pattern comes next.
    Case { in_pattern: bool },
}

/// A script on the way through.
pub(super) struct Runner<'a> {
    pub(super) setting: Setting<'a>,
    pub(super) script: &'a Embedded,
    pub(super) state: Scope,
    pub(super) sourced: Vec<Text>,
    pub(super) is_exporting: bool,
    frames: Vec<Frame>,
    /// The name of the function whose body comes next.
    function: Option<String>,
    /// What was cloned before: the name of the folder.
    cloned: Option<String>,
    /// Whether the command runs only if the one before says so.
    is_conditional: bool,
    pub(super) depth: usize,
}

impl<'a> Setting<'a> {
    /// A setting for text of a file that runs in a directory, with nothing known.
    pub fn new(input: &'a Input<'a>, host: CommandHost, directory: Directory) -> Setting<'a> {
        let (variables, sourced) = (BTreeMap::new(), Vec::new());
        Setting { input, host, scope: None, directory, variables, is_remote: false, sourced }
    }
}

/// Notes what a script does.
pub fn run(script: &Embedded, setting: Setting, facts: &mut Facts) {
    run_at(script, setting, 0, facts);
}

/// The same for a text that has been split already.
pub fn run_tokens(script: &Embedded, tokens: &[Token], setting: Setting, facts: &mut Facts) {
    run_split((script, tokens), setting, 0, facts);
}

pub(super) fn run_at(script: &Embedded, setting: Setting, depth: usize, facts: &mut Facts) {
    run_split((script, &lex::tokens(&script.text)), setting, depth, facts);
}

fn run_split((script, tokens): (&Embedded, &[Token]), setting: Setting, depth: usize, facts: &mut Facts) {
    let state = Scope {
        variables: setting.variables.clone(),
        directory: setting.directory.clone(),
        script: setting.input.path.to_string(),
    };
    let mut runner = Runner {
        sourced: setting.sourced.clone(),
        setting,
        script,
        state,
        is_exporting: false,
        frames: Vec::new(),
        function: None,
        cloned: None,
        is_conditional: false,
        depth,
    };
    runner.all(tokens, facts);
}

impl<'a> Runner<'a> {
    fn all(&mut self, tokens: &[Token], facts: &mut Facts) {
        let mut at = 0;
        while let Some(token) = tokens.get(at) {
            match token {
                Token::Operator(operator) => {
                    let is_first = at == 0 || matches!(tokens[at - 1], Token::Operator(_));
                    self.operator(operator, is_first);
                    at += 1;
                }
                _ if matches!(self.frames.last(), Some(Frame::Case { in_pattern: true })) => {
                    if matches!(token, Token::Word(it) if self.written(it) == "esac") {
                        self.frames.pop();
                    }
                    at += 1;
                }
                _ => {
                    let end = tokens[at..].iter().position(|it| matches!(it, Token::Operator(_)));
                    let end = end.map_or(tokens.len(), |it| at + it);
                    let is_function =
                        matches!(tokens.get(end..end + 2), Some([Token::Operator("("), Token::Operator(")")]));
                    if is_function && end == at + 1 || self.is_keyword(&tokens[at], "function") {
                        at = self.start_function(tokens, at, end + if is_function { 2 } else { 0 });
                    } else {
                        self.simple(&tokens[at..end], facts);
                        at = end;
                    }
                }
            }
        }
    }

    fn written(&self, word: &Word) -> &'a str {
        self.script.text.get(word.start..word.end).unwrap_or("")
    }

    fn is_keyword(&self, token: &Token, keyword: &str) -> bool {
        matches!(token, Token::Word(it) if self.written(it) == keyword)
    }

    fn operator(&mut self, operator: &str, is_after_operator: bool) {
        match operator {
            "(" if !matches!(self.frames.last(), Some(Frame::Case { in_pattern: true })) => {
                self.frames.push(match self.function.take() {
                    Some(name) => {
                        let directory = self.state.directory.clone();
                        Frame::Function { directory, scope: self.setting.scope.replace(name) }
                    }
                    None => Frame::Subshell(self.state.directory.clone()),
                });
            }
            ")" => match self.frames.last_mut() {
                Some(Frame::Case { in_pattern }) => *in_pattern = false,
                Some(Frame::Subshell(_) | Frame::Function { .. }) => self.close(),
                _ => {}
            },
            ";;" | ";&" | ";;&" => {
                if let Some(Frame::Case { in_pattern }) = self.frames.last_mut() {
                    *in_pattern = true;
                }
            }
            _ => {}
        }
        // `a && b`: b may not run; a line break after `&&` changes nothing.
        match operator {
            "&&" | "||" => self.is_conditional = true,
            "|" => {}
            "\n" if is_after_operator => {}
            _ => self.is_conditional = false,
        }
    }

    fn close(&mut self) {
        match self.frames.pop() {
            Some(Frame::Subshell(directory)) => self.state.directory = directory,
            Some(Frame::Function { directory, scope }) => {
                self.state.directory = directory;
                self.setting.scope = scope;
            }
            _ => {}
        }
    }

    /// Returns where to go on after `name()` or `function name`.
    fn start_function(&mut self, tokens: &[Token], at: usize, after: usize) -> usize {
        let words = tokens[at..].iter().filter_map(|it| if let Token::Word(it) = it { Some(it) } else { None });
        let mut words = words.map(|it| self.written(it)).skip_while(|it| *it == "function");
        self.function = words.next().map(str::to_string);
        let is_keyword = self.is_keyword(&tokens[at], "function");
        if is_keyword && after == at + 2 + 1 { at + 2 } else { after.max(at + 1 + usize::from(is_keyword)) }
    }

    /// Reads a command without its operators: keywords first, then assignments, then words.
    fn simple(&mut self, tokens: &[Token], facts: &mut Facts) {
        let mut words: Vec<&Word> = Vec::new();
        let mut redirects: Vec<&Redirect> = Vec::new();
        for token in tokens {
            match token {
                Token::Word(it) => words.push(it),
                Token::Redirect(it) => redirects.push(it),
                Token::Operator(_) => {}
            }
        }
        self.substitutions(&words, facts);
        let mut words = words.as_slice();
        while let Some((first, rest)) = words.split_first() {
            match self.written(first) {
                "if" | "while" | "until" => self.frames.push(Frame::Block),
                "then" | "else" | "elif" | "do" | "!" | "time" => {}
                "fi" | "done" | "esac" | "}" => self.close(),
                "{" => self.open_brace(),
                "for" | "select" => return self.start_loop(rest),
                "case" => {
                    let in_pattern = true;
                    return self.frames.push(Frame::Case { in_pattern });
                }
                "[[" => return,
                _ => break,
            }
            words = rest;
        }
        let n_assigned = words.iter().take_while(|it| self.assignment(it).is_some()).count();
        let (assigned, words) = words.split_at(n_assigned);
        if words.is_empty() {
            for word in assigned {
                self.assign(word, facts);
            }
            return self.redirects(&redirects, &Choice::new(), facts);
        }
        for choice in self.state.choices(&self.script.text, words) {
            let n = facts.commands.len();
            self.command(assigned, words, (&redirects, &choice), facts);
            // What says nothing with one value says nothing with another.
            if facts.commands.len() == n {
                break;
            }
        }
    }

    fn open_brace(&mut self) {
        let frame = match self.function.take() {
            Some(name) => {
                let directory = self.state.directory.clone();
                Frame::Function { directory, scope: self.setting.scope.replace(name) }
            }
            None => Frame::Group,
        };
        self.frames.push(frame);
    }

    /// `for x in a b c`: x is each of them.
    fn start_loop(&mut self, rest: &[&Word]) {
        self.frames.push(Frame::Block);
        let Some((name, list)) = rest.split_first() else { return };
        let name = self.written(name).to_string();
        let no_choice = Choice::new();
        let fields = list.iter().skip(1).flat_map(|it| self.state.fields(&self.script.text, it, &no_choice));
        let values: Vec<Known> = fields.map(|it| it.known).take(value::MAX_CHOICES).collect();
        let is_known = !values.is_empty() && values.iter().all(|it| !it.is_dynamic);
        let value = if is_known { Value::Texts(values) } else { Value::Unknown };
        self.state.variables.insert(name, value);
    }

    /// Returns the name that a word assigns to, and where the value starts in the word's text.
    pub(super) fn assignment<'w>(&self, word: &'w Word) -> Option<(&str, &'w Literal)> {
        let Some(Part::Literal(literal)) = word.parts.first() else { return None };
        if literal.quote != Quote::None {
            return None;
        }
        let text = self.script.text.get(literal.start..literal.end)?;
        let name = text.split_once('=')?.0.trim_end_matches('+');
        let is_name = name.starts_with(|it: char| it == '_' || it.is_ascii_alphabetic())
            && name.chars().all(|it| it == '_' || it.is_ascii_alphanumeric());
        is_name.then_some((name, literal))
    }

    fn assign(&mut self, word: &Word, facts: &mut Facts) {
        let Some((name, literal)) = self.assignment(word) else { return };
        let name = name.to_string();
        let written = self.written(word);
        let at = written.find('=').unwrap_or(0) + 1;
        let is_array = written[at..].starts_with('(');
        let adds = written[..at].ends_with("+=");
        let mut rest = Word { start: word.start + at, end: word.end, parts: word.parts.clone() };
        if let Some(Part::Literal(first)) = rest.parts.first_mut() {
            first.start = (literal.start + at).min(first.end);
        }
        let value = if is_array { self.array(&rest) } else { Value::Texts(vec![self.evaluate(&rest)]) };
        self.note_set((&name, word), &rest, &value, facts);
        let before = self.state.variables.remove(&name);
        self.state.variables.insert(name, joined(before, value, adds, self.is_branch()));
    }

    pub(super) fn evaluate(&self, word: &Word) -> Known {
        let choices = self.state.choices(&self.script.text, &[word]);
        self.state.text(&self.script.text, word, choices.first().unwrap_or(&Choice::new()))
    }

    fn array(&self, word: &Word) -> Value {
        let Some(Part::Substitution { start, end, .. }) =
            word.parts.iter().find(|it| matches!(it, Part::Substitution { .. }))
        else {
            return Value::List(Vec::new());
        };
        let inner = self.script.text.get(*start..*end).unwrap_or("");
        let mut list = Vec::new();
        for token in lex::tokens(inner) {
            if let Token::Word(word) = token {
                list.extend(self.state.fields(inner, &word, &Choice::new()).into_iter().map(|it| it.known));
            }
        }
        Value::List(list)
    }

    /// Whether what follows may or may not happen.
    fn is_branch(&self) -> bool {
        self.is_conditional || self.frames.iter().any(|it| matches!(it, Frame::Block | Frame::Case { .. }))
    }

    fn command(
        &mut self,
        assigned: &[&Word],
        words: &[&Word],
        (redirects, choice): (&[&Redirect], &Choice),
        facts: &mut Facts,
    ) {
        if !self.is_worth_expanding(assigned, words) {
            return self.redirects(redirects, choice, facts);
        }
        let fields: Vec<Field> = words
            .iter()
            .flat_map(|it| self.state.fields(&self.script.text, it, choice))
            .filter(|it| !it.known.text.is_empty() || it.end > it.start + 1)
            .collect();
        let Some(first) = fields.first() else { return };
        let program = first.known.text.clone();
        match program.as_str() {
            "export" | "local" | "declare" | "readonly" | "typeset" => {
                words[1..].iter().for_each(|it| self.assign(it, facts));
            }
            "read" | "mapfile" | "readarray" | "getopts" | "unset" => {
                for field in &fields[1..] {
                    self.state.variables.insert(field.known.text.clone(), Value::Unknown);
                }
            }
            "set" => self.set(&fields),
            "cd" | "pushd" => self.change_directory(&fields),
            "git" if fields.get(1).is_some_and(|it| it.known.text == "clone") => {
                let folder =
                    fields.last().map_or("", |it| it.known.text.trim_end_matches('/').trim_end_matches(".git"));
                self.cloned = folder.rsplit(['/', ':']).next().map(str::to_string);
            }
            "echo" | "printf" => self.echo(&fields, redirects, facts),
            _ => {}
        }
        self.nested(words, &fields, redirects, facts);
        self.note(assigned, &fields, choice, facts);
        self.redirects(redirects, choice, facts);
    }

    /// Whether a command may say something: most call functions of the script, or print.
    fn is_worth_expanding(&self, assigned: &[&Word], words: &[&Word]) -> bool {
        let (Some(first), Some(last)) = (words.first(), words.last()) else { return false };
        let is_plain = matches!(first.parts.as_slice(), [Part::Literal(it)] if it.quote == Quote::None);
        let whole = self.script.text.get(first.start..last.end).unwrap_or("");
        let is_passed_over = match self.setting.host {
            CommandHost::Script => true,
            // A variable of a document may be an address.
            CommandHost::Document => !whole.contains(['$', '\\']),
            _ => false,
        };
        !is_passed_over
            || !is_plain
            || !assigned.is_empty()
            || program::is_known(self.written(first))
            || program::is_telling(whole)
    }

    fn set(&mut self, fields: &[Field]) {
        let words: Vec<&str> = fields.iter().map(|it| it.known.text.as_str()).collect();
        for (at, word) in words.iter().enumerate() {
            let is_all = |sign: char| {
                word.strip_prefix(sign).is_some_and(|it| {
                    it.contains('a') && it.len() < 6 || it.ends_with('o') && words.get(at + 1) == Some(&"allexport")
                })
            };
            if is_all('-') {
                self.is_exporting = true;
            } else if is_all('+') {
                self.is_exporting = false;
            }
        }
    }

    fn change_directory(&mut self, fields: &[Field]) {
        let is_option = |it: &&Field| it.known.text.len() > 1 && it.known.text.starts_with('-');
        let Some(target) = fields[1..].iter().find(|it| !is_option(it)) else { return };
        // Into a fresh clone: most likely of this very repository, and in no case into its folder of that name.
        if self.cloned.take_if(|it| *it == target.known.text.trim_end_matches('/')).is_some() {
            let elsewhere = Some(target.known.text.clone());
            self.state.directory = Directory { path: ".".to_string(), elsewhere, is_certain: false };
            return;
        }
        let tree = self.setting.input.tree;
        let exists = |path: &str| tree.kind(path) == Some(crate::files::Kind::Directory);
        self.state.directory = self.state.directory.after(&target.known, &exists);
    }
}

/// Returns what a variable may be after an assignment that may not happen, or that adds to what is there.
fn joined(before: Option<Value>, new: Value, adds: bool, is_branch: bool) -> Value {
    match (before, new) {
        (Some(Value::List(mut list)), Value::List(more)) if adds => {
            list.extend(more);
            Value::List(list)
        }
        (Some(Value::Texts(list)), Value::Texts(more)) if adds => {
            let add = |it: Known| {
                let Some(more) = more.first() else { return it };
                Known { text: it.text + &more.text, is_dynamic: it.is_dynamic || more.is_dynamic }
            };
            Value::Texts(list.into_iter().map(add).collect())
        }
        (Some(Value::Texts(mut list)), Value::Texts(more)) if is_branch => {
            // `X=""` before `if …; then X=a; fi` says only that it starts empty.
            list.retain(|it| !it.text.is_empty());
            for it in more {
                if !list.contains(&it) && list.len() < value::MAX_CHOICES {
                    list.push(it);
                }
            }
            Value::Texts(list)
        }
        (_, new) => new,
    }
}
