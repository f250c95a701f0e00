//! Proof that what is written reads back the same, by two readers that share no code with the writer.

use proptest::prelude::*;

use super::*;
use crate::diag::Diags;
use crate::source::{FileId, Span};
use crate::syntax::node::{Node, Style, Value};

/// Texts that some reader takes for something else if they stand there without quotes.
const HOSTILE: &[&str] = &[
    "",
    " ",
    " a",
    "a ",
    "~",
    "null",
    "Null",
    "NULL",
    "true",
    "True",
    "TRUE",
    "false",
    "yes",
    "Yes",
    "no",
    "NO",
    "on",
    "On",
    "off",
    "OFF",
    "y",
    "Y",
    "n",
    "N",
    "0",
    "1",
    "-1",
    "+1",
    "0755",
    "0o17",
    "0x1F",
    "0b11",
    "1_000",
    "1,000",
    "-_1",
    "1e3",
    "1E+3",
    "1.5",
    "1.",
    ".5",
    "-.5",
    "+.5e1",
    ".inf",
    "-.inf",
    "+.INF",
    ".nan",
    ".NaN",
    "22:22",
    "1:30:00",
    "190:20:30.15",
    "2024-01-01",
    "2001-12-14t21:59:43.10-05:00",
    "2001-12-14 21:59:43.10 -5",
    "=",
    "<<",
    "- a",
    "-",
    "--",
    "---",
    "--- a",
    "...",
    "? a",
    "?",
    ": a",
    ":",
    "a: b",
    "a:",
    "a #b",
    "#a",
    "a\t#b",
    "[a",
    "]",
    "{a",
    "}",
    ",",
    "&a",
    "*a",
    "!a",
    "|",
    ">",
    "'a",
    "\"a",
    "%a",
    "@a",
    "`a",
    "\t",
    "a\tb",
    "a\nb",
    "\n",
    "a\n",
    "a\n\n",
    "\na",
    " a\nb",
    "a\n  b\n",
    "a\r\nb",
    "a\rb",
    "a \nb",
    "\ta\nb",
    "a\n\tb\n",
    "# a\nb\n",
    "---\nb\n",
    "a\u{85}b",
    "a\u{2028}b",
    "\u{feff}a",
    "a\u{a0}b",
    "\u{202e}a",
    "a\0b",
    "\u{1b}[0m",
    "\u{7f}",
    "\u{9f}",
    "\u{fffe}",
    "\u{ffff}",
    "'",
    "\"",
    "{\"a\": 1}",
];

/// Texts that stay without quotes, because everybody reads them as text and a colleague would write them so.
const PLAIN: &[&str] = &[
    "nginx:1.27",
    "./data",
    ".",
    "..",
    "./data:/data:ro",
    "1.2.3",
    "127.0.0.1",
    "30s",
    "1m30s",
    "512m",
    "-c",
    "--config=/etc/x.yml",
    "http://web:8000/a?b=c#d",
    "${PORT}:80",
    "Host(`a.b`) && PathPrefix(`/x`)",
    "a, b",
    "~/x",
    "unless-stopped",
    "none",
    "it's",
    "1st",
    "a:b",
    "a#b",
    "=a",
    "ünï",
    "user@host",
    "v1",
    "0a",
    "/x",
    "$HOME",
    "\u{1f600}",
    "\\",
    "say \"hi\"",
    "C:\\x",
    "a'b\"c",
];

/// What the text says, as both readers see it.
#[derive(Clone, PartialEq, Debug)]
enum Read {
    Null,
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(String),
    Seq(Vec<Read>),
    Map(Vec<(String, Read)>),
    Tagged(String, Box<Read>),
}

fn expected(yaml: &Yaml) -> Read {
    match yaml {
        Yaml::Null => Read::Null,
        Yaml::Bool(it) => Read::Bool(*it),
        Yaml::Int(it) => Read::Int(*it),
        Yaml::Float(it) => Read::Float(*it),
        Yaml::Str(it) => Read::Text(it.clone()),
        Yaml::Seq(it) => Read::Seq(it.items.iter().map(|it| expected(&it.value)).collect()),
        Yaml::Flow(it) => Read::Seq(it.iter().map(expected).collect()),
        Yaml::Map(it) => Read::Map(it.entries.iter().map(|it| (it.key.to_string(), expected(&it.value))).collect()),
        Yaml::Tagged(tag, it) => Read::Tagged(tag.trim_start_matches('!').to_string(), Box::new(expected(it))),
    }
}

/// The independent reader: libyaml's grammar with YAML 1.2's types.
fn by_yaml_serde(text: &str) -> Read {
    fn read(value: yaml_serde::Value) -> Read {
        match value {
            yaml_serde::Value::Null => Read::Null,
            yaml_serde::Value::Bool(it) => Read::Bool(it),
            yaml_serde::Value::Number(it) => {
                it.as_i64().map_or_else(|| Read::Float(it.as_f64().unwrap_or(f64::NAN)), Read::Int)
            }
            yaml_serde::Value::String(it) => Read::Text(it),
            yaml_serde::Value::Sequence(it) => Read::Seq(it.into_iter().map(read).collect()),
            yaml_serde::Value::Mapping(it) => {
                let key = |it| if let Read::Text(it) = read(it) { it } else { "not a text".to_string() };
                Read::Map(it.into_iter().map(|(k, v)| (key(k), read(v))).collect())
            }
            yaml_serde::Value::Tagged(it) => {
                let tag = it.tag.to_string().trim_start_matches('!').to_string();
                Read::Tagged(tag, Box::new(read(it.value)))
            }
        }
    }
    read(yaml_serde::from_str(text).unwrap_or_else(|error| panic!("{error}\n{text}")))
}

/// Our own reader, which leaves the types of plain scalars open: they are held against what was written.
fn agrees(node: &Node, yaml: &Yaml) -> bool {
    let plain = |text: &str| node.as_scalar().is_some_and(|it| it.style == Style::Plain && &*it.text == text);
    match (yaml, &node.value) {
        (Yaml::Tagged(tag, it), _) => node.tag() == Some(*tag) && agrees(&node.clone().tagged(None), it),
        (Yaml::Null, _) => node.is_null(),
        (Yaml::Bool(it), _) => plain(&it.to_string()),
        (Yaml::Int(it), _) => plain(&it.to_string()),
        (Yaml::Float(it), Value::Scalar(text)) => text.text.parse() == Ok(*it),
        (Yaml::Str(it), Value::Scalar(text)) => *text.text == **it && !node.is_null(),
        (Yaml::Seq(it), Value::Seq(nodes)) => {
            it.items.len() == nodes.len() && it.items.iter().zip(&**nodes).all(|(it, node)| agrees(node, &it.value))
        }
        (Yaml::Flow(it), Value::Seq(nodes)) => {
            it.len() == nodes.len() && it.iter().zip(&**nodes).all(|(it, node)| agrees(node, it))
        }
        (Yaml::Map(it), Value::Map(map)) => {
            it.entries.len() == map.entries.len()
                && it
                    .entries
                    .iter()
                    .zip(&map.entries)
                    .all(|(it, node)| *it.key == *node.key && agrees(&node.value, &it.value))
        }
        _ => false,
    }
}

fn check(yaml: &Yaml) {
    let text = render(yaml, &["made by specc".to_string()]).text;
    assert_eq!(by_yaml_serde(&text), expected(yaml), "{text}");
    let mut diags = Diags::default();
    let documents = crate::syntax::yaml::parse(&text, FileId(0), &mut diags);
    assert!(diags.list().is_empty(), "{:?}\n{text}", diags.list());
    assert!(documents.len() == 1 && agrees(&documents[0], yaml), "{documents:#?}\n{text}");
    assert!(text.lines().all(|it| it == it.trim_end()), "space at a line's end:\n{text}");
}

fn one(text: &str) -> String {
    render(&text.into(), &[]).text.trim_end().to_string()
}

#[test]
fn hostile_scalars_read_back_as_the_same_text_wherever_they_stand() {
    for text in HOSTILE.iter().chain(PLAIN) {
        check(&Yaml::from(*text));
        check(&Map::new().put(*text, *text).put("k", Map::new().put(format!("x{text}"), *text)).into());
        check(&vec![*text, "a", text].into());
        check(&Map::new().put("flow", Yaml::flow([*text, "a"])).into());
        check(&vec![Map::new().put(*text, *text).put("after", "b")].into());
        check(&Yaml::from(vec![*text]).tagged("!override"));
    }
}

#[test]
fn hostile_scalars_never_stand_without_quotes() {
    for text in HOSTILE {
        let written = one(text);
        assert!(written.starts_with(['"', '\'', '|']), "{text:?} was written {written}");
    }
}

#[test]
fn what_everybody_reads_as_text_has_no_quotes() {
    for text in PLAIN {
        assert_eq!(one(text), *text);
    }
}

#[test]
fn quotes_are_the_ones_that_need_no_escapes() {
    assert_eq!(one("8080:80"), r#""8080:80""#);
    assert_eq!(one(r#"{"a": 1}"#), r#"'{"a": 1}'"#);
    assert_eq!(one("'a': \"b\""), r#""'a': \"b\"""#);
    assert_eq!(one("a\u{2028}b\u{202e}\u{e0001}"), r#""a\u2028b\u202E\U000E0001""#);
}

#[test]
fn a_compose_file_looks_as_a_careful_colleague_writes_it() {
    let check = Map::new().put("test", Yaml::flow(["CMD", "curl", "-f", "http://localhost/"])).put("retries", 3);
    let web = Map::new()
        .put("image", "nginx:1.27")
        .put("entrypoint", "set -e\nexec nginx\n")
        .put("ports", vec!["8080:80"])
        .comment("The proxy terminates TLS.\n\nSo this is plain HTTP.")
        .put("healthcheck", check)
        .put("volumes", vec![Map::new().put("type", "bind").put("source", "./x")])
        .put_filled("networks", Seq::new())
        .comment("dropped with its entry")
        .put("deploy", Map::new());
    let services = Map::new().spaced().put("web", web).put("db", Map::new().put("image", "postgres:17"));
    let root = Map::new()
        .spaced()
        .put("services", services)
        .put("volumes", Map::new().put("data", Yaml::Null).put("ports", Yaml::from(Seq::new()).tagged("!reset")));
    let expected = r#"# Generated.
#
# Do not edit.

services:
  web:
    image: nginx:1.27
    entrypoint: |
      set -e
      exec nginx
    # The proxy terminates TLS.
    #
    # So this is plain HTTP.
    ports:
      - "8080:80"
    healthcheck:
      test: ["CMD", "curl", "-f", "http://localhost/"]
      retries: 3
    volumes:
      - type: bind
        source: ./x
    deploy: {}

  db:
    image: postgres:17

volumes:
  data:
  ports: !reset []
"#;
    assert_eq!(render(&root.into(), &["Generated.\n\nDo not edit.".to_string()]).text, expected);
}

#[test]
fn a_long_command_and_one_with_a_script_in_it_are_written_as_items() {
    let long = Yaml::flow([
        "celery",
        "--app=worker.main",
        "worker",
        "--loglevel=info",
        "--concurrency=4",
        "--queues=default,long-running,mail",
    ]);
    let script = Yaml::flow(["sh", "-c", "set -e\nrun\n"]);
    let text = render(&Map::new().put("command", long).put("entrypoint", script).into(), &[]).text;
    assert!(text.starts_with("command:\n  - celery\n  - --app=worker.main\n"), "{text}");
    assert!(text.ends_with("entrypoint:\n  - sh\n  - -c\n  - |\n    set -e\n    run\n"), "{text}");
}

#[test]
fn no_comment_can_break_out_of_its_line() {
    let root = Map::new().put("a", 1).comment("x\u{2028}b: 2\rc: 3\u{85}d: 4\u{1b}[0m");
    let text = render(&root.into(), &[]).text;
    assert_eq!(text, "# x\n# b: 2\n# c: 3\n# d: 4 [0m\na: 1\n");
}

#[test]
fn comment_of_a_first_entry_in_an_item_stands_above_the_dash() {
    let item = Map::new().put("name", "a").comment("first").put("b", 1).comment("second");
    let text = render(&Map::new().put("k", Seq::new().item(item).comment("item")).into(), &[]).text;
    assert_eq!(text, "k:\n  # item\n  # first\n  - name: a\n    # second\n    b: 1\n");
}

#[test]
fn every_line_knows_the_innermost_entry_that_has_an_origin() {
    let at = |n| Origin::Written(Span::new(FileId(0), n, n + 1));
    let web = Map::new()
        .put("image", "x")
        .from(&at(2))
        .put("ports", vec!["a", "b"])
        .put("user", "u")
        .from(&at(3))
        .from(&at(4));
    let root = Map::new().put("services", Map::new().put("web", web).from(&at(1))).comment("note");
    let rendered = render(&root.into(), &[]);
    let starts = |line| rendered.origins_at(line).map(|it| it.span().unwrap().start).collect::<Vec<_>>();
    let found: Vec<_> = (1..=9).map(starts).collect();
    let none = Vec::<u32>::new();
    assert_eq!(found, [none.clone(), none.clone(), vec![1], vec![2], vec![1], vec![1], vec![1], vec![3, 4], none]);
}

#[test]
fn equality_is_about_what_is_read() {
    let at = Origin::Default(&"because");
    assert_eq!(Map::new().put("a", 1), Map::new().spaced().put("a", 1).comment("x").from(&at));
    assert_ne!(Map::new().put("a", 1), Map::new().put("a", "1"));
}

/// Text made of what YAML finds meaning in, more than of letters.
fn text() -> impl Strategy<Value = String> + Clone {
    let piece = prop_oneof![
        4 => proptest::sample::select(vec![
            " ", "\n", "\t", ":", "#", "-", "\"", "'", "\\", "$", "{", "}", "[", "]", ",", "&", "*", "!", "|", ">", "%",
            "@", "`", "?", "=", "<", ".", "0", "1", "_", "e", "x", "a", "y", "null", "\r", "\u{85}", "\u{2028}",
        ]).prop_map(str::to_string),
        1 => any::<char>().prop_map(|it| it.to_string()),
    ];
    prop_oneof![
        4 => proptest::collection::vec(piece, 0..8).prop_map(|it| it.concat()),
        1 => any::<String>(),
        1 => proptest::sample::select(HOSTILE).prop_map(str::to_string),
    ]
}

fn tree() -> impl Strategy<Value = Yaml> {
    let leaf = prop_oneof![
        1 => Just(Yaml::Null),
        1 => any::<bool>().prop_map(Yaml::Bool),
        1 => any::<i64>().prop_map(Yaml::Int),
        1 => (-1e9..1e9).prop_map(Yaml::Float),
        6 => text().prop_map(Yaml::Str),
    ];
    leaf.prop_recursive(5, 40, 5, |inner| {
        let comment = proptest::option::of(text().prop_map(Box::new));
        let item = (inner.clone(), comment.clone()).prop_map(|(value, comment)| Item {
            value,
            comment,
            origins: Origins::new(),
        });
        let entry = (text(), inner.clone(), comment).prop_map(|(key, value, comment)| Entry {
            key: key.into(),
            value,
            comment,
            origins: Origins::new(),
        });
        prop_oneof![
            proptest::collection::vec(item, 0..5).prop_map(|items| Seq { items, skipped: false }.into()),
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Yaml::Flow),
            (proptest::collection::vec(entry, 0..5), any::<bool>()).prop_map(|(mut entries, spaced)| {
                let mut seen = std::collections::BTreeSet::new();
                entries.retain(|it| seen.insert(it.key.clone()));
                Map { entries, spaced, skipped: false }.into()
            }),
            // Tags do not stack, and yaml_serde knows none on the untagged null of a map's value.
            inner.prop_filter("one tag", |it| !matches!(it, Yaml::Tagged(..))).prop_map(|it| it.tagged("!override")),
        ]
    })
}

proptest! {
    #[test]
    fn any_tree_reads_back_the_same(yaml in tree()) {
        check(&yaml);
    }

    #[test]
    fn any_text_reads_back_the_same(text in text()) {
        check(&Map::new().put(text.clone(), text.clone()).put(format!("{text}x"), vec![text.clone()]).into());
        check(&text.into());
    }
}

#[test]
fn a_key_too_long_for_readers_to_look_ahead_is_marked_as_one() {
    for key in ["k".repeat(2000), "é\n".repeat(800)] {
        check(&Map::new().put(key.clone(), Map::new().put("a", "b")).put("x", vec![Map::new().put(key, "c")]).into());
    }
}
