//! What a container may use and do, resolved.

use super::codes;
use super::context::Resolver;
use super::units;
use crate::diag::{Diagnostic, Level, did_you_mean};
use crate::ir::service::{Allow, Gpu, Harden, Log, Resources, Restart, Rollout, Watch, WatchAction};
use crate::origin::Traced;
use crate::source::Spanned;
use crate::spec;
use crate::spec::decode::OneOrMany;
use crate::spec::mount::split;
use crate::spec::text::Text;

/// Resolves a restart policy.
pub fn restart(written: spec::service::Restart) -> Restart {
    match written {
        spec::service::Restart::No => Restart::No,
        spec::service::Restart::Always => Restart::Always,
        spec::service::Restart::OnFailure => Restart::OnFailure,
        spec::service::Restart::UnlessStopped => Restart::UnlessStopped,
    }
}

/// Resolves a rollout.
pub fn rollout(resolver: &mut Resolver<'_>, written: &Spanned<spec::runtime::Rollout>) -> Traced<Rollout> {
    let spec::runtime::Rollout { order, parallel, delay, monitor, rollback } = &written.value;
    let rollout = Rollout {
        start_first: order.as_ref().map(|it| it.value == spec::runtime::Order::StartFirst),
        parallel: *parallel,
        delay: delay.as_ref().and_then(|it| units::duration(it, resolver.diags)),
        monitor: monitor.as_ref().and_then(|it| units::duration(it, resolver.diags)),
        rollback: rollback.unwrap_or(false),
    };
    resolver.traced(rollout, written.span)
}

/// Resolves limits and reservations.
pub fn resources(resolver: &mut Resolver<'_>, written: &Spanned<spec::runtime::Resources>) -> Traced<Resources> {
    let spec::runtime::Resources { cpu, memory, reserve, gpu, shm } = &written.value;
    let reserve = reserve.as_ref();
    let diags = &mut *resolver.diags;
    let resources = Resources {
        cpu_millis: cpu.as_ref().and_then(|it| units::cpu_millis(it, diags)),
        memory_bytes: memory.as_ref().and_then(|it| units::bytes(it, diags)),
        reserve_cpu_millis: reserve.and_then(|it| it.cpu.as_ref()).and_then(|it| units::cpu_millis(it, diags)),
        reserve_memory_bytes: reserve.and_then(|it| it.memory.as_ref()).and_then(|it| units::bytes(it, diags)),
        gpu: gpu.as_ref().map(self::gpu),
        shm_bytes: shm.as_ref().and_then(|it| units::bytes(it, resolver.diags)),
    };
    over_limit(resolver, &resources, written);
    resolver.traced(resources, written.span)
}

fn over_limit(resolver: &mut Resolver<'_>, resources: &Resources, written: &Spanned<spec::runtime::Resources>) {
    let pairs = [
        ("memory", resources.reserve_memory_bytes, resources.memory_bytes),
        ("processors", resources.reserve_cpu_millis, resources.cpu_millis),
    ];
    for (what, reserved, limit) in pairs {
        if let (Some(reserved), Some(limit)) = (reserved, limit)
            && reserved > limit
        {
            let message = format!("`{}` reserves more {what} than its limit", resolver.service);
            resolver.diags.push(
                Diagnostic::new(codes::BAD_VALUE, Level::Error, written.span, message)
                    .help("raise the limit, or reserve less"),
            );
        }
    }
}

fn gpu(written: &spec::runtime::Gpu) -> Gpu {
    let devices = match written {
        spec::runtime::Gpu::Count(count) => return Gpu::Count(*count),
        spec::runtime::Gpu::All(_) => return Gpu::All,
        spec::runtime::Gpu::Devices(devices) => devices,
    };
    let list = |it: &OneOrMany<Text>| it.0.iter().map(|it| it.value.to_string()).collect::<Vec<_>>();
    match devices.count {
        Some(count) => Gpu::Count(count),
        None if devices.cdi.0.is_empty() => Gpu::Ids(list(&devices.ids)),
        None => Gpu::Cdi(list(&devices.cdi).into_iter().map(device_name).collect()),
    }
}

/// `all` is short for the device that stands for all of them.
fn device_name(name: String) -> String {
    if name == "all" { "nvidia.com/gpu=all".to_string() } else { name }
}

/// Resolves hardening.
pub fn harden(resolver: &mut Resolver<'_>, written: &spec::runtime::Harden) -> Traced<Harden> {
    let spec::runtime::Harden { span, drop, keep, options, allow, read_only } = written;
    // compose and Swarm take `NET_ADMIN` and `CAP_NET_ADMIN` alike, Kubernetes only the short form.
    let capability = |it: &Text| it.value.strip_prefix("CAP_").unwrap_or(&it.value).to_string();
    let harden = Harden {
        drop: *drop,
        keep: keep.list.iter().map(|(it, _)| capability(it)).collect(),
        options: options.iter().map(|it| it.value.to_string()).collect(),
        reasons: keep
            .list
            .iter()
            .filter_map(|(it, why)| Some((capability(it), why.as_ref()?.value.to_string())))
            .collect(),
        allow: allow
            .iter()
            .filter_map(|(word, why)| Some((exception(resolver, word, why)?, why.value.value.to_string())))
            .collect(),
        read_only: read_only
            .as_ref()
            .filter(|it| it.on)
            .map(|it| it.except.iter().map(|it| it.value.to_string()).collect()),
    };
    resolver.traced(harden, *span)
}

fn exception(resolver: &mut Resolver<'_>, word: &str, why: &Spanned<Text>) -> Option<Allow> {
    let words = [
        ("root", Allow::Root),
        ("escalation", Allow::Escalation),
        ("writable", Allow::Writable),
        ("host_path", Allow::HostPath),
    ];
    if why.value.value.trim().is_empty() {
        let message = format!("`{}` may do `{word}`, and nothing says why", resolver.service);
        let error = Diagnostic::new(codes::BAD_VALUE, Level::Error, why.span, message);
        resolver.diags.push(error.help(format!("write the reason: `{word}: the image …`")));
    }
    if let Some((_, found)) = words.iter().find(|it| it.0 == word) {
        return Some(*found);
    }
    let known: Vec<&str> = words.iter().map(|it| it.0).collect();
    let error = Diagnostic::new(codes::BAD_VALUE, Level::Error, why.span, format!("nothing is allowed by `{word}`"));
    resolver.diags.push(match did_you_mean(word, known.iter().copied()) {
        Some(near) => error.help(format!("did you mean `{near}`?")),
        None => error.help(format!("there are {}", spec::decode::listed(&known))),
    });
    None
}

/// Resolves a log.
pub fn log(resolver: &mut Resolver<'_>, written: &Spanned<spec::runtime::Log>) -> Traced<Log> {
    let spec::runtime::Log { driver, max_size, max_files, options } = &written.value;
    let mut all: Vec<(String, String)> = Vec::new();
    for (name, value) in [("max-size", max_size), ("max-file", max_files)] {
        all.extend(value.as_ref().map(|it| (name.to_string(), it.value.to_string())));
    }
    all.extend(options.iter().map(|(name, it)| (name.clone(), it.value.value.to_string())));
    let driver = driver.as_ref().map_or_else(|| "json-file".to_string(), |it| it.value.to_string());
    resolver.traced(Log { driver, options: all }, written.span)
}

/// Resolves a rule of live reload.
pub fn watch(resolver: &mut Resolver<'_>, written: &Spanned<spec::runtime::Watch>) -> Option<Watch> {
    let spec::runtime::Watch { sync, sync_restart, rebuild, restart, ignore } = &written.value;
    let actions = [
        (WatchAction::Sync, sync),
        (WatchAction::SyncRestart, sync_restart),
        (WatchAction::Rebuild, rebuild),
        (WatchAction::Restart, restart),
    ];
    let mut said = actions.iter().filter_map(|(action, text)| Some((*action, text.as_ref()?)));
    let (Some((action, text)), None) = (said.next(), said.next()) else {
        let message = "a watch rule has exactly one of `sync`, `sync_restart`, `rebuild`, `restart`";
        resolver.diags.push(Diagnostic::new(codes::BAD_VALUE, Level::Error, written.span, message));
        return None;
    };
    let parts = split(&text.value);
    let copies = matches!(action, WatchAction::Sync | WatchAction::SyncRestart);
    if copies != (parts.len() == 2) {
        let message = if copies {
            "this action copies, so it needs a path in the container"
        } else {
            "this action copies nothing"
        };
        let error = Diagnostic::new(codes::BAD_VALUE, Level::Error, text.span, message);
        resolver.diags.push(error.help(if copies { "write `./source:/path`" } else { "write only the watched path" }));
        return None;
    }
    Some(Watch {
        action,
        path: parts[0].to_string(),
        target: parts.get(1).map(|it| (*it).to_string()),
        ignore: ignore.0.iter().map(|it| it.value.to_string()).collect(),
        origin: resolver.origin(text.span),
    })
}
