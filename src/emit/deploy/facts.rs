//! What a deployment needs to know of its environment: which services run on, which end, which files they need.

use std::collections::BTreeSet;

use crate::diag::{Diagnostic, Diags, Level};
use crate::emit::compose::document::with_proxy;
use crate::emit::compose::networks;
use crate::emit::lowering::Lowering;
use crate::emit::proxy;
use crate::ir::deploy::{Deploy, How};
use crate::ir::interpolated::interpolated;
use crate::ir::service::{Content, Kind, MountSource, Role, Service};
use crate::ir::text::Text;
use crate::ir::{Environment, Layer, System, Target};

use super::NOT_COPIED;

/// Variables of bash itself, which have a value whatever the caller sets, and which no script can set.
const BASH_OWN: [&str; 6] = ["UID", "EUID", "PPID", "BASHOPTS", "SHELLOPTS", "BASH_VERSINFO"];

/// A file that the host needs.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) struct File {
    /// `600`, or `keep` for what it has here.
    pub mode: &'static str,
    /// Where it lies here, relative to the spec.
    pub from: String,
    /// Where it goes: relative to the directory on the host, or absolute.
    pub to: String,
}

/// An environment, seen by its deployment.
pub(super) struct Facts {
    /// Services that run on.
    pub services: Vec<String>,
    /// Jobs, those that others need first.
    pub jobs: Vec<String>,
    /// Services that jobs and migrations need.
    pub first: Vec<String>,
    /// Those that compose starts for jobs and migrations only where they do not run: they are built here, and stay as
    /// they are until the data are up to date.
    pub first_own: Vec<String>,
    /// Services whose health check is switched off, so that nobody can wait for it.
    pub unchecked: Vec<String>,
    /// Files to copy, sorted.
    pub files: Vec<File>,
    /// Directories that are made at run time.
    pub directories: Vec<String>,
    /// External networks by the names that the engine knows.
    pub networks: Vec<Text>,
    /// External volumes by the names that the engine knows.
    pub volumes: Vec<Text>,
    /// Variables that must have a value.
    pub required: Vec<String>,
    /// Variables that only a deployment reads: whoever deploys may set them.
    pub parameters: Vec<String>,
    /// Project or stack.
    pub project: Text,
}

/// Gathers the facts of an environment.
pub(super) fn facts(system: &System, environment: &Environment, deploy: &Deploy, diags: &mut Diags) -> Facts {
    // What is wrong with the proxy is told where its service is written.
    let mut cx = Lowering::new(system, environment, environment.target.word());
    let (proxy, _) = proxy::proxy(&mut cx);
    let all: Vec<&Service> =
        with_proxy(environment, proxy.as_ref()).into_iter().filter(|it| cx.off(&it.name).is_none()).collect();
    let named = |kind: fn(&Kind) -> bool| {
        all.iter().filter(|it| kind(&it.kind.value)).map(|it| it.name.clone()).collect::<Vec<String>>()
    };
    let project = networks::project(&cx);
    let external = environment.networks.iter().filter(|it| it.external).filter(|network| {
        all.iter().any(|it| networks::joined(it, environment).iter().any(|name| name.value == network.name))
    });
    let networks = external.map(|it| networks::real_name(&it.name, &cx)).collect();
    let volumes = environment.volumes.iter().filter(|it| it.external);
    let volumes =
        volumes.map(|it| it.real_name.as_ref().map_or_else(|| Text::literal(&it.name), |it| it.value.clone()));
    let volumes = volumes.collect();
    let is_own = |name: &String| {
        let is_built = environment.service(name).is_some_and(|it| it.build.is_some());
        is_built && environment.target == Target::Compose
    };
    let (first_own, first) = first(environment, deploy, &all).into_iter().partition(is_own);
    let (files, directories) = files(system, environment, deploy, &all, diags);
    Facts {
        services: named(|it| *it == Kind::Service),
        jobs: in_order(&named(|it| *it == Kind::Job), environment),
        first,
        first_own,
        unchecked: all.iter().filter(|it| is_unchecked(it)).map(|it| it.name.clone()).collect(),
        files,
        directories,
        networks,
        volumes,
        required: required(environment, deploy),
        parameters: parameters(environment, deploy),
        project,
    }
}

fn is_unchecked(service: &Service) -> bool {
    service.kind.value == Kind::Service && service.health.as_ref().is_some_and(|it| it.value.probe.is_none())
}

/// Jobs in the order of their needs; needs have no circle.
fn in_order(jobs: &[String], environment: &Environment) -> Vec<String> {
    let mut done: Vec<String> = Vec::new();
    while done.len() < jobs.len() {
        let is_ready = |name: &&String| {
            let needs = environment.service(name).map_or(&[][..], |it| &it.needs);
            !done.contains(name) && needs.iter().all(|it| done.contains(&it.service) || !jobs.contains(&it.service))
        };
        let Some(next) = jobs.iter().find(is_ready) else { break };
        done.push(next.clone());
    }
    done
}

/// Returns the services that run on and that jobs and migrations need, directly or not.
pub(super) fn first(environment: &Environment, deploy: &Deploy, all: &[&Service]) -> Vec<String> {
    let jobs = all.iter().filter(|it| it.kind.value == Kind::Job).map(|it| it.name.as_str());
    let mut open: Vec<&str> = jobs.chain(deploy.migrate.iter().map(|it| it.service.as_str())).collect();
    let mut seen: BTreeSet<&str> = BTreeSet::new();
    while let Some(name) = open.pop() {
        let needs = environment.service(name).map_or(&[][..], |it| &it.needs);
        open.extend(needs.iter().map(|it| it.service.as_str()).filter(|it| seen.insert(it)));
    }
    let is_first = |it: &&&Service| seen.contains(it.name.as_str()) && it.kind.value == Kind::Service;
    all.iter().filter(is_first).map(|it| it.name.clone()).collect()
}

/// Returns the files of an environment itself: its compose files in the order of `-f`.
pub(crate) fn compose_files<'a>(system: &'a System, environment: &'a Environment) -> Vec<&'a str> {
    let base = system.base().filter(|_| environment.layer == Layer::Overlay);
    base.into_iter().chain([environment]).map(|it| it.file.value.as_str()).collect()
}

/// Returns whether an env file is one that a person fills in: then it may hold secrets.
pub(super) fn is_private(system: &System, path: &str) -> bool {
    system.environments.iter().filter_map(|it| it.public.as_ref()).all(|it| it.value != path)
}

/// Returns the env file that holds the secrets of an environment: the last one that is not committed.
pub(crate) fn private_file<'a>(system: &System, environment: &'a Environment) -> Option<&'a str> {
    environment.env_files.iter().rev().map(|it| it.path.value.as_str()).find(|it| is_private(system, it))
}

fn files(
    system: &System,
    environment: &Environment,
    deploy: &Deploy,
    all: &[&Service],
    diags: &mut Diags,
) -> (Vec<File>, Vec<String>) {
    let mut files: BTreeSet<File> = BTreeSet::new();
    let mut directories: BTreeSet<String> = BTreeSet::new();
    let mut add = |mode: &'static str, path: &str| {
        let path = path.trim_start_matches("./").to_string();
        files.insert(File { mode, to: path.clone(), from: path });
    };
    compose_files(system, environment).into_iter().for_each(|it| add("keep", it));
    if let Some(jobs) = super::jobs_file(environment) {
        add("keep", &jobs);
    }
    for file in &environment.env_files {
        add(if is_private(system, &file.path.value) { "600" } else { "keep" }, &file.path.value);
    }
    for (service, mount) in all.iter().flat_map(|service| service.mounts.iter().map(move |it| (service, it))) {
        let MountSource::Repository { path, content } = &mount.source else { continue };
        match (mount.role, content) {
            (Role::Runtime | Role::Data | Role::Host, _) => {
                _ = directories.insert(path.trim_start_matches("./").to_string())
            }
            (Role::Source, _) if deploy.how.value == How::Push => {
                let span = mount.origin.span().unwrap_or(service.span);
                let message = format!("`{path}` is mounted as source code, which a push does not copy");
                let error = Diagnostic::new(NOT_COPIED, Level::Error, span, message);
                let help = "mount source code in environments for development, or give the mount the role `config`";
                diags.push(error.also(deploy.span, "pushed here").help(help));
            }
            (Role::Source, _) => {}
            (Role::Secret, _) => add("600", path),
            (Role::Config, Content::Directory(list)) => {
                list.iter().for_each(|(below, _)| add("keep", &format!("{}/{below}", path.trim_end_matches('/'))));
            }
            (Role::Config, Content::File(_) | Content::Unknown) => add("keep", path),
        }
    }
    // Backups are made where the data are.
    if let (How::Push, Some(it)) = (deploy.how.value, &environment.backup) {
        [&it.file, &it.restore].into_iter().for_each(|it| add("keep", it));
    }
    files.extend(deploy.send.iter().map(|it| File { mode: "keep", from: it.from.clone(), to: it.to.clone() }));
    (files.into_iter().collect(), directories.into_iter().collect())
}

/// Returns the variables that must have a value: required ones and secrets that something of the environment reads.
fn required(environment: &Environment, deploy: &Deploy) -> Vec<String> {
    let delivered = environment.services.iter().flat_map(|it| &it.environment).map(|it| it.name.to_string());
    let mut read: BTreeSet<String> =
        delivered.chain(interpolated(environment).into_iter().map(|it| it.into_owned())).collect();
    read.extend(used(deploy));
    let variables = environment.groups.iter().flat_map(|it| &it.variables);
    let must = variables.filter(|it| !it.optional && (it.required.is_some() || it.secret.is_some()));
    // What the spec itself gives a value to is there, unless the env file takes it away again.
    let must = must.filter(|it| it.secret.is_some() || it.value.is_none());
    let must = must.filter(|it| it.value.as_ref().is_none_or(|it| it.value.as_literal().is_none_or(str::is_empty)));
    must.filter(|it| read.contains(&*it.name)).map(|it| it.name.to_string()).collect()
}

/// Returns the variables of a deployment's own texts.
pub(crate) fn used(deploy: &Deploy) -> BTreeSet<String> {
    use crate::ir::deploy::{Hosts, Secrets};
    let mut texts: Vec<&Text> = Vec::new();
    match &deploy.hosts {
        Hosts::Local => {}
        Hosts::One { address, user, port } => {
            texts.extend([Some(address), user.as_ref(), port.as_ref()].into_iter().flatten())
        }
        Hosts::Several(it) => texts.push(it),
    }
    texts.extend(deploy.dir.as_ref().map(|it| &it.value));
    texts.extend(deploy.verify.http.iter().chain(&deploy.before).chain(&deploy.after));
    texts.extend(deploy.migrate.iter().flat_map(|it| &it.words));
    texts.extend(deploy.smoke.as_ref().map(|it| &it.run));
    texts.extend([&deploy.notify.ntfy, &deploy.notify.webhook].into_iter().flatten());
    if let Some(Secrets::Run(it)) = &deploy.secrets {
        texts.push(it);
    }
    texts.into_iter().flat_map(|it| it.variables()).map(|it| it.name.clone()).collect()
}

/// Returns the variables that only a deployment reads.
fn parameters(environment: &Environment, deploy: &Deploy) -> Vec<String> {
    let mut read: BTreeSet<String> = interpolated(environment).into_iter().map(|it| it.into_owned()).collect();
    read.extend(used(deploy));
    read.extend(deploy.smoke.iter().filter_map(|it| it.when.clone()));
    let variables = environment.groups.iter().flat_map(|it| &it.variables);
    let settable = variables.filter(|it| !BASH_OWN.contains(&&*it.name));
    settable.filter(|it| it.deploy_only && read.contains(&*it.name)).map(|it| it.name.to_string()).collect()
}

/// Returns whether an environment is one that a script of bash deploys with docker.
pub(super) fn is_docker(environment: &Environment) -> bool {
    matches!(environment.target, Target::Compose | Target::Swarm)
}
