//! `vars`: every variable once, in named groups.

use std::borrow::Cow;
use std::sync::Arc;

use indexmap::IndexMap;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use super::decode::{Context, Decode, OneOrMany, entries};
use super::schema::value_or;
use super::text::Text;
use super::{MISPLACED_VARIABLE, UNKNOWN_KEY};
use crate::diag::{Diagnostic, Level};
use crate::source::{Span, Spanned};
use crate::syntax::node::{Entry, Node};

/// A group of variables: a section of the templates, and the unit that a service asks for.
#[derive(Clone, Default, Debug)]
pub struct Group {
    /// Heading of the section.
    pub doc: Option<Text>,
    /// The variables, in written order, with the places of their names.
    pub variables: IndexMap<String, Spanned<Variable>>,
}

/// What is known of a variable.
#[derive(Clone, Default, Debug, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Variable {
    /// What it is for: the comment above it in templates.
    pub doc: Option<Text>,
    /// The value when nothing else is said; what the host sees, where `inside` differs.
    pub default: Option<Text>,
    /// The value that containers see, such as `@{db.host}`, while `default` serves the host.
    pub inside: Option<Box<Text>>,
    /// A value per environment.
    #[schemars(with = "Option<std::collections::BTreeMap<String, crate::spec::schema::AnyText>>")]
    pub r#in: Option<Box<IndexMap<String, Spanned<Text>>>>,
    /// It must not be empty: `true`, or the message when it is.
    #[schemars(with = "Option<crate::spec::variable::FlagOrText>")]
    pub required: Option<Box<FlagOrText>>,
    /// Never committed: `true`, or the command that makes a value.
    #[schemars(with = "Option<crate::spec::variable::FlagOrText>")]
    pub secret: Option<Box<FlagOrText>>,
    /// Commented out in templates.
    pub optional: Option<bool>,
    /// One value for all environments: the secret store has it without a prefix.
    pub shared: Option<bool>,
    /// What the value is.
    #[schemars(with = "Option<ValueType>")]
    pub r#type: Option<Spanned<ValueType>>,
    /// The values it may have.
    #[schemars(with = "Option<Vec<crate::spec::schema::AnyText>>")]
    pub one_of: Vec<Text>,
    /// Values to show in templates.
    #[schemars(with = "Option<OneOrMany<Text>>")]
    pub examples: OneOrMany<Text>,
    /// `deploy`: for interpolation only, never delivered to a container.
    #[schemars(with = "Option<Scope>")]
    pub scope: Option<Scope>,
    /// The third-party image or program that reads it.
    pub read_by: Option<Box<Text>>,
}

impl Variable {
    /// Returns the values that are said for one environment each.
    pub fn of_environments(&self) -> impl Iterator<Item = (&String, &Spanned<Text>)> {
        self.r#in.iter().flat_map(|it| it.iter())
    }

    /// Returns whether every environment has the same, as far as the declaration says.
    pub fn is_of_all(&self) -> bool {
        self.of_environments().next().is_none()
    }

    /// Returns the value that is said for one environment.
    pub fn of_environment(&self, name: &str) -> Option<&Spanned<Text>> {
        self.r#in.as_ref()?.get(name)
    }
}

/// `true`, `false`, or a text that says more.
#[derive(Clone, Debug)]
pub enum FlagOrText {
    /// Only yes or no.
    Flag(bool, Span),
    /// Yes, and this.
    Text(Text),
}

impl FlagOrText {
    /// Returns whether it is on.
    pub fn is_on(&self) -> bool {
        !matches!(self, FlagOrText::Flag(false, _))
    }

    /// Returns the text, if there is one.
    pub fn text(&self) -> Option<&Arc<str>> {
        if let FlagOrText::Text(it) = self { Some(&it.value) } else { None }
    }

    /// Returns where it is written.
    pub fn span(&self) -> Span {
        match self {
            FlagOrText::Flag(_, span) => *span,
            FlagOrText::Text(it) => it.span,
        }
    }
}

impl Decode for FlagOrText {
    fn decode(node: &Node, cx: &mut Context<'_>) -> Option<FlagOrText> {
        match node.as_bool() {
            Some(it) => Some(FlagOrText::Flag(it, node.place())),
            None => Some(FlagOrText::Text(Text::decode(node, cx)?)),
        }
    }
}

impl JsonSchema for FlagOrText {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "FlagOrText".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": ["boolean", "string"]})
    }
}

/// What kind of value a variable has.
#[derive(Clone, Copy, PartialEq, Eq, Debug, JsonSchema)]
#[schemars(rename_all = "lowercase")]
pub enum ValueType {
    /// Any text.
    Text,
    /// A whole number.
    Int,
    /// A number.
    Float,
    /// A boolean, as pydantic reads one.
    Bool,
    /// A JSON value.
    Json,
    /// A URL with a scheme.
    Url,
    /// A port number.
    Port,
}

/// Where a variable is used.
#[derive(Clone, Copy, PartialEq, Eq, Debug, JsonSchema)]
#[schemars(rename_all = "lowercase")]
pub enum Scope {
    /// In containers, and for interpolation.
    Service,
    /// For interpolation only.
    Deploy,
}

impl Decode for ValueType {
    fn decode(node: &Node, cx: &mut Context<'_>) -> Option<ValueType> {
        use ValueType::{Bool, Float, Int, Json, Port, Text, Url};
        let words = [
            ("text", Text),
            ("int", Int),
            ("float", Float),
            ("bool", Bool),
            ("json", Json),
            ("url", Url),
            ("port", Port),
        ];
        cx.word(node, &words)
    }
}

impl Decode for Scope {
    fn decode(node: &Node, cx: &mut Context<'_>) -> Option<Scope> {
        cx.word(node, &[("service", Scope::Service), ("deploy", Scope::Deploy)])
    }
}

impl Decode for Variable {
    fn decode(node: &Node, cx: &mut Context<'_>) -> Option<Variable> {
        if node.is_null() {
            return Some(Variable::default());
        }
        if node.as_text().is_some() {
            return Some(Variable { default: Text::decode(node, cx), ..Variable::default() });
        }
        if node.as_map().is_none() {
            return cx.expected(node, "a value, or a map that describes the variable");
        }
        let mut fields = cx.fields(node, "a variable");
        let variable = Variable {
            doc: fields.get("doc", cx),
            default: fields.get("default", cx),
            inside: fields.get("inside", cx),
            r#in: fields.get("in", cx),
            required: fields.get("required", cx),
            secret: fields.get("secret", cx),
            optional: fields.get("optional", cx),
            shared: fields.get("shared", cx),
            r#type: fields.get("type", cx),
            one_of: fields.or_default("one_of", cx),
            examples: fields.or_default("examples", cx),
            scope: fields.get("scope", cx),
            read_by: fields.get("read_by", cx),
        };
        fields.finish(cx)?;
        Some(variable)
    }
}

/// Returns whether a key of a group names a variable: upper case, as env files have it.
pub fn is_variable_name(key: &str) -> bool {
    let mut characters = key.chars();
    characters.next().is_some_and(|it| it.is_ascii_uppercase() || it == '_')
        && characters.all(|it| it.is_ascii_uppercase() || it.is_ascii_digit() || it == '_')
}

impl Decode for Group {
    fn decode(node: &Node, cx: &mut Context<'_>) -> Option<Group> {
        let Some(map) = node.as_map() else { return cx.expected(node, "a group of variables (a map)") };
        let mut group = Group::default();
        for entry in &map.entries {
            let key = &*entry.key;
            if key == "doc" {
                group.doc = Text::decode(&entry.value, cx);
            } else if is_variable_name(key) {
                if let Some(variable) = Variable::decode(&entry.value, cx) {
                    group.variables.insert(key.to_string(), Spanned::new(variable, entry.key_span));
                }
            } else {
                let upper = key.to_ascii_uppercase().replace('-', "_");
                let message = format!("a group has no field `{key}`, and a variable's name is in upper case");
                let error = Diagnostic::new(UNKNOWN_KEY, Level::Error, entry.key_span, message);
                cx.diags.push(if is_variable_name(&upper) {
                    error.help(format!("did you mean `{upper}`?"))
                } else {
                    error
                });
            }
        }
        Some(group)
    }
}

impl JsonSchema for Group {
    fn schema_name() -> Cow<'static, str> {
        "Group".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let variable = value_or::<Variable>(generator);
        json_schema!({
            "description": "A group of variables: a section of the templates, and the unit that a service asks for.",
            "type": "object",
            "properties": {"doc": {"type": "string", "description": "Heading of the section."}},
            "patternProperties": {"^[A-Z_][A-Z0-9_]*$": {"anyOf": [variable, {"type": "null"}]}},
            "additionalProperties": false
        })
    }
}

/// All groups by name.
#[derive(Clone, Default, Debug)]
pub struct Vars {
    /// The groups, in written order.
    pub groups: IndexMap<String, Spanned<Group>>,
}

impl Decode for Vars {
    fn decode(node: &Node, cx: &mut Context<'_>) -> Option<Vars> {
        let Some(map) = node.as_map() else { return cx.expected(node, "groups of variables (a map)") };
        let (misplaced, groups): (Vec<&Entry>, Vec<&Entry>) =
            map.entries.iter().partition(|it| is_variable_name(&it.key));
        for entry in misplaced {
            let message = format!("the variable `{}` stands outside of a group", entry.key);
            let error = Diagnostic::new(MISPLACED_VARIABLE, Level::Error, entry.key_span, message);
            cx.diags.push(error.help("put it under a group, such as `app:`; services ask for groups"));
        }
        Some(Vars { groups: entries(groups.into_iter(), cx) })
    }
}

impl JsonSchema for Vars {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Vars".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let group = generator.subschema_for::<Group>();
        json_schema!({
            "type": "object",
            "patternProperties": {"^(?![A-Z_][A-Z0-9_]*$)": group},
            "additionalProperties": false
        })
    }
}
