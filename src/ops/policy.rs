//! Policies: the expressions of `check.assert`, evaluated over the resolved system of each environment.
//!
//! A policy sees `environment`, `target`, `services`, `networks` and `volumes`. Of a service it sees `env` (the values
//! of the container, secrets left out), `image`, `replicas`, `ports`, `publish`, `networks`, `needs`, `singleton`,
//! `stateful`, `kind`, `restart`, `routes`, `mounts`, `health` and `user`; what a service does not have is undefined.

use std::collections::BTreeMap;

use minijinja::Value;

use crate::diag::{Diagnostic, did_you_mean};
use crate::ir::service::{Condition, Kind, Replicas, Restart, Service};
use crate::ir::text::Text;
use crate::ir::variable::{Delivery, Entry};
use crate::ir::{Environment, System};
use crate::rules::policy::violated::{MALFORMED, VIOLATED};
use crate::source::{Span, Spanned};
use crate::spec::check::Assert;

/// Evaluates policies in every environment that has the services they are about.
pub fn judge(system: &System, policies: &[Spanned<Assert>], found: &mut Vec<Diagnostic>) {
    for policy in policies {
        let that = &policy.value.that;
        let services = mentioned(&that.value);
        let everywhere = || system.environments.iter().flat_map(|it| &it.services).map(|it| it.name.as_str());
        if let Some(unknown) = services.iter().find(|name| !everywhere().any(|it| it == *name)) {
            let finding = MALFORMED.finding(that.span, format!("no environment has a service `{unknown}`"));
            let help = did_you_mean(unknown, everywhere()).map(|it| format!("did you mean `{it}`?"));
            found.push(finding.maybe_help(help));
            continue;
        }
        for environment in &system.environments {
            if !services.iter().all(|name| environment.service(name).is_some()) {
                continue;
            }
            match holds(&that.value, environment) {
                Ok(true) => {}
                Ok(false) => found.push(violation(policy, environment, &services)),
                Err(reason) => {
                    found.push(MALFORMED.finding(that.span, format!("this expression cannot be evaluated: {reason}")));
                    break;
                }
            }
        }
    }
}

fn violation(policy: &Spanned<Assert>, environment: &Environment, services: &[String]) -> Diagnostic {
    let Assert { that, because } = &policy.value;
    let decided = deciding(&that.value, environment, services);
    let reason = because.as_ref().map(|it| format!(": {}", it.value)).unwrap_or_default();
    let message = format!("`{}` does not hold in {}{reason}", that.value, environment.name);
    match decided {
        Some(span) => VIOLATED.finding(span, message).label("decided here").also(that.span, "the policy"),
        None => VIOLATED.finding(that.span, message),
    }
}

/// Returns where the value was decided that a policy is about: the variable, else the service.
fn deciding(expression: &str, environment: &Environment, services: &[String]) -> Option<Span> {
    let service = environment.service(services.first()?)?;
    let mentions = |it: &&Entry| {
        let names = [format!(".env.{}", it.name), format!("env[\"{}\"]", it.name), format!("env['{}']", it.name)];
        names.iter().any(|name| {
            expression.match_indices(name.as_str()).any(|(at, _)| {
                let next = expression[at + name.len()..].chars().next();
                !next.is_some_and(|it| it.is_alphanumeric() || it == '_')
            })
        })
    };
    let entry = service.environment.iter().find(mentions);
    let by_field = || {
        let has = |word: &str| expression.contains(&format!(".{word}"));
        let origins = [
            ("singleton", service.singleton.as_ref().and_then(|it| it.origin.span())),
            ("replicas", service.replicas.as_ref().and_then(|it| it.origin.span())),
            ("image", service.image.as_ref().and_then(|it| it.origin.span())),
            ("publish", service.publish.first().and_then(|it| it.origin.span())),
            ("user", service.user.as_ref().and_then(|it| it.origin.span())),
        ];
        origins.into_iter().find(|it| has(it.0)).and_then(|it| it.1)
    };
    entry.and_then(|it| it.delivery.origin.span()).or_else(by_field).or(Some(service.span))
}

/// Returns the services that an expression names: `services.NAME`, `services["NAME"]`.
fn mentioned(expression: &str) -> Vec<String> {
    let mut names = Vec::new();
    for (at, word) in expression.match_indices("services") {
        let rest = &expression[at + word.len()..];
        let is_end = |it: char| !(it.is_alphanumeric() || it == '_');
        let name = if let Some(rest) = rest.strip_prefix('.') {
            &rest[..rest.find(is_end).unwrap_or(rest.len())]
        } else if let Some(rest) = rest.strip_prefix("[\"").or_else(|| rest.strip_prefix("['")) {
            rest.split(['"', '\'']).next().unwrap_or("")
        } else {
            continue;
        };
        if !name.is_empty() && !names.iter().any(|it| it == name) {
            names.push(name.to_string());
        }
    }
    names
}

fn holds(expression: &str, environment: &Environment) -> Result<bool, String> {
    let mut engine = minijinja::Environment::new();
    engine.set_undefined_behavior(minijinja::UndefinedBehavior::Chainable);
    let reason = |error: minijinja::Error| error.detail().map_or_else(|| error.kind().to_string(), str::to_string);
    let compiled = engine.compile_expression(expression).map_err(reason)?;
    Ok(compiled.eval(context(environment)).map_err(reason)?.is_true())
}

type Fields = BTreeMap<String, Value>;

fn context(environment: &Environment) -> Value {
    let services: Fields = environment.services.iter().map(|it| (it.name.clone(), service(environment, it))).collect();
    let networks = environment.networks.iter().map(|it| {
        let fields = [("external", it.external), ("internal", it.internal), ("attachable", it.attachable)];
        (it.name.clone(), flags(&fields))
    });
    let volumes = environment.volumes.iter().map(|it| (it.name.clone(), flags(&[("external", it.external)])));
    Value::from(BTreeMap::from([
        ("environment".to_string(), Value::from(environment.name.clone())),
        ("target".to_string(), Value::from(environment.target.word())),
        ("services".to_string(), Value::from(services)),
        ("networks".to_string(), Value::from(networks.collect::<Fields>())),
        ("volumes".to_string(), Value::from(volumes.collect::<Fields>())),
    ]))
}

fn flags(list: &[(&str, bool)]) -> Value {
    Value::from(list.iter().map(|(name, it)| ((*name).to_string(), Value::from(*it))).collect::<Fields>())
}

fn service(environment: &Environment, it: &Service) -> Value {
    let mut fields = Fields::new();
    let mut set = |name: &str, value: Value| _ = fields.insert(name.to_string(), value);
    let env = it.environment.iter().filter_map(|entry| Some((entry.name.to_string(), value(environment, entry)?)));
    set("env", Value::from(env.collect::<Fields>()));
    let kind = match &it.kind.value {
        Kind::Service => "service",
        Kind::Job => "job",
        Kind::Cron(_) => "cron",
    };
    set("kind", Value::from(kind));
    set("restart", Value::from(restart(it.restart.value)));
    set("singleton", Value::from(it.singleton.as_ref().is_some_and(|it| it.value)));
    set("stateful", Value::from(it.stateful));
    let replicas = match it.replicas.as_ref().map(|it| &it.value) {
        Some(Replicas::Count(n)) => Value::from(*n),
        Some(Replicas::Variable(text)) => Value::from(text.to_compose()),
        None => Value::from(1),
    };
    set("replicas", replicas);
    if let Some(image) = &it.image {
        set("image", Value::from(image.value.to_compose()));
    }
    if let Some(user) = &it.user {
        set("user", Value::from(user.value.to_compose()));
    }
    if !it.publish.is_empty() {
        let one = |it: &crate::ir::service::Publish| {
            let part = |text: &Option<Text>| text.as_ref().map(Text::to_compose);
            let parts = [part(&it.host), part(&it.published), Some(it.target.to_string())];
            parts.into_iter().flatten().collect::<Vec<_>>().join(":")
        };
        set("publish", Value::from(it.publish.iter().map(one).collect::<Vec<_>>()));
    }
    set("ports", Value::from(it.ports.iter().map(|it| it.number).collect::<Vec<_>>()));
    set("networks", Value::from(it.networks.iter().map(|it| it.value.clone()).collect::<Vec<_>>()));
    set("mounts", Value::from(it.mounts.iter().map(|it| it.target.clone()).collect::<Vec<_>>()));
    set("routes", Value::from(it.routes.len()));
    set("health", Value::from(it.health.is_some()));
    let needs = it.needs.iter().map(|it| {
        let word = match it.condition {
            Condition::Started => "started",
            Condition::Healthy => "healthy",
            Condition::Done => "done",
        };
        (it.service.clone(), Value::from(word))
    });
    set("needs", Value::from(needs.collect::<Fields>()));
    Value::from(fields)
}

fn restart(it: Restart) -> &'static str {
    match it {
        Restart::No => "no",
        Restart::Always => "always",
        Restart::OnFailure => "on-failure",
        Restart::UnlessStopped => "unless-stopped",
    }
}

/// Returns what a container sees of a variable; a secret is not for expressions, whose text a message may show.
fn value(environment: &Environment, entry: &Entry) -> Option<Value> {
    if entry.secret {
        return None;
    }
    let text = match &entry.delivery.value {
        Delivery::Inline(text) => text,
        Delivery::EnvFile => {
            let variable = environment.variable(&entry.name)?;
            &variable.inside.as_deref().or(variable.value.as_ref())?.value
        }
    };
    Some(Value::from(text.as_literal().map_or_else(|| text.to_compose(), str::to_string)))
}
