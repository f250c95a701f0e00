//! Rules about reverse proxies: Traefik and nginx.

pub mod config_host;
pub mod constraint;
pub mod entry_point;
pub mod label_key;
pub mod label_level;
pub mod middleware;
pub mod nginx_path;
pub mod nginx_resolver;
pub mod nginx_template;
pub mod nginx_upstream;
pub mod port_missing;
pub mod proxy_network;
pub mod resolver;
pub mod router_service;
pub mod rule_syntax;
pub mod upstream;

use crate::diag::{Diagnostic, Level, nearest};
use crate::repo::Repo;
use crate::repo::compose::Service;
use crate::repo::compose::read::folder;
use crate::repo::container::Container;
use crate::repo::environment::Environment;
use crate::repo::fact::{NginxFile, Text};
use crate::repo::label::{self, Declared, Label, Labelled};
use crate::rules::Rule;
use crate::source::{Spanned, normalize};

/// Calls `visit` with every service of every compose file, each of its Traefik labels, and what is declared near it.
fn each_label(repo: &Repo, mut visit: impl FnMut(&Labelled, &Label, &Declared)) {
    for file in &repo.facts.compose_files {
        let services = label::of_file(file);
        if services.iter().all(|it| it.labels.is_empty() && it.deploy_labels.is_empty()) {
            continue;
        }
        let declared = Declared::near(repo, folder(&file.path));
        for service in services {
            for label in service.labels.iter().chain(&service.deploy_labels) {
                visit(&service, label, &declared);
            }
        }
    }
}

/// Returns the names of one section that labels declare: every router, middleware or service with an option.
fn declared_by_labels(repo: &Repo, section: &str) -> Vec<String> {
    let mut names = Vec::new();
    each_label(repo, |_, label, _| {
        if label.section == section {
            names.push(plain(&label.name));
        }
    });
    names.sort();
    names.dedup();
    names
}

/// Adds the names that Traefik's files declare.
fn with_files(by_labels: &[String], by_files: &[Text]) -> Vec<String> {
    by_labels.iter().cloned().chain(by_files.iter().map(|it| plain(&it.value))).collect()
}

/// `${STACK?not set}-api` and `${STACK}-api` are one name.
fn plain(name: &str) -> String {
    let template = crate::syntax::interpolation::parse(name);
    let mut out = name.to_string();
    for variable in template.variables().iter().rev() {
        if out.get(variable.range.clone()).is_some() {
            out.replace_range(variable.range.clone(), &format!("${{{}}}", variable.name));
        }
    }
    out.to_lowercase()
}

/// Returns the items of a list such as `a, b`, each at its place.
fn items(value: &Text) -> Vec<Text> {
    let exact = (value.span.end - value.span.start) as usize == value.value.len();
    let mut at = 0;
    let mut list = Vec::new();
    for part in value.value.split(',') {
        let trimmed = part.trim();
        let start = at + (part.len() - part.trim_start().len());
        let span = if exact { value.span.part(start, start + trimmed.len()) } else { value.span };
        if !trimmed.is_empty() {
            list.push(Spanned::new(trimmed.to_string(), span));
        }
        at += part.len() + 1;
    }
    list
}

/// Reports a name that neither labels nor files declare. Where the proxy's own configuration is not in the
/// repository, or not all of it, only a near miss is certain.
fn undefined(rule: &Rule, name: &Text, what: &str, known: &[String], declared: &Declared) -> Option<Diagnostic> {
    let (base, provider) = name.value.split_once('@').unwrap_or((&name.value, ""));
    let elsewhere = !matches!(provider, "" | "docker" | "swarm" | "file");
    if elsewhere || known.contains(&plain(base)) || base.contains('$') && known.is_empty() {
        return None;
    }
    let near = nearest(base, known.iter().map(String::as_str));
    let is_static = matches!(what, "entry point" | "certificate resolver");
    let is_partial = if is_static { declared.is_static_partial } else { declared.is_partial };
    let is_visible = declared.has_static && !is_partial;
    let level = match near {
        Some(_) => Level::Error,
        None if is_visible && provider != "file" => Level::Warning,
        None => Level::Info,
    };
    let help = match near {
        Some(near) => format!("did you mean `{near}`?"),
        None if known.is_empty() => format!("declare the {what}, or remove it here"),
        None => format!("known are {}", known.iter().map(|it| format!("`{it}`")).collect::<Vec<_>>().join(", ")),
    };
    Some(
        rule.finding_at(level, name.span, format!("no {what} is called `{base}`"))
            .help(help)
            .meant(name.span, base, near),
    )
}

/// Returns the services whose containers see a file of the repository, by mount or by `COPY`.
fn users<'a>(repo: &'a Repo, path: &str) -> Vec<(&'a Environment, &'a Service)> {
    let covers = |outer: &str| path == outer || path.strip_prefix(outer).is_some_and(|it| it.starts_with('/'));
    let mut found = Vec::new();
    for environment in repo.environments.iter().filter(|it| !it.is_partial) {
        for service in &environment.model.services {
            let is_mounted = service.mounts.iter().filter_map(|it| it.repository_path()).any(|it| covers(&it));
            if is_mounted || is_copied(repo, environment, service, path) {
                found.push((environment, service));
            }
        }
    }
    found
}

fn is_copied(repo: &Repo, environment: &Environment, service: &Service, path: &str) -> bool {
    let Some(build) = &service.build else { return false };
    let Some(container) = Container::of(repo, environment, service) else { return false };
    let context = build.context.as_ref().map_or(".", |it| it.value.as_str());
    let copies = container.stages.iter().flat_map(|it| &it.copies).filter(|it| it.from.is_none());
    copies.flat_map(|it| &it.sources).any(|source| {
        normalize(&format!("{}/{context}/{}", environment.directory, source.value)).is_some_and(|it| it == path)
    })
}

/// Returns the names that `upstream` blocks of any nginx file give.
fn upstreams(files: &[NginxFile]) -> Vec<String> {
    let mut names = Vec::new();
    for file in files {
        file.each(|_, it| {
            if it.name.value == "upstream" {
                names.extend(it.arguments.first().map(|it| it.value.clone()));
            }
        });
    }
    names
}
