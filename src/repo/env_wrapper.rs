//! Follows functions that ask the environment for the name they are given: one level, by name.

use std::collections::BTreeMap;

use super::fact::{Absent, Facts, Language};

/// Makes reads of the calls of functions that are wrappers, wherever they are, and forgets the other calls.
pub fn resolve(facts: &mut Facts) {
    let calls = std::mem::take(&mut facts.wrapped_reads);
    if calls.is_empty() || facts.env_wrappers.is_empty() {
        return;
    }
    let mut wrappers: BTreeMap<(Language, &str), bool> = BTreeMap::new();
    for wrapper in &facts.env_wrappers {
        // Two functions of one name: the one that copes with a missing variable is believed.
        let fails = wrappers.entry((wrapper.language, &wrapper.name)).or_insert(wrapper.fails);
        *fails &= wrapper.fails;
    }
    for call in calls {
        let mut read = call.read;
        let Some(fails) = wrappers.get(&(read.language, call.function.as_str())) else { continue };
        if *fails && read.absent == Absent::Nothing {
            read.absent = Absent::Fails;
        }
        facts.reads.push(read);
    }
    facts.reads.sort_by_key(|it| (it.name.span.file, it.name.span.start));
}

/// Returns whether a text can only be meant as the name of a variable.
pub fn is_loud_name(text: &str) -> bool {
    let mut bytes = text.bytes();
    bytes.next().is_some_and(|it| it.is_ascii_uppercase())
        && text.len() > 2
        && bytes.all(|it| it.is_ascii_uppercase() || it.is_ascii_digit() || it == b'_')
}

/// Returns whether a text is a name that a variable can have.
pub fn is_name(text: &str) -> bool {
    let mut bytes = text.bytes();
    bytes.next().is_some_and(|it| it.is_ascii_alphabetic() || it == b'_')
        && bytes.all(|it| it.is_ascii_alphanumeric() || it == b'_')
}
