//! What only Kubernetes is told, resolved: the cluster, scaling, services that somebody else runs.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::codes;
use super::context::Resolver;
use crate::diag::{Diagnostic, Level};
use crate::ir::kubernetes::{Access, External, Kubernetes, Layout, NetworkPolicy, Scale, Secrets, SecretsFrom};
use crate::ir::service::{Content, MountSource, Role, Service};
use crate::ir::{Environment, Target};
use crate::origin::{Origin, Traced};
use crate::source::{Spanned, normalize};
use crate::spec;
use crate::spec::kubernetes::SecretWord;
use crate::spec::text::Text;
use crate::syntax::{kubernetes_name, quantity};

/// The oldest version that still has every kind and field that is generated.
const OLDEST: u32 = 30;

/// Resolves what is said of the cluster; every Kubernetes environment has it, said or not.
pub fn kubernetes(resolver: &mut Resolver<'_>) -> Option<Kubernetes> {
    let nothing = spec::kubernetes::Kubernetes::default();
    let written = match &resolver.environment.kubernetes {
        Some(_) if resolver.target != Target::Kubernetes => {
            let message = format!("environment `{}` does not run on Kubernetes", resolver.name);
            let at = resolver.environment.target.as_ref().map_or(resolver.root.place(), |it| it.span);
            let error = Diagnostic::new(codes::BAD_VALUE, Level::Error, at, message);
            resolver.diags.push(error.help("write `target: k8s`, or drop `kubernetes`"));
            return None;
        }
        Some(it) => it,
        None if resolver.target == Target::Kubernetes => &nothing,
        None => return None,
    };
    // Taken apart without `..`: a new field does not compile until it is resolved here.
    let spec::kubernetes::Kubernetes { version, namespace, layout, secrets, network_policy, storage_class, wait_image } =
        written;
    Some(Kubernetes {
        minor: minor(resolver, version.as_ref()),
        namespace: self::namespace(resolver, namespace.as_ref()),
        layout: match layout {
            Some(it) => resolver.traced(self::layout(it.value), it.span),
            None => Traced::new(Layout::Files, Origin::Default(&"plain files that are applied in their order")),
        },
        secrets: self::secrets(resolver, secrets.as_ref()),
        network_policy: network_policy.as_ref().map(|it| {
            let policy = match it.value {
                spec::kubernetes::NetworkPolicy::Networks => NetworkPolicy::Networks,
                spec::kubernetes::NetworkPolicy::Needs => NetworkPolicy::Needs,
            };
            resolver.traced(policy, it.span)
        }),
        storage_class: storage_class.as_ref().map(|it| resolver.traced(it.value.to_string(), it.span)),
        wait_image: match wait_image {
            Some(it) => resolver.traced(it.value.to_string(), it.span),
            None => {
                Traced::new("busybox:1.37".to_string(), Origin::Default(&"a small image that can open a connection"))
            }
        },
    })
}

fn layout(written: spec::kubernetes::Layout) -> Layout {
    match written {
        spec::kubernetes::Layout::Files => Layout::Files,
        spec::kubernetes::Layout::Kustomize => Layout::Kustomize,
    }
}

fn minor(resolver: &mut Resolver<'_>, written: Option<&Text>) -> Traced<u32> {
    let default = Traced::new(OLDEST, Origin::Default(&"the oldest version that has all that is generated"));
    let Some(text) = written else { return default };
    let bare = text.value.strip_prefix('v').unwrap_or(&text.value);
    let minor = bare.strip_prefix("1.").and_then(|it| it.split('.').next()).and_then(|it| it.parse::<u32>().ok());
    let (message, help) = match minor {
        Some(minor) if minor >= OLDEST => return resolver.traced(minor, text.span),
        Some(_) => (
            format!("Kubernetes {} is older than specc generates for", text.value),
            format!("the oldest is 1.{OLDEST}"),
        ),
        None => (format!("`{}` is no version of Kubernetes", text.value), "write it as `\"1.33\"`".to_string()),
    };
    resolver.diags.push(Diagnostic::new(codes::BAD_VALUE, Level::Error, text.span, message).help(help));
    default
}

fn namespace(resolver: &mut Resolver<'_>, written: Option<&Text>) -> Traced<String> {
    let system = resolver.spec.system.as_ref();
    let said = written.or(system.and_then(|it| it.namespace.as_ref()));
    if let Some(text) = said {
        if !kubernetes_name::is_dns_1123_label(&text.value) {
            let message = format!("`{}` cannot be the name of a namespace", text.value);
            let error = Diagnostic::new(codes::BAD_VALUE, Level::Error, text.span, message);
            resolver.diags.push(error.help("use lower-case letters, digits and `-`, at most 63, no `-` at an end"));
        }
        return resolver.traced(text.value.to_string(), text.span);
    }
    let name = system.and_then(|it| it.name.as_ref());
    let label = name.and_then(|it| kubernetes_name::dns_label(&it.value)).unwrap_or_else(|| "default".to_string());
    match name {
        Some(name) => {
            Traced::new(label, Origin::Derived { span: name.span, why: &"a namespace has the system's name" })
        }
        None => Traced::new(label, Origin::Default(&"the namespace that is always there")),
    }
}

fn secrets(resolver: &mut Resolver<'_>, written: Option<&spec::kubernetes::SecretSource>) -> Secrets {
    let nothing = spec::kubernetes::SecretSource::default();
    let spec::kubernetes::SecretSource { from, name, store, prefix, refresh, file } = written.unwrap_or(&nothing);
    let system = resolver.spec.system.as_ref().and_then(|it| it.name.as_ref());
    let default = || {
        let label = system.and_then(|it| kubernetes_name::dns_label(&it.value));
        format!("{}-secrets", label.unwrap_or_else(|| "system".to_string()))
    };
    let name = name.as_ref().map_or_else(default, |it| it.value.to_string());
    let Some(from) = from else {
        let from = Traced::new(SecretsFrom::Template, Origin::Default(&"a person fills a template in"));
        return Secrets { name, from };
    };
    let text = |it: &Option<Text>| it.as_ref().map_or_else(String::new, |it| it.value.to_string());
    let mut missing = |what: &str, example: &str| {
        let message = format!("this source of secrets needs a `{what}`");
        let error = Diagnostic::new(codes::BAD_VALUE, Level::Error, from.span, message);
        resolver.diags.push(error.help(format!("write `{what}: {example}` beside it")));
    };
    let value = match from.value {
        SecretWord::Template => SecretsFrom::Template,
        SecretWord::Existing => SecretsFrom::Existing,
        SecretWord::External => {
            if store.is_none() {
                missing("store", "cluster/vault");
            }
            let store = text(store);
            let (cluster, store) = match store.strip_prefix("cluster/") {
                Some(name) => (true, name.to_string()),
                None => (false, store),
            };
            let refresh = refresh.as_ref().map_or_else(|| "1h".to_string(), |it| it.value.to_string());
            SecretsFrom::External { store, cluster, prefix: text(prefix), refresh }
        }
        SecretWord::Sealed => {
            if file.is_none() {
                missing("file", "deploy/sealed-secret.yaml");
            }
            let path = text(file);
            SecretsFrom::Sealed(normalize(&path).unwrap_or(path))
        }
    };
    Secrets { name, from: resolver.traced(value, from.span) }
}

/// Resolves scaling by load.
pub fn scale(resolver: &mut Resolver<'_>, written: &Spanned<spec::kubernetes::Scale>) -> Option<Traced<Scale>> {
    let spec::kubernetes::Scale { min, max, cpu, memory, metric } = &written.value;
    let scale = Scale {
        min: min.unwrap_or(1),
        max: (*max)?,
        cpu: *cpu,
        memory: *memory,
        metrics: metric.iter().map(|(name, it)| (name.clone(), it.value.value.to_string())).collect(),
    };
    let mut refuse = |span, message: String, help: &str| {
        resolver.diags.push(Diagnostic::new(codes::BAD_VALUE, Level::Error, span, message).help(help));
    };
    if scale.min == 0 || scale.max < scale.min {
        let message = format!("nothing can be scaled from {} to {}", scale.min, scale.max);
        refuse(written.span, message, "`max` is at least `min`, and `min` at least 1");
    }
    if scale.cpu.is_none() && scale.memory.is_none() && scale.metrics.is_empty() {
        let message = "this does not say what is measured".to_string();
        refuse(written.span, message, "add `cpu: 70`, `memory: 80`, or `metric: {queue_depth: 30}`");
    }
    for (name, value) in metric {
        if let Err(malformed) = quantity::parse(&value.value.value) {
            let help = malformed.help.unwrap_or_default();
            refuse(value.value.span, format!("the value of `{name}` per replica: {}", malformed.message), &help);
        }
    }
    Some(resolver.traced(scale, written.span))
}

/// Resolves how a volume may be used.
pub fn access(written: spec::kubernetes::Access) -> Access {
    match written {
        spec::kubernetes::Access::One => Access::One,
        spec::kubernetes::Access::Many => Access::Many,
        spec::kubernetes::Access::Each => Access::Each,
    }
}

/// Resolves a service that somebody else runs.
pub fn external(
    resolver: &mut Resolver<'_>,
    name: &str,
    written: &spec::service::Service,
    at: &Spanned<spec::kubernetes::External>,
) -> Option<External> {
    let host = at.value.host.as_ref()?;
    if host.value.contains(['$', '@', '/', ':']) || host.value.is_empty() {
        let message = format!("`{}` is no host name", host.value);
        let error = Diagnostic::new(codes::BAD_VALUE, Level::Error, host.span, message);
        resolver.diags.push(error.help("write the name alone, such as `db.example.com`, and the port under `port`"));
    }
    let own = written.port.as_ref().or(written.ports.values().next().map(|it| &it.value));
    let own = own.and_then(|it| it.value.split('/').next()?.parse().ok());
    Some(External {
        service: name.to_string(),
        host: host.value.to_string(),
        port: at.value.port.or(own),
        origin: resolver.traced((), at.span).origin,
    })
}

/// Reads the files that the services mount as configuration: the cluster's nodes have no repository.
pub fn contents(resolver: &mut Resolver<'_>, services: &[Service]) -> BTreeMap<String, Arc<[u8]>> {
    let mut contents = BTreeMap::new();
    if resolver.target != Target::Kubernetes {
        return contents;
    }
    let mounts = services.iter().flat_map(|it| &it.mounts).filter(|it| it.role == Role::Config);
    for mount in mounts {
        let MountSource::Repository { path, content } = &mount.source else { continue };
        let path = path.trim_start_matches("./");
        let files: Vec<String> = match content {
            Content::File(_) => vec![path.to_string()],
            Content::Directory(files) => files.iter().map(|(below, _)| format!("{path}/{below}")).collect(),
            Content::Unknown => Vec::new(),
        };
        for file in files {
            if let Ok(bytes) = resolver.files.read(&file) {
                contents.entry(file).or_insert_with(|| bytes.into());
            }
        }
    }
    contents
}

/// Returns the name that a service's host has: Kubernetes takes no `_` in it.
pub fn host_name(target: Target, service: &str) -> String {
    match target {
        Target::Kubernetes => kubernetes_name::dns_label(service).unwrap_or_else(|| service.to_string()),
        Target::Compose | Target::Swarm => service.to_string(),
    }
}

/// Gives an environment what only Kubernetes is told.
pub fn complete(resolver: &mut Resolver<'_>, environment: &mut Environment) {
    environment.kubernetes = kubernetes(resolver);
    environment.contents = contents(resolver, &environment.services);
}
