//! Which findings the user wants to see.

use std::collections::BTreeSet;

use super::{Finding, RULES};
use crate::diag::{Code, Level, did_you_mean};
use crate::repo::Repo;

/// What to judge and what to tell.
#[derive(Clone, Default, Debug)]
pub struct Selection {
    /// Codes, names or prefixes of codes to judge; all if empty.
    pub select: Vec<String>,
    /// Codes, names or prefixes of codes to leave out.
    pub ignore: Vec<String>,
    /// Codes, names or prefixes whose findings are told even where they are only suspicious.
    pub shown: Vec<String>,
    /// Levels by code, name or prefix, in place of what the rule says; later ones win.
    pub levels: Vec<(String, Level)>,
    /// Whether to tell what is only suspicious.
    pub is_pedantic: bool,
    /// Whether comments that keep findings quiet are disregarded.
    pub ignores_comments: bool,
    /// Only findings in, or about, these paths and what is below them; all if `None`.
    pub paths: Option<BTreeSet<String>>,
}

impl Selection {
    /// Returns whether a code is judged. The longer of two words that fit decides; at the same length, ignoring does.
    pub fn wants(&self, code: Code) -> bool {
        let longest = |words: &[String]| words.iter().filter(|it| fits(it, code)).map(String::len).max();
        match (longest(&self.select), longest(&self.ignore)) {
            (None, None) => self.select.is_empty(),
            (Some(_), None) => true,
            (None, Some(_)) => false,
            (Some(selected), Some(ignored)) => selected > ignored,
        }
    }

    /// Returns whether a finding is told.
    pub fn shows(&self, repo: &Repo, finding: &Finding) -> bool {
        let diagnostic = &finding.diagnostic;
        let selected = |it: &String| fits(it, diagnostic.code) && it.len() >= diagnostic.code.id.len();
        let is_shown = self.is_pedantic
            || self.select.iter().any(selected)
            || self.shown.iter().any(|it| fits(it, diagnostic.code));
        if diagnostic.level == Level::Info && !is_shown {
            return false;
        }
        let Some(paths) = &self.paths else { return true };
        let below =
            |path: &str| paths.contains(path) || path.match_indices('/').any(|(at, _)| paths.contains(&path[..at]));
        let labels = diagnostic.primary.iter().chain(&diagnostic.related);
        labels.into_iter().any(|it| below(repo.path(it.span.file)))
            || finding.about.iter().any(|it| below(it) || paths.iter().any(|path| path.starts_with(&format!("{it}/"))))
    }

    /// Returns what is wrong with words that fit no rule.
    pub fn faults(&self) -> Vec<String> {
        let fault = |word: &String| {
            if is_known(word) {
                return None;
            }
            let near = did_you_mean(word, RULES.iter().flat_map(|it| [it.code.id, it.code.name]));
            let near = near.map(|it| format!("; did you mean `{it}`?")).unwrap_or_default();
            Some(format!("no rule is called `{word}`{near}"))
        };
        self.select.iter().chain(&self.ignore).filter_map(fault).collect()
    }
}

/// Families whose codes come from reading rather than from a rule.
const KNOWN_PREFIXES: &[&str] = &["YML", "COV"];

/// Returns whether a word means any code at all.
pub fn is_known(word: &str) -> bool {
    let is_family = |it: &&str| word.to_ascii_uppercase().starts_with(*it);
    RULES.iter().any(|it| fits(word, it.code)) || KNOWN_PREFIXES.iter().any(is_family)
}

/// Returns whether a word means a code: its id, its name, or the beginning of its id.
pub fn fits(word: &str, code: Code) -> bool {
    let prefix = code.id.get(..word.len()).is_some_and(|it| it.eq_ignore_ascii_case(word));
    !word.is_empty() && (prefix || code.name.eq_ignore_ascii_case(word) || word.eq_ignore_ascii_case("all"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longer_word_decides() {
        let code = Code { id: "MNT001", name: "mount-source-missing" };
        let cases: [(&[&str], &[&str], bool); 7] = [
            (&[], &[], true),
            (&["MNT"], &[], true),
            (&["ENV"], &[], false),
            (&[], &["mnt001"], false),
            (&["MNT001"], &["MNT"], true),
            (&["MNT"], &["MNT001"], false),
            (&["mount-source-missing"], &[], true),
        ];
        for (select, ignore, expected) in cases {
            let words = |it: &[&str]| it.iter().map(|it| it.to_string()).collect();
            let selection = Selection { select: words(select), ignore: words(ignore), ..Selection::default() };
            assert_eq!(selection.wants(code), expected, "{select:?} {ignore:?}");
        }
    }

    #[test]
    fn a_word_that_fits_no_rule_is_a_fault_with_the_nearest_one() {
        let selection = Selection { select: vec!["MNT0x1".into(), "YML001".into()], ..Selection::default() };
        assert_eq!(selection.faults().len(), 1);
        assert!(selection.faults()[0].contains("MNT0x1"));
    }
}
