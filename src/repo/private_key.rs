//! Finds files that are private keys: `id_rsa`, `server.key`, `*.pem`.

use super::fact::Facts;
use super::reader::Input;
use crate::diag::Diags;
use crate::source::Span;

/// Reads a text of no other kind. Only the beginning counts: a document may well show what a key looks like.
pub fn read(input: &Input, facts: &mut Facts, _: &mut Diags) {
    let head = &input.text[..input.text.floor_char_boundary(4096)];
    for (at, line) in lines(head) {
        let is_key = line.starts_with("-----BEGIN ") && line.ends_with("PRIVATE KEY-----");
        if is_key {
            facts.private_keys.push(Span::new(input.file, at, at + line.len()));
            return;
        }
    }
}

fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut start = 0;
    text.split_inclusive('\n').map(move |line| {
        let at = start;
        start += line.len();
        (at, line.trim_end())
    })
}
