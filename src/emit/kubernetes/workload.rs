//! A service as a workload: Deployment, StatefulSet, Job or CronJob, and what its replacement looks like.

use crate::diag::{Diagnostic, Level};
use crate::ir::service::{Kind, Restart, Rollout, Service};
use crate::origin::Origin;
use crate::syntax::yaml_out::{Map, render_map};

use super::config::hash;
use super::object::{Object, pairs};
use super::pod::{Pod, pod};
use super::{BAD_NAME, NOT_ON_CLUSTER, cluster::Cluster, network, scale};

/// How long a Job that has ended is kept, in seconds: a day, so that its log can be read.
const KEPT: i64 = 86_400;
/// How often a Job is tried again when nothing is said: it may start before what it needs.
const TRIES: i64 = 6;

/// Writes the objects of a service.
pub(super) fn put_service(service: &Service, cluster: &mut Cluster<'_>) {
    super::losses::losses(service, cluster);
    if service.image.is_none() {
        no_image(service, cluster);
    }
    network::put_services(service, cluster);
    let pod = pod(service, cluster);
    let mut objects = match &service.kind.value {
        Kind::Job => vec![job(service, pod, cluster)],
        Kind::Cron(schedule) => vec![cron_job(service, schedule, pod, cluster)],
        Kind::Service if service.stateful => vec![stateful_set(service, pod, cluster)],
        Kind::Service => vec![deployment(service, pod, cluster)],
    };
    if let Some(workload) = objects.first_mut() {
        workload.doc.clone_from(&service.doc);
        workload.origin = Origin::Written(service.span);
        super::patch::patch_workload(workload, service, cluster);
    }
    let workload = objects.first().map_or("Deployment", |it| it.kind);
    cluster.objects.append(&mut objects);
    scale::put_scaling(service, workload, cluster);
}

fn no_image(service: &Service, cluster: &mut Cluster<'_>) {
    let at = service.build.as_ref().and_then(|it| it.origin.span()).unwrap_or(service.span);
    let message = format!("Kubernetes builds nothing, and `{}` has no image that it could pull", service.name);
    let image = service.build.as_ref().map_or("NAME", |it| &it.value.image);
    let help = format!("give the image its reference under `images.{image}.ref`, or set `system.registry`");
    cluster.cx.error(Diagnostic::new(NOT_ON_CLUSTER, Level::Error, at, message).help(help));
}

fn template(service: &Service, pod: &mut Pod, cluster: &Cluster<'_>) -> Map {
    let metadata =
        Map::new().put("labels", pairs(&cluster.selector(service))).put_filled("annotations", pairs(&pod.annotations));
    Map::new().put("metadata", metadata).put("spec", std::mem::take(&mut pod.spec))
}

fn selector(service: &Service, cluster: &Cluster<'_>) -> Map {
    Map::new().put("matchLabels", pairs(&cluster.selector(service)))
}

fn deployment(service: &Service, mut pod: Pod, cluster: &mut Cluster<'_>) -> Object {
    let mut spec = Map::new();
    put_replicas(&mut spec, service, cluster);
    spec.add("selector", selector(service, cluster));
    let many = scale::most_replicas(service, cluster) > 1;
    put_strategy(&mut spec, service, pod.claims, many);
    spec.add("template", template(service, &mut pod, cluster));
    finish(service, ("apps/v1", "Deployment"), spec, &pod, cluster)
}

fn stateful_set(service: &Service, mut pod: Pod, cluster: &mut Cluster<'_>) -> Object {
    let mut spec = Map::new();
    put_replicas(&mut spec, service, cluster);
    spec.add("serviceName", cluster.name_of(&service.name));
    spec.add("selector", selector(service, cluster));
    // One after the other, and each is gone before its successor starts.
    spec.add("updateStrategy", Map::new().put("type", "RollingUpdate"));
    spec.add("template", template(service, &mut pod, cluster));
    let spec = spec.put_filled("volumeClaimTemplates", std::mem::take(&mut pod.templates));
    finish(service, ("apps/v1", "StatefulSet"), spec, &pod, cluster)
}

fn put_replicas(spec: &mut Map, service: &Service, cluster: &mut Cluster<'_>) {
    if let Some(count) = scale::replicas(service, cluster) {
        let entry = spec.add("replicas", count);
        if let Some(it) = &service.replicas {
            entry.from(&it.origin);
        }
    }
}

fn finish(
    service: &Service,
    kind: (&'static str, &'static str),
    spec: Map,
    pod: &Pod,
    cluster: &Cluster<'_>,
) -> Object {
    let mut object = cluster.object(service, kind, cluster.name_of(&service.name));
    object.annotations.clone_from(&pod.exceptions);
    object.body(Map::new().put("spec", spec))
}

/// What may never run twice, and what has a volume that one node uses at a time, is gone before its successor starts.
fn put_strategy(spec: &mut Map, service: &Service, claims: bool, many: bool) {
    let nothing = Rollout::default();
    let rollout = service.rollout.as_ref();
    let Rollout { start_first, parallel, delay, monitor, rollback: _ } = rollout.map_or(&nothing, |it| &it.value);
    let singleton = service.singleton.as_ref().filter(|it| it.value);
    let parallel = i64::from(parallel.unwrap_or(1));
    let recreate = singleton.is_some() || claims || (*start_first == Some(false) && !many);
    let strategy = if recreate {
        Map::new().put("type", "Recreate")
    } else {
        let (surge, unavailable) = if *start_first == Some(false) { (0, parallel) } else { (parallel, 0) };
        let rolling = Map::new().put("maxSurge", surge).put("maxUnavailable", unavailable);
        Map::new().put("type", "RollingUpdate").put("rollingUpdate", rolling)
    };
    let entry = spec.add("strategy", strategy);
    let origin = singleton.map(|it| &it.origin).or(rollout.map(|it| &it.origin));
    if let Some(origin) = origin {
        entry.from(origin);
    }
    let seconds = |it: u64| i64::try_from(it).unwrap_or(i64::MAX);
    if let Some(delay) = delay {
        spec.add("minReadySeconds", seconds(super::probe::seconds(*delay)));
    }
    if let Some(monitor) = monitor {
        // It counts from the beginning of the rollout, so the delay is part of it.
        let all = super::probe::seconds(*monitor) + delay.map_or(0, super::probe::seconds);
        spec.add("progressDeadlineSeconds", seconds(all));
    }
}

/// A Job is never changed, so its name has the hash of its template: what differs is a new Job.
fn job(service: &Service, mut pod: Pod, cluster: &mut Cluster<'_>) -> Object {
    let spec = job_spec(service, &mut pod, Some(KEPT), cluster);
    let text = render_map(&spec, &[]).text;
    let digits = hash(&[(String::new(), text.into_bytes())]);
    let name = format!("{}-{digits}", cluster.name_of(&service.name));
    too_long(&name, service, cluster);
    let mut object = cluster.object(service, ("batch/v1", "Job"), name);
    object.annotations.clone_from(&pod.exceptions);
    object.body(Map::new().put("spec", spec))
}

fn job_spec(service: &Service, pod: &mut Pod, kept: Option<i64>, cluster: &Cluster<'_>) -> Map {
    let written = !matches!(service.restart.origin, Origin::Default(_));
    let never = written && service.restart.value == Restart::No;
    let tries = if never { 0 } else { TRIES };
    Map::new()
        .put("backoffLimit", tries)
        .put_if("ttlSecondsAfterFinished", kept)
        .put("template", template(service, pod, cluster))
}

fn cron_job(service: &Service, schedule: &str, mut pod: Pod, cluster: &mut Cluster<'_>) -> Object {
    let mut spec = Map::new();
    spec.add("schedule", schedule).from(&service.kind.origin);
    // One that is late or slow is not overtaken by the next.
    spec.add("concurrencyPolicy", "Forbid");
    spec.add("startingDeadlineSeconds", 300);
    spec.add("successfulJobsHistoryLimit", 3);
    spec.add("failedJobsHistoryLimit", 3);
    // Its limits say how many are kept; a Job that goes by itself is no longer counted.
    spec.add("jobTemplate", Map::new().put("spec", job_spec(service, &mut pod, None, cluster)));
    let name = cluster.name_of(&service.name);
    // Kubernetes adds eleven characters for each run.
    too_long(&format!("{name}-1234567890"), service, cluster);
    finish(service, ("batch/v1", "CronJob"), spec, &pod, cluster)
}

fn too_long(name: &str, service: &Service, cluster: &mut Cluster<'_>) {
    if name.len() > crate::syntax::kubernetes_name::LONGEST_LABEL {
        let message = format!("the name `{}` is too long for a job, which gets a suffix", service.name);
        let error = Diagnostic::new(BAD_NAME, Level::Error, service.span, message);
        cluster.cx.error(error.help("use at most 52 characters"));
    }
}
