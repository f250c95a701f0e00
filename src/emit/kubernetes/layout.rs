//! Objects as files: numbered, so that applying the directory applies them in their order.

use std::collections::BTreeMap;

use crate::emit::Artifact;
use crate::emit::compose::document::origin_lines;
use crate::ir::kubernetes::SecretsFrom;
use crate::ir::{Environment, System};

use super::object::{Object, stream};
use super::{Lowered, TARGET};

/// The template of the Secret: not a manifest by its name, so that applying the directory leaves it alone.
pub(super) const TEMPLATE: &str = "secret.yaml.template";

/// Writes an environment as a directory of files; where `file` says so, as one file.
pub(super) fn files(system: &System, mut lowered: Lowered<'_>) -> Vec<Artifact> {
    let objects = std::mem::take(&mut lowered.objects);
    let Lowered { environment, kubernetes, .. } = lowered;
    let namespace = &kubernetes.namespace.value;
    let directory = &environment.file.value;
    if let Some((parent, _)) = single(directory) {
        let mut header = origin_lines(system, environment);
        header.extend(how_to(&lowered));
        let rendered = stream(objects, Some(namespace), &header);
        let file = artifact(directory.clone(), rendered.text, environment, rendered.origins);
        return secret_template(system, &lowered, parent).into_iter().chain([file]).collect();
    }
    let mut artifacts = Vec::new();
    for (at, (file, objects)) in grouped(&objects).into_iter().enumerate() {
        let mut header = origin_lines(system, environment);
        if at == 0 {
            header.extend(how_to(&lowered));
        }
        let rendered = stream(objects, Some(namespace), &header);
        artifacts.push(artifact(format!("{directory}/{file}"), rendered.text, environment, rendered.origins));
    }
    artifacts.extend(secret_template(system, &lowered, directory));
    artifacts
}

/// Returns the directory and the name of the one file that everything is to be in, if it is to be.
pub(super) fn single(file: &str) -> Option<(&str, &str)> {
    let is_file = [".yaml", ".yml"].iter().any(|it| file.ends_with(it));
    is_file.then(|| file.rsplit_once('/').unwrap_or((".", file)))
}

/// Returns objects by file, in order.
pub(super) fn grouped(objects: &[Object]) -> Vec<(String, Vec<&Object>)> {
    let mut files: BTreeMap<String, Vec<&Object>> = BTreeMap::new();
    for object in objects {
        files.entry(object.part.file()).or_default().push(object);
    }
    files.into_iter().collect()
}

/// Tells how the files are applied.
fn how_to(lowered: &Lowered<'_>) -> Vec<String> {
    let Lowered { environment, kubernetes, objects: _, template: _, keys } = lowered;
    let (file, namespace) = (&environment.file.value, &kubernetes.namespace.value);
    let secret = &kubernetes.secrets.name;
    let mut lines = vec![String::new()];
    let (directory, first) = match single(file) {
        Some((directory, _)) => (directory.to_string(), None),
        None => (file.clone(), Some(format!("{file}/00-namespace.yaml"))),
    };
    let create = match &first {
        Some(first) => format!("kubectl apply -f {first}"),
        None => format!("kubectl create namespace {namespace}"),
    };
    match &kubernetes.secrets.from.value {
        _ if keys.is_empty() => {}
        SecretsFrom::Template => {
            lines.push(create);
            lines.push(format!("kubectl apply -f FILE    # {directory}/{TEMPLATE}, filled in and kept elsewhere"));
        }
        SecretsFrom::Existing => lines.push(format!("The Secret {secret} in {namespace} must be there.")),
        SecretsFrom::Sealed(file) => {
            lines.extend([create, format!("kubectl apply -f {file}")]);
        }
        SecretsFrom::External { .. } => {}
    }
    lines.push(format!("kubectl apply -f {}", environment.file.value));
    lines
}

/// Writes the template of the Secret.
pub(super) fn secret_template(system: &System, lowered: &Lowered<'_>, directory: &str) -> Option<Artifact> {
    let template = lowered.template.as_ref()?;
    let mut header = origin_lines(system, lowered.environment);
    header.push(String::new());
    header.push("A template: fill it in outside of the repository, and apply that file.".to_string());
    let rendered = stream(vec![template], Some(&lowered.kubernetes.namespace.value), &header);
    let path = if directory == "." { TEMPLATE.to_string() } else { format!("{directory}/{TEMPLATE}") };
    Some(artifact(path, rendered.text, lowered.environment, rendered.origins))
}

/// Makes a file of an environment.
pub(super) fn artifact(
    path: String,
    text: String,
    environment: &Environment,
    origins: Vec<crate::syntax::yaml_out::LineOrigin>,
) -> Artifact {
    Artifact {
        path,
        text,
        executable: false,
        target: TARGET.name,
        environments: vec![environment.name.clone()],
        origins,
    }
}
