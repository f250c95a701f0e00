//! Spec to IR: one fully linked picture per environment, in which every value knows where it came from.
//!
//! The passes, in order: [`include`] merges files into one tree; `like` is applied on trees ([`merge`]), so that a
//! value keeps its own place; then for each environment its patches are merged, the services decoded and resolved
//! ([`environment`], [`service`]), texts filled in ([`text`]), and the whole linked and judged ([`link`]).

mod address;
mod around;
mod blue_green;
mod chosen;
pub mod codes;
mod context;
mod deploy;
mod environment;
mod health;
pub mod include;
mod ingress;
mod kubernetes;
mod link;
mod mended;
pub mod merge;
mod mount;
mod names;
mod parts;
mod places;
mod route;
mod runtime;
mod service;
pub mod text;
mod units;
mod variables;

use std::collections::HashSet;

use indexmap::IndexMap;

use crate::diag::{Diagnostic, Diags, Level, Reported, did_you_mean};
use crate::files::Files;
use crate::ir::{Layer, System};
use crate::source::{Span, Spanned};
use crate::spec::decode::{Context, Decode};
use crate::spec::variable::{Scope, Variable};
use crate::spec::{BAD_VERSION, Spec, UNKNOWN_KEY};
use crate::syntax::node::{Node, Value};
use environment::Input;
use places::Places;

/// Resolves a spec.
///
/// # Errors
/// If anything is wrong with it; everything that can be told at once is in `diags`.
pub fn resolve(root: &Node, name: &str, files: &dyn Files, diags: &mut Diags) -> Result<System, Reported> {
    let mut spec = Spec::decode(root, &mut Context::new(diags)).unwrap_or_default();
    let mended = mended::mended(root, diags);
    if let Some(root) = &mended {
        spec = Spec::decode(root, &mut Context::new(diags)).unwrap_or_default();
    }
    let root = mended.as_ref().unwrap_or(root);
    // A key too many spoils nothing else, so the other mistakes are told in the same run.
    if diags.list().iter().any(|it| it.level == Level::Error && it.code != UNKNOWN_KEY) {
        diags.ok()?;
    }
    version(&spec, diags)?;
    let services = like(root, diags)?;
    let places = Places::new(root);
    let hashes = mount::Hashes::default();
    let variables = environment::declared(&spec);
    let groups = variables::Shared::new(&spec);
    let input = Input {
        spec: &spec,
        root,
        services: &services,
        places: &places,
        files,
        hashes: &hashes,
        groups: &groups,
        variables,
    };
    // One after the other: what is decoded for one is gone before the next. The services of each are done side by side.
    let written = spec.environments.iter();
    let environments = written.map(|(name, it)| environment::environment(&input, name, it, diags)).collect();
    let mut system = System {
        name: spec.system.as_ref().and_then(|it| it.name.as_ref()).map_or_else(String::new, |it| it.value.to_string()),
        about: spec.system.as_ref().and_then(|it| it.about.as_ref()).map(|it| it.value.to_string()),
        spec: name.to_string(),
        environments,
        secrets: deploy::store(&spec),
        ..System::default()
    };
    around::around(&mut system, &spec, &input.variables, files, diags);
    names::names(&system, diags);
    layers(&system, diags);
    unused_variables(&input, &system, diags);
    diags.ok()?;
    Ok(system)
}

fn version(spec: &Spec, diags: &mut Diags) -> Result<(), Reported> {
    match &spec.specc {
        Some(it) if it.value != 1 => {
            let message = format!("this specc knows version 1 of the language, not {}", it.value);
            Err(diags.error(Diagnostic::new(BAD_VERSION, Level::Error, it.span, message).help("write `specc: 1`")))
        }
        _ => Ok(()),
    }
}

/// Applies `like` to every service.
fn like(root: &Node, diags: &mut Diags) -> Result<IndexMap<String, (Span, Node)>, Reported> {
    let mut written: IndexMap<&str, (Span, &Node)> = IndexMap::new();
    for entry in root.get("services").and_then(Node::as_map).iter().flat_map(|it| &it.entries) {
        written.insert(&entry.key, (entry.key_span, &entry.value));
    }
    let mut done: IndexMap<&str, Node> = IndexMap::new();
    for &name in written.keys() {
        // The way from this service to one that is done or like nobody; then back, merging.
        let mut way: Vec<&str> = Vec::new();
        let mut next = Some(name);
        while let Some(at) = next.filter(|it| !done.contains_key(it)) {
            if way.contains(&at) {
                let circle = [&way[..], &[at]].concat().join(" → ");
                let span = written[at].1.get("like").map_or(written[at].0, Node::place);
                return Err(diags.error(
                    Diagnostic::new(codes::BAD_LIKE, Level::Error, span, format!("`like` goes in a circle: {circle}"))
                        .help("let one of them say what it runs itself"),
                ));
            }
            way.push(at);
            next = match written[at].1.get("like").filter(|it| !it.is_null()) {
                Some(like) => Some(known(like, &written, diags)?),
                None => None,
            };
        }
        for at in way.into_iter().rev() {
            let node = written[at].1;
            let base = node.get("like").and_then(Node::as_text).and_then(|it| done.get(it));
            let merged = base.map_or_else(|| node.clone(), |it| merge::service(&merge::inherited(it), node));
            done.insert(at, merged);
        }
    }
    Ok(written.into_iter().map(|(name, (span, _))| (name.to_string(), (span, done[name].clone()))).collect())
}

fn known<'a>(like: &Node, written: &IndexMap<&'a str, (Span, &Node)>, diags: &mut Diags) -> Result<&'a str, Reported> {
    let name = like.as_text().unwrap_or_default();
    if let Some((name, _)) = written.get_key_value(name) {
        return Ok(name);
    }
    let error = Diagnostic::new(codes::BAD_LIKE, Level::Error, like.place(), format!("no service is called `{name}`"));
    Err(diags.error(match did_you_mean(name, written.keys().copied()) {
        Some(near) => error.help(format!("did you mean `{near}`?")).also(written[near].0, "declared here"),
        None => error.help("`like` names another service under `services`"),
    }))
}

/// An overlay needs one base, and every file one environment.
fn layers(system: &System, diags: &mut Diags) {
    let bases: Vec<_> = system.environments.iter().filter(|it| it.layer == Layer::Base).collect();
    if let [first, second, ..] = bases.as_slice() {
        let message = format!("`{}` and `{}` are both the base", first.name, second.name);
        let error = Diagnostic::new(codes::BAD_LAYER, Level::Error, second.span, message);
        diags.push(
            error
                .also(first.span, "the first one")
                .help("overlays are laid over one base; make the other `standalone`"),
        );
    }
    for overlay in system.environments.iter().filter(|it| it.layer == Layer::Overlay && bases.is_empty()) {
        let message = format!("the overlay `{}` has no base to lie on", overlay.name);
        let error = Diagnostic::new(codes::BAD_LAYER, Level::Error, overlay.span, message);
        diags.push(
            error.help("add `base: {target: compose, layer: base}` under `environments`, or drop `layer: overlay`"),
        );
    }
    for (at, environment) in system.environments.iter().enumerate() {
        if let Some(other) = system.environments[..at].iter().find(|it| it.file.value == environment.file.value) {
            let message =
                format!("`{}` and `{}` both write `{}`", other.name, environment.name, environment.file.value);
            let span = environment.file.origin.span().unwrap_or(environment.span);
            let error = Diagnostic::new(codes::BAD_LAYER, Level::Error, span, message);
            diags.push(error.also(other.span, "the other one").help("give each environment a `file` of its own"));
        }
    }
}

/// A variable that no service asks for and no text refers to does nothing.
fn unused_variables(input: &Input<'_>, system: &System, diags: &mut Diags) {
    let Input { spec, root, variables, .. } = input;
    let is_in_question = |(name, it): &(&String, &Spanned<Variable>)| {
        it.value.scope != Some(Scope::Deploy) && !variables.get(*name).is_some_and(|it| it.is_used())
    };
    let written = spec.vars.groups.values().flat_map(|it| &it.value.variables);
    let in_question: Vec<_> = written.filter(is_in_question).collect();
    if in_question.is_empty() {
        return;
    }
    // What was resolved is known; a variable may also be delivered by its name, or stand in what is passed on as it is.
    let services = system.environments.iter().flat_map(|it| &it.services);
    let delivered: HashSet<&str> = services.flat_map(|it| &it.environment).map(|it| &*it.name).collect();
    let mut referred = HashSet::new();
    references(root, &mut referred);
    for (name, variable) in in_question {
        if delivered.contains(name.as_str()) || referred.contains(name.as_str()) {
            continue;
        }
        let message = format!("no service asks for `{name}`, and nothing refers to it");
        let info = Diagnostic::new(codes::UNUSED_VARIABLE, Level::Info, variable.span, message);
        diags.push(info.help("let a service ask for its group under `vars`, or remove it"));
    }
}

/// Collects the names in all `${NAME…}` of a tree.
fn references<'a>(node: &'a Node, found: &mut HashSet<&'a str>) {
    match &node.value {
        Value::Map(map) => map.entries.iter().for_each(|it| references(&it.value, found)),
        Value::Seq(items) => items.iter().for_each(|it| references(it, found)),
        Value::Scalar(scalar) => {
            for at in memchr::memchr_iter(b'$', scalar.text.as_bytes()) {
                let Some(rest) = scalar.text[at + 1..].strip_prefix('{') else { continue };
                let end = rest.find(|it: char| !it.is_ascii_alphanumeric() && it != '_').unwrap_or(rest.len());
                found.insert(&rest[..end]);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::InMemory;
    use crate::ir::service::Condition;
    use crate::origin::Origin;
    use crate::source::Sources;

    /// Resolves a spec with a few files around it; returns the system and the messages as `line: message`.
    fn run(spec: &str) -> (Option<System>, Vec<String>) {
        let files = InMemory::new([("specc.yaml", spec), ("init.sql", "select 1;\n"), ("src/app.py", "")]);
        let (mut sources, mut diags) = (Sources::default(), Diags::default());
        let root = include::load(&files, "specc.yaml", &mut sources, &mut diags);
        let system = root.and_then(|it| resolve(&it, "specc.yaml", &files, &mut diags).ok());
        let said = diags.list().iter().filter(|it| it.level > Level::Info).map(|it| {
            let line = it.span().map_or(0, |it| sources.start(it).line);
            let also: Vec<String> = it.related.iter().map(|it| sources.start(it.span).line.to_string()).collect();
            let also = if also.is_empty() { String::new() } else { format!(" [{}]", also.join(",")) };
            let help = it.help.as_ref().map_or_else(String::new, |it| format!(" ({it})"));
            format!("{line}{also}: {}{help}", it.message)
        });
        (system, said.collect())
    }

    const HEAD: &str = "specc: 1\nsystem: {name: demo}\nvars:\n  app:\n    TAG: {default: latest, scope: deploy}\n    URL: {default: \"http://localhost\", inside: \"http://@{web.addr}\"}\nenvironments:\n  local: {target: compose, env_files: [.env]}\n";

    fn errors(services: &str) -> Vec<String> {
        run(&format!("{HEAD}services:\n{services}")).1
    }

    /// Services, and what is said of them: `line [other line]: message (help)`.
    const MISTAKES: &[(&str, &str)] = &[
        (
            "  web: {image: x, needs: {bd: started}}\n  db: {image: y}\n",
            "10 [11]: no service is called `bd` (did you mean `db`?)",
        ),
        (
            "  web: {image: x, port: 80, vars: [ap]}\n",
            "10: no group and no variable is called `ap` (did you mean `app`?)",
        ),
        (
            "  web: {image: \"x:${TGA}\"}\n",
            "10 [5]: the variable `TGA` is used here and declared nowhere under `vars` (did you mean `TAG`?)",
        ),
        (
            "  web: {image: x, publish: [\"80:80\"]}\n  api: {image: y, publish: [\"80:8000\"]}\n",
            "11 [10]: host port 80 is already taken by `web` (in environment `local` both run on one host: give one of them another host port)",
        ),
        (
            "  web:\n    image: x\n    singleton: true\n    replicas: 2\n",
            "13 [12]: `web` may run only once, and here it may be more (write `replicas: 1`, or drop `singleton`)",
        ),
        (
            "  web: {image: x, mounts: [\"./int.sql:/i.sql\"]}\n",
            "10: nothing is at `./int.sql`, which `web` mounts (did you mean `./init.sql`?)",
        ),
        (
            "  web: {image: x, mounts: [\"../up:/i\"]}\n",
            "10: `../up` leads out of the tree (mount something below the spec's directory, or an absolute path of the host)",
        ),
        (
            "  web: {image: x, needs: {db: healthy}}\n  db: {image: y}\n",
            "10 [11]: `db` has no health check, so it never becomes healthy (give `db` a `health`, or wait for `started`)",
        ),
        (
            "  a: {image: x, needs: [b]}\n  b: {image: x, needs: [a]}\n",
            "10 [11]: these services wait for each other: a → b → a (drop one of these needs)",
        ),
        (
            "  a: {like: b}\n  b: {like: a}\n",
            "10: `like` goes in a circle: a → b → a (let one of them say what it runs itself)",
        ),
        ("  web: {imagee: x}\n", "10: a service has no field `imagee` (did you mean `image`?)"),
        ("  web: {image: x, command: x}\n", "10: a service has no field `command` (did you mean `run`?)"),
        (
            "  web: {image: x, health: {http: /h}}\n",
            "10: this check has no port to ask: the service has none (give the service a `port`, or write `http: {port: 8000, path: /health}`)",
        ),
        (
            "  job: {image: x, kind: job}\n",
            "10: nothing waits for the job `job` to be done (let the service that relies on it say `needs: {job: done}`)",
        ),
        (
            "  web: {image: x, networks: [edge]}\n",
            "10: no network is called `edge` (declare it under `networks`: `edge: {}`)",
        ),
        (
            "  web: {image: x, stop_grace: 5}\n",
            "10: `5` is not a time (write a time, such as `30s`, `1m30s` or `500ms`)",
        ),
        (
            "  web: {image: x, health: {http: {path: /h}}, log: json}\n",
            "10: expected a log (a map), found text (it has `driver`, `max_size`, `max_files`, `options`)",
        ),
        (
            "  web:\n    image: x\n    resources:\n      gpu: {count: 1,\n        ids: [\"0\"]}\n",
            "14 [13]: a choice of graphics processors has only one of `count`, `cdi`, `ids` (drop `count` or `ids`)",
        ),
        (
            "  web: {image: x, resources: {gpu: {}}}\n",
            "10: a choice of graphics processors needs one of `count`, `cdi`, `ids`",
        ),
        ("  web: {image: x, init: yes}\n", "10: expected `true` or `false`, found text (did you mean `true`?)"),
        (
            "  web: {port: 80}\n",
            "10: `web` has no image (give it `image:`, or `build:` with a name under `images`, or `like:` another service)",
        ),
    ];

    #[test]
    fn every_mistake_names_its_place_the_other_place_and_a_way_out() {
        for (services, said) in MISTAKES {
            let found = errors(services);
            assert!(found.iter().any(|it| it == said), "{services}\n{found:#?}");
        }
    }

    #[test]
    fn a_slip_is_told_once_and_not_again_by_all_that_follows_from_it() {
        let said = errors(
            "  job: {image: x, kind: job}\n  web: {biuld: web, port: 80, needs: {jobb: done}, health: {tpc: 80}}\n",
        );
        let slips = ["no field `biuld`", "no service is called `jobb`", "no field `tpc`", "no image is called `web`"];
        assert_eq!(said.len(), slips.len(), "{said:#?}");
        assert!(slips.iter().all(|slip| said.iter().any(|it| it.contains(slip))), "{said:#?}");
        let said =
            errors("  web: {image: x, port: 99999, health: {http: /, client: curl}, env: {A: \"@{web.addr}\"}}\n");
        assert_eq!(said.len(), 1, "{said:#?}");
        let said = errors("  api: nginx\n  web: {image: x, port: 80, needs: [api]}\n");
        assert_eq!(said.len(), 1, "{said:#?}");
    }

    #[test]
    fn a_secret_with_a_value_in_the_spec_is_an_error_with_both_places() {
        let (_, said) = run(
            "specc: 1\nsystem: {name: d}\nvars:\n  app:\n    KEY:\n      secret: true\n      default: hunter2\nenvironments: {l: {target: compose}}\n",
        );
        assert!(said[0].starts_with("7 [5]: the secret `KEY` has a value in the spec"), "{said:?}");
        assert!(!said.concat().contains("hunter2"));
    }

    #[test]
    fn values_know_whether_they_are_written_inherited_or_patched() {
        let (system, said) = run(&format!(
            "{HEAD}  prod: {{target: compose, env_files: [.env], services: {{api: {{user: \"1000\"}}}}}}\nservices:\n  web:\n    image: x\n    user: root\n    init: true\n    port: 80\n  api:\n    like: web\n    image: y\n"
        ));
        let system = system.unwrap_or_else(|| panic!("{said:?}"));
        let api = system.environments[1].service("api").unwrap();
        assert!(
            matches!(&api.user.as_ref().unwrap().origin, Origin::Patched { environment, .. } if **environment == "prod")
        );
        assert!(matches!(&api.init.as_ref().unwrap().origin, Origin::Inherited { from, .. } if **from == "web"));
        assert!(matches!(&api.image.as_ref().unwrap().origin, Origin::Written(_)));
        let local = system.environments[0].service("api").unwrap();
        assert_eq!(local.user.as_ref().unwrap().value.as_literal(), Some("root"));
    }

    #[test]
    fn a_patch_merges_mounts_by_target_and_ports_by_container_port() {
        let (system, said) = run(&format!(
            "{HEAD}  dev:\n    target: compose\n    env_files: [.env]\n    services:\n      db: {{mounts: [\"./init.sql:/init.sql\", \"other:/data\"], publish: [\"5433:5432\"], health: {{every: 1s}}}}\nservices:\n  web: {{image: w, port: 80}}\n  db: {{image: x, port: 5432, mounts: [\"data:/data\"], publish: [\"5432:5432\"], health: {{postgres: true, tries: 3}}}}\n"
        ));
        let system = system.unwrap_or_else(|| panic!("{said:?}"));
        let db = system.environments[1].service("db").unwrap();
        assert_eq!(db.mounts.iter().map(|it| it.target.as_str()).collect::<Vec<_>>(), ["/data", "/init.sql"]);
        assert_eq!(db.publish.len(), 1);
        assert_eq!(db.publish[0].published.as_ref().unwrap().as_literal(), Some("5433"));
        let health = &db.health.as_ref().unwrap().value;
        assert_eq!((health.tries.as_ref().unwrap().value, health.every.as_ref().unwrap().value.millis), (3, 1000));
        assert!(health.probe.is_some());
    }

    #[test]
    fn a_need_without_a_word_waits_for_the_strongest_condition() {
        let (system, said) = run(&format!(
            "{HEAD}services:\n  job: {{image: x, kind: job}}\n  db: {{image: x, port: 1, health: {{tcp: 1}}}}\n  q: {{image: x}}\n  web: {{image: x, port: 80, needs: [job, db, q]}}\n"
        ));
        let system = system.unwrap_or_else(|| panic!("{said:?}"));
        let needs: Vec<Condition> =
            system.environments[0].service("web").unwrap().needs.iter().map(|it| it.condition).collect();
        assert_eq!(needs, [Condition::Done, Condition::Healthy, Condition::Started]);
    }

    #[test]
    fn includes_are_merged_below_and_circles_refused() {
        let files = InMemory::new([
            ("specc.yaml", "specc: 1\ninclude: [b.yaml]\nsystem: {name: a}\n"),
            ("b.yaml", "system: {name: b, about: hi}\ninclude: specc.yaml\n"),
        ]);
        let (mut sources, mut diags) = (Sources::default(), Diags::default());
        let root = include::load(&files, "specc.yaml", &mut sources, &mut diags).unwrap();
        assert_eq!(root.at(&["system", "name"]).unwrap().as_text(), Some("a"));
        assert_eq!(root.at(&["system", "about"]).unwrap().as_text(), Some("hi"));
        assert_eq!(diags.list()[0].message, "this include goes in a circle: specc.yaml → b.yaml → specc.yaml");
    }
}
