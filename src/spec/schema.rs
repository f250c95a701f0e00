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
