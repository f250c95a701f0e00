//! Which words of commands name files of a container into which nothing of the repository comes: a part of
//! `stale-path-reference`.

use std::collections::BTreeSet;

use crate::repo::Repo;
use crate::repo::compose::{MountKind, Service};
use crate::repo::fact::{Action, Command, Word};
use crate::repo::known_variable::bare_name;
use crate::repo::shell::action::unwrapped;
use crate::rules::image::built;
use crate::source::{Span, Spans};

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

/// Returns the places of what runs in containers of others.
pub fn places(repo: &Repo) -> Spans {
    let own = Own::of(repo);
    let of_command = |command| {
        let (_, inner) = entered(command).filter(|it| !own.is(&it.0))?;
        Some(inner.first()?.span.to(inner.last()?.span))
    };
    let services = repo.facts.compose_files.iter().flat_map(|it| &it.model.services);
    let foreign = services.filter(|it| !own.services.contains(it.name.value.as_str()));
    let of_service = |it: &Service| {
        let test = it.healthcheck.as_ref().and_then(|it| it.test.as_ref());
        [it.command.as_ref(), it.entrypoint.as_ref(), test].map(|it| it.map(|it| it.span))
    };
    repo.facts.commands.iter().filter_map(of_command).chain(foreign.flat_map(of_service).flatten()).collect()
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
