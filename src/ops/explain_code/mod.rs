//! What the codes of `specc build` mean: for `specc explain CODE`, and for docs/errors.md.
//!
//! Each has an example, and its message is the one that specc gives for it: a test holds that it has this code.

mod output;
mod spec;
mod target;

use super::build::{self, BuildOptions};
use crate::diag::{Code, Diags, Level};
use crate::files::InMemory;
use crate::report;
use crate::sample;
use crate::source::Sources;

/// What can be wrong with a spec or its outputs.
pub struct Mistake {
    /// What its messages are marked with.
    pub code: &'static Code,
    /// What it means, and why it matters.
    pub about: &'static str,
    /// Files that have it: those of a sample, or one `specc.yaml`. Empty where it is not the files that have it.
    example: &'static str,
}

const SPEC: &str = "specc.yaml";

/// What every spec has; an example leaves out what is not the point.
const REST: [(&str, &str); 3] = [
    ("specc", "specc: 1"),
    ("system", "system: {name: demo}"),
    ("environments", "environments: {prod: {target: compose, env_files: [.env]}}"),
];

/// Returns all of them, in the order of their codes within each room.
pub fn mistakes() -> impl Iterator<Item = &'static Mistake> {
    [spec::MISTAKES, target::MISTAKES, output::MISTAKES].into_iter().flatten()
}

/// Finds one by its code or name.
pub fn mistake(word: &str) -> Option<&'static Mistake> {
    mistakes().find(|it| it.code.id.eq_ignore_ascii_case(word) || it.code.name == word)
}

impl Mistake {
    /// Returns the files of the example.
    pub fn files(&self) -> Vec<(String, String)> {
        let text = self.example;
        let alone = || vec![(SPEC.to_string(), text.to_string())];
        match text {
            "" => Vec::new(),
            _ if text.starts_with("#- ") => sample::parse(text).files,
            _ => alone(),
        }
    }

    /// Returns what specc says about the example, as a terminal shows it, and the codes that it says it with.
    pub fn said(&self) -> (String, Vec<&'static str>) {
        let mut files = self.files();
        files.iter_mut().filter(|(path, _)| path == SPEC).for_each(|(_, text)| *text = whole(text));
        let files = InMemory::new(files.iter().map(|(path, text)| (path.as_str(), text.as_str())));
        let options = BuildOptions { spec: SPEC.to_string(), ..BuildOptions::default() };
        let (mut sources, mut diags) = (Sources::default(), Diags::default());
        let _ = build::build(&files, &files, &options, &mut sources, &mut diags);
        let list: Vec<_> =
            diags.into_sorted().into_iter().filter(|it| it.level > Level::Info || it.code.id == self.code.id).collect();
        let codes = list.iter().map(|it| it.code.id).collect();
        let options = report::Options { summary: report::Summary::of(&list), ..report::Options::default() };
        (report::render(report::Format::Human, &list, &sources, &options), codes)
    }

    /// Returns all that there is to say.
    pub fn docs(&self) -> String {
        let mut text = format!("{}\n", self.about);
        let files = self.files();
        for (path, content) in &files {
            let name = if files.len() > 1 { format!("# {path}\n") } else { String::new() };
            text.push_str(&format!("\n```yaml\n{name}{content}```\n"));
        }
        if !files.is_empty() {
            text.push_str(&format!("\n```text\n{}\n```\n", self.said().0.trim_end()));
        }
        text
    }
}

/// Adds what every spec has, at the end, where it moves no line.
fn whole(spec: &str) -> String {
    let has = |key: &str| spec.lines().any(|it| it.starts_with(&format!("{key}:")));
    let rest: Vec<&str> = REST.iter().filter(|(key, _)| !has(key)).map(|(_, line)| *line).collect();
    format!("{spec}{}\n", rest.join("\n"))
}
