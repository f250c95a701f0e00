//! What surrounds the running system: Makefile targets, CI workflows, backups, the infrastructure page, and files from
//! the user's own templates. All of it is opt-in.

use indexmap::IndexMap;
use schemars::JsonSchema;

use super::decode::{Context, Decode, OneOrMany};
use super::schema::AnyText;
use super::text::Text;
use crate::source::Spanned;
use crate::syntax::node::Node;

/// A target of the Makefile: says one thing that it does.
#[derive(Clone, Default, Debug, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Task {
    /// What it does, for `make help`.
    pub doc: Option<Text>,
    /// Shell lines, each run on its own.
    #[schemars(with = "Option<OneOrMany<Text>>")]
    pub run: OneOrMany<Text>,
    /// Start this environment.
    pub up: Option<Text>,
    /// Stop this environment.
    pub down: Option<Text>,
    /// Show the logs of this environment.
    pub logs: Option<Text>,
    /// Show what runs in this environment.
    pub ps: Option<Text>,
    /// Run the migrations of this environment.
    pub migrate: Option<Text>,
    /// Deploy this environment.
    pub deploy: Option<Text>,
    /// Decrypt the secrets of this environment.
    pub secrets: Option<Text>,
    /// Back up this environment.
    pub backup: Option<Text>,
    /// Restore a backup of this environment.
    pub restore: Option<Text>,
    /// With `up`: wait this long until everything is healthy.
    pub wait: Option<Text>,
    /// With `up`: build images first.
    pub build: Option<bool>,
    /// With `down`: remove volumes, and the data in them.
    pub volumes: Option<bool>,
    /// Run `run` in the running container of this service …
    pub exec: Option<Text>,
    /// … of this environment.
    pub r#in: Option<Text>,
}

impl Decode for Task {
    fn decode(node: &Node, cx: &mut Context<'_>) -> Option<Task> {
        let mut fields = cx.fields(node, "a task");
        let task = Task {
            doc: fields.get("doc", cx),
            run: fields.or_default("run", cx),
            up: fields.get("up", cx),
            down: fields.get("down", cx),
            logs: fields.get("logs", cx),
            ps: fields.get("ps", cx),
            migrate: fields.get("migrate", cx),
            deploy: fields.get("deploy", cx),
            secrets: fields.get("secrets", cx),
            backup: fields.get("backup", cx),
            restore: fields.get("restore", cx),
            wait: fields.get("wait", cx),
            build: fields.get("build", cx),
            volumes: fields.get("volumes", cx),
            exec: fields.get("exec", cx),
            r#in: fields.get("in", cx),
        };
        fields.finish(cx)?;
        Some(task)
    }
}

/// Makefile targets by name. `file` names the Makefile, when it is not `Makefile`.
#[derive(Clone, Default, Debug)]
pub struct Tasks {
    /// The Makefile.
    pub file: Option<Text>,
    /// The targets.
    pub tasks: IndexMap<String, Spanned<Task>>,
}

impl Decode for Tasks {
    fn decode(node: &Node, cx: &mut Context<'_>) -> Option<Tasks> {
        let Some(map) = node.as_map() else { return cx.expected(node, "a map of tasks") };
        let mut tasks = Tasks::default();
        for entry in &map.entries {
            if &*entry.key == "file" && entry.value.as_map().is_none() {
                tasks.file = Text::decode(&entry.value, cx);
            } else if let Some(task) = Task::decode(&entry.value, cx) {
                tasks.tasks.insert(entry.key.to_string(), Spanned::new(task, entry.key_span));
            }
        }
        Some(tasks)
    }
}

/// The schema of a task, or of the file's name among the tasks.
#[derive(JsonSchema)]
#[schemars(untagged)]
#[allow(dead_code)]
pub enum TaskShape {
    /// The name of the Makefile, under `file`.
    File(String),
    /// A task.
    Task(Box<Task>),
}

/// Continuous integration.
#[derive(Clone, Default, Debug, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Ci {
    /// GitHub: one workflow, or several by name.
    #[schemars(with = "Option<WorkflowsShape>")]
    pub github: Workflows,
}

impl Decode for Ci {
    fn decode(node: &Node, cx: &mut Context<'_>) -> Option<Ci> {
        let mut fields = cx.fields(node, "a CI section");
        let ci = Ci { github: fields.or_default("github", cx) };
        fields.finish(cx)?;
        Some(ci)
    }
}

/// Workflows by name; a single one that is not named has the name of its file.
#[derive(Clone, Default, Debug)]
pub struct Workflows(pub IndexMap<String, Spanned<Workflow>>);

impl Decode for Workflows {
    fn decode(node: &Node, cx: &mut Context<'_>) -> Option<Workflows> {
        let Some(map) = node.as_map() else { return cx.expected(node, "a workflow, or a map of workflows") };
        if map.entries.iter().all(|it| it.value.as_map().is_some()) {
            return IndexMap::decode(node, cx).map(Workflows);
        }
        let workflow = Workflow::decode(node, cx)?;
        let file = workflow.file.as_ref().map_or("", |it| it.value.rsplit('/').next().unwrap_or(&it.value));
        let name = file.split('.').next().unwrap_or(file).to_string();
        Some(Workflows([(name, Spanned::new(workflow, node.place()))].into_iter().collect()))
    }
}

#[derive(JsonSchema)]
#[schemars(untagged)]
#[allow(dead_code)]
enum WorkflowsShape {
    One(Box<Workflow>),
    Many(std::collections::BTreeMap<String, Workflow>),
}

/// A workflow: what starts it, and its jobs. A job is there if it is written.
#[derive(Clone, Default, Debug, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Workflow {
    /// The file to write.
    pub file: Option<Text>,
    /// What starts it: `push`, `push:BRANCH`, `pull_request`, `manual`, `schedule:CRON`; default: what the deployment
    /// says, else `push` and `pull_request`.
    #[schemars(with = "Option<OneOrMany<Text>>")]
    pub on: OneOrMany<Text>,
    /// Only when one of these changes.
    #[schemars(with = "Option<OneOrMany<Text>>")]
    pub paths: OneOrMany<Text>,
    /// Not when only these change.
    #[schemars(with = "Option<OneOrMany<Text>>")]
    pub ignore: OneOrMany<Text>,
    /// Words in the commit message that leave out lint and tests.
    pub skip: Option<Text>,
    /// The kind of runner; default `ubuntu-latest`.
    pub runner: Option<Text>,
    /// Shell lines before those of every job: tools to install.
    #[schemars(with = "Option<OneOrMany<Text>>")]
    pub setup: OneOrMany<Text>,
    /// Shell lines of a job of this name.
    #[schemars(with = "Option<JobShape>")]
    pub lint: Option<Job>,
    /// Shell lines of the tests, or `{run, matrix, services}`.
    #[schemars(with = "Option<JobShape>")]
    pub test: Option<Job>,
    /// Shell lines of a job of this name.
    #[schemars(with = "Option<JobShape>")]
    pub security: Option<Job>,
    /// Shell lines of a job that has the workflow's name.
    #[schemars(with = "Option<JobShape>")]
    pub run: Option<Job>,
    /// `changed` or `all` of the images, or the shell lines of a build.
    #[schemars(with = "Option<OneOrMany<Text>>")]
    pub build: OneOrMany<Text>,
    /// Push built images to the registry; default true.
    pub push: Option<bool>,
    /// The environment that is deployed when all of that has passed.
    pub deploy: Option<Text>,
    /// What the token of GitHub may do in the jobs of shell lines, such as `{contents: write}` to push; default
    /// `{contents: read}`.
    #[schemars(with = "Option<std::collections::BTreeMap<String, Access>>")]
    pub permissions: IndexMap<String, Spanned<Access>>,
}

/// What a token may do with a kind of thing.
#[derive(Clone, Copy, PartialEq, Eq, Debug, JsonSchema)]
#[schemars(rename_all = "lowercase")]
pub enum Access {
    /// Nothing.
    None,
    /// Read.
    Read,
    /// Read and change.
    Write,
}

impl Decode for Access {
    fn decode(node: &Node, cx: &mut Context<'_>) -> Option<Access> {
        cx.word(node, &[("none", Access::None), ("read", Access::Read), ("write", Access::Write)])
    }
}

impl Decode for Workflow {
    fn decode(node: &Node, cx: &mut Context<'_>) -> Option<Workflow> {
        let mut fields = cx.fields(node, "a workflow");
        let workflow = Workflow {
            file: fields.required("file", cx),
            on: fields.or_default("on", cx),
            paths: fields.or_default("paths", cx),
            ignore: fields.or_default("ignore", cx),
            skip: fields.get("skip", cx),
            runner: fields.get("runner", cx),
            setup: fields.or_default("setup", cx),
            lint: fields.get("lint", cx),
            test: fields.get("test", cx),
            security: fields.get("security", cx),
            run: fields.get("run", cx),
            build: fields.or_default("build", cx),
            push: fields.get("push", cx),
            deploy: fields.get("deploy", cx),
            permissions: fields.or_default("permissions", cx),
        };
        fields.finish(cx)?;
        Some(workflow)
    }
}

/// A job of a workflow.
#[derive(Clone, Default, Debug)]
pub struct Job {
    /// Its shell lines.
    pub run: Vec<Text>,
    /// One run for each combination; `<name>` in a line is the value.
    pub matrix: IndexMap<String, Spanned<OneOrMany<Text>>>,
    /// Services of the system that run beside it.
    pub services: Vec<Text>,
}

impl Decode for Job {
    fn decode(node: &Node, cx: &mut Context<'_>) -> Option<Job> {
        if node.as_map().is_none() {
            return Some(Job { run: OneOrMany::decode(node, cx)?.0, ..Job::default() });
        }
        let mut fields = cx.fields(node, "a job");
        let run: Option<OneOrMany<Text>> = fields.required("run", cx);
        let matrix = fields.or_default("matrix", cx);
        let services: OneOrMany<Text> = fields.or_default("services", cx);
        fields.finish(cx)?;
        Some(Job { run: run?.0, matrix, services: services.0 })
    }
}

#[derive(JsonSchema)]
#[schemars(untagged)]
#[allow(dead_code)]
enum JobShape {
    Lines(OneOrMany<Text>),
    Map(JobMap),
}

#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[allow(dead_code)]
struct JobMap {
    /// Shell lines.
    run: OneOrMany<Text>,
    /// One run for each combination; `<name>` in a line is the value.
    matrix: Option<std::collections::BTreeMap<String, OneOrMany<Text>>>,
    /// Services of the system that run beside it, published on their own ports.
    services: Option<OneOrMany<Text>>,
}

/// Copies of the data of an environment: a script that makes them, and one that plays them back.
#[derive(Clone, Default, Debug, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Backup {
    /// When: cron notation. Without it, whoever runs the script decides.
    pub schedule: Option<Text>,
    /// How many are kept; default 7.
    pub keep: Option<u32>,
    /// Where they lie, relative to the directory of the system or absolute; default `backups`.
    pub dir: Option<Text>,
    /// The script to write; default `scripts/backup-ENVIRONMENT.sh`. The one that restores lies beside it.
    pub file: Option<Text>,
    /// Volumes that are left out.
    #[schemars(with = "Option<OneOrMany<Text>>")]
    pub without: OneOrMany<Text>,
}

impl Decode for Backup {
    fn decode(node: &Node, cx: &mut Context<'_>) -> Option<Backup> {
        let mut fields = cx.fields(node, "a backup");
        let backup = Backup {
            schedule: fields.get("schedule", cx),
            keep: fields.get("keep", cx),
            dir: fields.get("dir", cx),
            file: fields.get("file", cx),
            without: fields.or_default("without", cx),
        };
        fields.finish(cx)?;
        Some(backup)
    }
}

/// The infrastructure page.
#[derive(Clone, Default, Debug, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Docs {
    /// The Markdown file to write.
    pub file: Option<Text>,
    /// A picture of each environment to write beside it, such as `docs/system.svg`; the environment's name is added.
    pub picture: Option<Text>,
    /// What must stay so: sentences for the page, beside the policies of `check.assert`.
    #[schemars(with = "Option<OneOrMany<Text>>")]
    pub notes: OneOrMany<Text>,
}

impl Decode for Docs {
    fn decode(node: &Node, cx: &mut Context<'_>) -> Option<Docs> {
        let mut fields = cx.fields(node, "a docs section");
        let docs = Docs {
            file: fields.required("file", cx),
            picture: fields.get("picture", cx),
            notes: fields.or_default("notes", cx),
        };
        fields.finish(cx)?;
        Some(docs)
    }
}

/// A file made from the user's own template.
#[derive(Clone, Debug, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Template {
    /// The template, in minijinja's language, relative to the spec.
    pub from: Text,
    /// The file to write.
    pub to: Text,
    /// The environment that it is for; without one, the template sees all of them.
    #[schemars(with = "Option<AnyText>")]
    pub env: Option<Text>,
    /// Whether the file is a program.
    pub executable: Option<bool>,
}

impl Decode for Template {
    fn decode(node: &Node, cx: &mut Context<'_>) -> Option<Template> {
        let mut fields = cx.fields(node, "a template");
        let (from, to) = (fields.required("from", cx), fields.required("to", cx));
        let (env, executable) = (fields.get("env", cx), fields.get("executable", cx));
        fields.finish(cx)?;
        Some(Template { from: from?, to: to?, env, executable })
    }
}
