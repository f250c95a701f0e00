//! `swarm-unsupported-key`.

use crate::diag::{Code, Level};
use crate::repo::Repo;
use crate::repo::compose::File;
use crate::repo::environment::Dialect;
use crate::rules::existence::is_historical;
use crate::rules::{Findings, Rule};
use crate::source::Span;
use crate::syntax::node::{Entry, Node, Style};

/// A key that `docker stack deploy` refuses or leaves out.
pub static RULE: Rule = Rule {
    code: Code { id: "OVL003", name: "swarm-unsupported-key" },
    level: Level::Error,
    summary: "a stack file has a key that `docker stack deploy` refuses or leaves out",
    docs: r#"
## What it does
Looks at files that some command gives to `docker stack deploy`, and finds keys that it refuses (an error) or leaves
out in silence or with a warning nobody reads (information).
## Why it matters
`docker stack` is not compose: it knows an older format. What it refuses stops the deployment; what it leaves out, such
as `restart` or the order of `depends_on`, is believed to be in force.
## Example
```sample
#- deploy.sh
docker stack deploy -c stack.yml app
#~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~ the file is deployed here
#- stack.yml
name: app
#     ^^^ error: `docker stack deploy` refuses `name` at the top
services:
  api:
    image: api:1
    restart: always
#   ^^^^^^^ info: `docker stack deploy` leaves out `restart`
    profiles: [full]
#   ^^^^^^^^ error: `docker stack deploy` refuses `profiles`
    depends_on:
      db: {condition: service_healthy}
#     ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error: `docker stack deploy` refuses a map under `depends_on`
    ports:
      - target: 80
        published: "8080"
#                  ^^^^^^ error: `docker stack deploy` refuses `published` as a text
  db:
    image: postgres:17
    container_name: db
#   ^^^^^^^^^^^^^^ info: `docker stack deploy` leaves out `container_name`
```
## Silent
```sample
#- docker-compose.yml
services:
  api:
    image: api:1
    restart: always
    profiles: [full]
#- deploy.sh
docker stack deploy -c stack.yml app
#- stack.yml
services:
  api:
    image: api:1
    init: true
    deploy:
      restart_policy: {condition: any}
    ports:
      - "8080:80"
      - target: 81
        published: ${PORT:-8081}
```
## When it may be wrong
When the file reaches `docker stack` through something that rewrites it first.
"#,
    run,
};

const REFUSED: &[&str] = &[
    "profiles",
    "cpus",
    "mem_limit",
    "runtime",
    "gpus",
    "develop",
    "pull_policy",
    "annotations",
    "platform",
    "scale",
    "extends",
];

/// Left out, with what stands in for it.
const LEFT_OUT: &[(&str, &str)] = &[
    ("build", "build and push the image before"),
    ("restart", "`deploy.restart_policy` is what counts"),
    ("container_name", "a task has the name that Swarm gives it"),
    ("links", "services of one network reach each other by name"),
    ("network_mode", "a service is on the networks it lists"),
    ("privileged", "give capabilities with `cap_add`"),
    ("security_opt", "there is no such option for services"),
    ("devices", "use `generic_resources`"),
    ("shm_size", "mount a tmpfs at /dev/shm"),
    ("ipc", "there is no such option for services"),
    ("mac_address", "there is no such option for services"),
];

fn run(repo: &Repo, findings: &mut Findings) {
    let mut seen = std::collections::BTreeSet::new();
    for environment in repo.environments.iter().filter(|it| it.dialect == Dialect::Swarm) {
        let crate::repo::environment::Source::Command { span } = environment.source else { continue };
        // What an old document says is no sign that it is still done.
        if is_historical(repo.path(span.file)) {
            continue;
        }
        for path in &environment.compose_files {
            if seen.insert(path.clone())
                && let Some(file) = repo.compose_file(path)
            {
                judge(file, span, findings);
            }
        }
    }
}

fn judge(file: &File, command: Span, findings: &mut Findings) {
    if let Some(name) = &file.model.name {
        refuse(
            name.span,
            "`name` at the top",
            "remove it: the stack's name is given on the command line",
            command,
            findings,
        );
    }
    for service in entries(file.node.get("services")) {
        for entry in entries(Some(&service.value)) {
            let key: &str = &entry.key;
            if REFUSED.contains(&key) {
                refuse(
                    entry.key_span,
                    &format!("`{key}`"),
                    "remove it from the file that goes to Swarm",
                    command,
                    findings,
                );
            } else if let Some((_, instead)) = LEFT_OUT.iter().find(|it| it.0 == key) {
                let message = format!("`docker stack deploy` leaves out `{key}`");
                let finding = RULE.finding_at(Level::Info, entry.key_span, message);
                findings.push(finding.also(command, "the file is deployed here").help(*instead));
            }
        }
        judge_shapes(&service.value, command, findings);
    }
}

/// Keys that it knows, in a form that it does not.
fn judge_shapes(service: &Node, command: Span, findings: &mut Findings) {
    if let Some(node) = service.get("depends_on").filter(|it| it.as_map().is_some()) {
        let help = "write a list; Swarm starts services in no order at all";
        refuse(node.place(), "a map under `depends_on`", help, command, findings);
    }
    for entry in entries(service.get("environment")) {
        let plain = entry.value.as_scalar().filter(|it| it.style == Style::Plain);
        if plain.is_some_and(|it| matches!(&*it.text, "true" | "True" | "TRUE" | "false" | "False" | "FALSE")) {
            let what = format!("the truth value of `{}`", entry.key);
            refuse(entry.value.place(), &what, "put it in quotes", command, findings);
        }
    }
    for item in service.get("env_file").and_then(Node::as_seq).unwrap_or(&[]) {
        if item.as_map().is_some() {
            refuse(item.place(), "the long form of `env_file`", "write the path alone", command, findings);
        }
    }
    for port in service.get("ports").and_then(Node::as_seq).unwrap_or(&[]) {
        // What a variable gives is made a number.
        let is_text = |it: &&Node| it.as_text().is_some_and(|it| !it.contains("${")) && it.shape() == "text";
        if let Some(published) = port.get("published").filter(is_text) {
            refuse(published.place(), "`published` as a text", "write the number without quotes", command, findings);
        }
    }
    let devices = service.at(&["deploy", "resources", "reservations"]).and_then(Node::as_map);
    if let Some(entry) = devices.and_then(|it| it.entry("devices")) {
        refuse(entry.key_span, "`devices` of a reservation", "use `generic_resources`", command, findings);
    }
}

fn refuse(span: Span, what: &str, help: &str, command: Span, findings: &mut Findings) {
    let finding = RULE.finding(span, format!("`docker stack deploy` refuses {what}"));
    findings.push(finding.also(command, "the file is deployed here").help(help));
}

fn entries(node: Option<&Node>) -> impl Iterator<Item = &Entry> {
    node.and_then(Node::as_map).map_or(&[][..], |it| &it.entries).iter()
}
