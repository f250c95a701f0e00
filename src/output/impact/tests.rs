//! Tests of the effects.

use super::*;

fn said(engine: Engine, before: &str, after: &str) -> Vec<String> {
    let mut effects = compose::effects(engine, before, after);
    effects.sort();
    effects.reverse();
    let line = |it: &Effect| format!("{}: {}: {}", it.service.as_deref().unwrap_or("-"), it.impact.words(), it.reason);
    effects.iter().map(line).collect()
}

/// Puts one service's body into a file.
fn web(body: &str) -> String {
    format!("services:\n  web: {body}\nvolumes: {{pg: , other: }}\n")
}

#[test]
fn comments_order_and_quotes_change_nothing() {
    let before = "# old\nservices:\n  web: {image: a, ports: ['80:80']}\n";
    let after = "services:\n  web:\n    # new\n    ports:\n      - 80:80\n    image: \"a\"\n";
    assert!(said(Engine::Compose, before, after).is_empty());
}

#[test]
fn every_kind_of_change_has_its_class() {
    use Engine::{Compose, Swarm};
    let start_first = "update_config: {order: start-first}";
    for (engine, before, after, expected) in [
        (Compose, "{image: a}", "{image: b}", "web: downtime: image changes"),
        (Swarm, "{image: a}", "{image: b}", "web: downtime: image changes"),
        (
            Swarm,
            "{image: a, deploy: {replicas: 2}}",
            "{image: b, user: x, deploy: {replicas: 2}}",
            "web: rolling restart: image, user change",
        ),
        (
            Swarm,
            "{image: a}",
            &format!("{{image: b, deploy: {{{start_first}}}}}"),
            "web: rolling restart: image changes",
        ),
        (Compose, "{image: a, depends_on: [x]}", "{image: a}", ""),
        (Swarm, "{image: a}", "{image: a, deploy: {labels: {x: y}}}", "web: reload: the proxy takes up its new labels"),
        (Compose, "{image: a}", "{image: a, labels: {x: y}}", "web: downtime: labels changes"),
        (Swarm, "{image: a}", "{image: a, ports: [80]}", "web: reload: its published ports change"),
        (Compose, "{image: a}", "{image: a, deploy: {replicas: 3}}", "web: none: it is scaled to 3"),
        (Swarm, "{image: a}", "{image: a, deploy: {replicas: 0}}", "web: downtime: it is scaled to 0"),
        (Swarm, "{image: a}", &format!("{{image: a, deploy: {{{start_first}}}}}"), ""),
        (
            Compose,
            "{image: a, deploy: {resources: {limits: {cpus: '1'}}}}",
            "{image: a}",
            "web: downtime: deploy.resources changes",
        ),
    ] {
        assert_eq!(said(engine, &web(before), &web(after)).join("; "), expected, "{before} to {after}");
    }
}

#[test]
fn data_that_the_new_version_would_not_see_is_at_risk() {
    let mounted = |image: &str, mount: &str| web(&format!("{{image: '{image}', volumes: [{mount}]}}"));
    let long = "{type: volume, source: pg, target: /data}";
    for (before, after, expected) in [
        (
            mounted("a", "pg:/data"),
            mounted("a", "pg:/other"),
            "web: data at risk: the volume `pg` moves from /data to /other",
        ),
        (
            mounted("a", long),
            mounted("a", "other:/data"),
            "web: data at risk: `other` takes the place of the volume `pg` at /data",
        ),
        (mounted("a", long), web("{image: a}"), "web: data at risk: the volume `pg` is no longer mounted at /data"),
        (
            mounted("postgres:16-alpine", "pg:/data"),
            mounted("docker.io/library/postgres:17", "pg:/data"),
            "web: data at risk: postgres 17 does not read the data of postgres 16 as it is: migrate it first",
        ),
    ] {
        let said = said(Engine::Compose, &before, &after);
        assert_eq!(said[0], expected);
    }
    let patch = said(Engine::Compose, &mounted("postgres:17.1", "pg:/data"), &mounted("postgres:17.2", "pg:/data"));
    assert_eq!(patch, ["web: downtime: image changes"]);
    assert!(said(Engine::Compose, &mounted("a", long), &mounted("a", "pg:/data"))[0].starts_with("web: downtime"));
}

#[test]
fn what_is_outside_of_services_counts_too() {
    let before = "name: a\nservices: {web: {image: x, configs: [c]}}\nnetworks: {n: {driver: bridge}}\n\
                  volumes: {pg: {name: one}}\nconfigs: {c: {file: ./a}}\n";
    let after = "name: b\nservices: {web: {image: x, configs: [c]}, new: {image: y}}\nnetworks: {n: {driver: overlay}}\n\
                 volumes: {pg: {name: two}}\nconfigs: {c: {file: ./b}}\n";
    assert_eq!(
        said(Engine::Compose, before, after),
        [
            "-: data at risk: the volume `pg` gets another name: the data stays behind in the old one",
            "-: data at risk: the project gets another name, and with it empty volumes",
            "web: downtime: `c` changes",
            "-: downtime: the network `n` is made anew",
            "new: none: it is new",
        ]
    );
    assert_eq!(
        said(Engine::Compose, "services: {a: {image: x}}\n", "services: {}\n"),
        ["a: downtime: it is no longer part of the system"]
    );
}

#[test]
fn an_env_file_reaches_those_who_read_it() {
    let text = "services:\n  web: {env_file: [../.env.prod]}\n  api: {image: 'x:${TAG:-1}'}\n  db: {image: y}\n";
    let environments = ["prod".to_string()];
    let file = [compose::File::read("deploy/c.yml", Engine::Compose, text, &environments)];
    let effects = |of: &[String], before, after| {
        let effects = env::effects(".env.prod", of, (before, after), &file);
        effects.iter().map(|it| format!("{:?}: {}", it.service, it.reason)).collect::<Vec<_>>()
    };
    let both = ["Some(\"web\"): .env.prod changes", "Some(\"api\"): TAG changes"];
    assert_eq!(effects(&environments, "TAG=1\n", "TAG=2\n"), both);
    assert_eq!(effects(&environments, "X=1\n", "X=2\n"), both[..1]);
    assert!(effects(&environments, "# old\nX=1\n", "X=1\n").is_empty());
    assert_eq!(effects(&["dev".to_string()], "", "TAG=\nX=\n"), ["None: new in it: TAG, X"]);
}
