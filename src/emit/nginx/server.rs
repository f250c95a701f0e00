//! What stands in the http block, and the server blocks.

use crate::emit::deploy::blue_green;
use crate::emit::lowering::Lowering;
use crate::emit::proxy::certificate_path;
use crate::ir::route::{Entrypoint, HostClass, Rate, Route, Tls, host_class};
use crate::ir::text::{Part, Text};
use crate::origin::Origin;

use super::page::{Page, quoted};
use super::table::{Table, tables};
use super::{LETSENCRYPT, Site, WEBROOT, location, written};

/// Mozilla's intermediate set: what browsers of the last years speak, all with forward secrecy.
const CIPHERS: &str = "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:\
                       ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305";

/// Writes what nginx takes in the http block only.
pub(super) fn http(site: &Site<'_>, page: &mut Page, cx: &Lowering<'_>) {
    let routes = || cx.environment.services.iter().flat_map(|it| &it.routes);
    if routes().any(|it| it.websocket) {
        page.blank();
        page.comment("A connection is upgraded only where the caller asks for it.");
        page.block(&format!("map $http_upgrade ${}_connection", site.prefix), None, |page| {
            page.put("default upgrade");
            page.put("'' ''");
        });
    }
    if let Some(it) = &site.ingress.client_ip {
        page.blank();
        page.comment("The proxy in front says how it was asked; nobody else is believed.");
        let origin = Origin::Written(it.span);
        page.block(&format!("geo $realip_remote_addr ${}_from_edge", site.prefix), Some(&origin), |page| {
            page.put("default 0");
            it.from.iter().for_each(|range| page.put(&format!("{range} 1")));
        });
        let asked = format!("map \"${0}_from_edge $http_x_forwarded_proto\" ${0}_scheme", site.prefix);
        page.block(&asked, None, |page| {
            page.put("default $scheme");
            page.put("\"1 https\" https");
            page.put("\"1 http\" http");
        });
    }
    if cx.environment.services.iter().any(|it| blue_green::switches(it, cx.environment)) {
        page.blank();
        page.comment(
            "Where a service is while a new version comes, and `live` below leads: the deploy script writes that.",
        );
        page.put(&format!("include {}", blue_green::upstreams()));
    }
    if site.ingress.here && site.ingress.entrypoints.iter().any(|it| it.tls) {
        page.blank();
        hardening(site, page);
    }
    for route in routes() {
        if let Some(rate) = route.rate.and_then(per_second_or_minute) {
            page.blank();
            let zone = zone(site, route);
            page.put(&format!("limit_req_zone $binary_remote_addr zone={zone}:10m rate={rate}"));
        }
    }
}

/// Returns the name of the shared memory that counts the requests of a route.
pub(super) fn zone(site: &Site<'_>, route: &Route) -> String {
    format!("{}_{}", site.prefix, route.name.replace('-', "_"))
}

/// nginx counts whole requests per second or minute.
pub(super) fn per_second_or_minute(rate: Rate) -> Option<String> {
    let Rate { requests, per, .. } = rate;
    match per.millis {
        1_000 => Some(format!("{requests}r/s")),
        60_000 => Some(format!("{requests}r/m")),
        millis => {
            let minutes = millis / 60_000;
            (minutes > 0 && requests.is_multiple_of(minutes)).then(|| format!("{}r/m", requests / minutes))
        }
    }
}

/// Writes the server blocks of all entry points. Those that serve the same share theirs.
pub(super) fn servers(site: &mut Site<'_>, page: &mut Page, cx: &mut Lowering<'_>) {
    let entrypoints: Vec<&Entrypoint> = site.ingress.entrypoints.iter().collect();
    for (nth, entry) in entrypoints.iter().enumerate() {
        let alike = |it: &&&Entrypoint| alike(it, entry, site, cx);
        if entrypoints[..nth].iter().any(|it| alike(&it)) {
            continue;
        }
        let same: Vec<&Entrypoint> = entrypoints[nth..].iter().filter(alike).copied().collect();
        match &entry.redirect {
            Some(to) => redirecting(site, (&same, to), page, cx),
            None => serving(site, &same, page, cx),
        }
    }
}

fn alike(one: &Entrypoint, other: &Entrypoint, site: &Site<'_>, cx: &Lowering<'_>) -> bool {
    let on = |entry: &Entrypoint| {
        let routes = cx.environment.services.iter().flat_map(|it| &it.routes);
        let on = routes.filter(|it| site.ingress.entries(it).any(|it| it.name == entry.name));
        on.map(|it| it.name.as_str()).collect::<Vec<_>>()
    };
    one.tls == other.tls && one.redirect == other.redirect && on(one) == on(other)
}

/// An entry point that sends every caller to another one.
fn redirecting(site: &Site<'_>, (entries, to): (&[&Entrypoint], &str), page: &mut Page, cx: &mut Lowering<'_>) {
    let port = site.ingress.entrypoints.iter().find(|it| it.name == *to).map_or(443, |it| it.port);
    let port = if port == 443 { String::new() } else { format!(":{port}") };
    let mut names: Vec<String> = Vec::new();
    for host in crate::emit::routing::ways(&cx.environment.services).into_iter().filter_map(|it| it.host) {
        let name = written(host, cx);
        if !names.contains(&name) {
            names.push(name);
        }
    }
    let everybody = site.ingress.here;
    page.blank();
    page.block("server", Some(&Origin::Written(site.ingress.span)), |page| {
        listen(site, entries, everybody, page);
        let names = if everybody { "_".to_string() } else { names.join(" ") };
        page.put(&format!("server_name {names}"));
        page.put("server_tokens off");
        acme(site, page);
        page.blank();
        page.block("location /", None, |page| page.put(&format!("return 301 https://$host{port}$request_uri")));
    });
}

/// The authority asks over plain HTTP, before there is a certificate.
fn acme(site: &Site<'_>, page: &mut Page) {
    let by_certbot = matches!(site.ingress.tls, Tls::Acme(_)).then_some(WEBROOT);
    if let Some(webroot) = site.ingress.webroot.as_deref().or(by_certbot) {
        page.blank();
        page.block("location ^~ /.well-known/acme-challenge/", None, |page| {
            page.put(&format!("root {}", quoted(webroot)));
        });
    }
}

fn listen(site: &Site<'_>, entries: &[&Entrypoint], default: bool, page: &mut Page) {
    for entry in entries {
        let mut line = format!("listen {}", entry.port);
        if default {
            line += " default_server";
        }
        if entry.tls {
            line += " ssl";
            line += if has_http2_directive(site) { "" } else { " http2" };
        }
        page.put(&line);
    }
    if entries.iter().any(|it| it.tls) && has_http2_directive(site) {
        page.put("http2 on");
    }
}

/// `http2 on` came with 1.25.1, which warns about the word after `listen`. Without a known version the old way is
/// taken, which every nginx understands.
fn has_http2_directive(site: &Site<'_>) -> bool {
    let image = site.ingress.image.as_ref().and_then(|it| it.value.as_literal());
    let tag = image.and_then(|it| it.rsplit_once(':')).map(|(_, tag)| tag);
    let of_tag = tag.and_then(|it| {
        let mut numbers = it.split(['.', '-']).map(str::parse::<u32>);
        Some((numbers.next()?.ok()?, numbers.next()?.ok()?))
    });
    site.ingress.version.or(of_tag).is_some_and(|it| it >= (1, 25))
}

fn serving(site: &mut Site<'_>, entries: &[&Entrypoint], page: &mut Page, cx: &mut Lowering<'_>) {
    let services = &cx.environment.services;
    let tables = entries.first().map(|it| tables(services, site.ingress, it)).unwrap_or_default();
    let first_route = tables.iter().flat_map(|it| &it.locations).find_map(|it| it.way).map(|it| it.route);
    let has_default = tables.iter().any(|it| it.hosts.contains(&None));
    for table in &tables {
        server(site, (entries, table), page, cx);
    }
    if !has_default && site.ingress.here {
        page.blank();
        page.comment("Whoever asks for another host is told that there is none.");
        page.block("server", Some(&Origin::Written(site.ingress.span)), |page| {
            listen(site, entries, true, page);
            page.put("server_name _");
            certificates(site, (entries, tables.first()), page, cx);
            page.put("server_tokens off");
            if let Some(route) = first_route {
                location::headers(&route.headers, route, page, cx);
            }
            if entries.iter().all(|it| !it.tls) {
                acme(site, page);
                page.blank();
                page.block("location /", None, |page| page.put("return 404"));
            } else {
                page.put("return 404");
            }
        });
    }
}

fn server(site: &mut Site<'_>, (entries, table): (&[&Entrypoint], &Table<'_>), page: &mut Page, cx: &mut Lowering<'_>) {
    let names: Vec<String> = table.hosts.iter().flatten().map(|it| name(it, cx)).collect();
    let is_default = table.hosts.contains(&None);
    let routes = || table.locations.iter().filter_map(|it| it.way).map(|it| it.route);
    let first = routes().next();
    // What all have in common; one with others as well has all of its own.
    site.shared = first.map(|it| it.headers.clone()).unwrap_or_default();
    site.shared.retain(|it| routes().all(|route| route.headers.contains(it)));
    let span = first.map_or(site.ingress.span, |it| it.span);
    page.blank();
    page.block("server", Some(&Origin::Written(span)), |page| {
        listen(site, entries, is_default && site.ingress.here, page);
        let names = if names.is_empty() { "_".to_string() } else { names.join(" ") };
        page.put(&format!("server_name {names}"));
        certificates(site, (entries, Some(table)), page, cx);
        page.blank();
        page.put("server_tokens off");
        page.put("absolute_redirect off");
        page.comment("Services are looked up when a request comes: they may be down when nginx starts, and may move.");
        page.put("resolver 127.0.0.11 valid=10s ipv6=off");
        if let Some(it) = &site.ingress.client_ip {
            it.from.iter().for_each(|range| page.put(&format!("set_real_ip_from {range}")));
            page.put(&format!("real_ip_header {}", it.header));
            if it.header.eq_ignore_ascii_case("x-forwarded-for") {
                page.put("real_ip_recursive on");
            }
        }
        page.blank();
        page.put("proxy_http_version 1.1");
        location::request_headers(site, None, page);
        if let (Some(route), false) = (first, site.shared.is_empty()) {
            page.blank();
            location::headers(&site.shared, route, page, cx);
        }
        if entries.iter().all(|it| !it.tls) {
            acme(site, page);
        }
        let tls = entries.iter().any(|it| it.tls);
        for it in &table.locations {
            location::location(site, (it, tls), page, cx);
        }
    });
}

/// nginx takes `*.example.com` for any number of labels, so one is said with an expression. It has a host of its own
/// only where no exact name fits, as it should.
fn name(host: &Text, cx: &mut Lowering<'_>) -> String {
    if host_class(Some(host)) != HostClass::Wildcard {
        return written(host, cx);
    }
    let mut pattern = host.clone();
    for part in &mut pattern.parts {
        if let Part::Literal(it) = part {
            *it = it.trim_start_matches('*').replace('.', "\\.");
        }
    }
    quoted(&format!("~^[^.]+{}$", written(&pattern, cx)))
}

fn certificates(
    site: &Site<'_>,
    (entries, table): (&[&Entrypoint], Option<&Table<'_>>),
    page: &mut Page,
    cx: &mut Lowering<'_>,
) {
    if !entries.iter().any(|it| it.tls) {
        return;
    }
    let ingress = site.ingress;
    let first: Option<&Text> = table.and_then(|it| it.hosts.iter().flatten().next().copied());
    let (chain, key, ca) = match &ingress.certificate {
        Some(it) => {
            let ca = it.client_ca.as_ref().map(|it| certificate_path(it, ingress));
            (certificate_path(&it.chain, ingress), certificate_path(&it.key, ingress), ca)
        }
        None => {
            let host = first.map_or_else(|| site.project.clone(), |it| written(it, cx));
            let live = format!("{LETSENCRYPT}/live/{}", host.trim_start_matches("*."));
            (format!("{live}/fullchain.pem"), format!("{live}/privkey.pem"), None)
        }
    };
    page.blank();
    page.put(&format!("ssl_certificate {}", quoted(&chain)));
    page.put(&format!("ssl_certificate_key {}", quoted(&key)));
    if let Some(ca) = ca {
        page.comment("Only the proxy in front is let in.");
        page.put(&format!("ssl_client_certificate {}", quoted(&ca)));
        page.put("ssl_verify_client on");
    }
    if !ingress.here {
        hardening(site, page);
    }
}

/// In an http block of our own this is said once.
fn hardening(site: &Site<'_>, page: &mut Page) {
    page.put("ssl_protocols TLSv1.2 TLSv1.3");
    page.put(&format!("ssl_ciphers {CIPHERS}"));
    page.put("ssl_prefer_server_ciphers off");
    page.put(&format!("ssl_session_cache shared:{}_tls:10m", site.prefix));
    page.put("ssl_session_timeout 1d");
    page.put("ssl_session_tickets off");
}
