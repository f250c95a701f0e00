//! Words by which a text shows that it may be of interest, all looked for in one pass.
//!
//! Most files of a repository say nothing that a rule asks for. To find that out must cost no more than reading them.

use std::sync::LazyLock;

use aho_corasick::AhoCorasick;
use aho_corasick::packed;
use memchr::memmem::Finder;

/// A set of words, made when it is first used.
pub type Telling = LazyLock<Words>;

/// Some words.
#[derive(Debug)]
pub struct Words {
    /// Longer words that begin with one of them and do not count.
    except: &'static [&'static str],
    /// Compares many bytes at once, where the processor can.
    packed: Option<packed::Searcher>,
    /// What looks where it cannot.
    search: Option<AhoCorasick>,
}

impl Words {
    /// Makes a set; there are few words, and none is empty.
    pub fn new(words: &[&str]) -> Words {
        let packed = packed::Searcher::new(words);
        // To make the other takes longer than to look through most texts.
        let search = if packed.is_none() { AhoCorasick::new(words).ok() } else { None };
        Words { except: &[], packed, search }
    }

    /// Makes longer words not count, each of which begins with one of these.
    #[must_use]
    pub fn except(self, words: &'static [&'static str]) -> Words {
        Words { except: words, ..self }
    }

    /// Returns whether any of them stands in a text.
    pub fn are_in(&self, text: &str) -> bool {
        match &self.packed {
            Some(packed) => packed.find_iter(text).any(|it| self.counts(&text[it.start()..])),
            None => self.search.as_ref().is_none_or(|it| it.find_iter(text).any(|it| self.counts(&text[it.start()..]))),
        }
    }

    /// Returns whether any of them stands in a text and is not a part of a longer word.
    pub fn stand_in(&self, text: &str) -> bool {
        let bytes = text.as_bytes();
        let is_inner = |it: Option<&u8>| it.is_some_and(|it| it.is_ascii_alphanumeric() || *it == b'_');
        // Whether a word goes on from the byte before a place to the one at it.
        let goes_on = |at: usize| at > 0 && is_inner(bytes.get(at - 1)) && is_inner(bytes.get(at));
        let is_whole = |start: usize, end: usize| !goes_on(start) && !goes_on(end);
        match &self.packed {
            Some(packed) => packed.find_iter(text).any(|it| is_whole(it.start(), it.end())),
            None => self.search.as_ref().is_none_or(|it| it.find_iter(text).any(|it| is_whole(it.start(), it.end()))),
        }
    }

    /// Returns whether one of them stands at the beginning of a text that begins with one.
    fn counts(&self, text: &str) -> bool {
        !self.except.iter().any(|it| text.starts_with(it))
    }
}

/// Words that are looked for in every text, one after the other: each is so rare that to pass over a text for it costs
/// less than to look for all at once.
#[derive(Debug)]
pub struct Marks<const N: usize>([Finder<'static>; N]);

impl<const N: usize> Marks<N> {
    /// Makes them.
    pub fn new(words: [&'static str; N]) -> Marks<N> {
        Marks(words.map(Finder::new))
    }

    /// Returns where each of them stands in a text.
    pub fn places(&self, text: &str) -> [Vec<usize>; N] {
        self.0.each_ref().map(|it| it.find_iter(text.as_bytes()).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_longer_word_that_does_not_count_hides_no_other() {
        let words = Words::new(&["environ", "getenv"]).except(&["environment"]);
        assert!(!words.are_in("the environment") && words.are_in("os.environ[") && words.are_in("environmentgetenv"));
    }

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
