//! Facts of a Dockerfile.

use serde::{Deserialize, Serialize};

use super::Text;
use crate::repo::compose::Arguments;
use crate::source::{FileId, Span};

/// A Dockerfile.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Dockerfile {
    /// The file.
    pub file: FileId,
    /// Its path from the root.
    pub path: String,
    /// `ARG`s before the first `FROM`: name and default.
    pub global_args: Vec<(Text, Option<Text>)>,
    /// The stages, in order.
    pub stages: Vec<Stage>,
}

/// One stage.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Stage {
    /// The image or stage it starts from.
    pub from: Text,
    /// `AS name`.
    pub name: Option<Text>,
    /// `ARG` names and defaults.
    pub args: Vec<(Text, Option<Text>)>,
    /// `ENV` names and values.
    pub env: Vec<(Text, Text)>,
    /// `COPY` and `ADD`, and `RUN --mount=type=bind`.
    pub copies: Vec<DockerCopy>,
    /// `RUN` command lines, joined.
    pub runs: Vec<Text>,
    /// `EXPOSE`d ports, as written.
    pub exposes: Vec<Text>,
    /// The last `WORKDIR`.
    pub workdir: Option<Text>,
    /// The last `USER`.
    pub user: Option<Text>,
    /// The last `CMD`.
    pub cmd: Option<Arguments>,
    /// The last `ENTRYPOINT`.
    pub entrypoint: Option<Arguments>,
    /// The last `HEALTHCHECK`; `None` inside for `HEALTHCHECK NONE`.
    pub healthcheck: Option<(Span, Option<Arguments>)>,
    /// The whole stage.
    pub span: Span,
}

impl Stage {
    /// Makes a stage that does nothing yet.
    pub fn new(from: Text, span: Span) -> Stage {
        Stage {
            from,
            name: None,
            args: Vec::new(),
            env: Vec::new(),
            copies: Vec::new(),
            runs: Vec::new(),
            exposes: Vec::new(),
            workdir: None,
            user: None,
            cmd: None,
            entrypoint: None,
            healthcheck: None,
            span,
        }
    }
}

/// Files brought into an image.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct DockerCopy {
    /// The sources, relative to the build context or to the root of `from`.
    pub sources: Vec<Text>,
    /// The destination.
    pub destination: Text,
    /// `--from`: a stage or an image.
    pub from: Option<Text>,
}

/// A `.dockerignore`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct IgnoreFile {
    /// Its path from the root.
    pub path: String,
    /// Its patterns, in order.
    pub patterns: Vec<Text>,
}
