//! Holds the judge against two tables: objects that every API server takes, and what breaks them.
//!
//! `tests/realtools/prove/kubernetes_rules.sh` runs the same tables against a real API server.

use super::*;
use crate::diag::Diags;
use crate::source::FileId;
use crate::syntax::node::{self, Entry, Map, Node, Value};
use crate::syntax::yaml;
use crate::syntax::yaml_out::Yaml;

const VALID: &str = include_str!("../../tests/data/kubernetes/valid.yaml");
const FAULTS: &str = include_str!("../../tests/data/kubernetes/faults.tsv");

fn parse(text: &str) -> Vec<Node> {
    let mut diags = Diags::default();
    let documents = yaml::parse(text, FileId(0), &mut diags);
    assert!(diags.list().is_empty(), "{:?}", diags.list());
    documents
}

/// Returns which faults there are; what is about to be written has no places of its own to sort by.
fn places(faults: &[Fault]) -> Vec<(FaultKind, &str)> {
    let mut list: Vec<_> = faults.iter().map(|it| (it.kind, it.path.as_str())).collect();
    list.sort();
    list
}

/// Returns the tree that an emitter would make to have a file like the one that was read.
fn made(node: &Node) -> Yaml {
    let scalar = |it: &node::Scalar| match scalar::scalar(Tree::Read(node)) {
        _ if it.is_null() => Yaml::Null,
        Some(scalar::Scalar::Int) => Yaml::Int(scalar::int(Tree::Read(node)).unwrap()),
        Some(scalar::Scalar::Float) => Yaml::Float(it.text.parse().unwrap()),
        Some(scalar::Scalar::Bool) => Yaml::Bool(node.as_bool().unwrap_or(true)),
        _ => Yaml::Str(it.text.to_string()),
    };
    match &node.value {
        Value::Scalar(it) => scalar(it),
        Value::Seq(items) => items.iter().map(made).collect::<Vec<_>>().into(),
        Value::Map(map) => Yaml::Map(map.entries.iter().map(|it| (it.key.to_string(), made(&it.value))).collect()),
    }
}

fn kind_of(object: &Node) -> &str {
    object.get("kind").and_then(Node::as_text).unwrap_or_default()
}

/// Returns a tree with the value at a path replaced, added, or (`None`) removed.
fn with(node: &Node, path: &str, value: Option<&Node>) -> Node {
    let (step, rest) = match path.find(['.', '[']) {
        Some(0) if path.starts_with('[') => {
            let end = path.find(']').unwrap_or_default();
            (&path[..=end], path[end + 1..].trim_start_matches('.'))
        }
        Some(at) => (&path[..at], path[at..].trim_start_matches('.')),
        None => (path, ""),
    };
    let inner = |old: Option<&Node>| match rest {
        "" => value.cloned(),
        _ => {
            let empty = Node::map(Map::default(), node.span);
            Some(with(old.unwrap_or(&empty), rest, value))
        }
    };
    if let Some(index) = step.strip_prefix('[') {
        let index: usize = index.trim_end_matches(']').parse().unwrap();
        let mut items = node.as_seq().unwrap().to_vec();
        items[index] = inner(items.get(index)).unwrap();
        return Node { value: Value::Seq(items.into()), ..node.clone() };
    }
    let mut entries = node.as_map().map(|it| it.entries.clone()).unwrap_or_default();
    let at = entries.iter().position(|it| &*it.key == step);
    match (at, inner(at.map(|it| &entries[it].value))) {
        (Some(at), Some(value)) => entries[at].value = value,
        (Some(at), None) => _ = entries.remove(at),
        (None, Some(value)) => {
            entries.push(Entry { key: step.into(), key_span: node.span, value });
        }
        (None, None) => panic!("nothing to remove at {step}"),
    }
    Node { value: Value::Map(Map { entries }.into()), ..node.clone() }
}

#[test]
fn valid_objects_have_no_fault_in_any_version() {
    for object in parse(VALID) {
        let versions = (FIELDS.oldest..=FIELDS.newest).map(Some);
        for version in versions.chain([None]) {
            let faults = judge(Tree::Read(&object), Terms { version, partial: false });
            assert_eq!(faults, [], "{} {version:?}", kind_of(&object));
        }
    }
}

#[test]
fn every_fault_of_the_table_is_found_at_its_place_and_nothing_else() {
    let valid = parse(VALID);
    let mut wrong = Vec::new();
    for row in FAULTS.lines().filter(|it| !it.starts_with('#')) {
        let [kind, changes, fault, path, _] = row.split('\t').collect::<Vec<_>>()[..] else { panic!("{row}") };
        let mut object = valid.iter().find(|it| kind_of(it) == kind).unwrap_or_else(|| panic!("{row}")).clone();
        for change in changes.split(" ; ") {
            let (at, value) = change.split_once(" = ").unwrap_or_else(|| panic!("{row}"));
            let value = (value != "!").then(|| parse(value).remove(0));
            object = with(&object, at, value.as_ref());
        }
        let found = judge(Tree::Read(&object), Terms::default());
        assert_eq!(places(&judge(Tree::Made(&made(&object), object.span), Terms::default())), places(&found), "{row}");
        let said: Vec<String> = found.iter().map(|it| format!("{:?} {}: {}", it.kind, it.path, it.message)).collect();
        let is_found = found.iter().any(|it| format!("{:?}", it.kind) == fault && it.path == path);
        let elsewhere = found.iter().filter(|it| it.path != path).count();
        if !is_found || elsewhere > usize::from(changes.contains("serviceName")) {
            wrong.push(format!("{kind}\t{changes}\t{fault}\t{path}\n    found: {said:#?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn parts_that_are_laid_over_an_object_are_not_missing_anything() {
    let patch = parse("{apiVersion: apps/v1, kind: Deployment, metadata: {name: web}, spec: {replicas: 3}}").remove(0);
    assert_eq!(judge(Tree::Read(&patch), Terms { partial: true, version: None }), []);
    let wrong = parse("{apiVersion: apps/v1, kind: Deployment, spec: {replica: 3, $patch: merge}}").remove(0);
    let faults = judge(Tree::Read(&wrong), Terms { partial: true, version: None });
    assert_eq!(faults.iter().map(|it| it.path.as_str()).collect::<Vec<_>>(), ["spec.replica"]);
}

#[test]
fn fields_are_known_from_the_version_on_that_has_them() {
    let object = "{apiVersion: v1, kind: Pod, metadata: {name: a}, spec: {containers: [{name: a, image: b}], \
                  securityContext: {appArmorProfile: {type: RuntimeDefault}}}}";
    let object = parse(object).remove(0);
    let faults = |version| judge(Tree::Read(&object), Terms { version, partial: false }).len();
    assert_eq!((faults(Some(29)), faults(Some(30)), faults(None)), (1, 0, 0));
}

#[test]
fn values_that_are_filled_in_later_are_not_judged() {
    let object = "{apiVersion: v1, kind: Service, metadata: {name: \"${NAME}\"}, spec: {type: \"${TYPE}\", \
                  ports: [{port: \"${PORT}\"}]}}";
    assert_eq!(judge(Tree::Read(&parse(object).remove(0)), Terms::default()), []);
}
