//! Mounts, in the short notation and as maps.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use super::decode::{Context, Decode, listed};
use super::text::Text;
use super::{BAD_MOUNT, EXPECTED};
use crate::diag::{Diagnostic, Level, did_you_mean};
use crate::source::Span;
use crate::syntax::node::Node;

/// What is mounted, by the path in the container.
#[derive(Clone, Default, Debug)]
pub struct Mounts {
    /// The mounts, in written order.
    pub list: Vec<Mount>,
}

/// One mount.
#[derive(Clone, Debug)]
pub struct Mount {
    /// The whole of it.
    pub span: Span,
    /// Volume name, `./path` or absolute path.
    pub from: Text,
    /// The path in the container.
    pub to: Text,
    /// The container may only read it.
    pub read_only: Option<bool>,
    /// What it is for.
    pub role: Option<Role>,
}

/// What a mount is for.
#[derive(Clone, Copy, PartialEq, Eq, Debug, JsonSchema)]
#[schemars(rename_all = "lowercase")]
pub enum Role {
    /// Configuration from the repository.
    Config,
    /// A secret file.
    Secret,
    /// Data that must outlive the container.
    Data,
    /// Source code, for development.
    Source,
    /// A path of the host.
    Host,
    /// Made at run time.
    Runtime,
}

/// The words for roles, as a short mount's option and as `role`.
pub const ROLES: &[(&str, Role)] = &[
    ("config", Role::Config),
    ("secret", Role::Secret),
    ("data", Role::Data),
    ("source", Role::Source),
    ("host", Role::Host),
    ("runtime", Role::Runtime),
];

impl Decode for Role {
    fn decode(node: &Node, cx: &mut Context<'_>) -> Option<Role> {
        cx.word(node, ROLES)
    }
}

impl Decode for Mounts {
    fn decode(node: &Node, cx: &mut Context<'_>) -> Option<Mounts> {
        let mut list = Vec::new();
        if let Some(items) = node.as_seq() {
            list.extend(items.iter().filter_map(|it| mount(it, None, cx)));
        } else if let Some(map) = node.as_map() {
            for entry in map.entries.iter().filter(|it| !it.value.is_null()) {
                let to = Text { value: entry.key.to_string().into(), span: entry.key_span };
                list.extend(mount(&entry.value, Some(to), cx));
            }
        } else {
            return cx.expected(node, "a list of mounts");
        }
        Some(Mounts { list })
    }
}

/// Reads one mount; `to` is known when it is the key of a map.
fn mount(node: &Node, to: Option<Text>, cx: &mut Context<'_>) -> Option<Mount> {
    if node.as_map().is_some() {
        let mut fields = cx.fields(node, "a mount");
        let from = fields.required("from", cx);
        let to = to.or_else(|| fields.required("to", cx));
        let read_only = fields.get("read_only", cx);
        let role = fields.get("role", cx);
        fields.finish(cx)?;
        return Some(Mount { span: node.place(), from: from?, to: to?, read_only, role });
    }
    let Some(text) = node.as_text() else {
        return cx.expected(node, "a mount: `volume:/path`, `./file:/path:ro`, or a map");
    };
    let mut parts = split(text).into_iter();
    let part = |text: &str| Text { value: text.to_string().into(), span: node.place() };
    let from = part(parts.next().unwrap_or_default());
    let to = match to {
        Some(to) => to,
        None => match parts.next() {
            Some(it) if it.starts_with('/') => part(it),
            _ => {
                let message = format!("the mount `{text}` has no path in the container");
                let error = Diagnostic::new(BAD_MOUNT, Level::Error, node.place(), message);
                cx.diags.push(
                    error.help("write `source:/path`, such as `data:/var/lib/data` or `./app.conf:/etc/app.conf:ro`"),
                );
                return None;
            }
        },
    };
    let mut found = Mount { span: node.place(), from, to, read_only: None, role: None };
    for option in parts.flat_map(|it| it.split(',')) {
        match option {
            "ro" => found.read_only = Some(true),
            "rw" => found.read_only = Some(false),
            word => match ROLES.iter().find(|(it, _)| *it == word) {
                Some((_, role)) => found.role = Some(*role),
                None => unknown_option(word, node, cx),
            },
        }
    }
    Some(found)
}

fn unknown_option(word: &str, node: &Node, cx: &mut Context<'_>) {
    let known: Vec<&str> = ["ro", "rw"].into_iter().chain(ROLES.iter().map(|(it, _)| *it)).collect();
    let message = format!("a mount has no option `{word}`");
    let help = match did_you_mean(word, known.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("it has {}", listed(&known)),
    };
    cx.diags.push(Diagnostic::new(EXPECTED, Level::Error, node.place(), message).help(help));
}

/// Splits at the colons that are not inside of `${…}` or `@{…}`.
pub fn split(text: &str) -> Vec<&str> {
    let (mut parts, mut depth, mut start) = (Vec::new(), 0usize, 0);
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'{' => depth += 1,
            b'}' => depth = depth.saturating_sub(1),
            b':' if depth == 0 => {
                parts.push(&text[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&text[start..]);
    parts
}

/// A mount written as a map.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[allow(dead_code)]
struct MountMap {
    /// Volume name, `./path` or absolute path.
    from: Text,
    /// The path in the container.
    to: Option<Text>,
    /// The container may only read it.
    read_only: Option<bool>,
    /// What it is for.
    role: Option<Role>,
}

impl JsonSchema for Mounts {
    fn schema_name() -> Cow<'static, str> {
        "Mounts".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let map = generator.subschema_for::<MountMap>();
        let one = json_schema!({"anyOf": [{"type": "string"}, map]});
        json_schema!({
            "description": "What is mounted: `volume:/path`, `./file:/path:ro`, or maps; also by the path in the container.",
            "anyOf": [
                {"type": "array", "items": one},
                {"type": "object", "additionalProperties": {"anyOf": [one, {"type": "null"}]}}
            ]
        })
    }
}
