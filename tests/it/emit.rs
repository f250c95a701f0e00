//! From a spec to compose files and stacks: what is written, what is lost, what is refused.

use specc::diag::Diags;
use specc::emit::{Grade, Output, Selection, emit};
use specc::files::InMemory;
use specc::ops::build::load;
use specc::source::Sources;

const HEAD: &str = "specc: 1\nsystem: {name: shop}\n";

/// Emits the compose files and stacks of a spec; returns what came of it and the messages as `CODE at: message`.
fn emitted(spec: &str) -> (Option<Output>, Vec<String>) {
    let spec = format!("{HEAD}{spec}");
    let files = InMemory::new([("specc.yaml", spec.as_str()), ("a.conf", "a"), ("init.sh", "b"), ("src/main.py", "c")]);
    let (mut sources, mut diags) = (Sources::default(), Diags::default());
    let loaded = load(&files, "specc.yaml", &mut sources, &mut diags).ok();
    let targets = ["compose", "swarm", "k8s"].map(str::to_string).to_vec();
    let selection = Selection { targets, ..Selection::default() };
    let output = loaded.and_then(|it| emit(&it.system, &selection, &mut diags).ok());
    let message = |it: &specc::diag::Diagnostic| {
        let at = it.span().map_or("", |span| sources.slice(span));
        let help = it.help.as_deref().unwrap_or("");
        format!("{} at `{at}`: {}; {help}", it.code.id, it.message)
    };
    (output, diags.list().iter().map(message).collect())
}

/// Returns the only file of the only environment.
fn file(spec: &str) -> String {
    let (output, messages) = emitted(spec);
    output.unwrap_or_else(|| panic!("{messages:#?}")).artifacts.remove(0).text
}

/// Returns the only error.
fn error(spec: &str) -> String {
    let (output, mut messages) = emitted(spec);
    assert!(output.is_none() && messages.len() == 1, "{messages:#?}");
    messages.remove(0)
}

const COMPOSE: &str = "environments: {dev: {target: compose, layer: standalone}}\n";
const SWARM: &str = "environments: {prod: {target: swarm}}\n";

#[test]
fn patch_that_changes_nothing_is_an_error_at_its_place() {
    let web = "services: {web: {image: x, RAW}}\n";
    let cases = [
        (web.replace("RAW", "raw: {compose: {icp: host}}"), "TGT003 at `icp`", "did you mean `ipc`?"),
        (web.replace("RAW", "raw: {compose: {restart: null, ipc: null}}"), "TGT003 at `ipc`", ""),
        ("services: {web: {image: x}}\nraw: {compose: {services: {wep: {}}}}\n".into(), "TGT003 at `wep`", "`web`"),
        ("services: {web: {image: x}}\nraw: {compose: {serivces: {}}}\n".into(), "TGT003 at `serivces`", "`services`"),
    ];
    for (services, at, help) in cases {
        let error = error(&format!("{services}{COMPOSE}"));
        assert!(error.starts_with(at) && error.contains(help), "{error}");
    }
    let refused = error(&format!("services: {{web: {{image: x, raw: {{swarm: {{ipc: host}}}}}}}}\n{SWARM}"));
    assert!(refused.starts_with("TGT003 at `ipc`"), "{refused}");
}

#[test]
fn patch_for_the_whole_system_need_not_find_its_service_everywhere() {
    let spec = "services: {web: {image: x}, job: {image: y}}\nraw: {compose: {services: {web: {ipc: host}}}}\n\
                environments:\n  one: {target: compose, layer: standalone}\n  two: {target: compose, layer: standalone, only: [job]}\n";
    let (output, messages) = emitted(spec);
    let output = output.unwrap_or_else(|| panic!("{messages:#?}"));
    let with_patch: Vec<&str> =
        output.artifacts.iter().filter(|it| it.text.contains("ipc: host")).map(|it| it.path.as_str()).collect();
    assert_eq!(with_patch, ["docker-compose.one.yml"]);
}

#[test]
fn swarm_refuses_what_it_would_get_wrong() {
    let cases = [
        ("image: x, port: 80, publish: [\"127.0.0.1:80:80\"]", "TGT020 at `\"127.0.0.1:80:80\"`"),
        ("image: x, mounts: [{from: ./src, to: /app, role: source}]", "TGT021"),
        ("image: x, resources: {gpu: 1}", "TGT023"),
        ("image: x, run: \"work --slot @{slot}\"", "TGT025 at `\"work --slot @{slot}\"`"),
    ];
    for (web, expected) in cases {
        let error = error(&format!("services: {{web: {{{web}}}}}\n{SWARM}"));
        assert!(error.starts_with(expected), "{error}");
    }
    let nested = "vars: {g: {A: {default: a, scope: deploy}, B: {default: b, scope: deploy}}}\n\
                  services: {web: {image: \"x:${A:-y${B}}\"}}\n";
    assert!(error(&format!("{nested}{SWARM}")).starts_with("TGT024 at `${A:-y${B}}`"));
}

#[test]
fn swarm_says_what_it_leaves_to_the_deployment() {
    let spec = "services:\n  migrate: {kind: job, image: x}\n  web: {image: x, needs: {migrate: done}, harden: true}\n";
    let (output, messages) = emitted(&format!("{spec}{SWARM}"));
    let output = output.unwrap_or_else(|| panic!("{messages:#?}"));
    let losses: Vec<(&str, Grade)> = output.losses.iter().map(|it| (it.field.as_str(), it.grade)).collect();
    let nearly = Grade::Approximated;
    let expected = [("services.migrate.kind", nearly), ("services.web.needs", nearly), ("services.web.harden", nearly)];
    assert_eq!(losses, expected);
    assert!(!output.artifacts[0].text.contains("migrate"));
}

#[test]
fn files_of_a_stack_are_named_after_their_content() {
    let text = file(&format!("services: {{web: {{image: x, mounts: [\"./a.conf:/etc/a.conf:ro\"]}}}}\n{SWARM}"));
    // The first digits of the SHA-256 of `a`.
    assert!(text.contains("      - source: a.conf_ca978112\n        target: /etc/a.conf\n"), "{text}");
    assert!(text.contains("configs:\n  a.conf_ca978112:\n    file: ./a.conf\n"), "{text}");
}

#[test]
fn changed_configuration_changes_the_compose_file() {
    let text = file(&format!("services: {{web: {{image: x, mounts: [\"./a.conf:/etc/a.conf:ro\"]}}}}\n{COMPOSE}"));
    assert!(text.contains("    labels:\n      specc.files: ca978112ca1b\n"), "{text}");
    assert!(text.contains("        bind:\n          create_host_path: false\n"), "{text}");
}

#[test]
fn optional_part_that_is_on_needs_no_profile() {
    let spec = "services: {web: {image: x}, auth: {image: y, feature: auth}}\n";
    let off = file(&format!("{spec}{COMPOSE}"));
    assert!(off.contains("profiles: [\"auth\"]"), "{off}");
    let on = file(&format!("{spec}environments: {{dev: {{target: compose, layer: standalone, features: [auth]}}}}\n"));
    assert!(!on.contains("profiles"), "{on}");
}

#[test]
fn container_name_of_several_containers_is_refused_at_both_places() {
    let error = error(&format!("services: {{web: {{image: x, container_name: w, replicas: 2}}}}\n{COMPOSE}"));
    assert!(error.starts_with("TGT004 at `w`"), "{error}");
}

#[test]
fn labels_with_a_variable_in_a_key_are_a_list() {
    let spec = "vars: {g: {STACK: {default: s, scope: deploy}}}\n\
                ingress: {kind: traefik, owner: elsewhere, entrypoints: {web: {port: 80}}, tls: none}\n\
                services: {web: {image: x, port: 80, routes: [{match: [{host: a.io}]}]}}\n\
                environments: {dev: {target: compose, layer: standalone, project: \"${STACK}\"}}\n";
    let text = file(spec);
    assert!(text.contains("      - traefik.http.routers.${STACK"), "{text}");
    assert!(text.contains("-web.rule=Host(`a.io`)\n"), "{text}");
}

#[test]
fn environment_without_routes_has_no_proxy() {
    let spec = "ingress: {kind: traefik, owner: here, service: proxy, entrypoints: {web: {port: 80, publish: \"80\"}}, tls: none}\n\
                services: {web: {image: x, port: 80, routes: [{match: [{host: a.io}]}]}, worker: {image: y}}\n\
                environments: {dev: {target: compose, layer: standalone, only: [worker]}}\n";
    assert!(!file(spec).contains("proxy:"));
    assert!(file(&spec.replace(", only: [worker]", "")).contains("  proxy:\n    image: traefik:"));
}

#[test]
fn environment_that_builds_nothing_only_pulls() {
    let spec = "images: {api: {context: ./src}}\nservices: {api: {build: api}}\n";
    let prod = "environments: {prod: {target: compose, build: false}}\n";
    let alone = file(&format!("{spec}{prod}"));
    assert!(alone.contains("image: shop/api:latest") && !alone.contains("build:"), "{alone}");
    let layers = "environments: {b: {target: compose, layer: base, file: base.yml}, \
                  p: {target: compose, layer: overlay, file: prod.yml, build: false}}\n";
    let (output, messages) = emitted(&format!("{spec}{layers}"));
    let artifacts = output.unwrap_or_else(|| panic!("{messages:#?}")).artifacts;
    let text = |path: &str| artifacts.iter().find(|it| it.path == path).map(|it| it.text.as_str()).unwrap_or_default();
    assert!(text("base.yml").contains("build:"), "{}", text("base.yml"));
    assert!(text("prod.yml").contains("build: !reset null"), "{}", text("prod.yml"));
}

#[test]
fn service_that_must_not_see_the_env_file_gets_its_variables_by_name() {
    let compose = file(
        "vars: {g: {A: one, B: {secret: true}}}\n\
         services: {app: {image: x, vars: [g]}, db: {image: y, vars: [B], deliver: environment}}\n\
         environments: {dev: {target: compose, env_files: [.env]}}\n",
    );
    let (app, db) = compose.split_once("  db:").unwrap_or_default();
    assert!(app.contains("env_file") && !app.contains("environment:"), "{compose}");
    assert!(!db.contains("env_file") && db.contains("B: ${B:?set B}"), "{compose}");
}

#[test]
fn what_an_api_server_would_refuse_is_an_error_where_it_is_written() {
    let k8s = "environments: {prod: {target: k8s}}\n";
    let cases = [
        (
            "web: {image: x, port: 80, raw: {k8s: {pod: {restartPolicy: Never}}}}",
            "TGT049 at `restartPolicy`",
            "`spec.template.spec.restartPolicy`: a Deployment starts its pods again always",
        ),
        (
            "web: {image: x, port: 80, raw: {k8s: {container: {imagePullPolicy: Missing}}}}",
            "TGT049 at `imagePullPolicy`",
            "`Missing` is none of",
        ),
        ("night: {image: x, kind: cron, schedule: \"99 99 * * *\"}", "TGT049 at `cron`", "`spec.schedule`"),
    ];
    for (service, at, said) in cases {
        let (output, messages) = emitted(&format!("services: {{{service}}}\n{k8s}"));
        assert!(output.is_none(), "{service}");
        let found = messages.iter().any(|it| it.starts_with(at) && it.contains(said));
        assert!(found, "{service}\n{messages:#?}");
    }
}
