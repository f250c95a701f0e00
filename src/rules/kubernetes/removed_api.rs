//! `removed-api`.

use crate::diag::{Code, Level};
use crate::kubernetes::apis::old_api;
use crate::repo::Repo;
use crate::rules::{Findings, Rule};

/// An API version that clusters no longer serve.
pub static RULE: Rule = Rule {
    code: Code { id: "K8S013", name: "removed-api" },
    level: Level::Error,
    summary: "an object is written in an API version that no supported cluster serves",
    docs: r#"
## What it does
Finds objects whose `apiVersion` was removed, with the version that removed it and what to write instead. Where
`check.kubernetes` names the cluster, what is removed later is only a warning.
## Why it matters
The object cannot be applied, and an upgrade of the cluster is when one finds out.
## Example
```sample
#- k8s/web.yaml
apiVersion: extensions/v1beta1
#           ^^^^^^^^^^^^^^^^^^ error: Kubernetes 1.22 removed Ingress of `extensions/v1beta1`
kind: Ingress
metadata: {name: web}
---
apiVersion: policy/v1beta1
#           ^^^^^^^^^^^^^^ error: Kubernetes 1.25 removed PodDisruptionBudget of `policy/v1beta1`
kind: PodDisruptionBudget
metadata: {name: web}
```
## Silent
```sample
#- k8s/web.yaml
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: web}
spec: {defaultBackend: {service: {name: web, port: {number: 80}}}}
```
"#,
    run,
};

fn run(repo: &Repo, findings: &mut Findings) {
    for object in &repo.facts.kubernetes_objects {
        let (Some(api), Some(kind)) = (object.node.get("apiVersion"), object.node.get("kind")) else { continue };
        let (Some(version), Some(name)) = (api.as_text(), kind.as_text()) else { continue };
        let Some(old) = old_api(version, name) else { continue };
        let serves = repo.hints.kubernetes.is_some_and(|it| it < old.gone);
        let level = if serves { Level::Warning } else { Level::Error };
        let message = format!("Kubernetes 1.{} removed {name} of `{version}`", old.gone);
        let finding = RULE.finding_at(level, api.place(), message);
        findings.push(match old.instead {
            "" => finding.help("nothing takes its place under that name: see the deprecation guide of Kubernetes"),
            instead => finding.help(format!("write `apiVersion: {instead}`, whose fields may differ")),
        });
    }
}
