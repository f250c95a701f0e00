//! Hosts that proxies and Prometheus are told to ask: `reverse_proxy` of a Caddyfile, `server` of HAProxy, `servers` of
//! a Traefik file, `static_configs` of scrape jobs and alert managers.

use super::fact::{Facts, Text, Upstream, UpstreamBy};
use super::reader::Input;
use crate::diag::Diags;
use crate::source::{Span, Spanned};
use crate::syntax::node::Node;
use crate::syntax::yaml;

/// Reads a text file, if it is one of Caddy's.
pub fn read_text(input: &Input, facts: &mut Facts, _: &mut Diags) {
    let name = input.path.rsplit('/').next().unwrap_or(input.path);
    if name.ends_with(".cfg") && name.contains("haproxy") && !input.in_test {
        haproxy(input, facts);
    }
    let is_caddy = name.starts_with("Caddyfile") || name.ends_with(".caddy") || name.ends_with(".Caddyfile");
    if !is_caddy || input.in_test || !input.text.contains("reverse_proxy") {
        return;
    }
    let mut at = 0;
    for line in input.text.split_inclusive('\n') {
        let plain = line.split(" #").next().unwrap_or(line);
        let trimmed = plain.trim_start();
        if trimmed.starts_with("reverse_proxy ") || trimmed.starts_with("to ") {
            let mut from = 0;
            for word in plain.split_whitespace() {
                let start = from + plain[from..].find(word).unwrap_or(0);
                from = start + word.len();
                // A matcher, a path to match, and what opens a block.
                let is_word = word != "reverse_proxy" && word != "to" && !word.starts_with(['@', '/', '*', '{']);
                if is_word {
                    facts.upstreams.extend(upstream(input, (word, at + start), UpstreamBy::Caddy));
                }
            }
        }
        at += line.len();
    }
}

/// `server name host:port …` of HAProxy's `backend` and `listen` sections.
fn haproxy(input: &Input, facts: &mut Facts) {
    let mut at = 0;
    for line in input.text.split_inclusive('\n') {
        let mut words = line.split_whitespace();
        if words.next() == Some("server")
            && let Some(word) = words.nth(1)
        {
            let start = at + line.find(&format!(" {word}")).map_or(0, |it| it + 1);
            facts.upstreams.extend(upstream(input, (word, start), UpstreamBy::HaProxy));
        }
        at += line.len();
    }
}

/// `servers: [{url: http://api:8000}]` of a Traefik file.
pub(super) fn of_traefik(input: &Input, node: &Node, facts: &mut Facts) {
    let services = ["http", "tcp"].into_iter().filter_map(|it| node.at(&[it, "services"])?.as_map());
    for service in services.flat_map(|it| &it.entries).filter(|_| !input.in_test) {
        let servers = service.value.at(&["loadBalancer", "servers"]).and_then(Node::as_seq).unwrap_or_default();
        for server in servers.iter().filter_map(|it| it.get("url").or_else(|| it.get("address"))) {
            host(input, server, UpstreamBy::Traefik, facts);
        }
    }
}

/// Reads a YAML file, if it is a configuration of Prometheus.
pub fn read_yaml(input: &Input, facts: &mut Facts, _: &mut Diags) {
    if input.in_test || !input.text.contains("scrape_configs:") || input.text.contains("{{") {
        return;
    }
    for document in yaml::parse(input.text, input.file, &mut Diags::default()) {
        let jobs = document.get("scrape_configs").and_then(Node::as_seq).unwrap_or_default();
        let managers = document.at(&["alerting", "alertmanagers"]).and_then(Node::as_seq).unwrap_or_default();
        for job in jobs {
            let path = job.get("metrics_path").and_then(Node::as_text).unwrap_or("/metrics");
            targets(input, job, Some(path), facts);
        }
        managers.iter().for_each(|it| targets(input, it, None, facts));
    }
}

/// The targets of one job, and the path that is asked of each.
fn targets(input: &Input, job: &Node, path: Option<&str>, facts: &mut Facts) {
    // A target that is relabelled is asked for in another way: through an exporter.
    if job.get("relabel_configs").is_some() || job.get("proxy_url").is_some() {
        return;
    }
    let before = facts.upstreams.len();
    let groups = job.get("static_configs").and_then(Node::as_seq).unwrap_or_default();
    let targets = groups.iter().filter_map(|it| it.get("targets")?.as_seq()).flatten();
    targets.for_each(|it| host(input, it, UpstreamBy::Prometheus, facts));
    facts.upstreams[before..].iter_mut().for_each(|it| it.asks = path.map(String::from));
}

fn host(input: &Input, target: &Node, by: UpstreamBy, facts: &mut Facts) {
    let (Some(text), place) = (target.as_text(), target.place()) else { return };
    // Quotes are a part of the place.
    let quote = usize::from((place.end - place.start) as usize > text.len());
    let found = upstream(input, (text, place.start as usize + quote), by);
    facts.upstreams.extend(found.map(|it| it.at_most_in(input.text, place)));
}

/// Takes `host:port` apart, behind a scheme or not; none where a part is filled in or there is no port.
fn upstream(input: &Input, (word, at): (&str, usize), by: UpstreamBy) -> Option<Upstream> {
    let skip = word.find("://").map_or(0, |it| it + 3);
    let rest = &word[skip..];
    let (host, port) = rest.split_once(':')?;
    let port = port.split('/').next().unwrap_or(port);
    let is_name =
        !host.is_empty() && host.bytes().all(|it| it.is_ascii_alphanumeric() || matches!(it, b'-' | b'_' | b'.'));
    let port = port.parse::<u16>().ok().filter(|_| is_name)?;
    let span = Span::new(input.file, at + skip, at + skip + host.len());
    let host: Text = Spanned::new(host.to_string(), span);
    Some(Upstream { path: input.path.to_string(), host, port: Some(port), by, asks: None })
}

impl Upstream {
    /// An alias or an escape stands for the text: what is written there is no host, and the whole of it is pointed at.
    pub(super) fn at_most_in(mut self, text: &str, place: Span) -> Upstream {
        let span = self.host.span;
        if text.get(span.start as usize..span.end as usize) != Some(self.host.value.as_str()) {
            self.host.span = place;
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::repo::tree::Tree;
    use crate::source::FileId;

    fn hosts(path: &str, text: &str) -> Vec<String> {
        let tree = Tree::default();
        let kind = crate::repo::kind::of(path);
        let input = Input { file: FileId(0), path, text, kind, in_test: false, tree: &tree };
        let mut facts = Facts::default();
        read_text(&input, &mut facts, &mut Diags::default());
        read_yaml(&input, &mut facts, &mut Diags::default());
        let place = |it: &Upstream| text[it.host.span.start as usize..it.host.span.end as usize] == *it.host.value;
        assert!(facts.upstreams.iter().all(place), "{text}");
        facts.upstreams.iter().map(|it| format!("{}:{}", it.host.value, it.port.unwrap_or(0))).collect()
    }

    #[test]
    fn a_host_that_is_not_written_as_it_is_stands_where_it_comes_from() {
        let text = "scrape_configs:\n  - static_configs: [{targets: [&x a-long-name:80, *x, \"\\x61pi:80\"]}]";
        let tree = Tree::default();
        let kind = crate::repo::kind::of("prometheus.yml");
        let input = Input { file: FileId(0), path: "prometheus.yml", text, kind, in_test: false, tree: &tree };
        let mut facts = Facts::default();
        read_yaml(&input, &mut facts, &mut Diags::default());
        let span = |it: &Upstream| &text[it.host.span.start as usize..it.host.span.end as usize];
        let spans: Vec<&str> = facts.upstreams.iter().map(span).collect();
        assert_eq!(spans, ["a-long-name", "*x", "\"\\x61pi:80\""]);
    }

    #[test]
    fn hosts_of_caddy_and_prometheus_stand_at_their_places() {
        let cases: &[(&str, &str, &[&str])] = &[
            ("Caddyfile", "x.org {\n  reverse_proxy api:8000\n}", &["api:8000"]),
            (
                "Caddyfile",
                "reverse_proxy /api/* http://api:8000 web:80 { # old:1\n to b:2 c:3\n}",
                &["api:8000", "web:80", "b:2", "c:3"],
            ),
            ("Caddyfile", "reverse_proxy {$UP}:80\nreverse_proxy unix//run/x.sock\n# reverse_proxy gone:1", &[]),
            (
                "prometheus.yml",
                "scrape_configs:\n  - job_name: a\n    static_configs:\n      - targets: ['api:8000', web:9100]",
                &["api:8000", "web:9100"],
            ),
            (
                "prometheus.yml",
                "scrape_configs:\n  - static_configs: [{targets: ['db:5432']}]\n    relabel_configs: [{}]",
                &[],
            ),
        ];
        for (path, text, expected) in cases {
            assert_eq!(hosts(path, text), *expected, "{text}");
        }
    }
}
