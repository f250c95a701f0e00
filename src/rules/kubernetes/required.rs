//! `manifest-incomplete`.

use crate::diag::{Code, Level};
use crate::kubernetes::FaultKind;
use crate::repo::Repo;
use crate::rules::{Findings, Rule};

/// A field that must be there.
pub static RULE: Rule = Rule {
    code: Code { id: "K8S014", name: "manifest-incomplete" },
    level: Level::Error,
    summary: "a Kubernetes object lacks what the API server asks for",
    docs: r#"
## What it does
Finds objects without a field that they must have, whether the published schema says so or only the server: the image
of a container, the `restartPolicy` of a Job, names of ports where there are several, what an environment variable is taken from.
## Why it matters
The object is refused, often after half of the others have been applied.
## Example
```sample
#- k8s/migrate.yaml
apiVersion: batch/v1
kind: Job
metadata: {name: migrate}
spec:
  template:
    spec:
#   ^^^^ error: `spec.template.spec`: needs `restartPolicy`: a Job runs to its end, and the default is `Always`
      containers:
        - name: migrate
#         ^^^^ error: `spec.template.spec.containers[0]`: needs `image`
#- k8s/web.yaml
apiVersion: v1
kind: Service
metadata: {name: web}
spec:
  ports:
    - {name: http, port: 80}
    - port: 9090
#     ^^^^ error: `spec.ports[1]`: needs `name`, since there are several ports
```
## Silent
```sample
#- k8s/migrate.yaml
apiVersion: batch/v1
kind: Job
metadata: {generateName: migrate-}
spec: {template: {spec: {restartPolicy: Never, containers: [{name: migrate, image: app:1}]}}}
---
apiVersion: v1
kind: Service
metadata: {name: db}
spec: {clusterIP: None, selector: {app: db}}
```
What an overlay lays its patches over, which bring the rest.
```sample
#- base/kustomization.yaml
resources: [api.yaml]
#- base/api.yaml
apiVersion: apps/v1
kind: Deployment
metadata: {name: api}
spec:
  selector: {matchLabels: {app: api}}
  template:
    metadata: {labels: {app: api}}
    spec: {containers: [{name: api, volumeMounts: [{name: secrets, mountPath: /run/secrets}]}]}
#- overlays/prod/kustomization.yaml
resources: [../../base]
patches: [{path: image.yaml}]
#- overlays/prod/image.yaml
apiVersion: apps/v1
kind: Deployment
metadata: {name: api}
spec: {template: {spec: {containers: [{name: api, image: api:1}]}}}
```
"#,
    run,
};

fn run(repo: &Repo, findings: &mut Findings) {
    super::report(&RULE, &[FaultKind::Required], repo, findings);
}
