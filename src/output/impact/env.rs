//! Effects of a change of an env file.

use std::collections::{BTreeMap, BTreeSet};

use super::compose::File;
use super::{Effect, Impact};

/// Judges an env file by the services of the same environments that read what changed in it.
pub(super) fn effects(path: &str, environments: &[String], texts: (&str, &str), files: &[File]) -> Vec<Effect> {
    let (old, new) = (variables(texts.0), variables(texts.1));
    let differs = |name: &&&str| old.get(**name) != new.get(**name);
    let changed: BTreeSet<&str> = old.keys().chain(new.keys()).filter(differs).copied().collect();
    let shares = |file: &&File| file.environments.iter().any(|it| environments.contains(it));
    let mut effects: Vec<Effect> = files.iter().filter(shares).flat_map(|it| it.readers(path, &changed)).collect();
    let added: Vec<&str> = new.keys().filter(|it| !old.contains_key(*it)).copied().collect();
    if effects.is_empty() && !added.is_empty() {
        effects.push(Effect::system(Impact::None, format!("new in it: {}", added.join(", "))));
    }
    effects
}

fn variables(text: &str) -> BTreeMap<&str, &str> {
    text.lines().filter(|it| !it.starts_with('#')).filter_map(|it| it.split_once('=')).collect()
}
