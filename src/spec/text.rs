//! Text with its place, and command lines.

use std::borrow::Cow;
use std::sync::Arc;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use super::decode::{Context, Decode};
use super::schema::AnyText;
use crate::source::Span;
use crate::syntax::node::Node;

/// A text exactly as written: a number or `yes` in the spec is that text too.
#[derive(Clone, Debug)]
pub struct Text {
    /// The text: the tree's own, so that a decoded spec holds no second copy of it.
    pub value: Arc<str>,
    /// Where it is written.
    pub span: Span,
}

impl Decode for Text {
    fn decode(node: &Node, cx: &mut Context<'_>) -> Option<Text> {
        Some(Text { value: Arc::decode(node, cx)?, span: node.place() })
    }
}

impl JsonSchema for Text {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        AnyText::schema_name()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        AnyText::json_schema(generator)
    }
}

/// A command: a string, split into words like a shell would but run without one, or the list of words.
#[derive(Clone, Debug)]
pub enum CommandLine {
    /// One string.
    Line(Text),
    /// The words.
    Words(Vec<Text>, Span),
}

impl CommandLine {
    /// Returns where it is written.
    pub fn span(&self) -> Span {
        match self {
            CommandLine::Line(it) => it.span,
            CommandLine::Words(_, span) => *span,
        }
    }
}

impl Decode for CommandLine {
    fn decode(node: &Node, cx: &mut Context<'_>) -> Option<CommandLine> {
        if node.as_seq().is_some() {
            return Some(CommandLine::Words(Vec::decode(node, cx)?, node.place()));
        }
        match node.as_text() {
            Some(_) => Some(CommandLine::Line(Text::decode(node, cx)?)),
            None => cx.expected(node, "a command: text, or a list of words"),
        }
    }
}

impl JsonSchema for CommandLine {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Command".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let text = AnyText::json_schema(generator);
        json_schema!({"anyOf": [text, {"type": "array", "items": text}]})
    }
}
