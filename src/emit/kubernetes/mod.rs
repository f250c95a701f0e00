//! Kubernetes manifests: what an API server accepts, in an order in which it can be applied.
//!
//! A service becomes a workload with its Service, scaling and budget; its variables become ConfigMaps under names that
//! have the hash of their content, its secrets references to one Secret. Every aspect has a file here; `layout` puts
//! the objects into files.

mod accepted;
mod cluster;
mod config;
mod ingress;
mod ingress_route;
mod kustomize;
mod layout;
mod losses;
mod network;
mod object;
mod order;
mod patch;
mod pod;
mod probe;
mod scale;
mod secret;
mod security;
mod storage;
mod text;
mod variable;
mod workload;

use crate::diag::{Diags, Reported};
use crate::emit::lowering::Lowering;
use crate::emit::{Output, Target};
use crate::ir::kubernetes::{Kubernetes, Layout};
use crate::ir::{self, Environment, System};
use crate::parallel;
use crate::syntax::yaml_out::Map;
use cluster::Cluster;
use object::{Object, PART_OF_LABEL, Part};

pub use order::{Apply, Step};

pub(crate) use crate::emit::codes::{
    BAD_NAME, BAD_USER, BASE_CLASH, MANY_WRITERS, NAME_CLASH, NO_GPU, NO_SCALING, NO_SIZE, NO_VALUE, NOT_ON_CLUSTER,
    REFUSED, SECRET_HERE, TOO_LARGE,
};

/// Kubernetes.
pub static TARGET: Target =
    Target { name: "k8s", summary: "Kubernetes manifests: ordered files, or a kustomize base with overlays", emit };

/// An environment as objects.
struct Lowered<'a> {
    environment: &'a Environment,
    kubernetes: &'a Kubernetes,
    /// Sorted by the order in which they are applied.
    objects: Vec<Object>,
    /// The template of the Secret, if a person fills one in.
    template: Option<Object>,
    /// The keys of the Secret.
    keys: Vec<String>,
}

fn emit(system: &System, environments: &[&Environment], diags: &mut Diags) -> Result<Output, Reported> {
    let errors = diags.n_errors();
    let mut output = Output::default();
    let mut all = Vec::new();
    for environment in environments.iter().filter(|it| it.target == ir::Target::Kubernetes) {
        let Some(kubernetes) = &environment.kubernetes else { continue };
        let (lowered, cx) = lower(system, environment, kubernetes);
        output.losses.extend(cx.losses);
        diags.absorb(cx.diags);
        all.push(lowered);
    }
    let (plain, overlays): (Vec<_>, Vec<_>) =
        all.into_iter().partition(|it| it.kubernetes.layout.value == Layout::Files);
    output.artifacts.extend(plain.into_iter().flat_map(|it| layout::files(system, it)));
    let overlays: Vec<&Lowered<'_>> = overlays.iter().collect();
    output.artifacts.extend(kustomize::artifacts(system, &overlays, diags));
    if diags.n_errors() > errors {
        diags.ok()?;
    }
    Ok(output)
}

/// Returns how an environment is applied: which files, in which order, and what is waited for.
pub fn apply(system: &System, environment: &Environment) -> Option<Apply> {
    let kubernetes = environment.kubernetes.as_ref()?;
    let (lowered, _) = lower(system, environment, kubernetes);
    Some(order::order(&lowered))
}

fn lower<'a>(
    system: &'a System,
    environment: &'a Environment,
    kubernetes: &'a Kubernetes,
) -> (Lowered<'a>, Lowering<'a>) {
    let cx = Lowering::new(system, environment, TARGET.name);
    let mut cluster = Cluster::new(cx, kubernetes);
    put_services(&mut cluster);
    storage::claims(&mut cluster);
    network::put_policies(&mut cluster);
    ingress::put_routes(&mut cluster);
    secret::put_secret(&mut cluster);
    let mut objects = frame(&cluster);
    objects.append(&mut cluster.objects);
    objects.extend(std::mem::take(&mut cluster.configs).into_values());
    objects.sort_by(|a, b| a.part.cmp(&b.part));
    patch::patch_objects(&mut objects, &mut cluster);
    accepted::judge_objects(&objects, &mut cluster);
    let template = secret::template(&cluster);
    let keys = cluster.secrets.keys().cloned().collect();
    (Lowered { environment, kubernetes, objects, template, keys }, cluster.cx)
}

/// Lowers every service. What comes of one does not depend on another, so those of a large system are lowered side by
/// side, and put together in their order.
fn put_services(cluster: &mut Cluster<'_>) {
    let shared = &*cluster;
    let lowered = parallel::in_parts(cluster.services(), |some| {
        let mut part = shared.beside();
        some.into_iter().for_each(|it| workload::put_service(it, &mut part));
        part.into_made()
    });
    lowered.into_iter().for_each(|it| cluster.add(it));
}

/// Writes what every system has: its namespace, and the account that its pods run as, which may do nothing.
fn frame(cluster: &Cluster<'_>) -> Vec<Object> {
    let namespace = &cluster.kubernetes.namespace;
    let labels = vec![(PART_OF_LABEL.to_string(), cluster.system_label())];
    let mut space = Object::new(Part::Namespace, "v1", "Namespace", &namespace.value).from(&namespace.origin);
    space.namespaced = false;
    space.labels.clone_from(&labels);
    let standard = cluster.standard.word();
    space.labels.push(("pod-security.kubernetes.io/enforce".to_string(), standard.to_string()));
    let mut account = Object::new(Part::Namespace, "v1", "ServiceAccount", cluster.system_label());
    account.labels = labels;
    account.doc = Some("No pod talks to the API server, so none gets a token.".to_string());
    vec![space, account.body(Map::new().put("automountServiceAccountToken", false))]
}
