//! From a spec to Kubernetes manifests: what is refused and where, and what the manifests of the examples have.

use std::collections::BTreeMap;

use specc::diag::Diags;
use specc::emit::{Output, Selection, emit};
use specc::files::InMemory;
use specc::ops::build::load;
use specc::source::Sources;

/// Emits the manifests of a spec; returns them and the messages as `CODE at place: message; help`.
fn emitted(spec: &str) -> (Option<Output>, Vec<String>) {
    let spec = format!("specc: 1\nsystem: {{name: shop}}\n{spec}\nenvironments: {{c: {{target: k8s, file: k8s}}}}\n");
    let files = InMemory::new([("specc.yaml", spec.as_str()), ("a.conf", "a"), ("b.conf", "b"), ("src/main.py", "c")]);
    let (mut sources, mut diags) = (Sources::default(), Diags::default());
    let loaded = load(&files, "specc.yaml", &mut sources, &mut diags).ok();
    let selection = Selection { targets: vec!["k8s".to_string()], ..Selection::default() };
    let output = loaded.and_then(|it| emit(&it.system, &selection, &mut diags).ok());
    let message = |it: &specc::diag::Diagnostic| {
        let at = it.span().map_or("", |span| sources.slice(span));
        format!("{} at `{at}`: {}; {}", it.code.id, it.message, it.help.as_deref().unwrap_or(""))
    };
    (output, diags.list().iter().map(message).collect())
}

/// Returns every document by kind and name.
fn objects(spec: &str) -> BTreeMap<String, String> {
    let (output, messages) = emitted(spec);
    let output = output.unwrap_or_else(|| panic!("{messages:#?}"));
    let texts = output.artifacts.iter().filter(|it| it.path.ends_with(".yaml")).map(|it| it.text.as_str());
    let documents = texts.flat_map(|it| it.split("---\n"));
    let field = |text: &str, key: &str| {
        text.lines().find_map(|it| it.trim().strip_prefix(key)).unwrap_or_default().trim().to_string()
    };
    documents.map(|it| (format!("{}/{}", field(it, "kind:"), field(it, "name:")), it.to_string())).collect()
}

#[test]
fn what_cannot_be_applied_or_would_do_harm_is_refused_at_its_place() {
    let data = "volumes: {d: {size: 1Gi}}\nservices:\n";
    let rows = [
        ("services: {a_b: {image: x}, a-b: {image: y}}".to_string(), "TGT031 at `a-b`", "rename"),
        ("services: {1st: {image: x}}".to_string(), "TGT030 at `1st`", "lower-case letter first"),
        ("services: {w: {image: x, mounts: [\"d:/d\"]}}".to_string(), "TGT036 at `\"d:/d\"`", "size: 10Gi"),
        (format!("{data}  w: {{image: x, replicas: 2, mounts: [\"d:/d\"]}}"), "TGT035 at `\"d:/d\"`", "access: many"),
        (
            format!("{data}  a: {{image: x, mounts: [\"d:/d\"]}}\n  b: {{image: x, mounts: [\"d:/e\"]}}"),
            "TGT035 at `\"d:/e\"`",
            "access: each",
        ),
        ("services: {w: {image: x, user: redis}}".to_string(), "TGT038 at `redis`", "999:999"),
        ("services: {w: {image: x, mounts: [\"/data:/d\"]}}".to_string(), "TGT037 at `\"/data:/d\"`", "host_path"),
        (
            "services: {w: {image: x, mounts: [\"/var/run/docker.sock:/s\"]}}".to_string(),
            "TGT037 at `\"/var/run/docker.sock:/s\"`",
            "leave this service out",
        ),
        (
            "services: {w: {image: x, mounts: [\"./src:/src\"]}}".to_string(),
            "TGT037 at `\"./src:/src\"`",
            "development",
        ),
        ("services: {w: {image: x, resources: {gpu: all}}}".to_string(), "TGT039 at `{gpu: all}`", "gpu: 1"),
        (
            "services: {w: {image: x, singleton: true, scale: {max: 3, metric: {q: 1}}}}".to_string(),
            "TGT040 at `{max: 3, metric: {q: 1}}`",
            "drop `scale`",
        ),
        ("services: {w: {image: x, scale: {max: 3, cpu: 70}}}".to_string(), "TGT040 at `{max: 3, cpu: 70}`", "reserve"),
        (
            "vars: {g: {TAG: {required: true}}}\nservices: {w: {image: \"x:${TAG}\"}}".to_string(),
            "TGT032 at `${TAG}`",
            "environments.c.vars",
        ),
        (
            "vars: {g: {KEY: {secret: true}}}\nservices: {w: {image: \"x:${KEY}\", vars: [g]}}".to_string(),
            "TGT033 at `\"x:${KEY}\"`",
            "environment",
        ),
        (
            "services: {w: {image: x, raw: {k8s: {pods: {hostPID: true}}}}}".to_string(),
            "TGT003 at `pods`",
            "did you mean `pod`?",
        ),
    ];
    for (spec, at, help) in rows {
        let (output, messages) = emitted(&spec);
        assert!(output.is_none(), "{spec} is taken");
        assert!(messages.iter().any(|it| it.starts_with(at) && it.contains(help)), "{spec}\n{messages:#?}");
    }
}

#[test]
fn exactly_the_workloads_that_use_a_changed_file_or_value_roll() {
    let spec = |value: &str, file: &str| {
        format!(
            "vars: {{one: {{A: {value}, B: b}}, two: {{C: c, D: d}}}}\nservices:\n  \
             a: {{image: x, vars: [one]}}\n  b: {{image: x, vars: [two], mounts: [\"./{file}:/etc/x.conf:ro\"]}}\n"
        )
    };
    let before = objects(&spec("a", "a.conf"));
    let value = objects(&spec("z", "a.conf"));
    let file = objects(&spec("a", "b.conf"));
    let rolled = |after: &BTreeMap<String, String>| -> Vec<String> {
        let workloads = before.iter().filter(|(key, _)| key.starts_with("Deployment/"));
        workloads.filter(|(key, text)| after[*key] != **text).map(|(key, _)| key.clone()).collect()
    };
    assert_eq!(rolled(&value), ["Deployment/a"]);
    assert_eq!(rolled(&file), ["Deployment/b"]);
}

#[test]
fn a_service_that_somebody_else_runs_is_where_references_lead_and_nothing_is_generated() {
    let all = objects(
        "services:\n  db: {image: postgres, port: 5432, external: {host: db.example.com, port: 6432}}\n  \
         web: {image: x, needs: [db], env: {URL: \"pg://@{db.addr}/x\"}}\n",
    );
    assert!(all["Deployment/web"].contains("value: pg://db.example.com:6432/x"), "{}", all["Deployment/web"]);
    assert!(all.keys().all(|it| !it.ends_with("/db")), "{:?}", all.keys());
}

#[test]
fn a_secret_is_a_reference_wherever_it_stands() {
    let all = objects(
        "vars: {g: {PW: {secret: true}}}\nservices:\n  web:\n    image: x\n    vars: [g]\n    \
         run: [serve, \"--pw=${PW}\", \"$(id)\"]\n    env: {URL: \"pg://u:${PW}@h\", PW2: \"${PW}\"}\n    \
         health: {shell: \"ask -p ${PW}\"}\n",
    );
    let web = &all["Deployment/web"];
    for part in ["\"--pw=$(PW)\", \"$$(id)\"", "value: pg://u:$(PW)@h", "key: PW", "ask -p ${PW}"] {
        assert!(web.contains(part), "no {part} in {web}");
    }
}

/// The longer rule is the less exact one, so lengths alone would send `/api` to the wrong service.
#[test]
fn routes_of_traefik_have_the_order_and_the_middlewares_that_labels_have() {
    let ingress = "ingress: {kind: traefik, owner: elsewhere, entrypoints: {web: {port: 80}, websecure: {port: 443, tls: true}}, tls: {acme: le}}\n";
    let services = "vars: {g: {DOMAIN: shop.example.com}}\nservices:\n  \
         web: {image: x, port: 80, vars: [g], routes: [{match: [{host: [\"${DOMAIN}\", www.shop.example.com]}]}]}\n  \
         api: {image: x, port: 80, vars: [g], routes: [{match: [{host: \"${DOMAIN}\", path: /api}], strip: /api, \
         auth: ./users, rate: 5/m, body: 2m}]}\n";
    let all = objects(&format!("{ingress}{services}"));
    let priority = |name: &str| {
        let lines = all[&format!("IngressRoute/{name}")].lines();
        lines.filter_map(|it| it.trim().strip_prefix("priority: ")?.parse::<i64>().ok()).next()
    };
    assert!(priority("api") > priority("web") && priority("web").is_some(), "{all:#?}");
    // TLS is spoken on the entry point that has it, and on no other.
    let (api, plain) = (&all["IngressRoute/api"], &all["IngressRoute/api-plain"]);
    assert!(api.contains("- websecure\n") && api.contains("certResolver: le"), "{api}");
    assert!(plain.contains("- web\n") && !plain.contains("tls:"), "{plain}");
    assert!(
        api.contains("- name: api-rate\n        - name: api-auth\n        - name: api-body\n        - name: api-strip"),
        "{api}"
    );
    assert!(all["Middleware/api-auth"].contains("basicAuth:\n    secret: users\n"), "{all:#?}");
    assert!(all["Middleware/api-rate"].contains("average: 5\n    period: 60s\n    burst: 5"), "{all:#?}");
}
