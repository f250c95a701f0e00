//! Paths of a container that a configuration file names: `rule_files` of Prometheus, `templates` of its alert manager,
//! `options.path` of Grafana's dashboards, `import` of a Caddyfile.

use super::fact::{Facts, InnerPath, Text};
use super::kubernetes::as_text;
use super::reader::Input;
use crate::diag::Diags;
use crate::source::{Span, Spanned};
use crate::syntax::node::Node;
use crate::syntax::yaml;

/// Reads a Caddyfile.
pub fn read_text(input: &Input, facts: &mut Facts, _: &mut Diags) {
    let name = input.path.rsplit('/').next().unwrap_or(input.path);
    if input.in_test || !(name.starts_with("Caddyfile") || name.ends_with(".caddy")) {
        return;
    }
    let mut at = 0;
    for line in input.text.split_inclusive('\n') {
        let word = line.trim_start().strip_prefix("import ").and_then(|it| it.split_whitespace().next());
        // A name without a slash is a snippet of the same file.
        if let Some(word) = word.filter(|it| it.contains('/') && !it.contains(['{', '$'])) {
            let start = at + line.find(word).unwrap_or(0);
            let named = Spanned::new(word.to_string(), Span::new(input.file, start, start + word.len()));
            push(input, named, "", facts);
        }
        at += line.len();
    }
}

/// Reads a YAML file, if it is a configuration of Prometheus, its alert manager or Grafana.
pub fn read_yaml(input: &Input, facts: &mut Facts, _: &mut Diags) {
    let is_telling = ["rule_files:", "templates:", "providers:"].iter().any(|it| input.text.contains(it));
    if input.in_test || !is_telling || input.text.contains("{{") {
        return;
    }
    for document in yaml::parse(input.text, input.file, &mut Diags::default()) {
        let texts = |key: &str| -> Vec<Text> {
            document.get(key).and_then(Node::as_seq).unwrap_or_default().iter().filter_map(as_text).collect()
        };
        texts("rule_files").into_iter().for_each(|it| push(input, it, "", facts));
        if document.get("receivers").is_some() && document.get("route").is_some() {
            texts("templates").into_iter().for_each(|it| push(input, it, "", facts));
        }
        let providers = document.get("providers").and_then(Node::as_seq).unwrap_or_default();
        let paths = providers.iter().filter_map(|it| it.at(&["options", "path"]));
        paths.filter_map(as_text).for_each(|it| push(input, it, ".json", facts));
    }
}

fn push(input: &Input, named: Text, holds: &'static str, facts: &mut Facts) {
    if !named.value.contains('$') {
        facts.inner_paths.push(InnerPath { path: input.path.to_string(), named, holds });
    }
}
