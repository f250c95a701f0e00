//! `inner-path-not-mounted`.

use crate::diag::{Code, Diagnostic, Level};
use crate::repo::Repo;
use crate::repo::compose::{Mount, Service};
use crate::repo::container::Container;
use crate::repo::environment::Environment;
use crate::repo::fact::InnerPath;
use crate::repo::given;
use crate::rules::existence::folder;
use crate::rules::{Findings, Rule};
use crate::source::normalize;

/// A configuration names files that are beside it in the repository and not in its container.
pub static RULE: Rule = Rule {
    code: Code { id: "MNT014", name: "inner-path-not-mounted" },
    level: Level::Warning,
    summary: "a mounted configuration names a path of its container that no mount provides, though the repository has the files",
    docs: r#"
## What it does
Looks at `rule_files` of Prometheus, `templates` of its alert manager, `options.path` of Grafana's dashboards and `import`
of a Caddyfile, in files that a service mounts. Finds paths that no mount of the service provides, where the repository
has such a folder or file near the configuration.
## Why it matters
None of these programs stops for a path that holds nothing: no alert is ever raised, no dashboard shown.
## Example
```sample
#- docker-compose.yml
services:
  prometheus:
# ~~~~~~~~~~ this service reads the file
    image: prom/prometheus:v2.54.1
    volumes:
      - ./monitoring/prometheus.yml:/etc/prometheus/prometheus.yml:ro
  grafana:
# ~~~~~~~ this service reads the file
    image: grafana/grafana:11.2.0
    volumes:
      - ./grafana/provisioning:/etc/grafana/provisioning:ro
      - ./grafana/dashboards:/var/lib/grafana/dashboards:ro
#- monitoring/prometheus.yml
rule_files:
  - /etc/prometheus/rules/*.yml
#   ^^^^^^^^^^^^^^^^^^^^^^^^^^^ warning: nothing brings `/etc/prometheus/rules` into the container of `prometheus`
scrape_configs: []
#- monitoring/rules/node.yml
groups: []
#- grafana/dashboards/api.json
{"title": "API"}
#- grafana/provisioning/dashboards/default.yml
apiVersion: 1
providers:
  - name: default
    type: file
    options:
      path: /etc/grafana/dashboards
#           ^^^^^^^^^^^^^^^^^^^^^^^ warning: nothing brings `/etc/grafana/dashboards` into the container of `grafana`
```
## Silent
Paths in a mounted folder or volume, patterns of which single files are mounted, what the image is built with, and what
the repository does not have.
```sample
#- docker-compose.yml
services:
  prometheus:
    image: prom/prometheus:v2.54.1
    volumes:
      - ./monitoring/prometheus.yml:/etc/prometheus/prometheus.yml:ro
      - ./monitoring/rules/node.yml:/etc/prometheus/rules/node.yml:ro
  grafana:
    image: grafana/grafana:11.2.0
    volumes:
      - ./grafana/provisioning:/etc/grafana/provisioning:ro
      - grafana:/var/lib/grafana
  caddy:
    build: ./caddy
    volumes: ["./caddy/Caddyfile:/etc/caddy/Caddyfile:ro"]
  shell:
    image: alpine:3.20
    volumes: [".:/work"]
volumes:
  grafana:
#- monitoring/prometheus.yml
rule_files:
  - rules/*.yml
  - /etc/prometheus/generated/*.yml
scrape_configs: []
#- monitoring/rules/node.yml
groups: []
#- cluster/prometheus.yml
rule_files: [/etc/cluster/rules/*.yml]
#- cluster/rules/node.yml
groups: []
#- grafana/dashboards/api.json
{"title": "API"}
#- grafana/provisioning/dashboards/default.yml
apiVersion: 1
providers:
  - {name: a, type: file, options: {path: /var/lib/grafana/dashboards}}
  - {name: b, type: file, options: {path: /etc/grafana/provisioning/dashboards}}
#- caddy/Dockerfile
FROM caddy:2
COPY sites /etc/caddy/sites
#- caddy/Caddyfile
import sites/*.caddy
#- caddy/sites/app.caddy
app.example.org {
  respond ok
}
```
## When it may be wrong
When the image has the files already.
"#,
    run,
};

fn run(repo: &Repo, findings: &mut Findings) {
    for it in &repo.facts.inner_paths {
        let readers = readers(repo, &it.path);
        let Some((_, service, _)) = readers.first() else { continue };
        let missing: Vec<String> = readers.iter().filter_map(|reader| missing(repo, reader, it)).collect();
        // A file that several environments share is for the one that has the path.
        let Some(inner) = missing.first().filter(|_| missing.len() == readers.len()) else { continue };
        let Some(beside) = beside(repo, it, inner) else { continue };
        let message = format!("nothing brings `{inner}` into the container of `{}`", service.name.value);
        let finding = RULE.finding(it.named.span, message).also(service.name.span, "this service reads the file");
        findings.push_about(help(finding, service, &beside, inner), vec![beside]);
    }
}

fn help(finding: Diagnostic, service: &Service, beside: &str, inner: &str) -> Diagnostic {
    match service.mounts.iter().find_map(|it| given::inside(it, beside)) {
        Some(place) => finding.help(format!("`{beside}` is mounted at `{place}`: write that here")),
        None => finding.help(format!("mount `{beside}` at `{inner}`")),
    }
}

/// A service that reads a file, and where it finds it.
type Reader<'a> = (&'a Environment, &'a Service, (&'a Mount, String));

fn readers<'a>(repo: &'a Repo, path: &str) -> Vec<Reader<'a>> {
    let mut found = Vec::new();
    for environment in repo.environments.iter().filter(|it| !it.is_partial) {
        for service in &environment.model.services {
            found.extend(given::mounted(service, path).map(|it| (environment, service, it)));
        }
    }
    found
}

/// Returns the path of the container that is meant, up to the first pattern, if nothing provides it.
fn missing(repo: &Repo, (environment, service, (own, place)): &Reader, it: &InnerPath) -> Option<String> {
    let named = &it.named.value;
    let whole = if named.starts_with('/') { named.clone() } else { format!("{}/{named}", folder(place)) };
    let whole = normalize(whole.trim_start_matches('/')).map(|it| format!("/{it}"))?;
    let fixed: Vec<&str> = whole.split('/').take_while(|it| !it.contains(['*', '?', '['])).collect();
    let fixed = fixed.join("/");
    let below = |outer: &str, inner: &str| {
        inner == outer || inner.strip_prefix(outer.trim_end_matches('/')).is_some_and(|it| it.starts_with('/'))
    };
    let provides = |mount: &Mount| {
        let target = mount.target.value.trim_end_matches('/');
        // Among the files of a folder is the configuration itself, which is not meant.
        let is_own = std::ptr::eq(mount, *own) && target == place.as_str();
        below(target, &fixed) || below(&fixed, target) && !is_own
    };
    let is_built = match Container::of(repo, environment, service) {
        Some(it) => it.stages.iter().any(|it| {
            !it.runs.is_empty()
                || it
                    .copies
                    .iter()
                    .any(|it| below(&it.destination.value, &fixed) || below(&fixed, &it.destination.value))
        }),
        None => service.build.is_some(),
    };
    let is_given = is_built || !service.configs.is_empty() || !service.secrets.is_empty();
    (!is_given && fixed.len() > 1 && !service.mounts.iter().any(provides)).then_some(fixed)
}

/// Returns the folder or file of the repository that is meant: one of the same name beside the configuration, or beside
/// a folder that it lies in.
fn beside(repo: &Repo, it: &InnerPath, inner: &str) -> Option<String> {
    let last = inner.rsplit('/').next()?;
    let mut place = folder(&it.path);
    for _ in 0..4 {
        let path = normalize(&format!("{place}/{last}"))?;
        if path != it.path && repo.tree.exists(&path) && holds(repo, &path, it) {
            return Some(path);
        }
        // The configuration may lie among what it is for.
        if folder(place) == place {
            break;
        }
        place = folder(place);
    }
    None
}

/// Returns whether a path has what is looked for: files that end like the pattern.
fn holds(repo: &Repo, path: &str, it: &InnerPath) -> bool {
    let ending = match it.named.value.rsplit_once('*') {
        Some((_, ending)) => ending,
        None => it.holds,
    };
    let files = repo.tree.within(path);
    files.is_empty() && repo.tree.has_file(path)
        || files.iter().any(|file| **file != *it.path && file.ends_with(ending))
}
