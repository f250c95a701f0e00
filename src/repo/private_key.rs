//! Finds files that are private keys: `id_rsa`, `server.key`, `*.pem`, `key.txt` of age.

use super::fact::Facts;
use super::reader::Input;
use crate::diag::Diags;
use crate::source::Span;

/// Reads a text of no other kind. Only the beginning counts: a document may well show what a key looks like.
pub fn read(input: &Input, facts: &mut Facts, _: &mut Diags) {
    let head = &input.text[..input.text.floor_char_boundary(4096)];
    for (at, line) in lines(head) {
        let is_block = line.starts_with("-----BEGIN ") && line.ends_with("PRIVATE KEY-----");
        // A key of age is its own line (<https://age-encryption.org/v1>): 74 characters in all.
        let is_age = line.starts_with("AGE-SECRET-KEY-1") && line.len() == 74;
        let is_key = is_block || is_age;
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
