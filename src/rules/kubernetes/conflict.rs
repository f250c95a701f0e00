//! `manifest-conflict`.

use crate::diag::{Code, Level};
use crate::kubernetes::FaultKind;
use crate::repo::Repo;
use crate::rules::{Findings, Rule};

/// Two things that exclude each other.
pub static RULE: Rule = Rule {
    code: Code { id: "K8S016", name: "manifest-conflict" },
    level: Level::Error,
    summary: "two parts of a Kubernetes object exclude each other",
    docs: r#"
## What it does
Finds what may be there only once or only alone: two ports with one name, two mounts at one path, a variable with both
`value` and `valueFrom`, `rollingUpdate` beside `Recreate`, a `nodePort` in a Service that has none.
## Why it matters
The API server refuses the object; where it does not, the last one wins.
## Example
```sample
#- k8s/web.yaml
apiVersion: v1
kind: Service
metadata: {name: web}
spec:
  ports:
    - {name: http, port: 80}
#      ~~~~ the other one
    - {name: http, port: 8080}
#      ^^^^ error: `spec.ports[1]`: name `http` is taken by another one of the list
---
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  containers:
    - name: web
      image: web:1
      env:
        - {name: A, value: x, valueFrom: {secretKeyRef: {name: s, key: a}}}
#                   ~~~~~ the other one
#                             ^^^^^^^^^ error: `spec.containers[0].env[0].valueFrom`: `valueFrom` may not stand beside `value`
```
## Silent
```sample
#- k8s/web.yaml
apiVersion: v1
kind: Service
metadata: {name: dns}
spec: {ports: [{name: udp, port: 53, protocol: UDP}, {name: tcp, port: 53, protocol: TCP}]}
```
"#,
    run,
};

fn run(repo: &Repo, findings: &mut Findings) {
    super::report(&RULE, &[FaultKind::Duplicate, FaultKind::Forbidden], repo, findings);
}
