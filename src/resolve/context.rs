//! What the passes of one environment share.

use std::sync::Arc;

use super::ingress::Front;
use super::mount::Hashes;
use super::places::Places;
use super::text::{self, Scope};
use crate::diag::Diags;
use crate::files::Files;
use crate::ir::text::Text;
use crate::ir::{Layer, Target};
use crate::origin::{Origin, Traced};
use crate::source::Span;
use crate::spec;
use crate::spec::environment::Deliver;
use crate::syntax::node::Node;

/// The state of resolving one environment.
pub struct Resolver<'a> {
    /// The whole spec.
    pub spec: &'a spec::Spec,
    /// The spec's tree.
    pub root: &'a Node,
    /// The environment's name.
    pub name: &'a str,
    /// The environment as written.
    pub environment: &'a spec::environment::Environment,
    /// What it runs on.
    pub target: Target,
    /// How its file relates to others.
    pub layer: Layer,
    /// How variables reach containers.
    pub deliver: Deliver,
    /// The service that is being resolved; empty between services.
    pub service: String,
    /// Ranges of the spec.
    pub places: &'a Places,
    /// What expressions may name.
    pub scope: Arc<Scope>,
    /// The repository.
    pub files: &'a dyn Files,
    /// What is known of mounted files.
    pub hashes: &'a Hashes,
    /// What routes take from the proxy in front.
    pub proxy: Arc<Front>,
    /// Where problems go.
    pub diags: &'a mut Diags,
}

impl Resolver<'_> {
    /// Returns one that knows the same, for work beside this one; its problems go to `diags`.
    pub fn beside<'b>(&'b self, diags: &'b mut Diags) -> Resolver<'b> {
        let (scope, proxy) = (Arc::clone(&self.scope), Arc::clone(&self.proxy));
        Resolver { service: String::new(), scope, proxy, diags, ..*self }
    }

    /// Resolves a text and tells where it comes from.
    pub fn text(&mut self, text: &spec::text::Text) -> Traced<Text> {
        let value = text::resolve(text, &self.scope, self.diags);
        self.traced(value, text.span)
    }

    /// Resolves a text of which no part may be left for deploy time.
    pub fn fixed(&mut self, text: &spec::text::Text) -> String {
        let resolved = text::resolve(text, &self.scope, self.diags);
        resolved.as_literal().map_or_else(|| resolved.to_compose(), str::to_string)
    }

    /// Returns whether a text names a service that exists, but not in this environment: then what it says does not
    /// hold here, and the value comes from elsewhere.
    pub fn names_absent(&self, text: &spec::text::Text) -> bool {
        let mut rest = &*text.value;
        while let Some(at) = rest.find("@{") {
            rest = &rest[at + 2..];
            let service = rest.split(['.', '}']).next().unwrap_or_default().trim();
            if self.scope.absent.contains(service) {
                return true;
            }
        }
        false
    }

    /// Puts a value and its origin together.
    pub fn traced<T>(&self, value: T, span: Span) -> Traced<T> {
        self.places.traced(value, span, &self.service)
    }

    /// Tells how a value written at `span` came to be.
    pub fn origin(&self, span: Span) -> Origin {
        self.places.origin(span, &self.service)
    }

    /// Returns the `ingress` section.
    pub fn root_ingress(&self) -> Option<&Node> {
        self.root.get("ingress")
    }

    /// Returns where the proxy is written.
    pub fn ingress_span(&self) -> Span {
        let patch = self.environment.ingress.as_ref().map(Node::place);
        self.root_ingress().map(Node::place).or(patch).unwrap_or_else(|| self.root.place())
    }

    /// Returns the prefix that this environment's secrets have in the store.
    pub fn prefix(&self) -> &str {
        let secrets = self.spec.secrets.as_ref();
        secrets.and_then(|it| it.prefix.get(self.name)).map_or("", |it| &*it.value.value)
    }
}
