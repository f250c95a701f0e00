//! Words by which a text shows that it may be of interest, all looked for in one pass.
//!
//! Most files of a repository say nothing that a rule asks for. To find that out must cost no more than reading them.

use std::sync::LazyLock;

use aho_corasick::AhoCorasick;
use aho_corasick::packed;

/// A set of words, made when it is first used.
pub type Telling = LazyLock<Words>;

/// Some words.
#[derive(Debug)]
pub struct Words {
    /// Compares many bytes at once, where the processor can.
    packed: Option<packed::Searcher>,
    search: Option<AhoCorasick>,
}

impl Words {
    /// Makes a set; there are few words, and none is empty.
    pub fn new(words: &[&str]) -> Words {
        Words { packed: packed::Searcher::new(words), search: AhoCorasick::new(words).ok() }
    }

    /// Returns whether any of them stands in a text.
    pub fn are_in(&self, text: &str) -> bool {
        match &self.packed {
            Some(packed) => packed.find(text).is_some(),
            None => self.search.as_ref().is_none_or(|it| it.is_match(text)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn a_word_is_found_wherever_it_stands(before in "[a-f(_.]{0,90}", word in 0..4usize, after in "[a-f(_.]{0,90}") {
            let words = ["abc", "_f(", "dead.beef", "f.c"];
            let search = Words::new(&words);
            let text = format!("{before}{after}");
            proptest::prop_assert_eq!(search.are_in(&text), words.iter().any(|it| text.contains(it)));
            let with_word = format!("{before}{}{after}", words[word]);
            proptest::prop_assert!(search.are_in(&with_word));
        }
    }
}
