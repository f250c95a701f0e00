//! Networks, volumes and the host of one environment.

use indexmap::IndexMap;

use super::context::Resolver;
use super::{codes, merge, units};
use crate::diag::{Diagnostic, Level, did_you_mean};
use crate::ir::service::MountSource;
use crate::ir::{Environment, Host, Network, Volume};
use crate::source::{Span, Spanned};
use crate::spec;
use crate::spec::decode::{Context, Decode};
use crate::spec::variable::FlagOrText;
use crate::syntax::node::Node;

/// Lays an environment's patch over a section and decodes the result.
fn patched<T>(
    resolver: &mut Resolver<'_>,
    base: &IndexMap<String, Spanned<T>>,
    patch: Option<&Node>,
    section: &str,
) -> IndexMap<String, Spanned<T>>
where
    T: Decode + Clone,
{
    let mut all = base.clone();
    let Some(map) = patch.and_then(Node::as_map) else { return all };
    for entry in &map.entries {
        let name = entry.key.to_string();
        if entry.value.is_null() && base.contains_key(&name) {
            all.shift_remove(&name);
            continue;
        }
        let below = resolver.root.get(section).and_then(|it| it.get(&name));
        let merged = below.map_or_else(|| entry.value.clone(), |it| merge::tree(it, &entry.value));
        if let Some(value) = T::decode(&merged, &mut Context::new(resolver.diags)) {
            if !base.contains_key(&name)
                && let Some(near) = did_you_mean(&name, base.keys().map(String::as_str))
            {
                let message = format!("`{section}` has no `{name}`, so this adds one");
                let info = Diagnostic::new(codes::UNKNOWN_NAME, Level::Info, entry.key_span, message);
                resolver.diags.push(info.help(format!("did you mean `{near}`?")));
            }
            all.insert(name, Spanned::new(value, entry.key_span));
        }
    }
    all
}

/// Gathers the networks; the default one is always there.
pub fn networks(resolver: &mut Resolver<'_>) -> Vec<Network> {
    let written = patched(resolver, &resolver.spec.networks, resolver.environment.networks.as_ref(), "networks");
    let mut networks: Vec<Network> = Vec::new();
    for (name, it) in &written {
        let network = &it.value;
        let external = network.external.as_ref().filter(|it| it.is_on());
        let real_name = match (external, &network.name) {
            (Some(FlagOrText::Text(text)), _) => Some(resolver.text(text)),
            (_, Some(text)) => Some(resolver.text(text)),
            _ => None,
        };
        networks.push(Network {
            name: name.clone(),
            span: Some(it.span),
            doc: network.doc.as_ref().map(|it| it.value.to_string()),
            external: external.is_some(),
            real_name,
            attachable: network.attachable.unwrap_or(false),
            internal: network.internal.unwrap_or(false),
            driver: network.driver.as_ref().map(|it| it.value.to_string()),
            options: network.options.iter().map(|(name, it)| (name.clone(), it.value.value.to_string())).collect(),
            subnet: network.subnet.as_ref().map(|it| it.value.to_string()),
        });
    }
    if !written.contains_key("default") {
        networks.insert(
            0,
            Network {
                name: "default".to_string(),
                span: None,
                doc: None,
                external: false,
                real_name: None,
                attachable: false,
                internal: false,
                driver: None,
                options: Vec::new(),
                subnet: None,
            },
        );
    }
    networks
}

/// Gathers the volumes that some service mounts; a declaration says more about one, and is not needed.
pub fn volumes(resolver: &mut Resolver<'_>, environment: &Environment) -> Vec<Volume> {
    let written = patched(resolver, &resolver.spec.volumes, resolver.environment.volumes.as_ref(), "volumes");
    let mut volumes: IndexMap<String, Volume> = IndexMap::new();
    let mut used: IndexMap<&str, Span> = IndexMap::new();
    for mount in environment.services.iter().flat_map(|it| &it.mounts) {
        if let (MountSource::Volume(name), Some(span)) = (&mount.source, mount.origin.span()) {
            used.entry(name).or_insert(span);
        }
    }
    for (name, span) in used {
        let found = written.get(name);
        let spanned = found.map_or(span, |it| it.span);
        let volume = found.map(|it| it.value.clone()).unwrap_or_default();
        let external = volume.external.as_ref().filter(|it| it.is_on());
        let real_name = match (external, &volume.name) {
            (Some(FlagOrText::Text(text)), _) => Some(resolver.text(text)),
            (_, Some(text)) => Some(resolver.text(text)),
            _ => None,
        };
        let size_bytes = volume.size.as_ref().and_then(|it| units::bytes(it, resolver.diags));
        volumes.insert(
            name.to_string(),
            Volume {
                name: name.to_string(),
                span: spanned,
                doc: volume.doc.as_ref().map(|it| it.value.to_string()),
                external: external.is_some(),
                real_name,
                driver: volume.driver.as_ref().map(|it| it.value.to_string()),
                options: volume.options.iter().map(|(name, it)| (name.clone(), it.value.value.to_string())).collect(),
                size_bytes,
                access: volume.access.as_ref().map(|it| resolver.traced(super::kubernetes::access(it.value), it.span)),
                class: volume.class.as_ref().map(|it| resolver.traced(it.value.to_string(), it.span)),
                backup: volume.backup,
            },
        );
    }
    volumes.into_values().collect()
}

/// Resolves what the machine has.
pub fn host(resolver: &mut Resolver<'_>, written: &spec::environment::Host, span: Span) -> Host {
    Host {
        span: written.memory.as_ref().or(written.cpu.as_ref()).map_or(span, |it| it.span),
        cpu_millis: written.cpu.as_ref().and_then(|it| units::cpu_millis(it, resolver.diags)),
        memory_bytes: written.memory.as_ref().and_then(|it| units::bytes(it, resolver.diags)),
    }
}
