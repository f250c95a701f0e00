//! GitHub workflows and composite actions: steps as commands, `env:`, filters, and the paths in inputs.

use std::collections::{BTreeSet, HashMap};

use super::fact::{
    Action, Command, CommandHost, ComposeCommand, Copy, EnvRead, EnvSet, Facts, Filter, FilterBy, Language, SetBy,
    Text, Word, Workflow,
};
use super::github_expression::references;
use super::github_image;
use super::github_service;
use super::github_ssh;
use super::reader::Input;
use super::shell::embedded::Embedded;
use super::shell::filter;
use super::shell::reads::{self, Rules};
use super::shell::run::{self, Setting};
use super::shell::value::Directory;
use crate::diag::Diags;
use crate::files::Kind;
use crate::source::{Span, Spanned, normalize};
use crate::syntax::node::{Node, Style};
use crate::syntax::yaml;

/// Reads a workflow or a composite action.
pub fn read(input: &Input, facts: &mut Facts, diags: &mut Diags) {
    let Some(node) = yaml::parse(input.text, input.file, diags).into_iter().next() else { return };
    let mut workflow = Workflow {
        file: input.file,
        path: input.path.to_string(),
        path_filters: Vec::new(),
        ignored_paths: Vec::new(),
        branches: Vec::new(),
        secrets: secrets(input),
        paths: Vec::new(),
        references: references(input),
        service_jobs: github_service::jobs(input, &node),
        node: node.clone(),
    };
    triggers(&node, &mut workflow);
    facts.left_behind.extend(github_ssh::variables(input, &node));
    let folders = checkout_folders(&node);
    let mut reader = Reader {
        input,
        workflow,
        folders,
        set: BTreeSet::new(),
        values: HashMap::new(),
        reads: Vec::new(),
        matrix: Vec::new(),
    };
    let from = facts.sets.len();
    reader.environment(node.get("env"), None, facts);
    let directory = node.at(&["defaults", "run", "working-directory"]);
    for entry in node.get("jobs").and_then(Node::as_map).into_iter().flat_map(|it| &it.entries) {
        reader.job(&entry.key, &entry.value, directory, facts);
    }
    if let Some(steps) = node.at(&["runs", "steps"]).and_then(Node::as_seq) {
        reader.steps(steps, "", None, facts);
    }
    for path in std::mem::take(&mut reader.workflow.paths) {
        let inside = Spanned::new(reader.inside(&path.value), path.span);
        reader.workflow.paths.push(inside);
    }
    let root = reader.root().to_string();
    let Reader { mut workflow, mut set, reads, .. } = reader;
    for path in workflow.path_filters.iter_mut().chain(&mut workflow.ignored_paths).filter(|_| root != ".") {
        path.value = format!("{root}/{}", path.value);
    }
    set.extend(facts.sets[from..].iter().map(|it| it.name.value.clone()));
    facts.reads.extend(reads.into_iter().filter(|it| !set.contains(&it.name.value)));
    facts.workflows.push(workflow);
}

struct Reader<'a> {
    input: &'a Input<'a>,
    workflow: Workflow,
    /// Folders that the repository is checked out into.
    folders: Vec<String>,
    /// Names that some `env:` sets.
    set: BTreeSet<String>,
    /// What the last `env:` with a name said.
    values: HashMap<String, String>,
    reads: Vec<EnvRead>,
    /// What the matrix of the job at hand gives each of its names.
    matrix: Vec<(String, Text)>,
}

/// Returns the values that a matrix lists for its names, and those of `include`.
fn matrix_values(matrix: &Node) -> Vec<(String, Text)> {
    let mut found = Vec::new();
    for entry in matrix.as_map().into_iter().flat_map(|it| &it.entries).filter(|it| &*it.key != "exclude") {
        for item in entry.value.as_seq().unwrap_or(&[]) {
            found.extend(text(item).map(|it| (entry.key.to_string(), it)));
            let inner = item.as_map().filter(|_| &*entry.key == "include").into_iter().flat_map(|it| &it.entries);
            found.extend(inner.filter_map(|it| Some((it.key.to_string(), text(&it.value)?))));
        }
    }
    found
}

/// Returns the folders that steps check this very repository out into.
fn checkout_folders(node: &Node) -> Vec<String> {
    let jobs = node.get("jobs").and_then(Node::as_map).into_iter().flat_map(|it| &it.entries);
    let steps = jobs.filter_map(|it| it.value.get("steps")?.as_seq()).flatten();
    let is_checkout =
        |it: &&Node| it.get("uses").and_then(Node::as_text).is_some_and(|it| it.starts_with("actions/checkout@"));
    let own = steps.filter(is_checkout).filter_map(|it| it.get("with")).filter(|it| it.get("repository").is_none());
    let paths = own.filter_map(|it| it.get("path")?.as_text()).map(|it| it.trim_matches(['.', '/']).to_string());
    paths.filter(|it| !it.is_empty() && !it.contains('$')).collect()
}

fn text(node: &Node) -> Option<Text> {
    node.as_text().map(|it| Spanned::new(it.to_string(), node.place()))
}

/// Returns the texts of a list, or the only one.
fn texts(node: Option<&Node>) -> Vec<Text> {
    let Some(node) = node else { return Vec::new() };
    node.as_seq().unwrap_or(std::slice::from_ref(node)).iter().filter_map(text).collect()
}

fn triggers(node: &Node, workflow: &mut Workflow) {
    let Some(on) = node.get("on").or_else(|| node.get("true")).and_then(Node::as_map) else { return };
    for entry in &on.entries {
        workflow.path_filters.extend(texts(entry.value.get("paths")));
        workflow.ignored_paths.extend(texts(entry.value.get("paths-ignore")));
        workflow.branches.extend(texts(entry.value.get("branches")));
    }
}

/// Finds `secrets.NAME` and `vars.NAME`.
fn secrets(input: &Input) -> Vec<Text> {
    let mut found = Vec::new();
    for word in ["secrets.", "vars."] {
        for at in memchr::memmem::find_iter(input.text.as_bytes(), word.as_bytes()) {
            let start = at + word.len();
            let is_name = |it: &u8| *it == b'_' || it.is_ascii_alphanumeric();
            let length = input.text.as_bytes()[start..].iter().take_while(|it| is_name(it)).count();
            let is_own_word = at == 0 || !is_name(&input.text.as_bytes()[at - 1]);
            if length > 0 && is_own_word {
                let name = input.text[start..start + length].to_string();
                found.push(Spanned::new(name, Span::new(input.file, start, start + length)));
            }
        }
    }
    found
}

/// Inputs that name a path of the repository, wherever they are used.
fn is_path_input(name: &str) -> bool {
    let name = name.to_ascii_lowercase().replace('_', "-");
    let whole = [
        "dockerfile",
        "context",
        "build-context",
        "working-directory",
        "env-file",
        "compose-file",
        "cache-dependency-path",
        "go-version-file",
        "python-version-file",
        "node-version-file",
        "build-path",
        "docker-context",
        "requirements",
    ];
    whole.contains(&name.as_str())
        || name.starts_with("dockerfile-")
        || name.ends_with("-dockerfile")
        || name.ends_with("-context")
}

impl Reader<'_> {
    fn job(&mut self, name: &str, job: &Node, directory: Option<&Node>, facts: &mut Facts) {
        self.environment(job.get("env"), Some(name), facts);
        self.matrix = job.at(&["strategy", "matrix"]).map(matrix_values).unwrap_or_default();
        self.inputs(job);
        let own = job.at(&["defaults", "run", "working-directory"]);
        own.into_iter().for_each(|it| self.path(it));
        let directory = own.or(directory);
        self.workflow.paths.extend(job.get("uses").and_then(text).filter(|it| it.value.starts_with("./")));
        if let Some(matrix) = job.at(&["strategy", "matrix"]) {
            self.matrix(matrix);
        }
        for image in [job.at(&["container", "image"]), job.get("container")] {
            facts.images.extend(image.and_then(text));
        }
        for service in job.get("services").and_then(Node::as_map).into_iter().flat_map(|it| &it.entries) {
            facts.images.extend(service.value.get("image").and_then(text));
        }
        self.steps(job.get("steps").and_then(Node::as_seq).unwrap_or(&[]), name, directory, facts);
    }

    /// `env:` of the workflow, a job or a step.
    fn environment(&mut self, node: Option<&Node>, scope: Option<&str>, facts: &mut Facts) {
        for entry in node.and_then(Node::as_map).into_iter().flat_map(|it| &it.entries) {
            self.set.insert(entry.key.to_string());
            self.values.extend(entry.value.as_text().map(|it| (entry.key.to_string(), it.to_string())));
            facts.sets.push(EnvSet {
                name: Spanned::new(entry.key.to_string(), entry.key_span),
                value: text(&entry.value).filter(|it| !it.value.contains("${{")),
                by: SetBy::Workflow,
                into: None,
                scope: scope.map(str::to_string),
            });
        }
    }

    /// Notes the paths in `with:`, also of reusable workflows.
    fn inputs(&mut self, node: &Node) {
        // `recursive: true`: what is given is a name to look for.
        if node.at(&["with", "recursive"]).and_then(Node::as_text) == Some("true") {
            return;
        }
        for entry in node.get("with").and_then(Node::as_map).into_iter().flat_map(|it| &it.entries) {
            if is_path_input(&entry.key) {
                self.path(&entry.value);
            }
        }
    }

    fn path(&mut self, node: &Node) {
        let is_line = node.as_scalar().is_some_and(|it| it.style != Style::Block);
        let is_path =
            |it: &Text| !it.value.contains(['$', '*', '{', ':', '@', ' ']) && !it.value.starts_with(['/', '~']);
        let written = text(node).filter(|_| is_line);
        let filled = written.iter().flat_map(|it| self.filled(it)).filter(is_path).collect::<Vec<_>>();
        self.workflow.paths.extend(filled);
        self.workflow.paths.extend(written.filter(is_path));
    }

    /// Returns what a text with one `${{ matrix.name }}` in it comes to, at the places of the matrix that say so.
    fn filled(&self, written: &Text) -> Vec<Text> {
        let parts = || {
            let (before, rest) = written.value.split_once("${{")?;
            let (inner, after) = rest.split_once("}}")?;
            Some((before, inner.trim().strip_prefix("matrix.")?, after))
        };
        let Some((before, name, after)) = parts() else { return Vec::new() };
        // What is a path by its own name is looked up already.
        let given = self.matrix.iter().filter(|it| it.0 == name && !is_path_input(name));
        given.map(|(_, it)| Spanned::new(format!("{before}{}{after}", it.value), it.span)).collect()
    }

    /// `dockerfile:` and its like in a matrix.
    fn matrix(&mut self, node: &Node) {
        if let Some(list) = node.as_seq() {
            list.iter().for_each(|it| self.matrix(it));
        }
        for entry in node.as_map().into_iter().flat_map(|it| &it.entries) {
            match entry.value.as_scalar() {
                Some(_) if is_path_input(&entry.key) => self.path(&entry.value),
                Some(_) => {}
                None if is_path_input(&entry.key) => {
                    entry.value.as_seq().unwrap_or(&[]).iter().for_each(|it| self.path(it));
                }
                None => self.matrix(&entry.value),
            }
        }
    }

    fn steps(&mut self, steps: &[Node], job: &str, directory: Option<&Node>, facts: &mut Facts) {
        for step in steps {
            self.environment(step.get("env"), Some(job), facts);
            self.inputs(step);
            let own = step.get("working-directory");
            if let Some(own) = own {
                self.path(own);
            }
            if let Some(run) = step.get("run") {
                let shell = step.get("shell").and_then(Node::as_text).unwrap_or("bash");
                if shell.starts_with("bash") || shell.starts_with("sh") {
                    self.run(run, own.or(directory), job, facts);
                }
            }
            if let Some(uses) = step.get("uses").and_then(text) {
                self.uses(&uses, (step, steps), job, facts);
            }
        }
    }

    /// Returns the folder that is the repository to a workflow: one below another folder is of a repository that was
    /// put there as a whole, or is a pattern for one.
    fn root(&self) -> &str {
        self.input.path.split_once("/.github/").map_or(".", |it| it.0)
    }

    /// Returns what a path of the runner is in the repository.
    fn inside(&self, path: &str) -> String {
        let plain = path.trim_start_matches("./");
        let rest = self.folders.iter().find_map(|it| {
            let rest = plain.strip_prefix(it.as_str())?;
            let is_all = rest.trim_matches('/').is_empty();
            if is_all { Some(".") } else { rest.strip_prefix('/') }
        });
        match (rest, self.root()) {
            (None, ".") => path.to_string(),
            (rest, root) => format!("{root}/{}", rest.unwrap_or(plain)),
        }
    }

    fn run(&mut self, run: &Node, directory: Option<&Node>, job: &str, facts: &mut Facts) {
        let Some(script) = Embedded::scalar(run, self.input.text) else { return };
        let directory = match directory.and_then(Node::as_text) {
            None => Directory::at(self.root()),
            Some(it) => {
                match normalize(&self.inside(it)).filter(|it| self.input.tree.kind(it) == Some(Kind::Directory)) {
                    Some(path) => Directory::at(&path),
                    None => Directory { path: ".".to_string(), elsewhere: Some(it.to_string()), is_certain: true },
                }
            }
        };
        let rules = Rules { fails_when_unset: false, language: Language::Workflow, in_test: self.input.in_test };
        self.reads.extend(reads::uses(&script, &rules).reads);
        self.script(&script, directory, (job, false), facts);
    }

    fn script(&self, script: &Embedded, directory: Directory, (job, is_remote): (&str, bool), facts: &mut Facts) {
        let mut setting = Setting::new(self.input, CommandHost::Workflow, directory);
        setting.scope = Some(job.to_string());
        setting.is_remote = is_remote;
        run::run(script, setting, facts);
    }

    /// Actions that do what a command would do.
    fn uses(&mut self, uses: &Text, (step, steps): (&Node, &[Node]), job: &str, facts: &mut Facts) {
        let name = uses.value.split('@').next().unwrap_or("");
        let with = |key: &str| step.at(&["with", key]);
        let value = |key: &str| with(key).and_then(text);
        let action = match name {
            _ if name.starts_with("./") => {
                self.workflow.paths.push(uses.clone());
                return;
            }
            "appleboy/ssh-action" => {
                if let Some(script) = with("script").and_then(|it| Embedded::scalar(it, self.input.text)) {
                    let elsewhere = Some("~".to_string());
                    let directory = Directory { path: ".".to_string(), elsewhere, is_certain: false };
                    self.script(&script, directory, (job, true), facts);
                }
                return;
            }
            "docker/build-push-action" => Action::Build {
                dockerfile: value("file").map(|it| Spanned::new(self.inside(&it.value), it.span)),
                context: value("context").map(|it| Spanned::new(self.inside(&it.value), it.span)),
                target: value("target"),
                tags: github_image::tags(step, steps, &self.values),
                arguments: lines(with("build-args")),
            },
            "hoverkraft-tech/compose-action" | "isbang/compose-action" => Action::Compose(ComposeCommand {
                files: lines(with("compose-file")),
                services: lines(with("services")),
                verb: Some(Spanned::new("up".to_string(), uses.span)),
                ..ComposeCommand::default()
            }),
            "dorny/paths-filter" => return self.filters(with("filters")),
            // What another job made is here from now on.
            "actions/download-artifact" => Action::MakeDirectory(value("path").into_iter().collect()),
            _ => match copy(name, step) {
                Some(it) => Action::Copy(it),
                None => return,
            },
        };
        // Paths of a build are those of the repository already.
        let directory = if matches!(action, Action::Build { .. }) { "." } else { self.root() };
        facts.commands.push(Command {
            file: self.input.file,
            path: self.input.path.to_string(),
            span: uses.span,
            words: Vec::new(),
            variables: Vec::new(),
            host: CommandHost::Workflow,
            scope: Some(job.to_string()),
            directory: directory.to_string(),
            elsewhere: None,
            is_directory_certain: true,
            is_remote: false,
            sourced: Vec::new(),
            action,
        });
    }

    /// `filters: |`: YAML within YAML, whose list items are globs.
    fn filters(&mut self, node: Option<&Node>) {
        let Some(script) = node.and_then(|it| Embedded::scalar(it, self.input.text)) else { return };
        let mut at = 0;
        for line in script.text.split_inclusive('\n') {
            if let Some(item) = line.trim().strip_prefix("- ") {
                let item = item.split(" #").next().unwrap_or(item).trim();
                let glob = item.trim_matches(['"', '\'']);
                let start = at + line.find(item).unwrap_or(0) + usize::from(item.len() != glob.len());
                let is_glob = !glob.contains([':', '{', ' ']) && !glob.starts_with('*') && !item.starts_with('&');
                if is_glob {
                    let span = script.span(start, start + glob.len());
                    self.workflow.path_filters.push(Spanned::new(glob.to_string(), span));
                }
            }
            at += line.len();
        }
    }
}

/// Returns the items of a list, of a text with one a line, or of one with commas.
pub(super) fn lines(node: Option<&Node>) -> Vec<Text> {
    let mut list = Vec::new();
    for whole in texts(node) {
        for part in whole.value.split(['\n', ',']).map(str::trim).filter(|it| !it.is_empty()) {
            list.push(Spanned::new(part.to_string(), whole.span));
        }
    }
    list
}

/// Returns what an action copies to a server.
fn copy(name: &str, step: &Node) -> Option<Copy> {
    if name == "actions/checkout" {
        return other_checkout(step);
    }
    let (program, source, target, place) = match name {
        "appleboy/scp-action" => ("scp-action", "source", "target", "with"),
        "burnett01/rsync-deployments" | "Burnett01/rsync-deployments" => ("rsync", "path", "remote_path", "with"),
        "easingthemes/ssh-deploy" => ("rsync", "SOURCE", "TARGET", "with"),
        "garygrossgarten/github-action-scp" => ("scp", "local", "remote", "with"),
        _ => return None,
    };
    let with = step.get(place)?;
    let source = with.get(source).or_else(|| step.at(&["env", source]))?;
    let destination = with.get(target).or_else(|| step.at(&["env", target])).and_then(text)?;
    let sources = lines(Some(source)).into_iter().filter(|it| !it.value.starts_with('!')).collect();
    Some(Copy {
        program: program.to_string(),
        sources,
        destination,
        to_remote: true,
        from_remote: false,
        files_from: None,
        filters: filters(step),
    })
}

/// Returns what a checkout of another repository brings into a folder.
fn other_checkout(step: &Node) -> Option<Copy> {
    Some(Copy {
        program: "git".to_string(),
        sources: vec![step.at(&["with", "repository"]).and_then(text)?],
        destination: step.at(&["with", "path"]).and_then(text)?,
        to_remote: false,
        from_remote: true,
        files_from: None,
        filters: Vec::new(),
    })
}

/// Returns what a copying action is told to leave out: `switches: --exclude=x`, `EXCLUDE: "/a/, /b/"`.
fn filters(step: &Node) -> Vec<Filter> {
    let given = |key: &str| step.at(&["with", key]).or_else(|| step.at(&["env", key])).and_then(text);
    let mut list = Vec::new();
    for switches in ["switches", "ARGS"].into_iter().filter_map(given) {
        let word =
            |it: &str| Word { text: it.replace(['"', '\''], ""), span: switches.span, is_dynamic: it.contains('$') };
        list.extend(filter::of(&switches.value.split_whitespace().map(word).collect::<Vec<_>>()));
    }
    for patterns in given("EXCLUDE").into_iter() {
        for pattern in patterns.value.split(',').map(str::trim).filter(|it| !it.is_empty()) {
            let pattern = Spanned::new(pattern.to_string(), patterns.span);
            list.push(Filter { pattern, by: FilterBy::LeavesOut });
        }
    }
    list
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::repo::tree::Tree;
    use crate::source::FileId;
    use std::sync::Arc;

    const TEXT: &str = r#"on:
  push:
    branches: [main, release/*]
    paths: ['src/**']
env: { REGISTRY: ghcr.io }
jobs:
  deploy:
    defaults: { run: { working-directory: app } }
    strategy: { matrix: { include: [ { dockerfile: app/Dockerfile } ] } }
    steps:
      - uses: ./.github/actions/setup
      - name: env
        run: |
          cat > .env << EOF
          A=1
          B=${{ secrets.B }}
          EOF
          ./build.sh "$X" $REGISTRY
      - uses: docker/build-push-action@v6
        with: { context: ./app, file: ./app/Dockerfile }
      - uses: appleboy/scp-action@v1
        with: { source: "a.yml,conf/b.json", target: /opt/x, host: "${{ secrets.HOST }}" }
      - uses: appleboy/ssh-action@v1
        with:
          script: |
            cd /opt/x
            git pull
            docker compose -f a.yml up -d web
      - uses: dorny/paths-filter@v3
        with:
          filters: |
            web:
              - 'web/**'
"#;

    fn facts(text: &str) -> Facts {
        let tree = Tree::new([Arc::from("app/x")]);
        let kind = crate::repo::kind::Kind::Workflow;
        let input = Input { file: FileId(0), path: ".github/workflows/a.yml", text, kind, in_test: false, tree: &tree };
        let mut facts = Facts::default();
        read(&input, &mut facts, &mut Diags::default());
        facts
    }

    #[test]
    fn steps_are_commands_where_they_run() {
        let facts = facts(TEXT);
        let has = |wanted: &dyn Fn(&Command) -> bool| facts.commands.iter().filter(|it| wanted(it)).count();
        let is_script = |it: &Command| matches!(&it.action, Action::Script { script, n_arguments: 2 } if script.value == "./build.sh");
        assert_eq!(has(&|it| is_script(it) && it.directory == "app"), 1);
        assert_eq!(has(&|it| matches!(&it.action, Action::Build { .. })), 1);
        assert_eq!(has(&|it| matches!(&it.action, Action::Copy(it) if it.sources.len() == 2 && it.to_remote)), 1);
        let up = facts.commands.iter().find(|it| it.action.as_compose().is_some()).unwrap();
        assert!(up.is_remote && up.elsewhere.as_deref() == Some("/opt/x"));
        assert_eq!(&TEXT[up.span.start as usize..up.span.end as usize], "docker compose -f a.yml up -d web");
    }

    #[test]
    fn variables_filters_secrets_and_paths_are_found() {
        let facts = facts(TEXT);
        let sets: Vec<(&str, Option<&str>)> =
            facts.sets.iter().map(|it| (it.name.value.as_str(), it.into.as_deref())).collect();
        assert_eq!(sets, [("REGISTRY", None), ("A", Some("app/.env")), ("B", Some("app/.env"))]);
        assert_eq!(facts.reads.iter().map(|it| it.name.value.as_str()).collect::<Vec<_>>(), ["X"]);
        let workflow = &facts.workflows[0];
        let texts = |it: &[Text]| it.iter().map(|it| it.value.clone()).collect::<Vec<_>>().join(" ");
        assert_eq!(texts(&workflow.path_filters), "src/** web/**");
        assert_eq!(texts(&workflow.branches), "main release/*");
        assert_eq!(texts(&workflow.secrets), "B HOST");
        assert_eq!(texts(&workflow.paths), "app app/Dockerfile ./.github/actions/setup ./app");
        for it in workflow.path_filters.iter().chain(&workflow.secrets) {
            assert!(TEXT[it.span.start as usize..it.span.end as usize].contains(&it.value));
        }
    }
}
