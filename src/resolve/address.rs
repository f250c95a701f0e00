//! Hosts, paths and other texts of routes: what may stand in them.
//!
//! They end up inside of quotes and blocks of other programs' languages, which each have their own way out of them. So
//! only what an address can hold is let through, here and once; no emitter has to know what is dangerous where.

use super::codes;
use super::context::Resolver;
use crate::diag::{Diagnostic, Level};
use crate::ir::text::{Part, Text};
use crate::source::Span;
use crate::spec;

/// What a text is, with the characters that it may hold beside letters and digits.
#[derive(Clone, Copy)]
pub struct Form {
    what: &'static str,
    marks: &'static str,
    example: &'static str,
}

/// A host name or address, perhaps with `*.` before it.
pub const HOST: Form = Form { what: "a host", marks: ".-_*:[]", example: "`example.com` or `*.example.com`" };
/// A path of an address.
pub const PATH: Form = Form { what: "a path", marks: "/.-_~+,:@!&=()", example: "`/api`" };
/// An address, or a part of one.
pub const ADDRESS: Form =
    Form { what: "an address", marks: "/.-_~%+,:@!&=()?#[]", example: "`https://example.com/path`" };
/// A path of a file where the proxy runs.
pub const FILE: Form = Form { what: "a path of a file", marks: "/.-_~+,:@=", example: "`/etc/ssl/site.pem`" };
/// A name of something in the proxy.
pub const NAME: Form = Form { what: "a name", marks: "-_", example: "`web`" };
/// A value that a label or host may hold as a name.
pub const WORD: Form = Form { what: "a word", marks: "-_.", example: "`public`" };

/// Resolves a text that may hold variables; `None` if it holds what it must not.
pub fn text(resolver: &mut Resolver<'_>, written: &spec::text::Text, form: Form) -> Option<Text> {
    let resolved = resolver.text(written).value;
    check(resolver, &resolved, written.span, form).then_some(resolved)
}

/// Resolves a text of which no part may be left for deploy time.
pub fn fixed(resolver: &mut Resolver<'_>, written: &spec::text::Text, form: Form) -> Option<String> {
    let resolved = resolver.text(written).value;
    let Some(literal) = resolved.as_literal().map(str::to_string) else {
        let message = format!("{} is decided when it is generated, so no variable can stand here", form.what);
        let error = Diagnostic::new(codes::BAD_ROUTE, Level::Error, written.span, message);
        resolver.diags.push(error.help("write the value; where it differs, patch it per environment"));
        return None;
    };
    check(resolver, &resolved, written.span, form).then_some(literal)
}

fn check(resolver: &mut Resolver<'_>, text: &Text, span: Span, form: Form) -> bool {
    let bad = literals(text).find_map(|it| it.chars().find(|it| !is_fine(*it, form)));
    let slot = text.parts.contains(&Part::Slot);
    if bad.is_none() && !slot && !(text.parts.is_empty()) {
        return true;
    }
    let message = match bad {
        Some(it) => format!("`{}` cannot stand in {}", it.escape_debug(), form.what),
        None if slot => format!("the number of a replica cannot stand in {}", form.what),
        None => format!("this is no {}: it is empty", form.what.trim_start_matches("an ").trim_start_matches("a ")),
    };
    let error = Diagnostic::new(codes::BAD_ROUTE, Level::Error, span, message);
    resolver.diags.push(error.help(format!("write it as {}", form.example)));
    false
}

/// Returns the literal parts, also those of defaults.
fn literals(text: &Text) -> Box<dyn Iterator<Item = &str> + '_> {
    Box::new(text.parts.iter().flat_map(|part| match part {
        Part::Literal(it) => Box::new(std::iter::once(it.as_str())) as Box<dyn Iterator<Item = &str>>,
        Part::Variable(it) => match &it.fallback {
            // The message of `:?` is shown to people only.
            Some(it) if it.operator != crate::ir::text::Operator::Required => literals(&it.argument),
            _ => Box::new(std::iter::empty()),
        },
        Part::Slot => Box::new(std::iter::empty()),
    }))
}

fn is_fine(it: char, form: Form) -> bool {
    it.is_ascii_alphanumeric() || form.marks.contains(it)
}

/// Resolves a host: `*.` may only stand at its start.
pub fn host(resolver: &mut Resolver<'_>, written: &spec::text::Text) -> Option<Text> {
    let host = text(resolver, written, HOST)?;
    let source = host.to_source();
    if !source.trim_start_matches("*.").contains('*') {
        return Some(host);
    }
    let message = "a host has a `*` only as its whole first label";
    let error = Diagnostic::new(codes::BAD_ROUTE, Level::Error, written.span, message);
    resolver.diags.push(error.help("write `*.example.com`; a route without `host` takes any"));
    None
}

/// Resolves a path, which begins with a slash.
pub fn path(resolver: &mut Resolver<'_>, written: &spec::text::Text) -> Option<Text> {
    let path = text(resolver, written, PATH)?;
    if matches!(path.parts.first(), Some(Part::Literal(it)) if it.starts_with('/')) {
        return Some(path);
    }
    let message = format!("the path `{}` does not begin with `/`", written.value);
    let error = Diagnostic::new(codes::BAD_ROUTE, Level::Error, written.span, message);
    resolver.diags.push(error.help(format!("write `/{}`", written.value)));
    None
}

/// Resolves headers; `strict` is a set, and a map is laid over `base`.
pub fn headers(
    resolver: &mut Resolver<'_>,
    written: Option<&spec::ingress::Headers>,
    base: &[(String, String)],
    tls: bool,
) -> Vec<(String, String)> {
    let mut all = base.to_vec();
    let mut put = |name: &str, value: Option<&str>| {
        let at = all.iter().position(|(it, _)| it.eq_ignore_ascii_case(name));
        match (at, value) {
            (Some(at), Some(value)) => all[at].1 = value.to_string(),
            (Some(at), None) => drop(all.remove(at)),
            (None, Some(value)) => all.push((name.to_string(), value.to_string())),
            (None, None) => {}
        }
    };
    match written {
        None => {}
        Some(spec::ingress::Headers::Word(spec::ingress::HeadersWord::Strict)) => {
            STRICT.iter().filter(|(name, _)| tls || *name != HSTS).for_each(|(name, value)| put(name, Some(value)));
        }
        Some(spec::ingress::Headers::Map(headers)) => {
            for (name, value) in headers {
                if let Some(value) = header(resolver, name, value.as_ref()) {
                    put(&name.value, value.as_deref());
                }
            }
        }
    }
    all
}

const HSTS: &str = "Strict-Transport-Security";
/// What the OWASP Secure Headers Project recommends for any site. Neither `includeSubDomains` nor `preload`: those
/// bind other systems of the domain, for years.
const STRICT: [(&str, &str); 4] = [
    (HSTS, "max-age=31536000"),
    ("X-Content-Type-Options", "nosniff"),
    ("X-Frame-Options", "DENY"),
    ("Referrer-Policy", "strict-origin-when-cross-origin"),
];

fn header(
    resolver: &mut Resolver<'_>,
    name: &spec::text::Text,
    value: Option<&spec::text::Text>,
) -> Option<Option<String>> {
    if name.value.is_empty() || !name.value.bytes().all(|it| it.is_ascii_alphanumeric() || b"-_".contains(&it)) {
        let message = format!("`{}` is no name of a header", name.value.escape_debug());
        resolver.diags.push(Diagnostic::new(codes::BAD_ROUTE, Level::Error, name.span, message));
        return None;
    }
    let Some(written) = value else { return Some(None) };
    let value = resolver.fixed(written);
    if let Some(bad) = value.chars().find(|it| !it.is_ascii() || it.is_ascii_control() || *it == '`') {
        let message = format!("`{}` cannot stand in a header", bad.escape_debug());
        let error = Diagnostic::new(codes::BAD_ROUTE, Level::Error, written.span, message);
        resolver.diags.push(error.help("write one line of visible ASCII characters"));
        return None;
    }
    Some(Some(value))
}
