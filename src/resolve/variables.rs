//! Variables as one environment sees them, and how they reach a service.

use std::sync::{Arc, OnceLock};

use super::codes;
use super::context::Resolver;
use crate::diag::{Diagnostic, Level, did_you_mean};
use crate::ir::text::{Fallback, Operator, Part, Text, Variable as Reference};
use crate::ir::variable::{Delivery, Entry, Group, Secret, Variable};
use crate::ir::{Layer, service};
use crate::origin::{Origin, Traced};
use crate::source::{Span, Spanned};
use crate::spec;
use crate::spec::environment::Deliver;
use crate::spec::variable::{Scope, ValueType};

/// The value that stands for "in the secret store".
const FROM_STORE: &str = "@{secret}";

/// Groups of which no environment says anything of its own: resolved by whichever comes to them first.
pub struct Shared {
    /// One place for each group, in written order.
    known: Vec<OnceLock<Arc<Group>>>,
}

impl Shared {
    /// Makes room for the groups of a spec.
    pub fn new(spec: &spec::Spec) -> Shared {
        Shared { known: spec.vars.groups.iter().map(|_| OnceLock::new()).collect() }
    }
}

/// Resolves every group.
pub fn groups(resolver: &mut Resolver<'_>, shared: &Shared) -> Vec<Arc<Group>> {
    let spec = resolver.spec;
    let mut groups = Vec::with_capacity(spec.vars.groups.len());
    for ((name, written), known) in spec.vars.groups.iter().zip(&shared.known) {
        let is_shared = written.value.variables.iter().all(|(name, it)| is_same_everywhere(resolver, name, &it.value));
        groups.push(if is_shared {
            Arc::clone(known.get_or_init(|| Arc::new(group(resolver, name, written))))
        } else {
            Arc::new(group(resolver, name, written))
        });
    }
    groups
}

/// Returns whether a variable is the same in this environment as in any other that says nothing of it.
fn is_same_everywhere(resolver: &Resolver<'_>, name: &str, written: &spec::variable::Variable) -> bool {
    let is_literal = |it: &spec::text::Text| !it.value.contains(['@', '$']);
    written.is_of_all()
        && written.inside.is_none()
        && written.default.as_ref().is_none_or(is_literal)
        && (written.secret.is_none() || resolver.prefix().is_empty())
        && !resolver.environment.vars.contains_key(name)
}

fn group(resolver: &mut Resolver<'_>, name: &str, written: &Spanned<spec::variable::Group>) -> Group {
    let variables = written.value.variables.iter().map(|(name, it)| variable(resolver, name, it)).collect();
    let doc = written.value.doc.as_ref().map(|it| it.value.to_string());
    Group { name: name.to_string(), doc, span: written.span, variables }
}

fn variable(resolver: &mut Resolver<'_>, name: &str, declared: &Spanned<spec::variable::Variable>) -> Variable {
    let written = &declared.value;
    let spec::variable::Variable {
        doc,
        default,
        inside,
        r#in: _,
        required,
        secret,
        optional,
        shared,
        r#type,
        one_of,
        examples,
        scope,
        read_by,
    } = written;
    let override_ = resolver.environment.vars.get(name).map(|it| &it.value);
    let chosen = override_.or_else(|| written.of_environment(resolver.name).map(|it| &it.value)).or(default.as_ref());
    let from_store = chosen.is_some_and(|it| it.value.trim() == FROM_STORE);
    let declared_secret = secret.as_deref().is_some_and(spec::variable::FlagOrText::is_on);
    // A value of one environment, while another takes its own from the store, stands in for development: everybody
    // may know it.
    let stored_elsewhere = written.of_environments().any(|(_, it)| it.value.value.trim() == FROM_STORE);
    let stands_in = stored_elsewhere && chosen.is_some() && !from_store;
    let is_secret = from_store || (declared_secret && !stands_in);
    let value = match chosen {
        Some(text) if resolver.names_absent(text) => None,
        Some(text) if !from_store => {
            if is_secret {
                literal_secret(resolver, name, text, declared);
            }
            let value = resolver.text(text);
            well_typed(resolver, name, &value, r#type.as_ref(), one_of);
            Some(value)
        }
        _ => None,
    };
    // What an environment says of a variable holds in containers too.
    let inside = inside.as_ref().filter(|it| override_.is_none() && !resolver.names_absent(it));
    let inside = inside.map(|it| Box::new(resolver.text(it)));
    let secret = is_secret.then(|| {
        let recipe = secret.as_ref().and_then(|it| it.text()).cloned();
        Box::new(Secret { recipe, shared: shared.unwrap_or(false) })
    });
    let prefix = match &secret {
        // With values per environment, the store has one of its own only for those that are named.
        Some(secret) if !secret.shared && (written.is_of_all() || written.of_environment(resolver.name).is_some()) => {
            resolver.prefix()
        }
        _ => "",
    };
    let required = required.as_ref().filter(|it| it.is_on());
    let name: Arc<str> = name.into();
    let copy = |it: &spec::text::Text| Arc::clone(&it.value);
    Variable {
        stored_as: if prefix.is_empty() { Arc::clone(&name) } else { format!("{prefix}{name}").into() },
        name,
        span: declared.span,
        doc: doc.as_ref().map(copy),
        examples: examples.0.iter().map(copy).collect(),
        value,
        inside,
        secret,
        required: required.map(|it| Box::new(resolver.traced(it.text().cloned(), it.span()))),
        optional: optional.unwrap_or(false),
        deploy_only: *scope == Some(Scope::Deploy),
        read_by: read_by.as_deref().map(copy),
        one_of: one_of.iter().map(copy).collect(),
    }
}

/// A secret with a value that stands in the spec: the spec is committed, so it is no secret.
fn literal_secret(
    resolver: &mut Resolver<'_>,
    name: &str,
    text: &spec::text::Text,
    declared: &Spanned<spec::variable::Variable>,
) {
    if text.value.trim().is_empty() || text.value.contains("${") {
        return;
    }
    let message = format!("the secret `{name}` has a value in the spec, which is committed");
    let error = Diagnostic::new(codes::LITERAL_SECRET, Level::Error, text.span, message)
        .also(declared.span, "declared as a secret here")
        .help("remove the value; a recipe such as `secret: openssl rand -hex 32` tells how to make one");
    resolver.diags.push(error);
}

/// Reports a value that the variable's own declaration forbids.
fn well_typed(
    resolver: &mut Resolver<'_>,
    name: &str,
    value: &Traced<Text>,
    kind: Option<&Spanned<ValueType>>,
    one_of: &[spec::text::Text],
) {
    let (Some(text), Some(span)) = (value.value.as_literal(), value.origin.span()) else { return };
    if text.is_empty() {
        return;
    }
    if !one_of.is_empty() && !one_of.iter().any(|it| *it.value == *text) {
        let message = format!("`{name}` cannot be `{text}`");
        let allowed: Vec<&str> = one_of.iter().map(|it| &*it.value).collect();
        let mut error = Diagnostic::new(codes::BAD_VALUE, Level::Error, span, message)
            .also(one_of[0].span, "the values it may have");
        error = match did_you_mean(text, allowed.iter().copied()) {
            Some(near) => error.help(format!("did you mean `{near}`?")),
            None => error.help(format!("it may be {}", spec::decode::listed(&allowed))),
        };
        resolver.diags.push(error);
    }
    let Some(kind) = kind else { return };
    let (fits, what) = match kind.value {
        ValueType::Text => (true, "text"),
        ValueType::Int => (text.parse::<i64>().is_ok(), "a whole number"),
        ValueType::Float => (text.parse::<f64>().is_ok(), "a number"),
        ValueType::Bool => {
            let words = ["true", "false", "1", "0", "yes", "no", "on", "off", "t", "f", "y", "n"];
            (words.contains(&text.to_ascii_lowercase().as_str()), "a boolean")
        }
        ValueType::Json => (serde_json::from_str::<serde_json::Value>(text).is_ok(), "JSON"),
        ValueType::Url => {
            (text.split_once("://").is_some_and(|(scheme, rest)| !scheme.is_empty() && !rest.is_empty()), "a URL")
        }
        ValueType::Port => (text.parse::<u16>().is_ok_and(|it| it > 0), "a port number"),
    };
    if !fits {
        let message = format!("the value of `{name}` is not {what}");
        resolver.diags.push(
            Diagnostic::new(codes::BAD_VALUE, Level::Error, span, message).also(kind.span, "its type is declared here"),
        );
    }
}

/// Resolves the environment of a service.
pub fn entries(resolver: &mut Resolver<'_>, service: &spec::service::Service, groups: &[Arc<Group>]) -> Vec<Entry> {
    let mut entries: Vec<Entry> = Vec::new();
    for asked in &service.vars.0 {
        for variable in wanted(resolver, asked, groups) {
            if variable.deploy_only || entries.iter().any(|it| it.name == variable.name) {
                continue;
            }
            let deliver = service.deliver.unwrap_or(resolver.deliver);
            let delivery = delivery(resolver, variable, deliver, asked.span);
            let (declared, secret) = (Some(variable.span), variable.secret.is_some());
            entries.push(Entry { name: Arc::clone(&variable.name), delivery, declared, secret });
        }
    }
    for (name, value) in &service.env.0 {
        let origin = resolver.origin(value.value.span);
        let patched = matches!(&origin, Origin::Patched { environment, .. } if **environment == *resolver.name);
        let chosen = match resolver.environment.vars.get(&**name) {
            Some(it) if !patched => &it.value,
            _ => &value.value,
        };
        let text = resolver.text(chosen);
        let declared = declared(resolver, name, groups);
        let entry = Entry {
            name: Arc::clone(name),
            delivery: text.map(Delivery::Inline),
            declared: declared.map(|it| it.span),
            secret: declared.is_some_and(|it| it.secret.is_some()),
        };
        match entries.iter_mut().find(|it| it.name == *name) {
            Some(old) => *old = entry,
            None => entries.push(entry),
        }
    }
    entries.shrink_to_fit();
    entries
}

/// Returns the variables of a group, or the one variable of that name.
fn wanted<'a>(resolver: &mut Resolver<'_>, asked: &spec::text::Text, groups: &'a [Arc<Group>]) -> &'a [Variable] {
    let written = &resolver.spec.vars.groups;
    if let Some(at) = written.get_index_of(&*asked.value) {
        return &groups[at].variables;
    }
    if let Some(variable) = declared(resolver, &asked.value, groups) {
        return std::slice::from_ref(variable);
    }
    let mut names: Vec<&str> = written.keys().chain(resolver.scope.variables.keys()).map(String::as_str).collect();
    names.sort_unstable();
    let message = format!("no group and no variable is called `{}`", asked.value);
    let help = match did_you_mean(&asked.value, names) {
        Some(near) => format!("did you mean `{near}`?"),
        None => "declare it under `vars`".to_string(),
    };
    resolver.diags.push(Diagnostic::new(codes::UNKNOWN_NAME, Level::Error, asked.span, message).help(help));
    &[]
}

/// Returns a variable as this environment sees it.
fn declared<'a>(resolver: &Resolver<'_>, name: &str, groups: &'a [Arc<Group>]) -> Option<&'a Variable> {
    let (group, at) = resolver.scope.variables.get(name)?.at;
    groups.get(group)?.variables.get(at)
}

fn delivery(resolver: &Resolver<'_>, variable: &Variable, deliver: Deliver, asked: Span) -> Traced<Delivery> {
    if let Some(inside) = &variable.inside {
        return Traced::clone(inside).map(Delivery::Inline);
    }
    let origin = variable.value.as_ref().map_or_else(
        || Origin::Derived { span: variable.span, why: &"the service asks for it" },
        |it| it.origin.clone(),
    );
    let missing = || {
        let message = variable.required.as_ref().and_then(|it| it.value.as_deref());
        reference(
            &variable.name,
            Operator::Required,
            Text::literal(message.map_or_else(|| format!("set {}", variable.name), str::to_string)),
            asked,
        )
    };
    let by_name = || match &variable.value {
        _ if variable.required.is_some() => missing(),
        Some(value) => reference(&variable.name, Operator::Default, value.value.clone(), asked),
        None if variable.optional => reference(&variable.name, Operator::Default, Text::default(), asked),
        // The base is never run on its own: an environment laid over it gives the value.
        None if resolver.layer == Layer::Base => plain(&variable.name, asked),
        None => missing(),
    };
    let text = match deliver {
        Deliver::EnvFile if variable.required.is_some() => missing(),
        Deliver::EnvFile => return Traced::new(Delivery::EnvFile, origin),
        Deliver::Environment => by_name(),
        Deliver::Literal => match &variable.value {
            Some(value) if variable.secret.is_none() => value.value.clone(),
            _ => by_name(),
        },
    };
    Traced::new(Delivery::Inline(text), origin)
}

fn plain(name: &str, span: Span) -> Text {
    Text {
        parts: smallvec::smallvec![Part::Variable(Box::new(Reference {
            name: name.to_string(),
            fallback: None,
            span
        }))],
    }
}

fn reference(name: &str, operator: Operator, argument: Text, span: Span) -> Text {
    let fallback = Some(Fallback { operator, empty_too: true, argument });
    Text { parts: smallvec::smallvec![Part::Variable(Box::new(Reference { name: name.to_string(), fallback, span }))] }
}

/// Resolves a number of replicas: a count, or a variable whose value for this environment may be known.
pub fn replicas(resolver: &mut Resolver<'_>, text: &spec::text::Text) -> Option<Traced<service::Replicas>> {
    let resolved = resolver.text(text);
    match resolved.value.as_literal() {
        None => Some(resolved.map(service::Replicas::Variable)),
        Some(number) => match number.parse::<u32>() {
            Ok(count) => Some(Traced::new(service::Replicas::Count(count), resolved.origin)),
            Err(_) => {
                let message = format!("`{number}` is not a number of replicas");
                let error = Diagnostic::new(codes::BAD_VALUE, Level::Error, text.span, message);
                resolver.diags.push(error.help("write a number, or a variable such as `${WEB_REPLICAS}`"));
                None
            }
        },
    }
}
