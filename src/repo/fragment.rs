//! Compose files that cannot stand alone although no command says what they go over.
//!
//! `contrib/search/compose.yml` adds a service to the project above it: it joins networks, waits for services and
//! builds folders that are not its own. Judged alone it would be all mistakes.

use std::collections::BTreeSet;

use super::Repo;
use super::compose::{File, Model, MountKind, Service, read};
use crate::source::normalize;

/// What a file goes over.
pub struct Base {
    /// The path of the compose file.
    pub path: String,
    /// Whether the two have everything that they need.
    pub is_whole: bool,
}

/// Finds what a file goes over: the plain file of its folder, or one of a folder above. `beside` are the files that
/// compose takes by itself in the folder.
pub fn base_of(repo: &Repo, file: &File, beside: &[String]) -> Option<Base> {
    let needs = Needs::of(&file.model);
    let plain = beside.first().and_then(|it| repo.compose_file(it)).filter(|it| it.path != file.path);
    if let Some(plain) = plain
        // What defines the same services anew is another whole.
        && !file.model.services.iter().any(|it| stands(it) && plain.model.service(&it.name.value).is_some())
        && needs.services().any(|it| plain.model.service(it).is_some())
    {
        // A service that no file has is a mistake of this one, and nothing that a third file brings.
        let nowhere = |it: &str| !repo.facts.compose_files.iter().any(|file| file.path != plain.path && has(file, it));
        let is_whole =
            needs.are_met(&plain.model) || needs.services().all(|it| plain.model.service(it).is_some() || nowhere(it));
        return Some(Base { path: plain.path.clone(), is_whole });
    }
    let mut folder = read::folder(&file.path);
    while folder != "." {
        folder = read::folder(folder);
        let here = repo.facts.compose_files.iter().filter(|it| read::folder(&it.path) == folder);
        let mut here: Vec<&File> = here.collect();
        let first = super::environment::default_files(repo, folder).into_iter().next();
        here.sort_by_key(|it| first.as_ref() != Some(&it.path));
        let whole = here.iter().find(|it| !needs.is_empty() && needs.are_met(&it.model));
        let builds_on = |it: &&&File| needs.some_met(&it.model) || paths_lie_in(repo, file, folder);
        if let Some(part) = whole.or_else(|| here.iter().find(builds_on)) {
            // More files of that project may belong between the two.
            return Some(Base { path: part.path.clone(), is_whole: false });
        }
    }
    changed_by(repo, file).map(|it| Base { path: it.path.clone(), is_whole: false })
}

/// Returns the file beside another that has all the services which that one only changes: it goes over it.
fn changed_by<'r>(repo: &'r Repo, file: &File) -> Option<&'r File> {
    let folder = read::folder(&file.path);
    let changed = || file.model.services.iter().filter(|it| !stands(it) && !it.node.is_null());
    let other = repo.defines(folder, &changed().next()?.name.value)?;
    (other.path != file.path && changed().all(|it| has(other, &it.name.value))).then_some(other)
}

/// Returns whether a file has a service that can be started.
fn has(file: &File, name: &str) -> bool {
    file.model.service(name).is_some_and(stands)
}

/// Returns whether a service says what it runs.
pub fn stands(service: &Service) -> bool {
    service.image.is_some()
        || service.build.is_some()
        || service.extends.is_some()
        || service.node.get("provider").is_some()
}

/// Returns whether folders and files that are not where the file is are where another one is.
fn paths_lie_in(repo: &Repo, file: &File, folder: &str) -> bool {
    let own = read::folder(&file.path);
    let contexts = file.model.services.iter().filter_map(|it| it.build.as_ref()?.context.as_ref());
    let mounts = file.model.services.iter().flat_map(|it| &it.mounts).filter(|it| it.kind == MountKind::Bind);
    let sources = mounts.filter_map(|it| it.source.as_ref());
    let is_there = |folder: &str, path: &str| {
        normalize(&format!("{folder}/{path}")).is_some_and(|it| it != "." && repo.tree.exists(&it))
    };
    let written = contexts.chain(sources).map(|it| it.value.as_str());
    let relative = written.filter(|it| !it.starts_with(['/', '~', '$']) && !it.contains("://"));
    relative.into_iter().any(|it| !is_there(own, it) && is_there(folder, it))
}

/// What a file uses and does not declare.
struct Needs<'a> {
    /// Services to wait for, and services that it only changes.
    services: BTreeSet<&'a str>,
    networks: BTreeSet<&'a str>,
    volumes: BTreeSet<&'a str>,
}

impl<'a> Needs<'a> {
    fn of(model: &'a Model) -> Needs<'a> {
        let services = || model.services.iter();
        let awaited = services().flat_map(|it| &it.depends_on).filter(|it| it.is_required).map(|it| &it.service);
        let linked = services().flat_map(|it| &it.links);
        let absent = awaited.chain(linked).map(|it| it.value.as_str()).filter(|it| model.service(it).is_none());
        let changed = services().filter(|it| !stands(it)).map(|it| it.name.value.as_str());
        let networks = services().flat_map(|it| &it.networks).map(|it| it.name.value.as_str());
        let declares = |list: &[super::compose::Resource], name: &str| list.iter().any(|it| it.name.value == name);
        let volumes = services().flat_map(|it| &it.mounts).filter(|it| it.kind == MountKind::Volume);
        let volumes = volumes.filter_map(|it| it.source.as_ref()).map(|it| it.value.as_str());
        Needs {
            services: absent.chain(changed).filter(|it| !it.contains('$')).collect(),
            networks: networks.filter(|it| *it != "default" && !declares(&model.networks, it)).collect(),
            volumes: volumes.filter(|it| !it.contains('$') && !declares(&model.volumes, it)).collect(),
        }
    }

    fn services(&self) -> impl Iterator<Item = &'a str> + '_ {
        self.services.iter().copied()
    }

    fn is_empty(&self) -> bool {
        self.services.is_empty() && self.networks.is_empty() && self.volumes.is_empty()
    }

    /// Returns, for each thing that is needed, whether a file has it.
    fn met<'b>(&'b self, model: &'b Model) -> impl Iterator<Item = bool> + 'b {
        let has = |list: &[super::compose::Resource], name: &str| list.iter().any(|it| it.name.value == name);
        let services = self.services.iter().map(|it| model.service(it).is_some());
        let networks = self.networks.iter().map(move |it| has(&model.networks, it));
        services.chain(networks).chain(self.volumes.iter().map(move |it| has(&model.volumes, it)))
    }

    fn are_met(&self, model: &Model) -> bool {
        self.met(model).all(|it| it)
    }

    fn some_met(&self, model: &Model) -> bool {
        self.met(model).any(|it| it)
    }
}
