//! The table of readers: which function reads which kind of file.
//!
//! A reader gets the text of one file and adds facts. It never fails: what it cannot understand it leaves out, and
//! a text that is not of its format becomes a diagnostic. Readers run on several threads, one file at a time.

use std::sync::LazyLock;

use super::Wanted;
use super::fact::Facts;
use super::kind::Kind;
use super::telling::Marks;
use super::tree::Tree;
use super::{
    ansible, compose, config_host, devcontainer, dockerfile, env_file, github_paths, go, ignore_file, inner_path,
    kubernetes, makefile, markdown, mention, nginx, other_code, package_json, path_list, private_key, python,
    rust_code, script, shell, suppression, task_file, terraform, tested, traefik, upstream, workflow,
};
use crate::diag::Diags;
use crate::source::FileId;

/// One file to read.
pub struct Input<'a> {
    /// Its id, for spans.
    pub file: FileId,
    /// Its path from the root.
    pub path: &'a str,
    /// Its text.
    pub text: &'a str,
    /// What it is.
    pub kind: Kind,
    /// Whether it belongs to tests.
    pub in_test: bool,
    /// What else exists.
    pub tree: &'a Tree,
}

/// Reads one file.
pub type Reader = fn(&Input, &mut Facts, &mut Diags);

/// Readers by kind. A kind may have several; each gets the whole text.
pub static READERS: &[(Kind, Reader)] = &[
    (Kind::Compose, compose::read::read),
    (Kind::Dockerfile, dockerfile::read),
    (Kind::IgnoreList, ignore_file::read),
    (Kind::IgnoreList, path_list::read),
    (Kind::Nginx, nginx::read),
    (Kind::Traefik, traefik::read),
    (Kind::Kubernetes, kubernetes::read),
    (Kind::EnvFile, env_file::read),
    (Kind::EnvTemplate, env_file::read),
    (Kind::Script, script::read),
    (Kind::Go, go::read),
    (Kind::Rust, rust_code::read),
    (Kind::Shell, shell::read),
    (Kind::Text, private_key::read),
    (Kind::Text, other_code::read),
    (Kind::Text, task_file::read_text),
    (Kind::Text, path_list::read),
    (Kind::Text, github_paths::read_owners),
    (Kind::Yaml, github_paths::read_dependabot),
    (Kind::Yaml, task_file::read_yaml),
    (Kind::Yaml, ansible::read),
    (Kind::Yaml, other_code::read_yaml),
    (Kind::Text, upstream::read_text),
    (Kind::Yaml, upstream::read_yaml),
    (Kind::Yaml, config_host::read_yaml),
    (Kind::Text, inner_path::read_text),
    (Kind::Yaml, inner_path::read_yaml),
    (Kind::Text, terraform::read),
    (Kind::Makefile, makefile::read),
    (Kind::Workflow, workflow::read),
    (Kind::Markdown, markdown::read),
    (Kind::Json, package_json::read),
    (Kind::Json, devcontainer::read),
    (Kind::Python, python::read),
    (Kind::Text, python::read_template),
    (Kind::Text, python::packages::read_text),
    (Kind::Toml, python::packages::read_toml),
    (Kind::Toml, config_host::read_toml),
];

/// Words at which every text is looked at closer, whatever its kind.
static RARE: LazyLock<Marks<3>> = LazyLock::new(|| Marks::new([mention::BARE[0], mention::BARE[1], suppression::MARK]));

/// Reads one file with every reader that its kind has, so far as anybody asks for what it says.
pub fn read(input: &Input, wanted: Wanted, facts: &mut Facts, diags: &mut Diags) {
    if wanted == Wanted::All || !(is_program(input.kind) || is_script(input.kind)) {
        read_kind(input, facts, diags);
    }
    let [compose, dockerfile, mark] = RARE.places(input.text);
    mention::read(input, [&compose, &dockerfile], facts);
    tested::read(input, facts);
    suppression::read(input.text, &mark, (input.file, input.kind), &mut facts.suppressions);
}

/// Reads one file with the readers of its kind.
pub(super) fn read_kind(input: &Input, facts: &mut Facts, diags: &mut Diags) {
    for (_, reader) in READERS.iter().filter(|it| it.0 == input.kind) {
        reader(input, facts, diags);
    }
}

/// Returns whether the readers of a kind say what programs do, and nothing of files.
fn is_program(kind: Kind) -> bool {
    matches!(kind, Kind::Python | Kind::Script | Kind::Go | Kind::Rust)
}

/// Returns whether the readers of a kind say mostly what is done to files.
fn is_script(kind: Kind) -> bool {
    matches!(kind, Kind::Shell | Kind::Markdown)
}

/// Returns whether a text is such a one, and may have commands.
pub(super) fn has_commands(kind: Kind, text: &str) -> bool {
    kind == Kind::Shell || kind == Kind::Markdown && markdown::may_have_commands(text)
}
