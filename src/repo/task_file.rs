//! Recipes of task runners as commands: justfile, Taskfile, Procfile, GitLab CI.

use std::collections::BTreeMap;

use super::fact::{CommandHost, Facts};
use super::reader::Input;
use super::shell::embedded::Embedded;
use super::shell::folder;
use super::shell::run::{self, Setting};
use super::shell::value::Directory;
use crate::diag::Diags;
use crate::source::normalize;
use crate::syntax::node::Node;
use crate::syntax::yaml;

/// What stands for a value that only the task runner knows.
const UNKNOWN: &str = "${TASK_VALUE}";

/// Reads a text file, if it is one of these.
pub fn read_text(input: &Input, facts: &mut Facts, _: &mut Diags) {
    let name = input.path.rsplit('/').next().unwrap_or(input.path).to_ascii_lowercase();
    match name.as_str() {
        "justfile" | ".justfile" => just(input, facts),
        _ if name.ends_with(".just") => just(input, facts),
        "procfile" | "procfile.dev" => processes(input, facts),
        _ => {}
    }
}

/// Reads a YAML file, if it is one of these.
pub fn read_yaml(input: &Input, facts: &mut Facts, _: &mut Diags) {
    let name = input.path.rsplit('/').next().unwrap_or(input.path).to_ascii_lowercase();
    let is_tasks = name.starts_with("taskfile") && name.contains(".y");
    let is_gitlab = name.starts_with(".gitlab-ci.") || name.ends_with(".gitlab-ci.yml");
    if !is_tasks && !is_gitlab {
        return;
    }
    // Whether it is YAML is for the program to say that reads it.
    let Some(node) = yaml::parse(input.text, input.file, &mut Diags::default()).into_iter().next() else { return };
    if is_tasks { tasks(input, &node, facts) } else { jobs(input, &node, facts) }
}

fn note(input: &Input, (scope, script): (&str, &Embedded), directory: Directory, facts: &mut Facts) {
    let mut setting = Setting::new(input, CommandHost::Tasks, directory);
    setting.scope = Some(scope.to_string());
    run::run(script, setting, facts);
}

/// Puts values in for `{{name}}`; what is not known becomes a variable.
fn filled(script: &Embedded, values: &BTreeMap<&str, &str>) -> Embedded {
    let file = script.span(0, 0).file;
    let mut it = Embedded::new(file);
    let mut at = 0;
    while let Some(open) = script.text[at..].find("{{").map(|it| at + it) {
        lines(script, (at, open), &mut it);
        let end = script.text[open..].find("}}").map_or(script.text.len(), |it| open + it + 2);
        let name = script.text[open..end].trim_matches(['{', '}', ' ']).trim_start_matches('.');
        it.push_value(values.get(name).copied().unwrap_or(UNKNOWN), script.in_file(open));
        at = end;
    }
    lines(script, (at, script.text.len()), &mut it);
    it
}

/// Takes over a part, line by line: each may be indented in the file.
fn lines(script: &Embedded, (start, end): (usize, usize), into: &mut Embedded) {
    let mut at = start;
    for line in script.text[start..end].split_inclusive('\n') {
        into.push(line, script.in_file(at));
        at += line.len();
    }
}

/// <https://just.systems/man/en/>
fn just(input: &Input, facts: &mut Facts) {
    let mut values: BTreeMap<&str, &str> = BTreeMap::new();
    let mut recipes: Vec<(&str, Embedded, bool)> = Vec::new();
    let mut recipe: Option<&str> = None;
    let mut at = 0;
    for line in input.text.split_inclusive('\n') {
        let start = at;
        at += line.len();
        let body = line.trim();
        if body.is_empty() {
            continue;
        }
        if line.starts_with([' ', '\t']) {
            let Some(name) = recipe else { continue };
            let inner = start + (line.len() - line.trim_start().len());
            in_recipe((name, &mut recipes), (inner, &input.text[inner..at]), input);
            continue;
        }
        recipe = None;
        if body.starts_with(['#', '[']) {
            continue;
        }
        if let Some((name, value)) = body.split_once(":=") {
            let name = name.trim().trim_start_matches("export ").trim();
            let value = value.trim();
            let plain = value.trim_matches(['"', '\'']);
            if value.len() == plain.len() + 2 && !plain.contains(['"', '\'', '\\']) {
                values.insert(name, plain);
            }
        } else if body.contains(':') && !body.starts_with("set ") {
            recipe = body.trim_start_matches('@').split([' ', ':']).next();
        }
    }
    for (name, script, _) in &recipes {
        // A module's recipes may stay where just was called.
        let path = folder(input.path).to_string();
        let directory = Directory { is_certain: path == ".", path, elsewhere: None };
        note(input, (name, &filled(script, &values)), directory, facts);
    }
}

/// Adds a line of a recipe: a shell of its own, unless the line before goes on or the recipe is one script.
fn in_recipe<'a>(
    (name, recipes): (&'a str, &mut Vec<(&'a str, Embedded, bool)>),
    (at, line): (usize, &str),
    input: &Input,
) {
    let stripped = line.trim_start_matches(['@', '-']);
    let goes_on = stripped.trim_end().ends_with('\\');
    if let Some((last, script, is_open)) = recipes.last_mut()
        && *last == name
        && *is_open
    {
        script.push(line, at);
        // A script that begins with `#!` is one to its end.
        *is_open = goes_on || script.text.starts_with("#!");
        return;
    }
    let mut script = Embedded::new(input.file);
    script.push(stripped, at + (line.len() - stripped.len()));
    let is_script = stripped.starts_with("#!");
    let is_shell = stripped.trim_end().ends_with("sh") || stripped.contains("bash") || stripped.contains("sh ");
    if is_script && !is_shell {
        script = Embedded::new(input.file);
        script.push("#!", at);
    }
    recipes.push((name, script, goes_on || is_script));
}

/// <https://devcenter.heroku.com/articles/procfile>
fn processes(input: &Input, facts: &mut Facts) {
    let mut at = 0;
    for line in input.text.split_inclusive('\n') {
        if let Some((name, command)) = line.split_once(':').filter(|it| !it.0.trim_start().starts_with('#')) {
            let mut script = Embedded::new(input.file);
            script.push(command, at + name.len() + 1);
            note(input, (name.trim(), &script), Directory::at(folder(input.path)), facts);
        }
        at += line.len();
    }
}

/// <https://taskfile.dev/docs/reference/schema>
fn tasks(input: &Input, node: &Node, facts: &mut Facts) {
    let literals = node.get("vars").and_then(Node::as_map).into_iter().flat_map(|it| &it.entries);
    let values: BTreeMap<&str, &str> = literals.filter_map(|it| Some((&*it.key, it.value.as_text()?))).collect();
    let values = values.into_iter().filter(|it| !it.1.contains("{{")).collect();
    for task in node.get("tasks").and_then(Node::as_map).into_iter().flat_map(|it| &it.entries) {
        let own = task.value.get("dir").and_then(Node::as_text);
        let directory = match own {
            None => Some(folder(input.path).to_string()),
            Some(it) => normalize(&format!("{}/{it}", folder(input.path))).filter(|_| !it.contains("{{")),
        };
        let Some(directory) = directory else { continue };
        let commands: Vec<&Node> = match (task.value.get("cmds"), task.value.get("cmd")) {
            (Some(list), _) => list.as_seq().unwrap_or(&[]).iter().collect(),
            (None, Some(one)) => vec![one],
            (None, None) => task.value.as_seq().map_or_else(|| vec![&task.value], |it| it.iter().collect()),
        };
        for command in commands {
            let command = command.get("cmd").unwrap_or(command);
            if let Some(script) = Embedded::scalar(command, input.text) {
                note(input, (&task.key, &filled(&script, &values)), Directory::at(&directory), facts);
            }
        }
    }
}

/// <https://docs.gitlab.com/ci/yaml/>
fn jobs(input: &Input, node: &Node, facts: &mut Facts) {
    for job in node.as_map().into_iter().flat_map(|it| &it.entries) {
        // What comes after is another shell's, and starts where the first one did.
        for names in [&["before_script", "script"][..], &["after_script"]] {
            let mut script = Embedded::new(input.file);
            let lists = names.iter().filter_map(|it| job.value.get(it));
            for command in lists.flat_map(|it| it.as_seq().unwrap_or(std::slice::from_ref(it))) {
                if let Some(part) = Embedded::scalar(command, input.text) {
                    lines(&part, (0, part.text.len()), &mut script);
                    script.push("\n", part.in_file(part.text.len()));
                }
            }
            note(input, (&job.key, &script), Directory::at("."), facts);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::repo::kind::Kind;
    use crate::repo::tree::Tree;
    use crate::source::FileId;

    fn commands(path: &str, text: &str) -> Vec<String> {
        let tree = Tree::new([]);
        let kind = Kind::Text;
        let input = Input { file: FileId(0), path, text, kind, in_test: false, tree: &tree };
        let mut facts = Facts::default();
        read_text(&input, &mut facts, &mut Diags::default());
        read_yaml(&input, &mut facts, &mut Diags::default());
        let words = |it: &super::super::fact::Command| {
            let words: Vec<&str> = it.words.iter().map(|it| it.text.as_str()).collect();
            format!("{} {}: {}", it.directory, it.scope.as_deref().unwrap_or(""), words.join(" "))
        };
        facts.commands.iter().map(words).collect()
    }

    #[test]
    fn recipes_of_just_are_lines_or_scripts() {
        let text = "set dotenv-load\nfile := \"a.yml\"\n[private]\nup *args: build\n    @docker compose -f {{file}} \\\n        up -d {{args}}\n    -docker compose ps\n\nall:\n    #!/usr/bin/env bash\n    cd app\n    docker compose pull\npy:\n    #!/usr/bin/env python3\n    docker compose nonsense\n";
        let found = commands("justfile", text);
        assert_eq!(
            found,
            [
                ". up: docker compose -f a.yml up -d ${TASK_VALUE}",
                ". up: docker compose ps",
                ". all: cd app",
                ". all: docker compose pull"
            ]
        );
    }

    #[test]
    fn tasks_processes_and_jobs_are_commands() {
        let text = "vars: {S: api}\ntasks:\n  up:\n    dir: deploy\n    cmds:\n      - docker compose up -d {{.S}}\n      - task: b\n  b: docker compose pull {{.X}}\n";
        assert_eq!(
            commands("Taskfile.yml", text),
            ["deploy up: docker compose up -d api", ". b: docker compose pull ${TASK_VALUE}"]
        );
        assert_eq!(commands("Procfile", "web: docker compose up\n# a: docker ps\n"), [". web: docker compose up"]);
        let text = "deploy:\n  before_script: docker compose pull\n  script:\n    - cd a\n    - |\n      docker compose \\\n        up -d\n";
        let found = commands(".gitlab-ci.yml", text);
        assert_eq!(found, [". deploy: docker compose pull", ". deploy: cd a", ". deploy: docker compose up -d"]);
    }
}
