//! `manifest-shape`.

use crate::diag::{Code, Level};
use crate::kubernetes::FaultKind;
use crate::repo::Repo;
use crate::rules::{Findings, Rule};

/// A field that does not exist, or a value of the wrong type.
pub static RULE: Rule = Rule {
    code: Code { id: "K8S001", name: "manifest-shape" },
    level: Level::Error,
    summary: "a Kubernetes object has a field that does not exist, or a value of the wrong type",
    docs: r#"
## What it does
Holds every object of a built-in kind against the published fields of its kind: names that do not exist there, and
values that YAML reads as another type than the field has. `check.kubernetes` of a spec names the version of the
cluster; without it, a field that some version from 1.25 on has is right.
## Why it matters
The API server refuses the object, or leaves the field out, which is worse: a misspelt `resources` is no limit. The
commonest of all is a variable whose value looks like a number: `value: 8080` is no text.
## Example
```sample
#- k8s/web.yaml
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  labels: {app: web, version: 1.0}
#                             ^^^ error: `metadata.labels.version`: must be text, and YAML reads `1.0` as a number
spec:
  replica: 2
# ^^^^^^^ error: `spec.replica`: `DeploymentSpec` has no field `replica`
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
        - name: web
          image: web:1
          env:
            - {name: PORT, value: 8080}
#                                 ^^^^ error: `spec.template.spec.containers[0].env[0].value`: must be text, and YAML reads `8080` as a number
            - {name: DEBUG, value: yes}
#                                  ^^^ error: `spec.template.spec.containers[0].env[1].value`: must be text, and YAML reads `yes` as a boolean
          ports:
            - containerPort: "8080"
#                            ^^^^^^ error: `spec.template.spec.containers[0].ports[0].containerPort`: must be a whole number, and in quotes it is text
```
## Silent
An object that sops has encrypted.
```sample
#- k8s/secret.yaml
apiVersion: v1
kind: Secret
metadata: {name: renovate}
stringData:
  TOKEN: ENC[AES256_GCM,data:AA==,iv:BB==,tag:CC==,type:str]
sops:
  age: []
  mac: ENC[AES256_GCM,data:AA==,iv:BB==,tag:CC==,type:str]
```
Templates that are filled in first, kinds of others, and patches, which are parts of objects.
```sample
#- k8s/web.yaml
apiVersion: v1
kind: Pod
metadata: {name: web, labels: {version: "1.0"}}
spec:
  containers: [{name: web, image: web:1, env: [{name: PORT, value: "8080"}, {name: RATE, value: "${RATE}"}]}]
---
apiVersion: traefik.io/v1alpha1
kind: IngressRoute
metadata: {name: web}
spec: {routes: [{anything: 1}]}
#- chart/templates/web.yaml
apiVersion: v1
kind: Service
metadata: {name: {{ .Release.Name }}}
spec: {replica: 1}
#- overlay/kustomization.yaml
resources: [../k8s]
patches: [{path: more.yaml}]
#- overlay/more.yaml
apiVersion: v1
kind: Pod
metadata: {name: web}
spec: {containers: [{name: web, imagePullPolicy: Always}]}
```
## When it may be wrong
A cluster newer than the newest version that specc knows (1.37) may have the field.
"#,
    run,
};

fn run(repo: &Repo, findings: &mut Findings) {
    super::report(&RULE, &[FaultKind::UnknownField, FaultKind::WrongType], repo, findings);
}
