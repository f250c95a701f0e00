//! What one script or workflow job sends to a server, and which environments it starts there.

use std::collections::BTreeSet;

use super::filter::Filters;
use crate::repo::Repo;
use crate::repo::compose::{Mount, MountKind, Service, known};
use crate::repo::environment::Environment;
use crate::repo::fact::{Action, Archive, Command, CommandHost, Copy, Text};
use crate::rules::existence::{candidates, folder};
use crate::source::{Span, normalize};

/// The copies of one script or job.
pub struct Shipment<'r> {
    /// The file.
    pub path: &'r str,
    /// What is copied, in order.
    pub items: Vec<Item<'r>>,
    /// Whether something is copied that cannot be told, so that anything may be there.
    pub is_open: bool,
    /// Environments whose compose files are among what is copied.
    pub environments: Vec<&'r Environment>,
}

/// A file or folder that is copied.
pub struct Item<'r> {
    /// The source as written.
    pub source: &'r Text,
    /// The path from the root; may be a glob.
    pub path: String,
    /// Where it ends up, as far as it is written: `/opt/app/conf/x.json`.
    pub target: String,
    /// What of it stays behind.
    pub filters: Filters<'r>,
}

/// A file of the repository that a container needs on its machine.
pub struct Need<'r> {
    /// Where it is asked for.
    pub span: Span,
    /// Its path from the root.
    pub path: String,
    /// Its path from the directory of the compose file.
    pub relative: String,
    /// The service, or nothing where the whole stack asks for it.
    pub service: Option<&'r Service>,
    /// Whether it may be filled on the server: a folder that the container writes to, or an env file.
    pub may_be_filled: bool,
}

/// Returns the shipments of a repository.
pub fn all(repo: &Repo) -> Vec<Shipment<'_>> {
    let mut list: Vec<(&str, Option<&str>, Shipment)> = Vec::new();
    for command in repo.facts.commands.iter().filter(|it| it.host != CommandHost::Document && !it.is_remote) {
        let sends = match &command.action {
            Action::Copy(copy) => copy.to_remote || repo.hints.is_transfer(&command.path) && !copy.from_remote,
            // `tar c … | ssh host tar x`
            Action::Archive(archive) => archive.output.is_none() && unpacks_elsewhere(repo, command),
            _ => false,
        };
        if !sends {
            continue;
        }
        // Steps of one job are one shipment; so are the functions of one script.
        let scope = command.scope.as_deref().filter(|_| command.host != CommandHost::Script);
        let at = list.iter().position(|it| it.0 == command.path && it.1 == scope).unwrap_or_else(|| {
            let shipment =
                Shipment { path: &command.path, items: Vec::new(), is_open: false, environments: Vec::new() };
            list.push((&command.path, scope, shipment));
            list.len() - 1
        });
        match &command.action {
            Action::Copy(copy) => add(repo, command, copy, &mut list[at].2),
            Action::Archive(archive) => packed(repo, command, archive, &mut list[at].2),
            _ => {}
        }
    }
    let mut shipments: Vec<Shipment> = list.into_iter().map(|it| it.2).collect();
    let pulling = pulling(repo);
    for shipment in &mut shipments {
        shipment.is_open |= pulling.contains(shipment.path);
        let is_sent = |path: &str| shipment.items.iter().any(|it| it.brings(path));
        let starts = |it: &&Environment| it.compose_files.iter().all(|path| is_sent(path));
        shipment.environments = repo.environments.iter().filter(starts).collect();
    }
    shipments
}

/// Returns the files by which a server gets the repository by itself.
fn pulling(repo: &Repo) -> BTreeSet<&str> {
    let is_pull = |it: &&Command| it.is_remote && matches!(it.action, Action::GitPull);
    repo.facts.commands.iter().filter(is_pull).map(|it| it.path.as_str()).collect()
}

/// Returns whether the file of a command unpacks an archive on another machine.
fn unpacks_elsewhere(repo: &Repo, command: &Command) -> bool {
    let is_tar = |it: &Command| it.words.first().is_some_and(|it| it.text == "tar");
    let mut same = repo.facts.commands.iter().filter(|it| it.path == command.path && it.scope == command.scope);
    same.any(|it| it.is_remote && is_tar(it) && !matches!(it.action, Action::Archive(_)))
}

/// Adds what an archive holds.
fn packed<'r>(repo: &'r Repo, command: &'r Command, archive: &'r Archive, shipment: &mut Shipment<'r>) {
    shipment.is_open |= archive.is_open;
    let inner = archive.directory.as_ref().map_or("", |it| it.value.as_str());
    for source in &archive.sources {
        let written = if inner.is_empty() { source.value.clone() } else { format!("{inner}/{}", source.value) };
        match candidates(command, &written).into_iter().next().filter(|_| !written.contains(['$', '(', '`', '{', '*']))
        {
            Some(path) => {
                let plain = source.value.trim_start_matches("./");
                let below = if plain == "." || plain.is_empty() { String::new() } else { format!("/{plain}") };
                let target = format!("archive:{below}");
                let root = normalize(inner).unwrap_or_else(|| ".".to_string());
                let filters = Filters::of(repo, command, &archive.filters, root);
                shipment.items.push(Item { source, path, target, filters });
            }
            None => shipment.is_open = true,
        }
    }
}

/// Adds what a list of files names; returns whether there is such a list.
fn listed<'r>(repo: &'r Repo, command: &Command, copy: &'r Copy, shipment: &mut Shipment<'r>) -> bool {
    let (Some(list), [from]) = (&copy.files_from, copy.sources.as_slice()) else { return false };
    let found = candidates(command, &list.value).into_iter();
    let found = found.filter_map(|it| repo.facts.path_lists.iter().find(|list| list.path == it)).next();
    let Some(found) = found else {
        shipment.is_open = true;
        return true;
    };
    for line in &found.lines {
        let Some(path) = candidates(command, &format!("{}/{}", from.value, line.value)).into_iter().next() else {
            continue;
        };
        let target =
            format!("{}/{}", copy.destination.value.trim_end_matches('/'), line.value.trim_start_matches("./"));
        shipment.items.push(Item { source: line, path, target, filters: Filters::default() });
    }
    true
}

/// Returns the archive of the same script that a copied file is.
fn archive_of<'r>(repo: &'r Repo, command: &Command, source: &str) -> Option<(&'r Command, &'r Archive)> {
    let name = |it: &str| it.rsplit('/').next().unwrap_or(it).to_string();
    repo.facts.commands.iter().filter(|it| it.path == command.path && !it.is_remote).find_map(|it| match &it.action {
        Action::Archive(archive) if name(&archive.output.as_ref()?.value) == name(source) => Some((it, archive)),
        _ => None,
    })
}

fn add<'r>(repo: &'r Repo, command: &'r Command, copy: &'r Copy, shipment: &mut Shipment<'r>) {
    if listed(repo, command, copy, shipment) {
        return;
    }
    let keeps_folders =
        copy.program == "scp-action" || command.words.iter().any(|it| it.text == "-R" || it.text == "--relative");
    for source in &copy.sources {
        if let Some((made, archive)) = archive_of(repo, command, &source.value) {
            packed(repo, made, archive, shipment);
            continue;
        }
        let is_known = !source.value.contains(['$', '(', '`', '{', '<']);
        let Some(path) = candidates(command, &source.value).into_iter().next().filter(|_| is_known) else {
            // What lies outside the repository, such as a key, is nothing that it mounts.
            shipment.is_open |= !source.value.starts_with(['/', '~']) && is_bundle(&source.value);
            continue;
        };
        let is_content =
            copy.program == "rsync" && source.value.ends_with('/') || source.value == "." || source.value == "./";
        let target = target(copy, (&source.value, &path), (keeps_folders, is_content));
        let root = if is_content { path.clone() } else { folder(&path).to_string() };
        let filters = Filters::of(repo, command, &copy.filters, root);
        shipment.items.push(Item { source, path, target, filters });
    }
}

/// Whether an unknown source may be a folder with anything in it, rather than a file that was made.
fn is_bundle(source: &str) -> bool {
    let name = source.rsplit('/').next().unwrap_or(source);
    !name.contains('.') || name.ends_with(".tar.gz") || name.ends_with(".tgz") || name.contains('*')
}

/// Returns where a source ends up.
fn target(copy: &Copy, (written, path): (&str, &str), (keeps_folders, is_content): (bool, bool)) -> String {
    let into = copy.destination.value.as_str();
    let name = path.rsplit('/').next().unwrap_or(path);
    let base = into.trim_end_matches('/');
    let base = if base.is_empty() && !into.starts_with('/') { "~" } else { base };
    if keeps_folders {
        return format!("{base}/{}", written.trim_start_matches("./"));
    }
    if is_content {
        return base.to_string();
    }
    let last = base.rsplit('/').next().unwrap_or(base);
    // `scp a.json host:/opt/x/b.json` names the file, `scp a.json host:/opt/x` its folder.
    let names_file =
        !into.ends_with('/') && copy.sources.len() == 1 && (last == name || last.contains('.') && name.contains('.'));
    if names_file { base.to_string() } else { format!("{base}/{name}") }
}

impl Item<'_> {
    /// Returns whether a path of the repository is copied with it.
    pub fn brings(&self, path: &str) -> bool {
        self.rest_of(path).is_some() && self.filters.leaves_out(path).is_none()
    }

    /// Returns what keeps a path of the repository from being copied with the rest.
    pub fn leaves_out(&self, path: &str) -> Option<&Text> {
        self.rest_of(path)?;
        self.filters.leaves_out(path)
    }

    /// Returns the part of a path that is below what is copied; empty for the thing itself.
    fn rest_of<'p>(&self, path: &'p str) -> Option<&'p str> {
        if self.path == "." {
            return Some(path);
        }
        if let Some((before, after)) = self.path.split_once('*') {
            let is_hit = path.starts_with(before) && path.ends_with(after) && path.len() >= before.len() + after.len();
            return is_hit.then(|| path.rsplit('/').next().unwrap_or(path));
        }
        let rest = path.strip_prefix(self.path.as_str())?;
        if rest.is_empty() { Some("") } else { rest.strip_prefix('/') }
    }

    /// Returns where a path of the repository ends up.
    pub fn lands(&self, path: &str) -> Option<String> {
        let rest = self.rest_of(path)?;
        if self.filters.leaves_out(path).is_some() {
            return None;
        }
        let base = if self.path.contains('*') { folder(&self.target) } else { &self.target };
        Some(if rest.is_empty() { base.to_string() } else { format!("{base}/{rest}") })
    }
}

/// Returns what the containers of an environment need beside their images.
pub fn needs<'r>(repo: &Repo, environment: &'r Environment) -> Vec<Need<'r>> {
    let mut list = Vec::new();
    let mut add = |service: Option<&'r Service>, text: &Text, (base, may_be_filled): (&str, bool)| {
        let Some(written) = known::with_defaults(&text.value).filter(|it| !it.starts_with(['/', '~'])) else { return };
        let Some(path) = normalize(&format!("{base}/{written}")) else { return };
        let relative = normalize(&written);
        // A folder of which git only keeps the place is filled by the container.
        let is_kept_only = || {
            let names = repo.tree.within(&path).iter().map(|it| it.rsplit('/').next().unwrap_or(it));
            let mut names = names.peekable();
            names.peek().is_some() && names.all(|it| matches!(it, ".gitkeep" | ".keep" | ".gitignore"))
        };
        if let Some(relative) = relative.filter(|_| repo.tree.exists(&path) && path != "." && !is_kept_only()) {
            list.push(Need { span: text.span, path, relative, service, may_be_filled });
        }
    };
    for service in &environment.model.services {
        let binds = |it: &&Mount| it.kind == MountKind::Bind;
        for mount in service.mounts.iter().filter(binds) {
            if let Some(source) = &mount.source {
                let path = normalize(&format!("{}/{}", mount.base, source.value));
                let is_file = path.is_some_and(|it| repo.tree.has_file(&it));
                add(Some(service), source, (&mount.base, !is_file && !mount.is_read_only));
            }
        }
        for file in service.env_files.iter().filter(|it| it.is_required) {
            add(Some(service), &file.path, (&environment.directory, true));
        }
    }
    let model = &environment.model;
    let uses = |it: &Service, name: &str| it.configs.iter().chain(&it.secrets).any(|it| it.value == name);
    for resource in model.configs.iter().chain(&model.secrets) {
        if let Some(file) =
            resource.file.as_ref().filter(|_| model.services.iter().any(|it| uses(it, &resource.name.value)))
        {
            add(None, file, (&environment.directory, false));
        }
    }
    list
}
