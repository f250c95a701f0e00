//! Traefik labels and flags: what routers, middlewares, services and entry points they name.

use std::collections::BTreeSet;

use super::Repo;
use super::compose::{File, Service, Variable, read};
use super::fact::Text;
use crate::source::{Span, Spanned};
use crate::syntax::node::{Entry, Node};

/// A label `traefik.PROTOCOL.SECTION.NAME.OPTION=VALUE`.
#[derive(Clone, Debug)]
pub struct Label {
    /// `http`, `tcp` or `udp`.
    pub protocol: String,
    /// `routers`, `middlewares` or `services`.
    pub section: String,
    /// The name of the router, middleware or service, `${…}` as written.
    pub name: String,
    /// The rest of the key, lower case: `rule`, `entrypoints`, `loadbalancer.server.port`.
    pub option: String,
    /// The value.
    pub value: Option<Text>,
    /// The key's place.
    pub key: Span,
}

/// A compose service as one file writes it, with its Traefik labels: also those that a later line takes away.
#[derive(Clone, Debug)]
pub struct Labelled<'a> {
    /// The file.
    pub file: &'a File,
    /// The service.
    pub service: Text,
    /// Labels of the containers.
    pub labels: Vec<Label>,
    /// Labels of the Swarm service.
    pub deploy_labels: Vec<Label>,
}

/// Returns every service of a file with its labels.
pub fn of_file(file: &File) -> Vec<Labelled<'_>> {
    let one = |it: &Entry| Labelled {
        file,
        service: Spanned::new(it.key.to_string(), it.key_span),
        labels: labels(&read::variables(it.value.get("labels"))),
        deploy_labels: labels(&read::variables(it.value.at(&["deploy", "labels"]))),
    };
    file.node.get("services").and_then(Node::as_map).map_or(&[][..], |it| &it.entries).iter().map(one).collect()
}

/// Returns the Traefik labels among labels.
pub fn labels(list: &[Variable]) -> Vec<Label> {
    list.iter().filter_map(label).collect()
}

fn label(variable: &Variable) -> Option<Label> {
    let key = &variable.name.value;
    let rest = key.get(..8).filter(|it| it.eq_ignore_ascii_case("traefik.")).and(key.get(8..))?;
    // Names may hold `${A.B}`, so dots within braces part nothing.
    let parts = read::split_outside_braces(rest, '.');
    let [protocol, section, name, option @ ..] = parts.as_slice() else { return None };
    let protocol = protocol.to_ascii_lowercase();
    if !matches!(&*protocol, "http" | "tcp" | "udp") || option.is_empty() {
        return None;
    }
    Some(Label {
        protocol,
        section: section.to_ascii_lowercase(),
        name: (*name).to_string(),
        option: option.join(".").to_ascii_lowercase(),
        value: variable.value.clone(),
        key: variable.name.span,
    })
}

/// What the Traefiks of a repository declare by flags, variables and files.
#[derive(Clone, Default, Debug)]
pub struct Declared {
    /// Entry points.
    pub entry_points: Vec<Text>,
    /// Certificate resolvers.
    pub resolvers: Vec<Text>,
    /// Middlewares of files.
    pub middlewares: Vec<Text>,
    /// Services of files.
    pub services: Vec<Text>,
    /// Whether some static configuration was seen at all.
    pub has_static: bool,
    /// Whether a provider is told to leave out services that do not say `traefik.enable=true`.
    pub needs_enable: Option<Span>,
    /// Whether the Swarm provider is used.
    pub is_swarm: bool,
    /// Whether the Docker provider is used.
    pub is_docker: bool,
    /// Whether some of it cannot be seen: a file provider whose directory is not in the repository.
    pub is_partial: bool,
    /// Whether that holds of entry points and certificate resolvers as well, which no provider brings.
    pub is_static_partial: bool,
}

impl Declared {
    /// Collects what is declared in a folder, in those it is in, and in those that are in it. Where none of them has a
    /// Traefik, it is the one of a folder beside it, or beside one that it is in, if that is the only one there.
    pub fn near(repo: &Repo, folder: &str) -> Declared {
        let is_near = |path: &str| {
            let other = read::folder(path);
            is_within(folder, other) || is_within(other, folder)
        };
        let declared = Declared::of(repo, is_near);
        if declared.has_static {
            return declared;
        }
        let all = folders_of_traefik(repo);
        let mut outer = folder;
        while outer != "." {
            outer = read::folder(outer);
            let mut inside = all.iter().filter(|it| is_within(outer, it));
            match (inside.next(), inside.next()) {
                (None, _) => {}
                (Some(one), None) => {
                    return Declared::of(repo, |path| is_near(path) || is_within(one, read::folder(path)));
                }
                (Some(_), Some(_)) => break,
            }
        }
        declared
    }

    fn of(repo: &Repo, is_near: impl Fn(&str) -> bool) -> Declared {
        let mut declared = Declared::default();
        for file in repo.facts.traefik.iter().filter(|it| is_near(&it.path)) {
            declared.entry_points.extend(file.entry_points.iter().map(|it| it.0.clone()));
            declared.resolvers.extend(file.resolvers.iter().cloned());
            declared.middlewares.extend(file.middlewares.iter().cloned());
            declared.services.extend(file.services.iter().cloned());
            // A file of Grafana has a list there.
            let has_providers = file.node.get("providers").is_some_and(|it| it.as_map().is_some());
            declared.has_static |= !file.entry_points.is_empty() || has_providers;
            let provider = |name: &str| file.node.at(&["providers", name]);
            declared.is_swarm |= provider("swarm").is_some();
            declared.is_docker |= provider("docker").is_some();
            for name in ["docker", "swarm"] {
                let exposed = provider(name).and_then(|it| it.get("exposedByDefault"));
                if let Some(node) = exposed.filter(|it| it.as_bool() == Some(false)) {
                    declared.needs_enable = Some(node.place());
                }
            }
        }
        for file in repo.facts.compose_files.iter().filter(|it| is_near(&it.path)) {
            for service in file.model.services.iter().filter(|it| is_traefik(it)) {
                declared.add_flags(service);
            }
        }
        declared
    }

    fn add_flags(&mut self, service: &Service) {
        let arguments = service.command.iter().flat_map(|it| &it.words).map(|it| (it.value.clone(), it.span));
        // `TRAEFIK_ENTRYPOINTS_WEB_ADDRESS` says the same as `--entrypoints.web.address`.
        let variables = service.environment.iter().filter_map(|it| {
            let name = it.name.value.strip_prefix("TRAEFIK_")?.to_ascii_lowercase().replace('_', ".");
            let value = it.value.as_ref().map_or("", |it| &it.value);
            Some((format!("--{name}={value}"), it.span))
        });
        for (word, span) in arguments.chain(variables) {
            let Some(flag) = word.strip_prefix("--") else { continue };
            let (key, value) = flag.split_once('=').unwrap_or((flag, "true"));
            let parts: Vec<&str> = key.split('.').collect();
            let lower: Vec<String> = parts.iter().map(|it| it.to_ascii_lowercase()).collect();
            let lower: Vec<&str> = lower.iter().map(String::as_str).collect();
            self.has_static = true;
            match lower.as_slice() {
                ["entrypoints", _, ..] => self.entry_points.push(Spanned::new(parts[1].to_string(), span)),
                ["certificatesresolvers", _, ..] => self.resolvers.push(Spanned::new(parts[1].to_string(), span)),
                ["providers", "docker", "swarmmode"] if value == "true" => self.is_swarm = true,
                ["providers", "docker" | "swarm", "exposedbydefault"] if value == "false" => {
                    self.needs_enable = Some(span);
                }
                ["providers", "file", ..] => self.is_partial = true,
                ["configfile"] => (self.is_partial, self.is_static_partial) = (true, true),
                _ => {}
            }
            match lower.as_slice() {
                ["providers", "swarm", ..] => self.is_swarm = true,
                ["providers", "docker", ..] => self.is_docker = true,
                _ => {}
            }
        }
    }
}

fn is_within(outer: &str, inner: &str) -> bool {
    outer == "." || outer == inner || inner.strip_prefix(outer).is_some_and(|it| it.starts_with('/'))
}

/// Returns the folders in which a compose file starts a Traefik.
fn folders_of_traefik(repo: &Repo) -> BTreeSet<&str> {
    let starts = |it: &&File| it.model.services.iter().any(is_traefik);
    repo.facts.compose_files.iter().filter(starts).map(|it| read::folder(&it.path)).collect()
}

/// Returns whether a service is Traefik.
pub fn is_traefik(service: &Service) -> bool {
    service.image.as_ref().is_some_and(|it| super::known_image::short_name(&it.value) == "traefik")
        || service.command.iter().flat_map(|it| &it.words).any(|it| it.value.starts_with("--entrypoints."))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::FileId;

    #[test]
    fn labels_are_taken_apart_whatever_their_case() {
        let variable = |key: &str| Variable {
            name: Spanned::new(key.to_string(), Span::new(FileId(0), 0, 0)),
            value: None,
            is_mapping: false,
            span: Span::new(FileId(0), 0, 0),
        };
        let parts = |key: &str| {
            labels(&[variable(key)])
                .first()
                .map(|it| format!("{}/{}/{}/{}", it.protocol, it.section, it.name, it.option))
        };
        assert_eq!(parts("traefik.http.routers.a.entryPoints").as_deref(), Some("http/routers/a/entrypoints"));
        assert_eq!(parts("traefik.http.routers.${A:-b.c}-d.tls").as_deref(), Some("http/routers/${A:-b.c}-d/tls"));
        let port = parts("traefik.http.services.x.loadbalancer.server.port");
        assert_eq!(port.as_deref(), Some("http/services/x/loadbalancer.server.port"));
        assert_eq!(parts("traefik.enable"), None);
    }
}
