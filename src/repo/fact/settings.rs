//! Facts about settings classes (pydantic v1 and v2 and their like), their uses and the fixtures that make them.

use super::Text;
use crate::source::{FileId, Span};

/// Which library's rules a class follows.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Flavor {
    /// pydantic 1: `class Config`, `Field(env=…)`, `Optional[X]` means `None` by default.
    PydanticV1,
    /// pydantic-settings 2: `model_config`, aliases, `Optional[X]` without a default is required.
    PydanticV2,
}

/// What a class does with keys it does not know.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Extra {
    /// Refuses them: the default of pydantic-settings 2, and it applies to env files too.
    Forbid,
    /// Drops them in silence.
    Ignore,
    /// Keeps them.
    Allow,
}

/// A class whose fields are filled from the environment. Inherited fields and configuration are already in it.
#[derive(Clone, Debug)]
pub struct SettingsClass {
    /// The class name, at its place.
    pub name: Text,
    /// The file.
    pub file: FileId,
    /// The file's path from the root.
    pub path: String,
    /// Names of the bases, as written.
    pub bases: Vec<Text>,
    /// Whose rules it follows.
    pub flavor: Flavor,
    /// What comes before a field's name in the environment; empty for nothing.
    pub env_prefix: Option<Text>,
    /// What joins the names of nested fields, such as `__`.
    pub nested_delimiter: Option<Text>,
    /// Whether case counts.
    pub is_case_sensitive: bool,
    /// Whether an empty value counts as not set.
    pub ignores_empty: bool,
    /// What unknown keys do.
    pub extra: Extra,
    /// Where `extra` is written.
    pub extra_span: Option<Span>,
    /// Env files it reads, later ones winning; relative to the working directory of the process.
    pub env_files: Vec<Text>,
    /// Whether an env file's path is computed, or the sources are customised, so that values may come from elsewhere.
    pub has_unknown_sources: bool,
    /// Whether unknown fields may be read through it (`getattr`, `model_dump`), so that "never read" cannot be said.
    pub is_read_dynamically: bool,
    /// The fields.
    pub fields: Vec<Field>,
    /// Properties, computed fields and methods: attributes that are not variables.
    pub attributes: Vec<Text>,
    /// Text of the validators of the whole model: names fields that are required under conditions.
    pub conditions: Vec<Text>,
}

/// One field.
#[derive(Clone, Debug)]
pub struct Field {
    /// The name, at its place.
    pub name: Text,
    /// The names it is read from, first wins, prefix applied, as they would be written in an env file.
    pub env_names: Vec<String>,
    /// Where an alias is written, if one decides.
    pub alias: Option<Span>,
    /// The annotation as written.
    pub annotation: Text,
    /// What a value must look like.
    pub type_: FieldType,
    /// Whether `None` is allowed.
    pub is_optional: bool,
    /// Whether a value must come from somewhere.
    pub is_required: bool,
    /// The default as written, if there is one.
    pub default: Option<Text>,
    /// The default as text that an env file could hold, if it is a literal.
    pub default_value: Option<String>,
    /// Whether a validator or `NoDecode` changes what values are accepted.
    pub has_own_validation: bool,
    /// The whole statement.
    pub span: Span,
}

/// What the text of a variable must look like for a field.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum FieldType {
    /// Any text.
    Text,
    /// Any text, and it is a secret.
    Secret,
    /// A whole number.
    Integer,
    /// A number.
    Float,
    /// A boolean in pydantic's spellings.
    Boolean,
    /// JSON: lists, sets, dictionaries.
    Json,
    /// JSON, or single keys through the nested delimiter: another model, by name.
    Model(String),
    /// One of these.
    OneOf(Vec<String>),
    /// A URL.
    Url,
    /// A path.
    Path,
    /// Something else, which is not judged.
    Other,
}

/// `settings.name`: an attribute read from what may be a settings object.
#[derive(Clone, Debug)]
pub struct SettingsUse {
    /// The attribute, at its place.
    pub attribute: Text,
    /// What it is read from, as written.
    pub receiver: String,
    /// Whether the file belongs to tests.
    pub in_test: bool,
}

/// How a fixture makes or changes settings.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum FixtureBy {
    /// `Settings(…)`
    Call,
    /// `Settings.model_construct(…)`
    Construct,
    /// `settings.model_copy(update={…})`
    Copy,
}

/// A place that makes a settings object with arguments.
#[derive(Clone, Debug)]
pub struct Fixture {
    /// The class, at its place.
    pub class: Text,
    /// How.
    pub by: FixtureBy,
    /// Keyword arguments: name and, if it is a literal, value.
    pub arguments: Vec<(Text, Option<Text>)>,
    /// Span of each argument with its comma, in the order of `arguments`, so that one can be removed.
    pub argument_spans: Vec<Span>,
    /// `_env_file=`, if a literal.
    pub env_file: Option<Text>,
    /// Whether `**kwargs` hides some.
    pub has_more: bool,
    /// Whether the file belongs to tests.
    pub in_test: bool,
    /// The whole call.
    pub span: Span,
}
