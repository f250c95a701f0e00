//! `check`: where the repository's own truth lives, rule levels, policies. Read by `specc check`.

use indexmap::IndexMap;
use schemars::JsonSchema;

use super::decode::{Context, Decode, OneOrMany};
use super::schema::AnyText;
use super::text::Text;
use crate::source::Spanned;
use crate::syntax::node::Node;

/// What `specc check` should know.
#[derive(Clone, Default, Debug, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Check {
    /// Settings classes, as `file.py:Class`, and the services that use them.
    #[schemars(with = "Option<Vec<SettingsShape>>")]
    pub settings: Vec<Settings>,
    /// Files with test fixtures.
    #[schemars(with = "Option<Vec<FixtureShape>>")]
    pub fixtures: Vec<Fixture>,
    /// Files and folders of programs that read the environment, though they look like tools.
    #[schemars(with = "Option<OneOrMany<Text>>")]
    pub readers: OneOrMany<Text>,
    /// Scripts that copy files to machines, though it looks like a local copy.
    #[schemars(with = "Option<OneOrMany<Text>>")]
    pub transfers: OneOrMany<Text>,
    /// Files and folders in which a stale path is a mistake, even in prose.
    #[schemars(with = "Option<OneOrMany<Text>>")]
    pub references: OneOrMany<Text>,
    /// The version of the cluster that hand-written manifests are for, such as `1.33`; default: what any version takes.
    pub kubernetes: Option<Text>,
    /// Variables that something outside of the repository sets.
    #[schemars(with = "Option<OneOrMany<Text>>")]
    pub external: OneOrMany<Text>,
    /// Paths that an operator provides and no repository holds.
    #[schemars(with = "Option<OneOrMany<Text>>")]
    pub operator_provided: OneOrMany<Text>,
    /// Paths that are not read.
    #[schemars(with = "Option<OneOrMany<Text>>")]
    pub exclude: OneOrMany<Text>,
    /// Codes or prefixes to report beside the default.
    #[schemars(with = "Option<OneOrMany<Text>>")]
    pub select: OneOrMany<Text>,
    /// Codes or prefixes not to report.
    #[schemars(with = "Option<OneOrMany<Text>>")]
    pub ignore: OneOrMany<Text>,
    /// A level per code: `error`, `warning`, `info`, `off`.
    #[schemars(with = "Option<std::collections::BTreeMap<String, AnyText>>")]
    pub levels: IndexMap<String, Spanned<Text>>,
    /// The file that lists findings which are known and not told, instead of `.specc-baseline.json`.
    pub baseline: Option<Text>,
    /// Policies: expressions over the resolved system that must be true in every environment.
    #[schemars(with = "Option<Vec<Assert>>")]
    pub assert: Vec<Spanned<Assert>>,
}

impl Decode for Check {
    fn decode(node: &Node, cx: &mut Context<'_>) -> Option<Check> {
        let mut fields = cx.fields(node, "a check section");
        let check = Check {
            settings: fields.or_default("settings", cx),
            fixtures: fields.or_default("fixtures", cx),
            readers: fields.or_default("readers", cx),
            transfers: fields.or_default("transfers", cx),
            references: fields.or_default("references", cx),
            kubernetes: fields.get("kubernetes", cx),
            external: fields.or_default("external", cx),
            operator_provided: fields.or_default("operator_provided", cx),
            exclude: fields.or_default("exclude", cx),
            select: fields.or_default("select", cx),
            ignore: fields.or_default("ignore", cx),
            levels: fields.or_default("levels", cx),
            baseline: fields.get("baseline", cx),
            assert: fields.or_default("assert", cx),
        };
        fields.finish(cx)?;
        Some(check)
    }
}

/// A Settings class.
#[derive(Clone, Debug)]
pub struct Settings {
    /// `file.py:Class`.
    pub class: Text,
    /// Delimiter of nested names.
    pub nested: Option<Text>,
    /// The services that use it.
    pub services: Vec<Text>,
}

impl Decode for Settings {
    fn decode(node: &Node, cx: &mut Context<'_>) -> Option<Settings> {
        if node.as_map().is_none() {
            return Some(Settings { class: Text::decode(node, cx)?, nested: None, services: Vec::new() });
        }
        let mut fields = cx.fields(node, "a Settings class");
        let class = fields.required("class", cx);
        let nested = fields.get("nested", cx);
        let services: OneOrMany<Text> = fields.or_default("for", cx);
        fields.finish(cx)?;
        Some(Settings { class: class?, nested, services: services.0 })
    }
}

#[derive(JsonSchema)]
#[schemars(untagged)]
#[allow(dead_code)]
enum SettingsShape {
    Class(String),
    Map(SettingsMap),
}

#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[allow(dead_code)]
struct SettingsMap {
    /// `file.py:Class`.
    class: String,
    /// Delimiter of nested names.
    nested: Option<String>,
    /// The services that use it.
    r#for: Option<OneOrMany<Text>>,
}

/// A file with test fixtures.
#[derive(Clone, Debug)]
pub struct Fixture {
    /// The file.
    pub file: Text,
    /// The environment whose variables the tests run with.
    pub env: Option<Text>,
}

impl Decode for Fixture {
    fn decode(node: &Node, cx: &mut Context<'_>) -> Option<Fixture> {
        if node.as_map().is_none() {
            return Some(Fixture { file: Text::decode(node, cx)?, env: None });
        }
        let mut fields = cx.fields(node, "a fixture");
        let file = fields.required("file", cx);
        let env = fields.get("env", cx);
        fields.finish(cx)?;
        Some(Fixture { file: file?, env })
    }
}

#[derive(JsonSchema)]
#[schemars(untagged)]
#[allow(dead_code)]
enum FixtureShape {
    File(String),
    Map(FixtureMap),
}

#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[allow(dead_code)]
struct FixtureMap {
    /// The file.
    file: String,
    /// The environment whose variables the tests run with.
    env: Option<String>,
}

/// A policy.
#[derive(Clone, Debug, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Assert {
    /// The expression.
    pub that: Text,
    /// Why it must hold.
    pub because: Option<Text>,
}

impl Decode for Assert {
    fn decode(node: &Node, cx: &mut Context<'_>) -> Option<Assert> {
        let mut fields = cx.fields(node, "a policy");
        let that = fields.required("that", cx);
        let because = fields.get("because", cx);
        fields.finish(cx)?;
        Some(Assert { that: that?, because })
    }
}
