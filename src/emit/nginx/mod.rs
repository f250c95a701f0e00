//! nginx: routes as server and location blocks, for an http block of our own image or of somebody else's, and the
//! nginx inside of frontend images.
//!
//! Everything stands in the server blocks, save for what nginx takes in the http block only; that is named after the
//! project, so that it gets in nobody's way. Services are looked up when a request comes (`resolver`, `set`), so that
//! nginx starts while they are down and finds them where they are then.

mod frontend;
mod location;
mod page;
mod server;
mod table;

use crate::diag::{Diagnostic, Level};
use crate::emit::compose::document::origin_lines;
use crate::emit::compose::networks;
use crate::emit::lowering::Lowering;
use crate::emit::proxy::{self, Generated, VARIABLE_IN_FILE, deliver, mount, texts};
use crate::emit::{Artifact, Grade};
use crate::ir::Volume;
use crate::ir::route::{Ingress, Tls};
use crate::ir::service::{MountSource, Role, Service};
use crate::ir::text::{Part, Text};
use crate::origin::Origin;
use page::Page;

pub(crate) use crate::emit::codes::{NO_CERTIFICATE, NO_EDGE, NO_ENTRYPOINT, READ_BY_NGINX};

pub(crate) use frontend::frontends;

/// Where certbot keeps certificates, and where it puts the authority's questions.
const LETSENCRYPT: &str = "/etc/letsencrypt";
const WEBROOT: &str = "/var/www/certbot";

/// What a person must do with a file for an nginx that is not ours.
const ELSEWHERE: [&str; 2] = [
    "For an nginx elsewhere: include this file in its http block, then `nginx -t && nginx -s reload`.",
    "The first server of a port takes what no other does: include it after the one that should.",
];

/// What all parts of a configuration are written with.
struct Site<'a> {
    ingress: &'a Ingress,
    /// Before names that are shared in an http block.
    prefix: String,
    /// The project, for texts.
    project: String,
    /// The headers of all answers of the server block that is being written; empty where its locations differ.
    shared: Vec<(String, String)>,
}

/// Returns the configuration for the routes of an environment.
pub(crate) fn files(ingress: &Ingress, cx: &mut Lowering<'_>) -> Vec<Generated> {
    if !judge(ingress, cx) {
        return Vec::new();
    }
    let project = networks::project(cx).as_literal().unwrap_or(&cx.system.name).to_string();
    let is_plain = |it: char| it.is_ascii_alphanumeric();
    let prefix = project.replace(|it| !is_plain(it), "_").to_ascii_lowercase();
    let mut site = Site { ingress, prefix, project, shared: Vec::new() };
    let mut header = origin_lines(cx.system, cx.environment);
    if !ingress.here {
        header.extend(ELSEWHERE.map(String::from));
    }
    header.extend(about_certificates(&site, cx));
    let mut page = Page::new(&header);
    server::http(&site, &mut page, cx);
    server::servers(&mut site, &mut page, cx);
    let path =
        ingress.file.as_ref().map_or_else(|| format!("nginx/{}.conf", cx.environment.name), |it| it.value.clone());
    let artifact = Artifact {
        path,
        text: page.text,
        executable: false,
        target: proxy::TARGET.name,
        environments: vec![cx.environment.name.clone()],
        origins: page.origins,
    };
    // The image fills in variables in templates only.
    let target = if has_variables(cx) { "templates/default.conf.template" } else { "conf.d/default.conf" };
    vec![Generated { target: format!("/etc/nginx/{target}"), artifact }]
}

/// Fills in what the proxy's service lacks.
pub(crate) fn complete(
    service: &mut Service,
    ingress: &Ingress,
    cx: &mut Lowering<'_>,
    origin: &Origin,
) -> Option<Volume> {
    if has_variables(cx) {
        deliver(service, cx, origin);
    }
    if let Tls::Acme(_) = ingress.tls {
        for directory in [LETSENCRYPT, ingress.webroot.as_deref().unwrap_or(WEBROOT)] {
            mount(service, MountSource::Host(Text::literal(directory)), (directory, Role::Host), origin);
        }
    }
    None
}

fn has_variables(cx: &Lowering<'_>) -> bool {
    cx.environment.ingress.as_ref().is_some_and(|it| it.here)
        && texts(cx.environment).any(|it| it.as_literal().is_none())
}

/// Refuses what would be wrong in any configuration, and says what is left to others.
fn judge(ingress: &Ingress, cx: &mut Lowering<'_>) -> bool {
    let errors = cx.diags.n_errors();
    if matches!(ingress.tls, Tls::Files | Tls::Edge) && ingress.certificate.is_none() {
        let message = "nginx needs certificates by path, and none are named";
        let error = Diagnostic::new(NO_CERTIFICATE, Level::Error, ingress.span, message);
        let word = if ingress.tls == Tls::Edge { "edge" } else { "files" };
        cx.error(
            error.help(format!("write `tls: {{{word}: {{certificate: /etc/ssl/site.pem, key: /etc/ssl/site.key}}}}`")),
        );
    }
    if let Some(it) = ingress.client_ip.as_ref().filter(|it| it.from.is_empty()) {
        let message = format!("anybody could send `{}`: whose word is taken is not said", it.header);
        let error = Diagnostic::new(NO_EDGE, Level::Error, it.span, message);
        let help =
            format!("name the addresses of the proxy in front: `{{header: {}, from: [173.245.48.0/20]}}`", it.header);
        cx.error(error.help(help));
    }
    if ingress.entrypoints.is_empty() {
        let message = "nginx is not told what to listen on";
        let error = Diagnostic::new(NO_ENTRYPOINT, Level::Error, ingress.span, message);
        cx.error(error.help("write `entrypoints: {http: {port: 80}}`"));
    }
    if ingress.dashboard.is_some() {
        cx.lose(Grade::NotExpressible, "ingress.dashboard".into(), Some(ingress.span), "nginx has no dashboard");
    }
    if ingress.constraint.is_some() {
        cx.lose(Grade::NotExpressible, "ingress.constraint".into(), Some(ingress.span), "nginx reads no labels");
    }
    cx.diags.n_errors() == errors
}

/// What a person must do for certificates that nginx does not order.
fn about_certificates(site: &Site<'_>, cx: &Lowering<'_>) -> Vec<String> {
    if !matches!(site.ingress.tls, Tls::Acme(_)) {
        return Vec::new();
    }
    let mut hosts: Vec<String> = Vec::new();
    for way in crate::emit::routing::ways(&cx.environment.services) {
        let host = way.host.map(Text::to_source).unwrap_or_default();
        if !host.is_empty() && !host.starts_with('*') && !hosts.contains(&host) {
            hosts.push(host);
        }
    }
    let webroot = site.ingress.webroot.as_deref().unwrap_or(WEBROOT);
    let line = |it: &String| format!("  certbot certonly --webroot -w {webroot} -d {it}");
    let first = "nginx orders no certificates. Before the first start, and then from certbot's timer:".to_string();
    std::iter::once(first).chain(hosts.iter().map(line)).collect()
}

/// Writes a text for nginx. A proxy here gets variables from its image's templates; elsewhere their values are
/// written in as they are known now.
fn written(text: &Text, cx: &mut Lowering<'_>) -> String {
    let here = cx.environment.ingress.as_ref().is_some_and(|it| it.here);
    let mut out = String::new();
    for part in &text.parts {
        match part {
            Part::Literal(it) => out += it,
            Part::Variable(it) if here => out += &format!("${{{}}}", it.name),
            Part::Variable(it) => {
                let declared = cx.environment.variable(&it.name).filter(|it| it.secret.is_none());
                let value = declared.and_then(|it| it.value.as_ref()).and_then(|it| it.value.as_literal());
                let fallback = it.fallback.as_ref().and_then(|it| it.argument.as_literal());
                if let Some(value) = value.or(fallback).filter(|it| !it.is_empty() && it.bytes().all(is_of_address)) {
                    out += value;
                    continue;
                }
                let message = format!("`${{{}}}` is not known to an nginx elsewhere", it.name);
                let error = Diagnostic::new(VARIABLE_IN_FILE, Level::Error, it.span, message);
                cx.error(error.help("write the value, or give the variable one in this environment"));
            }
            Part::Slot => {}
        }
    }
    out
}

fn is_of_address(it: u8) -> bool {
    it.is_ascii_alphanumeric() || b"/.-_".contains(&it)
}
