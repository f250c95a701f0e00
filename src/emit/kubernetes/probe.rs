//! Probes: the health check as readiness, as startup where there is a time of grace, as liveness only when asked.
//!
//! A health check of compose never restarts a container, and a readiness probe does not either: it only takes the pod
//! out of its Service. A startup probe does, at the end of the time of grace, as Swarm does. All timings are written,
//! because Kubernetes has other defaults (every 10 s, 1 s to answer) than Docker (30 s, 30 s).

use crate::diag::{Diagnostic, Level};
use crate::emit::compose::health::arguments;
use crate::ir::service::{Duration, Health, HttpClient, Probe, Service};
use crate::origin::Origin;
use crate::syntax::yaml_out::{Map, Yaml};

use super::SECRET_HERE;
use super::cluster::Cluster;
use super::text::Filled;

/// Docker's defaults, in seconds, and its number of tries.
const EVERY: u64 = 30;
const TIMEOUT: u64 = 30;
const TRIES: u64 = 3;

/// What a probe does, with its texts filled in: they may refer to variables that the container then must have.
pub(super) enum Handler {
    /// Known to the last character.
    Known(Map),
    /// A line of a shell.
    Shell(Filled),
}

impl Handler {
    /// Returns the text that may refer to secrets.
    pub(super) fn text(&self) -> Option<&Filled> {
        match self {
            Handler::Known(_) => None,
            Handler::Shell(line) => Some(line),
        }
    }
}

/// Lowers what a probe does. `None` if there is none.
pub(super) fn handler(service: &Service, cluster: &mut Cluster<'_>) -> Option<Handler> {
    let health = service.health.as_ref()?;
    let span = health.origin.span().unwrap_or(service.span);
    Some(match health.value.probe.as_ref()? {
        Probe::Tcp(port) => Handler::Known(Map::new().put("tcpSocket", Map::new().put("port", *port))),
        Probe::Http { checks, client } => match (checks.as_slice(), client) {
            ([check], _) | ([check, ..], HttpClient::None) => {
                if checks.len() > 1 {
                    let reason = "only the first address is asked: a probe has one, and no client in the image can ask the others";
                    cluster.cx.approximate(service, "health", Some(span), reason);
                }
                let get = Map::new().put("path", &check.path).put("port", check.port);
                Handler::Known(Map::new().put("httpGet", get))
            }
            // Several addresses only a program in the container can ask at once.
            (_, _) => Handler::Known(exec(arguments(health.value.probe.as_ref()?))),
        },
        Probe::Command(words) => {
            let words: Vec<Filled> = words.iter().map(|it| cluster.fill(it, span)).collect();
            if words.iter().any(|it| it.as_literal().is_none()) {
                let message = format!("a probe gets no variables, so the check of `{}` cannot hold one", service.name);
                let error = Diagnostic::new(SECRET_HERE, Level::Error, span, message);
                cluster.cx.error(error.help("write it as `shell: …`: a shell in the container has the variables"));
            }
            Handler::Known(exec(words.iter().map(|it| it.as_literal().unwrap_or_default().to_string()).collect()))
        }
        Probe::Shell(line) => Handler::Shell(cluster.fill(line, span)),
    })
}

fn exec(words: Vec<String>) -> Map {
    Map::new().put("exec", Map::new().put("command", Yaml::flow(words)))
}

/// Adds the probes to a container.
pub(super) fn put_probes(
    container: &mut Map,
    service: &Service,
    handler: Option<&Handler>,
    name_of: &dyn Fn(&str) -> String,
) {
    let (Some(health), Some(handler)) = (&service.health, handler) else { return };
    let handler = match handler {
        Handler::Known(map) => map.clone(),
        Handler::Shell(line) => exec(vec!["/bin/sh".to_string(), "-c".to_string(), line.to_shell(name_of)]),
    };
    let Health { probe: _, every, timeout, tries, grace, start_every, restart } = &health.value;
    let period = every.as_ref().map_or(EVERY, |it| seconds(it.value));
    let tries_n = tries.as_ref().map_or(TRIES, |it| u64::from(it.value).max(1));
    let timeout = timeout.as_ref().map_or(TIMEOUT, |it| seconds(it.value));
    let timed = |period: u64, failures: u64| {
        let number = |it: u64| i64::try_from(it).unwrap_or(i64::MAX);
        let mut map = handler.clone();
        map.add("periodSeconds", number(period));
        map.add("timeoutSeconds", number(timeout));
        map.add("failureThreshold", number(failures));
        map
    };
    let origin = &health.origin;
    let mut put = |name: &'static str, map: Map, more: Option<&Origin>| {
        let entry = container.add(name, map).from(origin);
        if let Some(more) = more {
            entry.from(more);
        }
    };
    if grace.is_some() || *restart {
        let window = grace.as_ref().map_or(0, |it| seconds(it.value)) + tries_n * period;
        let start_period = start_every.as_ref().map_or(period, |it| seconds(it.value));
        let failures = window.div_ceil(start_period);
        put("startupProbe", timed(start_period, failures), grace.as_ref().map(|it| &it.origin));
    }
    put("readinessProbe", timed(period, tries_n), every.as_ref().map(|it| &it.origin));
    if *restart {
        put("livenessProbe", timed(period, tries_n), None);
    }
}

/// Returns whole seconds, at least one: less cannot be said.
pub(super) fn seconds(duration: Duration) -> u64 {
    duration.millis.div_ceil(1000).max(1)
}
