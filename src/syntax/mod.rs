//! Text to tree and tree to text; no meaning.
//!
//! YAML, TOML and JSON all become the same [`node::Node`], with a place on every key and value, so whatever reads
//! a tree is written once. Writing YAML is `yaml_out`: an ordered tree with comments and origins.

pub mod json;
pub mod node;
pub mod toml;
pub mod yaml;
pub mod yaml_out;

use crate::diag::{Code, Diags};
use crate::source::{FileId, Sources};
use node::Node;

/// The text is not of its format.
pub static SYNTAX_ERROR: Code = Code { id: "YML001", name: "syntax-error" };
/// One key twice in one map.
pub static DUPLICATE_KEY: Code = Code { id: "YML002", name: "duplicate-key" };
/// Aliases that would expand without bound, or refer to nothing.
pub static BAD_ALIAS: Code = Code { id: "YML007", name: "bad-alias" };

/// Reads a spec or other one-document file by its extension: `.toml`, `.json`, else YAML.
///
/// Returns `None` if there is no document to go on with; problems are in `diags`.
pub fn parse(sources: &Sources, file: FileId, diags: &mut Diags) -> Option<Node> {
    let path = sources.path(file);
    let text = sources.text(file);
    let extension = path.rsplit('.').next().unwrap_or("");
    match extension {
        "toml" => toml::parse(text, file, diags),
        "json" => json::parse(text, file, diags),
        _ => yaml::parse(text, file, diags).into_iter().next(),
    }
}
