//! `targets-diverge`.

use super::object::{is_generated, nearest, pod, text};
use super::twin::{Twin, Twins};
use crate::diag::{Code, Diagnostic, Level};
use crate::repo::Repo;
use crate::repo::compose::known;
use crate::repo::container::Container;
use crate::repo::fact::{Manifest, Text};
use crate::repo::kind::is_test;
use crate::rules::image::version_drift::differ;
use crate::rules::wiring::url;
use crate::rules::{Findings, Rule};
use crate::source::{Span, Spanned};
use crate::syntax::node::{Entry, Node};

/// One program, two targets, two truths.
pub static RULE: Rule = Rule {
    code: Code { id: "K8S010", name: "targets-diverge" },
    level: Level::Warning,
    summary: "a Kubernetes workload has another port, database version or health path than the compose service that runs the same",
    docs: r#"
## What it does
Pairs each container of a workload with the compose services of the same name that run the same image or build it, and
compares what the program itself decides: the port it listens on, the major version of a database, the path of its
health check. With `--pedantic` also what a person decides, where both sides write it: the number of replicas, and
variables that every compose file sets and the manifest does not.

One compose file that agrees with the manifest is enough.
## Why it matters
Somebody changed one of the two. What is developed against compose is then not what runs in the cluster: requests go to
a port on which nobody listens, or a probe fails for ever.
## Example
```sample
#- docker-compose.yml
services:
  api:
    build: ./api
    ports: ["8000:8000"]
#           ~~~~~~~~~~~ compose
    healthcheck: {test: [CMD, curl, -f, "http://localhost:8000/health"]}
#                                       ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~ compose
  db:
    image: postgres:17-alpine
#          ~~~~~~~~~~~~~~~~~~ compose
#- api/Dockerfile
FROM python:3.13
#- api/main.py
from fastapi import FastAPI
app = FastAPI()
@app.get("/health")
def health(): ...
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
          image: ghcr.io/acme/api:1.2
          ports: [{containerPort: 8080}]
#                                 ^^^^ warning: `api` listens on 8080 here and on 8000 in docker-compose.yml
          readinessProbe: {httpGet: {path: /healthz, port: 8080}}
#                                          ^^^^^^^^ warning: the health of `api` is asked for at `/healthz` here and at `/health` in docker-compose.yml
#- k8s/db.yaml
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: db}
spec:
  serviceName: db
  selector: {matchLabels: {app: db}}
  template:
    metadata: {labels: {app: db}}
    spec:
      containers:
        - name: db
          image: postgres:16
#                ^^^^^^^^^^^ warning: `db` is `postgres:16` here and `postgres:17-alpine` in docker-compose.yml
```
## Silent
A port that a variable or a command tells the program, one of several compose files that agrees, another program under
the same name, and a container for development.
```sample
#- docker-compose.yml
services:
  api:
    build: ./api
    environment: {PORT: 8000}
    ports: ["8000:8000"]
  web:
    build: {context: ./web, target: dev}
    command: npm run dev
    ports: ["5173:5173"]
  mail:
    image: mailhog/mailhog
    ports: ["1025:1025"]
  worker:
    build: ./api
    ports: ["9000:9000"]
#- docker-compose.prod.yml
services:
  worker:
    image: ghcr.io/acme/worker:1
    ports: ["9100:9100"]
#- api/Dockerfile
FROM python:3.13
#- web/Dockerfile
FROM node:24 AS dev
#- k8s/all.yaml
apiVersion: v1
kind: Pod
metadata: {name: api}
spec: {containers: [{name: api, image: acme/api:1, env: [{name: PORT, value: "8080"}], ports: [{containerPort: 8080}]}]}
---
apiVersion: v1
kind: Pod
metadata: {name: web}
spec: {containers: [{name: web, image: acme/web:1, ports: [{containerPort: 80}]}]}
---
apiVersion: v1
kind: Pod
metadata: {name: mail}
spec: {containers: [{name: mail, image: boky/postfix:4, ports: [{containerPort: 587}]}]}
---
apiVersion: v1
kind: Pod
metadata: {name: worker}
spec: {containers: [{name: worker, image: acme/worker:1, ports: [{containerPort: 9100}]}]}
```
## When it may be wrong
When the image decides by itself where it runs, or two programs have one name.
"#,
    run,
};

fn run(repo: &Repo, findings: &mut Findings) {
    let twins = Twins::of(repo);
    if twins.is_empty() {
        return;
    }
    for manifest in repo.facts.manifests.iter().filter(|it| !is_test(&it.path)) {
        let all = pod(manifest).and_then(|it| it.at(&["spec", "containers"])?.as_seq()).unwrap_or(&[]);
        for container in all {
            let twins = twins.of_container(manifest, container);
            if twins.is_empty() {
                continue;
            }
            let side = Side { repo, manifest, container, twins };
            let found = [side.port(), side.image(), side.path(), side.variables(), side.replicas()];
            found.into_iter().for_each(|it| findings.push_maybe(it));
        }
    }
}

/// A container of a manifest and the services that it is held against.
struct Side<'a> {
    repo: &'a Repo,
    manifest: &'a Manifest,
    container: &'a Node,
    twins: Vec<Twin<'a>>,
}

impl<'a> Side<'a> {
    fn name(&self) -> &'a str {
        self.container.get("name").and_then(Node::as_text).unwrap_or(&self.manifest.name.value)
    }

    fn finding(&self, level: Level, at: Span, message: String, there: Span) -> Diagnostic {
        let message = format!("{message} in {}", self.repo.path(there.file));
        RULE.finding_at(level, at, message).also(there, "compose")
    }

    /// Returns the services that run the program as it is, of which the first is quoted.
    fn plain(&self) -> impl Iterator<Item = &Twin<'a>> {
        self.twins.iter().filter(|it| it.is_plain(self.repo))
    }

    fn port(&self) -> Option<Diagnostic> {
        let ports = self.container.get("ports").and_then(Node::as_seq)?;
        let own: Vec<i64> = ports.iter().filter_map(|it| it.get("containerPort")?.as_int()).collect();
        let at = ports.first()?.get("containerPort")?;
        if own.is_empty() || own.iter().any(|it| self.is_said(*it)) {
            return None;
        }
        // What cannot be read, or opens no port, may be right.
        let opened: Option<Vec<Vec<(i64, Span)>>> = self.twins.iter().map(ports_of).collect();
        let opened = opened.filter(|all| all.iter().flatten().all(|it| !own.contains(&it.0)))?;
        let both =
            self.twins.iter().zip(&opened).filter(|(twin, opened)| !opened.is_empty() && twin.is_plain(self.repo));
        let (twin, theirs) = both.into_iter().next()?;
        if theirs.iter().any(|it| is_said_by_compose(self.repo, twin, it.0)) || exposes(self.repo, twin, &own) {
            return None;
        }
        let (port, there) = theirs.first()?;
        let message = format!("`{}` listens on {} here and on {port}", self.name(), own.first()?);
        let help = "write the port on which the program listens in both, or tell it the port by a variable";
        Some(self.finding(RULE.level, at.place(), message, *there).help(help))
    }

    /// Returns whether the manifest tells the program a port.
    fn is_said(&self, port: i64) -> bool {
        let words = ["command", "args"].into_iter().filter_map(|it| self.container.get(it)?.as_seq()).flatten();
        let values = self.env().filter_map(|it| it.get("value"));
        let given = self.given().unwrap_or_default();
        let data = given.iter().map(|it| &it.value);
        words.chain(values).chain(data).filter_map(Node::as_text).any(|it| has_number(it, port))
    }

    fn env(&self) -> impl Iterator<Item = &'a Node> {
        self.container.get("env").and_then(Node::as_seq).unwrap_or(&[]).iter()
    }

    /// Returns the entries of the ConfigMaps and Secrets that become variables; `None` where one is made elsewhere.
    fn given(&self) -> Option<Vec<&'a Entry>> {
        let from = self.container.get("envFrom").and_then(Node::as_seq).unwrap_or(&[]);
        let mut given = Vec::new();
        for it in from {
            let of = |kind: &'static str, key: &str| Some((kind, it.at(&[key, "name"])?.as_text()?));
            let (kind, name) = of("ConfigMap", "configMapRef").or_else(|| of("Secret", "secretRef"))?;
            let same = super::object::of_kind(self.repo, kind, self.manifest).filter(|it| it.name.value == name);
            let object = nearest(same, self.manifest)?;
            let maps = ["data", "stringData"].into_iter().filter_map(|it| object.node.get(it)?.as_map());
            given.extend(maps.flat_map(|it| &it.entries));
        }
        Some(given)
    }

    fn image(&self) -> Option<Diagnostic> {
        let own = self.container.get("image").and_then(text)?;
        let theirs: Vec<&Text> = self.twins.iter().filter_map(|it| it.service.image.as_ref()).collect();
        let is_major = |it: &&Text| differ(&own, &it.value) == Some(true);
        if !theirs.iter().all(is_major) {
            return None;
        }
        let other = theirs.first()?;
        let filled = known::with_defaults(&other.value).unwrap_or_else(|| other.value.clone());
        let message = format!("`{}` is `{}` here and `{filled}`", self.name(), own.value);
        Some(self.finding(RULE.level, own.span, message, other.span).help("name one version in both"))
    }

    fn path(&self) -> Option<Diagnostic> {
        let probes = ["readinessProbe", "startupProbe", "livenessProbe"];
        let own: Vec<Text> =
            probes.iter().filter_map(|it| self.container.at(&[it, "httpGet", "path"])).filter_map(text).collect();
        let first = own.first()?;
        let bare = |it: &str| it.split('?').next().unwrap_or_default().trim_end_matches('/').to_string();
        let theirs: Vec<Text> = self.twins.iter().filter_map(asked).collect();
        if theirs.iter().any(|it| own.iter().any(|own| bare(&own.value) == bare(&it.value))) {
            return None;
        }
        let other = self.plain().find_map(asked)?;
        let serves = |path: &str| {
            self.repo.facts.routes.iter().any(|it| bare(path).ends_with(&bare(&it.value)) && bare(&it.value).len() > 1)
        };
        // A program may serve both; what it is known to serve is right.
        let level = match (serves(&first.value), serves(&other.value)) {
            (true, _) => return None,
            (false, true) => RULE.level,
            (false, false) => Level::Info,
        };
        let message =
            format!("the health of `{}` is asked for at `{}` here and at `{}`", self.name(), first.value, other.value);
        Some(self.finding(level, first.span, message, other.span).help("ask for the path that the program serves"))
    }

    /// Finds variables that compose sets in every file and the manifest does not, if it is the whole truth.
    fn variables(&self) -> Option<Diagnostic> {
        let is_whole = self.twins.iter().all(|it| it.service.env_files.is_empty());
        if !is_whole || is_generated(self.repo, self.manifest) {
            return None;
        }
        let own: Vec<&str> = self.env().filter_map(|it| it.get("name")?.as_text()).collect();
        let keys: Vec<&str> = self.given()?.iter().map(|it| &*it.key).collect();
        let everywhere =
            |name: &str| self.twins.iter().all(|it| it.service.environment.iter().any(|it| it.name.value == name));
        let first = self.plain().next()?;
        let missing: Vec<&Text> = first
            .service
            .environment
            .iter()
            .map(|it| &it.name)
            .filter(|it| {
                everywhere(&it.value) && !own.contains(&it.value.as_str()) && !keys.contains(&it.value.as_str())
            })
            .collect();
        let there = missing.first()?.span;
        let names: Vec<String> = missing.iter().take(5).map(|it| format!("`{}`", it.value)).collect();
        let more = if missing.len() > 5 { " and others" } else { "" };
        let message = format!("`{}` is not given {}{more} here, and is", self.name(), names.join(", "));
        let at = self.container.get("name").map_or(self.manifest.name.span, Node::place);
        Some(self.finding(Level::Info, at, message, there).help("set them in both, or drop what nothing reads"))
    }

    fn replicas(&self) -> Option<Diagnostic> {
        let own = self.manifest.node.at(&["spec", "replicas"])?;
        let number = own.as_int()?;
        let theirs: Vec<(i64, Span)> = self
            .twins
            .iter()
            .filter_map(|it| {
                let text = it.service.deploy.as_ref()?.replicas.as_ref()?;
                Some((known::with_defaults(&text.value)?.parse().ok()?, text.span))
            })
            .collect();
        let (other, there) = theirs.first()?;
        let scales = |it: &Manifest| {
            it.node.at(&["spec", "scaleTargetRef", "name"]).and_then(Node::as_text) == Some(&self.manifest.name.value)
        };
        let is_scaled = self.repo.facts.manifests.iter().any(scales);
        if is_scaled || is_generated(self.repo, self.manifest) || theirs.iter().any(|it| it.0 == number) {
            return None;
        }
        let message = format!("`{}` has {number} replicas here and {other}", self.name());
        Some(self.finding(Level::Info, own.place(), message, *there))
    }
}

/// Returns the ports of the container that a service opens; `None` if they cannot be told.
fn ports_of(twin: &Twin<'_>) -> Option<Vec<(i64, Span)>> {
    let written = twin.service.ports.iter().map(|it| Spanned::new(it.target.clone(), it.span));
    let all = written.chain(twin.service.expose.iter().cloned());
    all.map(|it| Some((known::with_defaults(&it.value)?.split('/').next()?.parse().ok()?, it.span))).collect()
}

/// Returns whether compose tells the program a port.
fn is_said_by_compose(repo: &Repo, twin: &Twin<'_>, port: i64) -> bool {
    let service = twin.service;
    let values = service.environment.iter().filter_map(|it| it.value.as_ref()).map(|it| it.value.as_str());
    let files = service.env_files.iter().filter_map(|it| {
        repo.env_file(&crate::source::normalize(&format!("{}/{}", twin.environment.directory, it.path.value))?)
    });
    let from_files = files.flat_map(|it| &it.entries).map(|it| it.value.value.as_str());
    values.chain(from_files).any(|it| has_number(it, port))
}

/// Returns whether the image says that it opens one of the ports.
fn exposes(repo: &Repo, twin: &Twin<'_>, ports: &[i64]) -> bool {
    let number = |it: &Text| it.value.split('/').next().and_then(|it| it.parse().ok());
    Container::of(repo, twin.environment, twin.service)
        .is_some_and(|it| it.exposes().filter_map(number).any(|it| ports.contains(&it)))
}

/// Returns the path that the health check of a service asks its own program for.
fn asked(twin: &Twin<'_>) -> Option<Text> {
    let test = twin.service.healthcheck.as_ref()?.test.as_ref()?;
    let own = |host: &str| matches!(host, "localhost" | "127.0.0.1" | "0.0.0.0") || host == twin.service.name.value;
    let url = test.words.iter().flat_map(url::all).find(|it| own(&it.host))?;
    let path = if url.path.is_empty() { "/".to_string() } else { url.path };
    Some(Spanned::new(path, url.span))
}

fn has_number(text: &str, number: i64) -> bool {
    text.split(|it: char| !it.is_ascii_digit()).any(|it| it.parse() == Ok(number))
}
