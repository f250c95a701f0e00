//! Raw patches of a service: `raw: {k8s: {pod: …, container: …, workload: …}}`, in the words of the API.

use crate::diag::{Diagnostic, Level, did_you_mean};
use crate::emit::PATCH_OF_NOTHING;
use crate::emit::compose::patch::merge;
use crate::ir::service::Service;
use crate::syntax::yaml_out::{Map, Yaml};

use super::cluster::Cluster;
use super::object::{Object, entry};

/// What a patch may address: the container, the pod's `spec`, the workload's.
static PARTS: [&str; 3] = ["container", "pod", "workload"];

/// Merges the patches of a service into its workload.
pub(super) fn patch_workload(object: &mut Object, service: &Service, cluster: &mut Cluster<'_>) {
    let target = cluster.cx.target;
    for raw in service.raw.iter().filter(|it| it.target == target) {
        let entries = raw.patch.as_map().map(|it| it.entries.as_slice()).unwrap_or_default();
        for part in entries {
            let Some(map) = found(&mut object.body, &part.key) else {
                let message = format!("a patch for Kubernetes has no part `{}`", part.key);
                let error = Diagnostic::new(PATCH_OF_NOTHING, Level::Error, part.key_span, message);
                cluster.cx.error(match did_you_mean(&part.key, PARTS) {
                    Some(near) => error.help(format!("did you mean `{near}`?")),
                    None => error.help("write `container`, `pod` or `workload`, and below it the words of the API"),
                });
                continue;
            };
            merge(map, &part.value, &mut cluster.cx.diags);
        }
    }
}

/// Returns the part of a workload that a patch addresses.
fn found<'a>(body: &'a mut Map, part: &str) -> Option<&'a mut Map> {
    let spec = as_map(&mut entry(body, "spec").value)?;
    if part == "workload" {
        return Some(spec);
    }
    let outer = if spec.get("jobTemplate").is_some() {
        as_map(&mut entry(as_map(&mut entry(spec, "jobTemplate").value)?, "spec").value)?
    } else {
        spec
    };
    let pod = as_map(&mut entry(as_map(&mut entry(outer, "template").value)?, "spec").value)?;
    match part {
        "pod" => Some(pod),
        "container" => match &mut entry(pod, "containers").value {
            Yaml::Seq(list) => as_map(&mut list.items.first_mut()?.value),
            _ => None,
        },
        _ => None,
    }
}

fn as_map(yaml: &mut Yaml) -> Option<&mut Map> {
    if let Yaml::Map(it) = yaml { Some(it) } else { None }
}

/// Merges the patches of an environment into its objects: `raw: {k8s: {Deployment/web: {spec: …}}}`.
pub(super) fn patch_objects(objects: &mut [Object], cluster: &mut Cluster<'_>) {
    let environment = cluster.cx.environment;
    let target = cluster.cx.target;
    for raw in environment.raw.iter().filter(|it| it.target == target) {
        for patch in raw.patch.as_map().map(|it| it.entries.as_slice()).unwrap_or_default() {
            let name = |it: &Object| format!("{}/{}", it.kind, it.name);
            if let Some(object) = objects.iter_mut().find(|it| name(it) == *patch.key) {
                merge(&mut object.body, &patch.value, &mut cluster.cx.diags);
                continue;
            }
            let names: Vec<String> = objects.iter().map(name).collect();
            let message = format!("this patch changes nothing: there is no `{}`", patch.key);
            let error = Diagnostic::new(PATCH_OF_NOTHING, Level::Error, patch.key_span, message);
            cluster.cx.error(match did_you_mean(&patch.key, names.iter().map(String::as_str)) {
                Some(near) => error.help(format!("did you mean `{near}`?")),
                None => error.help("write the kind and the name, such as `Deployment/web`"),
            });
        }
    }
}
