//! `port-malformed`.

use crate::diag::{Code, Level};
use crate::repo::Repo;
use crate::rules::{Findings, Rule};
use crate::syntax::node::Node;
use crate::syntax::port;

/// A port in a form that compose refuses.
pub static RULE: Rule = Rule {
    code: Code { id: "PORT006", name: "port-malformed" },
    level: Level::Error,
    summary: "a port is written in a way that compose refuses",
    docs: r#"
## What it does
Reads the short form of `ports:` as compose does: `[ADDRESS:][HOST:]CONTAINER[/PROTOCOL]`, where the address is one of the
host and no name, ports go from 1 to 65535, ranges of both sides have the same length, and the protocol is `tcp`, `udp`
or `sctp`.
## Why it matters
Compose refuses the whole project: "invalid IP address: localhost".
## Example
```sample
#- compose.yml
services:
  web:
    image: nginx:1.27
    ports:
      - "localhost:8080:80"
#       ^^^^^^^^^^^^^^^^^^^ error: compose refuses this port: `localhost` is no IP address
      - "8443:443/https"
#       ^^^^^^^^^^^^^^^^ error: compose refuses this port: `https` is no protocol
      - "9000-9001:9000-9002"
#       ^^^^^^^^^^^^^^^^^^^^^ error: compose refuses this port: 2 ports of the host cannot publish 3 ports of the container
```
## Silent
```sample
#- compose.yml
services:
  web:
    image: nginx:1.27
    ports:
      - "127.0.0.1:8080:80"
      - "[::1]:8081:80/TCP"
      - "8000-8009:80"
      - "127.0.0.1::81"
      - "${ADDRESS:-127.0.0.1}:8082:80"
      - 82
```
"#,
    run,
};

fn run(repo: &Repo, findings: &mut Findings) {
    for file in &repo.facts.compose_files {
        for service in &file.model.services {
            let ports = service.node.get("ports").and_then(Node::as_seq).unwrap_or(&[]);
            for port in ports.iter().filter(|it| it.span.file == file.file) {
                let Some(why) = port.as_text().filter(|it| !it.contains('$')).and_then(refused) else { continue };
                let finding = RULE.finding(port.place(), format!("compose refuses this port: {why}"));
                findings.push(finding.help("write `HOST:CONTAINER`, or `127.0.0.1:HOST:CONTAINER`"));
            }
        }
    }
}

/// Returns why compose refuses a port.
fn refused(written: &str) -> Option<String> {
    port::parse(written).err().map(|it| it.message)
}

#[cfg(test)]
mod tests {
    use super::refused;

    /// What docker compose 2.40 says of each.
    #[test]
    fn what_compose_takes_and_refuses() {
        for (written, is_refused) in [
            ("localhost:8080:80", true),
            ("static:5432:5432", true),
            ("8080:99999", true),
            ("80:80/http", true),
            ("8000-8002:80", false),
            ("8000-8001:80-82", true),
            ("0:80", false),
            ("abc:80", true),
            (":80", false),
            ("80:80/TCP", false),
            ("8080:80:90:70", true),
            ("[::1]:80:80", false),
            ("::1:80:80", false),
            ("70000", true),
            ("9000-8000:9000-8000", true),
            ("8080 :80", true),
            ("80:80/udp/tcp", true),
            ("*:80:80", true),
            ("127.0.0.1::80", false),
            ("127.0.0.1:80", true),
            ("8080:", true),
            ("0", true),
        ] {
            assert_eq!(refused(written).is_some(), is_refused, "{written}: {:?}", refused(written));
        }
    }
}
