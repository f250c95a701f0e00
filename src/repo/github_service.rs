//! Jobs with service containers, and the addresses that their variables and scripts name.
//!
//! <https://docs.github.com/en/actions/tutorials/use-containerized-services/use-docker-service-containers>

use super::fact::{JobAddress, JobService, ServiceJob, Text};
use super::near::{line_after, line_before};
use super::reader::Input;
use super::shell::embedded::Embedded;
use crate::source::Spanned;
use crate::syntax::node::{Entry, Map, Node};

/// Hosts that are the machine, or the container, that asks.
pub const OWN: &[&str] = &["localhost", "127.0.0.1"];

/// Finds the jobs that have service containers.
pub fn jobs(input: &Input, node: &Node) -> Vec<ServiceJob> {
    let Some(jobs) = node.get("jobs").and_then(Node::as_map) else { return Vec::new() };
    // What stands above several jobs may be meant for one of the others.
    let above = node.get("env").filter(|_| jobs.entries.len() == 1);
    jobs.entries.iter().filter_map(|it| job(input, &it.value, above)).collect()
}

fn job(input: &Input, job: &Node, above: Option<&Node>) -> Option<ServiceJob> {
    let services: Vec<JobService> = job.get("services")?.as_map()?.entries.iter().filter_map(service).collect();
    let container = job.get("container").filter(|it| !it.is_null());
    let image = container.map(|it| it.get("image").unwrap_or(it));
    // An expression may be empty, and then there is no container.
    if services.is_empty() || image.is_some_and(|it| it.as_text().is_none_or(is_expression)) {
        return None;
    }
    let steps = job.get("steps").and_then(Node::as_seq).unwrap_or(&[]);
    let hosts: Vec<&str> = services.iter().map(|it| it.name.value.as_str()).chain(OWN.iter().copied()).collect();
    let mut addresses = Vec::new();
    let environments = [above, job.get("env")].into_iter().chain(steps.iter().map(|it| it.get("env")));
    for map in environments.flatten().filter_map(Node::as_map) {
        of_environment(input, map, &hosts, &mut addresses);
    }
    for script in scripts(steps).filter_map(|it| Embedded::scalar(it, input.text)) {
        of_text(&script, &hosts, &mut addresses);
    }
    Some(ServiceJob {
        container: container.map(Node::place),
        starts_servers: steps.iter().any(starts_servers),
        services,
        addresses,
    })
}

fn is_expression(text: &str) -> bool {
    text.trim_start().starts_with("${{") && text.trim_end().ends_with("}}")
}

fn scripts(steps: &[Node]) -> impl Iterator<Item = &Node> {
    steps.iter().filter_map(|it| it.get("run"))
}

fn service(entry: &Entry) -> Option<JobService> {
    let image = entry.value.get("image")?;
    let ports = entry.value.get("ports").map_or(&[][..], |it| it.as_seq().unwrap_or(std::slice::from_ref(it)));
    let options = entry.value.get("options").and_then(Node::as_text).unwrap_or("");
    // Options are those of `docker create`, which publish ports and choose a network, too.
    let mut words = options.split_whitespace();
    let publishes = words.any(|it| it.starts_with("-p") || it.starts_with("--publish") || it.starts_with("--net"));
    let read: Vec<_> = ports.iter().filter_map(|it| port(it.as_text()?)).collect();
    Some(JobService {
        name: Spanned::new(entry.key.to_string(), entry.key_span),
        image: Spanned::new(image.as_text()?.to_string(), image.place()),
        is_certain: !publishes && read.len() == ports.len(),
        ports: read,
    })
}

/// Reads `5432:5432`, `5432/tcp`, `127.0.0.1:5432:5432`: the port of the machine, and that of the container.
fn port(text: &str) -> Option<(Option<u16>, u16)> {
    let (before, target) = text.rsplit_once(':').map_or((None, text), |it| (Some(it.0), it.1));
    let target = target.split('/').next()?.trim().parse().ok()?;
    match before {
        None => Some((None, target)),
        Some(it) => Some((Some(it.rsplit(':').next()?.trim().parse().ok()?), target)),
    }
}

/// Returns whether a step starts a server, or something else that has names and ports of its own.
fn starts_servers(step: &Node) -> bool {
    let text = |key: &str| step.get(key).and_then(Node::as_text).unwrap_or("").to_ascii_lowercase();
    let words = ["compose", "postgres", "mysql", "mariadb", "redis", "mongo", "kafka", "elastic", "supabase", "minio"];
    let uses = text("uses");
    if uses.starts_with("docker://") || words.iter().any(|it| uses.contains(it)) {
        return true;
    }
    let is_start = |line: &str| {
        let has = |words: &[&str]| words.iter().any(|it| line.contains(it));
        has(&["docker", "podman"]) && has(&["run", "up", "start", "exec", "compose", "create"])
            || has(&["service ", "systemctl", "/etc/init.d", "brew "]) && has(&["start", "enable", "invoke"])
            || has(&["/etc/hosts", "pg_ctl", "redis-server", "mysqld", "mongod ", "socat ", "port-forward"])
            || has(&["kubectl ", "helm ", "kind create", "minikube", "job.container", "initdb", "ssh -"])
    };
    text("run").lines().any(is_start)
}

/// Names and addresses in `env:`.
fn of_environment(input: &Input, map: &Map, hosts: &[&str], found: &mut Vec<JobAddress>) {
    for entry in &map.entries {
        let Some(value) = Embedded::scalar(&entry.value, input.text) else { continue };
        let text = value.text.trim();
        let Some(host) = hosts.iter().find(|it| **it == text) else {
            of_text(&value, hosts, found);
            continue;
        };
        let key = entry.key.to_ascii_uppercase();
        let Some(stem) = key.strip_suffix("HOST").or_else(|| key.strip_suffix("HOSTNAME")) else { continue };
        let beside = map.entries.iter().find(|it| it.key.to_ascii_uppercase() == format!("{stem}PORT"));
        found.push(JobAddress {
            host: Spanned::new(host.to_string(), value.span(0, value.text.len())),
            port: beside.and_then(|it| it.value.as_text()?.parse().ok()),
            scheme: String::new(),
        });
    }
}

/// Addresses in a text: `scheme://user@host:port`, `host:port`, `-h host`.
fn of_text(text: &Embedded, hosts: &[&str], found: &mut Vec<JobAddress>) {
    for host in hosts {
        for (at, _) in text.text.match_indices(host) {
            found.extend(address(text, at, host));
        }
    }
}

fn address(text: &Embedded, at: usize, host: &str) -> Option<JobAddress> {
    let end = at + host.len();
    let (before, after) = (line_before(&text.text, at), line_after(&text.text, end));
    if before.trim_start().starts_with('#') || before.contains(" #") {
        return None;
    }
    let digits =
        after.strip_prefix(':').map_or("", |it| it.split(|it: char| !it.is_ascii_digit()).next().unwrap_or(""));
    let rest = if digits.is_empty() { after } else { &after[1 + digits.len()..] };
    let port: Option<u16> = digits.parse().ok();
    let is_end = |it: char| it.is_whitespace() || matches!(it, '/' | '?' | '"' | '\'' | '`' | ',' | ';' | ')' | '\\');
    if !rest.is_empty() && !rest.starts_with(is_end) {
        return None;
    }
    let scheme = match scheme(before) {
        Some(it) => it,
        None if is_option(before) && port.is_none() => String::new(),
        None => {
            let is_start = |it: char| it.is_whitespace() || matches!(it, '=' | '"' | '\'' | ',' | '(');
            port.filter(|_| !rest.starts_with('/') && (before.is_empty() || before.ends_with(is_start)))?;
            String::new()
        }
    };
    Some(JobAddress { host: Text::new(host.to_string(), text.span(at, end)), port, scheme })
}

/// Returns the scheme of a URL whose host comes next.
fn scheme(before: &str) -> Option<String> {
    let (left, user) = before.rsplit_once("://")?;
    let is_user = user.is_empty() || user.ends_with('@') && !user.contains([' ', '/', '"', '\'']);
    let start = left.rfind(|it: char| !(it.is_ascii_alphanumeric() || matches!(it, '+' | '.' | '-')));
    let scheme = &left[start.map_or(0, |it| it + left[it..].chars().next().map_or(1, char::len_utf8))..];
    (is_user && !scheme.is_empty()).then(|| scheme.to_ascii_lowercase())
}

fn is_option(before: &str) -> bool {
    [" -h ", " -h", " --host ", " --host=", " --hostname="].iter().any(|it| before.ends_with(it))
}
