//! `package.json`: its scripts as commands, and the names of its dependencies.

use super::fact::{CommandHost, Facts, NodePackage};
use super::reader::Input;
use super::shell::embedded::Embedded;
use super::shell::folder;
use super::shell::run::{self, Setting};
use super::shell::value::Directory;
use crate::diag::Diags;
use crate::syntax::json;

/// Where a package.json says what it needs.
const DEPENDENCIES: &[&str] = &["dependencies", "devDependencies", "optionalDependencies", "peerDependencies"];

/// Reads a package.json; other JSON files are not its business.
pub fn read(input: &Input, facts: &mut Facts, _: &mut Diags) {
    if input.path.rsplit('/').next() != Some("package.json") {
        return;
    }
    // Whether it is JSON is for npm to say.
    let Some(node) = json::parse(input.text, input.file, &mut Diags::default()) else { return };
    let maps = DEPENDENCIES.iter().filter_map(|it| node.get(it)?.as_map());
    let dependencies: Vec<String> = maps.flat_map(|it| &it.entries).map(|it| it.key.to_string()).collect();
    if !dependencies.is_empty() {
        facts.node_packages.push(NodePackage { path: input.path.to_string(), dependencies });
    }
    let Some(scripts) = node.get("scripts").and_then(|it| it.as_map()) else { return };
    for entry in &scripts.entries {
        let Some(script) = Embedded::scalar(&entry.value, input.text) else { continue };
        let mut setting = Setting::new(input, CommandHost::Tasks, Directory::at(folder(input.path)));
        setting.scope = Some(entry.key.to_string());
        run::run(&script, setting, facts);
    }
}
