//! A check of few rules reads less, and says what it would say had it read everything.

use specc::ops::check::{CheckOptions, check};
use specc::repo;
use specc::repo::Wanted;
use specc::repo::tree::KnownHistory;
use specc::rules::{BY_PATHS, RULES, Rule, Selection, wanted};
use specc::sample;
use specc::source::Sources;

/// Checks a sample with one rule. `select` says whether by naming it, or by running all rules and keeping its findings.
fn told(text: &str, rule: &Rule, select: bool) -> Vec<String> {
    let sample = sample::parse(text);
    let sample::Sample { deleted, ignored, branches, .. } = sample.clone();
    let history = KnownHistory { deleted, ignored, branches };
    let read = repo::Options { history: Some(history), ..repo::Options::default() };
    let mut selection = Selection { is_pedantic: true, ..Selection::default() };
    if select {
        selection.select.push(rule.code.id.to_string());
    } else {
        // Everything is read as soon as one more rule is judged; what others tell of a place must not count here.
        selection.select = vec![rule.code.id.to_string(), "ENV001".to_string()];
    }
    let options = CheckOptions { read, selection, ..CheckOptions::default() };
    let checked = check(&sample.tree(), options, &mut Sources::default());
    assert_eq!(checked.repo.wanted, if select { Wanted::Paths } else { Wanted::All });
    checked.findings.iter().filter(|it| it.code == rule.code).map(|it| format!("{it:?}")).collect()
}

#[test]
fn a_rule_that_reads_less_says_the_same_on_every_sample_of_every_rule() {
    let mut n_told = 0;
    for rule in BY_PATHS {
        for section in ["Example", "Silent"] {
            for text in RULES.iter().flat_map(|it| sample::blocks(it.docs, section)) {
                let all = told(&text, rule, false);
                assert_eq!(told(&text, rule, true), all, "{} in:\n{text}", rule.code.id);
                n_told += all.len();
            }
        }
    }
    assert!(n_told > 5, "only {n_told} findings were compared");
}

/// Paths that scripts and documents make, put together in ways that no search for the whole name would find.
#[test]
fn what_makes_a_path_is_found_however_its_name_is_put_together() {
    let makers = [
        "#- make.sh\nmkdir -p config\n",
        "#- make.sh\nNAME=limits\ntouch \"src/app/${NAME}-prod.json\"\n",
        "#- deploy/make.sh\nD=src/app\ncp a.txt \"$D/limits-prod.json\"\n",
        "#- docs/x.md\n```bash\ncurl -o src/app/limits-prod.json https://a.b/c\n```\n",
        "#- Makefile\nx:\n\tcp a.txt src/app/limits-prod.json\n",
        "#- make.sh\necho > other.json\n",
        "",
    ];
    let mut n_told = Vec::new();
    for maker in makers {
        let files = "#- src/app/main.py\nopen(\"src/app/limits-prod.json\"); open(\"config/old.yaml\")\n#- a.txt\nx\n";
        let text = format!("{files}#- config/old.yaml (deleted)\n{maker}");
        let rule = BY_PATHS[0];
        let all = told(&text, rule, false);
        assert_eq!(told(&text, rule, true), all, "{text}");
        n_told.push(all.len());
    }
    assert_eq!(n_told, [1, 1, 1, 1, 1, 2, 2]);
}

#[test]
fn only_a_selection_of_such_rules_reads_less() {
    let select = |words: &[&str]| {
        let select = words.iter().map(|it| it.to_string()).collect();
        wanted(&Selection { select, ..Selection::default() })
    };
    assert_eq!(select(&["REF001"]), Wanted::Paths);
    for words in [&[][..], &["REF"], &["all"], &["REF001", "MNT"], &["YML001"], &["REF001", "COV"]] {
        assert_eq!(select(words), Wanted::All, "{words:?}");
    }
}
