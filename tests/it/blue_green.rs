//! A new version beside the old one with docker compose: what switches, what is stopped first, what is refused.

use specc::diag::Diags;
use specc::emit::{Output, Selection, emit};
use specc::files::InMemory;
use specc::ops::build::load;
use specc::source::Sources;

const SPEC: &str = "\
specc: 1
system: {name: shop, deliver: literal}
ingress: {kind: traefik, owner: here, entrypoints: {web: {port: 80, publish: 80}}, tls: none}
services:
  web: {image: \"app:1\", port: 8000, health: {shell: ask}, routes: [{match: [{host: a.example}]}]}
environments:
  prod: {target: compose, file: compose.yml}
deploy:
  prod: {how: here, strategy: blue-green}
";

/// Emits a spec in which texts are exchanged; returns what came of it, and the messages as `CODE at: message; help`.
fn emitted(changes: &[(&str, &str)]) -> (Option<Output>, Vec<String>) {
    let mut spec = SPEC.to_string();
    for (from, to) in changes {
        assert!(spec.contains(from), "{from}");
        spec = spec.replacen(from, to, 1);
    }
    let files = InMemory::new([("specc.yaml", spec.as_str())]);
    let (mut sources, mut diags) = (Sources::default(), Diags::default());
    let loaded = load(&files, "specc.yaml", &mut sources, &mut diags).ok();
    let output = loaded.and_then(|it| emit(&it.system, &Selection::default(), &mut diags).ok());
    let message = |it: &specc::diag::Diagnostic| {
        let at = it.span().map_or("", |span| sources.slice(span));
        format!("{} at `{at}`: {}; {}", it.code.id, it.message, it.help.as_deref().unwrap_or(""))
    };
    (output, diags.list().iter().map(message).collect())
}

fn output(changes: &[(&str, &str)]) -> Output {
    let (output, messages) = emitted(changes);
    output.unwrap_or_else(|| panic!("{messages:#?}"))
}

/// Returns the only error.
fn error(changes: &[(&str, &str)]) -> String {
    let (output, mut messages) = emitted(changes);
    assert!(output.is_none() && messages.len() == 1, "{messages:#?}");
    messages.remove(0)
}

fn text(output: &Output, path: &str) -> String {
    output.artifacts.iter().find(|it| it.path == path).unwrap().text.clone()
}

#[test]
fn a_check_behind_traefik_fails_in_a_container_that_is_to_go() {
    let compose = text(&output(&[]), "compose.yml");
    assert!(compose.contains("test: [\"CMD-SHELL\", \"test ! -e /dev/shm/draining || exit 1; ask\"]"), "{compose}");
    let compose = text(&output(&[("strategy: blue-green", "strategy: in-place")]), "compose.yml");
    assert!(compose.contains("test: [\"CMD-SHELL\", \"ask\"]"), "{compose}");
}

#[test]
fn nginx_reads_where_a_service_is_only_for_one_that_switches() {
    let output = output(&[
        ("kind: traefik", "kind: nginx"),
        (
            "environments:",
            "  old: {image: \"app:1\", port: 9000, stateful: true, routes: [{match: [{host: b.example}]}]}\nenvironments:",
        ),
    ]);
    let conf = text(&output, "nginx/prod.conf");
    assert!(conf.contains("set $live http://web:8000;\n        include /dev/shm/web.8000.live*;"), "{conf}");
    assert!(conf.contains("include /dev/shm/*.upstream;") && !conf.contains("old.9000"), "{conf}");
    // Its check needs no word for the proxy.
    assert!(text(&output, "compose.yml").contains("[\"CMD-SHELL\", \"ask\"]"));
}

#[test]
fn what_may_not_run_twice_is_stopped_first_and_that_is_told() {
    let output = output(&[(
        "environments:",
        "  api: {image: \"app:1\", port: 9000}\n  \
           db: {image: \"app:1\", stateful: true, port: 5432}\n  \
           clock: {image: \"app:1\", singleton: true, routes: [{match: [{host: c.example}]}], port: 1}\n  \
           asked: {image: \"app:1\", port: 2, rollout: {order: stop-first}, routes: [{match: [{host: d.example}]}]}\n\
         environments:",
    )]);
    let script = text(&output, "scripts/deploy-prod.sh");
    for list in ["needed=(proxy)", "switched=(web)", "others=(api db clock asked)"] {
        assert!(script.lines().any(|it| it == list), "{list}: {script}");
    }
    let about = |name: &str| {
        let field = format!("services.{name}.rollout");
        output.losses.iter().find(|it| it.target == "compose" && it.field == field).map(|it| it.reason.as_str())
    };
    assert!(about("clock").unwrap().contains("never runs twice"));
    assert!(about("db").unwrap().contains("has data"));
    assert!(about("api").unwrap().contains("gets no answer"));
    assert_eq!(about("web"), None);
}

#[test]
fn what_others_rely_on_comes_first() {
    let output = output(&[
        ("health: {shell: ask}", "health: {shell: ask}, needs: {cache: started}"),
        ("environments:", "  cache: {image: \"app:1\"}\n  worker: {image: \"app:1\"}\nenvironments:"),
    ]);
    let script = text(&output, "scripts/deploy-prod.sh");
    for list in ["needed=(proxy cache)", "switched=(web)", "others=(worker)"] {
        assert!(script.lines().any(|it| it == list), "{list}: {script}");
    }
}

#[test]
fn what_two_versions_cannot_share_is_refused_with_a_way_out() {
    let cases = [
        (("port: 8000", "port: 8000, publish: [\"8000:8000\"]"), "host port", "drop `publish`"),
        (("port: 8000", "port: 8000, container_name: web"), "container name", "drop `container_name`"),
        (("health: {shell: ask}, ", ""), "nothing tells when the new version", "health: {http: /health}"),
        (("health: {shell: ask}", "health: {cmd: ask}"), "without a shell", "shell: …"),
        (("port: 8000", "port: 8000, mounts: [\"data:/data\"]"), "write the volume `data`", "start-first"),
    ];
    for (change, what, way) in cases {
        let error = error(&[change]);
        assert!(error.starts_with("SPEC049") && error.contains(what) && error.contains(way), "{error}");
        assert!(error.contains("order: stop-first"), "{error}");
    }
    // nginx is not told by the check.
    output(&[("kind: traefik", "kind: nginx"), ("health: {shell: ask}", "health: {cmd: ask}")]);
    // Who says that two may write it has thought of that.
    let agreed = "port: 8000, mounts: [\"data:/data\"], rollout: {order: start-first}";
    output(&[("port: 8000", agreed)]);
}

#[test]
fn without_a_proxy_that_switches_nothing_can() {
    let cases = [
        (("target: compose", "target: swarm"), "a Swarm replaces its tasks itself", "order: start-first"),
        (("owner: here", "owner: elsewhere"), "somebody else's", "owner: here"),
        (("tls: none", "tls: none, file: routes.yml"), "cannot tell by a file", "drop `file`"),
        (("routes: [{match: [{host: a.example}]}]", ""), "no service behind the proxy", "routes"),
        (("strategy: blue-green", "drain: 5s"), "nothing is drained", "strategy: blue-green"),
    ];
    for (change, what, way) in cases {
        let error = error(&[change]);
        assert!(error.starts_with("SPEC048") && error.contains(what) && error.contains(way), "{error}");
    }
}

#[test]
fn both_versions_must_fit_on_the_host() {
    let (_, messages) = emitted(&[
        ("port: 8000", "port: 8000, replicas: 2, resources: {memory: 300m}"),
        ("file: compose.yml", "file: compose.yml, host: {memory: 1g}"),
    ]);
    assert!(messages.len() == 1 && messages[0].contains("1200 MiB"), "{messages:#?}");
}
