//! Files of the repository as configs and secrets: Swarm's nodes have no repository to mount from.
//!
//! A config cannot be changed once it is there, so its name carries the hash of its content: a changed file is a new
//! config, and the service rolls over to it. A directory becomes one config per file.

use std::collections::BTreeMap;

use crate::diag::{Diagnostic, Level};
use crate::emit::compose::mounts::long;
use crate::emit::compose::paths::from_directory;
use crate::emit::lowering::Lowering;
use crate::ir::service::{Content, Mount, MountSource, Role, Service};
use crate::ir::text::Text;
use crate::origin::Origin;
use crate::syntax::yaml_out::{Map, Seq, Yaml};

use super::NOT_ON_NODES;

/// How much of a hash tells two versions of one file apart.
const HASH: usize = 8;
/// Names of configs have at most 64 characters, of which the stack's name takes some.
const LONGEST_NAME: usize = 30;

/// What the services of a stack read, by the names that stand in the top-level sections.
#[derive(Default)]
pub(super) struct Files {
    configs: BTreeMap<String, (String, Origin)>,
    secrets: BTreeMap<String, (String, Origin)>,
}

/// The three lists that the mounts of one service become.
#[derive(Default)]
pub(super) struct Mounted {
    pub volumes: Seq,
    pub configs: Seq,
    pub secrets: Seq,
}

impl Files {
    /// Lowers the mounts of a service, and notes the files that they need.
    pub(super) fn mounts(&mut self, service: &Service, cx: &mut Lowering<'_>) -> Mounted {
        let mut mounted = Mounted::default();
        for mount in &service.mounts {
            match &mount.source {
                MountSource::Volume(name) => {
                    let options = if mount.read_only { ":ro" } else { "" };
                    let target = Text::literal(&mount.target).to_compose();
                    mounted.volumes.add(format!("{name}:{target}{options}")).from(&mount.origin);
                }
                MountSource::Host(path) => {
                    mounted.volumes.add(long("bind", &path.to_compose(), mount)).from(&mount.origin);
                    must_be_on_nodes(service, path, mount, cx);
                }
                MountSource::Repository { path, content } => match mount.role {
                    Role::Config | Role::Secret => self.file(service, (path, content, mount), &mut mounted, cx),
                    Role::Data | Role::Source | Role::Host | Role::Runtime => not_on_nodes(service, path, mount, cx),
                },
            }
        }
        for path in service.harden.iter().flat_map(|it| it.value.read_only.iter().flatten()) {
            // `tmpfs` is ignored; the same can be mounted.
            let tmpfs = Map::new().put("type", "tmpfs").put("target", Text::literal(path).to_compose());
            mounted
                .volumes
                .add(tmpfs)
                .from(&service.harden.as_ref().map_or(Origin::Written(service.span), |it| it.origin.clone()));
        }
        if let Some(bytes) = service.resources.as_ref().and_then(|it| it.value.shm_bytes) {
            // `shm_size` is ignored; the same memory can be mounted.
            let size = Map::new().put("size", i64::try_from(bytes).unwrap_or(i64::MAX));
            mounted.volumes.add(Map::new().put("type", "tmpfs").put("target", "/dev/shm").put("tmpfs", size));
        }
        mounted
    }

    fn file(
        &mut self,
        service: &Service,
        (path, content, mount): (&str, &Content, &Mount),
        mounted: &mut Mounted,
        cx: &mut Lowering<'_>,
    ) {
        let secret = mount.role == Role::Secret;
        let (all, list) =
            if secret { (&mut self.secrets, &mut mounted.secrets) } else { (&mut self.configs, &mut mounted.configs) };
        let mut add = |path: &str, target: &str, hash: Option<&str>| {
            let name = name(path, hash);
            let file = from_directory(path, cx.directory());
            all.insert(name.clone(), (file, mount.origin.clone()));
            let item = Map::new().put("source", name).put("target", Text::literal(target).to_compose());
            // A config is not executable otherwise, which a mounted script may have been. 365 is 0555.
            let item = item.put_if("mode", (!secret && path.ends_with(".sh")).then_some(0o555));
            list.add(item).from(&mount.origin);
        };
        match content {
            Content::File(hash) => add(path, &mount.target, Some(hash)),
            Content::Directory(files) => {
                for (below, hash) in files {
                    let path = format!("{}/{below}", path.trim_end_matches('/'));
                    add(&path, &format!("{}/{below}", mount.target.trim_end_matches('/')), Some(hash));
                }
            }
            Content::Unknown => {
                add(path, &mount.target, None);
                let reason = "its content is not known here: when it changes, the stack must be deployed anew";
                cx.approximate(service, "mounts", mount.origin.span(), reason);
            }
        }
        if !mount.read_only && !secret {
            cx.approximate(service, "mounts", mount.origin.span(), "a config of Swarm can only be read");
        }
    }

    /// Writes the top-level sections.
    pub(super) fn sections(self, map: Map) -> Map {
        let section = |files: BTreeMap<String, (String, Origin)>| {
            let mut section = Map::new();
            for (name, (file, origin)) in files {
                section.add(name, Map::new().put("file", file)).from(&origin);
            }
            Yaml::from(section)
        };
        map.put_filled("configs", section(self.configs)).put_filled("secrets", section(self.secrets))
    }
}

/// Files of one name and content may share a config, wherever they lie.
fn name(path: &str, hash: Option<&str>) -> String {
    let base = path.rsplit('/').next().unwrap_or(path);
    let is_allowed = |it: char| it.is_ascii_alphanumeric() || "._-".contains(it);
    let plain: String = base.chars().map(|it| if is_allowed(it) { it } else { '-' }).collect();
    let plain = plain.trim_start_matches(['.', '-', '_']);
    let short = &plain[plain.len().saturating_sub(LONGEST_NAME)..];
    match hash {
        Some(hash) => format!("{short}_{}", hash.get(..HASH).unwrap_or(hash)),
        None => short.to_string(),
    }
}

fn must_be_on_nodes(service: &Service, path: &Text, mount: &Mount, cx: &mut Lowering<'_>) {
    let is_everywhere = |it: &str| ["/proc", "/sys", "/dev", "/run", "/var/run"].iter().any(|dir| it.starts_with(dir));
    if !path.as_literal().is_some_and(is_everywhere) {
        let reason = format!("`{}` must be there on every node that may run it", path.to_source());
        cx.approximate(service, "mounts", mount.origin.span(), &reason);
    }
}

fn not_on_nodes(service: &Service, path: &str, mount: &Mount, cx: &mut Lowering<'_>) {
    let span = mount.origin.span().unwrap_or(service.span);
    let message = format!("`{path}` is not there on the nodes of a Swarm");
    let help = match mount.role {
        Role::Source => "mount source code in development only: move this to the environment that develops",
        _ => "use a named volume, or an absolute path that every node has",
    };
    cx.error(Diagnostic::new(NOT_ON_NODES, Level::Error, span, message).help(help));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn name_has_the_hash_and_only_characters_that_swarm_takes() {
        assert_eq!(name("./deploy/nginx.conf", Some("0123456789ab")), "nginx.conf_01234567");
        assert_eq!(name("./.htpasswd", Some("0123456789ab")), "htpasswd_01234567");
        assert_eq!(name("./ä b", None), "b");
        assert!(name(&"x".repeat(200), Some("0123456789ab")).len() <= 40);
    }
}
