//! Variables that Python code asks for and sets: `os.environ`, `os.getenv`, django-environ, decouple, environs.

use std::collections::HashMap;

use ruff_python_ast::{Arguments, Expr, ExprCall, ExprContext, ExprSubscript};
use ruff_text_size::Ranged;

use super::source::{Source, keyword};
use crate::repo::fact::{Absent, EnvRead, EnvSet, Language, SetBy, Text};
use crate::source::Spanned;

/// What an object or function reads variables with.
#[derive(Clone, Default, Debug)]
pub struct Reading {
    /// Put before each name (`Env.prefix`).
    pub prefix: String,
    /// Defaults declared up front: `environ.Env(DEBUG=(bool, False))`.
    pub scheme: HashMap<String, Absent>,
    /// Whether the second positional argument is the default, as for environs; else it is a cast.
    pub second_is_default: bool,
}

/// What is known of the environment objects of a file.
#[derive(Default)]
pub struct Environ {
    /// Names bound to objects that read variables when called: `env = environ.Env()`.
    pub readers: HashMap<String, Reading>,
    /// Loop variables and what they stand for: `for name in ("A", "B")`.
    pub loops: HashMap<String, Vec<Text>>,
    /// What was found.
    pub reads: Vec<EnvRead>,
    /// What was set.
    pub sets: Vec<EnvSet>,
    /// What names end in that are put together.
    pub suffixes: Vec<String>,
    /// Names that the file asks for in passing (`"X" in os.environ`), so that `os.environ["X"]` there is safe.
    pub guarded: Vec<String>,
    /// Whether names may lack a prefix that stands elsewhere in the file, so that none is certain.
    pub has_prefixes: bool,
    /// Whether we are in a `try` that catches `KeyError`.
    pub catches_key_error: bool,
}

/// Returns whether an expression is `os.environ`.
pub fn is_environ(source: &Source, expr: &Expr) -> bool {
    let is_it = |it: &Expr| source.is(it, "os", "environ") || source.is(it, "os", "environb");
    let is_alias = || {
        let Expr::Name(_) = expr else { return false };
        let constant = source.meaning(expr).and_then(|it| source.constants.get(&*it));
        constant.is_some_and(|it| !it.is_name_expr() && is_it(it))
    };
    is_it(expr) || is_alias()
}

/// Returns whether an expression is a map that becomes the environment of another program: `sandbox_env["X"] = …`.
pub fn is_for_a_child(expr: &Expr) -> bool {
    let is_it = |it: &str| ["env", "environ", "environment"].contains(&it.rsplit('_').next().unwrap_or(it));
    expr.as_name_expr().is_some_and(|it| is_it(it.id.as_str()))
}

/// How a call reads variables, if it does.
pub enum Form {
    /// `os.getenv(name, default)`, `os.environ.get(name, default)`.
    Get,
    /// `os.environ.pop(name, default)`: fails without a default.
    Pop,
    /// `os.environ.setdefault(name, value)`: sets if nobody did.
    SetDefault,
    /// `env("X", default=…)`, `config("X", default=…)`: fails without a default.
    Reader(Reading),
    /// `with env.prefixed("X_"):`, in which names lack that.
    Prefixed,
    /// `env.db()`: reads this one unless a name is given.
    Named(&'static str, Reading),
}

/// Returns how a call reads variables.
pub fn form(source: &Source, environ: &Environ, call: &ExprCall) -> Option<Form> {
    // Most calls of a file are of nothing like it; their names alone say so.
    let last = match &*call.func {
        Expr::Name(it) => it.id.as_str(),
        Expr::Attribute(it) => it.attr.id.as_str(),
        _ => return None,
    };
    let is_plain =
        source.imports.contains_key(last) || matches!(last, "getenv" | "get" | "pop" | "setdefault" | "config");
    if !is_plain && environ.readers.is_empty() {
        return None;
    }
    let meaning = source.meaning(&call.func)?;
    match &*meaning {
        "os.getenv" | "os.environ.get" => return Some(Form::Get),
        "os.environ.pop" => return Some(Form::Pop),
        "os.environ.setdefault" => return Some(Form::SetDefault),
        "decouple.config" => return Some(Form::Reader(Reading::default())),
        "dj_database_url.config" => return Some(Form::Named("DATABASE_URL", Reading::default())),
        _ => {}
    }
    let (object, method) = match &*call.func {
        Expr::Name(it) => (it.id.as_str(), ""),
        Expr::Attribute(it) => {
            if is_environ(source, &it.value) {
                return match it.attr.id.as_str() {
                    "get" => Some(Form::Get),
                    "pop" => Some(Form::Pop),
                    "setdefault" => Some(Form::SetDefault),
                    _ => None,
                };
            }
            let Expr::Name(name) = &*it.value else { return None };
            (name.id.as_str(), it.attr.id.as_str())
        }
        _ => return None,
    };
    let reading = environ.readers.get(object)?.clone();
    Some(match method {
        "prefixed" => Form::Prefixed,
        "" | "str" | "bool" | "int" | "float" | "list" | "tuple" | "dict" | "json" | "url" | "path" | "bytes"
        | "decimal" | "date" | "datetime" | "timedelta" | "uuid" | "log_level" | "enum" | "get_value" | "unicode" => {
            Form::Reader(reading)
        }
        "db" | "db_url" | "dj_db_url" => Form::Named("DATABASE_URL", reading),
        "cache" | "cache_url" | "dj_cache_url" => Form::Named("CACHE_URL", reading),
        "email" | "email_url" | "dj_email_url" => Form::Named("EMAIL_URL", reading),
        "search_url" => Form::Named("SEARCH_URL", reading),
        "channels" | "channels_url" => Form::Named("CHANNELS_URL", reading),
        _ => return None,
    })
}

/// Returns what a call makes that reads variables: `environ.Env(…)`, `AutoConfig(…)`, `starlette.config.Config(…)`.
pub fn reading_of(source: &Source, call: &ExprCall) -> Option<Reading> {
    let meaning = source.meaning(&call.func)?;
    match &*meaning {
        "environ.Env" | "environ.FileAwareEnv" => {
            let scheme = call.arguments.keywords.iter().filter_map(|it| {
                let absent = match &it.value {
                    Expr::Tuple(pair) => pair.elts.get(1).map_or(Absent::Fails, |it| default(source, Some(it))),
                    _ => Absent::Fails,
                };
                Some((it.arg.as_ref()?.id.to_string(), absent))
            });
            Some(Reading { scheme: scheme.collect(), ..Reading::default() })
        }
        "environs.Env" | "environs.FileAwareEnv" => {
            let prefix = keyword(&call.arguments, "prefix").and_then(|it| source.string(it));
            Some(Reading {
                second_is_default: true,
                prefix: prefix.map_or(String::new(), |it| it.value),
                ..Reading::default()
            })
        }
        "decouple.AutoConfig" | "decouple.Config" => Some(Reading::default()),
        "starlette.config.Config" => {
            let prefix = keyword(&call.arguments, "env_prefix").and_then(|it| source.string(it));
            Some(Reading { prefix: prefix.map_or(String::new(), |it| it.value), ..Reading::default() })
        }
        _ => None,
    }
}

/// Returns what a default argument means for a variable that is not set.
pub fn default(source: &Source, expr: Option<&Expr>) -> Absent {
    match expr {
        None => Absent::Nothing,
        Some(it) if it.is_none_literal_expr() => Absent::Nothing,
        Some(it) => match source.env_text(it).or_else(|| source.string(it).map(|it| it.value)) {
            Some(text) if text.is_empty() => Absent::Nothing,
            Some(text) => Absent::Default(text),
            None => Absent::Computed,
        },
    }
}

impl Environ {
    /// Takes in a call. Returns whether it asks for a variable.
    pub fn take_call(&mut self, source: &Source, call: &ExprCall) -> bool {
        let Some(form) = form(source, self, call) else {
            self.take_writing_call(source, call);
            return false;
        };
        let arguments = &call.arguments;
        let first = arguments.args.first().or_else(|| keyword(arguments, "key")).or_else(|| keyword(arguments, "var"));
        let given = arguments.args.get(1).or_else(|| keyword(arguments, "default"));
        match form {
            Form::Get => {
                if let Some(first) = first {
                    self.add(source, first, default(source, given));
                }
            }
            Form::Pop => {
                if let Some(first) = first {
                    let absent = if given.is_none() { Absent::Fails } else { default(source, given) };
                    self.add(source, first, absent);
                }
            }
            Form::SetDefault => {
                if let Some(first) = first {
                    self.set(source, first, given);
                }
            }
            Form::Reader(reading) => {
                if let Some(first) = first {
                    self.add_declared(source, first, &reading, call);
                }
            }
            Form::Prefixed => {
                for text in first.map(|it| self.names(source, it)).unwrap_or_default() {
                    self.push(source, text, Absent::Nothing, true);
                    self.has_prefixes = true;
                }
            }
            Form::Named(name, reading) => match first.filter(|it| source.string(it).is_some()) {
                Some(first) => self.add_declared(source, first, &reading, call),
                None => {
                    let absent = declared_absent(source, name, &reading, (arguments, true));
                    let place = Spanned::new(format!("{}{name}", reading.prefix), source.span(call.func.range()));
                    self.push(source, place, absent, false);
                }
            },
        }
        true
    }

    fn add_declared(&mut self, source: &Source, name: &Expr, reading: &Reading, call: &ExprCall) {
        let (func, arguments) = (&call.func, &call.arguments);
        let names = self.names(source, name);
        // `config(f"DB_HOST_{env}")`
        if names.is_empty()
            && let Some(prefix) = prefix(source, name)
        {
            self.push(source, prefix, Absent::Nothing, true);
        }
        for text in names {
            let is_method = func.is_attribute_expr();
            let absent = declared_absent(source, &text.value, reading, (arguments, is_method));
            let text = Spanned::new(format!("{}{}", reading.prefix, text.value), text.span);
            self.push(source, text, absent, false);
        }
    }

    /// Adds reads of what an expression names: a literal, a constant, or a loop variable over literals.
    pub fn add(&mut self, source: &Source, name: &Expr, absent: Absent) {
        let names = self.names(source, name);
        if names.is_empty() {
            match prefix(source, name) {
                Some(prefix) => self.push(source, prefix, Absent::Nothing, true),
                None => self.suffixes.extend(suffix(source, name)),
            }
        }
        for text in names {
            self.push(source, text, absent.clone(), false);
        }
    }

    fn names(&self, source: &Source, name: &Expr) -> Vec<Text> {
        if let Expr::Name(it) = name
            && let Some(values) = self.loops.get(it.id.as_str())
        {
            return values.clone();
        }
        source.string(name).into_iter().collect()
    }

    fn push(&mut self, source: &Source, name: Text, absent: Absent, is_prefix: bool) {
        let is_name = |it: &str| {
            !it.is_empty() && it.bytes().all(|it| it.is_ascii_alphanumeric() || matches!(it, b'_' | b'.' | b'-'))
        };
        if is_name(&name.value) {
            let in_test = source.input.in_test;
            let language = Language::Python;
            self.reads.push(EnvRead { name, language, absent, in_test, build_time: false, is_prefix });
        }
    }

    /// Takes in `os.environ["X"]`, read or written.
    pub fn take_subscript(&mut self, source: &Source, expr: &ExprSubscript) -> bool {
        if !is_environ(source, &expr.value) || expr.ctx != ExprContext::Load {
            return false;
        }
        let absent = if self.catches_key_error { Absent::Nothing } else { Absent::Fails };
        self.add(source, &expr.slice, absent);
        true
    }

    /// Adds `os.environ[name] = value`.
    pub fn set(&mut self, source: &Source, name: &Expr, value: Option<&Expr>) {
        for name in self.names(source, name) {
            let value = value.and_then(|it| Some(Spanned::new(source.env_text(it)?, source.span(it.range()))));
            self.push_set(source, name, value);
        }
    }

    fn push_set(&mut self, source: &Source, name: Text, value: Option<Text>) {
        let by = if source.input.in_test { SetBy::Test } else { SetBy::Code };
        self.sets.push(EnvSet { name, value, by, into: None, scope: None });
    }

    /// Takes in calls that set variables: `monkeypatch.setenv`, `patch.dict(os.environ, …)`, `os.environ.update`.
    fn take_writing_call(&mut self, source: &Source, call: &ExprCall) {
        let Expr::Attribute(callee) = &*call.func else { return };
        let arguments = &call.arguments;
        match callee.attr.id.as_str() {
            "setenv" | "putenv" => {
                if let Some(name) = arguments.args.first().or_else(|| keyword(arguments, "name")) {
                    self.set(source, name, arguments.args.get(1).or_else(|| keyword(arguments, "value")));
                }
            }
            "setitem" if arguments.args.first().is_some_and(|it| is_environ(source, it)) => {
                if let Some(name) = arguments.args.get(1) {
                    self.set(source, name, arguments.args.get(2));
                }
            }
            "update" if is_environ(source, &callee.value) => self.set_all(source, arguments, 0),
            "dict"
                if arguments.args.first().is_some_and(|it| {
                    is_environ(source, it) || source.string(it).is_some_and(|it| it.value == "os.environ")
                }) =>
            {
                self.set_all(source, arguments, 1);
            }
            _ => {}
        }
    }

    fn set_all(&mut self, source: &Source, arguments: &Arguments, at: usize) {
        if let Some(Expr::Dict(dict)) = arguments.args.get(at).or_else(|| keyword(arguments, "values")) {
            for item in &dict.items {
                if let Some(name) = &item.key {
                    self.set(source, name, Some(&item.value));
                }
            }
        }
        for keyword in &arguments.keywords {
            let Some(name) = keyword.arg.as_ref().filter(|it| it.id != "clear" && it.id != "values") else { continue };
            let name = Spanned::new(name.id.to_string(), source.span(name.range));
            let value = source.env_text(&keyword.value);
            let value = value.map(|it| Spanned::new(it, source.span(keyword.value.range())));
            self.push_set(source, name, value);
        }
    }

    /// Makes reads that cannot fail out of those that the file guards or sets itself.
    pub fn settle(&mut self) {
        // `if env("X", default=""):` asks first, and then for certain.
        let is_asked = |name: &str| self.reads.iter().any(|it| it.name.value == name && it.absent != Absent::Fails);
        let is_safe = |name: &str| {
            let is_set = self.sets.iter().any(|it| it.name.value == name);
            is_set || self.has_prefixes || self.guarded.iter().any(|it| it == name) || is_asked(name)
        };
        let safe: Vec<bool> =
            self.reads.iter().map(|it| it.absent == Absent::Fails && is_safe(&it.name.value)).collect();
        for (read, is_safe) in self.reads.iter_mut().zip(safe) {
            if is_safe {
                read.absent = Absent::Nothing;
            }
        }
    }
}

/// `env("X", int)` takes a type, but its methods know theirs and take a default: `env.int("X", 5)`.
fn declared_absent(source: &Source, name: &str, reading: &Reading, call: (&Arguments, bool)) -> Absent {
    let (arguments, is_method) = call;
    let positional = arguments.args.get(1).filter(|_| reading.second_is_default || is_method);
    match keyword(arguments, "default").or(positional) {
        Some(it) => default(source, Some(it)),
        None => reading.scheme.get(name).cloned().unwrap_or(Absent::Fails),
    }
}

/// Returns the literal beginning of `f"PREFIX_{x}"` or `"PREFIX_" + x`.
fn prefix(source: &Source, name: &Expr) -> Option<Text> {
    let text = match name {
        Expr::FString(it) => {
            let written = source.slice(it.range);
            let open = written.find(['"', '\''])?;
            let inner = written[open..].trim_start_matches(['"', '\'']);
            let start = written.len() - inner.len();
            let end = start + inner.find('{')?;
            Spanned::new(written[start..end].to_string(), source.span(it.range).part(start, end))
        }
        Expr::BinOp(it) => source.string(&it.left)?,
        _ => return None,
    };
    // A prefix that says nothing would stand for every variable there is.
    (text.value.len() > 2).then_some(text)
}

/// Returns the literal end of `f"{x}_API_KEY"`.
fn suffix(source: &Source, name: &Expr) -> Option<String> {
    let Expr::FString(it) = name else { return None };
    let (_, end) = source.slice(it.range).trim_end_matches(['"', '\'']).rsplit_once('}')?;
    let is_name = end.bytes().all(|it| it.is_ascii_uppercase() || it.is_ascii_digit() || it == b'_');
    (end.len() > 3 && end.starts_with('_') && is_name).then(|| end.to_string())
}

/// Returns what `with env.prefixed("PAY_"):` of environs puts before the names that are asked for in it.
pub(super) fn prefix_of_block(expression: &Expr) -> Option<String> {
    let Expr::Call(call) = expression else { return None };
    let Expr::Attribute(function) = &*call.func else { return None };
    match call.arguments.args.first()? {
        Expr::StringLiteral(it) if function.attr.as_str() == "prefixed" => Some(it.value.to_str().to_string()),
        _ => None,
    }
}
