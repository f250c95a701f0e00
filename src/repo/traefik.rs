//! Reads Traefik configuration files, static and dynamic ones, in YAML and TOML.

use super::fact::{Facts, Text, TraefikFile};
use super::reader::Input;
use crate::diag::Diags;
use crate::source::Spanned;
use crate::syntax::node::{Entry, Node};
use crate::syntax::{toml, yaml};

/// Reads a Traefik file. One that a template engine fills is left alone.
pub fn read(input: &Input, facts: &mut Facts, diags: &mut Diags) {
    if input.text.contains("{{") {
        return;
    }
    // What is broken in tests is broken on purpose.
    let mut unheard = Diags::default();
    let diags = if input.in_test { &mut unheard } else { diags };
    let node = match input.path.ends_with(".toml") {
        true => toml::parse(input.text, input.file, diags),
        false => yaml::parse(input.text, input.file, diags).into_iter().next(),
    };
    let Some(node) = node else { return };
    let keys = |path: &[&str]| -> Vec<Text> { entries(node.at(path)).map(key).collect() };
    let both = |section: &str| {
        let mut list = keys(&["http", section]);
        list.extend(keys(&["tcp", section]));
        list
    };
    let entry_points = entries(node.get("entryPoints").or_else(|| node.get("entrypoints"))).map(|it| {
        let address = it.value.get("address");
        (key(it), address.and_then(|it| Some(Spanned::new(it.as_text()?.to_string(), it.place()))))
    });
    super::upstream::of_traefik(input, &node, facts);
    facts.traefik.push(TraefikFile {
        file: input.file,
        path: input.path.to_string(),
        entry_points: entry_points.collect(),
        resolvers: entries(node.get("certificatesResolvers").or_else(|| node.get("certificatesresolvers")))
            .map(key)
            .collect(),
        routers: both("routers"),
        middlewares: both("middlewares"),
        services: both("services"),
        node: node.clone(),
    });
}

fn entries(node: Option<&Node>) -> impl Iterator<Item = &Entry> {
    node.and_then(Node::as_map).map_or(&[][..], |it| &it.entries).iter()
}

fn key(entry: &Entry) -> Text {
    Spanned::new(entry.key.to_string(), entry.key_span)
}
