//! Texts of the spec to resolved texts: `@{…}` is filled in, `${…}` becomes a variable reference.
//!
//! `${` begins a variable and `$${` is a literal `${`; every other `$` is itself. `@{` begins an expression.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::diag::{Code, Diagnostic, Diags, Level, did_you_mean};
use crate::ir::text::{Fallback, Operator, Part, Text, Variable};
use crate::source::Span;
use crate::spec;
use crate::spec::decode::listed;

/// An expression that cannot be resolved.
pub static BAD_EXPRESSION: Code = Code { id: "SPEC020", name: "bad-expression" };
/// A variable that is not declared.
pub static UNDECLARED_VARIABLE: Code = Code { id: "SPEC021", name: "undeclared-variable" };
/// A reference that is not well-formed.
pub static BAD_REFERENCE: Code = Code { id: "SPEC022", name: "bad-variable-reference" };

/// An optional variable without a word on what happens when it is unset.
pub static NO_FALLBACK: Code = Code { id: "SPEC047", name: "optional-without-fallback" };

/// What a reference must know of a declared variable.
#[derive(Debug)]
pub struct Declared {
    /// Where it is declared.
    pub span: Span,
    /// Whether it may be left unset.
    pub optional: bool,
    /// The group and its place there, both counted in written order.
    pub at: (usize, usize),
    /// Whether any text of any environment refers to it.
    used: AtomicBool,
}

impl Declared {
    /// Makes one that nothing refers to yet.
    pub fn new(span: Span, optional: bool, at: (usize, usize)) -> Declared {
        Declared { span, optional, at, used: AtomicBool::new(false) }
    }

    /// Returns whether any text that was resolved refers to it.
    pub fn is_used(&self) -> bool {
        self.used.load(Ordering::Relaxed)
    }
}

/// The names that an expression may hold. Large systems have thousands of services, each with several names, and few
/// of them are asked for: so they are put together when one is.
#[derive(Clone, Default, Debug)]
pub struct Names {
    /// What belongs to no service: `env`, `slot`, `system.name`.
    pub plain: BTreeMap<String, String>,
    /// What there is to know of each service.
    pub services: HashMap<String, Address>,
}

/// Where a service is reached.
#[derive(Clone, Default, Debug)]
pub struct Address {
    /// Its name in the network, where that differs.
    pub host: Option<String>,
    /// The port that it has when no other is named, as written: `53/udp`.
    pub port: Option<Arc<str>>,
    /// Its ports by name, as written.
    pub ports: Vec<(String, Arc<str>)>,
}

impl Names {
    /// Returns the value of a dotted name.
    pub fn get(&self, name: &str) -> Option<Cow<'_, str>> {
        let dots = name.match_indices('.').map(|(at, _)| (&name[..at], &name[at + 1..]));
        let of_service = |(service, attribute)| {
            let (service, address) = self.services.get_key_value(service)?;
            address.get(service, attribute)
        };
        dots.filter_map(of_service).next().or_else(|| Some(Cow::Borrowed(self.plain.get(name)?)))
    }

    /// Returns all names with their values.
    pub fn all(&self) -> BTreeMap<String, Cow<'_, str>> {
        let mut all: BTreeMap<_, _> =
            self.plain.iter().map(|(name, it)| (name.clone(), Cow::Borrowed(&**it))).collect();
        for (service, address) in &self.services {
            let ports = address.ports.iter().map(|(port, _)| format!("ports.{port}"));
            for attribute in ["host", "name", "addr", "port"].map(str::to_string).into_iter().chain(ports) {
                let value = address.get(service, &attribute);
                all.extend(value.map(|value| (format!("{service}.{attribute}"), value)));
            }
        }
        all
    }
}

impl Address {
    fn get<'a>(&'a self, service: &'a str, attribute: &str) -> Option<Cow<'a, str>> {
        let host = self.host.as_deref().unwrap_or(service);
        let port = || self.port.as_deref().map(number);
        Some(match attribute {
            "host" => Cow::Borrowed(host),
            "name" => Cow::Borrowed(service),
            "addr" => Cow::Owned(format!("{host}:{}", port()?)),
            "port" => Cow::Borrowed(port()?),
            _ => {
                let name = attribute.strip_prefix("ports.")?;
                Cow::Borrowed(number(&self.ports.iter().find(|(it, _)| it == name)?.1))
            }
        })
    }
}

/// Returns the number of a port such as `53/udp`.
fn number(port: &str) -> &str {
    port.split('/').next().unwrap_or_default()
}

/// What expressions and references may name.
#[derive(Clone, Default, Debug)]
pub struct Scope {
    /// Dotted names and their values: `db.host`, `env`.
    pub names: Names,
    /// Whether the target numbers replicas itself: then `@{slot}` is left to it, and has no value here.
    pub leaves_slot: bool,
    /// Declared variables: the same in every environment.
    pub variables: Arc<HashMap<String, Declared>>,
    /// Services that exist, but not in this environment.
    pub absent: BTreeSet<String>,
    /// The environment's name, for messages.
    pub environment: String,
}

/// Resolves a text. Problems are reported, and the part in question becomes empty.
pub fn resolve(text: &spec::text::Text, scope: &Scope, diags: &mut Diags) -> Text {
    if !text.value.contains(['$', '@']) {
        return Text::literal(&*text.value);
    }
    let mut reader = Reader { all: &text.value, at: 0, depth: 0, span: text.span, scope, diags };
    let mut resolved = reader.text(None);
    // There is one for every value of every environment.
    resolved.parts.shrink_to_fit();
    resolved
}

/// How deep defaults may stand in defaults; the real systems have two.
const MAX_DEPTH: usize = 16;

struct Reader<'a> {
    all: &'a str,
    at: usize,
    depth: usize,
    span: Span,
    scope: &'a Scope,
    diags: &'a mut Diags,
}

impl Reader<'_> {
    fn rest(&self) -> &str {
        &self.all[self.at..]
    }

    /// Returns the place of a part of the text, where the source spells it alike; else the whole.
    fn place(&self, start: usize, end: usize) -> Span {
        let written = (self.span.end - self.span.start) as usize;
        // Quotes add a byte on each side; escapes and folding change more, and then only the whole is certain.
        let shift = match written.checked_sub(self.all.len()) {
            Some(0) => 0,
            Some(2) if !self.all.contains(['\n', '\\', '"', '\'']) => 1,
            _ => return self.span,
        };
        self.span.part(start + shift, end + shift)
    }

    /// Reads up to `close` at the same depth, or to the end.
    fn text(&mut self, close: Option<char>) -> Text {
        let mut out = Text::default();
        while let Some(next) = self.rest().chars().next() {
            if Some(next) == close {
                break;
            }
            if self.rest().starts_with("$${") {
                out.push_literal("${");
                self.at += 3;
            } else if self.rest().starts_with("${") {
                if let Some(variable) = self.variable() {
                    out.parts.push(Part::Variable(Box::new(variable)));
                }
            } else if let Some(len) = self.slot() {
                out.parts.push(Part::Slot);
                self.at += len;
            } else if self.rest().starts_with("@{") {
                let value = self.expression();
                out.push_literal(&value);
            } else {
                // What follows is literal up to the next character that could begin something.
                let after = self.at + next.len_utf8();
                let len = self.all[after..].find(|it| matches!(it, '$' | '@') || Some(it) == close);
                let end = len.map_or(self.all.len(), |it| after + it);
                out.push_literal(&self.all[self.at..end]);
                self.at = end;
            }
        }
        out
    }

    /// Returns the length of an `@{slot}` that is left to the target.
    fn slot(&self) -> Option<usize> {
        let inner = self.rest().strip_prefix("@{").filter(|_| self.scope.leaves_slot)?;
        let end = inner.find('}').filter(|&it| inner[..it].trim() == "slot")?;
        Some("@{".len() + end + "}".len())
    }

    /// Reads `${NAME…}`; the cursor stands on the `$`.
    fn variable(&mut self) -> Option<Variable> {
        let start = self.at;
        self.at += 2;
        let len = self.rest().bytes().take_while(|it| it.is_ascii_alphanumeric() || *it == b'_').count();
        let name = self.rest()[..len].to_string();
        self.at += len;
        self.depth += 1;
        let fallback = if self.depth > MAX_DEPTH { None } else { self.fallback() };
        self.depth -= 1;
        if !self.rest().starts_with('}') {
            let span = self.place(start, self.all.len());
            self.at = self.all.len();
            let message = "this variable reference is not well-formed";
            let error = Diagnostic::new(BAD_REFERENCE, Level::Error, span, message);
            self.diags
                .push(error.help(
                    "write `${NAME}`, `${NAME:-default}` or `${NAME:?message}`; a literal `${` is written `$${`",
                ));
            return None;
        }
        self.at += 1;
        let span = self.place(start, self.at);
        if name.is_empty() {
            let error = Diagnostic::new(BAD_REFERENCE, Level::Error, span, "this variable reference has no name");
            self.diags.push(error.help("a literal `${` is written `$${`"));
            return None;
        }
        match self.scope.variables.get(&name) {
            Some(declared) => {
                declared.used.store(true, Ordering::Relaxed);
                if declared.optional && fallback.is_none() {
                    self.without_fallback(&name, span, declared.span);
                }
            }
            None => self.undeclared(&name, span),
        }
        Some(Variable { name, fallback, span })
    }

    fn fallback(&mut self) -> Option<Fallback> {
        let empty_too = self.rest().starts_with(':');
        let operator = match self.rest()[usize::from(empty_too)..].chars().next()? {
            '-' => Operator::Default,
            '?' => Operator::Required,
            '+' => Operator::Alternative,
            _ => return None,
        };
        self.at += 1 + usize::from(empty_too);
        let mut argument = self.text(Some('}'));
        argument.parts.shrink_to_fit();
        Some(Fallback { operator, empty_too, argument })
    }

    /// Every start would warn about it, and the reader of the warning cannot tell whether it matters.
    fn without_fallback(&mut self, name: &str, span: Span, declared: Span) {
        let message = format!("`{name}` is optional, and this does not say what stands here when it is unset");
        let warning = Diagnostic::new(NO_FALLBACK, Level::Warning, span, message);
        let help = format!("write `${{{name}:-}}` for nothing, or `${{{name}:-default}}`");
        self.diags.push(warning.also(declared, "declared optional here").help(help));
    }

    fn undeclared(&mut self, name: &str, span: Span) {
        let message = format!("the variable `{name}` is used here and declared nowhere under `vars`");
        let mut error = Diagnostic::new(UNDECLARED_VARIABLE, Level::Error, span, message);
        let mut known: Vec<&str> = self.scope.variables.keys().map(String::as_str).collect();
        known.sort_unstable();
        error = match did_you_mean(name, known) {
            Some(near) => {
                error.help(format!("did you mean `{near}`?")).also(self.scope.variables[near].span, "declared here")
            }
            None => error.help(format!(
                "declare it in a group under `vars`: `{name}: {{required: true}}`; a literal `${{` is written `$${{`"
            )),
        };
        self.diags.push(error);
    }

    /// Reads `@{…}` and evaluates it; the cursor stands on the `@`.
    fn expression(&mut self) -> String {
        let start = self.at;
        let Some(len) = closing(&self.all[start + 2..]) else {
            let span = self.place(start, self.all.len());
            self.at = self.all.len();
            self.diags.push(Diagnostic::new(BAD_EXPRESSION, Level::Error, span, "this `@{` is not closed"));
            return String::new();
        };
        let expression = self.all[start + 2..start + 2 + len].trim();
        self.at = start + 2 + len + 1;
        // Almost all expressions are one dotted name, in which `-` is part of a service's name.
        if let Some(value) = self.scope.names.get(expression) {
            return value.into_owned();
        }
        let span = self.place(start, self.at);
        let simple = !expression.is_empty() && expression.chars().all(|it| it.is_alphanumeric() || "._-".contains(it));
        if simple {
            self.unknown_name(expression, span);
            return String::new();
        }
        match evaluate(expression, &self.scope.names.all()) {
            Ok(value) => value,
            Err(message) => {
                let message = format!("cannot evaluate `@{{{expression}}}`: {message}");
                self.diags.push(Diagnostic::new(BAD_EXPRESSION, Level::Error, span, message));
                String::new()
            }
        }
    }

    fn unknown_name(&mut self, name: &str, span: Span) {
        let names = self.scope.names.all();
        let mut error = Diagnostic::new(BAD_EXPRESSION, Level::Error, span, format!("nothing is called `{name}`"))
            .help("an expression asks for a part of a service, such as `@{db.addr}`, or for `@{env}`");
        if let Some(near) = did_you_mean(name, names.keys().map(String::as_str)) {
            error = error.help(format!("did you mean `{near}`?"));
        } else if let Some((service, attribute)) = name.rsplit_once('.') {
            let prefix = format!("{service}.");
            let known: Vec<&str> = names.keys().filter_map(|it| it.strip_prefix(&prefix)).collect();
            let services: BTreeSet<&str> = names.keys().filter_map(|it| Some(it.split_once('.')?.0)).collect();
            if !known.is_empty() {
                error = error.help(format!("`{service}` has {}, but no `{attribute}`", listed(&known)));
                if matches!(attribute, "port" | "addr") {
                    error = error.help(format!("`{service}` has no `port`; give it one"));
                }
            } else if self.scope.absent.contains(service) {
                error.message = format!("`{service}` is not part of environment `{}`", self.scope.environment);
                error = error.help("give the variable a value for this environment: `vars` of the environment, or its patch of this service");
            } else if let Some(near) = did_you_mean(service, services) {
                error = error.help(format!("did you mean `{near}.{attribute}`?"));
            }
        }
        self.diags.push(error);
    }
}

/// Returns the length up to the closing brace, which is not one inside of quotes or inner braces.
fn closing(text: &str) -> Option<usize> {
    let (mut depth, mut quote) = (0usize, None);
    for (at, character) in text.char_indices() {
        match (quote, character) {
            (Some(open), it) if it == open => quote = None,
            (Some(_), _) => {}
            (None, '\'' | '"') => quote = Some(character),
            (None, '{') => depth += 1,
            (None, '}') if depth == 0 => return Some(at),
            (None, '}') => depth -= 1,
            _ => {}
        }
    }
    None
}

/// Evaluates an expression with minijinja; an undefined name is an error.
fn evaluate(expression: &str, names: &BTreeMap<String, Cow<'_, str>>) -> Result<String, String> {
    let mut environment = minijinja::Environment::empty();
    environment.set_undefined_behavior(minijinja::UndefinedBehavior::Strict);
    minijinja_builtins(&mut environment);
    let compiled = environment.compile_expression(expression).map_err(|it| reason(&it))?;
    let value = compiled.eval(context(names)).map_err(|it| reason(&it))?;
    if value.is_undefined() {
        return Err("a name in it is not defined".to_string());
    }
    Ok(value.to_string())
}

/// The few filters that make sense in names and addresses.
fn minijinja_builtins(environment: &mut minijinja::Environment<'_>) {
    environment.add_filter("upper", |it: String| it.to_uppercase());
    environment.add_filter("lower", |it: String| it.to_lowercase());
    environment.add_filter("replace", |it: String, from: String, to: String| it.replace(&from, &to));
    environment.add_filter(
        "default",
        |it: minijinja::Value, other: minijinja::Value| if it.is_undefined() { other } else { it },
    );
}

/// Makes nested values of dotted names: `db.host` is attribute `host` of `db`.
fn context(names: &BTreeMap<String, Cow<'_, str>>) -> minijinja::Value {
    let mut tops: BTreeMap<&str, BTreeMap<String, minijinja::Value>> = BTreeMap::new();
    let mut plain: BTreeMap<String, minijinja::Value> = BTreeMap::new();
    for (name, value) in names {
        // Numbers are numbers in arithmetic.
        let value = value.parse::<i64>().map_or_else(|_| minijinja::Value::from(&**value), minijinja::Value::from);
        match name.split_once('.') {
            Some((top, attribute)) => {
                tops.entry(top).or_default().insert(attribute.to_string(), value);
            }
            None => {
                plain.insert(name.clone(), value);
            }
        }
    }
    for (top, attributes) in tops {
        plain.insert(top.to_string(), minijinja::Value::from(attributes));
    }
    minijinja::Value::from(plain)
}

fn reason(error: &minijinja::Error) -> String {
    error.detail().map_or_else(|| error.kind().to_string(), str::to_string)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::FileId;

    fn run(value: &str) -> (Text, Diags) {
        let db = Address { port: Some("5432/tcp".into()), ..Address::default() };
        let services = [("db", db), ("stack-auth", Address::default())].map(|(name, it)| (name.to_string(), it)).into();
        let plain = BTreeMap::from([("env".to_string(), "prod".to_string())]);
        let mut scope = Scope { names: Names { plain, services }, ..Scope::default() };
        let nowhere = Span::new(FileId(0), 0, value.len());
        let declared = |name: &str| (name.to_string(), Declared::new(nowhere, false, (0, 0)));
        scope.variables = Arc::new(["TAG", "USER", "DB"].map(declared).into());
        let mut diags = Diags::default();
        let text = resolve(&spec::text::Text { value: value.to_string().into(), span: nowhere }, &scope, &mut diags);
        (text, diags)
    }

    #[test]
    fn dollars_are_literal_unless_they_begin_a_reference() {
        for (written, compose) in [
            ("a$b$$c", "a$$b$$$$c"),
            ("$${X}", "$${X}"),
            ("${TAG}", "${TAG}"),
            ("x${TAG:-a$b}y", "x${TAG:-a$$b}y"),
            ("${DB:-pg://${USER:-me}@h/${TAG?no}}", "${DB:-pg://${USER:-me}@h/${TAG?no}}"),
        ] {
            let (text, diags) = run(written);
            assert_eq!((text.to_compose().as_str(), diags.n_errors()), (compose, 0), "{written}");
        }
    }

    #[test]
    fn expressions_are_filled_in() {
        for (written, value) in [
            ("me@@{db.host}:@{db.port}", "me@db:5432"),
            ("@{db.addr}", "db:5432"),
            ("@{stack-auth.host}", "stack-auth"),
            ("@{db.port + 1}", "5433"),
            ("@{env | upper}", "PROD"),
            ("@{'@{'}", "@{"),
        ] {
            let (text, diags) = run(written);
            assert_eq!((text.as_literal(), diags.n_errors()), (Some(value), 0), "{written}");
        }
    }

    #[test]
    fn what_is_unknown_or_broken_is_an_error_with_a_hint() {
        for (written, hint) in [
            ("@{db.hots}", "did you mean `db.host`?"),
            ("${TGA}", "did you mean `TAG`?"),
            ("@{bd.host}", "did you mean `db.host`?"),
            ("${TAG:=x}", "write `${NAME}`"),
            ("${", "write `${NAME}`"),
        ] {
            let (_, diags) = run(written);
            let help = diags.list()[0].help.clone().unwrap_or_default();
            assert!(help.contains(hint), "{written}: {help}");
        }
        for written in ["@{db.host", "@{1 +}", "@{nope + 1}", "${}"] {
            assert_eq!(run(written).1.n_errors(), 1, "{written}");
        }
    }
}
