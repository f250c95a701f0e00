//! The Secret: a template with placeholders, or the object that fetches it. Never a value.

use crate::ir::Environment;
use crate::ir::kubernetes::SecretsFrom;
use crate::syntax::yaml_out::{Map, Seq};

use super::cluster::Cluster;
use super::ingress::system_labels;
use super::object::{Object, Part};

/// Writes what the Secret comes from, where that is an object of the cluster.
pub(super) fn put_secret(cluster: &mut Cluster<'_>) {
    let secrets = &cluster.kubernetes.secrets;
    if cluster.secrets.is_empty() {
        return;
    }
    let SecretsFrom::External { store, cluster: is_cluster, prefix, refresh } = &secrets.from.value else { return };
    let mut data = Seq::new();
    for name in cluster.secrets.keys() {
        let stored = cluster.known.variables.get(name.as_str()).map_or(name.as_str(), |it| &it.stored_as);
        let remote = Map::new().put("key", format!("{prefix}{stored}"));
        data.add(Map::new().put("secretKey", name).put("remoteRef", remote));
    }
    let kind = if *is_cluster { "ClusterSecretStore" } else { "SecretStore" };
    let spec = Map::new()
        .put("refreshInterval", refresh)
        .put("secretStoreRef", Map::new().put("name", store).put("kind", kind))
        .put("target", Map::new().put("name", &secrets.name).put("creationPolicy", "Owner"))
        .put("data", data);
    let object = Object::new(Part::Secrets, "external-secrets.io/v1", "ExternalSecret", &secrets.name);
    let mut object = object.body(Map::new().put("spec", spec)).from(&secrets.from.origin);
    object.labels = system_labels(cluster);
    cluster.objects.push(object);
}

/// Returns the template of the Secret, if a person is to fill one in.
pub(super) fn template(cluster: &Cluster<'_>) -> Option<Object> {
    let secrets = &cluster.kubernetes.secrets;
    if cluster.secrets.is_empty() || secrets.from.value != SecretsFrom::Template {
        return None;
    }
    let mut data = Map::new();
    for (name, key) in &cluster.secrets {
        let entry = data.add(name.clone(), "");
        for line in remarks(name, key.optional, cluster.cx.environment) {
            entry.comment(line);
        }
        entry.from(&crate::origin::Origin::Written(key.span));
    }
    let object = Object::new(Part::Secrets, "v1", "Secret", &secrets.name);
    let mut object = object.body(Map::new().put("type", "Opaque").put("stringData", data)).from(&secrets.from.origin);
    object.labels = system_labels(cluster);
    Some(object)
}

fn remarks(name: &str, optional: bool, environment: &Environment) -> Vec<String> {
    let variable = environment.variable(name);
    let mut lines: Vec<String> = variable.and_then(|it| it.doc.as_deref()).map(str::to_string).into_iter().collect();
    if optional {
        lines.push("Optional: without a value, remove the line.".to_string());
    }
    let recipe = variable.and_then(|it| it.secret.as_ref()).and_then(|it| it.recipe.as_ref());
    lines.extend(recipe.map(|it| format!("Generate: {it}")));
    lines
}
