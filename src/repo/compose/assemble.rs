//! Joins compose files that are used together: `include` and `extends` followed, overlays laid over, as compose does.
//!
//! Paths in files of another directory are rewritten to start from the directory of the project, as compose rewrites
//! them, so that whoever reads the joined tree need not know which file a path came from.

use std::sync::Arc;

use super::merge::{alone, merge, merge_service};
use super::read::{folder, split_mount};
use super::{File, known};
use crate::source::normalize;
use crate::syntax::node::{Entry, Map, Node, Scalar, Value};

/// How deep `include` and `extends` are followed: compose refuses circles, specc only must not hang in them.
const MAX_DEPTH: usize = 12;

const SECTIONS: [&str; 6] = ["services", "volumes", "networks", "secrets", "configs", "models"];

/// Joins files, later ones over earlier ones; paths that name no compose file of the repository are left out. An
/// `include` of something that is not in the repository stays in the result.
pub fn assemble(files: &[File], paths: &[String], directory: &str) -> Node {
    Assembly { files }.join(paths, directory, 0)
}

struct Assembly<'a> {
    files: &'a [File],
}

impl Assembly<'_> {
    fn find(&self, path: &str) -> Option<&File> {
        self.files.iter().find(|it| it.path == path)
    }

    fn join(&self, paths: &[String], directory: &str, depth: usize) -> Node {
        let mut joined: Option<Node> = None;
        for file in paths.iter().filter_map(|it| self.find(it)) {
            let next = self.one(file, directory, depth);
            joined = Some(match joined {
                Some(before) => merge(&before, &next),
                None => alone(&next),
            });
        }
        joined.unwrap_or_else(|| Node::map(Map::default(), crate::source::Span::new(crate::source::FileId(0), 0, 0)))
    }

    /// Reads one file with what it includes and extends.
    fn one(&self, file: &File, directory: &str, depth: usize) -> Node {
        let mut node = file.node.clone();
        if depth >= MAX_DEPTH {
            return node;
        }
        let extends = file.model.services.iter().any(|it| it.extends.is_some());
        if extends && let Some(services) = node.get("services") {
            let entries = services.as_map().map_or(&[][..], |it| &it.entries);
            let extended = entries
                .iter()
                .map(|it| Entry { value: self.extended(&it.value, services, directory, depth), ..it.clone() });
            let map = Node { value: Value::Map(Arc::new(Map { entries: extended.collect() })), ..services.clone() };
            node = with(&node, "services", map);
        }
        if let Some(include) = node.get("include").and_then(Node::as_seq) {
            let mut unknown = Vec::new();
            let mut result = node.clone();
            for item in include {
                match self.included(item, directory, depth) {
                    Some(other) => result = import(&other, &result),
                    None => unknown.push(item.clone()),
                }
            }
            let left = Node::seq(unknown, node.span);
            node = with(&result, "include", left);
        }
        node
    }

    /// Reads what one item of `include` brings in; `None` if a file of it is not in the repository.
    fn included(&self, item: &Node, directory: &str, depth: usize) -> Option<Node> {
        let path = item.get("path").unwrap_or(item);
        let written: Vec<&str> = match path.as_seq() {
            Some(list) => list.iter().map(Node::as_text).collect::<Option<_>>()?,
            None => vec![path.as_text()?],
        };
        let from = |it: &str| normalize(&format!("{directory}/{it}"));
        let paths: Vec<String> = written.iter().map(|it| from(it)).collect::<Option<_>>()?;
        if paths.iter().any(|it| self.find(it).is_none()) {
            return None;
        }
        let project = match item.get("project_directory").and_then(Node::as_text) {
            Some(written) => from(written)?,
            None => folder(&paths[0]).to_string(),
        };
        Some(rebased(&self.join(&paths, &project, depth + 1), &project, directory))
    }

    /// Returns a service with what it extends.
    fn extended(&self, service: &Node, services: &Node, directory: &str, depth: usize) -> Node {
        let Some(extends) = service.get("extends").filter(|_| depth < MAX_DEPTH) else { return service.clone() };
        let filled = |it: &Node| it.as_text().map(|it| known::with_defaults(it).unwrap_or_else(|| it.to_string()));
        let (name, file) = (filled(extends.get("service").unwrap_or(extends)), extends.get("file").and_then(filled));
        let base = match (name.as_deref(), file.as_deref()) {
            (None, _) => None,
            (Some(name), None) => services.get(name).map(|it| self.extended(it, services, directory, depth + 1)),
            (Some(name), Some(file)) => self.base_elsewhere(name, file, directory, depth),
        };
        let Some(base) = base else { return service.clone() };
        without(&merge_service(&base, service), "extends")
    }

    fn base_elsewhere(&self, name: &str, file: &str, directory: &str, depth: usize) -> Option<Node> {
        let file = self.find(&normalize(&format!("{directory}/{file}"))?)?;
        let there = folder(&file.path);
        let services = file.node.get("services")?;
        let base = self.extended(services.get(name)?, services, there, depth + 1);
        let wrapped = |it: Node| with(&Node::map(Map::default(), it.span), "s", it);
        let whole = with(&Node::map(Map::default(), base.span), "services", wrapped(base));
        rebased(&whole, there, directory).at(&["services", "s"]).cloned()
    }
}

/// Adds the resources of an included project; what both have is merged, the including file's on top.
fn import(included: &Node, node: &Node) -> Node {
    let mut result = node.clone();
    for section in SECTIONS {
        let Some(theirs) = included.get(section) else { continue };
        let ours = result.get(section).cloned().unwrap_or_else(|| Node::map(Map::default(), theirs.span));
        let wrap = |it: &Node| with(&Node::map(Map::default(), it.span), section, it.clone());
        if let Some(joined) = merge(&wrap(theirs), &wrap(&ours)).get(section) {
            result = with(&result, section, joined.clone());
        }
    }
    result
}

/// Returns a map with one value set.
fn with(node: &Node, key: &str, value: Node) -> Node {
    let mut entries = node.as_map().map(|it| it.entries.clone()).unwrap_or_default();
    match entries.iter_mut().find(|it| &*it.key == key) {
        Some(entry) => entry.value = value,
        None => entries.push(Entry { key: Arc::from(key), key_span: value.place(), value }),
    }
    Node { value: Value::Map(Arc::new(Map { entries })), ..node.clone() }
}

fn without(node: &Node, key: &str) -> Node {
    let entries = node.as_map().map(|it| it.entries.clone()).unwrap_or_default();
    let entries = entries.into_iter().filter(|it| &*it.key != key).collect();
    Node { value: Value::Map(Arc::new(Map { entries })), ..node.clone() }
}

/// Where paths stand; `[]` is every item of a list.
const PATHS: &[&[&str]] = &[
    &["services", "*", "build", "context"],
    &["services", "*", "build"],
    &["services", "*", "env_file"],
    &["services", "*", "env_file", "[]"],
    &["services", "*", "env_file", "[]", "path"],
    &["services", "*", "label_file"],
    &["services", "*", "label_file", "[]"],
    &["services", "*", "develop", "watch", "[]", "path"],
    &["services", "*", "volumes", "[]", "source"],
    &["configs", "*", "file"],
    &["secrets", "*", "file"],
];

/// Rewrites the paths of a project in one directory to start from another one.
fn rebased(node: &Node, from: &str, to: &str) -> Node {
    if from == to {
        return node.clone();
    }
    let prefix = relative(from, to);
    let plain = |it: &str| {
        // A volume, an absolute path, a URL and what only the environment knows are not paths in a directory.
        let is_path = !it.starts_with(['/', '~', '$']) && !it.contains("://") && !it.is_empty();
        is_path.then(|| format!("{prefix}/{}", it.trim_start_matches("./")))
    };
    let dotted = |it: &str| plain(it).filter(|_| it.starts_with('.'));
    let short = |it: &str| {
        let source = split_mount(it).0?;
        let written = known::with_defaults(source)?;
        let rest = &it[source.len()..];
        Some(format!("{}{rest}", dotted(&written)?))
    };
    let mut node = node.clone();
    for path in PATHS {
        let is_source = path.ends_with(&["source"]);
        node = changed(&node, path, &|it| if is_source { dotted(it) } else { plain(it) });
    }
    changed(&node, &["services", "*", "volumes", "[]"], &short)
}

/// Returns how to get from one directory of the repository to another: `../x`.
fn relative(target: &str, from: &str) -> String {
    let parts = |it: &str| -> Vec<String> {
        it.split('/').filter(|it| *it != "." && !it.is_empty()).map(str::to_string).collect()
    };
    let (target, from) = (parts(target), parts(from));
    let shared = target.iter().zip(&from).take_while(|(a, b)| a == b).count();
    let mut path = vec![".".to_string()];
    path.extend(from[shared..].iter().map(|_| "..".to_string()));
    path.extend(target[shared..].iter().cloned());
    path.join("/")
}

/// Changes the texts at a path of keys.
fn changed(node: &Node, path: &[&str], change: &dyn Fn(&str) -> Option<String>) -> Node {
    let Some((first, rest)) = path.split_first() else {
        let Some(text) = node.as_text().and_then(change) else { return node.clone() };
        let style = node.as_scalar().map_or(crate::syntax::node::Style::Plain, |it| it.style);
        return Node { value: Value::Scalar(Scalar { text: Arc::from(text), style }), ..node.clone() };
    };
    let value = match &node.value {
        Value::Map(map) => {
            let inner = |it: &Entry| match *first == "*" || *first == &*it.key {
                true => Entry { value: changed(&it.value, rest, change), ..it.clone() },
                false => it.clone(),
            };
            Value::Map(Arc::new(Map { entries: map.entries.iter().map(inner).collect() }))
        }
        Value::Seq(items) if *first == "[]" => {
            Value::Seq(Arc::new(items.iter().map(|it| changed(it, rest, change)).collect()))
        }
        other => other.clone(),
    };
    Node { value, ..node.clone() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ways_between_directories_are_found() {
        for (target, from, way) in
            [("a", ".", "./a"), (".", "a", "./.."), ("a/b", "a/c", "./../b"), ("x", "y/z", "./../../x")]
        {
            assert_eq!(relative(target, from), way);
        }
    }
}
