//! Which configuration files of the repository a service reads, and where in its container it finds them.

use super::compose::{Mount, Service};

/// Paths at which the images of some programs look for their configuration by themselves.
const BY_ITSELF: &[&str] = &[
    "/etc/prometheus/prometheus.yml",
    "/etc/alertmanager/alertmanager.yml",
    "/etc/loki/local-config.yaml",
    "/etc/promtail/config.yml",
    "/etc/otelcol/config.yaml",
    "/etc/otelcol-contrib/config.yaml",
    "/etc/vector/vector.yaml",
    "/etc/vector/vector.toml",
    "/etc/caddy/Caddyfile",
];

/// Folders of which such programs read every file.
const WHOLE: &[&str] = &["/etc/grafana/provisioning/datasources/", "/etc/grafana/provisioning/dashboards/"];

/// Returns the mount that brings a service a file which it reads, and its place in the container: it is mounted by
/// itself, or lies in a mounted folder where the program looks for it.
pub fn mounted<'s>(service: &'s Service, path: &str) -> Option<(&'s Mount, String)> {
    service.mounts.iter().find_map(|mount| {
        let place = inside(mount, path)?;
        let is_alone = mount.repository_path().as_deref() == Some(path);
        (is_alone || is_read(service, &place)).then_some((mount, place))
    })
}

/// Returns where a mount puts a path of the repository.
pub fn inside(mount: &Mount, path: &str) -> Option<String> {
    let rest = match mount.repository_path()?.as_str() {
        "." => format!("/{path}"),
        source => path.strip_prefix(source).filter(|it| it.is_empty() || it.starts_with('/'))?.to_string(),
    };
    Some(format!("{}{rest}", mount.target.value.trim_end_matches('/')))
}

/// Returns whether a program reads a file of its container without being given it by itself: it is told to, or looks
/// there anyway.
fn is_read(service: &Service, path: &str) -> bool {
    let values = service.environment.iter().filter_map(|it| it.value.as_ref());
    let mut words = service.command.iter().chain(&service.entrypoint).flat_map(|it| &it.words).chain(values);
    BY_ITSELF.contains(&path) || WHOLE.iter().any(|it| path.starts_with(it)) || words.any(|it| it.value.contains(path))
}
