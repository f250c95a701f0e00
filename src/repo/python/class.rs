//! Classes as one file declares them, before they are linked with their bases.

use serde::{Deserialize, Serialize};

use ruff_python_ast::{Arguments, Expr, ExprCall, Stmt, StmtClassDef, StmtFunctionDef};
use ruff_text_size::{Ranged, TextRange};

use super::annotation;
use super::config::Config;
use super::source::{Source, keyword};
use crate::repo::fact::{FieldType, Leftover, LeftoverKind, Text};
use crate::source::{FileId, Span, Spanned};

/// A class.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Class {
    /// Its name.
    pub name: Text,
    /// The file.
    pub file: FileId,
    /// The file's path from the root.
    pub path: String,
    /// Whether the file belongs to tests.
    pub in_test: bool,
    /// Its bases as written, with their dotted meaning.
    pub bases: Vec<(Text, String)>,
    /// Fields and plain assignments.
    pub fields: Vec<RawField>,
    /// Methods, properties and computed fields.
    pub attributes: Vec<Text>,
    /// What it says about itself in `class Config`.
    pub config: Config,
    /// What it says in `model_config`, which pydantic 1 does not look at.
    pub model_config: Config,
    /// What it says in the keywords of the class, which have the last word.
    pub keywords: Config,
    /// Whether `model_config` is a call.
    pub is_configured_by_call: bool,
    /// Leftovers of pydantic 1, if it turns out to follow pydantic 2.
    pub leftovers: Vec<Leftover>,
    /// Fields that a validator sees before their type is checked; `*` for all.
    pub validated_before: Vec<String>,
    /// Whether it says where values come from (`settings_customise_sources`).
    pub customises_sources: bool,
}

/// A field, or an assignment without annotation.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RawField {
    /// Its name.
    pub name: Text,
    /// Its annotation as written; `None` for an assignment.
    pub annotation: Option<Text>,
    /// What values must look like.
    pub type_: FieldType,
    /// Whether it may be `None`.
    pub is_optional: bool,
    /// Whether a default is given.
    pub has_default: bool,
    /// Whether `...` says that there is none.
    pub is_ellipsis: bool,
    /// The default as written.
    pub default: Option<Text>,
    /// The default as an env file would hold it.
    pub default_value: Option<String>,
    /// `alias`, `validation_alias`: names in order, for the environment.
    pub aliases: Vec<String>,
    /// Where they are written.
    pub alias_span: Option<Span>,
    /// `alias=` alone, which pydantic 1 takes for keyword arguments only.
    pub is_plain_alias: bool,
    /// `env=` of pydantic 1.
    pub env: Vec<Text>,
    /// Where it is written.
    pub env_span: Option<Span>,
    /// Whether text is not read as JSON.
    pub no_decode: bool,
    /// Whether something sees the value before its type is checked.
    pub is_validated_before: bool,
    /// The statement.
    pub span: Span,
}

/// Reads a class.
pub fn read(source: &Source, class: &StmtClassDef) -> Class {
    let arguments = class.arguments.as_deref();
    let bases = arguments.map_or(&[][..], |it| &it.args);
    // `Generic[T]`, `Base[int]`: the base is what is subscribed.
    let base = |it: &Expr| {
        let it = if let Expr::Subscript(it) = it { &*it.value } else { it };
        Some((source.written(it), source.meaning(it)?.into_owned()))
    };
    let mut found = Class {
        name: name_of(source, &class.name),
        file: source.input.file,
        path: source.input.path.to_string(),
        in_test: source.input.in_test,
        bases: bases.iter().filter_map(base).collect(),
        fields: Vec::new(),
        attributes: Vec::new(),
        config: Config::default(),
        model_config: Config::default(),
        keywords: Config::default(),
        is_configured_by_call: false,
        leftovers: Vec::new(),
        validated_before: Vec::new(),
        customises_sources: false,
    };
    let mut model_config = None;
    let mut class_config = None;
    for stmt in &class.body {
        match stmt {
            Stmt::AnnAssign(it) => {
                let Expr::Name(name) = &*it.target else { continue };
                if name.id == "model_config" {
                    model_config = it.value.as_deref();
                } else {
                    found.fields.extend(field(source, name, Some(&it.annotation), it.value.as_deref(), it.range));
                }
            }
            Stmt::Assign(it) => {
                let [Expr::Name(name)] = &it.targets[..] else { continue };
                if name.id == "model_config" {
                    model_config = Some(&*it.value);
                } else {
                    found.fields.extend(field(source, name, None, Some(&it.value), it.range));
                }
            }
            Stmt::FunctionDef(it) => method(source, it, &mut found),
            Stmt::ClassDef(it) if it.name.id == "Config" => class_config = Some(it),
            _ => {}
        }
    }
    if let Some(config) = class_config {
        found.config.take_class(source, config);
        let span = source.span(config.name.range);
        let both = model_config.map(|_| (LeftoverKind::BothConfigs, span));
        let fields = found.config.fields_span.map(|it| (LeftoverKind::ConfigFields, it));
        let leftover = |(kind, span)| Leftover { kind, span, field: None, names: Vec::new() };
        found.leftovers.extend(both.into_iter().chain(fields).map(leftover));
    }
    if let Some(config) = model_config {
        found.is_configured_by_call = config.is_call_expr();
        found.model_config.take_expression(source, config);
    }
    if let Some(arguments) = arguments {
        found.keywords.take_keywords(source, arguments);
    }
    for field in found.fields.iter() {
        if let Some(span) = field.env_span {
            let names = field.env.iter().map(|it| it.value.clone()).collect();
            let about = Some(field.name.value.clone());
            found.leftovers.push(Leftover { kind: LeftoverKind::FieldEnv, span, field: about, names });
        }
    }
    found
}

fn name_of(source: &Source, name: &ruff_python_ast::Identifier) -> Text {
    Spanned::new(name.id.to_string(), source.span(name.range))
}

/// Takes in a method: what it validates, or that it is an attribute.
fn method(source: &Source, function: &StmtFunctionDef, class: &mut Class) {
    let name = name_of(source, &function.name);
    class.customises_sources |= matches!(name.value.as_str(), "settings_customise_sources" | "customise_sources");
    for decorator in &function.decorator_list {
        let (callee, arguments) = match &decorator.expression {
            Expr::Call(it) => (&*it.func, Some(&it.arguments)),
            other => (other, None),
        };
        let meaning = source.meaning(callee).unwrap_or_default();
        let Some(arguments) = arguments else { continue };
        let mode = keyword(arguments, "mode").and_then(|it| source.string(it)).map(|it| it.value);
        let is_before = matches!(mode.as_deref(), Some("before" | "wrap" | "plain"))
            || keyword(arguments, "pre").is_some_and(|it| source.env_text(it).as_deref() == Some("true"));
        match meaning.rsplit('.').next().unwrap_or("") {
            "field_validator" | "validator" if is_before => {
                class
                    .validated_before
                    .extend(arguments.args.iter().filter_map(|it| source.string(it)).map(|it| it.value));
            }
            "model_validator" | "root_validator" if is_before => class.validated_before.push("*".to_string()),
            _ => {}
        }
    }
    class.attributes.push(name);
}

fn field(
    source: &Source,
    name: &ruff_python_ast::ExprName,
    annotation: Option<&Expr>,
    value: Option<&Expr>,
    range: TextRange,
) -> Option<RawField> {
    if name.id.starts_with('_') {
        return None;
    }
    let read = annotation.map(|it| annotation::read(source, it));
    if read.as_ref().is_some_and(|it| it.is_class_var) {
        return None;
    }
    let mut field = RawField {
        name: Spanned::new(name.id.to_string(), source.span(name.range)),
        annotation: annotation.map(|it| source.written(it)),
        type_: read.as_ref().map_or(FieldType::Other, |it| it.type_.clone()),
        is_optional: read.as_ref().is_some_and(|it| it.is_optional),
        has_default: false,
        is_ellipsis: false,
        default: None,
        default_value: None,
        aliases: Vec::new(),
        alias_span: None,
        is_plain_alias: false,
        env: Vec::new(),
        env_span: None,
        no_decode: read.as_ref().is_some_and(|it| it.no_decode),
        is_validated_before: read.as_ref().is_some_and(|it| it.is_validated_before),
        span: source.span(range),
    };
    if let Some(call) = read.and_then(|it| it.field) {
        take_field_call(source, call, &mut field);
    }
    match value {
        Some(Expr::Call(call)) if is_field_call(source, call) => take_field_call(source, call, &mut field),
        Some(value) => take_default(source, value, &mut field),
        None => {}
    }
    Some(field)
}

fn is_field_call(source: &Source, call: &ExprCall) -> bool {
    let meaning = source.meaning(&call.func).unwrap_or_default();
    matches!(meaning.rsplit('.').next(), Some("Field" | "PrivateAttr"))
}

fn take_default(source: &Source, value: &Expr, field: &mut RawField) {
    let written = source.written(value);
    let is_nothing = value.is_ellipsis_literal_expr() || written.value.ends_with("PydanticUndefined");
    field.is_ellipsis = is_nothing;
    field.has_default = !is_nothing;
    if !is_nothing {
        field.default_value = source.env_text(value);
        field.default = Some(written);
    }
}

/// Takes in `Field(default, alias=…, env=…)`.
fn take_field_call(source: &Source, call: &ExprCall, field: &mut RawField) {
    let arguments: &Arguments = &call.arguments;
    if let Some(default) = arguments.args.first().or_else(|| keyword(arguments, "default")) {
        take_default(source, default, field);
    }
    if let Some(factory) = keyword(arguments, "default_factory") {
        field.has_default = true;
        field.default = Some(source.written(factory));
        field.default_value = match factory {
            Expr::Lambda(it) => source.env_text(&it.body),
            Expr::Name(it) if it.id == "list" => Some("[]".to_string()),
            Expr::Name(it) if it.id == "dict" => Some("{}".to_string()),
            _ => None,
        };
    }
    // An alias for validation goes before the one for everything.
    let alias = keyword(arguments, "validation_alias").map(|it| (it, false));
    if let Some((alias, is_plain)) = alias.or_else(|| keyword(arguments, "alias").map(|it| (it, true))) {
        field.aliases = alias_names(source, alias);
        field.alias_span = Some(source.span(alias.range()));
        field.is_plain_alias = is_plain;
    }
    if let Some(env) = keyword(arguments, "env") {
        field.env = source.strings(env).unwrap_or_else(|| source.string(env).into_iter().collect());
        let keyword = arguments.keywords.iter().find(|it| it.arg.as_ref().is_some_and(|it| it.id == "env"));
        field.env_span = keyword.map(|it| source.span(it.range));
    }
}

/// Returns the names of `"A"`, `AliasChoices("A", "B")`, `AliasPath("A", 0)`.
fn alias_names(source: &Source, alias: &Expr) -> Vec<String> {
    if let Some(name) = source.string(alias) {
        return vec![name.value];
    }
    let Expr::Call(call) = alias else { return Vec::new() };
    let meaning = source.meaning(&call.func).unwrap_or_default();
    match meaning.rsplit('.').next() {
        Some("AliasChoices") => call.arguments.args.iter().flat_map(|it| alias_names(source, it)).collect(),
        Some("AliasPath") => {
            call.arguments.args.first().and_then(|it| source.string(it)).map(|it| it.value).into_iter().collect()
        }
        _ => Vec::new(),
    }
}
