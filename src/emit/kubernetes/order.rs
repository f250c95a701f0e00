//! The order in which an environment is applied, as data: for headers and for whoever writes the deployment.

use crate::ir::kubernetes::{Layout, SecretsFrom};

use super::Lowered;
use super::object::Object;

/// How an environment is applied.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Apply {
    /// The environment's name.
    pub environment: String,
    /// The namespace.
    pub namespace: String,
    /// The Secret that must be there before, with its keys; `None` if nothing is secret, or an object fetches it.
    pub secret: Option<(String, Vec<String>)>,
    /// What is done, in order. Nothing that is generated is missing here.
    pub steps: Vec<Step>,
}

/// One step of applying.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Step {
    /// `kubectl apply -f` of this file, a path relative to the spec.
    File(String),
    /// `kubectl apply -k` of this directory.
    Kustomize(String),
    /// `kubectl wait --for=condition=complete`: what follows needs this Job to be done.
    Job(String),
    /// `kubectl rollout status` of `kind/name`: what follows needs it.
    Rollout(String),
}

/// Returns the order of an environment.
pub(super) fn order(lowered: &Lowered<'_>) -> Apply {
    let Lowered { environment, kubernetes, objects, template: _, keys } = lowered;
    let is_fetched = matches!(kubernetes.secrets.from.value, SecretsFrom::External { .. } | SecretsFrom::Sealed(_));
    let secret = (!keys.is_empty() && !is_fetched).then(|| (kubernetes.secrets.name.clone(), keys.clone()));
    let mut steps = Vec::new();
    let directory = &environment.file.value;
    if let SecretsFrom::Sealed(file) = &kubernetes.secrets.from.value
        && !keys.is_empty()
    {
        // Its namespace must be there first; the first file has that.
        steps.push(Step::File(file.clone()));
    }
    match kubernetes.layout.value {
        Layout::Files if super::layout::single(directory).is_some() => {
            steps.push(Step::File(directory.clone()));
            steps.extend(objects.iter().filter_map(job));
        }
        Layout::Files => {
            let sealed = std::mem::take(&mut steps);
            let mut files = super::layout::grouped(objects).into_iter();
            if let Some((first, _)) = files.next() {
                steps.push(Step::File(format!("{directory}/{first}")));
            }
            steps.extend(sealed);
            for (file, objects) in files {
                steps.push(Step::File(format!("{directory}/{file}")));
                steps.extend(objects.iter().filter_map(|it| job(it)));
            }
        }
        Layout::Kustomize => {
            steps.push(Step::Kustomize(directory.clone()));
            steps.extend(objects.iter().filter_map(job));
        }
    }
    steps.extend(objects.iter().filter_map(rollout));
    Apply { environment: environment.name.clone(), namespace: kubernetes.namespace.value.clone(), secret, steps }
}

fn job(object: &Object) -> Option<Step> {
    (object.kind == "Job").then(|| Step::Job(object.name.clone()))
}

fn rollout(object: &Object) -> Option<Step> {
    let kind = match object.kind {
        "Deployment" => "deployment",
        "StatefulSet" => "statefulset",
        _ => return None,
    };
    Some(Step::Rollout(format!("{kind}/{}", object.name)))
}
