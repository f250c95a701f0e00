//! Python: settings classes, variables that code asks for, what tests set, routes.
//!
//! A file is parsed only if some word in it says that it can matter, and of it only those functions that can
//! ([`outline`]); [`scan`] sees the rest. What depends on other files (bases of classes, wrappers of `os.getenv`) is put
//! together by [`link`] when all files were read. This module alone knows the parser.

mod annotation;
mod class;
mod condition;
mod config;
mod environ;
mod fixture;
mod link;
pub mod module_path;
mod outline;
pub mod packages;
mod scan;
mod source;
mod wrapper;

#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

use ruff_python_ast::visitor::{Visitor, walk_expr, walk_stmt};
use ruff_python_ast::{CmpOp, Expr, PySourceType, Stmt};
use ruff_text_size::Ranged;

use super::fact::{Absent, Condition, DotenvLoad, Facts, Text};
use super::reader::Input;
use super::telling::{Telling, Words};
use crate::diag::Diags;
use crate::source::Spanned;
use environ::Environ;
use source::{Source, keyword};

pub use link::link;
pub use scan::Names;

/// What is known of Python files until they are linked.
#[derive(Default, Debug, Serialize, Deserialize)]
pub struct Unlinked {
    classes: Vec<class::Class>,
    fixtures: Vec<fixture::RawFixture>,
    conditions: Vec<Condition>,
    wrappers: Vec<(String, wrapper::Wrapper)>,
    calls: Vec<wrapper::PendingCall>,
    /// Attributes that programs (not tests) read.
    pub attributes: Names,
    /// Attributes that tests read.
    pub attributes_in_tests: Names,
    /// Files that read settings all at once or by computed names.
    pub dynamic: Vec<String>,
}

impl Unlinked {
    /// Adds what another reader found.
    pub fn append(&mut self, other: Unlinked) {
        let Unlinked { classes, fixtures, conditions, wrappers, calls, attributes, attributes_in_tests, dynamic } =
            other;
        self.attributes_in_tests.append(attributes_in_tests);
        self.classes.extend(classes);
        self.fixtures.extend(fixtures);
        self.conditions.extend(conditions);
        self.wrappers.extend(wrappers);
        self.calls.extend(calls);
        self.attributes.append(attributes);
        self.dynamic.extend(dynamic);
    }
}

/// Words without which a file has nothing that needs parsing.
static WORDS: Telling = Telling::new(|| {
    Words::new(&[
        "BaseSettings",
        "environ",
        "getenv",
        "setenv",
        "decouple",
        "dj_database_url",
        "starlette.config",
        "environs",
        "dotenv",
        "Settings(",
        "Settings)",
        "Settings as ",
        "(Settings,",
        "env import ",
        "Settings.model_construct",
        "model_copy(",
        "BaseConfig",
        "AppConfig",
        "Config(_env_file",
        "_env(",
        "env_",
        "PostgresContainer(",
        "RedisContainer(",
        "DockerContainer(",
        "uvicorn.run",
    ])
    .except(&["environment"])
});

/// Returns how many places of a text are no Python.
pub fn n_faults(text: &str) -> usize {
    ruff_python_parser::parse_unchecked_source(text, PySourceType::Python).errors().len()
}

/// Reads a Python file.
pub fn read(input: &Input, facts: &mut Facts, _diags: &mut Diags) {
    if input.in_test {
        scan::attributes(input.text, &mut facts.python.attributes_in_tests);
    } else {
        scan::attributes(input.text, &mut facts.python.attributes);
        scan::routes(input.text, input.file, &mut facts.routes);
    }
    let (refuses, has_words) = (refuses_something(input), WORDS.are_in(input.text));
    if !refuses && !has_words {
        return;
    }
    if !input.in_test && scan::reads_settings_dynamically(input.text) {
        facts.python.dynamic.push(input.path.to_string());
    }
    // Recovers from syntax errors: a file of another Python still says what it says.
    let parse = |text: &str| ruff_python_parser::parse_unchecked_source(text, PySourceType::Python);
    let reduced = outline::reduced(input.text, &|outside| has_words && WORDS.are_in(outside), refuses);
    let parsed = reduced.map(|it| parse(&it)).filter(|it| it.errors().is_empty());
    let parsed = parsed.unwrap_or_else(|| parse(input.text));
    let body = &parsed.syntax().body;
    let source = Source::new(input, body);
    let mut reader = Reader {
        source: &source,
        facts,
        environ: Environ::default(),
        wrappers: wrapper::find(&source, body),
        may_call_wrappers: memchr::memmem::find(input.text.as_bytes(), b"env").is_some(),
        raises_for_settings: refuses,
    };
    reader.conditions(body);
    reader.visit_body(body);
    let Reader { mut environ, wrappers, facts, .. } = reader;
    environ.settle();
    // What a wrapper asks for is known from its calls.
    environ.reads.retain(|it| !it.is_prefix || !wrappers.iter().any(|wrapper| wrapper.prefix == it.name.value));
    facts.reads.extend(environ.reads);
    facts.sets.extend(environ.sets);
    facts.env_suffixes.extend(environ.suffixes);
    facts.python.wrappers.extend(wrappers.into_iter().map(|it| (input.path.to_string(), it)));
}

/// Returns whether a program's file may refuse to go on without a setting.
fn refuses_something(input: &Input) -> bool {
    let has = |word: &[u8]| memchr::memmem::find(input.text.as_bytes(), word).is_some();
    !input.in_test && has(b"settings.") && has(b"raise ") && (has(b"if not ") || has(b" is None"))
}

/// Reads text of a template of some other language that names attributes, such as Jinja.
pub fn read_template(input: &Input, facts: &mut Facts, _diags: &mut Diags) {
    if [".html", ".j2", ".jinja", ".jinja2", ".ipynb"].iter().any(|it| input.path.ends_with(it)) {
        scan::attributes(input.text, &mut facts.python.attributes);
    }
}

struct Reader<'a, 'f> {
    source: &'a Source<'a>,
    facts: &'f mut Facts,
    environ: Environ,
    wrappers: Vec<wrapper::Wrapper>,
    may_call_wrappers: bool,
    raises_for_settings: bool,
}

impl<'a> Reader<'a, '_> {
    /// Finds what functions refuse to go on without. A module's name is a condition of all that is in it.
    fn conditions(&mut self, body: &[Stmt]) {
        if !self.raises_for_settings {
            return;
        }
        let path = self.source.input.path;
        let stem = path.rsplit('/').next().unwrap_or(path).trim_end_matches(".py").to_lowercase();
        let mut found = Vec::new();
        functions(body, &mut |body, is_validator| {
            let n = found.len();
            condition::read(self.source, body, &mut Vec::new(), &mut found);
            for it in &mut found[n..] {
                it.is_always &= is_validator;
                it.when.push(stem.clone());
            }
        });
        self.facts.python.conditions.extend(found);
    }

    fn call(&mut self, call: &'a ruff_python_ast::ExprCall) {
        let source = self.source;
        let is_read = self.environ.take_call(source, call);
        if !is_read {
            self.wrapper_call(call);
        }
        if let Some(fixture) = fixture::read(source, call) {
            self.facts.python.fixtures.push(fixture);
        }
        match source.last_name(&call.func).unwrap_or("") {
            "load_dotenv" | "dotenv_values" | "read_env" | "read_envfile" => self.dotenv(call),
            "run" if source.is(&call.func, "uvicorn", "run") => self.port(call),
            "PostgresContainer" | "RedisContainer" | "DockerContainer" | "MySqlContainer" | "MongoDbContainer"
            | "KafkaContainer" | "RabbitMqContainer" => {
                let image = call.arguments.args.first().or_else(|| keyword(&call.arguments, "image"));
                self.facts.images.extend(image.and_then(|it| source.string(it)));
            }
            _ => {}
        }
    }

    fn wrapper_call(&mut self, call: &ruff_python_ast::ExprCall) {
        if !self.may_call_wrappers {
            return;
        }
        let Some(pending) = wrapper::pending(self.source, call) else { return };
        let name = pending.callee.rsplit('.').next().unwrap_or("");
        match self.wrappers.iter().find(|it| it.name == name) {
            Some(wrapper) => {
                if let Some((name, absent)) = wrapper.read(&pending) {
                    self.environ.reads.push(link::read_of(name, absent, pending.in_test));
                }
            }
            None if pending.callee.to_lowercase().contains("env") => self.facts.python.calls.push(pending),
            None => {}
        }
    }

    fn dotenv(&mut self, call: &ruff_python_ast::ExprCall) {
        let arguments = &call.arguments;
        let given = arguments.args.first().or_else(|| keyword(arguments, "dotenv_path"));
        let path = given.and_then(|it| last_string(self.source, it));
        let replaces = keyword(arguments, "override").or_else(|| keyword(arguments, "overwrite"));
        self.facts.dotenv_loads.push(DotenvLoad {
            is_dynamic: given.is_some() && path.is_none(),
            path,
            replaces: replaces.is_some_and(|it| self.source.env_text(it).as_deref() == Some("true")),
            by: self.source.input.path.to_string(),
            in_test: self.source.input.in_test,
        });
    }

    fn port(&mut self, call: &ruff_python_ast::ExprCall) {
        let Some(port) = keyword(&call.arguments, "port") else { return };
        let value = self.source.env_text(port).and_then(|it| it.parse().ok());
        self.facts.listens.extend(value.map(|it: u16| Spanned::new(it, self.source.span(port.range()))));
    }

    /// Remembers names that stand for something: readers of variables, loop variables over literals.
    fn bind(&mut self, target: &Expr, value: &'a Expr) {
        let source = self.source;
        if let (Expr::Name(name), Expr::Call(call)) = (target, value)
            && let Some(reading) = environ::reading_of(source, call)
        {
            self.environ.readers.insert(name.id.to_string(), reading);
        }
        if let Expr::Subscript(it) = target
            && (environ::is_environ(source, &it.value) || environ::is_for_a_child(&it.value))
        {
            self.environ.set(source, &it.slice, Some(value));
        }
        // `env.prefix = "APP_"`.
        if let Expr::Attribute(it) = target
            && it.attr.id == "prefix"
            && let (Expr::Name(name), Some(prefix)) = (&*it.value, source.string(value))
            && let Some(reading) = self.environ.readers.get_mut(name.id.as_str())
        {
            reading.prefix = prefix.value;
        }
    }

    fn bind_loop(&mut self, target: &Expr, iterated: &Expr) {
        if let (Expr::Name(name), Some(values)) = (target, self.source.strings(iterated)) {
            self.environ.loops.insert(name.id.to_string(), values);
        }
    }
}

/// Calls back with the body of every function and of the module, and whether it is a validator of a class.
fn functions(body: &[Stmt], back: &mut dyn FnMut(&[Stmt], bool)) {
    back(body, false);
    let mut open: Vec<&[Stmt]> = vec![body];
    while let Some(body) = open.pop() {
        for stmt in body {
            match stmt {
                Stmt::FunctionDef(it) => {
                    let is_validator = it.decorator_list.iter().any(|it| {
                        let callee = if let Expr::Call(it) = &it.expression { &it.func } else { &it.expression };
                        matches!(callee, Expr::Name(it) if it.id.ends_with("validator"))
                    });
                    back(&it.body, is_validator);
                    open.push(&it.body);
                }
                Stmt::ClassDef(it) => open.push(&it.body),
                _ => {}
            }
        }
    }
}

/// Returns the last string of a path expression: `Path(__file__).parent / ".env"` ends in `.env`.
fn last_string(source: &Source, expr: &Expr) -> Option<Text> {
    match expr {
        Expr::BinOp(it) => source.string(&it.right),
        Expr::Call(it) => it.arguments.args.last().and_then(|it| last_string(source, it)),
        Expr::Name(it) => match source.constants.get(it.id.as_str()) {
            Some(Expr::Name(_)) | None => None,
            Some(expr) => last_string(source, expr),
        },
        expr => source.string(expr),
    }
}

impl<'a> Visitor<'a> for Reader<'a, '_> {
    fn visit_stmt(&mut self, stmt: &'a Stmt) {
        match stmt {
            // `class Config` within a class is read with it.
            Stmt::ClassDef(it) if it.name.id != "Config" || it.arguments.is_some() => {
                self.facts.python.classes.push(class::read(self.source, it));
            }
            Stmt::Assign(it) => it.targets.iter().for_each(|target| self.bind(target, &it.value)),
            Stmt::AnnAssign(it) => {
                if let Some(value) = &it.value {
                    self.bind(&it.target, value);
                }
            }
            Stmt::For(it) => self.bind_loop(&it.target, &it.iter),
            Stmt::With(it) => {
                let from = self.environ.reads.len();
                walk_stmt(self, stmt);
                for prefix in it.items.iter().filter_map(|it| environ::prefix_of_block(&it.context_expr)) {
                    let inner = self.environ.reads[from..].iter_mut().filter(|it| !it.is_prefix);
                    inner.for_each(|it| it.name.value.insert_str(0, &prefix));
                }
                return;
            }
            Stmt::Try(it) => {
                let catches = it.handlers.iter().any(|it| {
                    let ruff_python_ast::ExceptHandler::ExceptHandler(it) = it;
                    it.type_.as_ref().is_none_or(|type_| self.source.slice(type_.range()).contains("KeyError"))
                });
                let before = std::mem::replace(&mut self.environ.catches_key_error, catches);
                it.body.iter().for_each(|it| self.visit_stmt(it));
                self.environ.catches_key_error = before;
                for handler in &it.handlers {
                    let ruff_python_ast::ExceptHandler::ExceptHandler(handler) = handler;
                    handler.body.iter().for_each(|it| self.visit_stmt(it));
                }
                it.orelse.iter().chain(&it.finalbody).for_each(|it| self.visit_stmt(it));
                return;
            }
            _ => {}
        }
        walk_stmt(self, stmt);
    }

    fn visit_body(&mut self, body: &'a [Stmt]) {
        body.iter().for_each(|it| self.visit_stmt(it));
        self.refused(body);
    }

    fn visit_expr(&mut self, expr: &'a Expr) {
        match expr {
            Expr::Call(it) => self.call(it),
            Expr::Subscript(it) => {
                self.environ.take_subscript(self.source, it);
            }
            Expr::Compare(it) => {
                if let ([CmpOp::In | CmpOp::NotIn], [right]) = (&it.ops[..], &it.comparators[..])
                    && environ::is_environ(self.source, right)
                {
                    self.environ.add(self.source, &it.left, Absent::Nothing);
                    self.environ.guarded.extend(self.source.string(&it.left).map(|it| it.value));
                }
            }
            // `os.getenv("X") or "default"`.
            Expr::BoolOp(it) if it.op.is_or() => {
                let n = self.environ.reads.len();
                walk_expr(self, expr);
                let absent = environ::default(self.source, it.values.last());
                for read in &mut self.environ.reads[n..] {
                    if read.absent == Absent::Nothing && absent != read.absent {
                        read.absent.clone_from(&absent);
                        break;
                    }
                }
                return;
            }
            Expr::ListComp(it) => it.generators.iter().for_each(|it| self.bind_loop(&it.target, &it.iter)),
            Expr::SetComp(it) => it.generators.iter().for_each(|it| self.bind_loop(&it.target, &it.iter)),
            Expr::DictComp(it) => it.generators.iter().for_each(|it| self.bind_loop(&it.target, &it.iter)),
            Expr::Generator(it) => it.generators.iter().for_each(|it| self.bind_loop(&it.target, &it.iter)),
            _ => {}
        }
        walk_expr(self, expr);
    }
}

impl<'a> Reader<'a, '_> {
    /// Makes `x = os.getenv("X")` with `if not x: raise` after it a read that fails.
    fn refused(&mut self, body: &'a [Stmt]) {
        for (at, stmt) in body.iter().enumerate() {
            let Stmt::Assign(assign) = stmt else { continue };
            let [Expr::Name(name)] = &assign.targets[..] else { continue };
            let Expr::Call(call) = &*assign.value else { continue };
            if !matches!(environ::form(self.source, &self.environ, call), Some(environ::Form::Get)) {
                continue;
            }
            let is_refused = body[at + 1..].iter().take(3).any(|it| match it {
                Stmt::If(it) => is_missing(&it.test, name.id.as_str()) && it.body.iter().any(condition::refuses),
                Stmt::Assert(it) => matches!(&*it.test, Expr::Name(it) if it.id == name.id),
                _ => false,
            });
            let place = self.source.span(call.range());
            for read in self.environ.reads.iter_mut().filter(|it| is_refused && place.contains(it.name.span)) {
                if read.absent == Absent::Nothing {
                    read.absent = Absent::Fails;
                }
            }
        }
    }
}

/// Returns whether a test is true if a name is empty: `not x`, `x is None`.
fn is_missing(test: &Expr, name: &str) -> bool {
    let is_it = |it: &Expr| matches!(it, Expr::Name(it) if it.id == name);
    match test {
        Expr::UnaryOp(it) => it.op == ruff_python_ast::UnaryOp::Not && is_it(&it.operand),
        Expr::Compare(it) => is_it(&it.left) && it.ops.first() == Some(&CmpOp::Is),
        _ => false,
    }
}
