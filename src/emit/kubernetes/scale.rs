//! How many: replicas, autoscaling, and what keeps some of them running.

use crate::diag::{Diagnostic, Level};
use crate::ir::kubernetes::Scale;
use crate::ir::service::{Kind, Replicas, Service};
use crate::origin::Traced;
use crate::syntax::yaml_out::{Map, Seq};

use super::NO_SCALING;
use super::cluster::Cluster;
use super::object::{Object, pairs};

/// Returns the number of replicas that is written into the workload, if it is for the workload to say.
pub(super) fn replicas(service: &Service, cluster: &mut Cluster<'_>) -> Option<u32> {
    match service.replicas.as_ref().map(|it| (&it.value, &it.origin)) {
        // What scales it decides; a number here would undo that with every deployment.
        _ if service.scale.is_some() => None,
        Some((Replicas::Count(count), _)) => Some(*count),
        Some((Replicas::Variable(text), origin)) => {
            let span = origin.span().unwrap_or(service.span);
            let number = cluster.fixed(text, "the number of replicas", span);
            let count = number.parse().ok();
            if count.is_none() && !number.is_empty() {
                let message = format!("`{number}` is not a number of replicas");
                cluster.cx.error(
                    Diagnostic::new(NO_SCALING, Level::Error, span, message).help("give the variable a whole number"),
                );
            }
            count
        }
        None => Some(1),
    }
}

/// Returns how many replicas there may be at most.
pub(super) fn most_replicas(service: &Service, cluster: &mut Cluster<'_>) -> u32 {
    match &service.scale {
        Some(scale) => scale.value.max,
        None => replicas(service, cluster).unwrap_or(1),
    }
}

/// Returns how many replicas there are at least.
pub(super) fn fewest_replicas(service: &Service, cluster: &mut Cluster<'_>) -> u32 {
    match &service.scale {
        Some(scale) => scale.value.min,
        None => replicas(service, cluster).unwrap_or(1),
    }
}

/// Writes the autoscaler and the disruption budget of a service.
pub(super) fn put_scaling(service: &Service, workload: &'static str, cluster: &mut Cluster<'_>) {
    let name = cluster.name_of(&service.name);
    if let Some(scale) = &service.scale {
        refuse(service, scale, cluster);
        let target = Map::new().put("apiVersion", "apps/v1").put("kind", workload).put("name", &name);
        let spec = Map::new()
            .put("scaleTargetRef", target)
            .put("minReplicas", scale.value.min)
            .put("maxReplicas", scale.value.max)
            .put("metrics", metrics(&scale.value));
        let object = cluster.object(service, ("autoscaling/v2", "HorizontalPodAutoscaler"), &name);
        cluster.objects.push(object.body(Map::new().put("spec", spec)).from(&scale.origin));
    }
    if fewest_replicas(service, cluster) > 1 {
        let object = budget(service, name, cluster);
        cluster.objects.push(object);
    }
}

/// At most one replica is taken away at a time, as when a node is emptied; one that does not work is no hindrance.
fn budget(service: &Service, name: String, cluster: &Cluster<'_>) -> Object {
    let spec = Map::new()
        .put("maxUnavailable", 1)
        .put("unhealthyPodEvictionPolicy", "AlwaysAllow")
        .put("selector", Map::new().put("matchLabels", pairs(&cluster.selector(service))));
    cluster.object(service, ("policy/v1", "PodDisruptionBudget"), name).body(Map::new().put("spec", spec))
}

fn metrics(scale: &Scale) -> Seq {
    let mut list = Seq::new();
    for (name, percent) in [("cpu", scale.cpu), ("memory", scale.memory)] {
        if let Some(percent) = percent {
            let target = Map::new().put("type", "Utilization").put("averageUtilization", percent);
            let resource = Map::new().put("name", name).put("target", target);
            list.add(Map::new().put("type", "Resource").put("resource", resource));
        }
    }
    for (name, value) in &scale.metrics {
        let target = Map::new().put("type", "AverageValue").put("averageValue", value);
        let metric = Map::new().put("metric", Map::new().put("name", name)).put("target", target);
        list.add(Map::new().put("type", "External").put("external", metric));
    }
    list
}

fn refuse(service: &Service, scale: &Traced<Scale>, cluster: &mut Cluster<'_>) {
    let span = scale.origin.span().unwrap_or(service.span);
    let mut error = |message: String, help: String, also: Option<(crate::source::Span, &str)>| {
        let error = Diagnostic::new(NO_SCALING, Level::Error, span, message).help(help);
        cluster.cx.error(match also {
            Some((span, label)) => error.also(span, label),
            None => error,
        });
    };
    if let Some(singleton) = service.singleton.as_ref().filter(|it| it.value) {
        let message = format!("`{}` may run only once, so it cannot be scaled", service.name);
        let also = singleton.origin.span().map(|it| (it, "declared a singleton here"));
        error(message, "drop `scale` or `singleton`".to_string(), also);
    }
    if service.kind.value != Kind::Service {
        let message = format!("`{}` runs to its end, so it cannot be scaled by load", service.name);
        error(message, "drop `scale`".to_string(), service.kind.origin.span().map(|it| (it, "its kind")));
    }
    let resources = service.resources.as_ref().map(|it| &it.value);
    let reserves = [
        ("cpu", scale.value.cpu, resources.and_then(|it| it.reserve_cpu_millis.or(it.cpu_millis))),
        ("memory", scale.value.memory, resources.and_then(|it| it.reserve_memory_bytes.or(it.memory_bytes))),
    ];
    for (what, percent, reserved) in reserves {
        if percent.is_some() && reserved.is_none() {
            let message =
                format!("`{}` is scaled by {what}, in percent of what is set aside, and nothing is", service.name);
            let example = if what == "cpu" { "250m" } else { "256m" };
            let also = service.resources.as_ref().and_then(|it| it.origin.span()).map(|it| (it, "its resources"));
            error(message, format!("add `resources: {{reserve: {{{what}: {example}}}}}`"), also);
        }
    }
}
