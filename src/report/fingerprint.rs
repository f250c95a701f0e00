//! A finding's name for itself: what stays the same while lines move and messages are reworded.
//!
//! Code-scanning services close and reopen an alert when its fingerprint changes, so neither line numbers nor
//! prose go into it: only the code, the paths, and the marked texts themselves, hashed.

use std::collections::BTreeMap;

use sha2::Digest as _;
use sha2::Sha256;

use crate::diag::Diagnostic;
use crate::report::excerpt::View;
use crate::report::hidden::Hidden;
use crate::secret::Masks;
use crate::source::Sources;

/// Returns the fingerprint of one finding. Two findings of one rule on the same text in the same file share it.
///
/// The text of `hidden` places, and what looks like a secret, stays out of it: a hash of a short secret is soon guessed, and a rotated secret is
/// no new finding.
pub fn fingerprint(diagnostic: &Diagnostic, sources: &Sources, hidden: &Hidden) -> String {
    let masks = Masks::default();
    let view = View { sources, hidden, masks: &masks };
    let mut hash = Sha256::new();
    // Each part is closed by a byte that UTF-8 never has, so that no two lists of parts run into one.
    let mut part = |text: &str| {
        hash.update(text);
        hash.update([0xff]);
    };
    part(diagnostic.code.id);
    for label in diagnostic.primary.iter().chain(&diagnostic.related) {
        if let Some(span) = sources.clamp(label.span) {
            part(sources.path(span.file));
            // Reindenting or rewrapping a block does not make it another block.
            view.text(span).split_whitespace().for_each(&mut part);
        }
    }
    if diagnostic.primary.is_none() {
        part(&diagnostic.message);
    }
    hash.finalize().iter().take(16).map(|it| format!("{it:02x}")).collect()
}

/// Returns a fingerprint for each finding, made unique by counting those that are otherwise alike.
pub fn unique(diagnostics: &[&Diagnostic], sources: &Sources, hidden: &Hidden) -> Vec<String> {
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    diagnostics
        .iter()
        .map(|it| {
            let plain = fingerprint(it, sources, hidden);
            let n = seen.entry(plain.clone()).or_default();
            *n += 1;
            if *n == 1 { plain } else { format!("{plain}-{n}") }
        })
        .collect()
}
