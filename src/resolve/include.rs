//! `include`: further files whose sections are merged in, below what the including file writes.

use crate::diag::{Code, Diagnostic, Diags, Level};
use crate::files::Files;
use crate::resolve::merge;
use crate::source::{FileId, Sources, Span, normalize};
use crate::syntax::{self, node::Node};

/// A file that cannot be included.
pub static BAD_INCLUDE: Code = Code { id: "SPEC010", name: "bad-include" };
/// The spec cannot be read.
pub static UNREADABLE: Code = Code { id: "SPEC011", name: "unreadable-file" };

/// No spec is this large; what is, was given by mistake.
pub const MAX_SPEC_BYTES: usize = 16 * 1024 * 1024;

/// Reads a spec and everything that it includes into one tree.
pub fn load(files: &dyn Files, path: &str, sources: &mut Sources, diags: &mut Diags) -> Option<Node> {
    let mut loader = Loader { files, sources, diags, open: Vec::new() };
    loader.load(path, None)
}

struct Loader<'a> {
    files: &'a dyn Files,
    sources: &'a mut Sources,
    diags: &'a mut Diags,
    /// The files that are being read, outermost first, with the place that includes each.
    open: Vec<(String, Option<Span>)>,
}

impl Loader<'_> {
    fn load(&mut self, path: &str, from: Option<Span>) -> Option<Node> {
        if let Some(at) = self.open.iter().position(|(open, _)| open == path) {
            let way: Vec<&str> = self.open[at..].iter().map(|(it, _)| it.as_str()).chain([path]).collect();
            return self.fail(BAD_INCLUDE, from, format!("this include goes in a circle: {}", way.join(" → ")));
        }
        let file = self.read(path, from)?;
        self.open.push((path.to_string(), from));
        let root = syntax::parse(self.sources, file, self.diags);
        let root = root.map(|it| self.includes(it, path));
        self.open.pop();
        root
    }

    fn read(&mut self, path: &str, from: Option<Span>) -> Option<FileId> {
        let bytes = match self.files.read(path) {
            Ok(bytes) => bytes,
            Err(error) => return self.fail(UNREADABLE, from, format!("cannot read `{path}`: {error}")),
        };
        if bytes.len() > MAX_SPEC_BYTES {
            let message = format!("`{path}` has {} bytes; a spec has at most {MAX_SPEC_BYTES}", bytes.len());
            return self.fail(UNREADABLE, from, message);
        }
        match String::from_utf8(bytes) {
            Ok(text) => {
                // A byte order mark is no content, and would be part of the first key.
                let text = text.strip_prefix('\u{feff}').map(str::to_string).unwrap_or(text);
                Some(self.sources.add(path, text))
            }
            Err(error) => {
                let at = error.utf8_error().valid_up_to();
                self.fail(UNREADABLE, from, format!("`{path}` is not UTF-8 from byte {at} on"))
            }
        }
    }

    /// Merges what a file includes below the file itself.
    fn includes(&mut self, root: Node, path: &str) -> Node {
        let Some(list) = root.get("include").cloned() else { return root };
        let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
        let one = [list.clone()];
        let mut below: Option<Node> = None;
        for item in list.as_seq().unwrap_or(&one) {
            let Some(name) = item.as_text() else { continue };
            let Some(full) = normalize(format!("{folder}/{name}").trim_start_matches('/')) else {
                self.fail::<()>(BAD_INCLUDE, Some(item.place()), format!("`{name}` leads out of the tree"));
                continue;
            };
            if let Some(node) = self.load(&full, Some(item.place())) {
                below = Some(below.map_or(node.clone(), |it| merge::tree(&it, &node)));
            }
        }
        below.map_or(root.clone(), |it| merge::tree(&it, &root))
    }

    fn fail<T>(&mut self, code: Code, at: Option<Span>, message: String) -> Option<T> {
        self.diags.push(match at {
            Some(span) => Diagnostic::new(code, Level::Error, span, message),
            None => Diagnostic::placeless(code, Level::Error, message),
        });
        None
    }
}
