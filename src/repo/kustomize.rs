//! What kustomize does to manifests before they are applied: reads `kustomization.yaml`, and follows it to its objects.

use std::collections::{BTreeMap, BTreeSet};

use super::fact::{Command, Facts, KubernetesObject, Kustomization, Part, Target, Text};
use super::kubernetes::as_text;
use super::reader::Input;
use super::shell::action::option_values;
use crate::diag::Diags;
use crate::source::{Spanned, normalize};
use crate::syntax::node::Node;
use crate::syntax::yaml;

/// Keys of what is laid over objects.
const PATCHING: &[&str] = &["patches", "patchesStrategicMerge", "patchesJson6902"];

/// Keys of what makes or changes objects in ways that are not followed here.
const UNCLEAR: &[&str] = &[
    "generators",
    "transformers",
    "helmCharts",
    "helmChartInflationGenerator",
    "configurations",
    "replacements",
    "vars",
    "openapi",
];

/// Takes note of what a kustomization puts together.
pub fn read(document: &Node, input: &Input, facts: &mut Facts) {
    if !input.path.rsplit('/').next().unwrap_or_default().to_ascii_lowercase().starts_with("kustomization") {
        return;
    }
    let texts = |keys: &[&str]| -> Vec<Text> {
        let items = keys.iter().flat_map(|it| list(document, it));
        // A patch may stand in place: then it is no path.
        items.filter_map(|it| as_text(it.get("path").unwrap_or(it))).filter(|it| !it.value.contains('\n')).collect()
    };
    let changing = ["components", "replacements", "transformers", "generators", "helmCharts"];
    let has = |keys: &[&str]| keys.iter().any(|it| document.get(it).is_some());
    let images = || list(document, "images").iter();
    facts.kustomizations.push(Kustomization {
        folder: input.path.rsplit_once('/').map_or(".", |it| it.0).to_string(),
        resources: texts(&["resources", "bases", "components"]),
        patches: texts(PATCHING),
        generated_from: generated_from(document),
        changes_objects: has(PATCHING) || has(&changing),
        parts: PATCHING.iter().flat_map(|it| list(document, it)).map(|it| part(it, input)).collect(),
        images: images().filter_map(|it| as_text(it.get("name")?)).collect(),
        new_names: images().filter_map(|it| Some(it.get("newName")?.as_text()?.to_string())).collect(),
        makes: made(document),
        is_component: document.get("kind").and_then(Node::as_text) == Some("Component"),
        renames: has(&["namePrefix", "nameSuffix"]),
        is_unclear: has(UNCLEAR),
    });
}

fn list<'n>(document: &'n Node, key: &str) -> &'n [Node] {
    document.get(key).and_then(Node::as_seq).unwrap_or_default()
}

/// Reads an item of `patches` or the older lists.
fn part(item: &Node, input: &Input) -> Part {
    let own = as_text(item);
    let (file, text) = match own {
        Some(own) if own.value.contains('\n') => (None, Some(own)),
        Some(own) => (Some(own), None),
        None => (item.get("path").and_then(as_text), item.get("patch").and_then(as_text)),
    };
    let documents = text.iter().flat_map(|it| yaml::parse(&it.value, input.file, &mut Diags::default()));
    let target = item.get("target").map(|it| Target {
        kind: it.get("kind").and_then(as_text),
        name: it.get("name").and_then(as_text),
        has_selector: it.get("labelSelector").is_some() || it.get("annotationSelector").is_some(),
    });
    Part {
        place: item.place(),
        objects: documents.filter_map(|it| identity(&it)).collect(),
        text: text.map(|it| it.value),
        file,
        target,
    }
}

/// Returns the kind and name of an object.
pub fn identity(object: &Node) -> Option<(String, String)> {
    let text = |path: &[&str]| object.at(path).and_then(Node::as_text).map(String::from);
    Some((text(&["kind"])?, text(&["metadata", "name"])?))
}

/// Returns the kinds and names of what `configMapGenerator` and `secretGenerator` make.
fn made(document: &Node) -> Vec<(String, String)> {
    let kinds = [("configMapGenerator", "ConfigMap"), ("secretGenerator", "Secret")];
    let of = |(key, kind): (&str, &str)| -> Vec<(String, String)> {
        let names = list(document, key).iter().filter_map(|it| it.get("name")?.as_text());
        names.map(|it| (kind.to_string(), it.to_string())).collect()
    };
    kinds.into_iter().flat_map(of).collect()
}

/// Returns what `configMapGenerator` reads: `envs`, and `files`, which may say under which key. What a `secretGenerator`
/// reads is not meant to be in the repository.
fn generated_from(document: &Node) -> Vec<Text> {
    let mut found = Vec::new();
    for generator in list(document, "configMapGenerator") {
        found.extend(generator.get("env").and_then(as_text));
        for key in ["envs", "files"] {
            let items = list(generator, key).iter().filter_map(as_text);
            found.extend(items.map(|it| match it.value.split_once('=') {
                Some((_, path)) => Spanned::new(path.to_string(), it.span),
                None => it,
            }));
        }
    }
    found
}

/// Returns the files whose objects are not whole: patches, and what patches are laid over, however many folders away.
pub fn parts(facts: &Facts) -> BTreeSet<String> {
    let by_folder = by_folder(facts);
    let mut parts: BTreeSet<String> = facts.commands.iter().flat_map(patched_with).collect();
    // Nobody lists it, and still its name says that it is laid over something.
    let says_so = |path: &str| path.split(['/', '.', '-', '_']).any(|it| matches!(it, "patch" | "patches"));
    let objects = facts.kubernetes_objects.iter().map(|it| &it.path);
    parts.extend(objects.filter(|it| says_so(it)).cloned());
    let mut open: Vec<&Kustomization> = facts.kustomizations.iter().filter(|it| it.changes_objects).collect();
    let mut seen: BTreeSet<&str> = open.iter().map(|it| it.folder.as_str()).collect();
    while let Some(it) = open.pop() {
        parts.extend(it.patches.iter().filter_map(|patch| it.path(&patch.value)));
        for path in it.resources.iter().filter_map(|named| it.path(&named.value)) {
            match by_folder.get(if path.is_empty() { "." } else { path.as_str() }) {
                Some(inner) if seen.insert(&inner.folder) => open.push(inner),
                Some(_) => {}
                None => {
                    parts.insert(path);
                }
            }
        }
    }
    parts
}

/// Returns the files that a command lays over what runs, or adds to a kustomization: `kubectl patch --patch-file a.yaml`,
/// `kubectl patch -p "$(cat a.yaml)"`, `kubectl apply --server-side -f a.yaml`, `kustomize edit add patch --path a.yaml`.
fn patched_with(command: &Command) -> Vec<String> {
    let has = |word: &str| command.words.iter().any(|it| it.text == word);
    let options: &[&str] = match command.words.first().map(|it| it.text.as_str()) {
        Some("kubectl" | "oc" | "k") if has("patch") => &["--patch-file", "-p", "--patch"],
        Some("kubectl" | "oc" | "k") if has("apply") && has("--server-side") => &["-f", "--filename"],
        Some("kustomize") if has("edit") && has("patch") => &["--path"],
        _ => return Vec::new(),
    };
    let path = |written: &str| {
        let read = ["$(cat ", "$(<"].iter().find_map(|it| written.strip_prefix(it)?.strip_suffix(')'));
        normalize(&format!("{}/{}", command.directory, read.unwrap_or(written).trim()))
    };
    option_values(&command.words, options).iter().filter_map(|it| path(&it.value)).collect()
}

fn by_folder(facts: &Facts) -> BTreeMap<&str, &Kustomization> {
    facts.kustomizations.iter().map(|it| (it.folder.as_str(), it)).collect()
}

/// What a kustomization comes to.
#[derive(Clone, Default, Debug)]
pub struct Whole<'f> {
    /// The objects of all files that it takes, however many folders away.
    pub objects: Vec<&'f KubernetesObject>,
    /// The kustomizations that it is made of, itself first.
    pub layers: Vec<&'f Kustomization>,
}

/// Follows a kustomization to its objects; none where some of them cannot be seen.
pub fn whole<'f>(facts: &'f Facts, top: &'f Kustomization) -> Option<Whole<'f>> {
    let by_folder = by_folder(facts);
    let mut whole = Whole::default();
    let mut open = vec![top];
    let mut seen = BTreeSet::new();
    while let Some(it) = open.pop() {
        if it.is_unclear {
            return None;
        }
        whole.layers.push(it);
        for named in &it.resources {
            let path = it.path(&named.value)?;
            let path = if path.is_empty() { ".".to_string() } else { path };
            match by_folder.get(path.as_str()) {
                Some(inner) if seen.insert(path.clone()) => open.push(inner),
                Some(_) => {}
                None => whole.objects.extend(objects_of(facts, &path)?),
            }
        }
    }
    Some(whole).filter(|it| !it.objects.is_empty())
}

/// Returns the objects of a file, if it has some.
pub fn objects_of<'f>(facts: &'f Facts, path: &str) -> Option<Vec<&'f KubernetesObject>> {
    let found: Vec<&KubernetesObject> = facts.kubernetes_objects.iter().filter(|it| it.path == path).collect();
    (!found.is_empty()).then_some(found)
}
