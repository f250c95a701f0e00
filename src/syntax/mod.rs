//! Text to tree and tree to text; no meaning.
//!
//! YAML, TOML and JSON all become the same [`node::Node`], with a place on every key and value, so whatever reads
//! a tree is written once. Writing YAML is `yaml_out`: an ordered tree with comments and origins.

pub mod bytes;
pub mod dotenv;
pub mod duration;
pub mod glob;
pub mod image;
pub mod interpolation;
pub mod json;
pub mod kubernetes_name;
pub mod mount;
pub mod node;
pub mod piece;
pub mod port;
pub mod quantity;
pub mod tokens;
pub mod toml;
pub mod words;
pub mod yaml;
pub mod yaml_out;

use std::ops::Range;

use crate::diag::{Code, Diagnostic, Diags, Level};
use crate::source::{FileId, Sources, Span};
use node::Node;

/// The text is not of its format.
pub static SYNTAX_ERROR: Code = Code { id: "YML001", name: "syntax-error" };
/// One key twice in one map.
pub static DUPLICATE_KEY: Code = Code { id: "YML002", name: "duplicate-key" };
/// Aliases that would expand without bound, or refer to nothing.
pub static BAD_ALIAS: Code = Code { id: "YML007", name: "bad-alias" };

/// Knows the value of a variable, if it is set.
pub type Lookup<'a> = &'a dyn Fn(&str) -> Option<String>;

/// What is wrong with a small text, such as a port or a duration, and where in it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Malformed {
    /// The bytes of the text that are wrong.
    pub range: Range<usize>,
    /// One sentence without a full stop.
    pub message: String,
    /// One concrete way out.
    pub help: Option<String>,
}

impl Malformed {
    /// Says what is wrong with a part of a text.
    pub fn new(range: Range<usize>, message: impl Into<String>) -> Malformed {
        Malformed { range, message: message.into(), help: None }
    }

    /// Adds the way out.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Malformed {
        self.help = Some(help.into());
        self
    }

    /// Moves the place, for a text that is part of a longer one.
    #[must_use]
    pub fn shifted(mut self, by: usize) -> Malformed {
        self.range = self.range.start + by..self.range.end + by;
        self
    }

    /// Makes an error of it; `span` is where the text is written. [`Sources::part_of`] finds the part.
    pub fn diagnostic(self, code: Code, span: Span) -> Diagnostic {
        Diagnostic::new(code, Level::Error, span, self.message).maybe_help(self.help)
    }
}

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
