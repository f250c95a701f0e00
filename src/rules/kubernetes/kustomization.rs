//! `kustomize-path-missing`.

use crate::diag::{Code, Diagnostic, Level};
use crate::repo::Repo;
use crate::repo::fact::{Kustomization, Text};
use crate::repo::kind::is_test;
use crate::rules::existence::{hint, will_be_there};
use crate::rules::{Findings, Rule};

/// A kustomization names a file that is not there.
pub static RULE: Rule = Rule {
    code: Code { id: "K8S018", name: "kustomize-path-missing" },
    level: Level::Error,
    summary: "a kustomization names a file or folder that the repository does not have",
    docs: r#"
## What it does
Looks up the `resources`, `bases`, `components`, files of `patches` and of `configMapGenerator` of each
`kustomization.yaml`.
## Why it matters
`kubectl apply -k` and whatever else builds it stop, and nothing of the environment is applied.
## Example
```sample
#- k8s/kustomization.yaml
resources:
  - api.yaml
  - hpa-api.yaml
#   ^^^^^^^^^^^^ error: `k8s/hpa-api.yaml` was deleted from the repository
patches:
  - path: patches/replicas.yaml
#         ~~~~~~~~~~~~~~~~~~~~~ `k8s/patches/replicas.yaml` neither
#- k8s/api.yaml
apiVersion: v1
kind: Service
metadata: {name: api}
spec: {ports: [{port: 80}]}
#- k8s/hpa-api.yaml (deleted)
```
## Silent
What lies on another machine, what git ignores, what a command makes, and patches in place.
```sample
#- k8s/overlay/kustomization.yaml
resources:
  - ../base
  - https://example.com/crds.yaml
  - github.com/example/thing//deploy?ref=v1
  - secret.yaml
  - made.yaml
secretGenerator:
  - {name: keys, envs: [.secrets]}
patches:
  - target: {kind: Service}
    patch: "- {op: remove, path: /spec/type}"
#- k8s/base/kustomization.yaml
resources: [api.yaml]
#- k8s/base/api.yaml
apiVersion: v1
kind: Service
metadata: {name: api}
spec: {ports: [{port: 80}]}
#- k8s/overlay/secret.yaml (ignored)
#- deploy.sh
kubectl create configmap x --dry-run=client -o yaml > k8s/overlay/made.yaml
```
"#,
    run,
};

fn run(repo: &Repo, findings: &mut Findings) {
    for it in repo.facts.kustomizations.iter().filter(|it| !is_test(&it.folder)) {
        // What was moved together is one mistake.
        let mut missing =
            it.resources.iter().chain(&it.patches).chain(&it.generated_from).filter_map(|named| judge(repo, it, named));
        let Some((path, mut finding)) = missing.next() else { continue };
        let mut about = vec![path];
        for (path, other) in missing {
            if let Some(span) = other.span() {
                finding = finding.also(span, format!("`{path}` neither"));
            }
            about.push(path);
        }
        findings.push_about(finding, about);
    }
}

fn judge(repo: &Repo, kustomization: &Kustomization, named: &Text) -> Option<(String, Diagnostic)> {
    let first = named.value.split('/').next().unwrap_or("");
    // `github.com/owner/name//folder`
    let is_remote = first.contains('.') && !first.starts_with('.') && named.value.contains('/');
    let is_filled_in = named.value.contains(['$', '{', '*', '<']);
    let path = kustomization.path(&named.value).filter(|_| !is_remote && !is_filled_in)?;
    if path.is_empty() || will_be_there(repo, &path) {
        return None;
    }
    let state = if repo.tree.was_deleted(&path) { "was deleted from" } else { "is not in" };
    let way_out = hint(repo, &path).unwrap_or_else(|| "correct the path, or add the file".to_string());
    let finding = RULE.finding(named.span, format!("`{path}` {state} the repository")).help(way_out);
    Some((path, finding))
}
