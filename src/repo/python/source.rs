//! One Python file as its readers see it: places, literals, and what names mean.

use std::borrow::Cow;
use std::collections::HashMap;

use ruff_python_ast::{Expr, Number, Operator, Stmt, StmtImport, StmtImportFrom, UnaryOp};
use ruff_text_size::{Ranged, TextRange};

use crate::repo::fact::Text;
use crate::repo::reader::Input;
use crate::source::{Span, Spanned};

/// A file and the names that its imports and assignments bind.
pub struct Source<'a> {
    /// The file.
    pub input: &'a Input<'a>,
    /// Dotted meaning of a local name: `Field` → `pydantic.Field`. Relative imports are made absolute by the path.
    pub imports: HashMap<String, String>,
    /// What is assigned to names at module level, for aliases of types and constants.
    pub constants: HashMap<String, &'a Expr>,
}

impl<'a> Source<'a> {
    /// Makes a source of a parsed file: takes in its imports, wherever they stand, and its constants.
    pub fn new(input: &'a Input<'a>, body: &'a [Stmt]) -> Source<'a> {
        let mut source = Source { input, imports: HashMap::new(), constants: HashMap::new() };
        source.take_in(body);
        source
    }

    fn take_in(&mut self, body: &'a [Stmt]) {
        for stmt in body {
            match stmt {
                Stmt::Import(it) => self.import(it),
                Stmt::ImportFrom(it) => self.import_from(it),
                Stmt::Assign(it) => {
                    if let [Expr::Name(name)] = &it.targets[..] {
                        self.constants.entry(name.id.to_string()).or_insert(&it.value);
                    }
                }
                Stmt::AnnAssign(it) => {
                    if let (Expr::Name(name), Some(value)) = (&*it.target, &it.value) {
                        self.constants.entry(name.id.to_string()).or_insert(value);
                    }
                }
                Stmt::Try(it) => {
                    self.take_in(&it.body);
                    for handler in &it.handlers {
                        let ruff_python_ast::ExceptHandler::ExceptHandler(handler) = handler;
                        self.take_in(&handler.body);
                    }
                }
                Stmt::If(it) => {
                    self.take_in(&it.body);
                    it.elif_else_clauses.iter().for_each(|it| self.take_in(&it.body));
                }
                Stmt::FunctionDef(it) => self.take_in_imports(&it.body),
                _ => {}
            }
        }
    }

    /// Imports inside a function count for the whole file: names are seldom used for two things.
    fn take_in_imports(&mut self, body: &'a [Stmt]) {
        for stmt in body {
            match stmt {
                Stmt::Import(it) => self.import(it),
                Stmt::ImportFrom(it) => self.import_from(it),
                _ => {}
            }
        }
    }

    fn import(&mut self, stmt: &StmtImport) {
        for alias in &stmt.names {
            let name = alias.name.id.as_str();
            let (local, meaning) = match &alias.asname {
                Some(local) => (local.id.as_str(), name),
                // `import a.b` binds `a`.
                None => (name.split('.').next().unwrap_or(name), name.split('.').next().unwrap_or(name)),
            };
            self.imports.entry(local.to_string()).or_insert_with(|| meaning.to_string());
        }
    }

    fn import_from(&mut self, stmt: &StmtImportFrom) {
        let module = stmt.module.as_ref().map_or("", |it| it.id.as_str());
        let module = if stmt.level == 0 { module.to_string() } else { self.relative(stmt.level, module) };
        for alias in &stmt.names {
            let local = alias.asname.as_ref().unwrap_or(&alias.name).id.to_string();
            self.imports.entry(local).or_insert_with(|| format!("{module}.{}", alias.name.id));
        }
    }

    /// Returns the dotted path of `level` dots and a module, seen from this file.
    fn relative(&self, level: u32, module: &str) -> String {
        let mut parts: Vec<&str> = self.input.path.split('/').collect();
        for _ in 0..level {
            parts.pop();
        }
        parts.extend(module.split('.').filter(|it| !it.is_empty()));
        parts.join(".")
    }

    /// Returns what an expression of names and attributes means: `os.environ`, `pydantic.Field`.
    pub fn meaning<'e>(&'e self, expr: &'e Expr) -> Option<Cow<'e, str>> {
        match expr {
            Expr::Name(it) => {
                let name = it.id.as_str();
                Some(self.imports.get(name).map_or(name, String::as_str).into())
            }
            Expr::Attribute(it) => {
                let mut path = self.meaning(&it.value)?.into_owned();
                path.push('.');
                path.push_str(it.attr.id.as_str());
                Some(path.into())
            }
            _ => None,
        }
    }

    /// Returns whether an expression means `module.name`, without writing out what it means.
    pub fn is(&self, expr: &Expr, module: &str, name: &str) -> bool {
        match expr {
            Expr::Name(it) => {
                let meaning = self.imports.get(it.id.as_str()).map_or("", String::as_str);
                meaning.strip_suffix(name).and_then(|it| it.strip_suffix('.')) == Some(module)
            }
            Expr::Attribute(it) => it.attr.id == name && self.meaning(&it.value).is_some_and(|it| it == module),
            _ => false,
        }
    }

    /// Returns the last part of what an expression means: `getenv` for `os.getenv`, under whatever name it is imported.
    pub fn last_name<'e>(&'e self, expr: &'e Expr) -> Option<&'e str> {
        let name = match expr {
            Expr::Name(it) => self.imports.get(it.id.as_str()).map_or(it.id.as_str(), String::as_str),
            Expr::Attribute(it) => it.attr.id.as_str(),
            _ => return None,
        };
        name.rsplit('.').next()
    }

    /// Returns the place of a range of the file.
    pub fn span(&self, range: TextRange) -> Span {
        Span::new(self.input.file, range.start().to_usize(), range.end().to_usize())
    }

    /// Returns what is written at a range.
    pub fn slice(&self, range: TextRange) -> &'a str {
        self.input.text.get(range.start().to_usize()..range.end().to_usize()).unwrap_or("")
    }

    /// Returns what is written, with its place.
    pub fn written(&self, node: &impl Ranged) -> Text {
        Spanned::new(self.slice(node.range()).to_string(), self.span(node.range()))
    }

    /// Returns a string literal at the place inside its quotes. A name stands for the constant it is bound to.
    pub fn string(&self, expr: &Expr) -> Option<Text> {
        match expr {
            Expr::StringLiteral(it) => {
                let value = it.value.to_str().to_string();
                let span = self.span(it.range);
                let written = self.slice(it.range);
                let inner = written
                    .len()
                    .checked_sub(1 + value.len())
                    .filter(|at| written.get(*at..written.len() - 1) == Some(value.as_str()) && *at > 0);
                let span = inner.map_or(span, |at| span.part(at, at + value.len()));
                Some(Spanned::new(value, span))
            }
            Expr::Name(it) => match self.constants.get(it.id.as_str())? {
                Expr::StringLiteral(literal) => {
                    Some(Spanned::new(literal.value.to_str().to_string(), self.span(it.range)))
                }
                _ => None,
            },
            _ => None,
        }
    }

    /// Returns the strings of a list, tuple or set of string literals.
    pub fn strings(&self, expr: &Expr) -> Option<Vec<Text>> {
        let items = match expr {
            Expr::List(it) => &it.elts,
            Expr::Tuple(it) => &it.elts,
            Expr::Set(it) => &it.elts,
            Expr::Name(it) => {
                return self.constants.get(it.id.as_str()).and_then(|it| match it {
                    Expr::Name(_) => None,
                    it => self.strings(it),
                });
            }
            _ => return None,
        };
        items.iter().map(|it| self.string(it)).collect()
    }

    /// Returns a literal as the text that an env file would hold for it: `true`, `1024`, `["a"]`.
    pub fn env_text(&self, expr: &Expr) -> Option<String> {
        match expr {
            Expr::StringLiteral(it) => Some(it.value.to_str().to_string()),
            Expr::BooleanLiteral(it) => Some(if it.value { "true" } else { "false" }.to_string()),
            Expr::NumberLiteral(it) => match &it.value {
                Number::Int(int) => Some(int.to_string()),
                Number::Float(_) => Some(self.slice(it.range).to_string()),
                Number::Complex { .. } => None,
            },
            Expr::UnaryOp(_) | Expr::BinOp(_) => Some(integer(expr)?.to_string()),
            Expr::List(_) | Expr::Tuple(_) | Expr::Set(_) | Expr::Dict(_) => Some(self.json(expr)?.to_string()),
            // `SecretStr("x")`, `Path("x")`, `AnyUrl("x")`: the text is what is written in the environment.
            Expr::Call(call) if call.arguments.keywords.is_empty() => match &call.arguments.args[..] {
                [only] if self.is_wrapping(&call.func) => self.env_text(only),
                _ => None,
            },
            _ => None,
        }
    }

    fn is_wrapping(&self, callee: &Expr) -> bool {
        let meaning = self.meaning(callee).unwrap_or_default();
        let name = meaning.rsplit('.').next().unwrap_or("");
        matches!(name, "SecretStr" | "SecretBytes" | "Path" | "PurePath" | "str") || is_url_type(name)
    }

    fn json(&self, expr: &Expr) -> Option<serde_json::Value> {
        let list = |items: &[Expr]| items.iter().map(|it| self.json(it)).collect::<Option<Vec<_>>>();
        match expr {
            Expr::StringLiteral(it) => Some(it.value.to_str().into()),
            Expr::BooleanLiteral(it) => Some(it.value.into()),
            Expr::NoneLiteral(_) => Some(serde_json::Value::Null),
            Expr::NumberLiteral(_) | Expr::UnaryOp(_) | Expr::BinOp(_) => Some(integer(expr)?.into()),
            Expr::List(it) => list(&it.elts).map(Into::into),
            Expr::Tuple(it) => list(&it.elts).map(Into::into),
            Expr::Set(it) => list(&it.elts).map(Into::into),
            Expr::Dict(it) => {
                let pair = |it: &ruff_python_ast::DictItem| match it.key.as_ref()? {
                    Expr::StringLiteral(key) => Some((key.value.to_str().to_string(), self.json(&it.value)?)),
                    _ => None,
                };
                it.items.iter().map(pair).collect::<Option<serde_json::Map<_, _>>>().map(Into::into)
            }
            _ => None,
        }
    }
}

/// Returns the value of an integer expression: `60 * 24`.
fn integer(expr: &Expr) -> Option<i64> {
    match expr {
        Expr::NumberLiteral(it) => match &it.value {
            Number::Int(int) => int.as_i64(),
            _ => None,
        },
        Expr::UnaryOp(it) if it.op == UnaryOp::USub => integer(&it.operand)?.checked_neg(),
        Expr::BinOp(it) => {
            let (left, right) = (integer(&it.left)?, integer(&it.right)?);
            match it.op {
                Operator::Add => left.checked_add(right),
                Operator::Sub => left.checked_sub(right),
                Operator::Mult => left.checked_mul(right),
                Operator::FloorDiv => left.checked_div_euclid(right),
                Operator::Pow => left.checked_pow(u32::try_from(right).ok()?),
                Operator::LShift => left.checked_shl(u32::try_from(right).ok()?),
                _ => None,
            }
        }
        _ => None,
    }
}

/// Returns whether a type's name is one of pydantic's URLs.
pub fn is_url_type(name: &str) -> bool {
    name.ends_with("Url") || name.ends_with("Dsn")
}

/// Returns a keyword argument of a call.
pub fn keyword<'a>(arguments: &'a ruff_python_ast::Arguments, name: &str) -> Option<&'a Expr> {
    let is_it = |it: &&ruff_python_ast::Keyword| it.arg.as_ref().is_some_and(|it| it.id == name);
    arguments.keywords.iter().find(is_it).map(|it| &it.value)
}
