//! Text that may hold variables for the target to fill in at deploy time: `${VAR}` and its forms.

use smallvec::{SmallVec, smallvec};

use crate::source::Span;

/// Literal parts and variables, in order. Neighbouring literals are joined.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Text {
    /// The parts. Nearly every text is one literal, which then needs no list on the heap.
    pub parts: SmallVec<[Part; 1]>,
}

/// A part of a text.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Part {
    /// Exactly these characters: every target escapes them as it must.
    Literal(String),
    /// A variable of the spec, filled in at deploy time.
    Variable(Box<Variable>),
    /// The number of the replica, which Swarm fills in when it starts one. Other targets know the number.
    Slot,
}

/// A reference to a variable: `${NAME}`, `${NAME:-default}` ….
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Variable {
    /// The variable's name.
    pub name: String,
    /// What happens when it is unset or empty.
    pub fallback: Option<Fallback>,
    /// Where it is written.
    pub span: Span,
}

/// The operator of a variable reference and its argument.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Fallback {
    /// What the operator does.
    pub operator: Operator,
    /// Whether an empty value counts as unset (the `:` of `:-`).
    pub empty_too: bool,
    /// What stands after the operator.
    pub argument: Text,
}

/// The three operators that compose knows.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Operator {
    /// `-`: the argument instead.
    Default,
    /// `?`: an error with the argument as message.
    Required,
    /// `+`: the argument if the variable is set, else nothing.
    Alternative,
}

impl Text {
    /// Makes a text of one literal.
    pub fn literal(text: impl Into<String>) -> Text {
        let text = text.into();
        Text { parts: if text.is_empty() { SmallVec::new() } else { smallvec![Part::Literal(text)] } }
    }

    /// Returns the text if it holds no variable.
    pub fn as_literal(&self) -> Option<&str> {
        match self.parts.as_slice() {
            [] => Some(""),
            [Part::Literal(it)] => Some(it),
            _ => None,
        }
    }

    /// Adds a literal at the end.
    pub fn push_literal(&mut self, text: &str) {
        if text.is_empty() {
            return;
        }
        if let Some(Part::Literal(last)) = self.parts.last_mut() {
            last.push_str(text);
        } else {
            self.parts.push(Part::Literal(text.to_string()));
        }
    }

    /// Adds another text at the end.
    pub fn append(&mut self, other: Text) {
        for part in other.parts {
            match part {
                Part::Literal(it) => self.push_literal(&it),
                other @ (Part::Variable(_) | Part::Slot) => self.parts.push(other),
            }
        }
    }

    /// Returns every variable, also those inside of defaults.
    pub fn variables(&self) -> Vec<&Variable> {
        let mut found = Vec::new();
        self.each_variable(&mut |it| found.push(it));
        found
    }

    /// Visits every variable, also those inside of defaults.
    pub fn each_variable<'a>(&'a self, visit: &mut dyn FnMut(&'a Variable)) {
        for part in &self.parts {
            if let Part::Variable(variable) = part {
                visit(variable);
                if let Some(fallback) = &variable.fallback {
                    fallback.argument.each_variable(visit);
                }
            }
        }
    }

    /// Writes the text in compose's notation: `$` doubled, variables as they were written.
    pub fn to_compose(&self) -> String {
        let mut out = String::new();
        self.write(&mut out, ("$", "$$"), "{{.Task.Slot}}");
        out
    }

    /// Writes the text for a picture: a variable as its default where that is a literal, else as `$NAME`.
    pub fn to_brief(&self) -> String {
        let part = |it: &Part| match it {
            Part::Literal(it) => it.clone(),
            Part::Slot => "N".to_string(),
            Part::Variable(it) => {
                let default = it.fallback.as_ref().filter(|it| it.operator == Operator::Default);
                let known = default.and_then(|it| it.argument.as_literal()).filter(|it| !it.is_empty());
                known.map_or_else(|| format!("${}", it.name), str::to_string)
            }
        };
        self.parts.iter().map(part).collect()
    }

    /// Writes the text as the spec has it, for messages.
    pub fn to_source(&self) -> String {
        let mut out = String::new();
        self.write(&mut out, ("${", "$${"), "@{slot}");
        out
    }

    /// Writes the parts; in literals, `special` stands as `escaped`.
    fn write(&self, out: &mut String, (special, escaped): (&str, &str), slot: &str) {
        for part in &self.parts {
            match part {
                Part::Literal(it) if it.contains('$') => out.push_str(&it.replace(special, escaped)),
                Part::Literal(it) => out.push_str(it),
                Part::Slot => out.push_str(slot),
                Part::Variable(it) => {
                    out.push_str("${");
                    out.push_str(&it.name);
                    if let Some(fallback) = &it.fallback {
                        out.push_str(fallback.sign());
                        fallback.argument.write(out, (special, escaped), slot);
                    }
                    out.push('}');
                }
            }
        }
    }
}

impl Fallback {
    /// Returns the operator as compose writes it.
    pub fn sign(&self) -> &'static str {
        match (self.operator, self.empty_too) {
            (Operator::Default, true) => ":-",
            (Operator::Default, false) => "-",
            (Operator::Required, true) => ":?",
            (Operator::Required, false) => "?",
            (Operator::Alternative, true) => ":+",
            (Operator::Alternative, false) => "+",
        }
    }
}
