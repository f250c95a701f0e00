//! What surrounds the running system, resolved: tasks, workflows, backups, the page, the user's templates.

use super::deploy::Trigger;
use super::text::Text;
use crate::source::Span;

/// The Makefile.
#[derive(Clone, Debug)]
pub struct Tasks {
    /// The file.
    pub file: String,
    /// The targets, in written order.
    pub tasks: Vec<Task>,
}

/// A target of the Makefile.
#[derive(Clone, Debug)]
pub struct Task {
    /// Its name.
    pub name: String,
    /// Where it is written.
    pub span: Span,
    /// What it does.
    pub doc: Option<String>,
    /// How.
    pub action: Action,
}

/// What a task does. Environments and services are known.
#[derive(Clone, Debug)]
pub enum Action {
    /// Shell lines.
    Run(Vec<Text>),
    /// Shell lines in the running container of a service.
    Exec {
        /// The service.
        service: String,
        /// The environment.
        environment: String,
        /// The lines; none opens a shell.
        lines: Vec<Text>,
    },
    /// Start an environment.
    Up {
        /// The environment.
        environment: String,
        /// Wait for so many seconds.
        wait: Option<u64>,
        /// Build images first.
        build: bool,
    },
    /// Stop an environment.
    Down {
        /// The environment.
        environment: String,
        /// Remove volumes.
        volumes: bool,
    },
    /// What needs nothing but an environment.
    Of(Chore, String),
}

/// Something that is done with an environment.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Chore {
    /// Show logs.
    Logs,
    /// Show what runs.
    Ps,
    /// Run migrations.
    Migrate,
    /// Deploy.
    Deploy,
    /// Decrypt secrets.
    Secrets,
    /// Back up.
    Backup,
    /// Restore.
    Restore,
}

/// A CI workflow.
#[derive(Clone, Debug)]
pub struct Workflow {
    /// Its name.
    pub name: String,
    /// Where it is written.
    pub span: Span,
    /// The file.
    pub file: String,
    /// What starts it.
    pub on: Vec<Trigger>,
    /// Only when one of these changes.
    pub paths: Vec<String>,
    /// Not when only these change.
    pub ignore: Vec<String>,
    /// Words in the commit message that leave out lint and tests.
    pub skip: Option<String>,
    /// The kind of runner.
    pub runner: Option<String>,
    /// Shell lines before those of every job.
    pub setup: Vec<String>,
    /// Jobs of shell lines, in order.
    pub jobs: Vec<Job>,
    /// The images.
    pub build: Building,
    /// The environment that is deployed at the end.
    pub deploy: Option<String>,
    /// What the token may do in jobs of shell lines: kinds of things with `none`, `read` or `write`.
    pub permissions: Vec<(String, &'static str)>,
}

/// A job of shell lines.
#[derive(Clone, Debug)]
pub struct Job {
    /// Its name.
    pub name: String,
    /// Its lines; `<name>` stands for a value of the matrix.
    pub lines: Vec<String>,
    /// One run for each combination.
    pub matrix: Vec<(String, Vec<String>)>,
    /// Services that run beside it.
    pub services: Vec<String>,
}

/// What a workflow does with images.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Building {
    /// Nothing.
    Nothing,
    /// Builds them.
    Images {
        /// Only those whose files have changed.
        changed: bool,
        /// Push them to the registry.
        push: bool,
    },
    /// Shell lines.
    Lines(Vec<String>),
}

/// An image that we build.
#[derive(Clone, Debug)]
pub struct Image {
    /// Its name under `images`.
    pub name: String,
    /// Where it is written.
    pub span: Span,
    /// Directory, relative to the spec.
    pub context: String,
    /// Dockerfile, relative to the context.
    pub dockerfile: Option<String>,
    /// Stage to stop at.
    pub target: Option<String>,
    /// Build arguments.
    pub args: Vec<(String, Text)>,
    /// The reference it is pushed as.
    pub reference: Text,
    /// What a change of rebuilds it.
    pub paths: Vec<String>,
    /// Platforms.
    pub platforms: Vec<String>,
}

/// Copies of the data of an environment.
#[derive(Clone, Debug)]
pub struct Backup {
    /// Where it is written.
    pub span: Span,
    /// When: cron notation.
    pub schedule: Option<String>,
    /// How many are kept.
    pub keep: u32,
    /// Where they lie.
    pub dir: Text,
    /// The script that makes one.
    pub file: String,
    /// The script that plays one back.
    pub restore: String,
    /// Volumes that are left out.
    pub without: Vec<String>,
}

/// The infrastructure page.
#[derive(Clone, Debug)]
pub struct Docs {
    /// The Markdown file.
    pub file: String,
    /// A picture of each environment.
    pub picture: Option<String>,
    /// What must stay so.
    pub constraints: Vec<String>,
}

/// A file from the user's own template.
#[derive(Clone, Debug)]
pub struct Template {
    /// The template's path.
    pub from: String,
    /// Its text.
    pub text: String,
    /// The file to write.
    pub to: String,
    /// Where it is written.
    pub span: Span,
    /// The environment that it is for.
    pub environment: Option<String>,
    /// Whether the file is a program.
    pub executable: bool,
}
