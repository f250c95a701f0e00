//! Paths from the root that files of GitHub name: `CODEOWNERS`, and the folders of `dependabot.yml`.
//!
//! <https://docs.github.com/en/repositories/managing-your-repositorys-settings-and-features/customizing-your-repository/about-code-owners>,
//! <https://docs.github.com/en/code-security/dependabot/working-with-dependabot/dependabot-options-reference>

use super::fact::{Facts, Mention, MentionBy};
use super::reader::Input;
use crate::diag::Diags;
use crate::source::{Span, Spanned, normalize};
use crate::syntax::node::Node;
use crate::syntax::yaml;

/// Reads a CODEOWNERS; other text files are not its business.
pub fn read_owners(input: &Input, facts: &mut Facts, _: &mut Diags) {
    if !matches!(input.path, "CODEOWNERS" | ".github/CODEOWNERS" | "docs/CODEOWNERS") {
        return;
    }
    let mut at = 0;
    for line in input.text.split_inclusive('\n') {
        let start = at + (line.len() - line.trim_start().len());
        at += line.len();
        let pattern = line.split_whitespace().next().unwrap_or("");
        // Without a slash before its end, a pattern fits in any folder.
        if !pattern.starts_with('#') && pattern.trim_end_matches('/').contains('/') {
            mention(input, (pattern, Span::new(input.file, start, start + pattern.len())), facts);
        }
    }
}

/// Reads a dependabot.yml; other YAML files are not its business.
pub fn read_dependabot(input: &Input, facts: &mut Facts, _: &mut Diags) {
    if !matches!(input.path, ".github/dependabot.yml" | ".github/dependabot.yaml") {
        return;
    }
    // Whether it is YAML is for GitHub to say.
    let Some(node) = yaml::parse(input.text, input.file, &mut Diags::default()).into_iter().next() else { return };
    for update in node.get("updates").and_then(Node::as_seq).unwrap_or_default() {
        let several = update.get("directories").and_then(Node::as_seq).unwrap_or_default();
        for directory in update.get("directory").into_iter().chain(several) {
            let Some(text) = directory.as_text() else { continue };
            mention(input, (&format!("{}/", text.trim_end_matches('/')), directory.place()), facts);
        }
    }
}

/// Notes a path that names nothing.
fn mention(input: &Input, (written, span): (&str, Span), facts: &mut Facts) {
    let plain = written.trim_start_matches('/');
    let Some(path) = normalize(plain).filter(|_| !plain.contains(['*', '?', '[', '\\', '!'])) else { return };
    if path != "." && !input.tree.exists(&path) {
        let path_written = Spanned::new(plain.to_string(), span);
        let (candidates, by) = (vec![path], MentionBy::Value);
        facts.mentions.push(Mention { path: path_written, candidates, by, in_test: false, in_record: false });
    }
}
