//! Facts about settings classes (pydantic v1 and v2 and their like), their uses and the fixtures that make them.

use serde::{Deserialize, Serialize};

use super::Text;
use crate::source::{FileId, Span};

/// Which library's rules a class follows.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Flavor {
    /// pydantic 1: `class Config`, `Field(env=…)`, `Optional[X]` means `None` by default.
    PydanticV1,
    /// pydantic-settings 2: `model_config`, aliases, `Optional[X]` without a default is required.
    PydanticV2,
}

/// What a class does with keys it does not know.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Extra {
    /// Refuses them: the default of pydantic-settings 2, and it applies to env files too.
    Forbid,
    /// Drops them in silence.
    Ignore,
    /// Keeps them.
    Allow,
}

/// A class whose fields are filled from the environment. Inherited fields and configuration are already in it.
#[derive(Clone, Debug, Serialize, Deserialize)]
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
    /// Whether its `model_config` is a call, which takes one more argument.
    pub is_configured_by_call: bool,
    /// Env files it reads, later ones winning; relative to the working directory of the process.
    pub env_files: Vec<Text>,
    /// Whether an env file's path is computed, or the sources are customised, so that values may come from elsewhere.
    pub has_unknown_sources: bool,
    /// Whether names of fields are made by code (an alias generator), so that none can be called unknown.
    pub has_unknown_names: bool,
    /// Whether unknown fields may be read through it (`getattr`, `model_dump`), so that "never read" cannot be said.
    pub is_read_dynamically: bool,
    /// The fields.
    pub fields: Vec<Field>,
    /// Properties, computed fields and methods: attributes that are not variables.
    pub attributes: Vec<Text>,
    /// What is written for pydantic 1 and does nothing, or fails, under pydantic 2.
    pub leftovers: Vec<Leftover>,
    /// Whether the class belongs to tests.
    pub in_test: bool,
}

/// Something of pydantic 1 in a class that follows pydantic 2.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Leftover {
    /// What.
    pub kind: LeftoverKind,
    /// Where.
    pub span: Span,
    /// The field it is about, if it is about one.
    pub field: Option<String>,
    /// The names that are written there.
    pub names: Vec<String>,
}

/// Kinds of [`Leftover`].
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum LeftoverKind {
    /// `class Config` beside `model_config`: pydantic 2 refuses the class.
    BothConfigs,
    /// `Field(env=…)`: pydantic-settings 2 does not look at it.
    FieldEnv,
    /// `fields = {…}` in `class Config`: pydantic 2 does not look at it.
    ConfigFields,
}

/// One field.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Field {
    /// The name, at its place.
    pub name: Text,
    /// The names it is read from, first wins, prefix applied, as they would be written in an env file.
    pub env_names: Vec<String>,
    /// Where an alias is written, if one decides.
    pub alias: Option<Span>,
    /// The names under which a caller may pass it: its aliases, its own name where that is accepted.
    pub keywords: Vec<String>,
    /// The class that declares it, if it is inherited.
    pub from: Option<String>,
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
    /// The fields of the model that it holds, if the class has a delimiter by which they are set one by one.
    pub parts: Vec<FieldPart>,
    /// The whole statement.
    pub span: Span,
}

/// A field of a model that a settings field holds, however deep.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct FieldPart {
    /// The name, where the model declares it.
    pub name: Text,
    /// The variable that sets it: `DB__HOST`.
    pub env_name: String,
    /// Whether a value must come from somewhere.
    pub is_required: bool,
    /// Whether parts of it can be set one by one again.
    pub takes_parts: bool,
}

/// What the text of a variable must look like for a field.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
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
    Json(JsonShape),
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

/// What JSON must be at its top.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum JsonShape {
    /// `[…]`
    List,
    /// `{…}`
    Mapping,
    /// Either, or something else.
    Any,
}

/// Code that refuses to go on without a field: `if not settings.google_api_key: raise …`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Condition {
    /// The field, at its place.
    pub needs: Text,
    /// What must be so for the code to be reached, as far as names tell: strings that the enclosing `if`s compare
    /// with, and the name of the module, such as `gemini` for `gemini.py`.
    pub when: Vec<String>,
    /// Whether nothing has to be so: the code runs at any start, as in a validator of the class.
    pub is_always: bool,
    /// Whether the file belongs to tests.
    pub in_test: bool,
}

/// `load_dotenv("…")`: a file whose variables enter the environment of the process.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct DotenvLoad {
    /// The path as written; `None` for the `.env` that is looked for, or a path that is computed.
    pub path: Option<Text>,
    /// Whether the path is computed.
    pub is_dynamic: bool,
    /// Whether its values replace those that are there.
    pub replaces: bool,
    /// The path of the file that loads it.
    pub by: String,
    /// Whether that file belongs to tests.
    pub in_test: bool,
}

/// How a fixture makes or changes settings.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum FixtureBy {
    /// `Settings(…)`
    Call,
    /// `Settings.model_construct(…)`
    Construct,
    /// `settings.model_copy(update={…})`
    Copy,
}

/// A place that makes a settings object with arguments.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Fixture {
    /// The class, at its place.
    pub class: Text,
    /// The path of the file that declares the class.
    pub declared_in: String,
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
