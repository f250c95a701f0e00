//! `deploy`: how many, how they are replaced and restarted, and what they may use.

use crate::diag::{Diagnostic, Level};
use crate::emit::compose::labels;
use crate::emit::compose::service::{add_filled, put};
use crate::emit::compose::{resources, units};
use crate::emit::lowering::Lowering;
use crate::emit::traefik;
use crate::ir::service::{Kind, Restart, Rollout, Service};
use crate::origin::Origin;
use crate::syntax::yaml_out::{Map, Seq};

use super::GPU;

/// Writes `deploy` of a service.
pub(super) fn deploy(service: &Service, cx: &mut Lowering<'_>) -> Map {
    let mut map = Map::new();
    put(&mut map, "replicas", service.replicas.as_ref(), resources::replicas);
    if is_proxy(service, cx) {
        // Only a manager can tell the proxy which services there are.
        let managers = Seq::new().item("node.role == manager");
        map.add("placement", Map::new().put("constraints", managers)).from(&Origin::Written(service.span));
    }
    let is_job = service.kind.value == Kind::Job;
    if is_job {
        map.add("mode", "replicated-job").from(&service.kind.origin);
        // None at first: the deploy script starts one job after the other, when what it needs is there.
        let name: String = service.name.chars().map(|it| if it.is_ascii_alphanumeric() { it } else { '_' }).collect();
        map.add("replicas", format!("${{JOB_{}:-0}}", name.to_ascii_uppercase())).from(&service.kind.origin);
    } else {
        add_filled(&mut map, "update_config", update_config(service).into());
    }
    let condition = match service.restart.value {
        Restart::No => "none",
        Restart::OnFailure => "on-failure",
        // What ends well is done.
        Restart::Always | Restart::UnlessStopped if is_job => "on-failure",
        Restart::Always | Restart::UnlessStopped => "any",
    };
    map.add("restart_policy", Map::new().put("condition", condition)).from(&service.restart.origin);
    if let Some(it) = &service.resources {
        let resources = resources::resources(&it.value);
        if !resources.is_empty() {
            map.add("resources", resources).from(&it.origin);
        }
        if it.value.gpu.is_some() {
            let span = it.origin.span().unwrap_or(service.span);
            let message = format!("Swarm cannot give `{}` a graphics processor", service.name);
            let help = "run it in a compose environment, or add the generic resource that your nodes advertise under \
                        `raw: {swarm: {deploy: {resources: {reservations: {generic_resources: …}}}}}`";
            cx.error(Diagnostic::new(GPU, Level::Error, span, message).help(help));
        }
    }
    add_filled(&mut map, "labels", labels::write(&traefik::labels(service, cx)));
    map
}

fn is_proxy(service: &Service, cx: &Lowering<'_>) -> bool {
    cx.environment.ingress.as_ref().is_some_and(|it| it.here && it.service == service.name)
}

/// What has data, or may never run twice, is stopped before its successor starts.
fn update_config(service: &Service) -> Map {
    let mut map = Map::new();
    let nothing = Rollout::default();
    let Rollout { start_first, parallel, delay, monitor, rollback } =
        service.rollout.as_ref().map_or(&nothing, |it| &it.value);
    let singleton = service.singleton.as_ref().filter(|it| it.value);
    let parallel = if singleton.is_some() { Some(1) } else { *parallel };
    let stop_first = singleton.is_some() || service.stateful;
    let order = match start_first {
        _ if stop_first => Some("stop-first"),
        Some(true) => Some("start-first"),
        Some(false) => Some("stop-first"),
        None => None,
    };
    let origin = service.rollout.as_ref().map(|it| &it.origin).or(singleton.map(|it| &it.origin));
    let origin = origin.cloned().unwrap_or(Origin::Written(service.span));
    let mut add = |key: &'static str, value: Option<crate::syntax::yaml_out::Yaml>| {
        if let Some(value) = value {
            map.add(key, value).from(&origin);
        }
    };
    add("parallelism", parallel.map(Into::into));
    add("delay", delay.map(|it| units::duration(it).into()));
    add("monitor", monitor.map(|it| units::duration(it).into()));
    add("order", order.map(Into::into));
    add("failure_action", rollback.then(|| "rollback".into()));
    map
}
