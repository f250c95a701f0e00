//! The services of one environment: which of them are part of it, its patches applied.

use std::ops::Deref;

use indexmap::IndexMap;

use super::environment::Input;
use super::{codes, merge};
use crate::diag::{Diagnostic, Diags, Level, did_you_mean};
use crate::ir::{Layer, Target};
use crate::parallel;
use crate::source::{Span, Spanned};
use crate::spec;
use crate::spec::decode::{Context, Decode};
use crate::syntax::node::Node;

/// Services by name, with the places of their names.
pub type Chosen<'a> = IndexMap<&'a str, (Span, Here<'a>)>;

/// A service as it is in an environment.
pub enum Here<'a> {
    /// As it is everywhere.
    Written(&'a spec::service::Service),
    /// With what the environment says of it.
    Changed(Box<spec::service::Service>),
}

impl Deref for Here<'_> {
    type Target = spec::service::Service;

    fn deref(&self) -> &spec::service::Service {
        match self {
            Here::Written(it) => it,
            Here::Changed(it) => it,
        }
    }
}

/// The patches of an environment by service, with the places of their names.
type Patches<'a> = IndexMap<&'a str, (&'a Node, Span)>;

/// Chooses the services of an environment and applies its patches.
pub fn services<'a>(
    input: &Input<'a>,
    name: &str,
    written: &'a Spanned<spec::environment::Environment>,
    target: Target,
    layer: Layer,
    diags: &mut Diags,
) -> Chosen<'a> {
    let it = &written.value;
    let patches: Patches<'a> =
        it.services.as_ref().and_then(Node::as_map).map_or_else(IndexMap::new, |map| {
            map.entries.iter().map(|it| (&*it.key, (&it.value, it.key_span))).collect()
        });
    for word in it.only.0.iter().chain(&it.without.0) {
        if !input.services.contains_key(&*word.value) && !patches.contains_key(&*word.value) {
            unknown(&word.value, word.span, input, diags);
        }
    }
    let choice = Choice { input, name, written: it, target, layer, patches: &patches };
    let parts = parallel::in_parts(input.services.iter().collect(), |some| {
        let mut found = Diags::default();
        let pick = |(service, (key, node)): (&'a String, &'a (Span, Node))| {
            Some((service.as_str(), (*key, choice.pick(service, node, &mut found)?)))
        };
        (some.into_iter().filter_map(pick).collect::<Vec<_>>(), found)
    });
    let mut chosen = IndexMap::with_capacity(input.services.len());
    for (some, found) in parts {
        chosen.extend(some);
        diags.absorb(found);
    }
    choice.own(&mut chosen, diags);
    chosen
}

struct Choice<'c, 'a> {
    input: &'c Input<'a>,
    name: &'c str,
    written: &'a spec::environment::Environment,
    target: Target,
    layer: Layer,
    patches: &'c Patches<'a>,
}

impl<'a> Choice<'_, 'a> {
    /// Returns a service as it is here, if it is part of the environment.
    fn pick(&self, service: &str, node: &Node, diags: &mut Diags) -> Option<Here<'a>> {
        let it = self.written;
        let patch = self.patches.get(service).copied();
        let listed = |list: &[spec::text::Text]| list.iter().any(|it| *it.value == *service);
        let removed = patch.is_some_and(|(node, _)| node.is_null());
        if removed || listed(&it.without.0) || (!it.only.0.is_empty() && !listed(&it.only.0)) {
            return None;
        }
        let spec = self.input.spec;
        let as_written = spec.services.get(service).filter(|it| patch.is_none() && it.value.like.is_none());
        let decoded = match as_written {
            Some(it) => Here::Written(&it.value),
            None => {
                let merged = patch.map_or_else(|| node.clone(), |(patch, _)| merge::service(node, patch));
                Here::Changed(Box::decode(&merged, &mut Context::new(diags))?)
            }
        };
        let elsewhere = !decoded.only.0.is_empty() && !decoded.only.0.iter().any(|it| *it.value == *self.name);
        // Named by the environment itself, a service is part of it whatever it says.
        let off = decoded.feature.as_ref().is_some_and(|feature| {
            self.target != Target::Compose && !it.features.0.iter().any(|it| it.value == feature.value)
        });
        let is_out = off || (elsewhere && (self.layer == Layer::Base || !listed(&it.only.0)));
        (!is_out).then_some(decoded)
    }

    /// Adds the services of this environment only: they must say what they run, so that a misspelt name is not taken
    /// for one.
    fn own(&self, chosen: &mut Chosen<'a>, diags: &mut Diags) {
        for (service, (node, key)) in self.patches {
            if self.input.services.contains_key(*service) || node.is_null() {
                continue;
            }
            if ["image", "build", "like"].iter().all(|field| node.get(field).is_none()) {
                unknown(service, *key, self.input, diags);
            } else if let Some(decoded) =
                with_like(self.input, node).and_then(|it| Box::decode(&it, &mut Context::new(diags)))
            {
                chosen.insert(service, (*key, Here::Changed(decoded)));
            }
        }
    }
}

fn with_like(input: &Input<'_>, node: &Node) -> Option<Node> {
    match node.get("like").and_then(Node::as_text) {
        Some(like) => input.services.get(like).map(|(_, base)| merge::service(&merge::inherited(base), node)),
        None => Some(node.clone()),
    }
}

fn unknown(name: &str, span: Span, input: &Input<'_>, diags: &mut Diags) {
    let error = Diagnostic::new(codes::UNKNOWN_NAME, Level::Error, span, format!("no service is called `{name}`"));
    diags.push(match did_you_mean(name, input.services.keys().map(String::as_str)) {
        Some(near) => error.help(format!("did you mean `{near}`?")).also(input.services[near].0, "declared here"),
        None => error.help("a service of this environment only needs `image`, `build` or `like`"),
    });
}
