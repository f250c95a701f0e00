//! Compose's `${…}`: the grammar, its value, and where `docker stack` reads the same text otherwise.
//!
//! [`parse`] reads what `docker compose` reads, odd corners included (a table in tests/ was made by the real
//! tools): the argument of an operator ends at the brace that balances, counted over all braces of the line; a
//! `$` before anything but a name is text. Names are ASCII letters, digits and `_`, and start with no digit.

pub mod stack;

use std::fmt;
use std::ops::Range;

use super::{Lookup, Malformed};

/// More variables than this one in another's default are refused: nobody writes them, and reading them recurses.
const MAX_DEPTH: usize = 32;

/// A text with variables.
#[derive(Clone, Default, PartialEq, Eq, Debug)]
pub struct Template {
    /// The parts, one after the other.
    pub parts: Vec<Part>,
    /// What compose refuses. The malformed part stands in `parts` as a literal.
    pub errors: Vec<Malformed>,
    /// What compose accepts but nobody means.
    pub oddities: Vec<Malformed>,
}

/// A part of a text with variables.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Part {
    /// Text that stands for itself.
    Literal {
        /// The text.
        text: String,
        /// Where.
        range: Range<usize>,
    },
    /// `$$`, which stands for one dollar.
    Dollar {
        /// Where.
        range: Range<usize>,
    },
    /// `$NAME` or `${NAME…}`.
    Variable(Variable),
}

/// A use of a variable.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Variable {
    /// The name.
    pub name: String,
    /// Where the name is.
    pub name_range: Range<usize>,
    /// Where the whole is, from the dollar to the brace.
    pub range: Range<usize>,
    /// Whether it is written with braces.
    pub braced: bool,
    /// The operator and what follows it.
    pub operation: Option<Operation>,
}

/// An operator and its argument.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Operation {
    /// The operator.
    pub operator: Operator,
    /// Whether the operator has a `:`, so that an empty value counts as none.
    pub empty_is_unset: bool,
    /// The default, message or replacement.
    pub argument: Template,
    /// Where the argument is.
    pub range: Range<usize>,
}

/// What an operator does.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Operator {
    /// `-`: the argument stands in for a value that is missing.
    Default,
    /// `?`: a missing value is an error with the argument as its message.
    Required,
    /// `+`: the argument replaces a value that is there.
    Replace,
}

/// A variable that is required and has no value.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Missing {
    /// The variable.
    pub name: String,
    /// The message its author wrote.
    pub message: String,
    /// Where the variable is used.
    pub range: Range<usize>,
}

/// Doubles every dollar, so that compose reads the text as it is.
pub fn escape(text: &str) -> String {
    text.replace('$', "$$")
}

/// Reads a text. Never fails: what is malformed is in [`Template::errors`].
pub fn parse(text: &str) -> Template {
    let mut parser = Parser { text, errors: Vec::new(), oddities: Vec::new() };
    let parts = parser.parts(0..text.len(), 0);
    Template { parts, errors: parser.errors, oddities: parser.oddities }
}

impl Template {
    /// Returns the text if there are no variables in it.
    pub fn as_literal(&self) -> Option<String> {
        self.parts.iter().try_fold(String::new(), |text, part| match part {
            Part::Literal { text: more, .. } => Some(text + more),
            Part::Dollar { .. } => Some(text + "$"),
            Part::Variable(_) => None,
        })
    }

    /// Returns all uses of variables in written order, those in defaults after the one they are a default of.
    pub fn variables(&self) -> Vec<&Variable> {
        let mut found = Vec::new();
        self.collect(&mut found);
        found
    }

    fn collect<'a>(&'a self, found: &mut Vec<&'a Variable>) {
        for part in &self.parts {
            if let Part::Variable(variable) = part {
                found.push(variable);
                if let Some(operation) = &variable.operation {
                    operation.argument.collect(found);
                }
            }
        }
    }

    /// Returns the value as `docker compose` computes it. A variable without a value and without a default is empty.
    ///
    /// # Errors
    /// The first variable that is required and missing.
    pub fn evaluate(&self, lookup: Lookup<'_>) -> Result<String, Missing> {
        let mut out = String::new();
        for part in &self.parts {
            match part {
                Part::Literal { text, .. } => out.push_str(text),
                Part::Dollar { .. } => out.push('$'),
                Part::Variable(variable) => out.push_str(&variable.evaluate(lookup)?),
            }
        }
        Ok(out)
    }
}

impl Variable {
    fn evaluate(&self, lookup: Lookup<'_>) -> Result<String, Missing> {
        let value = lookup(&self.name);
        let Some(Operation { operator, empty_is_unset, argument, .. }) = &self.operation else {
            return Ok(value.unwrap_or_default());
        };
        let there = value.filter(|it| !(*empty_is_unset && it.is_empty()));
        // Also an argument that is not needed is evaluated, so `${A:-${B:?}}` fails without B even if A is set
        // (compose-go 2.9; later ones look only at what is needed).
        let argument = argument.evaluate(lookup)?;
        match (operator, there) {
            (Operator::Default, None) | (Operator::Replace, Some(_)) => Ok(argument),
            (Operator::Default | Operator::Required, Some(value)) => Ok(value),
            (Operator::Replace, None) => Ok(String::new()),
            (Operator::Required, None) => {
                Err(Missing { name: self.name.clone(), message: argument, range: self.range.clone() })
            }
        }
    }

    /// Returns whether a missing value is an error.
    pub fn is_required(&self) -> bool {
        self.operation.as_ref().is_some_and(|it| it.operator == Operator::Required)
    }

    /// Returns the default, if one is written.
    pub fn default(&self) -> Option<&Template> {
        self.operation.as_ref().filter(|it| it.operator == Operator::Default).map(|it| &it.argument)
    }
}

impl fmt::Display for Template {
    /// Writes the text as it was read.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.parts.iter().try_for_each(|part| match part {
            Part::Literal { text, .. } => out.write_str(text),
            Part::Dollar { .. } => out.write_str("$$"),
            Part::Variable(variable) => variable.fmt(out),
        })
    }
}

impl fmt::Display for Variable {
    /// Writes the use as it was read.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = &self.name;
        match &self.operation {
            None if self.braced => write!(out, "${{{name}}}"),
            None => write!(out, "${name}"),
            Some(it) => write!(out, "${{{name}{}{}}}", it.symbol(), it.argument),
        }
    }
}

impl Operation {
    /// Returns the operator as it is written.
    pub fn symbol(&self) -> &'static str {
        match (self.operator, self.empty_is_unset) {
            (Operator::Default, true) => ":-",
            (Operator::Default, false) => "-",
            (Operator::Required, true) => ":?",
            (Operator::Required, false) => "?",
            (Operator::Replace, true) => ":+",
            (Operator::Replace, false) => "+",
        }
    }
}

struct Parser<'a> {
    text: &'a str,
    errors: Vec<Malformed>,
    oddities: Vec<Malformed>,
}

impl Parser<'_> {
    fn parts(&mut self, range: Range<usize>, depth: usize) -> Vec<Part> {
        let bytes = &self.text.as_bytes()[..range.end];
        let mut parts = Vec::new();
        let (mut from, mut at) = (range.start, range.start);
        let mut line = Line::default();
        while let Some(found) = memchr::memchr(b'$', &bytes[at..]) {
            let dollar = at + found;
            let (part, next) = match bytes.get(dollar + 1) {
                Some(b'$') => (Some(Part::Dollar { range: dollar..dollar + 2 }), dollar + 2),
                Some(b'{') => {
                    line.move_to(bytes, dollar);
                    self.braced(dollar, &line, depth)
                }
                _ => {
                    let end = name_end(bytes, dollar + 1);
                    let part = (end > dollar + 1).then(|| Part::Variable(self.variable(dollar..end, dollar + 1..end)));
                    (part, end)
                }
            };
            if let Some(part) = part {
                self.literal(from..dollar, &mut parts);
                parts.push(part);
                from = next;
            }
            at = next;
        }
        self.literal(from..range.end, &mut parts);
        parts
    }

    fn literal(&self, range: Range<usize>, parts: &mut Vec<Part>) {
        if !range.is_empty() {
            parts.push(Part::Literal { text: self.text[range.clone()].to_string(), range });
        }
    }

    fn variable(&self, range: Range<usize>, name_range: Range<usize>) -> Variable {
        let name = self.text[name_range.clone()].to_string();
        let braced = self.text[range.clone()].starts_with("${");
        Variable { name, name_range, range, braced, operation: None }
    }

    /// Reads `${…`. Returns the part, or none if it is malformed, and where to go on.
    fn braced(&mut self, dollar: usize, line: &Line, depth: usize) -> (Option<Part>, usize) {
        let bytes = self.text.as_bytes();
        let name = dollar + 2..name_end(&bytes[..line.end], dollar + 2);
        let inner = &bytes[name.end..line.end];
        if !name.is_empty() && inner.first() == Some(&b'}') {
            let end = name.end + 1;
            return (Some(Part::Variable(self.variable(dollar..end, name))), end);
        }
        let (empty_is_unset, symbol) = match inner {
            [b':', symbol, ..] => (true, *symbol),
            [symbol, ..] => (false, *symbol),
            [] => (false, 0),
        };
        let operator = match symbol {
            b'-' => Operator::Default,
            b'?' => Operator::Required,
            b'+' => Operator::Replace,
            _ => {
                self.malformed(dollar, &name, line);
                return (None, dollar + 2);
            }
        };
        let start = name.end + 1 + usize::from(empty_is_unset);
        let last = line.last_brace.filter(|&it| it >= start);
        let (Some(last), false) = (last, name.is_empty() || depth >= MAX_DEPTH) else {
            self.malformed(dollar, &name, line);
            return (None, dollar + 2);
        };
        let close = balanced(bytes, dollar, last).unwrap_or(last);
        self.look_at_operator(name.end, start, close);
        let parts = self.parts(start..close, depth + 1);
        let argument = Template { parts, ..Template::default() };
        let operation = Operation { operator, empty_is_unset, argument, range: start..close };
        let variable = self.variable(dollar..close + 1, name);
        (Some(Part::Variable(Variable { operation: Some(operation), ..variable })), close + 1)
    }

    /// `${A?:-x}` requires A, with the message `:-x`; `${A-:x}` has the default `:x`.
    fn look_at_operator(&mut self, operator: usize, start: usize, close: usize) {
        let argument = &self.text[start..close];
        let begins_with_operator = ["-", "?", "+", ":-", ":?", ":+"].iter().any(|it| argument.starts_with(it));
        // `--x`, `:--x` and the like are defaults that are options, and `:+--x` is one that is added.
        let operator_is = |it: char| self.text[operator..start].ends_with(it);
        let option = operator_is('-') && argument.starts_with('-') || operator_is('+') && argument.starts_with("--");
        // `+593…` is the number of a telephone.
        let number = argument.strip_prefix('+').is_some_and(|it| it.starts_with(|it: char| it.is_ascii_digit()));
        if begins_with_operator && !option && !number {
            let symbol = &self.text[operator..start];
            let message = format!("`{symbol}` is the operator here, and `{argument}` its argument");
            let help = "write one operator: `:-` for a default, `:?` for a message, `:+` for a replacement";
            let end = start + argument.len() - argument.trim_start_matches([':', '-', '?', '+']).len();
            self.oddities.push(Malformed::new(operator..end, message).help(help));
        }
    }

    fn malformed(&mut self, dollar: usize, name: &Range<usize>, line: &Line) {
        let bytes = self.text.as_bytes();
        let closed = line.last_brace.is_some_and(|it| it > dollar);
        let close = closed.then(|| memchr::memchr(b'}', &bytes[dollar..line.end])).flatten().map(|it| dollar + it);
        let written = &self.text[name.clone()];
        let next = self.text[name.end..line.end].chars().next();
        let range = dollar..close.map_or(line.end, |it| it + 1);
        let error = match (close, next) {
            (None, _) => Malformed::new(range, "`${` is not closed on this line")
                .help("close it with `}`, or write `$$` for a dollar that is meant as text"),
            (Some(_), Some('}')) if name.is_empty() => Malformed::new(range, "no name between `${` and `}`"),
            (Some(_), Some(next)) if name.is_empty() => {
                Malformed::new(range, format!("a variable name cannot start with `{next}`"))
                    .help("names are letters, digits and `_`; write `$$` for a dollar that is meant as text")
            }
            (Some(_), Some('=')) => bash(range, format!("write `${{{written}-…}}` for a default")),
            (Some(_), Some(':')) if bytes.get(name.end + 1) == Some(&b'=') => {
                bash(range, format!("write `${{{written}:-…}}` for a default"))
            }
            (Some(_), Some('/' | '#' | '%' | '^' | ',' | ':' | '@' | '[')) => {
                bash(range, "the forms are `:-`, `-`, `:?`, `?`, `:+` and `+`")
            }
            (Some(_), Some('-' | '?' | '+')) => Malformed::new(range, format!("more than {MAX_DEPTH} nested defaults")),
            (Some(_), next) => {
                let next = next.unwrap_or('}');
                Malformed::new(range, format!("a variable name cannot have `{next}` in it"))
                    .help("names are letters, digits and `_`; write `$$` for a dollar that is meant as text")
            }
        };
        self.errors.push(error);
    }
}

fn bash(range: Range<usize>, help: impl Into<String>) -> Malformed {
    Malformed::new(range, "this form is bash's; compose does not know it").help(help)
}

/// The line that a dollar is on, as far as the text that is read goes: no `${…}` spans lines.
#[derive(Default)]
struct Line {
    end: usize,
    last_brace: Option<usize>,
}

impl Line {
    fn move_to(&mut self, bytes: &[u8], at: usize) {
        if at >= self.end {
            self.end = memchr::memchr(b'\n', &bytes[at..]).map_or(bytes.len(), |it| at + it);
            self.last_brace = memchr::memrchr(b'}', &bytes[at..self.end]).map(|it| at + it);
        }
    }
}

fn name_end(bytes: &[u8], start: usize) -> usize {
    let is_name = |(nth, it): (usize, &u8)| it.is_ascii_alphabetic() || *it == b'_' || nth > 0 && it.is_ascii_digit();
    bytes[start..].iter().enumerate().position(|it| !is_name(it)).map_or(bytes.len(), |it| start + it)
}

/// Finds the brace that closes the one after `dollar`, no later than `last`, as compose-go's
/// `getFirstBraceClosingIndex` does: every brace counts, and the byte after an opening one is not looked at.
fn balanced(bytes: &[u8], dollar: usize, last: usize) -> Option<usize> {
    let (mut open, mut at) = (0_i32, dollar);
    while at <= last {
        match bytes[at] {
            b'}' => {
                open -= 1;
                if open == 0 {
                    return Some(at);
                }
            }
            b'{' => {
                open += 1;
                at += 1;
            }
            _ => {}
        }
        at += 1;
    }
    None
}

#[cfg(test)]
mod tests;
