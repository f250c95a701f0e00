//! Walks an object along the table of fields: unknown and missing fields, wrong types, and the limits of single values.

use std::borrow::Cow;

use super::at::At;
use super::fields::{FIELDS, Field, Shape, Type};
use super::limits::Limit;
use super::scalar::{Scalar, int, scalar};
use super::tree::Tree;
use super::{FaultKind, Judge, format};
use crate::diag::did_you_mean;
use crate::syntax::quantity;

/// Judges a map that must be of a type.
pub fn walk(at: &At<'_>, of: usize, judge: &mut Judge) {
    let of = FIELDS.of(of);
    if !at.tree.is_map() {
        return wrong(at, "a map", judge);
    }
    let mut has_unknown = false;
    for (key, inner) in at.entries() {
        // Directives of a strategic merge patch are no fields.
        if key.starts_with('$') {
            continue;
        }
        let field = of.field(key);
        has_unknown |= field.is_none();
        match field.filter(|it| it.served.contains(judge.version)) {
            Some(field) if !inner.tree.is_null() => field_of(&inner, field, judge),
            Some(_) => {}
            None => unknown(&inner, key, of, judge),
        }
    }
    // What seems to be missing is often there, misspelt.
    if !judge.partial && !has_unknown {
        required(at, of, judge);
    }
}

fn field_of(at: &At<'_>, field: &Field, judge: &mut Judge) {
    let before = judge.faults.len();
    shape(at, &field.shape, judge);
    // A value of the wrong type needs no second complaint.
    if judge.faults.len() == before {
        field.limits.iter().for_each(|(_, it)| limit(at, it, judge));
    }
}

fn shape(at: &At<'_>, shape: &Shape, judge: &mut Judge) {
    match shape {
        Shape::Any | Shape::Time => {}
        Shape::Type(of) => walk(at, *of, judge),
        Shape::List(_) if !at.tree.is_list() => wrong(at, "a list", judge),
        Shape::List(item) => at.items().for_each(|it| self::shape(&it, item, judge)),
        Shape::Map(_) if !at.tree.is_map() => wrong(at, "a map", judge),
        Shape::Map(value) => {
            let entries = at.entries().filter(|(_, it)| !it.tree.is_null());
            entries.for_each(|(_, it)| self::shape(&it, value, judge));
        }
        _ => single(at, shape, judge),
    }
}

fn single(at: &At<'_>, shape: &Shape, judge: &mut Judge) {
    let found = scalar(at.tree);
    let fits = match (shape, found) {
        // What a template fills in before the API server sees it may become anything.
        (_, Some(Scalar::Placeholder)) => true,
        (_, None) => false,
        (Shape::Text, Some(it)) => it == Scalar::Text,
        (Shape::Base64, Some(it)) => it == Scalar::Text && is_base64(at.tree.text().unwrap_or_default()),
        (Shape::Bool, Some(it)) => it == Scalar::Bool,
        // A port that is `PORT` waits for somebody to fill it in.
        (Shape::Int, Some(it)) => it == Scalar::Int || is_shout(at),
        (Shape::Number, Some(it)) => matches!(it, Scalar::Int | Scalar::Float),
        (Shape::IntOrText, Some(it)) => matches!(it, Scalar::Int | Scalar::Text),
        (Shape::Quantity, Some(Scalar::Bool)) => false,
        (Shape::Quantity, Some(_)) => return amount(at, judge),
        _ => true,
    };
    if !fits {
        mistyped(at, shape, found, judge);
    }
}

fn is_shout(at: &At<'_>) -> bool {
    let text = at.tree.text().unwrap_or_default();
    text.len() > 2 && text.bytes().all(|it| it.is_ascii_uppercase())
}

/// A plain value that YAML reads as something else than the text it was meant to be: the commonest mistake of all.
fn mistyped(at: &At<'_>, shape: &Shape, found: Option<Scalar>, judge: &mut Judge) {
    let wanted = match shape {
        Shape::Text => "text",
        Shape::Base64 => "text in base 64",
        Shape::Bool => "`true` or `false`",
        Shape::Int => "a whole number",
        Shape::Number => "a number",
        Shape::IntOrText => "a whole number or text",
        _ => "an amount such as `500m` or `2Gi`",
    };
    let text = &*at.tree.written().unwrap_or_default();
    match (shape, found) {
        (Shape::Text, Some(found)) => {
            let quoted = format!("\"{text}\"");
            judge
                .fault(FaultKind::WrongType, at, format!("must be text, and YAML reads `{text}` as {}", found.word()))
                .help(format!("write `{quoted}`"))
                .replace(at.tree.place(), quoted);
        }
        (Shape::Int | Shape::Bool, Some(Scalar::Text)) if is_only_quoted(text, shape) => {
            judge
                .fault(FaultKind::WrongType, at, format!("must be {wanted}, and in quotes it is text"))
                .help(format!("write `{text}` without quotes"))
                .replace(at.tree.place(), text.to_string());
        }
        _ => wrong(at, wanted, judge),
    }
}

fn is_only_quoted(text: &str, shape: &Shape) -> bool {
    match shape {
        Shape::Bool => matches!(text, "true" | "false"),
        _ => text.parse::<i64>().is_ok(),
    }
}

fn wrong(at: &At<'_>, wanted: &str, judge: &mut Judge) {
    judge.fault(FaultKind::WrongType, at, format!("must be {wanted}, and is {}", at.tree.shape()));
}

fn amount(at: &At<'_>, judge: &mut Judge) {
    let text = &*at.tree.written().unwrap_or_default();
    let Err(error) = quantity::parse(text) else { return };
    let meant = compose_amount(text);
    let help = meant.as_ref().map_or_else(
        || "write it as `500m`, `2`, `512Mi` or `2Gi`".to_string(),
        |it| format!("write `{it}`: Kubernetes counts in `Ki`, `Mi`, `Gi`"),
    );
    judge.fault(FaultKind::Invalid, at, error.message).help(help);
}

/// `2g` and `512mb` are compose's way to write what is `2Gi` and `512Mi` here.
fn compose_amount(text: &str) -> Option<String> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let unit = text[digits..].to_ascii_lowercase();
    let unit = unit.strip_suffix("ib").or(unit.strip_suffix('b')).unwrap_or(&unit);
    let unit = ["k", "m", "g", "t"].into_iter().find(|it| *it == unit)?;
    (digits > 0).then(|| format!("{}{}i", &text[..digits], if unit == "k" { "K".into() } else { unit.to_uppercase() }))
}

fn is_base64(text: &str) -> bool {
    let text: Vec<u8> = text.bytes().filter(|it| !it.is_ascii_whitespace()).collect();
    let padding = text.iter().rev().take_while(|it| **it == b'=').count();
    let body = &text[..text.len() - padding];
    text.len().is_multiple_of(4)
        && padding <= 2
        && body.iter().all(|it| it.is_ascii_alphanumeric() || matches!(it, b'+' | b'/'))
}

fn unknown(at: &At<'_>, key: &str, of: &Type, judge: &mut Judge) {
    let names = || of.fields.iter().filter(|it| it.served.contains(judge.version)).map(|it| it.name);
    if let Some(field) = of.field(key) {
        let message = match (field.served.since, field.served.until) {
            (Some(since), _) if judge.version.is_some_and(|it| it < since) => format!("came with Kubernetes 1.{since}"),
            (_, Some(until)) => format!("is gone since Kubernetes 1.{}", until + 1),
            _ => "is not served".to_string(),
        };
        judge.fault(FaultKind::UnknownField, at, format!("`{key}` {message}"));
        return;
    }
    let near = did_you_mean(key, names()).or_else(|| names().find(|it| it.eq_ignore_ascii_case(key)));
    let message = format!("`{}` has no field `{key}`", of.name.trim_start_matches("autoscalingv2"));
    let (span, near) = (at.span, near.map(str::to_string));
    let fault = judge.fault(FaultKind::UnknownField, at, message);
    if let Some(near) = near {
        fault.help(format!("did you mean `{near}`?")).replace(span, near);
    }
}

fn required(at: &At<'_>, of: &Type, judge: &mut Judge) {
    for field in of.fields.iter().filter(|it| it.required) {
        missing(at, field.name, judge);
    }
    for limit in of.limits {
        match limit {
            Limit::Needed(fields) => fields.iter().for_each(|it| missing(at, it, judge)),
            Limit::OneOf(fields) => one_of(at, fields, true, judge),
            Limit::AtMostOne(fields) => one_of(at, fields, false, judge),
            _ => {}
        }
    }
}

fn missing(at: &At<'_>, field: &str, judge: &mut Judge) {
    if at.get(field).is_none() && !judge.faults.iter().any(|it| it.kind == FaultKind::Required && it.span == at.span) {
        judge.fault(FaultKind::Required, at, format!("needs `{field}`"));
    }
}

fn one_of(at: &At<'_>, fields: &[&'static str], needed: bool, judge: &mut Judge) {
    // An empty `value:` beside a `valueFrom` is no value.
    let is_said = |it: &At<'_>| it.tree.text() != Some("");
    let mut found = at.entries().filter(|(key, it)| fields.contains(key) && !it.tree.is_null() && is_said(it));
    match (found.next(), found.next()) {
        (None, _) if needed => {
            let list = fields.iter().take(5).map(|it| format!("`{it}`")).collect::<Vec<_>>().join(", ");
            let more = if fields.len() > 5 { " …" } else { "" };
            judge.fault(FaultKind::Required, at, format!("needs one of {list}{more}"));
        }
        (Some((first, one)), Some((second, other))) => {
            let first_span = one.span;
            judge
                .fault(FaultKind::Forbidden, &other, format!("`{second}` may not stand beside `{first}`"))
                .also(first_span, "the other one");
        }
        _ => {}
    }
}

fn limit(at: &At<'_>, limit: &Limit, judge: &mut Judge) {
    let text = || at.tree.written().filter(|_| scalar(at.tree) != Some(Scalar::Placeholder));
    let number = || int(at.tree);
    match *limit {
        Limit::Words(words) => {
            if let Some(text) = text().filter(|it| !words.contains(&&**it)) {
                not_supported(at, &text, words, judge);
            }
        }
        Limit::Defaulted(words) => {
            if let Some(text) = text().filter(|it| !it.is_empty() && !words.contains(&&**it)) {
                not_supported(at, &text, words, judge);
            }
        }
        Limit::Min(least) => {
            if number().is_some_and(|it| it < least) {
                judge.fault(FaultKind::Invalid, at, format!("must be at least {least}"));
            }
        }
        Limit::Range(low, high) => {
            if number().is_some_and(|it| it < low || it > high) {
                judge.fault(FaultKind::Invalid, at, format!("must be from {low} to {high}"));
            }
        }
        Limit::Format(format) => {
            if let Some(text) = text() {
                formatted(at, &text, format, judge);
            }
        }
        Limit::Keys(format) => at.entries().for_each(|(key, it)| {
            if !key.contains("${") {
                let wanted = format.refuses(key);
                if let Some(wanted) = wanted {
                    judge.fault(FaultKind::Invalid, &it, format!("`{key}` is no key here: must be {wanted}"));
                }
            }
        }),
        Limit::Values(format) => {
            let judge_one = |it: &At<'_>, judge: &mut Judge| {
                let filled = scalar(it.tree) != Some(Scalar::Placeholder);
                if let Some(text) = it.tree.written().filter(|_| filled) {
                    formatted(it, &text, format, judge);
                }
            };
            at.items().for_each(|it| judge_one(&it, judge));
            at.entries().for_each(|(_, it)| judge_one(&it, judge));
        }
        Limit::Filled => {
            let is_empty = at.tree.is_bare() || at.tree.text() == Some("");
            if is_empty && !judge.partial {
                judge.fault(FaultKind::Required, at, "must not be empty".to_string());
            }
        }
        Limit::Unique(keys) => unique(at, keys, judge),
        Limit::OneOf(_) | Limit::AtMostOne(_) | Limit::Needed(_) => {}
    }
}

fn formatted(at: &At<'_>, text: &str, format: format::Format, judge: &mut Judge) {
    let is_number = !text.is_empty() && text.bytes().all(|it| it.is_ascii_digit());
    let is_port = matches!(format, format::Format::PortOrName | format::Format::TargetPort);
    if is_port && is_number && scalar(at.tree) == Some(Scalar::Text) {
        let message = "in quotes a number is the name of a port, and names have letters".to_string();
        let fault = judge.fault(FaultKind::Invalid, at, message);
        fault.help(format!("write `{text}` without quotes")).replace(at.tree.place(), text.to_string());
        return;
    }
    // Most fields are as good as absent when they are empty.
    if let Some(wanted) = format.refuses(text).filter(|_| !text.is_empty()) {
        judge.fault(FaultKind::Invalid, at, format!("`{text}` must be {wanted}"));
    }
}

fn not_supported(at: &At<'_>, text: &str, words: &[&'static str], judge: &mut Judge) {
    let list = words.iter().filter(|it| !it.is_empty()).map(|it| format!("`{it}`")).collect::<Vec<_>>().join(", ");
    let near = did_you_mean(text, words.iter().copied())
        .or_else(|| words.iter().copied().find(|it| it.eq_ignore_ascii_case(text)));
    let fault = judge.fault(FaultKind::NotSupported, at, format!("`{text}` is none of {list}"));
    if let Some(near) = near {
        fault.help(format!("did you mean `{near}`?")).replace(at.tree.place(), near.to_string());
    }
}

fn unique(at: &At<'_>, keys: &[&'static str], judge: &mut Judge) {
    let mut seen: Vec<(Vec<Cow<'_, str>>, At<'_>)> = Vec::new();
    let items: Vec<At<'_>> = at.items().collect();
    for item in &items {
        let part = |key: &&'static str| {
            let (key, default) = key.split_once('=').map_or((*key, None), |(key, it)| (key, Some(it)));
            // What is empty takes the default as well.
            let written = item.tree.get(key).and_then(Tree::written);
            written.filter(|it| default.is_none() || !it.is_empty()).or(default.map(Cow::Borrowed))
        };
        let Some(parts) = keys.iter().map(part).collect::<Option<Vec<_>>>() else { continue };
        if let Some((_, first)) = seen.iter().find(|(it, _)| *it == parts) {
            let first_span = first.span;
            let what = keys.iter().map(|it| it.split('=').next().unwrap_or(it)).collect::<Vec<_>>().join(" and ");
            let message = format!("{what} `{}` is taken by another one of the list", parts.join("/"));
            judge.fault(FaultKind::Duplicate, item, message).also(first_span, "the other one");
        } else {
            seen.push((parts, *item));
        }
    }
}
