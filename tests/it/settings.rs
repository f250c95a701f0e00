//! Settings classes are understood as the real pydantic understands them, of both versions.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::process::Stdio;

use serde_json::{Value, json};
use specc::diag::Diags;
use specc::files::InMemory;
use specc::repo;
use specc::repo::fact::{Extra, Field, FieldType, Flavor, SettingsClass};
use specc::repo::settings::{Key, Keys};
use specc::source::Sources;

use crate::real_tools::{Table, real_tool};

const HEAD: [&str; 2] = [
    "from pydantic import *\nfrom pydantic_settings import BaseSettings, SettingsConfigDict, NoDecode\nfrom pydantic import BaseModel, Field, AliasChoices, AliasPath, BeforeValidator\n",
    "from pydantic import BaseModel, BaseSettings, Field\n",
];

fn spelled(source: &str, flavor: Flavor) -> String {
    let line = |line: &str| match line.strip_prefix("    CONFIG(").and_then(|it| it.strip_suffix(')')) {
        Some(config) if flavor == Flavor::PydanticV1 => {
            format!("    class Config:\n        {}", config.replace(", ", "\n        "))
        }
        Some(config) => format!("    model_config = SettingsConfigDict({config})"),
        None => line.to_string(),
    };
    source.lines().map(line).collect::<Vec<_>>().join("\n")
}

fn class(source: &str, flavor: Flavor) -> SettingsClass {
    let head = HEAD[usize::from(flavor == Flavor::PydanticV1)];
    let text = format!("{head}from enum import Enum\nfrom typing import *\n{}\n", spelled(source, flavor));
    let files = InMemory::new([("config.py", text.as_str())]);
    let options = repo::Options { history: Some(repo::tree::KnownHistory::default()), ..repo::Options::default() };
    let repo = repo::read(&files, &options, &mut Sources::default(), &mut Diags::default());
    let classes = repo.facts.settings;
    classes.into_iter().find(|it| it.name.value == "S").unwrap_or_else(|| panic!("no class S in\n{text}"))
}

/// The variables of an environment or env file.
type Variables = BTreeMap<String, String>;

fn variables(value: &Value) -> Variables {
    let pairs = value.as_object().into_iter().flatten();
    pairs.map(|(name, value)| (name.clone(), value.as_str().unwrap_or_default().to_string())).collect()
}

fn parse_env_file(text: &str) -> Variables {
    text.lines().filter_map(|it| it.split_once('=')).map(|(a, b)| (a.to_string(), b.to_string())).collect()
}

/// What a source says about a field: a text, or that parts of it are given.
fn given(class: &SettingsClass, field: &Field, source: &Variables) -> Option<Option<String>> {
    let at = class.fields.iter().position(|it| it.name.value == field.name.value)?;
    let keys = Keys::new(class);
    let whole = field.env_names.iter().find_map(|name| {
        let named = |it: &&String| class.fold(it) == class.fold(name);
        source.keys().find(named).map(|it| source[it].clone())
    });
    match whole.filter(|it| !(it.is_empty() && class.ignores_empty)) {
        Some(text) => Some(Some(text)),
        None => source.keys().any(|it| keys.find(it) == Key::Part(at)).then_some(None),
    }
}

/// Predicts what the class makes of its sources, in the form of the table.
fn predicted(class: &SettingsClass, case: &Value) -> Value {
    let (env, kwargs) = (variables(&case["env"]), &case["kwargs"]);
    let file = case["env_file"].as_str().map(parse_env_file).unwrap_or_default();
    let mut errors: Vec<[String; 2]> = Vec::new();
    let mut values = serde_json::Map::new();
    let keywords: Vec<&String> = kwargs.as_object().into_iter().flatten().map(|it| it.0).collect();
    for field in &class.fields {
        let name = &field.name.value;
        let keyword = keywords.iter().find(|it| class.field_of_keyword(it).is_some_and(|it| it.name.value == *name));
        if let Some(keyword) = keyword {
            values.insert(name.clone(), kwargs[keyword.as_str()].clone());
            continue;
        }
        match given(class, field, &env).or_else(|| given(class, field, &file)) {
            Some(Some(text)) => match class.fault(field, &text) {
                Some(_) => errors.push([field.keywords[0].clone(), "bad".to_string()]),
                None => {
                    values.insert(name.clone(), plain(field, &text));
                }
            },
            Some(None) => {
                values.insert(name.clone(), Value::Null);
            }
            None if field.is_required => errors.push([field.keywords[0].clone(), "missing".to_string()]),
            None => {
                values.insert(name.clone(), field.default_value.clone().map_or(Value::Null, |it| plain(field, &it)));
            }
        }
    }
    let extra = |it: &str| [it.to_string(), "extra".to_string()];
    if class.extra == Extra::Forbid {
        errors.extend(keywords.iter().filter(|it| class.field_of_keyword(it).is_none()).map(|it| extra(it)));
    }
    if class.refuses_unknown_keys_of_files() {
        let keys = Keys::new(class);
        let unknown = |it: &(&String, &String)| keys.find(it.0) == Key::Unknown && !it.1.is_empty();
        errors.extend(file.iter().filter(unknown).map(|it| extra(&class.fold(it.0))));
    }
    errors.sort();
    if errors.is_empty() { json!({ "values": values }) } else { json!({ "errors": errors }) }
}

/// A simple value as the table has it.
fn plain(field: &Field, text: &str) -> Value {
    match &field.type_ {
        FieldType::Text if field.annotation.value != "str" => Value::Null,
        FieldType::Text | FieldType::OneOf(_) => text.into(),
        FieldType::Integer => {
            text.trim().replace('_', "").parse::<i64>().map_or(Value::Null, |it| it.to_string().into())
        }
        FieldType::Boolean => {
            let lower = text.to_ascii_lowercase();
            let is_true = matches!(lower.as_str(), "1" | "true" | "t" | "yes" | "y" | "on");
            is_true.to_string().into()
        }
        _ => Value::Null,
    }
}

/// Returns what is wrong with a prediction. Values that either side leaves open are not compared, and of errors
/// while reading the sources the library tells only the first.
fn disagreement(predicted: &Value, actual: &Value) -> Option<String> {
    if actual["refused"] == json!(true) {
        return None;
    }
    let text = || Some(format!("predicted {predicted}, but it is {actual}"));
    if let Some(errors) = actual["errors"].as_array() {
        let unread: Vec<_> = errors.iter().filter(|it| it[1] == "unread").collect();
        return match unread.first() {
            Some(error) => {
                let field = &error[0];
                let found = predicted["errors"].as_array().is_some_and(|it| it.iter().any(|it| it[0] == *field));
                if found { None } else { text() }
            }
            None if predicted["errors"] == actual["errors"] => None,
            None => text(),
        };
    }
    let (Some(ours), Some(theirs)) = (predicted["values"].as_object(), actual["values"].as_object()) else {
        return text();
    };
    let differs = |(name, value): (&String, &Value)| {
        ours.get(name).is_none_or(|it| it != value && !it.is_null() && !value.is_null())
    };
    if ours.len() == theirs.len() && !theirs.iter().any(differs) { None } else { text() }
}

/// What cannot be seen from the text of a file, with the reason.
const UNSEEN: &[(&str, &str)] = &[
    ("from '[1]'", "the items of JSON are not judged"),
    ("from '[\"x\"]'", "the items of JSON are not judged"),
    ("from '{\"a\": 1}'", "the items of JSON are not judged"),
    ("from 'null'", "JSON null counts as not given, in version 2 only"),
    ("Dict[str, int] from '[]'", "pydantic 1 makes a mapping of a list of pairs"),
    ("alias path", "the way into the JSON of an AliasPath is not followed"),
    ("both configurations", "for pydantic 1, which takes model_config for a field"),
    ("model_config as a dict", "for pydantic 1, which takes model_config for a field"),
];

#[test]
fn settings_classes_do_what_the_real_library_does() {
    let table = Table::read("settings.tsv", 3);
    let mut wrong = Vec::new();
    for row in &table.rows {
        let case = &row[0];
        let name = case["case"].as_str().unwrap();
        for (flavor, actual) in [(Flavor::PydanticV2, &row[1]), (Flavor::PydanticV1, &row[2])] {
            if actual["refused"] == json!(true) || UNSEEN.iter().any(|it| name.ends_with(it.0)) {
                continue;
            }
            let class = class(case["source"].as_str().unwrap(), flavor);
            assert_eq!(class.flavor, flavor, "{name}");
            let found = disagreement(&predicted(&class, case), actual);
            wrong.extend(found.map(|it| format!("{name} ({flavor:?}): {it}")));
        }
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), 2 * table.rows.len(), wrong.join("\n"));
}

#[test]
fn the_table_of_settings_is_what_the_real_library_says() {
    let table = Table::read("settings.tsv", 3);
    let inputs: String = table.rows.iter().map(|it| format!("{}\n", it[0])).collect();
    let ask = |python: &str| {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/realtools/settings.py");
        let mut child = real_tool(python)?.arg(script).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        let input = inputs.clone();
        let writer = std::thread::spawn(move || stdin.write_all(input.as_bytes()));
        let output = child.wait_with_output().unwrap();
        writer.join().unwrap().unwrap();
        let lines = String::from_utf8(output.stdout).unwrap();
        Some(lines.lines().map(|it| serde_json::from_str(it).unwrap()).collect::<Vec<Value>>())
    };
    let (Some(two), Some(one)) = (ask("python-pydantic2"), ask("python-pydantic1")) else { return };
    assert_eq!((two.len(), one.len()), (table.rows.len(), table.rows.len()));
    let rows: Vec<Vec<Value>> =
        table.rows.iter().zip(two.into_iter().zip(one)).map(|(it, (two, one))| vec![it[0].clone(), two, one]).collect();
    table.check(&rows);
}
