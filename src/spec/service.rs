//! A service as written.

use std::borrow::Cow;

use indexmap::IndexMap;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use super::decode::{Context, Decode, Entries, OneOrMany, Set};
use super::environment::Deliver;
use super::health::Health;
use super::kubernetes::{External, Scale};
use super::mount::Mounts;
use super::route::{Pass, Route, Static};
use super::runtime::{Harden, Log, Resources, Rollout, Watch};
use super::schema::AnyTree;
use super::text::{CommandLine, Text};
use crate::source::Spanned;
use crate::syntax::node::Node;

// Large parts are boxed: a large spec has thousands of services.
/// What runs.
#[derive(Clone, Default, Debug, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Service {
    /// What it is, for a comment.
    pub doc: Option<Text>,
    /// `service` runs until it is stopped, `job` once, `cron` on a schedule.
    #[schemars(with = "Option<Kind>")]
    pub kind: Option<Spanned<Kind>>,
    /// When a `cron` runs, in cron notation.
    pub schedule: Option<Text>,
    /// A copy of another service, but for its identity: kind, routes, publish, replicas, singleton.
    pub like: Option<Text>,
    /// Image reference.
    pub image: Option<Text>,
    /// Name of an image under `images`.
    pub build: Option<Text>,
    /// What the container runs; text is split like a shell would, without one.
    pub run: Option<CommandLine>,
    /// What replaces the image's entry point.
    pub entrypoint: Option<CommandLine>,
    /// User, and group after a colon.
    pub user: Option<Text>,
    /// Whether an init process reaps its children.
    pub init: Option<Spanned<bool>>,
    /// How long it may take to stop, such as `3m`.
    pub stop_grace: Option<Text>,
    /// The groups or single variables that it reads; over another service, `{name: null}` takes one away.
    #[schemars(with = "Option<Set>")]
    pub vars: Set,
    /// What is fixed for this service.
    #[schemars(with = "Option<std::collections::BTreeMap<String, Option<crate::spec::schema::AnyText>>>")]
    pub env: Entries<Text>,
    /// How variables reach this service: overrides the environment's and the system's `deliver`. Say `environment`
    /// where a container must not see the whole env file.
    #[schemars(with = "Option<Deliver>")]
    pub deliver: Option<Deliver>,
    /// What must be ready first: service to `started`, `healthy` or `done`.
    #[schemars(with = "Option<Needs>")]
    pub needs: Needs,
    /// The port it listens on, such as `8000` or `53/udp`.
    pub port: Option<Text>,
    /// Several ports by name.
    #[schemars(with = "Option<std::collections::BTreeMap<String, crate::spec::schema::AnyText>>")]
    pub ports: IndexMap<String, Spanned<Text>>,
    /// Host ports: `"8000:8000"`, `"127.0.0.1:5432:5432"`, `"${PORT}:80"`; in a patch, `{"80": null}` takes away that of
    /// the container's port 80.
    #[schemars(with = "Option<Set>")]
    pub publish: Set,
    /// Who may call it from outside.
    #[schemars(with = "Option<Vec<Route>>")]
    pub routes: Vec<Spanned<Route>>,
    /// What is mounted: `volume:/path`, `./file:/path:ro`, or a map.
    #[schemars(with = "Option<Mounts>")]
    pub mounts: Mounts,
    /// How to tell that it works: a probe and its timings, or `none`.
    pub health: Option<Box<Health>>,
    /// How many: a number or a variable.
    pub replicas: Option<Text>,
    /// Never more than one, also not while it is replaced.
    pub singleton: Option<Spanned<bool>>,
    /// Scaling by load: `min`, `max` and `cpu`, `memory` (percent) or `metric`.
    #[schemars(with = "Option<Scale>")]
    pub scale: Option<Box<Spanned<Scale>>>,
    /// Somebody else runs it, such as a managed database: nothing is generated, and references lead there.
    #[schemars(with = "Option<External>")]
    pub external: Option<Box<Spanned<External>>>,
    /// It has data: it is never run twice at once while it is replaced.
    pub stateful: Option<bool>,
    /// How a new version replaces the old.
    #[schemars(with = "Option<Rollout>")]
    pub rollout: Option<Box<Spanned<Rollout>>>,
    /// When it is started again; default: always for a service, never for a job.
    #[schemars(with = "Option<Restart>")]
    pub restart: Option<Spanned<Restart>>,
    /// Limits and reservations.
    #[schemars(with = "Option<Resources>")]
    pub resources: Option<Box<Spanned<Resources>>>,
    /// `true` takes all privileges away; a map keeps some.
    pub harden: Option<Box<Harden>>,
    /// Networks it is on; default: the `default` one. Over another service, `{name: null}` takes one away.
    #[schemars(with = "Option<Set>")]
    pub networks: Set,
    /// The optional part of the system that it belongs to.
    pub feature: Option<Text>,
    /// The environments it exists in; default: all.
    #[schemars(with = "Option<OneOrMany<Text>>")]
    pub only: OneOrMany<Text>,
    /// Log driver and rotation.
    #[schemars(with = "Option<Log>")]
    pub log: Option<Box<Spanned<Log>>>,
    /// Live reload in development.
    #[schemars(with = "Option<Vec<Watch>>")]
    pub watch: Vec<Spanned<Watch>>,
    /// A container name that others rely on.
    pub container_name: Option<Text>,
    /// The host name inside the container.
    pub hostname: Option<Text>,
    /// Name servers.
    #[schemars(with = "Option<OneOrMany<Text>>")]
    pub dns: OneOrMany<Text>,
    /// Labels for other programs.
    #[schemars(with = "Option<std::collections::BTreeMap<String, crate::spec::schema::AnyText>>")]
    pub labels: IndexMap<String, Spanned<Text>>,
    /// The nginx inside of a frontend image: what it serves.
    #[schemars(with = "Option<Static>")]
    pub r#static: Option<Box<Spanned<Static>>>,
    /// The nginx inside of a frontend image: what it passes on.
    #[schemars(with = "Option<Vec<Pass>>")]
    pub proxy: Vec<Spanned<Pass>>,
    /// Patches per target, applied last, in the target's own vocabulary.
    #[schemars(with = "Option<std::collections::BTreeMap<String, AnyTree>>")]
    pub raw: IndexMap<String, Spanned<Node>>,
}

impl Decode for Service {
    fn decode(node: &Node, cx: &mut Context<'_>) -> Option<Service> {
        let mut fields = cx.fields(node, "a service");
        let service = Service {
            doc: fields.get("doc", cx),
            kind: fields.get("kind", cx),
            schedule: fields.get("schedule", cx),
            like: fields.get("like", cx),
            image: fields.get("image", cx),
            build: fields.get("build", cx),
            run: fields.get("run", cx),
            entrypoint: fields.get("entrypoint", cx),
            user: fields.get("user", cx),
            init: fields.get("init", cx),
            stop_grace: fields.get("stop_grace", cx),
            vars: fields.or_default("vars", cx),
            env: fields.or_default("env", cx),
            deliver: fields.get("deliver", cx),
            needs: fields.or_default("needs", cx),
            port: fields.get("port", cx),
            ports: fields.or_default("ports", cx),
            publish: fields.or_default("publish", cx),
            routes: fields.or_default("routes", cx),
            mounts: fields.or_default("mounts", cx),
            health: fields.get("health", cx),
            replicas: fields.get("replicas", cx),
            singleton: fields.get("singleton", cx),
            scale: fields.get("scale", cx),
            external: fields.get("external", cx),
            stateful: fields.get("stateful", cx),
            rollout: fields.get("rollout", cx),
            restart: fields.get("restart", cx),
            resources: fields.get("resources", cx),
            harden: fields.get("harden", cx),
            networks: fields.or_default("networks", cx),
            feature: fields.get("feature", cx),
            only: fields.or_default("only", cx),
            log: fields.get("log", cx),
            watch: fields.or_default("watch", cx),
            container_name: fields.get("container_name", cx),
            hostname: fields.get("hostname", cx),
            dns: fields.or_default("dns", cx),
            labels: fields.or_default("labels", cx),
            r#static: fields.get("static", cx),
            proxy: fields.or_default("proxy", cx),
            raw: fields.or_default("raw", cx),
        };
        fields.finish(cx)?;
        Some(service)
    }
}

/// What kind of process a service is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, JsonSchema)]
#[schemars(rename_all = "lowercase")]
pub enum Kind {
    /// Runs until it is stopped.
    Service,
    /// Runs once, to its end.
    Job,
    /// Runs on a schedule.
    Cron,
}

impl Decode for Kind {
    fn decode(node: &Node, cx: &mut Context<'_>) -> Option<Kind> {
        cx.word(node, &[("service", Kind::Service), ("job", Kind::Job), ("cron", Kind::Cron)])
    }
}

/// When a container is started again.
#[derive(Clone, Copy, PartialEq, Eq, Debug, JsonSchema)]
#[schemars(rename_all = "kebab-case")]
pub enum Restart {
    /// Never.
    No,
    /// Whenever it ends.
    Always,
    /// Whenever it fails.
    OnFailure,
    /// Whenever it ends, unless a person stopped it.
    UnlessStopped,
}

impl Decode for Restart {
    fn decode(node: &Node, cx: &mut Context<'_>) -> Option<Restart> {
        let words = [
            ("unless-stopped", Restart::UnlessStopped),
            ("always", Restart::Always),
            ("on-failure", Restart::OnFailure),
            ("no", Restart::No),
        ];
        cx.word(node, &words)
    }
}

/// Services that must be ready first, with the condition.
#[derive(Clone, Default, Debug)]
pub struct Needs {
    /// Service, its condition, in written order.
    pub list: Vec<Need>,
}

/// One service that must be ready first.
#[derive(Clone, Debug)]
pub struct Need {
    /// Its name and place.
    pub service: Text,
    /// What "ready" means; when absent, what the service itself says (a job: done; with a health check: healthy).
    pub condition: Option<Spanned<Condition>>,
    /// Restart this one when the other is restarted.
    pub restart: bool,
    /// Wait for it in the pod, before the container starts (Kubernetes).
    pub wait: bool,
}

/// What a service waits for.
#[derive(Clone, Copy, PartialEq, Eq, Debug, JsonSchema)]
#[schemars(rename_all = "lowercase")]
pub enum Condition {
    /// It was started.
    Started,
    /// Its health check passes.
    Healthy,
    /// It ended with success.
    Done,
}

impl Decode for Condition {
    fn decode(node: &Node, cx: &mut Context<'_>) -> Option<Condition> {
        cx.word(node, &[("started", Condition::Started), ("healthy", Condition::Healthy), ("done", Condition::Done)])
    }
}

impl Decode for Needs {
    fn decode(node: &Node, cx: &mut Context<'_>) -> Option<Needs> {
        if node.as_seq().is_some() {
            let names = Vec::<Text>::decode(node, cx)?;
            let list = names
                .into_iter()
                .map(|service| Need { service, condition: None, restart: false, wait: false })
                .collect();
            return Some(Needs { list });
        }
        let Some(map) = node.as_map() else {
            return cx.expected(node, "a map of services to `started`, `healthy` or `done`");
        };
        let mut list = Vec::new();
        for entry in map.entries.iter().filter(|it| !it.value.is_null()) {
            let service = Text { value: entry.key.to_string().into(), span: entry.key_span };
            if entry.value.as_map().is_some() {
                let mut fields = cx.fields(&entry.value, "a need");
                let condition = fields.get("is", cx);
                let restart = fields.get("restart", cx).unwrap_or(false);
                let wait = fields.get("wait", cx).unwrap_or(false);
                fields.finish(cx)?;
                list.push(Need { service, condition, restart, wait });
            } else if let Some(condition) = Spanned::<Condition>::decode(&entry.value, cx) {
                list.push(Need { service, condition: Some(condition), restart: false, wait: false });
            }
        }
        Some(Needs { list })
    }
}

#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[allow(dead_code)]
struct NeedMap {
    /// What "ready" means.
    is: Option<Condition>,
    /// Restart this service when the other is restarted.
    restart: Option<bool>,
    /// Wait for it in the pod, before the container starts (Kubernetes).
    wait: Option<bool>,
}

impl JsonSchema for Needs {
    fn schema_name() -> Cow<'static, str> {
        "Needs".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let condition = generator.subschema_for::<Condition>();
        let map = generator.subschema_for::<NeedMap>();
        json_schema!({
            "description": "What must be ready first: services, or a map of service to `started`, `healthy`, `done`.",
            "anyOf": [
                {"type": "array", "items": {"type": "string"}},
                {"type": "object", "additionalProperties": {"anyOf": [condition, map, {"type": "null"}]}}
            ]
        })
    }
}
