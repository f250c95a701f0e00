//! A pod: its container, what runs in it, what it may use, and where it may run.

use crate::diag::{Diagnostic, Level};
use crate::ir::service::{Condition, Gpu, Kind, Need, Protocol, Resources, Service};
use crate::origin::Origin;
use crate::syntax::kubernetes_name::is_dns_1123_label;
use crate::syntax::quantity::{write_bytes, write_cpu};
use crate::syntax::yaml_out::{Map, Seq, Yaml};

use super::cluster::{Cluster, port_name};
use super::object::pairs;
use super::probe::{handler, put_probes, seconds};
use super::security::contexts;
use super::storage::mounted;
use super::text::Filled;
use super::variable::environ;
use super::{BAD_NAME, NO_GPU, scale};

/// How long a pod waits for what it needs before it is started anew, in seconds.
const LONGEST_WAIT: u32 = 300;

/// A pod and what its workload must know of it.
pub(super) struct Pod {
    /// Its `spec`.
    pub spec: Map,
    /// Annotations of the pod.
    pub annotations: Vec<(String, String)>,
    /// Exceptions from hardening with their reasons, as annotations of the workload.
    pub exceptions: Vec<(String, String)>,
    /// Claims of which every replica has its own.
    pub templates: Seq,
    /// Whether it has a claim that one node uses at a time.
    pub claims: bool,
}

/// Lowers a service to its pod.
pub(super) fn pod(service: &Service, cluster: &mut Cluster<'_>) -> Pod {
    let mut mounted = mounted(service, cluster);
    let contexts = contexts(service, mounted.writes, cluster);
    let origin = service.harden.as_ref().map_or(Origin::Written(service.span), |it| it.origin.clone());
    for (at, path) in contexts.writable.iter().enumerate() {
        mounted.scratch(&format!("scratch-{}", at + 1), path, Map::new(), &origin);
    }
    let container = container(service, contexts.container, mounted.mounts, cluster);
    let mut spec = Map::new()
        .put_if("restartPolicy", (service.kind.value != Kind::Service).then_some("Never"))
        .put("serviceAccountName", cluster.system_label())
        .put("automountServiceAccountToken", false)
        // Else a Service called `redis` sets REDIS_PORT=tcp://… in every container.
        .put("enableServiceLinks", false);
    if let Some(grace) = &service.stop_grace {
        let grace_seconds = i64::try_from(seconds(grace.value)).unwrap_or(i64::MAX);
        spec.add("terminationGracePeriodSeconds", grace_seconds).from(&grace.origin);
    }
    put_hostname(&mut spec, service, cluster);
    put_dns(&mut spec, service, cluster);
    spec.add("securityContext", contexts.pod).from(&origin);
    let spec = spec.put_filled("initContainers", waits(service, cluster)).put("containers", Seq::new().item(container));
    let mut spec = spec.put_filled("volumes", mounted.volumes);
    if scale::most_replicas(service, cluster) > 1 && service.kind.value == Kind::Service {
        put_spread(&mut spec, service, cluster);
    }
    let one_node = |it: &&crate::ir::Volume| {
        !matches!(it.access.as_ref().map(|it| it.value), Some(crate::ir::kubernetes::Access::Many))
    };
    let claims = service.mounts.iter().any(|mount| match &mount.source {
        crate::ir::service::MountSource::Volume(name) => cluster.known.volumes.get(name.as_str()).is_some_and(one_node),
        _ => false,
    });
    Pod { spec, annotations: Vec::new(), exceptions: contexts.annotations, templates: mounted.templates, claims }
}

fn container(service: &Service, security: Map, mounts: Seq, cluster: &mut Cluster<'_>) -> Map {
    let handler = handler(service, cluster);
    let [entrypoint, run] = [&service.entrypoint, &service.run].map(|it| {
        let command = it.as_ref()?;
        let span = command.origin.span().unwrap_or(service.span);
        let words = command.value.words().iter().map(|it| cluster.fill(it, span)).collect::<Vec<Filled>>();
        Some((words, command.origin.clone()))
    });
    let texts: Vec<&Filled> = entrypoint.iter().chain(&run).flat_map(|it| &it.0).collect();
    let probed = handler.as_ref().and_then(super::probe::Handler::text);
    let all: Vec<&Filled> = texts.iter().copied().chain(probed).collect();
    let environ = environ(service, &all, cluster);
    let name_of = |it: &str| environ.aliases.name_of(it);
    let mut map = Map::new().put("name", cluster.name_of(&service.name));
    if let Some(image) = &service.image {
        let span = image.origin.span().unwrap_or(service.span);
        map.add("image", cluster.fixed(&image.value, "the image", span)).from(&image.origin);
    }
    let line = |it: &(Vec<Filled>, Origin)| Yaml::flow(it.0.iter().map(|it| it.to_expansion(&name_of)));
    // An entry point that is taken away makes the command the program: there is no way to say "none".
    let emptied = entrypoint.as_ref().is_some_and(|it| it.0.is_empty());
    let keys = if emptied { ["command", "command"] } else { ["command", "args"] };
    for (key, command) in keys.into_iter().zip([&entrypoint, &run]) {
        if let Some(it) = command.as_ref().filter(|it| !it.0.is_empty()) {
            map.add(key, line(it)).from(&it.1);
        }
    }
    let mut map =
        map.put_filled("envFrom", environ.from).put_filled("env", environ.list).put_filled("ports", ports(service));
    if let Some(it) = &service.resources {
        let resources = resources(service, &it.value, cluster);
        if !resources.is_empty() {
            map.add("resources", resources).from(&it.origin);
        }
    }
    put_probes(&mut map, service, handler.as_ref(), &name_of);
    map.put_filled("securityContext", security).put_filled("volumeMounts", mounts)
}

fn ports(service: &Service) -> Seq {
    let mut list = Seq::new();
    for port in &service.ports {
        let item = Map::new().put("name", port_name(port)).put("containerPort", port.number);
        let protocol = if port.protocol == Protocol::Udp { "UDP" } else { "TCP" };
        list.add(item.put("protocol", protocol)).from(&port.origin);
    }
    list
}

fn resources(service: &Service, resources: &Resources, cluster: &mut Cluster<'_>) -> Map {
    let Resources { cpu_millis, memory_bytes, reserve_cpu_millis, reserve_memory_bytes, gpu, shm_bytes: _ } = resources;
    // What has data is not to be the first to go when a node has no memory left.
    let reserve_memory = reserve_memory_bytes.or(if service.stateful { *memory_bytes } else { None });
    let requests =
        Map::new().put_if("cpu", reserve_cpu_millis.map(write_cpu)).put_if("memory", reserve_memory.map(write_bytes));
    let mut limits =
        Map::new().put_if("cpu", cpu_millis.map(write_cpu)).put_if("memory", memory_bytes.map(write_bytes));
    match gpu {
        Some(Gpu::Count(0)) | None => {}
        Some(Gpu::Count(count)) => drop(limits.add("nvidia.com/gpu", *count)),
        Some(Gpu::All | Gpu::Cdi(_) | Gpu::Ids(_)) => {
            let at = service.resources.as_ref().and_then(|it| it.origin.span()).unwrap_or(service.span);
            let message = format!("`{}` asks for particular graphics processors of one machine", service.name);
            let error = Diagnostic::new(NO_GPU, Level::Error, at, message);
            cluster.cx.error(error.help("say how many it needs in this environment: `resources: {gpu: 1}`"));
        }
    }
    Map::new().put_filled("requests", requests).put_filled("limits", limits)
}

fn put_hostname(spec: &mut Map, service: &Service, cluster: &mut Cluster<'_>) {
    let Some(hostname) = &service.hostname else { return };
    let span = hostname.origin.span().unwrap_or(service.span);
    let name = cluster.fixed(&hostname.value, "the host name", span);
    if !is_dns_1123_label(&name) {
        let message = format!("`{name}` cannot be the host name of a pod");
        let error = Diagnostic::new(BAD_NAME, Level::Error, span, message);
        return cluster.cx.error(error.help("use lower-case letters, digits and `-`, at most 63"));
    }
    spec.add("hostname", name).from(&hostname.origin);
}

fn put_dns(spec: &mut Map, service: &Service, cluster: &mut Cluster<'_>) {
    let mut servers = Seq::new();
    for server in &service.dns {
        let span = server.origin.span().unwrap_or(service.span);
        servers.add(cluster.fixed(&server.value, "a name server", span)).from(&server.origin);
    }
    if !servers.is_empty() {
        spec.add("dnsConfig", Map::new().put("nameservers", servers));
    }
}

/// Replicas are kept apart where there is room, and never waited for: on one node they run beside each other.
fn put_spread(spec: &mut Map, service: &Service, cluster: &Cluster<'_>) {
    let selector = || Map::new().put("matchLabels", pairs(&cluster.selector(service)));
    let term = Map::new().put("topologyKey", "kubernetes.io/hostname").put("labelSelector", selector());
    let preferred = Map::new().put("weight", 100).put("podAffinityTerm", term);
    let list = Seq::new().item(preferred);
    let anti = Map::new().put("preferredDuringSchedulingIgnoredDuringExecution", list);
    spec.add("affinity", Map::new().put("podAntiAffinity", anti));
    let zones = Map::new()
        .put("maxSkew", 1)
        .put("topologyKey", "topology.kubernetes.io/zone")
        .put("whenUnsatisfiable", "ScheduleAnyway")
        .put("labelSelector", selector());
    spec.add("topologySpreadConstraints", Seq::new().item(zones));
}

/// Containers that end when what the service needs can be reached, where the spec asks for that.
fn waits(service: &Service, cluster: &mut Cluster<'_>) -> Seq {
    let mut list = Seq::new();
    for need in service.needs.iter().filter(|it| it.wait) {
        let Some(other) = cluster.known.services.get(need.service.as_str()).copied() else { continue };
        let Some(port) = other.ports.first().filter(|_| need.condition != Condition::Done) else {
            cannot_wait(service, need, cluster);
            continue;
        };
        let host = cluster.name_of(&need.service);
        let line = format!(
            "for _ in $(seq {LONGEST_WAIT}); do nc -z -w 1 {host} {number} && exit 0; sleep 1; done; exit 1",
            number = port.number
        );
        let security = Map::new()
            .put("runAsNonRoot", true)
            .put("runAsUser", 65534)
            .put("allowPrivilegeEscalation", false)
            .put("readOnlyRootFilesystem", true)
            .put("capabilities", Map::new().put("drop", Yaml::flow(["ALL"])));
        let small = Map::new().put("cpu", "10m").put("memory", "16Mi");
        let wait = Map::new()
            .put("name", format!("wait-for-{host}"))
            .put("image", &cluster.kubernetes.wait_image.value)
            // `$(seq …)` is the shell's, so Kubernetes must not take it for a variable.
            .put("command", Yaml::flow(["/bin/sh", "-c", &line.replace("$(", "$$(")]))
            .put("resources", Map::new().put("requests", small.clone()).put("limits", small))
            .put("securityContext", security);
        list.add(wait).from(&need.origin);
    }
    list
}

fn cannot_wait(service: &Service, need: &Need, cluster: &mut Cluster<'_>) {
    let reason = match need.condition {
        Condition::Done => {
            format!("no container can see that the job `{}` is done: the order of applying does", need.service)
        }
        _ => format!("`{}` has no port that could be asked", need.service),
    };
    cluster.cx.leave_out(service, "needs", need.origin.span(), &reason);
}
