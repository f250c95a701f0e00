//! Texts of the spec as Kubernetes has them: all that is known is filled in, and a secret is a reference.
//!
//! Nobody fills in `${…}` when a manifest is applied. A variable therefore has the value that the environment gives
//! it, and one that is a secret is taken from the Secret when the container starts: `$(NAME)` in an environment or a
//! command, where Kubernetes replaces it, and `${NAME}` in a probe's shell line, where the shell does.

use std::collections::BTreeMap;

use crate::ir::text::{Operator, Part, Text, Variable};
use crate::ir::variable;
use crate::source::Span;

/// How deep values may refer to values.
const MAX_DEPTH: usize = 16;

/// A text with everything filled in that is known.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub(super) struct Filled {
    pieces: Vec<Piece>,
}

/// A part of a filled text.
#[derive(Clone, PartialEq, Eq, Debug)]
enum Piece {
    Literal(String),
    /// A key of the Secret.
    Secret {
        name: String,
        /// It may be missing.
        optional: bool,
    },
    /// What tells one replica from another.
    PodName,
}

/// Why a text cannot be filled in.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Problem {
    /// A variable has no value here.
    NoValue(String, Span),
    /// What stands there depends on whether a secret is set, which nobody knows before.
    DependsOnSecret(String, Span),
    /// Values refer to each other.
    Circle(String, Span),
}

/// The variables of an environment, by name.
pub(super) type Variables<'a> = BTreeMap<&'a str, &'a variable::Variable>;

/// Fills a text in; problems are added to `problems`, and the part in question becomes empty.
pub(super) fn fill(text: &Text, variables: &Variables<'_>, problems: &mut Vec<Problem>) -> Filled {
    let mut filler = Filler { variables, problems, depth: 0 };
    filler.text(text)
}

struct Filler<'a> {
    variables: &'a Variables<'a>,
    problems: &'a mut Vec<Problem>,
    depth: usize,
}

impl Filler<'_> {
    fn text(&mut self, text: &Text) -> Filled {
        let mut filled = Filled::default();
        for part in &text.parts {
            match part {
                Part::Literal(it) => filled.push(Piece::Literal(it.clone())),
                Part::Slot => filled.push(Piece::PodName),
                Part::Variable(it) => self.variable(it).pieces.into_iter().for_each(|it| filled.push(it)),
            }
        }
        filled
    }

    fn variable(&mut self, reference: &Variable) -> Filled {
        let Variable { name, fallback, span } = reference;
        if self.depth == MAX_DEPTH {
            self.problems.push(Problem::Circle(name.clone(), *span));
            return Filled::default();
        }
        self.depth += 1;
        let declared = self.variables.get(name.as_str()).copied();
        let value = declared.and_then(|it| it.value.as_ref()).map(|it| self.text(&it.value));
        let operator = fallback.as_ref().map(|it| it.operator);
        let empty_too = fallback.as_ref().is_some_and(|it| it.empty_too);
        let value = value.filter(|it| !(empty_too && it.is_empty()));
        let is_secret = declared.is_some_and(|it| it.secret.is_some());
        let argument = fallback.as_ref().map(|it| &it.argument);
        let filled = match (value, operator) {
            (Some(_), Some(Operator::Alternative)) => self.text(argument.unwrap_or(&Text::default())),
            (Some(value), _) => value,
            (None, Some(Operator::Alternative)) if is_secret => {
                self.problems.push(Problem::DependsOnSecret(name.clone(), *span));
                Filled::default()
            }
            (None, _) if is_secret => {
                let instead = match operator {
                    Some(Operator::Default) => argument.map(|it| self.text(it)).unwrap_or_default(),
                    _ => Filled::default(),
                };
                // A default that is made of secrets, such as an address with a password in it, is what is meant.
                if instead.secrets().next().is_some() {
                    instead
                } else {
                    let optional = declared.is_some_and(|it| it.optional) || operator == Some(Operator::Default);
                    Filled { pieces: vec![Piece::Secret { name: name.clone(), optional }] }
                }
            }
            (None, Some(Operator::Default)) => argument.map(|it| self.text(it)).unwrap_or_default(),
            (None, Some(Operator::Alternative)) => Filled::default(),
            (None, None) if declared.is_some_and(|it| it.optional) => Filled::default(),
            (None, _) => {
                self.problems.push(Problem::NoValue(name.clone(), *span));
                Filled::default()
            }
        };
        self.depth -= 1;
        filled
    }
}

impl Filled {
    fn push(&mut self, piece: Piece) {
        match (self.pieces.last_mut(), piece) {
            (_, Piece::Literal(it)) if it.is_empty() => {}
            (Some(Piece::Literal(last)), Piece::Literal(it)) => last.push_str(&it),
            (_, piece) => self.pieces.push(piece),
        }
    }

    fn is_empty(&self) -> bool {
        self.pieces.is_empty()
    }

    /// Returns the text if all of it is known.
    pub(super) fn as_literal(&self) -> Option<&str> {
        match self.pieces.as_slice() {
            [] => Some(""),
            [Piece::Literal(it)] => Some(it),
            _ => None,
        }
    }

    /// Returns the secret, and whether it may be missing, if the text is that and nothing else.
    pub(super) fn as_secret(&self) -> Option<(&str, bool)> {
        match self.pieces.as_slice() {
            [Piece::Secret { name, optional }] => Some((name, *optional)),
            _ => None,
        }
    }

    /// Returns the names of the secrets in it.
    pub(super) fn secrets(&self) -> impl Iterator<Item = &str> {
        self.pieces.iter().filter_map(|it| if let Piece::Secret { name, .. } = it { Some(name.as_str()) } else { None })
    }

    /// Returns whether the pod's name is part of it.
    pub(super) fn has_pod_name(&self) -> bool {
        self.pieces.contains(&Piece::PodName)
    }

    /// Writes the text for a field in which Kubernetes replaces `$(NAME)`: the values of an environment, `command` and
    /// `args`. `name_of` tells under which name the container has a secret.
    pub(super) fn to_expansion(&self, name_of: &dyn Fn(&str) -> String) -> String {
        let mut out = String::new();
        for (at, piece) in self.pieces.iter().enumerate() {
            match piece {
                Piece::Literal(it) => out.push_str(&escape(it, at + 1 == self.pieces.len())),
                Piece::Secret { name, .. } => out += &format!("$({})", name_of(name)),
                Piece::PodName => out += &format!("$({POD_NAME})"),
            }
        }
        out
    }

    /// Writes the text for a shell in the container, which has the secrets in its environment.
    pub(super) fn to_shell(&self, name_of: &dyn Fn(&str) -> String) -> String {
        let mut out = String::new();
        for piece in &self.pieces {
            match piece {
                Piece::Literal(it) => out.push_str(it),
                Piece::Secret { name, .. } => out += &format!("${{{}}}", name_of(name)),
                Piece::PodName => out.push_str("${HOSTNAME}"),
            }
        }
        out
    }
}

/// The variable with the pod's name.
pub(super) const POD_NAME: &str = "POD_NAME";

/// Doubles every `$` that Kubernetes would take for the beginning of something. Of two it makes one, and after one it
/// takes the next byte, not the next character: so `$é` must be written `$$é`.
fn escape(literal: &str, is_last: bool) -> String {
    let mut out = String::with_capacity(literal.len());
    let mut rest = literal;
    while let Some(at) = rest.find('$') {
        out.push_str(&rest[..at]);
        let after = rest[at..].trim_start_matches('$');
        let n_dollars = rest.len() - at - after.len();
        let is_plain = match after.chars().next() {
            Some(next) => next != '(' && next.is_ascii(),
            None => is_last,
        };
        let times = if n_dollars == 1 && is_plain { 1 } else { 2 * n_dollars };
        out.extend(std::iter::repeat_n('$', times));
        rest = after;
    }
    out + rest
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What Kubernetes makes of a value when no variable is set, after `third_party/forked/golang/expansion`.
    fn expanded(input: &str) -> Vec<u8> {
        let (bytes, mut out, mut at) = (input.as_bytes(), Vec::new(), 0);
        while at < bytes.len() {
            if bytes[at] != b'$' || at + 1 == bytes.len() {
                out.push(bytes[at]);
                at += 1;
                continue;
            }
            match bytes[at + 1] {
                b'$' => out.push(b'$'),
                b'(' => match input[at + 2..].find(')') {
                    Some(len) => {
                        out.extend(b"<replaced>");
                        at += len + 1;
                    }
                    None => out.extend(b"$("),
                },
                // It takes one byte for a whole character.
                byte => {
                    out.push(b'$');
                    out.extend(char::from(byte).to_string().as_bytes());
                }
            }
            at += 2;
        }
        out
    }

    #[test]
    fn only_dollars_that_mean_something_are_doubled() {
        for (literal, written) in [
            ("$HOME", "$HOME"),
            ("$(HOME)", "$$(HOME)"),
            ("$$", "$$$$"),
            ("$$(A)", "$$$$(A)"),
            ("a$", "a$"),
            ("$é", "$$é"),
            ("${A}", "${A}"),
        ] {
            assert_eq!(escape(literal, true), written);
        }
        assert_eq!(escape("a$", false), "a$$");
    }

    proptest! {
        #[test]
        fn every_literal_arrives_byte_for_byte(literal in "[$()aé{}A]{0,12}") {
            prop_assert_eq!(expanded(&escape(&literal, true)), literal.as_bytes());
        }
    }
}
