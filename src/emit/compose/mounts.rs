//! Mounts: short where short says it all, long where compose would otherwise guess.
//!
//! In the short form compose makes a missing source: a mistyped file becomes a directory that root owns. So what
//! must exist is written in the long form with `create_host_path: false`.

use sha2::{Digest, Sha256};

use crate::emit::lowering::Lowering;
use crate::ir::service::{Content, Mount, MountSource, Role, Service};
use crate::ir::text::Text;
use crate::syntax::yaml_out::{Map, Seq, Yaml};

use super::paths::from_directory;

/// The label whose value changes with the mounted files.
///
/// Compose compares a container with the text of the compose file only, so it would leave a container alone whose
/// mounted configuration has changed. A label is part of that text, and no program in the container sees it.
pub(crate) const FILES_LABEL: &str = "specc.files";

/// Writes `volumes` of a service.
pub(super) fn volumes(service: &Service, cx: &Lowering<'_>) -> Seq {
    let mut list = Seq::new();
    for mount in &service.mounts {
        list.add(volume(mount, cx.directory())).from(&mount.origin);
    }
    list
}

fn volume(mount: &Mount, directory: &str) -> Yaml {
    match &mount.source {
        MountSource::Volume(name) => short(name, mount),
        MountSource::Repository { path, .. } => {
            let path = from_directory(path, directory);
            if is_made_when_missing(mount.role) && !path.contains([':', '$']) {
                short(&path, mount)
            } else {
                bind(&Text::literal(path), mount)
            }
        }
        MountSource::Host(path) => bind(path, mount),
    }
}

fn is_made_when_missing(role: Role) -> bool {
    matches!(role, Role::Data | Role::Runtime)
}

fn short(source: &str, mount: &Mount) -> Yaml {
    let target = Text::literal(&mount.target).to_compose();
    let options = if mount.read_only { ":ro" } else { "" };
    if target.contains(':') {
        let kind = if source.starts_with(['.', '/']) { "bind" } else { "volume" };
        return long(kind, source, mount).into();
    }
    Yaml::Str(format!("{source}:{target}{options}"))
}

fn bind(source: &Text, mount: &Mount) -> Yaml {
    let made = is_made_when_missing(mount.role);
    long("bind", &source.to_compose(), mount).put("bind", Map::new().put("create_host_path", made)).into()
}

/// Writes the long form without options of its kind.
pub(crate) fn long(kind: &str, source: &str, mount: &Mount) -> Map {
    Map::new()
        .put("type", kind)
        .put("source", source)
        .put("target", Text::literal(&mount.target).to_compose())
        .put_if("read_only", mount.read_only.then_some(true))
}

/// Returns one hash over the contents of all configuration that is mounted; of a single file, the file's own.
pub(super) fn files_hash(service: &Service) -> Option<String> {
    let mut files = Vec::new();
    for mount in service.mounts.iter().filter(|it| it.role == Role::Config) {
        match &mount.source {
            MountSource::Repository { content: Content::File(hash), .. } => {
                files.push((mount.target.clone(), hash.clone()));
            }
            MountSource::Repository { content: Content::Directory(list), .. } => {
                files.extend(list.iter().map(|(path, hash)| (format!("{}/{path}", mount.target), hash.clone())));
            }
            _ => {}
        }
    }
    match files.as_slice() {
        [] => None,
        [(_, hash)] => Some(hash.clone()),
        _ => {
            files.sort();
            let mut all = Sha256::new();
            files.iter().for_each(|(path, hash)| all.update(format!("{path}\0{hash}\n")));
            Some(all.finalize().iter().take(6).map(|it| format!("{it:02x}")).collect())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::origin::Origin;

    fn mount(source: MountSource, role: Role) -> Mount {
        Mount { source, target: "/to".into(), read_only: true, role, origin: Origin::Default(&"a test") }
    }

    fn repository(path: &str, content: Content, role: Role) -> Mount {
        mount(MountSource::Repository { path: path.into(), content }, role)
    }

    #[test]
    fn only_what_may_be_made_is_written_short() {
        let data = repository("./data", Content::Unknown, Role::Runtime);
        assert_eq!(volume(&data, ""), Yaml::from("./data:/to:ro"));
        let config = repository("./a.conf", Content::File("0123456789ab".into()), Role::Config);
        let Yaml::Map(map) = volume(&config, "deploy") else { panic!("not the long form") };
        assert_eq!(map.get("source"), Some(&Yaml::from("../a.conf")));
        assert_eq!(map.get("bind"), Some(&Map::new().put("create_host_path", false).into()));
    }

    #[test]
    fn hash_changes_with_any_file_and_not_with_the_order_of_mounts() {
        let mut service = Service::new("web", crate::source::Span::new(crate::source::FileId(0), 0, 0));
        let one = repository("./a", Content::File("aaaaaaaaaaaa".into()), Role::Config);
        let two = repository("./b", Content::Directory(vec![("x".into(), "bbbbbbbbbbbb".into())]), Role::Config);
        service.mounts = vec![one.clone()];
        assert_eq!(files_hash(&service).as_deref(), Some("aaaaaaaaaaaa"));
        service.mounts = vec![one.clone(), two.clone()];
        let both = files_hash(&service);
        service.mounts = vec![two, one.clone()];
        assert_eq!(files_hash(&service), both);
        let other = repository("./b", Content::Directory(vec![("x".into(), "cccccccccccc".into())]), Role::Config);
        service.mounts = vec![one, other];
        assert_ne!(files_hash(&service), both);
    }

    #[test]
    fn secrets_leave_no_trace_in_the_hash() {
        let mut service = Service::new("web", crate::source::Span::new(crate::source::FileId(0), 0, 0));
        service.mounts = vec![repository("./pw", Content::File("aaaaaaaaaaaa".into()), Role::Secret)];
        assert_eq!(files_hash(&service), None);
    }
}
