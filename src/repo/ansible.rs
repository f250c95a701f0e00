//! Ansible: tasks that copy files of the repository to a machine.
//!
//! <https://docs.ansible.com/ansible/latest/playbook_guide/playbook_pathing.html>: a role's files lie in its `files` and
//! `templates`, a playbook's beside it or in a folder of that name.

use super::fact::{Action, Command, CommandHost, Copy, Facts, Text};
use super::reader::Input;
use super::shell::folder;
use crate::diag::Diags;
use crate::source::{Spanned, normalize};
use crate::syntax::node::{Entry, Node};
use crate::syntax::yaml;

/// Reads a YAML file, if it has tasks.
pub fn read(input: &Input, facts: &mut Facts, _: &mut Diags) {
    let has = |word: &str| memchr::memmem::find(input.text.as_bytes(), word.as_bytes()).is_some();
    let is_role = input.path.contains("/tasks/") || input.path.contains("/handlers/");
    let copies = has("copy:") || has("synchronize:") || has("template:");
    if !copies || !(is_role || has("hosts:") || has("ansible.builtin")) {
        return;
    }
    let Some(node) = yaml::parse(input.text, input.file, &mut Diags::default()).into_iter().next() else { return };
    for play in node.as_seq().unwrap_or(&[]) {
        if is_role || play.get("hosts").is_none() {
            task(input, play, facts);
        }
        let lists =
            ["pre_tasks", "tasks", "post_tasks", "handlers"].into_iter().filter_map(|it| play.get(it)?.as_seq());
        lists.flatten().for_each(|it| task(input, it, facts));
    }
}

fn task(input: &Input, task: &Node, facts: &mut Facts) {
    let inner = ["block", "rescue", "always"].into_iter().filter_map(|it| task.get(it)?.as_seq());
    inner.flatten().for_each(|it| self::task(input, it, facts));
    made(input, task, facts);
    for (module, kind) in [("copy", "files"), ("template", "templates"), ("synchronize", "files")] {
        let names = [module.to_string(), format!("ansible.builtin.{module}"), format!("ansible.posix.{module}")];
        let Some(arguments) = names.iter().find_map(|it| task.get(it)) else { continue };
        // What is taken from the machine itself, or the other way, does not come from here.
        let says = |key: &str, value: &str| argument(arguments, key).is_some_and(|it| it.value == value);
        if says("remote_src", "true") || says("remote_src", "yes") || says("mode", "pull") {
            continue;
        }
        let (Some(source), Some(destination)) = (argument(arguments, "src"), argument(arguments, "dest")) else {
            continue;
        };
        for item in items(task, &source) {
            let (source, destination) = (item.fill(&source), item.fill(&destination));
            let directory = base(input, &source.value, kind);
            let is_template = module == "template";
            facts.commands.push(command(input, (source, destination), (directory, is_template)));
        }
    }
}

/// What a task writes beside its playbook, for another one to read: `dest: "{{ playbook_dir }}/vars/out.yaml"`.
fn made(input: &Input, task: &Node, facts: &mut Facts) {
    for module in ["copy", "template", "lineinfile", "blockinfile", "get_url", "file"] {
        let Some(arguments) = task.get(module).or_else(|| task.get(&format!("ansible.builtin.{module}"))) else {
            continue;
        };
        let Some(written) = argument(arguments, "dest").or_else(|| argument(arguments, "path")) else { continue };
        let inner = written.value.strip_prefix("{{").and_then(|it| it.trim_start().strip_prefix("playbook_dir"));
        let inner = inner.and_then(|it| it.trim_start().strip_prefix("}}/")).map(str::to_string);
        if let Some(inner) = inner {
            let command = command(input, (written.clone(), written.clone()), (folder(input.path).to_string(), false));
            let action = Action::MakeFile(vec![Spanned::new(inner, written.span)]);
            facts.commands.push(Command { action, ..command });
        }
    }
}

/// What stands for `{{ item }}` and its parts while a task is done once.
struct Item(Vec<(String, Text)>);

impl Item {
    /// Fills in what stands in the text as written: what a value brings along is not filled in again.
    fn fill(&self, written: &Text) -> Text {
        let mut filled = Spanned::new(String::new(), written.span);
        let mut rest = written.value.as_str();
        while let Some((before, after)) = rest.split_once("{{") {
            let Some((name, behind)) = after.split_once("}}") else { break };
            filled.value += before;
            match self.0.iter().find(|it| it.0 == name.trim()) {
                Some((_, value)) => {
                    filled.value += &value.value;
                    filled.span = value.span;
                }
                None => filled.value += &rest[before.len()..rest.len() - behind.len()],
            }
            rest = behind;
        }
        filled.value += rest;
        filled
    }
}

/// Returns the items of a task's loop; one that fills nothing in, if it has none or the source is the same for all.
fn items(task: &Node, source: &Text) -> Vec<Item> {
    let text = |it: &Node| it.as_text().map(|text| Spanned::new(text.to_string(), it.place()));
    let list = ["loop", "with_items", "with_list"].into_iter().find_map(|it| task.get(it)?.as_seq());
    let Some(list) = list.filter(|_| source.value.contains("item")) else { return vec![Item(Vec::new())] };
    let parts = |it: &Node| match it.as_map() {
        Some(map) => {
            let named = |it: &Entry| Some((format!("item.{}", it.key), text(&it.value)?));
            map.entries.iter().filter_map(named).collect()
        }
        None => text(it).map(|it| ("item".to_string(), it)).into_iter().collect(),
    };
    list.iter().map(|it| Item(parts(it))).collect()
}

/// Returns an argument of a module, in the long or the short form (`copy: src=a dest=b`).
fn argument(arguments: &Node, key: &str) -> Option<Text> {
    if let Some(value) = arguments.get(key) {
        return value.as_text().map(|it| Spanned::new(it.to_string(), value.place()));
    }
    let line = arguments.as_text()?;
    let value = line.split_whitespace().find_map(|it| it.strip_prefix(key)?.strip_prefix('='))?;
    Some(Spanned::new(value.to_string(), arguments.place()))
}

/// Returns the folder that a source starts from: the first in which it is, or else the last that Ansible asks.
fn base(input: &Input, source: &str, kind: &str) -> String {
    let here = folder(input.path);
    let mut folders = Vec::new();
    if let Some((role, _)) = input.path.rsplit_once("/tasks/").or_else(|| input.path.rsplit_once("/handlers/")) {
        folders.extend([format!("{role}/{kind}"), role.to_string()]);
    }
    folders.extend([format!("{here}/{kind}"), here.to_string()]);
    let is_there = |it: &&String| normalize(&format!("{it}/{source}")).is_some_and(|it| input.tree.exists(&it));
    // What climbs up starts from the playbook, not from a folder for files beside it.
    let usual = if source.starts_with("../") { folders.last() } else { folders.first() };
    folders.iter().find(is_there).or(usual).cloned().unwrap_or_else(|| here.to_string())
}

fn command(input: &Input, (source, destination): (Text, Text), (directory, is_template): (String, bool)) -> Command {
    let span = source.span;
    // The content of a folder goes into the destination, as with rsync.
    let program = if is_template { "template" } else { "rsync" };
    Command {
        file: input.file,
        path: input.path.to_string(),
        span,
        words: Vec::new(),
        variables: Vec::new(),
        host: CommandHost::Tasks,
        scope: None,
        directory: normalize(&directory).unwrap_or_else(|| ".".to_string()),
        elsewhere: None,
        is_directory_certain: true,
        is_remote: false,
        sourced: Vec::new(),
        action: Action::Copy(Copy {
            program: program.to_string(),
            sources: vec![source],
            destination,
            to_remote: true,
            from_remote: false,
            files_from: None,
            filters: Vec::new(),
        }),
    }
}
