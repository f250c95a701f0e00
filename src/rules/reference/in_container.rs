//! Which words of commands name files of a container into which nothing of the repository comes: a part of
//! `stale-path-reference`.

use std::collections::{BTreeMap, BTreeSet};

use crate::repo::Repo;
use crate::repo::compose::{MountKind, Service};
use crate::repo::fact::{Action, Command, Word};
use crate::repo::known_variable::bare_name;
use crate::repo::shell::action::unwrapped;
use crate::rules::image::built;
use crate::source::{FileId, Span};

/// Places of what runs in containers of others.
pub struct Foreign {
    /// By file, in order.
    places: BTreeMap<FileId, Vec<Span>>,
}

/// Whose container a command enters.
enum Container<'c> {
    /// A service of a compose file.
    Service(&'c str),
    /// One by its name.
    Named(&'c str),
    /// A fresh one of an image.
    Image(&'c str),
    /// One of a pod.
    Pod,
}

impl Foreign {
    /// Collects them.
    pub fn of(repo: &Repo) -> Foreign {
        let own = Own::of(repo);
        let mut places: BTreeMap<FileId, Vec<Span>> = BTreeMap::new();
        for command in &repo.facts.commands {
            let Some((container, inner)) = entered(command) else { continue };
            let (Some(first), Some(last)) = (inner.first(), inner.last()) else { continue };
            if !own.is(&container) {
                places.entry(command.file).or_default().push(first.span.to(last.span));
            }
        }
        for service in repo.facts.compose_files.iter().flat_map(|it| &it.model.services) {
            let tests = service.healthcheck.iter().filter_map(|it| it.test.as_ref());
            let all = service.command.iter().chain(&service.entrypoint).chain(tests);
            if !own.services.contains(service.name.value.as_str()) && !own.is_built(service) {
                all.for_each(|it| places.entry(it.span.file).or_default().push(it.span));
            }
        }
        places.values_mut().for_each(|it| it.sort_unstable());
        Foreign { places }
    }

    /// Returns whether a place is in one of them.
    pub fn holds(&self, place: Span) -> bool {
        let Some(list) = self.places.get(&place.file) else { return false };
        let after = list.partition_point(|it| it.start <= place.start);
        after.checked_sub(1).is_some_and(|it| list[it].contains(place))
    }
}

/// What the repository gives files to.
struct Own<'r> {
    /// Services that it builds, or whose containers see its folders.
    services: BTreeSet<&'r str>,
    /// What the containers of such services are called.
    containers: BTreeSet<&'r str>,
    /// Images that it builds, without tags.
    images: BTreeSet<String>,
}

impl<'r> Own<'r> {
    fn of(repo: &'r Repo) -> Own<'r> {
        let images = built(repo).into_iter().map(|it| it.0).collect();
        let mut own = Own { services: BTreeSet::new(), containers: BTreeSet::new(), images };
        for service in repo.facts.compose_files.iter().flat_map(|it| &it.model.services) {
            let is_mounted = service.mounts.iter().any(|it| it.kind == MountKind::Bind);
            // What it extends may say anything.
            if service.build.is_some() || is_mounted || service.extends.is_some() || own.is_built(service) {
                own.services.insert(&service.name.value);
                own.containers.extend(service.container_name.as_ref().map(|it| it.value.as_str()));
            }
        }
        own
    }

    fn is_built(&self, service: &Service) -> bool {
        service.image.as_ref().is_none_or(|it| it.value.contains('$') || self.images.contains(bare_name(&it.value)))
    }

    fn is(&self, container: &Container) -> bool {
        match *container {
            Container::Service(name) => self.services.contains(name),
            // `shop-api-1`
            Container::Named(name) => {
                self.containers.contains(name) || name.split(['-', '_']).any(|it| self.services.contains(it))
            }
            Container::Image(name) => self.images.contains(bare_name(name)),
            Container::Pod => false,
        }
    }
}

/// Returns the container that a command enters, and what runs in it.
fn entered(command: &Command) -> Option<(Container<'_>, &[Word])> {
    let words = command.words.as_slice();
    let behind = |place: Span| words.iter().position(|it| it.span == place).map(|it| &words[it + 1..]);
    match &command.action {
        Action::Compose(it) if it.verb.as_ref().is_some_and(|it| matches!(&*it.value, "exec" | "run")) => {
            let service = it.services.first()?;
            Some((Container::Service(&service.value), behind(service.span)?))
        }
        Action::Run { image: Some(image), .. } => {
            let inner = behind(image.span)?;
            let options = &words[..words.len() - inner.len()];
            let shares = |it: &Word| it.text.starts_with("-v") || it.text.starts_with("--v") || it.text == "--mount";
            let is_open = options.iter().any(shares) || words.iter().any(|it| it.span == image.span && it.is_dynamic);
            (!is_open).then_some((Container::Image(&image.value), inner))
        }
        Action::Other => entered_by_name(words),
        _ => None,
    }
}

/// `docker exec -it shop-api-1 cat conf/a.conf`, `kubectl exec deploy/api -- cat conf/a.conf`.
fn entered_by_name(words: &[Word]) -> Option<(Container<'_>, &[Word])> {
    /// Options of `docker exec` that take a value.
    const VALUES: &[&str] = &["-e", "--env", "--env-file", "-u", "--user", "-w", "--workdir", "--detach-keys"];
    let texts: Vec<&str> = words.iter().map(|it| it.text.as_str()).collect();
    let words = &words[unwrapped(&texts, &mut None)..];
    let program = words.first()?.text.as_str();
    let verb = words.iter().take_while(|it| it.text != "--").position(|it| it.text == "exec")?;
    match program {
        "kubectl" | "k" | "oc" => {
            let dashes = words.iter().position(|it| it.text == "--")?;
            Some((Container::Pod, &words[dashes + 1..]))
        }
        "docker" | "podman" => {
            let mut at = verb + 1;
            while let Some(word) = words.get(at).filter(|it| it.text.starts_with('-')) {
                at += if VALUES.contains(&word.text.as_str()) { 2 } else { 1 };
            }
            Some((Container::Named(&words.get(at)?.text), &words[at + 1..]))
        }
        _ => None,
    }
}
