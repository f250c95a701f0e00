//! `log-driver-host`.

use super::url;
use crate::diag::{Code, Level};
use crate::repo::Repo;
use crate::repo::fact::Text;
use crate::repo::reach;
use crate::rules::{Findings, Rule};
use crate::source::{Span, Spanned};
use crate::syntax::node::Node;

/// A log driver that is to send to a service by its name.
pub static RULE: Rule = Rule {
    code: Code { id: "NET009", name: "log-driver-host" },
    level: Level::Error,
    summary: "a log driver is told to send to a service by its name, which only containers know",
    docs: r#"
## What it does
Looks at the addresses in `logging.options` (`loki-url`, `fluentd-address`, `gelf-address`, `syslog-address`,
`splunk-url`), and finds those whose host is a service.
## Why it matters
The Docker daemon sends the logs, not the container, and the daemon is on none of the networks: it looks the name up in
the host's DNS. With fluentd and syslog the container does not start; with Loki its logs are lost, and a driver that
waits keeps the container from stopping.
## Example
```sample
#- docker-compose.yml
services:
  api:
    image: api:1
    logging:
      driver: loki
      options:
        loki-url: http://loki:3100/loki/api/v1/push
#                        ^^^^ error: the Docker daemon sends these logs, and does not know `loki`
  jobs:
    image: jobs:1
    logging:
      driver: fluentd
      options:
        fluentd-address: fluentd:24224
#                        ^^^^^^^ error: the Docker daemon sends these logs, and does not know `fluentd`
  loki:
# ~~~~ it is a name on the networks of containers
    image: grafana/loki:3
    ports: ["127.0.0.1:3100:3100"]
  fluentd:
# ~~~~~~~ it is a name on the networks of containers
    image: fluent/fluentd:v1
    ports: ["127.0.0.1:24224:24224"]
```
## Silent
```sample
#- docker-compose.yml
services:
  api:
    image: api:1
    logging:
      driver: loki
      options: {loki-url: "http://localhost:3100/loki/api/v1/push", loki-retries: "2"}
  jobs:
    image: jobs:1
    logging:
      driver: gelf
      options: {gelf-address: "udp://${GELF_HOST:-127.0.0.1}:12201", tag: loki}
  loki:
    image: grafana/loki:3
    ports: ["127.0.0.1:3100:3100"]
```
## When it may be wrong
When the host knows the name as well, from `/etc/hosts`.
"#,
    run,
};

/// Options that hold an address, by the drivers of Docker's manual and Grafana's plugin.
const OPTIONS: &[&str] = &["loki-url", "fluentd-address", "gelf-address", "syslog-address", "splunk-url"];

fn run(repo: &Repo, findings: &mut Findings) {
    for environment in repo.environments.iter().filter(|it| !it.is_partial) {
        for service in &environment.model.services {
            let options = service.node.at(&["logging", "options"]).and_then(Node::as_map);
            for entry in options.iter().flat_map(|it| &it.entries).filter(|it| OPTIONS.contains(&it.key.as_ref())) {
                let text = entry.value.as_text().map(|it| Spanned::new(it.to_string(), entry.value.place()));
                let Some((host, place)) = text.as_ref().and_then(host) else { continue };
                let named = environment.model.services.iter().find(|it| reach::answers_to(it, &host));
                let Some(other) = named else { continue };
                let message = format!("the Docker daemon sends these logs, and does not know `{host}`");
                let finding =
                    RULE.finding(place, message).also(other.name.span, "it is a name on the networks of containers");
                findings.push(finding.help(format!("publish the port of `{host}` on 127.0.0.1, and send to that")));
            }
        }
    }
}

/// Returns the host of an address, `scheme://host:port` or `host:port`, with its place.
fn host(text: &Text) -> Option<(String, Span)> {
    if text.value.contains("://") {
        return url::all(text).into_iter().next().map(|it| (it.host, it.span));
    }
    let (host, _) = text.value.split_once(':')?;
    let is_exact = (text.span.end - text.span.start) as usize == text.value.len();
    let place = if is_exact { text.span.part(0, host.len()) } else { text.span };
    (!host.is_empty()).then(|| (host.to_string(), place))
}
