//! How an environment reaches machines: the names linked, what does not go together refused.

use super::context::Resolver;
use super::{codes, health, units};
use crate::diag::{Diagnostic, Diags, Level, did_you_mean};
use crate::files::Kind;
use crate::ir::deploy::{
    Build, Deploy, Hosts, How, Images, Migrate, Notify, Prune, SecretStore, Secrets, Send, Smoke, Trigger, Verify,
};
use crate::ir::service::{Duration, HttpClient, Probe, Service};
use crate::ir::text::Text;
use crate::ir::{Layer, Target};
use crate::origin::Traced;
use crate::source::{Span, Spanned, normalize};
use crate::spec;
use crate::spec::variable::FlagOrText;

/// How long services may take when nothing is said: images have to come, and health checks have their grace.
const TIMEOUT: Duration = Duration { millis: 300_000 };
/// Time between two questions to an address.
const EVERY: Duration = Duration { millis: 3_000 };

/// Resolves the deployment of an environment whose services are resolved.
pub fn deploy(
    resolver: &mut Resolver<'_>,
    written: &Spanned<spec::deploy::Deploy>,
    services: &[Service],
) -> Option<Deploy> {
    let it = &written.value;
    let how = it.how.as_ref()?;
    let word = match how.value {
        spec::deploy::How::Push => How::Push,
        spec::deploy::How::Pull => How::Pull,
        spec::deploy::How::Here => How::Here,
        spec::deploy::How::Apply => How::Apply,
    };
    fits(resolver, word, written);
    Some(Deploy {
        span: written.span,
        how: Traced::new(word, resolver.origin(how.span)),
        file: script(resolver, it.file.as_ref(), "deploy"),
        trigger: it.trigger.0.iter().filter_map(|it| trigger(it, resolver.diags)).collect(),
        runner: it.runner.as_ref().map(|it| it.value.to_string()),
        hosts: hosts(resolver, it),
        key: it.host.as_ref().and_then(|it| it.key.as_ref()).map(|it| it.value.to_string()),
        optional: it.optional.unwrap_or(false),
        dir: it.dir.as_ref().map(|it| resolver.text(it)),
        branch: it.branch.as_ref().map_or_else(|| "main".to_string(), |it| resolver.fixed(it)),
        context: it.context.as_ref().map(|it| resolver.fixed(it)),
        secrets: it.secrets.as_ref().and_then(|it| secrets(resolver, it)),
        registry_auth: it.registry_auth.unwrap_or(false),
        send: it.send.iter().filter_map(|it| send(resolver, it)).collect(),
        build: match &it.build {
            None | Some(spec::deploy::Build::All(false)) => Build::Nothing,
            Some(spec::deploy::Build::All(true)) => Build::All,
            Some(spec::deploy::Build::Services(names)) => Build::Services(known(resolver, names, services)),
        },
        remove_orphans: it.remove_orphans.unwrap_or(false),
        blue_green: None,
        migrate: it.migrate.0.iter().filter_map(|it| migrate(resolver, it, services)).collect(),
        verify: verify(resolver, it.verify.as_ref(), services),
        rollback: it.rollback.unwrap_or(true),
        prune: prune(it.prune.as_ref()),
        smoke: it.smoke.as_ref().map(|it| smoke(resolver, it)),
        notify: notify(resolver, it.notify.as_ref()),
        before: it.before.0.iter().map(|it| resolver.text(it).value).collect(),
        after: it.after.0.iter().map(|it| resolver.text(it).value).collect(),
        then: it.then.0.iter().filter_map(|it| next(resolver, it)).collect(),
        order: known(resolver, &it.order.0, services),
    })
}

/// Returns the script's path: below the tree, `scripts/NAME-ENVIRONMENT.sh` when nothing is said.
pub fn script(resolver: &mut Resolver<'_>, written: Option<&spec::text::Text>, name: &str) -> String {
    let Some(text) = written else { return format!("scripts/{name}-{}.sh", resolver.name) };
    let path = resolver.fixed(text);
    match normalize(&path).filter(|it| it != ".") {
        Some(it) => it,
        None => {
            let error =
                Diagnostic::new(codes::OUTSIDE, Level::Error, text.span, format!("`{path}` leads out of the tree"));
            resolver.diags.push(error.help("write a path below the spec's directory"));
            String::new()
        }
    }
}

/// Refuses what the way to the machine cannot be combined with.
fn fits(resolver: &mut Resolver<'_>, how: How, written: &Spanned<spec::deploy::Deploy>) {
    let it = &written.value;
    let span = it.how.as_ref().map_or(written.span, |it| it.span);
    let mut wrong = |span: Span, message: String, help: &str| {
        resolver.diags.push(Diagnostic::new(codes::BAD_DEPLOY, Level::Error, span, message).help(help));
    };
    let (name, target, word) = (resolver.name, resolver.target.word(), how.word());
    if (resolver.target == Target::Kubernetes) != (how == How::Apply) {
        let message = format!("`{name}` is a {target} environment, which `{word}` cannot deploy");
        wrong(span, message, "`apply` is for k8s; `push`, `pull` and `here` are for compose and swarm");
    }
    let has_host = it.host.is_some() || it.hosts.is_some();
    if how.is_remote() && !has_host {
        wrong(span, format!("`{word}` does not say where to"), "name the machine: `host: \"${DEPLOY_HOST}\"`");
    }
    if how.is_remote() && it.dir.is_none() {
        wrong(span, format!("`{word}` does not say into which directory"), "name it: `dir: /opt/NAME`");
    }
    let texts = [("host", it.host.as_ref().and_then(|it| it.address.as_ref())), ("hosts", it.hosts.as_ref())];
    for (field, text) in texts.into_iter().chain([("dir", it.dir.as_ref())]) {
        if let Some(text) = text.filter(|_| !how.is_remote()) {
            wrong(text.span, format!("`{word}` has no use for `{field}`"), "drop it, or say `how: push`");
        }
    }
    if let (Some(hosts), Some(host)) = (&it.hosts, it.host.as_ref().and_then(|it| it.address.as_ref())) {
        let error =
            Diagnostic::new(codes::BAD_DEPLOY, Level::Error, hosts.span, "both `host` and `hosts` say where to");
        resolver.diags.push(error.also(host.span, "the other one").help("keep one of them"));
        return;
    }
    if let Some(branch) = it.branch.as_ref().filter(|_| how != How::Pull) {
        wrong(branch.span, format!("`{word}` has no use for `branch`"), "it deploys what is checked out; drop it");
    }
    if let Some(send) = it.send.first().filter(|_| how != How::Push) {
        wrong(send.from.span, format!("`{word}` sends no files"), "drop it, or say `how: push`");
    }
    if resolver.target == Target::Swarm && !matches!(it.build, None | Some(spec::deploy::Build::All(false))) {
        wrong(span, "a Swarm gets images from a registry, so nothing is built on it".to_string(), "drop `build`");
    }
    if resolver.target == Target::Swarm && it.hosts.is_some() {
        wrong(span, "a Swarm has one manager to deploy to, so `hosts` cannot be".to_string(), "write `host`");
    }
    if resolver.layer == Layer::Base && resolver.spec.environments.is_empty() {
        wrong(span, format!("`{name}` is no environment"), "declare it under `environments`");
    }
}

/// Reads what starts a workflow: `push`, `push:BRANCH`, `pull_request`, `manual`, `schedule:CRON`.
pub fn trigger(text: &spec::text::Text, diags: &mut Diags) -> Option<Trigger> {
    let (word, argument) = match text.value.split_once(':') {
        Some((word, argument)) => (word.trim(), Some(argument.trim().to_string())),
        None => (text.value.trim(), None),
    };
    match (word, argument) {
        ("push", branch) => Some(Trigger::Push(branch)),
        ("pull_request", None) => Some(Trigger::PullRequest),
        ("manual", None) => Some(Trigger::Manual),
        ("schedule", Some(cron)) => Some(Trigger::Schedule(cron)),
        _ => {
            let words = ["push", "pull_request", "manual", "schedule"];
            let message = format!("nothing starts with `{}`", text.value);
            let error = Diagnostic::new(codes::BAD_VALUE, Level::Error, text.span, message);
            diags.push(match did_you_mean(word, words) {
                Some(near) if near != word => error.help(format!("did you mean `{near}`?")),
                _ => error.help("write `push`, `push:main`, `pull_request`, `manual` or `schedule:0 3 * * *`"),
            });
            None
        }
    }
}

fn hosts(resolver: &mut Resolver<'_>, written: &spec::deploy::Deploy) -> Hosts {
    if let Some(hosts) = &written.hosts {
        return Hosts::Several(resolver.text(hosts).value);
    }
    let Some(host) = &written.host else { return Hosts::Local };
    let mut text = |it: &Option<spec::text::Text>| it.as_ref().map(|it| resolver.text(it).value);
    let (user, port) = (text(&host.user), text(&host.port));
    Hosts::One { address: text(&host.address).unwrap_or_default(), user, port }
}

fn secrets(resolver: &mut Resolver<'_>, written: &spec::deploy::DeploySecrets) -> Option<Secrets> {
    match written {
        spec::deploy::DeploySecrets::Run(line) => Some(Secrets::Run(resolver.text(line).value)),
        spec::deploy::DeploySecrets::Sops(word) => {
            let store = resolver.spec.secrets.as_ref().and_then(|it| it.sops.as_ref());
            if store.is_none() {
                let error = Diagnostic::new(codes::BAD_DEPLOY, Level::Error, word.span, "there is no file of sops");
                resolver.diags.push(error.help("name it under `secrets`: `sops: {file: .env.sops}`"));
            }
            store.map(|_| Secrets::Sops)
        }
    }
}

fn send(resolver: &mut Resolver<'_>, written: &spec::deploy::Send) -> Option<Send> {
    let from = resolver.fixed(&written.from);
    let to = written.to.as_ref().map_or_else(|| Text::literal(from.as_str()), |it| resolver.text(it).value);
    let Some(to) = to.as_literal().map(str::to_string) else {
        let span = written.to.as_ref().map_or(written.from.span, |it| it.span);
        let error =
            Diagnostic::new(codes::BAD_DEPLOY, Level::Error, span, "where a file goes cannot depend on a variable");
        resolver.diags.push(error.help("write a path, relative to `dir` or absolute"));
        return None;
    };
    let path = normalize(&from).filter(|it| it != ".");
    if let Some(path) = path.filter(|it| resolver.files.kind(it) == Some(Kind::File)) {
        return Some(Send { from: path, to });
    }
    let error = Diagnostic::new(
        codes::MOUNT_MISSING,
        Level::Error,
        written.from.span,
        format!("there is no file `{from}` to send"),
    );
    resolver.diags.push(error.help("write the path of a file, relative to the spec"));
    None
}

/// Returns the names that services of the environment have; the others are reported.
fn known(resolver: &mut Resolver<'_>, names: &[spec::text::Text], services: &[Service]) -> Vec<String> {
    names.iter().filter(|it| service(resolver, it, services).is_some()).map(|it| it.value.to_string()).collect()
}

fn service<'a>(resolver: &mut Resolver<'_>, name: &spec::text::Text, services: &'a [Service]) -> Option<&'a Service> {
    if let Some(found) = services.iter().find(|it| *it.name == *name.value) {
        return Some(found);
    }
    let message = format!("`{}` has no service `{}`", resolver.name, name.value);
    let error = Diagnostic::new(codes::UNKNOWN_NAME, Level::Error, name.span, message);
    resolver.diags.push(match did_you_mean(&name.value, services.iter().map(|it| it.name.as_str())) {
        Some(near) => {
            let span = services.iter().find(|it| it.name == near).map_or(name.span, |it| it.span);
            error.help(format!("did you mean `{near}`?")).also(span, "declared here")
        }
        None => error.help("name a service that is part of this environment"),
    });
    None
}

fn migrate(resolver: &mut Resolver<'_>, written: &spec::deploy::Migrate, services: &[Service]) -> Option<Migrate> {
    let found = service(resolver, &written.service, services)?;
    let words = super::service::command(resolver, &written.run)?.value.words().to_vec();
    Some(Migrate { service: found.name.clone(), words, span: written.run.span() })
}

fn verify(resolver: &mut Resolver<'_>, written: Option<&spec::deploy::Verify>, services: &[Service]) -> Verify {
    let empty = spec::deploy::Verify::default();
    let it = written.unwrap_or(&empty);
    let time = |text: &Option<spec::text::Text>, default: Duration, resolver: &mut Resolver<'_>| {
        text.as_ref().and_then(|it| units::duration(it, resolver.diags)).unwrap_or(default)
    };
    Verify {
        timeout: time(&it.timeout, TIMEOUT, resolver),
        http: it.http.0.iter().map(|it| resolver.text(it).value).collect(),
        inside: it.inside.as_ref().and_then(|name| {
            let found = service(resolver, name, services)?;
            Some((found.name.clone(), client(resolver, name, found)?))
        }),
        tries: it.tries.unwrap_or(10).max(1),
        every: time(&it.every, EVERY, resolver),
    }
}

/// Returns the program with which a service can ask: that of its health check, else that of its image.
fn client(resolver: &mut Resolver<'_>, name: &spec::text::Text, service: &Service) -> Option<HttpClient> {
    let probe = service.health.as_ref().and_then(|it| it.value.probe.as_ref());
    let of_image = || {
        let image = &service.build.as_ref()?.value.image;
        let text = resolver.spec.images.get(image)?.value.http.as_ref()?;
        health::CLIENTS.iter().find(|(word, _)| **word == *text.value).map(|it| it.1)
    };
    let client = match probe {
        Some(Probe::Http { client, .. }) => Some(*client),
        _ => of_image(),
    };
    if let Some(client) = client.filter(|it| *it != HttpClient::None) {
        return Some(client);
    }
    let message = format!("no program in the image of `{}` is known to ask with", service.name);
    let error = Diagnostic::new(codes::BAD_DEPLOY, Level::Error, name.span, message);
    resolver.diags.push(
        error.also(service.span, "the service").help("name it under `images`, such as `http: curl`, or drop `inside`"),
    );
    None
}

fn prune(written: Option<&spec::deploy::Prune>) -> Prune {
    let Some(it) = written else { return Prune::default() };
    let is_age = |it: &str| it.ends_with(['h', 'm', 's']) && it.starts_with(|it: char| it.is_ascii_digit());
    let images = match &it.images {
        Some(FlagOrText::Flag(true, _)) => Some(Images::Nameless),
        Some(FlagOrText::Text(text)) if is_age(&text.value) => Some(Images::Age(text.value.to_string())),
        Some(FlagOrText::Text(text)) => Some(Images::Named(text.value.to_string())),
        Some(FlagOrText::Flag(false, _)) | None => None,
    };
    Prune { images, builder: it.builder.as_ref().map(|it| it.value.to_string()) }
}

fn smoke(resolver: &mut Resolver<'_>, written: &spec::deploy::Smoke) -> Smoke {
    let run = resolver.text(&written.run).value;
    let when = written.when.as_ref().map(|it| {
        let declared = &resolver.scope.variables;
        if !declared.contains_key(&*it.value) {
            let message = format!("the variable `{}` is declared nowhere under `vars`", it.value);
            let error = Diagnostic::new(codes::UNKNOWN_NAME, Level::Error, it.span, message);
            let near = did_you_mean(&it.value, declared.keys().map(String::as_str));
            let help = near.map_or_else(
                || format!("declare it: `{}: {{scope: deploy, optional: true}}`", it.value),
                |near| format!("did you mean `{near}`?"),
            );
            resolver.diags.push(error.help(help));
        }
        it.value.to_string()
    });
    Smoke { run, when }
}

fn notify(resolver: &mut Resolver<'_>, written: Option<&spec::deploy::Notify>) -> Notify {
    let Some(it) = written else { return Notify::default() };
    let mut text = |it: &Option<spec::text::Text>| it.as_ref().map(|it| resolver.text(it).value);
    Notify { ntfy: text(&it.ntfy), webhook: text(&it.webhook) }
}

/// A deployment may be followed by those of other environments.
fn next(resolver: &mut Resolver<'_>, name: &spec::text::Text) -> Option<String> {
    let deployed = &resolver.spec.deploy;
    if deployed.contains_key(&*name.value) && *name.value != *resolver.name {
        return Some(name.value.to_string());
    }
    let others = || deployed.keys().map(String::as_str).filter(|it| *it != resolver.name);
    let message = format!("no other deployment is called `{}`", name.value);
    let error = Diagnostic::new(codes::UNKNOWN_NAME, Level::Error, name.span, message);
    let near = did_you_mean(&name.value, others());
    let help = near
        .map_or("name an environment that has one under `deploy`".to_string(), |it| format!("did you mean `{it}`?"));
    resolver.diags.push(error.help(help));
    None
}

/// Resolves the store that secrets come from.
pub fn store(spec: &spec::Spec) -> SecretStore {
    let Some(it) = &spec.secrets else { return SecretStore::default() };
    let text = |it: &Option<spec::text::Text>| it.as_ref().map(|it| it.value.to_string());
    SecretStore {
        file: it.sops.as_ref().and_then(|it| text(&it.file)),
        key: it.sops.as_ref().and_then(|it| text(&it.key)),
        prefixes: it.prefix.iter().map(|(name, it)| (name.clone(), it.value.value.to_string())).collect(),
        marker: text(&it.marker),
    }
}
