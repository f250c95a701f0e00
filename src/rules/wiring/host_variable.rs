//! Hosts that stand in other places than a URL of `environment:`: a part of `host-unresolvable`.

use super::host_unresolvable::{RULE, judge, urls};
use super::url::{self, Url};
use crate::diag::{Level, nearest};
use crate::repo::Repo;
use crate::repo::compose::Service;
use crate::repo::environment::Environment;
use crate::repo::fact::Text;
use crate::repo::known_image;
use crate::repo::provenance::{self, Content};
use crate::repo::reach::{self, Host};
use crate::rules::Findings;
use crate::source::normalize;

/// Looks at variables that hold a host alone, at env files that a service loads, and at stores on the wrong machine.
pub fn run(repo: &Repo, (environment, service): (&Environment, &Service), findings: &mut Findings) {
    for variable in &service.environment {
        let Some(value) = &variable.value else { continue };
        host_alone(repo, (environment, service), (&variable.name.value, value), findings);
        for url in urls(value) {
            local_store(environment, service, &url, findings);
        }
    }
    for entry in &service.env_files {
        let path = normalize(&format!("{}/{}", environment.directory, entry.path.value));
        let Some(Content::File(file)) = path.as_ref().map(|it| provenance::content(repo, it)) else { continue };
        // Only what is said for containers: a file that also serves the host says nothing certain.
        let own = |it: &str| service.variable(it).is_none();
        for entry in file.entries.iter().filter(|it| !it.is_commented && own(&it.name.value)) {
            for url in urls(&entry.value).iter().filter(|it| is_store(it) && !url::is_outside(&it.host)) {
                let near = nearest(&url.host, environment.model.service_names());
                findings.push_maybe(judge(repo, environment, service, url).filter(|_| near.is_some()));
            }
        }
    }
}

/// Schemes of stores and brokers: no browser speaks them.
fn is_store(url: &Url) -> bool {
    let scheme = url.scheme.split('+').next().unwrap_or("");
    ["redis", "postgres", "postgresql", "mysql", "mariadb", "mongodb", "amqp", "nats", "clickhouse"].contains(&scheme)
}

/// `REDIS_HOST=redis` where no service has that name, and one of that image has another.
fn host_alone(
    repo: &Repo,
    (environment, service): (&Environment, &Service),
    (name, value): (&str, &Text),
    findings: &mut Findings,
) {
    let is_host = ["_HOST", "_HOSTNAME", "_SERVER"].iter().any(|it| name.ends_with(it));
    let is_word =
        value.value.bytes().all(|it| it.is_ascii_lowercase() || it.is_ascii_digit() || it == b'-' || it == b'_');
    if !is_host || !is_word || value.value.len() < 2 || url::is_outside(&value.value) {
        return;
    }
    if !matches!(reach::resolve(repo, environment, service, &value.value), Host::Nobody) {
        return;
    }
    let of_image =
        |it: &&Service| it.image.as_ref().is_some_and(|it| known_image::short_name(&it.value) == value.value);
    let near = nearest(&value.value, environment.model.service_names());
    let meant = near.map(|it| it.name).or_else(|| {
        let found = environment.model.services.iter().find(of_image)?;
        Some(found.name.value.as_str())
    });
    let Some(meant) = meant else { return };
    let finding = RULE.finding_at(Level::Error, value.span, format!("no service is called `{}`", value.value));
    findings.push(finding.help(format!("did you mean `{meant}`?")).meant(value.span, &value.value, near));
}

/// `redis://localhost:6379` in a container, where another service has that port.
fn local_store(environment: &Environment, service: &Service, url: &Url, findings: &mut Findings) {
    let is_local = matches!(url.host.as_str(), "localhost" | "127.0.0.1");
    let Some(port) = url.port.filter(|_| is_local && is_store(url)) else { return };
    let has = |it: &Service| {
        it.ports.iter().any(|it| it.target == port.to_string())
            || it.image.as_ref().is_some_and(|it| known_image::ports(&it.value).contains(&port))
    };
    if has(service) {
        return;
    }
    let Some(other) = environment.model.services.iter().find(|it| has(it) && it.network_mode.is_none()) else { return };
    let message = format!("`{}` is this container itself; port {port} is one of `{}`", url.host, other.name.value);
    let finding = RULE.finding_at(Level::Warning, url.span, message).also(other.name.span, "it has the port");
    findings.push(finding.help(format!("write `{}` for the host", other.name.value)));
}
