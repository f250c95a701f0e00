//! `devcontainer.json`: the compose files and the service that an editor works in, and the commands that set it up.
//!
//! Fields: <https://containers.dev/implementors/json_reference/>.

use super::fact::{Action, Command, CommandHost, ComposeCommand, Facts, Text};
use super::reader::Input;
use super::shell::embedded::Embedded;
use super::shell::folder;
use super::shell::run::{self, Setting};
use super::shell::value::Directory;
use crate::diag::Diags;
use crate::source::{Spanned, normalize};
use crate::syntax::json;
use crate::syntax::node::{Node, Value};

/// What runs in the container, in the folder of the repository.
const COMMANDS: &[&str] =
    &["onCreateCommand", "updateContentCommand", "postCreateCommand", "postStartCommand", "postAttachCommand"];

/// Reads a devcontainer.json; other JSON files are not its business.
pub fn read(input: &Input, facts: &mut Facts, _: &mut Diags) {
    if !matches!(input.path.rsplit('/').next(), Some("devcontainer.json" | ".devcontainer.json")) {
        return;
    }
    // Whether it is JSON is for the editor to say.
    let Some(node) = json::parse(input.text, input.file, &mut Diags::default()) else { return };
    facts.commands.extend(start(input, &node));
    for key in COMMANDS {
        let Some(command) = node.get(key) else { continue };
        let several = command.as_map().into_iter().flat_map(|it| it.entries.iter().map(|it| &it.value));
        for it in several.chain([command]).filter_map(|it| Embedded::scalar(it, input.text)) {
            let mut setting = Setting::new(input, CommandHost::Tasks, directory(input, &node));
            setting.scope = Some((*key).to_string());
            run::run(&it, setting, facts);
        }
    }
}

/// Returns where the commands run. An editor puts the repository at `/workspaces/NAME`; what lies at another place is
/// what the image or a mount brings there.
fn directory(input: &Input, node: &Node) -> Directory {
    let folder = node.get("workspaceFolder").and_then(Node::as_text).unwrap_or("/workspace").trim_matches('/');
    let below = match folder.split_once('/') {
        None if folder == "workspace" => Some("."),
        Some(("workspaces", rest)) => Some(rest.split_once('/').map_or(".", |it| it.1)),
        Some(("workspace", rest)) => Some(if input.tree.is_directory(rest) { rest } else { "." }),
        _ => None,
    };
    match below.and_then(normalize).filter(|it| it == "." || input.tree.is_directory(it)) {
        Some(path) => Directory::at(&path),
        None => Directory { elsewhere: Some(format!("/{folder}")), ..Directory::anywhere() },
    }
}

/// An editor enters the service as `docker compose exec` does. What it lays over the files is its own: it says nothing
/// about how they are used together.
fn start(input: &Input, node: &Node) -> Option<Command> {
    let files = texts(node.get("dockerComposeFile")?);
    let service = node.get("service")?;
    let services: Vec<Text> =
        texts(service).into_iter().chain(node.get("runServices").map(texts).unwrap_or_default()).collect();
    let is_dynamic = files.iter().chain(&services).any(|it| it.value.contains('$'));
    let verb = Some(Spanned::new("exec".to_string(), service.place()));
    let compose = ComposeCommand { files, verb, services, is_dynamic, ..ComposeCommand::default() };
    Some(Command {
        file: input.file,
        path: input.path.to_string(),
        span: service.place(),
        words: Vec::new(),
        variables: Vec::new(),
        host: CommandHost::Tasks,
        scope: Some("service".to_string()),
        directory: folder(input.path).to_string(),
        elsewhere: None,
        is_directory_certain: true,
        is_remote: false,
        sourced: Vec::new(),
        action: Action::Compose(compose),
    })
}

/// A text, or a list of them.
fn texts(node: &Node) -> Vec<Text> {
    let list = match &node.value {
        Value::Seq(items) => items.iter().collect(),
        _ => vec![node],
    };
    list.into_iter().filter_map(|it| Some(Spanned::new(it.as_text()?.to_string(), it.place()))).collect()
}
