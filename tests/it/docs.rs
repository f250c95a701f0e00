//! The generated pages of docs/: the reference of the language from its schema, the rules from their own texts.
//! `UPDATE=1 cargo test` writes them; without it they are checked.

use std::fmt::Write as _;
use std::path::Path;

use serde_json::{Map, Value};
use specc::ops::explain_code::mistakes;

/// Holds a generated page against the one that is checked in, or writes it.
fn generated(path: &str, text: &str) {
    let full = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(full, text).unwrap();
        return;
    }
    let found = std::fs::read_to_string(full).unwrap_or_default();
    assert!(found == text, "{path} is stale: run `UPDATE=1 cargo test` and review the difference");
}

/// Names the shapes that a field may have, as one cell of a table.
fn shape(schema: &Value) -> String {
    let mut names: Vec<String> = Vec::new();
    let mut add = |name: String| {
        if !name.is_empty() && !names.contains(&name) {
            names.push(name);
        }
    };
    if let Some(reference) = schema.get("$ref").and_then(Value::as_str) {
        let name = reference.rsplit('/').next().unwrap_or_default();
        add(format!("[{name}](#{})", name.to_lowercase()));
    }
    for key in ["anyOf", "oneOf"] {
        for one in schema.get(key).and_then(Value::as_array).into_iter().flatten() {
            let name = shape(one);
            name.split(", ").for_each(|it| add(it.to_string()));
        }
    }
    for word in schema.get("enum").and_then(Value::as_array).into_iter().flatten().chain(schema.get("const")) {
        if let Some(word) = word.as_str() {
            add(format!("`{word}`"));
        }
    }
    let types: Vec<&str> = match schema.get("type") {
        Some(Value::String(one)) => vec![one],
        Some(Value::Array(many)) => many.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    let is_text = types.contains(&"string");
    for kind in types {
        match kind {
            "array" => add(format!("list of {}", schema.get("items").map(shape).unwrap_or_default())),
            "object" => match schema.get("additionalProperties").filter(|it| it.is_object()) {
                Some(values) => add(format!("map to {}", shape(values))),
                None => add("map".to_string()),
            },
            "string" if schema.get("enum").is_none() && schema.get("const").is_none() => add("text".to_string()),
            "boolean" if !is_text => add("`true`/`false`".to_string()),
            "integer" => add("number".to_string()),
            _ => {}
        }
    }
    names.join(", ")
}

fn describe(text: &mut String, schema: &Map<String, Value>) {
    if let Some(words) = schema.get("oneOf").and_then(Value::as_array) {
        text.push_str("| word | meaning |\n| --- | --- |\n");
        for word in words {
            let name = word.get("const").and_then(Value::as_str).unwrap_or_default();
            let doc = word.get("description").and_then(Value::as_str).unwrap_or_default();
            let _ = writeln!(text, "| `{name}` | {doc} |");
        }
        text.push('\n');
    }
    let Some(fields) = schema.get("properties").and_then(Value::as_object) else { return };
    text.push_str("| field | value | meaning |\n| --- | --- | --- |\n");
    for (name, field) in fields {
        let doc =
            field.get("description").and_then(Value::as_str).unwrap_or_default().replace('\n', " ").replace('|', "\\|");
        let _ = writeln!(text, "| `{name}` | {} | {doc} |", shape(field).replace('|', "\\|"));
    }
    text.push('\n');
}

#[test]
fn reference_of_the_language_is_generated_from_its_schema() {
    let schema: Value = serde_json::from_str(&specc::spec::schema::schema()).unwrap();
    let mut text =
        "# The spec, field by field\n\n<!-- Generated from src/spec by `UPDATE=1 cargo test`; do not edit. -->\n\n\
        What the fields mean together stands in [language.md](language.md).\n\n## Top level\n\n"
            .to_string();
    describe(&mut text, schema.as_object().unwrap());
    let definitions = schema["$defs"].as_object().unwrap();
    let mut names: Vec<&String> = definitions.keys().collect();
    names.sort();
    for name in names {
        let _ = writeln!(text, "## {name}\n");
        if let Some(doc) = definitions[name].get("description").and_then(Value::as_str) {
            let _ = writeln!(text, "{}\n", doc.replace('\n', " "));
        }
        let object = definitions[name].as_object().unwrap();
        describe(&mut text, object);
        let plain = !object.contains_key("properties") && !object.contains_key("oneOf");
        if plain {
            let _ = writeln!(text, "{}\n", shape(&definitions[name]));
        }
    }
    generated("docs/spec.md", &text);
}

#[test]
fn page_of_the_rules_is_generated_from_the_rules() {
    let mut text =
        "# Rules of `specc check`\n\n<!-- Generated from src/rules by `UPDATE=1 cargo test`; do not edit. -->\n\n\
        | code | name | level | finds |\n| --- | --- | --- | --- |\n"
            .to_string();
    for rule in specc::rules::RULES {
        let (id, name) = (rule.code.id, rule.code.name);
        let _ = writeln!(
            text,
            "| [{id}](#{}-{name}) | {name} | {} | {} |",
            id.to_lowercase(),
            rule.level.word(),
            rule.summary
        );
    }
    for rule in specc::rules::RULES {
        let _ = write!(text, "\n## {} {}\n\n{}.\n\n", rule.code.id, rule.code.name, rule.summary);
        // A rule's own headings go one level down.
        for line in rule.docs.trim().lines() {
            let _ = writeln!(text, "{}{line}", if line.starts_with("## ") { "#" } else { "" });
        }
    }
    generated("docs/rules.md", &text);
}

#[test]
fn page_of_the_compilers_codes_is_generated_and_each_example_gives_its_code_and_no_other() {
    let mut text = "# What `specc build` says\n\n\
        <!-- Generated from src/ops/explain_code by `UPDATE=1 cargo test`; do not edit. -->\n\n\
        `specc explain CODE` shows one of these; what `specc check` finds is in [rules.md](rules.md). The examples leave out \
        what every spec has: `specc: 1`, `system: {name: …}`, and `environments`.\n"
        .to_string();
    let mut wrong = Vec::new();
    for mistake in mistakes() {
        let (said, codes) = mistake.said();
        if !mistake.files().is_empty() && codes != [mistake.code.id] {
            wrong.push(format!("{} {}\n{said}", mistake.code.id, mistake.code.name));
        }
        let _ = write!(text, "\n## {} {}\n\n{}", mistake.code.id, mistake.code.name, mistake.docs());
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    generated("docs/errors.md", &text);
}

#[test]
fn the_manual_of_the_command_line_is_its_help() {
    generated("docs/cli.md", &specc::cli::reference());
}

/// Builds a spec in memory and returns its messages as a terminal shows them.
fn messages(spec: &str) -> String {
    use specc::{diag::Diags, emit, files::InMemory, report, resolve, source::Sources};
    let files = InMemory::new([("specc.yaml", spec)]);
    let (mut sources, mut diags) = (Sources::default(), Diags::default());
    let root = resolve::include::load(&files, "specc.yaml", &mut sources, &mut diags).unwrap();
    if let Ok(system) = resolve::resolve(&root, "specc.yaml", &files, &mut diags) {
        emit::emit(&system, &emit::Selection::default(), &mut diags).unwrap();
    }
    report::render(report::Format::Human, &diags.into_sorted(), &sources, &report::Options::default())
}

#[test]
fn readme_shows_a_spec_that_builds_and_the_message_that_a_slip_in_it_gives() {
    let readme = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).unwrap();
    let block = |language: &str| {
        let fence = format!("```{language}\n");
        readme.split(&fence).nth(1).unwrap().split("```").next().unwrap().to_string()
    };
    let spec = block("yaml");
    assert!(!messages(&spec).contains("error["), "{}", messages(&spec));
    let said = messages(&spec.replace("{db: healthy", "{bd: healthy"));
    assert!(said.contains(block("text").trim_end()), "{said}");
}
