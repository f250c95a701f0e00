//! Facts about paths that texts mention.

use serde::{Deserialize, Serialize};

use super::Text;

/// How a path is mentioned; decides how sure one may be that it is meant as one.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
pub enum MentionBy {
    /// Alone between quotes, in code.
    Quoted,
    /// A Markdown link.
    Link,
    /// A Markdown code span or a line of a code block.
    CodeSpan,
    /// A word of a script, recipe or workflow.
    Word,
    /// A value of a YAML, TOML or JSON file.
    Value,
    /// A comment or plain prose, or what only another folder or an image has.
    Prose,
    /// What a redirection writes: the file is made.
    Written,
}

/// A path-like word that names nothing in the tree.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Mention {
    /// The path as written, at its place.
    pub path: Text,
    /// The paths from the root it may mean: from the root itself, and from the folder of the file that mentions it.
    pub candidates: Vec<String>,
    /// How it is mentioned.
    pub by: MentionBy,
    /// Whether the file belongs to tests, or has made-up data for them.
    pub in_test: bool,
    /// Whether the file is a report of one day, of what was there then.
    pub in_record: bool,
}

/// A file each line of which is a path or a pattern: what `rsync --files-from`, `--exclude-from` and `tar -T` are given.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PathList {
    /// The path of the file from the root.
    pub path: String,
    /// Its lines, as written.
    pub lines: Vec<Text>,
}

/// A path that a script looks for before it uses it, and does without.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Tested {
    /// The script.
    pub file: crate::source::FileId,
    /// The path as written, without quotes and `./`.
    pub path: String,
}

/// A path of a container that a configuration file names, absolute or from the file itself; it may be a pattern.
#[derive(Clone, Debug)]
pub struct InnerPath {
    /// The file's path from the root.
    pub path: String,
    /// The path, at its place.
    pub named: Text,
    /// How the files end that are looked for in it, if the path does not say.
    pub holds: &'static str,
}
