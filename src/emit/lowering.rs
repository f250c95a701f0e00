//! What lowering one environment to one target carries along: the whole picture, and a place for what cannot be said.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use crate::diag::{Diagnostic, Diags};
use crate::emit::routing::{self, Routers};
use crate::emit::{Grade, Loss};
use crate::ir::route::Match;
use crate::ir::service::Service;
use crate::ir::{Environment, Layer, System};
use crate::source::Span;

/// The environment that is being lowered, and what came of it besides the document.
pub(crate) struct Lowering<'a> {
    /// The system it is part of.
    pub system: &'a System,
    /// The environment.
    pub environment: &'a Environment,
    /// The target's word: `compose`, `swarm`.
    pub target: &'static str,
    /// What could not be said exactly.
    pub losses: Vec<Loss>,
    /// What is wrong.
    pub diags: Diags,
    /// The services that belong to an optional part that is off, with that part.
    off: Arc<BTreeMap<&'a str, &'a str>>,
    /// Which route takes a request; asked for every service that has some.
    routers: Arc<OnceLock<Arc<Routers<'a>>>>,
}

impl<'a> Lowering<'a> {
    /// Starts with an environment.
    pub(crate) fn new(system: &'a System, environment: &'a Environment, target: &'static str) -> Lowering<'a> {
        let is_on = |feature: &str| environment.features.iter().any(|on| on.value == feature);
        let parts = environment.services.iter().filter_map(|it| Some((it.name.as_str(), &*it.feature.as_ref()?.value)));
        let off = Arc::new(parts.filter(|(_, feature)| !is_on(feature)).collect());
        let (losses, diags) = (Vec::new(), Diags::default());
        Lowering { system, environment, target, losses, diags, off, routers: Arc::default() }
    }

    /// Returns one that knows the same, and of which nothing came yet: for work beside this one.
    pub(crate) fn beside(&self) -> Lowering<'a> {
        let (off, routers) = (Arc::clone(&self.off), Arc::clone(&self.routers));
        Lowering { losses: Vec::new(), diags: Diags::default(), off, routers, ..*self }
    }

    /// Takes over what came of work beside this one.
    pub(crate) fn absorb(&mut self, losses: Vec<Loss>, diags: Diags) {
        self.losses.extend(losses);
        self.diags.absorb(diags);
    }

    /// Notes that a field of a service is said nearly.
    pub(crate) fn approximate(&mut self, service: &Service, field: &str, span: Option<Span>, reason: &str) {
        self.lose(Grade::Approximated, format!("services.{}.{field}", service.name), span, reason);
    }

    /// Notes that a field of a service is left out.
    pub(crate) fn leave_out(&mut self, service: &Service, field: &str, span: Option<Span>, reason: &str) {
        self.lose(Grade::NotExpressible, format!("services.{}.{field}", service.name), span, reason);
    }

    /// Notes that something is said nearly or not at all.
    pub(crate) fn lose(&mut self, grade: Grade, field: String, span: Option<Span>, reason: &str) {
        let environment = self.environment.name.clone();
        self.losses.push(Loss { environment, target: self.target, field, grade, reason: reason.to_string(), span });
    }

    /// Reports an error.
    pub(crate) fn error(&mut self, diagnostic: Diagnostic) {
        self.diags.error(diagnostic);
    }

    /// Returns the optional part that a service belongs to, if that is off here.
    pub(crate) fn off(&self, service: &str) -> Option<&'a str> {
        self.off.get(service).copied()
    }

    /// Returns the routers, with the numbers that they need beside the `length` of their rules.
    pub(crate) fn routers(&self, length: &dyn Fn(&[Match]) -> Option<i64>) -> Arc<Routers<'a>> {
        let routers = || Arc::new(Routers::new(routing::routers(&self.environment.services, length)));
        Arc::clone(self.routers.get_or_init(routers))
    }

    /// Returns the directory that relative paths of the generated file start from: that of the first `-f`.
    pub(crate) fn directory(&self) -> &'a str {
        let base = self.system.base().filter(|_| self.environment.layer == Layer::Overlay);
        let file = &base.unwrap_or(self.environment).file.value;
        file.rsplit_once('/').map_or("", |(directory, _)| directory)
    }
}
