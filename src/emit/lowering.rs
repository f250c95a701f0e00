//! What lowering one environment to one target carries along: the whole picture, and a place for what cannot be said.

use crate::diag::{Diagnostic, Diags};
use crate::emit::{Grade, Loss};
use crate::ir::service::Service;
use crate::ir::{Environment, System};
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
    /// Where errors go.
    pub diags: &'a mut Diags,
}

impl<'a> Lowering<'a> {
    /// Starts with an environment.
    pub(crate) fn new(
        system: &'a System,
        environment: &'a Environment,
        target: &'static str,
        diags: &'a mut Diags,
    ) -> Lowering<'a> {
        Lowering { system, environment, target, losses: Vec::new(), diags }
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

    /// Returns whether a service is an optional part that is off here.
    pub(crate) fn is_off(&self, service: &Service) -> bool {
        let features = &self.environment.features;
        service.feature.as_ref().is_some_and(|it| !features.iter().any(|on| on.value == it.value))
    }

    /// Returns the directory that relative paths of the generated file start from: that of the first `-f`.
    pub(crate) fn directory(&self) -> &'a str {
        let base = match self.environment.layer {
            crate::ir::Layer::Overlay => self.system.base(),
            _ => None,
        };
        let file = &base.unwrap_or(self.environment).file.value;
        file.rsplit_once('/').map_or("", |(directory, _)| directory)
    }
}
