//! The environment of a container: whole groups from ConfigMaps, secrets one by one, and what is fixed for it.
//!
//! A group of variables is one ConfigMap that all services share which ask for the whole of it. Its name has the hash
//! of its content: a changed value is a new ConfigMap, so exactly the workloads that use it roll, and a rollback
//! finds the old one. What differs for a service stands in `env`, which wins over `envFrom`. A Secret is never taken
//! whole: a container sees only the keys that it asks for.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::diag::{Diagnostic, Level};
use crate::ir::service::Service;
use crate::ir::text::{Operator, Part, Text};
use crate::ir::variable::{Delivery, Entry, Group};
use crate::origin::Origin;
use crate::syntax::kubernetes_name::{dns_label, is_variable_name};
use crate::syntax::yaml_out::{Map, Seq};

use super::BAD_NAME;
use super::cluster::Cluster;
use super::config::config_map;
use super::storage::postgres_data;
use super::text::{Filled, POD_NAME, Variables, fill};

/// A group that is taken whole has at least this many variables; fewer are as well written out.
const BULK: usize = 2;

/// The environment of one container.
pub(super) struct Environ {
    /// `envFrom`.
    pub from: Seq,
    /// `env`.
    pub list: Seq,
    /// The names under which the container has secrets that a text refers to.
    pub aliases: Aliases,
}

/// Secrets and the names under which a container has them.
pub(super) struct Aliases(Vec<(String, String)>);

impl Aliases {
    /// Returns the name under which the container has a secret.
    pub(super) fn name_of(&self, secret: &str) -> String {
        let alias = self.0.iter().find(|(it, _)| it == secret);
        alias.map_or_else(|| secret.to_string(), |(_, name)| name.clone())
    }
}

/// A variable of a service with its value.
struct Value<'a> {
    entry: &'a Entry,
    filled: Filled,
    origin: &'a Origin,
}

/// Lowers the environment of a service. `texts` are filled in elsewhere and may refer to secrets.
pub(super) fn environ(service: &Service, texts: &[&Filled], cluster: &mut Cluster<'_>) -> Environ {
    let values = values(service, cluster);
    let (from, covered) = bulk(service, &values, cluster);
    let fixed: Vec<&Value<'_>> = values.iter().filter(|it| !covered.contains(&*it.entry.name)).collect();
    let mut list = Seq::new();
    let needed = fixed.iter().map(|it| &it.filled).filter(|it| it.as_secret().is_none()).chain(texts.iter().copied());
    let needed: Vec<&Filled> = needed.collect();
    let aliases = referred(service, &needed, &values, cluster, &mut list);
    for Value { entry, filled, origin } in fixed {
        let variable = Map::new().put("name", &*entry.name);
        let variable = match filled.as_secret() {
            // It stands further up already, because another value is made of it.
            Some((name, _)) if aliases.0.iter().any(|(it, own)| it == name && **own == *entry.name) => continue,
            Some((name, optional)) => variable.put("valueFrom", secret_key(name, optional, cluster)),
            None => variable.put("value", filled.to_expansion(&|it| aliases.name_of(it))),
        };
        list.add(variable).from(origin);
    }
    if let Some(mount) = postgres_data(service)
        && !service.environment.iter().any(|it| *it.name == *"PGDATA")
    {
        // The root of a new volume may hold `lost+found`, and is not the database's own.
        let variable = Map::new().put("name", "PGDATA").put("value", format!("{}/pgdata", mount.target));
        list.add(variable).from(&mount.origin);
    }
    Environ { from, list, aliases }
}

/// Adds what texts refer to: Kubernetes fills in only what stands before.
fn referred(
    service: &Service,
    texts: &[&Filled],
    values: &[Value<'_>],
    cluster: &mut Cluster<'_>,
    list: &mut Seq,
) -> Aliases {
    let secrets: BTreeSet<&str> = texts.iter().flat_map(|it| it.secrets()).collect();
    let mut aliases = Vec::new();
    for secret in secrets {
        let same = values.iter().find(|it| *it.entry.name == *secret);
        // Another value under this name: then the secret needs a name of its own.
        let is_other = same.is_some_and(|it| it.filled.as_secret().map(|it| it.0) != Some(secret));
        let name = if is_other { format!("{secret}_FROM_SECRET") } else { secret.to_string() };
        if let Some(key) = cluster.secrets.get_mut(secret) {
            // Without it the reference would stay as it is written.
            key.optional = false;
        }
        let origin = same.map_or(Origin::Written(service.span), |it| it.origin.clone());
        list.add(Map::new().put("name", &name).put("valueFrom", secret_key(secret, false, cluster))).from(&origin);
        aliases.push((secret.to_string(), name));
    }
    if texts.iter().any(|it| it.has_pod_name()) {
        let field = Map::new().put("fieldRef", Map::new().put("fieldPath", "metadata.name"));
        list.add(Map::new().put("name", POD_NAME).put("valueFrom", field)).from(&Origin::Derived {
            span: service.span,
            why: &"`@{slot}` tells replicas apart, and a pod's name does",
        });
    }
    Aliases(aliases)
}

fn secret_key(name: &str, optional: bool, cluster: &Cluster<'_>) -> Map {
    let key = Map::new()
        .put("name", &cluster.kubernetes.secrets.name)
        .put("key", name)
        .put_if("optional", optional.then_some(true));
    Map::new().put("secretKeyRef", key)
}

fn values<'a>(service: &'a Service, cluster: &mut Cluster<'_>) -> Vec<Value<'a>> {
    let mut values = Vec::new();
    for entry in &service.environment {
        let origin = &entry.delivery.origin;
        let span = origin.span().unwrap_or(service.span);
        if !is_variable_name(&entry.name) {
            let message = format!("`{}` cannot be the name of a variable on Kubernetes", entry.name);
            let error = Diagnostic::new(BAD_NAME, Level::Error, span, message);
            cluster.cx.error(error.help("use letters, digits and `_`, and no digit first"));
        }
        let text = match &entry.delivery.value {
            Delivery::Inline(text) if is_left_out(entry, text, cluster) => continue,
            Delivery::Inline(text) => text.clone(),
            Delivery::EnvFile => {
                let variable = cluster.known.variables.get(&*entry.name).copied();
                let text = variable.and_then(|it| it.inside.as_deref().or(it.value.as_ref()));
                let Some(text) = text else { continue };
                text.value.clone()
            }
        };
        let filled = cluster.fill(&text, span);
        values.push(Value { entry, filled, origin });
    }
    values
}

/// An optional variable without a value is not there, rather than empty: programs tell the two apart.
fn is_left_out(entry: &Entry, text: &Text, cluster: &Cluster<'_>) -> bool {
    let [Part::Variable(reference)] = text.parts.as_slice() else { return false };
    let is_default_nothing =
        reference.fallback.as_ref().is_some_and(|it| it.operator == Operator::Default && it.argument.parts.is_empty());
    let declared = cluster.known.variables.get(&*entry.name).copied();
    *reference.name == *entry.name
        && is_default_nothing
        && declared.is_some_and(|it| it.value.is_none() && it.secret.is_none() && it.optional)
}

/// Takes whole groups from ConfigMaps; returns the names whose values come from there.
fn bulk<'a>(service: &Service, values: &[Value<'a>], cluster: &mut Cluster<'_>) -> (Seq, BTreeSet<&'a str>) {
    let (mut from, mut covered) = (Seq::new(), BTreeSet::new());
    let environment = cluster.cx.environment;
    let known = Arc::clone(&cluster.known);
    for (group, shared) in environment.groups.iter().zip(&known.shared) {
        let asked = |name: &str| values.iter().find(|it| *it.entry.name == *name && it.entry.declared.is_some());
        if shared.len() < BULK || !shared.iter().all(|(name, _)| asked(name).is_some()) {
            continue;
        }
        for (name, value) in shared {
            covered.extend(asked(name).filter(|it| it.filled.as_literal() == Some(value)).map(|it| &*it.entry.name));
        }
        let label = dns_label(&group.name).unwrap_or_else(|| "group".to_string());
        let origin = Origin::Derived { span: group.span, why: &"a group of variables is one ConfigMap" };
        let data = shared.iter().map(|(name, value)| (name.clone(), value.clone().into_bytes())).collect();
        let name = config_map(&format!("env-{label}"), data, group.doc.as_deref(), &origin, cluster);
        from.add(Map::new().put("configMapRef", Map::new().put("name", name))).from(&origin);
    }
    let _ = service;
    (from, covered)
}

/// Returns the variables of a group that are the same for every service and no secret.
pub(super) fn shared(group: &Group, variables: &Variables<'_>) -> Vec<(String, String)> {
    let mut shared = Vec::new();
    for variable in group.variables.iter().filter(|it| !it.deploy_only && it.secret.is_none()) {
        let Some(value) = variable.inside.as_deref().or(variable.value.as_ref()) else { continue };
        // What is wrong with it is told where a service asks for it.
        let filled = fill(&value.value, variables, &mut Vec::new());
        if let Some(literal) = filled.as_literal() {
            shared.push((variable.name.to_string(), literal.to_string()));
        }
    }
    shared
}
