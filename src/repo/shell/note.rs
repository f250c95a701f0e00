//! Turns what [`super::run`] comes across into facts: commands, variables that are set, files that are made.

use super::action;
use super::program;
use super::run::Runner;
use super::token::{Body, Part, Redirect, Word};
use super::value::{self, Choice, Directory, Field, Known, Value, placed};
use crate::repo::fact::{self, Action, Command, CommandHost, EnvSet, Facts, SetBy, Text};
use crate::repo::kind;
use crate::source::Spanned;

impl Runner<'_> {
    /// `X=value` in a script.
    pub(super) fn note_set(&self, (name, word): (&str, &Word), rest: &Word, value: &Value, facts: &mut Facts) {
        let is_program = matches!(self.setting.host, CommandHost::Script | CommandHost::Workflow);
        if !is_program || self.setting.is_remote {
            return;
        }
        let literal = match value {
            Value::Texts(list) => list.first().filter(|it| !it.is_dynamic && !it.text.contains(value::ROOT)),
            _ => None,
        };
        facts.sets.push(EnvSet {
            name: Spanned::new(name.to_string(), self.script.span(word.start, word.start + name.len())),
            value: literal.map(|it| Spanned::new(it.text.clone(), self.script.span(rest.start, rest.end))),
            by: SetBy::Shell,
            into: None,
            scope: self.setting.scope.clone(),
        });
    }

    /// Returns a field as a fact: paths from the root are written from where the command runs.
    pub(super) fn word(&self, field: &Field) -> fact::Word {
        fact::Word {
            text: placed(&field.known.text, &self.state.directory.path),
            span: self.script.span(field.start, field.end),
            is_dynamic: field.known.is_dynamic,
        }
    }

    /// `echo "X=1" >> .env`: a line of an env file.
    pub(super) fn echo(&self, fields: &[Field], redirects: &[&Redirect], facts: &mut Facts) {
        let target = redirects.iter().find(|it| it.operator.starts_with('>')).map(|it| self.evaluate(&it.target));
        let (Some(target), Some(line)) = (target, fields.iter().skip(1).find(|it| !it.known.text.starts_with('-')))
        else {
            return;
        };
        let Some((name, value)) = line.known.text.split_once('=') else { return };
        let into = self.into(&target.text);
        if is_variable(name) && into.is_some() {
            let at = self.script.span(line.start, line.end);
            let literal = (!line.known.is_dynamic).then(|| Spanned::new(value.trim_end().to_string(), at));
            let name = Spanned::new(name.to_string(), at);
            facts.sets.push(EnvSet {
                name,
                value: literal,
                by: self.set_by(),
                into,
                scope: self.setting.scope.clone(),
            });
        }
    }

    pub(super) fn set_by(&self) -> SetBy {
        if self.setting.host == CommandHost::Workflow { SetBy::Workflow } else { SetBy::Shell }
    }

    /// Returns the env file that a redirection writes to; `$GITHUB_ENV` is one for the steps that follow.
    pub(super) fn into(&self, target: &str) -> Option<String> {
        if target.contains("GITHUB_ENV") {
            return Some("$GITHUB_ENV".to_string());
        }
        let path = placed(target, &self.state.directory.path);
        let path = crate::source::normalize(&format!("{}/{path}", self.state.directory.path)).unwrap_or(path);
        matches!(kind::of(&path), kind::Kind::EnvFile | kind::Kind::EnvTemplate).then_some(path)
    }

    pub(super) fn note(&mut self, assigned: &[&Word], fields: &[Field], choice: &Choice, facts: &mut Facts) {
        let words: Vec<fact::Word> = fields.iter().map(|it| self.word(it)).collect();
        let variables = self.inline(assigned, choice, facts);
        let mut action = action::of(&words, &variables);
        if let Action::Source { is_exported, file } = &mut action {
            *is_exported = self.is_exporting;
            self.sourced.push(file.clone());
        }
        let (Some(first), Some(last)) = (fields.first(), fields.last()) else { return };
        let start = assigned.first().map_or(first.start, |it| it.start).min(first.start);
        let range = (start, last.end.max(first.end));
        if matches!(action, Action::Other)
            && matches!(self.setting.host, CommandHost::Script | CommandHost::Document)
            && !program::matters(&words, &variables)
        {
            return;
        }
        let made = action::outputs(&words);
        self.push(words, variables, action, range, facts);
        if !made.is_empty() {
            self.push(Vec::new(), Vec::new(), Action::MakeFile(made), range, facts);
        }
    }

    /// `X=1 command`.
    pub(super) fn inline(&self, assigned: &[&Word], choice: &Choice, facts: &mut Facts) -> Vec<(Text, Option<Text>)> {
        let mut list = Vec::new();
        for word in assigned {
            let Some((name, literal)) = self.assignment(word) else { continue };
            let at = name.len() + 1;
            let mut rest = Word { start: word.start + at, end: word.end, parts: word.parts.clone() };
            if let Some(Part::Literal(first)) = rest.parts.first_mut() {
                first.start = (literal.start + at).min(first.end);
            }
            let known = self.state.text(&self.script.text, &rest, choice);
            let text = placed(&known.text, &self.state.directory.path);
            let value = (!known.is_dynamic).then(|| Spanned::new(text, self.script.span(rest.start, rest.end)));
            let name = Spanned::new(name.to_string(), self.script.span(word.start, word.start + at - 1));
            if self.setting.host != CommandHost::Document && !self.setting.is_remote {
                facts.sets.push(EnvSet {
                    name: name.clone(),
                    value: value.clone(),
                    by: SetBy::Inline,
                    into: None,
                    scope: self.setting.scope.clone(),
                });
            }
            list.push((name, value));
        }
        list
    }

    pub(super) fn push(
        &self,
        words: Vec<fact::Word>,
        variables: Vec<(Text, Option<Text>)>,
        action: Action,
        (start, end): (usize, usize),
        facts: &mut Facts,
    ) {
        let directory = self.directory_of(&words);
        facts.commands.push(Command {
            file: self.setting.input.file,
            path: self.setting.input.path.to_string(),
            span: self.script.span(start, end),
            words,
            variables,
            host: self.setting.host,
            scope: self.setting.scope.clone(),
            directory: directory.path,
            elsewhere: directory.elsewhere,
            is_directory_certain: directory.is_certain,
            is_remote: self.setting.is_remote,
            sourced: self.sourced.clone(),
            action,
        });
    }

    /// Returns where a command runs: `uv run --directory ..` goes there first.
    fn directory_of(&self, words: &[fact::Word]) -> Directory {
        let here = || self.state.directory.clone();
        if words.first().is_none_or(|it| it.text != "uv") {
            return here();
        }
        let Some(at) = words.iter().position(|it| it.text == "--directory") else { return here() };
        let Some(to) = words.get(at + 1) else { return here() };
        let tree = self.setting.input.tree;
        let exists = |path: &str| path == "." || tree.kind(path) == Some(crate::files::Kind::Directory);
        here().after(&Known { text: to.text.clone(), is_dynamic: to.is_dynamic }, &exists)
    }

    /// Files that redirections make, and the env files that here-documents write.
    pub(super) fn redirects(&self, redirects: &[&Redirect], choice: &Choice, facts: &mut Facts) {
        let target = |it: &Redirect| Field {
            known: self.state.text(&self.script.text, &it.target, choice),
            start: it.target.start,
            end: it.target.end,
        };
        for redirect in redirects.iter().filter(|it| matches!(it.operator, ">" | ">>")) {
            let word = self.word(&target(redirect));
            if word.text.is_empty() || word.text.starts_with("/dev/") || word.text.starts_with('&') {
                continue;
            }
            if let Some(into) = self.into(&word.text) {
                let body = redirects.iter().find_map(|it| it.body);
                body.into_iter().for_each(|it| self.env_lines(it, &into, facts));
            }
            let file = Spanned::new(word.text.clone(), word.span);
            let range = (redirect.target.start, redirect.target.end);
            self.push(vec![word], Vec::new(), Action::MakeFile(vec![file]), range, facts);
        }
    }

    /// `cat > .env <<EOF`: every line sets a variable.
    pub(super) fn env_lines(&self, body: Body, into: &str, facts: &mut Facts) {
        let text = self.script.text.get(body.start..body.end).unwrap_or("");
        let mut at = body.start;
        for line in text.split_inclusive('\n') {
            let indent = line.len() - line.trim_start().len();
            if let Some((name, value)) = line.trim().split_once('=')
                && is_variable(name)
            {
                let start = at + indent;
                let value_start = start + name.len() + 1;
                let is_literal = body.is_literal || !value.contains(['$', '`']);
                let place = self.script.span(value_start, value_start + value.len());
                facts.sets.push(EnvSet {
                    name: Spanned::new(name.to_string(), self.script.span(start, start + name.len())),
                    value: is_literal.then(|| Spanned::new(value.to_string(), place)),
                    by: self.set_by(),
                    into: Some(into.to_string()),
                    scope: self.setting.scope.clone(),
                });
            }
            at += line.len();
        }
    }
}

fn is_variable(name: &str) -> bool {
    name.starts_with(|it: char| it == '_' || it.is_ascii_alphabetic())
        && name.chars().all(|it| it == '_' || it.is_ascii_alphanumeric())
}
