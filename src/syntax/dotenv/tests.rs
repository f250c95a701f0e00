//! Statements and their places; how each reader takes them is in tests/data/dotenv.tsv.

use proptest::prelude::*;

use super::*;

#[test]
fn statements_keep_what_was_written_and_where() {
    let text =
        "\u{feff}# head\r\n\nA=1\n  export B = \"x # y\" # note\nC='it'\"s\"\nD\nE=a # b\nF=\"one\ntwo\" # end\nA=2";
    let file = parse(text);
    assert!(file.has_bom && file.errors.is_empty());
    assert_eq!(file.comments.iter().map(|it| &text[it.clone()]).collect::<Vec<_>>(), ["# head"]);
    let rows: Vec<_> = file
        .entries
        .iter()
        .map(|it| (&text[it.key_range.clone()], it.written.as_ref().map(|it| (&text[it.range.clone()], it.quote))))
        .collect();
    assert_eq!(
        rows,
        [
            ("A", Some(("1", Quote::None))),
            ("B", Some(("\"x # y\"", Quote::Double))),
            ("C", Some(("'it'\"s\"", Quote::None))),
            ("D", None),
            ("E", Some(("a", Quote::None))),
            ("F", Some(("\"one\ntwo\"", Quote::Double))),
            ("A", Some(("2", Quote::None))),
        ]
    );
    let b = &file.entries[1];
    let written = b.written.as_ref().unwrap();
    assert!(b.export && written.spaced);
    assert_eq!(&text[written.comment.clone().unwrap()], "# note");
    assert_eq!(&text[b.range.clone()], "export B = \"x # y\" # note");
    assert_eq!(file.get("A").unwrap().text, "A=2");
    assert_eq!(file.all("A").count(), 2);
    assert_eq!(file.duplicates()[0].1.range.end, text.len());
}

#[test]
fn lines_that_are_no_statement_are_errors_with_places() {
    let text = "A=1\nnot a statement\n=x\nB=\"open\nC=1\n";
    let file = parse(text);
    assert_eq!(file.errors.iter().map(|it| &text[it.range.clone()]).collect::<Vec<_>>(), ["not a statement", "=x"]);
    assert_eq!(file.entries.iter().map(|it| it.key).collect::<Vec<_>>(), ["A", "B", "C"]);
    assert_eq!(file.get("B").unwrap().written.as_ref().unwrap().quote, Quote::Unclosed);
}

#[test]
fn portable_values_are_those_that_all_readers_agree_on() {
    for value in ["", "abc", "a-b_c.d/e:f,g", "postgres://u:p@h:5432/d", "0755", "a=b", "/etc/x+y", "é"] {
        assert_eq!(portable(value), Ok(()), "{value}");
    }
    let rows = [
        ("two words", &[Dialect::Bash][..]),
        ("a#b", &[Dialect::Make, Dialect::NodeDotenv, Dialect::NodeEnvFile]),
        ("a$b", &[Dialect::ComposeEnvFile, Dialect::ComposeInterpolation, Dialect::Bash, Dialect::Make]),
        ("[\"a\"]", &[Dialect::Bash]),
        ("<x>", &[Dialect::Bash]),
        ("a\\nb", &[Dialect::Bash]),
    ];
    for (value, breaks) in rows {
        let wrong: Vec<_> = portable(value).unwrap_err().into_iter().map(|it| it.0).collect();
        assert_eq!(wrong, breaks, "{value}");
    }
    assert!(portable("a\nB=2").is_err_and(|it| it.len() == Dialect::ALL.len()));
}

#[test]
fn values_are_written_as_a_set_of_readers_agrees() {
    use Dialect::{Bash, ComposeEnvFile, NodeEnvFile, PythonDotenv, SwarmEnvFile};
    let rows: [(&str, &[Dialect], Option<&str>); 8] = [
        ("abc", &Dialect::ALL, Some("abc")),
        ("two words", &[ComposeEnvFile, Bash, PythonDotenv], Some("\"two words\"")),
        ("two words", &[ComposeEnvFile, Bash, SwarmEnvFile], None),
        ("pa$word", &[ComposeEnvFile, Bash, NodeEnvFile], Some("'pa$word'")),
        ("pa$word", &[SwarmEnvFile, PythonDotenv], Some("pa$word")),
        ("[\"a\"]", &[ComposeEnvFile, Bash], Some("'[\"a\"]'")),
        ("it's \"x\"", &[ComposeEnvFile, Bash], Some("\"it's \\\"x\\\"\"")),
        ("a\nb", &[ComposeEnvFile, Bash, PythonDotenv], Some("\"a\nb\"")),
    ];
    for (value, readers, expected) in rows {
        assert_eq!(write(value, readers).ok().as_deref(), expected, "{value}");
    }
}

fn text() -> impl Strategy<Value = String> {
    let pieces = vec![
        "A", "B", "=", " ", "\n", "\r\n", "#", " # ", "'", "\"", "`", "\\", "$", "${", "}", "$(", ")", ":-", "x",
        "export ", "\t", ";", "~", "é", "\\n", "\u{feff}", "&", "\u{a0}", "0",
    ];
    prop_oneof![
        4 => proptest::collection::vec(proptest::sample::select(pieces), 0..24).prop_map(|it| it.concat()),
        1 => any::<String>(),
    ]
}

proptest! {
    #[test]
    fn any_text_is_read_by_every_reader(text in text()) {
        let file = parse(&text);
        let mut end = 0;
        for entry in &file.entries {
            prop_assert!(entry.range.start >= end && entry.text.ends_with(&text[entry.range.clone()]));
            end = entry.range.end;
            prop_assert_eq!(&text[entry.key_range.clone()], entry.key);
            if let Some(written) = &entry.written {
                prop_assert_eq!(&text[written.range.clone()], written.text);
                prop_assert!(written.comment.clone().is_none_or(|it| text[it].starts_with('#')));
            }
            for dialect in Dialect::ALL {
                value(entry, dialect, &|name| (name == "B").then(|| "b".to_string()));
            }
        }
        for error in &file.errors {
            prop_assert!(text.get(error.range.clone()).is_some());
        }
    }

    #[test]
    fn what_is_written_is_read_back(value_meant in text()) {
        for readers in [&Dialect::ALL[..], &Dialect::ALL[..2], &Dialect::ALL[5..6], &Dialect::ALL[7..8]] {
            if let Ok(written) = write(&value_meant, readers) {
                let text = format!("X=1\nA={written}\nY=2\n");
                let file = parse(&text);
                prop_assert_eq!(file.entries.len(), 3);
                for reader in readers {
                    prop_assert_eq!(value(&file.entries[1], *reader, &|_| None), Reading::Value(value_meant.clone()));
                }
            }
        }
    }
}

#[test]
fn nesting_without_end_is_read_in_no_time() {
    for piece in ["${A:-", "A=\"\"", "A=1;", "$(", "${", "'", "A=x\\\n"] {
        let text = format!("A={}\n", piece.repeat(50_000));
        let file = parse(&text);
        for entry in file.entries.iter().take(3) {
            for dialect in Dialect::ALL {
                value(entry, dialect, &|_| None);
            }
        }
    }
}
