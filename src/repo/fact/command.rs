//! Facts about commands, wherever they are written: scripts, Makefiles, workflows, documents.

use serde::{Deserialize, Serialize};

use super::Text;
use crate::source::{FileId, Span};

/// Where a command is written.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
pub enum CommandHost {
    /// A shell script.
    Script,
    /// A recipe of a Makefile.
    Make,
    /// A step of a workflow.
    Workflow,
    /// A code block of a document: someone is told to type it.
    Document,
    /// `scripts` of a package.json, tasks of a pyproject.toml.
    Tasks,
    /// A `RUN` of a Dockerfile.
    Dockerfile,
}

/// One word of a command line, unquoted.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Word {
    /// The text without quotes. Variables whose value the same file sets to a literal are replaced.
    pub text: String,
    /// The place, quotes included.
    pub span: Span,
    /// Whether some part is still unknown (`$X`, `$(…)`, a placeholder such as `<name>`).
    pub is_dynamic: bool,
}

/// A command and what specc understands of it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Command {
    /// The file.
    pub file: FileId,
    /// The path of the file from the root.
    pub path: String,
    /// From the first word to the last.
    pub span: Span,
    /// All words, `X=…` before the program left out.
    pub words: Vec<Word>,
    /// `X=… program`: variables for this command.
    pub variables: Vec<(Text, Option<Text>)>,
    /// Where it is written.
    pub host: CommandHost,
    /// The Make target, workflow job or shell function it belongs to.
    pub scope: Option<String>,
    /// The directory it runs in, from the root, as far as `cd` and `working-directory` tell; "." if nothing does.
    pub directory: String,
    /// The directory as written, where it is none of this repository's: of a server, or made on the way.
    /// `directory` is then the one that the rest of the repository suggests.
    pub elsewhere: Option<String>,
    /// Whether something says in which directory it runs. Scripts and documents are read from anywhere.
    pub is_directory_certain: bool,
    /// Whether it runs on another machine: inside `ssh`, or its heredoc.
    pub is_remote: bool,
    /// Env files `source`d before it in the same file, in order: their variables are in its environment.
    pub sourced: Vec<Text>,
    /// What it does.
    pub action: Action,
}

/// What a command does, as far as rules care.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Action {
    /// `docker compose …`, `docker-compose …`.
    Compose(ComposeCommand),
    /// `docker stack deploy -c … NAME`.
    StackDeploy {
        /// The `-c` files.
        files: Vec<Text>,
        /// The stack's name.
        name: Option<Text>,
    },
    /// `scp`, `rsync`, `cp`, `mv`, `install`, a copying workflow step.
    Copy(Copy),
    /// `tar c…`, `git archive`.
    Archive(Archive),
    /// `make target…`.
    Make {
        /// The targets.
        targets: Vec<Text>,
        /// The directory given by `-C`.
        directory: Option<Text>,
    },
    /// `docker network create NAME`.
    NetworkCreate(Text),
    /// `docker volume create NAME`.
    VolumeCreate(Text),
    /// `docker secret create NAME …`, `docker config create NAME …`.
    SecretCreate(Text),
    /// `docker build`, `docker buildx build`, or a build step of a workflow.
    Build {
        /// `-f`.
        dockerfile: Option<Text>,
        /// The context.
        context: Option<Text>,
        /// `--target`.
        target: Option<Text>,
        /// `-t`.
        tags: Vec<Text>,
        /// `--build-arg NAME[=value]`.
        arguments: Vec<Text>,
    },
    /// `docker run`, with its `--env-file`s.
    Run {
        /// The env files.
        env_files: Vec<Text>,
        /// The image.
        image: Option<Text>,
    },
    /// `curl`, `wget`: the URLs.
    Fetch(Vec<Text>),
    /// `source FILE`, `. FILE`.
    Source {
        /// The file.
        file: Text,
        /// Whether `set -a` is on, so that its variables reach programs.
        is_exported: bool,
    },
    /// `mkdir`: directories that exist from here on.
    MakeDirectory(Vec<Text>),
    /// `touch`, `> file`, `tee file`, `-o file`: files that exist from here on.
    MakeFile(Vec<Text>),
    /// `kubectl apply -f …` and `-k …`.
    KubectlApply(Vec<Text>),
    /// `git pull`, `git checkout`: the whole tree reaches the machine.
    GitPull,
    /// A script or module of the repository is run: `./x.sh a b`, `bash x.sh`, `python x.py`, `npm run x`.
    Script {
        /// What is run.
        script: Text,
        /// How many positional arguments follow.
        n_arguments: usize,
    },
    /// Something else.
    Other,
}

/// A `docker compose` command line.
#[derive(Clone, Default, Debug, Serialize, Deserialize)]
pub struct ComposeCommand {
    /// `-f` files, in order; empty means the default files of `directory`.
    pub files: Vec<Text>,
    /// `--env-file` files, in order; empty means the `.env` beside the first file.
    pub env_files: Vec<Text>,
    /// `--profile` names.
    pub profiles: Vec<Text>,
    /// `-p`.
    pub project: Option<Text>,
    /// `--project-directory`.
    pub project_directory: Option<Text>,
    /// `up`, `run`, `config` …, at its place.
    pub verb: Option<Text>,
    /// Service names given to the verb.
    pub services: Vec<Text>,
    /// Whether some file or flag is not a literal, so that lists may be incomplete.
    pub is_dynamic: bool,
}

/// Files copied from here to there.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Copy {
    /// `scp`, `rsync`, `cp` ….
    pub program: String,
    /// What is copied, host part removed.
    pub sources: Vec<Text>,
    /// Where to, host part removed.
    pub destination: Text,
    /// Whether the destination is another machine.
    pub to_remote: bool,
    /// Whether the source is another machine.
    pub from_remote: bool,
    /// A file with the list of what is copied, relative to the source: `rsync --files-from`.
    pub files_from: Option<Text>,
    /// What it leaves out of the sources, in order; the first that fits decides.
    pub filters: Vec<Filter>,
}

/// A pattern that decides whether a part of what is copied goes along.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Filter {
    /// The pattern, or the file that has patterns.
    pub pattern: Text,
    /// What it does.
    pub by: FilterBy,
}

/// What a filter does.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum FilterBy {
    /// `--include PATTERN`.
    Takes,
    /// `--exclude PATTERN`.
    LeavesOut,
    /// `--include-from FILE`.
    TakesListed,
    /// `--exclude-from FILE`.
    LeavesOutListed,
}

/// Paths that are packed together.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Archive {
    /// The file they are packed into; `None` for standard output.
    pub output: Option<Text>,
    /// They.
    pub sources: Vec<Text>,
    /// `-C`.
    pub directory: Option<Text>,
    /// Whether more may be packed than is written.
    pub is_open: bool,
    /// What is left out of the sources.
    pub filters: Vec<Filter>,
}

impl Action {
    /// Returns the compose command line.
    pub fn as_compose(&self) -> Option<&ComposeCommand> {
        if let Action::Compose(it) = self { Some(it) } else { None }
    }
}

/// A shell script as a whole.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ShellScript {
    /// The file.
    pub file: FileId,
    /// Its path from the root.
    pub path: String,
    /// Whether an unset variable ends it: `set -u`.
    pub fails_when_unset: bool,
    /// How many positional arguments it insists on, and where.
    pub arguments: Option<(Span, usize)>,
}

/// A variable in a script for another machine that only this one sets.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct LeftBehind {
    /// Where the script uses it.
    pub name: Text,
    /// Where it is set.
    pub set: Span,
    /// How the script gets there.
    pub way: Way,
}

/// How a script gets to another machine.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Way {
    /// Between single quotes: `ssh host '…'`.
    Quotes,
    /// In a here-document with a quoted delimiter.
    Document,
    /// As `script` of an action.
    Action,
}
