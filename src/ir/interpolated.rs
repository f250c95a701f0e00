//! Which variables an environment's generated files still hold, for the target to fill in.
//!
//! Every field is named, so that a new one cannot be forgotten.

use std::borrow::Cow;
use std::collections::BTreeSet;

use super::route::{Entrypoint, Ingress, Route};
use super::service::{Build, Command, Health, MountSource, Probe, Replicas, Service};
use super::text::Text;
use super::variable::Delivery;
use super::{Environment, Network, Volume};
use crate::syntax::node::{Node, Value};

/// Returns the names of all variables that are filled in at deploy time.
pub fn interpolated(environment: &Environment) -> BTreeSet<Cow<'_, str>> {
    let mut found = Found::default();
    let Environment {
        name: _,
        span: _,
        doc: _,
        target: _,
        layer: _,
        file: _,
        project,
        env_files: _,
        public: _,
        template: _,
        groups: _,
        services,
        networks,
        volumes,
        ingress,
        features: _,
        host: _,
        kubernetes: _,
        external: _,
        contents: _,
        raw,
        // Scripts take variables from the env files and the shell, not from the target.
        deploy: _,
        backup: _,
    } = environment;
    found.maybe(project.as_ref().map(|it| &it.value));
    services.iter().for_each(|it| found.service(it));
    for Network { real_name, .. } in networks {
        found.maybe(real_name.as_ref().map(|it| &it.value));
    }
    for Volume { real_name, .. } in volumes {
        found.maybe(real_name.as_ref().map(|it| &it.value));
    }
    if let Some(it) = ingress {
        found.ingress(it);
    }
    raw.iter().for_each(|it| found.node(&it.patch));
    found.names
}

/// Returns the names of those that one service is filled in with.
pub fn interpolated_by(service: &Service) -> BTreeSet<Cow<'_, str>> {
    let mut found = Found::default();
    found.service(service);
    found.names
}

#[derive(Default)]
struct Found<'a> {
    names: BTreeSet<Cow<'a, str>>,
}

impl<'a> Found<'a> {
    fn text(&mut self, text: &'a Text) {
        text.each_variable(&mut |it| _ = self.names.insert(Cow::Borrowed(&it.name)));
    }

    fn maybe(&mut self, text: Option<&'a Text>) {
        if let Some(it) = text {
            self.text(it);
        }
    }

    fn service(&mut self, service: &'a Service) {
        let Service {
            name: _,
            span: _,
            doc: _,
            kind: _,
            image,
            build,
            run,
            entrypoint,
            user,
            init: _,
            stop_grace: _,
            environment,
            needs: _,
            ports: _,
            publish,
            routes,
            frontend: _,
            mounts,
            health,
            replicas,
            singleton: _,
            stateful: _,
            rollout: _,
            restart: _,
            resources: _,
            harden: _,
            networks: _,
            feature: _,
            log: _,
            watch: _,
            container_name,
            hostname,
            dns,
            labels,
            scale: _,
            raw,
        } = service;
        for text in [image, user, container_name, hostname].into_iter().flatten() {
            self.text(&text.value);
        }
        if let Some(Build { args, .. }) = build.as_ref().map(|it| &it.value) {
            args.iter().for_each(|(_, it)| self.text(&it.value));
        }
        [run, entrypoint].into_iter().flatten().for_each(|it| self.command(&it.value));
        environment.iter().for_each(|it| self.delivery(&it.delivery.value));
        for it in publish {
            self.maybe(it.host.as_ref());
            self.maybe(it.published.as_ref());
        }
        routes.iter().for_each(|it| self.route(it));
        for mount in mounts {
            if let MountSource::Host(text) = &mount.source {
                self.text(text);
            }
        }
        health.iter().for_each(|it| self.health(&it.value));
        if let Some(Replicas::Variable(text)) = replicas.as_ref().map(|it| &it.value) {
            self.text(text);
        }
        dns.iter().for_each(|it| self.text(&it.value));
        labels.iter().for_each(|(_, it)| self.text(&it.value));
        raw.iter().for_each(|it| self.node(&it.patch));
    }

    fn command(&mut self, command: &'a Command) {
        match command {
            Command::Line { text, words: _ } => self.text(text),
            Command::List(words) => words.iter().for_each(|it| self.text(it)),
        }
    }

    fn delivery(&mut self, delivery: &'a Delivery) {
        match delivery {
            Delivery::Inline(text) => self.text(text),
            Delivery::EnvFile => {}
        }
    }

    fn health(&mut self, health: &'a Health) {
        match &health.probe {
            Some(Probe::Command(words)) => words.iter().for_each(|it| self.text(it)),
            Some(Probe::Shell(text)) => self.text(text),
            Some(Probe::Http { .. } | Probe::Tcp(_)) | None => {}
        }
    }

    fn route(&mut self, route: &'a Route) {
        for it in &route.matches {
            it.hosts.iter().chain(&it.paths).for_each(|it| self.text(it));
        }
    }

    fn ingress(&mut self, ingress: &'a Ingress) {
        self.maybe(ingress.image.as_ref().map(|it| &it.value));
        self.maybe(ingress.acme_email.as_ref());
        self.maybe(ingress.dashboard.as_ref().map(|it| &it.value));
        for Entrypoint { publish, .. } in &ingress.entrypoints {
            self.maybe(publish.as_ref().map(|it| &it.value));
        }
    }

    /// A patch is in the target's own words, with compose's notation of variables.
    fn node(&mut self, node: &'a Node) {
        match &node.value {
            Value::Scalar(it) => {
                let template = crate::syntax::interpolation::parse(&it.text);
                self.names.extend(template.variables().into_iter().map(|it| Cow::Owned(it.name.clone())));
            }
            Value::Seq(items) => items.iter().for_each(|it| self.node(it)),
            Value::Map(map) => map.entries.iter().for_each(|it| self.node(&it.value)),
        }
    }
}
