//! Health checks as written: one probe and its timings.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use super::EXPECTED;
use super::decode::{Context, Decode, Fields, OneOrMany};
use super::text::{CommandLine, Text};
use crate::diag::{Diagnostic, Level};
use crate::source::Span;
use crate::syntax::node::Node;

/// A health check, or none.
#[derive(Clone, Debug)]
pub enum Health {
    /// `none`: also the image's own check is off.
    None(Span),
    /// A probe with its timings.
    Check(Box<Check>),
}

/// A probe with its timings.
#[derive(Clone, Debug)]
pub struct Check {
    /// Where it is written.
    pub span: Span,
    /// How to ask. `None` keeps the image's own check and changes its timings only.
    pub probe: Option<Probe>,
    /// Program in the image that makes HTTP requests.
    pub client: Option<Text>,
    /// Time between checks.
    pub every: Option<Text>,
    /// Time one check may take.
    pub timeout: Option<Text>,
    /// Failures in a row until it counts as unhealthy.
    pub tries: Option<(u32, Span)>,
    /// Time to start in which failures do not count.
    pub grace: Option<Text>,
    /// Time between checks while it starts.
    pub start_every: Option<Text>,
    /// Restart it when it is unhealthy, where the target can.
    pub restart: bool,
}

/// How to ask.
#[derive(Clone, Debug)]
pub enum Probe {
    /// Paths that must answer, each on a port (default: the service's first).
    Http(Vec<HttpCheck>),
    /// A port that must accept connections.
    Tcp(u16),
    /// A program that must end with success.
    Command(CommandLine),
    /// A shell line that must end with success.
    Shell(Text),
    /// A check that specc knows: `postgres`, `redis`, `minio`, `celery`.
    BuiltIn(BuiltIn, Option<Text>),
}

/// A path, and the port when it is not the first.
#[derive(Clone, Debug)]
pub struct HttpCheck {
    /// Port number.
    pub port: Option<u16>,
    /// Absolute path.
    pub path: Text,
}

/// Checks that specc knows.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum BuiltIn {
    /// `pg_isready`.
    Postgres,
    /// `redis-cli ping`.
    Redis,
    /// MinIO's live path.
    Minio,
    /// `celery inspect ping`; the value is the application.
    Celery,
}

const BUILT_INS: &[(&str, BuiltIn)] = &[
    ("postgres", BuiltIn::Postgres),
    ("redis", BuiltIn::Redis),
    ("minio", BuiltIn::Minio),
    ("celery", BuiltIn::Celery),
];

impl Decode for Health {
    fn decode(node: &Node, cx: &mut Context<'_>) -> Option<Health> {
        if let Some(word) = node.as_text() {
            if word == "none" || node.as_bool() == Some(false) {
                return Some(Health::None(node.place()));
            }
            let words: Vec<(&str, Option<BuiltIn>)> =
                BUILT_INS.iter().map(|(word, it)| (*word, Some(*it))).chain([("none", None)]).collect();
            let found = cx.word(node, &words)??;
            return Some(Health::Check(Box::new(Check::of(Probe::BuiltIn(found, None), node.place()))));
        }
        let mut fields = cx.fields(node, "a health check");
        let probe = probe(&mut fields, cx);
        let check = Check {
            span: node.place(),
            probe,
            client: fields.get("client", cx),
            every: fields.get("every", cx),
            timeout: fields.get("timeout", cx),
            tries: fields.node("tries").and_then(|it| Some((u32::decode(it, cx)?, it.place()))),
            grace: fields.get("grace", cx),
            start_every: fields.get("start_every", cx),
            restart: fields.get("restart", cx).unwrap_or(false),
        };
        fields.finish(cx)?;
        Some(Health::Check(Box::new(check)))
    }
}

impl Check {
    fn of(probe: Probe, span: Span) -> Check {
        Check {
            span,
            probe: Some(probe),
            client: None,
            every: None,
            timeout: None,
            tries: None,
            grace: None,
            start_every: None,
            restart: false,
        }
    }
}

/// Reads the probe: at most one of the kinds.
fn probe(fields: &mut Fields<'_>, cx: &mut Context<'_>) -> Option<Probe> {
    let mut found: Vec<(Span, Option<Probe>)> = Vec::new();
    if let Some(node) = fields.node("http") {
        found.push((node.place(), OneOrMany::decode(node, cx).map(|it: OneOrMany<HttpCheck>| Probe::Http(it.0))));
    }
    if let Some(node) = fields.node("tcp") {
        found.push((node.place(), u16::decode(node, cx).map(Probe::Tcp)));
    }
    if let Some(node) = fields.node("cmd") {
        found.push((node.place(), CommandLine::decode(node, cx).map(Probe::Command)));
    }
    if let Some(node) = fields.node("shell") {
        found.push((node.place(), Text::decode(node, cx).map(Probe::Shell)));
    }
    for (word, built_in) in BUILT_INS {
        if let Some(node) = fields.node(word).filter(|it| it.as_bool() != Some(false)) {
            let argument = node.as_bool().is_none().then(|| Text::decode(node, cx)).flatten();
            found.push((node.place(), Some(Probe::BuiltIn(*built_in, argument))));
        }
    }
    if let [(first, _), (second, _), ..] = found.as_slice() {
        let error = Diagnostic::new(EXPECTED, Level::Error, *second, "a health check has one probe, here is a second");
        cx.diags.push(error.also(*first, "the first one").help("keep one of them"));
    }
    found.into_iter().next().and_then(|(_, it)| it)
}

impl Decode for HttpCheck {
    fn decode(node: &Node, cx: &mut Context<'_>) -> Option<HttpCheck> {
        let (port, path) = if node.as_map().is_some() {
            let mut fields = cx.fields(node, "an HTTP check");
            let port = fields.get("port", cx);
            let path = fields.required::<Text>("path", cx);
            fields.finish(cx)?;
            (port, path?)
        } else {
            (None, Text::decode(node, cx)?)
        };
        if !path.value.starts_with('/') {
            let message = format!("the path `{}` does not start with `/`", path.value);
            cx.diags.push(Diagnostic::new(EXPECTED, Level::Error, path.span, message));
        }
        Some(HttpCheck { port, path })
    }
}

/// The map form, for the schema.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[allow(dead_code)]
pub struct HealthMap {
    /// Paths that must answer with success.
    http: Option<OneOrMany<HttpShape>>,
    /// A port that must accept connections.
    tcp: Option<u16>,
    /// A program that must end with success.
    cmd: Option<CommandLine>,
    /// A shell line that must end with success.
    shell: Option<Text>,
    /// `pg_isready`.
    postgres: Option<bool>,
    /// `redis-cli ping`; a text is the password, such as `${REDIS_PASSWORD}`.
    redis: Option<super::variable::FlagOrText>,
    /// MinIO's live path.
    minio: Option<bool>,
    /// `celery inspect ping`; a text is the application.
    celery: Option<super::variable::FlagOrText>,
    /// Program in the image that makes HTTP requests: curl, wget, python, node.
    client: Option<Text>,
    /// Time between checks.
    every: Option<Text>,
    /// Time one check may take.
    timeout: Option<Text>,
    /// Failures in a row until it counts as unhealthy.
    tries: Option<u32>,
    /// Time to start in which failures do not count.
    grace: Option<Text>,
    /// Time between checks while it starts.
    start_every: Option<Text>,
    /// Restart it when it is unhealthy, where the target can.
    restart: Option<bool>,
}

#[derive(JsonSchema)]
#[schemars(untagged)]
#[allow(dead_code)]
enum HttpShape {
    Path(String),
    Check(HttpMap),
}

#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[allow(dead_code)]
struct HttpMap {
    /// Port number.
    port: Option<u16>,
    /// Absolute path.
    path: Text,
}

impl JsonSchema for Health {
    fn schema_name() -> Cow<'static, str> {
        "Health".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let map = generator.subschema_for::<HealthMap>();
        json_schema!({
            "description": "How to tell that it works: a probe and its timings, a built-in check, or `none`.",
            "anyOf": [{"enum": ["none", "postgres", "redis", "minio", "celery"]}, map]
        })
    }
}
