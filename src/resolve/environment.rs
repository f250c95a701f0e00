//! One environment: its patches applied, its services resolved, its parts gathered.

use std::collections::BTreeMap;
use std::collections::HashMap;
use std::sync::Arc;

use indexmap::IndexMap;

use super::chosen::{self, Chosen, Here};
use super::context::Resolver;
use super::ingress;
use super::mount::Hashes;
use super::places::Places;
use super::text::{Address, Declared, Scope};
use super::{around, blue_green, codes, deploy, kubernetes, link, parts, service, variables};
use crate::diag::{Diagnostic, Diags, Level, did_you_mean};
use crate::files::Files;
use crate::ir::kubernetes::External;
use crate::ir::service::{Raw, Service};
use crate::ir::text::Text;
use crate::ir::variable::Group;
use crate::ir::{EnvFile, Environment, Layer, Target};
use crate::origin::{Origin, Traced};
use crate::parallel;
use crate::source::{Span, Spanned, normalize};
use crate::spec;
use crate::spec::environment::Deliver;
use crate::syntax::node::Node;

/// What resolving an environment starts from.
pub struct Input<'a> {
    /// The spec.
    pub spec: &'a spec::Spec,
    /// Its tree, services as written.
    pub root: &'a Node,
    /// Every service with `like` applied.
    pub services: &'a IndexMap<String, (Span, Node)>,
    /// Ranges.
    pub places: &'a Places,
    /// The repository.
    pub files: &'a dyn Files,
    /// What is known of mounted files.
    pub hashes: &'a Hashes,
    /// The groups that are the same in all environments.
    pub groups: &'a variables::Shared,
    /// The variables that references may name.
    pub variables: Arc<HashMap<String, Declared>>,
}

/// Gathers what references must know of every variable.
pub fn declared(spec: &spec::Spec) -> Arc<HashMap<String, Declared>> {
    let mut declared = HashMap::new();
    for (group, written) in spec.vars.groups.values().enumerate() {
        for (at, (name, it)) in written.value.variables.iter().enumerate() {
            let optional = it.value.optional == Some(true) && it.value.default.is_none();
            declared.insert(name.clone(), Declared::new(it.span, optional, (group, at)));
        }
    }
    Arc::new(declared)
}

/// Resolves one environment.
pub fn environment(
    input: &Input<'_>,
    name: &str,
    written: &Spanned<spec::environment::Environment>,
    diags: &mut Diags,
) -> Environment {
    let it = &written.value;
    let target = match it.target.as_ref().map(|it| it.value) {
        Some(spec::environment::Target::Swarm) => Target::Swarm,
        Some(spec::environment::Target::K8s) => Target::Kubernetes,
        _ => Target::Compose,
    };
    let layer = layer(it, target, diags);
    let deliver = it.deliver.or(input.spec.system.as_ref().and_then(|it| it.deliver)).unwrap_or(Deliver::EnvFile);
    // Kubernetes reads no env files: what is known stands in a ConfigMap, the rest comes from a Secret.
    let deliver = if target == Target::Kubernetes { Deliver::Literal } else { deliver };
    let mut services = chosen::services(input, name, written, target, layer, diags);
    let mut resolver = Resolver {
        spec: input.spec,
        root: input.root,
        name,
        environment: it,
        target,
        layer,
        deliver,
        service: String::new(),
        places: input.places,
        scope: Arc::default(),
        files: input.files,
        hashes: input.hashes,
        proxy: Arc::default(),
        diags,
    };
    unknown_variables(&mut resolver);
    let external = external(&mut resolver, &mut services);
    resolver.scope = Arc::new(scope(&resolver, &services, &external, &input.variables));
    let groups = variables::groups(&mut resolver, input.groups);
    // Before the services: their routes take its headers.
    let ingress = ingress::ingress(&mut resolver);
    leave_slot(&mut resolver);
    let resolved = resolved(&mut resolver, services, &groups);
    let mut environment = Environment {
        name: name.to_string(),
        span: written.span,
        doc: it.doc.as_ref().map(|it| it.value.to_string()),
        target,
        layer,
        file: file(&mut resolver, written.span),
        project: project(&mut resolver),
        env_files: env_files(&mut resolver),
        public: it.public.as_ref().and_then(|it| output_path(&mut resolver, it)),
        template: it.template.as_ref().and_then(|it| output_path(&mut resolver, it)),
        groups,
        services: resolved,
        networks: parts::networks(&mut resolver),
        volumes: Vec::new(),
        ingress,
        features: it.features.0.iter().map(|it| resolver.traced(it.value.to_string(), it.span)).collect(),
        host: it.host.as_ref().map(|it| parts::host(&mut resolver, it, written.span)),
        kubernetes: None,
        external,
        contents: BTreeMap::new(),
        raw: raw(&resolver),
        deploy: None,
        backup: None,
    };
    environment.volumes = parts::volumes(&mut resolver, &environment);
    kubernetes::complete(&mut resolver, &mut environment);
    let spec = input.spec;
    environment.deploy = spec.deploy.get(name).and_then(|it| deploy::deploy(&mut resolver, it, &environment.services));
    blue_green::blue_green(&mut resolver, &mut environment);
    environment.backup = spec.backup.get(name).map(|it| around::backup(&mut resolver, it, &environment.services));
    link::link(&mut environment, input.spec, resolver.diags);
    environment
}

/// Resolves the services that were chosen, those of a large system side by side.
fn resolved(resolver: &mut Resolver<'_>, services: Chosen<'_>, groups: &[Arc<Group>]) -> Vec<Service> {
    let mut resolved = Vec::with_capacity(services.len());
    let shared = &*resolver;
    let parts = parallel::in_parts(services.into_iter().collect(), |some| {
        let mut found = Diags::default();
        let mut resolver = shared.beside(&mut found);
        let one = |(name, (key, it)): (&str, (Span, Here<'_>))| service::service(&mut resolver, name, key, &it, groups);
        (some.into_iter().map(one).collect::<Vec<_>>(), found)
    });
    for (some, found) in parts {
        resolved.extend(some);
        resolver.diags.absorb(found);
    }
    resolved
}

/// From here on `@{slot}` differs per service: what stands for it is the target's to say, where that numbers replicas.
fn leave_slot(resolver: &mut Resolver<'_>) {
    if resolver.target != Target::Compose {
        let scope = Arc::make_mut(&mut resolver.scope);
        scope.leaves_slot = true;
        // Nothing can be computed with a number that is not known yet.
        scope.names.plain.remove("slot");
    }
}

fn layer(written: &spec::environment::Environment, target: Target, diags: &mut Diags) -> Layer {
    let Some(layer) = &written.layer else { return Layer::Standalone };
    match layer.value {
        spec::environment::Layer::Standalone => Layer::Standalone,
        _ if target != Target::Compose => {
            let message =
                format!("a `{}` environment stands alone: its tool does not lay files over each other", target.word());
            let error = Diagnostic::new(codes::BAD_LAYER, Level::Error, layer.span, message);
            diags.push(error.help("drop `layer`: the file is written in full"));
            Layer::Standalone
        }
        spec::environment::Layer::Base => Layer::Base,
        spec::environment::Layer::Overlay => Layer::Overlay,
    }
}

/// An environment may give values only to variables that exist, or to names that some service fixes.
fn unknown_variables(resolver: &mut Resolver<'_>) {
    let spec = resolver.spec;
    let declared = || spec.vars.groups.values().flat_map(|it| it.value.variables.keys()).map(String::as_str);
    let fixed = || spec.services.values().flat_map(|it| it.value.env.0.iter()).map(|(name, _)| &**name);
    for (name, value) in &resolver.environment.vars {
        if declared().chain(fixed()).any(|it| it == name) {
            continue;
        }
        let error =
            Diagnostic::new(codes::UNKNOWN_NAME, Level::Error, value.span, format!("no variable is called `{name}`"));
        resolver.diags.push(match did_you_mean(name, declared()) {
            Some(near) => error.help(format!("did you mean `{near}`?")),
            None => error.help("declare it in a group under `vars`"),
        });
    }
    let environments = &spec.environments;
    for variable in spec.vars.groups.values().flat_map(|it| it.value.variables.values()) {
        for (name, value) in variable.value.of_environments() {
            if environments.contains_key(name) {
                continue;
            }
            let error = Diagnostic::new(
                codes::UNKNOWN_NAME,
                Level::Error,
                value.span,
                format!("no environment is called `{name}`"),
            );
            resolver.diags.push(match did_you_mean(name, environments.keys().map(String::as_str)) {
                Some(near) => {
                    error.help(format!("did you mean `{near}`?")).also(environments[near].span, "declared here")
                }
                None => error.help("declare it under `environments`"),
            });
        }
    }
}

/// Takes the services out that somebody else runs.
fn external(resolver: &mut Resolver<'_>, services: &mut Chosen<'_>) -> Vec<External> {
    let mut found = Vec::new();
    services.retain(|name, (_, service)| match &service.external {
        Some(at) => {
            found.extend(kubernetes::external(resolver, name, service, at));
            false
        }
        None => true,
    });
    found
}

/// Gathers what expressions may name.
fn scope(
    resolver: &Resolver<'_>,
    services: &Chosen<'_>,
    external: &[External],
    variables: &Arc<HashMap<String, Declared>>,
) -> Scope {
    let mut scope = Scope { variables: Arc::clone(variables), ..Scope::default() };
    let plain = &mut scope.names.plain;
    plain.insert("env".to_string(), resolver.name.to_string());
    plain.insert("slot".to_string(), "1".to_string());
    if let Some(name) = resolver.spec.system.as_ref().and_then(|it| it.name.as_ref()) {
        plain.insert("system.name".to_string(), name.value.to_string());
    }
    for (name, (_, service)) in services {
        let host = Some(kubernetes::host_name(resolver.target, name)).filter(|it| it != name);
        let ports = service.ports.iter().map(|(port, it)| (port.clone(), Arc::clone(&it.value.value))).collect();
        let first = service.port.as_ref().or(service.ports.values().next().map(|it| &it.value));
        let port = first.map(|it| Arc::clone(&it.value));
        scope.names.services.insert(name.to_string(), Address { host, port, ports });
    }
    for External { service: name, host, port, origin: _ } in external {
        let port = port.map(|it| it.to_string().into());
        scope.names.services.insert(name.clone(), Address { host: Some(host.clone()), port, ports: Vec::new() });
    }
    let is_external = |name: &str| external.iter().any(|it| it.service == name);
    let absent = resolver.spec.services.keys().filter(|it| !services.contains_key(it.as_str()) && !is_external(it));
    scope.absent = absent.cloned().collect();
    scope.environment = resolver.name.to_string();
    scope
}

fn file(resolver: &mut Resolver<'_>, span: Span) -> Traced<String> {
    if let Some(path) = resolver.environment.file.as_ref().and_then(|it| output_path(resolver, it)) {
        return path;
    }
    let name = match (resolver.target, resolver.layer) {
        (Target::Compose, Layer::Base) => "docker-compose.yml".to_string(),
        (Target::Compose, _) => format!("docker-compose.{}.yml", resolver.name),
        (Target::Swarm, _) => format!("docker-stack.{}.yml", resolver.name),
        (Target::Kubernetes, _) => format!("k8s/{}", resolver.name),
    };
    Traced::new(name, Origin::Derived { span, why: &"the file is named after the target and the environment" })
}

/// Reads a path that is written to: it must stay in the tree.
pub(super) fn output_path(resolver: &mut Resolver<'_>, text: &spec::text::Text) -> Option<Traced<String>> {
    let written = resolver.fixed(text);
    match normalize(&written).filter(|it| it != ".") {
        Some(path) => Some(resolver.traced(path, text.span)),
        None => {
            let message = format!("`{written}` leads out of the tree");
            let error = Diagnostic::new(codes::OUTSIDE, Level::Error, text.span, message);
            resolver.diags.push(error.help("write a path below the spec's directory"));
            None
        }
    }
}

fn project(resolver: &mut Resolver<'_>) -> Option<Traced<Text>> {
    if let Some(project) = &resolver.environment.project {
        return Some(resolver.text(project));
    }
    let name = resolver.spec.system.as_ref()?.name.as_ref()?;
    let origin = Origin::Derived { span: name.span, why: &"a project has the system's name" };
    Some(Traced::new(Text::literal(&*name.value), origin))
}

fn env_files(resolver: &mut Resolver<'_>) -> Vec<EnvFile> {
    let files = &resolver.environment.env_files.0;
    let resolve = |it: &spec::environment::EnvFile| {
        let path = output_path(resolver, &it.path)?;
        Some(EnvFile { path, required: it.required })
    };
    files.iter().filter_map(resolve).collect()
}

fn raw(resolver: &Resolver<'_>) -> Vec<Raw> {
    let all = resolver.spec.raw.iter().chain(&resolver.environment.raw);
    all.map(|(target, it)| Raw { target: target.clone(), span: it.span, patch: it.value.clone() }).collect()
}
