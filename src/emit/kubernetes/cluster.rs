//! What lowering one environment to Kubernetes carries along: names, what is known of secrets, and the objects so far.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::diag::{Diagnostic, Diags, Level};
use crate::emit::Loss;
use crate::emit::lowering::Lowering;
use crate::ir::kubernetes::Kubernetes;
use crate::ir::service::{Kind, Mount, MountSource, Service};
use crate::ir::text::Text;
use crate::ir::{Environment, Volume};
use crate::source::Span;
use crate::syntax::kubernetes_name::{dns_label, is_port_name};

use super::object::{NAME_LABEL, Object, PART_OF_LABEL, Part};
use super::security::Standard;
use super::text::{Filled, Problem, Variables, fill};
use super::variable::shared;
use super::{BAD_NAME, NAME_CLASH, NO_VALUE, SECRET_HERE};

/// A key of the Secret that some service reads.
#[derive(Clone, Debug)]
pub(super) struct SecretKey {
    /// Whether every reader does without it.
    pub optional: bool,
    /// Where it is first asked for.
    pub span: Span,
}

/// The environment that is being lowered.
pub(super) struct Cluster<'a> {
    /// The system, the environment, losses and errors.
    pub cx: Lowering<'a>,
    /// What is said of the cluster.
    pub kubernetes: &'a Kubernetes,
    /// The objects so far.
    pub objects: Vec<Object>,
    /// The ConfigMaps so far, by name: services share those with the same content.
    pub configs: BTreeMap<String, Object>,
    /// The keys of the Secret that are read.
    pub secrets: BTreeMap<String, SecretKey>,
    /// The strictest of the pod security standards that all pods meet.
    pub standard: Standard,
    /// What is looked up by name.
    pub known: Arc<Known<'a>>,
}

/// What an environment has, by name: every service asks for some of it.
pub(super) struct Known<'a> {
    /// The services.
    pub services: BTreeMap<&'a str, &'a Service>,
    /// The variables.
    pub variables: Variables<'a>,
    /// The volumes.
    pub volumes: BTreeMap<&'a str, &'a Volume>,
    /// Who mounts each volume, and where first.
    pub users: BTreeMap<&'a str, Vec<(&'a Service, &'a Mount)>>,
    /// For each group, the variables that are the same for every service and no secret.
    pub shared: Vec<Vec<(String, String)>>,
    /// The services by their names in the cluster.
    pub labels: BTreeMap<String, &'a Service>,
    names: BTreeMap<&'a str, String>,
    needed: BTreeSet<&'a str>,
    levels: BTreeMap<&'a str, usize>,
}

impl<'a> Known<'a> {
    fn new(environment: &'a Environment, diags: &mut Diags) -> Known<'a> {
        let services = &environment.services;
        let mut users: BTreeMap<&str, Vec<(&Service, &Mount)>> = BTreeMap::new();
        for service in services {
            for mount in &service.mounts {
                let MountSource::Volume(volume) = &mount.source else { continue };
                let users = users.entry(volume).or_default();
                if users.last().is_none_or(|(it, _)| it.name != service.name) {
                    users.push((service, mount));
                }
            }
        }
        let variables = first_by_name(environment.groups.iter().flat_map(|it| &it.variables), |it| &it.name);
        let names = names(environment, diags);
        let label = |it: &Service| names.get(it.name.as_str()).unwrap_or(&it.name).clone();
        let mut labels = BTreeMap::new();
        for service in services {
            labels.entry(label(service)).or_insert(service);
        }
        Known {
            shared: environment.groups.iter().map(|it| shared(it, &variables)).collect(),
            variables,
            volumes: first_by_name(&environment.volumes, |it| &it.name),
            users,
            labels,
            names,
            needed: services.iter().flat_map(|it| &it.needs).map(|it| it.service.as_str()).collect(),
            levels: levels(environment),
            services: first_by_name(services, |it| &it.name),
        }
    }
}

fn first_by_name<'a, T>(
    list: impl IntoIterator<Item = &'a T>,
    name: impl Fn(&'a T) -> &'a str,
) -> BTreeMap<&'a str, &'a T> {
    let mut map = BTreeMap::new();
    for one in list {
        map.entry(name(one)).or_insert(one);
    }
    map
}

/// What came of lowering some services, apart from what is known of all.
pub(super) struct Made {
    objects: Vec<Object>,
    configs: BTreeMap<String, Object>,
    secrets: BTreeMap<String, SecretKey>,
    standard: Standard,
    losses: Vec<Loss>,
    diags: Diags,
}

impl<'a> Cluster<'a> {
    /// Starts with an environment.
    pub(super) fn new(mut cx: Lowering<'a>, kubernetes: &'a Kubernetes) -> Cluster<'a> {
        let known = Arc::new(Known::new(cx.environment, &mut cx.diags));
        Cluster::with(cx, kubernetes, known)
    }

    /// Returns one that knows the same, and of which nothing came yet: for work beside this one.
    pub(super) fn beside(&self) -> Cluster<'a> {
        Cluster::with(self.cx.beside(), self.kubernetes, Arc::clone(&self.known))
    }

    fn with(cx: Lowering<'a>, kubernetes: &'a Kubernetes, known: Arc<Known<'a>>) -> Cluster<'a> {
        Cluster {
            cx,
            kubernetes,
            objects: Vec::new(),
            configs: BTreeMap::new(),
            secrets: BTreeMap::new(),
            standard: Standard::Restricted,
            known,
        }
    }

    /// Returns what came of it so far.
    pub(super) fn into_made(self) -> Made {
        let Cluster { cx, kubernetes: _, objects, configs, secrets, standard, known: _ } = self;
        Made { objects, configs, secrets, standard, losses: cx.losses, diags: cx.diags }
    }

    /// Takes over what came of services that follow those so far.
    pub(super) fn add(&mut self, made: Made) {
        let Made { objects, configs, secrets, standard, losses, diags } = made;
        self.objects.extend(objects);
        for (name, it) in configs {
            self.configs.entry(name).or_insert(it);
        }
        for (name, it) in secrets {
            self.secrets.entry(name).and_modify(|known| known.optional &= it.optional).or_insert(it);
        }
        self.standard = self.standard.max(standard);
        self.cx.absorb(losses, diags);
    }

    /// Returns the services that run: all but those of an optional part that is off.
    pub(super) fn services(&self) -> Vec<&'a Service> {
        let all = self.cx.environment.services.iter();
        all.filter(|it| self.cx.off(&it.name).is_none()).collect()
    }

    /// Returns a service's name in the cluster.
    pub(super) fn name_of(&self, service: &str) -> String {
        self.known.names.get(service).cloned().unwrap_or_else(|| service.to_string())
    }

    /// Returns where the objects of a service belong.
    pub(super) fn part_of(&self, service: &Service) -> Part {
        Part::Service(self.known.levels.get(service.name.as_str()).copied().unwrap_or(0), self.name_of(&service.name))
    }

    /// Returns the labels that choose the pods of a service. They can never be changed, so nothing that varies is
    /// among them.
    pub(super) fn selector(&self, service: &Service) -> Vec<(String, String)> {
        vec![(NAME_LABEL.to_string(), self.name_of(&service.name)), (PART_OF_LABEL.to_string(), self.system_label())]
    }

    /// Returns the system's name as a label has it.
    pub(super) fn system_label(&self) -> String {
        dns_label(&self.cx.system.name).unwrap_or_else(|| "system".to_string())
    }

    /// Makes an object of a service, with its labels.
    pub(super) fn object(
        &self,
        service: &Service,
        (api, kind): (&'static str, &'static str),
        name: impl Into<String>,
    ) -> Object {
        let mut object = Object::new(self.part_of(service), api, kind, name);
        object.labels = self.selector(service);
        object.origin = crate::origin::Origin::Written(service.span);
        object
    }

    /// Fills a text in; a variable without a value is an error.
    pub(super) fn fill(&mut self, text: &Text, span: Span) -> Filled {
        let mut problems = Vec::new();
        let filled = fill(text, &self.known.variables, &mut problems);
        problems.into_iter().for_each(|it| self.problem(it));
        for name in filled.secrets() {
            let optional = filled.as_secret().is_some_and(|(_, optional)| optional);
            let key = self.secrets.entry(name.to_string()).or_insert(SecretKey { optional, span });
            key.optional &= optional;
        }
        filled
    }

    /// Fills in a text that stands in a manifest for everybody to read, so that it may hold no secret.
    pub(super) fn fixed(&mut self, text: &Text, what: &str, span: Span) -> String {
        let mut problems = Vec::new();
        let filled = fill(text, &self.known.variables, &mut problems);
        problems.into_iter().for_each(|it| self.problem(it));
        if let Some(literal) = filled.as_literal() {
            return literal.to_string();
        }
        let (message, help) = match filled.secrets().next() {
            Some(secret) => (
                format!("{what} would hold the secret `{secret}`, and a manifest is no place for secrets"),
                "let the program take it from its environment",
            ),
            None => (
                format!("{what} is the same for every replica, so it cannot hold `@{{slot}}`"),
                "use it in `env` or in `run`",
            ),
        };
        self.cx.error(Diagnostic::new(SECRET_HERE, Level::Error, span, message).help(help));
        String::new()
    }

    fn problem(&mut self, problem: Problem) {
        let environment = self.cx.environment;
        let (name, span, message, help) = match &problem {
            Problem::NoValue(name, span) => (
                name,
                span,
                format!("`{name}` has no value in environment `{}`, and nobody fills it in later", environment.name),
                format!("give it one under `environments.{}.vars`, or declare it as a `secret`", environment.name),
            ),
            Problem::DependsOnSecret(name, span) => (
                name,
                span,
                format!("what stands here depends on whether the secret `{name}` is set, which no manifest can say"),
                "give this field another value in this environment".to_string(),
            ),
            Problem::Circle(name, span) => (
                name,
                span,
                format!("the values around `{name}` refer to each other"),
                "give one of them a value of its own".to_string(),
            ),
        };
        let error = Diagnostic::new(NO_VALUE, Level::Error, *span, message).help(help);
        self.cx.error(match self.known.variables.get(name.as_str()) {
            Some(declared) if declared.span != *span => error.also(declared.span, "declared here"),
            _ => error,
        });
    }
}

/// Gives every service its name. Two that differ in the spec and not in the cluster would replace each other.
fn names<'a>(environment: &'a Environment, diags: &mut Diags) -> BTreeMap<&'a str, String> {
    let mut names = BTreeMap::new();
    let mut taken: BTreeMap<String, &Service> = BTreeMap::new();
    for service in &environment.services {
        let Some(label) = dns_label(&service.name) else {
            let message = format!("`{}` cannot be a host name, which Kubernetes asks of a service", service.name);
            let error = Diagnostic::new(BAD_NAME, Level::Error, service.span, message);
            diags.error(error.help("name it with a lower-case letter first, then letters, digits and `-`, at most 63"));
            continue;
        };
        if let Some(first) = taken.insert(label.clone(), service) {
            let message = format!("`{}` and `{}` are both called `{label}` on Kubernetes", first.name, service.name);
            let error = Diagnostic::new(NAME_CLASH, Level::Error, service.span, message);
            diags.error(error.also(first.span, "the other one").help("rename one of them"));
        }
        names.insert(service.name.as_str(), label);
    }
    names
}

/// Returns where each service stands in the order of applying: as the deployment says it, with what those need that it
/// does not name; the others follow.
fn levels(environment: &Environment) -> BTreeMap<&str, usize> {
    let by_needs = chains(environment);
    let named = environment.deploy.as_ref().map_or(&[][..], |it| &it.order);
    let mut placed: Vec<&str> = Vec::new();
    for name in named {
        let mut before: Vec<&str> = Vec::new();
        let mut open = vec![name.as_str()];
        while let Some(next) = open.pop() {
            let needs = environment.service(next).map_or(&[][..], |it| &it.needs);
            let unnamed = needs.iter().map(|it| it.service.as_str()).filter(|it| named.iter().all(|name| name != it));
            let new: Vec<&str> = unnamed.filter(|it| !placed.contains(it) && !before.contains(it)).collect();
            before.extend(&new);
            open.extend(new);
        }
        before.sort_by_key(|it| by_needs.get(it).copied());
        placed.extend(before);
        placed.push(name);
    }
    let place = |name: &str, level: usize| placed.iter().position(|it| *it == name).unwrap_or(placed.len() + level);
    by_needs.into_iter().map(|(name, level)| (name, place(name, level))).collect()
}

/// Returns how long the longest chain of services is that must be there before each.
fn chains(environment: &Environment) -> BTreeMap<&str, usize> {
    let mut levels: BTreeMap<&str, usize> = BTreeMap::new();
    // Needs form no circle, so this ends; each round settles at least one more service.
    let mut waiting: Vec<&Service> = environment.services.iter().collect();
    let present: BTreeSet<&str> = waiting.iter().map(|it| it.name.as_str()).collect();
    while !waiting.is_empty() {
        let before = waiting.len();
        waiting.retain(|service| {
            let needs = service.needs.iter().filter(|it| present.contains(it.service.as_str()));
            let known: Option<Vec<usize>> = needs.map(|it| levels.get(it.service.as_str()).copied()).collect();
            let Some(known) = known else { return true };
            levels.insert(&service.name, known.into_iter().max().map_or(0, |it| it + 1));
            false
        });
        if waiting.len() == before {
            break;
        }
    }
    levels
}

/// Returns the name of a port: its own if that can be one, else one made of its number.
pub(super) fn port_name(port: &crate::ir::service::Port) -> String {
    let label = dns_label(&port.name).filter(|it| is_port_name(it));
    label.unwrap_or_else(|| format!("port-{}", port.number))
}

/// Returns whether others reach a service by its name.
pub(super) fn is_reached(service: &Service, cluster: &Cluster<'_>) -> bool {
    service.kind.value == Kind::Service
        && (!service.ports.is_empty()
            || cluster.known.needed.contains(service.name.as_str())
            || service.container_name.is_some())
}
