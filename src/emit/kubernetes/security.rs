//! What a container may do: the standard "restricted" where the spec hardens, with its reasoned exceptions.

use crate::diag::{Diagnostic, Level};
use crate::ir::service::{Allow, Harden, Service};
use crate::syntax::yaml_out::{Map, Seq};

use super::BAD_USER;
use super::cluster::Cluster;

/// The pod security standards, from the strictest on.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Standard {
    /// Nothing that is not needed.
    Restricted,
    /// What a container of Docker may do.
    Baseline,
    /// Everything.
    Privileged,
}

impl Standard {
    /// Returns the word of the label `pod-security.kubernetes.io/enforce`.
    pub(super) fn word(self) -> &'static str {
        match self {
            Standard::Restricted => "restricted",
            Standard::Baseline => "baseline",
            Standard::Privileged => "privileged",
        }
    }
}

/// Capabilities that "baseline" lets a container add: those that Docker gives to every one.
#[rustfmt::skip]
static BASELINE_CAPABILITIES: &[&str] = &[
    "AUDIT_WRITE", "CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "MKNOD", "NET_BIND_SERVICE", "SETFCAP",
    "SETGID", "SETPCAP", "SETUID", "SYS_CHROOT",
];

/// The security contexts of a pod and of its container.
pub(super) struct Contexts {
    /// Of the pod.
    pub pod: Map,
    /// Of the container.
    pub container: Map,
    /// Directories that can be written although the rest cannot.
    pub writable: Vec<String>,
    /// Exceptions with their reasons, as annotations that tools for policies read.
    pub annotations: Vec<(String, String)>,
}

/// A user and group by number.
#[derive(Clone, Copy, Default)]
struct User {
    user: Option<u32>,
    group: Option<u32>,
}

/// Lowers what a service may do. `writes` tells whether it has volumes that it writes.
pub(super) fn contexts(service: &Service, writes: bool, cluster: &mut Cluster<'_>) -> Contexts {
    let user = user(service, cluster);
    let nothing = Harden::default();
    let harden = service.harden.as_ref().map_or(&nothing, |it| &it.value);
    let allows = |what: Allow| harden.allow.iter().any(|(it, _)| *it == what);
    let is_root = user.user == Some(0) || user.user.is_none();
    let mut pod = Map::new();
    if !is_root {
        pod.add("runAsNonRoot", true);
    }
    if let (true, Some(span)) =
        (harden.drop && is_root && !allows(Allow::Root), service.harden.as_ref().and_then(|it| it.origin.span()))
    {
        let reason = "it may still run as root: say `user: UID`, which Kubernetes can check before it starts, or \
                      `harden: {allow: {root: the reason}}`";
        cluster.cx.approximate(service, "harden", Some(span), reason);
    }
    pod = pod.put_if("runAsUser", user.user.map(i64::from)).put_if("runAsGroup", user.group.map(i64::from));
    if writes && !is_root {
        // A new volume belongs to root; without this, the user could not write it.
        pod.add("fsGroup", user.group.or(user.user).map_or(0, i64::from));
        pod.add("fsGroupChangePolicy", "OnRootMismatch");
    }
    let (seccomp, apparmor) = options(service, harden, cluster);
    pod.add("seccompProfile", Map::new().put("type", seccomp));
    if let Some(profile) = apparmor {
        pod.add("appArmorProfile", Map::new().put("type", profile));
    }
    let escalates = allows(Allow::Escalation) || !harden.drop && !no_new_privileges(harden);
    let mut container = Map::new();
    if !escalates {
        container.add("allowPrivilegeEscalation", false);
    }
    if harden.read_only.is_some() {
        container.add("readOnlyRootFilesystem", true);
    }
    let mut capabilities = Map::new();
    if harden.drop {
        capabilities.add("drop", crate::syntax::yaml_out::Yaml::flow(["ALL"]));
    }
    let mut added = Seq::new();
    for capability in &harden.keep {
        let item = added.add(capability.as_str());
        if let Some((_, reason)) = harden.reasons.iter().find(|(it, _)| it == capability) {
            item.comment(reason);
        }
    }
    let capabilities = capabilities.put_filled("add", added);
    container = container.put_filled("capabilities", capabilities);
    let standard = standard(harden, is_root || escalates, seccomp, apparmor);
    cluster.standard = cluster.standard.max(standard);
    let annotations = annotations(harden);
    Contexts { pod, container, writable: harden.read_only.clone().unwrap_or_default(), annotations }
}

fn standard(harden: &Harden, is_loose: bool, seccomp: &str, apparmor: Option<&str>) -> Standard {
    let added = |allowed: &[&str]| harden.keep.iter().all(|it| allowed.contains(&it.as_str()));
    if apparmor.is_some() || seccomp == "Unconfined" || !added(BASELINE_CAPABILITIES) {
        return Standard::Privileged;
    }
    if is_loose || !harden.drop || !added(&["NET_BIND_SERVICE"]) { Standard::Baseline } else { Standard::Restricted }
}

fn no_new_privileges(harden: &Harden) -> bool {
    harden.options.iter().any(|it| it == "no-new-privileges:true" || it == "no-new-privileges")
}

/// Returns the seccomp and AppArmor profiles. Docker has a seccomp profile for every container, Kubernetes only for
/// one that asks.
fn options(service: &Service, harden: &Harden, cluster: &mut Cluster<'_>) -> (&'static str, Option<&'static str>) {
    let (mut seccomp, mut apparmor) = ("RuntimeDefault", None);
    for option in &harden.options {
        match option.as_str() {
            "seccomp:unconfined" | "seccomp=unconfined" => seccomp = "Unconfined",
            "apparmor:unconfined" | "apparmor=unconfined" => apparmor = Some("Unconfined"),
            it if it.starts_with("no-new-privileges") => {}
            other => {
                let reason = format!("the security option `{other}` has no field");
                let span = service.harden.as_ref().and_then(|it| it.origin.span());
                cluster.cx.leave_out(service, "harden.options", span, &reason);
            }
        }
    }
    (seccomp, apparmor)
}

/// The reasons stand where linters of manifests look for them.
fn annotations(harden: &Harden) -> Vec<(String, String)> {
    let check = |allow: Allow| match allow {
        Allow::Root => "run-as-non-root",
        Allow::Escalation => "privilege-escalation-container",
        Allow::Writable => "no-read-only-root-fs",
        Allow::HostPath => "sensitive-host-mounts",
    };
    let key = |allow: Allow| format!("ignore-check.kube-linter.io/{}", check(allow));
    harden.allow.iter().map(|(allow, reason)| (key(*allow), reason.clone())).collect()
}

/// Reads the user: Kubernetes knows numbers only.
fn user(service: &Service, cluster: &mut Cluster<'_>) -> User {
    let Some(written) = &service.user else { return User::default() };
    let span = written.origin.span().unwrap_or(service.span);
    let text = cluster.fixed(&written.value, "the user", span);
    let (user, group) = text.split_once(':').map_or((text.as_str(), None), |(user, group)| (user, Some(group)));
    let number = |it: &str| it.parse::<u32>().ok();
    let found = User { user: number(user), group: group.and_then(number) };
    if found.user.is_none() || group.is_some() && found.group.is_none() {
        let message = format!("Kubernetes knows users by number, and `{text}` is a name");
        let help = "write the numbers that the image's /etc/passwd has for it, such as `user: \"999:999\"`";
        cluster.cx.error(Diagnostic::new(BAD_USER, Level::Error, span, message).help(help));
    }
    found
}
