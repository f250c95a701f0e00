//! The resolved system as plain data, for templates: a stable shape, and no value of a secret.
//!
//! `system`, and `environments` by name; of an environment `name`, `target`, `file`, `project`, `env_files`, `features`,
//! `services`, `networks`, `volumes` and `variables` by name; of a service `name`, `doc`, `kind`, `image`, `build`, `run`,
//! `ports`, `publish`, `replicas`, `stateful`, `singleton`, `networks`, `needs`, `mounts`, `routes` and `env`.

use serde_json::{Map, Value, json};

use crate::ir::service::{Condition, Kind, MountSource, Replicas, Service};
use crate::ir::text::Text;
use crate::ir::variable::{Delivery, Variable};
use crate::ir::{Environment, System};

/// Returns the whole system.
pub(crate) fn system(system: &System) -> Value {
    let environments: Map<String, Value> =
        system.environments.iter().map(|it| (it.name.clone(), environment(it))).collect();
    json!({"system": {"name": system.name, "about": system.about, "spec": system.spec}, "environments": environments})
}

/// Returns one environment.
pub(crate) fn environment(it: &Environment) -> Value {
    let services: Map<String, Value> =
        it.services.iter().map(|service| (service.name.clone(), self::service(it, service))).collect();
    let networks: Map<String, Value> = it
        .networks
        .iter()
        .map(|it| {
            (it.name.clone(), json!({"name": it.name, "doc": it.doc, "external": it.external, "internal": it.internal}))
        })
        .collect();
    let volumes: Map<String, Value> = it
        .volumes
        .iter()
        .map(|it| (it.name.clone(), json!({"name": it.name, "doc": it.doc, "external": it.external})))
        .collect();
    let variables = it
        .groups
        .iter()
        .flat_map(|group| group.variables.iter().map(move |it| (it.name.to_string(), variable(&group.name, it))));
    json!({
        "name": it.name,
        "doc": it.doc,
        "target": it.target.word(),
        "file": it.file.value,
        "project": it.project.as_ref().map(|it| text(&it.value)),
        "env_files": it.env_files.iter().map(|it| it.path.value.clone()).collect::<Vec<_>>(),
        "features": it.features.iter().map(|it| it.value.clone()).collect::<Vec<_>>(),
        "services": services,
        "networks": networks,
        "volumes": volumes,
        "variables": variables.collect::<Map<String, Value>>(),
    })
}

fn text(it: &Text) -> String {
    it.as_literal().map_or_else(|| it.to_compose(), str::to_string)
}

fn variable(group: &str, it: &Variable) -> Value {
    let shown = |value: Option<&Text>| value.filter(|_| it.secret.is_none()).map(text);
    json!({
        "name": &*it.name,
        "group": group,
        "doc": it.doc.as_deref(),
        "secret": it.secret.is_some(),
        "required": it.required.is_some(),
        "optional": it.optional,
        "deploy_only": it.deploy_only,
        "value": shown(it.value.as_ref().map(|it| &it.value)),
        "inside": shown(it.inside.as_ref().map(|it| &it.value)),
    })
}

fn service(environment: &Environment, it: &Service) -> Value {
    let kind = match &it.kind.value {
        Kind::Service => "service",
        Kind::Job => "job",
        Kind::Cron(_) => "cron",
    };
    let replicas = match it.replicas.as_ref().map(|it| &it.value) {
        None => json!(1),
        Some(Replicas::Count(n)) => json!(n),
        Some(Replicas::Variable(it)) => json!(text(it)),
    };
    let needs = it.needs.iter().map(|it| {
        let word = match it.condition {
            Condition::Started => "started",
            Condition::Healthy => "healthy",
            Condition::Done => "done",
        };
        (it.service.clone(), json!(word))
    });
    let mounts = it.mounts.iter().map(|it| {
        let source = match &it.source {
            MountSource::Volume(name) => name.clone(),
            MountSource::Repository { path, .. } => path.clone(),
            MountSource::Host(it) => text(it),
        };
        json!({"source": source, "target": it.target, "read_only": it.read_only})
    });
    let routes = it.routes.iter().flat_map(|route| {
        route.matches.iter().map(move |it| {
            let all = |list: &[Text]| list.iter().map(text).collect::<Vec<_>>();
            json!({"hosts": all(&it.hosts), "paths": all(&it.paths), "port": route.port})
        })
    });
    let publish = it.publish.iter().map(|it| {
        json!({"host": it.host.as_ref().map(text), "published": it.published.as_ref().map(text), "port": it.target})
    });
    json!({
        "name": it.name,
        "doc": it.doc,
        "kind": kind,
        "image": it.image.as_ref().map(|it| text(&it.value)),
        "build": it.build.as_ref().map(|it| json!({"image": it.value.image, "context": it.value.context, "dockerfile": it.value.dockerfile})),
        "run": it.run.as_ref().map(|it| it.value.words().iter().map(text).collect::<Vec<_>>()),
        "ports": it.ports.iter().map(|it| (it.name.clone(), json!(it.number))).collect::<Map<String, Value>>(),
        "publish": publish.collect::<Vec<_>>(),
        "replicas": replicas,
        "stateful": it.stateful,
        "singleton": it.singleton.as_ref().is_some_and(|it| it.value),
        "networks": it.networks.iter().map(|it| it.value.clone()).collect::<Vec<_>>(),
        "needs": needs.collect::<Map<String, Value>>(),
        "mounts": mounts.collect::<Vec<_>>(),
        "routes": routes.collect::<Vec<_>>(),
        "env": it.environment.iter().map(|entry| (entry.name.to_string(), value(environment, entry))).collect::<Map<String, Value>>(),
    })
}

/// Returns what a container sees; of a secret, nothing but its name.
fn value(environment: &Environment, entry: &crate::ir::variable::Entry) -> Value {
    let variable = environment.variable(&entry.name);
    if entry.secret || variable.is_some_and(|it| it.secret.is_some()) {
        return Value::Null;
    }
    match &entry.delivery.value {
        // A value that a secret variable is put into is one.
        Delivery::Inline(it)
            if it.variables().iter().any(|it| environment.variable(&it.name).is_some_and(|it| it.secret.is_some())) =>
        {
            Value::Null
        }
        Delivery::Inline(it) => json!(text(it)),
        Delivery::EnvFile => {
            let value = variable.and_then(|it| it.inside.as_deref().or(it.value.as_ref()));
            value.map_or(Value::Null, |it| json!(text(&it.value)))
        }
    }
}
