//! One service as compose writes it.

use crate::diag::{Diagnostic, Level};
use crate::emit::NAME_OF_MANY;
use crate::emit::deploy::blue_green;
use crate::emit::lowering::Lowering;
use crate::emit::traefik;
use crate::ir::service::{
    Allow, Condition, Harden, Kind, Log, Need, Protocol, Publish, Replicas, Restart, Rollout, Service, Watch,
    WatchAction,
};
use crate::ir::text::Text;
use crate::origin::{Origin, Traced};
use crate::syntax::yaml_out::{Map, Seq, Yaml};

use super::labels::{self, Label};
use super::paths::from_directory;
use super::{build, health, mounts, networks, process, resources, units};

/// Writes a service. Every field of the picture is named here, so that a new one cannot be forgotten.
pub(super) fn lower(service: &Service, cx: &mut Lowering<'_>) -> Map {
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
        init,
        stop_grace: _,
        environment: _,
        needs,
        ports: _,
        publish,
        routes: _,
        frontend: _,
        mounts: _,
        health: _,
        replicas: _,
        singleton: _,
        stateful: _,
        rollout: _,
        restart,
        resources: _,
        harden: _,
        networks: _,
        feature: _,
        log: _,
        watch: _,
        container_name,
        hostname,
        dns,
        labels: _,
        scale: _,
        raw: _,
    } = service;
    losses(service, cx);
    let mut map = Map::new();
    put(&mut map, "image", image.as_ref(), process::text);
    put(&mut map, "build", build.as_deref(), |it| build::build(it, cx.directory()));
    put(&mut map, "container_name", container_name.as_ref(), process::text);
    put(&mut map, "hostname", hostname.as_ref(), process::text);
    put_profiles(&mut map, service, cx);
    put(&mut map, "restart", Some(restart).filter(|it| it.value != Restart::No), |it| restart_word(*it).into());
    put(&mut map, "init", init.as_ref(), |it| Yaml::Bool(*it));
    put(&mut map, "user", user.as_ref(), process::text);
    put(&mut map, "entrypoint", entrypoint.as_deref(), process::command);
    put(&mut map, "command", run.as_deref(), process::command);
    map = map.put_filled("env_file", process::env_files(service, cx, optional_env_file));
    map = map.put_filled("environment", process::environment(service, Text::to_compose));
    map = map.put_filled("depends_on", depends_on(service, needs, cx));
    map = map.put_filled("ports", ports(publish));
    map = map.put_filled("volumes", mounts::volumes(service, cx));
    map = map.put_filled("networks", network_list(service, cx));
    map = map.put_filled("dns", list(dns));
    put_operation(&mut map, service, cx);
    map
}

/// How it is watched, stopped, limited and logged.
fn put_operation(map: &mut Map, service: &Service, cx: &mut Lowering<'_>) {
    let Service { health, stop_grace, resources, harden, log, watch, .. } = service;
    if let Some(check) = health::healthcheck(service, cx) {
        let origins = health.iter().map(|it| &it.origin);
        origins.fold(map.add("healthcheck", check), |entry, it| entry.from(it));
    }
    put(map, "stop_grace_period", stop_grace.as_ref(), |it| units::duration(*it).into());
    add_filled(map, "deploy", deploy(service).into());
    if let Some(it) = resources
        && let Some(bytes) = it.value.shm_bytes
    {
        map.add("shm_size", units::bytes(bytes)).from(&it.origin);
    }
    put_privileges(map, harden.as_deref());
    put(map, "logging", log.as_deref(), |it| logging(it).into());
    let labels = all_labels(service, cx);
    add_filled(map, "labels", labels);
    add_filled(map, "develop", develop(watch, cx.directory()).into());
}

/// Adds an entry unless it is an empty map or list.
pub(crate) fn add_filled(map: &mut Map, key: &'static str, value: Yaml) {
    if !value.is_empty() {
        map.add(key, value);
    }
}

/// Adds an entry for a value that may be there, with the value's origin.
pub(crate) fn put<T>(map: &mut Map, key: &'static str, value: Option<&Traced<T>>, write: impl FnOnce(&T) -> Yaml) {
    if let Some(it) = value {
        map.add(key, write(&it.value)).from(&it.origin);
    }
}

/// Writes a list of texts.
pub(crate) fn list(texts: &[Traced<Text>]) -> Seq {
    let mut list = Seq::new();
    for it in texts {
        list.add(it.value.to_compose()).from(&it.origin);
    }
    list
}

fn losses(service: &Service, cx: &mut Lowering<'_>) {
    let Service { rollout, scale, health, kind, container_name, replicas, .. } = service;
    blue_green::loss(service, cx);
    let switches = blue_green::switches(service, cx.environment);
    let is_kept = |it: &Rollout| switches && it.parallel.is_none() && it.delay.is_none() && it.monitor.is_none();
    if let Some(it) = rollout.as_ref().filter(|it| !is_kept(&it.value)) {
        let reason = if switches {
            "a deployment replaces all containers of a service at once: pace is not kept"
        } else {
            "compose replaces containers all at once: order, pace and rollback are not kept"
        };
        cx.approximate(service, "rollout", it.origin.span(), reason);
    }
    if let Some(it) = scale {
        cx.leave_out(service, "scale", it.origin.span(), "compose cannot scale by load");
    }
    if let Some(it) = health.as_ref().filter(|it| it.value.restart) {
        let reason = "compose marks a container that fails its check, but does not restart it";
        cx.leave_out(service, "health.restart", it.origin.span(), reason);
    }
    if let Kind::Cron(_) = &kind.value {
        let reason = "compose has no schedule: run `docker compose run --rm` from the host's own cron";
        cx.approximate(service, "kind", kind.origin.span(), reason);
    }
    if let (Some(name), Some(number)) = (container_name, replicas)
        && matches!(number.value, Replicas::Count(count) if count > 1)
    {
        let at = |it: &Origin| it.span().unwrap_or(service.span);
        let message = format!("`{}` has one container name and several replicas", service.name);
        let error = Diagnostic::new(NAME_OF_MANY, Level::Error, at(&name.origin), message)
            .also(at(&number.origin), "more than one container")
            .help("remove `container_name`: other services reach it by the service's name");
        cx.error(error);
    }
}

/// An optional part that is on belongs to the environment like any other, and so needs no `--profile`. A service
/// that runs on a schedule must not start with the others.
fn put_profiles(map: &mut Map, service: &Service, cx: &Lowering<'_>) {
    if let Kind::Cron(_) = service.kind.value {
        map.add("profiles", Yaml::flow(["cron"])).from(&service.kind.origin);
    } else if cx.off(&service.name).is_some() {
        put(map, "profiles", service.feature.as_ref(), |it| Yaml::flow([it]));
    }
}

fn restart_word(restart: Restart) -> &'static str {
    match restart {
        Restart::No => "no",
        Restart::Always => "always",
        Restart::OnFailure => "on-failure",
        Restart::UnlessStopped => "unless-stopped",
    }
}

fn optional_env_file(path: String) -> Yaml {
    Map::new().put("path", path).put("required", false).into()
}

fn depends_on(dependent: &Service, needs: &[Need], cx: &Lowering<'_>) -> Map {
    let mut map = Map::new();
    for Need { service, condition, restart, wait: _, origin } in needs {
        let condition = match condition {
            Condition::Started => "service_started",
            Condition::Healthy => "service_healthy",
            Condition::Done => "service_completed_successfully",
        };
        // Compose refuses to start a service whose dependency is switched off, unless that is allowed. Two of one
        // feature are on or off together.
        let own = dependent.feature.as_ref().map(|it| it.value.as_str());
        let is_off = cx.off(service).is_some_and(|it| own != Some(it));
        let need = Map::new()
            .put("condition", condition)
            .put_if("restart", restart.then_some(true))
            .put_if("required", is_off.then_some(false));
        map.add(service.clone(), need).from(origin);
    }
    map
}

fn ports(publish: &[Publish]) -> Seq {
    let mut list = Seq::new();
    for Publish { host, published, target, protocol, origin } in publish {
        let mut text = String::new();
        if let Some(host) = host {
            let host = host.to_compose();
            // Only in brackets is an IPv6 address told from the ports.
            let is_bare_v6 = host.contains(':') && !host.starts_with(['[', '$']);
            text += &if is_bare_v6 { format!("[{host}]:") } else { format!("{host}:") };
        }
        if let Some(published) = published {
            text += &format!("{}:", published.to_compose());
        } else if host.is_some() {
            text += ":";
        }
        let protocol = if *protocol == Protocol::Udp { "/udp" } else { "" };
        list.add(format!("{text}{target}{protocol}")).from(origin);
    }
    list
}

fn network_list(service: &Service, cx: &Lowering<'_>) -> Seq {
    let joined = networks::joined(service, cx.environment);
    let mut list = Seq::new();
    if !networks::is_default(&joined) {
        for it in &joined {
            list.add(&it.value).from(&it.origin);
        }
    }
    list
}

fn deploy(service: &Service) -> Map {
    let mut map = Map::new();
    put(&mut map, "replicas", service.replicas.as_ref(), resources::replicas);
    if let Some(it) = &service.resources {
        let resources = resources::with_devices(&it.value);
        if !resources.is_empty() {
            map.add("resources", resources).from(&it.origin);
        }
    }
    map
}

fn put_privileges(map: &mut Map, harden: Option<&Traced<Harden>>) {
    put_capabilities(map, harden);
    if let Some(it) = harden {
        let Harden { drop, keep: _, options, reasons: _, allow, read_only } = &it.value;
        if let Some(except) = read_only.as_ref().filter(|it| !it.is_empty()) {
            map.add("tmpfs", except.clone()).from(&it.origin);
        }
        let escalates = allow.iter().any(|(it, _)| *it == Allow::Escalation);
        let forbid = (*drop && !escalates).then(|| "no-new-privileges:true".to_string());
        let all: Vec<String> = forbid.into_iter().chain(options.iter().cloned()).collect();
        if !all.is_empty() {
            map.add("security_opt", all).from(&it.origin);
        }
    }
}

/// Adds `cap_drop`, `cap_add` and `read_only`.
pub(crate) fn put_capabilities(map: &mut Map, harden: Option<&Traced<Harden>>) {
    let Some(it) = harden else { return };
    if it.value.drop {
        map.add("cap_drop", vec!["ALL"]).from(&it.origin);
    }
    if !it.value.keep.is_empty() {
        map.add("cap_add", it.value.keep.clone()).from(&it.origin);
    }
    if it.value.read_only.is_some() {
        map.add("read_only", true).from(&it.origin);
    }
}

/// Writes `logging`.
pub(crate) fn logging(log: &Log) -> Map {
    let Log { driver, options } = log;
    Map::new().put("driver", driver).put_filled("options", networks::pairs(options))
}

fn all_labels(service: &Service, cx: &mut Lowering<'_>) -> Yaml {
    let mut all = labels::own(service);
    all.extend(traefik::labels(service, cx));
    if let Some(hash) = mounts::files_hash(service) {
        let why = &"a changed file must recreate the container";
        let at = service.mounts.iter().find_map(|it| it.origin.span()).unwrap_or(service.span);
        all.push(Label {
            key: Text::literal(mounts::FILES_LABEL),
            value: Text::literal(hash),
            origin: Origin::Derived { span: at, why },
        });
    }
    labels::write(&all)
}

fn develop(watch: &[Watch], directory: &str) -> Map {
    let mut list = Seq::new();
    for Watch { action, path, target, ignore, origin } in watch {
        let action = match action {
            WatchAction::Sync => "sync",
            WatchAction::SyncRestart => "sync+restart",
            WatchAction::Rebuild => "rebuild",
            WatchAction::Restart => "restart",
        };
        let rule = Map::new()
            .put("action", action)
            .put("path", from_directory(path, directory))
            .put_if("target", target.as_ref())
            .put_filled("ignore", ignore.clone());
        list.add(rule).from(origin);
    }
    Map::new().put_filled("watch", list)
}
