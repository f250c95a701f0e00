//! `probe-port-unknown`.

use super::object::{containers, is_generated, pod, text};
use crate::diag::{Code, Level, nearest};
use crate::repo::Repo;
use crate::rules::{Findings, Rule};
use crate::syntax::node::Node;

/// A probe asks for a port by a name that its container does not have.
pub static RULE: Rule = Rule {
    code: Code { id: "K8S008", name: "probe-port-unknown" },
    level: Level::Error,
    summary: "a probe asks for a port by a name that its container does not have, or for one that it does not list",
    docs: r#"
## What it does
Holds the `port` of each liveness, readiness and startup probe against the `ports` of its container. A number that is not
listed is only shown with `--pedantic`: a container need not list what it opens.
## Why it matters
The probe never succeeds. The pod is restarted again and again, or never gets a request.
## Example
```sample
#- k8s/api.yaml
apiVersion: apps/v1
kind: Deployment
metadata: {name: api}
spec:
  selector: {matchLabels: {app: api}}
  template:
    metadata: {labels: {app: api}}
    spec:
      containers:
        - name: api
          image: acme/api:1
          ports: [{name: http, containerPort: 8000}]
#                        ~~~~ its port
          readinessProbe: {httpGet: {path: /healthz, port: htpp}}
#                                                          ^^^^ error: the container `api` has no port `htpp`
          livenessProbe: {tcpSocket: {port: 8080}}
#                                           ^^^^ info: the container `api` does not list the port 8080
```
## Silent
```sample
#- k8s/api.yaml
apiVersion: v1
kind: Pod
metadata: {name: api}
spec:
  containers:
    - name: api
      image: acme/api:1
      ports: [{name: http, containerPort: 8000}]
      readinessProbe: {httpGet: {path: /healthz, port: http}}
      livenessProbe: {tcpSocket: {port: 8000}}
    - name: sidecar
      image: acme/sidecar:1
      livenessProbe: {httpGet: {path: /, port: 9000}}
```
"#,
    run,
};

fn run(repo: &Repo, findings: &mut Findings) {
    for manifest in repo.facts.manifests.iter().filter(|it| !is_generated(repo, it)) {
        pod(manifest).into_iter().flat_map(containers).for_each(|it| container(it, findings));
    }
}

fn container(container: &Node, findings: &mut Findings) {
    let ports = container.get("ports").and_then(Node::as_seq).unwrap_or(&[]);
    let names: Vec<&Node> = ports.iter().filter_map(|it| it.get("name")).collect();
    let own = container.get("name").and_then(Node::as_text).unwrap_or("");
    for probe in ["livenessProbe", "readinessProbe", "startupProbe"].into_iter().filter_map(|it| container.get(it)) {
        let asked = ["httpGet", "tcpSocket"].into_iter().find_map(|it| probe.at(&[it, "port"]));
        let Some(port) = asked.and_then(text).filter(|it| !it.value.contains('$')) else { continue };
        if port.value.parse::<u16>().is_ok() {
            let listed = ports.iter().filter_map(|it| it.get("containerPort")?.as_text());
            let place = names.first().map(|it| it.place()).or(ports.first().map(Node::place));
            if let Some(place) = place.filter(|_| !listed.into_iter().any(|it| it == port.value)) {
                let message = format!("the container `{own}` does not list the port {}", port.value);
                findings.push(RULE.finding_at(Level::Info, port.span, message).also(place, "its port"));
            }
        } else if !names.iter().any(|it| it.as_text() == Some(&port.value)) {
            let near = nearest(&port.value, names.iter().filter_map(|it| it.as_text()));
            let message = format!("the container `{own}` has no port `{}`", port.value);
            let finding = RULE.finding(port.span, message);
            let finding = match names.first() {
                Some(it) => finding.also(it.place(), "its port"),
                None => finding.help("name the port in `ports`, or write its number"),
            };
            let help = near.map(|it| format!("did you mean `{it}`?"));
            findings.push(finding.maybe_help(help).meant(port.span, &port.value, near));
        }
    }
}
