//! Compose services and Kubernetes workloads that run the same program: what one system has for two targets.

use std::collections::HashMap;

use super::object::pod;
use crate::repo::Repo;
use crate::repo::compose::{MountKind, Service, known};
use crate::repo::environment::Environment;
use crate::repo::fact::Manifest;
use crate::repo::known_image::{is_data, short_name};
use crate::syntax::node::Node;

/// A compose service in an environment.
#[derive(Clone, Copy)]
pub struct Twin<'a> {
    /// The environment.
    pub environment: &'a Environment,
    /// The service.
    pub service: &'a Service,
}

/// The compose services of a repository by name.
pub struct Twins<'a> {
    by_name: HashMap<String, Vec<Twin<'a>>>,
}

impl<'a> Twins<'a> {
    /// Looks at all environments once.
    pub fn of(repo: &'a Repo) -> Twins<'a> {
        let mut by_name: HashMap<String, Vec<Twin<'a>>> = HashMap::new();
        for environment in &repo.environments {
            for service in &environment.model.services {
                by_name.entry(plain(&service.name.value)).or_default().push(Twin { environment, service });
            }
        }
        Twins { by_name }
    }

    /// Returns whether there is nothing to compare with.
    pub fn is_empty(&self) -> bool {
        self.by_name.is_empty()
    }

    /// Returns the services that run what a container runs: they have its name, or its workload's if it is alone
    /// there, and their images do not say otherwise.
    pub fn of_container(&self, manifest: &Manifest, container: &Node) -> Vec<Twin<'a>> {
        let is_alone =
            pod(manifest).and_then(|it| it.at(&["spec", "containers"])?.as_seq()).is_some_and(|it| it.len() == 1);
        let own = container.get("name").and_then(Node::as_text).map(plain);
        let workload = is_alone.then(|| plain(&manifest.name.value));
        let found = workload.into_iter().chain(own).find_map(|it| self.by_name.get(&it));
        let image = container.get("image").and_then(Node::as_text).unwrap_or_default();
        found.into_iter().flatten().filter(|it| it.runs(image)).copied().collect()
    }
}

impl Twin<'_> {
    fn runs(&self, image: &str) -> bool {
        let own = self.service.image.as_ref().and_then(|it| known::with_defaults(&it.value));
        match own {
            Some(own) if short_name(&own) == short_name(image) => true,
            // An image that is built here is called differently where it is published.
            _ => self.service.build.is_some() && !is_data(image),
        }
    }

    /// Returns whether the service runs the program as its image has it: not another command, not a stage for
    /// development, and no source code from outside.
    pub fn is_plain(&self, repo: &Repo) -> bool {
        let Twin { environment, service } = self;
        let target = service.build.as_ref().and_then(|it| it.target.as_ref());
        let is_source = |source: &str| {
            let path = crate::source::normalize(&format!("{}/{source}", environment.directory));
            source.starts_with('.') && path.is_some_and(|it| it == "." || repo.tree.is_directory(&it))
        };
        let mut binds = service.mounts.iter().filter(|it| it.kind == MountKind::Bind && !it.is_read_only);
        service.command.is_none()
            && service.entrypoint.is_none()
            && target.is_none_or(|it| !it.value.contains("dev"))
            && !binds.any(|it| it.source.as_ref().is_some_and(|it| is_source(&it.value)))
    }
}

/// Compose names may have underscores, which Kubernetes refuses.
fn plain(name: &str) -> String {
    name.to_ascii_lowercase().replace('_', "-")
}
