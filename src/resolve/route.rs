//! Routes of a service, and the nginx inside of a frontend's image.

use super::context::Resolver;
use super::{address, codes, units};
use crate::diag::{Diagnostic, Level, did_you_mean};
use crate::ir::route::{Frontend, Match, Pass, Rate, Redirect, Route};
use crate::ir::service::{Duration, Port};
use crate::origin::{Origin, Traced};
use crate::source::{Span, Spanned, normalize};
use crate::spec;
use crate::spec::decode::listed;

/// Resolves the routes of a service.
pub fn routes(
    resolver: &mut Resolver<'_>,
    service: &str,
    written: &[Spanned<spec::route::Route>],
    ports: &[Port],
) -> Vec<Route> {
    if !resolver.proxy.takes_routes {
        return Vec::new();
    }
    let mut routes: Vec<Route> = Vec::with_capacity(written.len());
    for spanned in written {
        let Some(port) = route_port(resolver, spanned, ports) else { continue };
        let base = match &spanned.value.to {
            Some(to) => format!("{service}-{}", to.value),
            None => service.to_string(),
        };
        let mut name = base.clone();
        let mut number = 2;
        while routes.iter().any(|it| it.name == name) {
            name = format!("{base}-{number}");
            number += 1;
        }
        routes.push(route(resolver, spanned, name, port));
    }
    routes
}

fn route(resolver: &mut Resolver<'_>, written: &Spanned<spec::route::Route>, name: String, port: u16) -> Route {
    let it = &written.value;
    let (base, tls) = (resolver.proxy.headers.clone(), resolver.proxy.tls);
    Route {
        name,
        span: written.span,
        matches: it.r#match.0.iter().map(|it| self::matches(resolver, it)).collect(),
        port,
        strip: it.strip.as_ref().and_then(|it| address::path(resolver, it)).map(|it| it.to_source()),
        websocket: it.ws.unwrap_or(false),
        timeout: it.timeout.as_ref().and_then(|it| units::duration(it, resolver.diags)),
        body: it.body.as_ref().and_then(|it| units::bytes(it, resolver.diags)),
        priority: it.priority.as_ref().map(|it| resolver.traced(it.value, it.span)),
        auth: it.auth.as_ref().and_then(|it| address::fixed(resolver, it, address::FILE)),
        rate: it.rate.as_ref().and_then(|it| rate(resolver, it)),
        headers: address::headers(resolver, it.headers.as_ref(), &base, tls),
        entry: it.entry.0.iter().map(|it| it.value.to_string()).collect(),
        redirect: it.redirect.as_ref().and_then(|it| redirect(resolver, it)),
    }
}

fn matches(resolver: &mut Resolver<'_>, written: &spec::route::Match) -> Match {
    Match {
        hosts: written.host.0.iter().filter_map(|it| address::host(resolver, it)).collect(),
        paths: written.path.0.iter().filter_map(|it| address::path(resolver, it)).collect(),
    }
}

fn redirect(resolver: &mut Resolver<'_>, written: &spec::text::Text) -> Option<Redirect> {
    let to = address::fixed(resolver, written, address::ADDRESS)?;
    if to == "https" {
        return Some(Redirect::Https);
    }
    if to.starts_with('/') && !to.starts_with("//") {
        return Some(Redirect::Path(to));
    }
    match to.strip_prefix("https://").or(to.strip_prefix("http://")) {
        Some(rest) if !rest.is_empty() && !rest.contains(['/', '?', '#']) => Some(Redirect::Origin(to)),
        Some(rest) if !rest.is_empty() => Some(Redirect::Address(to)),
        _ => {
            let message = format!("nobody can be sent to `{to}`");
            let error = Diagnostic::new(codes::BAD_ROUTE, Level::Error, written.span, message);
            resolver.diags.push(
                error.help("write `https`, another origin (`https://example.com`), a path (`/new`) or an address"),
            );
            None
        }
    }
}

/// Reads `100/s`, `60/m`, `10/h`.
fn rate(resolver: &mut Resolver<'_>, written: &spec::route::Rate) -> Option<Rate> {
    let (average, burst) = match written {
        spec::route::Rate::Average(it) => (it, None),
        spec::route::Rate::Burst(it) => (it.average.as_ref()?, it.burst),
    };
    let units = [("s", 1_000), ("m", 60_000), ("h", 3_600_000)];
    let parsed = average.value.split_once('/').and_then(|(number, unit)| {
        let requests: u64 = number.trim().parse().ok().filter(|it| *it > 0)?;
        let (_, millis) = units.into_iter().find(|(it, _)| *it == unit.trim())?;
        Some(Rate { requests, per: Duration { millis }, burst: burst.map_or(requests, u64::from) })
    });
    if parsed.is_none() {
        let message = format!("`{}` is no rate", average.value);
        let error = Diagnostic::new(codes::BAD_ROUTE, Level::Error, average.span, message);
        resolver.diags.push(error.help("write requests per second, minute or hour, such as `100/s` or `60/m`"));
    }
    parsed
}

fn route_port(resolver: &mut Resolver<'_>, route: &Spanned<spec::route::Route>, ports: &[Port]) -> Option<u16> {
    if let Some(to) = &route.value.to {
        if let Some(port) = ports.iter().find(|it| *it.name == *to.value) {
            return Some(port.number);
        }
        let message = format!("`{}` has no port called `{}`", resolver.service, to.value);
        let names: Vec<&str> = ports.iter().map(|it| it.name.as_str()).collect();
        let error = Diagnostic::new(codes::BAD_ROUTE, Level::Error, to.span, message);
        resolver.diags.push(match did_you_mean(&to.value, names.iter().copied()) {
            Some(near) => error.help(format!("did you mean `{near}`?")),
            None => error.help(format!("its ports are {}", listed(&names))),
        });
        return None;
    }
    let Some(port) = ports.first() else {
        let message = format!("this route leads to `{}`, which has no port", resolver.service);
        let error = Diagnostic::new(codes::BAD_ROUTE, Level::Error, route.span, message);
        resolver.diags.push(error.help("say what it listens on: `port: 8000`"));
        return None;
    };
    Some(port.number)
}

/// Resolves the nginx inside of a service's image.
pub fn frontend(
    resolver: &mut Resolver<'_>,
    written: &spec::service::Service,
    (key, ports): (Span, &[Port]),
) -> Option<Frontend> {
    let span = written.r#static.as_ref().map(|it| it.span).or(written.proxy.first().map(|it| it.span))?;
    let nothing = spec::route::Static::default();
    let it = written.r#static.as_ref().map_or(&nothing, |it| &it.value);
    let Some(port) = ports.first() else {
        let message = format!("`{}` serves files and has no port", resolver.service);
        let error = Diagnostic::new(codes::BAD_ROUTE, Level::Error, span, message).also(key, "this service");
        resolver.diags.push(error.help("say what its nginx listens on: `port: 8080`"));
        return None;
    };
    Some(Frontend {
        span,
        file: file(resolver, it.file.as_ref(), written.build.as_ref(), span)?,
        port: port.number,
        root: match &it.root {
            Some(it) => address::fixed(resolver, it, address::FILE)?,
            None => "/usr/share/nginx/html".to_string(),
        },
        spa: it.spa.unwrap_or(false),
        cache: it.cache.as_ref().and_then(|it| age(resolver, it)),
        // One image is for all environments. Browsers take no notice of the header that asks for TLS without it.
        headers: address::headers(resolver, it.headers.as_ref(), &[], true),
        body: it.body.as_ref().and_then(|it| units::bytes(it, resolver.diags)),
        hide_version: it.hide_version.unwrap_or(true),
        client_ip: it.client_ip.as_ref().and_then(|it| address::fixed(resolver, it, address::NAME)),
        deny: it.deny.0.iter().filter_map(|it| address::path(resolver, it)).map(|it| it.to_source()).collect(),
        passes: written.proxy.iter().filter_map(|it| pass(resolver, it)).collect(),
    })
}

fn file(
    resolver: &mut Resolver<'_>,
    written: Option<&spec::text::Text>,
    build: Option<&spec::text::Text>,
    span: Span,
) -> Option<Traced<String>> {
    if let Some(written) = written {
        return super::environment::output_path(resolver, written);
    }
    let image = build.and_then(|it| resolver.spec.images.get(&*it.value));
    let context = image.and_then(|it| it.value.context.as_ref()).map_or(".", |it| &*it.value);
    let path = normalize(&format!("{context}/nginx.conf"))?;
    Some(Traced::new(path, Origin::Derived { span, why: &"the image is built from this directory" }))
}

/// Reads how long a file is kept: also days, and years, which caches think in.
fn age(resolver: &mut Resolver<'_>, text: &spec::text::Text) -> Option<Duration> {
    const DAY: u64 = 86_400_000;
    let value = text.value.trim();
    let long = [("d", DAY), ("w", 7 * DAY), ("y", 365 * DAY)].into_iter().find_map(|(unit, millis)| {
        let number: u64 = value.strip_suffix(unit)?.parse().ok()?;
        Some(Duration { millis: number.checked_mul(millis)? })
    });
    long.or_else(|| units::duration(text, resolver.diags))
}

/// Reads where a path is passed on to: `api:8000/v1/`.
fn pass(resolver: &mut Resolver<'_>, written: &Spanned<spec::route::Pass>) -> Option<Pass> {
    let it = &written.value;
    let path = address::path(resolver, it.path.as_ref()?)?.to_source();
    let to = it.to.as_ref()?;
    let address = address::fixed(resolver, to, address::ADDRESS)?;
    let address = address.strip_prefix("http://").unwrap_or(&address);
    let (authority, rest) = address.find('/').map_or((address, path.as_str()), |at| address.split_at(at));
    let (service, port) = authority.split_once(':').unwrap_or((authority, "80"));
    let Some((_, target)) = resolver.spec.services.get_key_value(service) else {
        let message = format!("no service is called `{service}`");
        let error = Diagnostic::new(codes::UNKNOWN_NAME, Level::Error, to.span, message);
        let near = did_you_mean(service, resolver.spec.services.keys().map(String::as_str));
        resolver.diags.push(error.maybe_help(near.map(|it| format!("did you mean `{it}`?"))));
        return None;
    };
    let Some(port) = port.parse().ok().filter(|it| *it > 0) else {
        let message = format!("`{port}` is no port of `{service}`");
        let error = Diagnostic::new(codes::BAD_ROUTE, Level::Error, to.span, message);
        resolver.diags.push(error.also(target.span, "the service").help("write service, port and path: `api:8000/`"));
        return None;
    };
    let to = rest.to_string();
    Some(Pass {
        span: written.span,
        path: path.clone(),
        service: service.to_string(),
        port,
        to,
        websocket: it.ws.unwrap_or(false),
        timeout: it.timeout.as_ref().and_then(|it| units::duration(it, resolver.diags)),
        keepalive: it.keepalive.map(u64::from),
    })
}
