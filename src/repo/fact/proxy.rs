//! Facts of reverse proxies: nginx directives, and what Traefik's files declare.

use serde::{Deserialize, Serialize};

use super::Text;
use crate::source::{FileId, Span};
use crate::syntax::node::Node;

/// An nginx file.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct NginxFile {
    /// The file.
    pub file: FileId,
    /// Its path from the root.
    pub path: String,
    /// The outermost directives.
    pub directives: Vec<Directive>,
    /// `${NAME}` in upper case: what is filled in from the environment, if the file is a template.
    pub references: Vec<Text>,
}

/// `name arguments;` or `name arguments { … }`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Directive {
    /// The name, at its place.
    pub name: Text,
    /// The arguments, unquoted.
    pub arguments: Vec<Text>,
    /// What is in the braces.
    pub block: Vec<Directive>,
    /// From the name to `;` or `}`.
    pub span: Span,
}

impl NginxFile {
    /// Calls `visit` with every directive, outer ones first, and the names of the blocks around it.
    pub fn each(&self, mut visit: impl FnMut(&[&Directive], &Directive)) {
        fn walk<'a>(
            list: &'a [Directive],
            around: &mut Vec<&'a Directive>,
            visit: &mut dyn FnMut(&[&Directive], &Directive),
        ) {
            for directive in list {
                visit(around, directive);
                around.push(directive);
                walk(&directive.block, around, visit);
                around.pop();
            }
        }
        walk(&self.directives, &mut Vec::new(), &mut visit);
    }
}

/// Who reads the name of a host.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum UpstreamBy {
    /// Caddy.
    Caddy,
    /// Prometheus.
    Prometheus,
    /// Traefik, from a file.
    Traefik,
    /// HAProxy.
    HaProxy,
    /// Whoever is given the file.
    Config,
}

/// A host that a file of a proxy or a monitor sends requests to: `reverse_proxy api:8000`, a target of Prometheus.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Upstream {
    /// The file's path from the root.
    pub path: String,
    /// The host, at its place.
    pub host: Text,
    /// The port.
    pub port: Option<u16>,
    /// Who reads it.
    pub by: UpstreamBy,
    /// The HTTP path that is asked for, where that is said.
    pub asks: Option<String>,
}

/// A Traefik configuration file. Names are kept as written, without `@provider`.
#[derive(Clone, Debug)]
pub struct TraefikFile {
    /// The file.
    pub file: FileId,
    /// Its path from the root.
    pub path: String,
    /// Entry points it declares, with their address.
    pub entry_points: Vec<(Text, Option<Text>)>,
    /// Certificate resolvers it declares.
    pub resolvers: Vec<Text>,
    /// Routers it declares.
    pub routers: Vec<Text>,
    /// Middlewares it declares.
    pub middlewares: Vec<Text>,
    /// Services it declares.
    pub services: Vec<Text>,
    /// The whole tree.
    pub node: Node,
}
