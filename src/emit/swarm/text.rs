//! Texts as `docker stack` reads them: an older grammar of `${…}`, and templates in braces.
//!
//! The environment is rewritten before it is lowered, so that everything after this can write texts as compose does.

use crate::diag::{Diagnostic, Level};
use crate::emit::Grade;
use crate::emit::lowering::Lowering;
use crate::ir::Environment;
use crate::ir::route::{Match, Route};
use crate::ir::service::{Command, Mount, MountSource, Probe, Publish, Replicas, Service};
use crate::ir::text::{Operator, Part, Text, Variable};
use crate::ir::variable::Delivery;
use crate::origin::Origin;
use crate::syntax::interpolation::{self, stack};

use super::{MISREAD_DEFAULT, SLOT_NOT_FILLED};

/// Returns the environment with every text such that `docker stack` reads what is meant; where that cannot be, there
/// is an error.
pub(super) fn rewrite(cx: &mut Lowering<'_>) -> Environment {
    let mut environment = cx.environment.clone();
    for service in &mut environment.services {
        refuse_slot(service, cx);
        escape_templates(service);
        let name = format!("services.{}", service.name);
        texts(service).into_iter().for_each(|it| mend(it, &name, cx));
    }
    if let Some(project) = &mut environment.project {
        mend(&mut project.value, "project", cx);
    }
    if let Some(ingress) = &mut environment.ingress {
        let entries = ingress.entrypoints.iter_mut().map(|it| &mut it.publish);
        for it in entries.chain([&mut ingress.image, &mut ingress.dashboard]).flatten() {
            mend(&mut it.value, "ingress", cx);
        }
        ingress.acme_email.iter_mut().for_each(|it| mend(it, "ingress", cx));
    }
    let names = environment.networks.iter_mut().map(|it| &mut it.real_name);
    let names = names.chain(environment.volumes.iter_mut().map(|it| &mut it.real_name));
    for name in names.flatten() {
        mend(&mut name.value, "networks", cx);
    }
    environment
}

/// Swarm fills in templates in variables, host names and mounts, so two braces that are meant as such are written as
/// a template of their own. Only `@{slot}` is a template, and no literal.
fn escape_templates(service: &mut Service) {
    let mut all: Vec<&mut Text> = Vec::new();
    for entry in &mut service.environment {
        if let Delivery::Inline(text) = &mut entry.delivery.value {
            all.push(text);
        }
    }
    all.extend(service.hostname.as_mut().map(|it| &mut it.value));
    for part in all.into_iter().flat_map(|it| &mut it.parts) {
        if let Part::Literal(literal) = part {
            *literal = literal.replace("{{", "{{\"{{\"}}");
        }
    }
}

/// Swarm fills in templates in variables, host names and mounts, and nowhere else
/// (docs.docker.com/reference/cli/docker/service/create, "Create services using templates").
fn refuse_slot(service: &Service, cx: &mut Lowering<'_>) {
    let Service { image, user, run, entrypoint, labels, health, .. } = service;
    let words = |it: &Command| it.words().to_vec();
    let mut fields: Vec<(&str, Vec<Text>, &Origin)> = Vec::new();
    fields.extend(image.iter().map(|it| ("image", vec![it.value.clone()], &it.origin)));
    fields.extend(user.iter().map(|it| ("user", vec![it.value.clone()], &it.origin)));
    fields.extend(run.iter().map(|it| ("run", words(&it.value), &it.origin)));
    fields.extend(entrypoint.iter().map(|it| ("entrypoint", words(&it.value), &it.origin)));
    fields.extend(labels.iter().map(|(_, it)| ("labels", vec![it.value.clone()], &it.origin)));
    if let Some(it) = health {
        match &it.value.probe {
            Some(Probe::Command(words)) => fields.push(("health", words.clone(), &it.origin)),
            Some(Probe::Shell(line)) => fields.push(("health", vec![line.clone()], &it.origin)),
            Some(Probe::Http { .. } | Probe::Tcp(_)) | None => {}
        }
    }
    for (field, texts, origin) in fields {
        if texts.iter().any(|it| it.parts.contains(&Part::Slot)) {
            let at = origin.span().unwrap_or(service.span);
            let message = format!("Swarm does not fill in `@{{slot}}` in `{field}`");
            let help = "give it to the process as a variable, `env: {SLOT: \"@{slot}\"}`, and read that";
            cx.error(Diagnostic::new(SLOT_NOT_FILLED, Level::Error, at, message).help(help));
        }
    }
}

fn mend(text: &mut Text, field: &str, cx: &mut Lowering<'_>) {
    let n_variables = text.parts.iter().filter(|it| matches!(it, Part::Variable(_))).count();
    let mut seen = 0;
    for part in &mut text.parts {
        let Part::Variable(variable) = part else { continue };
        seen += 1;
        if is_required(variable) {
            plain_message(variable);
            if seen < n_variables {
                let reason = format!(
                    "`docker stack` forgets that `{}` is required, because another variable follows it",
                    variable.name
                );
                cx.lose(Grade::Approximated, field.to_string(), Some(variable.span), &reason);
            }
        } else {
            refuse_misread(variable, cx);
        }
    }
}

fn is_required(variable: &Variable) -> bool {
    variable.fallback.as_ref().is_some_and(|it| it.operator == Operator::Required)
}

/// `docker stack` takes a `-` or `:` in a message for the operator, so the message keeps its words only.
fn plain_message(variable: &mut Variable) {
    if let Some(fallback) = &mut variable.fallback {
        let words = fallback.argument.to_source();
        let plain: String =
            words.chars().map(|it| if it.is_alphanumeric() || "_.,/".contains(it) { it } else { ' ' }).collect();
        let plain = plain.split_whitespace().collect::<Vec<_>>().join(" ");
        fallback.argument = Text::literal(plain);
    }
}

fn refuse_misread(variable: &Variable, cx: &mut Lowering<'_>) {
    let text = Text { parts: smallvec::smallvec![Part::Variable(Box::new(variable.clone()))] }.to_compose();
    for misread in stack::misread(&interpolation::parse(&text), &text) {
        let name = &variable.name;
        let error = Diagnostic::new(MISREAD_DEFAULT, Level::Error, variable.span, misread.message).help(format!(
            "give `{name}` its default under `vars` and write `${{{name}}}` here: it comes with the env file"
        ));
        cx.error(error);
    }
}

/// Returns every text of a service that `docker stack` will read: those of `ir::interpolated`, save the arguments of
/// a build, since Swarm builds nothing.
fn texts(service: &mut Service) -> Vec<&mut Text> {
    let Service { image, user, container_name, hostname, dns, labels, run, entrypoint, environment, .. } = service;
    let mut all: Vec<&mut Text> = Vec::new();
    all.extend([image, user, container_name, hostname].into_iter().flatten().map(|it| &mut it.value));
    all.extend(dns.iter_mut().map(|it| &mut it.value));
    all.extend(labels.iter_mut().map(|(_, it)| &mut it.value));
    for command in [run, entrypoint].into_iter().flatten() {
        match &mut command.value {
            Command::Line { text, words } => all.extend(words.iter_mut().chain([text])),
            Command::List(words) => all.extend(words),
        }
    }
    for entry in environment {
        if let Delivery::Inline(text) = &mut entry.delivery.value {
            all.push(text);
        }
    }
    all.extend(outer_texts(&mut service.publish, &mut service.routes, &mut service.mounts));
    match service.health.as_mut().and_then(|it| it.value.probe.as_mut()) {
        Some(Probe::Command(words)) => all.extend(words),
        Some(Probe::Shell(line)) => all.push(line),
        Some(Probe::Http { .. } | Probe::Tcp(_)) | None => {}
    }
    if let Some(Replicas::Variable(text)) = service.replicas.as_mut().map(|it| &mut it.value) {
        all.push(text);
    }
    all
}

/// Returns the texts of what a service has to do with the host and the proxy.
fn outer_texts<'a>(publish: &'a mut [Publish], routes: &'a mut [Route], mounts: &'a mut [Mount]) -> Vec<&'a mut Text> {
    let mut all: Vec<&mut Text> = Vec::new();
    for Publish { host, published, .. } in publish {
        all.extend(host.iter_mut().chain(published));
    }
    for Match { hosts, paths } in routes.iter_mut().flat_map(|it| &mut it.matches) {
        all.extend(hosts.iter_mut().chain(paths));
    }
    for mount in mounts {
        if let MountSource::Host(path) = &mut mount.source {
            all.push(path);
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ir::text::Fallback;
    use crate::origin::Traced;
    use crate::source::{FileId, Span};

    fn span() -> Span {
        Span::new(FileId(0), 0, 1)
    }

    #[test]
    fn braces_reach_the_process_and_the_task_number_is_filled_in() {
        let mut service = Service::new("web", span());
        let mut text = Text::literal("{{.Task.Slot}} ");
        text.parts.push(Part::Slot);
        service.hostname = Some(Traced::new(text, Origin::Default(&"a test")));
        escape_templates(&mut service);
        let hostname = service.hostname.unwrap().value.to_compose();
        assert_eq!(hostname, "{{\"{{\"}}.Task.Slot}} {{.Task.Slot}}");
    }

    #[test]
    fn message_of_a_required_variable_has_nothing_that_looks_like_an_operator() {
        let argument = Text::literal("not set - see README: {it}");
        let fallback = Some(Fallback { operator: Operator::Required, empty_too: true, argument });
        let mut variable = Variable { name: "A".into(), fallback, span: span() };
        plain_message(&mut variable);
        let text = Text { parts: smallvec::smallvec![Part::Variable(Box::new(variable))] };
        assert_eq!(text.to_compose(), "${A:?not set see README it}");
    }
}
