//! `config-host-unresolvable`.

use std::collections::BTreeSet;

use super::is_copied;
use super::upstream::is_known;
use crate::diag::{Code, Diagnostic, Level, nearest};
use crate::repo::Repo;
use crate::repo::compose::Service;
use crate::repo::environment::Environment;
use crate::repo::fact::{Upstream, UpstreamBy};
use crate::repo::given;
use crate::repo::known_image;
use crate::repo::reach::{self, Host};
use crate::rules::wiring::{is_outside, port_internal::wrong};
use crate::rules::{Findings, Rule};
use crate::source::normalize;

/// A host that a mounted configuration names and nobody has.
pub static RULE: Rule = Rule {
    code: Code { id: "NET007", name: "config-host-unresolvable" },
    level: Level::Error,
    summary: "a configuration file that a service is given names a host that no service has, or a port that is not open",
    docs: r#"
## What it does
Looks at URLs and `host:port` under keys such as `url`, `endpoint`, `address` and `targets` of YAML and TOML files that a
service mounts, gets as a config or copies: data sources of Grafana, clients of promtail, exporters of an OpenTelemetry
collector, receivers of an alert manager. Finds hosts without a domain that no service of the repository has, and ports
that a service only publishes or that its program does not open. A host like no other is a warning.
## Why it matters
The program starts, and what it should send or ask for goes nowhere: panels stay empty, logs and traces are lost.
## Example
```sample
#- docker-compose.yml
services:
  prometheus:
    image: prom/prometheus:v3.1.0
    ports: ["9091:9090"]
#           ~~~~~~~~~~~ published here
  grafana:
# ~~~~~~~ this service reads the file
    image: grafana/grafana:11.2.0
    volumes:
      - ./grafana/provisioning:/etc/grafana/provisioning:ro
  collector:
# ~~~~~~~~~ this service reads the file
    image: otel/opentelemetry-collector:0.110.0
    command: ["--config=/etc/otelcol/config.yaml"]
    volumes: ["./otel.yaml:/etc/otelcol/config.yaml:ro"]
#- grafana/provisioning/datasources/all.yml
apiVersion: 1
datasources:
  - name: Prometheus
    type: prometheus
    access: proxy
    url: http://promethesu:9090
#               ^^^^^^^^^^ error: no service is called `promethesu`
  - name: Old
    type: prometheus
    url: http://prometheus:9091
#               ^^^^^^^^^^ error: `prometheus` listens on 9090; 9091 is its port on the host
#- otel.yaml
receivers: {otlp: {protocols: {grpc: {endpoint: "0.0.0.0:4317"}}}}
exporters:
  otlp:
    endpoint: jaeger:4317
#             ^^^^^^ warning: no service is called `jaeger`
service:
  pipelines:
    traces: {receivers: [otlp], exporters: [otlp]}
```
## Silent
Hosts with a domain, what the program is called by others, parts that no pipeline uses, files that no service reads, and
names that another compose file has.
```sample
#- docker-compose.yml
services:
  grafana:
    image: grafana/grafana:11.2.0
    extra_hosts: ["monitor:10.0.0.1"]
    volumes:
      - ./grafana:/etc/grafana/provisioning:ro
  links:
    image: b4bz/homer:v24.11.1
    volumes: ["./links.yml:/www/assets/config.yml:ro"]
  collector:
    image: otel/opentelemetry-collector:0.110.0
    command: ["--config=/conf/config.yaml"]
    volumes: ["./otel:/conf:ro"]
#- docker-compose.logs.yml
services:
  loki:
    image: grafana/loki:3.2.0
#- grafana/datasources/all.yml
apiVersion: 1
datasources:
  - {name: Prometheus, type: prometheus, url: "http://prometheus.example.org:9090"}
  - {name: Local, type: prometheus, url: "http://localhost:9090"}
  - {name: Browser, type: prometheus, access: direct, url: "http://somewhere:9090"}
  - {name: Loki, type: loki, url: "http://loki:3100"}
  - {name: Host, type: loki, url: "http://monitor:3100"}
  - {name: Chosen, type: loki, url: "http://${LOKI}:3100"}
#- otel/config.yaml
receivers: {otlp: {protocols: {grpc: {endpoint: "collector:4317"}}}}
exporters:
  otlp: {endpoint: "tempo.example.org:4317"}
  otlp/jaeger: {endpoint: "jaeger:4317"}
service:
  pipelines:
    traces: {receivers: [otlp], exporters: [otlp]}
#- links.yml
services:
  - name: Files
    items: [{name: Store, url: "http://store:5000"}]
#- otel/config.kubernetes.yaml
exporters:
  otlp: {endpoint: "jaeger:4317"}
```
## When it may be wrong
When the name comes from a network of the machine. Say so with an ignore, or give the name with `extra_hosts`.
"#,
    run,
};

fn run(repo: &Repo, findings: &mut Findings) {
    let mut last: Option<(&str, Vec<(&Environment, &Service)>)> = None;
    let mut told = BTreeSet::new();
    let of_config = |it: &&Upstream| it.by == UpstreamBy::Config && !is_outside(&it.host.value);
    for it in repo.facts.upstreams.iter().filter(of_config) {
        if last.as_ref().is_none_or(|(path, _)| *path != it.path) {
            last = Some((&it.path, readers(repo, &it.path)));
        }
        let readers = last.as_ref().map_or(&[][..], |it| &it.1);
        // A file that several environments share is for those who know the name.
        let is_right = |(environment, service): &(&Environment, &Service)| {
            matches!(reach::resolve(repo, environment, service, &it.host.value), Host::Unknown)
        };
        if readers.iter().any(is_right) || told.contains(&it.host.span) {
            continue;
        }
        // One of those who read it is enough.
        let finding = readers.iter().find_map(|(environment, service)| {
            let found = judge(repo, (environment, service), it)?;
            Some(found.also(service.name.span, "this service reads the file"))
        });
        if finding.is_some() {
            told.insert(it.host.span);
        }
        findings.push_maybe(finding);
    }
}

fn judge(repo: &Repo, (environment, service): (&Environment, &Service), it: &Upstream) -> Option<Diagnostic> {
    let host = &it.host;
    match reach::resolve(repo, environment, service, &host.value) {
        Host::Reached(other) if other.name.value == service.name.value => None,
        Host::Reached(other) => {
            let wrong = wrong(repo, environment, other, it.port?)?;
            let finding = RULE.finding(host.span, wrong.message).also(wrong.place, wrong.label);
            Some(finding.help(format!("write `{}:{}`", host.value, wrong.target)))
        }
        Host::Apart(other) => {
            let (reader, other_name) = (&service.name.value, &other.name.value);
            let message = format!("`{reader}` and `{other_name}` share no network, so the name means nothing here");
            let finding = RULE.finding(host.span, message).also(other.name.span, "it is on other networks");
            Some(finding.help("put both on one network"))
        }
        Host::Nobody if !is_known(repo, &host.value) => Some(nobody(environment, service, it)),
        Host::Nobody | Host::Unknown => None,
    }
}

fn nobody(environment: &Environment, service: &Service, it: &Upstream) -> Diagnostic {
    let host = &it.host;
    let near = nearest(&host.value, environment.model.service_names());
    // On a network that others share, the name may be theirs.
    let level = match near {
        Some(_) => Level::Error,
        None if reach::is_on_external_network(&environment.model, service) => Level::Info,
        None => Level::Warning,
    };
    let finding = RULE.finding_at(level, host.span, format!("no service is called `{}`", host.value));
    match near {
        Some(it) => finding.help(format!("did you mean `{it}`?")).meant(host.span, &host.value, near),
        None => finding.help("name a service of this environment, or an alias that one has"),
    }
}

/// Returns the services that read a file: it is mounted, given as a config or copied by its name, or lies in a mounted
/// folder where the program looks for it.
fn readers<'a>(repo: &'a Repo, path: &str) -> Vec<(&'a Environment, &'a Service)> {
    let mut found = Vec::new();
    for environment in repo.environments.iter().filter(|it| !it.is_partial) {
        for service in environment.model.services.iter().filter(|it| !shows_links(it)) {
            if given::mounted(service, path).is_some()
                || is_config(environment, service, path)
                || is_copied(repo, environment, service, path)
            {
                found.push((environment, service));
            }
        }
    }
    found
}

/// Returns whether a service is a page of links, which browsers follow.
fn shows_links(service: &Service) -> bool {
    let pages = ["homer", "homepage", "dashy", "glance", "flame", "homarr", "organizr", "heimdall"];
    service.image.as_ref().is_some_and(|it| pages.contains(&known_image::short_name(&it.value)))
}

fn is_config(environment: &Environment, service: &Service, path: &str) -> bool {
    let configs =
        environment.model.configs.iter().filter(|it| service.configs.iter().any(|own| own.value == it.name.value));
    let place = |it: &str| normalize(&format!("{}/{it}", environment.directory));
    configs.filter_map(|it| it.file.as_ref()).any(|it| place(&it.value).as_deref() == Some(path))
}
