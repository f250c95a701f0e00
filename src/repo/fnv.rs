//! FNV-1a, for sets of paths and names: they are short, and nobody gains anything by making two of them collide.

use std::hash::{BuildHasherDefault, Hasher};

/// Makes hashers of sets and maps.
pub type Fnv = BuildHasherDefault<Ready>;

/// Hashes a text; takes a hash as it is.
#[derive(Clone, Copy, Debug)]
pub struct Ready(u64);

impl Default for Ready {
    fn default() -> Ready {
        Ready(START)
    }
}

impl Hasher for Ready {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        self.0 = more(self.0, bytes);
    }

    // What says where a text ends matters only beside a second one.
    fn write_u8(&mut self, _: u8) {}

    fn write_usize(&mut self, _: usize) {}

    fn write_u64(&mut self, value: u64) {
        self.0 = value;
    }
}

const START: u64 = 0xcbf2_9ce4_8422_2325;

fn more(hash: u64, bytes: &[u8]) -> u64 {
    bytes.iter().fold(hash, |hash, byte| one_more(hash, *byte))
}

fn one_more(hash: u64, byte: u8) -> u64 {
    (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
}

/// Returns how long the word at the start of a text is, and its hash: one look at each byte for both.
pub fn word(text: &[u8], is_inner: impl Fn(u8) -> bool) -> (usize, u64) {
    let inner = text.iter().take_while(|it| is_inner(**it));
    inner.fold((0, START), |(length, hash), byte| (length + 1, one_more(hash, *byte)))
}

/// Returns the hash of a text.
pub fn hash(text: &[u8]) -> u64 {
    more(START, text)
}
