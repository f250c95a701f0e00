//! `volume-unknown`.

use crate::diag::{Code, Level};
use crate::kubernetes::FaultKind;
use crate::repo::Repo;
use crate::rules::{Findings, Rule};

/// A mount of a volume that the pod does not have.
pub static RULE: Rule = Rule {
    code: Code { id: "K8S017", name: "volume-unknown" },
    level: Level::Error,
    summary: "a container mounts a volume that its pod does not have",
    docs: r#"
## What it does
Looks up every `volumeMounts` name among the volumes of the pod and, in a StatefulSet, among its claims.
## Why it matters
The API server refuses the object; no schema can.
## Example
```sample
#- k8s/web.yaml
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  containers:
    - name: web
      image: web:1
      volumeMounts: [{name: confg, mountPath: /etc/app}]
#                           ^^^^^ error: `spec.containers[0].volumeMounts[0].name`: the pod has no volume `confg`
  volumes:
    - {name: config, configMap: {name: app}}
#            ~~~~~~ a volume of the pod
```
## Silent
```sample
#- k8s/db.yaml
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: db}
spec:
  serviceName: db
  selector: {matchLabels: {app: db}}
  template:
    metadata: {labels: {app: db}}
    spec: {containers: [{name: db, image: db:1, volumeMounts: [{name: data, mountPath: /data}]}]}
  volumeClaimTemplates:
    - metadata: {name: data}
      spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}
```
"#,
    run,
};

fn run(repo: &Repo, findings: &mut Findings) {
    super::report(&RULE, &[FaultKind::NotFound], repo, findings);
}
