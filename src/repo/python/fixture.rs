//! Places that make settings objects: `Settings(…)`, `Settings.model_construct(…)`, `settings.model_copy(update={…})`.

use serde::{Deserialize, Serialize};

use ruff_python_ast::{Arguments, Expr, ExprCall, ExprDict};
use ruff_text_size::{Ranged, TextRange};

use super::source::{Source, keyword};
use crate::repo::fact::{Fixture, FixtureBy};
use crate::source::{Span, Spanned};

/// A call that may make a settings object, until the class is found.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RawFixture {
    /// The dotted meaning of the class; empty for a copy, whose class is not written.
    pub class: String,
    /// What is known.
    pub fixture: Fixture,
}

/// Reads a call.
pub fn read(source: &Source, call: &ExprCall) -> Option<RawFixture> {
    // `partial(Settings, …)` takes the same arguments.
    let is_bare = || call.func.is_name_expr() && source.meaning(&call.func).is_some_and(|it| it == "partial");
    let is_partial = source.is(&call.func, "functools", "partial") || is_bare();
    let callee = call.arguments.args.first().filter(|_| is_partial).unwrap_or(&call.func);
    let (by, class, place) = match callee {
        Expr::Attribute(it) if it.attr.id == "model_construct" || it.attr.id == "construct" => {
            (FixtureBy::Construct, source.meaning(&it.value)?.into_owned(), it.value.range())
        }
        Expr::Attribute(it) if it.attr.id == "model_copy" || it.attr.id == "copy" => {
            keyword(&call.arguments, "update")?;
            (FixtureBy::Copy, String::new(), it.value.range())
        }
        callee => {
            // Imported under another name, it is still the class.
            let name = source.last_name(callee)?;
            // Only what is named like a class may be one, and its name says what it is for.
            let is_class = name.trim_start_matches('_').starts_with(|it: char| it.is_ascii_uppercase());
            if !is_class || !is_settings_like(name) {
                return None;
            }
            (FixtureBy::Call, source.meaning(callee)?.into_owned(), callee.range())
        }
    };
    let mut fixture = Fixture {
        class: Spanned::new(source.slice(place).to_string(), source.span(place)),
        declared_in: String::new(),
        by,
        arguments: Vec::new(),
        argument_spans: Vec::new(),
        env_file: None,
        has_more: false,
        in_test: source.input.in_test,
        span: source.span(call.range()),
    };
    match (by, keyword(&call.arguments, "update")) {
        (FixtureBy::Copy, Some(Expr::Dict(update))) => take_items(source, update, &mut fixture),
        (FixtureBy::Copy, _) => return None,
        _ => take_arguments(source, &call.arguments, &mut fixture),
    }
    Some(RawFixture { class, fixture })
}

fn is_settings_like(name: &str) -> bool {
    ["Settings", "Config", "Conf", "Env", "Environment", "Options", "Secrets"].iter().any(|it| name.ends_with(it))
}

/// `{"url": "x"}`, which becomes arguments.
fn take_items(source: &Source, dict: &ExprDict, fixture: &mut Fixture) {
    for item in &dict.items {
        let Some(name) = item.key.as_ref().and_then(|it| source.string(it)) else {
            fixture.has_more = true;
            continue;
        };
        let value = source.env_text(&item.value);
        let value = value.map(|it| Spanned::new(it, source.span(item.value.range())));
        let start = item.key.as_ref().map_or(item.value.range(), Ranged::range);
        fixture.argument_spans.push(with_comma(source, start.cover(item.value.range())));
        fixture.arguments.push((name, value));
    }
}

fn take_arguments(source: &Source, arguments: &Arguments, fixture: &mut Fixture) {
    fixture.has_more |= arguments.args.iter().any(Expr::is_starred_expr);
    for keyword in &arguments.keywords {
        let Some(name) = &keyword.arg else {
            match &keyword.value {
                Expr::Dict(it) => take_items(source, it, fixture),
                Expr::Call(it) if matches!(&*it.func, Expr::Name(it) if it.id == "dict") => {
                    take_arguments(source, &it.arguments, fixture);
                }
                _ => fixture.has_more = true,
            }
            continue;
        };
        let value = source.env_text(&keyword.value);
        let value = value.map(|it| Spanned::new(it, source.span(keyword.value.range())));
        if name.id == "_env_file" {
            fixture.env_file = source.string(&keyword.value);
            fixture.has_more |= fixture.env_file.is_none() && !keyword.value.is_none_literal_expr();
        } else if !name.id.starts_with('_') {
            fixture.arguments.push((Spanned::new(name.id.to_string(), source.span(name.range)), value));
            fixture.argument_spans.push(with_comma(source, keyword.range));
        }
    }
}

/// Returns an argument with the comma after it and the blanks before the next one, so that it can be taken out.
fn with_comma(source: &Source, range: TextRange) -> Span {
    let (start, end) = (range.start().to_usize(), range.end().to_usize());
    let text = source.input.text;
    let rest = &text[end..];
    let line_start = text[..start].rfind('\n').map_or(0, |it| it + 1);
    let is_alone = text[line_start..start].trim().is_empty();
    match rest.strip_prefix(',') {
        // A line of its own goes with its comment and its line break.
        Some(after) if is_alone => {
            let tail = after.find('\n').map_or(after.len(), |it| it + 1);
            let is_last = after[..tail].trim().is_empty() || after.trim_start().starts_with('#');
            let tail = if is_last { tail } else { after.len() - after.trim_start_matches(' ').len() };
            let start = if is_last { line_start } else { start };
            Span::new(source.input.file, start, end + 1 + tail)
        }
        Some(after) => {
            let blanks = after.len() - after.trim_start_matches(' ').len();
            Span::new(source.input.file, start, end + 1 + blanks)
        }
        // The last one goes with the comma before it.
        None => {
            let before = text[..start].trim_end();
            let start = if before.ends_with(',') { before.len() - 1 } else { start };
            Span::new(source.input.file, start, end)
        }
    }
}
