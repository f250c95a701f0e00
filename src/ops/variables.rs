//! `specc env`: where each variable of each service gets its value, from the declaration to the container.

use serde::Serialize;

use crate::ir::variable::{Delivery, Entry, Group, Variable};
use crate::ir::{Environment, Layer, System, service::Service};
use crate::ops::place::Step;
use crate::origin::Origin;
use crate::secret::{MASK, Masks, is_telling, may_be_secret};
use crate::source::Sources;

/// The variables of one service.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Reader {
    /// The service; `None` for what only the deployment reads.
    pub service: Option<String>,
    /// Its variables, in the order they are delivered.
    pub variables: Vec<Chain>,
}

/// A variable and the way of its value.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Chain {
    /// The name that is read.
    pub name: String,
    /// The value, if the spec has one; a mask for a secret.
    pub value: Option<String>,
    /// Whether it is a secret.
    pub secret: bool,
    /// The way, from the declaration on.
    pub chain: Vec<Step>,
}

/// What the answers are taken from.
struct View<'a> {
    system: &'a System,
    environment: &'a Environment,
    sources: &'a Sources,
}

/// Explains the variables of an environment, or of one service of it.
pub fn explain(system: &System, environment: &Environment, only: Option<&str>, sources: &Sources) -> Vec<Reader> {
    let view = View { system, environment, sources };
    let wanted = |it: &&Service| only.is_none_or(|name| it.name == name);
    let mut readers: Vec<Reader> = environment
        .services
        .iter()
        .filter(wanted)
        .map(|service| {
            let chains = service.environment.iter().map(|it| view.delivered(it));
            Reader { service: Some(service.name.clone()), variables: chains.collect() }
        })
        .collect();
    if only.is_none() {
        let all = environment.groups.iter().flat_map(|it| it.variables.iter().map(move |variable| (it, variable)));
        let deploy = all.filter(|(_, it)| it.deploy_only);
        let variables: Vec<Chain> = deploy.map(|(group, it)| view.undelivered(group, it)).collect();
        if !variables.is_empty() {
            readers.push(Reader { service: None, variables });
        }
    }
    readers
}

impl View<'_> {
    fn declaration(&self, name: &str) -> Option<(&Group, &Variable)> {
        let find = |group: &'_ Group| group.variables.iter().position(|it| *it.name == *name);
        self.environment.groups.iter().find_map(|it| Some((&**it, &it.variables[find(it)?])))
    }

    fn delivered(&self, entry: &Entry) -> Chain {
        let declared = self.declaration(&entry.name).filter(|_| entry.declared.is_some());
        let mut chain = Vec::new();
        if let Some((group, variable)) = declared {
            chain.push(self.declared(group, variable));
        }
        let value = match &entry.delivery.value {
            Delivery::EnvFile => {
                chain.extend(declared.into_iter().flat_map(|(_, it)| self.kept(it)));
                let files: Vec<&str> = self.environment.env_files.iter().map(|it| it.path.value.as_str()).collect();
                let what = if files.len() > 1 { "delivered whole, later ones win" } else { "delivered whole" };
                chain.push(Step::in_file(files.join(", "), what));
                declared.and_then(|(_, it)| shown(it))
            }
            Delivery::Inline(text) => {
                let refers = text.variables().iter().any(|it| *it.name == *entry.name);
                match declared.filter(|_| refers) {
                    Some((_, variable)) => chain.extend(self.kept(variable)),
                    None => chain.push(self.fixed(&entry.delivery.origin, declared.is_some())),
                }
                let is_secret = entry.secret && text.variables().is_empty();
                let written = if is_secret { MASK.to_string() } else { told(&entry.name, &text.to_source()) };
                chain.push(Step::in_file(self.files(), format!("written as `{written}`")));
                match declared.filter(|_| refers) {
                    Some((_, variable)) => shown(variable),
                    None => Some(written),
                }
            }
        };
        Chain { name: entry.name.to_string(), value, secret: entry.secret, chain }
    }

    fn undelivered(&self, group: &Group, variable: &Variable) -> Chain {
        let mut chain = vec![self.declared(group, variable)];
        chain.extend(self.kept(variable));
        Chain { name: variable.name.to_string(), value: shown(variable), secret: variable.secret.is_some(), chain }
    }

    fn declared(&self, group: &Group, variable: &Variable) -> Step {
        Step::at(variable.span, format!("declared in the group `{}`", group.name), self.sources)
    }

    /// A value that the container gets in place of the declared one, or without any declaration.
    fn fixed(&self, origin: &Origin, declared: bool) -> Step {
        let mut step = Step::origin(origin, self.sources);
        if let Origin::Written(_) = origin {
            step.what = if declared { "its value inside the system" } else { "fixed for this service" }.to_string();
        }
        step
    }

    /// Returns the files that the environment is started with.
    fn files(&self) -> String {
        let own = &self.environment.file.value;
        match self.system.base().filter(|_| self.environment.layer == Layer::Overlay) {
            Some(base) => format!("{} + {own}", base.file.value),
            None => own.clone(),
        }
    }

    /// Returns where the value is written, and the file that it waits in.
    fn kept(&self, variable: &Variable) -> Vec<Step> {
        let mut steps = Vec::new();
        let value = variable.value.as_ref().filter(|_| variable.secret.is_none());
        if let Some(value) = value {
            let mut step = Step::origin(&value.origin, self.sources);
            if let Origin::Written(_) = value.origin {
                step.what = "its value".to_string();
            }
            steps.push(step);
        }
        if let (Some(public), true) = (&self.environment.public, value.is_some()) {
            steps.push(Step::in_file(&public.value, "committed with this value"));
            return steps;
        }
        let public = self.environment.public.as_ref().map(|it| it.value.as_str());
        let mut files = self.environment.env_files.iter().map(|it| it.path.value.as_str());
        let file = files.rfind(|it| Some(*it) != public);
        let stored = &variable.stored_as;
        let name = if *stored == variable.name { String::new() } else { format!(" as {stored}") };
        let from = file.and_then(|it| self.template(it)).map_or(String::new(), |it| format!(" (template: {it})"));
        let verb = if value.is_some() { "a person may change it" } else { "a person fills it in" };
        let file = file.unwrap_or("the environment of the caller");
        steps.push(Step::in_file(file, format!("{verb}{name}{from}")));
        steps
    }

    /// Returns the template of an env file: an environment's own, or that of another that reads the same file.
    fn template(&self, file: &str) -> Option<&str> {
        let reads = |it: &&Environment| it.env_files.iter().any(|it| it.path.value == file);
        let all = std::iter::once(self.environment).chain(self.system.environments.iter().filter(reads));
        all.filter_map(|it| it.template.as_ref()).map(|it| it.value.as_str()).next()
    }
}

/// Returns the value to show.
fn shown(variable: &Variable) -> Option<String> {
    match &variable.secret {
        Some(_) => Some(MASK.to_string()),
        None => variable.value.as_ref().map(|it| told(&variable.name, &it.value.to_source())),
    }
}

/// Returns a value to show of a variable that the spec does not call a secret, unless it looks like one.
fn told(name: &str, value: &str) -> String {
    let is_secret = may_be_secret(name) && is_telling(value);
    if is_secret { MASK.to_string() } else { Masks::default().hide(value).into_owned() }
}
