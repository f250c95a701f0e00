//! `package.json`: its scripts as commands.

use super::fact::{CommandHost, Facts};
use super::reader::Input;
use super::shell::embedded::Embedded;
use super::shell::folder;
use super::shell::run::{self, Setting};
use super::shell::value::Directory;
use crate::diag::Diags;
use crate::syntax::json;

/// Reads the scripts of a package.json; other JSON files are not its business.
pub fn read(input: &Input, facts: &mut Facts, _: &mut Diags) {
    if input.path.rsplit('/').next() != Some("package.json") {
        return;
    }
    // Whether it is JSON is for npm to say.
    let Some(node) = json::parse(input.text, input.file, &mut Diags::default()) else { return };
    let Some(scripts) = node.get("scripts").and_then(|it| it.as_map()) else { return };
    for entry in &scripts.entries {
        let Some(script) = Embedded::scalar(&entry.value, input.text) else { continue };
        let mut setting = Setting::new(input, CommandHost::Tasks, Directory::at(folder(input.path)));
        setting.scope = Some(entry.key.to_string());
        run::run(&script, setting, facts);
    }
}
