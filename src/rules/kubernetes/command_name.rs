//! `kubectl-name-unknown`.

use super::object::{containers, is_generated, pod, text};
use crate::diag::{Code, Level, nearest};
use crate::repo::Repo;
use crate::repo::fact::{Action, Command, Manifest, Text, Word};
use crate::repo::shell::action::{option_values, unwrapped};
use crate::rules::existence::level;
use crate::rules::{Findings, Rule};
use crate::source::Spanned;
use crate::syntax::node::Node;

/// A `kubectl` command names an object or container that the manifests do not have.
pub static RULE: Rule = Rule {
    code: Code { id: "K8S019", name: "kubectl-name-unknown" },
    level: Level::Error,
    summary: "a `kubectl` command names a workload, Service or container that the manifests do not have",
    docs: r#"
## What it does
Looks up the names in `kubectl rollout`, `set image`, `scale`, `logs`, `exec`, `wait`, `port-forward` among the manifests
of the repository. A name that is near to none of them is told of only in a script that applies these manifests, and
nothing from elsewhere.
## Why it matters
The command fails: a deployment stops half way, or `set image` leaves the old version running.
## Example
```sample
#- k8s/api.yaml
apiVersion: apps/v1
kind: Deployment
metadata: {name: api}
#                ~~~ a Deployment
spec:
  selector: {matchLabels: {app: api}}
  template:
    metadata: {labels: {app: api}}
    spec: {containers: [{name: api, image: "acme/api:1"}]}
#                              ~~~ a container of it
#- deploy.sh
kubectl apply -f k8s/
kubectl set image deployment/api web=acme/api:2
#                                ^^^ error: no container of the Deployment `api` is called `web`
kubectl rollout status deployment/gateway --timeout=120s
#                                 ^^^^^^^ error: no manifest has a Deployment `gateway`
```
## Silent
```sample
#- k8s/api.yaml
apiVersion: apps/v1
kind: Deployment
metadata: {name: api, namespace: shop}
spec:
  selector: {matchLabels: {app: api}}
  template:
    metadata: {labels: {app: api}}
    spec: {containers: [{name: api, image: "acme/api:1"}]}
#- deploy.sh
kubectl apply -f k8s/
kubectl -n shop set image deployment/api api=acme/api:2
kubectl -n shop rollout status deploy api
kubectl -n ingress-nginx rollout status deployment/ingress-nginx-controller
kubectl -n shop logs -f "deployment/$NAME"
kubectl port-forward svc/grafana 3000:80
#- monitoring.sh
kubectl apply -f https://example.org/operator.yaml
kubectl apply -f k8s/
kubectl rollout status deployment/operator
```
"#,
    run,
};

/// A name that a command asks for.
struct Asked<'c> {
    kind: &'static str,
    name: Text,
    /// `api=acme/api:2` of `set image`.
    pairs: Vec<&'c Word>,
    namespace: Option<Text>,
}

fn run(repo: &Repo, findings: &mut Findings) {
    for command in &repo.facts.commands {
        if let Some(asked) = asked(command) {
            judge(repo, command, &asked, findings);
        }
    }
}

fn judge(repo: &Repo, command: &Command, asked: &Asked, findings: &mut Findings) {
    let of_kind = repo.facts.manifests.iter().filter(|it| it.kind.value == asked.kind);
    let all: Vec<&Manifest> = of_kind.collect();
    // Names that a tool makes up are not to be found in files.
    if all.is_empty() || all.iter().any(|it| is_generated(repo, it) || it.name.value.contains(['$', '{'])) {
        return;
    }
    let name = asked.name.value.as_str();
    let found: Vec<&&Manifest> = all.iter().filter(|it| it.name.value == name).collect();
    if !found.is_empty() {
        return asked.pairs.iter().for_each(|it| container(command, &found, it, findings));
    }
    let is_elsewhere = |it: &Text| {
        let own = |manifest: &&Manifest| manifest.namespace.as_ref().is_none_or(|own| own.value == it.value);
        !it.value.contains('$') && !all.iter().any(own)
    };
    if asked.namespace.as_ref().is_some_and(is_elsewhere) {
        return;
    }
    let near = nearest(name, all.iter().map(|it| it.name.value.as_str()));
    if near.is_none() && !applies_only_these(repo, command) {
        return;
    }
    let place = all.iter().find(|it| near.is_none_or(|near| near.name == it.name.value));
    let mut finding = RULE
        .finding_at(level(command), asked.name.span, format!("no manifest has a {} `{name}`", asked.kind))
        .maybe_help(near.map(|it| format!("did you mean `{}`?", it.name)))
        .meant(asked.name.span, name, near);
    if let Some(place) = place {
        finding = finding.also(place.name.span, format!("a {}", asked.kind));
    }
    findings.push(finding);
}

/// Whether the file of a command applies manifests of the repository, and nothing else brings objects there.
fn applies_only_these(repo: &Repo, command: &Command) -> bool {
    let mut applies = false;
    for other in repo.facts.commands.iter().filter(|it| it.path == command.path) {
        if let Action::KubectlApply(files) = &other.action {
            let is_own = |it: &Text| !it.value.contains("://") && it.value != "-" && !it.value.contains('$');
            if !files.iter().all(is_own) {
                return false;
            }
            applies = true;
        }
        let words = || other.words.iter().map(|it| it.text.as_str());
        let makes = words().any(|it| matches!(it, "helm" | "helmfile" | "argocd" | "kustomize"))
            || words().next() == Some("kubectl") && words().any(|it| matches!(it, "create" | "run" | "expose" | "-k"));
        if makes {
            return false;
        }
    }
    applies
}

/// `set image deployment/api web=…`: the pod must have a container `web`.
fn container(command: &Command, found: &[&&Manifest], pair: &Word, findings: &mut Findings) {
    let Some((name, _)) = pair.text.split_once('=') else { return };
    let pods: Vec<&Node> = found.iter().filter_map(|it| pod(it)).collect();
    let known: Vec<Text> = pods.iter().flat_map(|it| containers(it)).filter_map(|it| text(it.get("name")?)).collect();
    if known.is_empty() || name.contains(['$', '*']) || name.is_empty() || known.iter().any(|it| it.value == name) {
        return;
    }
    let length = (pair.span.end - pair.span.start) as usize;
    let span = if length == pair.text.len() { pair.span.part(0, name.len()) } else { pair.span };
    let (kind, object) = (&found[0].kind.value, &found[0].name.value);
    let finding = RULE
        .finding_at(level(command), span, format!("no container of the {kind} `{object}` is called `{name}`"))
        .also(known[0].span, "a container of it")
        .help(format!("it has `{}`", known[0].value));
    findings.push(finding);
}

/// Returns the kind that a short or long word means.
fn kind(word: &str) -> Option<&'static str> {
    Some(match word.to_ascii_lowercase().as_str() {
        "deployment" | "deployments" | "deploy" | "deployment.apps" => "Deployment",
        "statefulset" | "statefulsets" | "sts" | "statefulset.apps" => "StatefulSet",
        "daemonset" | "daemonsets" | "ds" => "DaemonSet",
        "service" | "services" | "svc" => "Service",
        "job" | "jobs" => "Job",
        "cronjob" | "cronjobs" | "cj" => "CronJob",
        _ => return None,
    })
}

/// Returns the object that a command asks for.
fn asked(command: &Command) -> Option<Asked<'_>> {
    let texts: Vec<&str> = command.words.iter().map(|it| it.text.as_str()).collect();
    let words = &command.words[unwrapped(&texts, &mut None)..];
    if !matches!(words.first()?.text.as_str(), "kubectl" | "oc") {
        return None;
    }
    let namespace = option_values(&words[1..], &["-n", "--namespace"]).into_iter().next();
    let values =
        ["-n", "--namespace", "--context", "--kubeconfig", "-c", "--container", "--timeout", "--replicas", "--for"];
    let mut plain: Vec<&Word> = Vec::new();
    let mut skip = false;
    for word in &words[1..] {
        if std::mem::take(&mut skip) {
            continue;
        }
        if word.text == "--" {
            break;
        }
        skip = values.contains(&word.text.as_str());
        if !word.text.starts_with('-') {
            plain.push(word);
        }
    }
    let at = match plain.first()?.text.as_str() {
        "rollout" => 2,
        "set" if plain.get(1)?.text == "image" => 2,
        "scale" | "logs" | "exec" | "wait" | "port-forward" => 1,
        _ => return None,
    };
    let word = plain.get(at)?;
    let is_plain =
        |it: &str| !it.is_empty() && it.bytes().all(|it| it.is_ascii_alphanumeric() || matches!(it, b'-' | b'.'));
    let (kind, name, rest) = match word.text.split_once('/') {
        Some((kind, name)) => {
            let length = (word.span.end - word.span.start) as usize;
            let start = if length == word.text.len() { kind.len() + 1 } else { 0 };
            (self::kind(kind)?, Spanned::new(name.to_string(), word.span.part(start, length)), at + 1)
        }
        None => {
            let name = plain.get(at + 1)?;
            (self::kind(&word.text)?, Spanned::new(name.text.clone(), name.span), at + 2)
        }
    };
    if !is_plain(&name.value) || word.is_dynamic && !is_plain(&name.value) {
        return None;
    }
    let pairs = if plain[0].text == "set" { plain.get(rest..).unwrap_or(&[]).to_vec() } else { Vec::new() };
    Some(Asked { kind, name, pairs, namespace })
}
