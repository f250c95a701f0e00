//! One service: every field of the spec's to its resolved form.

use std::sync::Arc;

use super::codes;
use super::context::Resolver;
use super::{health, kubernetes, mount, route, runtime, units, variables};
use crate::diag::{Diagnostic, Level, did_you_mean};
use crate::ir::service::{Build, Command, Kind, Need, Port, Protocol, Publish, Raw, Restart, Service};
use crate::ir::text::{Part, Text};
use crate::ir::variable::Group;
use crate::origin::{Origin, Traced};
use crate::source::{Span, Spanned};
use crate::spec;
use crate::spec::mount::split;
use crate::spec::text::CommandLine;
use crate::syntax::words;

/// Resolves a service; `written` has its `like` and its patches applied.
#[expect(clippy::too_many_lines, reason = "one line per field, and none may be forgotten")]
pub fn service(
    resolver: &mut Resolver<'_>,
    name: &str,
    key: Span,
    written: &spec::service::Service,
    groups: &[Arc<Group>],
) -> Service {
    resolver.service = name.to_string();
    slot(resolver, written);
    // Taken apart without `..`: a new field of the language does not compile until it is resolved here.
    let spec::service::Service {
        doc,
        kind,
        schedule,
        like: _,
        image,
        build,
        run,
        entrypoint,
        user,
        init,
        stop_grace,
        vars: _,
        env: _,
        deliver: _,
        needs,
        port: _,
        ports: _,
        publish,
        routes,
        mounts,
        health,
        replicas,
        singleton,
        scale,
        external: _,
        stateful,
        rollout,
        restart,
        resources,
        harden,
        networks,
        feature,
        only: _,
        log,
        watch,
        container_name,
        hostname,
        dns,
        labels,
        // Read by `route::frontend`.
        r#static: _,
        proxy: _,
        raw,
    } = written;
    let ports = ports(resolver, written);
    let kind = self::kind(resolver, kind.as_ref(), schedule.as_ref(), key);
    let built = build.as_ref().and_then(|it| image_of(resolver, it));
    let restart = match restart {
        Some(it) => resolver.traced(runtime::restart(it.value), it.span),
        None if kind.value == Kind::Service => {
            Traced::new(Restart::UnlessStopped, Origin::Default(&"a service is started again until it is stopped"))
        }
        None => Traced::new(Restart::No, Origin::Default(&"a job is not started again")),
    };
    let client = built.and_then(|(_, it)| it.http.as_ref());
    let resolved = Service {
        name: name.to_string(),
        span: key,
        doc: doc.as_ref().map(|it| it.value.to_string()),
        kind,
        image: image_reference(resolver, image.as_ref(), build.as_ref(), key),
        build: build.as_ref().and_then(|it| self::build(resolver, it)).map(Box::new),
        run: run.as_ref().and_then(|it| command(resolver, it)).map(Box::new),
        entrypoint: entrypoint.as_ref().and_then(|it| command(resolver, it)).map(Box::new),
        user: user.as_ref().map(|it| resolver.text(it)),
        init: init.as_ref().map(|it| resolver.traced(it.value, it.span)),
        stop_grace: stop_grace
            .as_ref()
            .and_then(|it| Some((units::duration(it, resolver.diags)?, it.span)))
            .map(|(it, span)| resolver.traced(it, span)),
        environment: variables::entries(resolver, written, groups),
        needs: self::needs(resolver, needs),
        publish: publish.0.iter().filter_map(|it| self::publish(resolver, it)).collect(),
        routes: route::routes(resolver, name, routes, &ports),
        frontend: route::frontend(resolver, written, (key, &ports)).map(Box::new),
        mounts: mount::mounts(resolver, mounts),
        health: health.as_ref().and_then(|it| health::health(resolver, it, &ports, client)).map(Box::new),
        replicas: replicas.as_ref().and_then(|it| variables::replicas(resolver, it)),
        singleton: singleton.as_ref().filter(|it| it.value).map(|it| resolver.traced(true, it.span)),
        stateful: stateful.unwrap_or(false),
        rollout: rollout.as_ref().map(|it| runtime::rollout(resolver, it)).map(Box::new),
        restart,
        resources: resources.as_ref().map(|it| runtime::resources(resolver, it)).map(Box::new),
        harden: harden.as_ref().map(|it| runtime::harden(resolver, it)).map(Box::new),
        networks: networks.0.iter().map(|it| resolver.traced(it.value.to_string(), it.span)).collect(),
        feature: feature.as_ref().map(|it| resolver.traced(it.value.to_string(), it.span)),
        log: log.as_ref().map(|it| runtime::log(resolver, it)).map(Box::new),
        watch: watch.iter().filter_map(|it| runtime::watch(resolver, it)).collect(),
        container_name: container_name.as_ref().map(|it| resolver.text(it)),
        hostname: hostname.as_ref().map(|it| resolver.text(it)),
        dns: dns.0.iter().map(|it| resolver.text(it)).collect(),
        labels: labels.iter().map(|(name, it)| (name.clone(), resolver.text(&it.value))).collect(),
        scale: scale.as_ref().and_then(|it| kubernetes::scale(resolver, it)).map(Box::new),
        raw: raw
            .iter()
            .map(|(target, it)| Raw { target: target.clone(), span: it.span, patch: it.value.clone() })
            .collect(),
        ports,
    };
    resolver.service.clear();
    resolved
}

/// Warns of `@{slot}` where every replica gets the same.
fn slot(resolver: &mut Resolver<'_>, written: &spec::service::Service) {
    let uses = written.env.0.iter().map(|(_, it)| it).find(|it| it.value.value.contains("@{slot}"));
    let several = written.replicas.as_ref().filter(|it| it.value.parse::<u32>().is_ok_and(|it| it > 1));
    if let (crate::ir::Target::Compose, Some(uses), Some(several)) = (resolver.target, uses, several) {
        let message = format!(
            "`@{{slot}}` is `1` in every replica of `{}`: compose gives all of them one environment",
            resolver.service
        );
        let warning = Diagnostic::new(codes::SHARED_SLOT, Level::Warning, uses.value.span, message);
        let help = "let the program take its host name, or set `replicas: 1` in this environment";
        resolver.diags.push(warning.also(several.span, "the replicas").help(help));
    }
}

fn kind(
    resolver: &mut Resolver<'_>,
    kind: Option<&Spanned<spec::service::Kind>>,
    schedule: Option<&spec::text::Text>,
    key: Span,
) -> Traced<Kind> {
    let Some(kind) = kind else {
        return Traced::new(Kind::Service, Origin::Default(&"a service runs until it is stopped"));
    };
    let value = match (kind.value, schedule) {
        (spec::service::Kind::Service, _) => Kind::Service,
        (spec::service::Kind::Job, _) => Kind::Job,
        (spec::service::Kind::Cron, Some(schedule)) => Kind::Cron(schedule.value.to_string()),
        (spec::service::Kind::Cron, None) => {
            let error = Diagnostic::new(codes::BAD_VALUE, Level::Error, kind.span, "a `cron` needs a `schedule`")
                .also(key, "this service");
            resolver.diags.push(error.help("write when it runs, such as `schedule: \"0 3 * * *\"`"));
            Kind::Job
        }
    };
    resolver.traced(value, kind.span)
}

/// Returns the image that a service builds.
fn image_of<'a>(resolver: &Resolver<'a>, name: &spec::text::Text) -> Option<(&'a str, &'a spec::parts::Image)> {
    resolver.spec.images.get_key_value(&*name.value).map(|(name, it)| (name.as_str(), &it.value))
}

fn image_reference(
    resolver: &mut Resolver<'_>,
    image: Option<&spec::text::Text>,
    build: Option<&spec::text::Text>,
    key: Span,
) -> Option<Traced<Text>> {
    if let Some(image) = image {
        return Some(resolver.text(image));
    }
    let Some(build) = build else {
        let message = format!("`{}` has no image", resolver.service);
        let error = Diagnostic::new(codes::NO_IMAGE, Level::Error, key, message);
        resolver
            .diags
            .push(error.help("give it `image:`, or `build:` with a name under `images`, or `like:` another service"));
        return None;
    };
    let Some((name, found)) = image_of(resolver, build) else {
        let message = format!("no image is called `{}`", build.value);
        let mut error = Diagnostic::new(codes::UNKNOWN_NAME, Level::Error, build.span, message);
        error = match did_you_mean(&build.value, resolver.spec.images.keys().map(String::as_str)) {
            Some(near) => {
                error.help(format!("did you mean `{near}`?")).also(resolver.spec.images[near].span, "declared here")
            }
            None => error.help(format!("declare it under `images`: `{}: {{context: .}}`", build.value)),
        };
        resolver.diags.push(error);
        return None;
    };
    if let Some(reference) = &found.r#ref {
        return Some(resolver.text(reference));
    }
    // One name for all services that are built from it: else compose builds one image for each of them.
    let system = resolver.spec.system.as_ref();
    let registry = system.and_then(|it| it.registry.as_ref());
    if registry.is_none() && resolver.target != crate::ir::Target::Compose {
        not_published(resolver, name, build.span);
    }
    let prefix =
        registry.or(system.and_then(|it| it.name.as_ref())).map_or(String::new(), |it| format!("{}/", it.value));
    let origin = Origin::Derived { span: build.span, why: &"a built image is named after the registry and itself" };
    Some(Traced::new(Text::literal(format!("{prefix}{name}:latest")), origin))
}

/// A name without a registry is looked for on Docker Hub, where somebody else may have it.
fn not_published(resolver: &mut Resolver<'_>, image: &str, span: Span) {
    let message = format!("the machines cannot get the image `{image}`: it is built, and no registry is named");
    let warning = Diagnostic::new(codes::NOT_PUBLISHED, Level::Warning, span, message);
    let help = format!("set `system.registry`, or say what it is called there: `images.{image}.ref`");
    resolver.diags.push(warning.help(help));
}

fn build(resolver: &mut Resolver<'_>, name: &spec::text::Text) -> Option<Traced<Build>> {
    if resolver.environment.build == Some(false) {
        return None;
    }
    let (image, found) = image_of(resolver, name)?;
    let context = found.context.as_ref().map_or_else(|| ".".to_string(), |it| resolver.fixed(it));
    let build = Build {
        image: image.to_string(),
        context,
        dockerfile: found.dockerfile.as_ref().map(|it| resolver.fixed(it)),
        target: found.target.as_ref().map(|it| resolver.fixed(it)),
        args: found.args.iter().map(|(name, it)| (name.clone(), resolver.text(&it.value))).collect(),
        platforms: found.platforms.0.iter().map(|it| it.value.to_string()).collect(),
    };
    Some(resolver.traced(build, name.span))
}

/// Resolves a command line.
pub fn command(resolver: &mut Resolver<'_>, written: &CommandLine) -> Option<Traced<Command>> {
    let command = match written {
        CommandLine::Words(words, _) => Command::List(words.iter().map(|it| resolver.text(it).value).collect()),
        CommandLine::Line(line) => {
            let text = resolver.text(line).value;
            match self::words(&text) {
                Ok(words) => Command::Line { text, words },
                Err((message, help)) => {
                    let error = Diagnostic::new(codes::BAD_COMMAND, Level::Error, line.span, message);
                    let help = help.unwrap_or("close the quote, or write the command as a list of words");
                    resolver.diags.push(error.help(help));
                    return None;
                }
            }
        }
    };
    Some(resolver.traced(command, written.span()))
}

/// Stands for a variable while a line is split: a private character, which no command has a use for.
const VARIABLE: char = '\u{e000}';

/// Splits a line into words as compose does; a variable is part of the word it stands in.
fn words(text: &Text) -> Result<Vec<Text>, (String, Option<&'static str>)> {
    const SHELL: &str = "run a shell where you need one: `[sh, -c, \"…\"]`, or quote the character";
    let mut line = String::new();
    for part in &text.parts {
        match part {
            Part::Literal(literal) => line.extend(literal.chars().filter(|it| *it != VARIABLE)),
            Part::Variable(_) | Part::Slot => line.push(VARIABLE),
        }
    }
    let split = words::split(&line).map_err(|it| (it.message, None))?;
    if let Some(dropped) = split.dropped {
        let message = format!("no shell reads this command, so what follows is not run: `{}`", line[dropped].trim());
        return Err((message.replace(VARIABLE, "${…}"), Some(SHELL)));
    }
    let mut variables = text.parts.iter().filter(|it| !matches!(it, Part::Literal(_)));
    let mut resolve = |word: words::Word| {
        let mut resolved = Text::default();
        for (at, literal) in word.text.split(VARIABLE).enumerate() {
            if at > 0 {
                resolved.parts.extend(variables.next().cloned());
            }
            resolved.push_literal(literal);
        }
        resolved
    };
    Ok(split.words.into_iter().map(&mut resolve).collect())
}

fn needs(resolver: &mut Resolver<'_>, written: &spec::service::Needs) -> Vec<Need> {
    use crate::ir::service::Condition;
    let resolve = |need: &spec::service::Need| Need {
        service: need.service.value.to_string(),
        condition: match need.condition.as_ref().map(|it| it.value) {
            Some(spec::service::Condition::Done) => Condition::Done,
            Some(spec::service::Condition::Healthy) => Condition::Healthy,
            // Without a word, `link` decides by what the other service is.
            Some(spec::service::Condition::Started) | None => Condition::Started,
        },
        restart: need.restart,
        wait: need.wait,
        origin: resolver.origin(need.condition.as_ref().map_or(need.service.span, |it| it.span)),
    };
    written.list.iter().map(resolve).collect()
}

fn ports(resolver: &mut Resolver<'_>, written: &spec::service::Service) -> Vec<Port> {
    let named = written.ports.iter().map(|(name, it)| (name.clone(), &it.value));
    let single = written.port.iter().map(|it| ("main".to_string(), it));
    let mut ports = Vec::with_capacity(written.ports.len() + usize::from(written.port.is_some()));
    for (name, text) in single.chain(named) {
        // One that cannot be read is told; with another in its place, nothing that needs a port is told as well.
        let (number, protocol) = port(resolver, text).unwrap_or((1, Protocol::Tcp));
        ports.push(Port { name, number, protocol, origin: resolver.origin(text.span) });
    }
    ports
}

fn port(resolver: &mut Resolver<'_>, text: &spec::text::Text) -> Option<(u16, Protocol)> {
    let (number, protocol) = match text.value.split_once('/') {
        Some((number, "udp")) => (number, Protocol::Udp),
        Some((number, "tcp")) => (number, Protocol::Tcp),
        Some(_) => ("", Protocol::Tcp),
        None => (&*text.value, Protocol::Tcp),
    };
    match number.parse::<u16>().ok().filter(|it| *it > 0) {
        Some(number) => Some((number, protocol)),
        None => {
            let message = format!("`{}` is not a port", text.value);
            let error = Diagnostic::new(codes::BAD_PORT, Level::Error, text.span, message);
            resolver.diags.push(error.help("a port is a number from 1 to 65535, with `/udp` where it is not TCP"));
            None
        }
    }
}

fn publish(resolver: &mut Resolver<'_>, written: &spec::text::Text) -> Option<Publish> {
    let bracketed = written.value.find(']').filter(|_| written.value.starts_with('['));
    let (address, rest) = match bracketed {
        Some(end) => (Some(&written.value[1..end]), written.value[end + 1..].trim_start_matches(':')),
        None => (None, &*written.value),
    };
    let mut parts = split(rest);
    let target = spec::text::Text { value: parts.pop().unwrap_or_default().to_string().into(), span: written.span };
    let (target, protocol) = port(resolver, &target)?;
    let mut part =
        |text: &str| resolver.text(&spec::text::Text { value: text.to_string().into(), span: written.span }).value;
    let published = parts.pop().filter(|it| !it.is_empty()).map(&mut part);
    let host = address.or(parts.pop()).map(&mut part);
    if !parts.is_empty() {
        let error = Diagnostic::new(
            codes::BAD_PORT,
            Level::Error,
            written.span,
            format!("`{}` has too many parts", written.value),
        );
        resolver.diags.push(error.help("write `host:container`, or `address:host:container`"));
        return None;
    }
    if let Some(literal) = published.as_ref().and_then(Text::as_literal) {
        let number = spec::text::Text { value: literal.to_string().into(), span: written.span };
        port(resolver, &number)?;
    }
    Some(Publish { host, published, target, protocol, origin: resolver.origin(written.span) })
}
