//! Every check that kube-linter makes by default, after its public documentation, on the golden manifests of all
//! examples. It cannot be installed here, so each check is a function; an object may be excused only by an annotation
//! that names the check and has a reason, which an exception in the spec writes.

use std::collections::BTreeSet;

use yaml_serde::Value;

/// The objects of one environment.
type Objects = [Value];

/// A check by its name, and whether an object passes it.
type Check = (&'static str, fn(&Value, &Objects) -> bool);

static CHECKS: [Check; 31] = [
    ("dangling-service", |it, all| !is(it, "Service") || pods(all).any(|pod| selects(&it["spec"]["selector"], pod))),
    ("deprecated-service-account-field", |it, _| pod(it).is_none_or(|it| it.get("serviceAccount").is_none())),
    ("docker-sock", |it, _| host_paths(it).iter().all(|it| !it.ends_with("docker.sock"))),
    ("drop-net-raw-capability", |it, _| {
        let drops = |it: &Value| {
            texts(&it["securityContext"]["capabilities"]["drop"]).iter().any(|it| it == "ALL" || it == "NET_RAW")
        };
        containers(it).iter().all(drops)
    }),
    ("duplicate-env-var", |it, _| {
        containers(it).iter().all(|it| {
            let names: Vec<String> = list(&it["env"]).iter().map(|it| text(&it["name"])).collect();
            names.iter().collect::<BTreeSet<_>>().len() == names.len()
        })
    }),
    ("env-var-secret", |it, _| {
        let is_raw = |it: &Value| text(&it["name"]).to_lowercase().contains("secret") && !text(&it["value"]).is_empty();
        !containers(it).iter().any(|it| list(&it["env"]).iter().any(is_raw))
    }),
    ("host-ipc", |it, _| !pod(it).is_some_and(|it| it["hostIPC"] == true)),
    ("host-network", |it, _| !pod(it).is_some_and(|it| it["hostNetwork"] == true)),
    ("host-pid", |it, _| !pod(it).is_some_and(|it| it["hostPID"] == true)),
    ("invalid-target-ports", |it, _| {
        let named = containers(it).into_iter().flat_map(|it| list(&it["ports"]).to_vec()).map(|it| it["name"].clone());
        let targets = list(&it["spec"]["ports"]).iter().map(|it| it["targetPort"].clone());
        named.chain(targets).filter(Value::is_string).all(|it| is_port_name(&text(&it)))
    }),
    // The clock removes what it started by its history limits, and nobody else what stands alone.
    ("job-ttl-seconds-after-finished", |it, _| match text(&it["kind"]).as_str() {
        "Job" => it["spec"].get("ttlSecondsAfterFinished").is_some(),
        "CronJob" => it["spec"]["jobTemplate"]["spec"].get("ttlSecondsAfterFinished").is_none(),
        _ => true,
    }),
    ("latest-tag", |it, _| {
        let is_fixed = |image: &str| {
            let last = image.rsplit('/').next().unwrap_or_default();
            last.contains('@') || last.split_once(':').is_some_and(|(_, tag)| tag != "latest")
        };
        containers(it).iter().all(|it| is_fixed(&text(&it["image"])))
    }),
    ("liveness-port", |it, _| probes_are_open(it, "livenessProbe")),
    ("mismatching-selector", |it, _| {
        template(it).is_none_or(|template| {
            it["spec"].get("selector").is_none_or(|selector| {
                !selector["matchLabels"].is_null() && selects(&selector["matchLabels"], &template)
            })
        })
    }),
    ("no-anti-affinity", |it, _| {
        let many = it["spec"]["replicas"].as_i64().is_some_and(|it| it > 1);
        !many || pod(it).is_none_or(|it| !it["affinity"]["podAntiAffinity"].is_null())
    }),
    ("no-extensions-v1beta", |it, _| !text(&it["apiVersion"]).starts_with("extensions/")),
    ("no-read-only-root-fs", |it, _| {
        containers(it).iter().all(|it| it["securityContext"]["readOnlyRootFilesystem"] == true)
    }),
    ("non-existent-service-account", |it, all| {
        pod(it).is_none_or(|pod| {
            let name = text(&pod["serviceAccountName"]);
            name == "default"
                || name.is_empty()
                || all.iter().any(|it| is(it, "ServiceAccount") && text(&it["metadata"]["name"]) == name)
        })
    }),
    ("pdb-max-unavailable", |it, _| {
        !is(it, "PodDisruptionBudget") || !matches!(text(&it["spec"]["maxUnavailable"]).as_str(), "0" | "0%")
    }),
    ("pdb-min-available", |it, all| {
        if !is(it, "PodDisruptionBudget") {
            return true;
        }
        let least = it["spec"]["minAvailable"].as_i64().unwrap_or(0);
        let chosen =
            |other: &&Value| template(other).is_some_and(|pod| selects(&it["spec"]["selector"]["matchLabels"], &pod));
        text(&it["spec"]["minAvailable"]) != "100%"
            && all.iter().filter(chosen).all(|it| it["spec"]["replicas"].as_i64().unwrap_or(2) > least)
    }),
    ("pdb-unhealthy-pod-eviction-policy", |it, _| {
        !is(it, "PodDisruptionBudget") || it["spec"].get("unhealthyPodEvictionPolicy").is_some()
    }),
    ("privilege-escalation-container", |it, _| {
        containers(it).iter().all(|it| it["securityContext"]["allowPrivilegeEscalation"] == false)
    }),
    ("privileged-container", |it, _| !containers(it).iter().any(|it| it["securityContext"]["privileged"] == true)),
    ("readiness-port", |it, _| probes_are_open(it, "readinessProbe")),
    ("run-as-non-root", |it, _| {
        pod(it).is_none_or(|pod| {
            containers(it).iter().all(|it| {
                let either = |key: &str| it["securityContext"].get(key).or(pod["securityContext"].get(key)).cloned();
                either("runAsUser").is_none_or(|it| it.as_i64() != Some(0))
                    && either("runAsNonRoot") == Some(true.into())
            })
        })
    }),
    ("sensitive-host-mounts", |it, _| {
        let sensitive = ["/", "/boot", "/dev", "/etc", "/lib", "/proc", "/sys", "/usr"];
        host_paths(it).iter().all(|it| !sensitive.contains(&it.as_str()))
    }),
    ("ssh-port", |it, _| {
        !containers(it).iter().any(|it| list(&it["ports"]).iter().any(|it| it["containerPort"] == 22))
    }),
    ("startup-port", |it, _| probes_are_open(it, "startupProbe")),
    ("unsafe-sysctls", |it, _| {
        let unsafe_ones = ["kernel.msg", "kernel.sem", "kernel.shm", "fs.mqueue.", "net."];
        let sysctls = pod(it).map(|it| list(&it["securityContext"]["sysctls"]).to_vec()).unwrap_or_default();
        !sysctls.iter().any(|it| unsafe_ones.iter().any(|stem| text(&it["name"]).starts_with(stem)))
    }),
    ("unset-cpu-requirements", |it, _| {
        containers(it).iter().all(|it| !text(&it["resources"]["requests"]["cpu"]).is_empty())
    }),
    ("unset-memory-requirements", |it, _| {
        containers(it).iter().all(|it| !text(&it["resources"]["limits"]["memory"]).is_empty())
    }),
];

fn is(object: &Value, kind: &str) -> bool {
    object["kind"] == kind
}

fn text(value: &Value) -> String {
    match value {
        Value::String(it) => it.clone(),
        Value::Number(it) => it.to_string(),
        _ => String::new(),
    }
}

fn list(value: &Value) -> &[Value] {
    value.as_sequence().map_or(&[], Vec::as_slice)
}

fn texts(value: &Value) -> Vec<String> {
    list(value).iter().map(text).collect()
}

/// Returns the template of the pods that an object makes.
fn template(object: &Value) -> Option<Value> {
    let spec = &object["spec"];
    let spec = if is(object, "CronJob") { &spec["jobTemplate"]["spec"] } else { spec };
    spec.get("template").cloned()
}

fn pod(object: &Value) -> Option<Value> {
    Some(template(object)?["spec"].clone())
}

fn pods(all: &Objects) -> impl Iterator<Item = Value> {
    all.iter().filter_map(template)
}

fn containers(object: &Value) -> Vec<Value> {
    let Some(pod) = pod(object) else { return Vec::new() };
    ["initContainers", "containers"].iter().flat_map(|it| list(&pod[*it]).to_vec()).collect()
}

fn host_paths(object: &Value) -> Vec<String> {
    let volumes = pod(object).map(|it| list(&it["volumes"]).to_vec()).unwrap_or_default();
    volumes.iter().map(|it| text(&it["hostPath"]["path"])).filter(|it| !it.is_empty()).collect()
}

fn selects(selector: &Value, template: impl std::borrow::Borrow<Value>) -> bool {
    let labels = &template.borrow()["metadata"]["labels"];
    selector.as_mapping().is_some_and(|it| it.iter().all(|(key, value)| labels.get(key) == Some(value)))
}

fn is_port_name(name: &str) -> bool {
    (1..=15).contains(&name.len())
        && name.bytes().all(|it| it.is_ascii_lowercase() || it.is_ascii_digit() || it == b'-')
        && name.bytes().any(|it| it.is_ascii_lowercase())
}

/// Returns whether what a probe asks for is a port that its container names.
fn probes_are_open(object: &Value, probe: &str) -> bool {
    containers(object).iter().all(|container| {
        let asked =
            ["httpGet", "tcpSocket", "grpc"].iter().map(|it| &container[probe][*it]["port"]).find(|it| !it.is_null());
        asked.is_none_or(|port| {
            list(&container["ports"]).iter().any(|it| it["containerPort"] == *port || it["name"] == *port)
        })
    })
}

/// Returns the objects of every golden environment, with its folder. An overlay has its base's, and its own patches on
/// them are no objects.
fn environments() -> Vec<(String, Vec<Value>)> {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("golden");
    let (mut found, mut open) = (Vec::new(), vec![root]);
    while let Some(folder) = open.pop() {
        let mut objects: Vec<Value> = Vec::new();
        for entry in std::fs::read_dir(&folder).unwrap().map(Result::unwrap) {
            let path = entry.path();
            let name = path.file_name().unwrap().to_string_lossy().to_string();
            if path.is_dir() {
                open.push(path);
            } else if name.ends_with(".yaml")
                && name != "kustomization.yaml"
                && folder.to_string_lossy().contains("k8s")
            {
                let text = std::fs::read_to_string(&path).unwrap();
                objects.extend(text.split("---\n").map(|it| yaml_serde::from_str::<Value>(it).unwrap()));
            }
        }
        if folder.to_string_lossy().contains("overlays") {
            objects.retain(|it| template(it).is_none_or(|it| !it["spec"]["serviceAccountName"].is_null()));
        }
        // The example of hostile values is one service without `harden`.
        if !objects.is_empty() && !folder.ends_with("golden/values/k8s") {
            found.push((folder.to_string_lossy().replace('\\', "/"), objects));
        }
    }
    assert!(found.len() >= 8, "only {} environments", found.len());
    found
}

#[test]
fn generated_manifests_meet_every_default_check_or_say_why_not() {
    let (mut problems, mut excused) = (BTreeSet::new(), BTreeSet::new());
    for (folder, objects) in environments() {
        for object in &objects {
            for (name, passes) in &CHECKS {
                if passes(object, &objects) {
                    continue;
                }
                let reason = text(&object["metadata"]["annotations"][format!("ignore-check.kube-linter.io/{name}")]);
                let line = format!("{folder}: {} {}: {name}", text(&object["kind"]), text(&object["metadata"]["name"]));
                if reason.len() < 10 {
                    problems.insert(line)
                } else {
                    excused.insert(line)
                };
            }
        }
    }
    assert!(problems.is_empty(), "{problems:#?}");
    assert!(excused.len() < 10, "{excused:#?}");
}

/// A check that cannot fail proves nothing.
#[test]
fn every_check_fails_on_an_object_that_breaks_it() {
    let bad = "
kind: Deployment
apiVersion: extensions/v1beta1
metadata: {name: bad}
spec:
  replicas: 2
  selector: {matchLabels: {app: other}}
  template:
    metadata: {labels: {app: bad}}
    spec:
      serviceAccount: x
      serviceAccountName: nobody
      hostIPC: true
      hostNetwork: true
      hostPID: true
      securityContext: {sysctls: [{name: net.core.somaxconn, value: '1'}]}
      volumes: [{name: a, hostPath: {path: /var/run/docker.sock}}, {name: b, hostPath: {path: /etc}}]
      containers:
        - name: c
          image: app
          securityContext: {privileged: true}
          env: [{name: A_SECRET, value: x}, {name: A_SECRET, value: x}]
          ports: [{containerPort: 22, name: This-Is-No-Port-Name}]
          livenessProbe: {httpGet: {port: 1}}
          readinessProbe: {tcpSocket: {port: 2}}
          startupProbe: {httpGet: {port: three}}
---
kind: Service
metadata: {name: nothing}
spec: {selector: {app: nothing}}
---
kind: Job
metadata: {name: stays}
spec: {template: {spec: {}}}
---
kind: PodDisruptionBudget
metadata: {name: never}
spec: {maxUnavailable: 0, minAvailable: 100%}
";
    let objects: Vec<Value> = bad.split("---\n").map(|it| yaml_serde::from_str(it).unwrap()).collect();
    let silent = CHECKS.iter().filter(|(_, passes)| objects.iter().all(|it| passes(it, &objects)));
    assert_eq!(silent.map(|it| it.0).collect::<Vec<_>>(), [""; 0]);
}
