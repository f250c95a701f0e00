//! Compose's grammar in the small; the table of tests/data/interpolation.tsv is the large.

use proptest::prelude::*;

use super::*;

fn lookup(name: &str) -> Option<String> {
    match name {
        "A" => Some("a".to_string()),
        "B" => Some("b$C".to_string()),
        "E" => Some(String::new()),
        _ => None,
    }
}

fn value(text: &str) -> String {
    parse(text).evaluate(&lookup).unwrap_or_else(|it| format!("missing {}: {}", it.name, it.message))
}

#[test]
fn operators_tell_unset_from_empty() {
    let rows = [
        ("$A ${A} ${U}.", "a a ."),
        ("${E:-x} ${E-x} ${U-x} ${A:-x}", "x  x a"),
        ("${A:+x} ${E:+x} ${E+x} ${U+x}.", "x  x ."),
        ("${E?m}", ""),
        ("${E:?m ${A}}", "missing E: m a"),
        ("${U:-${E:-${A}/x}}", "a/x"),
        ("$$A $${A} $5 $ x$", "$A ${A} $5 $ x$"),
        ("${B}", "b$C"),
        ("${U:-{\"k\": {}}}", "{\"k\": {}}"),
    ];
    for (text, expected) in rows {
        assert_eq!(value(text), expected, "{text}");
    }
}

#[test]
fn malformed_parts_are_marked_and_the_rest_is_read() {
    let rows = [
        ("x ${} y", "${}", "no name"),
        ("${1A}", "${1A}", "cannot start with `1`"),
        ("${A.b}", "${A.b}", "cannot have `.` in it"),
        ("x${A", "${A", "not closed"),
        ("x${A:-b\n}", "${A:-b", "not closed"),
        ("${A:=b}", "${A:=b}", "bash's"),
        ("${A/a/b}", "${A/a/b}", "bash's"),
        ("${A:x}", "${A:x}", "bash's"),
        ("é ${ä} é", "${ä}", "cannot start with `ä`"),
    ];
    for (text, part, message) in rows {
        let template = parse(text);
        assert_eq!(template.errors.len(), 1, "{text}");
        assert_eq!(&text[template.errors[0].range.clone()], part);
        assert!(template.errors[0].message.contains(message), "{:?}", template.errors[0]);
    }
    assert_eq!(parse("${A/${C}}").variables()[0].name, "C");
}

#[test]
fn two_operators_in_a_row_are_odd() {
    for (text, part) in [("${A?:-x}", "?:-"), ("${A-:-x}", "-:-"), ("${A:+-x}", ":+-")] {
        let template = parse(text);
        assert!(template.errors.is_empty());
        assert_eq!(&text[template.oddities[0].range.clone()], part);
    }
    assert!(parse("${A:---verbose} ${A--1} ${A:-x-y} ${A:+--b c}").oddities.is_empty());
}

#[test]
fn places_are_those_of_the_text_also_in_defaults() {
    let text = "é ${A:-x ${BC:?no}}";
    let template = parse(text);
    let names: Vec<_> = template.variables().iter().map(|it| &text[it.name_range.clone()]).collect();
    assert_eq!(names, ["A", "BC"]);
    assert_eq!(&text[template.variables()[1].range.clone()], "${BC:?no}");
    assert!(template.variables()[1].is_required() && template.variables()[0].default().is_some());
}

#[test]
fn defaults_without_end_are_refused_in_no_time() {
    let deep = "${A:-".repeat(20_000) + &"}".repeat(20_000);
    assert!(!parse(&deep).errors.is_empty());
    assert!(parse(&"${A:-{".repeat(20_000)).errors.len() > 1);
    assert_eq!(parse(&"${A:-x}".repeat(20_000)).parts.len(), 20_000);
}

#[test]
fn what_docker_stack_garbles_is_found() {
    let rows = [
        ("${N:-x${A}y}", "first `}`", Ok("x${Ay}")),
        ("${A:?not-set}", "is not read", Ok("set")),
        ("$A-api/${B}", "drops what follows", Ok("a}")),
        ("$A?x=1", "drops what follows", Ok("a")),
        ("${U:-$A}", "literally", Ok("$A")),
        ("${U:?no} ${A}", "forgets", Ok(" a")),
        ("${A:+x}", "does not know", Err(())),
        ("a $5", "refuses", Err(())),
    ];
    for (text, message, result) in rows {
        let found = stack::misread(&parse(text), text);
        assert!(found.len() == 1 && found[0].message.contains(message), "{text}: {found:?}");
        assert_eq!(stack::evaluate(text, &lookup).map_err(|_| ()), result.map(str::to_string), "{text}");
    }
}

fn text() -> impl Strategy<Value = String> {
    let pieces = vec![
        "$", "${", "}", "{", "A", "B", "E", "U", ":", "-", "?", "+", ":-", ":?", "x", " ", "1", "\n", "é", "${A}",
        "${U:-", "${E:?", "$A",
    ];
    proptest::collection::vec(proptest::sample::select(pieces), 0..12).prop_map(|it| it.concat())
}

proptest! {
    #[test]
    fn any_text_is_read_and_written_back(text in prop_oneof![text(), any::<String>()]) {
        let template = parse(&text);
        prop_assert_eq!(template.to_string(), text.clone());
        let mut end = 0;
        for part in &template.parts {
            let range = match part {
                Part::Literal { range, .. } | Part::Dollar { range } => range,
                Part::Variable(it) => &it.range,
            };
            prop_assert_eq!(range.start, end);
            end = range.end;
        }
        prop_assert_eq!(end, text.len());
        for error in template.errors.iter().chain(&template.oddities) {
            prop_assert!(text.get(error.range.clone()).is_some());
        }
        let _ = template.evaluate(&lookup);
    }

    #[test]
    fn escaped_text_is_read_as_it_is(text in prop_oneof![text(), any::<String>()]) {
        let template = parse(&escape(&text));
        prop_assert_eq!(template.as_literal(), Some(text.clone()));
        prop_assert_eq!(stack::evaluate(&escape(&text), &lookup), Ok(text));
    }

    #[test]
    fn what_is_not_misread_reads_the_same_in_docker_stack(text in text()) {
        let template = parse(&text);
        if template.errors.is_empty() && stack::misread(&template, &text).is_empty() {
            let compose = template.evaluate(&lookup).map_err(|_| ());
            prop_assert_eq!(stack::evaluate(&text, &lookup).map_err(|_| ()), compose);
        }
    }
}
