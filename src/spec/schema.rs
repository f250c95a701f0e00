//! The JSON Schema of the language, from the very types that are decoded.
//!
//! The hand-written parts are the shapes that Rust types do not show: a text that may be written as a number, a
//! value or a list of them, groups whose keys are variable names.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use super::Spec;
use super::decode::{OneOrMany, Set};
use crate::source::Spanned;

/// Returns the JSON Schema of a spec, as pretty JSON with a final line break.
pub fn schema() -> String {
    let settings = schemars::generate::SchemaSettings::draft2020_12();
    let mut schema = settings.into_generator().into_root_schema_for::<Spec>();
    schema.insert("title".into(), "specc spec".into());
    allow_extensions(&mut schema);
    let mut text = serde_json::to_string_pretty(&schema).unwrap_or_default();
    text.push('\n');
    text
}

/// Every closed map may also hold `x-…` keys, which are the user's own.
fn allow_extensions(schema: &mut Schema) {
    schemars::transform::transform_subschemas(&mut allow_extensions, schema);
    if schema.get("additionalProperties").and_then(serde_json::Value::as_bool) == Some(false) {
        let patterns = schema.ensure_object().entry("patternProperties").or_insert_with(|| serde_json::json!({}));
        if let Some(patterns) = patterns.as_object_mut() {
            patterns.insert("^x-".into(), true.into());
        }
    }
}

/// Text, which YAML may read as a number or a boolean: specc takes it as it is written.
pub struct AnyText;

impl JsonSchema for AnyText {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Text".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": ["string", "number", "boolean"]})
    }
}

/// Anything: a tree in another tool's vocabulary.
pub struct AnyTree;

impl JsonSchema for AnyTree {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Tree".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "object"})
    }
}

impl<T: JsonSchema> JsonSchema for Spanned<T> {
    fn inline_schema() -> bool {
        T::inline_schema()
    }

    fn schema_name() -> Cow<'static, str> {
        T::schema_name()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        T::json_schema(generator)
    }
}

impl<T: JsonSchema> JsonSchema for OneOrMany<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        format!("OneOrMany_{}", T::schema_name()).into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let one = generator.subschema_for::<T>();
        let many = generator.subschema_for::<Vec<T>>();
        json_schema!({"anyOf": [one, many]})
    }
}

impl JsonSchema for Set {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Set".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let text = AnyText::json_schema(generator);
        let removed = json_schema!({"type": "object", "additionalProperties": {"type": "null"}});
        json_schema!({"anyOf": [text, {"type": "array", "items": text}, removed]})
    }
}

/// The shapes of a variable: a value, or its description.
pub fn value_or<T: JsonSchema>(generator: &mut SchemaGenerator) -> Schema {
    let text = AnyText::json_schema(generator);
    let described = generator.subschema_for::<T>();
    json_schema!({"anyOf": [text, described]})
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};
    use std::path::Path;

    use serde_json::Value;

    use crate::diag::Diags;
    use crate::source::FileId;
    use crate::spec::Spec;
    use crate::spec::decode::{Context, Decode};
    use crate::syntax::yaml;

    /// Every closed map that the schema describes, as its set of keys, with where it stands. Maps whose keys are the
    /// user's own names (a group of variables) are read key by key, so there is nothing to hold them against.
    fn described(schema: &Value, at: &str, found: &mut BTreeMap<BTreeSet<String>, String>) {
        if schema["additionalProperties"] == Value::Bool(false)
            && let Some(properties) = schema["properties"].as_object()
            && schema["patternProperties"].as_object().is_none_or(|it| it.keys().eq(["^x-"]))
        {
            found.insert(properties.keys().cloned().collect(), at.to_string());
        }
        let inner: Vec<(String, &Value)> = match schema {
            Value::Object(map) => map.iter().map(|(key, value)| (key.clone(), value)).collect(),
            Value::Array(list) => list.iter().enumerate().map(|(index, value)| (index.to_string(), value)).collect(),
            _ => Vec::new(),
        };
        inner.into_iter().for_each(|(key, value)| described(value, &format!("{at}/{key}"), found));
    }

    /// The keys that each kind of map is asked for, learnt from decoding a spec that has one of each.
    fn asked() -> BTreeMap<&'static str, BTreeSet<&'static str>> {
        let mut diags = Diags::default();
        let mut cx = Context { diags: &mut diags, asked: Some(BTreeMap::new()) };
        let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples");
        let one_of_each = include_str!("../../tests/data/one_of_each.yaml").to_string();
        let texts = std::fs::read_dir(examples).unwrap().flatten();
        let texts = texts.filter_map(|it| std::fs::read_to_string(it.path().join("specc.yaml")).ok());
        for text in texts.chain([one_of_each]) {
            let trees = yaml::parse(&text, FileId(0), cx.diags);
            assert!(Spec::decode(&trees[0], &mut cx).is_some());
        }
        let asked = cx.asked.take().unwrap_or_default();
        assert!(diags.list().is_empty(), "{:?}", diags.list());
        asked
    }

    #[test]
    fn the_schema_and_the_decoder_know_the_same_keys() {
        let mut schema = BTreeMap::new();
        described(&serde_json::from_str(&super::schema()).unwrap(), "", &mut schema);
        let asked = asked();
        let keys = |of: &BTreeSet<&'static str>| of.iter().map(ToString::to_string).collect::<BTreeSet<_>>();
        let read: BTreeSet<BTreeSet<String>> = asked.values().map(keys).collect();
        for (kind, of) in &asked {
            assert!(schema.contains_key(&keys(of)), "{kind}: the decoder reads {of:?}, which the schema nowhere has");
        }
        let unread: Vec<_> = schema.iter().filter(|(of, _)| !read.contains(*of)).collect();
        assert!(unread.is_empty(), "no decoder reads these (or tests/data/one_of_each.yaml has none): {unread:#?}");
    }
}
