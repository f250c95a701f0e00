//! Functions that pass a parameter on to the environment: `def env_or(name, default): return os.getenv(name, default)`.
//!
//! One level is followed, within a file and across files; a wrapper of a wrapper is not.

use serde::{Deserialize, Serialize};

use ruff_python_ast::visitor::{Visitor, walk_expr, walk_stmt};
use ruff_python_ast::{Expr, ExprCall, Stmt, StmtFunctionDef};

use super::environ::{Environ, Form, default, form, is_environ};
use super::source::{Source, keyword};
use crate::repo::fact::{Absent, Text};

/// A function that asks for the variable whose name it is given.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Wrapper {
    /// The function's name.
    pub name: String,
    /// Put before the name: `os.getenv(f"APP_{name}")`.
    pub prefix: String,
    /// Which positional argument is the name, `self` not counted.
    pub name_at: usize,
    /// The parameter that is the name.
    pub name_parameter: String,
    /// Which argument is the default, and what it is called.
    pub default_at: Option<(usize, String)>,
    /// What happens if the caller gives no default.
    pub absent: Absent,
}

/// A call that may be one of a wrapper of another file.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PendingCall {
    /// The dotted meaning of what is called.
    pub callee: String,
    /// The arguments that are literals: the name first.
    pub arguments: Vec<Option<Text>>,
    /// Keyword arguments that are literals.
    pub keywords: Vec<(String, Option<Text>)>,
    /// Whether the file belongs to tests.
    pub in_test: bool,
}

/// Finds the wrappers of a file.
pub fn find(source: &Source, body: &[Stmt]) -> Vec<Wrapper> {
    let mut found = Vec::new();
    for stmt in body {
        match stmt {
            Stmt::FunctionDef(it) => found.extend(wrapper(source, it)),
            Stmt::ClassDef(it) => found.extend(find(source, &it.body)),
            Stmt::If(it) => found.extend(find(source, &it.body)),
            _ => {}
        }
    }
    found
}

fn wrapper(source: &Source, function: &StmtFunctionDef) -> Option<Wrapper> {
    let text = source.slice(function.range);
    if !text.contains("environ") && !text.contains("getenv") {
        return None;
    }
    let parameters: Vec<_> = function
        .parameters
        .iter_non_variadic_params()
        .filter(|it| !matches!(it.parameter.name.id.as_str(), "self" | "cls"))
        .collect();
    let names: Vec<&str> = parameters.iter().map(|it| it.parameter.name.id.as_str()).collect();
    let mut search = Search { source, names: &names, found: None, raises: false };
    function.body.iter().for_each(|it| search.visit_stmt(it));
    let raises = search.raises;
    let hit = search.found?;
    // `if raw is None: return default` says it by the parameter's name.
    let called_default = || names.iter().position(|it| it.starts_with("default") || *it == "fallback");
    let default_at = hit.default.or_else(called_default).map(|at| (at, names[at].to_string()));
    let declared = default_at.as_ref().map(|(at, _)| parameters[*at].default.as_deref());
    let absent = match declared {
        // The parameter for the default has no default itself: every caller gives one.
        Some(None) => Absent::Computed,
        Some(Some(it)) if it.is_none_literal_expr() && raises => Absent::Fails,
        Some(Some(it)) => default(source, Some(it)),
        None if raises && hit.absent == Absent::Nothing => Absent::Fails,
        None => hit.absent,
    };
    Some(Wrapper {
        name: function.name.id.to_string(),
        prefix: hit.prefix,
        name_at: hit.name,
        name_parameter: names[hit.name].to_string(),
        default_at,
        absent,
    })
}

/// Where a function's body asks the environment for one of its parameters.
struct Hit {
    name: usize,
    prefix: String,
    default: Option<usize>,
    absent: Absent,
}

struct Search<'a> {
    source: &'a Source<'a>,
    names: &'a [&'a str],
    found: Option<Hit>,
    raises: bool,
}

impl Search<'_> {
    fn parameter(&self, expr: &Expr) -> Option<usize> {
        match expr {
            Expr::Name(it) => self.names.iter().position(|name| it.id == *name),
            // `name.upper()`, `str(name)`.
            Expr::Call(call) => match &*call.func {
                Expr::Attribute(it) => self.parameter(&it.value),
                _ => None,
            },
            _ => None,
        }
    }

    /// Returns the parameter that names the variable, with what is put before it.
    fn named(&self, expr: &Expr) -> Option<(usize, String)> {
        if let Expr::FString(it) = expr {
            let written = self.source.slice(it.range);
            let open = written.find(['"', '\''])?;
            let inner = written[open..].trim_start_matches(['"', '\'']);
            let (prefix, rest) = inner.split_once('{')?;
            let name = rest.split(['}', '.', '!', ':']).next()?;
            let at = self.names.iter().position(|it| *it == name)?;
            return Some((at, prefix.to_string()));
        }
        Some((self.parameter(expr)?, String::new()))
    }

    fn hit(&mut self, name: &Expr, given: Option<&Expr>, absent: Absent) {
        if self.found.is_none()
            && let Some((name, prefix)) = self.named(name)
        {
            let default_parameter = given.and_then(|it| self.parameter(it)).filter(|it| *it != name);
            self.found = Some(Hit { name, prefix, default: default_parameter, absent });
        }
    }
}

impl<'a> Visitor<'a> for Search<'_> {
    fn visit_stmt(&mut self, stmt: &'a Stmt) {
        self.raises |= stmt.is_raise_stmt();
        walk_stmt(self, stmt);
    }

    fn visit_expr(&mut self, expr: &'a Expr) {
        match expr {
            Expr::Call(call) => {
                if let Some(Form::Get | Form::Pop) = form(self.source, &Environ::default(), call)
                    && let Some(name) = call.arguments.args.first()
                {
                    let given = call.arguments.args.get(1).or_else(|| keyword(&call.arguments, "default"));
                    self.hit(name, given, default(self.source, given));
                }
            }
            Expr::Subscript(it) if is_environ(self.source, &it.value) && it.ctx.is_load() => {
                self.hit(&it.slice, None, Absent::Fails);
            }
            _ => {}
        }
        walk_expr(self, expr);
    }
}

/// Takes down a call whose callee may turn out to be a wrapper: its first argument is a name of a variable.
pub fn pending(source: &Source, call: &ExprCall) -> Option<PendingCall> {
    let literal = |it: &Expr| {
        if it.is_none_literal_expr() {
            return Some(Text { value: String::new(), span: source.written(it).span });
        }
        let place = source.string(it);
        place.or_else(|| Some(Text { value: source.env_text(it)?, span: source.written(it).span }))
    };
    let arguments: Vec<Option<Text>> = call.arguments.args.iter().map(literal).collect();
    let is_name = |it: &Text| {
        it.value.len() > 1 && it.value.bytes().all(|it| it.is_ascii_uppercase() || it.is_ascii_digit() || it == b'_')
    };
    let keywords = call.arguments.keywords.iter();
    let keywords: Vec<(String, Option<Text>)> =
        keywords.filter_map(|it| Some((it.arg.as_ref()?.id.to_string(), literal(&it.value)))).collect();
    let mut given = arguments.iter().chain(keywords.iter().map(|it| &it.1)).flatten();
    given.find(|it| is_name(it))?;
    let callee = source.meaning(&call.func)?.into_owned();
    Some(PendingCall { callee, arguments, keywords, in_test: source.input.in_test })
}

impl Wrapper {
    /// Returns what a call of the wrapper asks for.
    pub fn read(&self, call: &PendingCall) -> Option<(Text, Absent)> {
        let keyword = |name: &str| call.keywords.iter().find(|it| it.0 == name).map(|it| &it.1);
        let name = call.arguments.get(self.name_at).or_else(|| keyword(&self.name_parameter))?.clone()?;
        let name = Text { value: format!("{}{}", self.prefix, name.value), span: name.span };
        let Some((at, parameter)) = &self.default_at else { return Some((name, self.absent.clone())) };
        let absent = match call.arguments.get(*at).or_else(|| keyword(parameter)) {
            None => self.absent.clone(),
            Some(Some(text)) if text.value.is_empty() => Absent::Nothing,
            Some(Some(text)) => Absent::Default(text.value.clone()),
            Some(None) => Absent::Computed,
        };
        Some((name, absent))
    }
}
