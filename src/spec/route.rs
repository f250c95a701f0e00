//! Routes: who may call a service from outside.

use schemars::JsonSchema;

use super::decode::{Context, Decode, OneOrMany};
use super::text::Text;
use crate::source::Spanned;
use crate::syntax::node::Node;

/// A way from the proxy to a port of the service.
#[derive(Clone, Default, Debug, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Route {
    /// Alternatives of host and path; any of them may match.
    #[schemars(with = "OneOrMany<Match>")]
    pub r#match: OneOrMany<Match>,
    /// Name of the port it leads to; default: the first.
    pub to: Option<Text>,
    /// Path prefix to take away.
    pub strip: Option<Text>,
    /// Connections are upgraded (WebSocket).
    pub ws: Option<bool>,
    /// How long the service may take.
    pub timeout: Option<Text>,
    /// The largest request body.
    pub body: Option<Text>,
    /// Higher wins where routes overlap.
    #[schemars(with = "Option<i64>")]
    pub priority: Option<Spanned<i64>>,
    /// Users file for basic authentication.
    pub auth: Option<Text>,
    /// Entry points; default: all of the ingress.
    #[schemars(with = "Option<OneOrMany<Text>>")]
    pub entry: OneOrMany<Text>,
    /// Where to send the caller instead.
    pub redirect: Option<Text>,
}

/// Hosts and paths that must both match.
#[derive(Clone, Default, Debug, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Match {
    /// Host names.
    #[schemars(with = "Option<OneOrMany<Text>>")]
    pub host: OneOrMany<Text>,
    /// Path prefixes.
    #[schemars(with = "Option<OneOrMany<Text>>")]
    pub path: OneOrMany<Text>,
}

impl Decode for Route {
    fn decode(node: &Node, cx: &mut Context<'_>) -> Option<Route> {
        let mut fields = cx.fields(node, "a route")?;
        let route = Route {
            r#match: fields.required("match", cx).unwrap_or_default(),
            to: fields.get("to", cx),
            strip: fields.get("strip", cx),
            ws: fields.get("ws", cx),
            timeout: fields.get("timeout", cx),
            body: fields.get("body", cx),
            priority: fields.get("priority", cx),
            auth: fields.get("auth", cx),
            entry: fields.or_default("entry", cx),
            redirect: fields.get("redirect", cx),
        };
        fields.finish(cx);
        Some(route)
    }
}

impl Decode for Match {
    fn decode(node: &Node, cx: &mut Context<'_>) -> Option<Match> {
        let mut fields = cx.fields(node, "a match")?;
        let found = Match { host: fields.or_default("host", cx), path: fields.or_default("path", cx) };
        fields.finish(cx);
        Some(found)
    }
}
