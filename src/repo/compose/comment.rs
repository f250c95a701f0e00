//! What comments of a compose file say: variables to set, services to switch on; and what other texts draw of one.

use crate::repo::fact::{EnvDoc, Text};
use crate::repo::near::line_after;
use crate::repo::reader::Input;
use crate::source::Span;

/// Returns the variables that comments list for whoever starts the file: `# POSTGRES_PASSWORD   what it is for`.
pub(super) fn documented(input: &Input) -> Vec<EnvDoc> {
    let is_variable = |word: &str| {
        word.len() > 3
            && word.contains('_')
            && word.bytes().all(|it| it.is_ascii_uppercase() || it.is_ascii_digit() || it == b'_')
    };
    let listed = |line: &str| -> Option<(usize, usize)> {
        let comment = line.trim_start().strip_prefix('#')?.trim_start();
        let end = comment.find(|it: char| it.is_whitespace() || it == ':').unwrap_or(comment.len());
        let (word, rest) = comment.split_at(end);
        let is_list = ["  ", "\t", " - ", " \u{2013} ", " \u{2014} ", ": "].iter().any(|it| rest.starts_with(it));
        (is_list && is_variable(word)).then(|| (line.len() - comment.len(), word.len()))
    };
    let mut at = 0;
    let mut found = Vec::new();
    for line in input.text.split_inclusive('\n') {
        if let Some((start, length)) = listed(line) {
            let name = line[start..start + length].to_string();
            let span = Span::new(input.file, at + start, at + start + length);
            found.push(EnvDoc { name: Text::new(name, span), default: None });
        }
        at += line.len();
    }
    found
}

/// Returns keys of mappings that stand in comments, indented like those of services.
pub(super) fn commented_out(text: &str) -> Vec<String> {
    let key = |line: &str| {
        let inner = line.trim_start().strip_prefix('#')?;
        let name = inner.trim().strip_suffix(':')?;
        let is_name =
            !name.is_empty() && name.bytes().all(|it| it.is_ascii_alphanumeric() || matches!(it, b'_' | b'-'));
        is_name.then(|| name.to_string())
    };
    text.lines().filter_map(key).collect()
}

/// Returns the containers that a compose file names which a document or script has in it.
pub fn drawn_containers(text: &str) -> Vec<String> {
    const KEY: &str = "container_name:";
    let name = |at: usize| {
        let line = line_after(text, at + KEY.len()).trim();
        let name = line.trim_matches(['"', '\'']);
        (!name.is_empty() && !name.contains([' ', '$'])).then(|| name.to_string())
    };
    memchr::memmem::find_iter(text.as_bytes(), KEY).filter_map(name).collect()
}
