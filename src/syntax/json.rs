//! JSON text to the shared tree. Strict JSON: no comments, no trailing commas.

use jsonc_parser::ast;
use jsonc_parser::common::Ranged as _;
use jsonc_parser::{CollectOptions, ParseOptions};

use super::node::{Entry, Map, Node, Style};
use super::{DUPLICATE_KEY, SYNTAX_ERROR};
use crate::diag::{Diagnostic, Diags, Level};
use crate::source::{FileId, Span};

/// Reads a JSON text; an empty one is an error.
pub fn parse(text: &str, file: FileId, diags: &mut Diags) -> Option<Node> {
    let strict = ParseOptions {
        allow_comments: false,
        allow_loose_object_property_names: false,
        allow_trailing_commas: false,
        allow_missing_commas: false,
        allow_single_quoted_strings: false,
        allow_hexadecimal_numbers: false,
        allow_unary_plus_numbers: false,
        allow_bare_decimal_point_numbers: false,
        allow_non_finite_numbers: false,
        allow_extended_string_escapes: false,
    };
    match jsonc_parser::parse_to_ast(text, &CollectOptions::default(), &strict) {
        Ok(result) => match result.value {
            Some(value) => Some(node(&value, file, diags)),
            None => {
                let message = "not JSON: the file is empty";
                diags.push(Diagnostic::new(SYNTAX_ERROR, Level::Error, Span::new(file, 0, 0), message));
                None
            }
        },
        Err(error) => {
            let range = error.range();
            let message = format!("not JSON: {}", error.kind());
            diags.push(Diagnostic::new(SYNTAX_ERROR, Level::Error, Span::new(file, range.start, range.end), message));
            None
        }
    }
}

fn node(value: &ast::Value<'_>, file: FileId, diags: &mut Diags) -> Node {
    let range = value.range();
    let span = Span::new(file, range.start, range.end);
    match value {
        ast::Value::StringLit(it) => Node::scalar(&*it.value, Style::Quoted, span),
        ast::Value::NumberLit(it) => Node::scalar(it.value, Style::Plain, span),
        ast::Value::BooleanLit(it) => Node::scalar(if it.value { "true" } else { "false" }, Style::Plain, span),
        ast::Value::NullKeyword(_) => Node::scalar("null", Style::Plain, span),
        ast::Value::Array(it) => Node::seq(it.elements.iter().map(|it| node(it, file, diags)).collect(), span),
        ast::Value::Object(it) => {
            let mut map = Map::default();
            for property in &it.properties {
                let range = property.name.range();
                let key_span = Span::new(file, range.start, range.end);
                let key = property.name.as_str();
                if let Some(first) = map.entry(key) {
                    let message = format!("`{key}` is written twice in this map");
                    let error = Diagnostic::new(DUPLICATE_KEY, Level::Error, key_span, message);
                    diags.push(error.label("here again").also(first.key_span, "first here").help("keep one of them"));
                    continue;
                }
                let value = node(&property.value, file, diags);
                map.entries.push(Entry { key: key.into(), key_span, value });
            }
            Node::map(map, span)
        }
    }
}
