//! The proxy in front.

use std::sync::Arc;

use std::net::IpAddr;

use super::context::Resolver;
use super::{address, codes, environment, merge};
use crate::diag::{Diagnostic, Level};
use crate::ir::route::{Certificate, ClientIp, Entrypoint, Ingress, IngressKind, Tls};
use crate::ir::text::Text;
use crate::origin::{Origin, Traced};
use crate::source::Spanned;
use crate::spec;
use crate::spec::decode::{Context, Decode};
use crate::spec::ingress::{Owner, TlsWord};
use crate::syntax::node::Node;

/// The newest Traefik that specc's own tests run.
const TRAEFIK: &str = "traefik:v3.6";
/// The stable nginx; the tests run an older one, too.
const NGINX: &str = "nginx:1.28-alpine";

/// What routes take from the proxy that is in front of all of them.
#[derive(Clone, Default, Debug)]
pub struct Front {
    /// Whether there is a proxy here for them; without one that is only in other environments, it is an error.
    pub takes_routes: bool,
    /// Headers of every answer.
    pub headers: Vec<(String, String)>,
    /// Whether callers speak TLS, to the proxy or to somebody before it.
    pub tls: bool,
}

/// Resolves the proxy, and tells the resolver what routes take from it.
pub fn ingress(resolver: &mut Resolver<'_>) -> Option<Ingress> {
    resolver.proxy = Arc::new(Front { takes_routes: true, ..Front::default() });
    let base = resolver.spec.ingress.clone();
    let written = match &resolver.environment.ingress {
        Some(patch) if base.is_none() => spec::ingress::Ingress::decode(patch, &mut Context::new(resolver.diags)),
        Some(patch) => ingress_patch(resolver, patch),
        None => base,
    }?;
    if !written.only.0.is_empty() && written.only.0.iter().all(|it| *it.value != *resolver.name) {
        resolver.proxy = Arc::default();
        return None;
    }
    let tls = written.tls.as_ref().map_or(Tls::None, tls);
    let headers = address::headers(resolver, written.headers.as_ref(), &[], tls != Tls::None);
    resolver.proxy = Arc::new(Front { takes_routes: true, headers, tls: tls != Tls::None });
    Some(resolved(resolver, &written, tls))
}

fn resolved(resolver: &mut Resolver<'_>, written: &spec::ingress::Ingress, tls: Tls) -> Ingress {
    let here = written.owner == Some(Owner::Here);
    let kind = match written.kind {
        Some(spec::ingress::IngressKind::Nginx) => IngressKind::Nginx,
        Some(spec::ingress::IngressKind::K8s) => IngressKind::Kubernetes,
        _ => IngressKind::Traefik,
    };
    let map = match &written.tls {
        Some(spec::ingress::Tls::Map(it)) => Some(it),
        _ => None,
    };
    let certificate = map.and_then(|it| it.files.as_ref().or(it.edge.as_ref()));
    Ingress {
        span: resolver.ingress_span(),
        kind,
        here,
        service: written.service.as_ref().map_or_else(|| "proxy".to_string(), |it| it.value.to_string()),
        class: written.class.as_ref().map(|it| resolver.traced(it.value.to_string(), it.span)),
        image: here.then(|| image(resolver, written, kind)),
        network: written.network.as_ref().map(|it| resolver.traced(it.value.to_string(), it.span)),
        constraint: written.constraint.as_ref().and_then(|it| address::fixed(resolver, it, address::WORD)),
        entrypoints: entrypoints(resolver, written, &tls),
        certificate: certificate.and_then(|it| self::certificate(resolver, it)),
        acme_email: map.and_then(|it| it.email.as_ref()).map(|it| resolver.text(it).value),
        webroot: match map.and_then(|it| it.webroot.as_ref()) {
            Some(it) => address::fixed(resolver, it, address::FILE),
            None => None,
        },
        dashboard: written.dashboard.as_ref().and_then(|it| it.publish.as_ref()).map(|it| resolver.text(it)),
        client_ip: written.client_ip.as_ref().and_then(|it| client_ip(resolver, it)),
        log_level: written.log_level.as_ref().and_then(|it| address::fixed(resolver, it, address::NAME)),
        file: written.file.as_ref().and_then(|it| environment::output_path(resolver, it)),
        static_file: written.r#static.as_ref().and_then(|it| environment::output_path(resolver, it)),
        version: written.version.as_ref().and_then(|it| version(resolver, it)),
        tls,
    }
}

fn ingress_patch(resolver: &mut Resolver<'_>, patch: &Node) -> Option<spec::ingress::Ingress> {
    let merged = match resolver.root_ingress() {
        Some(base) => merge::tree(base, patch),
        None => patch.clone(),
    };
    spec::ingress::Ingress::decode(&merged, &mut Context::new(resolver.diags))
}

fn image(resolver: &mut Resolver<'_>, written: &spec::ingress::Ingress, kind: IngressKind) -> Traced<Text> {
    match (&written.image, kind) {
        (Some(it), _) => resolver.text(it),
        (None, IngressKind::Nginx) => Traced::new(Text::literal(NGINX), Origin::Default(&"the stable nginx")),
        (None, _) => {
            Traced::new(Text::literal(TRAEFIK), Origin::Default(&"the newest Traefik that specc is tested with"))
        }
    }
}

fn entrypoints(resolver: &mut Resolver<'_>, written: &spec::ingress::Ingress, tls: &Tls) -> Vec<Entrypoint> {
    let mut entrypoints = Vec::new();
    for (name, it) in &written.entrypoints {
        let text = spec::text::Text { value: name.clone().into(), span: it.span };
        let Some(name) = address::fixed(resolver, &text, address::NAME) else { continue };
        let entry = &it.value;
        let port = entry.port.unwrap_or(80);
        let speaks_tls = *tls != Tls::None && entry.tls.unwrap_or(port != 80 && entry.redirect.is_none());
        entrypoints.push(Entrypoint {
            name,
            port,
            publish: entry.publish.as_ref().map(|it| resolver.text(it)),
            redirect: entry.redirect.as_ref().and_then(|it| redirect(resolver, written, it)),
            tls: speaks_tls,
        });
    }
    if *tls != Tls::None && !entrypoints.is_empty() && entrypoints.iter().all(|it| !it.tls) {
        let message = "there is TLS, and no entry point speaks it";
        let error = Diagnostic::new(codes::BAD_ROUTE, Level::Error, resolver.ingress_span(), message);
        resolver.diags.push(error.help("add `websecure: {port: 443}` under `entrypoints`, or write `tls: none`"));
    }
    entrypoints
}

fn redirect(resolver: &mut Resolver<'_>, written: &spec::ingress::Ingress, to: &spec::text::Text) -> Option<String> {
    if written.entrypoints.contains_key(&*to.value) {
        return Some(to.value.to_string());
    }
    let names: Vec<&str> = written.entrypoints.keys().map(String::as_str).collect();
    let message = format!("no entry point is called `{}`", to.value);
    let error = Diagnostic::new(codes::BAD_ROUTE, Level::Error, to.span, message);
    resolver.diags.push(error.help(format!("the entry points are {}", spec::decode::listed(&names))));
    None
}

fn tls(written: &spec::ingress::Tls) -> Tls {
    match written {
        spec::ingress::Tls::Word(TlsWord::None) => Tls::None,
        spec::ingress::Tls::Word(TlsWord::Acme) => Tls::Acme("acme".to_string()),
        spec::ingress::Tls::Word(TlsWord::Edge) => Tls::Edge,
        spec::ingress::Tls::Word(TlsWord::Files) => Tls::Files,
        spec::ingress::Tls::Map(map) => match &map.acme {
            Some(it) => Tls::Acme(it.value.to_string()),
            None if map.edge.is_some() => Tls::Edge,
            None => Tls::Files,
        },
    }
}

fn certificate(resolver: &mut Resolver<'_>, written: &spec::ingress::Certificate) -> Option<Certificate> {
    Some(Certificate {
        chain: address::fixed(resolver, written.certificate.as_ref()?, address::FILE)?,
        key: address::fixed(resolver, written.key.as_ref()?, address::FILE)?,
        client_ca: match &written.client_ca {
            Some(it) => Some(address::fixed(resolver, it, address::FILE)?),
            None => None,
        },
    })
}

fn client_ip(resolver: &mut Resolver<'_>, written: &Spanned<spec::ingress::ClientIp>) -> Option<ClientIp> {
    let (header, from) = match &written.value {
        spec::ingress::ClientIp::Unsaid => return None,
        spec::ingress::ClientIp::Header(it) => (it, &[][..]),
        spec::ingress::ClientIp::From(it) => (it.header.as_ref()?, it.from.0.as_slice()),
    };
    let header = address::fixed(resolver, header, address::NAME)?;
    let mut ranges = Vec::new();
    for it in from {
        let text = resolver.fixed(it);
        let listed = if text.starts_with("./") { lines(resolver, it, &text)? } else { vec![text] };
        for range in listed {
            if !is_range(&range) {
                let message = format!("`{range}` is no range of addresses");
                let error = Diagnostic::new(codes::BAD_ROUTE, Level::Error, it.span, message);
                resolver.diags.push(error.help("write it as `173.245.48.0/20`; a file (`./…`) has one a line"));
                return None;
            }
            ranges.push(range);
        }
    }
    Some(ClientIp { span: written.span, header, from: ranges })
}

/// Reads a file with one range a line.
fn lines(resolver: &mut Resolver<'_>, text: &spec::text::Text, path: &str) -> Option<Vec<String>> {
    let read = resolver.files.read(path).ok().and_then(|it| String::from_utf8(it).ok());
    let Some(content) = read else {
        let message = format!("`{path}` cannot be read");
        let error = Diagnostic::new(codes::MOUNT_MISSING, Level::Error, text.span, message);
        resolver.diags.push(error.help("commit the file: one range of addresses a line"));
        return None;
    };
    let lines = content.lines().map(|it| it.split('#').next().unwrap_or_default().trim());
    Some(lines.filter(|it| !it.is_empty()).map(str::to_string).collect())
}

fn is_range(text: &str) -> bool {
    let (address, bits) = text.split_once('/').map_or((text, None), |(address, bits)| (address, Some(bits)));
    let Ok(address) = address.parse::<IpAddr>() else { return false };
    let most = if address.is_ipv4() { 32 } else { 128 };
    bits.is_none_or(|it| it.parse::<u8>().is_ok_and(|it| it <= most))
}

/// Reads `1.22`.
fn version(resolver: &mut Resolver<'_>, text: &spec::text::Text) -> Option<(u32, u32)> {
    let mut parts = text.value.trim_start_matches('v').split('.').map(str::parse);
    if let (Some(Ok(major)), Some(Ok(minor))) = (parts.next(), parts.next()) {
        return Some((major, minor));
    }
    let message = format!("`{}` is no version", text.value);
    let error = Diagnostic::new(codes::BAD_VALUE, Level::Error, text.span, message);
    resolver.diags.push(error.help("write major and minor version in quotes: `\"1.22\"`"));
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_addresses_with_as_many_bits_as_they_have() {
        for (text, fine) in [
            ("173.245.48.0/20", true),
            ("10.0.0.1", true),
            ("2400:cb00::/32", true),
            ("10.0.0.0/33", false),
            ("10.0.0/8", false),
            ("10.0.0.0/8; allow all", false),
            ("", false),
        ] {
            assert_eq!(is_range(text), fine, "{text}");
        }
    }
}
