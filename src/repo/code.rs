//! Which code a service runs: its build context, narrowed by what its Dockerfile copies, and what is mounted into it.
//!
//! What cannot be told is not guessed: a service whose image comes from elsewhere has no code here.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::Repo;
use super::compose::{Build, MountKind, Service, known};
use super::environment::Environment;
use super::fact::Action;
use super::fact::dockerfile::{Dockerfile, Stage};
use super::github_image;
use super::known_variable::{bare_name, is_plain_base};
use crate::source::normalize;

/// The code of a service.
#[derive(Clone, Default, PartialEq, Eq, Debug)]
pub struct Code {
    /// Directories and files, from the root; "." is everything.
    pub places: BTreeSet<String>,
    /// Directories among them that other programs are made of: the other `cmd/…` of a Go module.
    pub except: Vec<String>,
    /// Directories and files among them that are mounted beside the program: it may import from there, and need not.
    pub beside: BTreeSet<String>,
    /// The Dockerfile, if it was read.
    pub dockerfile: Option<String>,
    /// The image that the Dockerfile starts from.
    pub base_image: Option<String>,
    /// The stage's `ENV` names: set in the image already.
    pub image_variables: BTreeSet<String>,
}

impl Code {
    /// Returns whether a file belongs to it.
    pub fn holds(&self, path: &str) -> bool {
        let below = |it: &String| is_within(path, it);
        self.places.iter().any(below) && !self.except.iter().any(below)
    }

    /// Returns whether a file belongs to the program itself, and not only to what is mounted beside it.
    pub fn is_own(&self, path: &str) -> bool {
        self.holds(path) && !self.beside.iter().any(|it| is_within(path, it))
    }

    /// Returns whether its image starts from one that holds a program of its own, which may read anything.
    pub fn extends_a_program(&self) -> bool {
        self.base_image.as_ref().is_some_and(|it| it.starts_with('$') || !is_plain_base(it))
    }

    /// Returns whether it is less than the whole repository.
    pub fn is_narrow(&self) -> bool {
        !self.places.contains(".") || !self.except.is_empty()
    }
}

/// Returns the code of a service, if it can be told.
pub fn of_service(repo: &Repo, environment: &Environment, service: &Service) -> Option<Arc<Code>> {
    let find = || find(repo, environment, service).map(Arc::new);
    match repo.service_key(environment, service) {
        Some(key) => repo.index.codes.get_or(key, find),
        None => find(),
    }
}

fn find(repo: &Repo, environment: &Environment, service: &Service) -> Option<Code> {
    if let Some(build) = &service.build {
        return of_build(repo, &environment.directory, build, service);
    }
    // The image of a deployment is built elsewhere: by the service of the same name, or of the same image.
    let image = bare_name(&service.image.as_ref()?.value).to_string();
    let builds = |it: &&Service| {
        it.build.is_some()
            && (it.image.as_ref().is_some_and(|it| bare_name(&it.value) == image)
                || it.name.value == service.name.value
                    && image.rsplit('/').next().is_some_and(|it| it.contains(&*service.name.value)))
    };
    let twins = repo.building().filter(|it| builds(&it.1));
    let twin =
        twins.into_iter().find_map(|(other, twin)| of_build(repo, &other.directory, twin.build.as_ref()?, service));
    twin.or_else(|| of_command(repo, &image, service)).or_else(|| of_folder(repo, &image, service))
}

/// Returns the code of an image that a script or workflow builds and names.
fn of_command(repo: &Repo, image: &str, service: &Service) -> Option<Code> {
    let written = &service.image.as_ref()?.value;
    repo.facts.commands.iter().find_map(|command| {
        let Action::Build { dockerfile, context, tags, .. } = &command.action else { return None };
        tags.iter().find(|it| bare_name(&it.value) == image || github_image::is_same(&it.value, written))?;
        let context = normalize(&format!("{}/{}", command.directory, context.as_ref()?.value))?;
        // Unlike in compose files, `-f` starts from where the command runs.
        let dockerfile = match dockerfile {
            Some(it) => normalize(&format!("{}/{}", command.directory, it.value))?,
            None => normalize(&format!("{context}/Dockerfile"))?,
        };
        of_context(repo, &context, &dockerfile, None, service)
    })
}

/// Returns the code of an image that is called like a directory with a Dockerfile.
fn of_folder(repo: &Repo, image: &str, service: &Service) -> Option<Code> {
    let (_, name) = image.rsplit_once('/')?;
    let ending = format!("/{name}/Dockerfile");
    let mut found = repo.tree.paths().iter().filter(|it| it.ends_with(&ending) || ***it == ending[1..]);
    let dockerfile = found.next()?;
    let context = dockerfile.rsplit_once('/')?.0;
    if found.next().is_some() { None } else { of_context(repo, context, dockerfile, None, service) }
}

fn of_build(repo: &Repo, base: &str, build: &Build, service: &Service) -> Option<Code> {
    let written = build.context.as_ref().map_or(Some(".".to_string()), |it| known::with_defaults(&it.value))?;
    let context = normalize(&format!("{base}/{written}"))?;
    let name =
        build.dockerfile.as_ref().map_or(Some("Dockerfile".to_string()), |it| known::with_defaults(&it.value))?;
    let target = build.target.as_ref().map(|it| it.value.as_str());
    of_context(repo, &context, &normalize(&format!("{context}/{name}"))?, target, service)
}

fn of_context(repo: &Repo, context: &str, dockerfile: &str, target: Option<&str>, service: &Service) -> Option<Code> {
    if !repo.tree.exists(context) {
        return None;
    }
    let mut code = Code::default();
    match repo.dockerfile(dockerfile) {
        Some(dockerfile) => copied(repo, dockerfile, context, target, &mut code),
        // Without its Dockerfile a directory of its own is the code; the whole repository says nothing.
        None if context == "." => return None,
        None => drop(code.places.insert(context.to_string())),
    }
    let workdir = repo.dockerfile(dockerfile).and_then(|it| workdir(it, target));
    let mounts = service.mounts.iter().filter(|it| it.kind == MountKind::Bind);
    let mounted: Vec<(String, &str)> = mounts
        .filter_map(|it| Some((it.repository_path().filter(|it| repo.tree.exists(it))?, it.target.value.as_str())))
        .collect();
    let is_beside = |to: &str| workdir.is_some_and(|it| !is_within(to, it) && !is_within(it, to));
    let beside = mounted.iter().filter(|it| is_beside(it.1) && !code.holds(&it.0)).map(|it| it.0.clone());
    code.beside = beside.collect();
    code.places.extend(mounted.into_iter().map(|it| it.0));
    (!code.places.is_empty()).then_some(code)
}

/// Returns whether a path is another one, or below it.
fn is_within(path: &str, outer: &str) -> bool {
    outer == "." || path == outer || path.strip_prefix(outer).is_some_and(|it| it.starts_with('/'))
}

/// Returns where the program of an image starts, if its own stage says so.
fn workdir<'d>(dockerfile: &'d Dockerfile, target: Option<&str>) -> Option<&'d str> {
    let is_it = |it: &&Stage| it.name.as_ref().is_some_and(|it| Some(it.value.as_str()) == target);
    let stage = dockerfile.stages.iter().find(is_it).or(dockerfile.stages.last())?;
    stage.workdir.as_ref().map(|it| it.value.as_str()).filter(|it| it.starts_with('/') && it.len() > 1)
}

/// Adds what the stages that make up the image copy from the context.
fn copied(repo: &Repo, dockerfile: &Dockerfile, context: &str, target: Option<&str>, code: &mut Code) {
    code.dockerfile = Some(dockerfile.path.clone());
    let named =
        |name: &str| dockerfile.stages.iter().position(|it| it.name.as_ref().is_some_and(|it| it.value == name));
    let last = dockerfile.stages.len().checked_sub(1);
    let mut open: Vec<usize> = target.and_then(named).or(last).into_iter().collect();
    code.base_image = open.first().and_then(|it| base_image(dockerfile, *it));
    let mut seen = BTreeSet::new();
    let mut commands = String::new();
    while let Some(at) = open.pop() {
        if !seen.insert(at) {
            continue;
        }
        let stage = &dockerfile.stages[at];
        open.extend(named(&stage.from.value));
        for copy in &stage.copies {
            match &copy.from {
                Some(from) => open.extend(named(&from.value).or_else(|| from.value.parse().ok().filter(|it| *it < at))),
                None => {
                    let sources = copy.sources.iter().filter_map(|it| place(repo, context, &it.value));
                    code.places.extend(sources);
                }
            }
        }
        code.image_variables.extend(stage.env.iter().map(|it| it.0.value.clone()));
        say(stage, &mut commands);
    }
    match other_programs(repo, context, &code.places, &commands) {
        Some(list) => code.except = list,
        None => code.places.clear(),
    }
}

/// Follows `FROM` to the image that is not a stage.
fn base_image(dockerfile: &Dockerfile, mut at: usize) -> Option<String> {
    for _ in 0..dockerfile.stages.len() {
        let from = &dockerfile.stages.get(at)?.from.value;
        let named = dockerfile.stages[..at].iter().position(|it| it.name.as_ref().is_some_and(|it| it.value == *from));
        match named {
            Some(earlier) => at = earlier,
            None => return Some(with_argument(dockerfile, from)),
        }
    }
    None
}

/// Returns what `FROM ${BASE}` means by the default of the argument; without one it stays as it is written.
fn with_argument(dockerfile: &Dockerfile, from: &str) -> String {
    let name = from.trim_start_matches('$').trim_start_matches('{').trim_end_matches('}');
    let argument = dockerfile.global_args.iter().find(|it| from.starts_with('$') && it.0.value == name);
    argument.and_then(|it| it.1.as_ref()).map_or_else(|| from.to_string(), |it| it.value.clone())
}

fn say(stage: &Stage, commands: &mut String) {
    let words = stage.runs.iter().chain(stage.cmd.iter().chain(&stage.entrypoint).flat_map(|it| &it.words));
    for word in words {
        commands.push_str(&word.value);
        commands.push(' ');
    }
}

/// Returns the place that a source of `COPY` means; a pattern means its folder.
fn place(repo: &Repo, context: &str, source: &str) -> Option<String> {
    let literal = source.split(['*', '?', '[', '$']).next().unwrap_or("");
    let literal = if literal.len() < source.len() { literal.rsplit_once('/').map_or(".", |it| it.0) } else { source };
    let path = normalize(&format!("{context}/{}", literal.trim_start_matches('/')))?;
    // A pattern at the top, such as `package*.json`, brings no code.
    (repo.tree.exists(&path) && (literal == source || literal != ".")).then_some(path)
}

/// Returns the `cmd/…` directories that are not the one that is built; `None` if that one is not here at all.
fn other_programs(repo: &Repo, context: &str, places: &BTreeSet<String>, commands: &str) -> Option<Vec<String>> {
    let is_word = |it: char| it.is_ascii_alphanumeric() || it == '-' || it == '_';
    let built: BTreeSet<&str> = commands
        .match_indices("./cmd/")
        .map(|it| &commands[it.0 + 6..])
        .map(|it| &it[..it.find(|it| !is_word(it)).unwrap_or(it.len())])
        .filter(|it| !it.is_empty())
        .collect();
    if built.is_empty() {
        return Some(Vec::new());
    }
    // The command runs where the context was copied to, or one of its folders.
    let bases = std::iter::once(context).chain(places.iter().map(String::as_str));
    bases.filter_map(|it| normalize(&format!("{it}/cmd"))).find_map(|folder| {
        let name = |it: &Arc<str>| Some(it.strip_prefix(&*folder)?.strip_prefix('/')?.split_once('/')?.0.to_string());
        let names: BTreeSet<String> = repo.tree.within(&folder).iter().filter_map(name).collect();
        let is_whole = built.iter().all(|it| names.contains(*it));
        let others = names.iter().filter(|it| !built.contains(it.as_str())).map(|it| format!("{folder}/{it}"));
        is_whole.then(|| others.collect())
    })
}
