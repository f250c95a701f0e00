//! What a settings class says about itself: `model_config`, `class Config`, keywords of the class.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use ruff_python_ast::{Arguments, Expr, Operator, Stmt, StmtClassDef};
use ruff_text_size::Ranged;

use super::source::Source;
use crate::repo::fact::{Extra, Text};
use crate::source::Span;

/// Configuration as written in one class; `None` where it says nothing.
#[derive(Clone, Default, Debug, Serialize, Deserialize)]
pub struct Config {
    /// `env_prefix`.
    pub env_prefix: Option<Text>,
    /// `env_nested_delimiter`.
    pub nested_delimiter: Option<Text>,
    /// `case_sensitive`.
    pub case_sensitive: Option<bool>,
    /// `env_ignore_empty`.
    pub ignores_empty: Option<bool>,
    /// `extra`.
    pub extra: Option<(Extra, Span)>,
    /// `env_file`.
    pub env_files: Option<Vec<Text>>,
    /// Whether some env file is computed.
    pub has_computed_env_file: bool,
    /// `dotenv_filtering`: keys of env files that are not fields do no harm.
    pub filters_dotenv: bool,
    /// `populate_by_name`, `validate_by_name`.
    pub by_name: Option<bool>,
    /// The same of pydantic 1: `allow_population_by_field_name`.
    pub by_name_v1: Option<bool>,
    /// `env_prefix_target`: whether aliases get the prefix too, and whether names do.
    pub prefix_on_aliases: Option<bool>,
    /// `enable_decoding=False`.
    pub no_decoding: Option<bool>,
    /// Whether something decides about names that is not seen: an alias generator, another class's configuration.
    pub is_computed: bool,
    /// `fields = {"x": {"env": …}}` of pydantic 1.
    pub field_envs: BTreeMap<String, Vec<String>>,
    /// Where that is written.
    pub fields_span: Option<Span>,
}

impl Config {
    /// Takes in the keywords of `class S(BaseSettings, env_prefix="X_")`.
    pub fn take_keywords(&mut self, source: &Source, arguments: &Arguments) {
        for keyword in &arguments.keywords {
            match &keyword.arg {
                Some(name) => self.take(source, name.id.as_str(), &keyword.value),
                None => self.is_computed = true,
            }
        }
    }

    /// Takes in `class Config:`.
    pub fn take_class(&mut self, source: &Source, class: &StmtClassDef) {
        for stmt in &class.body {
            let (target, value) = match stmt {
                Stmt::Assign(it) => (it.targets.first(), Some(&*it.value)),
                Stmt::AnnAssign(it) => (Some(&*it.target), it.value.as_deref()),
                _ => continue,
            };
            if let (Some(Expr::Name(name)), Some(value)) = (target, value) {
                self.take(source, name.id.as_str(), value);
            }
        }
    }

    /// Takes in `SettingsConfigDict(…)`, `ConfigDict(…)`, `{…}`, and what `|` joins of them.
    pub fn take_expression(&mut self, source: &Source, expr: &Expr) {
        match expr {
            Expr::Call(it) => self.take_keywords(source, &it.arguments),
            Expr::Dict(it) => {
                for item in &it.items {
                    match item.key.as_ref().and_then(|it| source.string(it)) {
                        Some(key) => self.take(source, &key.value, &item.value),
                        None if item.key.is_none() => self.is_computed |= !is_model_config(&item.value),
                        None => self.is_computed = true,
                    }
                }
            }
            Expr::BinOp(it) if it.op == Operator::BitOr => {
                self.take_expression(source, &it.left);
                self.take_expression(source, &it.right);
            }
            // `Base.model_config`: what is inherited anyway.
            expr if is_model_config(expr) => {}
            Expr::Name(it) => match source.constants.get(it.id.as_str()) {
                Some(Expr::Name(_)) | None => self.is_computed = true,
                Some(expr) => self.take_expression(source, expr),
            },
            _ => self.is_computed = true,
        }
    }

    fn take(&mut self, source: &Source, key: &str, value: &Expr) {
        let truth = || source.env_text(value).map(|it| it == "true");
        match key {
            "env_prefix" => self.env_prefix = source.string(value).or_else(|| self.unknown()),
            "env_nested_delimiter" => self.nested_delimiter = source.string(value),
            "case_sensitive" => self.case_sensitive = truth(),
            "env_ignore_empty" => self.ignores_empty = truth(),
            "extra" => self.extra = extra(source, value).map(|it| (it, source.span(value.range()))),
            "env_file" => self.take_env_file(source, value),
            "dotenv_filtering" => self.filters_dotenv = source.string(value).is_some(),
            "populate_by_name" | "validate_by_name" => self.by_name = truth(),
            "allow_population_by_field_name" => self.by_name_v1 = truth(),
            "env_prefix_target" => {
                let target = source.string(value).map(|it| it.value);
                self.prefix_on_aliases = Some(matches!(target.as_deref(), Some("alias" | "all")));
                // `alias` alone takes the prefix from the names.
                self.is_computed |= target.as_deref() == Some("alias");
            }
            "enable_decoding" => self.no_decoding = truth().map(|it| !it),
            "alias_generator" => self.is_computed |= !value.is_none_literal_expr(),
            "fields" => self.take_fields(source, value),
            "secrets_dir" | "json_file" | "yaml_file" | "toml_file" => {
                self.has_computed_env_file |= !value.is_none_literal_expr();
            }
            _ => {}
        }
    }

    fn unknown(&mut self) -> Option<Text> {
        self.is_computed = true;
        None
    }

    fn take_env_file(&mut self, source: &Source, value: &Expr) {
        let items: Vec<&Expr> = match value {
            Expr::List(it) => it.elts.iter().collect(),
            Expr::Tuple(it) => it.elts.iter().collect(),
            Expr::NoneLiteral(_) => Vec::new(),
            one => vec![one],
        };
        let mut files = Vec::new();
        for item in items {
            match source.string(item) {
                Some(path) => files.push(path),
                None => self.has_computed_env_file = true,
            }
        }
        self.env_files = Some(files);
    }

    fn take_fields(&mut self, source: &Source, value: &Expr) {
        let Expr::Dict(fields) = value else { return };
        self.fields_span = Some(source.span(value.range()));
        for item in &fields.items {
            let Some(name) = item.key.as_ref().and_then(|it| source.string(it)) else { continue };
            let env = match &item.value {
                Expr::Dict(it) => {
                    let is_env = |it: &&ruff_python_ast::DictItem| {
                        it.key.as_ref().and_then(|it| source.string(it)).is_some_and(|it| it.value == "env")
                    };
                    it.items.iter().find(is_env).map(|it| &it.value)
                }
                other => Some(other),
            };
            let Some(env) = env else { continue };
            let names = source.strings(env).unwrap_or_else(|| source.string(env).into_iter().collect());
            self.field_envs.insert(name.value, names.into_iter().map(|it| it.value).collect());
        }
    }
}

fn is_model_config(expr: &Expr) -> bool {
    matches!(expr, Expr::Attribute(it) if it.attr.id == "model_config")
}

fn extra(source: &Source, value: &Expr) -> Option<Extra> {
    let text = match source.string(value) {
        Some(text) => text.value,
        // `Extra.ignore` of pydantic 1.
        None => source.slice(value.range()).rsplit('.').next()?.to_string(),
    };
    match text.as_str() {
        "forbid" => Some(Extra::Forbid),
        "ignore" => Some(Extra::Ignore),
        "allow" => Some(Extra::Allow),
        _ => None,
    }
}
