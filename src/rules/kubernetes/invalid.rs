//! `manifest-value`.

use crate::diag::{Code, Level};
use crate::kubernetes::FaultKind;
use crate::repo::Repo;
use crate::rules::{Findings, Rule};

/// A value that the API server refuses.
pub static RULE: Rule = Rule {
    code: Code { id: "K8S015", name: "manifest-value" },
    level: Level::Error,
    summary: "a Kubernetes object has a value that the API server refuses",
    docs: r#"
## What it does
Finds values that have the right type and cannot be: names with `_`, `memory: 2g`, ports beyond 65535, a schedule with
an hour 99, a request above its limit, words that a field does not know, labels of a template that its own selector
does not choose.
## Why it matters
No published schema says any of this, so a file that every validator passes fails when it is applied.
## Example
```sample
#- k8s/web.yaml
apiVersion: apps/v1
kind: Deployment
metadata: {name: my_service}
#                ^^^^^^^^^^ error: `metadata.name`: `my_service` must be lower-case letters, digits, `-` and `.`, beginning and ending with a letter or digit
spec:
  selector: {matchLabels: {app: web}}
#                               ^^^ error: `spec.selector.matchLabels.app`: the template's pods have `app: api`
  template:
    metadata: {labels: {app: api}}
#                            ~~~ the label of the template
    spec:
      restartPolicy: Never
#                    ^^^^^ error: `spec.template.spec.restartPolicy`: a Deployment starts its pods again always, so `Never` is not supported
      containers:
        - name: web
          image: web:1
          imagePullPolicy: Missing
#                          ^^^^^^^ error: `spec.template.spec.containers[0].imagePullPolicy`: `Missing` is none of `Always`, `IfNotPresent`, `Never`
          ports: [{name: a-very-long-port-name, containerPort: 80}]
#                        ^^^^^^^^^^^^^^^^^^^^^ error: `spec.template.spec.containers[0].ports[0].name`: `a-very-long-port-name` must be lower-case letters, digits and single `-`, at most 15, at least one letter
          resources:
            limits: {memory: 2g, cpu: 500m}
#                            ^^ error: `spec.template.spec.containers[0].resources.limits.memory`: `g` is no unit of a quantity
#                                     ~~~~ the limit
            requests: {cpu: 1}
#                           ^ error: `spec.template.spec.containers[0].resources.requests.cpu`: the request of cpu is more than its limit
#- k8s/nightly.yaml
apiVersion: batch/v1
kind: CronJob
metadata: {name: nightly}
spec:
  schedule: "99 99 * * *"
#           ^^^^^^^^^^^^^ error: `spec.schedule`: `99 99 * * *` must be a schedule: the minute goes from 0 to 59, not `99`
  jobTemplate: {spec: {template: {spec: {restartPolicy: Always, containers: [{name: a, image: b:1}]}}}}
#                                                       ^^^^^^ error: `spec.jobTemplate.spec.template.spec.restartPolicy`: a Job runs to its end, so `Always` is not supported
```
## Silent
```sample
#- k8s/web.yaml
apiVersion: v1
kind: Pod
metadata: {name: web.v1}
spec:
  containers:
    - name: web
      image: web:1
      resources: {limits: {memory: 2Gi, cpu: "1"}, requests: {memory: 1Gi, cpu: 500m}}
      ports: [{name: http, containerPort: 8080}]
      readinessProbe: {httpGet: {path: /health, port: http}}
```
"#,
    run,
};

fn run(repo: &Repo, findings: &mut Findings) {
    super::report(&RULE, &[FaultKind::Invalid, FaultKind::NotSupported, FaultKind::TooLong], repo, findings);
}
