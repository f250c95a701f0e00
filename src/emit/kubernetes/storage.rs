//! Mounts and volumes: claims for data, ConfigMaps for files of the repository, memory for what is shared or temporary.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::diag::{Diagnostic, Level};
use crate::emit::Grade;
use crate::ir::Volume;
use crate::ir::kubernetes::Access;
use crate::ir::service::{Allow, Content, Kind, Mount, MountSource, Role, Service};
use crate::ir::text::Text;
use crate::origin::Origin;
use crate::syntax::kubernetes_name::{dns_label, is_config_key};
use crate::syntax::quantity::write_bytes;
use crate::syntax::yaml_out::{Map, Seq, Yaml};

use super::cluster::Cluster;
use super::config::config_map;
use super::object::{Object, PART_OF_LABEL, Part};
use super::security::Standard;
use super::{MANY_WRITERS, NAME_CLASH, NO_SIZE, NOT_ON_CLUSTER};

/// Below this directory of a claim is the data of what has data: a new volume's root may hold `lost+found`, and a
/// database refuses to begin in a directory that is not empty.
const SUB_PATH: &str = "data";
/// Permissions of a mounted script; in YAML's decimal notation, because readers disagree on `0555`.
const EXECUTABLE: i64 = 0o555;

/// The mounts of one container, and the volumes of its pod.
#[derive(Default)]
pub(super) struct Mounted {
    /// `volumes` of the pod.
    pub volumes: Seq,
    /// `volumeMounts` of the container.
    pub mounts: Seq,
    /// `volumeClaimTemplates` of a StatefulSet.
    pub templates: Seq,
    /// Whether the container writes to a claim.
    pub writes: bool,
    names: Vec<String>,
}

impl Mounted {
    /// Adds a volume of the pod unless it is there.
    fn volume(&mut self, name: &str, source: Map, origin: &Origin) {
        if !self.names.iter().any(|it| it == name) {
            self.names.push(name.to_string());
            let mut volume = Map::new().put("name", name);
            volume.entries.extend(source.entries);
            self.volumes.add(volume).from(origin);
        }
    }

    /// Adds an empty volume that lives as long as the pod.
    pub(super) fn scratch(&mut self, name: &str, path: &str, settings: Map, origin: &Origin) {
        let empty = if settings.is_empty() { Yaml::Flow(Vec::new()) } else { settings.into() };
        let empty = if empty.is_empty() { Yaml::Map(Map::new()) } else { empty };
        self.volume(name, Map::new().put("emptyDir", empty), origin);
        self.mounts.add(Map::new().put("name", name).put("mountPath", path)).from(origin);
    }
}

/// Lowers the mounts of a service.
pub(super) fn mounted(service: &Service, cluster: &mut Cluster<'_>) -> Mounted {
    let mut mounted = Mounted::default();
    for mount in &service.mounts {
        match &mount.source {
            MountSource::Volume(name) => claim(service, name, mount, &mut mounted, cluster),
            MountSource::Host(path) => host(service, path, mount, &mut mounted, cluster),
            MountSource::Repository { path, content } => match mount.role {
                Role::Config => files(service, (path, content, mount), &mut mounted, cluster),
                Role::Secret => secret(service, path, mount, &mut mounted, cluster),
                Role::Data | Role::Source | Role::Host | Role::Runtime => not_there(service, path, mount, cluster),
            },
        }
    }
    if let Some((bytes, it)) = service.resources.as_ref().and_then(|it| Some((it.value.shm_bytes?, it))) {
        let memory = Map::new().put("medium", "Memory").put("sizeLimit", write_bytes(bytes));
        mounted.scratch("shm", "/dev/shm", memory, &it.origin);
    }
    mounted
}

fn claim(service: &Service, name: &str, mount: &Mount, mounted: &mut Mounted, cluster: &mut Cluster<'_>) {
    let label = dns_label(name).unwrap_or_else(|| "data".to_string());
    let Some(volume) = cluster.known.volumes.get(name).copied() else { return };
    let each = volume.access.as_ref().is_some_and(|it| it.value == Access::Each);
    if each {
        if !service.stateful {
            let span = mount.origin.span().unwrap_or(service.span);
            let message = format!("`{}` is not stateful, so its replicas have no volumes of their own", service.name);
            let error = Diagnostic::new(MANY_WRITERS, Level::Error, span, message);
            cluster.cx.error(error.also(volume.span, "the volume").help("write `stateful: true` for the service"));
        }
        if !mounted.names.contains(&label) {
            mounted.names.push(label.clone());
            let metadata = Map::new().put("name", &label);
            let spec = claim_spec(volume, "ReadWriteOnce", cluster);
            let template = Map::new()
                .put("apiVersion", "v1")
                .put("kind", "PersistentVolumeClaim")
                .put("metadata", metadata)
                .put("spec", spec);
            mounted.templates.add(template).from(&Origin::Written(volume.span));
        }
    } else {
        let claim = Map::new()
            .put("claimName", claim_name(volume, cluster))
            .put_if("readOnly", mount.read_only.then_some(true));
        mounted.volume(&label, Map::new().put("persistentVolumeClaim", claim), &mount.origin);
    }
    mounted.writes |= !mount.read_only;
    let sub_path = has_sub_path(volume, cluster).then_some(SUB_PATH);
    mount_at(mounted, &label, mount, sub_path);
    if !service.stateful && !mount.read_only && volume_is_new(volume) {
        let reason = "a new volume is empty here: unlike an engine, Kubernetes copies nothing into it from the image";
        cluster.cx.approximate(service, "mounts", mount.origin.span(), reason);
    }
}

fn volume_is_new(volume: &Volume) -> bool {
    !volume.external
}

/// One answer for all who mount a volume, or they would see different data in it.
fn has_sub_path(volume: &Volume, cluster: &Cluster<'_>) -> bool {
    let users = || cluster.known.users.get(volume.name.as_str()).into_iter().flatten();
    !volume.external && users().any(|it| it.0.stateful) && !users().any(|it| postgres_data(it.0).is_some())
}

/// Returns where the data of a PostgreSQL is mounted. It makes its own directory below, which no `subPath` can do for
/// it: it must be the owner, and a directory that the node makes belongs to root.
pub(super) fn postgres_data(service: &Service) -> Option<&Mount> {
    const DATA: &str = "/var/lib/postgresql/data";
    const NAMES: [&str; 4] = ["postgres", "pgvector", "timescaledb", "postgis"];
    let image = service.image.as_ref()?.value.to_source();
    let repository = image.split(['@', ':']).next()?.rsplit('/').next()?.to_string();
    let is_postgres = NAMES.iter().any(|it| repository.starts_with(it));
    let mount = service.mounts.iter().find(|it| it.target.trim_end_matches('/') == DATA)?;
    (is_postgres && matches!(mount.source, MountSource::Volume(_))).then_some(mount)
}

fn mount_at(mounted: &mut Mounted, volume: &str, mount: &Mount, sub_path: Option<&str>) {
    let item = Map::new()
        .put("name", volume)
        .put("mountPath", &mount.target)
        .put_if("subPath", sub_path)
        .put_if("readOnly", mount.read_only.then_some(true));
    mounted.mounts.add(item).from(&mount.origin);
}

/// Files of the repository: a ConfigMap that all services share which mount the same.
fn files(
    service: &Service,
    (path, content, mount): (&str, &Content, &Mount),
    mounted: &mut Mounted,
    cluster: &mut Cluster<'_>,
) {
    let contents = &cluster.cx.environment.contents;
    let path = path.trim_start_matches("./").trim_end_matches('/');
    let base = path.rsplit('/').next().unwrap_or(path);
    let below: Vec<&str> = match content {
        Content::File(_) => vec![""],
        Content::Directory(files) => files.iter().map(|(name, _)| name.as_str()).collect(),
        Content::Unknown => return not_there(service, path, mount, cluster),
    };
    let mut data = Vec::new();
    for name in &below {
        let full = if name.is_empty() { path.to_string() } else { format!("{path}/{name}") };
        let key = key(if name.is_empty() { base } else { name });
        let Some(bytes) = contents.get(&full) else { return not_there(service, &full, mount, cluster) };
        if data.iter().any(|(it, _)| *it == key) {
            let span = mount.origin.span().unwrap_or(service.span);
            let message = format!("two files of `{path}` would both be `{key}` in a ConfigMap");
            cluster.cx.error(Diagnostic::new(NAME_CLASH, Level::Error, span, message).help("rename one of them"));
        }
        data.push((key, bytes.to_vec()));
    }
    if !mount.read_only {
        cluster.cx.approximate(service, "mounts", mount.origin.span(), "a ConfigMap can only be read");
    }
    let keys: Vec<String> = data.iter().map(|(key, _)| key.clone()).collect();
    let label = dns_label(base).unwrap_or_else(|| "files".to_string());
    let name = config_map(&label, data, None, &mount.origin, cluster);
    let script = below.iter().any(|it| it.ends_with(".sh")) || base.ends_with(".sh");
    let mut source = Map::new().put("name", &name).put_if("defaultMode", script.then_some(EXECUTABLE));
    let is_file = matches!(content, Content::File(_));
    if !is_file && below.iter().zip(&keys).any(|(below, key)| below != key) {
        let item = |(below, key): (&&str, &String)| Map::new().put("key", key).put("path", *below);
        source = source.put("items", below.iter().zip(&keys).map(item).collect::<Seq>());
    }
    mounted.volume(&name, Map::new().put("configMap", source), &mount.origin);
    let read_only = Mount { read_only: true, ..mount.clone() };
    // A file is mounted alone, so that its directory keeps what the image has there.
    mount_at(mounted, &name, &read_only, is_file.then(|| keys[0].as_str()));
}

/// Returns the key of a file: its path, with what a key has no place for replaced.
fn key(path: &str) -> String {
    let key: String =
        path.chars().map(|it| if it.is_ascii_alphanumeric() || "-_.".contains(it) { it } else { '_' }).collect();
    if is_config_key(&key) { key } else { format!("_{}", key.trim_start_matches('.')) }
}

/// A secret file: a key of the Secret, under the name that it has in the repository.
fn secret(service: &Service, path: &str, mount: &Mount, mounted: &mut Mounted, cluster: &mut Cluster<'_>) {
    let key = key(path.rsplit('/').next().unwrap_or(path));
    let span = mount.origin.span().unwrap_or(service.span);
    cluster.secrets.entry(key.clone()).or_insert(super::cluster::SecretKey { optional: false, span }).optional = false;
    let items = Seq::new().item(Map::new().put("key", &key).put("path", &key));
    let source = Map::new().put("secretName", &cluster.kubernetes.secrets.name).put("items", items);
    let label = format!("secret-{}", dns_label(&key).unwrap_or_else(|| "file".to_string()));
    mounted.volume(&label, Map::new().put("secret", source), &mount.origin);
    mount_at(mounted, &label, &Mount { read_only: true, ..mount.clone() }, Some(&key));
}

fn host(service: &Service, path: &Text, mount: &Mount, mounted: &mut Mounted, cluster: &mut Cluster<'_>) {
    let span = mount.origin.span().unwrap_or(service.span);
    let literal = cluster.fixed(path, "the path of a mount", span);
    if literal.ends_with(".sock") {
        let message = format!("`{literal}` hands the node's container engine to `{}`", service.name);
        let error = Diagnostic::new(NOT_ON_CLUSTER, Level::Error, span, message);
        return cluster.cx.error(error.help("leave this service out of the environment, or drop the mount here"));
    }
    let allows = |it: &crate::ir::service::Harden| it.allow.iter().any(|(it, _)| *it == Allow::HostPath);
    if !literal.starts_with('/') || !service.harden.as_ref().is_some_and(|it| allows(&it.value)) {
        let message =
            format!("`{literal}` is a path of a machine, and nobody knows which node runs `{}`", service.name);
        let error = Diagnostic::new(NOT_ON_CLUSTER, Level::Error, span, message);
        let help = "use a named volume here, or say why it must be: `harden: {allow: {host_path: the reason}}`";
        return cluster.cx.error(error.help(help));
    }
    cluster.standard = Standard::Privileged;
    let reason = format!("`{literal}` must be there on every node that may run it");
    cluster.cx.approximate(service, "mounts", Some(span), &reason);
    let label = dns_label(literal.trim_matches('/')).unwrap_or_else(|| "host".to_string());
    let label = format!("host-{label}");
    mounted.volume(&label, Map::new().put("hostPath", Map::new().put("path", &literal)), &mount.origin);
    mount_at(mounted, &label, mount, None);
}

fn not_there(service: &Service, path: &str, mount: &Mount, cluster: &mut Cluster<'_>) {
    let span = mount.origin.span().unwrap_or(service.span);
    let message = format!("`{path}` is not there on the nodes of a cluster");
    let help = match mount.role {
        Role::Source => "mount source code in development only: move this to the environment that develops",
        Role::Config => "a ConfigMap takes files only: name one, or put it into the image",
        _ => "use a named volume in this environment: `mounts: [\"data:/path\"]`, with its size under `volumes`",
    };
    cluster.cx.error(Diagnostic::new(NOT_ON_CLUSTER, Level::Error, span, message).help(help));
}

fn claim_name(volume: &Volume, cluster: &mut Cluster<'_>) -> String {
    let label = dns_label(&volume.name).unwrap_or_else(|| "data".to_string());
    match &volume.real_name {
        Some(name) => cluster.fixed(&name.value, "the name of a volume", volume.span),
        None => label,
    }
}

/// Writes the claims of an environment, and refuses volumes that more may write than can.
pub(super) fn claims(cluster: &mut Cluster<'_>) {
    let environment = cluster.cx.environment;
    let mut taken: BTreeMap<String, &Volume> = BTreeMap::new();
    for volume in &environment.volumes {
        let writers = writers(volume, cluster);
        if volume.external {
            continue;
        }
        let mode = match volume.access.as_ref().map(|it| it.value) {
            Some(Access::Each) => continue,
            Some(Access::Many) => "ReadWriteMany",
            Some(Access::One) | None => "ReadWriteOnce",
        };
        if mode == "ReadWriteOnce" {
            too_many(volume, &writers, cluster);
        }
        let name = claim_name(volume, cluster);
        if let Some(first) = taken.get(&name) {
            let message = format!("the volumes `{}` and `{}` are both called `{name}` here", first.name, volume.name);
            let error = Diagnostic::new(NAME_CLASH, Level::Error, volume.span, message);
            cluster.cx.error(error.also(first.span, "the other one").help("rename one of them"));
        }
        taken.entry(name.clone()).or_insert(volume);
        let body = Map::new().put("spec", claim_spec(volume, mode, cluster));
        let mut object = Object::new(Part::Storage, "v1", "PersistentVolumeClaim", name).body(body);
        object.labels = vec![(PART_OF_LABEL.to_string(), cluster.system_label())];
        object.doc.clone_from(&volume.doc);
        object.origin = Origin::Written(volume.span);
        cluster.objects.push(object);
        if volume.driver.as_ref().is_some_and(|it| it != "local") || !volume.options.is_empty() {
            let reason = "a driver of an engine is none of Kubernetes': name a storage class under `class`";
            cluster.cx.lose(
                Grade::NotExpressible,
                format!("volumes.{}.driver", volume.name),
                Some(volume.span),
                reason,
            );
        }
    }
}

/// Returns who writes a volume, and how many of each there may be.
fn writers<'a>(volume: &Volume, cluster: &mut Cluster<'a>) -> Vec<(&'a Service, u32, Origin)> {
    let known = Arc::clone(&cluster.known);
    let users = known.users.get(volume.name.as_str()).into_iter().flatten();
    // One who only reads still needs the volume on its node.
    users.map(|(it, mount)| (*it, super::scale::most_replicas(it, cluster), mount.origin.clone())).collect()
}

fn too_many(volume: &Volume, writers: &[(&Service, u32, Origin)], cluster: &mut Cluster<'_>) {
    let long: Vec<_> = writers.iter().filter(|it| it.0.kind.value == Kind::Service).collect();
    let (who, span, also) = match long.as_slice() {
        [(service, n, origin)] if *n > 1 => (format!("{n} replicas of `{}`", service.name), origin.span(), None),
        [(first, _, one), (second, _, two), ..] => {
            (format!("`{}` and `{}`", first.name, second.name), two.span(), one.span())
        }
        _ => return,
    };
    let message = format!("{who} mount the volume `{}`, and a volume is used by one node at a time", volume.name);
    let error = Diagnostic::new(MANY_WRITERS, Level::Error, span.unwrap_or(volume.span), message).help(format!(
        "run one replica of one service on it; or say `volumes: {{{name}: {{access: many}}}}` if the storage can be \
         shared between nodes; or `access: each` to give every replica of a `stateful` service its own",
        name = volume.name
    ));
    let error = if let Some(also) = also { error.also(also, "and here") } else { error };
    cluster.cx.error(if Some(volume.span) == span { error } else { error.also(volume.span, "the volume") });
}

fn claim_spec(volume: &Volume, mode: &'static str, cluster: &mut Cluster<'_>) -> Map {
    let Some(size) = volume.size_bytes else {
        let message = format!("the volume `{}` has no size, and Kubernetes asks for one", volume.name);
        let error = Diagnostic::new(NO_SIZE, Level::Error, volume.span, message);
        cluster.cx.error(error.help(format!("say it under `volumes`: `{}: {{size: 10Gi}}`", volume.name)));
        return Map::new();
    };
    let class = volume.class.as_ref().or(cluster.kubernetes.storage_class.as_ref());
    let mut spec = Map::new().put("accessModes", Yaml::flow([mode]));
    if let Some(class) = class {
        spec.add("storageClassName", &class.value).from(&class.origin);
    }
    spec.put("resources", Map::new().put("requests", Map::new().put("storage", write_bytes(size))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_of_files_are_keys_of_config_maps() {
        for (path, expected) in
            [("a.conf", "a.conf"), ("conf.d/a b.conf", "conf.d_a_b.conf"), ("..x", "_x"), ("é", "_")]
        {
            assert_eq!(key(path), expected);
            assert!(is_config_key(&key(path)));
        }
    }
}
