//! What of a service Kubernetes cannot say, field by field.

use crate::ir::service::{Condition, Kind, Need, Publish, Restart, Rollout, Service};
use crate::origin::{Origin, Traced};

use super::cluster::Cluster;

/// Notes what of a service is said nearly or not at all. Every field is named here, so that a new one cannot be
/// forgotten; those that are lowered elsewhere have an underscore.
pub(super) fn losses(service: &Service, cluster: &mut Cluster<'_>) {
    let Service {
        name: _,
        span: _,
        doc: _,
        kind,
        image: _,
        build: _,
        run: _,
        entrypoint: _,
        user: _,
        init,
        stop_grace: _,
        environment: _,
        needs,
        ports: _,
        publish,
        routes: _,
        mounts: _,
        health: _,
        replicas: _,
        singleton: _,
        stateful,
        rollout,
        restart,
        resources: _,
        harden: _,
        networks,
        feature: _,
        log,
        watch,
        container_name: _,
        hostname: _,
        dns,
        labels,
        scale: _,
        // What the nginx inside of an image does is the same wherever the image runs.
        frontend: _,
        raw: _,
    } = service;
    order(service, needs, cluster);
    replacement(service, *stateful, rollout.as_deref(), cluster);
    reach(service, publish, networks, cluster);
    let cx = &mut cluster.cx;
    if let Some(init) = init.as_ref().filter(|it| it.value) {
        let reason = "a pod has no init process: put one into the image, such as tini, if it leaves children behind";
        cx.leave_out(service, "init", init.origin.span(), reason);
    }
    if let Some(log) = log {
        cx.leave_out(service, "log", log.origin.span(), "the nodes decide where logs go and when they are rotated");
    }
    if let Some(watch) = watch.first() {
        cx.leave_out(service, "watch", watch.origin.span(), "Kubernetes does not reload from source code");
    }
    if let Some(server) = dns.first() {
        cx.approximate(service, "dns", server.origin.span(), "the cluster's own name server is asked first");
    }
    if let Some((_, value)) = labels.first() {
        let reason = "labels of a container are for programs on its host: there is none here to read them";
        cx.leave_out(service, "labels", value.origin.span(), reason);
    }
    let written = !matches!(restart.origin, Origin::Default(_));
    if written && kind.value == Kind::Service && matches!(restart.value, Restart::No | Restart::OnFailure) {
        let reason = "what runs until it is stopped is always started again: say `kind: job` for what ends";
        cx.approximate(service, "restart", restart.origin.span(), reason);
    }
}

/// What comes before what: nothing does.
fn order(service: &Service, needs: &[Need], cluster: &mut Cluster<'_>) {
    let cx = &mut cluster.cx;
    if let Some(need) = needs.iter().find(|it| !it.wait && it.condition != Condition::Done) {
        let reason =
            "everything starts at once: it must try again until what it needs can be reached, or say `wait: true`";
        cx.approximate(service, "needs", need.origin.span(), reason);
    }
    if let Some(need) = needs.iter().find(|it| it.condition == Condition::Done) {
        let reason = "only the order of applying waits for a job: apply it, wait, then apply the rest";
        cx.approximate(service, "needs", need.origin.span(), reason);
    }
    if let Some(need) = needs.iter().find(|it| it.restart) {
        cx.leave_out(service, "needs.restart", need.origin.span(), "nothing restarts with another service");
    }
}

/// Who can reach it.
fn reach(service: &Service, publish: &[Publish], networks: &[Traced<String>], cluster: &mut Cluster<'_>) {
    let by_policy = cluster.kubernetes.network_policy.is_some();
    let cx = &mut cluster.cx;
    if let Some(publish) = publish.first() {
        let reason = "no port of a node is published: reach it through the ingress, or with `kubectl port-forward`";
        cx.leave_out(service, "publish", publish.origin.span(), reason);
    }
    if let Some(network) = networks.iter().find(|it| it.value != "default").filter(|_| !by_policy) {
        let reason = "every pod reaches every other: say `kubernetes: {network_policy: networks}` to keep them apart";
        cx.approximate(service, "networks", network.origin.span(), reason);
    }
}

/// How a new version takes the place of the old one.
fn replacement(service: &Service, stateful: bool, rollout: Option<&Traced<Rollout>>, cluster: &mut Cluster<'_>) {
    let Some(it) = rollout else { return };
    let cx = &mut cluster.cx;
    if it.value.rollback {
        let reason = "a Deployment does not go back by itself: the deployment does, with `kubectl rollout undo`";
        cx.approximate(service, "rollout.rollback", it.origin.span(), reason);
    }
    if stateful && it.value.start_first == Some(true) {
        let reason = "what has data is gone before its successor starts";
        cx.approximate(service, "rollout.order", it.origin.span(), reason);
    }
    if it.value.delay.is_some() && !stateful {
        let reason = "the time between replicas is one for which a new one must be ready";
        cx.approximate(service, "rollout.delay", it.origin.span(), reason);
    }
}
