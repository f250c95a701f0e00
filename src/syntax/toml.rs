//! TOML text to the shared tree.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::SYNTAX_ERROR;
use super::node::{Entry, Map, Node, Style};
use crate::diag::{Diagnostic, Diags, Level};
use crate::source::{FileId, Span};

/// Reads a TOML text; all syntax errors are reported.
pub fn parse(text: &str, file: FileId, diags: &mut Diags) -> Option<Node> {
    let (table, errors) = DeTable::parse_recoverable(text);
    for error in &errors {
        let range = error.span().unwrap_or(0..0);
        let message = format!("not TOML: {}", error.message());
        diags.push(Diagnostic::new(SYNTAX_ERROR, Level::Error, Span::new(file, range.start, range.end), message));
    }
    if !errors.is_empty() {
        return None;
    }
    let span = Span::new(file, table.span().start, table.span().end);
    Some(map(table.get_ref(), text, file, span))
}

fn map(table: &DeTable<'_>, text: &str, file: FileId, span: Span) -> Node {
    let mut map = Map::default();
    for (key, value) in table {
        let at = key.span();
        let value = node(value, text, file);
        map.entries.push(Entry {
            key: key.get_ref().as_ref().into(),
            key_span: Span::new(file, at.start, at.end),
            value,
        });
    }
    Node::map(map, span)
}

fn node(value: &Spanned<DeValue<'_>>, text: &str, file: FileId) -> Node {
    let at = value.span();
    let span = Span::new(file, at.start, at.end);
    match value.get_ref() {
        DeValue::String(it) => Node::scalar(&**it, Style::Quoted, span),
        DeValue::Array(items) => Node::seq(items.iter().map(|it| node(it, text, file)).collect(), span),
        DeValue::Table(it) => map(it, text, file, span),
        // Numbers, booleans and dates keep the text that was written.
        _ => Node::scalar(&text[at], Style::Plain, span),
    }
}
