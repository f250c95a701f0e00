//! Routes: who may call a service from outside.

use schemars::JsonSchema;

use super::decode::{Context, Decode, OneOrMany};
use super::ingress::Headers;
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
    /// The largest request body; default: the proxy's own (Traefik has none, nginx 1 MB).
    pub body: Option<Text>,
    /// Higher wins where routes overlap; without one it is 0, and the more exact host, then the longer path wins.
    #[schemars(with = "Option<i64>")]
    pub priority: Option<Spanned<i64>>,
    /// Users file for basic authentication: of the repository (`./…`), or a path where the proxy runs.
    pub auth: Option<Text>,
    /// Requests that one caller may make: `100/s`, `60/m`; a map adds the `burst`.
    pub rate: Option<Rate>,
    /// Headers of every answer: `strict`, or a map that is laid over those of the ingress.
    #[schemars(with = "Option<Headers>")]
    pub headers: Option<Headers>,
    /// Entry points; default: all of the ingress.
    #[schemars(with = "Option<OneOrMany<Text>>")]
    pub entry: OneOrMany<Text>,
    /// Where to send the caller instead: `https`, another origin, a path, or an address.
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
        let mut fields = cx.fields(node, "a route");
        let route = Route {
            r#match: fields.required("match", cx).unwrap_or_default(),
            to: fields.get("to", cx),
            strip: fields.get("strip", cx),
            ws: fields.get("ws", cx),
            timeout: fields.get("timeout", cx),
            body: fields.get("body", cx),
            priority: fields.get("priority", cx),
            auth: fields.get("auth", cx),
            rate: fields.get("rate", cx),
            headers: fields.get("headers", cx),
            entry: fields.or_default("entry", cx),
            redirect: fields.get("redirect", cx),
        };
        fields.finish(cx)?;
        Some(route)
    }
}

impl Decode for Match {
    fn decode(node: &Node, cx: &mut Context<'_>) -> Option<Match> {
        let mut fields = cx.fields(node, "a match");
        let found = Match { host: fields.or_default("host", cx), path: fields.or_default("path", cx) };
        fields.finish(cx)?;
        Some(found)
    }
}

/// How many requests one caller may make.
#[derive(Clone, Debug, JsonSchema)]
#[schemars(untagged)]
pub enum Rate {
    /// Such as `100/s`.
    Average(Text),
    /// The average, and how many at once on top.
    Burst(RateMap),
}

/// The average, and how many at once on top.
#[derive(Clone, Default, Debug, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct RateMap {
    /// Such as `100/s`.
    #[schemars(with = "Text")]
    pub average: Option<Text>,
    /// How many at once on top; default: as many as the average.
    pub burst: Option<u32>,
}

impl Decode for Rate {
    fn decode(node: &Node, cx: &mut Context<'_>) -> Option<Rate> {
        if node.as_map().is_none() {
            return Text::decode(node, cx).map(Rate::Average);
        }
        let mut fields = cx.fields(node, "a rate");
        let map = RateMap { average: fields.required("average", cx), burst: fields.get("burst", cx) };
        fields.finish(cx)?;
        Some(Rate::Burst(map))
    }
}

/// What the nginx inside of a frontend's image serves.
#[derive(Clone, Default, Debug, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Static {
    /// The generated file; default `nginx.conf` in the build directory.
    pub file: Option<Text>,
    /// Directory of the files; default `/usr/share/nginx/html`.
    pub root: Option<Text>,
    /// Every path that is no file is the application's.
    pub spa: Option<bool>,
    /// How long callers keep scripts, styles and pictures, such as `1y`.
    pub cache: Option<Text>,
    /// Headers of every answer: `strict`, or a map.
    #[schemars(with = "Option<Headers>")]
    pub headers: Option<Headers>,
    /// The largest request body.
    pub body: Option<Text>,
    /// nginx does not say its version; default true.
    pub hide_version: Option<bool>,
    /// Header with the caller's address.
    pub client_ip: Option<Text>,
    /// Paths that are not the application's: 404.
    #[schemars(with = "Option<OneOrMany<Text>>")]
    pub deny: OneOrMany<Text>,
}

impl Decode for Static {
    fn decode(node: &Node, cx: &mut Context<'_>) -> Option<Static> {
        let mut fields = cx.fields(node, "what a frontend serves");
        let found = Static {
            file: fields.get("file", cx),
            root: fields.get("root", cx),
            spa: fields.get("spa", cx),
            cache: fields.get("cache", cx),
            headers: fields.get("headers", cx),
            body: fields.get("body", cx),
            hide_version: fields.get("hide_version", cx),
            client_ip: fields.get("client_ip", cx),
            deny: fields.or_default("deny", cx),
        };
        fields.finish(cx)?;
        Some(found)
    }
}

/// A path that the nginx inside of a frontend's image passes on.
#[derive(Clone, Default, Debug, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Pass {
    /// Path prefix.
    #[schemars(with = "Text")]
    pub path: Option<Text>,
    /// Service, port and what stands in place of the prefix: `api:8000/v1/`.
    #[schemars(with = "Text")]
    pub to: Option<Text>,
    /// Connections are upgraded (WebSocket).
    pub ws: Option<bool>,
    /// How long the service may take.
    pub timeout: Option<Text>,
    /// Connections that are kept open.
    pub keepalive: Option<u32>,
}

impl Decode for Pass {
    fn decode(node: &Node, cx: &mut Context<'_>) -> Option<Pass> {
        let mut fields = cx.fields(node, "what a frontend passes on");
        let pass = Pass {
            path: fields.required("path", cx),
            to: fields.required("to", cx),
            ws: fields.get("ws", cx),
            timeout: fields.get("timeout", cx),
            keepalive: fields.get("keepalive", cx),
        };
        fields.finish(cx)?;
        Some(pass)
    }
}
