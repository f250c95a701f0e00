//! Which compose files and env files are used together, and for what.
//!
//! Commands say it best: `docker compose --env-file A -f X -f Y up`. Where no command names a compose file, its name
//! does: `docker-compose.prod.yml` goes over `docker-compose.yml` and with `.env.prod`, unless it stands alone.
//! Every rule about variables and merged services is judged per environment, never on the union of all.

use std::collections::BTreeSet;

use super::Repo;
use super::compose::{self, Model, assemble, known, read};
use super::fact::{Action, Command, CommandHost, EnvFile, Text};
use super::fragment;
use crate::source::Span;
use crate::source::normalize;
use crate::syntax::node::{Entry, Node};

/// Which program reads the files; decides how env files are understood and which keys count.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Dialect {
    /// `docker compose`.
    Compose,
    /// `docker stack deploy`.
    Swarm,
}

/// How we know.
#[derive(Clone, Debug)]
pub enum Source {
    /// A command does it.
    Command {
        /// The command.
        span: Span,
    },
    /// The names of the files suggest it.
    Names,
}

/// Compose files that are used together, with where their variables come from.
#[derive(Clone, Debug)]
pub struct Environment {
    /// A name for messages: `dev`, `prod` …, from the files' names.
    pub name: String,
    /// Paths of the compose files, in order; all of them exist.
    pub compose_files: Vec<String>,
    /// Files whose variables are interpolated, later ones winning; they need not exist.
    pub interpolation_files: Vec<EnvSource>,
    /// Profiles that are switched on.
    pub profiles: Vec<String>,
    /// Who reads the files.
    pub dialect: Dialect,
    /// How we know.
    pub source: Source,
    /// Whether the command could not be read in full: files may be missing from the lists.
    pub is_partial: bool,
    /// The directory that relative paths start from.
    pub directory: String,
    /// All compose files merged.
    pub model: Model,
    /// The merged tree.
    pub node: Node,
}

/// A file that feeds interpolation.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct EnvSource {
    /// Its path from the root.
    pub path: String,
    /// Where a command names it; `None` for the `.env` that compose looks for by itself.
    pub span: Option<Span>,
}

impl Environment {
    /// Returns whether the environment is for work on one's own machine, judged by its name.
    pub fn is_development(&self) -> bool {
        let development = ["dev", "development", "local", "test", "ci", "override", "debug"];
        self.name.split(['.', '-', '_', '+']).any(|it| development.contains(&it))
    }

    /// Returns whether the environment is a deployment to others, judged by its name and its dialect.
    pub fn is_production(&self) -> bool {
        let production = ["prod", "production", "live", "staging", "stage"];
        self.dialect == Dialect::Swarm || self.name.split(['.', '-', '_', '+']).any(|it| production.contains(&it))
    }
}

/// What identifies an environment, before its files are merged.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
struct Plan {
    compose_files: Vec<String>,
    env_files: Option<Vec<(String, Span)>>,
    dialect: Dialect,
    profiles: Vec<String>,
    directory: String,
    is_partial: bool,
    command: Option<Span>,
}

/// Derives the environments of a repository.
pub fn derive(repo: &Repo) -> Vec<Environment> {
    let mut plans: Vec<Plan> = repo.facts.commands.iter().filter_map(|it| of_command(repo, it)).collect();
    let named: BTreeSet<String> = plans.iter().flat_map(|it| it.compose_files.iter().cloned()).collect();
    plans.extend(of_names(repo, &named));
    as_stacks(repo, &mut plans);
    let mut kept: Vec<Plan> = Vec::new();
    for plan in plans {
        let same = |it: &&mut Plan| {
            it.compose_files == plan.compose_files && it.dialect == plan.dialect && paths(it) == paths(&plan)
        };
        match kept.iter_mut().find(same) {
            Some(earlier) => earlier.profiles.extend(plan.profiles),
            None => kept.push(plan),
        }
    }
    kept.into_iter().map(|it| environment(repo, it)).collect()
}

/// Takes files that only make sense for a stack as one, unless a program starts them with compose.
fn as_stacks(repo: &Repo, plans: &mut [Plan]) {
    let is_program =
        |span: Span| repo.facts.commands.iter().any(|it| it.span == span && it.host != CommandHost::Document);
    let by_program: BTreeSet<String> =
        plans.iter().filter(|it| it.command.is_some_and(is_program)).flat_map(|it| it.compose_files.clone()).collect();
    for plan in plans.iter_mut().filter(|it| it.dialect == Dialect::Compose && it.compose_files.len() == 1) {
        let path = &plan.compose_files[0];
        if !by_program.contains(path) && repo.compose_file(path).is_some_and(|it| looks_like_stack(&it.model)) {
            // A document that starts it otherwise is out of date, or a first try.
            (plan.dialect, plan.command) = (Dialect::Swarm, None);
            plan.env_files.get_or_insert_default();
        }
    }
}

/// Returns whether a file has what only Swarm makes use of, and nothing that only compose does.
fn looks_like_stack(model: &Model) -> bool {
    let has = |it: &compose::Service, key: &str| it.deploy.as_ref().is_some_and(|it| it.node.get(key).is_some());
    let is_swarm = |it: &compose::Service| has(it, "labels") || has(it, "update_config") || has(it, "placement");
    let is_compose = |it: &compose::Service| it.build.is_some() || it.restart.is_some() || it.container_name.is_some();
    model.services.iter().filter(|it| is_swarm(it)).count() * 2 > model.services.len()
        && !model.services.iter().any(is_compose)
}

fn paths(plan: &Plan) -> Option<Vec<&str>> {
    plan.env_files.as_ref().map(|it| it.iter().map(|it| it.0.as_str()).collect())
}

/// Reads the files out of a command; one that names no file which exists says nothing about environments.
fn of_command(repo: &Repo, command: &Command) -> Option<Plan> {
    let (files, env_files, profiles, dialect, is_dynamic): (&[Text], &[Text], &[Text], Dialect, bool) =
        match &command.action {
            // What stops, shows or enters containers says nothing about what they are made of.
            Action::Compose(it) if it.verb.as_ref().is_some_and(|it| !makes_containers(&it.value)) => return None,
            Action::Compose(it) => (&it.files, &it.env_files, &it.profiles, Dialect::Compose, it.is_dynamic),
            Action::StackDeploy { files, .. } => (files, &[], &[], Dialect::Swarm, false),
            _ => return None,
        };
    let path = |it: &Text| normalize(&format!("{}/{}", command.directory, it.value));
    let mut compose_files: Vec<String> =
        files.iter().filter_map(path).filter(|it| repo.compose_file(it).is_some()).collect();
    let is_partial = is_dynamic || compose_files.len() < files.len();
    // A stack has no default file: without `-c`, somebody only talks about the command.
    if files.is_empty() && dialect == Dialect::Compose {
        compose_files = default_files(repo, &command.directory);
    }
    let first = compose_files.first()?;
    let directory = read::folder(first).to_string();
    // A command without `--env-file` leaves it to compose, which looks for `.env`; a stack has only its shell.
    let sourced = command.sourced.iter().filter(|_| dialect == Dialect::Swarm);
    let named: Vec<(String, Span)> =
        env_files.iter().chain(sourced).filter_map(|it| Some((path(it)?, it.span))).collect();
    let env_files = (dialect == Dialect::Swarm || !named.is_empty()).then_some(named);
    let profiles = profiles.iter().map(|it| it.value.clone()).collect();
    Some(Plan { compose_files, env_files, dialect, profiles, directory, is_partial, command: Some(command.span) })
}

/// Returns whether a compose command creates containers, or shows what it would create.
fn makes_containers(verb: &str) -> bool {
    matches!(verb, "up" | "run" | "create" | "config" | "build" | "start" | "watch" | "convert" | "restart")
}

/// Returns the files that compose takes when none is named.
pub fn default_files(repo: &Repo, directory: &str) -> Vec<String> {
    let listed = listed_files(repo, directory);
    if !listed.is_empty() {
        return listed;
    }
    let exists = |name: &str| {
        let path = normalize(&format!("{directory}/{name}"))?;
        repo.compose_file(&path).map(|it| it.path.clone())
    };
    let first =
        ["compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml"].iter().find_map(|it| exists(it));
    let over = [
        "compose.override.yml",
        "compose.override.yaml",
        "docker-compose.override.yml",
        "docker-compose.override.yaml",
    ];
    first.into_iter().chain(over.iter().find_map(|it| exists(it))).collect()
}

/// Returns the files that `COMPOSE_FILE` in the `.env` of a directory lists, or in the template of it.
fn listed_files(repo: &Repo, directory: &str) -> Vec<String> {
    let own = repo.env_file(&join(directory, ".env"));
    let templates = repo.templates().filter(|it| own.is_none() && read::folder(&it.path) == directory);
    let files: Vec<&EnvFile> = own.into_iter().chain(templates).collect();
    let entries = || files.iter().flat_map(|it| &it.entries).filter(|it| !it.is_commented);
    let value = |name: &str| entries().find(|it| it.name.value == name).map(|it| it.value.value.as_str());
    let separator = value("COMPOSE_PATH_SEPARATOR").filter(|it| !it.is_empty()).unwrap_or(":");
    let list = value("COMPOSE_FILE").unwrap_or("").split(separator);
    let paths = list.filter_map(|it| normalize(&format!("{directory}/{it}")));
    paths.filter(|it| repo.compose_file(it).is_some()).collect()
}

/// Makes environments of the compose files that no command names.
fn of_names(repo: &Repo, named: &BTreeSet<String>) -> Vec<Plan> {
    let plan = |compose_files: Vec<String>, env_files: Option<Vec<(String, Span)>>| {
        let directory = read::folder(&compose_files[0]).to_string();
        let dialect = if compose_files.iter().any(|it| file_name(it).contains("stack")) {
            Dialect::Swarm
        } else {
            Dialect::Compose
        };
        Plan { compose_files, env_files, dialect, profiles: Vec::new(), directory, is_partial: false, command: None }
    };
    let mut plans = Vec::new();
    let parts = parts(repo);
    let has_includes = repo.facts.compose_files.iter().any(|it| !it.model.includes.is_empty());
    for file in repo.facts.compose_files.iter().filter(|it| !named.contains(&it.path)) {
        let folder = read::folder(&file.path);
        let base = default_files(repo, folder);
        let word = word(&file.path);
        if base.contains(&file.path) && base.first() != Some(&file.path) || parts.contains(&file.path) {
            continue;
        }
        if let Some(below) = fragment::base_of(repo, file, &base) {
            plans.push(Plan { is_partial: !below.is_whole, ..plan(vec![below.path, file.path.clone()], None) });
            continue;
        }
        if base.first() == Some(&file.path) {
            plans.push(plan(base, None));
            continue;
        }
        if let Some(below) = named_below(repo, &file.path).filter(|it| is_overlay(&file.model, &it.model)) {
            let plain = base.into_iter().next().filter(|it| {
                repo.compose_file(it).is_some_and(|it| it.path != below.path && is_overlay(&below.model, &it.model))
            });
            plans.push(plan(plain.into_iter().chain([below.path.clone(), file.path.clone()]).collect(), None));
            continue;
        }
        // An overlay changes services of its base; a file whose services all have an image or build stands alone.
        let says_so = word.split('-').any(|it| matches!(it, "override" | "overrides" | "overlay"));
        let is_overlay = says_so
            || base.first().and_then(|it| repo.compose_file(it)).is_some_and(|it| is_overlay(&file.model, &it.model));
        let mut files: Vec<String> = if is_overlay { base.into_iter().take(1).collect() } else { Vec::new() };
        files.push(file.path.clone());
        let beside = normalize(&format!("{folder}/.env.{word}")).filter(|it| !word.is_empty() && repo.tree.exists(it));
        let env_files = beside.map(|it| vec![(it, Span::new(file.file, 0, 0))]);
        // `sample.compose.override.yaml` goes on top of something, and nothing says of what; and where a project is
        // made of parts, one that nobody includes is kept for later.
        let is_whole = ["compose", "stack"].iter().any(|it| file_name(&file.path).contains(it));
        let is_parked = has_includes && !is_whole && file.model.includes.is_empty();
        let is_partial = says_so || is_parked || files.len() == 1 && overrides(file);
        plans.push(Plan { is_partial, ..plan(files, env_files) });
    }
    plans
}

/// Returns the files that others include or extend: they are parts, and nothing says that they are used alone. Of
/// `${ROOT}/shared/compose.yml` only the end is known.
fn parts(repo: &Repo) -> BTreeSet<String> {
    let (mut paths, mut ends) = (BTreeSet::new(), BTreeSet::new());
    for file in &repo.facts.compose_files {
        let extended = file.model.services.iter().filter_map(|it| Some(&it.extends.as_ref()?.file.as_ref()?.value));
        for written in extended.chain(file.model.includes.iter().map(|it| &it.value)) {
            match known::with_defaults(written) {
                Some(known) => paths.extend(normalize(&format!("{}/{known}", read::folder(&file.path)))),
                None => ends.extend(written.rsplit_once("}/").map(|it| it.1)),
            }
        }
    }
    let is_end = |path: &str| ends.contains(path) || path.match_indices('/').any(|it| ends.contains(&path[it.0 + 1..]));
    paths.extend(repo.facts.compose_files.iter().map(|it| &it.path).filter(|it| is_end(it)).cloned());
    paths
}

/// Returns the file that another is named after, with a word less: `docker-compose.prod.yml` below
/// `docker-compose.prod.local.yml`.
fn named_below<'r>(repo: &'r Repo, path: &str) -> Option<&'r compose::File> {
    let (stem, ending) = path.rsplit_once('.')?;
    let (shorter, _) = stem.rsplit_once('.')?;
    let is_more_than_plain = file_name(shorter).contains('.');
    repo.compose_file(&format!("{shorter}.{ending}")).filter(|_| is_more_than_plain)
}

fn file_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

fn is_overlay(model: &Model, base: &Model) -> bool {
    model.services.iter().any(|it| !fragment::stands(it) && base.service(&it.name.value).is_some())
}

/// Returns whether a file takes back what another one says (`ports: !reset`), which none does that stands alone.
fn overrides(file: &compose::File) -> bool {
    let is_tagged = |it: &Entry| matches!(it.value.tag(), Some("!override" | "!reset"));
    let has_one = |it: &Node| it.as_map().is_some_and(|it| it.entries.iter().any(is_tagged));
    let services = file.node.get("services");
    let mut each = services.and_then(Node::as_map).into_iter().flat_map(|it| &it.entries);
    services.is_some_and(has_one) || each.any(|it| has_one(&it.value))
}

/// Returns what a compose file's name says beside that it is one: `prod` of `docker-compose.prod.yml`.
fn word(path: &str) -> String {
    let name = path.rsplit('/').next().unwrap_or(path);
    let dull = ["docker", "compose", "stack", "yml", "yaml", ""];
    name.split(['.', '-', '_']).filter(|it| !dull.contains(it)).collect::<Vec<_>>().join("-")
}

fn environment(repo: &Repo, plan: Plan) -> Environment {
    let words: Vec<String> = plan.compose_files.iter().map(|it| word(it)).filter(|it| !it.is_empty()).collect();
    let env_words = plan.env_files.iter().flatten().filter_map(|it| Some(it.0.rsplit_once(".env.")?.1.to_string()));
    let name = words
        .into_iter()
        .next_back()
        .or_else(|| env_words.into_iter().next_back())
        .unwrap_or_else(|| "default".to_string());
    let node = assemble::assemble(&repo.facts.compose_files, &plan.compose_files, &plan.directory);
    let beside = || vec![EnvSource { path: join(&plan.directory, ".env"), span: None }];
    let interpolation_files = match &plan.env_files {
        Some(list) => list.iter().map(|(path, span)| EnvSource { path: path.clone(), span: Some(*span) }).collect(),
        None => beside(),
    };
    let mut profiles = plan.profiles;
    profiles.sort();
    profiles.dedup();
    let is_continued = |it: &String| repo.compose_file(it).is_some_and(|it| it.is_continued);
    let is_partial = plan.is_partial || plan.compose_files.iter().any(is_continued);
    Environment {
        name,
        model: read::model(&node, &plan.directory),
        node,
        compose_files: plan.compose_files,
        interpolation_files,
        profiles,
        dialect: plan.dialect,
        source: plan.command.map_or(Source::Names, |span| Source::Command { span }),
        is_partial,
        directory: plan.directory,
    }
}

fn join(directory: &str, name: &str) -> String {
    if directory == "." { name.to_string() } else { format!("{directory}/{name}") }
}
