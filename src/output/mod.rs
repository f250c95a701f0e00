//! Artifacts against the disk: what a build would change, and the change itself, all of it or nothing.
//!
//! [`plan`] compares, [`write`] makes it so through [`journal`], [`lock`] remembers what is ours, [`impact`] says
//! what a change does to a running system. A file that a person wrote or edited is never touched unasked.

pub mod edits;
pub mod impact;
pub mod journal;
pub mod lock;
pub mod plan;
pub mod write;

use sha2::{Digest as _, Sha256};

/// Returns the SHA-256 of some bytes in hexadecimal.
pub fn hash(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digest = Sha256::digest(bytes);
    digest.iter().flat_map(|it| [it >> 4, it & 15]).map(|it| char::from(DIGITS[usize::from(it)])).collect()
}
